"""Activation functions as layers."""

from __future__ import annotations

from typing import Any

from mxnet import initializer
from mxnet._base.errors import CallError
from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import HybridBlock

__all__ = ["ELU", "GELU", "SELU", "Activation", "LeakyReLU", "PReLU", "Swish"]


class Activation(HybridBlock):
    """An activation function, element by element.

    Args:
        activation: ``relu``, ``sigmoid``, ``tanh``, ``softrelu`` or ``softsign``.

    >>> import mxnet as mx
    >>> Activation("relu")(mx.nd.array([-1, 2])).asnumpy()
    array([0., 2.], dtype=float32)
    """

    def __init__(self, activation: str, **kwargs: Any) -> None:
        if not isinstance(activation, str):
            raise CallError(
                f"{type(self).__name__}: activation must be a name, one of 'relu', 'sigmoid', 'softrelu', 'softsign' "
                f"and 'tanh', got {activation!r}"
            )
        self._act_type = activation
        super().__init__(**kwargs)

    def _alias(self) -> str:
        return self._act_type

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.Activation(x, act_type=self._act_type, name="fwd")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._act_type})"


class LeakyReLU(HybridBlock):
    """``x`` where it is positive, ``alpha * x`` elsewhere.

    Args:
        alpha: slope below zero, not negative.

    Raises:
        RejectedError: ``alpha`` is negative.

    Inputs:  data, any shape, float
    Outputs: like data

    >>> import mxnet as mx
    >>> LeakyReLU(0.1)(mx.nd.array([-10, 2])).asnumpy()
    array([-1.,  2.], dtype=float32)
    """

    def __init__(self, alpha: float, **kwargs: Any) -> None:
        if alpha < 0:
            raise RejectedError(f"Slope coefficient for LeakyReLU must be no less than 0., got {alpha}")
        super().__init__(**kwargs)
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.LeakyReLU(x, act_type="leaky", slope=self._alpha, name="fwd")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._alpha})"


class PReLU(HybridBlock):
    """LeakyReLU whose slope is learned (arXiv:1502.01852).

    Args:
        alpha_initializer: initializer of the slopes.
        in_channels: how many slopes: one for all, or one for each channel of axis 1.

    Inputs:  data, any shape, float; (N, in_channels, ...) with a slope for each channel
    Outputs: like data

    >>> import mxnet as mx
    >>> layer = PReLU()
    >>> layer.initialize()
    >>> layer(mx.nd.array([-4, 2])).asnumpy()
    array([-1.,  2.], dtype=float32)
    """

    def __init__(
        self,
        alpha_initializer: Any = initializer.Constant(0.25),  # noqa: B008  never changed
        in_channels: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.alpha = self.params.get("alpha", shape=(in_channels,), init=alpha_initializer)

    def hybrid_forward(self, F: Any, x: Any, alpha: Any) -> Any:
        return F.LeakyReLU(x, gamma=alpha, act_type="prelu", name="fwd")


class ELU(HybridBlock):
    """``x`` where it is positive, ``alpha * (exp(x) - 1)`` elsewhere (arXiv:1511.07289).

    Args:
        alpha: the result approaches ``-alpha`` far below zero.

    Inputs:  data, any shape, float
    Outputs: like data

    >>> import mxnet as mx
    >>> ELU()(mx.nd.array([-100, 2])).asnumpy()
    array([-1.,  2.], dtype=float32)
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.LeakyReLU(x, act_type="elu", slope=self._alpha)


class SELU(HybridBlock):
    """ELU scaled so that mean 0 and variance 1 are kept (arXiv:1706.02515).

    Inputs:  data, any shape, float
    Outputs: like data

    >>> import mxnet as mx
    >>> SELU()(mx.nd.array([-1, 0, 1])).asnumpy().round(4)
    array([-1.1113,  0.    ,  1.0507], dtype=float32)
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.LeakyReLU(x, act_type="selu", name="fwd")


class GELU(HybridBlock):
    """``x`` times the normal distribution function of ``x`` (arXiv:1606.08415).

    Inputs:  data, any shape, float
    Outputs: like data

    >>> import mxnet as mx
    >>> GELU()(mx.nd.array([-1, 0, 1])).asnumpy().round(4)
    array([-0.1587,  0.    ,  0.8413], dtype=float32)
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.LeakyReLU(x, act_type="gelu", name="fwd")


class Swish(HybridBlock):
    """``x * sigmoid(beta * x)`` (arXiv:1710.05941).

    Args:
        beta: how steep the sigmoid is.

    Inputs:  data, any shape, float
    Outputs: like data

    >>> import mxnet as mx
    >>> Swish()(mx.nd.array([-1, 0, 1])).asnumpy().round(4)
    array([-0.2689,  0.    ,  0.7311], dtype=float32)
    """

    def __init__(self, beta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._beta = beta

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return x * F.sigmoid(self._beta * x, name="fwd")
