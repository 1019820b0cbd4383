"""Brightness, contrast, saturation, hue and lighting of images, by chance.

All are computed in float32 (float64 for such images). Integers are cut off, not rounded, and uint8 stays within 0 to
255, as in 1.9.1. Gradients are those of the values; in 1.9.1 they are all one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError
from mxnet._ops import Floats, op
from mxnet._ops.types import AtLeast
from mxnet._runtime.random import generator

from .image import check_image

_Factor = Annotated[float, AtLeast(0)]
_Change = Callable[[Tensor, Tensor], Tensor]

_GRAY = (0.299, 0.587, 0.114)
_LIGHT = (
    (55.46 * -0.5675, 4.794 * 0.7192, 1.148 * 0.4009),
    (55.46 * -0.5808, 4.794 * -0.0045, 1.148 * -0.8140),
    (55.46 * -0.5836, 4.794 * -0.6948, 1.148 * 0.4203),
)
"""Principal components of the colours of ImageNet, each times the root of its variance; rows are red, green, blue."""


@op("_image_random_brightness", random=True)
def random_brightness(data: Tensor, *, min_factor: _Factor, max_factor: _Factor) -> Tensor:
    """``data * factor``, the factor drawn from [min_factor, max_factor].

    Inputs:  data (H, W, C) with C 1 or 3, any dtype
    Outputs: like data
    Raises:  ShapeError for other shapes; ArgumentError for a negative factor
    """
    return _by_chance("_image_random_brightness", data, min_factor, max_factor, _brighten)


@op("_image_random_contrast", random=True)
def random_contrast(data: Tensor, *, min_factor: _Factor, max_factor: _Factor) -> Tensor:
    """``data * factor + gray * (1 - factor)``, gray the mean of the image, the factor from [min_factor, max_factor].

    Inputs:  data (H, W, C) with C 1 or 3, any dtype
    Outputs: like data
    Raises:  ShapeError for other shapes; ArgumentError for a negative factor
    """
    return _by_chance("_image_random_contrast", data, min_factor, max_factor, _contrast)


@op("_image_random_saturation", random=True)
def random_saturation(data: Tensor, *, min_factor: _Factor, max_factor: _Factor) -> Tensor:
    """``data * factor + gray * (1 - factor)``, gray that of each pixel, the factor from [min_factor, max_factor].

    Inputs:  data (H, W, C) with C 1 or 3, any dtype
    Outputs: like data; an image of one channel as it is. 1.9.1 uses the share of blue in the gray for the whole gray,
             so that its images darken; here gray is 0.299 red + 0.587 green + 0.114 blue
    Raises:  ShapeError for other shapes; ArgumentError for a negative factor
    """
    return _by_chance("_image_random_saturation", data, min_factor, max_factor, _saturate)


@op("_image_random_hue", random=True)
def random_hue(data: Tensor, *, min_factor: _Factor, max_factor: _Factor) -> Tensor:
    """Hues turned by a factor drawn from [min_factor, max_factor]; 0 and 1, the whole circle, change nothing.

    Inputs:  data (H, W, C) with C 1 or 3, values from 0 to 255 in any dtype
    Outputs: like data; an image of one channel as it is (1.9.1 leaves its memory unwritten)
    Raises:  ShapeError for other shapes; ArgumentError for a negative factor
    """
    return _by_chance("_image_random_hue", data, min_factor, max_factor, _turn_hue)


@op("_image_random_color_jitter", random=True)
def random_color_jitter(
    data: Tensor, *, brightness: _Factor, contrast: _Factor, saturation: _Factor, hue: _Factor
) -> Tensor:
    """The four random changes in an order drawn each time.

    Inputs:  data (H, W, C) with C 1 or 3, any dtype
    Attrs:   brightness, contrast, saturation: each factor is drawn from [max(0, 1 - a), 1 + a]; hue: from [-a, a];
             0 leaves the change out
    Outputs: like data. 1.9.1 leaves them unwritten when nothing is to be changed
    Raises:  ShapeError for other shapes; ArgumentError for a negative attribute
    """
    name = "_image_random_color_jitter"
    check_image(name, data)
    if data.is_meta:
        return torch.empty_like(data)
    spans = ((brightness, _brighten), (contrast, _contrast), (saturation, _saturate))
    steps: list[tuple[float, float, _Change]] = [(max(0.0, 1 - a), 1 + a, change) for a, change in spans if a > 0]
    if hue > 0:
        steps.append((-hue, hue, _turn_hue))
    # the order is drawn on the host, so that no device has to be waited for
    for i in torch.randperm(len(steps), generator=generator(torch.device("cpu"))).tolist():
        data = _by_chance(name, data, *steps[i])
    return data


@op("_image_adjust_lighting")
def adjust_lighting(data: Tensor, *, alpha: Floats) -> Tensor:
    """Light of another colour: ``alpha`` times the principal components of ImageNet's colours is added.

    Inputs:  data (H, W, C) with C 1 or 3, any dtype
    Attrs:   alpha, three numbers; more are ignored as in 1.9.1
    Outputs: like data; an image of one channel as it is (1.9.1 leaves its memory unwritten)
    Raises:  ShapeError for other shapes; ArgumentError for less than three numbers
    Source:  Krizhevsky, Sutskever, Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", 2012
    """
    check_image("_image_adjust_lighting", data)
    if len(alpha) < 3:
        raise ArgumentError(f"_image_adjust_lighting: alpha is {alpha}; expected three numbers")
    dtype = torch.float64 if data.dtype is torch.float64 else torch.float32
    return _lighten(data, torch.tensor(alpha[:3], dtype=dtype, device=data.device))


@op("_image_random_lighting", random=True)
def random_lighting(data: Tensor, *, alpha_std: float = 0.05) -> Tensor:
    """:func:`adjust_lighting` by normal numbers of mean 0 and deviation ``alpha_std``.

    Inputs:  data (H, W, C) with C 1 or 3, any dtype
    Outputs: like data; an image of one channel as it is
    Raises:  ShapeError for other shapes
    """
    check_image("_image_random_lighting", data)
    draws = torch.randn(3, generator=generator(data.device), dtype=torch.float32, device=data.device)
    return _lighten(data, draws * alpha_std)


def _by_chance(name: str, data: Tensor, low: float, high: float, change: _Change) -> Tensor:
    check_image(name, data)
    draw = torch.rand((), generator=generator(data.device), dtype=torch.float32, device=data.device)
    return _as(change(_real(data), low + (high - low) * draw), data)


def _real(data: Tensor) -> Tensor:
    return data if data.dtype is torch.float64 else data.to(torch.float32)


def _as(values: Tensor, data: Tensor) -> Tensor:
    """``values`` in the dtype of ``data``."""
    return (values.clamp(0, 255) if data.dtype is torch.uint8 else values).to(data.dtype)


def _gray(data: Tensor) -> Tensor:
    """Brightness of each pixel, (H, W, 1)."""
    if data.shape[-1] == 1:
        return data
    return (data * torch.tensor(_GRAY, dtype=data.dtype, device=data.device)).sum(-1, keepdim=True)


def _brighten(data: Tensor, factor: Tensor) -> Tensor:
    return data * factor


def _contrast(data: Tensor, factor: Tensor) -> Tensor:
    return data * factor + _gray(data).mean() * (1 - factor)


def _saturate(data: Tensor, factor: Tensor) -> Tensor:
    return data if data.shape[-1] == 1 else data * factor + _gray(data) * (1 - factor)


def _lighten(data: Tensor, alpha: Tensor) -> Tensor:
    if data.shape[-1] == 1:
        return data.clone()
    components = torch.tensor(_LIGHT, dtype=alpha.dtype, device=data.device)
    return _as(_real(data) + components @ alpha, data)


def _turn_hue(data: Tensor, turn: Tensor) -> Tensor:
    """``data`` with its hue moved by ``turn`` of the circle, lightness and saturation kept.

    There and back by the formulas of the HLS colour space, rounding in 1.9.1's order so that pixels are the same.
    """
    if data.shape[-1] == 1:
        return data
    hue, light, saturation = _to_hls(data / 255)
    bright = torch.where(light <= 0.5, light * (1 + saturation), light + saturation - light * saturation)
    dark = 2 * light - bright
    sixth = torch.remainder((hue + turn * 360) * (6 / 360), 6)
    sector = sixth.floor()
    span, part = bright - dark, sixth - sector
    levels = torch.stack((bright, dark, dark + span * (1 - part), dark + span * part), -1)
    # for each sixth of the circle, which of the levels red, green and blue have
    order = torch.tensor(
        ((0, 3, 1), (2, 0, 1), (1, 0, 3), (1, 2, 0), (3, 1, 0), (0, 1, 2)), dtype=torch.int64, device=data.device
    )
    return levels.gather(-1, order[sector.long() % 6]) * 255  # the remainder of a tiny negative number is 6


def _to_hls(data: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hue in degrees, lightness and saturation of colours from 0 to 1."""
    red, green, blue = data.unbind(-1)
    high = torch.maximum(torch.maximum(red, green), blue)
    low = torch.minimum(torch.minimum(red, green), blue)
    light, span = (high + low) * 0.5, high - low
    gray = span <= torch.finfo(torch.float32).eps
    total = torch.where(light < 0.5, high + low, 2 - high - low)
    saturation = torch.where(gray, 0, span / torch.where(gray, 1, total))
    # of gray any hue is right; a number above the line would be multiplied by the reciprocal, and round twice
    each = torch.full_like(span, 60) / torch.where(gray, 1, span)
    hue = torch.where(
        high == red,
        (green - blue) * each,
        torch.where(high == green, (blue - red) * each + 120, (red - green) * each + 240),
    )
    return torch.where(hue < 0, hue + 360, hue), light, saturation
