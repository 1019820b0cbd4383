"""Large numbers of draws by inversion: several times faster on CPUs than torch's, which are made one at a time.

Each is computed, a block at a time, from a uniform number in float64. The generator runs on one thread and blocks have
a fixed size, so that a seed gives the same numbers with any number of threads.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._runtime.engine import ValueFailure
from mxnet._runtime.random import generator
from mxnet._runtime.state import state

_BLOCK = 1 << 18
_FEW = 1 << 13
_STEEP = 1e6  # gamma numbers of a larger shape: float64 has too few digits for what is to be compared
_CELLS = 1 << 14
_WORTH = 64  # draws for each sum of the table, below which making it takes longer than the draws

_IMPROBABLE = "data has a row that is negative somewhere, not a number, or adds up to 0; expected probabilities"
_LARGE, _LARGER = 1 << 15, 64
_GROUP = 8
_SEVERAL, _MANY, _EACH = 32, 64, 256
_IN_SINGLE = 1 << 12  # classes: a partial sum of float32 is right to one part in 16 million of the row's


def demand(holds: bool, name: str, text: str) -> None:
    """Unless ``holds``, raise an error that is reported at the wait."""
    if not holds and not state.tracing:
        raise ValueFailure(f"{name}: {text}")


def fill_uniform(out: Tensor, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Write uniform numbers to ``out``: halves are rounded, and may be ``high``, as in 1.9.1.

    torch's own halves that would round to ``high`` are ``low`` instead, one of 4,096 between 0 and 1: their logarithm
    is not finite, and numbers between 2 and 3 have too low a mean.
    """
    if out.dtype.itemsize < 4:
        exact = torch.empty(out.shape, dtype=torch.float32, device=out.device)
        return out.copy_(exact.uniform_(low, high, generator=generator(out.device)))
    return out.uniform_(low, high, generator=generator(out.device))


def fill_exponential(out: Tensor, rate: float) -> Tensor:
    """Write exponential numbers of ``rate`` to ``out``, which is contiguous and on the CPU."""
    flat = out.view(-1)
    uniform = torch.empty(min(_BLOCK, flat.numel()), dtype=torch.float64)
    for part in flat.split(_BLOCK):
        u = uniform[: part.numel()].uniform_(-1, 0, generator=generator(out.device))  # -1 is among them, 0 is not
        part.copy_(u.neg_().log_().mul_(-1 / rate))
    return out


def partial_sums(rate: float, count: int) -> Tensor | None:
    """How likely a Poisson number of mean ``rate`` is at most 0, 1, 2...; None if not worth it for ``count`` draws."""
    most = rate + 10 * math.sqrt(rate) + 40  # the probability of anything above is less than a step of float64
    if not most * _WORTH <= count:
        return None
    k = torch.arange(int(most), dtype=torch.float64)
    mean = torch.tensor(rate, dtype=torch.float64)
    sums = torch.exp(torch.xlogy(k, mean) - mean - torch.lgamma(k + 1)).cumsum_(0)
    return sums.div_(sums[-1:].clone())


def fill_by_sums(out: Tensor, sums: Tensor) -> Tensor:
    """Write to ``out`` how many of ``sums``, rising from 0 to 1, uniform numbers have reached.

    Searching for each costs a dozen mispredicted jumps. A table of equal cells of [0, 1) has the answer for all numbers
    in cells in which no sum lies; only the few others are searched for.
    """
    held = torch.bincount((sums * _CELLS).long(), minlength=_CELLS)[:_CELLS]
    answers = held.cumsum(0).masked_fill_(held > 0, -1).to(out.dtype)
    flat = out.view(-1)
    uniform = torch.empty(min(_BLOCK, flat.numel()), dtype=torch.float64)
    for part in flat.split(_BLOCK):
        u = uniform[: part.numel()].uniform_(generator=generator(out.device))
        torch.index_select(answers, 0, (u * _CELLS).int(), out=part)
        rest = (part < 0).nonzero().view(-1)
        part[rest] = torch.bucketize(u[rest], sums, right=True).to(out.dtype)
    return out


def fill_gamma(out: Tensor, alpha: float, scale: float) -> bool:
    """Write gamma numbers of shape ``alpha`` to ``out``, if that is worth it; returns whether.

    They are proposed and rejected in blocks (Marsaglia and Tsang, ACM TOMS 26 (2000) 363), which is twice as fast as
    one at a time. They are made from normal numbers with the digits of float32, so float64 is left to torch.
    """
    if not out.is_cpu or out.numel() < _FEW or out.dtype is torch.float64 or alpha > _STEEP:
        return False
    source = generator(out.device)
    least = torch.finfo(torch.float32).tiny  # none is 0, as torch's
    for part in out.view(-1).split(_BLOCK):
        drawn, accepted = _propose(part.numel(), alpha, source)
        rest = accepted.logical_not_().nonzero().view(-1)
        while len(rest):
            drawn[rest], accepted = _propose(len(rest), alpha, source)
            rest = rest[~accepted]
        if alpha < 1:
            drawn.mul_(torch.empty_like(drawn).uniform_(generator=source).pow_(1 / alpha))
        part.copy_(drawn.clamp_min_(least).mul_(scale))
    return True


def _propose(count: int, alpha: float, source: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """Numbers, and which of them are gamma numbers of shape ``alpha``, or ``alpha + 1`` where that is below 2."""
    d = (alpha if alpha >= 1 else alpha + 1) - 1 / 3
    normal = torch.empty(count, dtype=torch.float32).normal_(generator=source).double()
    root = normal.mul(1 / math.sqrt(9 * d)).add_(1)
    cube = root.pow(3)
    # where the root is negative its logarithm is not a number, and the comparison false
    bound = root.log_().mul_(3).sub_(cube).add_(1).mul_(d).add_(normal.square_(), alpha=0.5)
    uniform = torch.empty(count, dtype=torch.float32).uniform_(generator=source).double()
    return cube.mul_(d), uniform.log_() < bound


def choose(name: str, weights: Tensor, count: int) -> Tensor:
    """``count`` indices a row."""
    classes = weights.shape[1]
    if weights.is_cpu:  # on other devices looking would mean waiting
        demand(not weights.numel() or weights.amin().item() >= 0, name, _IMPROBABLE)
        large = weights.numel() >= _LARGE
        if large and classes > _IN_SINGLE and classes >= _LARGER * max(count, 1):
            return _choose_in_two(name, weights, count)
        if large and classes <= _IN_SINGLE and weights.dtype is torch.float32:
            sums = weights.cumsum(1)  # twice as fast as in float64
            if math.isfinite(sums[:, -1].amax().item()):
                return _find(name, sums, count)
    return _find(name, _added_up(weights), count)


def _choose_in_two(name: str, weights: Tensor, count: int) -> Tensor:
    """Choose a group of classes first, then one of its classes. For few indices and many classes this is twice as fast,
    as only the classes of chosen groups are converted to float64 and added up. In sums of so few each class keeps its
    probability.
    """
    groups = weights.shape[1] // _GROUP
    most, rest = weights[:, : groups * _GROUP].unflatten(1, (_GROUP, groups)), weights[:, groups * _GROUP :]
    sums = most.sum(1, dtype=torch.promote_types(weights.dtype, torch.float32))
    left = rest.shape[1]  # one each for the first groups
    if left:
        sums[:, :left] += rest
    sums = _added_up(sums)
    if not math.isfinite(sums[:, -1].amax().item()):
        return _find(name, _added_up(weights), count)
    group = _find(name, sums, count)
    own = most.gather(2, group.unsqueeze(1).expand(-1, _GROUP, -1))
    if left:
        own = torch.cat([own, F.pad(rest, (0, groups - left)).gather(1, group).unsqueeze(1)], 1)
    own = own.to(torch.float64).cumsum_(1)
    place = torch.empty(group.shape, dtype=own.dtype).uniform_(generator=generator(weights.device)).mul_(own[:, -1])
    return torch.le(own, place.unsqueeze(1), out=own).sum(1).mul_(groups).add_(group).long()


def _added_up(weights: Tensor) -> Tensor:
    return weights.cumsum(-1, dtype=torch.float32 if weights.device.type == "mps" else torch.float64)


def _find(name: str, sums: Tensor, count: int) -> Tensor:
    """``count`` indices a row, by where uniform numbers fall between the partial ``sums`` (rows, classes)."""
    total = sums[:, -1:]
    if sums.is_cpu:
        demand(not sums.numel() or total.amin().item() > 0, name, _IMPROBABLE)
    place = torch.empty((sums.shape[0], count), dtype=sums.dtype, device=sums.device)
    place.uniform_(generator=generator(sums.device)).mul_(total)
    classes = sums.shape[1]
    if sums.is_cpu and classes <= _SEVERAL and count >= _MANY and place.numel() >= _EACH * classes:
        return _reached(sums, place)
    return torch.searchsorted(sums, place, right=True).clamp_max_(classes - 1)


def _reached(sums: Tensor, place: Tensor) -> Tensor:
    """How many sums of its row, but for the last, each place has reached.

    Searching gives the same. With few sums it takes three times as long, as each jump is mispredicted.
    """
    found = torch.empty(place.shape, dtype=torch.int64)
    room = _LARGE * torch.get_num_threads()
    rows = max(room // place.shape[1], 1)
    for of_rows, *both in zip(sums.split(rows), place.split(rows), found.split(rows), strict=True):
        for places, out in zip(*[part.split(room, 1) for part in both], strict=True):
            number, hit = torch.zeros_like(places), torch.empty_like(places)
            for k in range(sums.shape[1] - 1):
                number.add_(torch.ge(places, of_rows[:, k : k + 1], out=hit))
            out.copy_(number)
    return found
