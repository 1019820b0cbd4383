"""Parameters, gradients and a store, for programs with a training loop of their own.

The names begin with an underscore in 1.9.1 too; modules that were written outside of it import them nevertheless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mxnet import kvstore as kvs
from mxnet._base import settings
from mxnet._base.errors import InputTypeError

_LARGE = 16 << 20
"""Elements of a parameter beyond which the store of type local leaves the update to its caller, as in 1.9.1."""


def _create_kvstore(kvstore: Any, num_device: int, arg_params: Mapping[str, Any]) -> tuple[Any, bool]:
    """The store for so many devices, None where a single one needs none; and whether the optimizer is to run in it.

    Raises:
        InputTypeError: ``kvstore`` is neither a store nor the name of a type of one.

    >>> _create_kvstore("local", 1, {})
    (None, False)
    """
    if kvstore is None:
        return None, False
    on_store = settings.get("MXNET_UPDATE_ON_KVSTORE")
    if isinstance(kvstore, kvs.KVStoreBase):
        return kvstore, on_store
    if not isinstance(kvstore, str):
        raise InputTypeError(f"kvstore must be KVStore, str or None, got {kvstore!r}")
    if num_device == 1 and "dist" not in kvstore:
        return None, False
    if kvstore == "local" and max((int(np.prod(a.shape)) for a in arg_params.values()), default=0) > _LARGE:
        on_store = False
    return kvs.create(kvstore), on_store


def _create_sparse_kvstore(kvstore: Any) -> tuple[Any, bool]:
    """The store for parameters of which rows are updated, and True: the optimizer is to run in it.

    Raises:
        InputTypeError: ``kvstore`` is neither a store nor the name of a type of one.

    >>> _create_sparse_kvstore("local")[1]
    True
    """
    if isinstance(kvstore, kvs.KVStoreBase):
        return kvstore, True
    if not isinstance(kvstore, str):
        raise InputTypeError(f"kvstore must be KVStore or str for row_sparse parameters, got {kvstore!r}")
    return kvs.create(kvstore), True


def _initialize_kvstore(
    kvstore: Any,
    param_arrays: Sequence[Sequence[Any]],
    arg_params: Mapping[str, Any],
    param_names: Sequence[str],
    update_on_kvstore: bool,
) -> None:
    """Put parameters into the store; if it is to update them, let the copies on all devices begin with its values."""
    for name, copies in zip(param_names, param_arrays, strict=False):
        if update_on_kvstore:
            kvstore.broadcast(name, arg_params[name], out=copies)
        else:
            kvstore.init(name, arg_params[name])


def _update_params_on_kvstore(
    param_arrays: Sequence[Sequence[Any]],
    grad_arrays: Sequence[Sequence[Any]],
    kvstore: Any,
    param_names: Sequence[str],
) -> None:
    """Push gradients to a store that updates, and pull the parameters. Those without a gradient stay as they are."""
    for index, (copies, grads) in enumerate(zip(param_arrays, grad_arrays, strict=True)):
        if grads[0] is not None:
            kvstore.pushpull(param_names[index], grads, out=copies, priority=-index)


def _update_params(
    param_arrays: Sequence[Sequence[Any]],
    grad_arrays: Sequence[Sequence[Any]],
    updater: Callable[..., Any],
    num_device: int,
    kvstore: Any = None,
    param_names: Sequence[str] | None = None,
) -> None:
    """Update the copies of each device here, with gradients that a store, if there is one, has summed.

    Args:
        updater: called once a device, with the indices ``parameter * num_device + device``, gradients and parameters.
        param_names: the keys of the store; needed with one.
    """
    updates: list[list[tuple[int, Any, Any]]] = [[] for _ in range(num_device)]
    for index, (copies, grads) in enumerate(zip(param_arrays, grad_arrays, strict=True)):
        if grads[0] is None:
            continue
        if kvstore is not None:
            key = index if param_names is None else param_names[index]
            kvstore.pushpull(key, grads, priority=-index)
        for device, (weight, grad) in enumerate(zip(copies, grads, strict=True)):
            updates[device].append((index * num_device + device, grad, weight))
    for batch in updates:
        if batch:
            updater(*zip(*batch, strict=True))
