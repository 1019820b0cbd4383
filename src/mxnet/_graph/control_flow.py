"""Nodes of loops and branches: operators with graphs of their own, and how these are connected to the node."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

from mxnet._base.errors import ArgumentError
from mxnet._ops import Bound, Op

from .node import Entry, Node, bind_text, topological
from .program import Program

SCOPE = "__subgraph_name__"
"""The attribute that says which loop's graph a node was made in."""


class Part(NamedTuple):
    """One graph of a node."""

    outputs: tuple[Entry, ...]
    variables: tuple[Node, ...]
    sources: tuple[int, ...]
    """For each variable, the input of the node that it gets."""
    sliced: frozenset[int]
    """Inputs of the node that come slice by slice."""
    results: tuple[int, ...]
    """For each output, the output of the node that it becomes; empty for a condition."""
    stacked: int
    """This many outputs, the first ones, are stacked along a new axis 0."""
    carried: tuple[int, ...]
    """For each output after those, the variable that it becomes in the next step."""


class LoopNode(Node):
    """A node of an operator with graphs."""

    __slots__ = ("graphs", "_parts")

    def __init__(
        self, op: Op, name: str, attrs: dict[str, str], inputs: list[Entry], graphs: Sequence[Sequence[Entry]]
    ) -> None:
        super().__init__(op, name, attrs, inputs)
        self.graphs = tuple(tuple(g) for g in graphs)
        self._parts: tuple[Part, ...] | None = None

    @property
    def bound(self) -> Bound:
        """The operator with these attributes read and its graphs compiled."""
        if self._bound is None:
            _check_counts(self)
            plain = bind_text(self.op, self.attrs)  # type: ignore[arg-type]
            self._parts = _PARTS[plain.op.name](self, plain.attrs)
            self._bound = _with_graphs(plain, self._parts)
        return self._bound

    @property
    def parts(self) -> tuple[Part, ...]:
        """The graphs and what their inputs and outputs are."""
        if self._parts is None:
            _ = self.bound
        return self._parts  # type: ignore[return-value]

    def writes(self, slot: int) -> bool:
        """Whether one of the graphs writes input ``slot``, being a variable of the graph's own."""
        child = self.inputs[slot][0]
        if child.op is not None or SCOPE not in child.attrs:
            return False
        for part in self.parts:
            own = {
                id(v) for v, s in zip(part.variables, part.sources, strict=True) if s == slot and v.name == child.name
            }
            for node in topological(part.outputs):
                if any(node.writes(k) and id(n) in own for k, (n, _) in enumerate(node.inputs)):
                    return True
        return False

    def copy(self, inputs: list[Entry]) -> LoopNode:
        """This node with other inputs."""
        return LoopNode(self.op, self.name, dict(self.attrs), inputs, self.graphs)  # type: ignore[arg-type]


def variables_of(outputs: Sequence[Entry]) -> tuple[Node, ...]:
    """The inputs of a graph, in the order the attributes of its node count them."""
    return tuple(n for n in topological(outputs) if n.op is None)


def _with_graphs(plain: Bound, parts: Sequence[Part]) -> Bound:
    bound = Bound.__new__(Bound)
    for name in Bound.__slots__:
        setattr(bound, name, getattr(plain, name))
    programs = {n: Program(p.outputs, p.variables).run for n, p in zip(plain.op.schema.graphs, parts, strict=True)}
    bound.run = functools.partial(plain.run, **programs)
    return bound


# -- reading the attributes -----------------------------------------------------------------------------------------


def _check_counts(node: LoopNode) -> None:
    """Refuse counts that do not match the graphs, before anything is allocated by them."""
    names = node.op.schema.graphs  # type: ignore[union-attr]
    if len(node.graphs) != len(names):
        raise _wrong(node, f"{len(node.graphs)} graphs", f"{len(names)}: {', '.join(names)}")
    outputs = len(node.graphs[-1])
    _equal(node, "num_outputs", outputs)
    _equal(node, "num_args", len(node.inputs) + len(names))


def _equal(node: Node, key: str, expected: int) -> None:
    if node.attrs.get(key) != str(expected):
        raise _wrong(node, f"{key}={node.attrs.get(key)!r}", f"{expected} from its graphs and inputs")


def _wrong(node: Node, got: str, expected: str) -> ArgumentError:
    return ArgumentError(f"{node.op.name if node.op else ''} {node.name!r}: got {got}, expected {expected}")


def _part(
    node: LoopNode,
    which: int,
    sources: Sequence[int],
    sliced: Sequence[int] = (),
    stacked: int = 0,
    carried: Sequence[int] = (),
    condition: bool = False,
) -> Part:
    outputs = node.graphs[which]
    variables = variables_of(outputs)
    name = node.op.schema.graphs[which]  # type: ignore[union-attr]
    if len(sources) != len(variables) or not all(0 <= s < len(node.inputs) for s in sources):
        raise _wrong(node, f"inputs {list(sources)} for the {len(variables)} variables of its graph {name}", "one each")
    if condition:
        if len(outputs) != 1:
            raise _wrong(node, f"{len(outputs)} outputs of its condition", "1")
    elif len(outputs) != len(node.graphs[-1]):
        raise _wrong(node, f"{len(outputs)} outputs of its graph {name}", f"{len(node.graphs[-1])}")
    if carried and (len(carried) != len(outputs) - stacked or not all(0 <= c < len(variables) for c in carried)):
        raise _wrong(node, f"states {list(carried)} for {len(outputs) - stacked} outputs of {name}", "one each")
    results = () if condition else tuple(range(len(outputs)))
    return Part(outputs, variables, tuple(sources), frozenset(sliced), results, stacked, tuple(carried))


def _stacked(node: LoopNode, count: int, carried: int) -> int:
    if count < 0 or count + carried != len(node.graphs[-1]):
        raise _wrong(node, f"num_out_data={count} with {carried} states", f"{len(node.graphs[-1])} outputs together")
    return count


def _foreach(node: LoopNode, attrs: dict[str, tuple[int, ...]]) -> tuple[Part, ...]:
    data, states, rest = attrs["in_data_locs"], attrs["in_state_locs"], attrs["remain_locs"]
    places = [*data, *states, *rest]
    if sorted(places) != list(range(len(node.inputs))):
        raise _wrong(node, f"places {places} of its inputs", f"each of 0 to {len(node.inputs) - 1} once")
    sources = [places.index(p) for p in range(len(places))]
    stacked = _stacked(node, attrs["num_out_data"], len(states))  # type: ignore[arg-type]
    return (_part(node, 0, sources, range(len(data)), stacked, states),)


def _while_loop(node: LoopNode, attrs: dict[str, tuple[int, ...]]) -> tuple[Part, ...]:
    carried = attrs["func_var_locs"]
    stacked = _stacked(node, attrs["num_out_data"], len(carried))  # type: ignore[arg-type]
    if not carried:
        raise _wrong(node, "no loop variables", "at least one")
    return (
        _part(node, 0, attrs["cond_input_locs"], condition=True),
        _part(node, 1, attrs["func_input_locs"], stacked=stacked, carried=carried),
    )


def _cond(node: LoopNode, attrs: dict[str, tuple[int, ...]]) -> tuple[Part, ...]:
    return (
        _part(node, 0, attrs["cond_input_locs"], condition=True),
        _part(node, 1, attrs["then_input_locs"]),
        _part(node, 2, attrs["else_input_locs"]),
    )


_PARTS = {"_foreach": _foreach, "_while_loop": _while_loop, "_cond": _cond}
