"""Calls of the operators on numbers of 8 bits."""

from __future__ import annotations

import numpy as np
from sample import Bad, Sample, normal, numbers, whole

RANGE, OTHER, THIRD = (
    [numbers([-2.3]), numbers([3.7])],
    [numbers([-1.9]), numbers([1.2])],
    [numbers([-5]), numbers([4])],
)
CALIBRATED = {"min_calib_range": -2.2, "max_calib_range": 5.1}
ABOVE = {"min_calib_range": 0.5, "max_calib_range": 2.75}
TIES = numbers([[-127, -63.5, -2.5, -1.5, -0.5], [0.5, 1.5, 2.5, 63.5, 127]])
STATISTICS = [numbers([1.3, 0.4, 2]), numbers([0.2, -1, 0.7]), numbers([-0.3, 0.9, 0.1]), numbers([1.1, 0.3, 2.2])]
LSTM = {"state_size": 3, "num_layers": 2, "mode": "lstm"}


def values(dtype, *shape, seed=0):
    """Any numbers of ``dtype``, its ends among them."""
    ends = np.iinfo(dtype)
    drawn = np.random.RandomState(seed + sum(shape)).randint(ends.min, ends.max + 1, shape).astype(dtype)
    drawn.flat[0], drawn.flat[-1] = ends.min, ends.max
    return drawn


def call(name, inputs, attrs=None, **more):
    more = {"numeric": (), "half": False, **more}
    return Sample("_contrib_" + name, inputs, attrs or {}, **more)


def no_gradient(name, inputs, attrs=None, **more):
    """1.9.1 fails in training where a maximum is to leave its places behind."""
    return call(name, inputs, attrs, **{"wrt": (), "train": False, **more})


SUMS = values("int32", 8, 9) // 3
INT8, UINT8 = values("int8", 6, 20), values("uint8", 6, 20)
IMAGE, BRIGHT = values("int8", 2, 3, 7, 6), values("uint8", 2, 3, 7, 6)
FILTERS, OFFSETS = values("int8", 4, 3, 3, 2), values("int8", 4)
ROWS, LEVELS = values("int8", 5, 20), values("int8", 5)
CELLS = [values("uint8", 4, 2, 5), normal(216), normal(2, 2, 3), normal(2, 2, 3), numbers([40]), numbers([120])]
BOTH = [*RANGE, *OTHER]


def samples():
    wide = normal(9, 30)
    for out_type in ("int8", "uint8"):
        yield call("quantize", [wide, *RANGE], {"out_type": out_type})
        yield call("quantize", [TIES, numbers([-127]), numbers([127])], {"out_type": out_type})
        yield call("quantize", [TIES, numbers([-255]), numbers([-3])], {"out_type": out_type})
    yield call("quantize", [numbers([[[0.4]]]), *RANGE])
    for out_type in ("int8", "uint8", "auto"):
        yield call("quantize_v2", [wide], {"out_type": out_type})
        yield call("quantize_v2", [wide], {"out_type": out_type, **CALIBRATED})
        yield call("quantize_v2", [wide], {"out_type": out_type, **ABOVE})
        yield call("quantize_v2", [TIES], {"out_type": out_type, "min_calib_range": -127.5, "max_calib_range": 100})
        yield call("requantize", [SUMS, *RANGE], {"out_type": out_type}, wrt=())
        yield call("requantize", [SUMS, *RANGE], {"out_type": out_type, **CALIBRATED}, wrt=())
        yield call("requantize", [SUMS, *RANGE], {"out_type": out_type, **ABOVE}, wrt=())
    yield call("quantize_v2", [wide], {"min_calib_range": -1})
    yield call("quantize_v2", [INT8])
    yield call("quantize_v2", [INT8], CALIBRATED)
    yield call("quantize_v2", [UINT8], {"out_type": "uint8"})
    yield call("quantize_asym", [wide], here=True)
    yield call("quantize_asym", [wide], CALIBRATED, here=True)
    for data in (INT8, UINT8):
        yield call("dequantize", [data, *RANGE])
        yield call("dequantize", [data, numbers([-9]), numbers([-4])], {"out_type": "float32"})
    yield from layers()
    yield from pairs()
    yield from products()


def layers():
    yield no_gradient("quantized_act", [INT8, *RANGE], {"act_type": "relu"})
    yield no_gradient("quantized_act", [UINT8, *RANGE], {"act_type": "relu"}, here=True)
    for data in (IMAGE, BRIGHT):
        yield call("quantized_flatten", [data, *RANGE])
        yield call("quantized_flatten", [data[:, 0, 0, 0], *RANGE])
        for pool_type in ("max", "avg"):
            window = {"kernel": (2, 2), "pool_type": pool_type}
            yield no_gradient("quantized_pooling", [data, *RANGE], window)
            window = {"kernel": (3, 2), "pad": (1, 1), "stride": (2, 2), "pool_type": pool_type}
            yield no_gradient("quantized_pooling", [data, *RANGE], window)
            yield no_gradient("quantized_pooling", [data, *RANGE], {**window, "count_include_pad": False})
            yield no_gradient("quantized_pooling", [data, *RANGE], {**window, "pooling_convention": "full"})
            window = {"kernel": (2, 2), "global_pool": True, "pool_type": pool_type, "layout": "NCHW"}
            yield no_gradient("quantized_pooling", [data, *RANGE], window)
        calibrated = {"min_calib_range": -4, "max_calib_range": 6}
        yield no_gradient("quantized_batch_norm", [data, *STATISTICS, *RANGE], calibrated)
        yield no_gradient("quantized_batch_norm", [data, *STATISTICS, *RANGE], {**CALIBRATED, "eps": 0.1})
        yield no_gradient("quantized_batch_norm", [data[:, :, 0, 0], *STATISTICS, *RANGE], calibrated)
    cube = IMAGE.reshape(1, 2, 3, 7, 6)
    yield no_gradient("quantized_pooling", [cube, *RANGE], {"kernel": (2, 3, 2), "pool_type": "avg"})
    rows = {"input_dim": 5, "output_dim": 20}
    yield no_gradient("quantized_embedding", [whole([[0, 4], [2, 9]]), ROWS, *RANGE], rows)
    yield no_gradient("quantized_embedding", [numbers([3, -1, 1]), ROWS, *RANGE], rows)


def pairs():
    for lhs in (INT8, UINT8):
        for rhs in (INT8[:, ::-1].copy(), UINT8[:, ::-1].copy()):
            mixed = lhs.dtype != rhs.dtype
            yield no_gradient("quantized_elemwise_add", [lhs, rhs, *BOTH], here=mixed)
            yield no_gradient("quantized_elemwise_add", [lhs, rhs, *BOTH], CALIBRATED)
            yield no_gradient("quantized_concat", [lhs, rhs, *BOTH], {"num_args": 2})
            yield no_gradient("quantized_concat", [lhs, rhs, *RANGE, *RANGE], {"num_args": 2, "dim": 0})
    yield no_gradient("quantized_concat", [INT8, *RANGE], {"num_args": 1})
    yield no_gradient("quantized_concat", [INT8, UINT8, UINT8, *RANGE, *OTHER, *THIRD], {"num_args": 3, "dim": 0})
    for attrs in ({}, CALIBRATED, {"enable_float_output": True}):
        yield no_gradient("quantized_elemwise_mul", [INT8, INT8[::-1].copy(), *BOTH], attrs, here=True)


def products():
    for data in (INT8, UINT8):
        yield no_gradient("quantized_fully_connected", [data, ROWS, LEVELS, *BOTH, *THIRD], {"num_hidden": 5})
        plain = {"num_hidden": 5, "no_bias": True}
        yield no_gradient("quantized_fully_connected", [data, ROWS, *BOTH], plain, symbol=False)
        deep = data.reshape(2, 3, 20)
        wider = values("int8", 5, 60)
        yield no_gradient("quantized_fully_connected", [deep, wider, LEVELS, *BOTH, *THIRD], {"num_hidden": 5})
        attrs = {"num_hidden": 5, "flatten": False}
        yield no_gradient("quantized_fully_connected", [deep, ROWS, LEVELS, *BOTH, *THIRD], attrs)
    for data in (IMAGE, BRIGHT):
        attrs = {"kernel": (3, 2), "num_filter": 4}
        yield no_gradient("quantized_conv", [data, FILTERS, OFFSETS, *BOTH, *THIRD], attrs, here=True)
        attrs = {**attrs, "no_bias": True, "stride": (2, 1), "pad": (1, 1), "dilate": (1, 2)}
        yield no_gradient("quantized_conv", [data, FILTERS, *BOTH], attrs, here=True, symbol=False)
    yield no_gradient("quantized_rnn", CELLS, {**LSTM, "state_outputs": True}, here=True)
    yield no_gradient("quantized_rnn", CELLS, LSTM, here=True)


SAMPLES = list(samples())


def bad(name, inputs, attrs=None, **more):
    return Bad("_contrib_" + name, inputs, attrs or {}, **more)


BAD = [
    bad("quantize", [INT8, *RANGE], error="DTypeError", match="float32"),
    bad("quantize", [TIES, numbers([1, 2]), numbers([3])], error="ShapeError", match="min_range"),
    bad("quantize", [TIES, *RANGE], {"out_type": "auto"}, match="out_type"),
    bad("quantize_v2", [SUMS], error="DTypeError", match="int32"),
    bad("quantize_asym", [INT8], error="DTypeError", match="float32"),
    bad("dequantize", [SUMS, *RANGE], error="DTypeError", match="int8 or uint8"),
    bad("dequantize", [INT8, numbers([[1]]), numbers([3])], error="ShapeError", match="min_range"),
    bad("requantize", [INT8, *RANGE], error="DTypeError", match="int32"),
    bad("quantized_act", [INT8, *RANGE], {"act_type": "tanh"}, match="relu"),
    bad("quantized_act", [SUMS, *RANGE], {"act_type": "relu"}, error="DTypeError"),
    bad("quantized_act", [INT8, *RANGE], match="act_type"),
    bad("quantized_flatten", [INT8, numbers([1, 2]), numbers([3])], error="ShapeError", match="min_data"),
    bad("quantized_pooling", [IMAGE, *RANGE], {"kernel": (2, 2), "pool_type": "sum"}, match="max"),
    bad("quantized_pooling", [IMAGE, *RANGE], {"kernel": (2, 2), "layout": "NHWC"}, match="NHWC"),
    bad("quantized_pooling", [IMAGE, *RANGE], {"kernel": (9, 9)}),
    bad("quantized_concat", [INT8, INT8, *RANGE], {"num_args": 2}, match="expected 6"),
    bad("quantized_concat", [INT8, ROWS, *BOTH], {"num_args": 2}, error="ShapeError"),
    bad("quantized_concat", [SUMS, *RANGE], {"num_args": 1}, error="DTypeError"),
    bad("quantized_elemwise_add", [INT8, ROWS, *BOTH], error="ShapeError", match="rhs"),
    bad("quantized_elemwise_add", [SUMS, SUMS, *BOTH], error="DTypeError"),
    bad("quantized_elemwise_mul", [INT8, ROWS, *BOTH], error="ShapeError", match="rhs"),
    bad("quantized_elemwise_mul", [UINT8, UINT8, *BOTH], error="DTypeError"),
    bad("quantized_embedding", [LEVELS, ROWS, *RANGE], {"input_dim": 6, "output_dim": 20}, error="ShapeError"),
    bad("quantized_embedding", [LEVELS, UINT8, *RANGE], {"input_dim": 6, "output_dim": 20}, error="DTypeError"),
    bad("quantized_fully_connected", [INT8, ROWS, *BOTH], {"num_hidden": 5}, match="no_bias=False"),
    bad("quantized_fully_connected", [INT8, ROWS, LEVELS, *BOTH, *THIRD], {"num_hidden": 4}, error="ShapeError"),
    bad(
        "quantized_fully_connected",
        [INT8, ROWS, whole([1, 2, 3, 4, 5]), *BOTH, *THIRD],
        {"num_hidden": 5},
        error="DTypeError",
        match="bias",
    ),
    bad(
        "quantized_conv",
        [IMAGE, FILTERS, *BOTH],
        {"kernel": (3, 2), "num_filter": 4, "no_bias": True, "num_group": 3},
        match="num_group",
    ),
    bad(
        "quantized_conv",
        [IMAGE, FILTERS, *BOTH],
        {"kernel": (3, 2), "num_filter": 4, "no_bias": True, "layout": "NHWC"},
        match="NHWC",
    ),
    bad("quantized_conv", [IMAGE, ROWS, *BOTH], {"kernel": (3, 2), "num_filter": 4, "no_bias": True}, match="weight"),
    bad("quantized_batch_norm", [IMAGE, *STATISTICS, *RANGE], match="calib"),
    bad("quantized_batch_norm", [IMAGE, *STATISTICS, *RANGE], {**CALIBRATED, "axis": 2}, match="axis"),
    bad("quantized_rnn", CELLS, {**LSTM, "mode": "gru"}, match="lstm"),
    bad("quantized_rnn", CELLS, {**LSTM, "use_sequence_length": True}, match="use_sequence_length"),
]
