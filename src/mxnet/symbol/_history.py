"""Makes symbols of what was recorded."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import AutogradError
from mxnet._graph.cached_op import GraphBound
from mxnet._graph.control_flow import variables_of
from mxnet._graph.node import Entry, Node, topological
from mxnet._graph.subgraph import make_node
from mxnet._ops import Bound, get
from mxnet._runtime.array import Variable
from mxnet._runtime.indexing import Indexed, IndexNumbers, IndexShape, is_mask

from .symbol import Symbol


def symbol_of(history: Any) -> Symbol:
    """The symbol of a recorded ``history``; its ends become variables ``var0``, ``var1``, ...

    Raises:
        AutogradError: a step is no operator: a Function, or indexing with a mask; or it was freed.
    """
    return Symbol(entries_of([history], {}))


def entries_of(histories: Sequence[Any], ends: Mapping[Variable, Node], inline: bool = False) -> list[Entry]:
    """The graph of recorded ``histories``. Their ends become the given nodes, or new variables.

    ``inline``: the nodes of graphs that ran become nodes of this one, instead of being held by a single node.

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
    if isinstance(bound, Indexed):
        return [_Taken(inputs[0], name).by(bound, inputs[1:])]
    if not isinstance(bound, Bound):
        raise AutogradError(f"get_symbol: the step {bound!r} of the recorded graph is no operator")
    op = bound.op
    attrs = dict(bound.given)
    if op.variadic is not None and op.num_args:
        attrs[op.num_args] = str(len(inputs))
    node = Node(op, name(op.name.lower()), attrs, inputs)
    return [(node, i) for i in range(bound.total)]


class _Taken:
    """What a key selects from ``entry``, made by operators.

    Raises:
        AutogradError: the key has a mask.
    """

    def __init__(self, entry: Entry, name: Any) -> None:
        self._entry = entry
        self._name = name

    def _apply(self, op: str, *more: Entry, **attrs: Any) -> None:
        self._entry = self._made(op, self._entry, *more, **attrs)

    def _made(self, op: str, *inputs: Entry, **attrs: Any) -> Entry:
        return Node(get(op), self._name(op), {k: str(v) for k, v in attrs.items()}, list(inputs)), 0

    def by(self, bound: Indexed, indices: Sequence[Entry]) -> Entry:
        """Take ``bound``, whose index arrays are ``indices``."""
        keys = list(bound.key) if isinstance(bound.key, tuple) else [bound.key]
        if any(is_mask(k) for k in keys):
            raise AutogradError("get_symbol: taking what a mask tells is no operator; use boolean_mask")
        used = sum(k is not None and k is not Ellipsis for k in keys)
        at = next((i for i, k in enumerate(keys) if k is Ellipsis), len(keys))
        keys[at : at + 1] = [slice(None)] * (bound.before - used)
        if not indices and not any(isinstance(k, IndexNumbers) for k in keys):
            self._part(keys, bound.after)
            return self._entry
        among = [i for i, k in enumerate(keys) if k is not None and not isinstance(k, slice)]
        self._part([slice(None) if i in among else k for i, k in enumerate(keys)], len(keys))
        self._gather(among, [keys[i] for i in among], iter(indices), len(keys))
        return self._entry

    def _part(self, keys: list[Any], after: int) -> None:
        """By numbers, slices and new axes."""
        axes = [k for k in keys if k is not None]
        if any(k != slice(None) for k in axes):
            slices = [k if isinstance(k, slice) else slice(k, k + 1 or None) for k in axes]
            bounds = {n: tuple(getattr(k, w) for k in slices) for n, w in zip(_SLICE, _SLICED, strict=True)}
            self._apply("slice", **bounds)
        numbers = [i for i, k in enumerate(axes) if not isinstance(k, slice)]
        new = [i for i, k in enumerate(k for k in keys if k is None or isinstance(k, slice)) if k is None]
        if len(axes) - len(numbers) + len(new) < after:
            numbers.pop()  # the only element of an NDArray still has an axis
        if numbers:
            self._apply("squeeze", axis=tuple(numbers))
        for axis in new:
            self._apply("expand_dims", axis=axis)

    def _gather(self, among: list[int], keys: list[Any], indices: Iterator[Entry], axes: int) -> None:
        """By numbers and index arrays, ``keys``, on the axes ``among`` so many: as NumPy places what they make."""
        made = np.broadcast_shapes(*[_shape_of_index(k) for k in keys])
        shape = made or (1,)
        rows = []
        for k in keys:
            own = _shape_of_index(k)
            if isinstance(k, (IndexShape, IndexNumbers)):
                listed = isinstance(k, IndexNumbers)
                row = self._numbers(k[1]) if listed else self._made("Cast", next(indices), dtype="int64")
                if own != shape or (listed and len(own) > 1):
                    row = self._made("Reshape", row, shape=(1,) * (len(shape) - len(own)) + own)
                if own != shape:
                    row = self._made("broadcast_to", row, shape=shape)
            else:
                row = self._made("_full", shape=shape, value=int(k), dtype="int64")
            rows.append(row)
        first, others = among[0], [i for i in range(axes) if i not in among]
        if among != list(range(len(among))):
            self._apply("transpose", axes=(*among, *others))
        self._apply("gather_nd", self._made("stack", *rows, axis=0, num_args=len(rows)))
        together = among == list(range(first, first + len(among)))
        if first and together:  # what they make is where they are, else before all others
            many = len(shape)
            kept = range(many, many + len(others))
            self._apply("transpose", axes=(*kept[:first], *range(many), *kept[first:]))
        if not made:
            self._apply("squeeze", axis=(first,) if together else (0,))

    def _numbers(self, values: list[int]) -> Entry:
        """An array of these numbers, in operators that every version of the file format has."""
        steps = {b - a for a, b in itertools.pairwise(values)}
        if len(steps) == 1 and 0 not in steps:
            start, step = values[0], steps.pop()
            return self._made("_arange", start=start, stop=start + step * len(values), step=step, dtype="int64")
        each = [self._made("_full", shape=(1,), value=v, dtype="int64") for v in values]
        return each[0] if len(each) == 1 else self._made("Concat", *each, dim=0, num_args=len(each))


def _shape_of_index(k: Any) -> tuple[int, ...]:
    if isinstance(k, IndexNumbers):
        return k[0]
    return tuple(k) if isinstance(k, IndexShape) else ()


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
