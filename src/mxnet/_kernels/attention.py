"""Attention as one operator, on the fused kernels of torch."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import ArgumentError, InputTypeError, ShapeError
from mxnet._kernels.nn import dropout as drop
from mxnet._ops import op
from mxnet._runtime.state import state

_WHO = "scaled_dot_product_attention"


def _inputs(a: Any) -> tuple[str, ...]:
    names = ["query", "key", "value"]
    if a.use_mask:
        names.append("mask")
    if a.use_length:
        names.append("valid_length")
    return tuple(names)


def _check(query: Tensor, key: Tensor, value: Tensor) -> None:
    for name, tensor in (("query", query), ("key", key), ("value", value)):
        if tensor.dim() != 4:
            raise ShapeError(f"{_WHO}: {name} has shape {tuple(tensor.shape)}, expected (N, heads, length, size)")
    batch, heads, _, size = query.shape
    if key.shape[:2] != (batch, heads) or key.shape[3] != size:
        raise ShapeError(
            f"{_WHO}: key has shape {tuple(key.shape)}, expected ({batch}, {heads}, any, {size}) from query "
            f"{tuple(query.shape)}"
        )
    if value.shape[:3] != key.shape[:3]:
        raise ShapeError(
            f"{_WHO}: value has shape {tuple(value.shape)}, expected {(*key.shape[:3], 'any')} from key "
            f"{tuple(key.shape)}"
        )


def _allowed(query: Tensor, key: Tensor, mask: Tensor | None, length: Tensor | None, causal: bool) -> Tensor | None:
    """Which keys each query may see, of a shape that broadcasts to (N, heads, Lq, Lk); None for all."""
    batch, heads, queries, _ = query.shape
    keys = key.shape[2]
    found: Tensor | None = None
    if mask is not None:
        if mask.dim() == 3:
            mask = mask.unsqueeze(1)
        wanted = (batch, heads, queries, keys)
        if mask.dim() != 4 or any(m not in (1, w) for m, w in zip(mask.shape, wanted, strict=True)):
            raise ShapeError(
                f"{_WHO}: mask has shape {tuple(mask.shape)}, expected ({batch}, {queries}, {keys}) or {wanted}, 1 in "
                "place of an axis along which it is the same"
            )
        found = mask != 0
    if length is not None:
        if length.shape != (batch,):
            raise ShapeError(f"{_WHO}: valid_length has shape {tuple(length.shape)}, expected ({batch},)")
        inside = torch.arange(keys, device=key.device) < length.view(-1, 1, 1, 1)
        found = inside if found is None else found & inside
    if causal:
        # the queries are the last ones of the sequence: those before them are in the keys alone
        before = torch.ones(queries, keys, dtype=torch.bool, device=key.device).tril(keys - queries)
        found = before if found is None else found & before
    return found


@op("_contrib_scaled_dot_product_attention", inputs=_inputs, random=True, by_mode=True)
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    valid_length: Tensor | None = None,
    *,
    causal: bool = False,
    dropout: float = 0.0,
    scale: float | None = None,
    use_mask: bool = False,
    use_length: bool = False,
) -> Tensor:
    """For each query the mean of the values, weighted by the softmax of its products with their keys.

    Inputs:  query (N, heads, Lq, D); key (N, heads, Lk, D); value (N, heads, Lk, E); mask (N, Lq, Lk) or (N, heads,
             Lq, Lk), 1 in place of an axis along which it is the same: nonzero where a query may see a key, with
             use_mask only; valid_length (N,), how many keys of a sample there are, with use_length only
    Attrs:   causal, query i sees key j only if j <= i + Lk - Lq: queries are the last ones of the sequence; dropout,
             the share of weights set to zero in training; scale of the products, 1 / sqrt(D) if None
    Outputs: (N, heads, Lq, E); zero for a query that may see no key. The gradient can not be differentiated again
    Raises:  ShapeError if an input does not fit; ArgumentError if dropout is not a share
    Source:  arXiv:1706.03762; not in MXNet 1.9.1
    """
    _check(query, key, value)
    if use_length and not use_mask and valid_length is None:
        mask, valid_length = None, mask  # inputs in use come one after the other
    for name, tensor, used in (("mask", mask, use_mask), ("valid_length", valid_length, use_length)):
        if used != (tensor is not None):
            flag = "use_mask" if name == "mask" else "use_length"
            raise InputTypeError(f"{_WHO}: input {name} goes together with {flag}=True; give both or neither")
    if not 0 <= dropout <= 1:
        raise ArgumentError(f"{_WHO}: dropout is {dropout}, expected the share of weights to drop, from 0 to 1")
    if dropout > 0 and state.training:
        # written out, as torch's own dropout would draw from torch's generator
        factor = 1 / math.sqrt(query.shape[3]) if scale is None else scale
        scores = (query * factor) @ key.mT
        allowed = _allowed(query, key, mask, valid_length, causal)
        if allowed is not None:
            scores = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
        weights = scores.softmax(-1)
        if allowed is not None:
            weights = weights.masked_fill(~allowed, 0)
        return drop(weights, p=dropout)[0] @ value
    if causal and mask is None and valid_length is None and query.shape[2] == key.shape[2]:
        return F.scaled_dot_product_attention(query, key, value, is_causal=True, scale=scale)
    allowed = _allowed(query, key, mask, valid_length, causal)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=allowed, scale=scale)
