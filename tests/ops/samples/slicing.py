"""Calls of the operators that cut, join and repeat."""

from __future__ import annotations

from sample import Bad, Sample, apart, integers, ones

SAMPLES = [
    *[
        Sample("slice", [apart(2, 3, 4)], attrs)
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
    Sample("crop", [apart(2, 3)], {"begin": (0, 1), "end": (1, 3)}),
    *[
        Sample("slice_axis", [apart(2, 3, 4)], attrs)
        for attrs in (
            {"axis": 1, "begin": 0, "end": 2},
            {"axis": -1, "begin": -2, "end": None},
            {"axis": 1, "begin": 0, "end": -1},
        )
    ],
    Sample("slice_like", [apart(2, 3, 4), apart(1, 2, 2)]),
    Sample("slice_like", [apart(2, 3, 4), apart(1, 2)], {"axes": (0, 1)}),
    Sample("slice_like", [apart(2, 3, 4), apart(5, 2, 2)], {"axes": (-1,)}),
    Sample("_slice_assign", [apart(2, 3, 4), apart(2, 1, 4)], {"begin": (0, 1), "end": (2, 2)}, wrt=()),
    Sample("_slice_assign", [apart(5), apart(2)], {"begin": (3,), "end": (None,), "step": (-2,)}, wrt=()),
    Sample(
        "_slice_assign_scalar", [apart(2, 3)], {"scalar": 9.5, "begin": (0, 1), "end": (2, 2), "step": (1, 1)}, wrt=()
    ),
    Sample("_slice_assign_scalar", [apart(5)], {"scalar": 9.5, "begin": (3,), "end": (None,), "step": (-2,)}, wrt=()),
    *[
        Sample("SliceChannel", [apart(2, 4)], attrs)
        for attrs in (
            {"num_outputs": 2},
            {"num_outputs": 4, "squeeze_axis": True},
            {"num_outputs": 2, "axis": 0},
            {"num_outputs": 1, "axis": -1},
        )
    ],
    Sample("split", [integers(2, 4)], {"num_outputs": 2, "axis": -1}),
    Sample("_split_v2", [apart(2, 5)], {"indices": (0, 1, 3), "axis": 1}),
    Sample("_split_v2", [apart(2, 6)], {"indices": (0,), "axis": 1, "sections": 3}),
    Sample("_split_v2", [apart(2, 3)], {"indices": (0, 1), "axis": 0, "squeeze_axis": True}),
    Sample("Concat", [apart(2, 3), apart(2, 1)]),
    Sample("Concat", [apart(2, 3), apart(4, 3)], {"dim": 0}),
    Sample("concat", [apart(2, 3), apart(2, 1), apart(2, 2)], {"dim": -1}),
    Sample("Concat", [apart(2, 3)]),
    Sample("_rnn_param_concat", [apart(2), apart(3)], {"dim": 0}),
    *[Sample("stack", [apart(2, 3), apart(2, 3)], {"axis": axis}) for axis in (0, 1, 2, -1)],
    Sample("stack", [integers(2)]),
    *[Sample("stack", [apart(2, 3), apart(3, 2), apart(6)], {"axis": axis}) for axis in (0, 2)],
    Sample("stack", [apart(3), apart(3, 1)], {"axis": 1}),
    *[Sample("tile", [apart(2, 2)], {"reps": reps}) for reps in (2, (2, 1, 2), (3,), (), (1, 3))],
    *[
        Sample("repeat", [apart(2, 2)], attrs)
        for attrs in ({"repeats": 2}, {"repeats": 2, "axis": 1}, {"repeats": 3, "axis": -2})
    ],
    Sample("reverse", [apart(2, 3, 2)], {"axis": 0}),
    Sample("flip", [apart(2, 3, 2)], {"axis": (1, 2)}),
    Sample("flip", [apart(2, 3)], {"axis": ()}),
    Sample(
        "Pad", [apart(1, 1, 2, 2)], {"mode": "constant", "pad_width": (0, 0, 0, 0, 1, 1, 1, 2), "constant_value": 7}
    ),
    Sample("Pad", [apart(1, 2, 2, 2)], {"mode": "edge", "pad_width": (0, 0, 0, 0, 1, 1, 1, 2)}),
    Sample("pad", [apart(2, 1, 3, 3)], {"mode": "reflect", "pad_width": (0, 0, 0, 0, 1, 1, 1, 2)}),
    Sample("Pad", [apart(1, 1, 2, 2, 2)], {"mode": "constant", "pad_width": (0, 0, 0, 0, 1, 1, 0, 0, 1, 0)}),
    Sample("Pad", [apart(1, 1, 2, 2, 2)], {"mode": "edge", "pad_width": (0, 0, 0, 0, 1, 1, 0, 0, 1, 0)}),
    Sample("Pad", [apart(1, 1, 3, 2, 2)], {"mode": "reflect", "pad_width": (0, 0, 0, 0, 2, 1, 0, 0, 1, 0)}),
    Sample("depth_to_space", [apart(2, 8, 1, 2)], {"block_size": 2}),
    Sample("space_to_depth", [apart(2, 2, 2, 4)], {"block_size": 2}),
    Sample("Crop", [apart(1, 1, 4, 4)], {"h_w": (2, 2), "num_args": 1}),
    Sample("Crop", [apart(1, 1, 4, 5)], {"h_w": (2, 2), "center_crop": True, "num_args": 1}),
    Sample("Crop", [apart(1, 1, 4, 4)], {"h_w": (2, 2), "offset": (1, 2), "num_args": 1}),
    Sample("Crop", [apart(1, 1, 4, 4), apart(1, 1, 3, 3)], {"num_args": 2}),
]

BAD = [
    Bad(op, list(inputs), attrs, error, f"(?i){op}")
    for op, inputs, attrs, error in (
        ("slice", (ones(2, 3),), {"begin": (0,), "end": (1, 1)}, "ShapeError"),
        ("slice", (ones(2, 3),), {"begin": (0, 0, 0), "end": (1, 1, 1)}, "ShapeError"),
        ("slice", (ones(2, 3),), {"begin": (0,), "end": (1,), "step": (0,)}, "ArgumentError"),
        ("slice_axis", (ones(2, 3),), {"axis": 1, "begin": 0, "end": 9}, "ShapeError"),
        ("slice_axis", (ones(2, 3),), {"axis": 1, "begin": 1, "end": 1}, "ShapeError"),
        ("slice_axis", (ones(2, 3),), {"axis": 2, "begin": 0, "end": 1}, "ShapeError"),
        ("slice_axis", (ones(2, 3),), {"axis": 1, "begin": 0}, "ArgumentError"),
        ("slice_like", (ones(2, 3), ones(3, 3)), {}, "ShapeError"),
        ("slice_like", (ones(2, 3), ones(2)), {}, "ShapeError"),
        ("SliceChannel", (ones(2, 4),), {"num_outputs": 3}, "ShapeError"),
        ("SliceChannel", (ones(2, 4),), {"num_outputs": 2, "squeeze_axis": True}, "ShapeError"),
        ("SliceChannel", (ones(2, 4),), {"num_outputs": 0}, "ArgumentError"),
        ("Concat", (ones(2, 3), ones(3, 3)), {}, "ShapeError"),
        ("Concat", (ones(3), ones(3)), {}, "ShapeError"),
        ("Concat", (ones(2, 3), ones(2, 3, dtype="int32")), {}, "DTypeError"),
        ("Concat", (), {}, "ArgumentError"),
        ("stack", (ones(2), ones(3)), {}, "ShapeError"),
        ("stack", (ones(2), ones(2, dtype="float64")), {}, "DTypeError"),
        ("tile", (ones(2),), {"reps": (-1,)}, "ShapeError"),
        ("repeat", (ones(2),), {"repeats": -1}, "ArgumentError"),
        ("repeat", (ones(2),), {"repeats": 1, "axis": 1}, "ShapeError"),
        ("reverse", (ones(2),), {"axis": 1}, "ShapeError"),
        ("Pad", (ones(2, 2),), {"mode": "constant", "pad_width": (0, 0, 1, 1)}, "ShapeError"),
        ("Pad", (ones(1, 1, 2, 2),), {"mode": "constant", "pad_width": (0, 0, 1, 0, 1, 1, 1, 2)}, "ShapeError"),
        ("Pad", (ones(1, 1, 2, 2),), {"mode": "reflect", "pad_width": (0, 0, 0, 0, 2, 1, 1, 1)}, "ShapeError"),
        ("Pad", (ones(1, 1, 2, 2),), {"mode": "wrap", "pad_width": (0,) * 8}, "ArgumentError"),
        ("depth_to_space", (ones(1, 6, 1, 2),), {"block_size": 2}, "ShapeError"),
        ("depth_to_space", (ones(1, 4, 0, 2),), {"block_size": 2}, "ShapeError"),
        ("space_to_depth", (ones(1, 2, 2, 3),), {"block_size": 2}, "ShapeError"),
        ("space_to_depth", (ones(2, 2, 3),), {"block_size": 2}, "ShapeError"),
        ("Crop", (ones(1, 1, 4, 4), ones(1, 1, 5, 3)), {}, "ShapeError"),
        ("Crop", (ones(1, 1, 4, 4),), {"h_w": (2, 2), "offset": (3, 2)}, "ShapeError"),
        ("Crop", (ones(1, 1, 4, 4),), {"num_args": 1}, "ShapeError"),
        ("_split_v2", (ones(2, 5),), {"indices": (1, 3), "axis": 1}, "ShapeError"),
        ("_split_v2", (ones(2, 5),), {"indices": (0, 3, 1), "axis": 1}, "ShapeError"),
        ("_split_v2", (ones(2, 5),), {"indices": (0, -2), "axis": 1}, "ShapeError"),
        ("_split_v2", (ones(2, 5),), {"indices": (0, 9), "axis": 1}, "ShapeError"),
    )
]
