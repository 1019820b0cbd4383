"""Calls of the operators that order."""

from __future__ import annotations

from sample import Bad, Sample, apart, integers, numbers, ones

TIES = numbers([[3, 1, 2], [0, 5, 5]])
DATA = (apart(3, 4), numbers(apart(3, 4), "int32"), apart(2, 3, 2, dtype="float64"))
SAMPLES = [
    *[
        Sample("topk", [data], {"ret_typ": kind, **attrs})
        for kind in ("indices", "value", "both", "mask")
        for data, attrs in (
            (TIES, {}),
            (apart(3, 5), {"k": 2}),
            (apart(3, 5), {"k": 2, "axis": 0, "is_ascend": True}),
            (apart(3, 5), {"k": 0}),
            (apart(2, 3, 4), {"k": 5, "axis": None}),
            (integers(2, 3), {"k": 1}),
            (apart(2, 100), {"k": 3, "dtype": "int32"}),
            (apart(2, 100, dtype="float16"), {"k": 3, "is_ascend": True}),
        )
    ],
    Sample("topk", [numbers([2, 2, 2, 2, 1, 1, 3, 3])], {"k": 8}),
    Sample("topk", [numbers([2, 2, 2, 2, 1, 1, 3, 3])], {"k": 8, "is_ascend": True}),
    *[
        Sample("argsort", [data], attrs)
        for data in DATA
        for attrs in ({}, {"is_ascend": False}, {"axis": 0}, {"axis": None})
    ],
    *[Sample("sort", [data], {"is_ascend": False, "axis": axis}) for data in DATA for axis in (0, -1, None)],
    *[
        Sample(
            "sort",
            [data],
            attrs,
            wrt=(),
            numeric=(0,) * (data.dtype != "int32"),
            why="1.9.1 fails on its gradient unless axis is given",
        )
        for data in DATA
        for attrs in ({}, {"is_ascend": False})
    ],
    Sample("argsort", [apart(3, 4)], {"dtype": "int64"}),
    Sample("argsort", [numbers([1, 1, 0, 0, 1, 0, 1, 0])]),
    Sample("argsort", [numbers([1, 1, 0, 0, 1, 0, 1, 0])], {"is_ascend": False}),
]

BAD = [
    Bad(op, list(inputs), attrs, error, f"(?i){op}")
    for op, inputs, attrs, error in (
        ("topk", (ones(2, 3),), {"k": 9}, "ShapeError"),
        ("topk", (ones(2, 3),), {"axis": 2}, "ShapeError"),
        ("topk", (ones(2, 3),), {"ret_typ": "all"}, "ArgumentError"),
        ("sort", (ones(2, 3),), {"axis": -3}, "ShapeError"),
        ("argsort", (ones(2, 3),), {"axis": 2}, "ShapeError"),
        ("argsort", (ones(2, 3),), {"dtype": "complex64"}, "ArgumentError"),
    )
]
