"""Samplers beyond those of :mod:`mxnet.gluon.data`."""

from __future__ import annotations

from . import sampler
from .sampler import IntervalSampler

__all__ = ["IntervalSampler", "sampler"]
