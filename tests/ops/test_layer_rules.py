"""Layers where 1.9.1 differs by declared choice or refuses: convolution, pooling, softmax, losses; inferred shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet._base.errors import ArgumentError, MXNetError
from mxnet._ops import get
from mxnet._runtime.state import state
from tests.ops.small_arrays import grad_of, normal, ones


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
