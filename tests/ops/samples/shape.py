"""Calls of the operators that change shapes."""

from __future__ import annotations

from sample import Bad, Sample, apart, integers, ones

SAMPLES = [
    *[
        Sample("Reshape", [apart(2, 3, 4)], attrs)
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
    Sample("reshape", [integers(2, 3)], {"shape": (3, 2)}),
    Sample("Flatten", [apart(2, 3, 2, 2)]),
    Sample("flatten", [apart(3)]),
    *[
        Sample("transpose", [apart(2, 3, 4)], attrs)
        for attrs in ({}, {"axes": (2, 0, 1)}, {"axes": ()}, {"axes": (0, 2, 1)})
    ],
    *[Sample("SwapAxis", [apart(2, 3, 4)], attrs) for attrs in ({"dim1": 0, "dim2": 2}, {"dim1": 0, "dim2": -1}, {})],
    *[Sample("expand_dims", [apart(2, 3)], {"axis": axis}) for axis in (0, 1, 2, -1, -3)],
    *[
        Sample("squeeze", [apart(1, 3, 1)], attrs)
        for attrs in ({}, {"axis": 0}, {"axis": (0, 2)}, {"axis": -1}, {"axis": ()})
    ],
    Sample("squeeze", [apart(1, 1)]),
    Sample("squeeze", [apart(1, 1)], {"axis": (0, 1)}),
    Sample("broadcast_to", [apart(1, 3)], {"shape": (2, 3)}),
    Sample("broadcast_to", [apart(1, 3)], {"shape": (2, 0)}),
    Sample("broadcast_axis", [apart(1, 3, 1)], {"axis": (0, 2), "size": (2, 2)}),
    Sample("broadcast_axes", [apart(1, 3, 1)], {"axis": 0, "size": 2}),
    Sample("broadcast_like", [apart(1, 3), apart(2, 3)]),
    Sample("broadcast_like", [apart(1, 3), apart(4, 3, 2)], {"lhs_axes": (-2,), "rhs_axes": (-1,)}),
    Sample("reshape_like", [apart(6), apart(2, 3)]),
    Sample("reshape_like", [apart(6), integers(2, 3)]),
    Sample("reshape_like", [apart(6, 2), apart(3, 2, 4)], {"lhs_begin": 0, "lhs_end": 1, "rhs_begin": 0, "rhs_end": 2}),
    Sample(
        "reshape_like", [apart(6, 2), apart(3, 2, 4)], {"lhs_begin": -2, "lhs_end": -1, "rhs_begin": 0, "rhs_end": -1}
    ),
    Sample("reshape_like", [apart(6, 2), apart(3, 2, 4)], {"lhs_end": 1, "rhs_end": 2}),
    Sample("diag", [apart(3)]),
    Sample("diag", [apart(3)], {"k": 1}),
    Sample("diag", [apart(3, 4)], {"k": -1}),
    Sample("diag", [apart(2, 3, 3)]),
    Sample("diag", [apart(2, 3, 3)], {"axis1": -1, "axis2": -2, "k": 1}),
    Sample("shape_array", [apart(2, 3)]),
    Sample("size_array", [apart(2, 3)]),
    Sample("_contrib_arange_like", [apart(2, 3)], {"start": 1, "step": 0.5}),
    Sample("_contrib_arange_like", [apart(2, 3)], {"axis": 1}),
    Sample("_contrib_arange_like", [apart(2, 3)], {"axis": -1, "repeat": 2}),
    Sample("_contrib_arange_like", [apart(2, 3)], {"repeat": 2}),
    Sample("_contrib_arange_like", [integers(2, 3)]),
    Sample("_identity_with_attr_like_rhs", [apart(2, 3), apart(2, 3)]),
]

BAD = [
    Bad(op, list(inputs), attrs, error, f"(?i){op}")
    for op, inputs, attrs, error in (
        ("transpose", (ones(2, 3),), {"axes": (0, 0)}, "ShapeError"),
        ("transpose", (ones(2, 3),), {"axes": (0,)}, "ShapeError"),
        ("SwapAxis", (ones(2, 3),), {"dim2": 2}, "ShapeError"),
        ("expand_dims", (ones(2, 3),), {"axis": 4}, "ShapeError"),
        ("expand_dims", (ones(2, 3),), {}, "ArgumentError"),
        ("squeeze", (ones(1, 3),), {"axis": 1}, "ShapeError"),
        ("squeeze", (ones(1, 3),), {"axis": (0, 0)}, "ShapeError"),
        ("broadcast_to", (ones(3),), {"shape": (2, 3)}, "ShapeError"),
        ("broadcast_to", (ones(1, 3),), {"shape": (2, 4)}, "ShapeError"),
        ("broadcast_axis", (ones(1, 3),), {"axis": 1, "size": 2}, "ShapeError"),
        ("broadcast_axis", (ones(1, 1),), {"axis": (0, 1), "size": 2}, "ShapeError"),
        ("broadcast_like", (ones(1, 3), ones(2, 4)), {}, "ShapeError"),
        ("broadcast_like", (ones(1, 3), ones(2, 4, 2)), {}, "ShapeError"),
        ("reshape_like", (ones(6), ones(2, 4)), {}, "ShapeError"),
        ("reshape_like", (ones(2, 3), ones(6)), {"lhs_begin": 5}, "ShapeError"),
        ("diag", (ones(2, 3),), {"k": 5}, "ShapeError"),
        ("diag", (ones(2, 3),), {"axis1": 1}, "ShapeError"),
        ("Reshape", (ones(2, 3),), {"target_shape": (4, 5)}, "ShapeError"),
        ("Reshape", (ones(2, 3),), {"shape": "two"}, "ArgumentError"),
    )
]
