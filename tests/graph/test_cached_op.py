"""CachedOp and executors: a graph compiled once, run many times."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd
from mxnet._graph.cached_op import CachedOp
from mxnet.test_utils import assert_almost_equal
from tests.graph import graphs


def net() -> mx.sym.Symbol:
    x = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=3, name="fc")
    return mx.sym.Group([mx.sym.tanh(x), x * 2])


def arrays() -> list[mx.nd.NDArray]:
    rng = np.random.RandomState(0)
    return [mx.nd.array(rng.uniform(-1, 1, s)) for s in ((2, 4), (3, 4), (3,))]


def test_it_takes_arrays_in_order_of_the_inputs() -> None:
    x, w, b = arrays()
    first, second = CachedOp(net())(x, w, b)
    inner = x.asnumpy() @ w.asnumpy().T + b.asnumpy()
    assert_almost_equal(first, np.tanh(inner), rtol=1e-5, atol=1e-6)
    assert_almost_equal(second, 2 * inner, rtol=1e-5, atol=1e-6)


def test_gradients_are_those_of_the_operators_one_by_one() -> None:
    op = CachedOp(net())
    found = []
    for run in (op, lambda x, w, b: ((y := mx.nd.FullyConnected(x, w, b, num_hidden=3)), [mx.nd.tanh(y), y * 2])[1]):
        inputs = arrays()
        for a in inputs:
            a.attach_grad()
        with autograd.record():
            one, two = run(*inputs)
            loss = (one * two).sum() + two.sum()
        loss.backward()
        found.append([a.grad for a in inputs])
    for got, want in zip(*found, strict=True):
        assert_almost_equal(got, want, rtol=1e-5, atol=1e-6)
        assert float(want.abs().sum().asscalar()) > 0


def test_other_shapes_and_dtypes_need_no_other_op() -> None:
    op = CachedOp(mx.sym.sum(mx.sym.var("x") * mx.sym.var("y"), axis=0))
    for shape in ((2, 3), (5, 1), (1, 2, 3)):
        for dtype in ("float32", "float64", "int32"):
            got = op(mx.nd.ones(shape, dtype=dtype), mx.nd.full(shape, 2, dtype=dtype))
            assert got.shape == shape[1:] and got.dtype == np.dtype(dtype).type
            assert (got.asnumpy() == 2 * shape[0]).all()


def test_training_and_prediction_differ_by_the_mode_of_the_call() -> None:
    op = CachedOp(mx.sym.BatchNorm(mx.sym.Dropout(mx.sym.var("x"), p=0.5), fix_gamma=False, momentum=0.5, name="bn"))
    ones, zeros = mx.nd.ones((3,)), mx.nd.zeros((3,))
    mean, var = mx.nd.zeros((3,)), mx.nd.ones((3,))
    x = mx.nd.full((64, 3), 4)
    predicted = op(x, ones, zeros, mean, var)
    assert_almost_equal(predicted, x.asnumpy(), rtol=1e-2, atol=1e-2)
    assert mean.asnumpy().tolist() == [0, 0, 0]
    with autograd.record():
        trained = op(x, ones, zeros, mean, var)
    assert len(np.unique(trained.asnumpy())) > 1 and (mean.asnumpy() > 0.5).all()


def test_results_are_written_where_asked() -> None:
    out = mx.nd.zeros((2,))
    assert CachedOp(mx.sym.var("x") + 1)(mx.nd.ones((2,)), out=out) is out
    assert out.asnumpy().tolist() == [2, 2]


@pytest.mark.parametrize("make", [lambda x: x, lambda x: mx.sym.reshape(x, shape=(-1,)), mx.sym.identity])
def test_results_never_share_memory_with_inputs(make: object) -> None:
    x = mx.nd.ones((2, 2))
    y = CachedOp(make(mx.sym.var("x")))(x)  # type: ignore[operator]
    y[:] = 5
    assert x.asnumpy().tolist() == [[1, 1], [1, 1]]


def test_a_wrong_number_of_arrays_is_refused_by_name() -> None:
    with pytest.raises(mx.MXNetError, match="CachedOp: got 1 arrays, expected 3: x, fc_weight, fc_bias"):
        CachedOp(net())(mx.nd.ones((2, 4)))


def test_errors_of_operators_keep_their_names() -> None:
    x, w, b = arrays()
    with pytest.raises(mx.MXNetError, match="FullyConnected"):
        CachedOp(net())(x, w.T, b)[0].asnumpy()


def test_values_are_let_go_after_their_last_use() -> None:
    alive: list[weakref.ref] = []
    x = mx.sym.var("x")
    for _ in range(20):
        x = mx.sym.tanh(x)
    op = CachedOp(x)
    real = [step[0] for step in op.bound.program._steps]

    def watched(run):
        def call(*values):
            assert sum(r() is not None for r in alive) <= 2, "values of earlier steps are still held"
            made = run(*values)
            alive.append(weakref.ref(made))
            return made

        return call

    op.bound.program._steps = [(watched(r), *s[1:]) for r, s in zip(real, op.bound.program._steps, strict=True)]
    result = op(mx.nd.ones((2,)))
    gc.collect()
    assert len(alive) == 20 and np.isfinite(result.asnumpy()).all()


@pytest.mark.parametrize("name", ["perceptron", "lenet", "residual", "several_outputs", "recurrent", "losses"])
def test_executors_compute_what_a_cached_op_does(name: str) -> None:
    symbol = graphs.build(mx, name)
    shapes = {
        "perceptron": {"data": (2, 5)}, "lenet": {"data": (2, 1, 28, 28)}, "residual": {"data": (2, 8, 4, 4)},
        "several_outputs": {"x": (2, 2, 3)}, "recurrent": {"data": (4, 2, 5)}, "losses": {"x": (2, 3)},
    }[name]  # fmt: skip
    run = symbol.simple_bind(mx.cpu(), **shapes)
    rng = np.random.RandomState(1)
    for a in run.arg_arrays:
        a[:] = rng.uniform(0, 1, a.shape)
    named = {**run.arg_dict, **run.aux_dict}
    got = CachedOp(symbol)(*[named[n] for n in symbol.list_inputs()])
    for one, other in zip(run.forward(), got if isinstance(got, list) else [got], strict=True):
        assert_almost_equal(one, other, rtol=1e-6, atol=1e-6)
