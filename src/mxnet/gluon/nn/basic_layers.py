"""Dense layers, dropout, embedding and functions as layers; containers and normalisations have files of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mxnet import ndarray as nd
from mxnet import symbol as sym
from mxnet._base.errors import ArgumentError
from mxnet._ops.types import plain
from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import Block, HybridBlock

from ._containers import HybridSequential, Sequential
from ._norm import BatchNorm, BatchNormReLU, GroupNorm, InstanceNorm, LayerNorm, _BatchNorm
from .activations import Activation

__all__ = [
    "BatchNorm",
    "BatchNormReLU",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GroupNorm",
    "HybridLambda",
    "HybridSequential",
    "InstanceNorm",
    "Lambda",
    "LayerNorm",
    "Sequential",
    "_BatchNorm",
]


class Dense(HybridBlock):
    """A fully connected layer: ``activation(x . weight^T + bias)``.

    Args:
        units: size of the output.
        activation: name of an activation function; None for none.
        use_bias: whether there is a bias.
        flatten: join all axes of the input but the first; without it the layer works on the last axis.
        dtype: dtype of the parameters.
        weight_initializer, bias_initializer: initializers.
        in_units: size of the input; 0 to derive it from the first one.

    Inputs:  data (N, ...), without ``flatten`` (..., in_units)
    Outputs: (N, units), without ``flatten`` (..., units)

    >>> import mxnet as mx
    >>> layer = Dense(2, weight_initializer="ones")
    >>> layer.initialize()
    >>> layer(mx.nd.ones((1, 3))).asnumpy()
    array([[3., 3.]], dtype=float32)
    """

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        use_bias: bool = True,
        flatten: bool = True,
        dtype: Any = "float32",
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_units: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._flatten = flatten
        with self.name_scope():
            self._units = units
            self._in_units = in_units
            self.weight = self.params.get(
                "weight", shape=(units, in_units), init=weight_initializer, dtype=dtype, allow_deferred_init=True
            )
            if use_bias:
                self.bias = self.params.get(
                    "bias", shape=(units,), init=bias_initializer, dtype=dtype, allow_deferred_init=True
                )
            else:
                self.bias = None
            self.act = None if activation is None else Activation(activation, prefix=f"{activation}_")

    def hybrid_forward(self, F: Any, x: Any, weight: Any, bias: Any = None) -> Any:
        out = F.FullyConnected(
            x, weight, bias, no_bias=bias is None, num_hidden=self._units, flatten=self._flatten, name="fwd"
        )
        return out if self.act is None else self.act(out)

    def __repr__(self) -> str:
        shape = self.weight.shape or (0, 0)
        act = self.act if self.act is not None else "linear"
        return f"{type(self).__name__}({shape[1] or None} -> {shape[0]}, {act})"


class Dropout(HybridBlock):
    """Sets a share of its input to zero in training, and scales the rest up (JMLR 15 (2014) 1929).

    Args:
        rate: the share, from 0 to 1.
        axes: axes along which elements are dropped or kept together.

    Inputs:  data, any shape, float
    Outputs: like data; data itself outside of training

    Raises:
        ArgumentError: when called with a rate that is not in [0, 1].

    >>> import mxnet as mx
    >>> layer, x = Dropout(0.5), mx.nd.ones((100,))
    >>> layer(x).sum().asscalar()
    100.0
    >>> with mx.autograd.train_mode():
    ...     sorted(set(layer(x).asnumpy().tolist()))
    [0.0, 2.0]
    """

    def __init__(self, rate: float, axes: Any = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._rate = rate
        self._axes = axes

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        if self._rate > 0:
            return F.Dropout(x, p=self._rate, axes=self._axes, name="fwd", cudnn_off=False)
        return F.identity(x)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p = {self._rate}, axes={plain(self._axes)})"


class Embedding(HybridBlock):
    """Vectors by number: rows of a learned table.

    Args:
        input_dim: how many numbers there are.
        output_dim: size of a vector.
        dtype: dtype of the table.
        weight_initializer: initializer of the table.
        sparse_grad: whether the gradient is a row-sparse array, of the rows that took part.

    Inputs:  numbers from 0 to input_dim - 1, of any shape
    Outputs: the shape of the input and (output_dim,)

    >>> import mxnet as mx
    >>> layer = Embedding(10, 4)
    >>> layer.initialize()
    >>> layer(mx.nd.array([[1, 2, 3]])).shape
    (1, 3, 4)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        dtype: Any = "float32",
        weight_initializer: Any = None,
        sparse_grad: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {
            "input_dim": input_dim,
            "output_dim": output_dim,
            "dtype": dtype,
            "sparse_grad": sparse_grad,
        }
        self.weight = self.params.get(
            "weight",
            shape=(input_dim, output_dim),
            init=weight_initializer,
            dtype=dtype,
            allow_deferred_init=True,
            grad_stype="row_sparse" if sparse_grad else "default",
        )

    def hybrid_forward(self, F: Any, x: Any, weight: Any) -> Any:
        return F.Embedding(x, weight, name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        k = self._kwargs
        return f"{type(self).__name__}({k['input_dim']} -> {k['output_dim']}, {k['dtype']})"


class Flatten(HybridBlock):
    """Joins all axes but the first.

    >>> import mxnet as mx
    >>> Flatten()(mx.nd.ones((2, 3, 4))).shape
    (2, 12)
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.Flatten(x)

    def __repr__(self) -> str:
        return type(self).__name__


class Lambda(Block):
    """A function of arrays as a block.

    Args:
        function: the function, or the name of one in ``mx.nd``.
        prefix: the block's prefix.

    Raises:
        RejectedError: there is no function of that name.

    >>> import mxnet as mx
    >>> Lambda("relu")(mx.nd.array([-1, 2])).asnumpy()
    array([0., 2.], dtype=float32)
    """

    def __init__(self, function: str | Callable[..., Any], prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            if not hasattr(nd, function):
                raise RejectedError(f"Function name {function} is not found in ndarray.")
            self._func_impl = getattr(nd, function)
        elif callable(function):
            self._func_impl = function
        else:
            raise ArgumentError(f"Unrecognized function in lambda: {function} of type {type(function)}")

    def forward(self, *args: Any) -> Any:
        """The function's result."""
        return self._func_impl(*args)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._func_impl.__name__})"


class HybridLambda(HybridBlock):
    """A function as a HybridBlock.

    Args:
        function: called as ``function(F, x, *args)``; or the name of one that ``mx.nd`` and ``mx.sym`` both have.
        prefix: the block's prefix.

    Raises:
        RejectedError: there is no function of that name.

    >>> import mxnet as mx
    >>> HybridLambda(lambda F, x: F.relu(x) + 1)(mx.nd.array([-1, 2])).asnumpy()
    array([1., 3.], dtype=float32)
    """

    def __init__(self, function: str | Callable[..., Any], prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            if not (hasattr(nd, function) and hasattr(sym, function)):
                raise RejectedError(f"Function name {function} is not found in symbol/ndarray.")
            self._func = lambda F, *args: getattr(F, function)(*args)
            self._func_name = function
        elif callable(function):
            self._func = function
            self._func_name = function.__name__
        else:
            raise ArgumentError(f"Unrecognized function in lambda: {function} of type {type(function)}")

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:
        return self._func(F, x, *args)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._func_name})"
