"""Common subexpressions: what a graph computes twice is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mxnet._ops import get

from .control_flow import LoopNode
from .node import Entry, Moved, Node, rewrite


def repeatable(node: Node) -> bool:
    """Whether running ``node`` again on the same inputs gives the same results, and changes only auxiliary states.

    This excludes random operators, those that write to their inputs, loops (whose graphs may contain such) and
    operators in Python.
    """
    op = node.op
    return op is not None and not (
        op.random or op.mutates or op.family is not None or op.name == "Custom" or isinstance(node, LoopNode)
    )


def eliminate_common(outputs: Sequence[Entry]) -> list[Entry]:
    """The graph with nodes of the same operator, attributes and inputs joined into the first of them.

    As in 1.9.1 only nodes with inputs and one output are joined. Two outputs of the graph that become one are kept
    apart by a copy. Losses are left alone: each adds its own gradient, whatever comes from above, and one node would
    add it only once. Variables stay the same nodes.
    """
    first: dict[Any, Node] = {}

    def join(node: Node, moved: Moved) -> Node | None:
        if not node.inputs or not _joins(node):
            return None
        inputs = [*map(moved, node.inputs)]
        key = (node.op, tuple(sorted(node.attrs.items())), tuple([(id(child), i) for child, i in inputs]))
        made = first.get(key)
        if made is None:
            made = first[key] = node.rewired(inputs)
        return made

    return _apart(outputs, rewrite(outputs, join))


def _joins(node: Node) -> bool:
    op = node.op
    return op is not None and repeatable(node) and not (op.aux or op.loss) and node.bound.total == 1


def _apart(before: Sequence[Entry], after: list[Entry]) -> list[Entry]:
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    found = []
    for (old, i), (node, k) in zip(before, after, strict=True):
        mine = owner.setdefault((id(node), k), (id(old), i))
        if mine != (id(old), i):
            node, k = Node(get("_copy"), f"{node.name}_{k}_copy", {}, [(node, k)]), 0
        found.append((node, k))
    return found
