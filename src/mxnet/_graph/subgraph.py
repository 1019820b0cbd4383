"""Nodes that hold a part of a graph, and how a graph is cut into such parts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeAlias

from mxnet import _ops
from mxnet._base.errors import ArgumentError
from mxnet._ops import Bound, Op

from .control_flow import LoopNode, Part, variables_of
from .node import Entry, Node, bind_text, output_names, topological
from .program import Program

Compile: TypeAlias = Callable[[Program], Callable[..., Any]]
"""Makes from the program of a part the function that runs in its place."""


class SubgraphNode(LoopNode):
    """A node of ``_CachedOp``: its one graph runs on its inputs, by ``compiled`` if that is given."""

    __slots__ = ("compiled", "_aux")

    def __init__(
        self,
        op: Op,
        name: str,
        attrs: dict[str, str],
        inputs: list[Entry],
        graphs: Sequence[Sequence[Entry]],
        compiled: Compile | None = None,
    ) -> None:
        super().__init__(op, name, attrs, inputs, graphs)
        self.compiled = compiled

    @property
    def bound(self) -> Bound:
        """The operator with its graph compiled, and the outputs that the graph has."""
        if self._bound is None:
            if len(self.graphs) != 1:
                raise ArgumentError(f"_CachedOp {self.name!r}: got {len(self.graphs)} graphs, expected 1")
            outputs = self.graphs[0]
            own = variables_of(outputs)
            if len(own) != len(self.inputs):
                raise ArgumentError(
                    f"_CachedOp {self.name!r}: got {len(self.inputs)} inputs for the {len(own)} variables of its graph"
                )
            self._parts = (Part(outputs, own, tuple(range(len(own))), frozenset(), tuple(range(len(outputs))), 0, ()),)
            written = {id(child) for n in topological(outputs) for k, (child, _) in enumerate(n.inputs) if n.is_aux(k)}
            self._aux = frozenset(i for i, variable in enumerate(own) if id(variable) in written)
            program = Program(outputs, own)
            plain = bind_text(self.op, self.attrs)  # type: ignore[arg-type]
            names = tuple(output_names(e) for e in outputs)
            self._bound = Bound(plain.op, {**plain.attrs, "made": names}, plain.given)
            run = program.run if self.compiled is None else self.compiled(program)
            self._bound.run = functools.partial(plain.op.fn, subgraph=run)
        return self._bound

    def is_aux(self, slot: int) -> bool:
        """Whether input ``slot`` is an auxiliary state of a node in the graph."""
        _ = self.bound  # which finds them
        return slot in self._aux

    def writes(self, slot: int) -> bool:
        """Whether files count input ``slot`` as written."""
        return self.is_aux(slot)

    def copy(self, inputs: list[Entry]) -> SubgraphNode:
        """This node with other inputs."""
        return SubgraphNode(self.op, self.name, dict(self.attrs), inputs, self.graphs, self.compiled)  # type: ignore[arg-type]


def grow(seed: Node, users: Callable[[Node], Iterable[Node]], selector: Any, taken: Callable[[Node], bool]) -> set[int]:
    """The nodes, by ``id``, that are connected with ``seed`` and taken by ``selector``."""
    found = {id(seed): seed}
    waiting = [seed]
    while waiting:
        node = waiting.pop(0)
        near = [(c, selector.select_input) for c, _ in node.inputs] + [(u, selector.select_output) for u in users(node)]
        for other, chooses in near:
            if other.op is not None and id(other) not in found and not taken(other) and chooses(node, other):
                found[id(other)] = other
                waiting.append(other)
    return {id(n) for n in selector.filter(list(found.values()))}


def closed(order: Iterable[Node], chosen: Collection[int]) -> set[int]:
    """Those of ``chosen`` that can become one node: none needs, by way of nodes outside, results of the others."""
    kept: set[int] = set()
    behind: set[int] = set()  # nodes outside that need something of those kept
    for node in order:
        needs = any(id(child) in behind for child, _ in node.inputs)
        if id(node) in chosen and not needs:
            kept.add(id(node))
        elif needs or any(id(child) in kept for child, _ in node.inputs):
            behind.add(id(node))
    return kept


def cut(outputs: Sequence[Entry], chosen: Collection[int]) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """The ``chosen`` nodes as a graph of their own.

    Returns:
        Its outputs; the entries outside that its variables stand for; the entries, inside, that its outputs are.
    """
    order = topological(outputs)
    made: dict[int, Node] = {}
    variables: dict[tuple[int, int], Node] = {}
    stands_for: dict[int, Entry] = {}
    used: dict[tuple[int, int], Entry] = {}
    for node in order:
        if id(node) not in chosen:
            used.update({(id(c), i): (c, i) for c, i in node.inputs if id(c) in chosen})
            continue
        inputs: list[Entry] = []
        for child, i in node.inputs:
            if id(child) in chosen:
                inputs.append((made[id(child)], i))
                continue
            if (id(child), i) not in variables:
                variable = variables[id(child), i] = Node(None, f"{output_names((child, i))}0", {}, [])
                stands_for[id(variable)] = (child, i)
            inputs.append((variables[id(child), i], 0))
        made[id(node)] = node.rewired(inputs)
    used.update({(id(n), i): (n, i) for n, i in outputs if id(n) in chosen})
    place = {id(n): k for k, n in enumerate(order)}
    results = sorted(used.values(), key=lambda e: (place[id(e[0])], e[1]))
    part = [(made[id(n)], i) for n, i in results]
    return part, [stands_for[id(v)] for v in variables_of(part)], results


def replace(
    outputs: Sequence[Entry],
    node: Node,
    chosen: Collection[int],
    sources: Sequence[Entry],
    results: Sequence[Entry],
) -> list[Entry]:
    """The graph with ``node`` in the place of the ``chosen`` ones: see :func:`cut` for the rest."""
    at = {(id(n), i): k for k, (n, i) in enumerate(results)}
    new: dict[int, Node] = {}

    def moved(entry: Entry) -> Entry:
        key = id(entry[0]), entry[1]
        return (node, at[key]) if key in at else (new[id(entry[0])], entry[1])

    for old in topological(outputs):
        if id(old) in chosen:
            continue
        inputs = [moved(e) for e in old.inputs]
        same = all(a[0] is b[0] and a[1] == b[1] for a, b in zip(inputs, old.inputs, strict=True))
        new[id(old)] = old if same else old.copy(inputs)
    node.inputs = [moved(e) for e in sources]
    return [moved(e) for e in outputs]


def make_node(name: str, subgraph: Sequence[Entry], compiled: Compile | None = None) -> SubgraphNode:
    """A node of ``subgraph`` whose inputs are still to be given."""
    return SubgraphNode(_ops.get("_CachedOp"), name, {}, [], [list(subgraph)], compiled)
