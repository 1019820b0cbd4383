"""What is saved by 1.9.1 and here, and must give the same bytes: functions of the package and of NumPy."""

from __future__ import annotations

DTYPES = ("float16", "float32", "float64", "uint8", "int8", "int32", "int64")


def _values(mx, np, dtype, shape=(2, 3)):
    return mx.nd.array(np.arange(int(np.prod(shape))).reshape(shape) - 2, dtype=dtype)


PLAIN = {
    **{f"one {d} array": lambda mx, np, d=d: _values(mx, np, d) for d in DTYPES},
    "one bool array": lambda mx, np: mx.nd.array(np.array([[True, False, True]]), dtype="bool"),
    "special values": lambda mx, np: mx.nd.array([np.nan, np.inf, -np.inf, -0.0, 1e-45]),
    "a list": lambda mx, np: [_values(mx, np, "float32"), _values(mx, np, "int8", (1, 2, 1, 3))],
    "a list of one": lambda mx, np: [_values(mx, np, "float32")],
    "a dict": lambda mx, np: {"arg:weight": _values(mx, np, "float32"), "aux:mean": _values(mx, np, "float64", (3,))},
    "a dict in order of insertion": lambda mx, np: {n: _values(mx, np, "uint8", (1,)) for n in "zay"},
    "names beyond ASCII": lambda mx, np: {"\u03bc \u4e2d": _values(mx, np, "float32"), "": _values(mx, np, "int32")},
    "a view": lambda mx, np: _values(mx, np, "float32", (4, 3))[1:3],
    "a transposed array": lambda mx, np: _values(mx, np, "float32", (4, 3)).T,
    "the second CPU": lambda mx, np: mx.nd.ones((2,), ctx=mx.cpu(1)),
    "many axes": lambda mx, np: mx.nd.ones((1, 2, 1, 2, 1, 2)),
    "an empty list": lambda mx, np: [],
    "an empty dict": lambda mx, np: {},
}
NP_SHAPE = {
    "a scalar": lambda mx, np: mx.nd.array(np.array(3.0)),
    "a scalar of integers": lambda mx, np: mx.nd.array(np.array(3), dtype="int64"),
    "no elements": lambda mx, np: mx.nd.zeros((0,)),
    "no rows": lambda mx, np: {"x": mx.nd.zeros((0, 3)), "y": mx.nd.zeros((2, 0, 3))},
    "sizes as always": lambda mx, np: _values(mx, np, "float32"),
}
SPARSE = {
    "csr": lambda mx, np: mx.nd.sparse.csr_matrix(np.array([[0.0, 1, 0], [2, 0, 3]])),
    "csr without values": lambda mx, np: mx.nd.sparse.zeros("csr", (2, 3)),
    "row_sparse": lambda mx, np: mx.nd.sparse.row_sparse_array(([[1.0, 2]], [3]), shape=(5, 2)),
    "row_sparse without rows": lambda mx, np: mx.nd.sparse.zeros("row_sparse", (5, 2)),
}
