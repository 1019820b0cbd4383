"""What the weights of a wide convolution learn, as products of matrices.

With AVX2, oneDNN computes these gradients at a third to two thirds of the speed at which it convolves. A product of all
gradients with all pixels that a tap of the kernel meets runs at full speed: here for a row of taps at once.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mxnet._ops import Shape

_SLOW = torch.backends.cpu.get_cpu_capability() == "AVX2"
"""Whether oneDNN's own way is known to be slow on this processor."""
_LEAST = ((112 * 112, 32), (28 * 28, 64), (0, 256))
"""For images of so many pixels, or more, the number of channels from which on products are faster."""
_LEAST_POINTWISE, _MOST_PIXELS = 128, 28 * 28
"""The same for kernels of one pixel, up to this size of images: oneDNN is as fast with larger ones."""
_BLOCK = 1 << 20
"""Pixels, each as often as there are taps in a row, that are multiplied at once: what the caches hold."""


def worthwhile(data: Tensor, weight: Tensor, stride: Shape, dilate: Shape) -> bool:
    """Whether the gradient of ``weight`` (O, C, KH, KW) is worth products, for ``data`` (N, C, H, W)."""
    if not _SLOW or max(stride, default=1) > 1 or max(dilate, default=1) > 1:
        return False
    narrow, pixels = min(weight.shape[:2]), data.shape[2] * data.shape[3]
    if weight.shape[2:].numel() == 1:
        return narrow >= _LEAST_POINTWISE and pixels <= _MOST_PIXELS
    return narrow >= next(channels for size, channels in _LEAST if pixels >= size)


def with_products(data: Tensor, weight: Tensor, bias: Tensor | None, pad: Shape) -> Tensor:
    """The convolution of ``data`` (N, C, H, W), channels last in memory, of stride 1."""
    made: Tensor = _Convolution.apply(data, weight, bias, pad or (0, 0))
    return made


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, data: Tensor, weight: Tensor, bias: Tensor | None, pad: Shape) -> Tensor:
        ctx.save_for_backward(data, weight)
        ctx.pad = pad
        return torch.conv2d(data, weight, bias, 1, pad)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        data, weight = ctx.saved_tensors
        for_data, for_weight, for_bias = ctx.needs_input_grad[:3]
        product = for_weight and not torch.is_grad_enabled()  # torch's own can be differentiated again
        images = taps = None
        if for_data or (for_weight and not product):
            wanted = [for_data, for_weight and not product, False]
            images, taps, _ = torch.ops.aten.convolution_backward(
                grad, data, weight, None, (1, 1), ctx.pad, (1, 1), False, (0, 0), 1, wanted
            )
        if product:
            taps = _of_weight(grad.permute(0, 2, 3, 1), data.permute(0, 2, 3, 1), weight.shape[2:], ctx.pad)
        return images, taps, grad.sum((0, 2, 3)) if for_bias else None, None


def _of_weight(grad: Tensor, data: Tensor, kernel: Shape, pad: Shape) -> Tensor:
    """The gradient (O, C, KH, KW), from those of the outputs (N, Y, X, O) and the images (N, H, W, C)."""
    (images, height, width, outputs), channels = grad.shape, data.shape[3]
    if kernel == (1, 1) and not any(pad):
        grad, data = grad.reshape(-1, outputs), data.reshape(-1, channels)
        made = torch.mm(grad.t(), data) if outputs >= channels else torch.mm(data.t(), grad).t()
        return made.reshape(outputs, channels, 1, 1)
    # Below each image, and below its gradients, are rows of zeros: so in a block of images a tap further down meets the
    # pixel that lies a row later, or zeros, all over.
    rows = data.shape[1] + 2 * pad[0]
    size = max(1, min(images, _BLOCK // (rows * width * kernel[1] * channels)))
    beside = data.new_zeros((size, rows, width, kernel[1], channels))
    padded = grad.new_zeros((size, rows, width, outputs))
    taps = grad.new_zeros((kernel[0], outputs, kernel[1] * channels))
    for at in range(0, images, size):
        met, learned = beside[: images - at], padded[: images - at]
        for tap in range(kernel[1]):
            shift = tap - pad[1]
            first = max(0, -shift)
            last = max(first, min(width, data.shape[2] - shift))
            pixels = data[at : at + size, :, first + shift : last + shift]
            met[:, pad[0] : rows - pad[0], first:last, tap] = pixels
        learned[:, :height] = grad[at : at + size]
        met, learned = met.view(-1, taps.shape[2]), learned.view(-1, outputs).t()
        count = len(met) - (kernel[0] - 1) * width
        for tap in range(kernel[0]):
            taps[tap].addmm_(learned[:, :count], met[tap * width :][:count])
    return taps.view(kernel[0], outputs, kernel[1], channels).permute(1, 3, 0, 2).contiguous()
