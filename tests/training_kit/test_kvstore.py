"""Stores of one process against recorded answers of 1.9.1."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import MissingFileError
from tests.answers import check, recorded
from tests.training_kit.store_probes import PROBES

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "stores.json", PROBES)


@pytest.mark.parametrize("name", PROBES)
def test_stores_answer_as_those_of_the_reference(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


# -- our own ---------------------------------------------------------------------------------------------------------


def ones(value: float = 1, ctx: int = 0) -> mx.nd.NDArray:
    return mx.nd.ones((2, 3), ctx=mx.cpu(ctx)) * value


def ready(kind: str = "local", key: int | str = 3) -> mx.kv.KVStore:
    store = mx.kv.create(kind)
    store.init(key, ones())
    return store


def test_an_updater_gets_numbers_as_they_are_and_texts_as_bytes() -> None:
    seen = []
    for keys in (3, "w", ["3", "é"]):
        store = mx.kv.create()
        store.init(keys, [ones(), ones()] if isinstance(keys, list) else ones())
        store._set_updater(lambda key, pushed, stored: seen.append(key))
        store.push(keys, [ones(), ones()] if isinstance(keys, list) else ones())
    assert seen == [3, b"w", b"3", "é".encode()]


def test_optimizers_in_a_store_know_parameters_by_their_texts() -> None:
    class Told(mx.optimizer.Optimizer):
        def create_state(self, index: str, weight: mx.nd.NDArray) -> str:
            return index

        def update(self, index: str, weight: mx.nd.NDArray, grad: mx.nd.NDArray, state: str) -> None:
            weight[:] = len(index + state)

    store, out = ready(key="weight"), ones()
    store.set_optimizer(Told())
    store.push("weight", ones())
    store.pull("weight", out=out)
    assert (out.asnumpy() == 12).all()


@pytest.mark.parametrize("pushed", ["float16", "float32", "float64"])
def test_an_updater_gets_what_is_pushed_in_the_dtype_of_what_is_kept(pushed: str) -> None:
    dtypes, out = [], ones()
    for kept in ("float32", "float64"):
        store = mx.kv.create()
        store.init(3, ones().astype(kept))
        store._set_updater(lambda key, value, stored: dtypes.append(value.dtype))
        store.push(3, ones().astype(pushed))
        store.set_optimizer(mx.optimizer.SGD(learning_rate=1, momentum=0.9, wd=0))
        store.push(3, ones(0.5).astype(pushed))
        store.pull(3, out=out)
        assert (out.asnumpy() == 0.5).all()
    assert dtypes == [np.float32, np.float64]


def test_what_is_pushed_and_pulled_is_not_what_is_kept() -> None:
    store, pushed, out = ready(), ones(5), ones(0)
    store.push(3, pushed)
    pushed[:] = 7
    store.pull(3, out=out)
    out[:] = 9
    store.pull(3, out=pushed)
    assert (pushed.asnumpy() == 5).all()


def test_a_refused_push_changes_nothing() -> None:
    store, out = mx.kv.create(), ones(0)
    store.init([3, 4], [ones(1), ones(2)])
    with pytest.raises(mx.MXNetError):
        store.push([3, 4], [ones(5), mx.nd.ones((1,))])
    store.pull(3, out=out)
    assert (out.asnumpy() == 1).all()


def test_pushing_inside_record_is_no_part_of_the_graph() -> None:
    store, x = ready(), ones(2)
    x.attach_grad()
    with mx.autograd.record():
        y = x * 3
        store.push(3, y)
        out = ones(0)
        z = y.sum()
    z.backward()
    store.pull(3, out=out)
    assert (out.asnumpy() == 6).all() and (x.grad.asnumpy() == 3).all()


def test_files_of_states_are_checked(tmp_path: pathlib.Path) -> None:
    store = ready()
    store.set_optimizer(mx.optimizer.SGD(momentum=0.5))
    (tmp_path / "bad").write_bytes(b"nothing of use")
    with pytest.raises(mx.MXNetError, match="optimizer states"):
        store.load_optimizer_states(str(tmp_path / "bad"))
    with pytest.raises(MissingFileError, match="none"):
        store.load_optimizer_states(str(tmp_path / "none"))


def test_overriding_a_store_is_warned_of() -> None:
    class Twice(mx.kv.KVStoreBase):
        pass

    mx.kv.KVStoreBase.register(Twice)
    with pytest.warns(UserWarning, match="Twice is overriding existing kvstore .*Twice"):
        mx.kv.KVStoreBase.register(Twice)


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda: mx.kv.create("devise"), "unknown kvstore 'devise', .*did you mean 'device'"),
        (lambda: mx.kv.create(3), "name must be a string, got 3"),
        (lambda: ready().init(3, ones()), "duplicate init of key 3"),
        (lambda: ready().push(9, ones()), "key 9 has not been inited"),
        (lambda: ready().pull(9, out=ones()), "key 9 has not been inited"),
        (lambda: ready().init("w", ones()), "Mixed key types are not allowed: key 'w' is str, those before were int"),
        (lambda: ready().push(1.5, ones()), "a key is 1.5, expected an int or a str"),
        (lambda: ready().init([4, 5], [ones()]), "got 2 keys and 1 values"),
        (lambda: ready().push(3, 1), "takes NDArrays and lists of them, got int"),
        (lambda: ready().push(3, [1]), "got int, expected NDArrays"),
        (lambda: ready().push(3, mx.nd.ones((2,))), r"value of key 3 has shape \(2,\), expected \(2, 3\)"),
        (lambda: ready().pull(3, out=mx.nd.ones((2,))), r"out for key 3 has shape \(2,\), expected \(2, 3\)"),
        (lambda: ready().pull(3), "out is None"),
        (lambda: ready().row_sparse_pull(3), "out and row_ids are needed"),
        (lambda: ready().set_optimizer("sgd"), "got str, expected an Optimizer"),
        (lambda: ready().save_optimizer_states("a"), r"no states to save; call set_optimizer\(\) first"),
        (lambda: ready().set_gradient_compression({"type": "2bit"}), "not supported for this type of kvstore: local"),
        (lambda: ready("device").set_gradient_compression({"type": "3bit"}), "Unknown type .*3bit"),
        (lambda: ready("device").set_gradient_compression({"type": "2bit", "thresh": 1}), "parameter thresh"),
        (lambda: ready("device").set_gradient_compression({"type": "2bit", "threshold": 0}), "expected more than 0"),
        (lambda: ready("device").set_gradient_compression("2bit"), "expected a dict"),
        (lambda: ready().is_capable("fly"), "Unknown capability: fly"),
        (lambda: ready()._send_command_to_servers(1, ""), "no servers"),
    ],
)
def test_errors_say_what_is_expected(do, words: str) -> None:
    with pytest.raises(mx.MXNetError, match=words):
        do()


@pytest.mark.parametrize("updating", [False, True])
def test_nothing_is_done_for_keys_without_arrays(updating: bool) -> None:
    store = mx.kv.create("local")
    store.init([3, 4], [ones(), ones()])
    if updating:
        store.set_optimizer(mx.optimizer.SGD(learning_rate=1))
    store.init(5, [])
    for key, value in (3, []), (3, ()), ([3], [[]]), ([], []), (9, []):
        store.push(key, value)
        store.pull(key, value)
        store.pushpull(key, value)
    store.push([3, 4], [[], ones(5)])
    assert (store._store.keys(), store._store[3][0, 0].asscalar()) == ({3, 4}, 1)
    assert store._store[4][0, 0].asscalar() == (-4 if updating else 5)
