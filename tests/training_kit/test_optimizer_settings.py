"""Numbers that optimizers are given: as text, as arrays of one number, and what is none."""

from __future__ import annotations

import fractions

import numpy as np
import pytest

import mxnet as mx


def _trained(optimizer):
    weight, grad = mx.nd.array([1, 2]), mx.nd.array([0.5, 3])
    state = optimizer.create_state(0, weight)
    for _ in range(2):
        optimizer.update(0, weight, grad, state)
    return weight.asnumpy().tolist()


TEXTS = [
    ("SGD", "momentum"),
    ("SGD", "clip_gradient"),
    ("NAG", "learning_rate"),
    ("Signum", "wd_lh"),
    ("DCASGD", "lamda"),
    ("Adam", "rescale_grad"),
    ("Adam", "epsilon"),
    ("AdaGrad", "eps"),
    ("AdaDelta", "rho"),
    ("RMSProp", "gamma1"),
    ("RMSProp", "clip_weights"),
    ("Nadam", "schedule_decay"),
    ("Ftrl", "lamda1"),
    ("Ftrl", "learning_rate"),
    ("FTML", "epsilon"),
    ("LAMB", "upper_bound"),
    ("LARS", "eta"),
    ("Eve", "beta3"),
    ("Test", "rescale_grad"),
]


@pytest.mark.parametrize("given", ["0.5", " 5e-1 ", np.array([0.5]), np.array(0.5), mx.nd.array([0.5])], ids=type)
@pytest.mark.parametrize(("rule", "name"), TEXTS)
def test_text_and_arrays_that_are_one_number_train_as_the_number(rule, name, given):
    kind = getattr(mx.optimizer, rule)
    assert _trained(kind(**{name: given})) == _trained(kind(**{name: 0.5}))


STANDS_FOR_NONE = ("clip_gradient", "wd_lh", "clip_weights", "upper_bound")
"""Where text without anything is allowed, as in 1.9.1."""
NO_NUMBERS = ["a", "", [0.5], {}, np.array([0.5, 1]), mx.nd.array([0.5, 1]), 1j]


@pytest.mark.parametrize(
    ("rule", "name", "given"),
    [(*text, given) for text in TEXTS for given in NO_NUMBERS if str(given) or text[1] not in STANDS_FOR_NONE],
)
def test_what_is_no_number_is_refused_when_the_optimizer_is_made(rule, name, given):
    with pytest.raises(mx.MXNetError, match=f"^{rule}: {name} must be a number, got ") as caught:
        getattr(mx.optimizer, rule)(**{name: given})
    assert isinstance(caught.value, TypeError) and isinstance(caught.value, ValueError)


@pytest.mark.parametrize(("rule", "name"), [("SGD", "momentum"), ("Adam", "epsilon"), ("AdaGrad", "eps")])
def test_none_is_a_number_only_where_it_means_that_there_is_none(rule, name):
    with pytest.raises(TypeError, match=f"{rule}: {name} must be a number, got None"):
        getattr(mx.optimizer, rule)(**{name: None})
    for rule, name in ("SGD", "clip_gradient"), ("RMSProp", "gamma2"), ("Signum", "wd_lh"), ("LAMB", "lower_bound"):
        kind = getattr(mx.optimizer, rule)
        assert _trained(kind(**{name: None})) == _trained(kind())


def test_settings_are_converted_when_they_are_set_later_too():
    sgd = mx.optimizer.SGD()
    sgd.set_learning_rate("0.25")
    sgd.momentum, sgd.wd = fractions.Fraction(1, 2), True
    assert (sgd.lr, sgd.momentum, sgd.wd) == (0.25, 0.5, 1) and type(sgd.wd) is float
    with pytest.raises(mx.MXNetError, match="SGD: learning_rate must be a number, got 'fast'"):
        sgd.set_learning_rate("fast")
    assert sgd.lr == 0.25
    sgd.rescale_grad = np.float32(0.5)
    assert type(sgd.rescale_grad) is np.float32


def test_a_rate_given_as_text_reaches_the_scheduler_as_a_number():
    scheduler = mx.lr_scheduler.FactorScheduler(10)
    assert mx.optimizer.Adam(learning_rate="0.5", lr_scheduler=scheduler).learning_rate == 0.5


def test_an_optimizer_that_updates_by_itself_may_be_given_anything():
    class Own(mx.optimizer.SGD):
        def __init__(self, epsilon, **kwargs):
            super().__init__(**kwargs)
            self.epsilon = epsilon

        def update(self, index, weight, grad, state):
            weight -= self.lr * grad

    rates = mx.nd.array([0.5, 1])
    own = Own("small", learning_rate=rates, momentum="none", clip_gradient="5")
    assert own.lr is rates and (own.epsilon, own.momentum, own.clip_gradient) == ("small", "none", 5)
    assert _trained(own) == [0.5, -4.0]


def test_a_trainer_and_a_module_take_numbers_as_text():
    weight = mx.gluon.Parameter("weight", shape=(2,))
    weight.initialize("ones")
    trainer = mx.gluon.Trainer([weight], "sgd", {"learning_rate": "1", "clip_gradient": "0.5"})
    with mx.autograd.record():
        loss = (weight.data() * 4).sum()
    loss.backward()
    trainer.step(1)
    assert weight.data().asnumpy().tolist() == [0.5, 0.5]
    trainer.set_learning_rate(mx.nd.array([0.25]))
    assert trainer.learning_rate == 0.25

    out = mx.sym.LinearRegressionOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=1), mx.sym.var("y"))
    module = mx.mod.Module(out, label_names=("y",))
    data = mx.io.NDArrayIter(np.ones((4, 3)), np.ones(4), 2, label_name="y")
    module.fit(data, num_epoch=1, optimizer_params={"learning_rate": 0.1, "clip_gradient": "5"})
    assert module._optimizer.clip_gradient == 5
