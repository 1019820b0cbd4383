"""Blocks as graphs: traced, compiled, and called with arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from mxnet._base.errors import ArgumentError, MXNetError
from mxnet._graph.cached_op import CachedOp
from mxnet._runtime.state import state
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol

from . import _tracing
from ._block import Block
from ._changes import changes, making
from ._errors import DeferredInitializationError
from ._parameter import Parameter
from ._tree import _flatten, _regroup, merge_nones

Kept: TypeAlias = tuple[int, Any, Any, dict[Any, Any]]
"""Arrays of parameters: the count of changes up to which they are valid, their context, they, those of all contexts.

Blocks look at the first two in each call, which costs less than to look into the last.
"""

NONE_KEPT: Kept = (-1, None, None, {})


def fetched(
    kept: Kept, ctx: Any, params: Iterable[Parameter], fetch: Callable[[], Any], finish: Callable[[], None]
) -> Kept:
    """The arrays of ``params`` on ``ctx``: those that are kept, or what ``fetch`` gives, to be kept with others.

    ``finish`` is called before a second ``fetch`` where values are still to be made.
    """
    valid, _, _, of_contexts = kept
    count = changes.count  # before they are fetched: another thread may replace them then
    if valid == count and ctx in of_contexts:
        return valid, ctx, of_contexts[ctx], of_contexts
    try:
        arrays = fetch()
    except DeferredInitializationError:
        finish()
        count = changes.count
        arrays = fetch()
    if state.tracer is not None or any(type(p).data is not Parameter.data for p in params):
        return -1, ctx, arrays, {}  # only for this call
    if valid != count:
        of_contexts = {}  # no others, which would stay in memory
    of_contexts[ctx] = arrays
    return count, ctx, arrays, of_contexts


class CompiledBlock(Block):
    """What a :class:`HybridBlock` does with its graph, once it is traced."""

    def _get_graph(self, *args: Any) -> tuple[list[Any], Symbol]:
        """Inputs and outputs of the traced graph; traces if that has not been done."""
        if not self._cached_graph:
            self._cached_graph = _tracing.trace(self, args)
        return self._cached_graph

    def _adopt_graph(self, inputs: list[Any], outputs: Symbol, in_format: Any, out_format: Any, active: bool) -> None:
        """Take a graph that was traced before, from a file."""
        self._clear_cached_op()
        self._cached_graph = (inputs, outputs)
        self._in_format, self._out_format = in_format, out_format
        self._active = active

    def _build_cache(self, *args: Any) -> None:
        """Trace, and compile the graph."""
        inputs, outputs = self._get_graph(*args)
        if self._backend is not None:
            outputs = _tracing.partitioned(self, inputs, outputs, args)
            self._cached_graph = (inputs, outputs)
        self._cached_op_args = _tracing.plan(self, inputs, outputs)
        self._cached_op_inputs = [(at, which) for at, (is_input, which) in enumerate(self._cached_op_args) if is_input]
        self._cached_op = CachedOp(outputs, self._flags)

    def _call_cached_op(self, *args: Any) -> Any:
        if self._cached_op is None:
            with making:
                if self._cached_op is None:  # no other thread has built it meanwhile
                    self._build_cache(*args)
        flat: Sequence[Any] = args
        if self._in_format != [0] * len(args) or not all([isinstance(a, NDArray) for a in args]):
            flat = self._match_inputs(args)
        ctx = flat[0]._ctx
        known = self._op_arrays
        if known[0] != changes.count or known[1] is not ctx:
            known = self._fetch_all(ctx, args)
            if state.tracer is None:
                self._op_arrays = known
        arrays = known[2].copy()
        for at, which in self._cached_op_inputs:
            arrays[at] = flat[which]
        try:
            if self._callback is not None:
                out = _tracing.run_monitored(self, arrays)
            else:
                out = self._cached_op(*arrays)  # type: ignore[misc]
        except MXNetError as error:
            told = _tracing.explained(error, self, arrays)
            try:
                raise told from (error.__cause__ if told is error else error)
            finally:
                del told  # its traceback holds this frame, which would hold it, and with it the arrays
        fmt = self._out_format
        if fmt == 0:
            return out
        return _regroup([out] if isinstance(out, NDArray) else out, fmt, nones=False)[0]

    def _match_inputs(self, args: Sequence[Any]) -> list[Any]:
        """The arrays among the arguments, which must be built as those it was traced with."""
        flat, fmt = _flatten(args, "input")
        if fmt != self._in_format and merge_nones(fmt, self._in_format) is None:
            raise ArgumentError(
                f"{type(self).__name__} '{self.name}': The argument structure of HybridBlock does not match the cached "
                f"version. Stored format = {fmt}, input format = {self._in_format}; hybridize() it again, which traces "
                "it anew, before it is called with other arguments"
            )
        return [a for a in flat if a is not None]

    def _fetch_all(self, ctx: Any, args: Sequence[Any]) -> Kept:
        """The arrays of all parameters in the graph's order, with holes for the inputs."""
        params = [None if is_input else p for is_input, p in self._cached_op_args]
        return fetched(
            self._op_arrays,
            ctx,
            (p for p in params if p is not None),
            lambda: [None if p is None else p.data(ctx) for p in params],
            lambda: self._finish_deferred(*args),
        )
