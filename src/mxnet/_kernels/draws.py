"""Draws of one parameter in great number, by inversion: several times faster on CPUs than torch's, one at a time.

A uniform number in float64 is taken for each, from which whole blocks are computed. The generator runs on one thread
and blocks have one size, so that a seed gives the same numbers with any number of threads.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mxnet._runtime.random import generator

_BLOCK = 1 << 18
_CELLS = 1 << 14
_WORTH = 64  # draws for each sum of the table, below which making it takes longer than the draws


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
    most = rate + 10 * math.sqrt(rate) + 40  # what is above has a probability below that of one float64 step
    if not most * _WORTH <= count:
        return None
    k = torch.arange(int(most), dtype=torch.float64)
    mean = torch.tensor(rate, dtype=torch.float64)
    sums = torch.exp(torch.xlogy(k, mean) - mean - torch.lgamma(k + 1)).cumsum_(0)
    return sums.div_(sums[-1:].clone())


def fill_by_sums(out: Tensor, sums: Tensor) -> Tensor:
    """Write to ``out`` how many of ``sums``, rising from 0 to 1, uniform numbers have reached.

    Searching for each costs a dozen mispredicted jumps. A table of equal cells of [0, 1) has the answer for all those
    in a cell that no sum lies in, and just the few others are searched for.
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
