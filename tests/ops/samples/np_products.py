"""Calls of NumPy's products."""

from __future__ import annotations

from sample import Bad, Sample, integers, normal, numbers, ones

SAMPLES = [
    Sample("_np_dot", [normal(2, 3), normal(3, 4)]),
    Sample("_np_dot", [normal(3), normal(3, seed=4)]),
    Sample("_np_dot", [normal(2, 3, 4), normal(4)]),
    Sample("_np_dot", [normal(2, 4), normal(2, 4, 3)]),
    Sample("_np_dot", [normal(2, 3), numbers(2.5)]),
    Sample("_np_dot", [ones(2, 0), ones(0, 3)], wrt=()),
    Sample("_npi_matmul", [normal(2, 3), normal(3, 4)]),
    Sample("_npi_matmul", [normal(3), normal(3, 4)]),
    Sample("_npi_matmul", [normal(2, 1, 2, 3), normal(4, 3, 2)]),
    Sample("_npi_matmul", [normal(2, 2, 3), normal(3)]),
    Sample("_npi_tensordot", [normal(2, 3, 4), normal(4, 3)], {"a_axes_summed": (1, 2), "b_axes_summed": (1, 0)}),
    Sample("_npi_tensordot", [normal(2, 3), normal(4, 3)], {"a_axes_summed": (-1,), "b_axes_summed": (-1,)}),
    Sample("_npi_tensordot_int_axes", [normal(2, 3, 4), normal(3, 4, 2)], {"axes": 2}),
    Sample("_npi_tensordot_int_axes", [normal(2), normal(3)], {"axes": 0}),
    Sample("_npi_einsum", [normal(2, 3), normal(3, 4)], {"subscripts": "ij,jk->ik"}),
    Sample("_npi_einsum", [normal(2, 3), normal(4, 3)], {"subscripts": "ij,kj", "optimize": 1}),
    Sample("_npi_einsum", [normal(3, 3)], {"subscripts": "ii"}),
    Sample("_npi_einsum", [normal(2, 3)], {"subscripts": "...j->..."}),
    Sample("_npi_einsum", [integers(3), integers(3)], {"subscripts": "i,i"}),
    Sample("_npi_polyval", [normal(3), normal(2, 2)]),
    Sample("_npi_polyval", [integers(2), integers(3)]),
]
for _sample in SAMPLES:  # the gradient of 1.9.1 is not that of matrices that are repeated
    if _sample.op == "_npi_matmul" and _sample.inputs[0].ndim == 4:
        _sample.wrt, _sample.numeric = (), (0, 1)

BAD = [
    Bad("_np_dot", [ones(2, 3), ones(2, 3)], {}, "ShapeError"),
    Bad("_np_dot", [ones(2, dtype="int32"), ones(2, dtype="int32")], {}, "DTypeError"),
    Bad("_npi_matmul", [ones(2, 3), numbers(2.0)], {}, "ShapeError", "scalars"),
    Bad("_npi_tensordot", [ones(2, 3), ones(2, 3)], {"a_axes_summed": (1,), "b_axes_summed": (0,)}, "ShapeError"),
    Bad("_npi_einsum", [ones(2, 3)], {"subscripts": "ij,jk"}, "MXNetError"),
]
