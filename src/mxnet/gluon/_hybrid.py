"""HybridBlock: runs operator by operator, or as a graph traced once."""

from __future__ import annotations

import warnings
from typing import Any

from mxnet import ndarray as nd
from mxnet import symbol as sym
from mxnet._base.errors import ArgumentError, MXNetError
from mxnet._graph.cached_op import CachedOp
from mxnet._runtime.array import Array
from mxnet._runtime.context import Context, current_context
from mxnet.symbol import Symbol

from ._block import Block
from ._errors import DeferredInitializationError, RejectedError
from ._nested import Form, flatten, regroup
from .parameter import known


class HybridBlock(Block):
    """A block whose forward is written once for arrays and symbols: ``hybrid_forward(F, x, *args, **params)``.

    ``F`` is ``mx.nd`` or ``mx.sym``; parameters set as attributes arrive by name. After ``hybridize()`` the first call
    traces the forward to a graph, which later calls run. Subclasses may define ``forward`` instead; it then runs
    operator by operator, hybridized or not.

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
    >>> net(mx.nd.array([3])).asscalar()
    3.0
    """

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self._cached_graph: tuple[list[Symbol], Symbol] | tuple[()] = ()
        self._cached_op: CachedOp | None = None
        self._cached_inputs: list[Any] = []
        self._in_format: Form = None
        self._out_format: Form = None
        self._called_infer_shape_already = False
        self._active = False
        self._flags: dict[str, Any] = {}
        self._monitor: tuple[Any, bool] | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if isinstance(value, HybridBlock):
            self._clear_cached_op()

    def register_child(self, block: Block, name: str | None = None) -> None:
        if not isinstance(block, HybridBlock):
            raise ArgumentError(
                f"Children of HybridBlock must also be HybridBlock, but {block!r} has type {type(block)}. If you are "
                "using Sequential, please try HybridSequential instead."
            )
        super().register_child(block, name)
        self._clear_cached_op()

    def _clear_cached_op(self) -> None:
        self.__dict__["_cached_graph"] = ()
        self.__dict__["_cached_op"] = None
        self.__dict__["_called_infer_shape_already"] = False

    def hybridize(
        self, active: bool = True, backend: str | None = None, backend_opts: Any = None, clear: bool = True, **kwargs: Any
    ) -> None:
        """Turn compilation on or off, for this block and all within.

        Args:
            active: on or off.
            backend, backend_opts: a compiler to hand the graph to; none is registered.
            clear: forget the graph traced before.
            kwargs: ``static_alloc``, ``static_shape``, ``inline_limit``, ``forward_bulk_size``,
                ``backward_bulk_size``, kept as flags of the CachedOp, where they change nothing.

        Raises:
            ArgumentError: an unknown flag, or a backend.
        """
        if backend is not None:
            raise ArgumentError(f"hybridize: backend {backend!r} is not registered; leave it out")
        unknown = set(kwargs) - {
            "static_alloc",
            "static_shape",
            "inline_limit",
            "forward_bulk_size",
            "backward_bulk_size",
            "partition_if_dynamic",
        }
        if unknown:
            raise ArgumentError(f"hybridize: unknown flag {sorted(unknown)[0]!r}")
        self._active = active
        if clear:
            self._flags = dict(kwargs)
            self._clear_cached_op()
        else:
            self._flags.update(kwargs)
        if active and (self._forward_hooks or self._forward_pre_hooks):
            warnings.warn(
                f'"{type(self).__name__}" is being hybridized while still having forward hook/pre-hook. If '
                f'"{type(self).__name__}" is a child of HybridBlock, the hooks will not take effect.',
                stacklevel=2,
            )
        super().hybridize(active, **kwargs)

    def cast(self, dtype: Any) -> None:
        self._clear_cached_op()
        super().cast(dtype)

    # -- tracing ------------------------------------------------------------------------------------------------

    def _get_graph(self, *args: Any) -> tuple[list[Symbol], Symbol]:
        """The symbols of the inputs and of the outputs, traced at the first call."""
        if not self._cached_graph:
            flat, self._in_format = flatten(list(args), "input")
            present = [i for i, a in enumerate(flat) if a is not None]
            names = ["data"] if len(present) == 1 else [f"data{i}" for i in range(len(present))]
            inputs: list[Symbol | None] = [None] * len(flat)
            for name, i in zip(names, present, strict=True):
                inputs[i] = sym.var(name)
            grouped, _ = regroup(list(inputs), self._in_format)
            with self.name_scope():
                out = self._trace(grouped)
            listed, self._out_format = flatten(out, "output")
            self._cached_graph = [i for i in inputs if i is not None], sym.Group([o for o in listed if o is not None])
        return self._cached_graph

    def _trace(self, inputs: list[Any]) -> Any:
        params = {name: param.var() for name, param in self._reg_params.items()}
        return self.hybrid_forward(sym, *inputs, **params)

    def _build_cache(self, *args: Any) -> CachedOp:
        inputs, out = self._get_graph(*args)
        places = {symbol.name: i for i, symbol in enumerate(inputs)}
        params = dict(self.collect_params().items())
        names = out.list_inputs()
        unused = [n for n in places if n not in names]
        if unused:
            listed = ", ".join(str(places[n]) for n in unused)
            warnings.warn(
                f"The {listed}-th input to HybridBlock is not used by any computation. Is this intended?", stacklevel=4
            )
        missing = [n for n in names if n not in places and n not in params]
        if missing:
            raise MXNetError(f"Unknown input to HybridBlock: {missing[0]}; it is neither an input nor a parameter")
        self._cached_inputs = [places[n] if n in places else params[n] for n in names]
        self._cached_op = CachedOp(out, self._flags.items())
        return self._cached_op

    def _call_cached_op(self, *args: Any) -> Any:
        cached = self._cached_op
        if cached is None:
            cached = self._build_cache(*args)
        flat, form = flatten(list(args), "input")
        if form != self._in_format:
            raise ArgumentError(
                f"{self.name}: Invalid input format: the inputs are nested as {form}, expected {self._in_format} as in "
                "the first call; call hybridize() again to trace anew"
            )
        arrays = [a for a in flat if a is not None]
        ctx = arrays[0]._ctx
        try:
            inputs = [arrays[i] if i.__class__ is int else i.data(ctx) for i in self._cached_inputs]
        except DeferredInitializationError:
            self._deferred_infer_shape(*args)
            for param in self._cached_inputs:
                if not isinstance(param, int):
                    param._finish_deferred_init()
            inputs = [arrays[i] if i.__class__ is int else i.data(ctx) for i in self._cached_inputs]
        out = cached(*inputs)
        if self._monitor is not None:
            self._tell(inputs)
        listed = out if isinstance(out, list) else [out]
        return regroup(listed, self._out_format)[0]

    def register_op_hook(self, callback: Any, monitor_all: bool = False) -> None:
        """Call ``callback(node_name, operator_name, array)`` with every operator's outputs (``monitor_all``: inputs
        too) when the hybridized block runs."""
        self._monitor = (callback, monitor_all)
        super().register_op_hook(callback, monitor_all)

    def _tell(self, inputs: list[Any]) -> None:
        from mxnet._graph.program import Program

        callback, everything = self._monitor  # type: ignore[misc]
        internals = self._cached_graph[1].get_internals()  # type: ignore[misc]
        program = Program(internals._outputs, self._cached_op.bound.program.inputs)  # type: ignore[union-attr]
        values = program.run(*[a._data for a in inputs])
        for (node, _), name, value in zip(internals._outputs, internals.list_outputs(), values, strict=True):
            if node.op is not None or everything:
                callback(name, node.op.name if node.op else "null", type(inputs[0])(value, inputs[0]._ctx))

    # -- shapes -------------------------------------------------------------------------------------------------

    def _infer_attrs(self, kind: str, attr: str, *args: Any) -> None:
        inputs, out = self._get_graph(*args)
        flat = [a for a in flatten(list(args), "input")[0] if a is not None]
        used = set(out.list_inputs())
        given = {i.name: getattr(a, attr) for i, a in zip(inputs, flat, strict=True) if i.name in used}
        found, _, aux = getattr(out, f"{kind}_partial")(**given)
        by_name = dict(zip(out.list_arguments(), found, strict=True))
        by_name.update(zip(out.list_auxiliary_states(), aux, strict=True))
        for param in self.collect_params().values():
            value = by_name.get(param.name)
            if value is None or (attr == "shape" and not value):
                continue
            if attr == "shape":
                param.shape = value
            else:
                param.dtype = value

    def infer_shape(self, *args: Any) -> None:
        """Set the shapes of all parameters from those of the inputs."""
        self._infer_attrs("infer_shape", "shape", *args)

    def infer_type(self, *args: Any) -> None:
        """Set the dtypes of all parameters from those of the inputs."""
        self._infer_attrs("infer_type", "dtype", *args)

    def _deferred_infer_shape(self, *args: Any) -> None:
        try:
            self.infer_shape(*args)
        except RejectedError:
            raise
        except MXNetError as error:
            raise ArgumentError(
                f"Deferred initialization failed because shape cannot be inferred. {error}"
            ) from error
        unknown = [
            p.name for p in self.collect_params().values() if p._deferred_init and not known(p.shape)
        ]
        if unknown:
            raise ArgumentError(
                "Deferred initialization failed because shape cannot be inferred. Parameters without a shape: "
                f"{', '.join(unknown)}; give in_units, in_channels, ... or check that forward uses them"
            )

    # -- running ------------------------------------------------------------------------------------------------

    def forward(self, x: Any, *args: Any) -> Any:
        """Run on arrays, as a graph if hybridized, or on symbols."""
        ctx = x._ctx if isinstance(x, Array) else None
        if ctx is None:
            kind, ctx = _first((x, *args))
            if kind is Symbol:
                return self._forward_symbol(x, *args)
        if ctx == current_context():
            return self._forward_arrays(ctx, x, *args)
        with ctx:
            return self._forward_arrays(ctx, x, *args)

    def _forward_arrays(self, ctx: Context, x: Any, *args: Any) -> Any:
        if self._active:
            return self._call_cached_op(x, *args)
        try:
            params = {name: param.data(ctx) for name, param in self._reg_params.items()}
        except DeferredInitializationError:
            self._deferred_infer_shape(x, *args)
            for param in self.params.values():
                param._finish_deferred_init()
            params = {name: param.data(ctx) for name, param in self._reg_params.items()}
        return self.hybrid_forward(nd, x, *args, **params)

    def _forward_symbol(self, x: Any, *args: Any) -> Any:
        params = {name: param.var() for name, param in self._reg_params.items()}
        with self.name_scope():
            return self.hybrid_forward(sym, x, *args, **params)

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Compute the output with the operators of ``F``; subclasses define it."""
        raise ArgumentError(f"{type(self).__name__} must define hybrid_forward(self, F, x, *args, **params)")

    # -- files --------------------------------------------------------------------------------------------------

    def export(self, path: str, epoch: int = 0, remove_amp_cast: bool = True) -> tuple[str, str]:
        """Write ``path-symbol.json`` and ``path-<epoch in 4 digits>.params``, which 1.9.1 and SymbolBlock can load.

        Returns:
            The names of both files.

        Raises:
            MXNetError: the block was not hybridized and run before.
        """
        if not self._cached_graph:
            raise MXNetError(
                "Please first call block.hybridize() and then run forward with this block at least once before calling "
                "export."
            )
        out = self._cached_graph[1]
        symbol_file, params_file = f"{path}-symbol.json", f"{path}-{epoch:04d}.params"
        out.save(symbol_file, remove_amp_cast=remove_amp_cast)
        arguments, aux = set(out.list_arguments()), set(out.list_auxiliary_states())
        values = {}
        for name, param in self.collect_params().items():
            if name in arguments:
                values[f"arg:{name}"] = param._reduce()
            elif name in aux:
                values[f"aux:{name}"] = param._reduce()
            else:
                warnings.warn(
                    f'Parameter "{name}" was not found in graph. It will not be exported.', stacklevel=2
                )
        nd.save(params_file, values)
        return symbol_file, params_file

    def optimize_for(self, x: Any, *args: Any, backend: str | None = None, clear: bool = True, **kwargs: Any) -> Any:
        """``hybridize(backend=backend)`` and a first call.

        Raises:
            ArgumentError: a backend; none is registered.
        """
        self.hybridize(True, backend=backend, clear=clear, **kwargs)
        return self(x, *args)

    def _describe(self) -> dict[str, Any]:
        if not self._cached_graph:
            return super()._describe()
        inputs, out = self._cached_graph
        return {
            "orig_name": self.name,
            "in_format": self._in_format,
            "out_format": self._out_format,
            "inputs": [i.tojson(remove_amp_cast=False) for i in inputs],
            "symbol": out.tojson(remove_amp_cast=False),
            "params": {param.name: place for place, param in self._collect_params_with_prefix().items()},
        }

    def _restore(self, found: Any, path: str) -> None:
        if not isinstance(found, dict) or "symbol" not in found:
            super()._restore(found, path)
            return
        # parameters are called otherwise here than where the file was written
        own = self._collect_params_with_prefix()
        renamed = {
            was: own[place].var() for was, place in (found.get("params") or {}).items() if place in own
        }
        out = sym.load_json(found["symbol"])
        out = out(**{k: v for k, v in renamed.items() if k in out.list_inputs()})
        inputs = [sym.load_json(text) for text in found["inputs"]]
        self._cached_graph = inputs, out
        self._in_format, self._out_format = found["in_format"], found["out_format"]
        self._active = True


def _first(args: Any) -> tuple[type, Context | None]:
    """What the inputs are: arrays, and on which context, or symbols."""
    for a in args:
        if isinstance(a, Array):
            return Array, a._ctx
        if isinstance(a, Symbol):
            return Symbol, None
        if isinstance(a, (list, tuple)):
            try:
                return _first(a)
            except NoInput:
                continue
    raise NoInput(
        "In HybridBlock, there must be one NDArray or one Symbol in the input. Please check the type of the args: "
        f"{[type(a) for a in args]}"
    )


class NoInput(ArgumentError):
    """A hybrid block called with neither arrays nor symbols."""
