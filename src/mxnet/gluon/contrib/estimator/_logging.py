"""What is logged of training, and its progress bar."""

from __future__ import annotations

import time
from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet.gluon._tree import leaves
from mxnet.ndarray import NDArray

from ._events import BatchBegin, BatchEnd, EpochBegin, EpochEnd, TrainBegin, TrainEnd
from .utils import _check_metrics


class LoggingHandler(TrainBegin, TrainEnd, EpochBegin, EpochEnd, BatchBegin, BatchEnd):
    """Logs metrics, times and the learning rate to ``estimator.logger``, and shows how far an epoch is.

    Args:
        log_interval: ``epoch`` to log when an epoch begins and ends; a number k to log every k batches too.
        metrics: which metrics.
        priority: handlers run in the order of theirs, lowest first; without one it is 0.
        progress: whether to show a bar over the batches of an epoch, on the standard error stream; by default where
            that is a terminal. Not in 1.9.1.

    Raises:
        ArgumentError: ``log_interval`` is something else.

    >>> LoggingHandler(log_interval=100).log_interval
    100
    """

    def __init__(
        self,
        log_interval: int | str = "epoch",
        metrics: Any = None,
        priority: float = float("inf"),
        progress: bool | None = None,
    ) -> None:
        if log_interval != "epoch" and (not isinstance(log_interval, int) or log_interval < 1):
            raise ArgumentError(f"log_interval must be either an integer or string 'epoch', got {log_interval!r}")
        self.metrics = _check_metrics(metrics)
        self.batch_index = 0
        self.current_epoch = 0
        self.processed_samples = 0
        self.priority = priority
        self.log_interval = log_interval
        self.log_interval_time = 0.0
        self.progress = progress
        self._training = False
        self._bar: Any = None

    # -- output -------------------------------------------------------------------------------------------------

    def _values(self) -> str:
        pairs = [pair for metric in self.metrics for pair in metric.get_name_value()]
        return ", ".join(f"{name}: {value:.4f}" for name, value in pairs)

    def _log(self, estimator: Any, text: str) -> None:
        if self._bar is not None:
            self._bar.clear()
        estimator.logger.info("%s", text)
        if self._bar is not None:
            self._bar.refresh()

    def _open_bar(self, estimator: Any) -> None:
        self._close_bar()
        if self.progress is False:
            return
        from tqdm import tqdm

        self._bar = tqdm(
            total=getattr(estimator, "_epoch_batches", None),
            desc=f"epoch {self.current_epoch}" if self._training else "validation",
            unit="batch",
            leave=False,
            disable=None if self.progress is None else False,
        )

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    # -- events -------------------------------------------------------------------------------------------------

    def train_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Log how it is trained."""
        self._training = True
        self._train_start = time.time()
        optimizer = type(estimator.trainer.optimizer).__name__
        rate = estimator.trainer.learning_rate
        self._log(estimator, f"Training begin: using optimizer {optimizer} with current learning rate {rate:.4f} ")
        if estimator.max_epoch:
            self._log(estimator, f"Train for {estimator.max_epoch} epochs.")
        else:
            self._log(estimator, f"Train for {estimator.max_batch} batches.")
        self.current_epoch = 0
        self.batch_index = 0
        self.processed_samples = 0
        self.log_interval_time = 0.0

    def train_end(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Log the time and the last metrics."""
        self._close_bar()
        self._training = False
        seconds = int(time.time() - self._train_start)
        text = f"Train finished using total {seconds}s with {self.current_epoch} epochs. {self._values()}"
        self._log(estimator, text.rstrip())

    def epoch_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Log the learning rate."""
        self._epoch_start = time.time()
        if self._training or any("training" in m.name for m in self.metrics):
            rate = estimator.trainer.learning_rate
            self._log(estimator, f"[Epoch {self.current_epoch}] Begin, current learning rate: {rate:.4f}")
        else:
            self._log(estimator, "Validation Begin")
        self._open_bar(estimator)

    def epoch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Log the metrics."""
        self._close_bar()
        seconds = time.time() - self._epoch_start
        text = f"[Epoch {self.current_epoch}] Finished in {seconds:.3f}s, {self._values()}"
        self._log(estimator, text.rstrip(", "))
        self.current_epoch += 1
        self.batch_index = 0  # and samples are counted on, as in 1.9.1
        return False

    def batch_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Take the time."""
        self._batch_start = time.time()

    def batch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Log the metrics, where it is time to."""
        if self._bar is not None:
            self._bar.update()
        if isinstance(self.log_interval, int):
            self.log_interval_time += time.time() - self._batch_start
            self.processed_samples += _samples(kwargs["batch"], getattr(estimator, "batch_axis", 0))
            if self.batch_index % self.log_interval == 0:
                place = f"[Epoch {self.current_epoch}][Batch {self.batch_index}][Samples {self.processed_samples}]"
                text = f"{place} time/interval: {self.log_interval_time:.3f}s {self._values()}"
                self.log_interval_time = 0.0
                self._log(estimator, text.rstrip())
        self.batch_index += 1
        return False


def _samples(batch: Any, axis: int) -> int:
    """How many samples a batch has, by its first array."""
    first = next((x for x in leaves(batch) if isinstance(x, NDArray)), None)
    return 0 if first is None else first.shape[axis]
