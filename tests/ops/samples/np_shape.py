"""Calls of NumPy's operators that move elements."""

from __future__ import annotations

from sample import Bad, Sample, apart, integers, normal, numbers, ones

A = apart(2, 3, 4)
SAMPLES = [
    *[Sample("_np_reshape", [A], {"newshape": s}) for s in ((4, 6), (-1, 2), (24,), (2, 1, 12))],
    Sample("_np_reshape", [ones(0, 3)], {"newshape": (3, 0)}),
    Sample("_np_reshape", [ones(1, 1)], {"newshape": ()}),
    *[
        Sample("_npx_reshape", [A], {"newshape": s})
        for s in ((-2, -1), (-2, -2, -1), (-4,), (-5, -2), (-6, 1, 2, -2, -2))
    ],
    Sample("_npx_reshape", [apart(2, 1, 4)], {"newshape": (-2, -3, -2)}),
    Sample("_npx_reshape", [apart(8, 3, 4)], {"newshape": (-6, -1, 2, -4)}),
    Sample("_npx_reshape", [apart(8, 3, 4)], {"newshape": (-1, -2), "reverse": True}),
    Sample("_npx_reshape", [apart(8, 3, 4)], {"newshape": (-4, -5), "reverse": True}),
    Sample("_np_copy", [A]),
    Sample("_np_transpose", [A]),
    Sample("_np_transpose", [A], {"axes": (1, 2, 0)}),
    Sample("_np_squeeze", [apart(1, 3, 1)]),
    Sample("_np_squeeze", [apart(1, 3, 1)], {"axis": -1}),
    Sample("_np_moveaxis", [A], {"source": 0, "destination": -1}),
    Sample("_np_moveaxis", [A], {"source": (0, 2), "destination": (2, 0)}),
    Sample("_np_moveaxis", [A], {"source": (2, 1), "destination": (0, 2)}),
    Sample("_np_roll", [A], {"shift": 5}),
    Sample("_np_roll", [A], {"shift": (1, -2), "axis": (0, 2)}),
    Sample("_np_roll", [A], {"shift": 1, "axis": (0, 1)}),
    Sample("_npi_flip", [A], {"axis": (0, 2)}),
    Sample("_npi_flip", [A], {"axis": -2}),
    *[Sample("_npi_rot90", [A], {"k": k, "axes": (2, 0)}) for k in (-1, 2, 3)],
    Sample("_npi_rot90", [A]),
    Sample("_npi_broadcast_to", [apart(3, 1)], {"shape": (2, 3, 4)}),
    Sample("_npi_broadcast_to", [numbers(2.5)], {"shape": (2,)}),
    Sample("_np_diag", [apart(3)], {"k": -1}),
    Sample("_np_diag", [apart(3, 4)], {"k": 1}),
    Sample("_np_diagflat", [apart(2, 2)], {"k": 1}),
    Sample("_np_diagonal", [A], {"offset": 1, "axis1": 1, "axis2": 2}),
    Sample("_np_diagonal", [A], {"offset": -1}),
    Sample("_np_trace", [A], {"axis1": -1, "axis2": 1}),
    Sample("_np_trace", [integers(3, 3)], {"offset": 1}),
    Sample("_npi_tril", [apart(3, 4)], {"k": 1}),
    Sample("_npi_tril", [apart(3)]),
    Sample("_npi_tril", [A], {"k": -1}),
    Sample("_npi_diag_indices_from", [ones(3, 3)], wrt=()),
    Sample("_npi_concatenate", [apart(2, 3), normal(2, 1)], {"axis": 1}),
    Sample("_npi_concatenate", [apart(2, 3), normal(2)], {"axis": None}),
    Sample("_npi_concatenate", [ones(0, 3), apart(2, 3)], {"axis": 0}),
    Sample("_npi_stack", [apart(2, 3), normal(2, 3)], {"axis": -1}),
    Sample("_npi_vstack", [apart(3), normal(2, 3)]),
    Sample("_npi_hstack", [apart(3), normal(2)]),
    Sample("_npi_hstack", [apart(2, 3), normal(2, 1)]),
    Sample("_npi_dstack", [apart(2, 3), normal(2, 3)]),
    Sample("_npi_dstack", [apart(3), normal(3)]),
    Sample("_npi_column_stack", [apart(2), normal(2, 3)]),
    *[Sample(f"_np_atleast_{n}d", [numbers(2.5), apart(3), A], {"num_args": 3}) for n in (1, 2, 3)],
    Sample("_np_atleast_2d", [apart(3)], {"num_args": 1}),
    Sample("_npi_hsplit", [apart(2, 4)], {"indices": (), "sections": 2}),
    Sample("_npi_hsplit", [apart(5)], {"indices": (0, 1, 3)}),
    Sample("_npi_dsplit", [A], {"indices": (0, 1, 3), "axis": 2}),
    Sample("_npi_dsplit", [A], {"indices": (), "sections": 2, "axis": 2}),
    Sample("_npi_diff", [apart(3, 4)]),
    Sample("_npi_diff", [apart(3, 4)], {"n": 2, "axis": 0}),
    Sample("_npi_diff", [integers(5)]),
    Sample("_npi_diff", [apart(2)], {"n": 3}, wrt=()),
    Sample("_npi_ediff1d", [apart(2, 3)]),
    Sample("_npi_ediff1d", [apart(2, 3)], {"to_begin_scalar": -1.0, "to_end_scalar": 2.5}),
    Sample("_npi_ediff1d", [apart(4), apart(2), normal(3)], {"to_begin_arr_given": True, "to_end_arr_given": True}),
    Sample("_npi_ediff1d", [apart(4), apart(2)], {"to_end_arr_given": True, "to_begin_scalar": 1.0}),
]
for _sample in SAMPLES:  # 1.9.1 ends in the gradient, and refuses axes from the end and none
    if _sample.op == "_npi_dsplit":
        _sample.wrt, _sample.numeric = (), (0,)
    if _sample.attrs.get("k") in (-1, 3) and _sample.op == "_npi_rot90":  # the gradient is turned the wrong way
        _sample.wrt, _sample.numeric = (), (0,)
    if _sample.op.startswith("_np_atleast"):  # the gradient is zero
        _sample.wrt, _sample.numeric = (), tuple(range(len(_sample.inputs)))
    _sample.here |= _sample.attrs.get("axis") == -2 or (_sample.op == "_npi_rot90" and not _sample.attrs)

BAD = [
    Bad("_np_reshape", [ones(2, 3)], {"newshape": (4, -1)}, "ShapeError", "reshape"),
    Bad("_npx_reshape", [ones(2, 3)], {"newshape": (-2, -3)}, "ShapeError"),
    Bad("_np_transpose", [ones(2, 3)], {"axes": (0, 0)}, "ShapeError"),
    Bad("_np_squeeze", [ones(2, 3)], {"axis": 0}, "ShapeError", "select an axis"),
    Bad("_npi_broadcast_to", [ones(2)], {"shape": (3,)}, "MXNetError"),
    Bad("_npi_stack", [ones(2), ones(3)], {}, "ShapeError"),
    Bad("_np_diagonal", [ones(2, 3)], {"axis1": 1, "axis2": 1}, "ShapeError"),
]
