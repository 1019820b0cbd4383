"""Calls of NumPy's linear algebra."""

from __future__ import annotations

import numpy as np
from sample import INF, Bad, Sample, normal, numbers, ones, whole

_M = np.eye(3, dtype="float32") * 3 + normal(3, 3) / 3
_SYMMETRIC = _M + _M.T
_MANY = np.stack([_M, _M + np.eye(3, dtype="float32")])

SAMPLES = [
    Sample("_npi_cholesky", [_SYMMETRIC], numeric=(), half=False),
    Sample("_npi_cholesky", [_MANY + np.swapaxes(_MANY, 1, 2)], numeric=(), half=False),
    Sample("_npi_svd", [normal(2, 3)], wrt=(), here=True, half=False),
    Sample("_npi_eigvalsh", [_SYMMETRIC], wrt=(), half=False),
    Sample("_npi_eigvalsh", [whole([[2, 0], [0, 3]])], {"UPLO": "U"}),
    Sample("_npi_eigvals", [_SYMMETRIC.astype("float64")], wrt=(), here=True, half=False),
    Sample("_npi_eigh", [_SYMMETRIC], wrt=(), here=True, half=False),
    Sample("_npi_eig", [numbers([[2, 0], [0, 3]])], wrt=(), half=False),
    Sample("_npi_eigvals", [numbers([[2, 0], [0, 3]])], wrt=(), half=False),
    Sample("_npi_solve", [_M, normal(3)], wrt=(), numeric=(0, 1), half=False),
    Sample("_npi_solve", [_MANY, normal(2, 3, 2)], half=False),
    Sample("_npi_solve", [whole([[2, 0], [0, 4]]), whole([1, 2])]),
    Sample("_npi_tensorinv", [(np.eye(4) * 2 + 0.5).reshape(2, 2, 4)], half=False),
    Sample("_npi_tensorinv", [(np.eye(4, dtype="float32") * 2).reshape(4, 2, 2)], {"ind": 1}, half=False),
    Sample("_npi_tensorsolve", [(np.eye(4) * 2 + 0.5).reshape(2, 2, 4), normal(2, 2, dtype="float64")], half=False),
    Sample("_npi_pinv", [_MANY, numbers([0.001, 0.002])], wrt=(), half=False),
    Sample("_npi_pinv_scalar_rcond", [normal(2, 3)], {"rcond": 0.01}, wrt=(), half=False),
    *[
        Sample("_npi_norm", [normal(2, 3)], {"ord": o, "axis": (1,), "flag": -1, "keepdims": k}, half=False)
        for o, k in ((1.0, False), (2.0, True), (3.0, False), (-1.0, False))
    ],
    Sample("_npi_norm", [normal(2, 3)], {"ord": 0.0, "axis": (1,), "flag": -1}, wrt=(), half=False),
    Sample("_npi_norm", [normal(2, 3)], {"ord": INF, "axis": (1,), "flag": -1}, wrt=(), here=True, half=False),
    Sample("_npi_norm", [normal(2, 3)], {"ord": 2.0, "flag": -2}, half=False),
    Sample("_npi_norm", [normal(2, 3)], {"ord": 2.0, "axis": (0, 1), "flag": 1}, half=False),
    Sample("_npi_norm", [normal(2, 3)], {"ord": 2.0, "axis": (0, 1), "flag": 2}, wrt=(), half=False),
    Sample(
        "_npi_norm", [normal(2, 3, 4)], {"ord": 2.0, "axis": (1, 2), "flag": 0, "keepdims": True}, wrt=(), half=False
    ),
]
BAD = [
    Bad("_npi_cholesky", [ones(2, 3)], {}, "ShapeError", "square"),
    Bad("_npi_svd", [ones(3, 2)], {}, "ShapeError"),
    Bad("_npi_solve", [ones(2, 3), ones(2)], {}, "ShapeError"),
    Bad("_npi_eigh", [ones(2, 2, dtype="float16")], {}, "DTypeError"),
    Bad("_npi_pinv_scalar_rcond", [ones(2, 2, dtype="int32")], {}, "DTypeError"),
    Bad("_npi_tensorinv", [ones(2, 3, 4)], {}, "ShapeError", "square"),
]
