"""The Estimator: log lines, files, order of handlers and refusals are those that 1.9.1 gave."""

from __future__ import annotations

import io
import os
import re

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn
from mxnet.gluon.contrib.estimator import (
    BatchBegin,
    BatchEnd,
    BatchProcessor,
    CheckpointHandler,
    EarlyStoppingHandler,
    EpochBegin,
    EpochEnd,
    Estimator,
    LoggingHandler,
    MetricHandler,
    StoppingHandler,
    TrainBegin,
    TrainEnd,
    ValidationHandler,
)

LOSS = gluon.loss.SoftmaxCrossEntropyLoss()


def loader(size=10, batch=4):
    data = gluon.data.ArrayDataset(nd.ones((size, 3)), nd.zeros((size,)))
    return gluon.data.DataLoader(data, batch_size=batch)


def made(hybrid=False, rate=0.001, **more):
    net = nn.HybridSequential() if hybrid else nn.Sequential()
    net.add(nn.Dense(4, in_units=3))
    net.initialize(mx.init.Constant(0.1))
    if hybrid:
        net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": rate})
    estimator = Estimator(net, LOSS, trainer=trainer, context=mx.cpu(), **more)
    estimator.text = io.StringIO()
    estimator.logger.handlers[0].setStream(estimator.text)
    return estimator


def lines(estimator):
    """What was logged, without times and values."""
    text = re.sub(r"\d+\.\d{3}s", "Ts", estimator.text.getvalue())
    return re.sub(r"total \ds", "total Ts", re.sub(r": \d\.\d{4}(?!\d)", ": V", text)).splitlines()


METRICS = "{0} accuracy: V, {0} softmaxcrossentropyloss: V"


def test_what_is_logged_is_what_1_9_1_logs():
    estimator = made()
    handler = LoggingHandler(log_interval=2, metrics=estimator.train_metrics)
    estimator.fit(loader(), loader(), epochs=1, event_handlers=handler)
    assert lines(estimator) == [
        "Training begin: using optimizer SGD with current learning rate 0.0010 ",
        "Train for 1 epochs.",
        "[Epoch 0] Begin, current learning rate: V",
        f"[Epoch 0][Batch 0][Samples 4] time/interval: Ts {METRICS.format('training')}",
        f"[Epoch 0][Batch 2][Samples 10] time/interval: Ts {METRICS.format('training')}",
        "Validation Begin",
        f"[Epoch 0] Finished in Ts, {METRICS.format('validation')}",
        f"[Epoch 0] Finished in Ts, {METRICS.format('training')}",
        f"Train finished using total Ts with 1 epochs. {METRICS.format('training')}",
    ]


def test_samples_are_counted_over_all_epochs():
    estimator = made()
    handler = LoggingHandler(log_interval=2, metrics=estimator.train_metrics)
    estimator.fit(loader(), epochs=2, event_handlers=handler)
    places = [re.match(r"\[Epoch (\d)\]\[Batch (\d)\]\[Samples (\d+)\]", line) for line in lines(estimator)]
    assert [p.groups() for p in places if p] == [
        ("0", "0", "4"),
        ("0", "2", "10"),
        ("1", "0", "14"),
        ("1", "2", "20"),
    ]
    assert (handler.processed_samples, handler.batch_index, handler.current_epoch) == (20, 0, 2)


def test_training_by_batches_counts_epochs():
    estimator = made()
    estimator.fit(loader(), batches=4)
    assert lines(estimator)[1] == "Train for 4 batches."
    assert "with 2 epochs." in lines(estimator)[-1]


def test_a_progress_bar_is_shown_where_it_is_asked_for(capsys):
    estimator = made()
    for progress, shown in ((True, True), (False, False), (None, False)):
        handler = LoggingHandler(metrics=estimator.train_metrics, progress=progress)
        estimator.fit(loader(), epochs=1, event_handlers=handler)
        assert ("/3" in capsys.readouterr().err) == shown


class Told(TrainBegin, EpochBegin, BatchBegin, BatchEnd, EpochEnd, TrainEnd):
    def __init__(self, log, name="", stop_at=None):
        self.log = log
        self.name = name
        self.stop_at = stop_at


for _event in ("train_begin", "epoch_begin", "batch_begin", "batch_end", "epoch_end", "train_end"):

    def _told(self, estimator, *args, _event=_event, **kwargs):
        self.log.append((self.name, _event, sorted(kwargs)))
        return _event == self.stop_at

    setattr(Told, _event, _told)


def test_events_come_in_order_with_what_belongs_to_them():
    log = []
    made().fit(loader(batch=10), epochs=1, event_handlers=[Told(log)])
    assert [(event, given) for _, event, given in log] == [
        ("train_begin", []),
        ("epoch_begin", []),
        ("batch_begin", ["batch"]),
        ("batch_end", ["batch", "label", "loss", "pred"]),
        ("epoch_end", []),
        ("train_end", []),
    ]


def test_handlers_run_by_priority_and_those_without_one_at_zero():
    log = []
    handlers = [Told(log, "late"), Told(log, "none"), Told(log, "first")]
    handlers[0].priority, handlers[2].priority = 5, -5000
    estimator = made()
    estimator.fit(loader(), batches=1, event_handlers=handlers)
    assert [n for n, event, _ in log if event == "batch_end"] == ["first", "none", "late"]
    kinds = [type(h).__name__ for h in estimator._prepare_default_handlers(loader(), handlers)]
    assert kinds == [
        "Told",
        "GradientUpdateHandler",
        "MetricHandler",
        "ValidationHandler",
        "Told",
        "StoppingHandler",
        "Told",
        "LoggingHandler",
    ]


@pytest.mark.parametrize(("where", "counts"), [("epoch_begin", (6, 2)), ("batch_end", (2, 2)), ("epoch_end", (3, 1))])
def test_a_true_answer_ends_the_epoch_or_the_training(where, counts):
    log = []
    made().fit(loader(), epochs=2, event_handlers=[Told(log, stop_at=where)])
    events = [event for _, event, _ in log]
    assert (events.count("batch_end"), events.count("epoch_end")) == counts


def test_a_stopping_handler_of_its_own_stops_earlier():
    estimator = made()
    estimator.fit(loader(), epochs=5, event_handlers=[StoppingHandler(max_epoch=2)])
    assert "with 2 epochs" in lines(estimator)[-1]


def test_validation_comes_as_often_as_it_is_told():
    for options, times in (({"epoch_period": 2}, 2), ({"epoch_period": None, "batch_period": 2}, 6)):
        calls = []
        handler = ValidationHandler("data", lambda calls=calls, **given: calls.append(given), **options)
        made().fit(loader(), epochs=4, event_handlers=[handler])
        assert calls == [{"val_data": "data", "batch_axis": 0, "event_handlers": None}] * times


def test_metrics_are_named_for_their_part_and_validation_has_its_own():
    accuracy = mx.metric.Accuracy()
    estimator = made(train_metrics=[accuracy, mx.metric.RMSE("far")])
    assert estimator.train_metrics[0] is accuracy
    assert [m.name for m in estimator.train_metrics] == ["training accuracy", "training far"]
    assert [m.name for m in estimator.val_metrics] == ["validation accuracy", "validation far"]
    estimator = made(val_metrics=mx.metric.CompositeEvalMetric(["acc", "mse"]))
    assert [m.name for m in estimator.val_metrics] == ["validation accuracy", "validation mse"]


@pytest.mark.parametrize(
    ("period", "amount", "names"),
    [
        ({}, {"epochs": 3}, ["epoch1batch6", "epoch2batch9"]),
        ({"epoch_period": None, "batch_period": 2}, {"batches": 8}, ["epoch1batch5", "epoch2batch7"]),
    ],
)
@pytest.mark.parametrize("hybrid", [False, True])
def test_checkpoints_have_the_names_of_1_9_1_and_only_the_newest_stay(tmp_path, period, amount, names, hybrid):
    handler = CheckpointHandler(tmp_path, "m", max_checkpoints=2, **period)
    made(hybrid).fit(loader(), event_handlers=[handler], **amount)
    files = [f"m-{n}.{ending}" for n in names for ending in ("params", "states")]
    assert sorted(os.listdir(tmp_path)) == files + ["m-symbol.json"] * hybrid


@pytest.mark.parametrize(
    ("period", "first", "then", "names"),
    [
        ({}, {"epochs": 2}, {"epochs": 4}, ["epoch1batch6", "epoch2batch9", "epoch3batch12"]),
        ({"epoch_period": None, "batch_period": 2}, {"batches": 5}, {"batches": 12}, ["epoch3batch7", "epoch4batch11"]),
    ],
)
def test_training_goes_on_from_the_newest_whole_checkpoint(tmp_path, period, first, then, names):
    made(rate=0.1).fit(loader(), event_handlers=[CheckpointHandler(tmp_path, "m", **period)], **first)
    (tmp_path / "m-epoch90batch90.params").write_bytes(b"a file without its states")
    resumed = made(rate=0.1)
    handler = CheckpointHandler(tmp_path, "m", resume_from_checkpoint=True, **period)
    resumed.fit(loader(), event_handlers=[handler], **then)
    assert "CheckpointHandler: Checkpoint resumed from epoch 1 batch" in lines(resumed)[0]
    assert {f"m-{n}.states" for n in names} <= set(os.listdir(tmp_path))
    with pytest.raises(ValueError, match="please specify resume_from_checkpoint=False"):
        made().fit(loader(), event_handlers=[handler], **then)
    if not period:
        whole = made(rate=0.1)
        whole.fit(loader(), **then)
        for ours, theirs in zip(*(e.net.collect_params().values() for e in (resumed, whole)), strict=True):
            np.testing.assert_allclose(ours.data().asnumpy(), theirs.data().asnumpy(), rtol=1e-6)


@pytest.mark.parametrize(
    ("period", "first", "then", "names"),
    [
        ({}, {"epochs": 2}, {"epochs": 4}, ["epoch0batch2", "epoch1batch5", "epoch2batch8", "epoch3batch11"]),
        (
            {"epoch_period": None, "batch_period": 2},
            {"batches": 4},
            {"batches": 9},
            ["epoch0batch1", "epoch1batch3", "epoch2batch5", "epoch3batch7"],
        ),
    ],
)
@pytest.mark.parametrize("most", [5, 1])
def test_checkpoints_are_numbered_as_in_1_9_1_where_there_is_nothing_to_resume(
    tmp_path, period, first, then, names, most
):
    for amount, kept in ((first, names[:2]), (then, names[2:])):
        handler = CheckpointHandler(
            tmp_path, "m", resume_from_checkpoint=True, max_checkpoints=most, verbose=1, **period
        )
        fitter = made()
        fitter.fit(loader(), event_handlers=[handler], **amount)
        assert handler.saved_checkpoints == [f"m-{name}" for name in kept][-most:]
        totals = [re.search(r"trained total (\d+) batches", line) for line in lines(fitter)]
        if kept[0] == names[0]:
            assert [int(t[1]) for t in totals if t] == ([3, 6] if not period else [2, 4])
    left = names if most == 5 else [names[1], names[3]]  # those of the first training are not counted
    assert sorted(os.listdir(tmp_path)) == sorted(f"m-{n}.{e}" for n in left for e in ("params", "states"))


def test_epochs_are_not_resumed_from_checkpoints_by_batches(tmp_path):
    handler = CheckpointHandler(tmp_path, batch_period=2, resume_from_checkpoint=True)
    with pytest.raises(AssertionError, match="same type of period"):
        made().fit(loader(), epochs=1, event_handlers=[handler])


def test_the_best_model_by_its_loss_is_kept(tmp_path):
    estimator = made(rate=0.1)
    loss = estimator.train_metrics[1]
    with pytest.raises(ValueError, match="monitor"):
        CheckpointHandler(tmp_path, save_best=True)
    handler = CheckpointHandler(tmp_path, "m", monitor=loss, save_best=True, verbose=1)
    estimator.fit(loader(), epochs=3, event_handlers=[handler])
    assert handler.best == loss.get()[1]
    assert sum("improved from" in line for line in lines(estimator)) == 3
    best, last = (nd.load(str(tmp_path / f"m-{n}.params"))["0.weight"].asnumpy() for n in ("best", "epoch2batch9"))
    np.testing.assert_array_equal(best, last)


@pytest.mark.parametrize(
    ("place", "options", "stopped"),
    [(0, {}, 1), (0, {"patience": 2}, 2), (1, {}, None), (1, {"mode": "max"}, 1), (1, {"min_delta": 9}, 1)],
)
def test_training_stops_when_a_metric_no_longer_improves(place, options, stopped):
    estimator = made()
    handler = EarlyStoppingHandler(estimator.train_metrics[place], **options)
    estimator.fit(loader(), epochs=5, event_handlers=[handler])
    assert handler.stop_training == (stopped is not None)
    assert handler.current_epoch == (5 if stopped is None else stopped + 1)
    if stopped is not None:
        assert handler.stopped_epoch == stopped
        assert any(f"[Epoch {stopped}] EarlyStoppingHanlder: early stopping" in line for line in lines(estimator))


def test_a_metric_that_nobody_updates_is_told():
    with pytest.warns(RuntimeWarning, match="accuracy is not updated"):
        made().fit(loader(), epochs=1, event_handlers=[EarlyStoppingHandler(mx.metric.Accuracy())])


def test_a_batch_processor_of_ones_own_takes_other_batches():
    class Swapped(BatchProcessor):
        def _get_data_and_label(self, batch, ctx, batch_axis=0):
            return super()._get_data_and_label(batch[::-1], ctx, batch_axis)

    data = gluon.data.ArrayDataset(nd.zeros((10,)), nd.ones((10, 3)))
    estimator = made(batch_processor=Swapped())
    estimator.fit(gluon.data.DataLoader(data, batch_size=5), epochs=1)
    assert estimator.train_metrics[0].num_inst == 10


def test_several_contexts_share_a_batch_and_stay_equal():
    contexts = [mx.cpu(0), mx.cpu(1)]
    net = nn.Dense(4, in_units=3)
    net.initialize(ctx=contexts)
    estimator = Estimator(net, LOSS, trainer=gluon.Trainer(net.collect_params(), "sgd"))
    assert estimator.context == contexts
    estimator.logger.setLevel("ERROR")
    estimator.fit(loader(), loader(), epochs=1)
    first, second = net.weight.list_data()
    np.testing.assert_array_equal(first.asnumpy(), second.asnumpy())


REFUSED = {
    "neither epochs nor batches": (lambda e: e.fit(loader()), ValueError, "one and only one of: epochs or batches"),
    "both": (lambda e: e.fit(loader(), epochs=1, batches=1), ValueError, "one and only one"),
    "other data": (lambda e: e.fit([1], epochs=1), ValueError, "only support input as Gluon DataLoader"),
    "other data to evaluate": (lambda e: e.evaluate([1]), ValueError, "only support input as Gluon DataLoader"),
    "another handler": (
        lambda e: e.fit(loader(), epochs=1, event_handlers=["x"]),
        ValueError,
        "must be an EventHandler",
    ),
    "another metric": (
        lambda e: e.fit(loader(), epochs=1, event_handlers=[MetricHandler([mx.metric.RMSE()])]),
        ValueError,
        "outside of the known training and validation metrics",
    ),
    "training metrics to evaluate": (
        lambda e: e.evaluate(loader(), event_handlers=[LoggingHandler(metrics=e.train_metrics)]),
        ValueError,
        "outside of the known",
    ),
    "another interval": (lambda e: LoggingHandler(log_interval="x"), ValueError, "log_interval must be"),
    "another monitor": (lambda e: EarlyStoppingHandler("x"), ValueError, "Please provide one of the metric objects"),
    "another loss": (lambda e: Estimator(e.net, "mse"), ValueError, "loss must be a Loss"),
    "another trainer": (lambda e: Estimator(e.net, LOSS, trainer="sgd"), ValueError, "must be a Gluon Trainer"),
    "another context": (lambda e: Estimator(e.net, LOSS, context="cpu"), ValueError, "context must be a Context"),
    "no such context": (lambda e: Estimator(e.net, LOSS, context=mx.gpu(99)), AssertionError, "is not available"),
    "other metrics": (lambda e: Estimator(e.net, LOSS, train_metrics="acc"), ValueError, "metrics must be a Metric"),
    "another processor": (
        lambda e: Estimator(e.net, LOSS, trainer=e.trainer, batch_processor=3),
        ValueError,
        "fit_batch()",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_1_9_1_refuses_is_refused_with_its_class(what):
    call, kind, text = REFUSED[what]
    with pytest.raises(kind, match=re.escape(text)):
        call(made())


def test_defaults_are_told_of():
    net = nn.Dense(2, in_units=3)
    net.initialize()
    with pytest.warns(UserWarning, match="No trainer specified"):
        assert Estimator(net, LOSS).trainer.learning_rate == 0.001
    trainer = gluon.Trainer(net.collect_params(), "sgd")
    with pytest.warns(UserWarning, match="Network already fully initialized"):
        Estimator(net, LOSS, trainer=trainer, initializer="zeros")
