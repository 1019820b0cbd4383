"""Samples of the operators on whole arrays: reductions, shape, indexing, order, linear algebra.

A sample is (operator, inputs, attributes). Shared by the tests and by record_arrays.py, which records what 1.9.1
answers; runs without the package under test.
"""

from __future__ import annotations

import numpy as np

NAN = float("nan")
FAMILIES = ("reduce", "shape", "indexing", "sort", "linalg")
FIXED = {"index", "indices", "index_vector", "sequence_length", "condition", "shape_like", "rhs_shape"}
"""Inputs that have no gradient of interest."""
NO_GRADIENT = {
    "argmax", "argmin", "argmax_channel", "argsort", "one_hot", "shape_array", "size_array", "_contrib_arange_like",
    "_contrib_index_array", "_ravel_multi_index", "_unravel_index", "_onehot_encode", "fill_element_0index",
}  # fmt: skip
SYMMETRIC = {"_linalg_potrf", "_linalg_syevd"}
"""Their gradient is that of a symmetric change, so finite differences must make one."""


def f(*shape):
    """Distinct float32 numbers, none of them zero, exact in float16 too."""
    size = int(np.prod(shape))
    return (np.random.RandomState(size).permutation(size) - size // 2 + 0.25).astype("float32").reshape(shape)


def d(*shape):
    return f(*shape).astype("float64")


def h(*shape):
    return f(*shape).astype("float16")


def i(*shape):
    return (np.random.RandomState(7).randint(-9, 9, shape)).astype("int32")


def a(values, dtype="float32"):
    return np.array(values, dtype)


SYM = a([[4, 2, 0.6], [2, 5, 1], [0.6, 1, 3]])
PAIR = a([[[4, 2, 0.6], [2, 5, 1], [0.6, 1, 3]], [[2, -1, 0], [-1, 2, -1], [0, -1, 2]]])
LOW = a([[2, 9, 9], [1, 3, 9], [4, 5, 6]])

REDUCE = [
    (name, [f(2, 3, 4)], attrs)
    for name in ("sum", "mean", "max", "min", "prod", "nansum", "nanprod")
    for attrs in (
        {},
        {"keepdims": True},
        {"axis": ()},
        {"axis": -1},
        {"axis": (0, -1)},
        {"axis": (2, 0), "keepdims": True},
        {"axis": 1, "exclude": True},
        {"axis": (0, 1, 2), "exclude": True},
        {"axis": (0, 1, 2)},
    )
]
REDUCE += [
    *[(name, [i(2, 5)], {"axis": 1}) for name in ("sum", "mean", "max", "min", "prod", "nansum")],
    ("sum", [a([[100, 100, 50]], "int8")], {}),
    ("sum", [a([[True, True], [False, False]], "bool")], {"axis": 1}),
    ("mean", [a([[True, True], [False, False]], "bool")], {"axis": 1}),
    ("max", [a([[True, True], [False, False]], "bool")], {"axis": 1}),
    ("mean", [a([-3, -4], "int64")], {}),
    ("mean", [h(3, 4)], {"axis": 0}),
    ("sum", [d(3, 4)], {"axis": 0}),
    ("sum", [f(1, 1)], {}),
    ("sum", [f(1, 4)], {"axis": 0}),
    ("sum", [f(4)], {"axis": 0, "keepdims": True}),
    ("sum_axis", [f(2, 3)], {"axis": 0}),
    ("max_axis", [f(2, 3)], {"axis": 0}),
    ("min_axis", [f(2, 3)], {"axis": 0}),
    ("max", [a([1, 3, 3])], {}),
    ("min", [a([[1, 1, 3], [2, 3, 2]])], {"axis": 1}),
    ("max", [a([[1, NAN, 3], [4, 1, 2]])], {"axis": 1}),
    ("nansum", [a([[1, NAN], [2, 3]])], {"axis": 1}),
    ("nansum", [a([1, NAN, 3])], {}),
    ("nanprod", [a([[2, NAN], [2, 3]])], {"axis": 0}),
    *[
        (name, [data], attrs)
        for name in ("argmax", "argmin")
        for data in (f(2, 3, 4), i(2, 3, 4), d(3, 2, 2), h(2, 3, 2), a(f(2, 3, 2), "int64"))
        for attrs in ({"axis": 1}, {}, {"axis": -1, "keepdims": True}, {"keepdims": True})
    ],
    ("argmax", [a([[1, NAN, 3], [NAN, 1, 2], [2, 5, 5]])], {"axis": 1}),
    ("argmax_channel", [f(2, 5)], {}),
    ("argmax_channel", [f(2, 3, 4)], {}),
    *[
        ("norm", [f(2, 3, 4)], {"ord": order, **attrs})
        for order in (1, 2)
        for attrs in ({}, {"axis": 1}, {"axis": (0, 1)}, {"axis": (0, 1), "keepdims": True}, {"axis": ()})
    ],
    ("norm", [a([[0, 0, -1], [3, 4, 0]])], {"ord": 1, "axis": 1}),
    ("norm", [d(2, 3)], {}),
    ("norm", [i(2, 5)], {"ord": 1}),
    ("moments", [f(2, 3, 4)], {"axes": (0,)}),
    ("moments", [f(2, 3, 4)], {"axes": (0, 2), "keepdims": True}),
    ("moments", [f(2, 3, 4)], {"axes": (0, 1, 2)}),
    ("moments", [a([[0, 1, 2], [3, 4, 5]], "int32")], {"axes": (0,)}),
    ("cumsum", [f(2, 3, 2)], {}),
    ("cumsum", [f(2, 3, 2)], {"axis": 1}),
    ("cumsum", [a([[100, 100], [1, 1]], "int8")], {"axis": 1}),
    ("cumsum", [i(2, 3)], {"axis": 0, "dtype": "float32"}),
]

SHAPE = [
    *[
        ("Reshape", [f(2, 3, 4)], attrs)
        for attrs in (
            {"shape": (4, 6)},
            {"shape": (0, -1)},
            {"shape": (-1,)},
            {"shape": (-2, 1, 1)},
            {"shape": (-3, 0)},
            {"shape": (0, -3)},
            {"shape": (-4, 1, 2, -2)},
            {"shape": (2, -4, -1, 3, 0)},
            {"shape": (-1, 0), "reverse": True},
            {"shape": (0, -3), "reverse": True},
            {"shape": (-3, 2, -1, -4), "reverse": True},
            {"target_shape": (2, 0)},
            {"target_shape": (7, 0, 3), "keep_highest": True},
            {"shape": (6, 4), "target_shape": (2, 12)},
        )
    ],
    ("reshape", [i(2, 3)], {"shape": (3, 2)}),
    ("Flatten", [f(2, 3, 2, 2)], {}),
    ("flatten", [f(3)], {}),
    *[("transpose", [f(2, 3, 4)], attrs) for attrs in ({}, {"axes": (2, 0, 1)}, {"axes": ()}, {"axes": (0, 2, 1)})],
    *[("SwapAxis", [f(2, 3, 4)], attrs) for attrs in ({"dim1": 0, "dim2": 2}, {"dim1": 0, "dim2": -1}, {})],
    *[("expand_dims", [f(2, 3)], {"axis": axis}) for axis in (0, 1, 2, -1, -3)],
    *[("squeeze", [f(1, 3, 1)], attrs) for attrs in ({}, {"axis": 0}, {"axis": (0, 2)}, {"axis": -1}, {"axis": ()})],
    ("squeeze", [f(1, 1)], {}),
    ("squeeze", [f(1, 1)], {"axis": (0, 1)}),
    *[
        ("slice", [f(2, 3, 4)], attrs)
        for attrs in (
            {"begin": (0, 1), "end": (1, 3)},
            {"begin": (0, 1), "end": (1, None)},
            {"begin": (None, None, 3), "end": (None, None, 0), "step": (1, 1, -1)},
            {"begin": (None, None, None), "end": (None, None, None), "step": (None, 2, -2)},
            {"begin": (None, -1, None), "end": (None, -9, None), "step": (1, -1, -3)},
            {"begin": (0, 0, -2), "end": (1, 1, -1)},
            {"begin": (0, 0, -9), "end": (1, 1, 9)},
            {"begin": 1, "end": 2},
            {"begin": (), "end": ()},
        )
    ],
    ("crop", [f(2, 3)], {"begin": (0, 1), "end": (1, 3)}),
    *[
        ("slice_axis", [f(2, 3, 4)], attrs)
        for attrs in (
            {"axis": 1, "begin": 0, "end": 2},
            {"axis": -1, "begin": -2, "end": None},
            {"axis": 1, "begin": 0, "end": -1},
        )
    ],
    ("slice_like", [f(2, 3, 4), f(1, 2, 2)], {}),
    ("slice_like", [f(2, 3, 4), f(1, 2)], {"axes": (0, 1)}),
    ("slice_like", [f(2, 3, 4), f(5, 2, 2)], {"axes": (-1,)}),
    ("_slice_assign", [f(2, 3, 4), d(2, 1, 4).astype("float32")], {"begin": (0, 1), "end": (2, 2)}),
    ("_slice_assign", [f(5), f(2)], {"begin": (3,), "end": (None,), "step": (-2,)}),
    ("_slice_assign_scalar", [f(2, 3)], {"scalar": 9.5, "begin": (0, 1), "end": (2, 2), "step": (1, 1)}),
    ("_slice_assign_scalar", [f(5)], {"scalar": 9.5, "begin": (3,), "end": (None,), "step": (-2,)}),
    *[
        ("SliceChannel", [f(2, 4)], attrs)
        for attrs in (
            {"num_outputs": 2},
            {"num_outputs": 4, "squeeze_axis": True},
            {"num_outputs": 2, "axis": 0},
            {"num_outputs": 1, "axis": -1},
        )
    ],
    ("split", [i(2, 4)], {"num_outputs": 2, "axis": -1}),
    ("_split_v2", [f(2, 5)], {"indices": (0, 1, 3), "axis": 1}),
    ("_split_v2", [f(2, 6)], {"indices": (0,), "axis": 1, "sections": 3}),
    ("_split_v2", [f(2, 3)], {"indices": (0, 1), "axis": 0, "squeeze_axis": True}),
    ("Concat", [f(2, 3), f(2, 1)], {}),
    ("Concat", [f(2, 3), f(4, 3)], {"dim": 0}),
    ("concat", [f(2, 3), f(2, 1), f(2, 2)], {"dim": -1}),
    ("Concat", [f(2, 3)], {}),
    ("_rnn_param_concat", [f(2), f(3)], {"dim": 0}),
    *[("stack", [f(2, 3), d(2, 3).astype("float32")], {"axis": axis}) for axis in (0, 1, 2, -1)],
    ("stack", [i(2)], {}),
    *[("tile", [f(2, 2)], {"reps": reps}) for reps in (2, (2, 1, 2), (3,), (), (1, 3))],
    *[
        ("repeat", [f(2, 2)], attrs)
        for attrs in ({"repeats": 2}, {"repeats": 2, "axis": 1}, {"repeats": 3, "axis": -2})
    ],
    ("reverse", [f(2, 3, 2)], {"axis": 0}),
    ("flip", [f(2, 3, 2)], {"axis": (1, 2)}),
    ("flip", [f(2, 3)], {"axis": ()}),
    ("Pad", [f(1, 1, 2, 2)], {"mode": "constant", "pad_width": (0, 0, 0, 0, 1, 1, 1, 2), "constant_value": 7}),
    ("Pad", [f(1, 2, 2, 2)], {"mode": "edge", "pad_width": (0, 0, 0, 0, 1, 1, 1, 2)}),
    ("pad", [f(2, 1, 3, 3)], {"mode": "reflect", "pad_width": (0, 0, 0, 0, 1, 1, 1, 2)}),
    ("Pad", [f(1, 1, 2, 2, 2)], {"mode": "constant", "pad_width": (0, 0, 0, 0, 1, 1, 0, 0, 1, 0)}),
    ("Pad", [f(1, 1, 2, 2, 2)], {"mode": "edge", "pad_width": (0, 0, 0, 0, 1, 1, 0, 0, 1, 0)}),
    ("Pad", [f(1, 1, 3, 2, 2)], {"mode": "reflect", "pad_width": (0, 0, 0, 0, 2, 1, 0, 0, 1, 0)}),
    ("broadcast_to", [f(1, 3)], {"shape": (2, 3)}),
    ("broadcast_to", [f(1, 3)], {"shape": (2, 0)}),
    ("broadcast_axis", [f(1, 3, 1)], {"axis": (0, 2), "size": (2, 2)}),
    ("broadcast_axes", [f(1, 3, 1)], {"axis": 0, "size": 2}),
    ("broadcast_like", [f(1, 3), f(2, 3)], {}),
    ("broadcast_like", [f(1, 3), f(4, 3, 2)], {"lhs_axes": (-2,), "rhs_axes": (-1,)}),
    ("reshape_like", [f(6), f(2, 3)], {}),
    ("reshape_like", [f(6), i(2, 3)], {}),
    ("reshape_like", [f(6, 2), f(3, 2, 4)], {"lhs_begin": 0, "lhs_end": 1, "rhs_begin": 0, "rhs_end": 2}),
    ("reshape_like", [f(6, 2), f(3, 2, 4)], {"lhs_begin": -2, "lhs_end": -1, "rhs_begin": 0, "rhs_end": -1}),
    ("reshape_like", [f(6, 2), f(3, 2, 4)], {"lhs_end": 1, "rhs_end": 2}),
    ("depth_to_space", [f(2, 8, 1, 2)], {"block_size": 2}),
    ("space_to_depth", [f(2, 2, 2, 4)], {"block_size": 2}),
    ("diag", [f(3)], {}),
    ("diag", [f(3)], {"k": 1}),
    ("diag", [f(3, 4)], {"k": -1}),
    ("diag", [f(2, 3, 3)], {}),
    ("diag", [f(2, 3, 3)], {"axis1": -1, "axis2": -2, "k": 1}),
    ("shape_array", [f(2, 3)], {}),
    ("size_array", [f(2, 3)], {}),
    ("_contrib_arange_like", [f(2, 3)], {"start": 1, "step": 0.5}),
    ("_contrib_arange_like", [f(2, 3)], {"axis": 1}),
    ("_contrib_arange_like", [f(2, 3)], {"axis": -1, "repeat": 2}),
    ("_contrib_arange_like", [f(2, 3)], {"repeat": 2}),
    ("_contrib_arange_like", [i(2, 3)], {}),
    ("_identity_with_attr_like_rhs", [f(2, 3), d(2, 3).astype("float32")], {}),
    ("Crop", [f(1, 1, 4, 4)], {"h_w": (2, 2), "num_args": 1}),
    ("Crop", [f(1, 1, 4, 5)], {"h_w": (2, 2), "center_crop": True, "num_args": 1}),
    ("Crop", [f(1, 1, 4, 4)], {"h_w": (2, 2), "offset": (1, 2), "num_args": 1}),
    ("Crop", [f(1, 1, 4, 4), f(1, 1, 3, 3)], {"num_args": 2}),
]

ROWS = a([0, 2, 5, -1, -4])
INDEXING = [
    *[("take", [f(3, 2), ROWS], {"mode": mode}) for mode in ("clip", "wrap")],
    ("take", [f(3, 2), a([0, 1.7, -0.7])], {"mode": "wrap"}),
    ("take", [f(3, 2), a([2, 0, 1], "int32")], {"mode": "raise"}),
    ("take", [f(2, 3, 2), a([[0, 1], [1, 2]], "int32")], {"axis": 1}),
    ("take", [f(2, 3, 2), a([0, 1], "int64")], {"axis": -1}),
    ("take", [i(3), a([0, 1], "uint8")], {}),
    ("take", [f(3), a([[0]])], {}),
    ("batch_take", [f(3, 2), a([0, 1, 5], "int32")], {}),
    ("pick", [f(2, 3), a([0, 2])], {}),
    ("pick", [f(2, 3), a([0, 2])], {"keepdims": True}),
    ("pick", [f(2, 3), a([0, 1, 1])], {"axis": 0}),
    ("pick", [f(2, 3), a([[0], [5]])], {"axis": 1}),
    ("pick", [f(2, 3), a([4, -1])], {"mode": "wrap"}),
    ("pick", [f(2, 3), a([4, -1])], {}),
    ("pick", [f(2, 3, 4), a([[0, 1, 2, 1], [0, 0, 0, 0]])], {"axis": 1, "keepdims": True}),
    ("pick", [i(2, 3), a([0.9, 2])], {}),
    ("pick", [f(2), a([1])], {}),
    ("choose_element_0index", [f(2, 3), a([0, 2], "int32")], {}),
    ("gather_nd", [f(2, 3), a([[0, 1], [1, 2]])], {}),
    ("gather_nd", [f(2, 3), a([[0, 1, 0]])], {}),
    ("gather_nd", [i(2, 3), a([[0, -1], [1, -2]])], {}),  # gradient: 1.9.1 drops negative ones
    ("gather_nd", [f(2, 3, 2), a([[[0, 1], [1, 1]], [[1, 2], [0, 0]]], "int32")], {}),
    ("scatter_nd", [f(3), a([[0, 1, 1], [1, 2, 0]])], {"shape": (2, 3)}),
    ("scatter_nd", [f(2, 3), a([[0, 2]])], {"shape": (3, 3)}),
    ("one_hot", [a([1, 0, 2, 5, -1])], {"depth": 3}),
    ("one_hot", [a([[1.9, 0]])], {"depth": 3}),
    ("one_hot", [a([1, 0, 2], "int32")], {"depth": 3, "on_value": 5, "off_value": -1, "dtype": "int32"}),
    ("where", [a([1, 0, 2]), f(3), d(3).astype("float32") * 2], {}),
    ("where", [a([1, 0], "int32"), f(2, 3), f(2, 3) * 2], {}),
    ("where", [a([[1], [0]]), f(2, 1), f(2, 1) * 2], {}),
    ("where", [a([1, 0, NAN]), f(3), f(3) * 2], {}),
    ("_contrib_boolean_mask", [f(3, 2), a([1, 0, 0.5])], {}),
    ("_contrib_boolean_mask", [f(3, 2), a([1, 0, 2], "int32")], {}),
    ("_contrib_index_copy", [f(3, 2), a([2, 0], "int64"), f(2, 2)], {}),
    ("_contrib_index_copy", [f(3, 2), a([2, 0]), f(2, 2)], {}),
    ("_contrib_index_array", [f(2, 3)], {}),
    ("_contrib_index_array", [f(2, 3)], {"axes": (1, 0, 1)}),
    ("_contrib_index_array", [f(2, 3)], {"axes": (-1,)}),
    ("fill_element_0index", [f(2, 3), a([9, 8]), a([1, 7])], {}),
    ("_onehot_encode", [a([1, 2]), f(2, 3)], {}),
    ("SequenceMask", [f(3, 2, 2), a([1, 2])], {"use_sequence_length": True, "value": -1}),
    ("SequenceMask", [f(2, 3, 2), a([1, 2])], {"use_sequence_length": True, "value": -1, "axis": 1}),
    ("SequenceMask", [f(3, 2), a([0, 9], "int32")], {"use_sequence_length": True}),
    ("SequenceMask", [f(3, 2)], {"value": -1}),
    ("SequenceLast", [f(3, 2)], {}),
    ("SequenceLast", [f(3, 2, 2)], {"axis": 1}),
    ("SequenceLast", [f(3, 2, 2), a([1, 2])], {"use_sequence_length": True}),
    ("SequenceLast", [f(3, 2, 2), a([1, 2, 2])], {"use_sequence_length": True, "axis": 1}),
    ("SequenceReverse", [f(3, 2, 2)], {}),
    ("SequenceReverse", [f(3, 2, 2), a([1, 2])], {"use_sequence_length": True}),
    ("SequenceReverse", [f(3, 2), a([3, 0])], {"use_sequence_length": True}),
    ("_ravel_multi_index", [a([[0, 1], [2, 1]])], {"shape": (2, 3)}),
    ("_ravel_multi_index", [a([[0, 1], [2, 9]], "int64")], {"shape": (-1, 3)}),
    ("_unravel_index", [a([2, 4, 40])], {"shape": (2, 3)}),
    ("_unravel_index", [a([2, 17], "int64")], {"shape": (-1, 3, 2)}),
]

TIES = a([[3, 1, 2], [0, 5, 5]])
SORT = [
    *[
        ("topk", [data], {"ret_typ": kind, **attrs})
        for kind in ("indices", "value", "both", "mask")
        for data, attrs in (
            (TIES, {}),
            (f(3, 5), {"k": 2}),
            (f(3, 5), {"k": 2, "axis": 0, "is_ascend": True}),
            (f(3, 5), {"k": 0}),
            (f(2, 3, 4), {"k": 5, "axis": None}),
            (i(2, 3), {"k": 1}),
            (f(2, 100), {"k": 3, "dtype": "int32"}),
            (h(2, 100), {"k": 3, "is_ascend": True}),
        )
    ],
    ("topk", [a([2, 2, 2, 2, 1, 1, 3, 3])], {"k": 8}),
    ("topk", [a([2, 2, 2, 2, 1, 1, 3, 3])], {"k": 8, "is_ascend": True}),
    *[
        (name, [data], attrs)
        for name in ("sort", "argsort")
        for data in (f(3, 4), a(f(3, 4), "int32"), d(2, 3, 2))
        for attrs in ({}, {"is_ascend": False}, {"axis": 0}, {"axis": None})
    ],
    ("argsort", [f(3, 4)], {"dtype": "int64"}),
    ("argsort", [a([1, 1, 0, 0, 1, 0, 1, 0])], {}),
    ("argsort", [a([1, 1, 0, 0, 1, 0, 1, 0])], {"is_ascend": False}),
]

CUBE = f(2, 3, 4)
LINALG = [
    *[
        ("dot", [left, right], attrs)
        for left, right, attrs in (
            (f(2, 3), f(3, 2), {}),
            (f(2, 3), f(3), {}),
            (f(3), f(3), {}),
            (f(3), f(3, 2), {}),
            (f(3), f(2, 3), {"transpose_b": True}),
            (f(2, 3), f(2, 3), {"transpose_b": True}),
            (f(2, 3), f(2, 3), {"transpose_a": True}),
            (f(3, 2), f(2, 3), {"transpose_a": True, "transpose_b": True}),
            (CUBE, f(4, 2), {}),
            (CUBE, f(4), {}),
            (CUBE, f(4, 2, 2), {}),
            (CUBE, f(2, 5), {"transpose_a": True}),
            (CUBE, f(2, 3, 2), {"transpose_a": True}),
            (f(2, 3), f(4, 2, 3), {"transpose_b": True}),
            (CUBE, f(2, 2, 4), {"transpose_b": True}),
            (f(4, 3, 2), f(3, 2, 4), {"transpose_a": True, "transpose_b": True}),
            (f(2), CUBE, {"transpose_a": True}),
            (f(4), CUBE, {"transpose_b": True}),
            (CUBE, f(2), {"transpose_a": True}),
            (CUBE, f(4), {"transpose_b": True}),
            (d(2, 3), d(3, 2), {"forward_stype": "default"}),
        )
    ],
    *[
        ("batch_dot", [left, right], attrs)
        for left, right, attrs in (
            (f(2, 2, 3), f(2, 3, 2), {}),
            (f(2, 2, 3), f(2, 2, 3), {"transpose_b": True}),
            (f(2, 3, 2), f(2, 3, 2), {"transpose_a": True}),
            (f(2, 3, 2), f(2, 2, 3), {"transpose_a": True, "transpose_b": True}),
            (f(2, 2, 1, 3), f(2, 2, 3, 1), {}),
        )
    ],
    ("khatri_rao", [f(2, 3), f(3, 3)], {}),
    ("khatri_rao", [f(2, 3), f(3, 3), f(2, 3)], {}),
    ("_linalg_gemm", [f(2, 3), f(3, 2), f(2, 2)], {"alpha": 2, "beta": 3}),
    ("_linalg_gemm", [f(2, 3), f(2, 3), f(3, 3)], {"transpose_a": True}),
    ("_linalg_gemm", [f(2, 5, 3), f(3, 5, 2), f(2, 5, 2)], {"axis": 0}),
    ("_linalg_gemm2", [f(2, 3), f(3, 2)], {"alpha": 2}),
    ("_linalg_gemm2", [f(2, 2, 3), f(2, 2, 3)], {"transpose_b": True}),
    ("_linalg_gemm2", [f(2, 5, 3), f(2, 5, 3)], {"axis": 0, "transpose_a": True}),
    ("_linalg_gemm2", [f(2, 5, 3), f(3, 5, 2)], {"axis": -3}),
    ("_linalg_potrf", [SYM], {}),
    ("_linalg_potrf", [PAIR], {}),
    ("_linalg_potrf", [PAIR], {"lower": False}),
    ("_linalg_potri", [LOW], {}),
    ("_linalg_potri", [LOW], {"lower": False}),
    ("_linalg_potri", [PAIR], {}),
    *[
        (name, [LOW, f(2, 3) if attrs.get("rightside") else f(3, 2)], attrs)
        for name in ("_linalg_trmm", "_linalg_trsm")
        for attrs in (
            {},
            {"transpose": True, "alpha": 2},
            {"lower": False},
            {"rightside": True},
            {"rightside": True, "lower": False, "transpose": True},
        )
    ],
    ("_linalg_trsm", [PAIR, f(2, 3, 2)], {}),
    ("_linalg_syrk", [f(2, 3)], {}),
    ("_linalg_syrk", [f(2, 2, 3)], {"transpose": True, "alpha": 2}),
    ("_linalg_gelqf", [a([[-1, -2, 3], [4, -5, 7]])], {}),
    ("_linalg_gelqf", [PAIR], {}),
    ("_linalg_syevd", [SYM], {}),
    ("_linalg_syevd", [PAIR], {}),
    ("_linalg_sumlogdiag", [SYM], {}),
    ("_linalg_sumlogdiag", [PAIR], {}),
    *[("_linalg_extractdiag", [f(2, 3, 3)], {"offset": offset}) for offset in (0, 1, -2)],
    *[("_linalg_makediag", [f(2, 3)], {"offset": offset}) for offset in (0, 1, -1)],
    *[
        ("_linalg_extracttrian", [f(2, 3, 3)], {"offset": offset, "lower": lower})
        for offset in (0, 1, -1)
        for lower in (True, False)
    ],
    *[
        ("_linalg_maketrian", [f(2, 6)], {"offset": offset, "lower": lower})
        for offset in (0, 1, -1)
        for lower in (True, False)
    ],
    ("_linalg_inverse", [SYM], {}),
    ("_linalg_inverse", [PAIR], {}),
    ("_linalg_det", [SYM], {}),
    ("_linalg_det", [PAIR], {}),
    ("_linalg_slogdet", [-SYM], {}),
    ("_linalg_slogdet", [PAIR], {}),
    ("_linalg_slogdet", [a([[1, 1], [1, 1]])], {}),
]

CASES = dict(zip(FAMILIES, (REDUCE, SHAPE, INDEXING, SORT, LINALG), strict=True))


def identify(number, case):
    """A name for a sample: its place in the family, the operator and its attributes."""
    op, _, attrs = case
    return f"{number}-{op}({', '.join(f'{k}={v}' for k, v in attrs.items())})"


def find(mx, name):
    """The function of operator ``name`` in either package."""
    if name.startswith("_linalg_"):
        return getattr(mx.nd.linalg, name[8:])
    if name.startswith("_contrib_"):
        return getattr(mx.nd.contrib, name[9:])
    return getattr(mx.nd if hasattr(mx.nd, name) else mx.nd._internal, name)


def differentiable(case):
    op, inputs, attrs = case
    if op in NO_GRADIENT or attrs.get("ret_typ", "value") != "value" or (op == "topk" and "ret_typ" not in attrs):
        return False
    return inputs[0].dtype in ("float32", "float64") or op == "where"


def heads(outputs):
    """Gradients from outside, different for every element."""
    return [((np.arange(o.size) % 5) - 1.5).reshape(o.shape).astype(o.dtype) for o in outputs]


def answer(mx, case, gradient=True):
    """Outputs of a sample, and the gradients of its float inputs (None where there are none), as NumPy arrays."""
    op, inputs, attrs = case
    arrays = [mx.nd.array(x, dtype=x.dtype) for x in inputs]
    function = find(mx, op)
    if not (gradient and differentiable(case)):
        made = function(*arrays, **attrs)
        return [m.asnumpy() for m in (made if isinstance(made, (list, tuple)) else [made])], None
    for x in arrays:
        x.attach_grad()
    with mx.autograd.record():
        made = function(*arrays, **attrs)
    outputs = list(made) if isinstance(made, (list, tuple)) else [made]
    values = [m.asnumpy() for m in outputs]
    mx.autograd.backward(outputs, [mx.nd.array(g, dtype=g.dtype) for g in heads(values)])
    return values, [x.grad.asnumpy() for x in arrays]
