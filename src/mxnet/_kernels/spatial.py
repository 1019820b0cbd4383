"""Sampling and resizing of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet._kernels.nn import Sizes
from mxnet._ops import Positive, Shape, op
from mxnet._runtime.dtypes import NAME


def check_floats(who: str, **tensors: Tensor | None) -> None:
    """Raise DTypeError unless all of ``tensors`` have one floating point dtype."""
    given = {name: t.dtype for name, t in tensors.items() if t is not None}
    dtypes = set(given.values())
    if len(dtypes) > 1 or not all(d.is_floating_point for d in dtypes):
        got = ", ".join(f"{name} {NAME[d]}" for name, d in given.items())
        raise DTypeError(f"{who}: got {got}, expected one floating point dtype; cast with astype()")


def check_dims(who: str, name: str, tensor: Tensor, expected: str) -> None:
    """Raise ShapeError unless ``tensor`` has as many dimensions as the words of ``expected``, its axes."""
    if tensor.dim() != len(expected.split()):
        raise ShapeError(f"{who}: {name} has shape {tuple(tensor.shape)}, expected ({', '.join(expected.split())})")


def _told_sampler(data: Shape, grid: Shape, **_: Any) -> Shape | None:
    if len(data) != 4 or len(grid) != 4 or 0 in data + grid or grid[:2] != (data[0], 2):
        return None
    return data[:2] + grid[2:]


@op("BilinearSampler", outputs=("output", "tmp"), visible=1, told=_told_sampler)
def bilinear_sampler(data: Tensor, grid: Tensor, *, cudnn_off: bool | None = None) -> tuple[Tensor, ...]:
    """Look up ``data`` at the places of ``grid``, interpolating between pixels.

    Inputs:  data (N, C, H, W) float; grid (N, 2, h, w) like it, x and y: -1 and 1 are the centres of the first and
             the last pixel. Pixels outside of data are zero
    Attrs:   cudnn_off has no effect
    Outputs: (N, C, h, w)
    Raises:  ShapeError if grid is not (N, 2, h, w); DTypeError
    Source:  Jaderberg et al., NIPS 2015; behaviour of MXNet 1.9.1
    """
    who = "BilinearSampler"
    check_dims(who, "data", data, "N C H W")
    check_dims(who, "grid", grid, "N 2 h w")
    check_floats(who, data=data, grid=grid)
    if grid.shape[0] != data.shape[0] or grid.shape[1] != 2:
        raise ShapeError(
            f"{who}: grid has shape {tuple(grid.shape)}, expected ({data.shape[0]}, 2, h, w) from data "
            f"{tuple(data.shape)}"
        )
    return (F.grid_sample(data, grid.permute(0, 2, 3, 1), align_corners=True),)


def _check_target(who: str, target: Shape) -> None:
    if len(target) != 2 or min(target) < 1:
        raise ArgumentError(f"{who}: target_shape is {target}, expected the positive height and width of the output")


def _places(count: int, like: Tensor) -> Tensor:
    """``count`` places from -1 to 1; one place is in the middle."""
    if count == 1:
        return like.new_zeros(1)
    return torch.arange(count, dtype=like.dtype, device=like.device) * (2 / (count - 1)) - 1


def _affine_grid(who: str, matrix: Tensor, target: Shape) -> Tensor:
    """The places (N, 2, h, w) where 2 x 3 matrices, as rows of six numbers, take a grid of size ``target``."""
    check_dims(who, "the affine matrix", matrix, "N 6")
    _check_target(who, target)
    if matrix.shape[1] != 6:
        raise ShapeError(f"{who}: the affine matrix has shape {tuple(matrix.shape)}, expected (N, 6)")
    height, width = target
    x = _places(width, matrix).expand(height, width)
    y = _places(height, matrix).unsqueeze(1).expand(height, width)
    points = torch.stack((x, y, torch.ones_like(x))).view(3, height * width)
    return (matrix.reshape(-1, 2, 3) @ points).view(-1, 2, height, width)


def _told_affine(matrix: Shape, target: Shape) -> Shape | None:
    return (matrix[0], 2, *target) if len(matrix) == len(target) == 2 and matrix[1] == 6 and min(target) > 0 else None


def _told_grid(data: Shape, *, transform_type: str, target_shape: Shape) -> Shape | None:
    if transform_type == "affine":
        return _told_affine(data, target_shape)
    return data if len(data) == 4 and data[1] == 2 else None


@op("GridGenerator", outputs=("output", "grid_dst"), visible=1, told=_told_grid)
def grid_generator(
    data: Tensor, *, transform_type: Literal["affine", "warp"], target_shape: Shape = (0, 0)
) -> tuple[Tensor, ...]:
    """Places for BilinearSampler.

    Inputs:  affine: data (N, 6), a 2 x 3 matrix that takes x, y and 1 in the output to x and y in the image; warp:
             data (N, 2, H, W), how far in pixels x and y of the image lie from those of the output
    Attrs:   target_shape, (h, w) of the output, required for affine and without effect for warp
    Outputs: (N, 2, h, w): x and y, both from -1 to 1
    Raises:  ShapeError if data has another shape; ArgumentError if target_shape has not two positive numbers;
             DTypeError
    Source:  Jaderberg et al., NIPS 2015; behaviour of MXNet 1.9.1, which knows only float32, and makes NaN of a grid
             one pixel wide: here that pixel is in the middle
    """
    who = "GridGenerator"
    check_floats(who, data=data)
    if transform_type == "affine":
        return (_affine_grid(who, data, target_shape),)
    check_dims(who, "data", data, "N 2 H W")
    if data.shape[1] != 2:
        raise ShapeError(f"{who}: data has shape {tuple(data.shape)}, expected (N, 2, H, W) for a warp")
    height, width = data.shape[2:]
    x = torch.arange(width, dtype=data.dtype, device=data.device).expand(height, width)
    y = torch.arange(height, dtype=data.dtype, device=data.device).unsqueeze(1).expand(height, width)
    half = [max(width - 1, 1) / 2, max(height - 1, 1) / 2]
    return ((data + torch.stack((x, y))) / data.new_tensor(half).view(2, 1, 1) - 1,)


def _fill_transformer(data: Sizes, loc: Sizes = None, **_: Any) -> tuple[Sizes, Sizes]:
    return data, (data[0], 6) if data else loc


def _told_transformer(data: Shape, loc: Shape, *, target_shape: Shape, **_: Any) -> Shape | None:
    grid = _told_affine(loc, target_shape)
    return None if grid is None else _told_sampler(data, grid)


@op(
    "SpatialTransformer",
    outputs=("output", "grid_dst", "grid_src"),
    visible=1,
    fill=_fill_transformer,
    told=_told_transformer,
)
def spatial_transformer(
    data: Tensor,
    loc: Tensor,
    *,
    target_shape: Shape = (0, 0),
    transform_type: Literal["affine"],
    sampler_type: Literal["bilinear"],
    cudnn_off: bool | None = None,
) -> tuple[Tensor, ...]:
    """Rotate, stretch and shift images: BilinearSampler at the places that GridGenerator makes from ``loc``.

    Inputs:  data (N, C, H, W) float; loc (N, 6) like it, a 2 x 3 matrix that takes x, y and 1 in the output to x and
             y in data, all from -1 to 1
    Attrs:   target_shape, (h, w) of the output; cudnn_off has no effect
    Outputs: (N, C, h, w)
    Raises:  ShapeError if loc is not (N, 6); ArgumentError if target_shape has not two positive numbers; DTypeError
    Source:  Jaderberg et al., NIPS 2015; behaviour of MXNet 1.9.1. An output one pixel wide is NaN there; see
             GridGenerator
    """
    who = "SpatialTransformer"
    check_dims(who, "data", data, "N C H W")
    check_floats(who, data=data, loc=loc)
    grid = _affine_grid(who, loc, target_shape)
    if len(grid) != len(data):
        raise ShapeError(
            f"{who}: loc has shape {tuple(loc.shape)}, expected ({len(data)}, 6) from data {tuple(data.shape)}"
        )
    return (F.grid_sample(data, grid.permute(0, 2, 3, 1), align_corners=True),)


def _told_adaptive(data: Shape, *, output_size: Shape) -> Shape | None:
    size = output_size or (1,)
    if len(data) != 4 or 0 in data or len(size) > 2 or min(size) < 1:
        return None
    return (*data[:2], size[0], size[-1])


@op("_contrib_AdaptiveAvgPooling2D", told=_told_adaptive)
def adaptive_avg_pooling(data: Tensor, *, output_size: Shape = ()) -> Tensor:
    """Means of windows, as equal in size as possible, whose number gives the output the given size.

    Inputs:  data (N, C, H, W) float
    Attrs:   output_size, one number or height and width; one pixel if not given
    Outputs: (N, C, *output_size)
    Raises:  ArgumentError if output_size has more than two numbers or a negative one (1.9.1 takes three for none);
             ShapeError; DTypeError
    Source:  behaviour of MXNet 1.9.1
    """
    who = "AdaptiveAvgPooling2D"
    check_dims(who, "data", data, "N C H W")
    check_floats(who, data=data)
    size = output_size or (1,)
    if len(size) > 2 or min(size) < 0:
        raise ArgumentError(f"{who}: output_size is {output_size}, expected one number, or height and width")
    return F.adaptive_avg_pool2d(data, (size[0], size[-1]))


_Mode = Literal["like", "odd_scale", "size", "to_even_down", "to_even_up", "to_odd_down", "to_odd_up"]


def _scaled(size: int, scale: float | None, odd: bool) -> int:
    if scale is None or scale < 0:
        raise ArgumentError(
            f"BilinearResize2D: a scale is {scale}, expected scale_height and scale_width, both not negative"
        )
    odd = odd and size % 2 == 1
    # in float32, as in 1.9.1: 0.29 of 100 is 29 pixels, not 28
    return int(np.float32(size - odd) * np.float32(scale)) + odd


def _resized(
    size: Sequence[int],
    like: Sequence[int] | None,
    mode: _Mode,
    given: Shape,
    scales: tuple[float | None, float | None],
) -> Shape:
    """The height and width that BilinearResize2D makes of ``size``."""
    if like is not None:
        return tuple(like[2:])
    if mode == "odd_scale" or (mode == "size" and scales[0] is not None):
        return tuple(_scaled(n, s, mode == "odd_scale") for n, s in zip(size, scales, strict=True))
    if mode == "size":
        return given
    step = 1 if mode.endswith("_up") else -1
    return tuple(n if n % 2 == mode.startswith("to_odd") else n + step for n in size)


def _told_resize(
    data: Shape,
    *like: Shape,
    height: int,
    width: int,
    scale_height: float | None,
    scale_width: float | None,
    mode: _Mode,
    **_: Any,
) -> Shape | None:
    if len(data) != 4 or 0 in data or [len(s) for s in like] != [4] * (mode == "like"):
        return None
    scales = scale_height, scale_width
    scaled = mode == "odd_scale" or (mode == "size" and scale_height is not None)
    if scaled and any([s is None or s < 0 for s in scales]):
        return None
    size = _resized(data[2:], like[0] if like else None, mode, (height, width), scales)
    return (*data[:2], *size) if min(size) > 0 else None


@op(
    "_contrib_BilinearResize2D",
    inputs=lambda a: ("data", "like") if a.mode == "like" else ("data",),
    told=_told_resize,
)
def bilinear_resize(
    data: Tensor,
    like: Tensor | None = None,
    *,
    height: Positive = 1,
    width: Positive = 1,
    scale_height: float | None = None,
    scale_width: float | None = None,
    mode: _Mode = "size",
    align_corners: bool = True,
) -> Tensor:
    """Resize images, interpolating between pixels.

    Inputs:  data (N, C, H, W) float; like, four dimensions, for mode like
    Attrs:   mode, the size of the output: size, the given height and width, or with scale_height both scales times
             that of data (scale_width alone has no effect); odd_scale, the same, but an odd size less one is scaled,
             and one added; like, that of ``like``; to_even_down to to_odd_up, the nearest even or odd number not
             above or not below that of data. align_corners, whether the centres of the outermost pixels stay where
             they are, rather than the edges of the image
    Outputs: (N, C, h, w). An axis of one pixel is that of the first pixels of data
    Raises:  ArgumentError if a scale is missing or negative; InputTypeError if ``like`` is missing, or given in another
             mode; ShapeError; DTypeError
    Source:  behaviour of MXNet 1.9.1
    """
    who = "BilinearResize2D"
    check_dims(who, "data", data, "N C H W")
    check_floats(who, data=data)
    if (like is None) == (mode == "like"):
        got = "no" if like is None else "an"
        raise InputTypeError(f"{who}: got {got} array for like with mode={mode!r}; it goes with mode='like' only")
    if like is not None:
        check_dims(who, "like", like, "N C H W")
    target = None if like is None else like.shape
    size = _resized(data.shape[2:], target, mode, (height, width), (scale_height, scale_width))
    if 0 in size:
        return data.new_zeros(*data.shape[:2], *size)
    if not align_corners:
        data = data[:, :, : 1 if size[0] == 1 else None, : 1 if size[1] == 1 else None]
    if data.shape[2:] == size:
        return data.clone(memory_format=torch.contiguous_format)
    return F.interpolate(data, size, mode="bilinear", align_corners=align_corners)
