"""When blocks are traced to graphs, and what is said of it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon
from mxnet.gluon import nn


def test_functions_see_symbols_once_and_arrays_otherwise() -> None:
    seen = []

    class Watch(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            seen.append((F, type(x)))
            return F.relu(x)

    net = Watch()
    net(mx.nd.ones(1))
    assert seen == [(mx.nd, mx.nd.NDArray)]
    net.hybridize()
    for _ in range(3):
        net(mx.nd.ones(1))
    assert seen[1:] == [(mx.sym, mx.sym.Symbol)]
    net.hybridize(clear=False)
    net(mx.nd.ones(1))
    assert len(seen) == 2
    net.hybridize()
    net(mx.nd.ones(1))
    assert len(seen) == 3
    net.hybridize(False)
    net(mx.nd.ones(1))
    assert seen[3] == (mx.nd, mx.nd.NDArray)


def test_a_child_that_is_added_or_changed_is_traced_again() -> None:
    net = nn.HybridSequential()
    net.add(nn.HybridLambda(lambda F, x: x + 1))
    net.hybridize()
    assert net(mx.nd.zeros(1)).asscalar() == 1
    net.add(nn.HybridLambda(lambda F, x: x * 3))
    assert net(mx.nd.zeros(1)).asscalar() == 3


def test_a_cast_is_traced_again() -> None:
    net = nn.Dense(2)
    net.initialize()
    net.hybridize()
    net(mx.nd.ones((1, 2)))
    net.cast("float64")
    assert net(mx.nd.ones((1, 2), dtype="float64")).dtype == np.float64


def test_values_that_are_set_loaded_or_initialised_again_are_used() -> None:
    net = nn.Dense(1, in_units=1, use_bias=False)
    net.initialize("ones")
    net.hybridize()
    x = mx.nd.ones((1, 1))
    found = [net(x).asscalar()]
    net.weight.set_data(mx.nd.ones((1, 1)) * 2)
    found.append(net(x).asscalar())
    net.weight.data()[:] = 3
    found.append(net(x).asscalar())
    net.initialize(mx.init.Constant(4), force_reinit=True)
    found.append(net(x).asscalar())
    net.weight.grad_req = "null"
    net.weight.data()[:] = 5
    found.append(net(x).asscalar())
    assert found == [1, 2, 3, 4, 5]


def test_what_is_not_used_is_told() -> None:
    class Forgets(nn.HybridBlock):
        def __init__(self, **kwargs: object) -> None:
            super().__init__(**kwargs)
            self.unused = self.params.get("unused", shape=(1,))

        def hybrid_forward(self, F, x, y, unused):
            return x * 2

    net = Forgets(prefix="net_")
    net.initialize()
    net.hybridize()
    with pytest.warns(UserWarning) as told:
        assert net(mx.nd.ones(1), mx.nd.ones(1)).asscalar() == 2
    texts = [str(w.message) for w in told]
    assert any("1-th input to HybridBlock is not used" in t for t in texts)
    assert any("Parameter net_unused is not used" in t for t in texts)


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda: nn.Dense(2).hybridize(backend="no_such"), "backend 'no_such' cannot be found"),
        (lambda: nn.Dense(2).optimize_for(mx.nd.ones(1)), 'Must specify "backend"'),
        (lambda: nn.HybridLambda(lambda F, x: mx.nd.ones(1)).export("x"), r"first call block.hybridize\(\)"),
        (lambda: gluon.loss.L2Loss()(mx.nd.ones(1), mx.sym.var("x")), "do not support mixed NDArrays and Symbols"),
        (lambda: nn.Dense(2)("text"), "there must be one NDArray or one Symbol in the input.*got str"),
        (lambda: hybrid(lambda F, x: mx.nd.ones(1))(mx.nd.ones(1)), "gave NDArray when called with symbols"),
        (lambda: hybrid(lambda F, x: F.concat(x, mx.nd.ones(1)))(mx.nd.ones(1)), "NDArray"),
    ],
)
def test_errors_say_what_is_expected(do, words: str) -> None:
    with pytest.raises(mx.MXNetError, match=words):
        do()


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("kind", [nn.Dense, nn.BatchNorm])
def test_an_error_that_was_dealt_with_does_not_keep_the_arrays_of_the_call(kind: type, hybrid: bool) -> None:
    net = kind(**{"in_units" if kind is nn.Dense else "in_channels": 3}, **({"units": 2} if kind is nn.Dense else {}))
    net.initialize()
    net.hybridize(hybrid)
    net(mx.nd.ones((2, 3)))
    x = mx.nd.ones((2, 5))
    alive = weakref.ref(x._ready())
    gc.disable()
    try:
        with pytest.raises(mx.MXNetError) as told:
            net(x)
        del x, told
        assert alive() is None
    finally:
        gc.enable()


def hybrid(function: Callable) -> nn.HybridBlock:
    net = nn.HybridLambda(function)
    net.hybridize()
    return net
