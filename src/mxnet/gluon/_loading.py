"""How parameters take their values from files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mxnet import autograd
from mxnet._runtime.context import Context, cpu
from mxnet._runtime.dtypes import NAME, torch_dtype
from mxnet.util import is_np_array

from ._contexts import listed
from ._errors import RejectedError

if TYPE_CHECKING:
    from ._parameter import Parameter


def load_into(param: Parameter, data: Any, ctx: Any, cast_dtype: bool, dtype_source: str) -> None:
    """Give ``param`` the values ``data`` that were read from a file.

    Raises:
        RejectedError: shape, dtype or contexts differ from those of the parameter.
    """
    check_fit(param, data, ctx, cast_dtype, dtype_source)
    param._shape = tuple(data.shape)
    data = _fit_dtype(param, data, dtype_source)
    if param._data is None:
        data = data.as_np_ndarray() if is_np_array() else data
        contexts = param._deferred_init[1] if param._deferred_init else listed(ctx)
        with autograd.pause():
            param._init_impl(data, contexts or [cpu()])
    else:
        param.set_data(data)
    param._deferred_init = ()


def check_fit(param: Parameter, data: Any, ctx: Any, cast_dtype: bool, dtype_source: str) -> None:
    """Refuse ``data`` that ``param`` can not take, before any parameter of the file has taken what it can.

    Raises:
        RejectedError: as for :func:`load_into`.
    """
    _check_shape(param, tuple(data.shape))
    if dtype_source not in ("current", "saved"):
        raise RejectedError(f"dtype_source is {dtype_source!r}; expected 'current' or 'saved'")
    if not cast_dtype and torch_dtype(param._dtype) is not data._meta().dtype:
        raise RejectedError(
            f"Failed loading Parameter '{param.name}' from saved params: dtype incompatible expected {param._dtype} "
            f"vs saved {data.dtype}. Set cast_dtype=True to cast the dtype of saved params."
        )
    if param._data is not None:
        _same_contexts(param, listed(ctx), param.list_ctx())
    elif param._deferred_init:
        _same_contexts(param, listed(ctx), param._deferred_init[1])


def _check_shape(param: Parameter, saved: tuple[int, ...]) -> None:
    own = param._shape
    if own is not None and (
        len(own) != len(saved) or any(n not in (0, -1, m) for n, m in zip(own, saved, strict=True))
    ):
        raise RejectedError(
            f"Failed loading Parameter '{param.name}' from saved params: shape incompatible expected {own} vs saved "
            f"{saved}"
        )


def _fit_dtype(param: Parameter, data: Any, source: str) -> Any:
    wanted, saved = torch_dtype(param._dtype), data._meta().dtype
    if wanted is saved:
        return data
    if source == "current":
        return data.astype(param._dtype)
    param.cast(NAME[saved])
    param._dtype = data.dtype
    return data


def _same_contexts(param: Parameter, wanted: Sequence[Context] | None, had: Sequence[Context]) -> None:
    if wanted is not None and set(wanted) != set(had):
        raise RejectedError(
            f"Failed to load Parameter '{param.name}' on {list(wanted)} because it was previous initialized on "
            f"{list(had)}."
        )
