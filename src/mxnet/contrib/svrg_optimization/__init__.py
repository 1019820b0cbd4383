"""Stochastic variance reduced gradients: https://papers.nips.cc/paper/4937."""

from __future__ import annotations

from . import svrg_module, svrg_optimizer

__all__ = ["svrg_module", "svrg_optimizer"]
