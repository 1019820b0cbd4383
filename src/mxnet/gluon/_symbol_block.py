"""SymbolBlock: a block from a symbol."""

from __future__ import annotations

from typing import Any

from mxnet import symbol as sym
from mxnet._base.errors import ArgumentError
from mxnet._runtime.array import Array
from mxnet._runtime.dtypes import FROM_FLAG, NUMPY
from mxnet.symbol import Symbol

from ._errors import RejectedError
from ._hybrid import HybridBlock, _first
from ._nested import flatten, regroup
from ._parameter_dict import ParameterDict
from .parameter import Parameter


class SymbolBlock(HybridBlock):
    """A block that computes ``outputs`` from ``inputs``; all other variables become parameters.

    Args:
        outputs: a symbol, or several.
        inputs: variables of it, or several.
        params: parameters to share.

    >>> import mxnet as mx
    >>> x = mx.sym.var("x")
    >>> SymbolBlock(x * 2, x)(mx.nd.array([3])).asscalar()
    6.0
    """

    @staticmethod
    def imports(
        symbol_file: str,
        input_names: Any,
        param_file: str | None = None,
        ctx: Any = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
    ) -> SymbolBlock:
        """The block of a saved symbol and its parameters, of any version since 0.8.

        Args:
            symbol_file: the symbol.
            input_names: its variables that are inputs.
            param_file: the parameters; left uninitialised if None.
            ctx: where to; the CPU if None.
            allow_missing, ignore_extra: as for ``load_parameters``.

        Raises:
            FormatError: a file is corrupt.
            RejectedError: parameters are missing or superfluous.
        """
        out = sym.load(symbol_file)
        names = [input_names] if isinstance(input_names, str) else list(input_names)
        block = SymbolBlock(out, [sym.var(n) for n in names])
        if param_file is not None:
            block.collect_params().load(
                param_file, ctx=ctx, allow_missing=allow_missing, ignore_extra=ignore_extra, cast_dtype=True,
                dtype_source="saved",
            )
        return block

    def __init__(self, outputs: Any, inputs: Any, params: ParameterDict | None = None) -> None:
        super().__init__(prefix=None, params=None)
        self._prefix = ""
        self._params = ParameterDict("", params)
        if isinstance(outputs, (list, tuple)) and len(outputs) == 1:
            outputs = outputs[0]
        listed, self._out_format = flatten(
            list(outputs) if isinstance(outputs, Symbol) and len(outputs) > 1 else outputs, "output"
        )
        symbols, self._in_format = flatten([inputs] if isinstance(inputs, Symbol) else list(inputs), "input")
        out = sym.Group(listed)
        names = set()
        for given in symbols:
            if given is None or len(given._outputs) != 1 or given._outputs[0][0].op is not None:
                raise RejectedError(
                    f"Input symbols must be variable, but {given!r} is an output of operators"
                )
            names.add(given.name)
        arguments, aux = out.list_arguments(), out.list_auxiliary_states()
        attrs = out.attr_dict()
        for name in [*arguments, *aux]:
            if name in names:
                continue
            flag = attrs.get(name, {}).get("__dtype__", "0")
            dtype = NUMPY[FROM_FLAG.get(int(flag) if flag.isdigit() else 0, FROM_FLAG[0])]
            param = self.params.get(
                name, grad_req="null" if name in aux else "write", allow_deferred_init=True, dtype=dtype
            )
            self._reg_params[_local(name)] = param
        self._cached_graph = symbols, out
        self._active = True

    def __repr__(self) -> str:
        inputs, out = self._cached_graph  # type: ignore[misc]
        return f"{type(self).__name__}(\n{out!r} : {len(inputs)} -> {len(out)}\n)"

    def _clear_cached_op(self) -> None:
        # the graph is what this block is; only its program is made again
        self.__dict__["_cached_op"] = None

    def hybridize(self, active: bool = True, *args: Any, **kwargs: Any) -> None:
        """The graph runs compiled whether ``active`` or not."""
        super().hybridize(True, *args, **kwargs)

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Parameter]:
        dot = prefix + "." if prefix else ""
        return {dot + name: param for name, param in self.params.items()}

    def forward(self, x: Any, *args: Any) -> Any:
        """Run the graph on arrays, or put symbols in the place of its inputs."""
        kind, ctx = _first((x, *args))
        if kind is Array:
            with ctx:  # type: ignore[union-attr]
                return self._call_cached_op(x, *args)
        inputs, out = self._cached_graph  # type: ignore[misc]
        given, form = flatten([x, *args], "input")
        if form != self._in_format:
            raise ArgumentError(f"{self.name}: inputs are nested as {form}, expected {self._in_format}")
        replaced = {i.name: g for i, g in zip(inputs, given, strict=True)}
        composed = out(**{k: v for k, v in replaced.items() if k in out.list_inputs()})
        return regroup(list(composed), self._out_format)[0]

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Not used: ``forward`` runs the graph."""
        return self.forward(x, *args)


def _local(name: str) -> str:
    return name.replace(".", "_")
