"""Sparse arrays: what they hold, what operators make of them, and their files."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet._base.errors import ShapeError
from mxnet._runtime.storage import Rows
from mxnet.base import MXNetError

DENSE = [[1, 0, 2], [0, 0, 0], [0, 3, 0]]


def made(stype):
    return nd.array(DENSE).tostype(stype)


STYPES = {"c": "csr", "r": "row_sparse", "d": "default"}
# by operator: inputs, and the storage type that 1.9.1 gives for them
RESULTS = {
    "elemwise_add": "cc:c cr:d cd:d rr:r rd:d dc:d",
    "elemwise_sub": "cc:c cr:d cd:d rr:r rd:d dc:d",
    "elemwise_mul": "cc:c cr:d cd:c rr:r rd:r dc:c dr:r",
    "elemwise_div": "cc:d cd:d rr:d rd:d",
    "broadcast_add": "cc:d cd:d rr:d",
    "broadcast_mul": "cc:d cd:c dc:d rr:d rd:d",
    "add_n": "rr:r cc:d rd:d",
    "dot": "cd:d cr:d dc:c cc:d rr:d dr:d",
    "maximum": "cc:c rr:r cr:d cd:d",
}


@pytest.mark.parametrize("name", RESULTS)
def test_two_arrays_give_the_storage_type_and_the_values_of_1_9_1(name):
    run = getattr(nd, name) if name != "maximum" else nd._internal._maximum
    for case in RESULTS[name].split():
        kinds, wanted = case.split(":")
        got = run(*[made(STYPES[k]) for k in kinds])
        assert got.stype == STYPES[wanted], case
        np.testing.assert_allclose(got.asnumpy(), run(made("default"), made("default")).asnumpy(), err_msg=case)


@pytest.mark.parametrize("stype", ["csr", "row_sparse"])
@pytest.mark.parametrize("name", ["abs", "sign", "sin", "relu", "square", "sqrt", "tanh", "expm1", "negative", "cos"])
def test_functions_that_leave_zero_zero_leave_arrays_sparse(name, stype):
    got = getattr(nd, name)(made(stype))
    assert got.stype == ("default" if name == "cos" else stype)
    np.testing.assert_allclose(got.asnumpy(), getattr(nd, name)(nd.array(DENSE)).asnumpy(), rtol=1e-6)


@pytest.mark.parametrize("stype", ["csr", "row_sparse"])
def test_arrays_come_back_from_pickles_and_files(stype, tmp_path):
    array = made(stype)
    back = pickle.loads(pickle.dumps(array))
    nd.save(str(tmp_path / "a"), {"x": array})
    read = nd.load(str(tmp_path / "a"))["x"]
    for other in (back, read):
        assert type(other) is type(array)
        assert (other.asnumpy() == DENSE).all()


def test_a_csr_matrix_is_sliced_by_rows():
    array = made("csr")
    assert array[1:].asnumpy().tolist() == DENSE[1:]
    assert array[-1].asnumpy().tolist() == [DENSE[2]]
    with pytest.raises(ValueError, match="continuous"):
        array[::2]


@pytest.mark.parametrize(
    ("indices", "indptr"), [([2, 1, 1], [0, 2, 2, 3]), ([0, 2, 1], [0, 5, 2, 3]), ([0, 9, 1], [0, 2, 2, 3])]
)
def test_check_format_refuses_wrong_indices(indices, indptr):
    array = nd.sparse.csr_matrix(([7, 8, 9], indices, indptr), shape=(3, 4))
    with pytest.raises(MXNetError):
        array.check_format()


def test_the_gradient_of_a_table_has_the_rows_that_took_part():
    table = nd.ones((6, 2))
    table.attach_grad(stype="row_sparse")
    with autograd.record():
        found = nd.Embedding(nd.array([4, 1, 4]), table, input_dim=6, output_dim=2, sparse_grad=True)
    found.backward()
    assert table.grad.stype == "row_sparse"
    assert table.grad.indices.asnumpy().tolist() == [1, 4]
    assert table.grad.data.asnumpy().tolist() == [[1, 1], [2, 2]]


def test_the_gradient_through_csr_times_dense_is_that_of_dense():
    weight, plain = nd.ones((3, 2)), nd.ones((3, 2))
    weight.attach_grad(stype="row_sparse")
    plain.attach_grad()
    with autograd.record():
        one, two = nd.dot(made("csr"), weight), nd.dot(nd.array(DENSE), plain)
        (one * one).sum().backward()
        (two * two).sum().backward()
    assert (weight.grad.asnumpy() == plain.grad.asnumpy()).all()


@pytest.mark.parametrize(
    ("name", "lazy"), [("sgd", True), ("adam", True), ("adagrad", True), ("ftrl", False), ("nag", True)]
)
def test_lazy_optimizers_change_only_rows_with_a_gradient(name, lazy):
    grad = nd.sparse.row_sparse_array(([[1, 1]], [1]), shape=(3, 2))
    optimizer = mx.optimizer.create(name, wd=0.5 if name != "adagrad" else 0.0)
    weight = nd.ones((3, 2))
    optimizer.update(0, weight, grad, optimizer.create_state(0, weight))
    untouched = weight.asnumpy()[[0, 2]]
    assert (untouched == 1).all() == lazy
    assert (weight.asnumpy()[1] != 1).all()


@pytest.mark.parametrize("name", ["sgd", "adam", "adagrad", "ftrl"])
def test_lazy_optimizers_write_rows_where_they_are_stored(name, monkeypatch):
    """All rows, as in 1.9.1, also those that become zero; nothing of the size of the whole table is made."""
    grad = nd.sparse.row_sparse_array(([[1, 1], [1, 1]], [0, 2]), shape=(4, 2))
    options = {"momentum": 0.9} if name == "sgd" else {}
    optimizer, other = (mx.optimizer.create(name, learning_rate=1, wd=0, **options) for _ in range(2))
    weight, plain = nd.ones((4, 2)).tostype("row_sparse"), nd.ones((4, 2))
    state, plain_state = optimizer.create_state(0, weight), other.create_state(0, plain)
    for step in range(2):
        optimizer.update(0, weight, grad, state)
        if not step:
            monkeypatch.setattr(Rows, "dense", lambda _: pytest.fail("a dense copy was made"))
    monkeypatch.undo()
    for _ in range(2):
        other.update(0, plain, grad.tostype("default"), plain_state)
    states = state if isinstance(state, tuple) else (state,)
    for array in (weight, *states):
        assert array.indices.asnumpy().tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(weight.asnumpy()[[0, 2]], plain.asnumpy()[[0, 2]], rtol=1e-6)
    assert (weight.asnumpy()[[1, 3]] == 1).all()


def test_dense_parameters_on_either_side_of_a_sparse_gradient_step_together(monkeypatch):
    steps = []
    step = mx.optimizer.Adam._step
    monkeypatch.setattr(mx.optimizer.Adam, "_step", lambda self, *args: (steps.append(args[0]), step(self, *args))[1])
    weights, grads = ([nd.ones((3, 2)) for _ in range(5)] for _ in "wg")
    grads[2] = grads[2].tostype("row_sparse")
    mx.optimizer.get_updater(mx.optimizer.Adam())(list(range(5)), grads, weights)
    assert steps == [[0, 1], [2], [3, 4]]
    assert all((w.asnumpy() == weights[0].asnumpy()).all() for w in weights)


@pytest.mark.parametrize("ids", [[0, 3], [3, 1], [2, 2, 0], [1], [], [-1, 0, 9], [0, 1, 2, 3]])
@pytest.mark.parametrize("stored", [[0, 2], [0, 1, 2, 3]])
def test_the_rows_that_are_asked_for_are_stored_once_and_in_order_also_where_they_are_zero(stored, ids):
    """1.9.1 stores them in the order given and as often, which its own ``check_format`` refuses."""
    table = np.zeros((4, 2), np.float32)
    table[stored] = np.arange(1, 2 * len(stored) + 1).reshape(-1, 2)
    array = nd.sparse.row_sparse_array((table[stored], stored), shape=(4, 2))
    store = mx.kv.create("local")
    store.init("w", array)
    pulled = nd.zeros((4, 2), stype="row_sparse")
    store.row_sparse_pull("w", out=pulled, row_ids=nd.array(ids, dtype="int64"))
    expected = sorted(set(ids) & {0, 1, 2, 3})
    for kept in (nd.sparse.retain(array, nd.array(ids)), array.retain(nd.array(ids)), pulled):
        kept.check_format()
        assert kept.indices.asnumpy().tolist() == expected
        np.testing.assert_array_equal(kept.data.asnumpy(), table[expected].reshape(-1, 2))
        assert kept.asnumpy()[expected].tolist() == table[expected].tolist()
    array[:] = 5  # what was kept is a copy
    assert pulled.asnumpy()[expected].tolist() == table[expected].tolist()


def test_nothing_is_stored_for_rows_of_an_array_without_any():
    assert nd.sparse.retain(nd.zeros((4, 2), stype="row_sparse"), nd.array([1])).indices.shape == (0,)


def test_a_store_gives_rows():
    store = mx.kv.create("local")
    store.init("w", made("row_sparse"))
    out = nd.zeros((3, 3), stype="row_sparse")
    store.row_sparse_pull("w", out=out, row_ids=nd.array([2, 2, 1]))
    assert out.asnumpy().tolist() == [[0, 0, 0], DENSE[1], DENSE[2]]


def test_a_trainer_learns_a_sparse_table():
    table = gluon.Parameter("table", shape=(4, 2), stype="row_sparse", grad_stype="row_sparse")
    table.initialize(init="zeros", ctx=mx.cpu())
    trainer = gluon.Trainer([table], "sgd", {"learning_rate": 1.0})
    rows = nd.array([1, 3])
    with autograd.record():
        nd.Embedding(rows, table.row_sparse_data(rows), input_dim=4, output_dim=2, sparse_grad=True).sum().backward()
    trainer.step(1)
    assert table.row_sparse_data(nd.arange(4)).asnumpy()[:, 0].tolist() == [0, -1, 0, -1]


@pytest.mark.parametrize(
    ("places", "text"),
    [
        (([0, 1], [0, 5]), "column index exceeds matrix dimensions"),
        (([0, 5], [0, 1]), "row index exceeds matrix dimensions"),
        (([0, 1], [0, -1]), "negative column index found"),
        (([0, -1], [0, 1]), "negative row index found"),
        (([0, 1, 1], [0, 1, 1]), "must all be the same length"),
        (([0, 1], [0]), "must all be the same length"),
    ],
)
def test_places_outside_of_a_matrix_are_refused_when_it_is_made(places, text):
    with pytest.raises(ValueError, match=text):
        nd.sparse.csr_matrix(([1, 2], places), shape=(2, 2))


def test_places_may_come_in_any_order_and_twice():
    array = nd.sparse.csr_matrix(([1, 2, 3], ([1, 0, 1], [0, 1, 0])), shape=(2, 2))
    assert array.asnumpy().tolist() == [[0, 2], [4, 0]]


@pytest.mark.parametrize(
    "make",
    [
        lambda: nd.sparse.csr_matrix((2, 3, 4)),
        lambda: nd.sparse.csr_matrix(([[1, 2]], [0, 1], [0, 1, 2]), shape=(2, 2)),
        lambda: nd.sparse.csr_matrix(([1], ([0], [0])), shape=(2, 2, 2)),
        lambda: nd.sparse.zeros("csr", (2, -2)),
        lambda: nd.sparse.zeros("row_sparse", (-2, 2)),
        lambda: nd.sparse.row_sparse_array(([[1, 2]], [1]), shape=(-3, 2)),
    ],
)
def test_what_is_no_shape_of_a_sparse_array_is_refused(make):
    with pytest.raises(ShapeError, match="csr_matrix: |sizes of at least 0"):
        make()


def test_sparse_operators_and_keys_refuse_other_things_as_1_9_1_does():
    with pytest.raises(AssertionError, match="dot: inputs must have NDArray type, but got 5"):
        nd.sparse.dot(made("csr"), 5)
    with pytest.raises(AssertionError, match="must have NDArray type"):
        nd.sparse.retain(made("row_sparse"), [0])
    with pytest.raises(TypeError, match="only supports"):
        made("row_sparse")[0] = 1
