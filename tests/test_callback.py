"""Callbacks log what MXNet 1.9.1's log, and write checkpoints that can be loaded."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet.model import BatchEndParam


def accuracy() -> Any:
    metric = mx.metric.Accuracy()
    metric.update([mx.nd.array([1, 0])], [mx.nd.array([[0, 1], [0, 1]])])
    return metric


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [re.sub(r"Speed: [0-9.]+", "Speed: x", r.getMessage()) for r in caplog.records]


@pytest.fixture(autouse=True)
def _all_levels(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_a_speedometer_takes_the_numbers_that_metrics_of_users_give(caplog: pytest.LogCaptureFixture) -> None:
    metric, speed = mx.metric.np(lambda label, pred: np.array([1.5]), name="own"), mx.callback.Speedometer(10, 1)
    metric.update([mx.nd.ones(1)], [mx.nd.ones(1)])
    for batch in range(2):
        speed(BatchEndParam(0, batch, metric, None))
    assert messages(caplog) == ["Epoch[0] Batch [0-1]\tSpeed: x samples/sec\town=1.500000"]


def test_a_speedometer_logs_every_so_often_and_begins_anew_with_an_epoch(caplog: pytest.LogCaptureFixture) -> None:
    metric, speed = accuracy(), mx.callback.Speedometer(10, 2)
    for epoch in range(2):
        for batch in range(4):
            metric.update([mx.nd.array([1])], [mx.nd.array([[0, 1]])])
            speed(BatchEndParam(epoch, batch, metric, None))
    assert [m.split("\taccuracy")[0] for m in messages(caplog)] == [
        "Epoch[0] Batch [0-2]\tSpeed: x samples/sec",
        "Epoch[1] Batch [0-2]\tSpeed: x samples/sec",
    ]


def test_a_speedometer_may_leave_the_metric_alone_or_have_none(caplog: pytest.LogCaptureFixture) -> None:
    metric, speed = accuracy(), mx.callback.Speedometer(10, 1, auto_reset=False)
    for batch in range(3):
        speed(BatchEndParam(0, batch, metric, None))
    speed = mx.callback.Speedometer(10, 1)
    for batch in range(2):
        speed(BatchEndParam(0, batch, None, None))
    assert messages(caplog) == [
        "Epoch[0] Batch [0-1]\tSpeed: x samples/sec\taccuracy=0.500000",
        "Epoch[0] Batch [0-2]\tSpeed: x samples/sec\taccuracy=0.500000",
        "Iter[0] Batch [1]\tSpeed: x samples/sec",
    ]


def test_a_progress_bar_grows(caplog: pytest.LogCaptureFixture) -> None:
    bar = mx.callback.ProgressBar(4, length=10)
    for batch in (0, 1, 4):
        bar(BatchEndParam(0, batch, None, None))
    assert messages(caplog) == ["[----------] 0%\r", "[==--------] 25%\r", "[==========] 100%\r"]


def test_metrics_are_logged_by_batch_and_by_epoch(caplog: pytest.LogCaptureFixture) -> None:
    metric, log = accuracy(), mx.callback.log_train_metric(2, auto_reset=True)
    for batch in range(2):
        log(BatchEndParam(0, batch, metric, None))
    assert metric.num_inst == 0
    mx.callback.LogValidationMetricsCallback()(BatchEndParam(3, 0, accuracy(), None))
    for callback in (log, mx.callback.LogValidationMetricsCallback()):
        callback(BatchEndParam(3, 0, None, None))
    assert messages(caplog) == [
        "Iter[0] Batch[0] Train-accuracy=0.500000",
        "Epoch[3] Validation-accuracy=0.500000",
    ]


def test_checkpoints_are_written_every_so_often_and_load(tmp_path: Path) -> None:
    prefix = str(tmp_path / "model")
    symbol = mx.sym.Variable("x") * mx.sym.Variable("w")
    save = mx.callback.do_checkpoint(prefix, 2)
    for epoch in range(4):
        save(epoch, symbol, {"w": mx.nd.ones((2,)) * epoch}, {"s": mx.nd.zeros((1,))})
    assert sorted(f.name for f in tmp_path.iterdir()) == ["model-0002.params", "model-0004.params", "model-symbol.json"]
    loaded, arguments, states = mx.model.load_checkpoint(prefix, 4)
    assert loaded.list_arguments() == ["x", "w"] and set(states) == {"s"}
    assert arguments["w"].asnumpy().tolist() == [3, 3]


def test_a_module_is_told_to_write_its_checkpoint() -> None:
    class Module:
        saved: list[Any] = []

        def save_checkpoint(self, *arguments: Any) -> None:
            self.saved.append(arguments)

    for callback in (
        mx.callback.module_checkpoint(Module(), "m", 2, True),
        mx.callback.module_checkpoint(Module(), "m", 0),
    ):
        for epoch in range(2):
            callback(epoch)
    assert Module.saved == [("m", 2, True), ("m", 1, False), ("m", 2, False)]
