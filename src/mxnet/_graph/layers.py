"""Layers that are computed differently in inference: convolutions and dense layers, with what follows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mxnet._base.errors import MXNetError
from mxnet._kernels.packed import Layer, Norm, Window, rectified
from mxnet._ops import Bound, Op

from .node import Entry, Moved, Node, rewrite, topological
from .open_shapes import open_shape

_ADDITIONS = ("elemwise_add", "broadcast_add")


def join_layers(outputs: Sequence[Entry]) -> list[Entry]:
    """The graph in which two-dimensional convolutions and dense layers, with what follows them, are single nodes.

    A node that something else uses too, or that is an output, stays a node of its own. So do all nodes while shapes are
    open, as these are inferred node by node.
    """
    order = topological(outputs)
    if any(open_shape(n) is not None for n in order):
        return list(outputs)
    uses = Counter((id(child), i) for n in order for child, i in n.inputs)
    uses.update((id(n), i) for n, i in outputs)
    layers: dict[int, list[Node]] = {}
    for node in order:
        chain = _chain(node, layers, uses)
        if chain is not None:
            layers[id(node)] = chain

    def join(node: Node, moved: Moved) -> Node | None:
        chain = layers.get(id(node))
        if chain is None or (chain == [node] and node.op.name == "FullyConnected"):  # type: ignore[union-attr]
            return None
        made = _joined(chain)
        made.inputs = [*map(moved, made.inputs)]
        return made

    return rewrite(outputs, join)


def _chain(node: Node, layers: dict[int, list[Node]], uses: Counter[tuple[int, int]]) -> list[Node] | None:
    """The nodes that end with ``node`` and can be joined; a shorter chain within them is taken out of ``layers``."""
    if node.op is None:
        return None
    if node.op.name == "Convolution":
        attrs = node.bound.attrs
        plain = len(attrs["kernel"]) == 2 and attrs["layout"] in (None, "NCHW")
        return [node] if plain and _has_parameters(node) else None
    if node.op.name == "FullyConnected":
        return [node]  # for what follows
    if node.op.name == "BatchNorm":
        attrs, before = node.bound.attrs, node.inputs[:1]
        if attrs["axis"] != 1 or attrs["output_mean_var"] or any(uses[id(node), i] for i in (1, 2)):
            return None
        if not _has_parameters(node):
            return None
        ends: tuple[str, ...] = ("Convolution",)
    elif node.op.name in _ADDITIONS:
        before, ends = node.inputs, ("Convolution", "BatchNorm")
    elif is_relu(node):
        before, ends = node.inputs, ("Convolution", "BatchNorm", "FullyConnected", *_ADDITIONS)
    else:
        return None
    for child, i in reversed(before):
        chain = layers.get(id(child))
        if chain is not None and i == 0 and uses[id(child), 0] == 1 and chain[-1].op.name in ends:  # type: ignore[union-attr]
            del layers[id(child)]
            return [*chain, node]
    return None


def is_relu(node: Node) -> bool:
    """Whether ``node`` is a rectifier."""
    op = node.op
    return op is not None and (
        op.name == "relu" or (op.name == "Activation" and node.bound.attrs["act_type"] == "relu")
    )


def _has_parameters(node: Node) -> bool:
    """Whether all its inputs but the data are variables: of values computed at each call nothing can be kept."""
    return all(child.op is None for child, _ in node.inputs[1:])


def _joined(chain: Sequence[Node]) -> Node:
    entries: list[Entry] = []
    steps: list[tuple[Any, tuple[int, ...]]] = []
    norm = None
    first = chain[0]
    inputs = len(first.inputs)
    aux: tuple[int, ...] = ()
    for before, node in zip([None, *chain], chain, strict=False):
        takes = []
        for entry in node.inputs:
            if entry[0] is before:
                takes.append(-1)
            else:
                takes.append(len(entries))
                entries.append(entry)
        steps.append((node.bound.run, tuple(takes)))
        if node.op is not None and node.op.name == "BatchNorm":
            norm = Norm(node.bound.attrs["eps"], node.bound.attrs["fix_gamma"])
            aux = (inputs + 2, inputs + 3)
    made = Node(_LAYER, chain[-1].name, dict(chain[-1].attrs), entries)
    made._bound = Bound(_LAYER, {"written": aux}, {})
    relu = chain[-1].op.name in ("relu", "Activation")  # type: ignore[union-attr]
    if first.op.name == "FullyConnected":  # type: ignore[union-attr]
        made._bound.run = rectified(first.bound.run)
    else:
        made._bound.run = Layer(steps, inputs, _window(first), norm, relu)
    return made


def _window(node: Node) -> Window:
    attrs = node.bound.attrs
    pad, stride, dilate = attrs["pad"] or (0, 0), attrs["stride"] or (1, 1), attrs["dilate"] or (1, 1)
    return Window(attrs["kernel"], pad, stride, dilate, attrs["num_group"])


def _never(*data: Any) -> Any:
    raise MXNetError("_layer: what it does is what the nodes did that it was made of")


_LAYER = Op(_never, "_layer", aux_slots=lambda a: a.written)
