"""The table that ``Block.summary`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._block import Block
from ._errors import RejectedError
from ._hybrid import HybridBlock
from ._nested import flatten

_WIDTH = 80


def _shapes(value: Any) -> str:
    shapes = [a.shape for a in flatten(value, "output")[0] if a is not None]
    return str(shapes[0]) if len(shapes) == 1 else str(shapes)


def _row(name: str, shape: str, count: Any) -> str:
    return f"{name:>20}  {shape:>42} {count:>15}"


def summarise(net: Block, inputs: Sequence[Any]) -> str:
    """Blocks in the order they run, with the shapes of their outputs and their own parameters counted.

    Raises:
        RejectedError: a block is hybridized, so that what is within does not run by itself.
    """
    rows: list[tuple[str, str, int]] = []
    seen: dict[int, int] = {}
    totals = {"all": 0, "trainable": 0, "shared": 0}
    handles = []

    def note(block: Block, _: Any, output: Any) -> None:
        count = 0
        for param in block.params.values():
            if param.name not in {p.name for p in block._reg_params.values()}:
                continue
            size = param.data().size
            count += size
            totals["all"] += size
            totals["trainable"] += size if param.grad_req != "null" else 0
            if id(param) in seen:
                totals["shared"] += size
            seen[id(param)] = size
        rows.append((f"{type(block).__name__}-{len(rows) + 1}", _shapes(output), count))

    for block in net._walk():
        if isinstance(block, HybridBlock) and block._active:
            raise RejectedError(f'"{block.name}" must not be hybridized to print summary.')
        if block is net or not hasattr(block, "__len__"):
            handles.append(block.register_forward_hook(note))
    try:
        net(*inputs)
    finally:
        for handle in handles:
            handle.detach()
    if rows and hasattr(net, "__len__"):
        rows.pop()  # a container has nothing of its own
    line = "-" * _WIDTH
    table = [line, _row("Layer (type)", "Output Shape", "Param #"), "=" * _WIDTH, _row("Input", _shapes(inputs), 0)]
    table += [_row(*row) for row in rows]
    table += [
        "=" * _WIDTH,
        "Parameters in forward computation graph, duplicate included",
        f"   Total params: {totals['all']}",
        f"   Trainable params: {totals['trainable']}",
        f"   Non-trainable params: {totals['all'] - totals['trainable']}",
        f"Shared params in forward computation graph: {totals['shared']}",
        f"Unique parameters in model: {sum(seen.values())}",
        line,
    ]
    return "\n".join(table)
