"""What torch says of wrong arguments, in words for who does not know its functions."""

from __future__ import annotations

import re
from typing import Any

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
    (
        r"quantile\(\) input tensor must be non-empty|ZeroDivisionError|"
        r"index_select\(\): self indexing axis dim should be positive",
        r"the data, or the axis, has no elements, expected one at least",
    ),
    (r"1D tensors expected, but got (\d)D and (\d)D tensors", r"inputs have \1 and \2 axes, expected one each"),
    (
        r"Trying to create tensor with negative dimension -\d+: .*|\w+: Dimension size must be non-negative\.",
        r"a size is negative, expected 0 or more",
    ),
    (r"(too many|not enough) values to unpack.*", r"an input has \1 axes"),
    (
        r"tuple index out of range|invalid index of a 0-dim tensor\..*|Dimension specified as .* has no dimensions",
        r"an input has too few axes",
    ),
    (r"integer division or modulo by zero", r"an attribute is zero that sizes are divided by, expected 1 or more"),
    (
        r'"[\w<>]+" not implemented for \'\w+\'|.* bool tensor is not supported\..*|torch\.bool is not supported by .*|'
        r"linalg\.\w+: Expected a floating point or complex tensor as input\. Got \w+",
        r"it is not computed in this dtype, expected another, use astype()",
    ),
)
"""Patterns, and what is said instead."""
_DTYPES_DIFFER = re.compile(
    r"same dtype|type .* should be the same|expected scalar type|same data ?type|mixed dtype|not implemented for '"
)


def in_words(text: str, inputs: dict[str, Any]) -> str:
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
