"""Mirroring: some values are computed again in backward instead of being kept for it.

The results of the nodes of a *region*, and what torch would keep of their inner workings, are dropped after forward.
The first time backward asks for something from a region, the whole region runs again from its inputs, which were kept,
and fills in what may still be asked for.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.autograd.graph import saved_tensors_hooks

from mxnet._base.errors import InternalError
from mxnet._runtime import autograd
from mxnet._runtime.integers import carry, stand_in
from mxnet._runtime.state import state

from .common import repeatable
from .node import Entry, Node, topological
from .program import Program

Key = tuple[int, int]
"""A value of a region: (slot, -1) for what a step makes, (step, number) for what it keeps inside."""


def forced_regions(outputs: Sequence[Entry]) -> dict[int, int]:
    """Regions, by ``id`` of node, of those marked ``__force_mirroring__``: nodes that are connected are one region."""
    heads = {id(n) for n, _ in outputs}
    regions: dict[int, int] = {}
    joined: dict[int, int] = {}

    def root(region: int) -> int:
        while joined.get(region, region) != region:
            region = joined[region]
        return region

    for node in topological(outputs):
        if node.attrs.get("__force_mirroring__", "").lower() not in ("true", "1"):
            continue
        if not repeatable(node) or id(node) in heads:
            continue
        above = sorted({root(regions[id(child)]) for child, _ in node.inputs if id(child) in regions})
        mine = above[0] if above else len(joined)
        joined.setdefault(mine, mine)
        for other in above[1:]:
            joined[other] = mine
        regions[id(node)] = mine
    return {key: root(region) for key, region in regions.items()}


def segment_regions(outputs: Sequence[Entry], size: Callable[[Entry], int]) -> dict[int, int]:
    """Regions by ``id`` of node: the graph in segments; only values between segments are kept.

    The segments are chosen so that the sum of what is kept between them and of the largest of them is smallest; for a
    chain of n nodes that is about twice the square root of n values. The last segment is not mirrored, as backward
    needs it at once. Nor are nodes that can not be repeated.

    Args:
        outputs: the graph.
        size: how many bytes an entry takes.
    """
    order = [n for n in topological(outputs) if n.op is not None]
    at = {id(n): k for k, n in enumerate(order)}
    last = dict(at)
    for node in order:
        for child, _ in node.inputs:
            if child.op is not None:
                last[id(child)] = max(last[id(child)], at[id(node)])
    weights = [sum(size((n, i)) for i in range(n.bound.total)) for n in order]
    crossing = [0] * (len(order) + 1)  # by how much is alive across the cut after so many nodes
    for node, weight in zip(order, weights, strict=True):
        crossing[at[id(node)] + 1] += weight
        crossing[last[id(node)] + 1 if last[id(node)] > at[id(node)] else at[id(node)] + 1] -= weight
    for k in range(1, len(crossing)):
        crossing[k] += crossing[k - 1]
    cuts = _cuts(weights, crossing)
    heads = {id(n) for n, _ in outputs}
    regions: dict[int, int] = {}
    for region, (start, end) in enumerate(zip([0, *cuts], cuts, strict=False)):
        for node in order[start:end]:
            if last[id(node)] < end and id(node) not in heads and repeatable(node):
                regions[id(node)] = region
    return regions


def _cuts(weights: Sequence[int], crossing: Sequence[int]) -> list[int]:
    """Where to cut, for the least sum of what crosses the cuts and the largest segment."""
    total = sum(weights)
    best: tuple[int, list[int]] = (total, [])
    limit = total
    for _ in range(24):
        limit = limit * 3 // 4
        if limit < max(weights, default=0):
            break
        found = _cuts_within(weights, crossing, limit)
        best = min(best, found)
    return best[1]


def _cuts_within(weights: Sequence[int], crossing: Sequence[int], limit: int) -> tuple[int, list[int]]:
    """The cheapest cuts whose segments stay within ``limit``: shortest path, with a queue for the sliding minimum."""
    n = len(weights)
    ends = [0] * (n + 1)
    for k, weight in enumerate(weights):
        ends[k + 1] = ends[k] + weight
    cost = [0] * (n + 1)
    before = [0] * (n + 1)
    queue: deque[int] = deque([0])
    for k in range(1, n + 1):
        while ends[k] - ends[queue[0]] > limit:
            queue.popleft()
        before[k] = queue[0]
        cost[k] = cost[queue[0]] + (crossing[k] if k < n else 0)
        while queue and cost[queue[-1]] >= cost[k]:
            queue.pop()
        queue.append(k)
    cuts = []
    k = before[n]
    while k > 0:
        cuts.append(k)
        k = before[k]
    return cost[n] + limit, cuts[::-1]


class _Region:
    """One region in one run: its inputs, and who waits for its values."""

    def __init__(self, program: MirroredProgram, steps: Sequence[int]) -> None:
        self.program = program
        self.steps = steps
        self.inputs: dict[int, torch.Tensor] = {}
        self.waiting: list[tuple[weakref.ref[_Saved], Key]] = []
        self.training = state.training

    def fill(self) -> None:
        """Run again, and give every waiting record its value."""
        asked = [(saved, key) for ref, key in self.waiting if (saved := ref()) is not None]
        self.waiting = []
        found = self.program.again(self, {key for _, key in asked})
        self.inputs = {}
        for saved, key in asked:
            saved.fill(found[key])


class _Saved:
    """What torch keeps for backward: a tensor, or where to get it."""

    __slots__ = ("tensor", "region", "geometry", "__weakref__")

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor: torch.Tensor | None = tensor.detach()
        self.region: _Region | None = None
        self.geometry: tuple[Any, ...] = ()

    def drop(self, region: _Region, key: Key) -> None:
        tensor = self.tensor
        self.geometry = (tensor.size(), tensor.stride(), tensor.storage_offset())  # type: ignore[union-attr]
        self.tensor = None
        self.region = region
        region.waiting.append((weakref.ref(self), key))

    def fill(self, value: torch.Tensor) -> None:
        self.tensor = value.as_strided(*self.geometry)
        self.region = None

    def get(self) -> torch.Tensor:
        if self.region is not None:
            self.region.fill()
        return self.tensor  # type: ignore[return-value]


class MirroredProgram(Program):
    """A program that drops the values of regions after forward, and computes them again in backward.

    Args:
        outputs, inputs, keep: as for :class:`Program`.
        regions: of the nodes that are mirrored, by ``id``.
    """

    __slots__ = ("_regions", "_members", "_last")

    def __init__(
        self, outputs: Sequence[Entry], inputs: Sequence[Node], keep: bool, regions: Mapping[int, int]
    ) -> None:
        super().__init__(outputs, inputs, keep)
        self._regions = [regions.get(id(n), -1) for n in self.nodes]
        self._members: dict[int, list[int]] = {}
        self._last: dict[tuple[int, int], int] = {}
        for at, region in enumerate(self._regions):
            if region < 0:
                continue
            self._members.setdefault(region, []).append(at)
            for slot in self._steps[at][1]:
                self._last[region, slot] = at

    def _run(self, values: tuple[torch.Tensor, ...]) -> list[Any]:
        if not torch.is_grad_enabled():
            return super()._run(values)
        slots: list[Any] = [*values, *[None] * (self._size - len(values))]
        maker: dict[int, _Region] = {}  # by slot
        running: dict[int, _Region] = {}
        for at, (run, reads, _, first, count, freed) in enumerate(self._steps):
            number = self._regions[at]
            region = None
            if number >= 0:
                region = running.setdefault(number, _Region(self, self._members[number]))
                for i in reads:
                    if maker.get(i) is not region and slots[i] is not None:
                        region.inputs.setdefault(i, _leaf(slots[i]))
            kept: list[_Saved] = []
            with saved_tensors_hooks(_keeper(kept), _Saved.get):
                result = run(*[slots[i] for i in reads])
            results = result[:count] if result.__class__ is tuple else (result,)
            made = range(first, first + len(results))
            for i, value in zip(made, results, strict=True):
                slots[i] = value
                if region is not None:
                    maker[i] = region
            if kept:
                by_storage = {_storage(slots[i]): i for i in (*made, *reads) if slots[i] is not None}
                _settle(kept, by_storage, maker, region, at)
            for i in freed:
                slots[i] = None
        return slots

    def again(self, region: _Region, wanted: set[Key]) -> dict[Key, torch.Tensor]:
        """The values of ``region`` that are ``wanted``."""
        found: dict[Key, torch.Tensor] = {}
        slots: dict[int, Any] = dict(region.inputs)
        before, state.any_strides = state.any_strides, True
        try:
            with torch.enable_grad(), autograd.Scope(False, region.training):
                for at in region.steps:
                    self._repeat(at, slots, found, wanted)
                    for i in self._steps[at][1]:
                        if self._last[self._regions[at], i] == at:
                            slots.pop(i, None)
        finally:
            state.any_strides = before
        return found

    def _repeat(self, at: int, slots: dict[int, Any], found: dict[Key, torch.Tensor], wanted: set[Key]) -> None:
        run, reads, _, first, count, _ = self._steps[at]
        node = self.nodes[at]
        # statistics of batches were counted once already
        inputs = [
            v.clone() if v is not None and node.is_aux(slot) else v
            for slot, v in enumerate([slots.get(i) for i in reads])
        ]
        number = 0

        def pack(tensor: torch.Tensor) -> None:
            nonlocal number
            if (at, number) in wanted:
                found[at, number] = tensor.detach()
            number += 1

        with saved_tensors_hooks(pack, _never):
            result = run(*inputs)
        for i, value in enumerate(result[:count] if result.__class__ is tuple else (result,)):
            slots[first + i] = value
            if (first + i, -1) in wanted:
                found[first + i, -1] = value.detach()


def _settle(
    kept: list[_Saved], slots: Mapping[int, int], maker: Mapping[int, _Region], region: _Region | None, at: int
) -> None:
    """Drop what a region can make again.

    Args:
        kept: what torch keeps of a step, in order.
        slots: inputs and outputs of the step, by the identity of their memory.
        maker: regions by slot.
        region: that of the step.
        at: number of the step.
    """
    for number, saved in enumerate(kept):
        slot = slots.get(_storage(saved.tensor))
        if slot is not None and slot in maker:
            saved.drop(maker[slot], (slot, -1))
        elif slot is None and region is not None:
            saved.drop(region, (at, number))


def _keeper(kept: list[_Saved]) -> Callable[[torch.Tensor], _Saved]:
    def keep(tensor: torch.Tensor) -> _Saved:
        saved = _Saved(tensor)
        kept.append(saved)
        return saved

    return keep


def _leaf(value: torch.Tensor) -> torch.Tensor:
    leaf = value.detach().requires_grad_(value.requires_grad)
    node = stand_in(value)
    return leaf if node is None else carry(node.detach().requires_grad_(), leaf)


def _storage(tensor: Any) -> int:
    return tensor.untyped_storage()._cdata  # type: ignore[no-any-return]


def _never(packed: Any) -> Any:
    raise InternalError("mirror: what runs again is not differentiated")
