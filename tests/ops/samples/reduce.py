"""Calls of the reductions."""

from __future__ import annotations

import numpy as np
from sample import NAN, Bad, Sample, apart, integers, normal, numbers, ones

SAMPLES = [
    Sample(name, [normal(2, 3, 4)], attrs)
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
SAMPLES += [
    *[Sample(name, [integers(2, 5)], {"axis": 1}) for name in ("sum", "mean", "max", "min", "prod", "nansum")],
    Sample("sum", [numbers([[100, 100, 50]], "int8")]),
    Sample("sum", [numbers([[True, True], [False, False]], "bool")], {"axis": 1}),
    Sample("mean", [numbers([[True, True], [False, False]], "bool")], {"axis": 1}),
    Sample("max", [numbers([[True, True], [False, False]], "bool")], {"axis": 1}),
    Sample("mean", [numbers([-3, -4], "int64")]),
    Sample("mean", [apart(3, 4, dtype="float16")], {"axis": 0}),
    Sample("sum", [apart(3, 4, dtype="float64")], {"axis": 0}),
    Sample("sum", [apart(1, 1)]),
    Sample("sum", [apart(1, 4)], {"axis": 0}),
    Sample("sum", [apart(4)], {"axis": 0, "keepdims": True}),
    Sample("sum_axis", [apart(2, 3)], {"axis": 0}),
    Sample("max_axis", [apart(2, 3)], {"axis": 0}),
    Sample("min_axis", [apart(2, 3)], {"axis": 0}),
    Sample("max", [numbers([1, 3, 3])]),
    Sample("min", [numbers([[1, 1, 3], [2, 3, 2]])], {"axis": 1}),
    Sample("max", [numbers([[1, NAN, 3], [4, 1, 2]])], {"axis": 1}, numeric=()),
    Sample("nansum", [numbers([[1, NAN], [2, 3]])], {"axis": 1}),
    Sample("nansum", [numbers([1, NAN, 3])]),
    Sample("nanprod", [numbers([[2, NAN], [2, 3]])], {"axis": 0}),
    *[
        Sample(name, [data], attrs)
        for name in ("argmax", "argmin")
        for data in (
            apart(2, 3, 4),
            integers(2, 3, 4),
            apart(3, 2, 2, dtype="float64"),
            apart(2, 3, 2, dtype="float16"),
            numbers(apart(2, 3, 2), "int64"),
        )
        for attrs in ({"axis": 1}, {}, {"axis": -1, "keepdims": True}, {"keepdims": True})
    ],
    Sample("argmax", [numbers([[1, NAN, 3], [NAN, 1, 2], [2, 5, 5]])], {"axis": 1}),
    Sample("argmax", [np.zeros((0, 3, 0), "float32")], {"axis": -1}, wrt=()),
    Sample("argmin", [np.zeros((2, 0, 0), "float32")], {"axis": 1, "keepdims": True}, wrt=()),
    Sample("argmax_channel", [np.zeros((0, 0, 2), "int32")]),
    Sample("argmax_channel", [apart(2, 5)], wrt=()),
    Sample("argmax_channel", [apart(2, 3, 4)], wrt=()),
    *[
        Sample("norm", [apart(2, 3, 4)], {"ord": order, **attrs})
        for order in (1, 2)
        for attrs in ({}, {"axis": 1}, {"axis": (0, 1)}, {"axis": (0, 1), "keepdims": True}, {"axis": ()})
    ],
    Sample("norm", [numbers([[0, 0, -1], [3, 4, 0]])], {"ord": 1, "axis": 1}),
    Sample("norm", [apart(2, 3, dtype="float64")]),
    Sample("norm", [integers(2, 5)], {"ord": 1}),
    Sample("moments", [apart(2, 3, 4)], {"axes": (0,)}),
    Sample("moments", [apart(2, 3, 4)], {"axes": (0, 2), "keepdims": True}),
    Sample("moments", [apart(2, 3, 4)], {"axes": (0, 1, 2)}),
    Sample("moments", [numbers([[0, 1, 2], [3, 4, 5]], "int32")], {"axes": (0,)}),
    Sample("cumsum", [apart(2, 3, 2)]),
    Sample("cumsum", [apart(2, 3, 2)], {"axis": 1}),
    Sample("cumsum", [numbers([[100, 100], [1, 1]], "int8")], {"axis": 1}),
    Sample("cumsum", [integers(2, 3)], {"axis": 0, "dtype": "float32"}),
]

BAD = [
    Bad(op, list(inputs), attrs, error, words)
    for op, inputs, attrs, error, words in (
        ("sum", (ones(2, 3, 4),), {"axis": 3}, "ShapeError", "axis 3"),
        ("max", (ones(2, 3, 4),), {"axis": (0, -4)}, "ShapeError", "axis -4"),
        ("mean", (ones(2, 3, 4),), {"axis": (0, 0)}, "ShapeError", "duplicates"),
        ("prod", (ones(2, 3, 4),), {"axis": (1, -2)}, "ShapeError", "duplicates"),
        ("argmax", (ones(2, 3, 4),), {"axis": 5}, "ShapeError", "argmax"),
        ("argmin", (ones(2, 3, 4),), {"axis": -4}, "ShapeError", "argmin"),
        ("cumsum", (ones(2, 3, 4),), {"axis": 4}, "ShapeError", "axis 4"),
        ("norm", (ones(2, 3, 4),), {"ord": 3}, "ArgumentError", "ord=3"),
        ("moments", (ones(2, 3, 4),), {}, "ArgumentError", "axes"),
        ("sum", (ones(2, 3, 4),), {"axes": 1}, "ArgumentError", "axes"),
        ("argmax_channel", (ones(4),), {}, "MXNetError", ""),
    )
]
