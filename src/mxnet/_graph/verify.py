"""Whether a graph is well formed: what every pass has to leave behind."""

from __future__ import annotations

from collections.abc import Sequence

from mxnet._base.errors import InternalError

from .node import Entry, Node


def verify(outputs: Sequence[Entry]) -> None:
    """Raise unless the graph can run.

    Raises:
        InternalError: there is a cycle, a link to an output that does not exist, a variable with inputs, or an operator
            with too many or too few inputs; names the node.
    """
    done: set[int] = set()
    above: set[int] = set()
    stack: list[tuple[Node, bool]] = [(n, False) for n, _ in outputs]
    for entry in outputs:
        _check_link(entry, "the outputs")
    while stack:
        node, left = stack.pop()
        if left:
            above.discard(id(node))
            done.add(id(node))
        elif id(node) in above:
            raise InternalError(f"graph: {node!r} is on a cycle")
        elif id(node) not in done:
            _check(node)
            above.add(id(node))
            stack.append((node, True))
            stack.extend((child, False) for child, _ in node.inputs if id(child) not in done)


def _check(node: Node) -> None:
    if node.op is None:
        if node.inputs:
            raise InternalError(f"graph: {node!r} has {len(node.inputs)} inputs, expected none")
        return
    for entry in node.inputs:
        _check_link(entry, repr(node))
    if node.op.variadic is None and len(node.inputs) > len(node.op.inputs):
        raise InternalError(f"graph: {node!r} has {len(node.inputs)} inputs, expected {len(node.op.inputs)} at most")


def _check_link(entry: Entry, where: str) -> None:
    node, i = entry
    count = node.bound.total if node.op is not None else 1
    if not 0 <= i < count:
        raise InternalError(f"graph: {where} takes output {i} of {node!r}, which has {count}")
