"""From what was recorded to the symbol of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mxnet._base.errors import AutogradError
from mxnet._graph.cached_op import GraphBound
from mxnet._graph.control_flow import variables_of
from mxnet._graph.node import Entry, Node, topological
from mxnet._graph.subgraph import make_node
from mxnet._ops import Bound, get
from mxnet._runtime.array import Variable
from mxnet._runtime.indexing import Indexed, is_basic

from .symbol import Symbol


def symbol_of(history: Any) -> Symbol:
    """The symbol of a recorded ``history``; its ends become variables ``var0``, ``var1``, ...

    Raises:
        AutogradError: a step is no operator: a Function, or indexing with arrays; or it was freed.
    """
    return Symbol(entries_of([history], {}))


def entries_of(histories: Sequence[Any], ends: Mapping[Variable, Node], inline: bool = False) -> list[Entry]:
    """The graph of recorded ``histories``, whose ends are those nodes, or new variables.

    ``inline``: the nodes of all graphs that ran are among its own, rather than held by one of it.

    Raises:
        AutogradError: as :func:`symbol_of`.
    """
    made: dict[int, Any] = {}
    counts: dict[str, int] = {}
    entries: dict[Variable, Entry] = {end: (node, 0) for end, node in ends.items()}
    keep: list[Any] = []

    def name(hint: str) -> str:
        counts[hint] = counts.get(hint, 0) + 1
        return f"{hint}{counts[hint] - 1}"

    def entry(item: Any) -> Entry:
        if isinstance(item, Variable):
            found = entries.get(item)
            if found is None:
                found = entries[item] = (Node(None, name("var"), {}, []), 0)
            return found
        step, index = item
        return made[id(step)][index]

    stack = list(histories)
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
        made[id(item[0])] = _step(bound, [entry(i) for i in inputs], name, inline)
        stack.pop()
    return [entry(history) for history in histories]


def _step(bound: Any, inputs: list[Entry], name: Any, inline: bool) -> list[Entry]:
    if isinstance(bound, GraphBound):
        replaced = {id(n): e for n, e in zip(bound.program.inputs, inputs, strict=True)}
        return _inline(bound, replaced) if inline or bound.inlined else _held(bound, replaced, name)
    if isinstance(bound, Indexed) and is_basic(bound.key):
        return [_part(bound, inputs[0], name)]
    if not isinstance(bound, Bound):
        raise AutogradError(
            "get_symbol: indexing with arrays is no operator; use take, gather_nd or boolean_mask"
            if isinstance(bound, Indexed)
            else f"get_symbol: the step {bound!r} of the recorded graph is no operator"
        )
    op = bound.op
    attrs = dict(bound.given)
    if op.variadic is not None and op.num_args:
        attrs[op.num_args] = str(len(inputs))
    node = Node(op, name(op.name.lower()), attrs, inputs)
    return [(node, i) for i in range(bound.total)]


def _part(bound: Indexed, entry: Entry, name: Any) -> Entry:
    """What a key of numbers, slices and new axes takes, by operators."""
    keys = list(bound.key) if isinstance(bound.key, tuple) else [bound.key]
    used = sum(k is not None and k is not Ellipsis for k in keys)
    at = keys.index(Ellipsis) if Ellipsis in keys else len(keys)
    keys[at : at + 1] = [slice(None)] * (bound.before - used)
    axes = [k for k in keys if k is not None]

    def then(op: str, **attrs: Any) -> None:
        nonlocal entry
        entry = (Node(get(op), name(op), {k: str(v) for k, v in attrs.items()}, [entry]), 0)

    if any(k != slice(None) for k in axes):
        slices = [k if isinstance(k, slice) else slice(k, k + 1 or None) for k in axes]
        then("slice", **{n: tuple(getattr(k, w) for k in slices) for n, w in zip(_SLICE, _SLICED, strict=True)})
    numbers = [i for i, k in enumerate(axes) if not isinstance(k, slice)]
    new = [i for i, k in enumerate(k for k in keys if k is None or isinstance(k, slice)) if k is None]
    if len(axes) - len(numbers) + len(new) < bound.after:
        numbers.pop()  # the only element of an NDArray still has an axis
    if numbers:
        then("squeeze", axis=tuple(numbers))
    for axis in new:
        then("expand_dims", axis=axis)
    return entry


_SLICE, _SLICED = ("begin", "end", "step"), ("start", "stop", "step")


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
