"""Calls of NumPy's operators that choose, put in and take out elements."""

from __future__ import annotations

from sample import Bad, Sample, apart, integers, normal, numbers, ones, whole

SAMPLES = [
    Sample("_npi_where", [numbers([[1], [0]]), apart(2, 3), normal(3)], wrt=(1, 2)),
    Sample("_npi_where", [numbers([True, False], "bool"), integers(2), integers(2, low=10, high=20)]),
    Sample("_npi_where_lscalar", [numbers([1, 0]), apart(2, 2)], {"scalar": 1.5}, wrt=(1,)),
    Sample("_npi_where_rscalar", [numbers([1, 0]), apart(2, 2)], {"scalar": 1.5}, wrt=(1,)),
    Sample("_npi_where_scalar2", [numbers([1, 0])], {"x": 1.0, "y": 2.5}, wrt=()),
    Sample("_npx_nonzero", [numbers([[0, 1], [2, 0]])], wrt=(), symbol=False),
    Sample("_npx_constraint_check", [numbers([True, True], "bool")], {"msg": "wrong"}),
    Sample("_npi_unique", [numbers([3, 1, 3])], wrt=(), symbol=False),
    Sample(
        "_npi_unique",
        [whole([3, 1, 3])],
        {"return_index": True, "return_inverse": True, "return_counts": True},
        symbol=False,
    ),
    Sample(
        "_npi_unique", [numbers([[1, 1], [1, 1], [0, 2]])], {"axis": 0, "return_counts": True}, wrt=(), symbol=False
    ),
    Sample("_npi_bincount", [whole([1, 1, 3])], symbol=False),
    Sample("_npi_bincount", [whole([1, 1, 3])], {"minlength": 6}, symbol=False),
    Sample("_npi_bincount", [whole([1, 1, 3]), numbers([0.5, 0.5, 1])], {"has_weights": True}, wrt=(), symbol=False),
    Sample("_npi_delete", [apart(2, 3)], {"int_ind": 1}),
    Sample("_npi_delete", [apart(2, 3)], {"int_ind": -1, "axis": 1}),
    Sample("_npi_delete", [apart(5)], {"start": 0, "stop": 5, "step": 2}),
    Sample("_npi_delete", [apart(2, 4), whole([0, 2], "int64")], {"axis": 1}, symbol=False),
    Sample("_npi_insert_scalar", [apart(3)], {"int_ind": 1, "val": 9.0}),
    Sample("_npi_insert_scalar", [apart(2, 3), normal(2)], {"int_ind": 1, "axis": 1}),
    Sample("_npi_insert_scalar", [apart(2, 3), normal(2, 2)], {"int_ind": -1, "axis": 1}),
    Sample("_npi_insert_slice", [apart(4), normal(2)], {"start": 1, "stop": 3, "step": 1}),
    Sample("_npi_insert_slice", [apart(2, 4)], {"start": 0, "stop": 4, "step": 2, "axis": 1, "val": 7.0}),
    Sample("_npi_insert_tensor", [apart(3), normal(2), whole([0, 2], "int64")], symbol=False),
    Sample("_npi_insert_tensor", [apart(2, 3), normal(2, 1), whole([2, 0], "int64")], {"axis": 1}, symbol=False),
    *[
        Sample("_npi_pad", [apart(2, 3)], {"pad_width": ((1, 2), (2, 0)), "mode": mode})
        for mode in ("constant", "edge", "symmetric")
    ],
    Sample("_npi_pad", [apart(3, 4)], {"pad_width": ((2, 1), (3, 5)), "mode": "reflect"}),
    Sample("_npi_pad", [apart(2, 3)], {"pad_width": ((1, 0), (0, 1)), "mode": "maximum"}, wrt=()),
    Sample("_npi_pad", [apart(2, 3)], {"pad_width": ((1, 0), (0, 1)), "mode": "minimum"}, wrt=()),
    Sample("_npi_pad", [integers(2, 3)], {"pad_width": ((1, 0), (0, 1)), "constant_value": 7.0}),
    Sample("_npi_share_memory", [ones(2), ones(3)], wrt=()),
    Sample(
        "_npi_boolean_mask_assign_scalar",
        [apart(2, 3), numbers([True, False], "bool")],
        {"value": 9.0, "start_axis": 0},
        wrt=(),
        changes=(0,),
        into=(0,),
    ),
    Sample(
        "_npi_boolean_mask_assign_tensor",
        [apart(2, 3), numbers([True, False, True], "bool"), normal(2, 2)],
        {"start_axis": 1},
        wrt=(),
        changes=(0,),
        into=(0,),
    ),
]
for _sample in SAMPLES:  # 1.9.1 has no gradient of these
    if _sample.op in ("_npi_where_lscalar", "_npi_where_rscalar"):  # it has that of the other branch
        _sample.wrt, _sample.numeric = (), (1,)
    if _sample.op.startswith(("_npi_delete", "_npi_insert")) or _sample.attrs.get("mode") in (
        "edge",
        "symmetric",
        "reflect",
    ):
        _sample.wrt, _sample.numeric = (), (0,)
    _sample.here |= _sample.op == "_npi_insert_slice" and "val" in _sample.attrs

BAD = [
    Bad("_npi_where", [ones(2), ones(2), ones(2, dtype="int32")], {}, "DTypeError"),
    Bad("_npi_delete", [ones(3)], {"int_ind": 5}, "ShapeError", "out of bounds"),
    Bad("_npi_insert_scalar", [ones(3)], {"int_ind": 5, "val": 1.0}, "ShapeError", "out of bounds"),
    Bad("_npi_pad", [ones(2, 3)], {"pad_width": ((1, 1), (0, 2)), "mode": "wrap"}, "ArgumentError"),
    Bad("_npx_constraint_check", [numbers([True, False], "bool")], {"msg": "not so"}, "ValueError", "not so"),
    Bad("_npi_bincount", [ones(3)], {}, "MXNetError"),
]
