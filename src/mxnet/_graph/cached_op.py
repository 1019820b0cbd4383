"""A graph as one operator: what ``hybridize()`` runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet._base.words import few
from mxnet._ops import Bound
from mxnet._ops.types import read_bool
from mxnet._runtime.array import Array
from mxnet._runtime.dispatch import invoke
from mxnet._runtime.sparse import invoke as run_sparse

from .by_node import ByNode
from .node import Entry, Node, variables
from .passes import optimise
from .program import Program
from .stypes import makes_sparse


class _GraphOperator:
    """Stands for a whole graph where a ``Bound`` has its registered operator."""

    mutates: tuple[str, ...] = ()
    view = False
    unseen = 0
    variadic: str | None = "data"
    fill = None
    active = None
    aux: tuple[str, ...] = ()
    schema = SimpleNamespace(optional=frozenset())

    def __init__(self, name: str, inputs: tuple[str, ...]) -> None:
        self.name = name
        self.inputs = inputs


class GraphBound(Bound):
    """A compiled graph, used like an operator with its attributes.

    ``inlined``: whether ``autograd.get_symbol`` shows its nodes, rather than one node that holds them.
    """

    __slots__ = ("inlined", "outputs", "program", "reach", "_by_node")

    results_are_new = True

    def __init__(self, outputs: Sequence[Entry], program: Program, name: str, inlined: bool = True) -> None:
        self.op = _GraphOperator(name, tuple(n.name for n in program.inputs))  # type: ignore[assignment]
        self.attrs = {}
        self.given = {}
        self.run = program.run
        self.total = self.visible = len(outputs)
        self.outputs = tuple(outputs)
        self.program = program
        self.inlined = inlined
        self.reach: dict[Any, Any] = {}
        self._by_node: ByNode | None = None

    def by_node(self, arrays: Sequence[Any]) -> Any:
        """Run the graph in storage types, sparse nodes one by one."""
        if self._by_node is None:
            self._by_node = ByNode(self.outputs, self.program.inputs, self.program.keep, _compiled)
        return self._by_node(arrays)

    def active_inputs(self) -> tuple[str, ...]:
        return self.op.inputs


def _compiled(outputs: Sequence[Entry], inputs: Sequence[Node], keep: bool) -> GraphBound:
    return GraphBound(outputs, Program(optimise(outputs), inputs, keep), "CachedOp")


class CachedOp:
    """A symbol compiled once and called with arrays, in the order of ``sym.list_inputs()``.

    Args:
        sym: the symbol.
        flags: pairs of options. ``autograd.get_symbol`` shows a graph of more than ``inline_limit`` (2) operators, and
            any graph with ``static_alloc``, as one node ``_CachedOp`` instead of its operators. Apart from that
            ``static_alloc``, ``static_shape``, ``forward_bulk_size`` and ``backward_bulk_size`` are 1.9.1's directions
            to its memory planner and engine; the program made here already frees each value at its last use, so they
            are accepted and change nothing.

    Raises:
        ArgumentError: called with a different number of arrays.

    >>> import mxnet as mx
    >>> double = CachedOp(mx.sym.var("x") * 2)
    >>> double(mx.nd.ones((1,))).asscalar()
    2.0
    """

    def __init__(self, sym: Any, flags: Iterable[tuple[str, Any]] = ()) -> None:
        outputs = list(sym._outputs)
        order = sym._topological()
        arguments, aux = variables(order)
        members = {id(n) for n in (*arguments, *aux)}
        self._inputs = [n for n in order if id(n) in members]
        self.flags = dict(flags)
        self._results = getattr(sym, "_results", None)
        self._makes_sparse = makes_sparse(order)
        limit = int(self.flags.get("inline_limit", 2))
        inlined = not read_bool(self.flags.get("static_alloc", False)) and sum(n.op is not None for n in order) <= limit
        self.bound = GraphBound(outputs, Program(optimise(outputs), self._inputs), "CachedOp", inlined)

    def __call__(self, *args: Array, out: Any = None) -> Any:
        if len(args) != len(self._inputs):
            names = few(n.name for n in self._inputs)
            raise ArgumentError(f"CachedOp: got {len(args)} arrays, expected {len(self._inputs)}: {names}")
        face = self._results or (type(args[0]) if args else Array.default)
        if self._makes_sparse or face._sparse:
            return run_sparse(self.bound, args, out, invoke)
        return invoke(face, self.bound, args, out)
