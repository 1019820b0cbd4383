"""``FeedForward``: a symbol to train and to predict with, on arrays or iterators."""

from __future__ import annotations

import itertools
import logging
import time
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mxnet import metric
from mxnet import symbol as sym
from mxnet._base.errors import ArgumentError, CallError, Unfit, WrongKindError
from mxnet._base.words import few
from mxnet._runtime.context import Context, current_context
from mxnet.callback import LogValidationMetricsCallback, save_checkpoint
from mxnet.initializer import Uniform
from mxnet.ndarray import NDArray

from ._checkpoints import load_checkpoint
from ._data import iterator_over, validation_over

BatchEndParam = namedtuple("BatchEndParams", ["epoch", "nbatch", "eval_metric", "locals"])
"""What callbacks at the end of a batch are given."""
_UNIFORM = Uniform(0.01)
_LOG_VALIDATION = LogValidationMetricsCallback()


def _call(callbacks: Any, *args: Any) -> None:
    for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks] if callbacks else []:
        callback(*args)


class FeedForward:
    """A network with its parameters, trained with :meth:`fit` and used with :meth:`predict`.

    The interface of the first releases; :class:`mxnet.mod.Module` took its place, and runs it.

    Args:
        symbol: the network; or a function from a bucket's key to one, for iterators whose batches have keys.
        ctx: a context, or several to cut batches among; the current one if None. Prediction runs in the first.
        num_epoch: train up to this epoch. ``num_round``, its name before 0.7, is taken too.
        epoch_size: batches per epoch; None for as many as the iterator has.
        optimizer: an optimizer or its name; ``kwargs`` are its options, and gradients are divided by the batch size.
        initializer: for parameters that are not given.
        numpy_batch_size: batch size where arrays are given instead of iterators.
        arg_params, aux_params: parameters and auxiliary states by name.
        allow_extra_params: whether prediction ignores parameters that the network does not have.
        begin_epoch: the number of the first epoch.

    >>> import mxnet as mx
    >>> import numpy as np
    >>> net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2), name="softmax")
    >>> x = np.random.RandomState(0).rand(100, 3)
    >>> model = FeedForward(net, num_epoch=20, learning_rate=1.0, numpy_batch_size=10)
    >>> model.fit(x, x[:, 0] > x[:, 1])
    >>> model.predict(x).shape
    (100, 2)
    """

    def __init__(
        self,
        symbol: Any,
        ctx: Any = None,
        num_epoch: int | None = None,
        epoch_size: int | None = None,
        optimizer: Any = "sgd",
        initializer: Any = _UNIFORM,
        numpy_batch_size: int = 128,
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        allow_extra_params: bool = False,
        begin_epoch: int = 0,
        **kwargs: Any,
    ) -> None:
        rounds = kwargs.pop("num_round", None)
        if callable(symbol) and not isinstance(symbol, sym.Symbol):
            self.symbol, self.sym_gen = None, symbol
        else:
            self.symbol, self.sym_gen = symbol, None
        ctx = ctx or current_context()
        self.ctx = [ctx] if isinstance(ctx, Context) else list(ctx)
        self.num_epoch = rounds if num_epoch is None else num_epoch
        self.epoch_size = epoch_size
        self.kwargs = kwargs
        self.optimizer = optimizer
        self.initializer = initializer
        self.numpy_batch_size = numpy_batch_size
        self.arg_params = None if arg_params is None else dict(arg_params)
        self.aux_params = None if aux_params is None else dict(aux_params)
        self.allow_extra_params = allow_extra_params
        self.begin_epoch = begin_epoch
        self._pred_exec: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_pred_exec": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    # -- training -----------------------------------------------------------------------------------------------

    def fit(
        self,
        X: Any,
        y: Any = None,
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Any = None,
        batch_end_callback: Any = None,
        kvstore: Any = "local",
        logger: Any = None,
        work_load_list: Sequence[float] | None = None,
        monitor: Any = None,
        eval_end_callback: Any = _LOG_VALIDATION,
        eval_batch_end_callback: Any = None,
    ) -> None:
        """Train, from ``begin_epoch`` up to ``num_epoch``.

        Args:
            X: a data iterator, or an array of examples along its first axis.
            y: an array of labels, (n,) or (n, 1), for an array.
            eval_data: an iterator, or a pair of arrays, to validate on after each epoch. As in 1.9.1, arrays are
                shuffled, and examples that do not fill a batch are left for the next epoch.
            eval_metric: a metric, its name, or a function of labels and predictions.
            epoch_end_callback: called with epoch, symbol, arguments and auxiliary states.
            batch_end_callback, eval_batch_end_callback, eval_end_callback: called with a ``BatchEndParam``; batches
                of training count from 1.
            kvstore: where gradients of several contexts or machines meet.
            logger: told the time of each epoch.
            work_load_list: each context's share of a batch.
            monitor: watches the executors.

        Raises:
            ArgumentError: ``num_epoch`` is missing, or the labels do not belong to the data.
            DTypeError: the data are neither arrays nor an iterator.
        """
        logger = logger or logging
        data = iterator_over(X, y, self.numpy_batch_size, is_train=True)
        validation = validation_over(eval_data, self.numpy_batch_size)
        if self.num_epoch is None:
            raise CallError("FeedForward.fit: num_epoch is missing; give it to FeedForward")
        logger.info("Start training with %s", str(self.ctx))
        module = self._module(data, logger, work_load_list)
        module.bind(data.provide_data, data.provide_label)
        if monitor is not None:
            module.install_monitor(monitor)
        module.init_params(self.initializer, self.arg_params, self.aux_params, allow_missing=True, allow_extra=True)
        module.init_optimizer(kvstore, self.optimizer, self.kwargs)
        self.arg_params, self.aux_params = module.get_params()
        metric_, check = metric.create(eval_metric), metric.create(eval_metric)
        data.reset()
        batches = _Endless(data)
        for epoch in range(self.begin_epoch, self.num_epoch):
            started = time.time()
            metric_.reset()
            for nbatch, batch in enumerate(batches.epoch(self.epoch_size, epoch, logger), start=1):
                if monitor is not None:
                    monitor.tic()
                module.forward_backward(batch)
                module.update()
                if monitor is not None:
                    monitor.toc_print()
                module.update_metric(metric_, batch.label)
                _call(batch_end_callback, BatchEndParam(epoch, nbatch, metric_, locals()))
            logger.info("Epoch[%d] Time cost=%.3f", epoch, time.time() - started)
            self.arg_params, self.aux_params = module.get_params()
            symbol = module.symbol if self.symbol is None else self.symbol
            _call(epoch_end_callback, epoch, symbol, self.arg_params, self.aux_params)
            if validation is not None:
                seen = _validate(module, validation, check, eval_batch_end_callback, epoch)
                _call(eval_end_callback, BatchEndParam(epoch, seen, check, locals()))

    def _module(self, data: Any, logger: Any, work_load_list: Sequence[float] | None) -> Any:
        from mxnet.module import Module  # which imports checkpoints from here

        names = _names(data.provide_data, data.provide_label)
        options = {"logger": logger, "context": self.ctx, "work_load_list": work_load_list}
        generate = self.sym_gen
        if generate is not None:
            if not hasattr(data, "default_bucket_key"):
                raise ArgumentError(
                    "FeedForward.fit: the symbol is a function of bucket keys, but the iterator has no "
                    "default_bucket_key; BucketSentenceIter has"
                )
            return _bucketing(generate, data, options)
        known = self.symbol.list_arguments()
        strangers = [n for group in names for n in group if n not in known]
        if strangers:
            raise ArgumentError(
                f"FeedForward.fit: the iterator gives {strangers[0]!r}, which is no argument of the symbol; they are "
                f"{few(known, strangers[0])}"
            )
        return Module(self.symbol, *names, **options)

    def _trained(self) -> dict[str, Any]:
        """The parameters."""
        if self.arg_params is None:
            raise WrongKindError("FeedForward has no parameters yet; call fit() or load(), or give it arg_params")
        return self.arg_params

    # -- prediction ---------------------------------------------------------------------------------------------

    def _predictor(self, data: Any) -> tuple[Any, list[str]]:
        """An executor for the batches of ``data`` with the parameters as they are, and the names it is fed."""
        symbol = self.symbol if self.sym_gen is None else self.sym_gen(data.default_bucket_key)
        shapes = {d[0]: tuple(d[1]) for d in data.provide_data}
        old = self._pred_exec
        if old is None or any(n not in old.arg_dict or old.arg_dict[n].shape != s for n, s in shapes.items()):
            types = {d[0]: d.dtype for d in data.provide_data if hasattr(d, "dtype")}
            self._pred_exec = symbol.simple_bind(self.ctx[0], grad_req="null", type_dict=types, **shapes)
        self._pred_exec.copy_params_from(self._trained(), self.aux_params, self.allow_extra_params)
        return self._pred_exec, list(shapes)

    def _outputs(self, data: Any, num_batch: int | None, reset: bool) -> Any:
        if reset:
            data.reset()
        executor, names = self._predictor(data)
        for i, batch in enumerate(data if num_batch is None else itertools.islice(data, num_batch)):
            for name, value in zip(names, batch.data, strict=True):
                own = executor.arg_dict[name]
                own[:] = value.as_in_context(own.context).astype(own.dtype, copy=False)
            yield i, batch, executor.forward(is_train=False)

    def predict(self, X: Any, num_batch: int | None = None, return_data: bool = False, reset: bool = True) -> Any:
        """The outputs for all examples, in the first context.

        Args:
            X: a data iterator, or an array of examples.
            num_batch: how many batches to use; all if None.
            return_data: also return data and labels.
            reset: begin the iterator anew.

        Returns:
            A NumPy array, or a list of them if there are several outputs; with ``return_data`` a list of outputs,
            data and labels. Examples that only fill up the last batch are left out.
        """
        data = iterator_over(X, None, self.numpy_batch_size, is_train=False)
        found: list[list[list[np.ndarray]]] = []
        for _, batch, outputs in self._outputs(data, num_batch, reset):
            keep = data.batch_size - (batch.pad or 0)
            groups = [outputs, batch.data, batch.label or []] if return_data else [outputs]
            found.append([[a[:keep].asnumpy() for a in group] for group in groups])
        whole = [[np.concatenate(parts) for parts in zip(*group, strict=True)] for group in zip(*found, strict=True)]
        single = [group[0] if len(group) == 1 else group for group in whole]
        return tuple(single) if return_data else single[0]

    def score(
        self,
        X: Any,
        eval_metric: Any = "acc",
        num_batch: int | None = None,
        batch_end_callback: Any = None,
        reset: bool = True,
    ) -> float:
        """The value of a metric over a data iterator.

        Args:
            X: an iterator; of an array, all labels are 0.
            eval_metric: a metric, its name, or a function of labels and predictions.
            num_batch: how many batches to use; all if None.
            batch_end_callback: called with a ``BatchEndParam``.
            reset: begin the iterator anew.
        """
        found = metric.create(eval_metric)
        found.reset()
        data = iterator_over(X, None, self.numpy_batch_size, is_train=False)
        for i, batch, outputs in self._outputs(data, num_batch, reset):
            found.update(batch.label, outputs)
            _call(batch_end_callback, BatchEndParam(0, i, found, locals()))
        return found.get()[1]

    # -- files --------------------------------------------------------------------------------------------------

    def save(self, prefix: str, epoch: int | None = None, remove_amp_cast: bool = True) -> None:
        """Write ``prefix-symbol.json`` and ``prefix-<epoch>.params``; the epoch is ``num_epoch`` if None."""
        epoch = self.num_epoch if epoch is None else epoch
        if epoch is None:
            raise Unfit("FeedForward.save: epoch is missing, and so is num_epoch")
        save_checkpoint(prefix, epoch, self.symbol, self._trained(), self.aux_params or {}, remove_amp_cast)

    @staticmethod
    def load(prefix: str, epoch: int, ctx: Any = None, **kwargs: Any) -> FeedForward:
        """A model from a checkpoint; training goes on from ``epoch``.

        Args:
            prefix, epoch: as they were for :meth:`save`.
            ctx: as for the class.
            kwargs: its other arguments.
        """
        symbol, args, aux = load_checkpoint(prefix, epoch)
        return FeedForward(symbol, ctx=ctx, arg_params=args, aux_params=aux, begin_epoch=epoch, **kwargs)

    @staticmethod
    def create(
        symbol: Any,
        X: Any,
        y: Any = None,
        ctx: Any = None,
        num_epoch: int | None = None,
        epoch_size: int | None = None,
        optimizer: Any = "sgd",
        initializer: Any = _UNIFORM,
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Any = None,
        batch_end_callback: Any = None,
        kvstore: Any = "local",
        logger: Any = None,
        work_load_list: Sequence[float] | None = None,
        eval_end_callback: Any = _LOG_VALIDATION,
        eval_batch_end_callback: Any = None,
        **kwargs: Any,
    ) -> FeedForward:
        """A trained model; the arguments are those of the class and of :meth:`fit`."""
        model = FeedForward(symbol, ctx, num_epoch, epoch_size, optimizer, initializer, **kwargs)
        model.fit(
            X,
            y,
            eval_data,
            eval_metric,
            epoch_end_callback,
            batch_end_callback,
            kvstore,
            logger,
            work_load_list,
            eval_end_callback=eval_end_callback,
            eval_batch_end_callback=eval_batch_end_callback,
        )
        return model


class _Endless:
    """Batches of an iterator that is reset whenever it is exhausted, cut into epochs of any size."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._left = iter(data)

    def epoch(self, size: int | None, epoch: int, logger: Any) -> Any:
        """``size`` batches; all that are left if None."""
        count = 0
        while True:
            before = count
            for batch in self._left:
                count += 1
                yield batch
                if size is not None and count >= size:
                    return
            logger.info("Epoch[%d] Resetting Data Iterator", epoch)
            self._data.reset()
            self._left = iter(self._data)
            if size is None or count == before == 0:
                return


def _names(data: Any, labels: Any) -> tuple[list[str], list[str]]:
    return [d[0] for d in data], [d[0] for d in labels or []]


def _bucketing(generate: Callable[[Any], Any], data: Any, options: Mapping[str, Any]) -> Any:
    """A module of buckets, each of which names its inputs as its batches do.

    A network with an input for each step of a sequence has as many inputs as steps.
    """
    from mxnet.module import BucketingModule  # which imports checkpoints from here

    names = [*_names(data.provide_data, data.provide_label)]

    class Buckets(BucketingModule):
        def switch_bucket(self, bucket_key: Any, data_shapes: Any, label_shapes: Any = None) -> None:
            names[:] = _names(data_shapes, label_shapes)
            super().switch_bucket(bucket_key, data_shapes, label_shapes)

    return Buckets(lambda key: (generate(key), *names), data.default_bucket_key, **options)


def _validate(
    module: Any, data: Any, found: Any, callback: Callable[..., None] | Sequence[Callable[..., None]] | None, epoch: int
) -> int:
    """Measure; returns the number of batches."""
    found.reset()
    data.reset()
    seen = 0
    for i, batch in enumerate(data):
        module.forward(batch, is_train=False)
        module.update_metric(found, batch.label)
        _call(callback, BatchEndParam(epoch, i, found, locals()))
        seen = i + 1
    data.reset()
    return seen
