"""What 1.9.1 says of blocks and parameters: names, texts, files; see record.py. Read as ``test_...[name]``."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import warnings

PROBES = {}


def probe(function):
    """A probe that counts automatic names from zero."""

    def run(mx, np):
        with mx.name.NameManager():
            return function(mx, np)

    PROBES[function.__name__.replace("_", " ")] = run
    return function


def model(mx, hybrid=True, **more):
    """A model with a child of each kind: attribute, container, shared."""
    nn = mx.gluon.nn

    class Net(nn.HybridBlock if hybrid else nn.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.body = nn.HybridSequential() if hybrid else nn.Sequential()
                with self.body.name_scope():
                    self.body.add(nn.Dense(4, activation="relu"), nn.BatchNorm(), nn.Dropout(0.5))
                self.first = nn.Dense(3)
                self.second = nn.Dense(3, params=self.first.params, prefix="twin_")
                self.scale = self.params.get("scale", shape=(1, 3), init="ones")
                self.fixed = self.params.get_constant("fixed", [[1, 2, 3]])

        def hybrid_forward(self, F, x, scale, fixed):
            x = self.body(x)
            return F.broadcast_mul(self.first(x), scale) + F.broadcast_add(self.second(x), fixed)

        def forward(self, x, *args):
            if hybrid:
                return super().forward(x, *args)
            x = self.body(x)
            return self.first(x) * self.scale.data() + self.second(x) + self.fixed.data()

    return Net(**more)


def told(params):
    return [[n, p.name, p.shape, p.grad_req, p.lr_mult, p.wd_mult, type(p).__name__] for n, p in params.items()]


@probe
def names_of_blocks_and_parameters(mx, np):
    net, second, own = model(mx), model(mx), model(mx, prefix="own_")
    return [
        [n.name, n.prefix, n.body.name, n.body[0].name, n.first.name, n.second.name] for n in (net, second, own)
    ] + [told(n.collect_params()) for n in (net, second, own)]


@probe
def names_without_scopes(mx, np):
    nn = mx.gluon.nn
    found = []
    for _ in range(2):
        net = nn.HybridSequential()
        net.add(nn.Dense(2), nn.Conv2D(2, 3), nn.MaxPool2D(), nn.Activation("relu"), nn.LeakyReLU(0.1))
        found.append([net.name, [b.name for b in net], list(net.collect_params().keys())])
    return found


@probe
def names_in_nested_scopes(mx, np):
    nn = mx.gluon.nn
    net, empty = nn.Sequential(), nn.Sequential(prefix="")
    with net.name_scope():
        net.add(nn.Dense(2), nn.Sequential(), nn.Dense(2, prefix="own_"))
        with net[1].name_scope():
            net[1].add(nn.Dense(2), nn.BatchNorm(), nn.Dense(3))
        with empty.name_scope():
            empty.add(nn.Dense(2))
    return [told(net.collect_params()), told(empty.collect_params()), empty.name]


@probe
def names_of_all_layers(mx, np):
    nn = mx.gluon.nn
    made = [
        nn.Dense(2), nn.Conv1D(2, 3), nn.Conv2DTranspose(2, 3), nn.MaxPool1D(), nn.GlobalAvgPool2D(), nn.BatchNorm(),
        nn.InstanceNorm(), nn.LayerNorm(), nn.GroupNorm(), nn.Embedding(2, 3), nn.Flatten(), nn.Dropout(0.1),
        nn.Lambda("relu"), nn.HybridLambda("relu"), nn.PReLU(), nn.ELU(), nn.SELU(), nn.GELU(), nn.Swish(),
        nn.Activation("tanh"), nn.ReflectionPad2D(1), mx.gluon.loss.L2Loss(), mx.gluon.loss.SoftmaxCELoss(),
        nn.Sequential(), nn.HybridSequential(),
    ]  # fmt: skip
    return [block.name for block in made]


@probe
def parameters_by_pattern(mx, np):
    net = model(mx)
    patterns = (".*weight", "net0_dense.*bias", ".*running_mean|.*gamma", "nothing", "net0_scale")
    return [list(net.collect_params(p).keys()) for p in patterns]


@probe
def parameters_by_place(mx, np):
    return list(model(mx)._collect_params_with_prefix())


@probe
def texts(mx, np):
    net = model(mx)
    before = [repr(net), repr(net.params), repr(net.first.weight), repr(net.fixed)]
    net.initialize()
    net(mx.nd.ones((2, 5)))
    nested = mx.gluon.nn.Sequential(prefix="a_")
    nested.add(mx.gluon.nn.Sequential(prefix="b_"))
    nested[0].add(mx.gluon.nn.Dense(2, prefix="c_"))
    return [before, repr(net), repr(net.collect_params()), repr(nested), repr(mx.gluon.ParameterDict())]


@probe
def a_summary(mx, np):
    net = model(mx)
    net.initialize()
    net(mx.nd.ones((2, 5)))
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        net.summary(mx.nd.ones((2, 5)))
        nets = mx.gluon.nn.Sequential()
        nets.add(mx.gluon.nn.Conv2D(2, 3, in_channels=1), mx.gluon.nn.Flatten(), mx.gluon.nn.Dense(3))
        nets.initialize()
        nets.summary(mx.nd.ones((2, 1, 5, 5)))
    return out.getvalue().split("\n")


NESTED = {
    "one": lambda x: x, "pair": lambda x: (x, x), "list": lambda x: [x, x], "one in a tuple": lambda x: (x,),
    "one in lists": lambda x: [[x]], "nested": lambda x: (x, [x, (x, None)]), "nothing": lambda x: None,
}  # fmt: skip


@probe
def nested_values_in_a_summary(mx, np):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        for make in NESTED.values():
            net = mx.gluon.nn.Lambda(lambda *args, make=make: make(args[0]))
            net.summary(mx.nd.ones((2, 3)))
            net.summary(mx.nd.ones((2, 3)), make(mx.nd.ones((4,))))
    return [line for line in out.getvalue().split("\n") if "Input" in line or "Lambda" in line]


@probe
def blocks_from_symbols_have_a_name_and_no_prefix(mx, np):
    net = mx.gluon.nn.Dense(2, in_units=3)
    x = mx.sym.var("x")
    made = [mx.gluon.SymbolBlock(net(x), x, net.collect_params()) for _ in range(2)]
    return [[block.name, block.prefix, list(block.collect_params().keys())] for block in made]


@probe
def shared_parameters_keep_their_storage(mx, np):
    params = mx.gluon.ParameterDict("net_")
    first = params.get("w", shape=(2, 3))
    return [params.get("w", stype="row_sparse") is first, params.get("w", differentiable=False) is first, first._stype]


@probe
def texts_of_layers_that_normalise(mx, np):
    nn = mx.gluon.nn
    made = [nn.BatchNorm(axis=2, scale=False), nn.BatchNormReLU(), nn.InstanceNorm(), nn.LayerNorm(in_channels=2)]
    return [repr(block) for block in [*made, nn.GroupNorm(3), mx.gluon.contrib.nn.SyncBatchNorm(num_devices=2)]]


@probe
def places_of_public_classes(mx, np):
    metrics = [mx.metric.Accuracy, mx.metric.EvalMetric, mx.metric.MAE, mx.metric.CompositeEvalMetric]
    made = [mx.gluon.Parameter, mx.gluon.Constant, mx.gluon.ParameterDict, mx.gluon.Block, mx.gluon.SymbolBlock]
    return [kind.__module__ for kind in metrics + made]


@probe
def a_graph(mx, np):
    net = model(mx)
    nodes = json.loads(net(mx.sym.var("data")).tojson())["nodes"]
    for node in nodes:
        if node["name"] == "net0_fixed":
            del node["attrs"]["__init__"]  # holds a number that is another one each time
    return nodes


@probe
def names_in_files(mx, np):
    net = model(mx)
    net.initialize()
    net.hybridize()
    net(mx.nd.ones((2, 5)))
    path = os.path.join(tempfile.mkdtemp(), "net")
    found = []
    for save in (
        lambda: net.save_parameters(path),
        lambda: net.save_parameters(path, deduplicate=True),
        lambda: net.collect_params().save(path),
        lambda: net.collect_params().save(path, strip_prefix="net0_"),
    ):
        save()
        found.append([[name, array.shape] for name, array in sorted(mx.nd.load(path).items())])
    net.export(path, epoch=7)
    found.append([[name, array.shape] for name, array in sorted(mx.nd.load(path + "-0007.params").items())])
    found.append(sorted(os.listdir(os.path.dirname(path))))
    return found


@probe
def hooks_and_functions_in_order(mx, np):
    net, seen = model(mx), []
    net.initialize()
    net(mx.nd.ones((2, 5)))
    handles = [
        net.register_forward_pre_hook(lambda block, args: seen.append(["before", block.name, len(args)])),
        net.register_forward_hook(lambda block, args, out: seen.append(["after", block.name, len(args), out.shape])),
        net.first.register_forward_hook(lambda block, args, out: seen.append(["after", block.name, out.shape])),
    ]
    net(mx.nd.ones((2, 5)))
    handles[0].detach()
    handles[2].detach()
    net(mx.nd.ones((2, 5)))
    order = []
    same = net.apply(lambda block: order.append(block.name)) is net
    return [seen, order, same]


@probe
def names_that_hooks_of_operators_are_given(mx, np):
    nn, found = mx.gluon.nn, []
    for monitor_all in (False, True):
        net = nn.HybridSequential(prefix="net_")
        with net.name_scope():
            net.add(nn.Conv2D(2, 3), nn.MaxPool2D(), nn.PReLU(), nn.BatchNorm(), nn.Flatten(), nn.HybridLambda("tanh"))
            net.add(nn.Dense(6), nn.HybridLambda(lambda F, x: F.reshape(x, (-1, 3, 2))), mx.gluon.rnn.LSTM(2))
            net.add(nn.HybridLambda(lambda F, x: F.concat(*F.split(x, 2, axis=2), dim=0)), nn.LayerNorm())
        net.initialize()
        net.hybridize()
        net(mx.nd.ones((1, 1, 8, 8)))
        seen = []
        net.register_op_hook(lambda *args: seen.append([args[0].decode(), args[1].decode(), len(args)]), monitor_all)  # noqa: B023
        net(mx.nd.ones((1, 1, 8, 8)))
        found.append(seen)
    return found


@probe
def dtypes_after_a_cast(mx, np):
    net = model(mx)
    net.initialize()
    net(mx.nd.ones((2, 5)))
    net.cast("float64")
    out = net(mx.nd.ones((2, 5), dtype="float64"))
    return [str(out.dtype), [[n, np.dtype(p.dtype).name, p.data().dtype] for n, p in net.collect_params().items()]]


@probe
def multipliers_and_requests_of_many(mx, np):
    net = model(mx)
    net.collect_params(".*bias").setattr("lr_mult", 0.5)
    net.collect_params().setattr("grad_req", "add")
    net.collect_params("net0_dense0.*").setattr("wd_mult", 0)
    return told(net.collect_params())


@probe
def what_is_known_of_a_parameter_later(mx, np):
    params = mx.gluon.ParameterDict("net_")
    first = params.get("w", shape=(0, 3), allow_deferred_init=True)
    shapes = [first.shape]
    second = params.get("w", shape=(2, 0))
    shapes.append(second.shape)
    return [first is second, shapes, params.get("w", dtype="float32") is first, list(params.keys()), repr(params)]


@probe
def parameters_shared_by_dictionaries(mx, np):
    shared = mx.gluon.ParameterDict("net_")
    weight = shared.get("w", shape=(2,))
    params = mx.gluon.ParameterDict("net_", shared)
    found = [params.get("w") is weight, len(params.keys()), params.get("b", shape=(1,)).name, "net_b" in shared.keys()]
    other = mx.gluon.ParameterDict("other_", shared)
    return [found, other.get("w", shape=(3,)).name, list(other.keys()), list(shared.keys())]


def caught(do):
    """What is warned of."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        do()
    return [[w.category.__name__, str(w.message)[:60]] for w in seen if w.category is not DeprecationWarning]


@probe
def warnings_that_are_given(mx, np):
    nn = mx.gluon.nn

    class Holder(nn.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.blocks = [nn.Dense(2)]

    param = mx.gluon.Parameter("w", shape=(2,))
    param.initialize()
    constant = mx.gluon.Constant("c", [1])
    hooked = nn.HybridSequential()
    hooked.register_forward_hook(lambda *args: None)
    return [
        caught(lambda: param.initialize()),
        caught(lambda: setattr(constant, "grad_req", "write")),
        caught(lambda: Holder().collect_params()),
        caught(lambda: hooked.hybridize()),
    ]
