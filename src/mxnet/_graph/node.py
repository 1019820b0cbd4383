"""Nodes and the order to visit them in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import TypeAlias

from mxnet._ops import Bound, Op

HIDDEN = ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage")
"""Attributes meant for the framework: stored as ``__name__``, and found by either spelling."""


class Node:
    """A variable (``op`` None) or an operator with its inputs. Attributes are text, as in files."""

    __slots__ = ("op", "name", "attrs", "inputs", "_bound")

    def __init__(self, op: Op | None, name: str, attrs: dict[str, str], inputs: list[Entry]) -> None:
        self.op = op
        self.name = name
        self.attrs = attrs
        self.inputs = inputs
        self._bound: Bound | None = None

    @property
    def bound(self) -> Bound:
        """The operator with these attributes read."""
        if self._bound is None:
            self._bound = bind_text(self.op, self.attrs)  # type: ignore[arg-type]
        return self._bound

    def is_aux(self, slot: int) -> bool:
        """Whether input ``slot`` is an auxiliary state."""
        op = self.op
        if op is None:
            return False
        if op.variadic is not None:
            return op.aux_slots is not None and slot in op.aux_slots(SimpleNamespace(**self.bound.attrs))
        return bool(op.aux) and op.inputs[slot] in op.aux

    def writes(self, slot: int) -> bool:
        """Whether files count input ``slot`` as written by this node."""
        return self.is_aux(slot)

    def copy(self, inputs: list[Entry]) -> Node:
        """This node with other inputs."""
        return Node(self.op, self.name, dict(self.attrs), inputs)

    def rewired(self, inputs: list[Entry]) -> Node:
        """This node if these are its inputs, else a copy with them that runs what it runs."""
        if all(a[0] is b[0] and a[1] == b[1] for a, b in zip(inputs, self.inputs, strict=True)):
            return self
        made = self.copy(inputs)
        if type(self) is Node:  # of others what runs is made of more than operator and attributes
            made._bound = self._bound
        return made

    def __repr__(self) -> str:
        return f"<node {self.op.name if self.op else 'variable'} {self.name!r}>"


Entry: TypeAlias = tuple[Node, int]
"""One output of a node."""
Moved: TypeAlias = Callable[[Entry], Entry]
"""Where an entry of a graph is in another one that is made of it."""


def bind_text(op: Op, attrs: dict[str, str]) -> Bound:
    """``op`` with those of ``attrs`` that are its own; the others are for the framework."""
    own = op.attrs
    return op.bind((), {k: v for k, v in attrs.items() if k in own})


def for_input(key: str) -> tuple[str, str]:
    """``weight_lr_mult``, an attribute for one input, as ``weight`` and ``lr_mult``; any other as two empty texts."""
    for hidden in HIDDEN:
        if key.endswith(f"_{hidden}") and not key.startswith("__"):
            return key.removesuffix(f"_{hidden}"), hidden
    return "", ""


def check_attributes(node: Node) -> None:
    """Refuse attributes that are neither the operator's nor, between underscores, anybody's.

    Raises:
        ArgumentError: an attribute is unknown, and the error names those there are; or its value can not be read.
    """
    if node.op is not None:
        node.op.bind((), node.attrs)


def initialize(node: Node, variable: Node, argument: str) -> None:
    """Record in ``variable``, an input of ``node``, how the operator wants it initialized, unless it says so itself."""
    initial = node.op.initial.get(argument) if node.op is not None else None
    if initial is not None:
        variable.attrs.setdefault("__init__", initial)


def default_variable(node: Node, argument: str) -> Node:
    """The variable for an input that is not given: ``<node>_<input>``, with the attributes of the node."""
    made = Node(None, f"{node.name}_{argument}", dict(node.attrs), [])
    initialize(node, made, argument)
    return made


def topological(outputs: Iterable[Entry]) -> list[Node]:
    """All nodes that ``outputs`` need, inputs first, in the order a depth-first search leaves them."""
    order: list[Node] = []
    seen: set[int] = set()
    for root, _ in outputs:
        if id(root) in seen:
            continue
        seen.add(id(root))
        stack: list[tuple[Node, Iterator[Entry]]] = [(root, iter(root.inputs))]
        while stack:
            node, rest = stack[-1]
            for child, _ in rest:
                if id(child) not in seen:
                    seen.add(id(child))
                    stack.append((child, iter(child.inputs)))
                    break
            else:
                order.append(node)
                stack.pop()
    return order


def rewrite(outputs: Sequence[Entry], replace: Callable[[Node, Moved], Node | None]) -> list[Entry]:
    """The graph with other nodes in the place of some; those that nothing changes for stay the same nodes.

    Args:
        outputs: the graph.
        replace: called with each node, inputs first, and what tells where an entry is in the new graph; gives the node
            to put there, None for the same with its inputs in the new graph.
    """
    new: dict[int, Node] = {}

    def moved(entry: Entry) -> Entry:
        return new.get(id(entry[0]), entry[0]), entry[1]

    for node in topological(outputs):
        made = replace(node, moved)
        if made is None and new:
            made = node.rewired([moved(entry) for entry in node.inputs])
        if made is not None and made is not node:
            new[id(node)] = made
    return [moved(entry) for entry in outputs]


def variables(order: Iterable[Node]) -> tuple[list[Node], list[Node]]:
    """The variables among the nodes in ``order``: arguments, then auxiliary states."""
    nodes = list(order)
    aux = {id(child) for n in nodes for slot, (child, _) in enumerate(n.inputs) if n.is_aux(slot)}
    free = [n for n in nodes if n.op is None]
    return [n for n in free if id(n) not in aux], [n for n in free if id(n) in aux]


def output_names(entry: Entry) -> str:
    """The name of one output: ``fc_output``, ``split_output0``; a variable's is its own."""
    node, index = entry
    if node.op is None:
        return node.name
    bound = node.bound
    names = node.op.output_names(bound.attrs)
    return f"{node.name}_{names[index]}"


def visible_outputs(node: Node) -> int:
    """How many outputs a caller sees."""
    return 1 if node.op is None else node.bound.visible
