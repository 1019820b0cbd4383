"""Inference through operators some of whose inputs are not known: forward, and backward from outputs to inputs.

An operator's rule says what follows (shape_rules.py). Where ranks are known and sizes are open it is also tried out
(probe.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from mxnet._base.errors import ShapeError
from mxnet._ops import Shape
from mxnet._runtime.state import np_shape_active

from . import shape_rules
from .control_flow import LoopNode
from .node import Entry, Node
from .open_shapes import is_open
from .probe import Probe
from .told import infer

if TYPE_CHECKING:
    from .infer import Inference

_UNPROBED = ("Custom", "batch_dot", "slice_axis", "where")
"""Custom runs its author's code, which must see real sizes only; for the others see shape_rules."""

Merge = Callable[[Shape | None, Shape | None, str], Shape | None]


def learn(node: Node, found: Inference, merge: Merge) -> bool:
    """Derive inputs and outputs of ``node`` from each other as far as possible; whether anything new was learned.

    Raises:
        ShapeError: they contradict each other; names the node, the operator and the input.
    """
    if node.op is None or isinstance(node, LoopNode):
        return False
    return _by_rule(node, found, merge) | _by_trying(node, found, merge)


def _entries(node: Node) -> list[Entry]:
    return [(node, i) for i in range(node.bound.total)]


def _by_rule(node: Node, found: Inference, merge: Merge) -> bool:
    outputs = _entries(node)
    try:
        proposal = shape_rules.propose(node.bound, [*map(found.shape, node.inputs)], [*map(found.shape, outputs)])
    except ShapeError as error:
        named = ", ".join(f"{child.name} {found.shape((child, i)) or ()}" for child, i in node.inputs)
        raise ShapeError(f"Error in operator {node.name}: {node.op.name}: {error}; inputs: {named}") from None  # type: ignore[union-attr]
    if proposal is None:
        return False
    made = zip([*node.inputs, *outputs], [*proposal[0], *proposal[1]], strict=True)
    return any([_note(node, found, entry, shape, merge) for entry, shape in made])


def _note(node: Node, found: Inference, entry: Entry, shape: Shape | None, merge: Merge) -> bool:
    have = found.shape(entry)
    who = f"Error in operator {node.name}: {node.op.name}: {entry[0].name}"  # type: ignore[union-attr]
    merged = merge(have, shape, who)
    if merged is None or merged == have:
        return False
    found.shapes[id(entry[0]), entry[1]] = merged
    return True


def _by_trying(node: Node, found: Inference, merge: Merge) -> bool:
    inputs = [s for s in map(found.shape, node.inputs) if s or (s is not None and np_shape_active())]
    outputs = _entries(node)
    told = [found.shape(e) for e in outputs]
    if node.op.name in _UNPROBED or len(inputs) < len(node.inputs):  # type: ignore[union-attr]
        return False
    if found.tried.get(id(node)) == (inputs, told) or not any(is_open(d) for s in inputs for d in s):
        return False
    dtypes = [found.dtype(e) or torch.float32 for e in node.inputs]

    def run(shapes: list[Shape]) -> list[Shape]:
        metas = [torch.empty(s, dtype=d, device="meta") for s, d in zip(shapes, dtypes, strict=True)]
        return [tuple(r.shape) for r in infer(node.bound, metas)]

    probe = Probe(run, inputs)
    made = probe.outputs()
    learned = any([_note(node, found, e, s, merge) for e, s in zip(outputs, made, strict=False)])
    if not made or any(map(_says_more, told, made)):
        more = probe.inputs(told)
        learned |= any([_note(node, found, e, s, merge) for e, s in zip(node.inputs, more, strict=True)])
    found.tried[id(node)] = inputs, [found.shape(e) for e in outputs]
    return learned


def _says_more(told: Shape | None, made: Shape | None) -> bool:
    """Whether more is known of an output than follows from the inputs."""
    if not told or made is None or len(told) != len(made):
        return bool(told)
    return any(is_open(m) and not is_open(t) for t, m in zip(told, made, strict=True))
