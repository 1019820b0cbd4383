"""Steps with sparse weights or gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mxnet._runtime.sparse import assign, value_of, with_all_rows
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
        held = value_of(grad)
        if isinstance(held, Rows) and weight.stype != "csr" and _is_lazy(optimizer, weight):
            _lazy_step(optimizer, (index, lr, wd), held, weight, arrays)
            continue
        whole, *state = (None if a is None else a._data for a in (weight, *arrays))
        optimizer._step([index], [lr], [wd], [whole], [grad._data], [tuple(state)])
        for array, tensor in zip((weight, *arrays), (whole, *state), strict=True):
            if array is not None and array._sparse:
                assign(array, tensor)


def _lazy_step(
    optimizer: Any, numbers: tuple[int, float, float], grad: Rows, weight: Any, states: Sequence[Any]
) -> None:
    """A step of the rows of the gradient. As in 1.9.1, row-sparse weights and states then store all rows."""
    rows = grad.indices
    whole, *state = (None if a is None else with_all_rows(a) for a in (weight, *states))
    if not rows.numel():
        return
    part, *kept = (None if t is None else t.index_select(0, rows) for t in (whole, *state))
    optimizer._step(*[[n] for n in numbers], [part], [grad.data.to(part.dtype)], [tuple(kept)])
    for full, changed in zip((whole, *state), (part, *kept), strict=True):
        if full is not None:
            full.index_copy_(0, rows, changed)


def _is_lazy(optimizer: Any, weight: Any) -> bool:
    kind = type(optimizer).__name__
    if kind == "Ftrl":  # 1.9.1 has a lazy kernel for it, for row-sparse weights only
        return bool(weight._sparse)
    if kind == "NAG" and not optimizer.momentum:  # 1.9.1 uses the kernel of SGD here, which is lazy by default
        return True
    return bool(getattr(optimizer, "lazy_update", kind == "AdaGrad"))
