"""What blocks give and take in lists, tuples, dicts and None: see record.py. Read as ``test_...[name]``."""

from __future__ import annotations

GIVEN = {
    "one": lambda F, x: x + 1,
    "the input": lambda F, x: x,
    "a tuple": lambda F, x: (x + 1, x + 2),
    "a list": lambda F, x: [x + 1, x + 2],
    "a tuple of one": lambda F, x: (x + 1,),
    "a list of one": lambda F, x: [x + 1],
    "one in tuples": lambda F, x: ((x + 1,),),
    "nested": lambda F, x: (x + 1, [x + 2, (x + 3, x + 4)]),
    "the input twice": lambda F, x: (x, x),
    "several outputs of an operator": lambda F, x: F.split(x, 2, axis=0),
    "several outputs in a list": lambda F, x: [F.split(x, 2, axis=0), x],
    "a dict": lambda F, x: {"a": x + 1},
    "a text": lambda F, x: (x + 1, "a"),
    "a number": lambda F, x: 3,
    "a number in a list": lambda F, x: [x, 3],
}
TAKEN = {
    "a list": lambda x: ([x, x * 2],),
    "a tuple": lambda x: ((x, x * 2),),
    "nested": lambda x: ([x, [x * 2, x]],),
    "one and a list": lambda x: (x, [x * 2]),
    "one and None": lambda x: (x, None),
    "None and one": lambda x: (None, x),
    "None in a list": lambda x: ([x, None],),
    "None alone": lambda x: (None,),
    "a dict": lambda x: ({"a": x},),
    "one and a dict": lambda x: (x, {"a": x}),
    "one and a number": lambda x: (x, 3),
    "one and a text": lambda x: (x, "a"),
    "one and nothing in a list": lambda x: (x, []),
    "nothing in a list": lambda x: ([],),
    "a NumPy array": lambda x: (x.asnumpy(),),
}


def block(mx, body, hybrid):
    class Net(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, *args):
            return body(F, *args)

    net = Net()
    net.hybridize(hybrid)
    return net


def outer(mx, body, hybrid):
    """A block with the other as its child."""

    class Outer(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.inner = block(mx, body, False)

        def hybrid_forward(self, F, x):
            return self.inner(x), x

    net = Outer()
    net.hybridize(hybrid)
    return net


def told(value):
    """``value`` with the kinds of its containers."""
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(told, value)]
    if isinstance(value, dict):
        return {key: told(item) for key, item in value.items()}
    return value


def total(F, *args):
    """The sum of all that is in nested containers; of a dict, its first."""
    flat = list(args)
    while any(isinstance(a, (list, tuple, dict)) for a in flat):
        at = next(i for i, a in enumerate(flat) if isinstance(a, (list, tuple, dict)))
        flat[at : at + 1] = list(flat[at].values()) if isinstance(flat[at], dict) else list(flat[at])
    found = None
    for item in flat:
        if item is not None:
            found = item if found is None else found + item
    return found


def _gives(make, body, hybrid):
    def run(mx, np):
        net, x = make(mx, body, hybrid), mx.nd.array([[1, 2], [3, 4]])
        return [told(net(x)), told(net(x))]

    return run


def _takes(inputs, hybrid, before):
    def run(mx, np):
        net, x = block(mx, total, hybrid), mx.nd.array([[1, 2], [3, 4]])
        if before:
            net(*before(x))
        return [told(net(*inputs(x))), told(net(*inputs(x)))]

    return run


BEFORE = {"": None, " after one": lambda x: (x,), " after many": lambda x: (x, x, [x, [x]])}
PROBES = {
    f"{where}{name}{' as a graph' if hybrid else ''}": _gives(make, body, hybrid)
    for hybrid in (False, True)
    for where, make in (("gives ", block), ("gives what its child does, ", outer))
    for name, body in GIVEN.items()
}
PROBES.update(
    {
        f"takes {name}{after}{' as a graph' if hybrid else ''}": _takes(inputs, hybrid, before)
        for hybrid in (False, True)
        for after, before in BEFORE.items()
        for name, inputs in TAKEN.items()
    }
)
