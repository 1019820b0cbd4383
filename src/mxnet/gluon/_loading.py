"""How parameters take their values from files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mxnet import autograd
from mxnet._runtime.context import Context, cpu
from mxnet._runtime.dtypes import NAME, torch_dtype

from ._contexts import listed
from ._errors import RejectedError

if TYPE_CHECKING:
    from ._parameter import Parameter


def load_into(param: Parameter, data: Any, ctx: Any, cast_dtype: bool, dtype_source: str) -> None:
    """Give ``param`` the values ``data`` that were read from a file.

    Raises:
        RejectedError: shape, dtype or contexts differ from those of the parameter.
    """
    _fit_shape(param, tuple(data.shape))
    data = _fit_dtype(param, data, cast_dtype, dtype_source)
    contexts = listed(ctx)
    if param._data is None:
        if param._deferred_init:
            _same_contexts(param, contexts, param._deferred_init[1])
            contexts = param._deferred_init[1]
        with autograd.pause():
            param._init_impl(data, contexts or [cpu()])
    else:
        _same_contexts(param, contexts, param.list_ctx())
        param.set_data(data)
    param._deferred_init = ()


def _fit_shape(param: Parameter, saved: tuple[int, ...]) -> None:
    own = param._shape
    if own is not None and (
        len(own) != len(saved) or any(n not in (0, -1, m) for n, m in zip(own, saved, strict=True))
    ):
        raise RejectedError(
            f"Failed loading Parameter '{param.name}' from saved params: shape incompatible expected {own} vs saved "
            f"{saved}"
        )
    param._shape = saved


def _fit_dtype(param: Parameter, data: Any, cast_dtype: bool, source: str) -> Any:
    if source not in ("current", "saved"):
        raise RejectedError(f"dtype_source is {source!r}; expected 'current' or 'saved'")
    wanted, saved = torch_dtype(param._dtype), data._meta().dtype
    if wanted is saved:
        return data
    if not cast_dtype:
        raise RejectedError(
            f"Failed loading Parameter '{param.name}' from saved params: dtype incompatible expected {param._dtype} "
            f"vs saved {data.dtype}. Set cast_dtype=True to cast the dtype of saved params."
        )
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
