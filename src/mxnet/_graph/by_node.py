"""A graph run by storage types: for sparse arrays.

Nodes that take or give sparse arrays run one by one through the dispatcher, as programs call operators. Those between
them run as compiled programs, which is several times faster where they are many and small.
"""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from mxnet._ops import Bound
from mxnet._runtime.array import Array
from mxnet._runtime.dispatch import invoke, of_any_stype
from mxnet._runtime.sparse import ALWAYS

from .infer import shapes_by_node
from .node import Entry, Node, topological
from .open_shapes import close, open_shape
from .stypes import stypes_of

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
        uses.update((id(n), i) for n, i in outputs)
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
        found = [values[id(n), i] for n, i in outputs]
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
        return _Step(run, bound, [(id(c), i) for c, i in node.inputs], [(id(node), i) for i in range(bound.total)])

    def _planned(self, stypes: tuple[str, ...]) -> list[_Step]:
        """What to run where the variables have these storage types: sparse and dense nodes in turn."""
        plan = self._plans.get(stypes)
        if plan is None:
            found = stypes_of(self._outputs, {id(n): s for n, s in zip(self._inputs, stypes, strict=True)})
            turns: dict[int, tuple[list[Node], list[Node]]] = defaultdict(lambda: ([], []))
            placed: dict[int, tuple[int, bool]] = {}
            readers: dict[Key, list[int]] = defaultdict(list)
            for node in topological(self._outputs):
                for child, i in node.inputs:
                    readers[id(child), i].append(id(node))
                if node.op is None:
                    continue
                sparse = node.op.name in ALWAYS or any((id(n), i) in found for n, i in [*node.inputs, *_made_by(node)])
                before = [placed[id(c)] for c, _ in node.inputs if id(c) in placed]
                turn = max([at + (kind != sparse) for at, kind in before], default=0)
                placed[id(node)] = turn, sparse
                turns[turn][sparse].append(node)
            plan = []
            for _, (dense, sparse_nodes) in sorted(turns.items()):
                plan += [self._joined(dense, readers)] if len(dense) > 1 else map(self._alone, dense)
                plan += map(self._alone, sparse_nodes)
            self._plans[stypes] = plan
        return plan

    def _joined(self, nodes: Sequence[Node], readers: Mapping[Key, Sequence[int]]) -> _Step:
        """Nodes, inputs first, as one operator that gives what ``readers`` among the others need."""
        inside: dict[int, Node] = {}
        taken: dict[Key, Node] = {}

        def moved(entry: Entry) -> Entry:
            node, i = entry
            if id(node) in inside:
                return inside[id(node)], i
            if (id(node), i) not in taken:
                taken[id(node), i] = node if node.op is None else Node(None, f"{node.name}_output{i}", {}, [])
            return taken[id(node), i], 0

        for node in nodes:
            inside[id(node)] = node.rewired([moved(entry) for entry in node.inputs])
        wanted = {(id(n), i) for n, i in self._outputs}
        made = [(id(n), i) for node in nodes for n, i in _made_by(node)]
        given = [key for key in made if key in wanted or not inside.keys() >= {*readers.get(key, ())}]
        bound = self._compile([(inside[k], i) for k, i in given], list(taken.values()), self._keep)
        return _Step(invoke, bound, list(taken), given)


def _made_by(node: Node) -> list[Entry]:
    return [(node, i) for i in range(node.bound.total)]
