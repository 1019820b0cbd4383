"""``mx.mon``: statistics of what goes through executors."""

from __future__ import annotations

import ctypes
import logging

import numpy as np
import pytest

import mxnet as mx


def bound() -> mx.executor.Executor:
    x = mx.sym.Activation(
        mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="fc"), act_type="relu", name="act"
    )
    run = mx.sym.SoftmaxOutput(x, name="sm").simple_bind(mx.cpu(), data=(2, 4))
    for array in run.arg_dict.values():
        array[:] = 1
    return run


def watched(batches: int = 1, **options: object) -> list[list[tuple[int, str, str]]]:
    run = bound()
    monitor = mx.mon.Monitor(**{"interval": 1, **options})
    monitor.install(run)
    found = []
    for _ in range(batches):
        monitor.tic()
        run.forward(is_train=False)
        found.append(monitor.toc())
    return found


def test_outputs_and_parameters_are_told_as_in_the_reference() -> None:
    assert watched()[0] == [
        (1, "fc_output", "5.0\t"),
        (1, "act_output", "5.0\t"),
        (1, "sm_output", "0.33333334\t"),
        (1, "data", "1.0\t"),
        (1, "fc_weight", "1.0\t"),
        (1, "fc_bias", "1.0\t"),
        (1, "sm_label", "1.0\t"),
    ]


def test_batches_between_are_passed_over() -> None:
    assert [[step for step, *_ in b[:1]] for b in watched(5, interval=2)] == [[1], [], [3], [], [5]]


def test_names_are_chosen_from_their_beginning_and_sorted() -> None:
    assert [name for _, name, _ in watched(pattern="fc|sm", sort=True)[0]] == [
        "fc_bias",
        "fc_output",
        "fc_weight",
        "sm_label",
        "sm_output",
    ]


@pytest.mark.parametrize(
    ("stat_func", "text"),
    [
        (lambda x: [x.max(), x.min() - 1], "5.0\t4.0\t"),
        (lambda x: x, "[[5. 5. 5.]\n [5. 5. 5.]]\t"),
        (lambda x: x.astype("int32").sum(), "30\t"),
    ],
)
def test_statistics_are_numbers_arrays_or_lists_of_them(stat_func: object, text: str) -> None:
    assert watched(stat_func=stat_func, pattern="fc_output") == [[(1, "fc_output", text)]]


def test_statistics_that_are_no_arrays_are_refused() -> None:
    for kind in (AssertionError, TypeError, mx.MXNetError):
        with pytest.raises(kind, match="stat_func gave 3 for fc_output"):
            watched(stat_func=lambda x: 3, pattern="fc_output")


def test_blocks_are_watched_by_their_own_hook() -> None:
    with pytest.raises(mx.MXNetError, match="register_op_hook"):
        mx.mon.Monitor(1).install(mx.gluon.nn.Dense(2))
    seen = []
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(2, prefix="dense_"))
    net.initialize()
    net.register_op_hook(lambda name, op, array: seen.append((name, op)))
    net.hybridize()
    net(mx.nd.ones((1, 3)))
    assert [(n.decode(), o.decode()) if isinstance(n, bytes) else (n, o) for n, o in seen] == [
        ("dense_fwd_output", "FullyConnected")
    ]


def test_nothing_is_told_without_a_beginning() -> None:
    assert mx.mon.Monitor(1).toc() == []


def test_training_logs_what_is_watched(caplog: pytest.LogCaptureFixture) -> None:
    data = mx.io.NDArrayIter(np.ones((4, 4), "float32"), np.zeros(4, "float32"), 2, label_name="sm_label")
    module = mx.mod.Module(bound()._symbol, label_names=["sm_label"])
    with caplog.at_level(logging.INFO):
        module.fit(data, num_epoch=1, monitor=mx.mon.Monitor(1, pattern=".*output|.*weight"))
    lines = [r.getMessage() for r in caplog.records if r.getMessage().startswith("Batch:")]
    assert lines[0].startswith("Batch:       1 fc_output                      ")
    assert {x.split()[2] for x in lines} >= {"fc_output", "act_output", "sm_output", "fc_weight"}
    assert {x.split()[1] for x in lines} == {"1", "2"}


def test_inputs_are_told_too_if_wanted() -> None:
    names = [name for _, name, _ in watched(pattern="fc", monitor_all=True)[0]]
    assert names[:6] == ["fc_data", "fc_weight", "fc_weight", "fc_bias", "fc_bias", "fc_output"]


def test_gradients_of_every_input_are_told_as_in_the_reference() -> None:
    run = bound()
    monitor = mx.mon.Monitor(1, pattern=".*backward")
    monitor.install(run)
    monitor.tic()
    run.forward(is_train=True)
    run.backward()
    found = monitor.toc()
    assert [name for _, name, _ in found] == [
        "sm_backward_output0",
        "sm_backward_output1",
        "act_backward_output",
        "fc_backward_output0",
        "fc_backward_output1",
        "fc_backward_output2",
    ]
    np.testing.assert_allclose(
        [float(text) for *_, text in found], [0.47140443, 0, 0.47140443, 0, 0.94280905, 0.94280905], atol=1e-6
    )


def test_gradients_that_nobody_wants_are_told_as_zeros() -> None:
    x, w = mx.sym.var("x"), mx.sym.var("w")
    run = (x * w).simple_bind(mx.cpu(), grad_req={"w": "write"}, x=(2,), w=(2,))
    run.arg_dict["x"][:] = 3
    seen = {}
    run.set_monitor_callback(
        lambda name, array: seen.update({name.decode().split("_")[-1]: mx.nd.NDArray(array).asnumpy().tolist()})
    )
    run.forward(is_train=True)
    run.backward(mx.nd.ones(2))
    assert (seen["output0"], seen["output1"]) == ([0, 0], [3, 3])


def test_each_use_of_a_value_has_its_own_share_of_the_gradient() -> None:
    x = mx.sym.tanh(mx.sym.var("x"), name="t")
    net = mx.sym.elemwise_add(mx.sym.square(x, name="s"), x * 3, name="sum")
    run = net.simple_bind(mx.cpu(), x=(1,))
    run.arg_dict["x"][:] = 0.5
    seen = {}
    run.set_monitor_callback(lambda name, array: seen.update({name.decode(): float(mx.nd.NDArray(array).asscalar())}))
    run.forward(is_train=True)
    run.backward(mx.nd.ones(1))
    t = np.tanh(0.5)
    assert seen["s_backward_output"] == pytest.approx(2 * t)
    assert seen["t_backward_output"] == pytest.approx((2 * t + 3) * (1 - t * t))


def test_recurrent_networks_are_watched_too() -> None:
    outputs, _ = mx.rnn.RNNCell(3).unroll(2, mx.sym.var("data"), merge_outputs=True)
    run = outputs.simple_bind(mx.cpu(), data=(4, 2, 5))
    monitor = mx.mon.Monitor(1, pattern="rnn_t1_out|rnn_t0_h2h_backward")
    monitor.install(run)
    monitor.tic()
    run.forward(is_train=True)
    run.backward(mx.nd.ones((4, 2, 3)))
    assert [name for _, name, _ in monitor.toc()] == [
        "rnn_t1_out_output",
        "rnn_t1_out_backward_output",
        "rnn_t0_h2h_backward_output0",
        "rnn_t0_h2h_backward_output1",
        "rnn_t0_h2h_backward_output2",
    ]


def test_callbacks_of_1_9_1_make_arrays_of_the_handles_they_are_given() -> None:
    run = mx.sym.square(mx.sym.var("x"), name="two").simple_bind(mx.cpu(), x=(2,))
    run.arg_dict["x"][:] = 3
    seen, kept = {}, []

    def callback(name: bytes, handle: int) -> None:
        array = mx.nd.NDArray(ctypes.cast(handle, mx.base.NDArrayHandle), writable=False)
        seen[mx.base.py_str(name)] = array.asnumpy().tolist()
        array += 1  # of a copy
        kept.append(ctypes.cast(handle, mx.base.NDArrayHandle))

    run.set_monitor_callback(callback, monitor_all=True)
    run.forward()
    assert seen["two_output"] == run.outputs[0].asnumpy().tolist() == [9, 9] and seen["x"] == [3, 3]
    with pytest.raises(mx.MXNetError, match="expected a handle"):  # gone with the callback
        mx.nd.NDArray(kept[0])


def test_handles_give_their_array_as_long_as_they_are_kept() -> None:
    run = mx.sym.square(mx.sym.var("x"), name="two").simple_bind(mx.cpu(), x=(2,))
    kept = []
    run.set_monitor_callback(lambda name, handle: kept.append(handle))
    run.forward()
    assert mx.nd.NDArray(kept[0]).shape == (2,)


def test_a_monitor_may_have_another_helper() -> None:
    run = mx.sym.square(mx.sym.var("x"), name="two").simple_bind(mx.cpu(), x=(2,))
    monitor, seen = mx.mon.Monitor(1), []
    original = monitor.stat_helper

    def helper(name: bytes, array: int) -> None:
        seen.append(name)
        original(name, array)

    monitor.stat_helper = helper
    monitor.install(run)
    monitor.tic()
    run.forward()
    assert [name for _, name, _ in monitor.toc()] == ["two_output", "x"] and seen[0] == b"two_output"


_X = mx.sym.var("x")
_HALF = mx.sym.slice_axis(_X, axis=1, begin=0, end=2)
HIDDEN = [
    (mx.sym.BatchNorm(_X, fix_gamma=False, name="n"), ["mean", "var"]),
    (mx.sym.BatchNorm(_X, axis=3, name="n"), ["mean", "var"]),
    (mx.sym.BatchNorm_v1(_X, name="n"), ["mean", "var"]),
    (mx.sym.contrib.SyncBatchNorm(_X, key="k", name="n"), ["mean", "var"]),
    (mx.sym.contrib.BatchNormWithReLU(_X, name="n"), ["mean", "var", "workspace"]),
    (mx.sym.LayerNorm(_X, axis=1, name="n"), ["mean", "std"]),
    (mx.sym.GroupNorm(_X, num_groups=2, name="n"), ["mean", "std"]),
    (mx.sym.InstanceNorm(_X, name="n"), ["mean", "var"]),
    (mx.sym.L2Normalization(_X, name="n"), ["norm"]),
    (mx.sym.LRN(_X, nsize=3, name="n"), ["tmp_norm"]),
    (mx.sym.Dropout(_X, name="n"), ["mask"]),
    (mx.sym.Pooling(_X, kernel=(2, 2), pool_type="max", name="n"), ["workspace"]),
    (mx.sym.Pooling(_X, kernel=(2, 2), pool_type="avg", name="n"), []),
    (mx.sym.GridGenerator(_HALF, transform_type="warp", name="n"), ["grid_dst"]),
    (mx.sym.BilinearSampler(_X, _HALF, name="n"), ["tmp"]),
    (mx.sym.Correlation(_X, _X, pad_size=1, name="n"), ["tmp1", "tmp2"]),
    (mx.sym.SoftmaxActivation(_X, name="n"), []),
]


def told(symbol: mx.sym.Symbol, train: bool) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What a monitor is told of the node n, and the data."""
    run = symbol.simple_bind(mx.cpu(), x=(2, 4, 2, 4))
    draws = np.random.RandomState(0)
    for array in [*run.arg_dict.values(), *run.aux_dict.values()]:
        array[:] = draws.uniform(0.1, 1, array.shape)
    found = {}
    run.set_monitor_callback(lambda name, array: found.update({name.decode(): mx.nd.NDArray(array).asnumpy()}))
    run.forward(is_train=train)
    return {k: v for k, v in found.items() if k.startswith("n_")}, run.arg_dict["x"].asnumpy()


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize(("symbol", "names"), HIDDEN)
def test_outputs_that_nobody_sees_are_told_of_by_the_names_of_1_9_1(
    symbol: mx.sym.Symbol, names: list[str], train: bool
) -> None:
    assert list(told(symbol, train)[0]) == ["n_output", *(f"n_{name}" for name in names)]


def test_statistics_are_those_of_1_9_1() -> None:
    for train, mean, spread in [  # the spread of batch normalisation is one over the deviation
        (False, [0.9791, 0.6444, 0.7653, 0.1353], [1.6771, 2.1865, 1.6495, 2.1934]),
        (True, [0.6246, 0.5247, 0.5877, 0.4658], [5.455, 3.7609, 3.51, 4.2719]),
    ]:
        found = told(HIDDEN[0][0], train)[0]
        np.testing.assert_allclose(found["n_mean"], mean, atol=1e-4)
        np.testing.assert_allclose(found["n_var"], spread, atol=1e-4)
    found, x = told(mx.sym.LayerNorm(_X, axis=1, name="n"), False)
    np.testing.assert_allclose(found["n_std"], np.sqrt(x.var(1, keepdims=True) + 1e-5), rtol=1e-5)
    found, x = told(mx.sym.L2Normalization(_X, mode="spatial", name="n"), False)
    np.testing.assert_allclose(found["n_norm"], np.sqrt((x**2).sum((2, 3))), rtol=1e-5)
    found, x = told(mx.sym.GroupNorm(_X, num_groups=2, name="n"), False)
    np.testing.assert_allclose(found["n_mean"], x.reshape(2, 2, -1).mean(2), rtol=1e-5)


def test_blocks_tell_of_hidden_outputs_where_they_are_recorded() -> None:
    net = mx.gluon.nn.HybridSequential(prefix="")
    net.add(mx.gluon.nn.BatchNorm(prefix="bn_"), mx.gluon.nn.MaxPool2D(2, prefix="pool_"))
    net.initialize()
    seen: list[tuple[str, tuple[int, ...]]] = []
    net.register_op_hook(lambda name, op, array: seen.append((name.decode(), mx.nd.NDArray(array).shape)))
    net.hybridize()
    x = mx.nd.ones((2, 3, 4, 4))
    net(x)
    assert seen == [("bn_fwd_output", (2, 3, 4, 4)), ("pool_fwd_output", (2, 3, 2, 2))]
    del seen[:]
    with mx.autograd.record():
        net(x)
    assert seen == [
        ("bn_fwd_output", (2, 3, 4, 4)),
        ("bn_fwd_mean", (3,)),
        ("bn_fwd_var", (3,)),
        ("pool_fwd_output", (2, 3, 2, 2)),
        ("pool_fwd_workspace", (2, 3, 2, 2)),
    ]
