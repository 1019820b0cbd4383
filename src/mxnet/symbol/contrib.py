"""Operators outside the core, on symbols."""

from __future__ import annotations

from mxnet._runtime.front import expose

from ._compose import function
from ._contrib_functions import adamw_update, mp_adamw_update, rand_zipfian
from ._control_flow import cond, foreach, while_loop

__all__ = ["adamw_update", "cond", "foreach", "mp_adamw_update", "rand_zipfian", "while_loop"]

expose(
    __name__,
    ("_contrib_",),
    function,
    # names that programs reach through this module because 1.9.1 imports them in it
    {"AttrScope": "mxnet.attribute:AttrScope", "Symbol": "mxnet.symbol.symbol:Symbol"}
    | {"symbol": "mxnet.symbol.symbol", "uniform": "mxnet.symbol.random:uniform"},
)
