"""Images as arrays."""

from __future__ import annotations

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._ops import Floats, op


@op("_image_to_tensor", aliases=("_npx__image_to_tensor",))
def to_tensor(data: Tensor) -> Tensor:
    """Pixels from 0 to 255, channels last, as float32 from 0 to 1, channels first.

    Inputs:  data (H, W, C) or (N, H, W, C), any dtype
    Outputs: float32 (C, H, W) or (N, C, H, W)
    Raises:  ShapeError if the data has neither 3 nor 4 axes
    """
    if data.ndim not in (3, 4):
        raise ShapeError(
            f"_image_to_tensor: data has shape {tuple(data.shape)}; expected (height, width, channels), or with the "
            "images of a batch along a first axis"
        )
    return (data.movedim(-1, -3).to(torch.float32) / 255).contiguous()


@op("_image_normalize", aliases=("_npx__image_normalize",))
def normalize(data: Tensor, *, mean: Floats = (0.0, 0.0, 0.0, 0.0), std: Floats = (1.0, 1.0, 1.0, 1.0)) -> Tensor:
    """``(data - mean) / std``, each channel with its own or all with one.

    Inputs:  data (C, H, W) or (N, C, H, W)
    Attrs:   mean, std, one number or one a channel
    Outputs: like data
    Raises:  ShapeError if the data has neither 3 nor 4 axes, or there are neither one nor C numbers
    """
    if data.ndim not in (3, 4):
        raise ShapeError(
            f"_image_normalize: data has shape {tuple(data.shape)}; expected (channels, height, width), or with the "
            "images of a batch along a first axis"
        )
    channels = data.shape[-3]
    shift, scale = (_by_channel(name, given, channels, data) for name, given in (("mean", mean), ("std", std)))
    return ((data - shift) / scale).to(data.dtype)


_DEFAULTS = ((0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0))


def _by_channel(name: str, given: Floats, channels: int, data: Tensor) -> Tensor:
    values = given[:1] if given in _DEFAULTS else given
    if len(values) not in (1, channels):
        raise ShapeError(
            f"_image_normalize: {name} is {given} for data of shape {tuple(data.shape)}; expected 1 or {channels} "
            "numbers, as many as channels"
        )
    dtype = data.dtype if data.is_floating_point() else torch.float32
    return torch.tensor(values, dtype=dtype, device=data.device).reshape(-1, 1, 1)
