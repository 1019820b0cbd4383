"""Random arrays, for arrays and for symbols: see ``_face``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mxnet._base.errors import ArgumentError

from ._creation import _here, name_of
from ._face import Face, NotSupported


def _draw(face: Face, op: str, parameters: dict[str, Any], size: Any, ctx: Any, out: Any, **more: Any) -> Any:
    """The operator ``op``: parameters that are arrays are inputs, in the place of None."""
    arrays = [v for v in parameters.values() if face.is_array(v)]
    numbers = {n: None if face.is_array(v) else v for n, v in parameters.items()}
    if isinstance(size, tuple) and not size:
        size = None
    place = {} if op == "_npi_powerd" else {"ctx": str(arrays[0].ctx) if arrays and face.concrete else _here(ctx)}
    return getattr(face, op)(*arrays, **numbers, size=size, out=out, **place, **more)


def uniform(
    face: Face,
    low: Any = 0.0,
    high: Any = 1.0,
    size: Any = None,
    dtype: Any = None,
    ctx: Any = None,
    out: Any = None,
) -> Any:
    """Uniform on [low, high).

    Args:
        low, high: numbers or arrays, which broadcast.
        size: the shape of the result; that of the arrays if None.
        dtype: dtype of the result; float32 if None.
        ctx: the context of the result; that of the arrays, or else the current one, if None.
        out: an array to write the result to.

    >>> from mxnet import np
    >>> np.random.uniform(size=(2, 3)).shape
    (2, 3)
    """
    limits = {"low": low, "high": high}
    return _draw(face, "_npi_uniform", limits, size, ctx, out, dtype=name_of(dtype or "float32"))


def normal(
    face: Face,
    loc: Any = 0.0,
    scale: Any = 1.0,
    size: Any = None,
    dtype: Any = None,
    ctx: Any = None,
    out: Any = None,
) -> Any:
    """Normal with mean ``loc`` and standard deviation ``scale``; other arguments as for ``uniform``.

    >>> from mxnet import np
    >>> np.random.normal(size=(2, 3)).shape
    (2, 3)
    """
    moments = {"loc": loc, "scale": scale}
    return _draw(face, "_npi_normal", moments, size, ctx, out, dtype=name_of(dtype or "float32"))


def lognormal(
    face: Face,
    mean: Any = 0.0,
    sigma: Any = 1.0,
    size: Any = None,
    dtype: Any = None,
    ctx: Any = None,
    out: Any = None,
) -> Any:
    """Exponentials of normal numbers with ``mean`` and standard deviation ``sigma``; the rest as for ``uniform``.

    >>> from mxnet import np
    >>> np.random.lognormal(size=(2, 3)).shape
    (2, 3)
    """
    return face._npi_exp(normal(face, mean, sigma, size, dtype, ctx), out=out)


def logistic(face: Face, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, ctx: Any = None, out: Any = None) -> Any:
    """Logistic with mean ``loc`` and ``scale``, float32; other arguments as for ``uniform``.

    >>> from mxnet import np
    >>> np.random.logistic(size=(2, 3)).shape
    (2, 3)
    """
    return _draw(face, "_npi_logistic", {"loc": loc, "scale": scale}, size, ctx, out)


def gumbel(face: Face, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, ctx: Any = None, out: Any = None) -> Any:
    """Gumbel with mode ``loc`` and ``scale``, float32; other arguments as for ``uniform``.

    >>> from mxnet import np
    >>> np.random.gumbel(size=(2, 3)).shape
    (2, 3)
    """
    return _draw(face, "_npi_gumbel", {"loc": loc, "scale": scale}, size, ctx, out)


def rayleigh(face: Face, scale: Any = 1.0, size: Any = None, ctx: Any = None, out: Any = None) -> Any:
    """Rayleigh with mode ``scale``, float32; other arguments as for ``uniform``.

    >>> from mxnet import np
    >>> np.random.rayleigh(size=(2, 3)).shape
    (2, 3)
    """
    return _draw(face, "_npi_rayleigh", {"scale": scale}, size, ctx, out)


def exponential(face: Face, scale: Any = 1.0, size: Any = None, ctx: Any = None, out: Any = None) -> Any:
    """Exponential with mean ``scale``, float32; other arguments as for ``uniform``.

    >>> from mxnet import np
    >>> np.random.exponential(size=(2, 3)).shape
    (2, 3)
    """
    return _draw(face, "_npi_exponential", {"scale": scale}, size, ctx, out)


def weibull(face: Face, a: Any, size: Any = None, ctx: Any = None, out: Any = None) -> Any:
    """Weibull of shape ``a``, float32; other arguments as for ``uniform``.

    >>> from mxnet import np
    >>> np.random.weibull(2.0, size=(2, 3)).shape
    (2, 3)
    """
    return _draw(face, "_npi_weibull", {"a": a}, size, ctx, out)


def pareto(face: Face, a: Any, size: Any = None, ctx: Any = None, out: Any = None) -> Any:
    """Pareto (Lomax) of shape ``a``, float32; other arguments as for ``uniform``.

    >>> from mxnet import np
    >>> np.random.pareto(2.0, size=(2, 3)).shape
    (2, 3)
    """
    return _draw(face, "_npi_pareto", {"a": a}, size, ctx, out)


def power(face: Face, a: Any, size: Any = None) -> Any:
    """On [0, 1] with a density proportional to ``x ** (a - 1)``, float32; ``size`` as for ``uniform``.

    >>> from mxnet import np
    >>> np.random.power(2.0, size=(2, 3)).shape
    (2, 3)
    """
    return _draw(face, "_npi_powerd", {"a": a}, size, None, None)


def gamma(
    face: Face,
    shape: Any,
    scale: Any = 1.0,
    size: Any = None,
    dtype: Any = None,
    ctx: Any = None,
    out: Any = None,
) -> Any:
    """Gamma of ``shape`` and ``scale``; other arguments as for ``uniform``.

    >>> from mxnet import np
    >>> np.random.gamma(2.0, size=(2, 3)).shape
    (2, 3)
    """
    parameters = {"shape": shape, "scale": scale}
    return _draw(face, "_npi_gamma", parameters, size, ctx, out, dtype=name_of(dtype or "float32"))


def beta(face: Face, a: Any, b: Any, size: Any = None, dtype: Any = None, ctx: Any = None) -> Any:
    """Beta of ``a`` and ``b``; other arguments as for ``uniform``.

    >>> from mxnet import np
    >>> np.random.beta(1.0, 2.0, size=(2, 3)).shape
    (2, 3)
    """
    one = gamma(face, a, 1, size, "float64", ctx)
    two = gamma(face, b, 1, size, "float64", ctx)
    return face._npi_cast(face._npi_true_divide(one, face._npi_add(one, two)), dtype=name_of(dtype or "float32"))


def chisquare(face: Face, df: Any, size: Any = None, dtype: Any = None, ctx: Any = None) -> Any:
    """Chi-square with ``df`` degrees of freedom; other arguments as for ``uniform``.

    >>> from mxnet import np
    >>> np.random.chisquare(2.0, size=(2, 3)).shape
    (2, 3)
    """
    return gamma(face, df / 2, 2.0, size, dtype, ctx)


def multivariate_normal(
    face: Face, mean: Any, cov: Any, size: Any = None, check_valid: Any = None, tol: Any = None
) -> Any:
    """Normal vectors with ``mean`` and covariance ``cov``.

    Args:
        mean: an array whose last axis is that of a vector.
        cov: an array whose last two axes are a matrix.
        size: the first axes of the result: how many vectors to draw.
        check_valid, tol: must be None.

    >>> from mxnet import np
    >>> np.random.multivariate_normal(np.zeros((2,)), np.eye(2)).shape
    (2,)
    """
    if check_valid is not None or tol is not None:
        raise NotSupported("multivariate_normal: check_valid and tol are not supported")
    variance = face._np_diagonal(cov, axis1=-2, axis2=-1)
    centre = face._npi_add(mean, face._npi_multiply_scalar(variance, scalar=0.0))
    noise = normal_n(face, face._npi_multiply_scalar(centre, scalar=0.0), 1.0, size)
    spread = face._npi_matmul(face._npi_cholesky(cov), face._npi_expand_dims(noise, axis=-1))
    return face._npi_add(centre, face._np_squeeze(spread, axis=-1))


def randint(
    face: Face, low: int, high: int | None = None, size: Any = None, dtype: Any = None, ctx: Any = None, out: Any = None
) -> Any:
    """Integers in [low, high), or in [0, low) where ``high`` is None; int64 unless ``dtype`` says int32.

    >>> from mxnet import np
    >>> np.random.randint(5, size=(2, 3)).shape
    (2, 3)
    """
    if high is None:
        low, high = 0, low
    shape = () if size is None else (size,) if isinstance(size, int) else size
    made = name_of(int if dtype is None or dtype == "int" else dtype)
    return face._npi_random_randint(low=low, high=high, shape=shape, dtype=made, ctx=_here(ctx), out=out)


def choice(
    face: Face,
    a: Any,
    size: Any = None,
    replace: bool = True,
    p: Any = None,
    ctx: Any = None,
    out: Any = None,
) -> Any:
    """Elements of ``a``, or of range(a), drawn with or without replacement.

    Args:
        a: a number, or an array of one axis.
        size: the shape of the result; one element if None.
        replace: whether an element can be drawn again.
        p: the probabilities of the elements; all equal if None.
        ctx: the context of the result; the current one if None.
        out: an array to write the result to.

    >>> from mxnet import np
    >>> np.random.choice(5, size=(2, 3)).shape
    (2, 3)
    """
    attrs = {"size": size, "replace": replace, "weighted": p is not None}
    weights = [] if p is None else [p]
    if isinstance(a, int) and not isinstance(a, bool):
        return face._npi_choice(*weights, a=a, ctx=_here(ctx), **attrs, out=out)
    if not face.is_array(a):
        raise ArgumentError(f"choice: a is {a!r}, expected a number or an array")
    return face._npi_take(a, face._npi_choice(a, *weights, a=None, ctx=None, **attrs), out=out)


def rand(face: Face, *size: int, **kwargs: Any) -> Any:
    """Uniform on [0, 1), with one argument for the size of each axis. Keyword arguments: dtype, ctx.

    >>> from mxnet import np
    >>> np.random.rand(2, 3).shape
    (2, 3)
    """
    return uniform(face, 0, 1, size, **{k: kwargs[k] for k in ("dtype", "ctx") if k in kwargs})


def _either(prob: Any, logit: Any) -> None:
    if (prob is None) == (logit is None):
        raise ArgumentError(
            f"Either `prob` or `logit` must be specified, but not both. Received prob={prob}, logit={logit}"
        )


def bernoulli(
    face: Face,
    prob: Any = None,
    logit: Any = None,
    size: Any = None,
    dtype: Any = None,
    ctx: Any = None,
    out: Any = None,
) -> Any:
    """1 with the probability ``prob``, or with the log-odds ``logit``, else 0.

    Args:
        prob, logit: one of them, a number or an array.
        size: the shape of the result; that of the array if None.
        dtype: float32 if None.
        ctx: the context of the result; the current one if None.
        out: an array to write the result to.

    Raises:
        ArgumentError: both are given, or neither.

    >>> from mxnet import npx
    >>> npx.random.bernoulli(0.5, size=(2, 3)).shape
    (2, 3)
    """
    _either(prob, logit)
    given = prob if logit is None else logit
    attrs = {"is_logit": logit is not None, "size": size, "dtype": name_of(dtype or "float32"), "out": out}
    if face.is_array(given):
        return face._npi_bernoulli(given, prob=None, logit=None, ctx=_here(ctx), **attrs)
    return face._npi_bernoulli(prob=prob, logit=logit, ctx=_here(ctx), **attrs)


def uniform_n(
    face: Face, low: Any = 0.0, high: Any = 1.0, batch_shape: Any = None, dtype: Any = None, ctx: Any = None
) -> Any:
    """Uniform on [low, high): ``batch_shape`` numbers for each element of the arrays.

    >>> from mxnet import np, npx
    >>> npx.random.uniform_n(np.zeros((2,)), 1.0, batch_shape=(3,)).shape
    (3, 2)
    """
    limits = {"low": low, "high": high}
    return _draw(face, "_npi_uniform_n", limits, batch_shape, ctx, None, dtype=name_of(dtype or "float32"))


def normal_n(
    face: Face, loc: Any = 0.0, scale: Any = 1.0, batch_shape: Any = None, dtype: Any = None, ctx: Any = None
) -> Any:
    """Normal with mean ``loc`` and ``scale``: ``batch_shape`` numbers for each element of the arrays.

    >>> from mxnet import np, npx
    >>> npx.random.normal_n(np.zeros((2,)), 1.0, batch_shape=(3,)).shape
    (3, 2)
    """
    moments = {"loc": loc, "scale": scale}
    return _draw(face, "_npi_normal_n", moments, batch_shape, ctx, None, dtype=name_of(dtype or "float32"))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (uniform, normal, lognormal, logistic, gumbel, rayleigh, exponential, weibull, pareto, power, gamma, beta)
}
FUNCTIONS |= {f.__name__: f for f in (chisquare, multivariate_normal, randint, choice, rand)}
EXTENSION: dict[str, Callable[..., Any]] = {f.__name__: f for f in (bernoulli, uniform_n, normal_n)}
