"""The imperative interface of 1.x: ``mx.nd``.

Operators are attributes of this module, made from the registry when first used.
"""

from __future__ import annotations

from mxnet._runtime.engine import waitall
from mxnet._runtime.front import expose

from . import ndarray as ndarray
from . import sparse
from ._imdecode import imdecode
from ._namespace import function
from .creation import (
    arange,
    array,
    empty,
    eye,
    from_dlpack,
    from_numpy,
    full,
    linspace,
    ones,
    to_dlpack_for_read,
    to_dlpack_for_write,
    zeros,
)
from .functions import (
    add,
    concatenate,
    divide,
    equal,
    greater,
    greater_equal,
    histogram,
    lesser,
    lesser_equal,
    logical_and,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    modulo,
    moveaxis,
    multiply,
    not_equal,
    onehot_encode,
    power,
    split_v2,
    subtract,
    true_divide,
)
from .ndarray import NDArray

__all__ = [
    "NDArray",
    "add",
    "arange",
    "array",
    "concatenate",
    "divide",
    "empty",
    "equal",
    "eye",
    "from_dlpack",
    "from_numpy",
    "full",
    "greater",
    "greater_equal",
    "histogram",
    "imdecode",
    "lesser",
    "lesser_equal",
    "linspace",
    "logical_and",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "modulo",
    "moveaxis",
    "multiply",
    "not_equal",
    "onehot_encode",
    "ones",
    "sparse",
    "power",
    "split_v2",
    "subtract",
    "to_dlpack_for_read",
    "to_dlpack_for_write",
    "true_divide",
    "waitall",
    "zeros",
]

expose(
    __name__,
    ("",),
    function,
    {"gen_sparse": f"{__name__}.sparse"}
    | {n: f"{__name__}.sparse:{n}" for n in ("CSRNDArray", "RowSparseNDArray")}
    | {n: f"{__name__}.ndarray:{n}" for n in ("_DTYPE_MX_TO_NP", "_DTYPE_NP_TO_MX", "_GRAD_REQ_MAP")}
    | {n: f"{__name__}.ndarray:{n}" for n in ("_STORAGE_TYPE_ID_TO_STR", "_STORAGE_TYPE_STR_TO_ID")}
    | {n: f"{__name__}.{n}" for n in ("op", "_internal", "random", "linalg", "contrib", "image", "utils")}
    | {n: f"{__name__}.utils:{n}" for n in ("load", "load_frombuffer", "save", "save_tobuffer")}
    | {f"gen_{n}": f"{__name__}.{n}" for n in ("op", "_internal", "linalg", "contrib", "image")}
    | {"register": f"{__name__}._namespace", "np": "mxnet.numpy", "npx": "mxnet.numpy_extension"}
    | {"numpy": "mxnet.numpy", "numpy_extension": "mxnet.numpy_extension"}
    | {n: f"{__name__}._keys:{n}" for n in ("get_indexing_dispatch_code", "get_oshape_of_gather_nd_op")}
    | {"indexing_key_expand_implicit_axes": f"{__name__}._keys:indexing_key_expand_implicit_axes"}
    | {"CachedOp": "mxnet._graph.cached_op:CachedOp"},
    starred="CachedOp contrib image linalg load load_frombuffer numpy numpy_extension random save".split(),
)
