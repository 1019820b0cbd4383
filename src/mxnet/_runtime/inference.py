"""What is known of an operator's results before they are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from mxnet._ops import Bound, Shape

from .context import Context, current_context, parse_context
from .state import state


def infer(bound: Bound, metas: Sequence[Any]) -> tuple[torch.Tensor, ...]:
    """Output shapes and dtypes, as tensors without storage, from those of the inputs.

    Operators that tell the shape are not run: for tensors without storage torch computes some of them in Python, and
    loads its compiler before the first, which takes about a second.
    """
    shape = told(bound, metas)
    if shape is not None:
        return (torch.empty(shape, dtype=metas[0].dtype, device="meta"),)
    before, state.tracing = state.tracing, True
    try:
        with torch.no_grad():
            result = bound.run(*[None if m is None else m.to("meta") for m in metas])
    finally:
        state.tracing = before
    return result if isinstance(result, tuple) else (result,)


def told(bound: Bound, metas: Sequence[Any]) -> Shape | None:
    """The shape of the result, if its operator tells it for these inputs; it has the dtype of the first."""
    tell = getattr(bound.op, "told", None)  # loops of graphs are no operators of the registry
    if tell is None or not metas or bound.visible != 1 or any([m is None for m in metas]):
        return None
    dtype = metas[0].dtype
    if not dtype.is_floating_point or any([m.dtype is not dtype for m in metas]):
        return None
    return tell(*[tuple(m.shape) for m in metas], **bound.attrs)  # type: ignore[no-any-return]


def context_of(bound: Bound) -> Context:
    """Where an operator without inputs puts its output."""
    text = bound.attrs.get("ctx")
    return parse_context(text) if text else current_context()
