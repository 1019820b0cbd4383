"""Discrete Fourier transforms, and the count sketch. 1.9.1 has them on GPUs only; here they run on every device."""

from __future__ import annotations

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._ops import Positive, op


def _wide(data: Tensor) -> Tensor:
    """``data`` in a dtype that has a complex counterpart."""
    return data if data.dtype in (torch.float32, torch.float64) else data.to(torch.float32)


@op("_contrib_fft")
def fft(data: Tensor, *, compute_size: Positive = 128) -> Tensor:
    """Fourier transform of real numbers along the last axis.

    Inputs:  data (..., D), of any rank: 1.9.1 takes 2 and 4
    Attrs:   compute_size has no effect: the transforms are done at once
    Outputs: (..., 2 D): real and imaginary part of each coefficient, one after the other
    Source:  behaviour of MXNet 1.9.1
    """
    return torch.view_as_real(torch.fft.fft(_wide(data))).flatten(-2).to(data.dtype)


@op("_contrib_ifft")
def ifft(data: Tensor, *, compute_size: Positive = 128) -> Tensor:
    """Real part of the inverse Fourier transform along the last axis, not divided by its size.

    Inputs:  data (..., 2 D), of any rank: real and imaginary part of each coefficient, one after the other
    Attrs:   compute_size has no effect: the transforms are done at once
    Outputs: (..., D), D times the mathematical inverse
    Raises:  ShapeError if the last dimension is odd
    Source:  behaviour of MXNet 1.9.1
    """
    if data.dim() == 0 or data.shape[-1] % 2:
        raise ShapeError(
            f"ifft: data has shape {tuple(data.shape)}, expected an even last dimension of pairs: real, imaginary"
        )
    pairs = torch.view_as_complex(_wide(data).unflatten(-1, (-1, 2)).contiguous())
    return torch.fft.ifft(pairs, norm="forward").real.to(data.dtype)


@op("_contrib_count_sketch")
def count_sketch(data: Tensor, h: Tensor, s: Tensor, *, out_dim: Positive, processing_batch_size: int = 32) -> Tensor:
    """Project rows to fewer numbers: ``out[..., h[i]] += s[i] * data[..., i]``.

    Inputs:  data (..., D); h (1, D), places in [0, out_dim); s (1, D), signs 1 and -1. h and s get no gradient
    Attrs:   processing_batch_size has no effect: all rows are done at once
    Outputs: (..., out_dim)
    Raises:  ShapeError if h or s is not (1, D)
    Source:  Pham and Pagh, KDD 2013, doi:10.1145/2487575.2487591; behaviour of MXNet 1.9.1
    """
    for name, each in (("h", h), ("s", s)):
        if data.dim() == 0 or each.numel() != data.shape[-1]:
            raise ShapeError(
                f"count_sketch: {name} has shape {tuple(each.shape)}, expected (1, {data.shape[-1:].numel()}) from "
                f"data {tuple(data.shape)}"
            )
    places = h.detach().flatten().to(torch.int64)
    out = data.new_zeros((*data.shape[:-1], out_dim))
    return out.index_add(-1, places, data * s.detach().flatten())
