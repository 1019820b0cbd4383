"""Matrix products of multi-head attention on projections that lie interleaved, head by head."""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._ops import Shape, op


def _heads_of(who: str, name: str, data: Tensor, heads: int, kinds: int) -> Tensor:
    """``data`` (L, N, heads * kinds * D) as (L, N * heads, kinds, D)."""
    if heads < 1:
        raise ArgumentError(f"{who}: heads is {heads}, expected 1 or more")
    if data.dim() != 3:
        raise ShapeError(
            f"{who}: {name} should be 3D in seq_length-batch-proj_dim, currently is: {data.dim()}D, {tuple(data.shape)}"
        )
    length, batch, width = data.shape
    if width % (heads * kinds):
        raise ShapeError(
            f"{who}: {name} has shape {tuple(data.shape)}, expected a last dimension that {heads} heads of {kinds} "
            "interleaved projections divide evenly"
        )
    return data.reshape(length, batch * heads, kinds, width // (heads * kinds))


def _scores(queries: Tensor, keys: Tensor) -> Tensor:
    """(N heads, Lq, Lk) of queries (Lq, N heads, D) and keys (Lk, N heads, D)."""
    scaled = queries * (1 / math.sqrt(queries.shape[2]))
    return torch.bmm(scaled.transpose(0, 1), keys.permute(1, 2, 0))


def _attend(who: str, values: Tensor, attention: Tensor, batch: int) -> Tensor:
    """(Lq, N, heads D) of values (Lk, N heads, D) and attention (N heads, Lq, Lk)."""
    length, stacked, size = values.shape
    if attention.dim() != 3 or attention.shape[0] != stacked or attention.shape[2] != length:
        raise ShapeError(
            f"{who}: attention has shape {tuple(attention.shape)}, expected ({stacked}, any, {length}): batch times "
            "heads, queries, keys"
        )
    mixed = torch.bmm(attention, values.transpose(0, 1)).transpose(0, 1)
    return mixed.reshape(attention.shape[1], batch, stacked // batch * size)


def _told_qk(queries: Shape, *keys: Shape, heads: int) -> Shape | None:
    if heads < 1 or len(queries) != 3 or 0 in queries or queries[2] % (heads * (1 if keys else 3)):
        return None
    if keys and keys[0] != (keys[0][:1] + (queries[1], 2 * queries[2])):
        return None
    return queries[1] * heads, queries[0], (keys or (queries,))[0][0]


def _told_valatt(kinds: int, projections: Shape, attention: Shape, *, heads: int) -> Shape | None:
    if heads < 1 or len(projections) != 3 or 0 in projections + attention or projections[2] % (heads * kinds):
        return None
    length, batch, width = projections
    if len(attention) != 3 or attention[0] != batch * heads or attention[2] != length:
        return None
    return attention[1], batch, width // kinds


@op("_contrib_interleaved_matmul_selfatt_qk", told=_told_qk)
def interleaved_matmul_selfatt_qk(queries_keys_values: Tensor, *, heads: int) -> Tensor:
    """Scaled products of queries and keys, before the softmax, of multi-head self attention.

    Inputs:  queries_keys_values (L, N, heads * 3 * D): for each head its query, key and value
    Outputs: (N * heads, L, L), divided by sqrt(D)
    Raises:  ShapeError if the last dimension is not 3 * heads * D
    Source:  arXiv:1706.03762; behaviour of MXNet 1.9.1, whose CPU version takes float32 only
    """
    parts = _heads_of("interleaved_matmul_selfatt_qk", "queries_keys_values", queries_keys_values, heads, 3)
    return _scores(parts[:, :, 0], parts[:, :, 1])


@op("_contrib_interleaved_matmul_selfatt_valatt", told=functools.partial(_told_valatt, 3))
def interleaved_matmul_selfatt_valatt(queries_keys_values: Tensor, attention: Tensor, *, heads: int) -> Tensor:
    """Values weighted by attention, of multi-head self attention.

    Inputs:  queries_keys_values (L, N, heads * 3 * D); attention (N * heads, L, L)
    Outputs: (L, N, heads * D)
    Raises:  ShapeError if the two do not fit
    Source:  arXiv:1706.03762; behaviour of MXNet 1.9.1, whose CPU version takes float32 only
    """
    who = "interleaved_matmul_selfatt_valatt"
    parts = _heads_of(who, "queries_keys_values", queries_keys_values, heads, 3)
    return _attend(who, parts[:, :, 2], attention, queries_keys_values.shape[1])


@op("_contrib_interleaved_matmul_encdec_qk", told=_told_qk)
def interleaved_matmul_encdec_qk(queries: Tensor, keys_values: Tensor, *, heads: int) -> Tensor:
    """Scaled products of queries and keys, before the softmax, of attention from a decoder to an encoder.

    Inputs:  queries (Lq, N, heads * D); keys_values (Lk, N, heads * 2 * D): for each head its key and value
    Outputs: (N * heads, Lq, Lk), divided by sqrt(D)
    Raises:  ShapeError if the two do not fit
    Source:  arXiv:1706.03762; behaviour of MXNet 1.9.1, whose CPU version takes float32 only
    """
    who = "interleaved_matmul_encdec_qk"
    asked = _heads_of(who, "queries", queries, heads, 1)
    parts = _heads_of(who, "keys_values", keys_values, heads, 2)
    if queries.shape[1] != keys_values.shape[1] or queries.shape[2] * 2 != keys_values.shape[2]:
        raise ShapeError(
            f"{who}: keys_values has shape {tuple(keys_values.shape)}, expected (any, {queries.shape[1]}, "
            f"{queries.shape[2] * 2}) from queries {tuple(queries.shape)}"
        )
    return _scores(asked[:, :, 0], parts[:, :, 0])


@op("_contrib_interleaved_matmul_encdec_valatt", told=functools.partial(_told_valatt, 2))
def interleaved_matmul_encdec_valatt(keys_values: Tensor, attention: Tensor, *, heads: int) -> Tensor:
    """Values weighted by attention, of attention from a decoder to an encoder.

    Inputs:  keys_values (Lk, N, heads * 2 * D); attention (N * heads, Lq, Lk)
    Outputs: (Lq, N, heads * D)
    Raises:  ShapeError if the two do not fit
    Source:  arXiv:1706.03762; behaviour of MXNet 1.9.1, whose CPU version takes float32 only
    """
    who = "interleaved_matmul_encdec_valatt"
    parts = _heads_of(who, "keys_values", keys_values, heads, 2)
    return _attend(who, parts[:, :, 1], attention, keys_values.shape[1])
