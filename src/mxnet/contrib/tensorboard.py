"""Metrics for TensorBoard."""

from __future__ import annotations

from typing import Any

__all__ = ["LogMetricsCallback"]


class LogMetricsCallback:
    """A callback that writes metrics as scalars, at the number of the epoch, for TensorBoard to show.

    Args:
        logging_dir: folder for the event file.
        prefix: put before the names of metrics, with a hyphen.

    Use one for training and one for validation, with separate folders, to see both in one diagram::

        module.fit(
            train,
            eval_data=validation,
            batch_end_callback=LogMetricsCallback("logs/train"),
            eval_end_callback=LogMetricsCallback("logs/validation"),
        )

    Then run ``tensorboard --logdir logs``.

    Raises:
        ImportError: the package ``tensorboard`` is not installed.
    """

    def __init__(self, logging_dir: str, prefix: str | None = None) -> None:
        self.prefix = prefix
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ImportError(
                "LogMetricsCallback needs the package tensorboard, which is not installed: pip install tensorboard"
            ) from error
        self.summary_writer = SummaryWriter(logging_dir)

    def __call__(self, param: Any) -> None:
        """Write the metrics of ``param.eval_metric``, if there is one."""
        if param.eval_metric is None:
            return
        for name, value in param.eval_metric.get_name_value():
            if self.prefix is not None:
                name = f"{self.prefix}-{name}"
            self.summary_writer.add_scalar(name, value, global_step=param.epoch)
        self.summary_writer.flush()
