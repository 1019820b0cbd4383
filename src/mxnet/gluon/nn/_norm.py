"""Normalisation layers."""

from __future__ import annotations

from typing import Any

from mxnet._ops.types import plain
from mxnet._runtime.dtypes import torch_dtype
from mxnet.gluon.block import HybridBlock

_LOW = (torch_dtype("float16"), torch_dtype("bfloat16"))


def _described(block: HybridBlock, kwargs: dict[str, Any], **more: Any) -> str:
    shown = {**kwargs, **more}
    return f"{type(block).__name__}({', '.join(f'{k}={plain(v)!r}' for k, v in shown.items())})"


class _BatchNorm(HybridBlock):
    """What batch normalisation with and without a ReLU have in common."""

    def __init__(
        self,
        axis: int = 1,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        running_mean_initializer: Any = "zeros",
        running_variance_initializer: Any = "ones",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {
            "axis": axis,
            "eps": epsilon,
            "momentum": momentum,
            "fix_gamma": not scale,
            "use_global_stats": use_global_stats,
        }
        self._axis = axis
        self.fuse_relu = isinstance(self, BatchNormReLU)  # 1.9.1 chooses the operator by it
        self.in_channels = in_channels
        shape = (in_channels,)

        def parameter(name: str, init: Any, req: str, differentiable: bool) -> Any:
            return self.params.get(
                name,
                grad_req=req,
                shape=shape,
                init=init,
                allow_deferred_init=True,
                differentiable=differentiable,
            )

        self.gamma = parameter("gamma", gamma_initializer, "write" if scale else "null", scale)
        self.beta = parameter("beta", beta_initializer, "write" if center else "null", center)
        self.running_mean = parameter("running_mean", running_mean_initializer, "null", False)
        self.running_var = parameter("running_var", running_variance_initializer, "null", False)

    def cast(self, dtype: Any) -> None:
        """Change the dtype of the parameters; they stay float32 where it is of lower precision."""
        if torch_dtype(dtype) in _LOW:
            dtype = "float32"
        super().cast(dtype)

    def __repr__(self) -> str:
        shape = self.gamma.shape or (0,)
        return _described(self, self._kwargs, in_channels=shape[0] or None)


class BatchNorm(_BatchNorm):
    """Normalises each channel over the batch (arXiv:1502.03167).

    In training it uses the batch's mean and variance, and updates the running ones; in prediction it uses the latter.
    Each pass forward in training mode updates once, on every device, recorded or not, whatever backward does. 1.9.1 on
    CPUs updates when a pass runs backward: as often as it does, and never for one that is not differentiated.

    Args:
        axis: the axis of channels.
        momentum: how much of the running mean and variance is kept at each step.
        epsilon: added to the variance.
        center: whether a learned ``beta`` is added.
        scale: whether the result is multiplied by a learned ``gamma``; if not, gamma stays 1.
        use_global_stats: use the running mean and variance in training too.
        beta_initializer, gamma_initializer, running_mean_initializer, running_variance_initializer: initializers.
        in_channels: number of channels; 0 to derive it from the first input.

    >>> import mxnet as mx
    >>> layer = BatchNorm()
    >>> layer.initialize()
    >>> with mx.autograd.train_mode():
    ...     y = layer(mx.nd.array([[1], [3]]))
    >>> y.asnumpy().round(3)
    array([[-1.],
           [ 1.]], dtype=float32)
    """

    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any) -> Any:
        return F.BatchNorm(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)


class BatchNormReLU(_BatchNorm):
    """BatchNorm followed by a ReLU, as one operator; arguments as for :class:`BatchNorm`.

    >>> import mxnet as mx
    >>> layer = BatchNormReLU()
    >>> layer.initialize()
    >>> with mx.autograd.train_mode():
    ...     y = layer(mx.nd.array([[1], [3]]))
    >>> y.asnumpy().round(3)
    array([[0.],
           [1.]], dtype=float32)
    """

    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any) -> Any:
        return F.contrib.BatchNormWithReLU(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)


class InstanceNorm(HybridBlock):
    """Normalises each channel of each sample (arXiv:1607.08022).

    Args:
        axis: the axis of channels.
        epsilon: added to the variance.
        center: whether ``beta``, which is added, is learned; else it stays 0.
        scale: whether ``gamma``, by which the result is multiplied, is learned; else it stays 1.
        beta_initializer, gamma_initializer: initializers.
        in_channels: number of channels; 0 to derive it from the first input.

    Inputs:  data (N, C, ...), C being at ``axis``
    Outputs: like data

    >>> import mxnet as mx
    >>> layer = InstanceNorm()
    >>> layer.initialize()
    >>> layer(mx.nd.array([[[1, 3], [9, 5]]])).asnumpy().round(3)
    array([[[-1.,  1.],
            [ 1., -1.]]], dtype=float32)
    """

    def __init__(
        self,
        axis: int = 1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = False,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {"eps": epsilon, "axis": axis, "center": center, "scale": scale}
        self._axis = axis
        self._epsilon = epsilon
        self._in_channels = in_channels
        self.gamma, self.beta = _scale_and_shift(
            self, (in_channels,), scale, gamma_initializer, center, beta_initializer
        )

    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any) -> Any:
        if self._axis == 1:
            return F.InstanceNorm(x, gamma, beta, name="fwd", eps=self._epsilon)
        x = x.swapaxes(1, self._axis)
        return F.InstanceNorm(x, gamma, beta, name="fwd", eps=self._epsilon).swapaxes(1, self._axis)

    def __repr__(self) -> str:
        return _described(self, self._kwargs, in_channels=(self.gamma.shape or (0,))[0])


class LayerNorm(HybridBlock):
    """Normalises each sample over one axis (arXiv:1607.06450).

    Args:
        axis: the axis.
        epsilon: added to the variance.
        center: whether ``beta``, which is added, is learned; else it stays 0.
        scale: whether ``gamma``, by which the result is multiplied, is learned; else it stays 1.
        beta_initializer, gamma_initializer: initializers.
        in_channels: size of the axis; 0 to derive it from the first input.

    Inputs:  data (..., C, ...), C being at ``axis``
    Outputs: like data

    >>> import mxnet as mx
    >>> layer = LayerNorm()
    >>> layer.initialize()
    >>> layer(mx.nd.array([[1, 3], [20, 10]])).asnumpy().round(3)
    array([[-1.,  1.],
           [ 1., -1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int = -1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        in_channels: int = 0,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._kwargs = {"eps": epsilon, "axis": axis, "center": center, "scale": scale}
        self._axis = axis
        self._epsilon = epsilon
        self._center = center
        self._scale = scale
        self._in_channels = in_channels
        self.gamma, self.beta = _scale_and_shift(
            self, (in_channels,), scale, gamma_initializer, center, beta_initializer
        )

    def hybrid_forward(self, F: Any, data: Any, gamma: Any, beta: Any) -> Any:
        return F.LayerNorm(data, gamma=gamma, beta=beta, axis=self._axis, eps=self._epsilon)

    def __repr__(self) -> str:
        return _described(self, self._kwargs, in_channels=(self.gamma.shape or (0,))[0])


class GroupNorm(HybridBlock):
    """Normalises each sample over groups of channels (arXiv:1803.08494).

    Args:
        num_groups: how many groups the channels, axis 1, are cut into.
        epsilon: added to the variance.
        center: whether ``beta``, which is added to a group, is learned; else it stays 0.
        scale: whether ``gamma``, by which a group is multiplied, is learned; else it stays 1.
        beta_initializer, gamma_initializer: initializers.

    Inputs:  data (N, C, ...), C a multiple of num_groups
    Outputs: like data

    >>> import mxnet as mx
    >>> layer = GroupNorm(num_groups=2)
    >>> layer.initialize()
    >>> layer(mx.nd.array([[[1], [3], [20], [10]]])).asnumpy().round(3).ravel()
    array([-1.,  1.,  1., -1.], dtype=float32)
    """

    def __init__(
        self,
        num_groups: int = 1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._kwargs = {"eps": epsilon, "num_groups": num_groups, "center": center, "scale": scale}
        self._num_groups = num_groups
        self._epsilon = epsilon
        self._center = center
        self._scale = scale
        self.gamma, self.beta = _scale_and_shift(
            self, (num_groups,), scale, gamma_initializer, center, beta_initializer
        )

    def hybrid_forward(self, F: Any, data: Any, gamma: Any, beta: Any) -> Any:
        return F.GroupNorm(data, gamma=gamma, beta=beta, num_groups=self._num_groups, eps=self._epsilon)

    def __repr__(self) -> str:
        return _described(self, self._kwargs)


def _scale_and_shift(
    block: HybridBlock, shape: tuple[int, ...], scale: bool, gamma_init: Any, center: bool, beta_init: Any
) -> tuple[Any, Any]:
    """The parameters ``gamma`` and ``beta``; one that is not learned has no gradient."""
    gamma = block.params.get(
        "gamma", grad_req="write" if scale else "null", shape=shape, init=gamma_init, allow_deferred_init=True
    )
    beta = block.params.get(
        "beta", grad_req="write" if center else "null", shape=shape, init=beta_init, allow_deferred_init=True
    )
    return gamma, beta


for _layer in (_BatchNorm, BatchNorm, BatchNormReLU, InstanceNorm, LayerNorm, GroupNorm):
    _layer.__module__ = "mxnet.gluon.nn.basic_layers"
