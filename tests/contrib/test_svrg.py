"""Stochastic variance reduced gradients: the correction, and trainings with it."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet.contrib.svrg_optimization.svrg_module import SVRGModule
from mxnet.contrib.svrg_optimization.svrg_optimizer import _SVRGOptimizer

RNG = np.random.default_rng(0)
POINTS = RNG.integers(1, 5, (200, 2)).astype("float32")
VALUES = POINTS @ np.array([1.0, 2.0], "float32")


def data(batch_size: int = 10) -> mx.io.NDArrayIter:
    return mx.io.NDArrayIter(POINTS, VALUES, batch_size, label_name="label")


def regression() -> mx.sym.Symbol:
    line = mx.sym.FullyConnected(mx.sym.var("data"), name="fc", num_hidden=1)
    return mx.sym.LinearRegressionOutput(line, mx.sym.var("label"), name="out")


def module(contexts: object = mx.cpu(), update_freq: int = 2) -> SVRGModule:
    return SVRGModule(regression(), ["data"], ["label"], context=contexts, update_freq=update_freq)


def ready(contexts: object = mx.cpu()) -> SVRGModule:
    made = module(contexts)
    batches = data()
    made.bind(batches.provide_data, batches.provide_label)
    made.init_params(mx.init.One())
    made.init_optimizer(optimizer_params={"learning_rate": 0.01})
    return made


@pytest.mark.parametrize("contexts", [mx.cpu(), [mx.cpu(0), mx.cpu(1)]], ids=["one context", "two contexts"])
def test_a_step_uses_the_gradient_less_that_of_the_copy_and_the_mean(contexts: object) -> None:
    svrg, batches = ready(contexts), data()
    svrg.update_full_grads(batches)
    svrg._mod_aux.set_params({"fc_weight": mx.nd.array([[3, 1]]), "fc_bias": mx.nd.array([0.5])}, {})

    def gradient(weight: list[float], bias: float, rows: slice) -> np.ndarray:
        return ((POINTS[rows] @ np.array(weight) + bias - VALUES[rows])[:, None] * POINTS[rows]).sum(0)

    svrg.forward_backward(next(batches))
    svrg.update()
    first = slice(0, 10)
    mean = np.mean([gradient([1, 1], 0, slice(k, k + 10)) for k in range(0, 200, 10)], axis=0)
    expected = gradient([1, 1], 0, first) - gradient([3, 1], 0.5, first) + mean
    moved = svrg.get_params()[0]["fc_weight"].asnumpy()[0]
    np.testing.assert_allclose(moved, 1 - 0.01 * expected / 10, rtol=1e-4)


def test_a_training_with_it_ends_nearer_to_the_best_than_one_without() -> None:
    values = VALUES + RNG.normal(size=len(VALUES)).astype("float32")
    best = np.linalg.lstsq(np.c_[POINTS, np.ones(len(POINTS))], values, rcond=None)[0]
    away = []
    for made in (module(update_freq=1), mx.mod.Module(regression(), ["data"], ["label"])):
        made.fit(
            mx.io.NDArrayIter(POINTS, values, 10, label_name="label"),
            eval_metric="mse",
            initializer=mx.init.One(),
            optimizer_params={"learning_rate": 0.05},
            num_epoch=60,
        )
        found = made.get_params()[0]
        away.append(np.abs([*found["fc_weight"].asnumpy()[0], *found["fc_bias"].asnumpy()] - best).max())
    assert away[0] < away[1] / 2


def test_means_are_taken_every_so_many_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, made = [], module(update_freq=3)
    original = made.update_full_grads
    monkeypatch.setattr(made, "update_full_grads", lambda d: (taken.append(len(seen)), original(d)))
    seen: list[int] = []
    made.fit(data(), eval_data=data(), eval_metric="mse", epoch_end_callback=lambda e, *_: seen.append(e), num_epoch=7)
    assert taken == [0, 3, 6] and seen == list(range(7))


def test_other_shapes_reach_both_modules() -> None:
    svrg = ready()
    svrg._mod_aux.init_params()
    svrg.reshape([("data", (4, 2))], [("label", (4,))])
    svrg.forward(mx.io.DataBatch([mx.nd.ones((4, 2))], [mx.nd.ones((4,))]), is_train=True)
    assert svrg.get_outputs()[0].shape == svrg._mod_aux.get_outputs()[0].shape == (4, 1)


@pytest.mark.parametrize("given, kind", [(None, TypeError), (2.5, TypeError), (0, mx.MXNetError)])
def test_how_often_must_be_a_positive_whole_number(given: object, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="update_freq"):
        module(update_freq=given)


def test_keys_of_full_gradients_are_assigned_and_others_take_steps() -> None:
    store = mx.kv.create("local")
    optimizer = _SVRGOptimizer("sgd", param_idx2name={0: "weight", 1: "weight_full"}, learning_rate=1.0)
    assert optimizer.default_opt.lr == 1.0
    store.set_optimizer(optimizer)
    found = []
    for key in (0, 1):
        value = mx.nd.zeros((2,))
        store.init(key, value)
        store.push(key, mx.nd.array([2, 3]))
        store.pull(key, out=value)
        found.append(value.asnumpy().tolist())
    assert found == [[-2, -3], [2, 3]]
