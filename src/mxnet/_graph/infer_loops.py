"""Shapes and dtypes through the graphs of loops and branches, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import torch

from mxnet._base.errors import MXNetError, ShapeError
from mxnet._ops import Shape
from mxnet._runtime.state import np_shape_active

from .control_flow import LoopNode, Part
from .node import Node

if TYPE_CHECKING:
    from .infer import Inference

Types: TypeAlias = Callable[[Any, Mapping[Node, torch.dtype]], "Inference"]
Shapes: TypeAlias = Callable[[Any, Mapping[Node, Shape], Mapping[Node, torch.dtype]], "Inference"]


def learn_types(node: LoopNode, found: Inference, infer: Types) -> None:
    """Derive dtypes of inputs and outputs of ``node`` from each other."""
    for part in node.parts:
        inside = infer(part.outputs, _known_types(node, part, found))
        _take_types(node, part, found, inside)


def _known_types(node: LoopNode, part: Part, found: Inference) -> dict[Node, torch.dtype]:
    pairs = [(v, found.dtype(node.inputs[s])) for v, s in zip(part.variables, part.sources, strict=True)]
    return {v: d for v, d in pairs if d is not None}


def _take_types(node: LoopNode, part: Part, found: Inference, inside: Inference) -> None:
    for variable, source in zip(part.variables, part.sources, strict=True):
        dtype = inside.dtype((variable, 0))
        if dtype is not None:
            child, i = node.inputs[source]
            found.dtypes.setdefault((id(child), i), dtype)
    for entry, result in zip(part.outputs, part.results, strict=False):
        dtype = inside.dtype(entry)
        if dtype is not None:
            found.dtypes.setdefault((id(node), result), dtype)


def learn_shapes(node: LoopNode, found: Inference, infer: Shapes, merge: Callable[..., Shape | None]) -> bool:
    """Derive shapes of inputs and outputs of ``node`` from each other; whether anything new was learned.

    Raises:
        ShapeError: they contradict each other; names the node, and the one in its graph.
    """
    learned = False

    def learn(key: tuple[int, int], shape: Shape | None, what: str) -> None:
        nonlocal learned
        have = found.shapes.get(key)
        merged = merge(have, shape, f"Error in operator {node.name}: {what}")
        if merged is not None and merged != have:
            found.shapes[key] = merged
            learned = True

    for part in node.parts:
        length = _length(node, part, found)
        known = {}
        for variable, source in zip(part.variables, part.sources, strict=True):
            shape = found.shape(node.inputs[source])
            if shape and source in part.sliced:
                shape = shape[1:] or (() if np_shape_active() else (1,))
            if shape is not None:
                known[variable] = shape
        if not part.stacked and not part.carried:  # what is known of results tells of inputs
            for (inner, i), result in zip(part.outputs, part.results, strict=False):
                shape = found.shape((node, result))
                if shape is not None and i == 0 and inner.op is not None:
                    known[inner] = shape
        try:
            inside = infer(part.outputs, known, _known_types(node, part, found))
        except MXNetError as error:
            raise type(error)(f"Error in operator {node.name}: {error}") from error
        for variable, source in zip(part.variables, part.sources, strict=True):
            child, i = node.inputs[source]
            shape = inside.shape((variable, 0))
            if shape is not None and source in part.sliced:
                shape = _unsliced(found.shape((child, i)), length, shape)
            learn((id(child), i), shape, f"input {child.name}")
        for k, (entry, result) in enumerate(zip(part.outputs, part.results, strict=False)):
            shape = inside.shape(entry)
            if shape is not None and k < part.stacked:
                shape = (length, *shape)
            learn((id(node), result), shape, f"output {result}")
            if k >= part.stacked and part.carried:
                child, i = node.inputs[part.sources[part.carried[k - part.stacked]]]
                learn((id(child), i), shape, f"state {child.name} after a step")
        for entry, result in zip(part.outputs, part.results, strict=False):
            dtype = inside.dtype(entry)
            if dtype is not None:
                found.dtypes[id(node), result] = dtype
    return learned


def _length(node: LoopNode, part: Part, found: Inference) -> int:
    """The length of stacked outputs; 0 if it is not known, or -1 where 0 is a size."""
    limit = node.bound.attrs.get("max_iterations")
    if limit is not None:
        return int(limit)
    lengths = {s[0] for i in part.sliced if (s := found.shape(node.inputs[i])) and s[0] > 0}
    if len(lengths) > 1:
        raise ShapeError(
            f"Error in operator {node.name}: Shape inconsistent, the arrays to loop over have lengths {sorted(lengths)}"
        )
    return lengths.pop() if lengths else -1 if np_shape_active() else 0


def _unsliced(have: Shape | None, length: int, shape: Shape) -> Shape:
    """The shape of an array from that of its slices; an array that is known to have one axis keeps one."""
    return (length,) if have is not None and len(have) == 1 else (length, *shape)
