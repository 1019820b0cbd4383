"""Methods of Symbol: operators applied to it, and those that need values."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from mxnet._base.errors import NotImplementedForSymbol

_METHODS = """abs arccos arccosh arcsin arcsinh arctan arctanh argmax argmax_channel argmin argsort broadcast_axes
broadcast_like broadcast_to cbrt ceil clip cos cosh degrees depth_to_space diag exp expand_dims expm1 fix flatten flip
floor log log10 log1p log2 log_softmax max mean min nanprod nansum norm one_hot ones_like pad pick prod radians rcbrt
reciprocal relu repeat reshape_like rint round rsqrt shape_array sigmoid sign sin sinh size_array slice slice_axis
slice_like softmax softmin sort space_to_depth split split_v2 sqrt square squeeze sum swapaxes take tan tanh tile topk
transpose trunc zeros_like""".split()
_VALUES_NEEDED = ("asnumpy", "asscalar", "wait_to_read", "copy", "as_in_context", "detach", "backward")
_SPELLED = {"split_v2": "_split_v2"}


def _bound(symbol: Any, name: str) -> Any:
    """The operator ``name`` with ``symbol`` as its first input."""
    from ._compose import function

    if name == "split_v2":
        from . import split_v2

        return functools.partial(split_v2, symbol)
    bound = function(_SPELLED.get(name, name))
    if name in _SIGNATURES:
        return functools.partial(_SIGNATURES[name], bound, symbol)
    if name in ("transpose", "broadcast_to"):
        key = "axes" if name == "transpose" else "shape"

        def with_sizes(*sizes: Any, **kwargs: Any) -> Any:
            listed = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
            return bound(symbol, **({key: tuple(listed)} if listed else {}), **kwargs)

        return with_sizes
    return functools.partial(bound, symbol)


def _flatten(bound: Any, symbol: Any, inplace: bool = False, **kwargs: Any) -> Any:
    return bound(symbol, **kwargs)


def _expand_dims(bound: Any, symbol: Any, axis: int, inplace: bool = False, **kwargs: Any) -> Any:
    return bound(symbol, axis=axis, **kwargs)


def _squeeze(bound: Any, symbol: Any, axis: Any = None, inplace: bool = False, **kwargs: Any) -> Any:
    return bound(symbol, axis=axis, **kwargs)


def _diag(bound: Any, symbol: Any, k: int = 0, **kwargs: Any) -> Any:
    return bound(symbol, k=k, **kwargs)


# ``inplace`` asks for a view of an array; here it changes nothing, as in 1.9.1
_SIGNATURES = {"flatten": _flatten, "expand_dims": _expand_dims, "squeeze": _squeeze, "diag": _diag}


def install_methods(cls: type) -> None:
    """Give ``cls`` its operators as methods, and the methods that refuse because they need values."""
    for names, make in ((_METHODS, _applied), (_VALUES_NEEDED, _refused)):
        for name in names:
            function = make(name)
            function.__name__, function.__qualname__ = name, f"{cls.__name__}.{name}"
            setattr(cls, name, function)


def _applied(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _bound(self, name)(*args, **kwargs)

    method.__doc__ = f"The operator ``mx.sym.{name}`` with this symbol as its first input."
    return method


def _refused(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedForSymbol(name, None, *args)

    method.__doc__ = f"``NDArray.{name}`` needs values, and a symbol has none: raises ``NotImplementedForSymbol``."
    return method
