"""Backends for parts of graphs: which nodes they take, and what runs in their place.

A backend is a :class:`SubgraphProperty` under a name. ``Symbol.optimize_for``, ``HybridBlock.optimize_for``,
``hybridize(backend=...)`` and ``MXNET_SUBGRAPH_BACKEND`` cut the nodes that its selector chooses out of the graph, as
many together as possible, and put one node in the place of each such part.

``default`` and ``default_v2`` take the operators that :func:`set_op_names` names, and run them as they are.
``inductor`` takes what can be compiled and hands it to ``torch.compile``.

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

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from ._base.errors import ArgumentError, DTypeError, MXNetError
from ._graph.common import repeatable
from ._graph.node import Node, topological
from ._graph.program import Program
from ._graph.subgraph import SubgraphNode, closed, cut, grow, make_node, replace
from ._ops import find
from ._runtime.state import state

if TYPE_CHECKING:
    from .symbol import Symbol

__all__ = [
    "SubgraphProperty",
    "SubgraphSelector",
    "UnknownBackend",
    "get",
    "list_backends",
    "partition",
    "register",
    "set_op_names",
]


class UnknownBackend(ArgumentError, AssertionError):
    """A backend that is not registered."""


class SubgraphSelector:
    """Which nodes a part is made of. A node has ``name``, ``attrs`` (text by name), ``inputs`` and ``op.name``."""

    def select(self, node: Node) -> bool:
        """Whether a part may begin with ``node``."""
        return False

    def select_input(self, node: Node, input_node: Node) -> bool:
        """Whether ``input_node``, which makes an input of ``node``, joins the part that has ``node``."""
        return self.select(input_node)

    def select_output(self, node: Node, output_node: Node) -> bool:
        """Whether ``output_node``, which takes an output of ``node``, joins the part that has ``node``."""
        return self.select(output_node)

    def filter(self, candidates: list[Node]) -> list[Node]:
        """Those of the nodes of a part that are to stay in it; an empty list for no part."""
        return candidates


class SubgraphProperty:
    """A backend. One object serves one partitioning of one graph.

    Attributes:
        shapes, dtypes: what is known of values, by name, where arrays or shapes were given.
    """

    def __init__(self) -> None:
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.dtypes: dict[str, Any] = {}

    def pre_partition(self, graph: Symbol, args: Mapping[str, Any], aux: Mapping[str, Any], options: Any) -> None:
        """Called before anything else.

        Args:
            graph: the whole graph.
            args, aux: arrays by name, as far as they were given.
            options: those of ``optimize_for`` that are the backend's own, by name.

        Raises:
            DTypeError: there are options; subclasses may accept some.
        """
        if options:
            raise DTypeError(f"{type(self).__name__} has no options, got {', '.join(options)}")

    def create_subgraph_selector(self) -> SubgraphSelector:
        """A selector for a part that is about to begin."""
        return SubgraphSelector()

    def create_subgraph_node(self, subgraph: Symbol, number: int) -> Any:
        """The node for a part, made by :meth:`node`; None to leave the part as it is."""
        return self.node(subgraph, number)

    def node(self, subgraph: Symbol, number: int, run: Callable[[Program], Callable[..., Any]] | None = None) -> Any:
        """A node that runs ``subgraph``.

        Args:
            number: counts the nodes.
            run: takes the program of the part, ``program.run`` being its function from tensors to a tuple of tensors,
                and returns the function to call instead. It is not written to files.
        """
        return make_node(f"_CachedOp{number}", subgraph._outputs, run)

    def post_partition(self, graph: Symbol) -> Symbol:
        """Called at the end, with the graph that was made; what it returns is the result."""
        return graph


_BACKENDS: dict[str, Callable[[], SubgraphProperty]] = {}


def register(name: str) -> Callable[[Any], Any]:
    """A decorator that makes a class of properties the backend ``name``, replacing an earlier one."""

    def decorate(kind: Any) -> Any:
        _BACKENDS[name] = kind
        return kind

    return decorate


def list_backends() -> list[str]:
    """The names of the backends.

    >>> {"default", "inductor"} <= set(list_backends())
    True
    """
    return sorted(_BACKENDS)


def get(name: str) -> SubgraphProperty:
    """A fresh property of the backend ``name``.

    Raises:
        UnknownBackend: there is none; names those that there are.
    """
    if name not in _BACKENDS:
        raise UnknownBackend(
            f"backend {name!r} cannot be found: SubgraphProperty {name} is not found in SubgraphBackendRegistry; "
            f"there are {', '.join(list_backends())}; others are made with mxnet.subgraph.register"
        )
    return _BACKENDS[name]()


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


# -- parts by names of operators ------------------------------------------------------------------------------------

_OP_NAMES: dict[str, frozenset[str]] = {}


def set_op_names(backend: str, names: Iterable[str] | None) -> None:
    """Set which operators ``default`` or ``default_v2`` takes from now on; None for none.

    Raises:
        UnknownBackend: the backend does not choose operators by name.
    """
    if backend not in ("default", "default_v2"):
        raise UnknownBackend(f"set_op_names: backend is {backend!r}, expected 'default' or 'default_v2'")
    if names is None:
        _OP_NAMES.pop(backend, None)
    else:
        _OP_NAMES[backend] = frozenset(op.name for n in names if (op := find(n)) is not None)


@contextlib.contextmanager
def op_names(backend: str, names: Iterable[str]) -> Iterator[None]:
    """Within it ``backend`` takes the operators ``names``."""
    before = _OP_NAMES.get(backend)
    set_op_names(backend, names)
    try:
        yield
    finally:
        set_op_names(backend, before)


class _Named(SubgraphSelector):
    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def select(self, node: Node) -> bool:
        return node.op is not None and node.op.name in self._names


class _ByName(SubgraphProperty):
    backend = "default"

    def pre_partition(self, graph: Symbol, args: Mapping[str, Any], aux: Mapping[str, Any], options: Any) -> None:
        """Takes ``dedup_subgraph``, which in 1.9.1 joins parts that are the same; it has no effect here."""
        super().pre_partition(graph, args, aux, {k: v for k, v in options.items() if k != "dedup_subgraph"})

    def create_subgraph_selector(self) -> SubgraphSelector:
        return _Named(_OP_NAMES.get(self.backend, frozenset()))


@register("default")
class _Default(_ByName):
    pass


@register("default_v2")
class _DefaultV2(_ByName):
    backend = "default_v2"


# -- a compiler -----------------------------------------------------------------------------------------------------


class _Compilable(SubgraphSelector):
    def select(self, node: Node) -> bool:
        return node.op is not None and repeatable(node) and not node.op.loss


@register("inductor")
class _Inductor(SubgraphProperty):
    """``torch.compile``: a part is compiled when it first runs, and again for other shapes, dtypes or modes.

    Its options are those of ``torch.compile``: ``mode``, ``dynamic``, ``fullgraph`` and ``options``. Random operators,
    losses, loops and operators in Python are left out.
    """

    _OPTIONS = ("mode", "dynamic", "fullgraph", "options")

    def __init__(self) -> None:
        super().__init__()
        self._options: dict[str, Any] = {}

    def pre_partition(self, graph: Symbol, args: Mapping[str, Any], aux: Mapping[str, Any], options: Any) -> None:
        unknown = [k for k in options if k not in self._OPTIONS]
        if unknown:
            raise DTypeError(f"inductor has no option {unknown[0]!r}; expected {', '.join(self._OPTIONS)}")
        self._options = dict(options)

    def create_subgraph_selector(self) -> SubgraphSelector:
        return _Compilable()

    def create_subgraph_node(self, subgraph: Symbol, number: int) -> Any:
        options = self._options
        return self.node(subgraph, number, lambda program: _Compiled(program, options))


class _Compiled:
    """The function of a part, compiled at the first call that computes something."""

    def __init__(self, program: Program, options: Mapping[str, Any]) -> None:
        self._program = program
        self._options = options
        self._compiled: Callable[..., Any] | None = None

    def __call__(self, *values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        if state.tracing or any(v.is_meta for v in values):  # only shapes are asked for
            return self._program.run(*values)
        if self._compiled is None:
            self._compiled = torch.compile(self._program.run, **self._options)
        try:
            return self._compiled(*values)
        except MXNetError:
            raise
        except Exception as error:
            raise _explained(error) from error


def _explained(error: Exception) -> Exception:
    if type(error).__module__.startswith(("torch._inductor", "torch._dynamo")):
        return MXNetError(
            f"inductor: the graph could not be compiled: {type(error).__name__}: {str(error).splitlines()[0]}; it "
            "needs a C++ compiler on CPUs (g++ or clang; CXX names another one), and Triton on GPUs"
        )
    return error
