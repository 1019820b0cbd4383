"""Training loops and modules that programs write for themselves, with the helpers they import."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet.model import _create_kvstore, _initialize_kvstore, _update_params, _update_params_on_kvstore
from mxnet.module.base_module import _as_list, _check_input_names, _check_names_match, _parse_data_desc

CPUS = [mx.cpu(0), mx.cpu(1)]


@pytest.mark.parametrize(
    ("kvstore", "devices", "size", "want"),
    [
        (None, 2, 1, (None, False)),
        ("local", 1, 1, (None, False)),
        ("device", 1, 1, (None, False)),
        ("local", 2, 16 << 20, ("local", True)),
        ("local", 2, (16 << 20) + 1, ("local", False)),
        ("device", 2, (16 << 20) + 1, ("device", True)),
    ],
)
def test_several_devices_have_a_store_that_updates_unless_it_is_local_and_a_parameter_large(
    kvstore: str | None, devices: int, size: int, want: tuple[str | None, bool]
) -> None:
    class Parameter:
        shape = (size,)

    store, on_store = _create_kvstore(kvstore, devices, {"w": Parameter()})
    assert (store and store.type, on_store) == want


def test_a_store_that_is_given_is_taken_and_anything_else_refused() -> None:
    given = mx.kv.create("local")
    assert _create_kvstore(given, 1, {}) == (given, True)
    with pytest.raises(TypeError, match="kvstore must be KVStore, str or None, got 5"):
        _create_kvstore(5, 1, {})


@pytest.mark.parametrize("kind", ["on the store", "beside the store", "without a store"])
def test_copies_on_all_devices_take_a_step_with_the_sum_of_their_gradients(kind: str) -> None:
    names = ["a", "frozen", "b"]
    values = {n: mx.nd.ones((2,)) * i for i, n in enumerate(names)}
    copies = [[values[n].as_in_context(c).copy() for c in CPUS] for n in names]
    grads: list[list[Any]] = [[mx.nd.ones((2,), ctx=c) * (k + 1) for k, c in enumerate(CPUS)] for _ in names]
    grads[1] = [None, None]
    step = mx.optimizer.SGD(learning_rate=0.5)
    store = None if kind == "without a store" else mx.kv.create("local")
    if store is not None:
        _initialize_kvstore(store, copies, values, names, update_on_kvstore=kind == "on the store")
    if kind == "on the store":
        store.set_optimizer(step)
        _update_params_on_kvstore(copies, grads, store, names)
    else:
        _update_params(copies, grads, mx.optimizer.get_updater(step), len(CPUS), store, names)
    each = [3, 3] if store is not None else [1, 2]
    for index, name in enumerate(names):
        for copy, grad in zip(copies[index], each, strict=True):
            want = index - (0 if name == "frozen" else 0.5 * grad)
            np.testing.assert_allclose(copy.asnumpy(), want)


def test_an_updater_is_called_once_a_device_with_indices_of_its_own() -> None:
    seen: list[Any] = []
    arrays = [[mx.nd.zeros((1,))] * 2 for _ in range(2)]
    _update_params(arrays, arrays, lambda indices, grads, weights: seen.append((indices, len(grads))), 2)
    assert seen == [((0, 2), 2), ((1, 3), 2)]


def test_descriptions_are_made_of_pairs_and_compared_with_the_names() -> None:
    data, labels = _parse_data_desc(["b", "a"], ["l"], [("a", (2, 3)), ("b", (2,))], [mx.io.DataDesc("l", (2,))])
    assert [(d.name, d.shape, d.layout) for d in data] == [("a", (2, 3), "NCHW"), ("b", (2,), "NCHW")]
    assert labels is not None and labels[0].name == "l"
    with pytest.raises(ValueError, match=r"data_shapes don't match .*data_names \(\[DataDesc\[c,"):
        _parse_data_desc(["a"], [], [("c", (2,))], None)
    with pytest.warns(UserWarning, match="label_shapes don't match"):
        assert _parse_data_desc(["a"], ["l"], [("a", (2,))], None)[1] is None
    with pytest.warns(UserWarning, match="state_shapes don't match"):
        _check_names_match(["s"], [], "state", False)


def test_names_are_those_of_arguments_of_the_symbol() -> None:
    made = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc")
    with pytest.raises(ValueError, match=r"data_names=\['dat'\].*'dat' is not found.*data"):
        _check_input_names(made, ["dat"], "data", True)
    with pytest.warns(UserWarning, match="label_names"):
        _check_input_names(made, ["label"], "label", False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _check_input_names(made, ["data"], "data", True)
    assert _as_list(1) == [1] and _as_list((1, 2)) == (1, 2)
