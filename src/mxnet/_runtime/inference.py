"""What is known of an operator's results before they are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from mxnet._ops import Bound

from .context import Context, current_context, parse_context
from .state import state


def infer(bound: Bound, metas: Sequence[Any]) -> tuple[torch.Tensor, ...]:
    """Output shapes and dtypes, as tensors without storage, from those of the inputs."""
    before, state.tracing = state.tracing, True
    try:
        with torch.no_grad():
            result = bound.run(*[None if m is None else m.to("meta") for m in metas])
    finally:
        state.tracing = before
    return result if isinstance(result, tuple) else (result,)


def context_of(bound: Bound) -> Context:
    """Where an operator without inputs puts its output."""
    text = bound.attrs.get("ctx")
    return parse_context(text) if text else current_context()
