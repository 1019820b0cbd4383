"""HybridBlock: a block that can be traced to a graph, which then runs as one operator."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from mxnet import subgraph, symbol
from mxnet._base.errors import KERNEL_ERRORS, ArgumentError, MXNetError, ShapeError
from mxnet._graph.cached_op import CachedOp
from mxnet._runtime.state import state
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol

from . import _deferred, _files, _tracing
from ._changes import changes
from ._compiled import NONE_KEPT, CompiledBlock, Kept, fetched
from ._contexts import contexts_of
from ._deferred import ARRAYS, SYMBOLS
from ._parameter import Parameter
from ._tree import leaves

_OF_TRACING = {"_own_arrays", "_op_arrays", "_traced_with", "_graphs"}


class HybridBlock(CompiledBlock):
    """A block that computes with arrays, or is traced to a graph.

    A subclass defines ``hybrid_forward(F, x, *args, **params)``. ``F`` is ``mx.nd`` or ``mx.sym``; its own parameters
    come as keyword arguments, by the names they were set as attributes. After ``hybridize()`` the first call traces
    it, and from then on the graph runs instead; all its children must then be HybridBlocks.

    A subclass may instead define ``forward(x, *args)``, which computes with arrays and gets those of its own parameters
    by ``data()``. After ``hybridize()`` it is run once for each new combination of shapes, in training or not, with
    arrays that have no values; the graph recorded then runs in its place, and side effects in Python are not repeated.
    Where it asks for values, or uses arrays that are neither inputs nor parameters, it runs array by array, with a
    warning; in 1.9.1 it always does. If it has parameters of unknown shape, it defines ``infer_shape(x, *args)``, which
    sets them.

    >>> import mxnet as mx
    >>> class Scale(HybridBlock):
    ...     def __init__(self, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.factor = self.params.get("factor", shape=(1,), init="ones")
    ...     def hybrid_forward(self, F, x, factor):
    ...         return F.broadcast_mul(x, factor)
    >>> net = Scale()
    >>> net.initialize()
    >>> net.hybridize()
    >>> net(mx.nd.array([2])).asscalar()
    2.0
    """

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self._cached_graph: Any = ()
        self._cached_op: CachedOp | None = None
        self._cached_op_args: list[tuple[bool, Any]] = []
        self._cached_op_inputs: list[tuple[int, int]] = []
        self._out_format: Any = None
        self._in_format: Any = None
        self._active = False
        self._flags: list[tuple[str, Any]] = []
        self._callback: Callable[..., Any] | None = None
        self._monitor_all = False
        self._backend: str | None = None
        self._backend_opts: dict[str, Any] = {}
        self._own_arrays: Kept = NONE_KEPT
        self._op_arrays: Kept = NONE_KEPT
        self._traced_with = ""
        self._graphs: dict[Any, HybridBlock] = {}

    def __getstate__(self) -> dict[str, Any]:
        """The attributes that 1.9.1 pickles too, without the graph, which is traced again."""
        bare = object.__new__(type(self))
        vars(bare).update(vars(self))
        bare._clear_cached_op()
        return {name: value for name, value in vars(bare).items() if name not in _OF_TRACING}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._clear_cached_op()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not getattr(cls.forward, "_traced", False) and _deferred.follows_forward(cls):
            cls.forward = _deferred.traced(cls.forward)  # type: ignore[method-assign]

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if isinstance(value, (HybridBlock, Parameter)):
            self._clear_cached_op()

    def _clear_cached_op(self) -> None:
        """Forget the graph; the next call traces again."""
        self._cached_graph = ()
        self._cached_op = None
        self._cached_op_args = []
        self._own_arrays = self._op_arrays = NONE_KEPT
        self._traced_with = ""
        self._graphs = {}

    def _way(self) -> str:
        """What it is traced with: ``SYMBOLS``, ``ARRAYS``, or ``NEITHER`` once tracing was found to be impossible."""
        if not self._traced_with:
            self._traced_with = ARRAYS if _deferred.holds_such(self) else SYMBOLS
        return self._traced_with

    def register_child(self, block: Any, name: str | None = None) -> None:
        """Make ``block``, a HybridBlock, a child.

        Raises:
            ArgumentError: it is no HybridBlock.
        """
        if not isinstance(block, HybridBlock):
            raise ArgumentError(
                f"Children of HybridBlock must also be HybridBlock, but {block!r} has type {type(block)}. If you are "
                "using Sequential, please try HybridSequential instead."
            )
        super().register_child(block, name)
        self._clear_cached_op()

    def register_op_hook(self, callback: Callable[..., Any], monitor_all: bool = False) -> None:
        """Call ``callback(name, operator, handle)`` with every operator's outputs when the traced graph runs.

        Args:
            callback: gets the name of the value and of the operator, both as bytes, and a handle, from which
                ``mx.nd.NDArray(handle)`` makes the array for as long as the callback runs or the handle is kept.
            monitor_all: also with every operator's inputs.

        1.9.1 also reports what training computes besides: gradients of inputs, and statistics of batches. Here
        ``mx.mon.Monitor`` on an executor reports the gradients.
        """
        super().register_op_hook(callback, monitor_all)
        self._callback = callback
        self._monitor_all = monitor_all
        self._graphs = {}

    def hybridize(
        self,
        active: bool = True,
        backend: str | None = None,
        clear: bool = True,
        static_alloc: bool = False,
        static_shape: bool = False,
        inline_limit: int = 2,
        forward_bulk_size: int | None = None,
        backward_bulk_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        """Trace this block and its children at the next call, and run the graph from then on.

        Args:
            active: do so, or stop doing so.
            backend: name of a backend to hand the graph to, once it is traced: see :mod:`mxnet.subgraph`.
            clear: forget a graph that was traced before.
            inline_limit: a graph with more operators than this is a single node ``_CachedOp`` in the symbol that
                ``autograd.get_symbol`` makes of what was recorded.
            static_alloc, static_shape, forward_bulk_size, backward_bulk_size: directions to 1.9.1's memory planner
                and engine. They change no result, and nothing at all on CPUs, except that with ``static_alloc`` the
                graph is that single node whatever its size.
            kwargs: options of the backend.

        Raises:
            ArgumentError: there is no such backend.
        """
        if backend is not None:
            subgraph.get(backend)
        elif kwargs:
            warnings.warn(
                f"hybridize: {', '.join(kwargs)} would be an option of a backend, and backend is None: no effect",
                stacklevel=2,
            )
        self._backend = backend
        self._backend_opts = kwargs
        self._active = active
        options: dict[str, Any] = {
            "static_alloc": static_alloc,
            "static_shape": static_shape,
            "inline_limit": inline_limit,
        }
        if forward_bulk_size is not None:
            options["forward_bulk_size"] = forward_bulk_size
        if backward_bulk_size is not None:
            options["backward_bulk_size"] = backward_bulk_size
        self._flags = list(options.items())
        if clear:
            self._clear_cached_op()
        if active and (self._forward_hooks or self._forward_pre_hooks):
            warnings.warn(
                f'"{self}" is being hybridized while still having forward hook/pre-hook. If "{self}" is a child of '
                "HybridBlock, the hooks will not take effect.",
                stacklevel=2,
            )
        super().hybridize(active, clear=clear, **options)

    def optimize_for(
        self,
        x: Any,
        *args: Any,
        backend: str | None = None,
        clear: bool = False,
        static_alloc: bool = False,
        static_shape: bool = False,
        inline_limit: int = 2,
        forward_bulk_size: int | None = None,
        backward_bulk_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        """Hand the graph to a backend without running it; what the backend makes of it is then run and exported.

        Args:
            x, args: inputs as for a call, arrays or symbols; the backend is told the shapes that follow from arrays.
            backend: its name; see :mod:`mxnet.subgraph`.
            clear: trace again, rather than hand over a graph that was handed over before.
            static_alloc, static_shape, inline_limit, forward_bulk_size, backward_bulk_size: as for :meth:`hybridize`.
            kwargs: options of the backend.

        Raises:
            ArgumentError: ``backend`` is missing, or there is none of that name.
        """
        if backend is None:
            raise ArgumentError('Must specify "backend" to optimize_for')
        self.hybridize(
            True,
            backend,
            clear,
            static_alloc,
            static_shape,
            inline_limit,
            forward_bulk_size,
            backward_bulk_size,
            **kwargs,
        )
        if not any(isinstance(leaf, Symbol) for leaf in leaves((x, *args))):
            self._context_of(x, args)
        self._build_cache(x, *args)

    def cast(self, dtype: Any) -> None:
        """Change the dtype of all parameters."""
        self._clear_cached_op()
        super().cast(dtype)

    # -- shapes -------------------------------------------------------------------------------------------------

    def infer_shape(self, *args: Any) -> None:
        """Derive the shapes of all parameters from inputs.

        Raises:
            ShapeError: shapes contradict each other; the message names the node.
        """
        _tracing.infer_shapes(self, args)

    def infer_type(self, *args: Any) -> None:
        """Derive the dtypes of all parameters from inputs."""
        _tracing.infer_types(self, args)

    def _deferred_infer_shape(self, *args: Any) -> None:
        try:
            self.infer_shape(*args)
        except KERNEL_ERRORS as error:
            raise ShapeError(
                f"{type(self).__name__} '{self.name}': Deferred initialization failed because shape cannot be "
                f"inferred. {error}"
            ) from error

    def _finish_deferred(self, *args: Any) -> None:
        """Derive what is not known of the parameters and initialise them."""
        self._deferred_infer_shape(*args)
        for param in self.collect_params().values():
            if param._deferred_init:
                param._finish_deferred_init()

    # -- running ------------------------------------------------------------------------------------------------

    def forward(self, x: Any, *args: Any) -> Any:
        """Compute the output of arrays, or the symbol of symbols.

        Raises:
            ArgumentError: there is no array or symbol among the arguments, or some of each.
            RuntimeError: a parameter is not initialised, or not on the context of the input.
        """
        ctx = x._ctx if isinstance(x, NDArray) else None
        for a in args:
            if ctx is None or not isinstance(a, NDArray) or not (a._ctx is ctx or a._ctx == ctx):
                ctx = None
                break
        if ctx is None:  # not just arrays on one context: look closely
            ctx = self._context_of(x, args)
            if ctx is None:
                return self._forward_symbols(x, *args)
        if self._active:
            way = self._traced_with or self._way()
            if way is SYMBOLS:
                return self._call_cached_op(x, *args)
            if way is ARRAYS and state.tracer is None:
                return _deferred.call(self, (x, *args))
        known = self._own_arrays
        if known[0] != changes.count or known[1] is not ctx:
            known = self._fetch_own(ctx, x, args)
            if state.tracer is None:
                self._own_arrays = known
        try:
            return self.hybrid_forward(_tracing.face_of(x, args), x, *args, **known[2])
        except MXNetError as error:
            raise _tracing.located(error, self) from error.__cause__
        except TypeError as error:
            raise (_tracing.misfit(self, 1 + len(args)) or error) from error.__cause__

    def _context_of(self, x: Any, args: Sequence[Any]) -> Any:
        """The context of the first array, None if there are symbols."""
        symbols, arrays, contexts = contexts_of(leaves((x, *args)))
        if symbols and arrays:
            raise ArgumentError(
                f"{type(self).__name__} '{self.name}': In HybridBlock, we do not support mixed NDArrays and Symbols "
                "types for the input. Please check the type of the args.\n"
            )
        if symbols:
            return None
        if not arrays:
            got = ", ".join(type(a).__name__ for a in (x, *args))
            raise ArgumentError(
                f"{type(self).__name__} '{self.name}': In HybridBlock, there must be one NDArray or one Symbol in the "
                f"input. Please check the type of the args: got {got}; mx.nd.array(x) makes an NDArray of numbers."
            )
        if self._active and len(contexts) > 1:
            raise ArgumentError(
                f"{type(self).__name__} '{self.name}': Find multiple contexts in the input, After hybridized, the "
                "HybridBlock only supports one input context. You can print the ele.ctx in the input arguments to "
                f"inspect their contexts. Find all contexts = {set(contexts)}"
            )
        return next(iter(contexts))

    def _fetch_own(self, ctx: Any, x: Any, args: Sequence[Any]) -> Kept:
        """Its own parameters' arrays on ``ctx``, initialised now if that was deferred."""
        params = self._reg_params
        return fetched(
            self._own_arrays,
            ctx,
            params.values(),
            lambda: {name: p.data(ctx) for name, p in params.items()},
            lambda: self._finish_deferred(x, *args),
        )

    def _forward_symbols(self, x: Any, *args: Any) -> Any:
        params = {name: p.var() for name, p in self._reg_params.items()}
        with self.name_scope():
            return self.hybrid_forward(symbol, x, *args, **params)

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Compute the output with the functions of ``F``; subclasses define it.

        Args:
            F: ``mx.nd`` for arrays, ``mx.sym`` for symbols.
            x, args: the inputs.
            kwargs: its own parameters, by attribute name.
        """
        raise NotImplementedError(f"{type(self).__name__} must define hybrid_forward(self, F, x, *args, **params)")

    # -- in files ------------------------------------------------------------------------------------------------

    def export(self, path: str, epoch: int = 0, remove_amp_cast: bool = True) -> None:
        """Write graph and parameters for ``SymbolBlock.imports``, ``Module.load`` and other languages.

        Args:
            path: the files are ``path-symbol.json`` and ``path-0000.params``.
            epoch: the number in the name of the latter.
            remove_amp_cast: leave out casts that mixed precision put in.

        Raises:
            RuntimeError: it was not yet hybridized and called.
        """
        if not self._cached_graph:
            raise MXNetError(
                f"{type(self).__name__} '{self.name}': Please first call block.hybridize() and then run forward with "
                "this block at least once before calling export."
            )
        _files.export_graph(self, path, epoch, remove_amp_cast)


HybridBlock.__module__ = "mxnet.gluon.block"
