"""Schedules of learning rates against recorded ones of 1.9.1."""

from __future__ import annotations

import importlib
import logging
import pathlib

import pytest

import mxnet as mx
from tests.answers import check, recorded
from tests.training_kit.scheduler_probes import PROBES

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "schedulers.json", PROBES)


@pytest.mark.parametrize("name", PROBES)
def test_rates_are_those_of_the_reference(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


@pytest.mark.parametrize("name", ["PolyScheduler", "CosineScheduler"])
def test_a_warm_up_may_last_to_the_end(name: str) -> None:
    # in 1.9.1 its last update divides by zero
    schedule = getattr(mx.lr_scheduler, name)(4, base_lr=1.0, final_lr=0.25, warmup_steps=4)
    assert [schedule(n) for n in range(7)] == [0, 0.25, 0.5, 0.75, 0.25, 0.25, 0.25]


def test_changes_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    schedule = mx.lr_scheduler.FactorScheduler(2, 0.1, stop_factor_lr=0.05, base_lr=1.0)
    schedule(3)
    assert "Update[3]: Change learning rate to 1.00000e-01" in caplog.text
    schedule(5)
    assert "Update[5]: now learning rate arrived at 5.00000e-02, will not change in the future" in caplog.text
    mx.lr_scheduler.MultiFactorScheduler([1], 0.5, base_lr=1.0)(2)
    assert "Update[2]: Change learning rate to 5.00000e-01" in caplog.text


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda s: s.FactorScheduler(0), "greater or equal than 1 round, got 0"),
        (lambda s: s.FactorScheduler(1, 1.5), "no more than 1 to make lr reduce, got 1.5"),
        (lambda s: s.MultiFactorScheduler([3, 2]), r"increasing integer list, got \[3, 2\]"),
        (lambda s: s.MultiFactorScheduler((1, 2)), r"must be a list of at least one number, got \(1, 2\)"),
        (lambda s: s.PolyScheduler(0), "must be strictly positive, got 0"),
        (lambda s: s.CosineScheduler(3.5), "max_update must be an int, got 3.5"),
        (lambda s: s.LRScheduler(0.1, 2, 1.0), "Base lr has to be higher than warmup_begin_lr, got 0.1 and 1.0"),
        (lambda s: s.LRScheduler(warmup_steps=-1), "Warmup steps has to be positive or 0, got -1"),
        (lambda s: s.LRScheduler(warmup_mode="square"), "only linear and constant modes of warmup, got 'square'"),
        (lambda s: s.LRScheduler()(1), "LRScheduler must define __call__"),
    ],
)
def test_errors_say_what_is_expected(make, words: str) -> None:
    with pytest.raises(mx.MXNetError, match=words):
        make(mx.lr_scheduler)


def test_the_schedules_of_the_first_releases_are_in_a_module_of_their_own(caplog: pytest.LogCaptureFixture) -> None:
    misc = importlib.import_module("mxnet.misc")
    schedule = misc.FactorScheduler(3, 0.5)
    with caplog.at_level("INFO"):
        assert [schedule(i) for i in (0, 2, 3, 7, 2)] == [0.01, 0.01, 0.005, 0.0025, 0.01]
    assert caplog.messages[0] == "At Iteration [3]: Switch to new learning rate 0.00500" and len(caplog.messages) == 3
    weight = mx.nd.zeros((1,))
    step = mx.optimizer.SGD(learning_rate=1.0, lr_scheduler=misc.FactorScheduler(1, 0.5))
    step.update(0, weight, mx.nd.ones((1,)), None)
    assert weight.asscalar() == -0.5  # the first update has the number 1
    for wrong in ((0, 0.5), (2, 1.0)):
        with pytest.raises(ValueError, match="must be"):
            misc.FactorScheduler(*wrong)
    with pytest.raises(NotImplementedError, match="must override this"):
        misc.LearningRateScheduler()(1)
