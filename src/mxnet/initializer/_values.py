"""Initial values: the same for all, random, or scaled so that signals keep their size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError
from mxnet.ndarray import NDArray, random

from ._base import Initializer, alias, register


@alias("zeros")
@register
class Zero(Initializer):
    """Zeros.

    >>> import mxnet as mx
    >>> w = mx.nd.ones((2,))
    >>> Zero()(mx.init.InitDesc("fc_weight"), w)
    >>> w.asnumpy()
    array([0., 0.], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0


@alias("ones")
@register
class One(Initializer):
    """Ones.

    >>> import mxnet as mx
    >>> w = mx.nd.zeros((2,))
    >>> One()(mx.init.InitDesc("fc_weight"), w)
    >>> w.asnumpy()
    array([1., 1.], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = 1.0


@register
class Constant(Initializer):
    """A number, or an array of the parameter's shape.

    Args:
        value: the number; or the values, in an NDArray, a NumPy array or a list.

    >>> import mxnet as mx
    >>> w = mx.nd.zeros((2,))
    >>> Constant([1, 2])(mx.init.InitDesc("fc_weight"), w)
    >>> w.asnumpy()
    array([1., 2.], dtype=float32)
    >>> Constant(1).dumps()
    '["constant", {"value": 1}]'
    """

    def __init__(self, value: Any) -> None:
        super().__init__(value=value)
        self.value = value

    def _init_weight(self, _: str, arr: NDArray) -> None:
        value = self.value
        if isinstance(value, NDArray):
            value = value.as_in_context(arr.context).astype(arr.dtype, copy=False)
        arr[:] = value

    def dumps(self) -> str:
        value = self.value
        if not np.isscalar(value):
            value = (value.asnumpy() if isinstance(value, NDArray) else np.asarray(value)).tolist()
        self._kwargs = {"value": value}  # as in 1.9.1, whose programs compare the text with it
        return super().dumps()


@register
class Uniform(Initializer):
    """Uniform on [-scale, scale), drawn from the generator that ``mx.random.seed`` seeds.

    Args:
        scale: the limit.

    >>> import mxnet as mx
    >>> w = mx.nd.zeros((1000,))
    >>> Uniform(0.5)(mx.init.InitDesc("fc_weight"), w)
    >>> 0.4 < w.max().asscalar() < 0.5
    True
    """

    def __init__(self, scale: float = 0.07) -> None:
        super().__init__(scale=scale)
        self.scale = scale

    def _init_weight(self, _: str, arr: NDArray) -> None:
        random.uniform(-self.scale, self.scale, out=arr)


@register
class Normal(Initializer):
    """Normal with mean 0, drawn from the generator that ``mx.random.seed`` seeds.

    Args:
        sigma: standard deviation.

    >>> import mxnet as mx
    >>> w = mx.nd.zeros((1000,))
    >>> Normal(0.5)(mx.init.InitDesc("fc_weight"), w)
    >>> 0.4 < w.asnumpy().std() < 0.6
    True
    """

    def __init__(self, sigma: float = 0.01) -> None:
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, _: str, arr: NDArray) -> None:
        random.normal(0, self.sigma, out=arr)


@register
class Orthogonal(Initializer):
    """A matrix with orthogonal rows or columns of length ``scale``; all axes but the first count as one.

    Args:
        scale: the length.
        rand_type: ``uniform`` or ``normal``: the distribution of the matrix it is made from.

    Raises:
        ArgumentError: when called with another type.

    Source: arXiv:1312.6120

    >>> import mxnet as mx
    >>> w = mx.nd.zeros((2, 3))
    >>> Orthogonal(scale=2)(mx.init.InitDesc("fc_weight"), w)
    >>> abs(mx.nd.dot(w, w.T).asnumpy()).round(3)
    array([[4., 0.],
           [0., 4.]], dtype=float32)
    """

    def __init__(self, scale: float = 1.414, rand_type: str = "uniform") -> None:
        super().__init__(scale=scale, rand_type=rand_type)
        self.scale = scale
        self.rand_type = rand_type

    def _init_weight(self, _: str, arr: NDArray) -> None:
        rows, columns = arr.shape[0], int(np.prod(arr.shape[1:]))
        if self.rand_type == "uniform":
            start = random.uniform(-1.0, 1.0, shape=(rows, columns))
        elif self.rand_type == "normal":
            start = random.normal(0.0, 1.0, shape=(rows, columns))
        else:
            raise ArgumentError(f"Orthogonal: rand_type is {self.rand_type!r}; expected 'uniform' or 'normal'")
        u, _values, v = np.linalg.svd(start.asnumpy(), full_matrices=False)
        found = u if u.shape == (rows, columns) else v
        arr[:] = self.scale * found.reshape(arr.shape)


@register
class Xavier(Initializer):
    """Scaled by the numbers of inputs and outputs, so that signals keep their size.

    Args:
        rnd_type: ``uniform`` or ``gaussian``.
        factor_type: the number to scale by: ``avg``, ``in`` or ``out``.
        magnitude: the scale is ``sqrt(magnitude / number)``.

    Raises:
        ArgumentError: ``magnitude`` is negative; or, when called, on a vector or with other types.

    Source: proceedings.mlr.press/v9/glorot10a

    >>> import mxnet as mx
    >>> w = mx.nd.zeros((100, 50))
    >>> Xavier(factor_type="in", magnitude=2)(mx.init.InitDesc("fc_weight"), w)
    >>> 0.19 < w.max().asscalar() <= 0.2
    True
    """

    def __init__(self, rnd_type: str = "uniform", factor_type: str = "avg", magnitude: float = 3) -> None:
        super().__init__(rnd_type=rnd_type, factor_type=factor_type, magnitude=magnitude)
        self.rnd_type = rnd_type
        self.factor_type = factor_type
        self.magnitude = float(magnitude)
        if self.magnitude < 0:
            raise ArgumentError(f"Xavier: magnitude is {magnitude}, expected 0 or more")

    def _init_weight(self, name: str, arr: NDArray) -> None:
        shape = arr.shape
        if len(shape) < 2:
            raise ArgumentError(f"Xavier initializer cannot be applied to vector {name}. It requires at least 2D.")
        area = float(np.prod(shape[2:])) if len(shape) > 2 else 1.0
        fan_in, fan_out = shape[1] * area, shape[0] * area
        factors = {"avg": (fan_in + fan_out) / 2.0, "in": fan_in, "out": fan_out}
        if self.factor_type not in factors:
            raise ArgumentError(f"Incorrect factor type {self.factor_type!r}; expected 'avg', 'in' or 'out'")
        scale = math.sqrt(self.magnitude / factors[self.factor_type])
        if self.rnd_type == "uniform":
            random.uniform(-scale, scale, out=arr)
        elif self.rnd_type == "gaussian":
            random.normal(0, scale, out=arr)
        else:
            raise ArgumentError(f"Unknown random type {self.rnd_type!r}; expected 'uniform' or 'gaussian'")


@register
class MSRAPrelu(Xavier):
    """For layers followed by PReLU of the given slope; slope 0 is ReLU.

    Args:
        factor_type: the number to scale by: ``avg``, ``in`` or ``out``, as for :class:`Xavier`.
        slope: the slope below zero.

    Raises:
        ArgumentError: when called on a vector, or with another type.

    Source: arXiv:1502.01852

    >>> import mxnet as mx
    >>> w = mx.nd.zeros((100, 50))
    >>> MSRAPrelu(factor_type="in", slope=0)(mx.init.InitDesc("fc_weight"), w)
    >>> 0.18 < w.asnumpy().std() < 0.22
    True
    """

    def __init__(self, factor_type: str = "avg", slope: float = 0.25) -> None:
        super().__init__("gaussian", factor_type, 2.0 / (1 + slope**2))
        self._kwargs = {"factor_type": factor_type, "slope": slope}


@register
class Bilinear(Initializer):
    """Weights of a transposed convolution that interpolates bilinearly.

    Raises:
        ArgumentError: when called on an array without the four axes of a convolution's weight.

    >>> import mxnet as mx
    >>> w = mx.nd.zeros((1, 1, 4, 4))
    >>> Bilinear()(mx.init.InitDesc("up_weight"), w)
    >>> w[0, 0, 1].asnumpy()
    array([0.1875, 0.5625, 0.5625, 0.1875], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, name: str, arr: NDArray) -> None:
        if len(arr.shape) != 4:
            raise ArgumentError(
                f"Bilinear: {name} has shape {arr.shape}, expected the 4 axes of a convolution's weight"
            )
        height, width = arr.shape[2:]
        half = math.ceil(width / 2.0)
        centre = (2 * half - 1 - half % 2) / (2.0 * half)
        x = 1 - np.abs(np.arange(width) / half - centre)
        y = 1 - np.abs(np.arange(height) / half - centre)
        arr[:] = np.tile(np.outer(y, x).astype(np.float32), (*arr.shape[:2], 1, 1))
