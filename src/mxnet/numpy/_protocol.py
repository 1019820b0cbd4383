"""NumPy's functions called with np arrays: ``numpy.sum(x)`` is ``mx.np.sum(x)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mxnet._base.lazy import import_module

FUNCTIONS = """all any sometrue argmin argmax around round round_ argsort sort append broadcast_arrays broadcast_to
clip concatenate copy cumsum diag diagonal diagflat dot expand_dims fix flip flipud fliplr inner insert
max amax mean min amin nonzero ones_like atleast_1d atleast_2d atleast_3d prod product ravel repeat
reshape roll split array_split hsplit vsplit dsplit squeeze stack std sum swapaxes take tensordot tile
transpose unique unravel_index diag_indices_from delete var vdot vstack column_stack hstack dstack
zeros_like linalg.norm linalg.cholesky linalg.inv linalg.solve linalg.tensorinv linalg.tensorsolve
linalg.pinv linalg.eigvals linalg.eig linalg.eigvalsh linalg.eigh shape trace tril meshgrid outer
einsum polyval shares_memory may_share_memory quantile percentile diff ediff1d resize where full_like
bincount empty_like nan_to_num isnan isfinite isposinf isneginf isinf pad""".split()
UFUNCS = """abs fabs add arctan2 copysign degrees hypot lcm subtract multiply true_divide negative power mod matmul
absolute rint sign exp log log2 log10 expm1 sqrt square cbrt reciprocal invert bitwise_not remainder sin
cos tan sinh cosh tanh arcsin arccos arctan arcsinh arccosh arctanh maximum minimum ceil trunc floor
bitwise_and bitwise_xor bitwise_or logical_not equal not_equal less less_equal greater greater_equal""".split()


def found(name: str) -> Callable[..., Any] | None:
    """The function ``name`` of ``mx.np``, or NumPy's own on np arrays; None if there is neither."""
    module, _, last = name.rpartition(".")
    for place in (f".{module}" if module else "", ".fallback_linalg" if module else ".fallback"):
        made = getattr(import_module(f"mxnet.numpy{place}"), last, None)
        if callable(made):
            return made
    return None


def array_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``ufunc`` of NumPy gives np arrays; only plain calls are taken."""
    function = found(ufunc.__name__) if method == "__call__" else None
    if function is None:
        return NotImplemented
    out = kwargs.get("out")
    if isinstance(out, tuple):
        kwargs = {**kwargs, "out": out[0] if len(out) == 1 else out}
    return function(*inputs, **kwargs)


def array_function(function: Any, args: Any, kwargs: Any) -> Any:
    """What ``function`` of NumPy gives np arrays."""
    module = (function.__module__ or "").removeprefix("numpy").strip(".")
    name = f"linalg.{function.__name__}" if module.startswith("linalg") else function.__name__
    known = found(name) if module in ("", "linalg") or module.startswith("linalg") else None
    if known is None:
        from .fallback import wrapped

        known = wrapped(function, function.__name__, function.__module__)
    return known(*args, **kwargs)
