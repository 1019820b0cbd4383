"""From a registered operator to a function on arrays.

One closure an operator and face. The common case, one or a few arrays outside ``record()``, is kept short:
look the attributes up, run the kernel, wrap the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from mxnet._base.errors import (
    ArgumentError,
    AutogradError,
    ContextError,
    DTypeError,
    InputTypeError,
    MXNetError,
    ShapeError,
)
from mxnet._ops import Bound, Op

from . import sparse
from .array import Array, Variable
from .context import Context, current_context, parse_context
from .copies import copied
from .engine import FailedInput, Failure, ValueFailure, fail, is_naive
from .front import tail
from .integers import joined, stand_in, used
from .reached import ended, tied
from .state import state


def make_function(op: Op, cls: type[Array]) -> Callable[..., Any]:
    """The function ``op`` of the face whose arrays are ``cls``."""
    if op.name in sparse.ALWAYS:
        return _asking(op, cls)
    if op.family is not None:
        return _of_family(op, op.family, cls)
    if op.variadic is not None:
        return _variadic(op, cls)
    if len(op.inputs) == 1 and not op.mutates and op.active is None and op.inputs[0] not in op.schema.optional:
        return _unary(op, cls)
    return _general(op, cls)


def _unary(op: Op, cls: type[Array]) -> Callable[..., Any]:
    cache, bind, view, first = op.cache, op.bind, op.view, op.inputs[0]

    def call(*args: Any, out: Any = None, name: str | None = None, **attrs: Any) -> Any:
        if args:
            data, *rest = args
            key = tuple(rest)
        else:
            data, key = attrs.pop(first, None), ()
        try:
            bound = cache[(key, *attrs.items()) if attrs else key]
        except (KeyError, TypeError):
            if key and len(key) > len(op.attrs):
                key, behind = key[: len(op.attrs)], key[len(op.attrs) :]
                return call(data, *key, **tail(op, cls.__name__, behind, out=out, name=name), **attrs)
            bound = bind(key, attrs)
        if out is None and bound.total == 1 and not state.recording and data.__class__ is cls:
            try:
                tensor = data._data
                result = bound.run(tensor)
            except Exception as error:
                return _failed(cls, bound, (data,), error)
            if view or result is tensor:
                result = copied(result)
            return cls(result, data._ctx.results)
        return invoke(cls, bound, (data,), out)

    return call


def _asking(op: Op, cls: type[Array]) -> Callable[..., Any]:
    """As ``_general``, for operators that can be asked for a storage type; who gives no attributes asks for none."""
    names = op.inputs
    count = len(names)
    bind = op.bind

    def call(*args: Any, out: Any = None, name: str | None = None, **attrs: Any) -> Any:
        given = len(args)
        if given < count:
            args += tuple([attrs.pop(n, None) for n in names[given:]])
        try:
            bound = bind(args[count:], attrs)
        except ArgumentError:
            return _with_tail(op, cls, call, args, out=out, name=name, **attrs)
        return (of_any_stype if bound.given else invoke)(cls, bound, args[:count], out)

    return call


def _general(op: Op, cls: type[Array]) -> Callable[..., Any]:
    names = op.inputs
    count = len(names)
    bind = op.bind

    def call(*args: Any, out: Any = None, name: str | None = None, **attrs: Any) -> Any:
        given = len(args)
        if given < count:
            args += tuple([attrs.pop(n, None) for n in names[given:]])
        try:
            bound = bind(args[count:], attrs)
        except ArgumentError:
            return _with_tail(op, cls, call, args, out=out, name=name, **attrs)
        return invoke(cls, bound, args[:count], out)

    return call


def _with_tail(
    op: Op, cls: type[Array], call: Callable[..., Any], args: tuple[Any, ...], out: Any, name: Any, **attrs: Any
) -> Any:
    """The call again, where ``out`` and ``name`` stand behind the attributes by position.

    Raises:
        ArgumentError: the one being handled, if none does.
    """
    most = len(op.inputs) + len(op.attrs)
    if len(args) <= most:
        raise
    return call(*args[:most], **tail(op, cls.__name__, args[most:], out=out, name=name), **attrs)


def of_any_stype(cls: type[Array], bound: Bound, arrays: Sequence[Any], out: Any = None) -> Any:
    """As ``invoke``, for operators whose attributes can ask for a sparse result of dense inputs."""
    stype = bound.attrs.get("forward_stype") or bound.attrs.get("stype") or "default"
    if stype != "default" and all(isinstance(a, Array) for a in arrays):
        return sparse.invoke(bound, arrays, out, invoke)
    return invoke(cls, bound, arrays, out)


def _variadic(op: Op, cls: type[Array]) -> Callable[..., Any]:
    bind, leading, counted = op.bind, op.inputs, "num_args" in op.attrs

    def call(*args: Any, out: Any = None, name: str | None = None, **attrs: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], (list, tuple)):
            args = tuple(args[0])
        if len(args) < len(leading):
            args += tuple([attrs.pop(n, None) for n in leading[len(args) :]])
        if counted:
            attrs.setdefault("num_args", len(args))
        return invoke(cls, bind((), attrs), args, out)

    return call


def _of_family(op: Op, family: Callable[..., Op], cls: type[Array]) -> Callable[..., Any]:
    def call(*args: Any, out: Any = None, name: str | None = None, **attrs: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], (list, tuple)):
            args = tuple(args[0])
        named = {k: v for k, v in attrs.items() if isinstance(v, Array)}
        member = family({k: v for k, v in attrs.items() if k not in named})
        arrays = [*args, *[named.pop(n) for n in member.inputs[len(args) :] if n in named]]
        if named or len(arrays) != len(member.inputs):
            raise InputTypeError(
                f"Operator {op.name} expects {len(member.inputs)} inputs ({', '.join(member.inputs)}), but got "
                f"{len(arrays)} instead" + (f", and {', '.join(named)}" if named else "")
            )
        return invoke(cls, member.bind((), {}), arrays, out)

    return call


def invoke(cls: type[Array], bound: Bound, arrays: Sequence[Any], out: Any = None) -> Any:
    """Run ``bound`` on ``arrays``: the whole story, recording, ``out`` and in-place operators included."""
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
        return _failed(cls, bound, arrays, error)
    try:
        result = bound.run(*tensors)
    except Exception as error:
        return _failed(cls, bound, arrays, error)
    ctx = arrays[0]._ctx.results if arrays and arrays[0] is not None else context_of(bound)
    if result.__class__ is tuple:
        return _several(cls, bound, tensors, result, ctx, out)
    if out is not None:
        return _store(bound, out, result)
    if op.view or any([result is t for t in tensors]):
        result = copied(result)
    return cls(result, ctx)


def context_of(bound: Bound) -> Context:
    """Where an operator without inputs puts its output."""
    text = bound.attrs.get("ctx")
    return parse_context(text) if text else current_context()


def _several(
    cls: type[Array], bound: Bound, tensors: Sequence[Any], results: tuple[Any, ...], ctx: Context, out: Any
) -> Any:
    visible = bound.visible
    if out is not None:
        if isinstance(out, Array):
            out = [out]
        for target, result in zip(out, results[:visible], strict=False):
            _store(bound, target, result)
        return out[0] if visible == 1 else out
    kept = []
    for result in results[:visible]:
        if bound.op.view or any([result is t for t in tensors]):
            result = copied(result)
        kept.append(cls(result, ctx))
    return kept[0] if visible == 1 else kept


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
                return _failed(cls, bound, arrays, error)
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
    except Exception as error:
        return _failed(cls, bound, arrays, error)
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
    """Operators that write some of their inputs: optimizer updates and the like.

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
    except Exception as error:
        return _failed(cls, bound, arrays, error)
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
    """The tensors of ``arrays``, or an error naming the input that is none or missing."""
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
            raise InputTypeError(f"{op.name}: argument {name} must have NDArray type, but got {a!r}")
    return tensors


def infer(bound: Bound, metas: Sequence[Any]) -> tuple[torch.Tensor, ...]:
    """Output shapes and dtypes, as tensors without storage, from those of the inputs."""
    before, state.tracing = state.tracing, True
    try:
        with torch.no_grad():
            result = bound.run(*[None if m is None else m.to("meta") for m in metas])
    finally:
        state.tracing = before
    return result if isinstance(result, tuple) else (result,)


def _failed(cls: type[Array], bound: Bound, arrays: Sequence[Any], error: Exception) -> Any:
    """A kernel raised. Value errors make failed arrays; all others are raised here, explained."""
    if isinstance(error, FailedInput):
        failure: Failure = error.failure
    elif isinstance(error, ValueFailure) and not is_naive():
        failure = fail(error)
    else:
        told = explain(bound, arrays, error)
        if told is error:
            raise error  # as it is, with its own cause
        raise told from error
    try:
        metas = infer(bound, [None if a is None else a._meta() for a in arrays])
    except MXNetError:
        raise
    except Exception as second:
        raise explain(bound, arrays, second) from second
    ctx = arrays[0]._ctx.results if arrays and arrays[0] is not None else context_of(bound)
    made = [cls._make_failed(failure, m, ctx) for m in metas[: bound.visible]]
    return made[0] if bound.visible == 1 else made


def explain(bound: Bound, arrays: Sequence[Any], error: Exception) -> MXNetError:
    """The error to raise for what a kernel raised: who, what was got, what was expected."""
    if isinstance(error, MXNetError):
        return error
    op = bound.op
    for a in arrays:
        if a is not None and not isinstance(a, Array):
            return InputTypeError(f"{op.name}: an input must have NDArray type, but got {a!r}")
    names = op.inputs or tuple(f"{op.variadic}{i}" for i in range(len(arrays)))
    metas = [None if a is None else a._meta() for a in arrays]
    if op.fill is not None:
        conflict = check_fill(bound, [None if m is None else tuple(m.shape) for m in metas])
        if conflict:
            return ShapeError(conflict)
    if any(m is None for m in metas[: len(bound.active_inputs())]) and op.variadic is None:
        missing = [n for n, m in zip(names, metas, strict=False) if m is None and n in bound.active_inputs()]
        missing = [n for n in missing if n not in op.schema.optional]
        if missing:
            return InputTypeError(f"{op.name}: input {missing[0]} is missing; it takes {', '.join(names)}")
    got = ", ".join(
        f"{n} {tuple(m.shape)} {str(m.dtype).removeprefix('torch.')} on {a._ctx}"
        for n, m, a in zip(names, metas, arrays, strict=False)
        if m is not None
    )
    text = str(error).split("\n")[0]
    attrs = ", ".join(f"{k}={v}" for k, v in bound.given.items())
    message = f"{op.name}({attrs}): {text}; got {got or 'no inputs'}"
    return _kind(text, error, metas)(message)


def _kind(text: str, error: Exception, metas: Sequence[Any]) -> type[MXNetError]:
    present = [m for m in metas if m is not None]
    if len({m.device for m in present}) > 1:
        return ContextError
    if isinstance(error, (TypeError, NotImplementedError)) or "dtype" in text or "scalar type" in text:
        return DTypeError
    if isinstance(error, (IndexError, ValueError)) or any(w in text for w in ("size", "shape", "dimension")):
        return ShapeError
    return MXNetError


def check_fill(bound: Bound, shapes: Sequence[tuple[int, ...] | None]) -> str | None:
    """What is wrong with known input shapes by the operator's own rule, or None."""
    op = bound.op
    names = op.inputs
    try:
        expected = op.fill(*shapes, **bound.attrs) if op.fill is not None else shapes
    except (IndexError, ValueError, TypeError):
        return None
    for name, got, want in zip(names, shapes, expected, strict=False):
        if got is None or want is None:
            continue
        if len(got) != len(want) or any(g != w and w > 0 for g, w in zip(got, want, strict=True)):
            return (
                f"{op.name}: Shape inconsistent, {name} has shape {got}, expected {want} from "
                f"{names[0]} {shapes[0]}" + "".join(f", {k}={v}" for k, v in bound.given.items())
            )
    return None


def require(condition: bool, message: str) -> None:
    """Raise ``ArgumentError(message)`` unless ``condition``; for kernels."""
    if not condition:
        raise ArgumentError(message)
