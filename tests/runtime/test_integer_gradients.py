"""Gradients through integers: passed on, and cut to whole numbers wherever the array is of integers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet._graph.cached_op import CachedOp

X = (1.3, 2.7, -3.6, 0.4)
SAMPLES: dict[str, tuple[Callable[[Any, Any, str], Any], Any]] = {
    "what follows is cut": (lambda F, x, d: F.Cast(F.Cast(x, dtype=d), dtype="float32") * 1.5, [1, 1, 1, 1]),
    "what was before is not": (lambda F, x, d: F.Cast(F.Cast(x * x, dtype=d), dtype="float32") * 1.5, 2 * np.array(X)),
    "arithmetic": (
        lambda F, x, d: F.Cast(F.Cast(x, dtype=d) * 2 + F.Cast(x, dtype=d), dtype="float32") * 1.5,
        [3, 3, 3, 3],
    ),
    "products are of whole numbers": (
        lambda F, x, d: F.Cast(F.square(F.Cast(x, dtype=d)), dtype="float32") * 1.5,
        [2, 4, -6, 0],
    ),
    "each use is cut by itself": (
        lambda F, x, d: (lambda y: F.Cast(y, dtype="float32") * 0.6 + F.Cast(-y, dtype="float32") * -0.7)(
            F.Cast(x, dtype=d)
        ),
        [0, 0, 0, 0],
    ),
    "division leaves nothing": (lambda F, x, d: F.Cast(F.Cast(x, dtype=d) / 3, dtype="float32") * 2.6, [0, 0, 0, 0]),
    "sums": (lambda F, x, d: F.Cast(F.sum(F.Cast(x, dtype=d)), dtype="float32") * 2.6, [2, 2, 2, 2]),
    "shapes": (
        lambda F, x, d: (
            F.Cast(F.slice_axis(F.Reshape(F.Cast(x, dtype=d), shape=(2, 2)), axis=0, begin=0, end=1), dtype="float32")
            * 2.6
        ),
        [2, 2, 0, 0],
    ),
    "joined": (
        lambda F, x, d: (
            F.Cast(F.concat(F.Cast(x, dtype=d), F.Cast(x, dtype=d) * 3, dim=0, num_args=2), dtype="float32") * 2.6
        ),
        [8, 8, 8, 8],
    ),
    "rectified": (lambda F, x, d: F.Cast(F.relu(F.Cast(x, dtype=d)), dtype="float32") * 2.6, [2, 2, 0, 0]),
    "conditions have none": (lambda F, x, d: F.where(F.Cast(x, dtype=d), x * 2, x * 3), [2, 2, 2, 3]),
    "indices have none": (lambda F, x, d: F.pick(F.ones((4, 5)), F.abs(F.Cast(x, dtype=d))) * x, [1, 1, 1, 1]),
    "from integers to integers": (
        lambda F, x, d: F.Cast(F.Cast(F.Cast(x, dtype="int64"), dtype=d), dtype="float32") * 30.5,
        [30, 30, 30, 30],
    ),
    "stopped": (lambda F, x, d: F.Cast(F.BlockGrad(F.Cast(x, dtype=d)), dtype="float32") * x, [1, 2, -3, 0]),
}
SIGNED = ("int8", "int32", "int64")


@pytest.mark.parametrize("dtype", SIGNED)
@pytest.mark.parametrize("sample", SAMPLES)
def test_gradients_go_through_integers_cut_to_whole_numbers(sample: str, dtype: str) -> None:
    build, expected = SAMPLES[sample]
    x = nd.array(X)
    x.attach_grad()
    with autograd.record():
        made = build(nd, x, dtype)
    made.backward()
    assert np.allclose(x.grad.asnumpy(), expected)


@pytest.mark.parametrize("mirror", ["0", "1"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_executors_pass_them_too(sample: str, mirror: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXNET_BACKWARD_DO_MIRROR", mirror)
    build, expected = SAMPLES[sample]
    with mx.AttrScope(force_mirroring="True" if mirror == "1" else "False"):
        run = build(mx.sym, mx.sym.var("x"), "int32").simple_bind(mx.cpu(), x=(4,))
    run.arg_dict["x"][:] = nd.array(X)
    run.forward(is_train=True)
    run.backward(nd.ones_like(run.outputs[0]))
    assert np.allclose(run.grad_dict["x"].asnumpy(), expected)
    assert np.array_equal(run.outputs[0].asnumpy(), build(nd, nd.array(X), "int32").asnumpy())


@pytest.mark.parametrize("sample", SAMPLES)
def test_hybridized_blocks_pass_them_too(sample: str) -> None:
    build, expected = SAMPLES[sample]

    class Net(mx.gluon.HybridBlock):
        def hybrid_forward(self, F: Any, x: Any) -> Any:
            return build(F, x, "int32")

    net = Net()
    net.hybridize()
    x = nd.array(X)
    x.attach_grad()
    with autograd.record():
        made = net(x * 1)
    made.backward()
    assert np.allclose(x.grad.asnumpy(), expected)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("int8", [5, 44, -7, -24]), ("uint8", [5, 44, 249, 232]), ("int32", [5, 300, -7, 1000])],
)
@pytest.mark.parametrize("hybridize", [False, True])
def test_gradients_wrap_around_where_the_integers_end(dtype: str, expected: list[int], hybridize: bool) -> None:
    net = mx.gluon.nn.HybridLambda("identity" if not hybridize else lambda F, x: F.Cast(x, dtype=dtype))
    if hybridize:
        net.hybridize()
    x = nd.array(X)
    x.attach_grad()
    with autograd.record():
        made = net(x) if hybridize else x.astype(dtype)
    made.backward(nd.array([5, 300, -7, 1000], dtype="int64").astype(dtype))
    assert np.array_equal(x.grad.asnumpy(), expected)


def test_what_was_detached_brings_no_gradient_into_a_program() -> None:
    net = mx.gluon.nn.HybridLambda(lambda F, y: F.Cast(y, dtype="float32") * 2)
    net.hybridize()
    x = nd.array(X)
    x.attach_grad()
    with autograd.record():
        made = net(x.astype("int32").detach()) + x
    made.backward()
    assert np.array_equal(x.grad.asnumpy(), [1, 1, 1, 1])


def test_loops_pass_gradients_through_integers() -> None:
    def step(x: Any, total: Any) -> Any:
        total = total + x.astype("int32").astype("float32") * 1.5
        return total, total

    x = nd.array([[1.2], [2.4], [-3.6]])
    x.attach_grad()
    with autograd.record():
        _, total = mx.nd.contrib.foreach(step, x, nd.zeros((1,)))
    total.backward()
    assert np.array_equal(x.grad.asnumpy(), [[1], [1], [1]])
    _, final = mx.sym.contrib.foreach(step, mx.sym.var("x"), mx.sym.var("begin"))
    run = final.simple_bind(mx.cpu(), x=(3, 1), begin=(1,))
    run.arg_dict["x"][:] = x
    run.forward(is_train=True)
    run.backward(nd.ones((1,)))
    assert np.array_equal(run.grad_dict["x"].asnumpy(), [[1], [1], [1]])


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("name", "by_lhs", "by_rhs"),
    [
        ("broadcast_mod", [0, 0, 0], [0, 0, 0]),
        ("broadcast_div", [0, 0, 3], [-1, 0, 12]),
        ("broadcast_hypot", [0, 0, 0], [0, 0, 0]),
    ],
)
def test_gradients_of_whole_numbers_take_whole_steps(
    name: str, by_lhs: list[float], by_rhs: list[float], compiled: bool
) -> None:
    """As 1.9.1 answers: the derivative is cut to a whole number before it meets the head's gradient."""
    a, b = mx.nd.array([5, -7, -4]), mx.nd.array([2, 3, 1])
    a.attach_grad()
    b.attach_grad()

    def run(x, y):
        space = mx.sym if isinstance(x, mx.sym.Symbol) else mx.nd
        return getattr(space, name)(x.astype("int32"), y.astype("int32"))

    if compiled:
        run = CachedOp(run(mx.sym.var("a"), mx.sym.var("b")))
    with mx.autograd.record():
        made = run(a, b)
    made.backward(mx.nd.array([1, 2, 3], dtype="int32"))
    assert a.grad.asnumpy().tolist() == by_lhs and b.grad.asnumpy().tolist() == by_rhs
