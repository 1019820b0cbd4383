"""What blocks and parameters of 1.9.1 refuse: see record.py. The names are read as ``test_...[name]``."""

from __future__ import annotations


def _net(mx, **more):
    return mx.gluon.nn.Dense(2, prefix="fc_", **more)


def _weight(mx, **more):
    return mx.gluon.Parameter("w", **more)


REFUSED = {
    "a parameter without values": lambda mx: _weight(mx, shape=(2,)).data(),
    "a parameter that waits": lambda mx: (_net(mx).initialize() or 1) and _waits(mx).weight.data(),
    "contexts without values": lambda mx: _weight(mx, shape=(2,)).list_ctx(),
    "an unknown shape": lambda mx: _weight(mx).initialize(),
    "a gradient that is not wanted": lambda mx: _ready(mx, grad_req="null").grad(),
    "another context": lambda mx: _ready(mx).data(mx.cpu(3)),
    "another shape": lambda mx: _ready(mx).set_data(mx.nd.ones((3,))),
    "a shape that changes": lambda mx: setattr(_ready(mx), "shape", (3,)),
    "another request": lambda mx: _weight(mx, grad_req="sum"),
    "another storage": lambda mx: _weight(mx, stype="dense"),
    "values for nothing": lambda mx: _weight(mx, shape=(2,)).set_data(mx.nd.ones((2,))),
    "contexts for nothing": lambda mx: _weight(mx, shape=(2,)).reset_ctx(mx.cpu(1)),
    "rows of a dense parameter": lambda mx: _ready(mx).row_sparse_data(mx.nd.array([0])),
    "attributes that do not agree": lambda mx: _dict(mx).get("w", shape=(3,)),
    "multipliers that do not agree": lambda mx: _dict(mx).get("w", lr_mult=3),
    "a constant that is not there": lambda mx: _dict(mx).get_constant("c"),
    "a constant that is a parameter": lambda mx: _dict(mx).get_constant("w", [1, 2]),
    "a constant of another value": lambda mx: _constant(mx).get_constant("c", mx.nd.array([1, 3])),
    "two parameters of one name": lambda mx: _dict(mx).update(_dict(mx)),
    "a name that is not there": lambda mx: _dict(mx)["v"],
    "an attribute that changes its kind": lambda mx: setattr(_parent(mx), "child", 3),
    "a parameter that changes": lambda mx: setattr(_net(mx), "weight", _weight(mx)),
    "a summary of a graph": lambda mx: _hybrid(mx).summary(mx.nd.ones((1, 3))),
    "a block without forward": lambda mx: mx.gluon.Block()(1),
    "a block without hybrid forward": lambda mx: mx.gluon.HybridBlock()(mx.nd.ones(1)),
    "an export of what never ran": lambda mx: _hybrid(mx).export("x"),
    "arrays and symbols": lambda mx: mx.gluon.loss.L2Loss()(mx.nd.ones(1), mx.sym.var("x")),
    "neither arrays nor symbols": lambda mx: _net(mx)(3),
    "a handle used twice": lambda mx: _twice(mx),
}


def _waits(mx):
    net = _net(mx)
    net.initialize()
    return net


def _ready(mx, **more):
    param = _weight(mx, shape=(2,), **more)
    param.initialize()
    return param


def _dict(mx):
    params = mx.gluon.ParameterDict("net_")
    params.get("w", shape=(2,))
    return params


def _constant(mx):
    params = _dict(mx)
    params.get_constant("c", [1, 2])
    return params


def _hybrid(mx):
    net = _net(mx)
    net.initialize()
    net.hybridize()
    return net


def _parent(mx):
    block = mx.gluon.Block()
    block.child = mx.gluon.nn.Dense(2)
    return block


def _twice(mx):
    handle = mx.gluon.utils.HookHandle()
    handle.attach(mx.gluon.Block()._forward_hooks, _net)
    handle.attach(mx.gluon.Block()._forward_hooks, _net)


def _refused(do):
    return lambda mx, np: repr(do(mx))


PROBES = {name: _refused(do) for name, do in REFUSED.items()}
