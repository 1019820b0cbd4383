"""The arrays that executors are given and make: listed, checked, shared and resized."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from mxnet._base.errors import (
    ArgumentError,
    CallError,
    ContextError,
    DTypeError,
    MXNetError,
    ShapeError,
    WrongKindError,
)
from mxnet._base.words import few
from mxnet._runtime import sparse, storage
from mxnet._runtime.context import Context
from mxnet.ndarray import NDArray

REQUESTS = ("null", "write", "add")


def refuse_duplicates(names: Sequence[str]) -> None:
    """Raise ``ArgumentError`` if two arguments have the same name."""
    repeated = sorted(n for n, count in Counter(names).items() if count > 1)
    if repeated:
        raise ArgumentError(
            f'Find duplicated argument name "{repeated[0]}", please make the names of variables unique; '
            f"arguments are {few(names, repeated[0])}"
        )


def listed(who: str, given: Any, names: Sequence[str], required: bool) -> list[Any]:
    """Arrays in order of ``names``, from a list in that order or a dict; None for those that are left out.

    Raises:
        ArgumentError: one is missing and ``required``, or the list is not as long as ``names``.
        DTypeError: something that is no array.
    """
    if given is None:
        if required and names:
            raise CallError(f"bind: {who} is None, expected arrays for {few(names)}")
        return [None] * len(names)
    if isinstance(given, Mapping):
        missing = [n for n in names if n not in given]
        if missing and required:
            raise ArgumentError(f"key `{missing[0]}` is missing in `{who}`")
        found = [given.get(n) for n in names]
    elif not isinstance(given, (list, tuple)):
        raise DTypeError(f"bind: Only accept list of NDArrays or dict of str to NDArray; {who} is {given!r}")
    else:
        found = list(given)
        if len(found) != len(names):
            raise ArgumentError(
                f"Length of {who} does not match the number of arguments: got {len(found)}, expected {len(names)} "
                f"({few(names)})"
            )
    for name, a in zip(names, found, strict=True):
        if a is None and required:
            raise ArgumentError(f"bind: {who} has None for {name}, expected an array")
        if a is not None and not isinstance(a, NDArray):
            raise DTypeError(f"bind: Only accept list of NDArrays or dict of str to NDArray; {name} is {a!r}")
    return found


def fitting(given: Any, own: Mapping[str, NDArray], kind: str, allow_extra: bool) -> list[tuple[NDArray, Any]]:
    """The arrays among ``own`` that have values in ``given``, each with its value.

    Raises:
        ArgumentError: a name that is not among ``own``, unless ``allow_extra``.
        ShapeError: a value of another shape.
        WrongKindError: a value that is no array, or no dict of them.
    """
    if not isinstance(given, Mapping):
        raise WrongKindError(f"copy_params_from: expected a dict of {kind} by name, got {type(given).__name__}")
    strangers = [n for n in given if n not in own]
    if strangers and not allow_extra:
        raise ArgumentError(f'Find name "{strangers[0]}" that is not in the {kind}: {few(own, strangers[0])}')
    pairs = [(n, own[n], value) for n, value in given.items() if n in own]
    for name, array, value in pairs:
        if not isinstance(value, (NDArray, np.ndarray)):
            raise WrongKindError(
                f"copy_params_from: {name} must be an NDArray, got {type(value).__name__}; mx.nd.array() makes one"
            )
        if value.shape != array.shape:
            raise ShapeError(f"copy_params_from: {name} has shape {value.shape}, expected {array.shape}")
    return [(array, value) for _, array, value in pairs]


def requests(grad_req: Any, names: Sequence[str]) -> list[str]:
    """``write``, ``add`` or ``null`` for each of ``names``, from one for all, a list, or a dict (null if left out).

    Raises:
        ArgumentError: another word, or a list of another length.
    """
    if isinstance(grad_req, str):
        found = [grad_req] * len(names)
    elif isinstance(grad_req, Mapping):
        found = [grad_req.get(n, "null") for n in names]
    elif isinstance(grad_req, (list, tuple)):
        found = list(grad_req)
    else:
        raise DTypeError(f"grad_req is {grad_req!r}, expected text, a list, or a dict by argument name")
    wrong = [r for r in found if r not in REQUESTS]
    if wrong or len(found) != len(names):
        raise ArgumentError(f"grad_req must be in {REQUESTS}, for each of {len(names)} arguments; got {grad_req!r}")
    return found


def check_contexts(ctx: Context, kinds: Mapping[str, Sequence[NDArray | None]]) -> None:
    """Raise ``ContextError`` if an array is elsewhere than in ``ctx``."""
    for kind, arrays in kinds.items():
        for array in arrays:
            if array is not None and array._ctx != ctx:
                raise ContextError(
                    f"bind: {kind} is in {array._ctx} while binding with ctx={ctx}. All of them must be in the global "
                    "context unless group2ctx is specified for cross-device graph"
                )


def resized(old: NDArray, shape: tuple[int, ...], allow_up_sizing: bool, name: str) -> NDArray:
    """An array of another shape, on the same memory where that is large enough.

    Raises:
        ArgumentError: it is not, and ``allow_up_sizing`` is False.
    """
    if old.shape == shape:
        return old
    if old._sparse:
        return zeros_of(old.stype, shape, old._meta().dtype, old._ctx)  # which shares no memory with another shape
    size = math.prod(shape)
    if size <= old.size:
        return NDArray(old._data.reshape(-1)[:size].view(shape), old._ctx)
    if not allow_up_sizing:
        raise ArgumentError(
            f"reshape: New shape of arg: {name} is larger than original, {shape} after {old.shape}. First making a big "
            "executor and then down sizing it is more efficient than the reverse. If you really want to up size, set "
            "allow_up_sizing=True"
        )
    return NDArray(torch.zeros(shape, dtype=old._data.dtype, device=old._data.device), old._ctx)


def zeros(name: str, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Memory for ``name``.

    Raises:
        MXNetError: there is not that much.
    """
    try:
        return torch.zeros(shape, dtype=dtype, device=device)
    except (RuntimeError, MemoryError, TypeError) as error:  # TypeError of sizes beyond 64 bits
        size = math.prod(shape) * dtype.itemsize
        raise MXNetError(
            f"bind: no memory for {name!r} of shape {shape}, {size:,} bytes on {device}; bind with smaller shapes"
        ) from error


def zeros_of(stype: str, shape: tuple[int, ...], dtype: torch.dtype, ctx: Context) -> NDArray:
    """An array of a sparse storage type that stores nothing."""
    return sparse.wrap(storage.kind_of(stype, "bind").empty(shape, dtype, ctx.device), ctx)  # type: ignore[return-value]
