"""A graph as a flat program: a list of kernels with the slots they read, write and free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import torch

from mxnet._runtime.copies import copied, in_order
from mxnet._runtime.integers import carrying, stand_in
from mxnet._runtime.reached import led_to
from mxnet._runtime.state import state

from .gradients import begins_backward, through_integers
from .node import Entry, Node, topological
from .open_shapes import close, open_shape

_CLOSED_LIMIT = 64
_MAY_RETURN_INPUT = ("Cast", "amp_cast", "_copyto", "Reshape", "Flatten")

Step = tuple[Callable[..., Any], tuple[int, ...], Callable[[list[Any]], Sequence[Any]], int, int, tuple[int, ...]]
"""A kernel, the slots it reads and what reads them, the first slot it writes and how many, and those free after it."""


class Program:
    """Runs a graph on tensors.

    Values live in numbered slots; each is freed after its last use. Where the inputs require gradients, autograd
    records the kernels as it does in imperative code.

    Args:
        outputs, inputs: the graph, and its variables in the order of the values to come.
        keep: whether operators in Python keep their state from run to run.
    """

    __slots__ = (
        "inputs",
        "_steps",
        "_outputs",
        "_size",
        "nodes",
        "_graph",
        "_keep",
        "_closed",
        "_integers",
        "_losses",
    )

    def __init__(self, outputs: Sequence[Entry], inputs: Sequence[Node], keep: bool = False) -> None:
        self.inputs = list(inputs)
        order = [n for n in topological(outputs) if n.op is not None]
        slots: dict[tuple[int, int], int] = {(id(n), 0): i for i, n in enumerate(self.inputs)}
        for node in order:
            for i in range(node.bound.total):
                slots[id(node), i] = len(slots)
        last: dict[int, int] = {}
        for at, node in enumerate(order):
            for child, i in node.inputs:
                last[slots[id(child), i]] = at
        kept = {slots[id(n), i] for n, i in outputs}
        inner = [n for n in order if begins_backward(n) and slots[id(n), 0] not in kept]
        self._losses = tuple([slots[id(n), 0] for n in inner])
        kept.update(self._losses)
        integers = through_integers(order)
        self._steps: list[Step] = []
        for at, node in enumerate(order):
            reads = tuple(slots[id(c), i] for c, i in node.inputs)
            made = [slots[id(node), i] for i in range(node.bound.total)]
            freed = {s for s in reads if last[s] == at and s not in kept}
            freed.update(s for s in made if s not in last and s not in kept)
            run = node.bound.keeping() if keep else node.bound.run
            if id(node) in integers:
                run = carrying(run)
            self._steps.append((run, reads, _reader(reads), made[0], node.bound.total, tuple(freed)))
        self._outputs = tuple((slots[id(n), i], copied if _may_alias((n, i)) else in_order) for n, i in outputs)
        self._integers = any(id(n) in integers for n, _ in outputs)
        self._size = len(slots)
        self.nodes = order
        # graphs with open shapes: the entries to close, and what was made of them by shapes of inputs
        self._graph = list(outputs) if any(open_shape(n) is not None for n in order) else None
        self._keep = keep
        self._closed: dict[tuple[torch.Size, ...], Program] = {}

    @property
    def keep(self) -> bool:
        """Whether operators in Python keep their state from run to run."""
        return self._keep

    def run(self, *values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The outputs for the given inputs, unbroken in memory."""
        if self._graph is not None:
            return self.closed(values).run(*values)
        before, state.any_strides = state.any_strides, True
        try:
            slots = self._run(values)
        finally:
            state.any_strides = before
        made = tuple([finish(slots[i]) for i, finish in self._outputs])
        if self._losses:
            losses = [t for i in self._losses if (t := slots[i]).requires_grad]
            made = tuple([led_to(t, losses) for t in made])
        if self._integers:
            for (i, _), value in zip(self._outputs, made, strict=True):
                value._stand_in = stand_in(slots[i])  # type: ignore[attr-defined]
        return made

    def closed(self, values: Sequence[torch.Tensor]) -> Program:
        """This program with shapes that its graph leaves open inferred from those of ``values``.

        Raises:
            ShapeError: a shape is still open; names the node.
        """
        if self._graph is None:
            return self
        key = tuple([v.shape for v in values])
        made = self._closed.get(key)
        if made is None:
            from .infer import shapes_by_node  # which needs programs, of loops, itself

            found = shapes_by_node(
                self._graph,
                {n: tuple(v.shape) for n, v in zip(self.inputs, values, strict=True)},
                {n: v.dtype for n, v in zip(self.inputs, values, strict=True)},
            )
            if len(self._closed) >= _CLOSED_LIMIT:
                self._closed.clear()
            made = self._closed[key] = self._of(close(self._graph, found))
        return made

    def _of(self, outputs: Sequence[Entry]) -> Program:
        """A program like this one, of another graph with the same inputs."""
        from .passes import optimise  # which make programs, of constants

        return Program(optimise(outputs), self.inputs, self._keep)

    def _run(self, values: tuple[torch.Tensor, ...]) -> list[Any]:
        slots: list[Any] = [*values, *[None] * (self._size - len(values))]
        for run, _, read, first, count, freed in self._steps:
            result = run(*read(slots))
            if result.__class__ is tuple:
                for i, value in enumerate(result[:count]):
                    slots[first + i] = value
            else:
                slots[first] = result
            for i in freed:
                slots[i] = None
        return slots


def _reader(reads: tuple[int, ...]) -> Callable[[list[Any]], Sequence[Any]]:
    """What takes the values of the slots ``reads``: in C, since a program does so at every step."""
    if len(reads) > 1:
        return itemgetter(*reads)
    return itemgetter(slice(reads[0], reads[0] + 1) if reads else slice(0))


def _may_alias(entry: Entry) -> bool:
    """Whether an output may share memory with an input or another output: results never do."""
    node = entry[0]
    while node.op is not None:
        if node.op.view:
            return True
        if not (node.op.by_mode or node.op.name in _MAY_RETURN_INPUT) or not node.inputs:
            return False
        node = node.inputs[0][0]
    return True
