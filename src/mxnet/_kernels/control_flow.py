"""Loops and branches over graphs: ``_foreach``, ``_while_loop``, ``_cond``.

Each gets its graphs as compiled functions; a step is a call of one, and gradients go through the steps that were taken.
While shapes are inferred no condition is evaluated: one step gives the shapes of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._ops import Graph, Positive, Shape, op
from mxnet._runtime.state import np_shape_active, state


def _output_names(attrs: Any) -> tuple[str, ...]:
    count = attrs.num_outputs
    return ("output",) if count == 1 else tuple(f"output{i}" for i in range(count))


@op("_foreach", outputs=_output_names, num_args="num_args")
def foreach(
    *data: Tensor,
    fn: Graph,
    num_args: int,
    num_outputs: int,
    num_out_data: int,
    in_state_locs: Shape,
    in_data_locs: Shape,
    remain_locs: Shape,
) -> tuple[Tensor, ...]:
    """Run ``fn`` on every slice of some arrays along axis 0, carrying states from step to step.

    Inputs:  data: the arrays to slice (N, ...), the states, and what else ``fn`` uses
    Attrs:   num_args, inputs and graphs together; num_outputs, outputs of ``fn``, of which the first num_out_data
             are stacked and the rest are new states; in_data_locs, in_state_locs, remain_locs, the places of the
             three kinds of inputs among those of ``fn``
    Outputs: stacked outputs (N, ...); last states, like the first ones
    Raises:  ArgumentError without an array to slice; ShapeError if their lengths differ, or a state changes shape
    Source:  behaviour of MXNet 1.9.1
    """
    sequences = data[: len(in_data_locs)]
    states: Sequence[Tensor] = data[len(sequences) : len(sequences) + len(in_state_locs)]
    if not sequences:
        raise ArgumentError("_foreach: got no array to loop over, expected at least one")
    length = sequences[0].shape[0]
    if any(s.shape[0] != length for s in sequences):
        raise ShapeError(
            f"_foreach: the arrays to loop over have lengths {[s.shape[0] for s in sequences]}, expected one length"
        )
    values: list[Any] = [None] * len(data)
    for loc, value in zip(remain_locs, data[len(sequences) + len(states) :], strict=True):
        values[loc] = value

    def place(slices: Sequence[Tensor]) -> list[Any]:
        for loc, value in zip((*in_data_locs, *in_state_locs), (*slices, *states), strict=True):
            values[loc] = value
        return values

    if state.tracing or not length:
        made = _shapes_of(fn, place([s.new_empty(_slice_shape(s)) for s in sequences]))
        same = [s.clone() for s in states]
        return *[_filled(sequences[0], length, m) for m in made[:num_out_data]], *same
    steps: list[tuple[Tensor, ...]] = []
    slices = [s.unbind(0) if s.dim() > 1 or np_shape_active() else s.reshape(-1, 1).unbind(0) for s in sequences]
    for now in zip(*slices, strict=True):
        results = fn(*place(now))
        steps.append(results[:num_out_data])
        _keep_shapes("_foreach", states, results[num_out_data:])
        states = results[num_out_data:]
    return *[torch.stack(s) for s in zip(*steps, strict=True)], *states


def _slice_shape(sequence: Tensor) -> tuple[int, ...]:
    """The shape of one slice; without NumPy shapes, numbers come as arrays of one element."""
    shape = tuple(sequence.shape[1:])
    return shape or (() if np_shape_active() else (1,))


def _shapes_of(graph: Graph, values: Sequence[Any]) -> tuple[Tensor, ...]:
    """Results of ``graph`` without storage, even if its inputs have some."""
    before, state.tracing = state.tracing, True
    try:
        with torch.no_grad():
            return graph(*[None if v is None else v.to("meta") for v in values])
    finally:
        state.tracing = before


def _filled(where: Tensor, length: int, like: Tensor) -> Tensor:
    return torch.zeros((length, *like.shape), dtype=like.dtype, device=where.device)


def _keep_shapes(who: str, before: Sequence[Tensor], after: Sequence[Tensor]) -> None:
    for i, (old, new) in enumerate(zip(before, after, strict=True)):
        if old.shape != new.shape:
            raise ShapeError(
                f"{who}: state {i} has shape {tuple(new.shape)} after a step, expected {tuple(old.shape)} as before it"
            )


def _truth(who: str, value: Tensor) -> bool:
    if value.numel() != 1:
        raise ShapeError(f"{who}: the condition has shape {tuple(value.shape)}, expected a single element")
    return bool(value)


@op("_while_loop", outputs=_output_names, num_args="num_args")
def while_loop(
    *data: Tensor,
    cond: Graph,
    func: Graph,
    num_args: int,
    num_outputs: int,
    num_out_data: int,
    max_iterations: Positive,
    cond_input_locs: Shape,
    func_input_locs: Shape,
    func_var_locs: Shape,
) -> tuple[Tensor, ...]:
    """Run ``func`` as long as ``cond`` gives something other than zero, carrying variables from step to step.

    Inputs:  data: loop variables and what else the two graphs use
    Attrs:   num_args, inputs and graphs together; num_outputs, outputs of ``func``, of which the first num_out_data
             are stacked and the rest are new values of the loop variables; max_iterations; cond_input_locs and
             func_input_locs, which inputs go to either graph; func_var_locs, places of the loop variables among
             those of ``func``
    Outputs: stacked outputs (max_iterations, ...), zeros (undefined in 1.9.1) after the last step; loop variables
    Raises:  ShapeError if a condition is not a single element, or a loop variable changes shape
    Source:  behaviour of MXNet 1.9.1
    """
    changing = [func_input_locs[p] for p in func_var_locs]
    tested = [(k, changing.index(i)) for k, i in enumerate(cond_input_locs) if i in changing]
    question: list[Any] = [data[i] for i in cond_input_locs]
    values: list[Any] = [data[i] for i in func_input_locs]
    loop: Sequence[Tensor] = [data[i] for i in changing]
    steps: list[tuple[Tensor, ...]] = []
    while not state.tracing and len(steps) < max_iterations:
        for k, which in tested:
            question[k] = loop[which]
        if not _truth("_while_loop", cond(*question)[0]):
            break
        for place, value in zip(func_var_locs, loop, strict=True):
            values[place] = value
        results = func(*values)
        steps.append(results[:num_out_data])
        _keep_shapes("_while_loop", loop, results[num_out_data:])
        loop = results[num_out_data:]
    if not steps:
        made = _shapes_of(func, values)
        return *[_filled(loop[0], max_iterations, m) for m in made[:num_out_data]], *[v.clone() for v in loop]
    return *[_padded(torch.stack(s), max_iterations) for s in zip(*steps, strict=True)], *loop


def _padded(stacked: Tensor, length: int) -> Tensor:
    missing = length - stacked.shape[0]
    return torch.cat([stacked, stacked.new_zeros((missing, *stacked.shape[1:]))]) if missing else stacked


@op("_cond", outputs=_output_names, num_args="num_args")
def cond(
    *data: Tensor,
    cond: Graph,
    then_branch: Graph,
    else_branch: Graph,
    num_args: int,
    num_outputs: int,
    cond_input_locs: Shape,
    then_input_locs: Shape,
    else_input_locs: Shape,
) -> tuple[Tensor, ...]:
    """Run ``then_branch`` if ``cond`` gives something other than zero, else ``else_branch``.

    Inputs:  data: what the three graphs use
    Attrs:   num_args, inputs and graphs together; num_outputs, of either branch; cond_input_locs, then_input_locs
             and else_input_locs, which inputs go to which graph
    Outputs: those of the branch taken
    Raises:  ShapeError if the condition is not a single element
    Source:  behaviour of MXNet 1.9.1
    """
    if state.tracing or _truth("_cond", cond(*[data[i] for i in cond_input_locs])[0]):
        return then_branch(*[data[i] for i in then_input_locs])
    return else_branch(*[data[i] for i in else_input_locs])
