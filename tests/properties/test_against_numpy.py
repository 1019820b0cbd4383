"""Broadcasting, reshape codes, indexing and assignment agree with NumPy for whatever hypothesis comes up with.

``make test`` tries 50 examples of each, ``make nightly`` 1,000.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as onp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import mxnet as mx
from mxnet import autograd, np

BINARY = {
    "add": (onp.add, mx.nd.broadcast_add),
    "sub": (onp.subtract, mx.nd.broadcast_sub),
    "mul": (onp.multiply, mx.nd.broadcast_mul),
    "maximum": (onp.maximum, mx.nd.broadcast_maximum),
    "greater": (onp.greater, mx.nd.broadcast_greater),
}
shapes = hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)


def numbers(shape: tuple[int, ...], start: int = 0) -> onp.ndarray:
    """Distinct float32 numbers, some negative."""
    size = math.prod(shape)
    return (onp.arange(start, start + size, dtype="float32") * 7 % (size + 3) - size / 2).reshape(shape)


@pytest.fixture(autouse=True, scope="module")
def numpy_shapes():
    with mx.np_shape(True):
        yield


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, min_dims=0, max_dims=4, min_side=0, max_side=3))
def test_arrays_that_broadcast_give_what_numpy_gives(drawn: Any) -> None:
    a, b = (numbers(s, i) for i, s in enumerate(drawn.input_shapes))
    for reference, function in BINARY.values():
        got = function(mx.nd.array(a, dtype="float32"), mx.nd.array(b, dtype="float32")).asnumpy()
        assert got.shape == drawn.result_shape
        onp.testing.assert_array_equal(got, reference(a, b).astype("float32"))


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, min_dims=0, max_dims=4, max_side=3))
def test_gradients_of_what_was_broadcast_are_summed_back(drawn: Any) -> None:
    a, b = (np.array(numbers(s, i)) for i, s in enumerate(drawn.input_shapes))
    a.attach_grad()
    b.attach_grad()
    with autograd.record():
        y = a * b
    y.backward()
    for mine, other in ((a, b), (b, a)):
        spread = onp.broadcast_to(other.asnumpy(), drawn.result_shape)
        lead = len(drawn.result_shape) - mine.ndim
        axes = (*range(lead), *(lead + i for i, n in enumerate(mine.shape) if n == 1))
        want = spread.sum(axis=axes, keepdims=True).reshape(mine.shape)
        onp.testing.assert_allclose(mine.grad.asnumpy(), want, rtol=1e-5, atol=1e-5)


@st.composite
def reshapes(draw: Any) -> tuple[tuple[int, ...], list[int], tuple[int, ...]]:
    """A shape, codes of MXNet's reshape, and the shape that they stand for."""
    shape = draw(shapes)
    codes: list[int] = []
    result: list[int] = []
    left = list(shape)
    inferred = False
    while left:
        kind = draw(st.sampled_from(["copy", "rest", "join", "split", "number", "infer"]))
        if kind == "rest":
            codes.append(-2)
            result += left
            left = []
        elif kind == "join" and len(left) > 1:
            codes.append(-3)
            result.append(left.pop(0) * left.pop(0))
        elif kind == "split":
            size = left.pop(0)
            first = draw(st.sampled_from([d for d in range(1, size + 1) if size % d == 0]))
            pair = draw(st.sampled_from([(first, size // first), (-1, size // first), (first, -1)]))
            codes += [-4, *pair]
            result += [first, size // first]
        elif kind == "infer" and not inferred:
            inferred = True
            codes.append(-1)
            result.append(left.pop(0))
        elif kind == "number":
            result.append(left.pop(0))
            codes.append(result[-1])
        else:
            result.append(left.pop(0))
            codes.append(0)
    return shape, codes, tuple(result)


@given(reshapes())
def test_reshape_codes_stand_for_the_sizes_they_are_made_from(drawn: Any) -> None:
    shape, codes, result = drawn
    values = numbers(shape)
    for got in (mx.nd.array(values).reshape(codes), mx.nd.reshape(mx.nd.array(values), shape=codes)):
        assert got.shape == result
        onp.testing.assert_array_equal(got.asnumpy(), values.reshape(result))
    inferred = mx.sym.reshape(mx.sym.var("x"), shape=codes).infer_shape(x=shape)[1]
    assert inferred == [result]


@given(st.data())
def test_reading_parts_gives_what_numpy_gives_and_gradients_go_where_they_were_read(data: Any) -> None:
    values = numbers(data.draw(shapes))
    key = data.draw(keys(values.shape))
    want = values[key]
    x = np.array(values)
    x.attach_grad()
    with autograd.record():
        part = x[key]
        y = (part * part).sum()
    onp.testing.assert_array_equal(part.asnumpy(), want)
    assert part.shape == want.shape
    y.backward()
    grad = onp.zeros_like(values)
    onp.add.at(grad, key, 2 * want)
    onp.testing.assert_allclose(x.grad.asnumpy(), grad, rtol=1e-6)


@given(st.data())
def test_the_symbol_of_what_was_read_reads_the_same(data: Any) -> None:
    values = numbers(data.draw(shapes))
    key = data.draw(mixed_keys(values.shape))
    indices = [k for k in key if isinstance(k, onp.ndarray)]
    x = np.array(values)
    x.attach_grad()
    with mx.util.np_shape(True), autograd.record():
        symbol = autograd.get_symbol(x[key] * 1)
        inputs = {f"var{i}": mx.nd.array(v, dtype=v.dtype) for i, v in enumerate([values, *indices])}
        (got,) = symbol.bind(mx.cpu(), inputs).forward()
    onp.testing.assert_array_equal(got.asnumpy(), values[key])


@given(st.data())
def test_assigning_to_parts_writes_what_numpy_writes(data: Any) -> None:
    values = numbers(data.draw(shapes))
    key = data.draw(keys(values.shape, repeats=False))
    part = values[key].shape
    value = data.draw(st.sampled_from([3.0, numbers(part, 50), numbers(part[-1:], 9), numbers((1, *part[1:]), 5)]))
    if part[:1] == () and not isinstance(value, float):
        value = numbers(part, 50)
    x, twin = np.array(values), values.copy()
    view = x.as_nd_ndarray().reshape((x.size,))
    twin[key] = value
    x[key] = value if isinstance(value, float) else np.array(value)
    onp.testing.assert_array_equal(x.asnumpy(), twin)
    onp.testing.assert_array_equal(view.asnumpy(), twin.reshape(-1))


def keys(shape: tuple[int, ...], repeats: bool = True) -> st.SearchStrategy:
    """Keys that NumPy takes for an array of ``shape``: numbers, slices, new axes, index arrays, masks."""
    basic = hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)
    masks = hnp.arrays("bool", shape)
    if not repeats:  # which of two values stays, where an index comes twice, is not defined
        rows = st.lists(st.integers(0, shape[0] - 1), unique=True, min_size=1).map(onp.array)
        return st.one_of(basic, masks, rows)
    return st.one_of(basic, masks, mixed_keys(shape))


@st.composite
def mixed_keys(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Numbers, slices, new axes and index arrays, which broadcast, in one key."""
    result = draw(hnp.array_shapes(max_dims=2, max_side=3))
    key: list[Any] = []
    for size in shape[: draw(st.integers(1, len(shape)))]:
        number = st.integers(-size, size - 1)
        some = result[draw(st.integers(0, len(result) - 1)) :]
        some = tuple(n if draw(st.booleans()) else 1 for n in some)
        arrays = hnp.arrays("int64", some, elements=number)
        key.append(draw(st.one_of(number, st.slices(size), arrays, arrays)))
        if draw(st.integers(0, 4)) == 0:
            key.append(None)
    if draw(st.booleans()):
        key.append(Ellipsis)
    return tuple(key)
