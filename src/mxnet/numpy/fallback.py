"""NumPy's own functions on np arrays, for what has no operator here. They have no gradient, and are not on GPUs.

1.9.1 refuses all of them under ``record()``. Here only numbers that a gradient would have to go through are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as onp

from mxnet._base.errors import AutogradError
from mxnet._runtime.array import Array
from mxnet._runtime.context import current_context
from mxnet._runtime.state import state

__all__ = """allclose alltrue apply_along_axis apply_over_axes argpartition argwhere array_equal array_equiv choose
compress corrcoef correlate count_nonzero cov digitize divmod extract flatnonzero float_power frexp
heaviside histogram2d histogram_bin_edges histogramdd i0 in1d interp intersect1d isclose isin ix_ lexsort
min_scalar_type modf msort nanargmax nanargmin nancumprod nancumsum nanmax nanmedian nanmin nanpercentile
nanprod nanquantile ndim partition piecewise packbits poly polyadd polydiv polyfit polyint polymul
polysub positive promote_types ptp real result_type rollaxis roots searchsorted select setdiff1d setxor1d
signbit size spacing take_along_axis trapz tril_indices_from trim_zeros triu_indices_from union1d
unpackbits unwrap vander""".split()


def _msort(a: Any) -> Any:
    return onp.sort(a, axis=0)


_GONE: dict[str, Callable[..., Any]] = {"alltrue": onp.all, "in1d": onp.isin, "msort": _msort}
"""What NumPy 2 has no more."""


def on_host(value: Any) -> Any:
    """``value`` with NumPy arrays in the place of np arrays, in lists, tuples and dicts too."""
    from .multiarray import ndarray

    if isinstance(value, ndarray):
        return value.asnumpy()
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(on_host(v) for v in value)
    if isinstance(value, dict):
        return {k: on_host(v) for k, v in value.items()}
    return value


def from_host(value: Any, ctx: Any) -> Any:
    """``value`` with np arrays on ``ctx`` in the place of NumPy's; numbers stay NumPy's."""
    from .functions import array

    if isinstance(value, onp.ndarray):
        return array(value, value.dtype, ctx)
    if isinstance(value, (list, tuple)):
        return tuple(from_host(v, ctx) for v in value)
    return value


def _any(test: Callable[[Any], bool], value: Any) -> bool:
    """Whether ``test`` holds for something in ``value``, in lists, tuples and dicts too."""
    if isinstance(value, (list, tuple)):
        return any(_any(test, v) for v in value)
    if isinstance(value, dict):
        return any(_any(test, v) for v in value.values())
    return test(value)


def _is_recorded(value: Any) -> bool:
    return isinstance(value, Array) and value._tracked()


def _is_real(value: Any) -> bool:
    return isinstance(value, (onp.ndarray, onp.floating, float)) and onp.asarray(value).dtype.kind == "f"


def wrapped(function: Callable[..., Any], name: str, module: str) -> Callable[..., Any]:
    """NumPy's ``function`` as one of np arrays."""

    def call(*args: Any, **kwargs: Any) -> Any:
        ctx = next((a.ctx for a in args if hasattr(a, "ctx")), None) or current_context()
        result = function(*on_host(args), **on_host(kwargs))
        if state.recording and _any(_is_recorded, (args, kwargs)) and _any(_is_real, result):
            raise AutogradError(
                f"{name} is NumPy's own and has no gradient: it would be lost; call {name} outside of record(), or on "
                "x.detach()"
            )
        return from_host(result, ctx)

    call.__name__ = call.__qualname__ = name
    call.__module__ = module
    call.__doc__ = f"NumPy's ``{name}`` on np arrays. It has no gradient."
    return call


def __getattr__(name: str) -> Any:
    function = getattr(onp, name, _GONE.get(name)) if name in __all__ else None
    if function is None:
        if name == "trapz":
            function = getattr(onp, "trapezoid", None)
        if function is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = wrapped(function, name, __name__)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
