"""Shapes and dtypes that operators tell, so that those of a graph are known without running their kernels.

Even on tensors without storage that takes much longer, and torch computes some of them in Python, and loads its
compiler before the first, which takes about a second.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, TypeAlias

import torch

from mxnet._base.errors import DTypeError
from mxnet._ops import Bound, Op, Shape
from mxnet._runtime import inference
from mxnet._runtime.state import np_shape_active

from . import type_rules

Results: TypeAlias = tuple[tuple[Shape, torch.dtype], ...]


def told(bound: Bound, shapes: Sequence[Shape], dtypes: tuple[torch.dtype, ...]) -> tuple[Shape, torch.dtype] | None:
    """Shape and dtype of the only visible output; None where the kernel has to tell, what is wrong too."""
    tell = getattr(bound.op, "told", None)  # loops of graphs are no operators of the registry
    if tell is None or bound.visible != 1 or not _can_take(bound, len(shapes)):
        return None
    dtype = _dtype(bound, dtypes)
    shape = None if dtype is None else tell(*shapes, **bound.attrs)
    return None if shape is None else (shape, dtype)  # type: ignore[return-value]


def results(bound: Bound, shapes: tuple[Shape, ...], dtypes: tuple[torch.dtype, ...]) -> Results:
    """Shapes and dtypes of all outputs, by a run of the kernel; the same are remembered.

    Not of loops and of operators written in Python, whose answers are theirs to change, nor of what is run by something
    made for one graph, as a constant is: it would be kept alive.
    """
    own = getattr(bound.run, "func", bound.run) is bound.op.fn
    run = _ran if own and type(bound) is Bound and type(bound.op) is Op else _ran.__wrapped__
    return run(bound, shapes, dtypes, np_shape_active())


@functools.lru_cache(maxsize=4096)
def _ran(bound: Bound, shapes: tuple[Shape, ...], dtypes: tuple[torch.dtype, ...], numpy: bool) -> Results:
    metas = [torch.empty(s, dtype=d, device="meta") for s, d in zip(shapes, dtypes, strict=True)]
    return tuple([(tuple(made.shape), made.dtype) for made in inference.infer(bound, metas)])


def infer(bound: Bound, metas: Sequence[Any]) -> tuple[torch.Tensor, ...]:
    """Output shapes and dtypes, as tensors without storage, from those of the inputs."""
    if all([m is not None for m in metas]):
        said = told(bound, [tuple(m.shape) for m in metas], tuple([m.dtype for m in metas]))
        if said is not None:
            return (torch.empty(said[0], dtype=said[1], device="meta"),)
    return inference.infer(bound, metas)


def _can_take(bound: Bound, count: int) -> bool:
    """Whether the kernel, with these attributes, can be called with so many inputs."""
    schema = bound.op.schema
    if schema.variadic is not None:
        return True
    most = len(bound.active_inputs())
    return count == most or (bound.op.active is None and most - len(schema.optional) <= count < most)


def _dtype(bound: Bound, dtypes: tuple[torch.dtype, ...]) -> torch.dtype | None:
    """The output's, if the inputs have what kernels take: one of floating point, or those that the signature says.

    Where that allows any dtype, or a letter I of its own, as of indices, so do kernels; of others, not all take whole
    numbers.
    """
    rule = bound.op.types
    text = "" if callable(rule) else type_rules.signature(bound)
    if text in ("", type_rules.DEFAULT):
        if not dtypes or not dtypes[0].is_floating_point or any([d is not dtypes[0] for d in dtypes]):
            return None
        return rule(*dtypes)[1][0] if callable(rule) else dtypes[0]
    for word, dtype in zip(type_rules.words(text, len(dtypes)), dtypes, strict=True):
        if word[0] not in "_I" and not dtype.is_floating_point:
            return None
    try:
        return type_rules.share(bound, dtypes, (None,) * bound.total, True)[1][0]
    except DTypeError:
        return None
