"""Steps with sparse weights or gradients."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from mxnet._runtime.sparse import assign, value_of, with_all_rows
from mxnet._runtime.storage import Rows

from ._arrays import arrays_of, tensors_of


def step(
    optimizer: Any,
    indices: Sequence[Any],
    lrs: Sequence[float],
    wds: Sequence[float],
    weights: Sequence[Any],
    grads: Sequence[Any],
    states: Sequence[Any],
) -> None:
    """The rule of ``optimizer``, in the order of the parameters, which rules may depend on.

    Dense parameters that follow each other step together. With a row-sparse gradient, lazy optimizers change only the
    rows that it has, in the weight and in the states; other optimizers treat it as dense. Sparse weights and states
    keep their storage types.
    """
    parameters = zip(indices, lrs, wds, weights, grads, states, strict=True)
    for sparse, some in itertools.groupby(parameters, lambda one: one[3]._sparse or one[4]._sparse):
        if sparse:
            for index, lr, wd, weight, grad, state in some:
                _step_of_one(optimizer, (index, lr, wd), weight, grad, arrays_of(state))
        else:
            *numbers, ws, gs, ss = map(list, zip(*some, strict=True))
            optimizer._step(*numbers, [w._data for w in ws], [g._data for g in gs], [tensors_of(s) for s in ss])


def _step_of_one(
    optimizer: Any, numbers: tuple[Any, float, float], weight: Any, grad: Any, states: Sequence[Any]
) -> None:
    held = value_of(grad)
    if isinstance(held, Rows) and weight.stype != "csr" and _is_lazy(optimizer, weight):
        _lazy_step(optimizer, numbers, held, weight, states)
        return
    whole, *state = (None if a is None else a._data for a in (weight, *states))
    optimizer._step(*[[n] for n in numbers], [whole], [grad._data], [tuple(state)])
    for array, tensor in zip((weight, *states), (whole, *state), strict=True):
        if array is not None and array._sparse:
            assign(array, tensor)


def _lazy_step(
    optimizer: Any, numbers: tuple[Any, float, float], grad: Rows, weight: Any, states: Sequence[Any]
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
