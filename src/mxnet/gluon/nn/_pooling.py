"""Pooling layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import HybridBlock


def sizes(name: str, value: Any, n: int) -> tuple[int, ...]:
    """A number for each of ``n`` axes: ``value`` itself, or ``n`` times the same if it is one number.

    Raises:
        RejectedError: it has another length, or numbers that are not whole.
    """
    if isinstance(value, (int, np.integer)):
        return (int(value),) * n
    whole = isinstance(value, (tuple, list)) and all(isinstance(v, (int, np.integer)) for v in value)
    if not whole or len(value) != n:
        raise RejectedError(f"{name} must be a number or a list of {n} ints, got {value!r}")
    return tuple(int(v) for v in value)


def _check_layout(layout: str, allowed: tuple[str, str]) -> None:
    if layout not in allowed:
        n = len(allowed[0]) - 2
        raise RejectedError(f"Only {' and '.join(allowed)} layouts are valid for {n}D Pooling, got {layout!r}")


class _Pooling(HybridBlock):
    """What all pooling layers have in common."""

    def __init__(
        self,
        pool_size: tuple[int, ...],
        strides: Any,
        padding: Any,
        ceil_mode: bool,
        global_pool: bool,
        pool_type: str,
        layout: str,
        count_include_pad: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        n = len(pool_size)
        self._kwargs: dict[str, Any] = {
            "kernel": pool_size,
            "stride": pool_size if strides is None else sizes("strides", strides, n),
            "pad": sizes("padding", padding, n),
            "global_pool": global_pool,
            "pool_type": pool_type,
            "layout": layout,
            "pooling_convention": "full" if ceil_mode else "valid",
        }
        if count_include_pad is not None:
            self._kwargs["count_include_pad"] = count_include_pad

    def _alias(self) -> str:
        return "pool"

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.Pooling(x, name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        k = self._kwargs
        return (
            f"{type(self).__name__}(size={k['kernel']}, stride={k['stride']}, padding={k['pad']}, "
            f"ceil_mode={k['pooling_convention'] == 'full'}, global_pool={k['global_pool']}, "
            f"pool_type={k['pool_type']}, layout={k['layout']})"
        )


class MaxPool1D(_Pooling):
    """The largest of each window along one axis.

    Args:
        pool_size: size of the window.
        strides: how far it moves; its size if None.
        padding: how many positions are added at both ends; they never win.
        layout: ``NCW`` or ``NWC``.
        ceil_mode: take a window at the end that is not full.

    Inputs:  data (N, C, W)
    Outputs: (N, C, (W + 2 padding - pool_size) // strides + 1), rounded up with ``ceil_mode``

    >>> import mxnet as mx
    >>> MaxPool1D()(mx.nd.array([[[1, 2, 4, 3]]])).asnumpy()
    array([[[2., 4.]]], dtype=float32)
    """

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: Any = 0,
        layout: str = "NCW",
        ceil_mode: bool = False,
        **kwargs: Any,
    ) -> None:
        _check_layout(layout, ("NCW", "NWC"))
        super().__init__(sizes("pool_size", pool_size, 1), strides, padding, ceil_mode, False, "max", layout, **kwargs)


class MaxPool2D(_Pooling):
    """The largest of each window of an image.

    Args:
        pool_size: size of the window, a number or two.
        strides: how far it moves; its size if None.
        padding: how many pixels are added at all sides; they never win.
        layout: ``NCHW`` or ``NHWC``.
        ceil_mode: take windows at the ends that are not full.

    Inputs:  data (N, C, H, W)
    Outputs: (N, C, H', W'), sizes as for :class:`MaxPool1D`

    >>> import mxnet as mx
    >>> MaxPool2D()(mx.nd.array([[[[1, 2], [3, 4]]]])).asnumpy()
    array([[[[4.]]]], dtype=float32)
    """

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: Any = 0,
        layout: str = "NCHW",
        ceil_mode: bool = False,
        **kwargs: Any,
    ) -> None:
        _check_layout(layout, ("NCHW", "NHWC"))
        super().__init__(sizes("pool_size", pool_size, 2), strides, padding, ceil_mode, False, "max", layout, **kwargs)


class MaxPool3D(_Pooling):
    """The largest of each window over three axes.

    Args:
        pool_size, strides, padding, ceil_mode: as for :class:`MaxPool2D`, but three numbers.
        layout: ``NCDHW`` or ``NDHWC``.

    Inputs:  data (N, C, D, H, W)
    Outputs: (N, C, D', H', W'), sizes as for :class:`MaxPool1D`

    >>> import mxnet as mx
    >>> MaxPool3D()(mx.nd.ones((1, 3, 4, 6, 8))).shape
    (1, 3, 2, 3, 4)
    """

    def __init__(
        self,
        pool_size: Any = (2, 2, 2),
        strides: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        layout: str = "NCDHW",
        **kwargs: Any,
    ) -> None:
        _check_layout(layout, ("NCDHW", "NDHWC"))
        super().__init__(sizes("pool_size", pool_size, 3), strides, padding, ceil_mode, False, "max", layout, **kwargs)


class AvgPool1D(_Pooling):
    """The mean of each window along one axis.

    Args:
        pool_size, strides, padding, layout, ceil_mode: as for :class:`MaxPool1D`; padding is zeros.
        count_include_pad: whether padding counts in the mean.

    Inputs:  data (N, C, W)
    Outputs: (N, C, W'), its size as for :class:`MaxPool1D`

    >>> import mxnet as mx
    >>> AvgPool1D()(mx.nd.array([[[1, 2, 4, 3]]])).asnumpy()
    array([[[1.5, 3.5]]], dtype=float32)
    """

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: Any = 0,
        layout: str = "NCW",
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        **kwargs: Any,
    ) -> None:
        _check_layout(layout, ("NCW", "NWC"))
        super().__init__(
            sizes("pool_size", pool_size, 1), strides, padding, ceil_mode, False, "avg", layout, count_include_pad,
            **kwargs,
        )  # fmt: skip


class AvgPool2D(_Pooling):
    """The mean of each window of an image.

    Args:
        pool_size, strides, padding, ceil_mode, layout: as for :class:`MaxPool2D`; padding is zeros.
        count_include_pad: whether padding counts in the mean.

    Inputs:  data (N, C, H, W)
    Outputs: (N, C, H', W'), sizes as for :class:`MaxPool1D`

    >>> import mxnet as mx
    >>> AvgPool2D()(mx.nd.array([[[[1, 2], [3, 4]]]])).asnumpy()
    array([[[[2.5]]]], dtype=float32)
    """

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        layout: str = "NCHW",
        count_include_pad: bool = True,
        **kwargs: Any,
    ) -> None:
        _check_layout(layout, ("NCHW", "NHWC"))
        super().__init__(
            sizes("pool_size", pool_size, 2), strides, padding, ceil_mode, False, "avg", layout, count_include_pad,
            **kwargs,
        )  # fmt: skip


class AvgPool3D(_Pooling):
    """The mean of each window over three axes.

    Args:
        pool_size, strides, padding, ceil_mode, layout: as for :class:`MaxPool3D`; padding is zeros.
        count_include_pad: whether padding counts in the mean.

    Inputs:  data (N, C, D, H, W)
    Outputs: (N, C, D', H', W'), sizes as for :class:`MaxPool1D`

    >>> import mxnet as mx
    >>> AvgPool3D()(mx.nd.ones((1, 3, 4, 6, 8))).shape
    (1, 3, 2, 3, 4)
    """

    def __init__(
        self,
        pool_size: Any = (2, 2, 2),
        strides: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        layout: str = "NCDHW",
        count_include_pad: bool = True,
        **kwargs: Any,
    ) -> None:
        _check_layout(layout, ("NCDHW", "NDHWC"))
        super().__init__(
            sizes("pool_size", pool_size, 3), strides, padding, ceil_mode, False, "avg", layout, count_include_pad,
            **kwargs,
        )  # fmt: skip


class GlobalMaxPool1D(_Pooling):
    """The largest of each channel over one axis; ``layout`` is ``NCW`` or ``NWC``.

    Inputs:  data (N, C, W)
    Outputs: (N, C, 1)

    >>> import mxnet as mx
    >>> GlobalMaxPool1D()(mx.nd.array([[[1, 3], [5, 2]]])).asnumpy().ravel()
    array([3., 5.], dtype=float32)
    """

    def __init__(self, layout: str = "NCW", **kwargs: Any) -> None:
        _check_layout(layout, ("NCW", "NWC"))
        super().__init__((1,), None, 0, True, True, "max", layout, **kwargs)


class GlobalMaxPool2D(_Pooling):
    """The largest of each channel of an image; ``layout`` is ``NCHW`` or ``NHWC``.

    Inputs:  data (N, C, H, W)
    Outputs: (N, C, 1, 1)

    >>> import mxnet as mx
    >>> GlobalMaxPool2D()(mx.nd.ones((2, 3, 4, 5))).shape
    (2, 3, 1, 1)
    """

    def __init__(self, layout: str = "NCHW", **kwargs: Any) -> None:
        _check_layout(layout, ("NCHW", "NHWC"))
        super().__init__((1, 1), None, 0, True, True, "max", layout, **kwargs)


class GlobalMaxPool3D(_Pooling):
    """The largest of each channel over three axes; ``layout`` is ``NCDHW`` or ``NDHWC``.

    Inputs:  data (N, C, D, H, W)
    Outputs: (N, C, 1, 1, 1)

    >>> import mxnet as mx
    >>> GlobalMaxPool3D(layout="NDHWC")(mx.nd.ones((2, 4, 5, 6, 3))).shape
    (2, 1, 1, 1, 3)
    """

    def __init__(self, layout: str = "NCDHW", **kwargs: Any) -> None:
        _check_layout(layout, ("NCDHW", "NDHWC"))
        super().__init__((1, 1, 1), None, 0, True, True, "max", layout, **kwargs)


class GlobalAvgPool1D(_Pooling):
    """The mean of each channel over one axis; ``layout`` is ``NCW`` or ``NWC``.

    Inputs:  data (N, C, W)
    Outputs: (N, C, 1)

    >>> import mxnet as mx
    >>> GlobalAvgPool1D()(mx.nd.array([[[1, 3], [5, 2]]])).asnumpy().ravel()
    array([2. , 3.5], dtype=float32)
    """

    def __init__(self, layout: str = "NCW", **kwargs: Any) -> None:
        _check_layout(layout, ("NCW", "NWC"))
        super().__init__((1,), None, 0, True, True, "avg", layout, **kwargs)


class GlobalAvgPool2D(_Pooling):
    """The mean of each channel of an image; ``layout`` is ``NCHW`` or ``NHWC``.

    Inputs:  data (N, C, H, W)
    Outputs: (N, C, 1, 1)

    >>> import mxnet as mx
    >>> GlobalAvgPool2D()(mx.nd.ones((2, 3, 4, 5))).shape
    (2, 3, 1, 1)
    """

    def __init__(self, layout: str = "NCHW", **kwargs: Any) -> None:
        _check_layout(layout, ("NCHW", "NHWC"))
        super().__init__((1, 1), None, 0, True, True, "avg", layout, **kwargs)


class GlobalAvgPool3D(_Pooling):
    """The mean of each channel over three axes; ``layout`` is ``NCDHW`` or ``NDHWC``.

    Inputs:  data (N, C, D, H, W)
    Outputs: (N, C, 1, 1, 1)

    >>> import mxnet as mx
    >>> GlobalAvgPool3D()(mx.nd.ones((2, 3, 4, 5, 6))).shape
    (2, 3, 1, 1, 1)
    """

    def __init__(self, layout: str = "NCDHW", **kwargs: Any) -> None:
        _check_layout(layout, ("NCDHW", "NDHWC"))
        super().__init__((1, 1, 1), None, 0, True, True, "avg", layout, **kwargs)


for _layer in [v for v in globals().values() if isinstance(v, type) and issubclass(v, _Pooling)]:
    _layer.__module__ = "mxnet.gluon.nn.conv_layers"
