"""Training loops and modules that programs write for themselves, with the helpers they import."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet.model import (
    _create_kvstore,
    _create_sparse_kvstore,
    _initialize_kvstore,
    _update_params,
    _update_params_on_kvstore,
)
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


def test_parameters_of_which_rows_are_updated_need_a_store_that_updates_them() -> None:
    given = mx.kv.create("local")
    assert _create_sparse_kvstore(given) == (given, True)
    store, on_store = _create_sparse_kvstore("device")
    assert (store.type, on_store) == ("device", True)
    for none in (None, 5):
        with pytest.raises(TypeError, match=f"row_sparse parameters, got {none}"):
            _create_sparse_kvstore(none)


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


class Told(mx.io.NDArrayIter):
    """An iterator that tells what is asked of it."""

    def __init__(self, rows: int, tell: list[str]) -> None:
        self.tell = tell
        super().__init__(np.ones((rows, 3)), np.zeros(rows), 4)
        tell.clear()

    def reset(self) -> None:
        self.tell.append("reset")
        super().reset()

    def next(self) -> mx.io.DataBatch:
        batch = super().next()
        self.tell.append("next")
        return batch


class Lists(mx.metric.EvalMetric):
    """A metric of two numbers, which only its own ``reset`` makes; ``reset_local`` would make one of them."""

    def __init__(self, tell: list[str]) -> None:
        self.tell = tell
        super().__init__("lists")

    def reset(self) -> None:
        self.sum_metric: Any = [0, 0]

    def update(self, labels: Any, preds: Any) -> None:
        self.tell.append("update")
        self.sum_metric[0] += 1

    def get(self) -> Any:
        self.tell.append("get")
        return ["batches", "nothing"], list(self.sum_metric)


def test_the_metric_of_an_epoch_is_read_before_the_last_callback_and_data_are_reset_after_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tell: list[str] = []
    net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2), name="softmax")
    metric = Lists(tell)

    def after_batch(param: Any) -> None:
        tell.append(f"batch {param.nbatch}")
        if param.nbatch == 1:
            param.eval_metric.reset_local()

    with caplog.at_level("INFO"):
        mx.mod.Module(net).fit(
            Told(8, tell),
            eval_metric=metric,
            num_epoch=1,
            batch_end_callback=after_batch,
            epoch_end_callback=lambda *_: tell.append("epoch"),
        )
    assert tell == ["next", "update", "next", "batch 0", "update", "get", "batch 1", "epoch", "reset"]
    assert "Epoch[0] Train-batches=2.000000" in caplog.messages


def test_training_goes_on_from_where_the_data_are_and_begins_anew_at_their_end() -> None:
    tell: list[str] = []
    net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2), name="softmax")
    data = Told(8, tell)
    data.next()
    mx.mod.Module(net).fit(data, num_epoch=2)
    assert tell == ["next", "next", "reset", "next", "next", "reset"]
    assert len(list(data)) == 2
    tell.clear()
    mx.mod.Module(net).fit(data, num_epoch=1)  # 1.9.1 fails here
    assert tell == ["reset", "next", "next", "reset"]


def test_an_epoch_needs_a_batch() -> None:
    class Nothing(mx.io.NDArrayIter):
        def next(self) -> mx.io.DataBatch:
            raise StopIteration

    net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2), name="softmax")
    with pytest.raises(mx.MXNetError, match="train_data gives no batch"):
        mx.mod.Module(net).fit(Nothing(np.ones((4, 3)), np.zeros(4), 4), num_epoch=1)


class Steps(mx.io.DataIter):
    """Sequences of two lengths, with an input for every step."""

    default_bucket_key = 3

    def __init__(self) -> None:
        super().__init__(2)
        self.reset()

    def reset(self) -> None:
        self.lengths = [2, 3, 2]

    @property
    def provide_data(self) -> list[tuple[str, tuple[int, ...]]]:
        return self.inputs(3)

    @property
    def provide_label(self) -> list[tuple[str, tuple[int, ...]]]:
        return [("label/2", (2,))]

    def inputs(self, length: int) -> list[tuple[str, tuple[int, ...]]]:
        return [(f"step/{i}", (2, 4)) for i in range(length)]

    def next(self) -> mx.io.DataBatch:
        if not self.lengths:
            raise StopIteration
        length = self.lengths.pop()
        return mx.io.DataBatch(
            [mx.nd.ones((2, 4)) for _ in range(length)],
            [mx.nd.zeros((2,))],
            pad=0,
            bucket_key=length,
            provide_data=self.inputs(length),
            provide_label=[(f"label/{length - 1}", (2,))],
        )


def test_a_network_with_an_input_for_each_step_is_trained_on_sequences_of_several_lengths() -> None:
    weight = mx.sym.var("all_weight")

    def unrolled(length: int) -> mx.sym.Symbol:
        steps = [mx.sym.var(f"step/{i}") for i in range(length)]
        layers = [mx.sym.FullyConnected(s, weight, num_hidden=2, no_bias=True) for s in steps]
        return mx.sym.SoftmaxOutput(mx.sym.add_n(*layers), mx.sym.var(f"label/{length - 1}"), name="softmax")

    seen: list[int] = []
    model = mx.model.FeedForward(unrolled, ctx=mx.cpu(), num_epoch=2, learning_rate=1.0, initializer=mx.init.Zero())
    model.fit(Steps(), eval_data=Steps(), batch_end_callback=lambda p: seen.append(p.nbatch))
    assert seen == [1, 2, 3] * 2
    trained = model.arg_params["all_weight"].asnumpy()
    assert (trained[0] > 0).all() and np.allclose(trained[0], -trained[1])


def test_a_group_of_executors_tells_its_inputs_and_is_bound_to_other_shapes() -> None:
    net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc"), name="softmax")
    group = mx.module.executor_group.DataParallelExecutorGroup(
        net, CPUS, [1, 1], [("data", (4, 3))], [("softmax_label", (4,))], ["fc_weight", "fc_bias"], True, False
    )
    assert (group.data_names, group.label_names, group.num_outputs) == (["data"], ["softmax_label"], 1)
    assert group.data_layouts == group.label_layouts == group.output_layouts == [0]
    assert group._total_exec_bytes == 0
    group.set_params({"fc_weight": mx.nd.ones((2, 3)), "fc_bias": mx.nd.array([0, 1])}, {})
    group.reshape([mx.io.DataDesc("data", (6, 3))], [mx.io.DataDesc("softmax_label", (6,))])
    assert group.batch_size == 6 and group.data_shapes[0].shape == (6, 3)
    group.forward(mx.io.DataBatch([mx.nd.ones((6, 3))], [mx.nd.zeros((6,))]), is_train=True)
    group.backward()
    assert group.get_outputs()[0].shape == (6, 2)
    gradients = [g.asnumpy() for g in group.grad_arrays[1]]
    np.testing.assert_allclose(gradients[0], gradients[1])
    np.testing.assert_allclose(gradients[0], 3 * np.array([-1, 1]) / (1 + np.exp(-1)), rtol=1e-5)


def test_an_executor_of_which_no_gradient_is_requested_has_none() -> None:
    net = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=4, name="fc")
    run = net.simple_bind(mx.cpu(), grad_req=None, x=(5, 4))
    assert run.grad_dict == {"x": None, "fc_weight": None, "fc_bias": None}
    run.forward(is_train=True)
    run.backward(mx.nd.ones((5, 4)))
    assert run.grad_arrays == [None, None, None]
