"""Losses that are not a number: where the first one came up."""

from __future__ import annotations

from typing import Any

import torch

from mxnet._base.errors import MXNetError
from mxnet.gluon._tree import leaves
from mxnet.ndarray import NDArray

_PATIENCE = 32
"""How many batches to look at together where asking means to wait for another device."""


class NaNLossError(MXNetError, ArithmeticError):
    """Training was stopped, the loss being not a number. ``epoch`` and ``batch`` say where, counted from 0."""

    epoch: int
    batch: int


class LossWatch:
    """Raises where a loss is not a number.

    On CPUs it does so at once, before the gradients are applied. On other devices that would hold the device up at
    each batch, so the answers of some batches are asked for together; the error names the first one.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: list[tuple[int, int, torch.Tensor]] = []

    def see(self, epoch: int, batch: int, losses: Any, data: Any) -> None:
        """Look at the losses of a batch."""
        tensors = [x._data.detach() for x in leaves(losses) if isinstance(x, NDArray)]
        if not tensors:
            return
        flag = torch.stack([t.isnan().any().to(tensors[0].device) for t in tensors]).any()
        self._waiting.append((epoch, batch, flag))
        if flag.device.type == "cpu" or len(self._waiting) >= _PATIENCE:
            self.check(data)

    def check(self, data: Any = None) -> None:
        """Ask for the answers that are outstanding."""
        waiting, self._waiting = self._waiting, []
        for epoch, batch, flag in waiting:
            if flag.item():
                raise self._error(epoch, batch, data if len(waiting) == 1 else None)

    def _error(self, epoch: int, batch: int, data: Any) -> NaNLossError:
        arrays = [x for x in leaves(data) if isinstance(x, NDArray)]
        if any(x._data.is_floating_point() and not bool(x._data.isfinite().all()) for x in arrays):
            why = "the data or labels of this batch have NaN or infinity in them; look for them in the data set"
        else:
            why = (
                "try a lower learning rate, clip_gradient for the optimizer, and look for log(0) and 0 / 0 in the loss"
            )
        kept = "parameters are as before this batch; " if len(arrays) else ""
        error = NaNLossError(f"Estimator: {self._name} is NaN in epoch {epoch}, batch {batch} (from 0): {kept}{why}")
        error.epoch, error.batch = epoch, batch
        return error
