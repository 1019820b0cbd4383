"""What follows when a kernel raises: arrays that raise when they are read, or an error that explains it now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mxnet._base.errors import KERNEL_ERRORS, ContextError, DTypeError, InputTypeError, MXNetError, ShapeError
from mxnet._base.words import few
from mxnet._ops import Bound

from .array import Array
from .engine import FailedInput, Failure, ValueFailure, fail, is_naive, tell
from .inference import context_of, infer
from .torch_words import in_words


def failed(cls: type[Array], bound: Bound, arrays: Sequence[Any], error: Exception, out: Any = None) -> Any:
    """What a call gives whose kernel raised ``error``: failed arrays for value errors; others are raised, explained.

    With ``out``, value errors are raised too: other arrays may share its memory, and nothing would tell them.
    """
    if isinstance(error, FailedInput):
        failure: Failure = error.failure
    elif isinstance(error, ValueFailure) and out is None and not is_naive():
        failure = fail(error)
    else:
        told = explain(bound, arrays, error)
        try:
            if told is error:
                raise error  # as it is, with its own cause
            raise told from error
        finally:
            del told, error  # a frame in its own traceback is a cycle, which would keep the arrays
    if out is not None:
        tell(failure)
        raise failure.error  # told before, but there still is no value to write
    try:
        metas = infer(bound, [None if a is None else a._meta() for a in arrays])
    except MXNetError:
        raise
    except KERNEL_ERRORS as second:
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
        conflict = _check_fill(bound, [None if m is None else tuple(m.shape) for m in metas])
        if conflict:
            return ShapeError(conflict)
    if any(m is None for m in metas[: len(bound.active_inputs())]) and op.variadic is None:
        missing = [n for n, m in zip(names, metas, strict=False) if m is None and n in bound.active_inputs()]
        missing = [n for n in missing if n not in op.schema.optional]
        if missing:
            return InputTypeError(f"{op.name}: input {missing[0]} is missing; it takes {', '.join(names)}")
    got = few(
        f"{n} {tuple(m.shape)} {str(m.dtype).removeprefix('torch.')} on {a._ctx}"
        for n, m, a in zip(names, metas, arrays, strict=False)
        if m is not None
    )
    said = str(error).split("\n")[0]
    text = in_words(said, {n: m for n, m in zip(names, metas, strict=False) if m is not None})
    attrs = ", ".join(f"{k}={v}" for k, v in bound.given.items())
    message = f"{op.name}({attrs}): {text}; got {got or 'no inputs'}"
    return _kind(said + text, error, metas)(message)


def _kind(text: str, error: Exception, metas: Sequence[Any]) -> type[MXNetError]:
    present = [m for m in metas if m is not None]
    if len({m.device for m in present}) > 1:
        return ContextError
    if isinstance(error, (TypeError, NotImplementedError)) or "dtype" in text or "scalar type" in text:
        return DTypeError
    if isinstance(error, (IndexError, ValueError)) or any(w in text for w in ("size", "shape", "dimension", "axes")):
        return ShapeError
    return MXNetError


def _check_fill(bound: Bound, shapes: Sequence[tuple[int, ...] | None]) -> str | None:
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
