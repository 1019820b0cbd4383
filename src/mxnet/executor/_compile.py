"""Makes the program that an executor runs from a symbol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch

from mxnet._base import settings
from mxnet._graph import infer
from mxnet._graph.cached_op import GraphBound
from mxnet._graph.common import eliminate_common
from mxnet._graph.gradients import without_gradients
from mxnet._graph.layers import join_layers
from mxnet._graph.mirror import MirroredProgram, forced_regions, segment_regions
from mxnet._graph.node import Entry, Node, topological
from mxnet._graph.open_shapes import close, open_shape
from mxnet._graph.passes import optimise
from mxnet._graph.placement import insert_copies, place
from mxnet._graph.program import Program
from mxnet._ops import Bound
from mxnet._runtime.context import Context
from mxnet._runtime.state import np_shape_active


class Compiled(NamedTuple):
    """What runs, and where."""

    graph: list[Entry]
    placed: dict[int, Context]
    """The context of each node, by its id."""
    program: GraphBound
    random: bool
    """Whether a node draws random numbers."""
    terms: list[Any] | None
    """What it was made from, if it does for all shapes: who wants the same can run it too."""


def compiled(
    outputs: Sequence[Entry],
    found: infer.Inference,
    inputs: list[Node],
    ctx: Context,
    group2ctx: Mapping[str, Context] | None,
    differentiable: bool,
    before: Compiled | None,
) -> Compiled:
    """The graph of ``outputs`` as it runs in ``ctx`` and the contexts of groups, and its program; ``before`` if alike.

    Its layers keep their weights in the order that they compute with.
    """
    terms = _terms(outputs, inputs, ctx, group2ctx, differentiable)
    if before is not None and terms is not None and before.terms == terms:
        return before
    graph = close(outputs, found)
    if settings.get("MXNET_ELIMINATE_COMMON_EXPR"):
        graph = eliminate_common(graph)
    if differentiable:
        graph = without_gradients(graph)
    placed = place(graph, ctx, group2ctx)
    whole = insert_copies(graph, placed) if group2ctx else graph
    graph = optimise(whole, join=False)
    regions = forced_regions(graph) if differentiable else {}
    if differentiable and settings.get("MXNET_BACKWARD_DO_MIRROR"):
        regions = _segments(graph, found, inputs)
    program = MirroredProgram(graph, inputs, True, regions) if regions else Program(join_layers(graph), inputs, True)
    random = any(n.op is not None and (n.op.random or hasattr(n, "graphs")) for n in topological(whole))
    return Compiled(whole, placed, GraphBound(whole, program, "executor"), random, None if regions else terms)


def _terms(
    outputs: Sequence[Entry],
    inputs: list[Node],
    ctx: Context,
    group2ctx: Mapping[str, Context] | None,
    differentiable: bool,
) -> list[Any] | None:
    """All that a program depends on; None if that is shapes too, or if its operators have states of their own."""
    order = topological(outputs)
    for node in order:
        if node.op is not None and (
            hasattr(node, "graphs") or type(node.bound) is not Bound or open_shape(node) is not None
        ):
            return None
    nodes = [(n, n.name, dict(n.attrs), list(n.inputs)) for n in order]  # nodes can be renamed and connected anew
    ways = [settings.get("MXNET_ELIMINATE_COMMON_EXPR"), settings.get("MXNET_BACKWARD_DO_MIRROR"), np_shape_active()]
    return [list(outputs), nodes, inputs, ctx, dict(group2ctx or {}), differentiable, ways]


def _segments(graph: list[Entry], found: infer.Inference, inputs: list[Node]) -> dict[int, int]:
    """The regions whose values are computed again in backward."""
    known = {n.name: found.shape((n, 0)) for n in inputs}
    dtypes = {n.name: d for n in inputs if (d := found.dtype((n, 0))) is not None}
    whole = infer.infer_shapes(graph, known, dtypes)  # type: ignore[arg-type]

    def size(entry: Entry) -> int:
        shape = whole.shape(entry)
        return torch.Size(shape).numel() * (whole.dtype(entry) or torch.float32).itemsize if shape else 0

    return segment_regions(graph, size)
