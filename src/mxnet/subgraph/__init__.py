"""Backends for parts of graphs: which nodes they take, and what runs in their place.

A backend is a :class:`SubgraphProperty` under a name. ``Symbol.optimize_for``, ``HybridBlock.optimize_for``,
``hybridize(backend=...)`` and ``MXNET_SUBGRAPH_BACKEND`` cut the nodes that its selector chooses out of the graph, as
many together as possible, and put one node in the place of each such part.

``default`` and ``default_v2`` take the operators that :func:`set_op_names` names, and run them as they are.
``inductor`` takes what can be compiled and hands it to ``torch.compile``.
``MKLDNN`` and ``MKLDNN_QUANTIZE`` leave graphs as they are: nothing needs to be asked for to run oneDNN's kernels.

>>> import mxnet as mx
>>> class Roots(SubgraphSelector):
...     def select(self, node):
...         return node.op.name in ("sqrt", "cbrt")
>>> @register("roots")
... class RootsProperty(SubgraphProperty):
...     def create_subgraph_selector(self):
...         return Roots()
>>> whole = mx.sym.exp(mx.sym.sqrt(mx.sym.cbrt(mx.sym.var("x"))), name="exp")
>>> [s.name for s in whole.optimize_for("roots").get_internals()]
['x', '_CachedOp0', 'exp']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mxnet._graph.node import Node, topological
from mxnet._graph.subgraph import SubgraphNode, closed, cut, grow, replace

from ._backends import op_names, set_op_names
from ._property import SubgraphProperty, SubgraphSelector, UnknownBackend, get, list_backends, register

if TYPE_CHECKING:
    from mxnet.symbol import Symbol

__all__ = [
    "SubgraphProperty",
    "SubgraphSelector",
    "UnknownBackend",
    "get",
    "list_backends",
    "op_names",
    "partition",
    "register",
    "set_op_names",
]


def partition(
    graph: Symbol,
    backend: str | SubgraphProperty,
    args: Mapping[str, Any] | None = None,
    aux: Mapping[str, Any] | None = None,
    shapes: Mapping[str, Any] | None = None,
    dtypes: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Symbol:
    """``graph`` with parts replaced as ``backend`` wants it.

    Args:
        backend: its name, or a property.
        args, aux: arrays by name; ``shapes`` and ``dtypes`` are used where there are none. If any of these is given,
            the property also gets what follows for the other values.
        options: for the backend.
    """
    made = get(backend) if isinstance(backend, str) else backend
    args, aux = dict(args or {}), dict(aux or {})
    known = {**(shapes or {}), **{n: a.shape for n, a in (args | aux).items()}}
    types = {**(dtypes or {}), **{n: a.dtype for n, a in (args | aux).items()}}
    if known or types:
        _infer(graph, made, known, types)
    made.pre_partition(graph, args, aux, dict(options or {}))
    outputs = list(graph._outputs)
    left: set[str] = set()  # names of the nodes of parts that the backend did not want
    number = 0
    while (chosen := _next_part(outputs, made, left)) is not None:
        part, sources, results = cut(outputs, chosen)
        node = made.create_subgraph_node(type(graph)(part), number)
        if node is None:
            left.update(n.name for n in topological(part) if n.op is not None)
            continue
        number += 1
        outputs = replace(outputs, node, chosen, sources, results)
    return made.post_partition(type(graph)(outputs))


def _next_part(outputs: Sequence[Any], made: SubgraphProperty, left: set[str]) -> set[int] | None:
    """The nodes, by ``id``, of the first part that is still to be cut out."""
    order = topological(outputs)
    users = _users(order)

    def taken(node: Node) -> bool:
        return isinstance(node, SubgraphNode) or node.name in left

    for seed in order:
        if seed.op is None or taken(seed):
            continue
        selector = made.create_subgraph_selector()
        if selector.select(seed):
            chosen = closed(order, grow(seed, lambda n: users.get(id(n), ()), selector, taken))
            if chosen:
                return chosen
    return None


def _users(order: Sequence[Node]) -> dict[int, list[Node]]:
    users: dict[int, list[Node]] = {}
    for node in order:
        for child, _ in node.inputs:
            users.setdefault(id(child), []).append(node)
    return users


def _infer(graph: Symbol, made: SubgraphProperty, shapes: Mapping[str, Any], dtypes: Mapping[str, Any]) -> None:
    inside = graph.get_internals()
    inputs = set(graph.list_inputs())
    _, found, _ = inside.infer_shape_partial(**{k: tuple(v) for k, v in shapes.items() if k in inputs})
    _, types, _ = inside.infer_type_partial(**{k: v for k, v in dtypes.items() if k in inputs})
    names = inside.list_outputs()
    made.shapes = {n: s for n, s in zip(names, found, strict=True) if s}
    made.dtypes = {n: t for n, t in zip(names, types, strict=True) if t is not None}


for _public in (
    SubgraphProperty,
    SubgraphSelector,
    UnknownBackend,
    get,
    list_backends,
    op_names,
    register,
    set_op_names,
):
    _public.__module__ = __name__  # where programs find them
