"""Upsampling of images."""

from __future__ import annotations

from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import InputTypeError, ShapeError
from mxnet._kernels.nn import Sizes
from mxnet._kernels.pooling import WindowSum
from mxnet._ops import Count, Positive, Shape, op


def _upsampling_inputs(a: Any) -> tuple[str, ...]:
    if a.sample_type == "bilinear":
        return ("data", "weight")
    return tuple(f"arg{i}" for i in range(a.num_args))


def _fill_upsampling(*shapes: Sizes, scale: int, sample_type: str, num_filter: int, **_: Any) -> tuple[Sizes, ...]:
    if sample_type == "bilinear" and len(shapes) == 2:
        size = 2 * scale - scale % 2
        channels = num_filter or (shapes[0][1] if shapes[0] else 0)
        return shapes[0], (channels, 1, size, size)
    return shapes


def _bilinear(data: Tensor, weight: Tensor, scale: int, num_filter: int) -> Tensor:
    channels = data.shape[1]
    size = 2 * scale - scale % 2
    if num_filter not in (0, channels) or weight.shape != (channels, 1, size, size):
        raise ShapeError(
            f"UpSampling: weight has shape {tuple(weight.shape)} and num_filter is {num_filter}, expected "
            f"({channels}, 1, {size}, {size}) and {channels} from data {tuple(data.shape)} and scale={scale}"
        )
    return torch.conv_transpose2d(data, weight, None, scale, scale // 2, 0, channels)


class _Blocks(torch.autograd.Function):
    """Enlarge each pixel to a block. On CPUs torch's own kernel is not vectorised when channels come first."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, down: int, across: int) -> Tensor:
        ctx.block = down, across
        n, c, height, width = image.shape
        rows = image.unsqueeze(-1).expand(n, c, height, width, across).reshape(n, c, height, 1, width * across)
        return rows.expand(n, c, height, down, width * across).reshape(n, c, height * down, width * across)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        return WindowSum.apply(grad, ctx.block, ctx.block), None, None


def _repeated(image: Tensor, down: int, across: int) -> Tensor:
    if image.is_cpu and image.is_contiguous():
        blocks: Tensor = _Blocks.apply(image, down, across)
        return blocks
    return F.interpolate(image, scale_factor=(down, across), mode="nearest")


_BILINEAR = '["bilinear", {}]'


def _told(data: Shape, *others: Shape, scale: int, sample_type: str, num_filter: int, **_: Any) -> Shape | None:
    if len(data) != 4 or 0 in data:
        return None
    size = 2 * scale - scale % 2
    if others != (((data[1], 1, size, size),) if sample_type == "bilinear" else ()):
        return None
    if sample_type == "bilinear" and num_filter not in (0, data[1]):
        return None
    return (*data[:2], scale * data[2], scale * data[3])


@op(
    "UpSampling",
    inputs=_upsampling_inputs,
    fill=_fill_upsampling,
    told=_told,
    num_args="num_args",
    initial={"weight": _BILINEAR, "arg1": _BILINEAR},
)
def upsampling(
    *data: Tensor,
    scale: Positive,
    num_filter: Count = 0,
    sample_type: Literal["bilinear", "nearest"],
    multi_input_mode: Literal["concat", "sum"] = "concat",
    num_args: int = 1,
    workspace: Count = 512,
) -> Tensor:
    """Enlarge images ``scale`` times.

    Inputs:  nearest: images (N, C, H, W), all of which become ``scale`` times as large as the first; bilinear: an
             image and a weight (C, 1, K, K), K = 2 scale - scale % 2, the kernel of a deconvolution by ``scale``
    Attrs:   num_filter, the number of channels, for bilinear; multi_input_mode, how several images become one: concat
             along the channels, or sum; num_args, the number of inputs; workspace has no effect
    Outputs: (N, C, scale H, scale W), C the sum of all with concat
    Raises:  ShapeError if weight does not fit, or a size does not divide the output's
    Source:  behaviour of MXNet 1.9.1
    """
    if sample_type == "bilinear":
        if len(data) != 2:
            raise InputTypeError(f"UpSampling: got {len(data)} inputs, expected an image and a weight for bilinear")
        return _bilinear(data[0], data[1], scale, num_filter)
    height, width = data[0].shape[2] * scale, data[0].shape[3] * scale
    images = []
    for image in data:
        if height % image.shape[2] or width % image.shape[3]:
            raise ShapeError(
                f"UpSampling: an image has shape {tuple(image.shape)}, expected sizes that divide {(height, width)}"
            )
        images.append(_repeated(image, height // image.shape[2], width // image.shape[3]))
    if len(images) == 1:
        return images[0]
    return torch.cat(images, 1) if multi_input_mode == "concat" else torch.stack(images).sum(0)
