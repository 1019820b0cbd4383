"""Layers beyond those of :mod:`mxnet.gluon.nn`."""

from __future__ import annotations

from . import attention, basic_layers
from .attention import MultiHeadAttention, TransformerDecoderCell, TransformerEncoderCell
from .basic_layers import (
    Concurrent,
    HybridConcurrent,
    Identity,
    PixelShuffle1D,
    PixelShuffle2D,
    PixelShuffle3D,
    SparseEmbedding,
    SyncBatchNorm,
)

__all__ = [
    "Concurrent",
    "HybridConcurrent",
    "Identity",
    "MultiHeadAttention",
    "PixelShuffle1D",
    "PixelShuffle2D",
    "PixelShuffle3D",
    "SparseEmbedding",
    "SyncBatchNorm",
    "TransformerDecoderCell",
    "TransformerEncoderCell",
    "attention",
    "basic_layers",
]
