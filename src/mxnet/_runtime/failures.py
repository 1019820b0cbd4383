"""What follows when a kernel raises: arrays that raise when they are read, or an error that explains it now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from mxnet._base.errors import ContextError, DTypeError, InputTypeError, MXNetError, ShapeError
from mxnet._base.words import few
from mxnet._ops import Bound

from .array import Array
from .engine import FailedInput, Failure, ValueFailure, fail, is_naive, tell
from .inference import context_of, infer


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
    text = _in_words(said, {n: m for n, m in zip(names, metas, strict=False) if m is not None})
    attrs = ", ".join(f"{k}={v}" for k, v in bound.given.items())
    message = f"{op.name}({attrs}): {text}; got {got or 'no inputs'}"
    return _kind(said + text, error, metas)(message)


_WORDS = (
    (
        r"mat1 and mat2 shapes cannot be multiplied \((\S+) and (\S+)\)",
        r"the shapes \1 and \2 can not be multiplied, expected as many columns of the first as rows of the second",
    ),
    (
        r"a and b must have same reduction dim, but got \[(\d+), (\d+)\] X \[(\d+), (\d+)\]\.?",
        r"the shapes \1x\2 and \3x\4 can not be multiplied, expected as many columns of the first as rows of the "
        r"second",
    ),
    (
        r"Expected size for first two dimensions of batch2 tensor to be: \[(\d+), (\d+)\] but got: \[(\d+), (\d+)\]\.?",
        r"the second matrices of the batch have \4 rows, expected \2, as many as the first have columns, \1 of them",
    ),
    (
        r"The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)",
        r"sizes \1 and \2 along axis \3 do not broadcast, expected equal sizes, or 1",
    ),
    (
        r"Attempting to broadcast a dimension of length \d+ at (-?\d+)! Mismatching argument at index \d+ had "
        r"torch\.Size\((\[.*?\])\); but expected shape should be broadcastable to (\[.*?\])",
        r"shapes \3 and \2 do not broadcast, expected equal sizes, or 1, along axis \1",
    ),
    (
        r"inconsistent tensor size, expected tensor \[(\d+)\] and src \[(\d+)\] to have the same number of elements.*",
        r"vectors of \1 and \2 elements, expected equally many",
    ),
    (
        r"Sizes of tensors must match except in dimension (\d+)\. Expected (?:size )?(\d+)(?: in dimension \d+)? but "
        r"got (?:size )?(\d+) for tensor number (\d+) in the list\.?",
        r"input \4 has a size of \3, expected \2 as the first input has; only sizes along axis \1 may differ",
    ),
    (
        r"Tensors must have same number of dimensions: got (\d+) and (\d+)|"
        r"Number of dimensions of tensors must match\.\s+Expected (\d+)-D tensors, but got (\d+)-D for tensor number "
        r"\d+ in the list",
        r"inputs have \1\3 and \2\4 dimensions, expected as many",
    ),
    (
        r"zero-dimensional tensor \(at position (\d+)\) cannot be concatenated",
        r"input \1 has no dimensions, expected one at least",
    ),
    (
        r"stack expects each tensor to be equal size, but got (\[.*?\]) at entry (\d+) and (\[.*?\]) at entry (\d+)",
        r"inputs \2 and \4 have shapes \1 and \3, expected equal ones",
    ),
    (
        r"stack expects each tensor to be equal size, but got torch\.Size\((\[.*?\])\) at entry \d+ ?$",
        r"inputs have other shapes than \1, that of the first, expected equal ones",
    ),
    (
        r"The expanded size of the tensor \((\d+)\) must match the existing size \((\d+)\) at non-singleton dimension "
        r"(\d+)\..*",
        r"size \2 can not be broadcast to \1 along axis \3, expected equal sizes, or 1",
    ),
    (
        r"expand\([\w.]+\{(\[.*?\])\}, size=(\[.*?\])\): the number of sizes provided.*",
        r"shape \1 can not be broadcast to \2, which has fewer axes",
    ),
    (
        r"shape mismatch: value tensor of shape (\[.*?\]) cannot be broadcast to indexing result of shape (\[.*?\])",
        r"a value of shape \1 can not be broadcast to the elements chosen, of shape \2",
    ),
    (
        r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\], but got (-?\d+)\)",
        r"axis \3 is out of range, expected \1 to \2",
    ),
    (
        r"(\w+: )?Expected \dD or \dD \(batch mode\) tensor .* batch size .*, but got: ?.*",
        r"an axis besides the first has no elements, expected one at least",
    ),
    (
        r"output with shape (?:torch\.Size\()?(\[.*?\])\)? doesn't match the broadcast shape [\[(](.*?)[\])]",
        r"inputs broadcast to shape [\2], which can not be written to shape \1",
    ),
    (r"shape '(\[.*?\])' is invalid for input of size (\d+)", r"shape \1 does not hold \2 elements"),
    (r"quantile\(\) input tensor must be non-empty", r"the data has no elements, expected one at least"),
    (r"1D tensors expected, but got (\d)D and (\d)D tensors", r"inputs have \1 and \2 axes, expected one each"),
    (
        r"Trying to create tensor with negative dimension -\d+: .*|\w+: Dimension size must be non-negative\.",
        r"a size is negative, expected 0 or more",
    ),
    (r"(too many|not enough) values to unpack.*", r"an input has \1 axes"),
    (
        r"tuple index out of range|invalid index of a 0-dim tensor\..*|Dimension specified as .* but tensor has no dimensions",
        r"an input has too few axes",
    ),
    (r"integer division or modulo by zero", r"an attribute is zero that sizes are divided by, expected 1 or more"),
    (
        r'"[\w<>]+" not implemented for \'\w+\'|.* bool tensor is not supported\..*|torch\.bool is not supported by .*|'
        r"linalg\.\w+: Expected a floating point or complex tensor as input\. Got \w+",
        r"it is not computed in this dtype, expected another, use astype()",
    ),
)
"""What torch says of wrong arguments, and what that is for who does not know its functions."""
_DTYPES_DIFFER = re.compile(
    r"same dtype|type .* should be the same|expected scalar type|same data ?type|mixed dtype|not implemented for '"
)


def _in_words(text: str, inputs: dict[str, Any]) -> str:
    """What torch says, without the names of its own functions and of their arguments."""
    dtypes = {name: str(meta.dtype).removeprefix("torch.") for name, meta in inputs.items()}
    if len(set(dtypes.values())) > 1 and _DTYPES_DIFFER.search(text):
        most = max(reversed(dtypes.values()), key=list(dtypes.values()).count)  # of as many, what comes later
        odd, own = next((name, dtype) for name, dtype in dtypes.items() if dtype != most)
        block = f", or cast({own!r}) on the block" if odd == "data" and inputs[odd].is_floating_point() else ""
        return f"{odd} is {own}, expected {most} as the other inputs; use astype({most!r}) on it{block}"
    for pattern, words in _WORDS:
        text = re.sub(pattern, words, text)
    return text


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
