"""Steps with sparse weights or gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mxnet._runtime.sparse import assign, value_of
from mxnet._runtime.storage import Rows


def step(
    optimizer: Any,
    indices: Sequence[Any],
    lrs: Sequence[float],
    wds: Sequence[float],
    weights: Sequence[Any],
    grads: Sequence[Any],
    states: Sequence[Sequence[Any]],
) -> None:
    """The rule of ``optimizer``, parameter by parameter.

    With a row-sparse gradient, lazy optimizers change only the rows that it has, in the weight and in the states; other
    optimizers treat it as dense. Sparse weights and states keep their storage types.
    """
    for index, lr, wd, weight, grad, arrays in zip(indices, lrs, wds, weights, grads, states, strict=True):
        state = tuple(None if a is None else a._data for a in arrays)
        whole = weight._data
        held = value_of(grad)
        if isinstance(held, Rows) and _is_lazy(optimizer, weight):
            rows = held.indices
            if rows.numel():
                part = whole[rows]
                kept = tuple(None if s is None else s[rows] for s in state)
                optimizer._step([index], [lr], [wd], [part], [held.data.to(part.dtype)], [kept])
                whole[rows] = part
                for full, changed in zip(state, kept, strict=True):
                    if full is not None:
                        full[rows] = changed
        else:
            optimizer._step([index], [lr], [wd], [whole], [grad._data], [state])
        for array, tensor in ((weight, whole), *zip(arrays, state, strict=True)):
            if array is not None and array._sparse:
                assign(array, tensor)


def _is_lazy(optimizer: Any, weight: Any) -> bool:
    kind = type(optimizer).__name__
    if kind == "Ftrl":  # 1.9.1 has a lazy kernel for it, for row-sparse weights only
        return bool(weight._sparse)
    if kind == "NAG" and not optimizer.momentum:  # 1.9.1 uses the kernel of SGD here, which is lazy by default
        return True
    return bool(getattr(optimizer, "lazy_update", kind == "AdaGrad"))
