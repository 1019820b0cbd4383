"""The table that ``Block.summary`` prints."""

from __future__ import annotations

from typing import Any

from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol

from ._block import Block
from ._errors import RejectedError
from ._tree import leaves

_ROW = "{:>20}  {:>42} {:>15}"


def _shapes(args: Any) -> str:
    """Shapes of arrays, nested tuples as lists; the outermost brackets are left out."""
    if isinstance(args, (list, tuple)):
        return ", ".join(_nested(a) for a in args)
    return _nested(args)


def _nested(args: Any) -> str:
    if isinstance(args, NDArray):
        return str(args.shape)
    if isinstance(args, (list, tuple)):
        return f"[{_shapes(args)}]"
    return str(args)


class _Row:
    __slots__ = ("name", "shape", "count", "trainable", "shared")

    def __init__(self, name: str, shape: str) -> None:
        self.name = name
        self.shape = shape
        self.count = self.trainable = self.shared = 0


def summary(block: Block, inputs: tuple[Any, ...]) -> None:
    """Run ``block`` and print its layers in the order they finish.

    Each call is one line. 1.9.1 shows a layer that occurs twice four times, and layers that are traced to derive shapes
    twice, once with a symbol for its shape; it counts their parameters as often.
    """
    from .nn.basic_layers import HybridSequential, Sequential

    rows = [_Row("Input", _shapes(inputs))]
    seen: set[int] = set()

    def note(layer: Block, _: Any, output: Any) -> None:
        if any(isinstance(o, Symbol) for o in leaves(output)):
            return  # a deferred initialisation, which traces the layer
        row = _Row(f"{type(layer).__name__}-{len(rows)}", _shapes(output))
        for param in layer._reg_params.values():
            size = param.data().size if param._data is None else param._data[0].size
            row.count += size
            row.trainable += 0 if param.grad_req == "null" else size
            if id(param) in seen:
                row.shared += size
            seen.add(id(param))
        rows.append(row)

    handles = []

    def attach(layer: Block) -> None:
        if getattr(layer, "_active", False):
            raise RejectedError(f'"{layer.name}" must not be hybridized to print summary.')
        if not isinstance(layer, (Sequential, HybridSequential)):
            handles.append(layer.register_forward_hook(note))

    try:
        block.apply(attach)
        block(*inputs)
        print(_table(rows))
    finally:
        for handle in handles:
            handle.detach()


def _table(rows: list[_Row]) -> str:
    total = sum(r.count for r in rows)
    trainable = sum(r.trainable for r in rows)
    shared = sum(r.shared for r in rows)
    lines = ["-" * 80, _ROW.format("Layer (type)", "Output Shape", "Param #"), "=" * 80]
    lines += [_ROW.format(r.name, r.shape, r.count) for r in rows]
    lines += [
        "=" * 80,
        "Parameters in forward computation graph, duplicate included",
        f"   Total params: {total}",
        f"   Trainable params: {trainable}",
        f"   Non-trainable params: {total - trainable}",
        f"Shared params in forward computation graph: {shared}",
        f"Unique parameters in model: {total - shared}",
        "-" * 80,
    ]
    return "\n".join(lines)
