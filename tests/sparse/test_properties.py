"""Operators on random sparse arrays, with empty rows and with nothing in them, give what they give on dense ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mxnet import autograd, nd
from mxnet._runtime.storage import distinct

SIZES = st.integers(1, 5)
WIDTHS = st.sampled_from([1, 2, 5, 15, 16, 20])  # products go another way from 16 columns on
STYPES = st.sampled_from(["default", "csr", "row_sparse"])

UNARY = """abs arcsin arcsinh arctan arctanh cbrt ceil cos degrees exp expm1 fix floor log1p negative radians relu rint
round sigmoid sign sin sinh square tan tanh trunc zeros_like""".split()
BINARY = """elemwise_add elemwise_sub elemwise_mul broadcast_add broadcast_sub broadcast_mul broadcast_maximum
broadcast_minimum broadcast_hypot broadcast_equal""".split()


@st.composite
def matrices(draw, rows=SIZES, columns=SIZES):
    """A matrix with some elements, or rows, or all of it zero; its values are in (-1, 1)."""
    shape = draw(rows), draw(columns)
    random = np.random.RandomState(draw(st.integers(0, 2**31)))
    kept = random.rand(*shape) < draw(st.sampled_from([0.0, 0.3, 1.0]))
    kept &= (random.rand(shape[0]) < draw(st.sampled_from([0.5, 1.0])))[:, None]
    return (random.uniform(-0.9, 0.9, shape) * kept).astype(np.float32)


def agree(sparse, dense):
    if sparse.stype != "default":
        sparse.check_format()
    np.testing.assert_allclose(sparse.asnumpy(), dense.asnumpy(), rtol=1e-5, atol=1e-6)


def differentiated(run, arrays):
    for a in arrays:
        a.attach_grad(stype="default")
    with autograd.record():
        out = run(*arrays)
    head = nd.array(np.linspace(-1, 1, out.size).reshape(out.shape))
    out.backward(head)
    return out, [a.grad for a in arrays]


def holds(run, values, stypes):
    """Values and gradients are the same from sparse arrays as from dense ones."""
    dense = [nd.array(v) for v in values]
    out, grads = differentiated(run, [d.tostype(s) for d, s in zip(dense, stypes, strict=True)])
    wanted, wanted_grads = differentiated(run, dense)
    agree(out, wanted)
    for grad, other in zip(grads, wanted_grads, strict=True):
        agree(grad, other)


@pytest.mark.parametrize("name", UNARY)
@settings(max_examples=8, deadline=None)
@given(value=matrices(), stype=STYPES)
def test_functions_of_one_array_are_those_of_dense_arrays(name, value, stype):
    holds(getattr(nd, name), [value], [stype])


@pytest.mark.parametrize("name", BINARY)
@settings(max_examples=12, deadline=None)
@given(data=st.data(), stypes=st.tuples(STYPES, STYPES))
def test_functions_of_two_arrays_are_those_of_dense_arrays(name, data, stypes):
    one = data.draw(matrices())
    two = data.draw(matrices(st.just(one.shape[0]), st.just(one.shape[1])))
    holds(getattr(nd, name), [one, two], stypes)


@pytest.mark.parametrize("below", [700, 5000, 100000])
def test_marked_numbers_are_those_that_sorting_finds(below):
    """Up to 16,000 values are marked in a table, beyond it they are sorted."""
    numbers = torch.from_numpy(np.random.RandomState(below).randint(0, below, 2000))
    kept, places = distinct(numbers, below)
    wanted, wanted_places = numbers.unique(return_inverse=True)
    assert torch.equal(kept, wanted) and torch.equal(places, wanted_places)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), stypes=st.tuples(STYPES, STYPES), a=st.booleans(), b=st.booleans())
def test_products_are_those_of_dense_arrays(data, stypes, a, b):
    one = data.draw(matrices())
    two = data.draw(matrices(st.just(one.shape[0 if a else 1]), WIDTHS))
    holds(lambda x, y: nd.dot(x, y, transpose_a=a, transpose_b=b), [one, two.T if b else two], stypes)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), transposed=st.booleans(), weight=st.sampled_from(["default", "row_sparse"]))
def test_products_of_constant_sparse_rows_with_tables(data, transposed, weight):
    rows = nd.array(data.draw(matrices())).tostype("csr")
    table = data.draw(matrices(st.just(rows.shape[0 if transposed else 1]), WIDTHS))
    holds(lambda w: nd.dot(rows, w, transpose_a=transposed), [table], [weight])
    found = nd.array(table).tostype(weight)
    found.attach_grad(stype="row_sparse")
    with autograd.record():
        out = nd.dot(rows, found, transpose_a=transposed)
    out.backward()
    found.grad.check_format()
    np.testing.assert_allclose(
        found.grad.asnumpy(), _gradient_of_ones(rows, out.shape, transposed), rtol=1e-5, atol=1e-6
    )


def _gradient_of_ones(rows, shape, transposed):
    matrix = rows.asnumpy()
    return (matrix if transposed else matrix.T) @ np.ones(shape, np.float32)


@settings(max_examples=40, deadline=None)
@given(table=matrices(), data=st.data(), weight=st.sampled_from(["default", "row_sparse"]), sparse_grad=st.booleans())
def test_rows_of_tables_are_those_of_dense_tables(table, data, weight, sparse_grad):
    chosen = data.draw(st.lists(st.integers(0, table.shape[0] - 1), min_size=1, max_size=6))
    attrs = {"input_dim": table.shape[0], "output_dim": table.shape[1], "sparse_grad": sparse_grad}
    holds(lambda w: nd.Embedding(nd.array(chosen), w, **attrs), [table], [weight])
    found = nd.array(table).tostype(weight)
    found.attach_grad(stype="row_sparse")
    with autograd.record():
        out = nd.Embedding(nd.array(chosen), found, **attrs)
    out.backward()
    if sparse_grad:
        assert found.grad.indices.asnumpy().tolist() == sorted(set(chosen))
    assert found.grad.asnumpy()[:, 0].tolist() == [chosen.count(i) for i in range(table.shape[0])]


@settings(max_examples=30, deadline=None)
@given(data=st.data(), stype=STYPES)
def test_gradients_go_through_sparse_values_between(data, stype):
    value = data.draw(matrices())
    holds(lambda x: nd.square(nd.abs(x) * 2) + nd.sin(x), [value], [stype])
    holds(lambda x: nd.dot(nd.square(x), x, transpose_b=True), [value], [stype])


@settings(max_examples=20, deadline=None)
@given(value=matrices(), stype=STYPES)
def test_second_derivatives_are_those_of_dense_arrays(value, stype):
    found = []
    for kind in ("default", stype):
        x = nd.array(value).tostype(kind)
        x.attach_grad(stype="default")
        with autograd.record():
            y = nd.square(x) * x
            (first,) = autograd.grad(y, [x], create_graph=True)
            total = (first * first).sum()
        total.backward()
        found.append((first.asnumpy(), x.grad.asnumpy()))
    for one, two in zip(*found, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(value=matrices(), stype=st.sampled_from(["csr", "row_sparse"]))
def test_conversion_there_and_back_changes_nothing(value, stype):
    sparse = nd.array(value).tostype(stype)
    sparse.check_format()
    assert (sparse.asnumpy() == value).all()
    assert (sparse.tostype("default").asnumpy() == value).all()
    assert (sparse.copy().asnumpy() == value).all()


@settings(max_examples=40, deadline=None)
@given(value=matrices(), data=st.data())
def test_parts_of_compressed_rows_are_those_of_dense_arrays(value, data):
    csr = nd.array(value).tostype("csr")
    begin = data.draw(st.integers(0, value.shape[0] - 1))
    end = data.draw(st.integers(begin + 1, value.shape[0]))
    agree(csr[begin:end], nd.array(value[begin:end]))
    agree(nd.concat(csr, csr, dim=0), nd.array(np.concatenate([value, value])))
    chosen = data.draw(st.lists(st.integers(0, value.shape[0] - 1), min_size=1, max_size=4))
    agree(nd.take(csr, nd.array(chosen)), nd.array(value[chosen]))
    for axis in (0, 1):
        np.testing.assert_allclose(nd.sum(csr, axis=axis).asnumpy(), value.sum(axis), rtol=1e-5, atol=1e-6)


def test_a_huge_table_in_training_takes_the_memory_of_its_rows():
    rows = 2**40
    table = nd.sparse.row_sparse_array(([[1.0, 2.0], [3.0, 4.0]], [5, 2**39]), shape=(rows, 2))
    table.attach_grad()
    data = nd.sparse.csr_matrix(([1.0, 2.0, 3.0], [5, 7, 2**39], [0, 2, 3]), shape=(2, rows))
    with autograd.record():
        product = nd.dot(data, table)
        looked_up = nd.Embedding(
            nd.array([5, 7, 5], dtype="int64"), table, input_dim=rows, output_dim=2, sparse_grad=True
        )
        loss = product.sum() + looked_up.sum()
    loss.backward()
    assert product.asnumpy().tolist() == [[1, 2], [9, 12]]
    assert table.grad.indices.asnumpy().tolist() == [5, 7, 2**39]
    assert table.grad.data.asnumpy().tolist() == [[3, 3], [3, 3], [3, 3]]
