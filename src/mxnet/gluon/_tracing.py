"""What HybridBlock does with graphs: tracing, inference, matching inputs, explaining errors."""

from __future__ import annotations

import inspect
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mxnet import _ops, ndarray, subgraph, symbol
from mxnet._base.errors import ArgumentError, CallError, DTypeError, MXNetError, NotImplementedForSymbol, ShapeError
from mxnet._base.lazy import import_module
from mxnet._base.words import few
from mxnet._graph.cached_op import CachedOp
from mxnet._graph.hidden import hidden_outputs
from mxnet._graph.node import Node, output_names, visible_outputs
from mxnet._graph.watched import input_names
from mxnet._runtime.functions import make_function
from mxnet._runtime.handles import lend
from mxnet._runtime.state import state
from mxnet.symbol import Symbol
from mxnet.util import is_np_array

from . import _deferred
from ._errors import DeferredInitializationError, RejectedError
from ._tree import _flatten, _regroup, leaves
from .utils import shape_is_known

if TYPE_CHECKING:
    from ._hybrid import HybridBlock


_HERE = str(Path(__file__).resolve().parent.parent)
"""The framework's own code: errors are shown where the user's code is."""


class _NumpyFace:
    """``F`` for ``mx.np.ndarray``: the operators of ``mx.nd`` with its results, and ``F.np`` and ``F.npx``."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix

    def __getattr__(self, name: str) -> Any:
        value: Any
        if not self._prefix and name in ("contrib", "image", "linalg", "random"):
            value = _NumpyFace(f"_{name}_")
        elif not self._prefix and name in ("np", "npx"):
            value = import_module("mxnet.numpy" if name == "np" else "mxnet.numpy_extension")
        else:
            from mxnet.numpy import ndarray as cls

            op = None if name.startswith("__") else _ops.find(self._prefix + name)
            if op is None:
                raise AttributeError(f"F has no operator {name!r}")
            value = make_function(op, cls)
        setattr(self, name, value)
        return value


_numpy_face = _NumpyFace()


def face_of(x: Any, args: Sequence[Any]) -> ModuleType | _NumpyFace:
    """The functions to compute with: those of ``mx.nd``, or for NumPy arrays theirs."""
    if isinstance(x, ndarray.NDArray):
        return _numpy_face if x._face == "np" else ndarray
    first = next(a for a in leaves((x, *args)) if isinstance(a, ndarray.NDArray))
    return _numpy_face if first._face == "np" else ndarray


def trace(block: HybridBlock, args: Sequence[Any]) -> tuple[list[Any], Symbol]:
    """Run ``hybrid_forward`` with symbols in the place of ``args``: inputs, None where there was None, and outputs.

    A block that holds others without ``hybrid_forward`` is run with arrays instead.
    """
    if block._way() is not _deferred.SYMBOLS:
        return _deferred.trace(block, args)
    flat, inputs = input_variables(block, args)
    numpy = _are_numpy(inputs)
    grouped = _regroup(inputs, block._in_format)[0]
    params = {name: _of_face(p.var(), numpy) for name, p in block._reg_params.items()}
    with block.name_scope():
        try:
            out = block.hybrid_forward(symbol, *grouped, **params)
        except (AttributeError, TypeError, ValueError) as error:
            raise (misfit(block, len(grouped)) or _not_traced(error, block)) from error.__cause__
    outputs, block._out_format = _flatten(out, "output")
    outputs = [o for o in outputs if o is not None]
    strange = next((o for o in outputs if not isinstance(o, Symbol)), None)
    if strange is not None or not outputs:
        raise CallError(
            f"{type(block).__name__} '{block.name}': hybrid_forward gave {type(strange).__name__} when called with "
            "symbols, expected symbols; compute with the functions of F"
        )
    return inputs, joined(block, inputs, outputs)


def input_variables(block: HybridBlock, args: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """``args`` as a flat list, and a variable for each; None for None."""
    flat, block._in_format = _flatten(args, "input")
    count = sum(a is not None for a in flat)
    if not count:
        raise ArgumentError(
            f"{type(block).__name__} '{block.name}': got only None as inputs, expected at least one array"
        )
    names = iter(["data"] if count == 1 else [f"data{i}" for i in range(count)])
    numpy = is_np_array() or any(getattr(a, "_face", "") == "np" for a in flat)
    return flat, [None if a is None else _of_face(symbol.var(next(names)), numpy) for a in flat]


def joined(block: HybridBlock, inputs: Sequence[Any], outputs: Sequence[Symbol]) -> Symbol:
    """The outputs as one symbol, which tells whether the graph gives arrays of ``mx.np``."""
    return symbol.Group(outputs, _group_of(block, outputs) if _are_numpy(inputs) else Symbol)


def _are_numpy(inputs: Sequence[Any]) -> bool:
    return any(s is not None and s._face == "np" for s in inputs)


class _Classic(Symbol):
    """Outputs that a block gives as NDArrays, though its inputs are NumPy's."""

    __slots__ = ()
    _results = ndarray.NDArray


def _group_of(block: HybridBlock, outputs: Sequence[Symbol]) -> type[Symbol]:
    """The kind of group that tells what arrays the outputs of a block with NumPy's inputs are to be."""
    faces = {o._face for o in outputs}
    if len(faces) > 1:
        raise DTypeError(
            f"{type(block).__name__} '{block.name}': hybrid_forward gave symbols of both kinds, expected all of mx.np "
            "or none; use as_np_ndarray() or as_nd_ndarray()"
        )
    return _Classic if faces == {"nd"} else Symbol


def _of_face(symbol: Symbol, numpy: bool) -> Symbol:
    return symbol.as_np_ndarray() if numpy else symbol


def plan(block: HybridBlock, inputs: Sequence[Any], outputs: Symbol) -> list[tuple[bool, Any]]:
    """Where each input of the graph comes from: (True, number of the argument) or (False, parameter)."""
    data = {s.name: i for i, s in enumerate(s for s in inputs if s is not None)}
    params = block.collect_params()
    wanted = dict.fromkeys(outputs.list_inputs())
    for name in wanted:
        if name not in data and name not in params:
            raise RejectedError(
                f"Unknown input to HybridBlock: {name}; it is neither an input of {type(block).__name__} "
                f"'{block.name}' nor one of its parameters"
            )
    for name, i in data.items():
        if name not in wanted:
            warnings.warn(
                f"The {i}-th input to HybridBlock is not used by any computation. Is this intended?", stacklevel=6
            )
    for name in params.keys():
        if name not in wanted:
            warnings.warn(f"Parameter {name} is not used by any computation. Is this intended?", stacklevel=6)
    return [(True, data[name]) if name in data else (False, params[name]) for name in wanted]


def partitioned(block: HybridBlock, inputs: Sequence[Any], outputs: Symbol, args: Sequence[Any]) -> Symbol:
    """The graph as the backend of ``block`` makes it; it is told the shapes and dtypes that follow from ``args``."""
    flat = [a for a in _flatten(args, "input")[0] if a is not None]
    used = set(outputs.list_inputs())
    shapes, dtypes = {}, {}
    if all(isinstance(a, ndarray.NDArray) for a in flat):
        for given, array in zip((s for s in inputs if s is not None), flat, strict=False):
            shapes[given.name], dtypes[given.name] = array.shape, array.dtype
        for name, param in block.collect_params().items():
            if shape_is_known(param.shape):
                shapes[name], dtypes[name] = param.shape, param.dtype
    known = {k: v for k, v in shapes.items() if k in used}
    types = {k: v for k, v in dtypes.items() if k in used}
    return subgraph.partition(outputs, block._backend, None, None, known, types, block._backend_opts)


# -- shapes and dtypes ----------------------------------------------------------------------------------------------


def infer_shapes(block: HybridBlock, args: Sequence[Any]) -> None:
    """Set the shapes of the parameters of ``block`` that follow from inputs like ``args``."""
    inputs, outputs = block._get_graph(*args)
    flat = [a for a in _flatten(args, "input")[0] if a is not None]
    known = {s.name: a.shape for s, a in zip((s for s in inputs if s is not None), flat, strict=False)}
    used = set(outputs.list_inputs())
    params = block.collect_params()
    for name, param in params.items():
        if param.shape is not None and name in used:
            known[name] = param.shape
    arguments, _, states = outputs.infer_shape_partial(**{k: v for k, v in known.items() if k in used})
    found = dict(zip(outputs.list_arguments(), arguments, strict=True))
    found.update(zip(outputs.list_auxiliary_states(), states, strict=True))
    for name, param in params.items():
        shape = found.get(name)
        if shape_is_known(shape):
            param.shape = shape
        elif param._deferred_init and not shape_is_known(param.shape):
            why = "it is not used in hybrid_forward" if name not in used else "the inputs do not tell"
            raise ShapeError(
                f"Parameter '{name}' has shape {param.shape}, and {why}; give its whole shape when it is made"
            )


def infer_types(block: HybridBlock, args: Sequence[Any]) -> None:
    """Set the dtypes of the parameters of ``block`` that follow from inputs like ``args``."""
    inputs, outputs = block._get_graph(*args)
    flat = [a for a in _flatten(args, "input")[0] if a is not None]
    used = set(outputs.list_inputs())
    known = {s.name: a.dtype for s, a in zip((s for s in inputs if s is not None), flat, strict=False)}
    arguments, _, states = outputs.infer_type_partial(**{k: v for k, v in known.items() if k in used})
    found = dict(zip(outputs.list_arguments(), arguments, strict=True))
    found.update(zip(outputs.list_auxiliary_states(), states, strict=True))
    for name, param in block.collect_params().items():
        if found.get(name) is not None:
            param.dtype = found[name]


# -- errors ---------------------------------------------------------------------------------------------------------


def misfit(block: HybridBlock, count: int) -> CallError | None:
    """What is wrong with calling ``hybrid_forward`` with ``count`` inputs and the parameters, if anything is."""
    signature = inspect.signature(block.hybrid_forward)
    try:
        signature.bind(None, *[None] * count, **block._reg_params)
    except TypeError as error:
        bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
        shown = signature.replace(parameters=bare, return_annotation=signature.empty)
        names = few(block._reg_params)
        return CallError(
            f"{type(block).__name__} '{block.name}': hybrid_forward{shown} can not take F, {count} inputs"
            + (f" and by name the parameters {names}" if names else "")
            + f": {error}. Call the block with as many inputs as it has, and let hybrid_forward take F, the inputs and "
            "each parameter by the name of its attribute"
        )
    return None


def _not_traced(error: Exception, block: HybridBlock) -> Exception:
    """``error`` with advice, if ``hybrid_forward`` asked a symbol for something that only arrays have."""
    text = str(error)
    # the last is NumPy's message for a symbol
    if not any(
        word in text for word in ("Symbol", "mxnet.symbol", "expected a symbol", "array element with a sequence")
    ):
        return error
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(_HERE)]
    place = f" ({frames[-1].filename}, line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
    advice = (
        f" While {type(block).__name__} '{block.name}' was traced{place}: hybrid_forward is given symbols, which have "
        "neither values nor shapes; compute with the functions of F, or do not hybridize this block."
    )
    if isinstance(error, NotImplementedForSymbol):
        error.place = advice
    else:
        error.args = (text + "." * (not text.endswith(".")) + advice, *error.args[1:])
    return error


def located(error: MXNetError, block: HybridBlock) -> MXNetError:
    """``error`` with the name of the innermost block it came from, and its parameters."""
    if getattr(error, "_in_block", None) is None and not isinstance(error, DeferredInitializationError):
        error._in_block = block.name  # type: ignore[attr-defined]
        if error.args and isinstance(error.args[0], str):
            params = few(f"{p.name} {p.shape}" for p in block._reg_params.values())
            place = f"in {type(block).__name__} '{block.name}'" + (f" with parameters {params}" if params else "")
            error.args = (f"{error.args[0]} ({place})", *error.args[1:])
    return error


def explained(error: MXNetError, block: HybridBlock, arrays: Sequence[Any]) -> MXNetError:
    """What is wrong with the inputs of a graph that failed: named by inference if shapes are, else ``error``."""
    outputs = block._cached_graph[1]
    shapes = {name: a.shape for name, a in zip(outputs.list_inputs(), arrays, strict=True)}
    try:
        outputs.infer_shape(**shapes)
    except MXNetError as found:
        if found.args and isinstance(found.args[0], str):
            inputs = [n for n, (is_input, _) in zip(shapes, block._cached_op_args, strict=True) if is_input]
            given = few(f"{name} {shapes[name]}" for name in inputs)
            found.args = (f"{found.args[0]} (given {given})", *found.args[1:])
        return located(found, block)
    return located(error, block)


# -- watching -------------------------------------------------------------------------------------------------------


_NAMED = frozenset(
    """Activation BatchNorm BatchNorm_v1 BilinearSampler Concat Convolution Correlation Crop Deconvolution Dropout
    FullyConnected GridGenerator GroupNorm IdentityAttachKLSparseReg InstanceNorm L2Normalization LRN LayerNorm
    LeakyReLU MakeLoss Pad Pooling RNN ROIPooling SVMOutput SequenceLast SequenceMask SequenceReverse SliceChannel
    SoftmaxActivation SoftmaxOutput SpatialTransformer SwapAxis UpSampling _rnn_param_concat elemwise_add softmax
    softmin""".split()
)
"""Operators whose outputs have names in 1.9.1; in graphs of blocks those of others have numbers."""


def run_monitored(block: HybridBlock, arrays: list[Any]) -> Any:
    """Run the graph and show the block's callback what each operator gives, and takes if it wants that too."""
    outputs = block._cached_graph[1]
    everything = outputs.get_internals()
    values = CachedOp(everything, block._flags)(*arrays)
    values = values if isinstance(values, list) else [values]
    by_entry = {(id(n), i): v for (n, i), v in zip(everything._outputs, values, strict=True)}
    read = {(id(child), i) for node, _ in everything._outputs for child, i in node.inputs}
    read.update((id(node), i) for node, i in outputs._outputs)
    told: set[int] = set()
    for (node, which), name in zip(everything._outputs, everything.list_outputs(), strict=True):
        if node.op is None:
            continue
        if block._monitor_all and id(node) not in told:
            told.add(id(node))
            for (child, i), role in zip(node.inputs, input_names(node), strict=False):
                block._callback(f"{node.name}_{role}".encode(), node.op.name.encode(), lend(by_entry[id(child), i]))  # type: ignore[misc]
        if (id(node), which) in read:
            name = name if node.op.name in _NAMED else f"{node.name}_{which}"
            block._callback(name.encode(), node.op.name.encode(), lend(by_entry[id(node), which]))  # type: ignore[misc]
        if state.recording and which == visible_outputs(node) - 1 == 0:
            _tell_hidden(block, node, [by_entry[id(child), i] for child, i in node.inputs], by_entry[id(node), 0])
    found = [by_entry[id(n), i] for n, i in outputs._outputs]
    return found[0] if len(found) == 1 else found


def _tell_hidden(block: HybridBlock, node: Node, inputs: list[Any], result: Any) -> None:
    """Show what 1.9.1 keeps for backward."""
    tensors = [i._ready() for i in inputs]
    for i, value in enumerate(hidden_outputs(node, tensors, result._ready()), 1):
        name = output_names((node, i)) if node.op.name in _NAMED else f"{node.name}_{i}"
        block._callback(name.encode(), node.op.name.encode(), lend(type(result)(value, result._ctx)))  # type: ignore[misc]
