"""Greedy choices among boxes without a step per box: non-maximum suppression and one-to-one matching.

Both look sequential: the best is taken, what it rules out goes, and so on. Yet a box stays exactly if no box that
stays, of those before it, overlaps it; repeating that rule on all boxes at once reaches its only solution in as many
rounds as the longest chain of boxes that decide on each other, mostly a handful. And every pair that is the best of
its row and of its column is one the greedy matching takes, so many are taken a round.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

_BLOCK = 256
"""Boxes that are decided on together, of more than twice as many."""
_GROUP = 16
"""Rows of one comparison with all boxes near them, on a CPU, where what does not fit the cache is slow."""
_PAIRS = 1 << 18
"""Pairs of boxes compared at once on a CPU, for many small sets."""


def places(valid: Tensor) -> tuple[Tensor, Tensor]:
    """The places in each row of ``valid`` (b, n) that are true, first to last, and how many there are.

    Outputs: (b, most), whose rows end with any places where there are fewer; (b,)
    """
    count = valid.sum(1)
    most = int(count.max()) if len(valid) else 0
    out = torch.zeros((len(valid), most), dtype=torch.int64, device=valid.device)
    row, at = valid.nonzero(as_tuple=True)
    out[row, (valid.cumsum(1) - 1)[row, at]] = at
    return out, count


def best_first(score: Tensor, valid: Tensor, limit: int) -> tuple[Tensor, Tensor]:
    """The places of the valid scores (b, n), best first, equals in the order given: all, or ``limit`` if positive.

    Outputs: (b, most) places; (b, most) bool, whether there is one
    """
    score = score.masked_fill(~valid, -torch.inf)
    if 0 < 4 * limit < score.shape[1]:  # finding the last that counts is cheaper than sorting
        valid = valid & (score >= torch.topk(score, limit, 1, sorted=False)[0].amin(1, keepdim=True))
    at, count = places(valid)
    there = torch.arange(at.shape[1], device=at.device) < count[:, None]
    order = torch.argsort(score.gather(1, at).masked_fill_(~there, -torch.inf), dim=1, descending=True, stable=True)
    if limit > 0:
        order, there = order[:, :limit], there[:, :limit]
    return at.gather(1, order), there


class Overlap(NamedTuple):
    """When two boxes are too close: the intersection over the union exceeds ``thresh``.

    ``inclusive``: or equals it (then above zero). ``one`` is added to sizes: corners that are the centres of pixels.
    """

    thresh: float
    inclusive: bool = False
    one: float = 0.0

    def columns(self, boxes: Tensor, kinds: Tensor | None) -> list[Tensor]:
        """Left, top, right, bottom, area and kind of ``boxes`` (..., n, 4), as (..., n) each."""
        x1, y1, x2, y2 = (c.contiguous() for c in boxes.unbind(-1))
        width, height = x2 - x1, y2 - y1
        if self.one:
            width, height = width + self.one, height + self.one
        area = torch.where((width < 0) | (height < 0), 0, width * height)
        return [x1, y1, x2, y2, area] + ([] if kinds is None else [kinds.contiguous()])

    def pairs(self, a: list[Tensor], b: list[Tensor]) -> Tensor:
        """1 for boxes ``a`` that are too close to those of ``b``, else 0; the columns of both broadcast."""
        width = torch.minimum(a[2], b[2]).sub_(torch.maximum(a[0], b[0]))
        height = torch.minimum(a[3], b[3]).sub_(torch.maximum(a[1], b[1]))
        if self.one:
            width, height = width.add_(self.one), height.add_(self.one)
        inter = height.clamp_(min=0).mul_(width.clamp_(min=0))
        ratio = torch.add(a[4], b[4], out=width).sub_(inter)
        torch.div(inter, ratio, out=ratio)  # two empty boxes: nothing over nothing, which nothing compares with
        # 1 and 0 in the memory at hand: on CPUs comparisons are much slower where they make booleans
        close = (torch.ge if self.inclusive else torch.gt)(ratio, self.thresh, out=ratio)
        return close if len(a) == 5 else close.mul_(torch.eq(a[5], b[5], out=inter))


def survivors(boxes: Tensor, valid: Tensor, kinds: Tensor | None, overlap: Overlap, limit: int = -1) -> Tensor:
    """The boxes that suppression leaves, for each of several sets.

    Inputs:  boxes (b, n, 4), left, top, right, bottom, the best first; valid (b, n), which of them take part;
             kinds (b, n), only boxes of one kind suppress each other, or None
    Attrs:   limit, how many to find at least (more may be found), below zero for all
    Outputs: (b, n) bool, a part of ``valid``
    """
    b, n = valid.shape
    if n <= 2 * _BLOCK:
        step = max(1, (_PAIRS if boxes.device.type == "cpu" else 64 * _PAIRS) // max(1, n * n))
        parts = [slice(i, i + step) for i in range(0, b, step)]
        kept = [_dense(boxes[p], valid[p], None if kinds is None else kinds[p], overlap) for p in parts]
        return torch.cat(kept) if kept else valid
    rows = [_blocked(boxes[i], valid[i], None if kinds is None else kinds[i], overlap, limit) for i in range(b)]
    return torch.stack(rows) if rows else valid


def _dense(boxes: Tensor, valid: Tensor, kinds: Tensor | None, overlap: Overlap) -> Tensor:
    columns = overlap.columns(boxes, kinds)
    return _settle(overlap.pairs([c[..., None] for c in columns], [c[..., None, :] for c in columns]), valid)


def _settle(close: Tensor, valid: Tensor) -> Tensor:
    """``valid`` without the boxes that others, valid and before them, are close to. close (b, n, n), valid (b, n)."""
    before = close.triu(1).to(torch.float32)  # sums of halves would not be exact
    kept = valid
    while True:
        hits = torch.bmm(kept.to(torch.float32)[:, None], before)[:, 0]
        now = valid & (hits == 0)
        if torch.equal(now, kept):
            return kept
        kept = now


def _blocked(boxes: Tensor, valid: Tensor, kinds: Tensor | None, overlap: Overlap, limit: int) -> Tensor:
    """One set, block by block: those of the block that stay rule out others of the rest."""
    columns = overlap.columns(boxes, kinds)
    line = _Line(columns, overlap.one) if boxes.device.type == "cpu" and overlap.thresh >= 0 else None
    alive = valid.clone()
    kept = torch.zeros_like(valid)
    found = 0
    while True:
        block = alive.nonzero()[:, 0][:_BLOCK]
        if not len(block) or 0 <= limit <= found:
            return kept
        mine = [c[block] for c in columns]
        stay = _settle(overlap.pairs([c[:, None] for c in mine], [c[None] for c in mine])[None], alive[None, block])[0]
        alive[block] = False
        chosen = block[stay]
        kept[chosen] = True
        found += len(chosen)
        if line is not None:
            line.rule_out(chosen, alive, overlap)
        else:
            rest = alive.nonzero()[:, 0]
            close = overlap.pairs([c[chosen, None] for c in columns], [c[None, rest] for c in columns])
            alive[rest] = ~close.any(0)


class _Line:
    """Boxes on a line, from left to right, one kind after the other: only those whose extents on it meet can be
    close to each other, which leaves most pairs out."""

    def __init__(self, columns: list[Tensor], one: float) -> None:
        left, right = columns[0].double(), columns[2].double() + one
        # what is no number is close to nothing: it goes last, and reaches nowhere
        left = left.masked_fill(left.isnan(), torch.inf)
        right = right.masked_fill(right.isnan(), -torch.inf)
        if len(columns) == 6:
            finite = torch.cat([left[left.isfinite()], right[right.isfinite()], left.new_zeros(1)])
            apart = columns[5].double() * (2 * (finite.max() - finite.min() + 1))
            left, right = left + apart, right + apart
        self.columns, self.left, self.right = columns, left, right
        self.order = torch.argsort(left)

    def rule_out(self, chosen: Tensor, alive: Tensor, overlap: Overlap) -> None:
        """Clear ``alive`` for boxes that one of ``chosen`` is too close to."""
        order = self.order = self.order[alive[self.order]]
        if not len(order):
            return
        out = torch.zeros(len(order), dtype=torch.bool)
        chosen = chosen[torch.argsort(self.left[chosen])]
        rows = [c[chosen, None] for c in self.columns]
        rest = [c[order] for c in self.columns]
        # boxes from the first that reaches the group's left side to the last that starts before its right side
        reach = torch.cummax(self.right[order], 0)[0]
        first = torch.searchsorted(reach, self.left[chosen][::_GROUP].contiguous()).tolist()
        ends = torch.stack([part.max() for part in self.right[chosen].split(_GROUP)])
        last = torch.searchsorted(self.left[order], ends).tolist()
        for i, (start, stop) in enumerate(zip(first, last, strict=True)):
            if start < stop:
                group = [c[i * _GROUP : (i + 1) * _GROUP] for c in rows]
                out[start:stop].logical_or_(overlap.pairs(group, [c[start:stop] for c in rest]).any(0))
        alive[order] = ~out


def match(scores: Tensor, above: float) -> Tensor:
    """One-to-one matching: the best pair first, then the best of what is left, as long as it exceeds ``above``.

    Inputs:  scores (b, r, c) float
    Outputs: (b, r) int64, the column of each row, -1 for none; of equal scores the first in memory goes first
    """
    b, r, c = scores.shape
    partner = torch.full((b, r), -1, dtype=torch.int64, device=scores.device)
    if not r or not c:
        return partner
    left = torch.where(scores > above, scores, -torch.inf)
    rows = torch.arange(r, device=scores.device)
    while True:
        column = left.argmax(2)
        mutual = left.argmax(1).gather(1, column) == rows
        mutual &= left.gather(2, column[..., None])[..., 0] > -torch.inf
        if not bool(mutual.any()):
            return partner
        partner = torch.where(mutual, column, partner)
        taken = torch.zeros((b, c + 1), dtype=torch.bool, device=scores.device)
        taken.scatter_(1, torch.where(mutual, column, c), True)
        left = left.masked_fill(mutual[..., None] | taken[:, None, :c], -torch.inf)
