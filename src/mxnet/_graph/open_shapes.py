"""Constants and random arrays that leave sizes open, such as ``zeros((0, 4))`` for any batch, or ranges without an end.

Inference finds the sizes from what uses the array; they are filled in before a graph with such nodes runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mxnet._base.errors import ShapeError
from mxnet._ops import Bound, Shape, get
from mxnet._runtime.state import np_shape_active

from .node import Entry, Moved, Node, bind_text, rewrite

if TYPE_CHECKING:
    from .infer import Inference


def is_open(size: int) -> bool:
    """Whether a size is not known: 0, or -1 where 0 is a size."""
    return size < 0 if np_shape_active() else size <= 0


def open_mark() -> int:
    """What stands for a size that is not known."""
    return -1 if np_shape_active() else 0


def is_known(shape: Shape | None) -> bool:
    """Whether every size is known."""
    if not shape:
        return shape is not None and np_shape_active()
    least = min(shape)
    return least > 0 or not is_open(least)


def open_shape(node: Node) -> Shape | None:
    """The shape attribute of a node without inputs if it leaves sizes open, () if it says nothing; None otherwise."""
    op = node.op
    if op is None or node.inputs:
        return None
    if op.name == "_arange":
        return () if node.bound.attrs["infer_range"] and node.bound.attrs["stop"] is None else None
    if "shape" not in op.attrs:
        return None
    shape = node.bound.attrs["shape"]
    if isinstance(shape, float):  # of a gamma distribution
        return None
    if shape is None or (not shape and not np_shape_active()):
        return ()
    return tuple(shape) if any(map(is_open, shape)) else None


def closed(node: Node, shape: Shape) -> Bound:
    """The operator of ``node`` making an array of ``shape``."""
    made = bind_text(node.op, _closing(node, shape))  # type: ignore[arg-type]
    if _exceeds(node, shape):
        whole, made = made, Bound(made.op, made.attrs, made.given)
        made.run = lambda: whole.run()[: math.prod(shape)]
    return made


def _exceeds(node: Node, shape: Shape) -> bool:
    """Whether a range has to be cut to ``shape``: its last number comes fewer times than the others."""
    return "shape" not in node.op.attrs and math.prod(shape) % node.bound.attrs["repeat"] != 0  # type: ignore[union-attr]


def _closing(node: Node, shape: Shape) -> dict[str, str]:
    """The attributes of ``node`` with ``shape`` put in: a range without an end gets the one that makes as many."""
    if "shape" in node.op.attrs:  # type: ignore[union-attr]
        return node.attrs | {"shape": str(shape)}
    attrs = node.bound.attrs
    count = -(-math.prod(shape) // attrs["repeat"])
    return node.attrs | {"stop": repr(attrs["start"] + attrs["step"] * count), "infer_range": "False"}


def close(outputs: Sequence[Entry], found: Inference) -> list[Entry]:
    """The graph with the shapes of ``found`` in all open nodes; variables stay the same nodes.

    Raises:
        ShapeError: a shape is still open; names the node.
    """

    def sized(node: Node, _: Moved) -> Node | None:
        if open_shape(node) is None:
            return None
        shape = found.shape((node, 0))
        if shape is None or not is_known(shape):
            raise ShapeError(
                f"Error in operator {node.name}: inferring shapes failed, shape is {shape or ()}; nothing that takes "
                "it says how large it is; give its shape"
            )
        made = Node(node.op, node.name, _closing(node, shape), [])
        if _exceeds(node, shape):
            ends = {"axis": "0", "begin": "0", "end": str(math.prod(shape))}
            made = Node(get("slice_axis"), f"{node.name}_cut", ends, [(made, 0)])
        return made

    return rewrite(outputs, sized)
