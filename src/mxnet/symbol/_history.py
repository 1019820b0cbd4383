"""From what was recorded to the symbol of it."""

from __future__ import annotations

from typing import Any

from mxnet._base.errors import AutogradError
from mxnet._graph.cached_op import GraphBound
from mxnet._graph.control_flow import variables_of
from mxnet._graph.node import Entry, Node, topological
from mxnet._graph.subgraph import make_node
from mxnet._ops import Bound
from mxnet._runtime.array import Variable

from .symbol import Symbol


def symbol_of(history: Any) -> Symbol:
    """The symbol of a recorded ``history``; its ends become variables ``var0``, ``var1``, ...

    Raises:
        AutogradError: a step is no operator: a Function, or indexing with arrays; or it was freed.
    """
    made: dict[int, Any] = {}
    counts: dict[str, int] = {}
    entries: dict[int, Entry] = {}
    keep: list[Any] = []

    def name(hint: str) -> str:
        counts[hint] = counts.get(hint, 0) + 1
        return f"{hint}{counts[hint] - 1}"

    def entry(item: Any) -> Entry:
        if isinstance(item, Variable):
            found = entries.get(id(item))
            if found is None:
                found = entries[id(item)] = (Node(None, name("var"), {}, []), 0)
            return found
        step, index = item
        return made[id(step)][index]

    stack = [history]
    while stack:  # recorded loops can be longer than Python's stack is deep
        item = stack[-1]
        if isinstance(item, Variable) or id(item[0]) in made:
            stack.pop()
            continue
        bound, inputs = item[0]
        if inputs is None:
            raise AutogradError("get_symbol: a backward pass freed the graph; pass retain_graph=True to it")
        missing = [i for i in inputs if not isinstance(i, Variable) and id(i[0]) not in made]
        if missing:
            stack.extend(missing)
            continue
        keep.append(item[0])
        made[id(item[0])] = _step(bound, [entry(i) for i in inputs], name)
        stack.pop()
    return Symbol([entry(history)])


def _step(bound: Any, inputs: list[Entry], name: Any) -> list[Entry]:
    if isinstance(bound, GraphBound):
        replaced = {id(n): e for n, e in zip(bound.program.inputs, inputs, strict=True)}
        return _inline(bound, replaced) if bound.inlined else _held(bound, replaced, name)
    if not isinstance(bound, Bound):
        raise AutogradError(f"get_symbol: the step {bound!r} of the recorded graph is no operator")
    op = bound.op
    attrs = dict(bound.given)
    if op.variadic is not None and op.num_args:
        attrs[op.num_args] = str(len(inputs))
    node = Node(op, name(op.name.lower()), attrs, inputs)
    return [(node, i) for i in range(bound.total)]


def _held(bound: GraphBound, replaced: dict[int, Entry], name: Any) -> list[Entry]:
    """The outputs of one node that holds the graph."""
    node = make_node(name("_cachedop"), bound.outputs)
    node.inputs = [replaced[id(v)] for v in variables_of(bound.outputs)]
    return [(node, i) for i in range(len(bound.outputs))]


def _inline(bound: GraphBound, replaced: dict[int, Entry]) -> list[Entry]:
    made: dict[int, Node] = {}

    def moved(entry: Entry) -> Entry:
        node, index = entry
        return replaced[id(node)] if node.op is None else (made[id(node)], index)

    for node in topological(bound.outputs):  # as it was written: the program's own nodes may be fewer
        if node.op is not None:
            made[id(node)] = node.copy([moved(e) for e in node.inputs])
    return [moved(e) for e in bound.outputs]
