"""Where gradients go in a graph, and where they do not."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import torch

from mxnet._base.errors import AutogradError
from mxnet._ops import Bound
from mxnet._runtime.dtypes import TORCH

from .node import Entry, Moved, Node, rewrite, topological

_BLOCKS = ("BlockGrad",)
_NOT_DIFFERENTIABLE = frozenset(
    "_contrib_RROIAlign _contrib_allclose _contrib_calibrate_entropy _contrib_edge_id _contrib_getnnz _grad_add "
    "_histogram _scatter_set_nd _shuffle _slice_assign _slice_assign_scalar all_finite argmax_channel batch_take "
    "khatri_rao multi_all_finite multi_sum_sq".split()
)
"""Operators that have no gradient in 1.9.1."""


def begins_backward(node: Node) -> bool:
    """Whether the node may produce gradients although it receives none but zeros, as losses and operators in Python do.

    1.9.1 asks every node of a graph for its gradient, whatever stands between it and the outputs.
    """
    op = node.op
    return op is not None and (op.name == "Custom" or op.loss and op.name not in _BLOCKS)


def reached(outputs: Sequence[Entry]) -> set[int]:
    """The nodes, by ``id``, that a gradient can reach: behind ``BlockGrad`` only from losses that are there."""
    found = {id(n) for n, _ in outputs}
    for node in reversed(topological(outputs)):
        if begins_backward(node):
            found.add(id(node))
        if id(node) in found and node.op is not None and node.op.name not in _BLOCKS:
            found.update(id(child) for child, _ in node.inputs)
    return found


def check_differentiable(outputs: Sequence[Entry], wanted: set[int]) -> None:
    """Refuse operators without a gradient between the outputs and variables whose gradient is ``wanted``.

    Raises:
        AutogradError: naming operator and node.
    """
    alive = reached(outputs)
    above = set(wanted)
    for node in topological(outputs):
        if node.op is None or not any(id(child) in above for child, _ in node.inputs):
            continue
        above.add(id(node))
        if id(node) in alive and node.op.name in _NOT_DIFFERENTIABLE:
            raise AutogradError(
                f"Operator {node.op.name} is non-differentiable, and node {node.name} lies between an output and "
                "arguments whose gradient is wanted; bind with grad_req='null' for these, or put BlockGrad after it"
            )


def through_integers(order: Sequence[Node]) -> set[int]:
    """Those of the nodes, by ``id``, that a gradient may reach through integers: those behind a cast to them."""
    found: set[int] = set()
    for node in order:
        op = node.op
        if op is None or not node.inputs:
            continue
        whole = op.name == "Cast" and not TORCH[node.bound.attrs["dtype"]].is_floating_point
        if whole or any(id(child) in found and not _makes_floats(child) for child, _ in node.inputs):
            found.add(id(node))
    return found


def _makes_floats(node: Node) -> bool:
    op = node.op
    return op is not None and op.name == "Cast" and TORCH[node.bound.attrs["dtype"]].is_floating_point


def without_gradients(outputs: Sequence[Entry]) -> list[Entry]:
    """The graph in which nodes that no gradient reaches keep nothing for backward. Variables stay the same nodes."""
    alive = reached(outputs)

    def freed(node: Node, moved: Moved) -> Node | None:
        if id(node) in alive or node.op is None or type(node.bound) is not Bound:
            return None
        made = node.copy([*map(moved, node.inputs)])
        made._bound = _unrecorded(node.bound)
        return made

    return rewrite(outputs, freed)


def _unrecorded(bound: Bound) -> Bound:
    made = Bound(bound.op, bound.attrs, bound.given)
    made.run = functools.partial(_run, bound.run)
    return made


def _run(run: Callable[..., Any], *tensors: Any) -> Any:
    with torch.no_grad():
        return run(*tensors)
