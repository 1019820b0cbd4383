"""Operators outside the core, on NDArrays."""

from __future__ import annotations

from mxnet._runtime.front import expose

from ._contrib_functions import (
    adamw_update,
    mp_adamw_update,
    multi_adamw_update,
    multi_lamb_update,
    multi_mp_adamw_update,
    multi_mp_lamb_update,
    rand_zipfian,
)
from ._control_flow import cond, foreach, while_loop
from ._namespace import function
from .functions import isfinite, isinf, isnan

__all__ = [
    "adamw_update",
    "cond",
    "foreach",
    "isfinite",
    "isinf",
    "isnan",
    "mp_adamw_update",
    "multi_adamw_update",
    "multi_lamb_update",
    "multi_mp_adamw_update",
    "multi_mp_lamb_update",
    "rand_zipfian",
    "while_loop",
]

expose(
    __name__,
    ("_contrib_",),
    function,
    # names that programs reach through this module because 1.9.1 imports them in it
    {"current_context": "mxnet.context:current_context", "mx": "mxnet", "ndarray": "mxnet.ndarray.ndarray"}
    | {"uniform": "mxnet.ndarray.random:uniform"},
)
