"""Images as arrays: tensors of pixels, normalising, cropping, flipping."""

from __future__ import annotations

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._ops import Floats, op
from mxnet._runtime.random import generator


@op("_image_to_tensor", told=lambda data: (*data[:-3], data[-1], *data[-3:-1]) if len(data) in (3, 4) else None)
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


@op("_image_normalize")
def normalize(data: Tensor, *, mean: Floats = (0.0, 0.0, 0.0, 0.0), std: Floats = (1.0, 1.0, 1.0, 1.0)) -> Tensor:
    """``(data - mean) / std``, each channel with its own or all with one.

    Inputs:  data (C, H, W) or (N, C, H, W) with C 1 or 3
    Attrs:   mean, std, one number or one a channel
    Outputs: like data
    Raises:  ShapeError for other shapes, or if there are neither one nor C numbers
    """
    if data.ndim not in (3, 4):
        raise ShapeError(
            f"_image_normalize: data has shape {tuple(data.shape)}; expected (channels, height, width), or with the "
            "images of a batch along a first axis"
        )
    channels = data.shape[-3]
    if channels not in (1, 3):
        advice = "; ToTensor() puts the channels first" if data.shape[-1] in (1, 3) else ""
        raise ShapeError(
            f"_image_normalize: data has shape {tuple(data.shape)}, {channels} channels; expected 1 or 3, and them "
            f"before height and width{advice}"
        )
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


@op("_image_crop", view=True)
def crop(data: Tensor, *, x: int, y: int, width: int, height: int) -> Tensor:
    """The part of the image ``width`` wide and ``height`` high whose upper left corner is at (x, y).

    Inputs:  data (H, W, C) or (N, H, W, C) with C 1 or 3, any dtype
    Attrs:   x, y, width, height, in pixels
    Outputs: (height, width, C) or (N, height, width, C)
    Raises:  ShapeError for other shapes; ArgumentError for a part that is empty or not inside the image (1.9.1 reads
             memory before the image for negative x or y)
    """
    shape = tuple(data.shape)
    if data.ndim not in (3, 4) or shape[-1] not in (1, 3):
        raise ShapeError(
            f"_image_crop: data has shape {shape}; expected (height, width, channels) with 1 or 3 channels, or with "
            "the images of a batch along a first axis"
        )
    if width <= 0 or height <= 0:
        raise ArgumentError(f"_image_crop: width is {width} and height {height}; expected both greater than 0")
    if min(x, y) < 0 or x + width > shape[-2] or y + height > shape[-3]:
        raise ArgumentError(
            f"_image_crop: x {x} + width {width} and y {y} + height {height} are not inside the image of shape "
            f"{shape}; expected x from 0 to {shape[-2] - width}, y from 0 to {shape[-3] - height}"
        )
    return data[..., y : y + height, x : x + width, :]


def check_image(name: str, data: Tensor) -> None:
    """Raise ``ShapeError`` unless ``data`` is one image of 1 or 3 channels, channels last."""
    if data.ndim != 3 or data.shape[-1] not in (1, 3):
        raise ShapeError(
            f"{name}: data has shape {tuple(data.shape)}; expected one image (height, width, channels) with 1 or 3 "
            "channels"
        )


@op("_image_flip_left_right")
def flip_left_right(data: Tensor) -> Tensor:
    """The image mirrored: left is right.

    Inputs:  data (H, W, C) with C 1 or 3, any dtype
    Outputs: like data. 1.9.1 leaves the middle column of images of odd width unwritten, and its gradient is not
             mirrored back; both are right here
    Raises:  ShapeError for other shapes
    """
    check_image("_image_flip_left_right", data)
    return data.flip(1)


@op("_image_flip_top_bottom")
def flip_top_bottom(data: Tensor) -> Tensor:
    """The image mirrored: top is bottom.

    Inputs:  data (H, W, C) with C 1 or 3, any dtype
    Outputs: like data. 1.9.1 leaves the middle row of images of odd height unwritten, and its gradient is not
             mirrored back; both are right here
    Raises:  ShapeError for other shapes
    """
    check_image("_image_flip_top_bottom", data)
    return data.flip(0)


@op("_image_random_flip_left_right", random=True)
def random_flip_left_right(data: Tensor) -> Tensor:
    """:func:`flip_left_right` half of the time, else the image as it is.

    Inputs:  data (H, W, C) with C 1 or 3, any dtype
    Outputs: like data
    Raises:  ShapeError for other shapes
    """
    check_image("_image_random_flip_left_right", data)
    return _half_the_time(data, 1)


@op("_image_random_flip_top_bottom", random=True)
def random_flip_top_bottom(data: Tensor) -> Tensor:
    """:func:`flip_top_bottom` half of the time, else the image as it is.

    Inputs:  data (H, W, C) with C 1 or 3, any dtype
    Outputs: like data
    Raises:  ShapeError for other shapes
    """
    check_image("_image_random_flip_top_bottom", data)
    return _half_the_time(data, 0)


def _half_the_time(data: Tensor, axis: int) -> Tensor:
    draw = torch.rand((), generator=generator(data.device), dtype=torch.float32, device=data.device)
    return torch.where(draw < 0.5, data.flip(axis), data)  # chosen on the device: nothing waits for the draw
