"""What the weights of a convolution learn, as products of matrices.

With AVX2, oneDNN computes these gradients at a third to two thirds of the speed at which it convolves, and from one
channel, or a few of large images, at a tenth to a third. A product of all gradients with all pixels that a tap of the
kernel meets runs at full speed: here for a row of taps at once, and for all taps if there are few channels.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._kernels.conv_product import Axis, axes
from mxnet._kernels.conv_tiny import gradient_of_data
from mxnet._ops import Shape

_SLOW = torch.backends.cpu.get_cpu_capability() == "AVX2"
"""Whether oneDNN's own way is known to be slow on this processor."""
_LARGE, _FEW = 112 * 112, 32
"""Of fewer channels, only one is worth it for smaller images than this, or fewer outputs."""
_LEAST = ((_LARGE, _FEW), (28 * 28, 64), (0, 256))
"""For images of so many pixels, or more, the number of channels from which on products are faster."""
_LEAST_POINTWISE, _MOST_PIXELS = 128, 28 * 28
"""The same for kernels of one pixel, up to this size of images: oneDNN is as fast with larger ones."""
_MOST_PADDING = 0.3
"""The share of rows added to an image up to which they, which are multiplied too, cost less than is gained."""
_BLOCK = 1 << 20
"""Numbers of pixels, each as often as there are taps in a row, that are multiplied at once: what the caches hold."""
_MOST = 1 << 26
"""The most of one image, a quarter of a gigabyte: no image is cut."""


def worthwhile(data: Tensor, weight: Tensor, stride: Shape, pad: Shape) -> bool:
    """Whether the gradient of ``weight`` (O, C, KH, KW) is worth products, for ``data`` (N, C, H, W)."""
    if not _SLOW:
        return False
    (outputs, channels), taps, pixels = weight.shape[:2], weight.shape[2:].numel(), data.shape[2] * data.shape[3]
    if channels < _FEW:
        large = pixels >= _LARGE and outputs >= _FEW and max(stride, default=1) == 1
        return (channels == 1 or large) and pixels * channels * taps <= _MOST
    if (pad and 2 * pad[0] > _MOST_PADDING * data.shape[2]) or pixels * channels * weight.shape[3] > _MOST:
        return False
    narrow = min(outputs, channels)
    if taps == 1:
        return narrow >= _LEAST_POINTWISE and pixels <= _MOST_PIXELS * math.prod(stride)
    return narrow >= next(channels for size, channels in _LEAST if pixels >= size)


def with_products(
    data: Tensor, weight: Tensor, bias: Tensor | None, stride: Shape, pad: Shape, dilate: Shape
) -> Tensor:
    """The convolution of ``data`` (N, C, H, W), with channels last in memory unless they are few."""
    made: Tensor = _Convolution.apply(data, weight, bias, (stride or (1, 1), pad or (0, 0), dilate or (1, 1)))
    return made


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, data: Tensor, weight: Tensor, bias: Tensor | None, window: tuple[Shape, Shape, Shape]
    ) -> Tensor:
        ctx.save_for_backward(data, weight)
        ctx.window = window
        return torch.conv2d(data, weight, bias, *window)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        data, weight = ctx.saved_tensors
        for_data, for_weight, for_bias = ctx.needs_input_grad[:3]
        product = for_weight and not torch.is_grad_enabled()  # torch's own can be differentiated again
        images = taps = None
        if for_data and product and weight.shape[1] == 1 and max(ctx.window[2]) == 1:  # two to four times as fast
            images = gradient_of_data(grad, data, weight, *ctx.window[:2])
        elif for_data or (for_weight and not product):
            wanted = [for_data, for_weight and not product, False]
            images, taps, _ = torch.ops.aten.convolution_backward(
                grad, data, weight, None, *ctx.window, False, (0, 0), 1, wanted
            )
        if product:
            down, across = axes(data.shape, weight.shape, *ctx.window)
            of_weight = _of_few if weight.shape[1] < _FEW else _of_many
            taps = of_weight(grad.permute(0, 2, 3, 1), data, down, across)
        return images, taps, grad.sum((0, 2, 3)) if for_bias else None, None


def _of_many(grad: Tensor, data: Tensor, down: Axis, across: Axis) -> Tensor:
    """The gradient (O, C, KH, KW), from those of the outputs (N, Y, X, O) and the images (N, C, H, W)."""
    data = data.permute(0, 2, 3, 1)
    (images, height, width, outputs), channels = grad.shape, data.shape[3]
    if all((axis.kernel, axis.stride, axis.pad) == (1, 1, 0) for axis in (down, across)):
        grad, data = grad.reshape(-1, outputs), data.reshape(-1, channels)
        made = torch.mm(grad.t(), data) if outputs >= channels else torch.mm(data.t(), grad).t()
        return made.reshape(outputs, channels, 1, 1)
    # The rows that taps one stride apart meet follow each other, and below each image, and below its gradients, are
    # rows of zeros: so such a tap meets the pixel that lies a row later, or zeros, all over a block of images.
    every = down._replace(kernel=1, dilate=1)
    rows, starts = every.positions, [divmod(tap * down.dilate, down.stride) for tap in range(down.kernel)]
    leads = {lead for _, lead in starts}
    size = max(1, min(images, _BLOCK // (rows * width * across.kernel * channels)))
    beside = data.new_zeros((max(leads) + 1, size, rows, width, across.kernel, channels))
    padded = grad.new_zeros((size, rows, width, outputs))
    taps = grad.new_zeros((down.kernel, outputs, across.kernel * channels))
    meetings = [(lead, tap, every.meeting(lead), across.meeting(tap)) for lead in leads for tap in range(across.kernel)]
    for at in range(0, images, size):
        some = slice(images - at)
        for lead, tap, row, column in meetings:
            if row and column:
                beside[lead, some, row[0], column[0], tap] = data[at : at + size, row[1], column[1]]
        padded[some, :height] = grad[at : at + size]
        learned = padded[some].view(-1, outputs).t()
        count = learned.shape[1] - starts[-1][0] * width
        for tap, (later, lead) in enumerate(starts):
            met = beside[lead, some].view(-1, taps.shape[2])[later * width :]
            taps[tap].addmm_(learned[:, :count], met[:count])
    return taps.view(down.kernel, outputs, across.kernel, channels).permute(1, 3, 0, 2).contiguous()


def _of_few(grad: Tensor, data: Tensor, down: Axis, across: Axis) -> Tensor:
    """The same for few channels: a product for a block of images, with all that the kernel meets in them."""
    (images, height, width, outputs), channels = grad.shape, data.shape[1]
    padded = F.pad(data.contiguous(), (across.pad, across.pad, down.pad, down.pad))
    image, channel, row, column = padded.stride()
    met = padded.as_strided(
        (channels, down.kernel, across.kernel, images, height, width),
        (channel, row * down.dilate, column * across.dilate, image, row * down.stride, column * across.stride),
    )
    taps = grad.new_zeros((channels * down.kernel * across.kernel, outputs))
    size = max(1, _BLOCK // (height * width * len(taps)))
    for at in range(0, images, size):
        some = slice(at, at + size)
        taps.addmm_(met[:, :, :, some].reshape(len(taps), -1), grad[some].reshape(-1, outputs))
    return taps.t().reshape(outputs, channels, down.kernel, across.kernel)
