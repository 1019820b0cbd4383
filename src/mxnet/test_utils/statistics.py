"""Tests of random generators against the distribution they claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError
from mxnet._base.lazy import lazy

from .compare import host
from .machine import UsageError

_stats = lazy("scipy.stats", extra="test")
Generator = Callable[[int], Any]
"""Called with a number, gives that many samples: a NumPy array or one of ours."""


def mean_check(generator: Generator, mu: float, sigma: float, nsamples: int = 1000000) -> bool:
    """Whether the mean of samples is within three standard errors of ``mu``.

    >>> mean_check(lambda n: np.linspace(-1, 1, n), 0, 0.577, nsamples=1001)
    True
    """
    samples = np.asarray(host(generator(nsamples)))
    return bool(abs(samples.mean() - mu) < 3 * sigma / np.sqrt(nsamples))


def var_check(generator: Generator, sigma: float, nsamples: int = 1000000) -> bool:
    """Whether the variance of samples is within three standard errors of ``sigma ** 2``, had they a normal
    distribution."""
    samples = np.asarray(host(generator(nsamples)))
    margin = 3 * np.sqrt(2 * sigma**4 / (nsamples - 1))
    return bool(abs(samples.var(ddof=1) - sigma**2) < margin)


def gen_buckets_probs_with_ppf(
    ppf: Callable[[float], float], nbuckets: int
) -> tuple[list[tuple[float, float]], list[float]]:
    """Buckets of equal probability, from the inverse of the cumulative distribution.

    >>> gen_buckets_probs_with_ppf(lambda p: p, 2)
    ([(0.0, 0.5), (0.5, 1.0)], [0.5, 0.5])
    """
    if nbuckets <= 0:
        raise UsageError(f"gen_buckets_probs_with_ppf: nbuckets is {nbuckets}; expected at least 1")
    edges = [ppf(i / nbuckets) for i in range(nbuckets + 1)]
    return list(zip(edges[:-1], edges[1:], strict=True)), [1.0 / nbuckets] * nbuckets


def chi_square_check(
    generator: Generator, buckets: Sequence[Any], probs: Sequence[float], nsamples: int = 1000000
) -> tuple[float, np.ndarray, np.ndarray]:
    """Pearson's chi-square test of a generator.

    Args:
        generator: see :data:`Generator`.
        buckets: ``(low, high)`` pairs in ascending order for a continuous distribution, values for a discrete one.
        probs: the probability of each bucket.
        nsamples: how many samples to draw.

    Returns:
        The p value, the counts observed, and those expected.

    Raises:
        ArgumentError: ``buckets`` is no list, or differs from ``probs`` in length.
    """
    if not isinstance(buckets, list) or len(buckets) != len(probs):
        raise UsageError(f"chi_square_check: expected a list of buckets and as many probabilities; got {buckets!r}")
    samples = np.asarray(host(generator(nsamples))).reshape(-1)
    if isinstance(buckets[0], (tuple, list)):
        lows, highs = (np.array([b[i] for b in buckets], dtype=np.float64) for i in (0, 1))
        if (lows > highs).any() or (highs[:-1] > lows[1:]).any():
            raise ArgumentError(f"chi_square_check: buckets must ascend without overlap; got {buckets}")
        ordered = np.sort(samples)
        observed = np.searchsorted(ordered, highs) - np.searchsorted(ordered, lows)
    else:
        observed = np.array([np.count_nonzero(samples == b) for b in buckets])
    # by hand: scipy.stats.chisquare refuses counts whose sums differ, which samples outside all buckets make
    expected = np.asarray(probs, dtype=np.float64) * samples.size
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return float(_stats.chi2.sf(statistic, len(buckets) - 1)), observed, expected


def verify_generator(
    generator: Generator,
    buckets: Sequence[Any],
    probs: Sequence[float],
    nsamples: int = 1000000,
    nrepeat: int = 5,
    success_rate: float = 0.2,
    alpha: float = 0.05,
) -> list[float]:
    """Raise an AssertionError unless enough of several chi-square tests have a p value above ``alpha``.

    Args:
        generator, buckets, probs, nsamples: as in :func:`chi_square_check`.
        nrepeat: how many tests.
        success_rate: the share that has to succeed.

    Returns:
        The p values.
    """
    tests = [chi_square_check(generator, buckets, probs, nsamples) for _ in range(nrepeat)]
    found = [p for p, _, _ in tests]
    wins = sum(p > alpha for p in found)
    if wins < nrepeat * success_rate:
        _, observed, expected = tests[-1]
        raise AssertionError(
            f"Generator test fails, Chi-square p={found}, obs_freq={observed.tolist()}, "
            f"expected_freq={expected.tolist()}.\nbuckets={buckets}, probs={probs}"
        )
    return found
