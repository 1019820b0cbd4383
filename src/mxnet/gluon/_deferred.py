"""Deferred compute: graphs of what blocks without ``hybrid_forward`` do with arrays.

Their ``forward`` is run once with arrays that have shapes but no values, and the operators it calls are recorded
instead of run. A ``forward`` that needs values, or computes with arrays that are neither its inputs nor parameters,
cannot be recorded: it runs array by array, as all of them do in 1.9.1.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from mxnet._base.errors import KERNEL_ERRORS, MXNetError
from mxnet._graph.node import Node
from mxnet._graph.told import infer
from mxnet._runtime.array import Array, Variable
from mxnet._runtime.autograd import Scope
from mxnet._runtime.inference import context_of
from mxnet._runtime.state import state
from mxnet.symbol import Symbol
from mxnet.symbol._history import entries_of

from ._changes import making
from ._errors import DeferredInitializationError
from ._tree import _flatten, _regroup, leaves

if TYPE_CHECKING:
    from ._hybrid import HybridBlock

_MOST_GRAPHS = 64
"""A block that meets more shapes than these forgets the graphs it has made, and begins anew."""


class _Untraceable(MXNetError):
    """A ``forward`` that cannot be turned into a graph; the message says why."""


class _Tracer:
    """Stands for the dispatcher while a block is traced: writes operators down as histories, which graphs are made of.

    ``ends``: the variables of the graph, by the end of a history that stands for each.
    """

    def __init__(self, block: HybridBlock) -> None:
        self.ends: dict[Variable, Node] = {}
        self._block = block
        self._of_parameters: dict[int, Variable] = {}
        self._stand_ins: dict[int, Array] = {}

    def input(self, like: Array, variable: Symbol) -> Array:
        """An array like ``like``, without values, that is an input of the graph."""
        end = Variable()
        self.ends[end] = variable._outputs[0][0]
        return _without_values(like, end)

    def stand_in(self, array: Array) -> Array:
        """What ``forward`` sees of an array of a parameter: it has no values; itself, if the graph knows none such."""
        if id(array) not in self._stand_ins:
            end = self._parameter(array)
            if end is None:
                return array
            self._stand_ins[id(array)] = _without_values(array, end)
        return self._stand_ins[id(array)]

    def __call__(self, cls: type[Array], bound: Any, arrays: Sequence[Any], out: Any) -> Any:
        if out is not None:
            raise _Untraceable(f"{bound.op.name} writes to an array given as out=")
        histories = [self.history(a) for a in arrays if a is not None]
        with Scope(False, None):
            made = infer(bound, [None if a is None else a._meta() for a in arrays])
        step = [bound, histories]
        ctx = arrays[0]._ctx.results if arrays and arrays[0] is not None else context_of(bound)
        results = [_array(cls, tensor, ctx, (step, i)) for i, tensor in enumerate(made[: bound.visible])]
        return results[0] if bound.visible == 1 else results

    def history(self, array: Any) -> Any:
        """Where in the graph ``array`` comes from."""
        if not isinstance(array, Array):
            raise _Untraceable(f"an operator is given {array!r}, which is no array")
        if array._node is not None and array._node[0].is_meta:
            return array._node[1]
        end = self._parameter(array)
        if end is None:
            raise _Untraceable(
                f"an array of shape {tuple(array._meta().shape)} is neither an input nor a parameter; make it a "
                "gluon.Constant, or of an operator in forward"
            )
        return end

    def _parameter(self, array: Array) -> Variable | None:
        """The end that stands for an array of a parameter."""
        if id(array) not in self._of_parameters:
            self._meet_parameters()  # there may be more now, which were initialised during tracing
        return self._of_parameters.get(id(array))

    def _meet_parameters(self) -> None:
        for param in self._block.collect_params().values():
            for array in param._data or ():
                if id(array) not in self._of_parameters:
                    end = self._of_parameters[id(array)] = Variable()
                    self.ends[end] = param.var()._outputs[0][0]

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """Operators come to this tracer in the body of the ``with``."""
        with Scope(True, None), _standing(self):
            yield


@contextmanager
def _standing(tracer: Any) -> Iterator[None]:
    before, state.tracer = state.tracer, tracer  # a block traced for its shapes may be in one that is traced
    try:
        yield
    finally:
        state.tracer = before


def _without_values(like: Array, end: Variable) -> Array:
    return _array(type(like), like._meta().to("meta"), like._ctx, end)


def _array(cls: type[Array], tensor: torch.Tensor, ctx: Any, history: Any) -> Array:
    # the node says that the array is of what is recorded: reshape, indexing and the like, which are no operators, look
    node = torch.empty(tensor.shape, device="meta", requires_grad=True)
    return cls(tensor, ctx, (node, history))


def _defines(kind: type[HybridBlock], method: str) -> bool:
    """Whether blocks of the kind have one of their own; that of HybridBlock may be decorated, as ``use_np`` does."""
    from ._hybrid import HybridBlock

    return inspect.unwrap(getattr(kind, method)) is not getattr(HybridBlock, method)


def follows_forward(kind: type[HybridBlock]) -> bool:
    """Whether only ``forward`` says what blocks of this class compute."""
    return _defines(kind, "forward") and not _defines(kind, "hybrid_forward")


def holds_such(block: Any) -> bool:
    """Whether that holds for it, or for a block in it."""
    return follows_forward(type(block)) or any(holds_such(child) for child in block._children.values())


def traced(forward: Callable[..., Any]) -> Callable[..., Any]:
    """``forward`` of a class without ``hybrid_forward``: if its block is hybridized, a graph runs in its place."""

    @functools.wraps(forward)
    def run(self: HybridBlock, *args: Any, **kwargs: Any) -> Any:
        if self._active and state.tracer is None and not kwargs and self._way() is ARRAYS:
            return call(self, args)
        try:
            return forward(self, *args, **kwargs)
        except DeferredInitializationError:
            if not _initialise_own(self, args):
                raise
        return forward(self, *args, **kwargs)

    run._traced = True  # type: ignore[attr-defined]
    return run


def _initialise_own(block: HybridBlock, args: Sequence[Any]) -> bool:
    """Initialise its own parameters, if it tells their shapes itself by an ``infer_shape``; whether there were any."""
    waiting = [p for p in block._reg_params.values() if p._deferred_init]
    if not waiting or not _defines(type(block), "infer_shape"):
        return False
    block.infer_shape(*args)
    for param in waiting:
        param._finish_deferred_init()
    return True


SYMBOLS, ARRAYS, NEITHER = "symbols", "arrays", "neither"
"""What a hybridized block is traced with."""


def call(block: HybridBlock, args: Sequence[Any]) -> Any:
    """Run the graph for inputs of these shapes, traced now if they are new; array by array if it can not be."""
    if any(isinstance(a, Symbol) for a in leaves(args)):
        with Scope(False, None), _standing(_Symbols()):
            return block.forward(*args)
    key = state.training, tuple([_kind(a) for a in args])
    graph = block._graphs.get(key)
    if graph is None:
        try:
            graph = _compiled(block, args, key)
        except KERNEL_ERRORS as error:
            return _array_by_array(block, args, error)
    return graph._call_cached_op(*args)


class _Symbols:
    """Takes the place of a tracer, so that blocks do not ask for one."""

    def __call__(self, *args: Any) -> Any:
        raise _Untraceable("arrays and symbols do not go together")

    def stand_in(self, array: Array) -> Array:
        return array


def _kind(arg: Any) -> Any:
    if isinstance(arg, Array):
        meta = arg._meta()
        return type(arg), meta.shape, meta.dtype
    return tuple([_kind(a) for a in arg]) if isinstance(arg, (list, tuple)) else type(arg)


def _compiled(block: HybridBlock, args: Sequence[Any], key: Any) -> HybridBlock:
    """A twin of ``block`` for these shapes, so that threads with others do not meet; ``block`` has its graph, too."""
    with making:
        twin = block._graphs.get(key)
        if twin is None:  # no other thread has made it meanwhile
            block._cached_graph = ()
            block._build_cache(*args)
            twin = object.__new__(type(block))
            vars(twin).update(vars(block), _graphs={})  # what copy.copy makes has no graph
            if len(block._graphs) >= _MOST_GRAPHS:
                block._graphs.clear()
            block._graphs[key] = twin
        return twin


def _array_by_array(block: HybridBlock, args: Sequence[Any], error: Exception) -> Any:
    block._traced_with = NEITHER
    try:
        out = block.forward(*args)
    except Exception:
        block._traced_with = ARRAYS  # it is not for tracing that it fails
        raise
    why = "it asks for the values of an array" if "meta tensor" in str(error) else error
    warnings.warn(
        f"{type(block).__name__} '{block.name}' is hybridized, but no graph can be made of its forward, which runs "
        f"array by array: {why}",
        stacklevel=4,
    )
    return out


def trace(block: HybridBlock, args: Sequence[Any]) -> tuple[list[Any], Symbol]:
    """Run ``forward`` with arrays without values in the place of ``args``: inputs of the graph, and outputs."""
    from ._tracing import input_variables, joined

    flat, variables = input_variables(block, args)
    tracer = _Tracer(block)
    inputs = [None if a is None else tracer.input(a, v) for a, v in zip(flat, variables, strict=True)]
    with tracer.tracing():
        out = block.forward(*_regroup(inputs, block._in_format)[0])
    arrays, block._out_format = _flatten(out, "output")
    arrays = [a for a in arrays if a is not None]
    if not arrays:
        raise _Untraceable("it gives no array")
    entries = entries_of([tracer.history(a) for a in arrays], tracer.ends, inline=True)
    symbols = [
        Symbol([e]) if a._face == "nd" else Symbol([e]).as_np_ndarray() for a, e in zip(arrays, entries, strict=True)
    ]
    return variables, joined(block, variables, symbols)
