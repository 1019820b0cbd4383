"""The backends that are there: parts by names of operators, and a compiler."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch

from mxnet._base.errors import DTypeError, MXNetError
from mxnet._graph.common import repeatable
from mxnet._graph.node import Node
from mxnet._graph.program import Program
from mxnet._ops import find
from mxnet._runtime.state import state

from ._property import SubgraphProperty, SubgraphSelector, UnknownBackend, register

if TYPE_CHECKING:
    from mxnet.symbol import Symbol

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


@register("MKLDNN")
@register("MKLDNN_QUANTIZE")
class _OwnKernels(SubgraphProperty):
    """Takes nothing: what these backends of 1.9.1 fuse, programs run by oneDNN's kernels, and fuse, by themselves."""


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
