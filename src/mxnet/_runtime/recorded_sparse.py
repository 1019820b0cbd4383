"""How sparse arrays are recorded, for torch to differentiate.

In torch's graph a placeholder stands for a sparse array: a tensor of its shape that has no memory of its own. Kernels
that need the values are given them beside it. In this way a table in training takes no more memory than the rows it
has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from mxnet._ops import Bound

from .array import Variable, is_free
from .storage import Storage

Backward = Callable[..., Any]


def placeholder(value: Storage) -> torch.Tensor:
    """What stands for ``value`` in torch's graph; integers, as dense ones, are float64 there."""
    data = value.data
    dtype = data.dtype if data.is_floating_point() else torch.float64
    return torch.zeros((), dtype=dtype, device=data.device).expand(value.shape)


def node_of(array: Any) -> tuple[torch.Tensor, Any]:
    """The node of ``array`` and its history, made if there is none."""
    node = array._node
    if node is None or is_free(node[1]):
        storage = getattr(array, "_storage", None)
        node = array._node = (array._data if storage is None else placeholder(storage), Variable())
    return node  # type: ignore[no-any-return]


def dense_of(array: Any, value: torch.Tensor) -> torch.Tensor:
    """``value``, the dense copy of a sparse array, where its placeholder is in torch's graph."""
    with torch.enable_grad():
        return _Dense.apply(array._node[0], value)  # type: ignore[no-any-return]


class _Dense(torch.autograd.Function):
    """The values for a placeholder."""

    @staticmethod
    def forward(ctx: Any, node: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        return value.to(node.dtype).view_as(value)

    @staticmethod
    def backward(ctx: Any, head: torch.Tensor) -> Any:  # type: ignore[override]
        return head, None


def recorded(
    bound: Bound, arrays: Sequence[Any], values: Sequence[Any], result: Any, rule: Backward | None
) -> tuple[tuple[torch.Tensor, Any], Any]:
    """The node and the value of what a rule gave for ``values``, those of ``arrays``."""
    nodes = [node_of(a) for a in arrays if a is not None]
    slots = [i for i, a in enumerate(arrays) if a is not None]
    with torch.enable_grad():
        node = _ByRule.apply(bound, slots, list(values), result, rule, *[n for n, _ in nodes])
    entry = (node, ([bound, [h for _, h in nodes]], 0))
    return entry, node.data if isinstance(result, torch.Tensor) else result


class _ByRule(torch.autograd.Function):
    """What a rule gave. Its gradient is that of another rule, or of the dense kernel."""

    @staticmethod
    def forward(
        ctx: Any, bound: Bound, slots: list[int], values: list[Any], result: Any, rule: Any, *nodes: torch.Tensor
    ) -> torch.Tensor:
        ctx.bound, ctx.slots, ctx.values, ctx.rule = bound, slots, values, rule
        ctx.nodes = nodes
        return result.view_as(result) if isinstance(result, torch.Tensor) else placeholder(result)

    @staticmethod
    def backward(ctx: Any, head: torch.Tensor) -> Any:  # type: ignore[override]
        wanted = ctx.needs_input_grad[5:]
        found: Any = NotImplemented
        if ctx.rule is not None and not torch.is_grad_enabled():
            by_slot = [False] * len(ctx.values)
            for slot, want in zip(ctx.slots, wanted, strict=True):
                by_slot[slot] = want
            found = ctx.rule(head, ctx.values, by_slot, **ctx.bound.attrs)
            if found is not NotImplemented:
                found = [_for_node(found[slot], n) for slot, n in zip(ctx.slots, ctx.nodes, strict=True)]
        if found is NotImplemented:
            found = _by_dense_kernel(ctx, head, wanted)
        return (*[None] * 5, *found)


def _for_node(grad: torch.Tensor | None, node: torch.Tensor) -> torch.Tensor | None:
    """``grad`` in a form that ``node`` accepts: only leaves accept sparse gradients, all others dense ones."""
    if grad is None or grad.layout is torch.strided or node.is_leaf:
        return grad
    return grad.to_dense()


def _by_dense_kernel(ctx: Any, head: torch.Tensor, wanted: Sequence[bool]) -> list[torch.Tensor | None]:
    further = torch.is_grad_enabled()  # whether the gradient is itself to be differentiated
    with torch.enable_grad():
        inputs: list[Any] = [None] * len(ctx.values)
        leaves = []
        for slot, node, want in zip(ctx.slots, ctx.nodes, wanted, strict=True):
            value = ctx.values[slot]
            dense = (value if isinstance(value, torch.Tensor) else value.dense()).detach()
            if want:
                dense = _Dense.apply(node, dense) if further else dense.to(node.dtype).requires_grad_()
                leaves.append(dense)
            inputs[slot] = dense
        made = ctx.bound.run(*inputs)
        if not made.requires_grad:
            return [torch.zeros_like(n) if w else None for n, w in zip(ctx.nodes, wanted, strict=True)]
        if further:
            found = torch.autograd.grad(made, leaves, head, create_graph=True, allow_unused=True)
        else:
            found = torch.autograd.grad(made, leaves, head, allow_unused=True)
    grads = iter(found)
    return [next(grads) if want else None for want in wanted]


def mark(array: Any, value: Storage, grad: Any) -> None:
    """Make a sparse array a leaf, whose gradient ``grad`` receives."""
    leaf = placeholder(value).requires_grad_()
    leaf.register_post_accumulate_grad_hook(grad.receive)
    array._grad = grad
    array._node = (leaf, Variable())
