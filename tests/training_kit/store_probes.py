"""Stores whose answers are 1.9.1's: see record_kit.py. The names are read as ``test_...[name]``."""

from __future__ import annotations

import os
import tempfile

PROBES = {}
SHAPE = (2, 3)


def probe(function):
    PROBES[function.__name__.replace("_", " ")] = function
    return function


def kinds(function):
    """A probe for each kind of store there is in one process."""
    name = function.__name__.replace("_", " ")
    for kind in ("local", "device"):
        PROBES[f"{name} in {kind}"] = (lambda k: lambda mx, np: function(mx, np, mx.kv.create(k)))(kind)
    return function


def full(mx, value, ctx=0):
    return mx.nd.ones(SHAPE, ctx=mx.cpu(ctx)) * value


def pulled(mx, kv, key, ctx=0):
    out = full(mx, -1, ctx)
    kv.pull(key, out=out)
    return out


@kinds
def values_come_back(mx, np, kv):
    kv.init(3, full(mx, 4))
    kv.init([5, 7], [full(mx, 5), full(mx, 7)])
    outs = [full(mx, 0), full(mx, 0)]
    kv.pull([5, 7], out=outs)
    return [pulled(mx, kv, 3), outs, str(pulled(mx, kv, 3, 1).context)]


@kinds
def texts_are_keys_too(mx, np, kv):
    kv.init("w", full(mx, 4))
    kv.init(["a", "b"], [full(mx, 5), full(mx, 7)])
    kv.push("a", full(mx, 2))
    return [pulled(mx, kv, k) for k in ("w", "a", "b")]


@kinds
def what_is_pushed_replaces(mx, np, kv):
    kv.init(3, full(mx, 4))
    kv.push(3, full(mx, 1))
    kv.push(3, full(mx, 2))
    return pulled(mx, kv, 3)


@kinds
def contexts_are_summed(mx, np, kv):
    kv.init([3, 4], [full(mx, 0)] * 2)
    kv.push(3, [full(mx, i + 1, i) for i in range(4)])
    kv.push([3, 4], [[full(mx, 1, 0), full(mx, 2, 1)], [full(mx, 3, 0), full(mx, 4, 1)]])
    outs = [[full(mx, 0, i) for i in range(2)] for _ in range(2)]
    kv.pull([3, 4], out=outs)
    return [outs, [[str(o.context) for o in out] for out in outs]]


@kinds
def a_key_that_is_pushed_twice_at_once(mx, np, kv):
    kv.init(3, full(mx, 0))
    kv.push([3, 3], [full(mx, 1), full(mx, 2)])
    return pulled(mx, kv, 3)


@kinds
def pushed_and_pulled_at_once(mx, np, kv):
    kv.init([3, 4], [full(mx, 0)] * 2)
    a, b, c = full(mx, 1, 0), full(mx, 2, 1), full(mx, 0)
    kv.pushpull(3, [a, b])
    kv.pushpull(4, [full(mx, 3), full(mx, 4)], out=c)
    return [a, b, c, pulled(mx, kv, 3)]


@kinds
def made_known_and_pulled_at_once(mx, np, kv):
    outs = [full(mx, 0, i) for i in range(2)]
    kv.broadcast(3, full(mx, 6), outs)
    one = full(mx, 0)
    kv.broadcast(4, full(mx, 7), one)
    return [outs, one, pulled(mx, kv, 3)]


@kinds
def an_updater_sees_sums(mx, np, kv):
    seen = []

    def update(key, pushed, stored):
        seen.append([key, pushed.asnumpy().tolist()])
        stored += pushed * 2

    kv._set_updater(update)
    kv.init([3, 4], [full(mx, 1)] * 2)
    kv.push(3, [full(mx, i, i) for i in range(3)])
    kv.push([3, 4], [full(mx, 1), full(mx, 2)])
    return [pulled(mx, kv, 3), pulled(mx, kv, 4), sorted(map(str, seen))]


@kinds
def an_optimizer_updates_weights(mx, np, kv):
    kv.set_optimizer(mx.optimizer.SGD(learning_rate=0.5, momentum=0.5, rescale_grad=0.5))
    kv.init([3, 4], [full(mx, 1), full(mx, 2)])
    for _ in range(3):
        kv.push([3, 4], [[full(mx, 1, 0), full(mx, 3, 1)], [full(mx, 1, 0), full(mx, 1, 1)]])
    return [pulled(mx, kv, 3), pulled(mx, kv, 4)]


@kinds
def states_of_the_optimizer_go_to_a_file_and_back(mx, np, kv):
    path = os.path.join(tempfile.mkdtemp(), "a.states")
    kv.set_optimizer(mx.optimizer.SGD(learning_rate=0.5, momentum=0.5))
    kv.init(3, full(mx, 1))
    kv.push(3, full(mx, 1))
    kv.save_optimizer_states(path, dump_optimizer=True)
    other = mx.kv.create(kv.type)
    other.set_optimizer(mx.optimizer.SGD(learning_rate=0.1))
    other.load_optimizer_states(path)
    other.init(3, pulled(mx, kv, 3))
    for store in (kv, other):
        store.push(3, full(mx, 1))
    return [pulled(mx, kv, 3), pulled(mx, other, 3)]


@kinds
def whole_numbers_and_other_dtypes(mx, np, kv):
    found = []
    for i, dtype in enumerate(("float64", "float16", "int32")):
        kv.init(i, mx.nd.array([1, 2], dtype=dtype))
        kv.push(i, [mx.nd.array([1, 2], dtype=dtype), mx.nd.array([3, 4], dtype=dtype)])
        out = mx.nd.zeros((2,), dtype=dtype)
        kv.pull(i, out=out)
        found.append(out)
    return found


@kinds
def what_a_store_is(mx, np, kv):
    return [kv.type, kv.rank, kv.num_workers, kv.is_capable("optimizer"), type(kv).__name__]


@probe
def names_of_stores(mx, np):
    return [mx.kv.create(n).type for n in ("local", "device", "local_allreduce_cpu", "Local", "teststore")]


@probe
def a_store_that_only_sums(mx, np):
    kv = mx.kv.create("teststore")
    outs = [full(mx, 0, i) for i in range(2)]
    kv.broadcast("w", full(mx, 5), outs)
    values = [full(mx, 1, 0), full(mx, 2, 1)]
    kv.pushpull("w", values, out=[full(mx, 0)])
    kv.pushpull("w", values)
    return [outs, values, kv.rank, kv.num_workers, kv.is_capable("optimizer")]


@probe
def stores_of_ones_own(mx, np):
    @mx.kv.KVStoreBase.register
    class Mine(mx.kv.KVStoreBase):
        @staticmethod
        def is_capable(capability):
            return False

        @property
        def type(self):
            return "mine"

    return [type(mx.kv.create("mine")).__name__, mx.kv.create("MINE").type]


@probe
def gradients_of_two_bits(mx, np):
    kv = mx.kv.create("device")
    kv.set_gradient_compression({"type": "2bit", "threshold": 0.5})
    kv.init(3, mx.nd.zeros((5,)))
    grads = [[0.6, -0.7, 0.3, 0.1, 2], [0.4, 0.2, 0.3, 0, -0.1]]
    found = []
    for _ in range(3):
        kv.push(3, [mx.nd.array(g, ctx=mx.cpu(i)) for i, g in enumerate(grads)])
        out = mx.nd.zeros((5,))
        kv.pull(3, out=out)
        found.append(out)
    return found


def _bad(do):
    def run(mx, np):
        kv = mx.kv.create("local")
        kv.init(3, full(mx, 1))
        do(mx, kv)
        mx.nd.waitall()
        return "no error"

    return run


BAD = {
    "a number as a name": lambda mx, kv: mx.kv.create(3),
    "a key that is known": lambda mx, kv: kv.init(3, full(mx, 1)),
    "a key that is not known": lambda mx, kv: kv.push(9, full(mx, 1)),
    "pulling a key that is not known": lambda mx, kv: kv.pull(9, out=full(mx, 1)),
    "keys of two kinds": lambda mx, kv: kv.init("w", full(mx, 1)),
    "a key of another kind": lambda mx, kv: kv.push(1.5, full(mx, 1)),
    "fewer values than keys": lambda mx, kv: kv.init([4, 5], [full(mx, 1)]),
    "a number as a value": lambda mx, kv: kv.push(3, 1),
    "no place to pull to": lambda mx, kv: kv.pull(3),
    "states without an optimizer": lambda mx, kv: kv.save_optimizer_states("a"),
    "states for no optimizer": lambda mx, kv: kv.load_optimizer_states("a"),
    "compression of another type": lambda mx, kv: mx.kv.create("device").set_gradient_compression({"type": "3bit"}),
    "what no store can": lambda mx, kv: kv.is_capable("fly"),
    "a base store that does nothing": lambda mx, kv: mx.kv.KVStoreBase().pushpull(3, full(mx, 1)),
}
PROBES.update({name: _bad(do) for name, do in BAD.items()})
