"""SymbolBlock: a block made from a symbol."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from mxnet import symbol
from mxnet._base.errors import NotDefined
from mxnet._runtime.dtypes import torch_dtype
from mxnet.symbol import Symbol

from ._errors import RejectedError
from ._hybrid import HybridBlock
from ._tree import _flatten, _regroup
from .parameter import ParameterDict

_FLOAT16 = torch_dtype("float16")


class SymbolBlock(HybridBlock):
    """A block that runs a symbol: for models from files, and for taking features out of others.

    Args:
        outputs: a symbol, or a list of them.
        inputs: the variables that are its inputs, one or a list; all others are parameters.
        params: parameters to use; any others are made, and have to be initialised or loaded.

    Raises:
        RejectedError: an input is not a variable, or one of them occurs among the parameters.

    >>> import mxnet as mx
    >>> x = mx.sym.var("x")
    >>> net = SymbolBlock(mx.sym.FullyConnected(x, num_hidden=2, name="fc"), x)
    >>> net.initialize()
    >>> net(mx.nd.ones((1, 3))).shape
    (1, 2)
    """

    def __init__(self, outputs: Any, inputs: Any, params: Any = None) -> None:
        super().__init__(prefix=None, params=None)
        self._prefix = ""
        self._params = ParameterDict("", params)
        if isinstance(inputs, Symbol) and len(inputs) == 1:
            inputs = [inputs]
        if isinstance(outputs, (list, tuple)) and len(outputs) == 1:
            outputs = outputs[0]
        given, self._in_format = _flatten(inputs, "input")
        made, self._out_format = _flatten(outputs, "output")
        out = symbol.Group(made)
        names = set()
        for one in given:
            node = one._outputs[0][0] if isinstance(one, Symbol) and len(one) == 1 else None
            if node is None or node.op is not None:
                raise RejectedError(f"Input symbols must be variable, but {one} is an output of operators")
            names.add(one.name)
        _refuse_sparse(out)
        self._make_params(out, names)
        common = len(os.path.commonprefix(list(self._params.keys())))
        self._reg_params = {name[common:]: param for name, param in self._params.items()}
        self._cached_graph = (given, out)

    def _make_params(self, out: Symbol, inputs: set[str]) -> None:
        arguments, _, states = out.infer_type_partial()
        for name, dtype in zip(out.list_arguments(), arguments, strict=True):
            if name not in inputs:
                self.params.get(name, allow_deferred_init=True, **self._dtype(name, dtype))
        for name, dtype in zip(out.list_auxiliary_states(), states, strict=True):
            if name not in inputs:
                self.params.get(name, grad_req="null", allow_deferred_init=True, **self._dtype(name, dtype))

    def _dtype(self, name: str, dtype: Any) -> dict[str, Any]:
        """The dtype for a new parameter; one that is shared keeps its own."""
        shared = self._params._shared
        if shared is not None and name in shared:
            return {}
        return {"dtype": np.float32 if dtype is None else dtype}

    @staticmethod
    def imports(
        symbol_file: str,
        input_names: str | Sequence[str],
        param_file: str | None = None,
        ctx: Any = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
    ) -> SymbolBlock:
        """A block from the files that ``export`` wrote, here or in any 1.x version.

        Args:
            symbol_file: the graph.
            input_names: names of the variables that are inputs, ``data`` as a rule. With a file of parameters they may
                name inputs that the graph does not use and so does not have.
            param_file: the parameters; without it they have to be initialised.
            ctx: a context or a list of them; the CPU if None.
            allow_missing: leave parameters that are not in the file as they are.
            ignore_extra: ignore arrays in the file that belong to no parameter.

        Raises:
            RejectedError: the graph has no such input, or the parameters do not fit.
            FormatError: a file is truncated or corrupt.
        """
        graph = symbol.load(symbol_file)
        names = [input_names] if isinstance(input_names, str) else list(input_names)
        variables = graph.list_inputs()
        unknown = [n for n in names if n not in variables]
        if unknown and param_file is None:
            raise _no_such(symbol_file, unknown, variables)
        inputs = [symbol.var(n, dtype=None if param_file else np.float32) for n in names]
        block = SymbolBlock(graph, inputs)
        if param_file is None:
            return block
        try:
            block.collect_params().load(
                param_file, ctx, allow_missing, ignore_extra, cast_dtype=True, dtype_source="saved"
            )
        except RejectedError as error:
            if unknown:  # what the file lacks must then be an input that has another name
                raise _no_such(symbol_file, unknown, variables) from error
            raise
        return block

    def __repr__(self) -> str:
        inputs, out = self._cached_graph
        count = len(inputs)
        return f"{type(self).__name__}(\n{out!r} : {count} -> {len(out)}\n)"

    def _clear_cached_op(self) -> None:
        graph = self.__dict__.get("_cached_graph", ())
        super()._clear_cached_op()
        self._cached_graph = graph

    def forward(self, x: Any, *args: Any) -> Any:
        """The outputs for arrays, or the symbol with its inputs replaced by symbols."""
        if self._context_of(x, args) is not None:
            return self._call_cached_op(x, *args)
        flat, fmt = _flatten([x, *args], "input")
        if fmt != self._in_format:
            raise RejectedError(f"Invalid input format: got {fmt}, expected {self._in_format}")
        inputs, out = self._cached_graph
        used = set(out.list_inputs())
        composed = out(**{old.name: new for old, new in zip(inputs, flat, strict=True) if old.name in used})
        return _regroup(list(composed), self._out_format)[0]

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Not used: a SymbolBlock has its graph from the start."""
        raise NotDefined(f"{type(self).__name__} runs its symbol, not hybrid_forward; call the block itself")

    def cast(self, dtype: Any) -> None:
        """Change the dtype of all parameters; those of BatchNorm stay float32 where it is float16."""
        super().cast(dtype)
        if torch_dtype(dtype) is not _FLOAT16:
            return
        for node in self._cached_graph[1]._topological():
            if node.op is not None and node.op.name in ("BatchNorm", "_contrib_BatchNormWithReLU"):
                for child, _ in node.inputs[1:]:
                    if child.op is None and child.name in self.params:
                        self.params[child.name].cast("float32")

    def reset_ctx(self, ctx: Any) -> None:
        """Move all parameters to other contexts: one, or a list of them."""
        self.collect_params().reset_ctx(ctx)


SymbolBlock.__module__ = "mxnet.gluon.block"


def _no_such(symbol_file: str, unknown: list[str], variables: list[str]) -> RejectedError:
    return RejectedError(
        f"SymbolBlock.imports: {symbol_file} has no variable '{unknown[0]}'; the first of those it has are "
        f"{', '.join(variables[:5])}"
    )


def _refuse_sparse(out: Symbol) -> None:
    for node in out._topological():
        if node.op is None and node.attrs.get("__storage_type__", "0") not in ("0", "-1"):
            raise RejectedError(
                f"SymbolBlock doesn't support Parameter '{node.name}' because its storage type is not 'default'."
            )
