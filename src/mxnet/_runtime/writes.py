"""How those who keep something made of a tensor learn that the tensor was written to: by torch's count of its versions.

Whatever writes through the tensor, or a view of it, counts. Three do not: kernels that write through ``.data``, so that
the graph being recorded does not take it for a mistake, say it by ``count``; who gives memory away, for others to write
to, says so once by ``given_away``, and nothing is to be kept of such tensors; gradient buffers, of which nobody keeps
anything.
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
    """``value``, to whose memory others than torch may write from now on."""
    _given_away.add(value.untyped_storage())
    count(value)
    return value


def can_be_known(value: Tensor) -> bool:
    """Whether every write to ``value`` is counted."""
    return not value.is_inference() and value.untyped_storage() not in _given_away
