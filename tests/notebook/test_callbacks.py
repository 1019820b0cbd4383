"""Logs of training as data frames, and charts of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet.notebook import callback


def accuracy(right: int = 1) -> mx.metric.EvalMetric:
    metric = mx.metric.Accuracy()
    metric.update([mx.nd.array([1, right])], [mx.nd.array([[0.1, 0.9], [0.2, 0.8]])])
    return metric


def batch(number: int, metric: Any = None, epoch: int = 0) -> mx.model.BatchEndParam:
    return mx.model.BatchEndParam(epoch=epoch, nbatch=number, eval_metric=metric, locals=None)


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A bokeh that draws nothing: what was shown and pushed."""
    calls: list[Any] = []

    def figure(**options: Any) -> SimpleNamespace:
        def part(*columns: Any, **how: Any) -> SimpleNamespace:
            return SimpleNamespace(data_source=SimpleNamespace(data={}), how=how)

        return SimpleNamespace(line=part, scatter=part, legend=SimpleNamespace(), options=options)

    def show(drawn: Any, notebook_handle: bool) -> str:
        calls.append("shown")
        return "handle"

    def push(handle: str) -> None:
        calls.append(handle)

    monkeypatch.setattr(callback, "_io", SimpleNamespace(output_notebook=lambda: None, push_notebook=push))
    monkeypatch.setattr(callback, "_plotting", SimpleNamespace(figure=figure, show=show))
    return calls


def test_a_logger_keeps_every_so_many_batches_evaluations_and_epochs() -> None:
    pytest.importorskip("pandas")
    logger = callback.PandasLogger(batch_size=4, frequent=2)
    for epoch in range(2):
        for i in range(5):
            logger.train_cb(batch(i, accuracy(right=i % 2), epoch))
        logger.eval_cb(batch(5, accuracy(), epoch))
        logger.epoch_cb()
    train = logger.train_df
    assert train["minibatch_count"].tolist() == [0, 2, 4] * 2 and train["epoch"].tolist() == [0] * 3 + [1] * 3
    assert train["accuracy"].tolist() == [0.5] * 6 and logger.eval_df["accuracy"].tolist() == [1, 1]
    np.testing.assert_allclose(train["records_per_sec"], train["batches_per_sec"] * 4)
    assert train["elapsed"].is_monotonic_increasing and len(logger.epoch_df) == 2
    assert list(logger.epoch_df.columns) == ["elapsed", "epoch_time"]


def test_a_logger_takes_rows_of_different_columns_for_its_own_frames_alone() -> None:
    pytest.importorskip("pandas")
    logger = callback.PandasLogger(4)
    assert {name: len(frame) for name, frame in logger.all_dataframes.items()} == {"train": 0, "eval": 0, "epoch": 0}
    logger.append_metrics({"a": 1}, "eval")
    logger.append_metrics({"b": 2}, "eval")
    assert logger.eval_df.isna().to_numpy().tolist() == [[False, True], [True, False]]
    with pytest.raises(KeyError, match="other"):
        logger.append_metrics({"a": 1}, "other")


def test_metrics_begin_anew_when_they_are_logged_and_need_not_be_there() -> None:
    logger, metric = callback.PandasLogger(4, frequent=1), accuracy()
    logger.train_cb(batch(0, metric))
    assert metric.num_inst == 0
    logger.train_cb(batch(1))
    assert [row.get("accuracy") for row in logger._rows["train"]] == [1, None]


def test_modules_are_logged_while_they_learn() -> None:
    data = mx.io.NDArrayIter(np.ones((8, 2), "float32"), np.zeros(8), batch_size=4, label_name="softmax_label")
    net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2), name="softmax")
    loggers = callback.PandasLogger(4, frequent=1), callback.PandasLogger(4, frequent=2)
    mx.mod.Module(net).fit(data, eval_data=data, num_epoch=3, **callback.args_wrapper(*loggers))
    assert [{name: len(rows) for name, rows in logger._rows.items()} for logger in loggers] == [
        {"train": 6, "eval": 3, "epoch": 3},
        {"train": 3, "eval": 3, "epoch": 3},
    ]


def test_a_learning_curve_shows_training_and_validation(pushed: list[Any]) -> None:
    curve = callback.LiveLearningCurve("accuracy", display_freq=-1, frequent=2)
    for i in range(4):
        curve.batch_cb(batch(i, accuracy()))
    curve.eval_cb(batch(4, accuracy(right=0)))
    assert pushed == ["shown"] + ["handle"] * 5
    assert [part.data_source.data["y"] for part in (curve.train1, curve.train2)] == [[1, 1], [1, 1]]
    assert curve.valid1.data_source.data["y"] == [0.5] and len(curve.valid2.data_source.data["x"]) == 1
    assert curve.fig.options["y_axis_label"] == "accuracy"


def test_charts_are_drawn_again_when_it_is_time_and_after_evaluations(pushed: list[Any]) -> None:
    curve = callback.LiveLearningCurve("accuracy", display_freq=1000, frequent=1)
    curve.batch_cb(batch(0, accuracy()))
    assert pushed == ["shown"]
    curve.eval_cb(batch(1, accuracy()))
    assert pushed == ["shown", "handle"]
    assert sorted(curve.callback_args()) == ["batch_end_callback", "eval_end_callback"]


def test_numbers_over_time_are_given_one_by_one(pushed: list[Any]) -> None:
    series = callback.LiveTimeSeries(y_axis_label="loss")
    series.update_chart_data(3.0)
    series.update_chart_data(2.5)
    assert series._line.data_source.data["y"] == [3, 2.5] and len(series.x_axis_val) == 2
    assert series.fig.options["y_axis_label"] == "loss" and pushed == ["shown", "handle", "handle"]


def test_charts_of_others_say_what_is_in_them(pushed: list[Any]) -> None:
    with pytest.raises(NotImplementedError, match="setup_chart"):
        callback.LiveBokehChart(None, "accuracy")


def test_what_is_not_installed_is_told_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback, "pd", mx._base.lazy.lazy("no_such_pandas", extra="notebook"))
    with pytest.raises(ImportError, match=r"mxnet-next\[notebook\]"):
        _ = callback.PandasLogger(4).train_df
