"""Blocks side by side, batch normalisation over devices, pixel shuffling, and tables with sparse gradients."""

from __future__ import annotations

import math
from typing import Any

from mxnet import context
from mxnet import ndarray as nd
from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import Block, HybridBlock
from mxnet.gluon.nn.basic_layers import BatchNorm, HybridSequential, Sequential

__all__ = [
    "Concurrent",
    "HybridConcurrent",
    "Identity",
    "PixelShuffle1D",
    "PixelShuffle2D",
    "PixelShuffle3D",
    "SparseEmbedding",
    "SyncBatchNorm",
]

_TABLE = "row_sparse"
"""Storage of the table of a SparseEmbedding, and of its gradient."""


class Concurrent(Sequential):
    """Blocks side by side: each gets the input, and their outputs are joined along ``axis``.

    >>> import mxnet as mx
    >>> net = Concurrent()
    >>> with net.name_scope():
    ...     net.add(mx.gluon.nn.Dense(2), Identity())
    >>> net.initialize()
    >>> net(mx.nd.ones((1, 3))).shape
    (1, 5)
    """

    def __init__(self, axis: int = -1, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self.axis = axis

    def forward(self, x: Any) -> Any:
        """The outputs of all blocks, joined."""
        return nd.concat(*[block(x) for block in self._children.values()], dim=self.axis)


class HybridConcurrent(HybridSequential):
    """HybridBlocks side by side: each gets the input, and their outputs are joined along ``axis``.

    >>> import mxnet as mx
    >>> net = HybridConcurrent(axis=1)
    >>> with net.name_scope():
    ...     net.add(mx.gluon.nn.Dense(2), Identity())
    >>> net.initialize()
    >>> net.hybridize()
    >>> net(mx.nd.ones((1, 3))).shape
    (1, 5)
    """

    def __init__(self, axis: int = -1, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self.axis = axis

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.concat(*[block(x) for block in self._children.values()], dim=self.axis)


class Identity(HybridBlock):
    """Returns its input unchanged: a shortcut in a :class:`HybridConcurrent`.

    >>> import mxnet as mx
    >>> Identity()(mx.nd.array([1, 2])).asnumpy()
    array([1., 2.], dtype=float32)
    """

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return x


class SparseEmbedding(Block):
    """Vectors by number, for a table so large that few of its rows take part in a step.

    The table and its gradient are dense arrays, where those of 1.9.1 are row-sparse; the numbers are the same.

    Args:
        input_dim: how many numbers there are.
        output_dim: size of a vector.
        dtype: dtype of the table.
        weight_initializer: initializer of the table.

    Inputs:  numbers from 0 to input_dim - 1, of any shape
    Outputs: the shape of the input and (output_dim,)

    >>> import mxnet as mx
    >>> layer = SparseEmbedding(10, 4)
    >>> layer.initialize()
    >>> trainer = mx.gluon.Trainer(layer.collect_params(), "sgd")
    >>> layer(mx.nd.array([1, 2])).shape
    (2, 4)
    """

    def __init__(
        self, input_dim: int, output_dim: int, dtype: Any = "float32", weight_initializer: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {"input_dim": input_dim, "output_dim": output_dim, "dtype": dtype, "sparse_grad": True}
        self.weight = self.params.get(
            "weight",
            shape=(input_dim, output_dim),
            init=weight_initializer,
            dtype=dtype,
            stype=_TABLE,
            grad_stype=_TABLE,
        )

    def forward(self, x: Any) -> Any:
        """The vectors for the numbers ``x``."""
        sparse = self.weight.stype == "row_sparse"
        weight = self.weight.row_sparse_data(x) if sparse else self.weight.data(x.ctx)
        return nd.Embedding(x, weight, name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        k = self._kwargs
        return f"{type(self).__name__}({k['input_dim']} -> {k['output_dim']}, {k['dtype']})"


class SyncBatchNorm(BatchNorm):
    """BatchNorm whose statistics in training are those of the batches of all devices (arXiv:1803.08904).

    Args:
        in_channels: number of channels, on axis 1; 0 to derive it from the first input.
        num_devices: how many devices share the statistics: one for each process of the job. By default the number of
            GPUs, but at least 1.
        momentum, epsilon, center, scale, use_global_stats, beta_initializer, gamma_initializer,
            running_mean_initializer, running_variance_initializer: as for :class:`mxnet.gluon.nn.BatchNorm`.

    >>> import mxnet as mx
    >>> layer = SyncBatchNorm(num_devices=1)
    >>> layer.initialize()
    >>> with mx.autograd.train_mode():
    ...     y = layer(mx.nd.array([[1], [3]]))
    >>> y.asnumpy().round(3)
    array([[-1.],
           [ 1.]], dtype=float32)
    """

    def __init__(
        self,
        in_channels: int = 0,
        num_devices: int | None = None,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        running_mean_initializer: Any = "zeros",
        running_variance_initializer: Any = "ones",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            1,
            momentum,
            epsilon,
            center,
            scale,
            use_global_stats,
            beta_initializer,
            gamma_initializer,
            running_mean_initializer,
            running_variance_initializer,
            in_channels,
            **kwargs,
        )
        devices = max(1, context.num_gpus()) if num_devices is None else num_devices
        self._kwargs = {
            "eps": epsilon,
            "momentum": momentum,
            "fix_gamma": not scale,
            "use_global_stats": use_global_stats,
            "ndev": devices,
            "key": self.prefix,
        }

    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any) -> Any:
        return F.contrib.SyncBatchNorm(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)


def _factors(factor: Any, n: int) -> tuple[int, ...]:
    """``factor`` for each of ``n`` axes: itself, or ``n`` times the same if it is one number."""
    try:
        return (int(factor),) * n
    except TypeError:
        factors = tuple(int(f) for f in factor)
    if len(factors) != n:
        raise RejectedError(f"wrong length {len(factors)}: factor is {factor!r}, expected a number or {n} of them")
    return factors


class PixelShuffle1D(HybridBlock):
    """Makes a long axis of many channels (arXiv:1609.05158): ``factor`` channels become neighbours.

    Inputs:  (N, factor * C, W)
    Outputs: (N, C, W * factor)

    >>> import mxnet as mx
    >>> PixelShuffle1D(2)(mx.nd.array([[[1, 3], [2, 4]]])).asnumpy()
    array([[[1., 2., 3., 4.]]], dtype=float32)
    """

    def __init__(self, factor: int) -> None:
        super().__init__()
        self._factor = int(factor)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        x = F.reshape(x, (0, -4, -1, self._factor, 0))
        x = F.transpose(x, (0, 1, 3, 2))
        return F.reshape(x, (0, 0, -3))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._factor})"


class PixelShuffle2D(HybridBlock):
    """Makes large images of many channels (arXiv:1609.05158).

    Args:
        factor: how much larger, a number or two: (f1, f2).

    Inputs:  (N, f1 * f2 * C, H, W)
    Outputs: (N, C, H * f1, W * f2)

    >>> import mxnet as mx
    >>> PixelShuffle2D((2, 3))(mx.nd.zeros((1, 12, 3, 5))).shape
    (1, 2, 6, 15)
    """

    def __init__(self, factor: Any) -> None:
        super().__init__()
        self._factors = _factors(factor, 2)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        f1, f2 = self._factors
        x = F.reshape(x, (0, -4, -1, f1 * f2, 0, 0))
        x = F.reshape(x, (0, 0, -4, f1, f2, 0, 0))
        x = F.transpose(x, (0, 1, 4, 2, 5, 3))
        return F.reshape(x, (0, 0, -3, -3))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._factors})"


class PixelShuffle3D(HybridBlock):
    """Makes large volumes of many channels (arXiv:1609.05158).

    Args:
        factor: how much larger, a number or three: (f1, f2, f3).

    Inputs:  (N, f1 * f2 * f3 * C, D, H, W)
    Outputs: (N, C, D * f1, H * f2, W * f3)

    >>> import mxnet as mx
    >>> PixelShuffle3D((2, 3, 4))(mx.nd.zeros((1, 48, 3, 5, 7))).shape
    (1, 2, 6, 15, 28)
    """

    def __init__(self, factor: Any) -> None:
        super().__init__()
        self._factors = _factors(factor, 3)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        # one axis at a time, so that no array has more than 6
        f1, f2, f3 = self._factors
        x = F.reshape(x, (0, -4, -1, math.prod(self._factors), 0, 0, 0))
        x = F.swapaxes(x, 2, 3)
        x = F.reshape(x, (0, 0, 0, -4, f1, f2 * f3, 0, 0))
        x = F.reshape(x, (0, 0, -3, 0, 0, 0))
        x = F.swapaxes(x, 3, 4)
        x = F.reshape(x, (0, 0, 0, 0, -4, f2, f3, 0))
        x = F.reshape(x, (0, 0, 0, -3, 0, 0))
        x = F.swapaxes(x, 4, 5)
        return F.reshape(x, (0, 0, 0, 0, -3))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._factors})"
