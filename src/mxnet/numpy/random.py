"""Random np arrays, from the generators that ``mx.random.seed`` seeds."""

from __future__ import annotations

from typing import Any

import torch

from mxnet._runtime.random import generator
from mxnet._runtime.random import seed as _seed

from ._face import arrays as _arrays
from ._face import expose as _expose
from ._random import FUNCTIONS as _FUNCTIONS
from ._random import normal as _normal
from .multiarray import ndarray


def shuffle(x: ndarray) -> None:
    """Put the rows of ``x`` in random order, in place."""
    order = torch.randperm(len(x), generator=generator(x._data.device), device=x._data.device)
    x._data.copy_(x._data[order])


def randn(*size: int, **kwargs: Any) -> Any:
    """Standard normal, with the sizes one by one. Keywords: dtype, ctx.

    >>> randn(2, 3).shape
    (2, 3)
    """
    return _normal(_arrays(), 0.0, 1.0, size, **{k: kwargs[k] for k in ("dtype", "ctx") if k in kwargs})


def multinomial(n: int, pvals: Any, size: Any = None, **kwargs: Any) -> Any:
    """How often each outcome comes in ``n`` draws.

    Args:
        n: how many draws.
        pvals: the probabilities of the outcomes.
        size: how many times to do so: the first axes of the result; once if None.
        kwargs: nothing; 1.9.1 takes and ignores some.

    >>> int(multinomial(5, [0.5, 0.5]).sum())
    5
    """
    if isinstance(pvals, ndarray):
        return _arrays()._npi_multinomial(pvals, n=n, pvals=None, size=size)
    return _arrays()._npi_multinomial(n=n, pvals=tuple(float(p) for p in pvals), size=size)


def seed(seed: int) -> None:
    """Seed the generators of all contexts."""
    _seed(int(seed))


__getattr__, __dir__ = _expose(globals(), _arrays, _FUNCTIONS)
__all__ = ["multinomial", "randn", "seed", "shuffle", *_FUNCTIONS]
