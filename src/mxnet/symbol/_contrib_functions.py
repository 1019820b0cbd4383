"""Functions of ``mx.sym.contrib`` that are more than one operator."""

from __future__ import annotations

import math

from ._namespace import function
from .random import uniform
from .symbol import Symbol

__all__ = ["rand_zipfian"]


def rand_zipfian(true_classes: Symbol, num_sampled: int, range_max: int) -> tuple[Symbol, Symbol, Symbol]:
    """Candidate classes for sampled softmax; see ``mx.nd.contrib.rand_zipfian``.

    Returns:
        The candidates (int64), and how often true classes and candidates are expected among so many draws (float64).

    >>> import mxnet as mx
    >>> [s.list_arguments() for s in rand_zipfian(mx.sym.var("c"), 4, 5)]
    [[], ['c'], []]
    """
    log_range = math.log(range_max + 1)
    drawn = uniform(0, log_range, shape=(num_sampled,), dtype="float64")
    whole = function("Cast")(function("exp")(drawn) - 1, dtype="int64")
    candidates = function("_mod_scalar")(whole, scalar=range_max)

    def expected(classes: Symbol) -> Symbol:
        exact = function("Cast")(classes, dtype="float64")
        return function("log")((exact + 2) / (exact + 1)) / log_range * num_sampled

    return candidates, expected(true_classes), expected(candidates)
