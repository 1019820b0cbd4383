"""A graph run by storage types: for sparse arrays.

Nodes that take or give sparse arrays run one by one through the dispatcher, as programs call operators. Those between
them run as compiled programs, which is several times faster where they are many and small.
"""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from mxnet._ops import Bound
from mxnet._runtime.array import Array
from mxnet._runtime.dispatch import invoke, of_any_stype
from mxnet._runtime.sparse import ALWAYS

from .control_flow import variables_of
from .infer import shapes_by_node
from .node import Entry, Node, topological
from .open_shapes import close, open_shape
from .stypes import stypes_of
from .subgraph import cut

Key: TypeAlias = tuple[int, int]
"""``(id(node), output)``."""

Compile: TypeAlias = Callable[[Sequence[Entry], Sequence[Node], bool], Bound]
"""Makes one operator of a graph, given its variables and whether operators in Python keep their state."""


class _Step(NamedTuple):
    run: Callable[..., Any]
    bound: Bound
    reads: list[Key]
    makes: list[Key]


class ByNode:
    """Runs a graph on arrays. Each node takes and gives the storage types of its operator.

    Args:
        outputs: the graph.
        inputs: its variables, in the order of the arrays to come.
        keep: whether operators in Python keep their state from run to run.
        compile: what makes one operator of many.
    """

    def __init__(self, outputs: Sequence[Entry], inputs: Sequence[Node], keep: bool, compile: Compile) -> None:
        self._outputs = list(outputs)
        self._inputs = list(inputs)
        self._keep = keep
        self._compile = compile
        self._open = any(open_shape(n) is not None for n in topological(outputs))
        self._plans: dict[tuple[str, ...], list[_Step]] = {}

    def __call__(self, arrays: Sequence[Any]) -> Any:
        """The outputs: an array, or a list."""
        if self._open:  # its nodes come and go
            outputs = self._closed(arrays)
            steps = [self._alone(n) for n in topological(outputs) if n.op is not None]
        else:
            outputs = self._outputs
            steps = self._planned(tuple([a.stype for a in arrays]))
        uses = Counter(key for step in steps for key in step.reads)
        uses.update(_keys(outputs))
        values: dict[Key, Any] = {(id(n), 0): a for n, a in zip(self._inputs, arrays, strict=True)}
        for run, bound, reads, makes in steps:
            inputs = [values[key] for key in reads]
            for key in reads:  # values that are not needed any more are freed before the rest runs
                uses[key] -= 1
                if not uses[key]:
                    del values[key]
            made = run(Array.default, bound, inputs)
            for key, value in zip(makes, made if isinstance(made, list) else [made], strict=False):
                if uses[key]:
                    values[key] = value
        given = {id(a) for a in arrays}
        found = [values[key] for key in _keys(outputs)]
        found = [v.copy() if id(v) in given else v for v in found]
        return found[0] if len(found) == 1 else found

    def _closed(self, arrays: Sequence[Any]) -> list[Entry]:
        metas = [(n, a._meta()) for n, a in zip(self._inputs, arrays, strict=True)]
        shapes = {n: tuple(m.shape) for n, m in metas}
        return close(self._outputs, shapes_by_node(self._outputs, shapes, {n: m.dtype for n, m in metas}))

    def _alone(self, node: Node) -> _Step:
        """A node by itself, with all its outputs visible and, if asked for, its state kept."""
        bound = copy.copy(node.bound)
        if self._keep:
            bound.run = node.bound.keeping()
        bound.visible = bound.total
        run = of_any_stype if bound.op.name in ALWAYS else invoke
        return _Step(run, bound, _keys(node.inputs), _keys(_made_by(node)))

    def _planned(self, stypes: tuple[str, ...]) -> list[_Step]:
        """What to run where the variables have these storage types: sparse and dense nodes in turn."""
        plan = self._plans.get(stypes)
        if plan is None:
            found = stypes_of(self._outputs, {id(n): s for n, s in zip(self._inputs, stypes, strict=True)})
            turns: dict[int, tuple[list[Node], list[Node]]] = defaultdict(lambda: ([], []))
            placed: dict[int, tuple[int, bool]] = {}
            for node in topological(self._outputs):
                if node.op is None:
                    continue
                keys = _keys([*node.inputs, *_made_by(node)])
                sparse = node.op.name in ALWAYS or not found.keys().isdisjoint(keys)
                before = [placed[id(c)] for c, _ in node.inputs if id(c) in placed]
                turn = max([at + (kind != sparse) for at, kind in before], default=0)
                placed[id(node)] = turn, sparse
                turns[turn][sparse].append(node)
            plan = []
            for _, (dense, sparse_nodes) in sorted(turns.items()):
                plan += [self._joined(dense)] if len(dense) > 1 else map(self._alone, dense)
                plan += map(self._alone, sparse_nodes)
            self._plans[stypes] = plan
        return plan

    def _joined(self, nodes: Sequence[Node]) -> _Step:
        """Nodes as one operator."""
        part, sources, results = cut(self._outputs, {id(n) for n in nodes})
        bound = self._compile(part, variables_of(part), self._keep)
        return _Step(invoke, bound, _keys(sources), _keys(results))


def _made_by(node: Node) -> list[Entry]:
    return [(node, i) for i in range(node.bound.total)]


def _keys(entries: Sequence[Entry]) -> list[Key]:
    return [(id(node), i) for node, i in entries]
