"""Layers where 1.9.1 draws random numbers, differs by declared choice, or refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet._base.errors import ArgumentError, MXNetError, ShapeError
from mxnet._ops import get
from mxnet._runtime import random
from mxnet._runtime.state import state


def ones(*shape: int, dtype: str = "float32") -> mx.nd.NDArray:
    return mx.nd.ones(shape, dtype=dtype)


def normal(*shape: int) -> mx.nd.NDArray:
    return mx.nd.array(np.random.RandomState(sum(shape)).randn(*shape))


def grad_of(function: Any, *inputs: mx.nd.NDArray) -> list[np.ndarray]:
    for i in inputs:
        i.attach_grad()
    with mx.autograd.record():
        out = function(*inputs)
    out.backward()
    return [i.grad.asnumpy() for i in inputs]


def test_dropout_in_training_drops_a_share_and_scales_the_rest() -> None:
    x = ones(200, 500)
    with mx.autograd.train_mode():
        y = mx.nd.Dropout(x, p=0.3).asnumpy()
    assert set(np.unique(y).tolist()) == {0.0, np.float32(1 / 0.7).item()}
    assert abs((y == 0).mean() - 0.3) < 0.01
    assert abs(y.mean() - 1) < 0.01


def test_dropout_passes_the_gradient_through_the_same_mask() -> None:
    x = ones(50, 40)
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.Dropout(x, p=0.5)
    y.backward()
    assert np.array_equal(x.grad.asnumpy(), y.asnumpy())


def test_dropout_along_axes_shares_one_fate() -> None:
    with mx.autograd.train_mode():
        y = mx.nd.Dropout(ones(5, 60, 4), p=0.5, axes=(0, 2)).asnumpy()
    assert (y == y[:1, :, :1]).all()
    assert 10 < (y[0, :, 0] == 0).sum() < 50


def test_dropout_repeats_with_the_seed_and_leaves_the_generator_of_torch_alone() -> None:
    before = torch.get_rng_state()
    drawn = []
    for seed in (7, 7, 8):
        random.seed(seed)
        drawn.append(mx.nd.Dropout(ones(100), mode="always").asnumpy())
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    "draw",
    [
        lambda x: mx.nd.Dropout(x, mode="always"),
        lambda x: mx.nd.LeakyReLU(x - 2, act_type="rrelu")[0],
    ],
)
def test_what_a_seed_drops_does_not_follow_the_order_in_memory(draw) -> None:
    drawn = []
    for order in (torch.contiguous_format, torch.channels_last):
        random.seed(7)
        data = mx.nd.ones((2, 3, 4, 5))
        data._data = data._data.contiguous(memory_format=order)
        with mx.autograd.train_mode():
            drawn.append(draw(data).asnumpy())
    assert np.array_equal(*drawn) and len(np.unique(drawn[0])) > 1


def test_dropout_of_everything_is_not_a_number_and_of_more_is_refused() -> None:
    assert np.isnan(mx.nd.Dropout(ones(4), p=1.0, mode="always").asnumpy()).all()
    with pytest.raises(ArgumentError, match="p is 1.5, expected the share"):
        mx.nd.Dropout(ones(4), p=1.5)


def test_rrelu_in_training_draws_a_slope_for_every_element_and_returns_the_factors() -> None:
    x = mx.nd.array(np.linspace(-1, 1, 400))
    x.attach_grad()
    with mx.autograd.record():
        y, mask = mx.nd.LeakyReLU(x, act_type="rrelu", lower_bound=0.2, upper_bound=0.4)
    y.backward()
    factors = mask.asnumpy()
    assert (factors[200:] == 1).all()
    assert 0.2 <= factors[:200].min() < 0.22 and 0.38 < factors[:200].max() <= 0.4
    np.testing.assert_allclose(y.asnumpy(), x.asnumpy() * factors)
    assert np.array_equal(x.grad.asnumpy(), factors)


def test_rrelu_in_prediction_has_the_mean_slope_and_its_gradient() -> None:
    x = mx.nd.array([-2.0, 3.0])
    x.attach_grad()
    with mx.autograd.record(train_mode=False):
        y, _ = mx.nd.LeakyReLU(x, act_type="rrelu", lower_bound=0.2, upper_bound=0.4)
    y.backward()
    np.testing.assert_allclose(y.asnumpy(), [-0.6, 3.0], rtol=1e-6)
    np.testing.assert_allclose(x.grad.asnumpy(), [0.3, 1.0], rtol=1e-6)


def test_selu_has_the_gradient_of_its_formula() -> None:
    (got,) = grad_of(lambda x: mx.nd.LeakyReLU(x, act_type="selu"), mx.nd.array([-1.0, 2.0]))
    np.testing.assert_allclose(got, [1.0507009873 * 1.6732632423 * np.exp(-1), 1.0507009873], rtol=1e-5)


def test_batch_norm_updates_its_statistics_in_the_forward_pass_of_training_only() -> None:
    x = mx.nd.array([[1.0, 10.0], [3.0, 30.0]])
    parameters = [ones(2), mx.nd.zeros(2)]
    mean, var = mx.nd.zeros(2), ones(2)
    mx.nd.BatchNorm(x, *parameters, mean, var)
    assert mean.asnumpy().tolist() == [0, 0]
    with mx.autograd.train_mode():
        mx.nd.BatchNorm(x, *parameters, mean, var, momentum=0.5)
    np.testing.assert_allclose(mean.asnumpy(), [1, 10])
    np.testing.assert_allclose(var.asnumpy(), [0.5 + 0.5 * 1, 0.5 + 0.5 * 100])
    with mx.autograd.train_mode():
        mx.nd.BatchNorm(x, *parameters, mean, var, momentum=0.5, use_global_stats=True)
    np.testing.assert_allclose(mean.asnumpy(), [1, 10])


def test_batch_norm_with_fixed_gamma_sets_it_to_one_and_gives_it_no_gradient() -> None:
    gamma, x = mx.nd.array([5.0, 7.0]), mx.nd.array([[1.0, 10.0], [3.0, 31.0]])
    gamma.attach_grad()
    gamma.grad[:] = 9
    with mx.autograd.record():
        y = mx.nd.BatchNorm(x, gamma, mx.nd.zeros(2), mx.nd.zeros(2), ones(2))
        (y * y * x).backward()
    assert gamma.grad.asnumpy().tolist() == [0, 0]
    assert gamma.asnumpy().tolist() == [1, 1]
    assert abs(y.asnumpy()).max() < 1.01


@pytest.mark.parametrize("axis", [(0, 1, 2, 3), (2, 3)])
def test_batch_norm_has_one_gradient_of_a_sum_and_of_ones(axis: tuple[int, ...]) -> None:
    data = mx.nd.random.normal(shape=(4, 3, 5, 6))
    found = []
    for summed in (True, False):
        gamma, beta, mean, var = (mx.nd.array([1, 2, 3]) for _ in range(4))
        for a in (data, gamma, beta):
            a.attach_grad()
        with mx.autograd.record():
            out = mx.nd.BatchNorm(data, gamma, beta, mean, var, fix_gamma=False)
            head = out.sum(axis=axis) if summed else out
        head.backward(mx.nd.ones(head.shape))
        found.append([a.grad.asnumpy() for a in (data, gamma, beta)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_batch_norm_with_wrong_parameters_changes_nothing() -> None:
    mean, var = mx.nd.zeros(3), ones(3)
    with mx.autograd.train_mode(), pytest.raises(ShapeError, match=r"BatchNorm: .*\(4,\)"):
        mx.nd.BatchNorm(ones(2, 3), ones(4), mx.nd.zeros(3), mean, var)
    assert mean.asnumpy().tolist() == [0, 0, 0] and var.asnumpy().tolist() == [1, 1, 1]


def test_batch_norm_of_half_precision_keeps_its_statistics_in_single() -> None:
    mean, var = mx.nd.zeros(3), ones(3)
    with mx.autograd.train_mode():
        y = mx.nd.BatchNorm(normal(8, 3).astype("float16"), ones(3), mx.nd.zeros(3), mean, var)
    assert y.dtype == np.float16 and mean.dtype == np.float32
    assert mean.asnumpy().any()


@pytest.mark.parametrize("op", ["Convolution", "Deconvolution"])
def test_layouts_with_channels_last_give_what_channels_first_gives(op: str) -> None:
    rng = np.random.RandomState(0)
    for axes, layout in ((2, "NHWC"), (3, "NDHWC")):
        data, kernel = rng.randn(2, 4, *(6, 5, 4)[:axes]), (3, 2, 2)[:axes]
        weight, bias = mx.nd.array(rng.randn(4, 4, *kernel)), mx.nd.array(rng.randn(4))
        last = (0, *range(2, axes + 2), 1)
        attrs = dict(kernel=kernel, num_filter=4, stride=(2,) * axes, no_bias=False)
        function = getattr(mx.nd, op)
        want = function(mx.nd.array(data), weight, bias, **attrs).asnumpy().transpose(last)
        swapped = mx.nd.array(weight.asnumpy().transpose(last))
        got = function(mx.nd.array(data.transpose(last)), swapped, bias, layout=layout, **attrs)
        np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("group", [1, 2])
@pytest.mark.parametrize(
    ("sizes", "kernel", "stride", "pad"),
    [((3000,), (5,), (2,), (1,)), ((60, 50), (4, 3), (2, 3), (1, 0)), ((9, 20, 12), (3, 2, 2), (2, 2, 1), (1, 0, 1))],
)
def test_a_large_deconvolution_is_that_of_its_channels_one_by_one(
    sizes: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...], pad: tuple[int, ...], group: int
) -> None:
    data, weight = normal(2, 4, *sizes), normal(4, 32 // group, *kernel)
    attrs = dict(kernel=kernel, stride=stride, pad=pad)
    plain = mx.nd.Deconvolution(data, weight, num_filter=32, num_group=group, **attrs)
    data.attach_grad()
    with mx.autograd.record():
        out = mx.nd.Deconvolution(data, weight, num_filter=32, num_group=group, **attrs)
    out.backward(out)
    found, gradient = np.zeros(out.shape, "float32"), data.grad.asnumpy()
    for i in range(4):
        part, each = data.detach()[:, i : i + 1], 32 // group
        part.attach_grad()
        first = i // (4 // group) * each
        with mx.autograd.record():
            made = mx.nd.Deconvolution(part, weight[i : i + 1], num_filter=each, **attrs)
        made.backward(out[:, first : first + each])
        found[:, first : first + each] += made.asnumpy()
        np.testing.assert_allclose(gradient[:, i : i + 1], part.grad.asnumpy(), rtol=1e-3, atol=1e-3)
    for large in (plain, out):
        np.testing.assert_allclose(large.asnumpy(), found, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("target", [(15,), (14,), (13,), (12,), (9,)])
def test_deconvolution_reaches_its_target_shape(target: tuple[int, ...]) -> None:
    data, weight = normal(1, 2, 7), normal(2, 3, 3)
    out = mx.nd.Deconvolution(data, weight, kernel=(3,), stride=(2,), num_filter=3, target_shape=target)
    full = mx.nd.Deconvolution(data, weight, kernel=(3,), stride=(2,), num_filter=3).asnumpy()
    begin = (15 - target[0] + 1) // 2
    np.testing.assert_allclose(out.asnumpy(), full[:, :, begin : begin + target[0]], rtol=1e-5, atol=1e-6)


def test_pooling_same_rounds_up_in_each_dimension() -> None:
    x = normal(1, 2, 5, 7)
    same = dict(pooling_convention="same")
    line = mx.nd.arange(1, 8).reshape((1, 1, 7))
    assert mx.nd.Pooling(line, kernel=3, stride=2, pad=(0, 0, 0), **same).asnumpy().ravel().tolist() == [3, 5, 7, 7]
    got = mx.nd.Pooling(x, kernel=(3, 2), stride=(2, 3), **same)
    first = mx.nd.Pooling(x.transpose((0, 1, 3, 2)).reshape((1, 14, 5)), kernel=(3,), stride=(2,), **same)
    first = first.reshape((1, 2, 7, 3)).transpose((0, 1, 3, 2)).reshape((1, 6, 7))
    want = mx.nd.Pooling(first, kernel=(2,), stride=(3,), **same).reshape((1, 2, 3, 3))
    assert np.array_equal(got.asnumpy(), want.asnumpy())
    with pytest.raises(ArgumentError, match="expected none"):
        mx.nd.Pooling(x, kernel=(3, 2), pad=(1, 1), **same)


def test_pooling_windows_outside_of_data_are_the_lowest_number_or_zero() -> None:
    x = mx.nd.array([[[1, 2, 3, 4, 5, 6, 7]]])
    full = dict(pooling_convention="full", kernel=(2,), stride=(3,), pad=(1,))
    assert mx.nd.Pooling(x, **full).asnumpy().ravel()[-1] == np.finfo("float32").min
    assert mx.nd.Pooling(x, pool_type="avg", **full).asnumpy().ravel().tolist() == [0.5, 3.5, 6.5, 0]


def test_softmax_output_with_out_grad_multiplies_by_the_gradient_of_the_output() -> None:
    x, label, head = mx.nd.array([[1.0, 2.0, 0.5]]), mx.nd.array([1.0]), mx.nd.array([[2.0, 3.0, 4.0]])
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.SoftmaxOutput(x, label, out_grad=True)
    y.backward(head)
    np.testing.assert_allclose(x.grad.asnumpy(), (y.asnumpy() - [[0, 1, 0]]) * head.asnumpy(), rtol=1e-5)


def test_block_grad_stops_the_gradient_even_where_it_would_not_be_a_number() -> None:
    x = mx.nd.array([0.0, 2.0])
    (got,) = grad_of(lambda x: mx.nd.BlockGrad(mx.nd.log(x)) * 0 + mx.nd.stop_gradient(x) * x, x)
    assert got.tolist() == [0, 2]


def test_softmax_of_rows_without_elements_is_zero_and_so_is_its_gradient() -> None:
    x, length = mx.nd.array([[1.0, 2.0], [3.0, 4.0]]), mx.nd.array([0, 1], dtype="int32")
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.softmax(x, length, use_length=True)
    y.backward(mx.nd.array([[1.0, 2.0], [3.0, 4.0]]))
    assert y.asnumpy().tolist() == [[0, 0], [1, 0]]
    assert x.grad.asnumpy().tolist() == [[0, 0], [0, 0]]


def test_ctc_loss_of_a_label_that_is_impossible_is_infinite() -> None:
    data = mx.nd.zeros((2, 1, 3))
    data[:, :, 1] = -np.inf
    assert np.isinf(mx.nd.CTCLoss(data, mx.nd.array([[1, 0]])).asnumpy()).all()


def test_ctc_loss_does_not_look_beyond_the_lengths() -> None:
    data = np.random.RandomState(0).randn(5, 1, 3).astype("float32")
    label, steps = mx.nd.array([[1, 2]]), mx.nd.array([3])
    short = mx.nd.CTCLoss(mx.nd.array(data[:3]), label).asnumpy()
    data[3:] = -np.inf
    x = mx.nd.array(data)
    x.attach_grad()
    with mx.autograd.record():
        loss = mx.nd.CTCLoss(x, label, steps, use_data_lengths=True)
    loss.backward()
    np.testing.assert_allclose(loss.asnumpy(), short, rtol=1e-6)
    assert not x.grad.asnumpy()[3:].any() and np.isfinite(x.grad.asnumpy()).all()


def test_ctc_loss_tells_classes_and_lengths_out_of_range_at_the_wait() -> None:
    data = mx.nd.zeros((4, 1, 3))
    bad = mx.nd.CTCLoss(data, mx.nd.array([[1, 9]]))
    assert bad.shape == (1,)
    with pytest.raises(MXNetError, match="label has the class 9, expected 0 to 2"):
        bad.asnumpy()
    with pytest.raises(MXNetError, match="label_lengths is .5., expected numbers from 0 to 2"):
        mx.nd.CTCLoss(data, mx.nd.array([[1, 2]]), None, mx.nd.array([5]), use_label_lengths=True).wait_to_read()


_FILLS: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[Any, ...]]] = [
    ("FullyConnected", ((2, 3, 4), None, None), dict(num_hidden=5), ((2, 3, 4), (5, 12), (5,))),
    ("FullyConnected", ((2, 3, 4), None, None), dict(num_hidden=5, flatten=False), ((2, 3, 4), (5, 4), (5,))),
    ("Convolution", ((2, 4, 9), None, None), dict(kernel=3, num_filter=6, num_group=2), ((2, 4, 9), (6, 2, 3), (6,))),
    ("Convolution", ((2, 9, 9, 4), None, None), dict(kernel=(3, 2), num_filter=6, layout="NHWC"),
     ((2, 9, 9, 4), (6, 3, 2, 4), (6,))),
    ("Deconvolution", ((2, 4, 9), None, None), dict(kernel=3, num_filter=6, num_group=2), ((2, 4, 9), (4, 3, 3), (6,))),
    ("LeakyReLU", ((2, 4, 9), None), dict(act_type="prelu"), ((2, 4, 9), (4,))),
    ("LeakyReLU", ((2, 4, 9), (1,)), dict(act_type="prelu"), ((2, 4, 9), (1,))),
    ("Embedding", ((2, 4), None), dict(input_dim=7, output_dim=3), ((2, 4), (7, 3))),
    ("softmax", ((2, 4, 5), None), dict(use_length=True, axis=1), ((2, 4, 5), (2, 5))),
    ("BatchNorm", ((2, 4, 5), None, None, None, None), {}, ((2, 4, 5), (4,), (4,), (4,), (4,))),
    ("BatchNorm", ((2, 4, 5), None, None, None, None), dict(axis=-1), ((2, 4, 5), (5,), (5,), (5,), (5,))),
    ("LayerNorm", ((2, 4, 5), None, None), dict(axis=1), ((2, 4, 5), (4,), (4,))),
    ("InstanceNorm", ((2, 4, 5), None, None), {}, ((2, 4, 5), (4,), (4,))),
    ("GroupNorm", ((2, 4, 5), None, None), dict(num_groups=2), ((2, 4, 5), (2,), (2,))),
    ("SoftmaxOutput", ((4, 3), None), {}, ((4, 3), (4,))),
    ("SoftmaxOutput", ((4, 3, 5, 6), None), {}, ((4, 3, 5, 6), (4, 3, 5))),
    ("SoftmaxOutput", ((4, 3, 5, 6), None), dict(multi_output=True), ((4, 3, 5, 6), (4, 30))),
    ("SoftmaxOutput", ((4, 3, 5), None), dict(preserve_shape=True), ((4, 3, 5), (4, 3))),
    ("LinearRegressionOutput", ((4, 3), None), {}, ((4, 3), (4, 3))),
    ("MAERegressionOutput", ((4, 1), None), {}, ((4, 1), (4,))),
    ("LogisticRegressionOutput", ((4,), None), {}, ((4,), (4,))),
    ("SVMOutput", ((4, 3, 2), None), {}, ((4, 3, 2), (4, 3))),
    ("UpSampling", ((1, 2, 3, 3), None), dict(scale=2, sample_type="bilinear", num_filter=2, num_args=2),
     ((1, 2, 3, 3), (2, 1, 4, 4))),
]  # fmt: skip


@pytest.mark.parametrize(("op", "known", "attrs", "expected"), _FILLS, ids=[f"{f[0]}-{f[1]}-{f[2]}" for f in _FILLS])
def test_shapes_of_parameters_and_labels_follow_from_data(
    op: str, known: tuple[Any, ...], attrs: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    bound = get(op).bind((), attrs)
    assert bound.op.fill is not None
    assert bound.op.fill(*known, **bound.attrs) == expected


_COUNTS = {
    "BatchNorm": ({}, 3, 1), "Dropout": ({}, 2, 1), "LayerNorm": ({}, 3, 1), "InstanceNorm": ({}, 3, 1),
    "GroupNorm": ({"output_mean_var": True}, 3, 3), "L2Normalization": ({}, 2, 1), "LRN": ({"nsize": 3}, 2, 1),
    "CTCLoss": ({}, 2, 1), "Pooling": ({"kernel": (2, 2)}, 2, 1), "softmax": ({}, 1, 1), "LeakyReLU": ({}, 1, 1),
    "SoftmaxOutput": ({}, 1, 1),
}  # fmt: skip


@pytest.mark.parametrize("op", _COUNTS)
def test_symbol_files_count_outputs_that_nobody_sees(op: str) -> None:
    attrs, total, visible = _COUNTS[op]
    bound = get(op).bind((), attrs)
    assert (bound.total, bound.visible) == (total, visible)


def test_inputs_in_use_follow_from_attributes() -> None:
    def active(op: str, **attrs: Any) -> tuple[str, ...]:
        return get(op).bind((), attrs).active_inputs()

    assert active("FullyConnected", num_hidden=2) == ("data", "weight", "bias")
    assert active("Convolution", num_filter=2, kernel=(1,), no_bias=True) == ("data", "weight")
    assert active("Deconvolution", num_filter=2, kernel=(1,)) == ("data", "weight")
    assert active("LeakyReLU", act_type="prelu") == ("data", "gamma")
    assert active("LeakyReLU") == ("data",)
    assert active("softmax", use_length=True) == ("data", "length")
    assert active("CTCLoss", use_label_lengths=True) == ("data", "label", "label_lengths")


@pytest.mark.parametrize("training", [False, True])
def test_shapes_are_inferred_without_storage(training: bool) -> None:
    def meta(*shape: int) -> torch.Tensor:
        return torch.empty(shape, device="meta")

    samples: list[tuple[str, list[torch.Tensor], dict[str, Any], list[tuple[int, ...]]]] = [
        ("BatchNorm", [meta(2, 3, 4), *[meta(3)] * 4], dict(output_mean_var=True), [(2, 3, 4), (3,), (3,)]),
        ("Dropout", [meta(2, 3)], {}, [(2, 3)]),
        ("Pooling", [meta(1, 2, 7)], dict(kernel=3, stride=2, pad=1, pooling_convention="full"), [(1, 2, 4)]),
        ("Deconvolution", [meta(1, 3, 5), meta(3, 4, 3)], dict(kernel=3, stride=2, adj=1, num_filter=4), [(1, 4, 12)]),
        ("CTCLoss", [meta(5, 2, 4), meta(2, 3)], {}, [(2,)]),
        ("SoftmaxOutput", [meta(2, 3), meta(2)], {}, [(2, 3)]),
        ("UpSampling", [meta(1, 2, 3, 3)], dict(scale=2, sample_type="nearest"), [(1, 2, 6, 6)]),
        ("LayerNorm", [meta(2, 3), meta(3), meta(3)], dict(output_mean_var=True), [(2, 3), (2, 1), (2, 1)]),
        ("LeakyReLU", [meta(2, 3)], dict(act_type="rrelu"), [(2, 3), (2, 3)]),
        ("Embedding", [meta(2, 3), meta(4, 5)], dict(input_dim=4, output_dim=5), [(2, 3, 5)]),
        ("LRN", [meta(1, 2, 3)], dict(nsize=3), [(1, 2, 3)]),
    ]
    before, state.training = state.training, training
    try:
        for op, tensors, attrs, expected in samples:
            bound = get(op).bind((), attrs)
            result = bound.run(*tensors)
            results = result if isinstance(result, tuple) else (result,)
            assert [tuple(r.shape) for r in results[: bound.visible]] == expected, op
            assert all(r.is_meta for r in results)
    finally:
        state.training = before


def test_layer_norm_adds_gradients_of_many_rows_up_without_losing_digits() -> None:
    data, head = normal(5000, 16), normal(5000, 17)[:, 1:]
    gamma, beta = ones(16), ones(16)
    for parameter in (gamma, beta, data):
        parameter.attach_grad()
    with mx.autograd.record():
        out = mx.nd.LayerNorm(data, gamma, beta)
    out.backward(head)
    wide, top = data.asnumpy().astype("float64"), head.asnumpy().astype("float64")
    normed = (wide - wide.mean(1, keepdims=True)) / np.sqrt(wide.var(1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(beta.grad.asnumpy(), top.sum(0), rtol=2e-6, atol=1e-4)
    np.testing.assert_allclose(gamma.grad.asnumpy(), (normed * top).sum(0), rtol=2e-6, atol=1e-4)
    inner = top - top.mean(1, keepdims=True) - normed * (normed * top).mean(1, keepdims=True)
    expected = inner / np.sqrt(wide.var(1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(data.grad.asnumpy(), expected, rtol=1e-4, atol=1e-5)


def test_softmax_gives_lengths_that_ask_for_a_gradient_one_of_zeros() -> None:
    data, length = normal(2, 3), mx.nd.array([1, 2], dtype="int32")
    of_data, of_length = grad_of(lambda d, n: mx.nd.softmax(d, n, use_length=True), data, length)
    assert abs(of_data).max() < 1e-6
    assert of_length.dtype == np.int32 and not of_length.any()


def test_gradients_of_more_outputs_than_there_are_have_no_effect() -> None:
    executor = (mx.sym.var("x") * 2).simple_bind(mx.cpu(), x=(2,))
    executor.forward(is_train=True)
    executor.backward([ones(2), ones(2)])
    assert executor.grad_dict["x"].asnumpy().tolist() == [2, 2]


@pytest.mark.parametrize(
    ("data", "gamma", "as_if"),
    [
        ((3, 4), (3, 4), (3, 4)),
        ((3, 4), (3, 1), (3, 1)),
        ((3, 4), (3,), (3, 1)),
        ((3, 4), (1, 4), (1, 4)),
        ((4,), (4,), (4,)),
        ((3, 4, 2, 5), (3, 4), (3, 4, 1, 1)),
        ((3, 4, 2, 5), (3, 1), (3, 1, 1, 1)),
        ((3, 3, 2), (3,), (1, 3, 1)),
    ],
)
def test_slopes_of_prelu_are_one_a_channel_or_else_one_a_row_and_channel(data: Any, gamma: Any, as_if: Any) -> None:
    x, slopes = normal(*data), mx.nd.array(np.arange(1, 1 + np.prod(gamma)).reshape(gamma))
    of_x, of_slopes = grad_of(lambda d, g: mx.nd.LeakyReLU(d, g, act_type="prelu"), x, slopes)
    wide = np.broadcast_to(slopes.asnumpy().reshape(as_if), data)
    negative = np.minimum(x.asnumpy(), 0)
    np.testing.assert_allclose(of_x, np.where(negative < 0, wide, 1))
    summed = negative.sum(tuple(i for i, n in enumerate(as_if) if n < data[i]), keepdims=True)
    np.testing.assert_allclose(of_slopes, summed.reshape(gamma), rtol=1e-5)


def test_slopes_of_prelu_have_their_gradient_in_executors_whose_data_have_one() -> None:
    # 1.9.1 multiplies it by the slopes
    made = mx.sym.LeakyReLU(mx.sym.square(mx.sym.var("data")) - 2, mx.sym.var("gamma"), act_type="prelu")
    bound = made.simple_bind(mx.cpu(), data=(1, 3))
    bound.arg_dict["data"][:], bound.arg_dict["gamma"][:] = mx.nd.array([[0, 1, 2]]), mx.nd.array([0.25, 0.5, 2])
    bound.forward(is_train=True)
    bound.backward(mx.nd.ones((1, 3)))
    assert bound.grad_dict["gamma"].asnumpy().tolist() == [-2, -1, 0]
    assert bound.grad_dict["data"].asnumpy().tolist() == [[0, 1, 4]]


@pytest.mark.parametrize("gamma", [(2, 4), (4, 5), (3, 4, 5), (1, 4, 1)])
def test_slopes_of_prelu_of_other_shapes_are_refused(gamma: Any) -> None:
    with pytest.raises(ShapeError, match="gamma"):
        mx.nd.LeakyReLU(ones(3, 4, 5), ones(*gamma), act_type="prelu")


INF = float("inf")


@pytest.mark.parametrize(
    ("rectify", "expected", "slopes"),
    [
        (
            lambda x: mx.nd.Activation(x, act_type="softrelu"),
            [0, 0, np.log(2), 30, 1000, INF],
            [0, 0, 0.5, 1, 1, 1],
        ),
        (
            lambda x: mx.nd.LeakyReLU(x, act_type="elu", slope=0.5),
            [-0.5, -0.5, 0, 30, 1000, INF],
            [0, 0, 0.5, 1, 1, 1],
        ),
        (mx.nd.relu, [0, 0, 0, 30, 1000, INF], [0, 0, 0, 1, 1, 1]),
    ],
    ids=["softrelu", "elu", "relu"],
)
def test_rectifiers_at_the_ends_of_their_range(rectify: Any, expected: list[float], slopes: list[float]) -> None:
    x = mx.nd.array([-INF, -1000, 0, 30, 1000, INF])
    np.testing.assert_allclose(rectify(x).asnumpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(grad_of(rectify, x)[0], slopes, rtol=1e-6)
    not_a_number = mx.nd.array([np.nan])
    assert np.isnan(rectify(not_a_number).asnumpy()).all()


@pytest.mark.parametrize(
    ("rectify", "curvature"),
    [
        (lambda x: mx.nd.Activation(x, act_type="softrelu"), lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2),
        (lambda x: mx.nd.LeakyReLU(x, act_type="elu", slope=0.5), lambda x: np.where(x > 0, 0, 0.5 * np.exp(x))),
        (mx.nd.softsign, lambda x: -2 * np.sign(x) / (1 + np.abs(x)) ** 3),
        (lambda x: mx.nd.contrib.quadratic(x, a=3.0, b=2.0, c=1.0), lambda x: np.full_like(x, 6)),
    ],
    ids=["softrelu", "elu", "softsign", "quadratic"],
)
def test_gradients_written_by_hand_have_gradients(rectify: Any, curvature: Any) -> None:
    x = mx.nd.array([-3.0, -0.5, 0.25, 4.0])
    x.attach_grad()
    with mx.autograd.record():
        first = mx.autograd.grad(rectify(x), x, create_graph=True)[0]
    first.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), curvature(x.asnumpy()), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float64", np.float64, np.dtype("float64"), float])
def test_a_dtype_of_a_few_allowed_ones_is_a_name_a_dtype_or_a_class(dtype: Any) -> None:
    data = ones(2, 2)
    for op in (mx.nd.softmax, mx.nd.softmin, mx.nd.log_softmax):
        assert op(data, dtype=dtype).dtype == np.float64
    assert mx.sym.softmax(mx.sym.var("x"), dtype=dtype).list_attr() == {"dtype": "float64"}
    with pytest.raises(ArgumentError, match="dtype expect one of .* but value=<class .numpy.int8.>"):
        mx.nd.softmax(data, dtype=np.int8)


def test_an_array_as_a_dtype_stands_for_its_own() -> None:
    whole = ones(3, dtype="int32")
    data = ones(2)
    assert data.astype(whole).dtype == data.astype(whole, copy=False).dtype == np.int32
    assert mx.nd.cast(data, dtype=whole).dtype == mx.nd.zeros((1,), dtype=whole).dtype == np.int32
    assert mx.sym.cast(mx.sym.var("x"), dtype=whole).list_attr() == {"dtype": "int32"}
    assert mx.np.ones(2).astype(whole).dtype == np.int32
    with pytest.raises(TypeError):
        data.astype(np.ones(3, dtype="int32"))


FILLED: dict[str, Callable[[Any, float], Any]] = {
    "full": lambda x, big: mx.nd.full(x.shape, big, dtype=x.dtype),
    "operator _full": lambda x, big: mx.sym.full(x.shape, big, dtype=x.dtype).eval()[0],
    "SequenceMask": lambda x, big: mx.nd.SequenceMask(
        x, mx.nd.array([0, 0], dtype=x.dtype), use_sequence_length=True, value=big
    ),
    "one_hot": lambda x, big: mx.nd.one_hot(mx.nd.array([0, 0]), 1, on_value=big, dtype=x.dtype),
    "Pad": lambda x, big: mx.nd.pad(x.reshape((1, 1, 2, 2)), "constant", (0, 0, 0, 0, 1, 0, 0, 0), big)[0, 0, 0],
}


@pytest.mark.parametrize("name", FILLED)
@pytest.mark.parametrize("big", [1e10, -3.4028235e38])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_numbers_out_of_the_range_of_a_dtype_are_infinite_where_they_are_put(name: str, big: float, dtype: str) -> None:
    found = FILLED[name](ones(2, 2, dtype=dtype), big).asnumpy()
    with np.errstate(over="ignore"):
        assert (found == np.array(big).astype(dtype)).all()


@pytest.mark.parametrize("key", [slice(None), 0, (0, 1), (slice(None), 1)])
def test_numbers_out_of_the_range_of_a_dtype_are_infinite_when_assigned(key: Any) -> None:
    x = ones(2, 2, dtype="float16")
    x[key] = -1e18
    expected = np.ones((2, 2), "float16")
    expected[key] = -np.inf
    assert x.asnumpy().tolist() == expected.tolist()


@pytest.mark.parametrize("bound", [1e10, 3.4028235e38])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_bounds_out_of_the_range_of_a_dtype_let_everything_through(bound: float, dtype: str) -> None:
    x = mx.nd.array([-5, 7], dtype=dtype)
    x.attach_grad()
    with mx.autograd.record():
        y = x.clip(-bound, bound)
    y.backward()
    assert y.asnumpy().tolist() == [-5, 7]
    assert x.grad.asnumpy().tolist() == [1, 1]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64"])
@pytest.mark.parametrize("make", [mx.nd.array, mx.np.array])
def test_no_integer_is_beyond_an_infinite_number(make: Callable[..., Any], dtype: str) -> None:
    x = make([0, 1, 100], dtype=dtype)
    inf = float("inf")
    for holds in (x < inf, x <= inf, x > -inf, x >= -inf, x != inf):
        assert holds.asnumpy().tolist() == [1, 1, 1]
    for fails in (x > inf, x == inf, x <= -inf, x == float("nan")):
        assert fails.asnumpy().tolist() == [0, 0, 0]


def test_remainders_that_are_zero_have_no_sign() -> None:
    found = (mx.nd.array([-3, -1, 0, 2]) % 1).asnumpy()
    assert not np.signbit(found).any()


def test_labels_longer_than_their_sequences_cost_nothing_and_teach_nothing() -> None:
    data = mx.nd.array(np.random.RandomState(0).randn(3, 2, 4))
    data.attach_grad()
    with mx.autograd.record():
        loss = mx.nd.CTCLoss(data, mx.nd.array([[1, 1, 1], [1, 2, 3]]))
    loss.backward()
    assert loss.asnumpy()[0] == 0
    assert loss.asnumpy()[1] > 0
    assert (data.grad.asnumpy()[:, 0] == 0).all()
    assert (data.grad.asnumpy()[:, 1] != 0).all()


def test_batch_norm_refuses_an_axis_that_is_not_there() -> None:
    with pytest.raises(ShapeError, match="axis 2"):
        mx.nd.BatchNorm(ones(3, 3), *[ones(3)] * 4, axis=2)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize(
    "name, size, kernel, stride, pad, dilate",
    [
        ("Convolution", (4, 1), (2, 1), (2, 2), (2, 1), (1, 3)),
        ("Convolution", (6, 1), (1, 1), (2, 2), (2, 1), (2, 3)),
        ("Convolution", (1,), (1,), (2,), (1,), (2,)),
        ("Deconvolution", (1, 7), (2, 3), (1, 1), (1, 1), (3, 3)),
        ("Deconvolution", (1, 2), (2, 3), (1, 1), (1, 2), (2, 3)),
    ],
)
def test_dilated_kernels_of_halves_are_those_of_float32(
    name: str, size: Any, kernel: Any, stride: Any, pad: Any, dilate: Any, dtype: str
) -> None:
    rows, attrs = np.random.RandomState(0), dict(kernel=kernel, stride=stride, pad=pad, dilate=dilate)
    data, weight = mx.nd.array(rows.randn(2, 2, *size)), mx.nd.array(rows.randn(2, 2, *kernel))
    layer = getattr(mx.nd, name)
    expected = layer(data, weight, num_filter=2, no_bias=True, **attrs).asnumpy()
    found = layer(data.astype(dtype), weight.astype(dtype), num_filter=2, no_bias=True, **attrs)
    np.testing.assert_allclose(found.astype("float32").asnumpy(), expected, rtol=0.05, atol=0.05)
