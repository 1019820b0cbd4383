"""What a backend is: which nodes it takes, and what it puts in their place; backends by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mxnet._base.errors import ArgumentError, DTypeError
from mxnet._graph.node import Node
from mxnet._graph.program import Program
from mxnet._graph.subgraph import make_node

if TYPE_CHECKING:
    from mxnet.symbol import Symbol


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
