"""How code that keeps something made from a tensor learns that the tensor was written to: by torch's version counter.

Every write through the tensor, or through a view of it, is counted, with three exceptions. Kernels that write through
``.data``, so that autograd does not take it for a mistake, report it by ``count``. Code that gives memory away for
others to write to reports that once by ``given_away``; nothing may be kept of such tensors. Writes to gradient buffers
are not counted, as nothing is made from these and kept.
"""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch import Tensor

_given_away: weakref.WeakSet[Any] = weakref.WeakSet()


def count(*values: Tensor) -> None:
    """Say that the tensors were written to without torch's knowledge."""
    torch.autograd.graph.increment_version(values)


def given_away(value: Tensor) -> Tensor:
    """``value``, whose memory code outside of torch may write to from now on."""
    _given_away.add(value.untyped_storage())
    count(value)
    return value


def can_be_known(value: Tensor) -> bool:
    """Whether every write to ``value`` is counted."""
    return not value.is_inference() and value.untyped_storage() not in _given_away
