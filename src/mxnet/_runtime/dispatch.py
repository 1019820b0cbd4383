"""Calls of operators on arrays: recording, ``out``, in-place operators and sparse arrays included."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from typing import Any

import torch

from mxnet._base.errors import KERNEL_ERRORS, AutogradError, InputTypeError, ShapeError
from mxnet._ops import Bound

from . import sparse
from .array import Array, Variable
from .context import Context
from .copies import copied
from .engine import FailedInput
from .failures import failed
from .inference import context_of
from .integers import joined, stand_in, used
from .reached import ended, tied
from .state import state


def invoke(cls: type[Array], bound: Bound, arrays: Sequence[Any], out: Any = None) -> Any:
    """Run ``bound`` on ``arrays`` in any case: recorded or not, with ``out`` or without, in place, on sparse arrays."""
    op = bound.op
    for a in arrays:
        if a.__class__ is not cls and isinstance(a, sparse.Sparse):
            return sparse.invoke(bound, arrays, out, invoke)
    if op.mutates:
        return _update(cls, bound, arrays, out)
    if state.recording:
        if state.tracer is not None:
            return state.tracer(cls, bound, arrays, out)
        for a in arrays:
            if a is not None and a.__class__ is not Variable and getattr(a, "_node", None) is not None:
                if a._node[0].requires_grad:
                    return _record(cls, bound, arrays, out)
    try:
        tensors = [a._data for a in arrays]
    except AttributeError:
        tensors = _checked(bound, arrays)
    except FailedInput as error:
        return failed(cls, bound, arrays, error, out)
    try:
        result = bound.run(*tensors)
    except KERNEL_ERRORS as error:
        return failed(cls, bound, arrays, error, out)
    ctx = arrays[0]._ctx.results if arrays and arrays[0] is not None else context_of(bound)
    if result.__class__ is tuple:
        return _several(cls, bound, tensors, result, ctx, out)
    if out is not None:
        return _store(bound, out, result)
    if op.view or any([result is t for t in tensors]):
        result = copied(result)
    return cls(result, ctx)


def of_any_stype(cls: type[Array], bound: Bound, arrays: Sequence[Any], out: Any = None) -> Any:
    """As ``invoke``, for operators whose attributes can ask for a sparse result of dense inputs."""
    stype = bound.attrs.get("forward_stype") or bound.attrs.get("stype") or "default"
    if stype != "default" and all(isinstance(a, Array) for a in arrays):
        return sparse.invoke(bound, arrays, out, invoke)
    return invoke(cls, bound, arrays, out)


def _several(
    cls: type[Array], bound: Bound, tensors: Sequence[Any], results: Sequence[Any], ctx: Context, out: Any
) -> Any:
    visible = bound.visible
    if out is not None:
        if isinstance(out, Array):
            out = [out]
        for target, result in zip(out, results[:visible], strict=False):
            _store(bound, target, result)
        return out[0] if visible == 1 else out
    if not bound.results_are_new:
        view = bound.op.view
        results = [copied(r) if view or any([r is t for t in tensors]) else r for r in results[:visible]]
    return cls(results[0], ctx) if visible == 1 else [cls(r, ctx) for r in results]


def _record(cls: type[Array], bound: Bound, arrays: Sequence[Any], out: Any) -> Any:
    tensors: list[Any] = []
    history: list[Any] = []
    for a in arrays:
        if a is None:
            tensors.append(None)
            continue
        if not isinstance(a, Array):
            _checked(bound, arrays)
        node = a._node
        if node is None:
            try:
                node = a._node = (a._data, Variable())
            except FailedInput as error:
                return failed(cls, bound, arrays, error, out)
        elif node[1].__class__ is tuple and node[1][0][1] is None:  # freed: a constant now, perhaps like all of them
            a._node = None
            return invoke(cls, bound, arrays, out)
        tensors.append(node[0])
        history.append(node[1])
    integers = [a for a in arrays if a is not None and a._node[0].dtype is not a._data.dtype]
    if integers:  # see Variable
        tensors = _in_float64(arrays, {a._data.dtype for a in integers})
    try:
        if torch.is_grad_enabled():
            result = bound.run(*tensors)
        else:  # the user's own torch.no_grad() does not reach into our recording
            with torch.enable_grad():
                result = bound.run(*tensors)
        if integers:
            with torch.no_grad():
                values = bound.run(*[None if a is None else a._data for a in arrays])
            with torch.enable_grad():
                result = joined(result, values)
    except KERNEL_ERRORS as error:
        return failed(cls, bound, arrays, error, out)
    step = [bound, history]
    ctx = arrays[0]._ctx.results
    results: Sequence[torch.Tensor] = result if result.__class__ is tuple else (result,)
    if bound.__class__ is not Bound:  # a whole graph
        results = tied(results, tensors, bound)
    made = [_recorded(cls, bound, t, (step, i), tensors, ctx) for i, t in enumerate(results[: bound.visible])]
    if out is not None:
        for target, source in zip([out] if isinstance(out, Array) else out, made, strict=False):
            _store(bound, target, source._data)
            target._node = source._node
        return out
    return made[0] if bound.visible == 1 else made


def _in_float64(arrays: Sequence[Any], dtypes: set[torch.dtype]) -> list[Any]:
    """The nodes of ``arrays``, those of the integer ``dtypes`` as float64; see ``Variable``."""
    tensors: list[Any] = []
    for a in arrays:
        if a is None:
            tensors.append(None)
            continue
        node, history = a._node
        if a._data.dtype in dtypes:
            if node.dtype is not torch.float64:
                node = node.double()
            elif history.__class__ is Variable:
                node.data.copy_(a._data)  # the array may have been written to since
            node = used(node, a._data.dtype)
        tensors.append(node)
    return tensors


def _recorded(
    cls: type[Array], bound: Bound, result: torch.Tensor, entry: Any, tensors: list[Any], ctx: Context
) -> Array:
    if not result.requires_grad and (node := stand_in(result)) is not None:
        return cls(result.data, ctx, (node, entry))  # .data: what the array is used for later is not for its program
    if not result.requires_grad and result.is_floating_point():
        result = ended(result, tensors)
    if bound.op.view or any([result is t for t in tensors]):
        with torch.enable_grad():
            result = copied(result)
    # results no gradient flows through (argmax, BlockGrad) are in the graph too: backward from them finds zeros
    return cls(result.data if result.requires_grad else result, ctx, (result, entry))


def _update(cls: type[Array], bound: Bound, arrays: Sequence[Any], out: Any) -> Any:
    """Run an operator that writes some of its inputs: an optimizer's update, for example.

    The first input, if it is among those written, is also the output; unless it is ``out`` itself it is copied
    first, so that the caller's array stays.
    """
    op = bound.op
    tensors = _checked(bound, arrays)
    written = [a for a, n in zip(arrays, op.inputs, strict=False) if n in op.mutates and a is not None]
    if state.recording and (state.tracer is not None or any(a._tracked() for a in written)):
        raise AutogradError(
            f"{op.name} writes to an array of the graph being recorded; call it outside autograd.record()"
        )
    copied = bool(op.inputs) and op.inputs[0] in op.mutates and out is not arrays[0]
    if copied:
        tensors[0] = tensors[0].clone()
    try:
        result = bound.run(*tensors)
    except KERNEL_ERRORS as error:
        return failed(cls, bound, arrays, error, out)
    if result.__class__ is tuple:
        return _several(cls, bound, (), result, arrays[0]._ctx.results, out)
    if out is not None:
        return out if out is arrays[0] and not copied and result is tensors[0] else _store(bound, out, result)
    return cls(result, arrays[0]._ctx.results)


def _store(bound: Bound, out: Any, result: torch.Tensor) -> Any:
    if isinstance(out, (list, tuple)) and len(out) == 1:
        _store(bound, out[0], result)
        return out
    if not isinstance(out, Array):
        raise InputTypeError(f"{bound.op.name}: out must be an array, got {type(out).__name__}")
    if state.recording and out._tracked():
        raise AutogradError(
            f"{bound.op.name}: out is in the graph being recorded; inplace operations (+=, -=, x[:]=, out=) on it "
            "are not supported while recording; write to a new array, or outside autograd.record()"
        )
    if isinstance(out, sparse.Sparse):
        sparse.assign(out, result)
        return out
    target = out._data
    if target.shape != result.shape:
        raise ShapeError(
            f"{bound.op.name}: out has shape {tuple(target.shape)}, expected {tuple(result.shape)} as the result"
        )
    target.copy_(result)
    return out


def _checked(bound: Bound, arrays: Sequence[Any]) -> list[Any]:
    """The tensors of ``arrays``, or an error naming the input that is not an array or is missing."""
    op = bound.op
    names = op.inputs or (op.variadic or "data",) * len(arrays)
    active = bound.active_inputs() if op.variadic is None else names
    tensors: list[Any] = []
    for i, a in enumerate(arrays):
        name = names[i] if i < len(names) else op.variadic
        if isinstance(a, Array):
            tensors.append(a._data)
        elif a is None and (name not in active or name in op.schema.optional):
            tensors.append(None)
        elif a is None:
            raise InputTypeError(f"{op.name}: input {name} is missing; it takes {', '.join(active)}")
        else:
            raise InputTypeError(f"{op.name}: argument {name} must have NDArray type, but got {reprlib.repr(a)}")
    return tensors
