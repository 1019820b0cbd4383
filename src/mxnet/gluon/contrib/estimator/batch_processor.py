"""What an Estimator does with a batch."""

from __future__ import annotations

from typing import Any

from mxnet import autograd
from mxnet._base.errors import ArgumentError
from mxnet.gluon.utils import split_and_load

__all__ = ["BatchProcessor"]

_Arrays = list[Any]


class BatchProcessor:
    """How the estimator trains and evaluates on a batch. Subclasses define it for batches of other kinds, several
    losses, and the like.

    >>> import mxnet as mx
    >>> net = mx.gluon.nn.Dense(2)
    >>> net.initialize(ctx=mx.cpu())
    >>> trainer = mx.gluon.Trainer(net.collect_params(), "sgd")
    >>> estimator = mx.gluon.contrib.estimator.Estimator(net, mx.gluon.loss.L2Loss(), trainer=trainer, context=mx.cpu())
    >>> batch = (mx.nd.ones((4, 3)), mx.nd.zeros((4, 2)))
    >>> data, label, pred, loss = BatchProcessor().evaluate_batch(estimator, batch)
    >>> pred[0].shape, loss[0].shape
    ((4, 2), (4,))
    """

    def _get_data_and_label(self, batch: Any, ctx: Any, batch_axis: int = 0) -> tuple[_Arrays, _Arrays]:
        """The parts of data and label for each context."""
        if not isinstance(batch, (list, tuple)) or len(batch) < 2:
            raise ArgumentError(
                f"BatchProcessor: a batch is {_described(batch)}, expected data and label; let the data set give both, "
                "or pass the Estimator a batch_processor that knows such batches"
            )
        data, label = (split_and_load(part, ctx_list=ctx, batch_axis=batch_axis) for part in batch[:2])
        return data, label

    def evaluate_batch(
        self, estimator: Any, val_batch: Any, batch_axis: int = 0
    ) -> tuple[_Arrays, _Arrays, _Arrays, _Arrays]:
        """Compute predictions and losses of a batch.

        Args:
            estimator: the estimator.
            val_batch: data and label.
            batch_axis: along which they are split over the contexts.

        Returns:
            Data, label, prediction and loss, each a list with an array a context.

        Raises:
            ArgumentError: the batch is something else; or can not be split evenly over the contexts.
        """
        data, label = self._get_data_and_label(val_batch, estimator.context, batch_axis)
        pred = [estimator.val_net(x) for x in data]
        loss = [estimator.val_loss(p, y) for p, y in zip(pred, label, strict=True)]
        return data, label, pred, loss

    def fit_batch(
        self, estimator: Any, train_batch: Any, batch_axis: int = 0
    ) -> tuple[_Arrays, _Arrays, _Arrays, _Arrays]:
        """Compute gradients on a batch; the :class:`GradientUpdateHandler` applies them.

        Arguments, results and errors are those of :meth:`evaluate_batch`.
        """
        data, label = self._get_data_and_label(train_batch, estimator.context, batch_axis)
        with autograd.record():
            pred = [estimator.net(x) for x in data]
            loss = [estimator.loss(p, y) for p, y in zip(pred, label, strict=True)]
        for part in loss:
            part.backward()
        return data, label, pred, loss


def _described(batch: Any) -> str:
    kind = type(batch).__name__
    return f"a {kind} of {len(batch)}" if isinstance(batch, (list, tuple)) else f"one {kind}"
