"""Training, scoring and predicting with whatever can go forward, backward, and update."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from mxnet import metric as _metric
from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError, InputTypeError, Unfit, WrongKindError
from mxnet.initializer import Uniform
from mxnet.model import BatchEndParam

UNIFORM = Uniform(0.01)


class NoData(InputTypeError, ValueError):
    """Neither an iterator nor an array where data is to come from."""


class Loops:
    """The loops over batches that every module has; :class:`BaseModule` says what they call."""

    def forward_backward(self, data_batch: Any) -> None:
        """``forward`` in training mode, then ``backward``."""
        self.forward(data_batch, is_train=True)
        self.backward()

    def score(
        self,
        eval_data: Any,
        eval_metric: Any,
        num_batch: int | None = None,
        batch_end_callback: Any = None,
        score_end_callback: Any = None,
        reset: bool = True,
        epoch: int = 0,
        sparse_row_id_fn: Any = None,
    ) -> list[tuple[str, float]]:
        """Names and values of ``eval_metric`` over ``eval_data``, or its first ``num_batch`` batches."""
        self._require(params=True)
        if reset:
            _check_iterator("score: eval_data", eval_data)
            eval_data.reset()
        eval_metric = _as_metric(eval_metric)
        eval_metric.reset()
        actual_num_batch = 0  # callbacks see these variables
        for nbatch, eval_batch in enumerate(eval_data):
            if nbatch == num_batch:
                break
            self.prepare(eval_batch, sparse_row_id_fn)
            self.forward(eval_batch, is_train=False)
            self._count(eval_metric, eval_batch)
            _call(batch_end_callback, BatchEndParam(epoch, nbatch, eval_metric, locals()))
            actual_num_batch += 1
        if score_end_callback:
            _call(score_end_callback, BatchEndParam(epoch, actual_num_batch, eval_metric, locals()))
        return eval_metric.get_name_value()

    def _count(self, eval_metric: Any, batch: Any) -> None:
        if isinstance(batch, list):
            self.update_metric(eval_metric, [b.label for b in batch], pre_sliced=True)
        else:
            self.update_metric(eval_metric, batch.label)

    def iter_predict(
        self, eval_data: Any, num_batch: int | None = None, reset: bool = True, sparse_row_id_fn: Any = None
    ) -> Iterator[tuple[list[Any], int, Any]]:
        """Outputs, number and batch for each batch; examples that pad the last one are left out."""
        self._require(params=True)
        if reset:
            eval_data.reset()
        for nbatch, batch in enumerate(eval_data):
            if nbatch == num_batch:
                break
            self.prepare(batch, sparse_row_id_fn)
            self.forward(batch, is_train=False)
            pad = batch.pad or 0
            yield [o[: o.shape[0] - pad] for o in self.get_outputs()], nbatch, batch

    def predict(
        self,
        eval_data: Any,
        num_batch: int | None = None,
        merge_batches: bool = True,
        reset: bool = True,
        always_output_list: bool = False,
        sparse_row_id_fn: Any = None,
    ) -> Any:
        """The outputs over ``eval_data``, which may be one array: joined over batches unless told otherwise.

        Raises:
            NoData: neither an iterator nor an array.
        """
        from mxnet.io import NDArrayIter

        self._require(params=True)
        if hasattr(eval_data, "shape"):
            eval_data = NDArrayIter(eval_data, batch_size=eval_data.shape[0])
        if not hasattr(eval_data, "reset"):
            raise NoData(f"predict: expected an array or a data iterator, got {type(eval_data)}")
        batches = [
            [o.copy() for o in outputs]
            for outputs, _, _ in self.iter_predict(eval_data, num_batch, reset, sparse_row_id_fn)
        ]
        if not batches or not merge_batches:
            return batches
        counts = {len(b) for b in batches}
        if len(counts) > 1:
            raise ArgumentError(
                "Cannot merge batches, as num of outputs is not the same in mini-batches; use merge=False"
            )
        joined = [nd.concatenate([b[i] for b in batches]) for i in range(counts.pop())]
        return joined[0] if len(joined) == 1 and not always_output_list else joined

    def fit(
        self,
        train_data: Any,
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Any = None,
        batch_end_callback: Any = None,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        eval_end_callback: Any = None,
        eval_batch_end_callback: Any = None,
        initializer: Any = UNIFORM,
        arg_params: Any = None,
        aux_params: Any = None,
        allow_missing: bool = False,
        force_rebind: bool = False,
        force_init: bool = False,
        begin_epoch: int = 0,
        num_epoch: int | None = None,
        validation_metric: Any = None,
        monitor: Any = None,
        sparse_row_id_fn: Any = None,
    ) -> None:
        """Train on ``train_data`` from ``begin_epoch`` up to ``num_epoch``: bind, initialise and loop.

        Args:
            train_data, eval_data: data iterators. Training goes on from where ``train_data`` is, or from its beginning
                if it was read to its end, where 1.9.1 fails; it is reset after each epoch. ``eval_data`` is reset
                before each use.
            eval_metric: the metric to report while training; ``validation_metric``, the same one if None, is for
                ``eval_data``.
            batch_end_callback, eval_batch_end_callback, eval_end_callback: called with a ``BatchEndParam``.
            epoch_end_callback: called with epoch, symbol, arguments and auxiliary states.
            kvstore, optimizer, optimizer_params: as for ``init_optimizer``.
            initializer, arg_params, aux_params, allow_missing, force_init: as for ``init_params``.

        Raises:
            ArgumentError: ``num_epoch`` is missing, or ``train_data`` gives no batch.
        """
        given = locals()
        if num_epoch is None:
            raise Unfit("fit: please specify number of epochs: num_epoch")
        _check_iterator("fit: train_data", train_data)
        if eval_data is not None:
            _check_iterator("fit: eval_data", eval_data)
        self.bind(train_data.provide_data, train_data.provide_label, for_training=True, force_rebind=force_rebind)
        if monitor is not None:
            self.install_monitor(monitor)
        self.init_params(initializer, arg_params, aux_params, allow_missing, force_init)
        self.init_optimizer(kvstore, optimizer, optimizer_params)
        validation_metric = eval_metric if validation_metric is None else validation_metric
        eval_metric = _as_metric(eval_metric)
        for epoch in range(begin_epoch, num_epoch):
            started = time.time()
            eval_metric.reset()
            self._before_epoch(train_data, epoch - begin_epoch)
            values = self._epoch(train_data, given | {"epoch": epoch, "eval_metric": eval_metric, "tic": started})
            self._log_values(epoch, "Train", values)
            self.logger.info("Epoch[%d] Time cost=%.3f", epoch, time.time() - started)
            args, aux = self.get_params()
            self.set_params(args, aux)
            for callback in _all(epoch_end_callback):
                callback(epoch, self.symbol, args, aux)
            if eval_data is not None:
                found = self.score(
                    eval_data,
                    validation_metric,
                    batch_end_callback=eval_batch_end_callback,
                    score_end_callback=eval_end_callback,
                    epoch=epoch,
                )
                self._log_values(epoch, "Validation", found)
            train_data.reset()

    def _log_values(self, epoch: int, what: str, values: Any) -> None:
        for name, value in values:
            self.logger.info("Epoch[%d] %s-%s=%f", epoch, what, name, value)

    def _before_epoch(self, data: Any, done: int) -> None:
        """Called by ``fit`` before each epoch with the number of epochs it has done; for modules that need it."""

    def _epoch(self, data: Any, scope: dict[str, Any]) -> Any:
        """One epoch of ``fit``, whose variables are in ``scope``: what callbacks find as ``locals``.

        Returns:
            The metric's names and values, taken before the callbacks of the last batch, which may reset it.
        """
        monitor, eval_metric = scope["monitor"], scope["eval_metric"]
        batches = iter(data)
        following, nbatch, values = self._prepared(batches, scope), 0, None
        if following is None:  # it was read to its end before
            data.reset()
            batches = iter(data)
            following = self._prepared(batches, scope)
        if following is None:
            raise Unfit("fit: train_data gives no batch")
        while following is not None:
            data_batch = following
            if monitor is not None:
                monitor.tic()
            self.forward_backward(data_batch)
            self.update()
            self._count(eval_metric, data_batch)
            following = self._prepared(batches, scope)
            if monitor is not None:
                monitor.toc_print()
            if following is None:
                values = eval_metric.get_global_name_value()
            seen = scope | {"nbatch": nbatch, "data_batch": data_batch, "data_iter": data}
            _call(scope["batch_end_callback"], BatchEndParam(scope["epoch"], nbatch, eval_metric, seen))
            nbatch += 1
        return values

    def _prepared(self, batches: Iterator[Any], scope: dict[str, Any]) -> Any:
        """The next batch, for which the module has made itself ready; None at the end."""
        batch = next(batches, None)
        if batch is not None:
            self.prepare(batch, scope["sparse_row_id_fn"])
        return batch


def _check_iterator(who: str, data: Any) -> None:
    needed = ("provide_data", "reset") if who.startswith("fit: train") else ("reset",)
    if not all(hasattr(data, name) for name in needed):
        raise WrongKindError(
            f"{who} must be an iterator over batches, like mx.io.NDArrayIter(data, label, batch_size), got "
            f"{type(data).__name__}"
        )


def _as_metric(given: Any) -> Any:
    return given if isinstance(given, _metric.EvalMetric) else _metric.create(given)


def _call(callbacks: Any, param: Any) -> None:
    for callback in _all(callbacks):
        callback(param)


def _all(callbacks: Any) -> list[Callable[..., Any]]:
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
