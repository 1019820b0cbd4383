"""Lists of contexts: those that are asked for, those of arrays, and where in a list a device is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mxnet._base.errors import WrongKindError
from mxnet._runtime.context import Context
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol


def listed(ctx: Any) -> list[Context] | None:
    """One context or several as a list; None stays."""
    if ctx is None:
        return None
    contexts = [ctx] if isinstance(ctx, Context) else list(ctx)
    for one in contexts:
        if not isinstance(one, Context):
            raise WrongKindError(f"ctx must be a Context or a list of them, like mx.cpu() or [mx.gpu(0)], got {ctx!r}")
    return contexts


def places(contexts: Sequence[Context]) -> list[list[int | None]]:
    """Places in ``contexts`` by the number of the device: those of GPUs, then those of CPUs.

    >>> places([Context("cpu", 2), Context("gpu", 0)])
    [[1], [None, None, 0]]
    """
    found: list[list[int | None]] = [[], []]
    for at, ctx in enumerate(contexts):
        numbers = found[ctx.device_typeid & 1]
        numbers += [None] * (ctx.device_id + 1 - len(numbers))
        numbers[ctx.device_id] = at
    return found


def contexts_of(flat: Iterable[Any]) -> tuple[bool, bool, dict[Context, None]]:
    """Whether there are symbols and arrays among ``flat``, and the arrays' contexts in order.

    Pinned and shared memory count as the CPU's.
    """
    symbols = arrays = False
    contexts: dict[Context, None] = {}
    for item in flat:
        if isinstance(item, NDArray):
            arrays = True
            contexts[item._ctx.results] = None
        elif isinstance(item, Symbol):
            symbols = True
    return symbols, arrays, contexts
