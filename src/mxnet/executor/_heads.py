"""The gradients that a backward begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mxnet._base.errors import AutogradError, DTypeError
from mxnet._graph.node import Entry, topological
from mxnet._runtime.reached import has_ended
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol


def head_grads(
    symbol: Symbol, recorded: list[NDArray], outputs: list[NDArray], given: Any, lossless: Callable[[], Sequence[bool]]
) -> list[NDArray | None]:
    """One gradient for each output of ``symbol``, on the output's context; None for those of losses.

    Args:
        symbol: what was run.
        recorded: its outputs as the last run recorded them.
        outputs: the executor's.
        given: an array, a list, arrays by name, or None.
        lossless: :func:`without_loss` of the outputs, if they are asked for.

    Raises:
        AutogradError: an output that does not come from a loss has none.
        DTypeError: one is no array.
    """
    names = symbol.list_outputs()
    if given is None:
        given = []
    elif isinstance(given, NDArray):
        given = [given]
    elif isinstance(given, Mapping):
        given = [given.get(n) for n in names]
    elif not isinstance(given, (list, tuple)):
        raise DTypeError(f"backward: out_grads is {given!r}, expected an array, a list, or a dict of arrays")
    grads = [*given, *[None] * (len(names) - len(given))][: len(names)]
    for i, (head, name, grad) in enumerate(zip(recorded, names, grads, strict=True)):
        if grad is not None and not isinstance(grad, NDArray):
            raise DTypeError(f"backward: inputs must be NDArray, the gradient of {name} is {grad!r}")
        if grad is None and _needs_gradient(head) and lossless()[i]:
            op = symbol._outputs[i][0].op
            raise AutogradError(
                "backward: Because the last operator is not Loss function, head_gradient is required: output "
                f"{name} is of {op.name if op else 'a variable'}; pass out_grads, or end the symbol with MakeLoss"
            )
    return [None if g is None else g.as_in_context(o._ctx) for g, o in zip(grads, outputs, strict=True)]


def _needs_gradient(head: NDArray) -> bool:
    return head._tracked() and not has_ended(head._node[0])  # type: ignore[index]


def without_loss(outputs: Sequence[Entry], marked: set[int]) -> list[bool]:
    """Whether each output comes from variables whose gradient is wanted, ``marked`` by ``id``, and from no loss."""
    wanted, lossy = set(marked), set()
    for node in topological(outputs):
        above = {id(child) for child, _ in node.inputs}
        if above & wanted:
            wanted.add(id(node))
        if (node.op is not None and node.op.loss) or above & lossy:
            lossy.add(id(node))
    return [id(n) in wanted and id(n) not in lossy for n, _ in outputs]
