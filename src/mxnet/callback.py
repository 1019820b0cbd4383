"""Callbacks for training loops: speed, progress, metrics, checkpoints.

At the end of a batch a loop calls them with an object that has ``epoch``, ``nbatch``, ``eval_metric`` and ``locals``
(:class:`mxnet.model.BatchEndParam`); at the end of an epoch with the epoch's number, the symbol and the parameters.
"""

from __future__ import annotations

import itertools
import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from . import ndarray as nd
from ._base.files import checkpoint_path
from .ndarray import NDArray

__all__ = [
    "LogValidationMetricsCallback",
    "ProgressBar",
    "Speedometer",
    "do_checkpoint",
    "log_train_metric",
    "module_checkpoint",
    "save_checkpoint",
]


def save_checkpoint(
    prefix: str,
    epoch: int,
    symbol: Any,
    arg_params: Mapping[str, NDArray],
    aux_params: Mapping[str, NDArray],
    remove_amp_cast: bool = True,
) -> None:
    """Write ``prefix-symbol.json``, unless ``symbol`` is None, and ``prefix-<epoch in 4 digits>.params``.

    Args:
        prefix: beginning of the files' names, with their folder.
        epoch: the number in the name.
        symbol: the network.
        arg_params, aux_params: parameters and auxiliary states by name.
        remove_amp_cast: leave casts of automatic mixed precision out of the saved symbol.

    Raises:
        CallError: ``epoch`` is no number.

    >>> import os, tempfile
    >>> import mxnet as mx
    >>> prefix = os.path.join(tempfile.mkdtemp(), "net")
    >>> save_checkpoint(prefix, 1, mx.sym.var("data") * 2, {"w": mx.nd.ones(2)}, {})
    >>> symbol, args, aux = mx.model.load_checkpoint(prefix, 1)
    >>> symbol.list_arguments(), args["w"].shape, aux
    (['data'], (2,), {})
    """
    path = checkpoint_path(prefix, epoch, "params")  # first, so that nothing is written if it fails
    if symbol is not None:
        symbol.save(f"{prefix}-symbol.json", remove_amp_cast=remove_amp_cast)
    nd.save(path, {f"arg:{k}": v for k, v in arg_params.items()} | {f"aux:{k}": v for k, v in aux_params.items()})
    logging.info('Saved checkpoint to "%s"', path)


def module_checkpoint(
    mod: Any, prefix: str, period: int = 1, save_optimizer_states: bool = False
) -> Callable[..., None]:
    """A callback for the end of an epoch: ``mod.save_checkpoint`` every ``period`` epochs, or every one if it is < 1.

    Args:
        mod: a module.
        prefix: beginning of the files' names.
        period: epochs from one checkpoint to the next.
        save_optimizer_states: whether to save the optimizer's states too, to resume training.

    >>> import os, tempfile
    >>> import mxnet as mx
    >>> folder = tempfile.mkdtemp()
    >>> module = mx.mod.Module(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2), label_names=None)
    >>> module.bind([("data", (1, 3))])
    >>> module.init_params()
    >>> callback = module_checkpoint(module, os.path.join(folder, "net"), period=2)
    >>> for epoch in range(4):
    ...     callback(epoch)
    >>> sorted(os.listdir(folder))
    ['net-0002.params', 'net-0004.params', 'net-symbol.json']
    """
    period = max(1, int(period))

    def callback(iter_no: int, sym: Any = None, arg: Any = None, aux: Any = None) -> None:
        if (iter_no + 1) % period == 0:
            mod.save_checkpoint(prefix, iter_no + 1, save_optimizer_states)

    return callback


def do_checkpoint(prefix: str, period: int = 1) -> Callable[..., None]:
    """A callback for the end of an epoch: :func:`save_checkpoint` every ``period`` epochs, or every one if it is < 1.

    Args:
        prefix: beginning of the files' names.
        period: epochs from one checkpoint to the next.

    >>> import os, tempfile
    >>> import mxnet as mx
    >>> folder = tempfile.mkdtemp()
    >>> callback = do_checkpoint(os.path.join(folder, "net"))
    >>> callback(0, mx.sym.var("data"), {"w": mx.nd.ones(2)}, {})
    >>> sorted(os.listdir(folder))
    ['net-0001.params', 'net-symbol.json']
    """
    period = max(1, int(period))

    def callback(iter_no: int, sym: Any, arg: Any, aux: Any) -> None:
        if (iter_no + 1) % period == 0:
            save_checkpoint(prefix, iter_no + 1, sym, arg, aux)

    return callback


def log_train_metric(period: int, auto_reset: bool = False) -> Callable[[Any], None]:
    """A callback for the end of a batch: logs the metric every ``period`` batches.

    Args:
        period: batches from one message to the next.
        auto_reset: whether the metric starts anew after each message; its global value continues.

    >>> import mxnet as mx
    >>> metric = mx.metric.Loss()
    >>> callback = log_train_metric(10)
    >>> for batch in range(20):  # logs at 0 and 10
    ...     metric.update(None, [mx.nd.ones(4)])
    ...     callback(mx.model.BatchEndParam(epoch=0, nbatch=batch, eval_metric=metric, locals=None))
    """

    def callback(param: Any) -> None:
        if param.nbatch % period or param.eval_metric is None:
            return
        for name, value in param.eval_metric.get_name_value():
            logging.info("Iter[%d] Batch[%d] Train-%s=%f", param.epoch, param.nbatch, name, value)
        if auto_reset:
            param.eval_metric.reset_local()

    return callback


class Speedometer:
    """Logs samples per second and the metric, every ``frequent`` batches.

    Args:
        batch_size: samples per batch.
        frequent: batches from one message to the next.
        auto_reset: whether the metric starts anew after each message; its global value continues.

    >>> import mxnet as mx
    >>> callback = Speedometer(batch_size=32, frequent=10)
    >>> for batch in range(20):  # logs at 10
    ...     callback(mx.model.BatchEndParam(epoch=0, nbatch=batch, eval_metric=None, locals=None))
    """

    def __init__(self, batch_size: int, frequent: int = 50, auto_reset: bool = True) -> None:
        self.batch_size = batch_size
        self.frequent = frequent
        self.init = False
        self.tic = 0.0
        self.last_count = 0
        self.auto_reset = auto_reset

    def __call__(self, param: Any) -> None:
        """Called at the end of a batch."""
        count = param.nbatch
        if self.last_count > count:  # a new epoch
            self.init = False
        self.last_count = count
        if not self.init:
            self.init = True
            self.tic = time.perf_counter()
        elif count % self.frequent == 0:
            self._log(param, count)
            self.tic = time.perf_counter()

    def _log(self, param: Any, count: int) -> None:
        seconds = time.perf_counter() - self.tic
        speed = self.frequent * self.batch_size / seconds if seconds > 0 else math.inf
        if param.eval_metric is None:
            logging.info("Iter[%d] Batch [%d]\tSpeed: %.2f samples/sec", param.epoch, count, speed)
            return
        metrics = param.eval_metric.get_name_value()
        first = 0
        if self.auto_reset:
            param.eval_metric.reset_local()
            first = count - self.frequent
        # %f is left to logging: it takes arrays of one number, and what is no number does not end the training
        text = "Epoch[%d] Batch [%d-%d]\tSpeed: %.2f samples/sec" + "\t%s=%f" * len(metrics)
        logging.info(text, param.epoch, first, count, speed, *itertools.chain.from_iterable(metrics))


class ProgressBar:
    """Logs a bar that grows with the batches of an epoch.

    Args:
        total: batches per epoch.
        length: characters of the whole bar.

    >>> import mxnet as mx
    >>> callback = ProgressBar(total=20)
    >>> for batch in range(20):
    ...     callback(mx.model.BatchEndParam(epoch=0, nbatch=batch, eval_metric=None, locals=None))
    """

    def __init__(self, total: int, length: int = 80) -> None:
        self.bar_len = length
        self.total = total

    def __call__(self, param: Any) -> None:
        """Called at the end of a batch."""
        done = param.nbatch / self.total
        filled = round(self.bar_len * done)
        logging.info("[%s] %d%%\r", "=" * filled + "-" * (self.bar_len - filled), math.ceil(100 * done))


class LogValidationMetricsCallback:
    """Logs the metric at the end of an epoch, as that of the validation data.

    >>> import mxnet as mx
    >>> metric = mx.metric.create("acc")
    >>> LogValidationMetricsCallback()(mx.model.BatchEndParam(epoch=0, nbatch=0, eval_metric=metric, locals=None))
    """

    def __call__(self, param: Any) -> None:
        """Called at the end of an epoch."""
        if param.eval_metric is None:
            return
        for name, value in param.eval_metric.get_name_value():
            logging.info("Epoch[%d] Validation-%s=%f", param.epoch, name, value)
