"""The factor that keeps gradients from vanishing in a narrow type."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from mxnet import ndarray as nd


class LossScaler:
    """A factor for the loss that follows the gradients: halved when they overflow, doubled after 2000 good steps.

    >>> LossScaler().loss_scale
    65536.0
    """

    def __init__(self) -> None:
        self._loss_scale = 2.0**16
        self._next_loss_scale = self._loss_scale
        self._max_loss_scale = 2.0**24
        self._scale_seq_len = 2000
        self._unskipped = 0

    @property
    def loss_scale(self) -> float:
        """The factor for the current step."""
        return self._loss_scale

    def has_overflow(self, params: Iterable[Any]) -> bool:
        """Whether a gradient of ``params`` is infinite or not a number; ends the step and sets the next factor."""
        self._loss_scale = self._next_loss_scale
        grads: dict[Any, list[nd.NDArray]] = {}
        for param in params:
            if param.grad_req != "null":
                for grad in param.list_grad():
                    grads.setdefault(grad.context, []).append(grad)
        finite = [nd.multi_all_finite(*arrays, num_arrays=len(arrays)) for arrays in grads.values()]
        overflow = not all(f.asscalar() for f in finite)
        if overflow:
            self._next_loss_scale = self._loss_scale / 2
            self._unskipped = 0
            logging.info("AMP: decreasing loss scale to %f", self._next_loss_scale)
        else:
            self._unskipped += 1
            if self._unskipped == self._scale_seq_len:
                self._unskipped = 0
                self._next_loss_scale = min(self._max_loss_scale, self._loss_scale * 2)
                logging.info("AMP: increasing loss scale to %f", self._next_loss_scale)
        return overflow
