"""What updates a module's parameters: an optimizer, in the module or in a store."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from mxnet import optimizer as opt
from mxnet._base import settings
from mxnet._base.errors import ArgumentError, Unfit


def indexed(names: Sequence[str], copies: int) -> dict[int, str]:
    """The parameter of each index, where each has so many copies.

    >>> indexed(["w", "b"], 2)
    {0: 'w', 1: 'w', 2: 'b', 3: 'b'}
    """
    return {i * copies + k: n for i, n in enumerate(names) for k in range(copies)}


def gradient_scale(store: Any, batch_size: int) -> float:
    """What makes the sum of gradients over a batch, and over the workers whose gradients are summed, a mean."""
    summed = store is not None and "dist" in store.type and "_async" not in store.type
    return 1.0 / (batch_size * (store.num_workers if summed else 1))


def made_optimizer(given: Any, options: Any, symbol: Any, names: Mapping[int, str], rescale: float) -> Any:
    """The optimizer of that name with these options, or the one that was given.

    Args:
        names: the parameter of each index.
        rescale: what gradients are to be multiplied by. If an optimizer that was given does otherwise, there is a
            warning.

    Raises:
        Unfit: it is neither.
    """
    if isinstance(given, str):
        given = opt.create(given, sym=symbol, param_idx2name=names, **{"rescale_grad": rescale, **dict(options)})
    elif not isinstance(given, opt.Optimizer):
        raise Unfit(
            f"init_optimizer: optimizer must be a name or an Optimizer, got {given!r}; the first argument is kvstore"
        )
    elif given.rescale_grad != rescale:
        warnings.warn(
            "Optimizer created manually outside Module but rescale_grad is not normalized to 1.0/batch_size/"
            f"num_workers ({given.rescale_grad} vs. {rescale}). Is this intended?",
            stacklevel=3,
        )
    if not given.idx2name:
        given.idx2name = dict(names)
    return given


def chosen_store(kvstore: Any, contexts: Sequence[Any]) -> tuple[Any, bool]:
    """The store, None where a single context needs none; and whether the optimizer is to run in it."""
    from mxnet import kvstore as kvs

    if kvstore is None or (isinstance(kvstore, str) and len(contexts) == 1 and "dist" not in kvstore):
        return None, False
    store = kvs.create(kvstore) if isinstance(kvstore, str) else kvstore
    return store, settings.get("MXNET_UPDATE_ON_KVSTORE")


def pull_rows(store: Any, arrays: Mapping[str, Sequence[Any]], wanted: Mapping[str, Any]) -> None:
    """Fetch rows of row-sparse parameters from the store.

    Args:
        arrays: the copies of each parameter, by name.
        wanted: numbers of rows, by name.

    Raises:
        ArgumentError: a name that is no parameter.
    """
    for name, rows in wanted.items():
        if name not in arrays:
            raise ArgumentError(
                f"prepare: sparse_row_id_fn names {name!r}, which is not in list of the parameters: {', '.join(arrays)}"
            )
        if arrays[name][0].stype != "row_sparse":
            warnings.warn(
                UserWarning(f"{name}.stype is not 'row_sparse'. No need to perform row_sparse_pull."), stacklevel=3
            )
            continue
        store.row_sparse_pull(name, arrays[name], row_ids=rows)
