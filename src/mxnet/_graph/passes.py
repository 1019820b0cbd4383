"""What is done to a graph before it becomes a program: ``PASSES``, one after another.

They only affect programs: symbols, files and what monitors see stay as the user wrote them. Each takes the outputs of a
graph and gives those of another with the same variables and the same results. Nodes that no output needs any more fall
out by themselves, since a graph is what can be reached from its outputs.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch

from mxnet._base import settings
from mxnet._base.errors import MXNetError
from mxnet._kernels.losses import LOSS_OF_LABELS
from mxnet._kernels.rnn import RNN_OF_PARTS
from mxnet._ops import Bound, Op
from mxnet._runtime.context import device_for
from mxnet._runtime.state import state

from .common import eliminate_common, repeatable
from .infer import shapes_by_node
from .layers import is_relu, join_layers
from .node import Entry, Moved, Node, rewrite, topological
from .open_shapes import is_known, open_shape
from .program import Program

_MOST_BYTES = 1 << 20
"""Larger constants are made anew at each run: that costs little, and keeping them would take memory."""


def optimise(outputs: Sequence[Entry], join: bool = True) -> list[Entry]:
    """The graph after all ``PASSES``; without joining common expressions if ``MXNET_ELIMINATE_COMMON_EXPR=0``.

    A graph with open shapes stays as it is: its program runs others, of the graph with shapes of its inputs.

    ``join``: whether layers become one node each, too.
    """
    made, order = list(outputs), topological(outputs)
    if any(open_shape(n) is not None for n in order):
        return made
    names = {n.op.name for n in order if n.op is not None}
    for step in PASSES:
        if step is eliminate_common and not settings.get("MXNET_ELIMINATE_COMMON_EXPR"):
            continue
        if step not in _LOOKS_FOR or _LOOKS_FOR[step] in names:
            made = step(made)
    return join_layers(made) if join else made


def skip_copies(outputs: Sequence[Entry]) -> list[Entry]:
    """The graph without ``identity`` of operators' results: inside a program that can not be told from a copy."""
    source: dict[Entry, Entry] = {}

    def skip(node: Node, moved: Moved) -> Node:
        entries = enumerate(map(moved, node.inputs))
        made = node.rewired([e if _written(node, slot) else source.get(e, e) for slot, e in entries])
        if node.op is not None and node.op.name == "_copy" and node.inputs[0][0].op is not None:
            source[made, 0] = made.inputs[0]
        return made

    return rewrite(outputs, skip)


def fold_constants(outputs: Sequence[Entry]) -> list[Entry]:
    """The graph in which what depends on no variable is computed once, at the first run, and kept.

    This leaves out random operators, those in Python, and constants of more than a megabyte.
    """
    order = topological(outputs)
    fixed: set[int] = set()
    for node in order:
        if all([id(child) in fixed for child, _ in node.inputs]) and _foldable(node):
            fixed.add(id(node))
    taken = {id(child) for n in order if id(n) not in fixed for child, _ in n.inputs} | {id(n) for n, _ in outputs}
    for node in order:  # an operator that writes to an input gets one of its own
        inputs = enumerate(node.inputs)
        taken -= {id(child) for slot, (child, _) in inputs if id(child) in fixed and _written(node, slot)}
    held = _held([(n, 0) for n in order if id(n) in fixed and id(n) in taken])
    return rewrite(outputs, lambda node, _: held.get(id(node))) if held else list(outputs)


def separate_parameters(outputs: Sequence[Entry]) -> list[Entry]:
    """The graph in which recurrent layers take their parameters one by one, where it joins them into a vector."""

    def separate(node: Node, moved: Moved) -> Node | None:
        parts = _parts(node)
        if parts is None:
            return None
        entries = [node.inputs[0], *node.inputs[2:], *parts]
        made = Node(RNN_OF_PARTS, node.name, dict(node.attrs), [*map(moved, entries)])
        made._bound = Bound(RNN_OF_PARTS, node.bound.attrs, node.bound.given)
        return made

    return rewrite(outputs, separate)


def _parts(node: Node) -> list[Entry] | None:
    """What is flattened and joined into the parameters of ``node``; None if they are made in another way."""
    if node.op is None or node.op.name != "RNN":
        return None
    joined = node.inputs[1][0]
    if joined.op is None or joined.op.name != "_rnn_param_concat" or joined.bound.attrs["dim"] != 0:
        return None
    flat = [child for child, _ in joined.inputs]
    if all(n.op is not None and n.op.name == "Reshape" and n.bound.attrs["shape"] == (-1,) for n in flat):
        return [n.inputs[0] for n in flat]
    return None


def pool_before_relu(outputs: Sequence[Entry]) -> list[Entry]:
    """The graph in which rectifiers in front of max pooling come after it: the same values and gradients, of fewer.

    Only where every window meets data: the result of one that does not is the lowest number there is, rectified or not.
    """
    uses = Counter((id(child), i) for n in topological(outputs) for child, i in n.inputs)
    uses.update((id(n), i) for n, i in outputs)

    def swap(node: Node, moved: Moved) -> Node | None:
        relu = node.inputs[0][0] if _is_max_pooling(node) else None
        if relu is None or not is_relu(relu) or uses[id(relu), 0] != 1 or uses[id(node), 1]:
            return None
        return relu.rewired([(node.rewired([moved(relu.inputs[0])]), 0)])

    return rewrite(outputs, swap)


def _is_max_pooling(node: Node) -> bool:
    if node.op is None or node.op.name != "Pooling":
        return False
    attrs = node.bound.attrs
    inside = all(p < k for p, k in zip(attrs["pad"], attrs["kernel"], strict=False))
    return attrs["pool_type"] == "max" and (attrs["global_pool"] or (attrs["pooling_convention"] == "valid" and inside))


def join_losses(outputs: Sequence[Entry]) -> list[Entry]:
    """The graph in which, where labels pick one logarithm of a softmax each, not all of these are computed."""
    uses = Counter(id(child) for n in topological(outputs) for child, _ in n.inputs)
    uses.update(id(n) for n, _ in outputs)

    def join(node: Node, moved: Moved) -> Node | None:
        average = _is(node, "mean", axis=(0,), exclude=True, keepdims=False)
        chain = _loss_chain(node.inputs[0][0] if average else node)
        if chain is None or any(uses[id(n)] != 1 for n in chain[not average :]):
            return None
        _, pick, logarithm = chain
        made = Node(LOSS_OF_LABELS, node.name, dict(node.attrs), [moved(logarithm.inputs[0]), moved(pick.inputs[1])])
        made._bound = LOSS_OF_LABELS.bind((), {"keepdims": pick.bound.attrs["keepdims"], "average": average})
        return made

    return rewrite(outputs, join)


def _loss_chain(node: Node) -> tuple[Node, Node, Node] | None:
    """The three nodes of ``-pick(log_softmax(...), ...)``, the last of which is ``node``; None if it is not."""
    if not (_is(node, "negative") or _is(node, "_mul_scalar", scalar=-1)):
        return None
    pick = node.inputs[0][0]
    if not _is(pick, "pick", axis=-1, mode="clip"):
        return None
    logarithm = pick.inputs[0][0]
    plain = {"axis": -1, "temperature": None, "dtype": None, "use_length": False}
    return (node, pick, logarithm) if _is(logarithm, "log_softmax", **plain) else None


def _is(node: Node, name: str, **attrs: Any) -> bool:
    return node.op is not None and node.op.name == name and all(node.bound.attrs[k] == v for k, v in attrs.items())


PASSES: tuple[Callable[[Sequence[Entry]], list[Entry]], ...] = (
    eliminate_common,
    skip_copies,
    separate_parameters,
    pool_before_relu,
    join_losses,
    fold_constants,
)
_LOOKS_FOR = {skip_copies: "_copy", separate_parameters: "RNN", pool_before_relu: "Pooling", join_losses: "pick"}
"""Operators without which a pass changes nothing."""


def _written(node: Node, slot: int) -> bool:
    return node.op is not None and (bool(node.op.mutates) or node.writes(slot))


def _foldable(node: Node) -> bool:
    return repeatable(node) and not node.op.by_mode and node.bound.total == 1 and open_shape(node) is None  # type: ignore[union-attr]


def _held(constants: list[Entry]) -> dict[int, Node]:
    """Nodes without inputs, whose values are made once, by the ``id`` of what they stand for; not of large ones."""
    try:
        found = shapes_by_node(constants, {}, {})
    except MXNetError:
        return {}  # what is wrong is reported when it runs
    kinds = {entry: (found.shape(entry), found.dtype(entry)) for entry in constants}
    small = {
        entry: torch.empty(shape, dtype=dtype, device="meta")  # type: ignore[arg-type]
        for entry, (shape, dtype) in kinds.items()
        if is_known(shape) and dtype is not None and math.prod(shape) * dtype.itemsize <= _MOST_BYTES  # type: ignore[arg-type]
    }
    values = _Values(Program([*small], []))
    held = {}
    for number, ((node, _), meta) in enumerate(small.items()):
        made = held[id(node)] = Node(_CONSTANT, node.name, {}, [])
        made._bound = Bound(_CONSTANT, {}, {})
        made._bound.run = functools.partial(values.one, number, meta)
    return held


class _Values:
    """The outputs of a graph without variables: once for each device that is current when it runs."""

    __slots__ = ("_program", "_made")

    def __init__(self, program: Program) -> None:
        self._program = program
        self._made: dict[torch.device, tuple[torch.Tensor, ...]] = {}

    def one(self, number: int, meta: torch.Tensor) -> torch.Tensor:
        """Output ``number``; ``meta``, which is like it, where values do not count."""
        if state.tracing:
            return meta
        device = device_for("")
        made = self._made.get(device)
        if made is None:
            with torch.inference_mode(False), torch.no_grad():
                made = self._made[device] = self._program.run()
        return made[number]


def _never() -> torch.Tensor:
    raise MXNetError("_constant: there is no value to it but that of its node")


_CONSTANT = Op(_never, "_constant", view=True)
"""``view``, because its value must not leave the program uncopied."""
