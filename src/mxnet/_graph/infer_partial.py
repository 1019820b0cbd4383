"""What shapes say about each other where some sizes are open: forward, and backward from outputs to inputs.

Two ways. Operators that work element by element have one shape throughout. Any other is run on tensors without storage
twice, with one number and then another for what is open: output sizes that stay the same do not depend on it, and one
that changes just as an input's size did is that size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch

from mxnet._ops import Op, Shape
from mxnet._runtime.dispatch import infer
from mxnet._runtime.state import np_shape_active

from .control_flow import LoopNode
from .node import Entry, Node
from .open_shapes import is_open

if TYPE_CHECKING:
    from .infer import Inference

_FAMILIES = ("mxnet._kernels.elemwise", "mxnet._kernels.broadcast")
_LIKE_DATA = frozenset(
    """Activation BatchNorm BatchNorm_v1 BlockGrad Dropout GroupNorm IdentityAttachKLSparseReg InstanceNorm
L2Normalization LRN LayerNorm LeakyReLU LinearRegressionOutput LogisticRegressionOutput MAERegressionOutput MakeLoss
SVMOutput SoftmaxActivation SoftmaxOutput _contrib_gradientmultiplier _contrib_round_ste _contrib_sign_ste log_softmax
make_loss smooth_l1 softmax softmin""".split()
)
"""The first output is shaped like the first input."""
_ONE_SHAPE = ("_identity_with_attr_like_rhs",)
_UNPROBED = ("Custom",)
"""It runs its author's code, which is to see real sizes only."""
_TRIES = (840, 1680)
"""Numbers that divide well, so that operators that cut or fold take them."""

Merge = Callable[[Shape | None, Shape | None, str], Shape | None]
Place = tuple[int, int]
"""Which input, and which of its axes."""


def all_of_one_shape(op: Op) -> bool:
    """Whether all inputs and outputs of ``op`` have one shape."""
    if op.name in _ONE_SHAPE:
        return True
    return op.fn.__module__ in _FAMILIES and not op.name.startswith("broadcast_") and op.name != "amp_multicast"


def learn(node: Node, found: Inference, merge: Merge) -> bool:
    """Derive what can be of the inputs and outputs of ``node`` from each other; whether anything new was learned.

    Raises:
        ShapeError: they contradict each other.
    """
    if node.op is None or isinstance(node, LoopNode):
        return False
    if all_of_one_shape(node.op):
        return _unify(node, found, [*node.inputs, (node, 0)], merge)
    if node.op.name == "where":  # the condition may be a column; what it chooses from has the output's shape
        return _unify(node, found, [*node.inputs[1:], (node, 0)], merge)
    learned = node.op.name in _LIKE_DATA and _unify(node, found, [node.inputs[0], (node, 0)], merge)
    return _probe(node, found, merge) or learned


def _unify(node: Node, found: Inference, entries: list[Entry], merge: Merge) -> bool:
    who = f"Error in operator {node.name}"
    shape: Shape | None = None
    for entry in entries:
        shape = merge(shape, found.shape(entry), who)
    return any([_note(found, e, shape, merge, who) for e in entries])


def _note(found: Inference, entry: Entry, shape: Shape | None, merge: Merge, who: str) -> bool:
    have = found.shape(entry)
    merged = merge(have, shape, who)
    if merged is None or merged == have:
        return False
    found.shapes[id(entry[0]), entry[1]] = merged
    return True


def _probe(node: Node, found: Inference, merge: Merge) -> bool:
    shapes = [found.shape(e) for e in node.inputs]
    if node.op.name in _UNPROBED or any(not s for s in shapes):  # type: ignore[union-attr]
        return False
    places = [(k, axis) for k, s in enumerate(shapes) for axis, d in enumerate(s or ()) if is_open(d)]
    if not places:
        return False
    low, high = _TRIES
    base = _run(node, found, shapes, dict.fromkeys(places, low))
    if base is None:
        return False
    who = f"Error in operator {node.name}"
    learned = False
    other = _run(node, found, shapes, dict.fromkeys(places, high))
    if other is not None and list(map(len, other)) == list(map(len, base)):
        mark = -1 if np_shape_active() else 0
        for i, (a, b) in enumerate(zip(base, other, strict=True)):
            shape = tuple(x if x == y else mark for x, y in zip(a, b, strict=True))
            learned |= _note(found, (node, i), shape, merge, who)
    for varied, (k, axis) in _carried(node, found, shapes, places, base):
        for slot, at in varied:
            shape = found.shape(node.inputs[slot]) or ()
            known = (found.shape((node, k)) or ())[axis]
            wanted = tuple(known if i == at else d for i, d in enumerate(shape))
            learned |= not is_open(known) and _note(found, node.inputs[slot], wanted, merge, who)
    return learned


def _carried(
    node: Node, found: Inference, shapes: list[Shape | None], places: list[Place], base: list[Shape]
) -> Iterator[tuple[list[Place], tuple[int, int]]]:
    """Open sizes of inputs that are a size of an output, with where: output and axis."""
    low, high = _TRIES
    for place in places:
        varied = [place]
        made = _run(node, found, shapes, {**dict.fromkeys(places, low), place: high})
        if made is None:  # inputs that must agree along the axis
            varied = [p for p in places if p[1] == place[1]]
            made = _run(node, found, shapes, {**dict.fromkeys(places, low), **dict.fromkeys(varied, high)})
        if made is None or list(map(len, made)) != list(map(len, base)):
            continue
        for k, (a, b) in enumerate(zip(base, made, strict=True)):
            changed = [axis for axis, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
            if len(changed) == 1 and (a[changed[0]], b[changed[0]]) == (low, high):
                yield varied, (k, changed[0])


def _run(
    node: Node, found: Inference, shapes: list[Shape | None], sizes: dict[Place, int]
) -> list[tuple[int, ...]] | None:
    """Output shapes with these sizes for what is open; None if the operator does not take them."""
    metas = []
    for k, (shape, entry) in enumerate(zip(shapes, node.inputs, strict=True)):
        filled = [sizes.get((k, axis), d) for axis, d in enumerate(shape or ())]
        metas.append(torch.empty(filled, dtype=found.dtype(entry) or torch.float32, device="meta"))
    try:
        return [tuple(r.shape) for r in infer(node.bound, metas)]
    except Exception:  # whatever a kernel raises of numbers that are made up says nothing
        return None
