"""The declarative interface: ``mx.sym``.

Operators are attributes of this module, made from the registry when first used.
"""

from __future__ import annotations

from mxnet._runtime.front import expose

from ._compose import function
from .functions import (
    arange,
    eye,
    full,
    histogram,
    hypot,
    linspace,
    maximum,
    minimum,
    ones,
    pow,
    power,
    split_v2,
    zeros,
)
from .sources import Group, Variable, fromjson, load, load_json, var
from .symbol import Symbol

__all__ = [
    "Group",
    "Symbol",
    "Variable",
    "arange",
    "eye",
    "fromjson",
    "full",
    "histogram",
    "hypot",
    "linspace",
    "load",
    "load_json",
    "maximum",
    "minimum",
    "ones",
    "pow",
    "power",
    "split_v2",
    "var",
    "zeros",
]

expose(
    __name__,
    ("",),
    function,
    {n: f"{__name__}.{n}" for n in ("op", "_internal", "random", "linalg", "contrib", "image")}
    | {f"gen_{n}": f"{__name__}.{n}" for n in ("op", "_internal", "linalg", "contrib", "image")}
    | {"sparse": f"{__name__}.sparse", "gen_sparse": f"{__name__}.sparse"}
    | {"register": f"{__name__}._namespace", "np": f"{__name__}.numpy", "npx": f"{__name__}.numpy_extension"}
    | {n: f"{__name__}.{n}" for n in ("numpy", "numpy_extension")},
    starred="contrib image linalg numpy numpy_extension random sparse".split(),
)
