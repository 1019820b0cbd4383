"""Metrics for TensorBoard."""

from __future__ import annotations

import sys
from collections import namedtuple
from types import SimpleNamespace

import pytest

import mxnet as mx
from mxnet.contrib.tensorboard import LogMetricsCallback

Params = namedtuple("Params", ["epoch", "nbatch", "eval_metric", "locals"])


class Writer:
    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.seen: list[tuple[str, float, int]] = []

    def add_scalar(self, name: str, value: float, global_step: int) -> None:
        self.seen.append((name, value, global_step))

    def flush(self) -> None:
        pass


def metric() -> mx.metric.EvalMetric:
    made = mx.metric.Accuracy()
    made.update([mx.nd.array([1])], [mx.nd.array([[0, 1]])])
    return made


def test_metrics_are_written_at_the_number_of_the_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", SimpleNamespace(SummaryWriter=Writer))
    for prefix, name in ((None, "accuracy"), ("train", "train-accuracy")):
        log = LogMetricsCallback("logs", prefix)
        log(Params(3, 7, metric(), None))
        log(Params(4, 0, None, None))
        assert (log.summary_writer.folder, log.summary_writer.seen) == ("logs", [(name, 1.0, 3)])


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ImportError, match="pip install tensorboard"):
        LogMetricsCallback("logs")


def test_event_files_are_written(tmp_path: object) -> None:
    pytest.importorskip("tensorboard")
    LogMetricsCallback(str(tmp_path))(Params(1, 0, metric(), None))
    assert [p.name[:6] for p in tmp_path.iterdir()] == ["events"]  # type: ignore[attr-defined]
