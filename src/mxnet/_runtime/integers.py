"""Gradients through integers, which 1.9.1 has and torch does not have.

What flows back through an integer array is an array of that dtype: a gradient is cut to whole numbers there, and wraps
around where it is out of range. For torch a float64 tensor stands beside the integers. Arrays keep it as their
``_node``; in compiled programs, where values are plain tensors, it is an attribute of the tensor of integers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import torch


class _Stand(torch.autograd.Function):
    """The integers ``value`` as float64, with the history of ``node``, which has the same numbers before cutting."""

    @staticmethod
    def forward(ctx: Any, node: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        ctx.dtypes = node.dtype, value.dtype
        return value.double()

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:  # type: ignore[override]
        node, whole = ctx.dtypes
        return _cut(grad, whole).to(node), None


class _Use(torch.autograd.Function):
    """One use of a stand-in: the gradient of each is cut, and then their sum."""

    @staticmethod
    def forward(ctx: Any, node: torch.Tensor, whole: torch.dtype) -> torch.Tensor:
        ctx.whole = whole
        return node.view_as(node)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:  # type: ignore[override]
        return _cut(grad, ctx.whole).to(grad.dtype), None


def _cut(grad: torch.Tensor, whole: torch.dtype) -> torch.Tensor:
    if whole is torch.bool:
        return grad.to(whole)
    return grad.to(torch.int64).to(whole)  # straight from float, numbers out of range would be up to the compiler


def stand_in(value: torch.Tensor) -> torch.Tensor | None:
    """What stands for the integers ``value`` in torch's graph, if anything does."""
    return getattr(value, "_stand_in", None)


def carry(node: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """``value``, integers that nobody else has yet, with what ``node`` was recorded from as its history."""
    value._stand_in = _Stand.apply(node, value)  # type: ignore[attr-defined, no-untyped-call]
    return value


def used(node: torch.Tensor, whole: torch.dtype) -> torch.Tensor:
    """``node``, which stands for integers of the dtype ``whole``, for one use."""
    if not node.requires_grad:
        return node
    made: torch.Tensor = _Use.apply(node, whole)  # type: ignore[no-untyped-call]
    made._of_integers = True  # type: ignore[attr-defined]
    return made


def of_integers(value: torch.Tensor) -> bool:
    """Whether a kernel got ``value`` in the place of integers, for their gradient."""
    return getattr(value, "_of_integers", False)


def _in_float64(tensors: Sequence[Any], dtypes: set[torch.dtype]) -> list[Any]:
    return [
        t if t is None or t.dtype not in dtypes else used(s, t.dtype) if (s := stand_in(t)) is not None else t.double()
        for t in tensors
    ]


def joined(results: Any, values: Any) -> Any:
    """``values``, computed from integers, with the history of ``results``, the same in float64."""
    if values.__class__ is not tuple:
        return _one(results, values)
    return tuple([_one(r, v) for r, v in zip(results, values, strict=True)])


def _one(result: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    node = stand_in(result)
    if node is None:
        node = result
    if not node.requires_grad:
        return value
    if value.is_floating_point():
        return node if node.dtype is value.dtype else node.to(value.dtype)
    return carry(node, value.clone(memory_format=torch.contiguous_format))  # it may be an input itself


def carrying(run: Callable[..., Any]) -> Callable[..., Any]:
    """``run`` of a kernel, for integers that stand-ins may come with: computed from both, then."""
    return functools.partial(_run, run)


def _run(run: Callable[..., Any], *tensors: Any) -> Any:
    dtypes = {t.dtype for t in tensors if t is not None and stand_in(t) is not None}
    if not dtypes or not torch.is_grad_enabled():
        return run(*tensors)
    results = run(*_in_float64(tensors, dtypes))
    with torch.no_grad():
        values = run(*tensors)
    return joined(results, values)
