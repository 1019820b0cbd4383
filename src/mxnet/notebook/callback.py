"""Callbacks of training that keep a log as data frames, or draw it while it grows.

pandas makes the data frames and bokeh the charts: ``pip install "mxnet-next[notebook]"``.
"""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import datetime
from typing import Any

from mxnet._base.errors import NotDefined
from mxnet._base.lazy import lazy

__all__ = ["LiveBokehChart", "LiveLearningCurve", "LiveTimeSeries", "PandasLogger", "args_wrapper"]

pd = lazy("pandas", extra="notebook")
_io = lazy("bokeh.io", extra="notebook")
_plotting = lazy("bokeh.plotting", extra="notebook")


def _taken(metric: Any) -> dict[str, Any]:
    """The values of a metric by name; it begins anew. Without a metric there are none."""
    if metric is None:
        return {}
    found = dict(metric.get_name_value())
    metric.reset()
    return found


class PandasLogger:
    """Keeps a log of training: of batches, evaluations and epochs.

    A metric begins anew whenever its values are taken.

    Args:
        batch_size: samples in a batch.
        frequent: every so many batches one is logged.

    Source: behaviour of MXNet 1.9.1, but that its ``records_per_sec`` and ``batches_per_sec`` are the other way round,
    and that its ``epoch_cb`` can not be called by ``fit``.

    >>> import mxnet as mx
    >>> logger = PandasLogger(batch_size=32, frequent=10)
    >>> sorted(logger.callback_args())
    ['batch_end_callback', 'epoch_end_callback', 'eval_end_callback']
    """

    def __init__(self, batch_size: int, frequent: int = 50) -> None:
        self.batch_size = batch_size
        self.frequent = frequent
        self._rows: dict[str, list[dict[str, Any]]] = {"train": [], "eval": [], "epoch": []}
        self.last_time = time.time()
        self.start_time = datetime.now()
        self.last_epoch_time = datetime.now()

    @property
    def train_df(self) -> Any:
        """The data frame of batches."""
        return self.all_dataframes["train"]

    @property
    def eval_df(self) -> Any:
        """The data frame of evaluations."""
        return self.all_dataframes["eval"]

    @property
    def epoch_df(self) -> Any:
        """The data frame of epochs."""
        return self.all_dataframes["epoch"]

    @property
    def all_dataframes(self) -> dict[str, Any]:
        """The data frames by name, ``train``, ``eval`` and ``epoch``, as they are now."""
        return {name: pd.DataFrame(rows) for name, rows in self._rows.items()}

    def elapsed(self) -> Any:
        """The time since the log began, a ``timedelta``."""
        return datetime.now() - self.start_time

    def append_metrics(self, metrics: dict[str, Any], df_name: str) -> None:
        """Add a row to a data frame. What it does not have, and what others do not, is not a number there.

        Args:
            metrics: values by column.
            df_name: ``train``, ``eval`` or ``epoch``.

        Raises:
            KeyError: there is no such data frame.
        """
        self._rows[df_name].append(dict(metrics))

    def train_cb(self, param: Any) -> None:
        """For ``batch_end_callback``."""
        if param.nbatch % self.frequent == 0:
            self._process_batch(param, "train")

    def eval_cb(self, param: Any) -> None:
        """For ``eval_end_callback``."""
        self._process_batch(param, "eval")

    def _process_batch(self, param: Any, dataframe: str) -> None:
        now = time.time()
        row = {**_taken(param.eval_metric), "elapsed": self.elapsed()}
        past = now - self.last_time
        row["batches_per_sec"] = self.frequent / past if past else float("inf")
        row["records_per_sec"] = row["batches_per_sec"] * self.batch_size
        self.append_metrics({**row, "epoch": param.epoch, "minibatch_count": param.nbatch}, dataframe)
        self.last_time = now

    def epoch_cb(self, *args: Any) -> None:
        """For ``epoch_end_callback``, whose arguments it does not need."""
        now = datetime.now()
        self.append_metrics({"elapsed": self.elapsed(), "epoch_time": now - self.last_epoch_time}, "epoch")
        self.last_epoch_time = now

    def callback_args(self) -> dict[str, Any]:
        """Keywords for ``fit`` that have all of this logged."""
        return {
            "batch_end_callback": self.train_cb,
            "eval_end_callback": self.eval_cb,
            "epoch_end_callback": self.epoch_cb,
        }


class LiveBokehChart:
    """A chart of bokeh in a notebook that is drawn again while training goes on. Subclasses say what is in it.

    Args:
        pandas_logger: where its numbers come from; a new one of ``batch_size`` and ``frequent`` if None.
        metric_name: the metric that it shows.
        display_freq: seconds, at least, from one drawing to the next.
        batch_size, frequent: of the new logger.
    """

    def __init__(
        self,
        pandas_logger: PandasLogger | None,
        metric_name: str | None,
        display_freq: float = 10,
        batch_size: Any = None,
        frequent: int = 50,
    ) -> None:
        self.pandas_logger = PandasLogger(batch_size, frequent) if pandas_logger is None else pandas_logger
        self.display_freq = display_freq
        self.last_update = time.time()
        self.metric_name = metric_name
        _io.output_notebook()
        self.handle = self.setup_chart()

    def setup_chart(self) -> Any:
        """Draw the chart, and return bokeh's handle of it.

        Raises:
            NotDefined: the subclass does not say how.
        """
        raise NotDefined(f"Incomplete base class: {type(self).__name__} must define setup_chart()")

    def update_chart_data(self) -> None:
        """Give the chart its new numbers.

        Raises:
            NotDefined: the subclass does not say how.
        """
        raise NotDefined(f"Incomplete base class: {type(self).__name__} must define update_chart_data()")

    def interval_elapsed(self) -> bool:
        """Whether it is time to draw again."""
        return time.time() - self.last_update > self.display_freq

    def _push_render(self) -> None:
        _io.push_notebook(handle=self.handle)
        self.last_update = time.time()

    def _do_update(self) -> None:
        self.update_chart_data()
        self._push_render()

    def batch_cb(self, param: Any) -> None:
        """For ``batch_end_callback``."""
        if self.interval_elapsed():
            self._do_update()

    def eval_cb(self, param: Any) -> None:
        """For ``eval_end_callback``: it is drawn again whatever the time."""
        self._do_update()

    def callback_args(self) -> dict[str, Any]:
        """Keywords for ``fit`` that keep the chart up to date."""
        return {"batch_end_callback": self.batch_cb, "eval_end_callback": self.eval_cb}


class LiveTimeSeries(LiveBokehChart):
    """Numbers over the time since the chart was made, which :meth:`update_chart_data` is given one by one.

    Args:
        fig_params: further arguments of ``bokeh.plotting.figure``.
    """

    def __init__(self, **fig_params: Any) -> None:
        self.fig = _plotting.figure(**{"x_axis_type": "datetime", "x_axis_label": "Elapsed time", **fig_params})
        super().__init__(None, None)  # there is no metric: numbers come by update_chart_data

    def setup_chart(self) -> Any:
        self.start_time = datetime.now()
        self.x_axis_val: list[Any] = []
        self.y_axis_val: list[Any] = []
        self._line = self.fig.line([], [])
        return _plotting.show(self.fig, notebook_handle=True)

    def elapsed(self) -> Any:
        """The time since the chart was made, a ``timedelta``."""
        return datetime.now() - self.start_time

    def update_chart_data(self, value: Any) -> None:  # type: ignore[override]
        """Add a number, and draw the chart again."""
        self.x_axis_val.append(self.elapsed())
        self.y_axis_val.append(value)
        _show(self._line, self.x_axis_val, self.y_axis_val)
        self._push_render()


class LiveLearningCurve(LiveBokehChart):
    """A metric in training and in validation, over the time since the chart was made. It needs no other logger.

    The metric begins anew whenever its value is taken.

    Args:
        metric_name: name of the metric.
        display_freq: seconds, at least, from one drawing to the next.
        frequent: every so many batches the metric of one is taken.
    """

    def __init__(self, metric_name: str, display_freq: float = 10, frequent: int = 50) -> None:
        self.frequent = frequent
        self.start_time = datetime.now()
        self._data: dict[str, dict[str, list[Any]]] = {"train": defaultdict(list), "eval": defaultdict(list)}
        super().__init__(None, metric_name, display_freq, frequent=frequent)

    def setup_chart(self) -> Any:
        self.fig = _plotting.figure(
            x_axis_type="datetime", x_axis_label="Training time", y_axis_label=str(self.metric_name)
        )
        pale = {"line_alpha": 0.3, "fill_alpha": 0.3, "legend_label": "train"}
        self.train1 = self.fig.line([], [], line_dash="dotted", alpha=0.3, legend_label="train")
        self.train2 = self.fig.scatter([], [], size=1.5, **pale)
        self.valid1 = self.fig.line([], [], line_color="green", line_width=2, legend_label="validation")
        self.valid2 = self.fig.scatter([], [], line_color="green", line_width=2)
        self.fig.legend.location = "bottom_right"
        return _plotting.show(self.fig, notebook_handle=True)

    def batch_cb(self, param: Any) -> None:
        if param.nbatch % self.frequent == 0:
            self._process_batch(param, "train")
        super().batch_cb(param)

    def eval_cb(self, param: Any) -> None:
        self._process_batch(param, "eval")
        super().eval_cb(param)

    def _process_batch(self, param: Any, df_name: str) -> None:
        columns = self._data[df_name]
        for name, value in {**_taken(param.eval_metric), "elapsed": datetime.now() - self.start_time}.items():
            columns[name].append(value)

    def update_chart_data(self) -> None:
        for name, drawn in (("train", (self.train1, self.train2)), ("eval", (self.valid1, self.valid2))):
            columns = self._data[name]
            values = columns[str(self.metric_name)]
            for part in drawn:
                _show(part, columns["elapsed"][-len(values) :] if values else [], values)


def _show(drawn: Any, x: list[Any], y: list[Any]) -> None:
    drawn.data_source.data = {"x": list(x), "y": list(y)}


def args_wrapper(*args: Any) -> dict[str, list[Any]]:
    """Keywords for ``fit`` that call all of several loggers and charts.

    >>> one, other = PandasLogger(32), PandasLogger(32)
    >>> [len(calls) for calls in args_wrapper(one, other).values()]
    [2, 2, 2]
    """
    out: dict[str, list[Any]] = {}
    for callback in args:
        for name, call in callback.callback_args().items():
            out.setdefault(name, []).append(call)
    return out
