"""Small operators of nd.contrib: a quadratic, comparison of arrays, embedding, calibration of quantization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError
from mxnet._kernels import result_shapes
from mxnet._kernels.nn import Sizes, embedding
from mxnet._ops import DType, Positive, op

_FLOAT32 = DType("float32")
_LEAST = 1e-4
"""What a bin without counts is given, so that divergences are finite."""


@op("_contrib_quadratic", told=result_shapes.of_only)
def quadratic(data: Tensor, *, a: float = 0.0, b: float = 0.0, c: float = 0.0) -> Tensor:
    """``a x^2 + b x + c``, element by element.

    Outputs: like data; for integers the result is cut towards zero
    Source:  behaviour of MXNet 1.9.1
    """
    if not data.is_floating_point():
        return quadratic(data.to(torch.float64), a=a, b=b, c=c).to(data.dtype)
    if data.requires_grad:
        out: Tensor = _Quadratic.apply(data, a, b, c)
        return out
    return torch.addcmul(data.new_tensor(c), _line(data, a, b), data)


def _line(data: Tensor, a: float, b: float) -> Tensor:
    """``a x + b`` in one pass: torch multiplies by a factor while it adds to an array, even one without axes."""
    return torch.add(data.new_tensor(b), data, alpha=a)


class _Quadratic(torch.autograd.Function):
    """The polynomial with a gradient written by hand, in two passes."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, a: float, b: float, c: float) -> Tensor:
        ctx.save_for_backward(data)
        ctx.line = 2 * a, b
        return torch.addcmul(data.new_tensor(c), _line(data, a, b), data)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        return grad * _line(*ctx.saved_tensors, *ctx.line), None, None, None


_Dtypes = Sequence[torch.dtype | None]


def _alike(*dtypes: torch.dtype | None) -> tuple[_Dtypes, _Dtypes]:
    common = next((d for d in dtypes if d is not None), None)
    return [common for _ in dtypes], [torch.uint8]


@op("_contrib_allclose", types=_alike)
def allclose(
    a: Tensor, b: Tensor, *, rtol: float = 9.99999975e-06, atol: float = 9.99999994e-09, equal_nan: bool = True
) -> Tensor:
    """Whether all elements differ by ``atol + rtol * |b|`` at most.

    Attrs:   equal_nan, whether two NaN are equal
    Outputs: (), uint8: 1 or 0
    Raises:  ShapeError, DTypeError unless a and b are alike
    Source:  behaviour of MXNet 1.9.1, where infinity is close to everything: here only to itself
    """
    if a.shape != b.shape:
        raise ShapeError(f"allclose: b has shape {tuple(b.shape)}, expected {tuple(a.shape)} as a")
    if a.dtype is not b.dtype:
        raise DTypeError(f"allclose: b is {b.dtype}, expected {a.dtype} as a; use astype() on one of them")
    if not a.is_floating_point():
        a, b = a.to(torch.float64), b.to(torch.float64)
    return torch.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan).all().to(torch.uint8)


def _fill_embedding(
    data: Sizes, weight: Sizes = None, *, input_dim: int, output_dim: int, **_: object
) -> tuple[Sizes, Sizes]:
    return data, (input_dim, output_dim)


@op("_contrib_SparseEmbedding", fill=_fill_embedding)
def sparse_embedding(
    data: Tensor,
    weight: Tensor,
    *,
    input_dim: Positive,
    output_dim: Positive,
    dtype: DType = _FLOAT32,
    sparse_grad: bool = False,
    deterministic: bool = False,
) -> Tensor:
    """Rows of ``weight`` by number: the deprecated name of Embedding.

    Attrs:   see Embedding; the gradient has only the rows that took part, whatever sparse_grad says; deterministic has
             no effect, sums are the same every time
    Outputs: (..., output_dim)
    Source:  behaviour of MXNet 1.9.1
    """
    return embedding(data, weight, input_dim=input_dim, output_dim=output_dim, dtype=dtype, sparse_grad=True)


def _float32(*dtypes: torch.dtype | None) -> tuple[_Dtypes, _Dtypes]:
    return [torch.float32 for _ in dtypes], [torch.float32, torch.float32]


@op("_contrib_calibrate_entropy", outputs=("threshold", "divergence"), types=_float32)
def calibrate_entropy(hist: Tensor, hist_edges: Tensor, *, num_quantized_bins: Positive = 255) -> tuple[Tensor, Tensor]:
    """Where to cut a distribution off so that a few equal bins lose the least of it: the threshold of a quantization.

    Inputs:  hist (B,), counts of a symmetric range, B odd; hist_edges (B + 1,)
    Attrs:   num_quantized_bins, how many values the quantized type has
    Outputs: threshold (1,) and the divergence there (1,), float32. No gradient
    Raises:  ShapeError if the edges do not fit; ArgumentError for fewer bins than quantized values
    Source:  S. Migacz, 8-bit inference with TensorRT, GTC 2017; behaviour of MXNet 1.9.1
    """
    bins = hist.numel()
    if hist_edges.numel() != bins + 1:
        raise ShapeError(
            f"calibrate_entropy: hist_edges has {hist_edges.numel()} elements, expected {bins + 1}, one more than hist"
        )
    if bins < num_quantized_bins:
        raise ArgumentError(
            f"calibrate_entropy: hist has {bins} bins, expected at least num_quantized_bins={num_quantized_bins}"
        )
    if hist.is_meta:
        return hist.new_empty(1, dtype=torch.float32), hist.new_empty(1, dtype=torch.float32)
    counts = hist.detach().flatten().to("cpu", torch.float64).numpy()
    edges = hist_edges.detach().flatten().to("cpu", torch.float32).numpy()
    best, least = edges[-1], np.inf
    middle = bins // 2
    for half in range(num_quantized_bins // 2, middle + 1):
        divergence = _divergence(counts, middle - half, min(middle + half + 1, bins), num_quantized_bins)
        if divergence < least:
            best, least = edges[min(middle + half + 1, bins)], divergence
    made = [torch.tensor([v], dtype=torch.float32, device=hist.device) for v in (float(best), float(least))]
    return made[0], made[1]


def _divergence(counts: np.ndarray, start: int, stop: int, levels: int) -> float:
    """How much is lost if only counts[start:stop] are distinguished, in this many levels."""
    inside = counts[start:stop]
    clipped = inside.copy()
    clipped[0] += counts[:start].sum()
    clipped[-1] += counts[stop:].sum()
    starts = np.arange(levels) * (len(inside) // levels)
    # 1.9.1 leaves the first bin, with its outliers, out of the mean of the first level, but gives it that mean
    told = inside.copy()
    told[0] = 0
    sums = np.add.reduceat(told, starts)
    shared = np.maximum(np.add.reduceat((told != 0).astype(np.int64), starts), 1)
    level = np.minimum(np.arange(len(inside)) // (len(inside) // levels), levels - 1)
    return _kl(_smooth(clipped), _smooth(np.where(clipped != 0, (sums / shared)[level], 0.0)))


def _smooth(counts: np.ndarray) -> np.ndarray | None:
    """Give bins without counts a little of what the others have. None if there are no counts."""
    zero = counts == 0
    empty, full = int(zero.sum()), int((~zero).sum())
    if not full:
        return None
    share = _LEAST * empty / full
    return None if share >= 1 else np.where(zero, _LEAST, counts - share)


def _kl(p: np.ndarray | None, q: np.ndarray | None) -> float:
    if p is None or q is None:
        return float("inf")
    p, q = p / p.sum(), q / q.sum()
    return float((p * np.log(p / q)).sum())
