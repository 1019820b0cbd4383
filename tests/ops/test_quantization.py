"""Numbers of 8 bits: what samples cannot say of them, and where 1.9.1 is not followed."""

from __future__ import annotations

import functools
import pathlib

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import _ops

nd = mx.nd.contrib
NETWORK = pathlib.Path(__file__).parents[1] / "data" / "quantized-mlp"
RANDOM = np.random.RandomState(3)


def one(value):
    return mx.nd.array([value])


def drawn(dtype, *shape):
    ends = np.iinfo(dtype)
    return mx.nd.array(RANDOM.randint(ends.min, ends.max + 1, shape), dtype=dtype)


def whole(array):
    return array.asnumpy().astype("int64")


def convolved(data, weight, step):
    """The sums of a convolution, as NumPy has them."""
    high, wide = weight.shape[2:]
    rows = range(0, data.shape[2] - high + 1, step)
    columns = range(0, data.shape[3] - wide + 1, step)
    parts = [
        [np.einsum("nchw,fchw->nf", data[:, :, i : i + high, j : j + wide], weight) for j in columns] for i in rows
    ]
    return np.array(parts).transpose(2, 3, 0, 1)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("channels", [3, 400])
def test_convolutions_sum_exactly_however_many_channels_there_are(dtype, channels):
    data, weight = drawn(dtype, 2, channels, 6, 7), drawn("int8", 4, channels, 3, 2)
    data[0] = 255 if dtype == "uint8" else -128
    weight[0] = -128
    ranges = one(-3.0), one(4.0), one(-1.0), one(2.0)
    made, low, high = nd.quantized_conv(data, weight, *ranges, kernel=(3, 2), num_filter=4, stride=(2, 2), no_bias=True)
    assert made.dtype == np.int32
    np.testing.assert_array_equal(made.asnumpy(), convolved(whole(data), whole(weight), 2))
    end = 4 / (255 if dtype == "uint8" else 127) * 2 / 127 * (2**31 - 1)
    np.testing.assert_allclose([-low.asscalar(), high.asscalar()], end, rtol=1e-6)


@pytest.mark.parametrize("width", [7, 4000, 140000])
def test_products_of_long_rows_are_exact_and_wrap_around_beyond_32_bits(width):
    data = mx.nd.full((2, width), 255, dtype="uint8")
    weight = mx.nd.full((3, width), -128, dtype="int8")
    weight[1, 0] = 127
    made = nd.quantized_fully_connected(
        data, weight, one(0.0), one(1.0), one(-1.0), one(1.0), num_hidden=3, no_bias=True
    )[0]
    with np.errstate(over="ignore"):
        want = (whole(data) @ whole(weight).T).astype("int32")
    np.testing.assert_array_equal(made.asnumpy(), want)


@pytest.mark.parametrize("out_type", ["int8", "uint8"])
def test_a_convolution_in_8_bits_with_its_bias_is_near_the_one_in_floating_point(out_type):
    image, weight = mx.nd.array(RANDOM.rand(2, 3, 6, 6)), mx.nd.array(RANDOM.randn(4, 3, 3, 3))
    bias = mx.nd.array(RANDOM.randn(4) * 5)
    (x, x0, x1), (w, w0, w1), (b, b0, b1) = (
        nd.quantize_v2(image, out_type=out_type),
        *map(nd.quantize_v2, (weight, bias)),
    )
    sums = nd.quantized_conv(x, w, b, x0, x1, w0, w1, b0, b1, kernel=(3, 3), num_filter=4)
    made = nd.dequantize(*nd.requantize(*sums)).asnumpy()
    want = mx.nd.Convolution(image, weight, bias, kernel=(3, 3), num_filter=4).asnumpy()
    assert np.abs(made - want).max() < 0.03 * np.abs(want).max()


def test_a_layer_without_a_bias_takes_its_ranges_with_a_gap_or_without():
    data, weight = drawn("int8", 2, 5), drawn("int8", 3, 5)
    ranges = one(-3.0), one(4.0), one(-1.0), one(2.0)
    attrs = {"num_hidden": 3, "no_bias": True}
    first = nd.quantized_fully_connected(data, weight, *ranges, **attrs)
    second = nd.quantized_fully_connected(data, weight, None, *ranges, **attrs)
    named = dict(zip(("min_data", "max_data", "min_weight", "max_weight"), ranges, strict=True))
    symbol = mx.sym.contrib.quantized_fully_connected(mx.sym.var("data"), mx.sym.var("weight"), **attrs, name="fc")
    names = symbol.list_arguments()
    assert names == ["data", "weight", "fc_min_data", "fc_max_data", "fc_min_weight", "fc_max_weight"]
    third = nd.quantized_fully_connected(data, weight, **named, **attrs)
    fourth = symbol.bind(mx.cpu(), dict(zip(names, (data, weight, *ranges), strict=True))).forward()
    for other in (second, third, fourth):
        for a, b in zip(first, other, strict=True):
            np.testing.assert_array_equal(a.asnumpy(), b.asnumpy())


def test_dtypes_and_shapes_of_weights_and_ranges_follow_from_data():
    symbol = mx.sym.contrib.quantized_conv(mx.sym.var("data"), num_filter=4, kernel=(3, 3))
    arguments, outputs, _ = symbol.infer_shape(data=(2, 3, 8, 8))
    assert arguments == [(2, 3, 8, 8), (4, 3, 3, 3), (4,), *[(1,)] * 6]
    assert outputs == [(2, 4, 6, 6), (1,), (1,)]
    types, made, _ = symbol.infer_type(data="uint8")
    assert [np.dtype(t).name for t in types] == ["uint8", "int8", "int8", *["float32"] * 6]
    assert [np.dtype(t).name for t in made] == ["int32", "float32", "float32"]
    executor = symbol.simple_bind(mx.cpu(), grad_req="null", data=(2, 3, 8, 8), type_dict={"data": "uint8"})
    assert {n: a.dtype for n, a in executor.arg_dict.items()}["data"] == np.uint8


@pytest.mark.parametrize("types", [("int8", "int8"), ("uint8", "uint8"), ("uint8", "int8"), ("int8", "uint8")])
def test_sums_are_those_of_the_real_numbers_whatever_the_dtypes(types):
    lhs, rhs = (drawn(t, 30, 20) for t in types)
    made, low, high = nd.quantized_elemwise_add(lhs, rhs, one(-2.0), one(3.0), one(-1.5), one(1.0))
    unit = {"int8": 127.5, "uint8": 255.5}
    want = whole(lhs) * (3 / unit[types[0]]) + whole(rhs) * (1.5 / unit[types[1]])
    assert (low.asscalar(), high.asscalar(), made.dtype) == (-4.5, 4.5, np.int32)
    np.testing.assert_allclose(whole(made) * (4.5 / (2**31 - 1)), want.clip(-4.5, 4.5), atol=1e-5)


def test_products_stay_in_the_range_they_are_given():
    data = mx.nd.array([-128, -100, -3, 0, 90, 127], dtype="int8")
    ends = one(-3.0), one(4.0), one(-1.0), one(2.0)
    whole32, low, high = nd.quantized_elemwise_mul(data, data, *ends)
    np.testing.assert_array_equal(whole32.asnumpy(), [16384, 10000, 9, 0, 8100, 16129])
    real = nd.quantized_elemwise_mul(data, data, *ends, enable_float_output=True)
    np.testing.assert_allclose(real.asnumpy(), whole(whole32) * (8 / 127.5**2), rtol=1e-6)
    narrow, low, high = nd.quantized_elemwise_mul(data, data, *ends, min_calib_range=-3, max_calib_range=5)
    np.testing.assert_array_equal(narrow.asnumpy(), [127, 125, 0, 0, 101, 127])
    assert (low.asscalar(), high.asscalar(), narrow.dtype) == (-3, 5, np.int8)


def test_the_rectifier_keeps_uint8():
    data = drawn("uint8", 5, 6)
    made, low, high = nd.quantized_act(data, one(0.0), one(4.0), act_type="relu")
    np.testing.assert_array_equal(made.asnumpy(), data.asnumpy())
    assert (made.dtype, low.asscalar(), high.asscalar()) == (np.uint8, 0, 4)


def test_asymmetric_numbers_reach_from_0_to_255():
    data = mx.nd.array([[-3, -1.5, 0], [1, 2.25, 7]])
    made, scale, shift = nd.quantize_asym(data)
    assert (scale.asscalar(), shift.asscalar()) == (25.5, 76.5)
    np.testing.assert_array_equal(made.asnumpy(), [[0, 38, 77], [102, 134, 255]])
    made, scale, shift = nd.quantize_asym(data, min_calib_range=0, max_calib_range=5)
    assert (scale.asscalar(), shift.asscalar()) == (51, 0)
    np.testing.assert_array_equal(made.asnumpy(), [[0, 0, 0], [51, 115, 255]])


@pytest.mark.parametrize("bidirectional", [False, True])
def test_an_lstm_over_8_bits_is_near_the_one_over_floating_point(bidirectional):
    layer = {"state_size": 6, "num_layers": 2, "mode": "lstm", "bidirectional": bidirectional, "state_outputs": True}
    data = mx.nd.array(RANDOM.uniform(-1, 1, (5, 2, 4)))
    names = mx.sym.RNN(mx.sym.var("data"), **layer).infer_shape(data=data.shape)[0]
    others = [mx.nd.array(RANDOM.uniform(-1, 1, s)) for s in names[1:]]
    quantized, scale, shift = nd.quantize_asym(data)
    made = nd.quantized_rnn(quantized, *others, scale, shift, **layer)
    want = mx.nd.RNN(data, *others, **layer)
    for got, exact in zip(made, want, strict=True):
        np.testing.assert_allclose(got.asnumpy(), exact.asnumpy(), atol=0.03)
    symbol = mx.sym.contrib.quantized_rnn(mx.sym.var("data"), **layer)
    assert symbol.infer_shape(data=data.shape)[0] == [data.shape, *[o.shape for o in others], (1,), (1,)]


@pytest.mark.parametrize("out_type", ["int8", "uint8"])
def test_a_range_without_width_makes_zeros(out_type):
    zeros = mx.nd.zeros((3, 4))
    made, _, high = nd.quantize_v2(zeros, out_type=out_type)
    assert not made.asnumpy().any() and high.asscalar() == 0
    assert not nd.dequantize(made, high, high).asnumpy().any()
    assert not nd.quantize(zeros + 1, high, high, out_type=out_type)[0].asnumpy().any()
    assert not nd.requantize(mx.nd.zeros((3, 4), dtype="int32"), high, high, out_type=out_type)[0].asnumpy().any()


def test_the_least_number_of_32_bits_has_a_range():
    data = mx.nd.array([-(2.0**31), 5e8, -6], dtype="int32")
    made, low, high = nd.requantize(data, one(-2.9), one(4.7))
    np.testing.assert_array_equal(made.asnumpy(), [-127, 30, 0])
    np.testing.assert_allclose([-low.asscalar(), high.asscalar()], 4.7, rtol=1e-6)


def test_numbers_that_are_quantized_already_keep_to_what_the_dtype_has():
    assert nd.quantize_v2(mx.nd.array([3, 200], dtype="uint8"))[0].asnumpy().tolist() == [3, 127]
    assert nd.quantize_v2(mx.nd.array([-3, 100], dtype="int8"), out_type="uint8")[0].asnumpy().tolist() == [0, 100]


def test_results_do_not_share_memory_with_inputs():
    data, low, high = drawn("uint8", 2, 3), one(0.0), one(2.0)
    for call in (
        lambda: nd.quantized_flatten(data, low, high),
        lambda: nd.quantized_act(data, low, high, act_type="relu"),
        lambda: nd.quantize_v2(data, out_type="uint8"),
        lambda: nd.quantize(mx.nd.ones((2, 3)), low, high),
    ):
        for result in call():
            result[:] = 77
        assert (low.asscalar(), high.asscalar()) == (0, 2)
        assert data.asnumpy().max() != 77 or data.asnumpy().min() != 77


def test_nothing_of_it_has_a_gradient():
    data, low, high = mx.nd.array([[-1.5, 2.5]]), one(-2.0), one(3.0)
    for array in (data, low, high):
        array.attach_grad()
    with mx.autograd.record():
        made = nd.dequantize(*nd.quantize(data, low, high, out_type="int8")) + data
    made.backward()
    assert data.grad.asnumpy().tolist() == [[1, 1]]
    assert low.grad.asscalar() == high.grad.asscalar() == 0


def test_a_network_that_1_9_1_quantized_gives_the_same_numbers_here():
    symbol, arguments, _ = mx.model.load_checkpoint(str(NETWORK / "net"), 0)
    with np.load(NETWORK / "answers.npz") as answers:
        data, exact, quantized = mx.nd.array(answers["data"]), answers["exact"], answers["quantized"]
    made = symbol.bind(mx.cpu(), {**arguments, "data": data}).forward()[0].asnumpy()
    np.testing.assert_array_equal(made, quantized)
    assert np.abs(made - exact).max() < 0.04 * np.abs(exact).max()
    block = mx.gluon.SymbolBlock.imports(str(NETWORK / "net-symbol.json"), ["data"], str(NETWORK / "net-0000.params"))
    np.testing.assert_array_equal(block(data).asnumpy(), quantized)
    block.hybridize(static_alloc=True, static_shape=True)
    for _ in range(3):
        np.testing.assert_array_equal(block(data).asnumpy(), quantized)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("pool_type", ["max", "avg"])
def test_it_does_not_matter_whether_channels_are_last_in_memory(dtype, pool_type):
    """As they are where images come from a convolution of a hybridized network."""
    data = drawn(dtype, 2, 16, 40, 40)._data
    ends = torch.tensor([-1.0]), torch.tensor([2.0])
    last = data.contiguous(memory_format=torch.channels_last)
    pool = functools.partial(
        _ops.get("_contrib_quantized_pooling").fn, kernel=(3, 3), stride=(2, 2), pool_type=pool_type
    )
    assert torch.equal(pool(data, *ends)[0], pool(last, *ends)[0])
    weight = drawn("int8", 4, 16, 3, 3)._data
    attrs = {"kernel": (3, 3), "num_filter": 4, "no_bias": True}
    convolve = functools.partial(_ops.get("_contrib_quantized_conv").fn, **attrs)
    made = convolve(last, weight, *ends, *ends)[0]
    assert torch.equal(made, convolve(data, weight, *ends, *ends)[0]) and made.is_contiguous()
