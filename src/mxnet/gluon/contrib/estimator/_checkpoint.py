"""Checkpoints: parameters and optimizer states after some epochs or batches, and going on from them."""

from __future__ import annotations

import os
import re
from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import HybridBlock
from mxnet.metric import EvalMetric

from ._events import BatchEnd, EpochEnd, Progress, TrainBegin
from ._improvement import Improvement


class CheckpointHandler(Progress, TrainBegin, BatchEnd, EpochEnd):
    """Saves the model while it is trained, and lets training go on from there.

    Args:
        model_dir: the folder; it is made.
        model_prefix: what the names of the files begin with.
        monitor: one of the estimator's metrics, for ``save_best``.
        verbose: 1 to log each save.
        save_best: also keep the model that had the best ``monitor``.
        mode: ``min`` if less is better, ``max`` if more is, ``auto`` to tell by the metric: less of losses and errors,
            more of others. 1.9.1 takes more for all of them, in spite of what it says.
        epoch_period, batch_period: every how many epochs and batches; None for never.
        max_checkpoints: how many to keep; older ones are removed, the best one is not counted, nor are those of the
            training that is resumed.
        resume_from_checkpoint: go on from the newest checkpoint in the folder, for what is left of the epochs or
            batches that ``fit`` is given; the best metric so far is not known then. Where there is none, batches in
            the names of checkpoints by epochs are counted from -1, as in 1.9.1.

    Files are ``PREFIX-epochEbatchB.params`` and ``.states``, ``PREFIX-best.params`` and ``.states``, and
    ``PREFIX-symbol.json`` where the model is hybridized. Each is written whole or not at all; a checkpoint that lacks
    one of its two files is not resumed from.

    Raises:
        ArgumentError: ``save_best`` without a metric to monitor; when training begins, if nothing is left to train.
        AssertionError: when training begins, if it is resumed by epochs with checkpoints by batches or the reverse.

    >>> import os, tempfile
    >>> import mxnet as mx
    >>> from mxnet.gluon.contrib import estimator
    >>> net = mx.gluon.nn.Dense(1)
    >>> net.initialize()
    >>> trainer = mx.gluon.Trainer(net.collect_params(), "sgd")
    >>> fitter = estimator.Estimator(net, mx.gluon.loss.L2Loss(), train_metrics=mx.metric.MSE(), trainer=trainer)
    >>> fitter.logger.setLevel("WARNING")
    >>> data = mx.gluon.data.DataLoader(mx.gluon.data.ArrayDataset(mx.nd.ones((8, 2)), mx.nd.ones((8, 1))), 4)
    >>> folder = tempfile.mkdtemp()
    >>> fitter.fit(data, epochs=1, event_handlers=[estimator.CheckpointHandler(folder, "net")])
    >>> sorted(os.listdir(folder))
    ['net-epoch0batch2.params', 'net-epoch0batch2.states', 'net-symbol.json']
    """

    def __init__(
        self,
        model_dir: str | os.PathLike[str],
        model_prefix: str = "model",
        monitor: Any = None,
        verbose: int = 0,
        save_best: bool = False,
        mode: str = "auto",
        epoch_period: int | None = 1,
        batch_period: int | None = None,
        max_checkpoints: int = 5,
        resume_from_checkpoint: bool = False,
    ) -> None:
        self.monitor = monitor
        self.verbose = verbose
        self.model_dir = os.fspath(model_dir)
        os.makedirs(self.model_dir, exist_ok=True)
        self.model_prefix = model_prefix
        self.save_best = save_best
        if save_best and not isinstance(monitor, EvalMetric):
            raise ArgumentError(
                "To save best model only, please provide one of the metric objects from estimator.train_metrics and "
                "estimator.val_metrics as monitor."
            )
        self._improvement = Improvement("ModelCheckpoint", monitor, mode) if save_best else None
        self.epoch_period = epoch_period
        self.batch_period = batch_period
        self.max_checkpoints = max_checkpoints
        self.resume_from_checkpoint = resume_from_checkpoint
        self.saved_checkpoints: list[str] = []
        self.trained_epoch = -1
        self.trained_batch = -1
        self._restart()

    def train_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Look for a checkpoint to go on from, if told to."""
        self._restart()
        self.trained_epoch = self.trained_batch = -1
        self.saved_checkpoints = []
        if self._improvement is not None:
            self.best = self._improvement.worst()
        if self.resume_from_checkpoint:
            if self.batch_period if estimator.max_epoch else self.epoch_period:
                raise RejectedError(
                    "To use resume from checkpoint, you must only specify the same type of period you used for "
                    "training. For example, if you are training based on number of epochs, you must save only based "
                    "on epochs, and set batch_period to None."
                )
            self._resume_from_checkpoint(estimator)

    def batch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Save, where it is time to; the graph after the first batch."""
        if self.current_batch == 0:
            self._save_symbol(estimator)
        if self.batch_period and (self.current_batch + 1) % self.batch_period == 0:
            self._save_checkpoint(estimator, self.current_batch, self.current_batch + 1)
        self.current_batch += 1
        return False

    def epoch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Save, where it is time to."""
        if self.epoch_period and (self.current_epoch + 1) % self.epoch_period == 0:
            # the number of batches, as in 1.9.1, where a checkpoint by batches has the number of the last one
            self._save_checkpoint(estimator, self.current_batch, self.current_batch)
        self.current_epoch += 1
        return False

    # -- saving -------------------------------------------------------------------------------------------------

    def _path(self, name: str) -> str:
        return os.path.join(self.model_dir, name)

    def _save_checkpoint(self, estimator: Any, batch: int, trained: int) -> None:
        epoch = self.current_epoch
        if self.resume_from_checkpoint:  # with nothing to resume, too: both are -1 then
            epoch += self.trained_epoch + 1
            batch += self.trained_batch + (0 if estimator.max_epoch else 1)
            trained += max(self.trained_batch, 0) if estimator.max_epoch else self.trained_batch + 1
        name = f"{self.model_prefix}-epoch{epoch}batch{batch}"
        self._save_params_and_trainer(estimator, name)
        if self.verbose > 0:
            estimator.logger.info(
                "[Epoch %d] CheckpointHandler: trained total %d batches, saving model at %s with prefix: %s",
                epoch,
                trained,
                self.model_dir,
                name,
            )
        self.saved_checkpoints.append(name)
        while len(self.saved_checkpoints) > self.max_checkpoints:
            self._remove(self.saved_checkpoints.pop(0))
        if self._improvement is not None:
            self._save_if_best(estimator, self._improvement, epoch)

    def _remove(self, name: str) -> None:
        # the states first: what is left of a checkpoint half removed is not resumed from
        for ending in (".states", ".params"):
            if os.path.exists(self._path(name + ending)):
                os.remove(self._path(name + ending))

    def _save_if_best(self, estimator: Any, improvement: Improvement, epoch: int) -> None:
        value = improvement.value()
        if value is None:
            return
        name = f"{self.model_prefix}-best"
        better = improvement.better(value, self.best)
        if better:
            self._save_params_and_trainer(estimator, name)
        if self.verbose > 0 and better:
            estimator.logger.info(
                "[Epoch %d] CheckpointHandler: %s improved from %0.5f to %0.5f, updating best model at %s with prefix: "
                "%s",
                epoch,
                improvement.monitor.get()[0],
                self.best,
                value,
                self.model_dir,
                name,
            )
        elif self.verbose > 0:
            estimator.logger.info(
                "[Epoch %d] CheckpointHandler: %s did not improve from %0.5f, skipping updating best model",
                epoch,
                improvement.monitor.get()[0],
                self.best,
            )
        if better:
            self.best = value

    def _save_symbol(self, estimator: Any) -> None:
        path = self._path(f"{self.model_prefix}-symbol.json")
        if isinstance(estimator.net, HybridBlock) and estimator.net._cached_graph:
            estimator.net._cached_graph[1].save(path)
        else:
            estimator.logger.info(
                "Model architecture(symbol file) is not saved, please use HybridBlock to construct your model, and "
                "call net.hybridize() before passing to Estimator in order to save model architecture as %s.",
                path,
            )

    def _save_params_and_trainer(self, estimator: Any, file_prefix: str) -> None:
        estimator.net.save_parameters(self._path(file_prefix + ".params"))
        estimator.trainer.save_states(self._path(file_prefix + ".states"))

    # -- going on -----------------------------------------------------------------------------------------------

    def _found(self) -> list[tuple[int, int, str]]:
        """The whole checkpoints in the folder: epoch, batch and name, the oldest first."""
        pattern = re.compile(re.escape(self.model_prefix) + r"-epoch(\d+)batch(\d+)\.params")
        files = set(os.listdir(self.model_dir))
        found = []
        for file in files:
            match = pattern.fullmatch(file)
            name = file.removesuffix(".params")
            if match and name + ".states" in files:
                found.append((int(match[1]), int(match[2]), name))
        return sorted(found)

    def _resume_from_checkpoint(self, estimator: Any) -> None:
        by_epoch = bool(estimator.max_epoch)
        unit = "epoch" if by_epoch else "batch"
        total = estimator.max_epoch if by_epoch else estimator.max_batch
        found = self._found()
        if not found:
            estimator.logger.info(
                "CheckpointHandler: No checkpoint found, training from scratch for %d %s",
                total,
                "epochs" if by_epoch else "batches",
            )
            return
        epoch, batch, name = found[-1]
        self.trained_epoch, self.trained_batch = epoch, batch
        left = total - (epoch if by_epoch else batch) - 1
        if left <= 0:
            raise ArgumentError(
                f"Found checkpoint {self._path(name)} with maximum number of {unit} {total} reached, please specify "
                "resume_from_checkpoint=False (default value) if you want to train from scratch, or train for more."
            )
        estimator.net.load_parameters(self._path(name + ".params"), ctx=estimator.context)
        estimator.trainer.load_states(self._path(name + ".states"))
        if by_epoch:
            estimator.max_epoch = left
        else:
            estimator.max_batch = left
        estimator.logger.info(
            "CheckpointHandler: Checkpoint resumed from epoch %d batch %d, continue to train for %d %s ",
            epoch,
            batch,
            left,
            "epochs" if by_epoch else "batches",
        )
