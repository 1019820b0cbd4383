"""Random np arrays, from the generators that ``mx.random.seed`` seeds."""

from __future__ import annotations

from typing import Any

import torch

from mxnet._runtime.random import generator
from mxnet._runtime.random import seed as _seed

from ._face import NotSupported
from ._face import arrays as _arrays
from ._face import expose as _expose
from ._random import FUNCTIONS as _FUNCTIONS
from ._random import normal as _normal
from .multiarray import as_array, ndarray


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


def multivariate_normal(mean: Any, cov: Any, size: Any = None, check_valid: Any = None, tol: Any = None) -> Any:
    """Normal vectors with ``mean`` and covariance ``cov``.

    Args:
        mean: an array whose last axis is that of a vector.
        cov: an array whose last two axes are a matrix.
        size: the first axes of the result, of as many draws.
        check_valid, tol: None alone.

    >>> import mxnet as mx
    >>> multivariate_normal(mx.np.zeros((2,)), mx.np.eye(2), size=(3,)).shape
    (3, 2)
    """
    if check_valid is not None or tol is not None:
        raise NotSupported("multivariate_normal: check_valid and tol are not supported")
    centre, spread = as_array(mean), as_array(cov)
    shape = () if size is None else (size,) if isinstance(size, int) else tuple(size)
    batch = torch.broadcast_shapes(centre.shape[:-1], spread.shape[:-2])
    noise = torch.randn(
        (*shape, *batch, centre.shape[-1]),
        dtype=centre._data.dtype,
        generator=generator(centre._data.device),
        device=centre._data.device,
    )
    root = torch.linalg.cholesky(spread._data.to(noise.dtype))
    return ndarray(centre._data + (root @ noise.unsqueeze(-1)).squeeze(-1), centre._ctx)


def seed(seed: int) -> None:
    """Seed the generators of all contexts."""
    _seed(int(seed))


__getattr__, __dir__ = _expose(globals(), _arrays, _FUNCTIONS)
__all__ = ["multinomial", "multivariate_normal", "randn", "seed", "shuffle", *_FUNCTIONS]  # noqa: PLE0604
