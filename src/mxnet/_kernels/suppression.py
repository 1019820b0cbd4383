"""Greedy choices among boxes without a step per box: non-maximum suppression and one-to-one matching.

Both look sequential: the best is taken, what it rules out goes, and so on. Yet a box stays if and only if no earlier
box that stays overlaps it; repeating that rule on all boxes at once reaches its only solution in as many rounds as the
longest chain of boxes that decide on each other, mostly a handful. In the same way every pair that is the best of its
row and of its column is taken by the greedy matching, so many are taken in a round.

The costly question is which boxes overlap. Boxes are put on a line, from left to right, one set after the other, and
compared only with those that follow within their reach: a band of a matrix.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

_FEW = 128
"""The number of boxes of an image up to which all pairs are compared."""
_SHORT = 512
"""Scores that are sorted together with those that are not valid."""
_SPARSE = 1 << 18
"""The number of pairs within reach up to which boxes are decided on together."""
_REACH = 256
"""The same for each box, where few of the pairs are too close. Else the best boxes are decided on first, and rule out
most of the rest.
"""
_FIRST = 128
"""How many of the best of each image go first; then it is four times as many."""
_ROWS = 32
"""Boxes next to each other on the line that are given one reach."""
_BITS = 8
"""Rows of a band whose comparisons are packed into one number."""
_TILE = 1 << 15
"""Pairs compared at once on a CPU: they fit the cache, and one thread does it. In steps as short as these two threads
gain a quarter of the time on an idle machine, and lose twice as much waiting for each other on a busy one."""
_SLACK = 0.98
"""What a quick comparison multiplies a threshold by, to be right in spite of rounding."""


def _tile(device: torch.device) -> int:
    return _TILE if device.type == "cpu" else 256 * _TILE


def places(valid: Tensor) -> tuple[Tensor, Tensor]:
    """The places in each row of ``valid`` (b, n) that are true, first to last, and how many there are.

    Outputs: (b, most), whose rows end with any places where there are fewer; (b,)
    """
    count = valid.sum(1)
    most = int(count.max()) if len(valid) else 0
    there = torch.arange(most, device=valid.device) < count[:, None]
    out = torch.zeros((len(valid), most), dtype=torch.int64, device=valid.device)
    return out.masked_scatter_(there, valid.nonzero()[:, 1]), count


def best_first(score: Tensor, valid: Tensor, limit: int) -> tuple[Tensor, Tensor]:
    """The places of the valid scores (b, n), best first, equals in the order given: all, or ``limit`` if positive.

    Outputs: (b, most) places; (b, most) bool, whether there is one
    """
    score = score.masked_fill(~valid, -torch.inf)
    if score.shape[1] <= _SHORT:
        order = torch.argsort(score, dim=1, descending=True, stable=True)
        if limit > 0:
            order = order[:, :limit]
        return order, valid.gather(1, order)
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

    def columns(self, boxes: Tensor) -> Tensor:
        """Left, top, right, bottom and area of ``boxes`` (..., 4), as (5, ...)."""
        corners = boxes.movedim(-1, 0)
        size = corners[2:] - corners[:2]
        if self.one:
            size += self.one
        area = (size[0] * size[1]).masked_fill_((size < 0).any(0), 0)
        return torch.cat([corners, area[None]])

    def pairs(self, a: Tensor, b: Tensor) -> Tensor:
        """1 for boxes ``a`` that are too close to those of ``b``, else 0; the columns of both broadcast."""
        size = torch.minimum(a[2:4], b[2:4]).sub_(torch.maximum(a[:2], b[:2]))
        if self.one:
            size += self.one
        width, height = size.clamp_(min=0)
        inter = width.mul_(height)
        ratio = torch.add(a[4], b[4], out=height).sub_(inter)
        torch.div(inter, ratio, out=ratio)  # two empty boxes: 0 / 0, which compares as false
        # 1 and 0 in memory that exists: on CPUs comparisons that make booleans are much slower
        return (torch.ge if self.inclusive else torch.gt)(ratio, self.thresh, out=ratio)


def survivors(boxes: Tensor, valid: Tensor, kinds: Tensor | None, overlap: Overlap, limit: int = -1) -> Tensor:
    """The boxes that suppression leaves, for each of several images.

    Inputs:  boxes (b, n, 4), left, top, right, bottom, the best first; valid (b, n), which of them take part;
             kinds (b, n), only boxes of one kind suppress each other, or None
    Attrs:   limit, how many to find at least (more may be found), below zero for all
    Outputs: (b, n) bool, a part of ``valid``
    """
    b, n = valid.shape
    if n <= _FEW:
        step = max(1, 4 * _tile(boxes.device) // max(1, n * n))
        parts = [slice(i, i + step) for i in range(0, b, step)]
        found = [_dense(boxes[p], valid[p], None if kinds is None else kinds[p], overlap) for p in parts]
        return torch.cat(found) if len(found) > 1 else found[0] if found else valid
    columns, kept = overlap.columns(boxes).flatten(1), valid.flatten()
    area = columns[4]
    # boxes without an area, or with NaN, are close to none
    some = kept if overlap.thresh < 0 else (area > 0) & (area < torch.inf) & kept
    at = some.nonzero()[:, 0]
    kept = kept & ~some
    sets = at // n
    if kinds is not None:
        every, kind = torch.unique(kinds.reshape(-1)[at], return_inverse=True)
        sets = sets * len(every) + kind
    line = _line(columns.index_select(1, at), at, sets, overlap)
    upto = max(_FIRST, 2 * limit) if limit >= 0 or line.is_crowded(overlap) else n
    while len(line.at):
        early = line.at % n < upto
        block = line.take(early.nonzero()[:, 0]) if upto < n else line
        block = block.take(block.settle(overlap).nonzero()[:, 0])
        kept[block.at] = True
        if upto >= n or 0 <= limit <= int(kept.view(b, n)[:, :upto].sum(1).min()):
            break
        line = line.take((early | line.near(block, overlap)).logical_not_().nonzero()[:, 0])
        upto *= 4
    return kept.view(b, n)


def _dense(boxes: Tensor, valid: Tensor, kinds: Tensor | None, overlap: Overlap) -> Tensor:
    columns = overlap.columns(boxes)
    close = overlap.pairs(columns[..., None], columns[:, :, None])
    if kinds is not None:
        close.mul_(kinds[..., None] == kinds[:, None])
    before = close.triu_(1).to(torch.float32)  # sums of halves would not be exact
    kept = valid
    while True:
        hits = torch.bmm(kept.to(torch.float32)[:, None], before)[:, 0]
        now = valid & (hits == 0)
        if torch.equal(now, kept):
            return kept
        kept = now


def _line(columns: Tensor, at: Tensor, sets: Tensor, overlap: Overlap) -> _Line:
    """The boxes ``at``, of the given ``columns`` (5, m) and ``sets`` (m,), in order.

    Two boxes are too close only if the width they share is a large enough part of both widths; the rest of a box is out
    of its reach.
    """
    left, right = columns[0].double(), columns[2].double() + overlap.one
    if overlap.thresh < 0 or not len(at):  # all that are numbers are too close
        left, right = sets.double(), torch.full_like(left, torch.inf)
    else:
        apart = sets * (2 * (right.max() - left.min() + 1))
        right = left + (right - left) * max(0.0, 1 - _SLACK * overlap.thresh) + apart
        left = left + apart
    left, order = torch.sort(left)
    return _Line(columns.index_select(1, order), at[order], sets[order], left, right[order])


class _Line(NamedTuple):
    """Boxes on a line, from left to right, one set after the other."""

    columns: Tensor
    """(5, m), as of ``Overlap.columns``"""
    at: Tensor
    """(m,) int64, their places among all boxes: the better ones of a set have the lower ones"""
    sets: Tensor
    """(m,) int64, only boxes of one set suppress each other"""
    left: Tensor
    """(m,) float64, in order"""
    right: Tensor
    """(m,) float64, how far they reach: boxes after it are too far away"""

    def take(self, which: Tensor) -> _Line:
        columns = self.columns.index_select(1, which)
        return _Line(columns, self.at[which], self.sets[which], self.left[which], self.right[which])

    def reach(self) -> Tensor:
        """How many boxes follow within the reach of each group of _ROWS, counted from its first."""
        ends = torch.searchsorted(self.left, _largest(self.right), right=True)
        return ends.sub_(torch.arange(1, len(self.at) + 1, _ROWS, device=ends.device)).clamp_(min=0)

    def is_crowded(self, overlap: Overlap) -> bool:
        """Whether so many pairs are too close that it costs less to decide on the best of all boxes first."""
        reach = self.reach()
        count = _ROWS * int(reach.sum())
        if count <= _SPARSE or count > _REACH * len(self.at):
            return count > _SPARSE
        # four samples of each group
        a = torch.arange(0, len(self.at), _ROWS, device=reach.device)[:, None]
        b = a + 1 + reach[:, None] * torch.arange(4, device=reach.device) // 4
        close = overlap.pairs(self.columns[:, a], self.columns[:, b.clamp_(max=len(self.at) - 1)])
        return bool(close.mean() > 1 / 32)

    def settle(self, overlap: Overlap) -> Tensor:
        """Which boxes stay, (m,) bool."""
        first, second = self._candidates(overlap)
        pairs = self.columns.index_select(1, first), self.columns.index_select(1, second)
        close = (overlap.pairs(*pairs) != 0).logical_and_(self.sets[first] == self.sets[second])
        found = close.nonzero()[:, 0]
        first, second = first.index_select(0, found), second.index_select(0, found)
        better = self.at[first] < self.at[second]
        first, second = torch.where(better, first, second), torch.where(better, second, first)
        kept = torch.ones(len(self.at), device=self.at.device)
        while True:
            hits = torch.zeros_like(kept).scatter_add_(0, second, kept.index_select(0, first))
            now = (hits == 0).to(kept.dtype)
            if torch.equal(now, kept):
                return kept != 0
            kept = now

    def _candidates(self, overlap: Overlap) -> tuple[Tensor, Tensor]:
        """Places on the line of pairs that may be too close, found without divisions and booleans, which are slow.

        That the intersection exceeds ``t`` times the union is that it exceeds ``t / (1 + t)`` times the sum of areas.
        """
        t = _SLACK * overlap.thresh
        reach = self.reach().tolist()
        columns = self.columns.to(torch.promote_types(self.columns.dtype, torch.float32))
        area = columns[4:] * (t / (1 + t)) if t >= 0 else torch.full_like(columns[4:], -torch.inf)
        columns = functional.pad(torch.cat([columns[:4], area]), (0, max(reach, default=0) + _ROWS), value=torch.nan)
        bands = _bands(reach, _tile(columns.device))
        space = columns.new_empty((3, max(((stop - start) * width for start, stop, width in bands), default=0)))
        bit = 1 << torch.arange(_BITS, device=columns.device)
        weight = bit.to(columns.dtype)[:, None]
        found: list[tuple[Tensor, Tensor, Tensor]] = []
        for start, stop, width in bands:
            shape = (stop - start, width)
            x, y, spare = space[:, : (stop - start) * width].view(3, *shape)
            a = columns[:, start:stop, None]
            b = columns.as_strided((5, *shape), (columns.stride(0), 1, 1), start + 1)
            torch.minimum(a[2], b[2], out=x).sub_(b[0])  # of the two, that one starts later
            torch.minimum(a[3], b[3], out=y).sub_(torch.maximum(a[1], b[1], out=spare))
            if overlap.one:
                x, y = x.add_(overlap.one), y.add_(overlap.one)
            x.mul_(y.clamp_(min=0)).sub_(b[4])
            close = torch.ge(x, a[4], out=x)
            packed = close.view(-1, _BITS, width).mul_(weight).sum(1).view(-1)
            at = packed.nonzero()[:, 0]
            row = at // width
            found.append((row * _BITS + start, at - row * width, packed.index_select(0, at)))
        if not found:
            return self.at.new_empty(0), self.at.new_empty(0)
        rows, steps, bits = (torch.cat(parts) for parts in zip(*found, strict=True))
        which, row = (bits.to(torch.int64)[:, None] & bit).nonzero(as_tuple=True)
        first = rows.index_select(0, which) + row
        return first, steps.index_select(0, which) + first + 1

    def near(self, chosen: _Line, overlap: Overlap) -> Tensor:
        """Which boxes one of ``chosen`` is too close to, (m,) bool."""
        out = torch.zeros_like(self.columns[0])
        if not len(chosen.at):
            return out != 0
        # boxes from the first that reaches the group's left side to the last that starts within its reach
        head = torch.arange(0, len(chosen.at), _ROWS, device=out.device)
        tail = (head + (_ROWS - 1)).clamp_(max=len(chosen.at) - 1)
        first = torch.searchsorted(self.right.cummax(0)[0], chosen.left[head])
        last = torch.searchsorted(self.left, _largest(chosen.right), right=True)
        # most groups are of one set, and reach only that one
        ends = chosen.sets[head], chosen.sets[tail], self.sets[first], self.sets[last - 1]
        several = torch.stack(ends).diff(dim=0).any(0)
        for i, (start, stop, mixed) in enumerate(zip(first.tolist(), last.tolist(), several.tolist(), strict=True)):
            group = slice(i * _ROWS, (i + 1) * _ROWS)
            close = overlap.pairs(chosen.columns[:, group, None], self.columns[:, None, start:stop])
            if mixed:
                close.mul_(chosen.sets[group, None] == self.sets[start:stop])
            torch.maximum(out[start:stop], close.amax(0), out=out[start:stop])
        return out != 0


def _largest(values: Tensor) -> Tensor:
    """The largest of each group of _ROWS."""
    return functional.pad(values, (0, -len(values) % _ROWS), value=-torch.inf).view(-1, _ROWS).amax(1)


def _bands(reach: list[int], most: int) -> list[tuple[int, int, int]]:
    """Runs of rows that are compared at once: the first row, the end, and with how many of those that follow."""
    out, start, width = [], 0, 0
    for i, wide in enumerate([*reach, 0]):
        if i == len(reach) or (i > start and (i + 1 - start) * _ROWS * max(width, wide) > most):
            out.append((start * _ROWS, i * _ROWS, width))
            start, width = i, 0
        width = max(width, wide)
    return [band for band in out if band[2]]


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
        best, column = left.max(2)  # max, as argmax takes several times as long
        # the first best row of each of these columns, of which there are fewer if there are fewer rows
        first = left.gather(2, column[:, None].expand(b, r, r)).max(1)[1] if r < c else left.max(1)[1].gather(1, column)
        mutual = (first == rows) & (best > -torch.inf)
        if not bool(mutual.any()):
            return partner
        partner = torch.where(mutual, column, partner)
        taken = torch.zeros((b, c + 1), dtype=torch.bool, device=scores.device)
        taken.scatter_(1, torch.where(mutual, column, c), True)
        left = left.masked_fill(mutual[..., None] | taken[:, None, :c], -torch.inf)
