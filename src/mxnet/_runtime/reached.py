"""Marked arrays that backward reaches without a gradient.

1.9.1 follows the recorded graph through operators that have no gradient, such as comparisons and ``ones_like``, and
writes zeros where nothing else arrives; the trainer then takes the gradient for a fresh one. torch's graph ends there,
so it is tied to the inputs by hand. What is tied carries no numbers: torch calls the hook of a leaf with None.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.autograd.graph import get_gradient_edge


class _Ended(torch.autograd.Function):
    """A value with the history of tensors that no gradient flows back to."""

    @staticmethod
    def forward(ctx: Any, value: list[torch.Tensor], *tensors: torch.Tensor) -> torch.Tensor:
        ctx.set_materialize_grads(False)
        return value[0].data

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor | None) -> tuple[None, ...]:  # type: ignore[override]
        return (None,) * len(ctx.needs_input_grad)


class _Tied(torch.autograd.Function):
    """A value with its own history, and that of tensors that no gradient flows back to."""

    @staticmethod
    def forward(ctx: Any, value: torch.Tensor, *tensors: torch.Tensor) -> torch.Tensor:
        ctx.set_materialize_grads(False)
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:  # type: ignore[override]
        return grad, *(None,) * (len(ctx.needs_input_grad) - 1)


def ended(value: torch.Tensor, tensors: Sequence[Any]) -> torch.Tensor:
    """``value``, computed from ``tensors`` without a gradient, as a part of their graph."""
    sources = [t for t in tensors if t is not None and t.requires_grad]
    with torch.enable_grad():
        made: torch.Tensor = _Ended.apply([value], *sources)  # type: ignore[no-untyped-call]
    return made


def has_ended(value: torch.Tensor) -> bool:
    """Whether ``value`` comes from :func:`ended`: any gradient of it goes nowhere."""
    return isinstance(value.grad_fn, _Ended._backward_cls)  # type: ignore[attr-defined]


def led_to(value: torch.Tensor, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    """``value``, from which backward goes on to ``tensors`` too, with gradients of zero."""
    if not tensors or not value.is_floating_point():
        return value
    with torch.enable_grad():
        made: torch.Tensor = _Tied.apply(value, *tensors)  # type: ignore[no-untyped-call]
    return made


def tied(results: Sequence[torch.Tensor], tensors: Sequence[Any], graph: Any) -> Sequence[torch.Tensor]:
    """``results`` of ``graph``, each of which reaches all of ``tensors``, as backward of a whole graph does in 1.9.1.

    What is found for a graph is kept in its ``reach``, if it has one, for each combination of tensors that require
    grad.
    """
    known = getattr(graph, "reach", None)
    if known is None:
        return results
    key = tuple([t is not None and t.requires_grad for t in tensors])
    found = known.get(key)
    if found is None:
        sources = {i: get_gradient_edge(t) for i, t in enumerate(tensors) if key[i]}
        found = known[key] = [_unreached(r, sources) if r.requires_grad else () for r in results]
    made = list(results)
    for at, missing in enumerate(found):
        if missing:
            with torch.enable_grad():
                made[at] = _Tied.apply(made[at], *[tensors[i] for i in missing])  # type: ignore[no-untyped-call]
    return made


def _unreached(result: torch.Tensor, sources: dict[int, Any]) -> tuple[int, ...]:
    """Which of ``sources`` the history of ``result`` does not lead to."""
    ends = {(edge.node, edge.output_nr) for edge in sources.values()}
    start = get_gradient_edge(result)
    met = {(start.node, start.output_nr)}
    seen, left = {start.node}, [start.node]
    if (start.node, start.output_nr) in ends:
        left = []
    while left:
        for node, number in left.pop().next_functions:
            if node is None:
                continue
            met.add((node, number))
            if node not in seen and (node, number) not in ends:
                seen.add(node)
                left.append(node)
    return tuple([i for i, edge in sources.items() if (edge.node, edge.output_nr) not in met])
