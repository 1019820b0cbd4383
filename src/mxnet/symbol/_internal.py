"""Operators by all their names, including those that begin with an underscore."""

from __future__ import annotations

from typing import Any

from mxnet._graph.json_format import loads
from mxnet._graph.subgraph import make_node
from mxnet._runtime.front import expose
from mxnet.name import NameManager

from ._compose import function
from .symbol import Symbol


def _CachedOp(*args: Symbol, subgraph: str | Symbol, name: str | None = None, **flags: Any) -> Symbol:
    """A graph as one node of another.

    Args:
        args: symbols for its variables, in order of ``list_inputs``.
        subgraph: the graph, or its JSON.
        flags: directions to 1.9.1's memory planner, such as ``static_alloc``; they change nothing.

    Raises:
        ArgumentError: the number of symbols differs from that of the graph's variables.
    """
    outputs = list(subgraph._outputs) if isinstance(subgraph, Symbol) else loads(subgraph)
    node = make_node(NameManager.current.get(name, "_cachedop"), outputs)
    node.inputs = [entry for s in args for entry in s._outputs]
    return Symbol([(node, i) for i in range(node.bound.visible)])


expose(__name__, ("", "_"), function, {"SymbolBase": "mxnet.symbol.symbol:Symbol"})
