"""Metrics against recorded results of 1.9.1."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
import torch

import mxnet as mx
from tests.answers import check, recorded
from tests.training_kit.metric_probes import PROBES

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "metrics.json", PROBES)


@pytest.mark.parametrize("name", PROBES)
def test_metrics_are_those_of_the_reference(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


# -- what 1.9.1 can not do -------------------------------------------------------------------------------------------


def updated(metric: mx.metric.EvalMetric, labels: list, preds: list) -> mx.metric.EvalMetric:
    metric.update([mx.nd.array(labels)], [mx.nd.array(preds)])
    return metric


def test_all_classes_are_among_the_best_of_more_than_there_are() -> None:
    assert updated(mx.metric.TopKAccuracy(9), [0, 2], [[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]]).get()[1] == 1


def test_predicted_classes_have_no_second_best() -> None:
    assert updated(mx.metric.TopKAccuracy(2), [0, 2, 1], [0, 1, 1]).get()[1] == pytest.approx(2 / 3)


def test_perplexity_of_sequences_is_that_of_their_steps() -> None:
    labels, rows = [[0, 1], [2, 3]], [[0.5, 0.25, 0.125, 0.125]] * 4
    flat = updated(mx.metric.Perplexity(3), [0, 1, 2, 3], rows).get()[1]
    deep = updated(mx.metric.Perplexity(3), labels, np.array(rows).reshape(2, 2, 4)).get()[1]
    first = np.array(rows).reshape(2, 2, 4).swapaxes(1, 2)
    assert deep == pytest.approx(flat) == pytest.approx((2 * 4 * 8) ** (1 / 3))
    assert updated(mx.metric.Perplexity(3, axis=1), labels, first).get()[1] == pytest.approx(flat)


def test_a_metric_that_a_composite_does_not_have_is_an_error() -> None:
    with pytest.raises(IndexError, match="Metric index 4 is out of range 0 and 1"):
        mx.metric.create(["acc"]).get_metric(4)


@pytest.mark.parametrize("name", ["f1", "mcc", "pearsonr"])
def test_averages_of_another_kind_are_refused(name: str) -> None:
    with pytest.raises(mx.MXNetError, match="average is 'mean'; expected 'macro' or 'micro'"):
        mx.metric.create(name, average="mean")


# -- our own ---------------------------------------------------------------------------------------------------------


def test_hundreds_of_batches_add_up_and_can_be_read_in_between() -> None:
    acc, loss = mx.metric.Accuracy(), mx.metric.Loss()
    for i in range(300):
        updated(acc, [0, 1], [[0.9, 0.1], [0.2 + 0.6 * (i % 2), 0.5]])
        loss.update(None, mx.nd.array([i, i + 1]))
        if i == 99:
            assert acc.get()[1] == 0.75
            acc.reset_local()
    assert acc.get()[1] == acc.get_global()[1] == 0.75 and (acc.num_inst, acc.global_num_inst) == (400, 600)
    assert loss.get()[1] == pytest.approx(150)


def test_sums_can_be_set() -> None:
    acc = updated(mx.metric.Accuracy(), [0, 1], [[0.9, 0.1], [0.8, 0.5]])
    acc.sum_metric, acc.num_inst = 3.0, 4
    assert acc.get()[1] == 0.75 and acc.get_global()[1] == 0.5


def test_labels_and_predictions_may_be_of_any_dtype() -> None:
    label = mx.nd.array([0, 1, 1], dtype="int32")
    for dtype in ("float16", "float32", "float64"):
        pred = mx.nd.array([[0.75, 0.25], [0.25, 0.75], [0.75, 0.25]], dtype=dtype)
        found = [mx.metric.create(name) for name in ("acc", "f1", "ce", "mse")]
        for metric in found:
            metric.update([label], [pred if metric.name != "mse" else pred[:, 1]])
        values = [m.get()[1] for m in found]
        assert values == pytest.approx([2 / 3, 2 / 3, -np.log(0.75 * 0.75 * 0.25) / 3, 0.6875 / 3], rel=2e-3)


def test_metrics_of_ones_own_are_made_by_name() -> None:
    @mx.metric.register
    class Largest(mx.metric.EvalMetric):
        def __init__(self, name="largest", **kwargs):
            super().__init__(name, **kwargs)

        def update(self, labels, preds):
            self.sum_metric = max(self.sum_metric, preds[0].max().asscalar())
            self.num_inst = 1

    metric = mx.metric.create("largest")
    assert updated(metric, [0], [1, 5, 2]).get() == ("largest", 5)
    assert type(mx.metric.create(metric.get_config())) is Largest


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda: mx.metric.create("acuracy"), "acuracy is not registered"),
        (lambda: mx.metric.create(3), "metric must be of string type, got 3"),
        (lambda: mx.metric.create(mx.metric.Accuracy(), axis=2), "already an instance"),
        (lambda: mx.metric.TopKAccuracy(1), "Please use Accuracy if top_k is no more than 1"),
        (lambda: mx.metric.np(np.mean).get_config(), "CustomMetric cannot be serialized"),
        (lambda: mx.metric.EvalMetric("own").update([], []), "EvalMetric must define update"),
        (lambda: updated(mx.metric.F1(), [0, 1, 2], [[1, 0]] * 3), "F1 currently only supports binary classification"),
        (lambda: updated(mx.metric.Accuracy(), [0, 1, 1], [[1, 0]] * 2), "Shape of labels 3 does not match.* 2"),
        (lambda: updated(mx.metric.TopKAccuracy(2), [0], [[[1, 0]]]), r"no more than 2 dims, got \(1, 1, 2\)"),
        (
            lambda: mx.metric.Accuracy().update([mx.nd.ones(1)] * 2, [mx.nd.ones(1)]),
            "Shape of labels 2 .*predictions 1",
        ),
        (lambda: updated(mx.metric.F1(), [0, 1], [0.3, 0.7]), r"F1: predictions have shape \(2,\), expected \(N, 2\)"),
        (lambda: updated(mx.metric.MCC(), [[0, 1]] * 2, [[0.3, 0.7]] * 2), r"labels \(2, 2\) .* expected one label"),
        (lambda: updated(mx.metric.CrossEntropy(), [0, 1], [0.3, 0.7]), r"shape \(2,\), expected \(N, C\)"),
    ],
)
def test_errors_say_what_is_expected(do, words: str) -> None:
    with pytest.raises(mx.MXNetError, match=words):
        do()


@pytest.mark.parametrize(
    ("name", "kind"), [("acc", AssertionError), ("top_k_acc", AttributeError), ("loss", AssertionError)]
)
def test_arrays_of_numpy_are_told_of_where_arrays_are_needed(name, kind) -> None:
    metric = mx.metric.create(name, **({"top_k": 2} if name == "top_k_acc" else {}))
    with pytest.raises(kind, match=r"must have NDArray type, but got array.*mx.nd.array\(\) makes one"):
        metric.update([np.zeros(2)], [np.zeros((2, 3))])


def test_moments_of_correlation_are_counted_on_as_in_the_original() -> None:
    metric = mx.metric.PearsonCorrelation(average="micro")
    assert metric.update_variance(np.array([1.0, 2.0]), 3, 0.5, 0.2) == pytest.approx((5, 0.9, 1.9))
    metric.update([mx.nd.array([[1, 0], [0, 1.0]])], [mx.nd.array([[0.3, 0.7], [0.2, 0.1]])])
    before = metric.get()[1]
    metric.update_cov(np.array([0.5, 1.5]), np.array([0.325, 0.425]))
    # recorded from 1.9.1: the products are -0.25, and (1.5 - 0.5) * (0.425 - 0.325) is added
    assert metric.get()[1] == pytest.approx(before * (-0.25 + 0.1) / -0.25, rel=1e-5)


def unreadable(*shape: int) -> mx.nd.NDArray:
    """An array whose values can not be read: whatever would wait for a device raises on it."""
    return mx.nd.NDArray(torch.empty(shape, device="meta"), mx.cpu())


@pytest.mark.parametrize(
    ("metric", "shapes"),
    [
        (mx.metric.Accuracy(), ((4,), (4, 3))),
        (mx.metric.TopKAccuracy(2), ((4,), (4, 3))),
        (mx.metric.F1(), ((4,), (4, 2))),
        (mx.metric.F1(average="micro"), ((4,), (4, 2))),
        (mx.metric.MCC(), ((4,), (4, 2))),
        (mx.metric.CrossEntropy(), ((4,), (4, 3))),
        (mx.metric.NegativeLogLikelihood(), ((4,), (4, 3))),
        (mx.metric.Perplexity(None), ((4,), (4, 3))),
        (mx.metric.Perplexity(0), ((2, 4), (2, 4, 3))),
        (mx.metric.MAE(), ((4,), (4,))),
        (mx.metric.MSE(), ((4, 2), (4, 2))),
        (mx.metric.RMSE(), ((4,), (4, 1))),
        (mx.metric.Loss(), ((4,), (4,))),
    ],
    ids=lambda value: value.name if isinstance(value, mx.metric.EvalMetric) else "",
)
def test_updates_wait_for_no_device(metric, shapes):
    for _ in range(200):
        metric.update([unreadable(*shapes[0])], [unreadable(*shapes[1])])
    with pytest.raises(RuntimeError, match="meta"):
        metric.get()
    metric.reset()
    assert np.isnan(metric.get()[1])


def test_labels_that_no_class_has_are_told():
    label, pred = mx.nd.array([0, 3]), mx.nd.array([[0.5, 0.5], [0.5, 0.5]])
    with pytest.raises(IndexError, match="CrossEntropy: a label is not one of the 2 classes"):
        mx.metric.CrossEntropy().update([label], [pred])
    with pytest.raises(ValueError, match="only supports binary"):
        mx.metric.F1().update([mx.nd.array([0, 1, 2])], [mx.nd.ones((3, 2))])


def test_local_resets_leave_the_counts_of_the_whole_run():
    metric = mx.metric.F1(average="micro")
    label, pred = mx.nd.array([1, 0, 1]), mx.nd.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7]])
    metric.update([label], [pred])
    metric.reset_local()
    metric.update([mx.nd.array([1])], [mx.nd.array([[0.9, 0.1]])])
    assert metric.get()[1] == 0 and metric.num_inst == 1
    assert metric.get_global()[1] == pytest.approx(2 * (2 / 3) * (2 / 3) / (4 / 3)) and metric.global_num_inst == 4


@pytest.mark.parametrize("name", ["mae", "mse", "rmse"])
def test_labels_and_predictions_of_shapes_that_do_not_go_together_are_told(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        mx.metric.create(name).update([mx.nd.ones((4,))], [mx.nd.ones((2, 1))])


def test_an_axis_that_predictions_lack_is_told() -> None:
    with pytest.raises(mx.MXNetError, match="axis 1"):
        mx.metric.Accuracy().update([mx.nd.zeros((1, 1))], [mx.nd.zeros((1,))])


def test_an_axis_or_eps_that_is_none_is_refused_in_words():
    labels, predictions = [mx.nd.array([0, 1])], [mx.nd.array([[0.5, 0.5], [0.5, 0.5]])]
    with pytest.raises(mx.MXNetError, match=r"axis is 5, predictions have shape \(2, 2\)"):
        mx.metric.Perplexity(None, axis=5).update(labels, predictions)
    with pytest.raises(TypeError, match="eps is 'x', expected a number"):
        mx.metric.CrossEntropy(eps="x")
