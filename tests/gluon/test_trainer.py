"""Trainings by Trainer against recorded ones of 1.9.1."""

from __future__ import annotations

import pathlib
from functools import partial
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon import Trainer, nn
from tests.answers import check, recorded
from tests.gluon.trainer_probes import PROBES, backward, model, trained

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "trainers.json", PROBES)


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("name", PROBES)
def test_trainings_end_as_those_of_the_reference(name: str, hybrid: bool) -> None:
    check(partial(PROBES[name], hybrid=hybrid), mx, ANSWERS[name])


# -- our own ---------------------------------------------------------------------------------------------------------


def one(value: float = 1.0, name: str = "w", **more: object) -> mx.gluon.Parameter:
    param = mx.gluon.Parameter(name, shape=(1,), **more)
    param.initialize(mx.init.Constant(value))
    return param


def learn(*params: mx.gluon.Parameter) -> None:
    with mx.autograd.record():
        loss = sum(p.data() for p in params)
    loss.backward()


def test_two_trainers_update_different_parameters_of_one_model() -> None:
    a, b = one(name="a"), one(name="b")
    first, second = Trainer([a], "sgd", {"learning_rate": 0.5}), Trainer([b], "sgd", {"learning_rate": 0.25})
    learn(a, b)
    first.step(1)
    assert (a.data().asscalar(), b.data().asscalar()) == (0.5, 1)
    second.step(1)
    assert (a.data().asscalar(), b.data().asscalar()) == (0.5, 0.75)
    learn(a)
    first.step(1)
    assert a.data().asscalar() == 0
    with pytest.raises(UserWarning, match="Parameter `b` on context cpu.0. has not been updated by backward"):
        second.step(1)


def test_stale_gradients_are_passed_over_if_wanted() -> None:
    a, b = one(name="a"), one(name="b")
    trainer = Trainer({"a": a, "b": b}, "sgd", {"learning_rate": 0.5})
    learn(a)
    with pytest.raises(UserWarning, match="`b`.*ignore_stale_grad=True"):
        trainer.step(1)
    assert a.data().asscalar() == 1
    trainer.step(1, ignore_stale_grad=True)
    assert (a.data().asscalar(), b.data().asscalar()) == (0.5, 1)


@pytest.mark.parametrize("method", ["step", "update"])
@pytest.mark.parametrize(
    ("size", "kind"),
    [(0, ZeroDivisionError), (0.0, ZeroDivisionError), (None, TypeError), ("2", TypeError), ([1], TypeError)],
)
def test_a_batch_size_that_is_no_positive_number_is_told(method: str, size: Any, kind: type[Exception]) -> None:
    param = one()
    trainer = Trainer([param], "sgd")
    learn(param)
    with pytest.raises(kind, match=rf"Trainer\.{method}: batch_size is .*, expected a positive number") as caught:
        getattr(trainer, method)(size)
    assert isinstance(caught.value, mx.MXNetError) and param.data().asscalar() == 1


@pytest.mark.parametrize("size", [np.array([2]), np.array(2), mx.nd.array([2])])
def test_a_batch_size_may_be_an_array_of_one_number(size: Any) -> None:
    param = one()
    trainer = Trainer([param], "sgd", {"learning_rate": 1})
    learn(param)
    trainer.step(size)
    assert param.data().asscalar() == 0.5


def test_a_store_of_one_context_updates_if_wanted() -> None:
    # 1.9.1 fails there
    param = one()
    trainer = Trainer([param], "sgd", {"learning_rate": 0.5}, update_on_kvstore=True)
    learn(param)
    trainer.step(1)
    assert param.data().asscalar() == 0.5
    with pytest.raises(mx.MXNetError, match="update.. when parameters are updated on kvstore is not supported"):
        trainer.update(1)
    with pytest.raises(mx.MXNetError, match="allreduce_grads.. when parameters are updated on kvstore"):
        trainer.allreduce_grads()


def test_a_bias_learns_though_its_weight_stays() -> None:
    # in 1.9.1 it does not
    def stays(net: nn.HybridSequential) -> None:
        net[0].weight.grad_req = "null"

    net, _ = trained(mx, np, prepare=stays)
    assert (net[0].weight.data() == model(mx, np)[0].weight.data()).min().asscalar() == 1
    assert (net[0].bias.data() != model(mx, np)[0].bias.data()).max().asscalar() == 1


def test_parameters_that_wait_join_the_store_later() -> None:
    net = nn.HybridSequential()
    net.add(nn.Dense(2), nn.Dense(1))
    both = [mx.cpu(0), mx.cpu(1)]
    net.initialize("ones", ctx=both)
    trainer = Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    with pytest.raises(mx.MXNetError, match="has not been initialized yet"):
        trainer.step(1)
    with mx.autograd.record():
        losses = [net(mx.nd.ones((1, 3), ctx=c)) for c in both]
    mx.autograd.backward(losses)
    trainer.step(1)
    assert net[1].bias.data(both[0]).asscalar() == net[1].bias.data(both[1]).asscalar() == pytest.approx(-0.2)


def test_a_parameter_may_move_between_steps() -> None:
    param = one()
    trainer = Trainer([param], "sgd", {"learning_rate": 0.5, "momentum": 0.5})
    learn(param)
    trainer.step(1)
    param.reset_ctx(mx.cpu(1))
    with mx.cpu(1):
        learn(param)
    trainer.step(1)
    assert param.data(mx.cpu(1)).asscalar() == -0.25


@pytest.mark.parametrize("options", [{}, {"update_on_kvstore": False}, {"kvstore": None}])
def test_a_parameter_may_leave_contexts_between_steps_but_not_join_others(options: dict[str, Any]) -> None:
    param = mx.gluon.Parameter("w", shape=(1,))
    param.initialize(mx.init.One(), ctx=[mx.cpu(0), mx.cpu(1)])
    trainer = Trainer([param], "sgd", {"learning_rate": 0.1, "momentum": 0.9}, **options)
    with mx.autograd.record():
        losses = [3 * x for x in param.list_data()]
    mx.autograd.backward(losses)
    trainer.step(1)
    param.reset_ctx(mx.cpu(0))
    learn(param)
    trainer.step(1)
    shared = 2 if trainer._kvstore is not None else 1
    np.testing.assert_allclose(param.data().asnumpy(), [1 - 0.3 * shared * 1.9 - 0.1], rtol=1e-5)
    param.reset_ctx([mx.cpu(0), mx.cpu(1), mx.cpu(2)])
    learn(param)
    if options:  # else the store updates, on any number of contexts
        with pytest.raises(mx.MXNetError, match="make another Trainer after reset_ctx"):
            trainer.step(1, ignore_stale_grad=True)


def test_an_optimizer_that_is_made_is_used_as_it_is() -> None:
    param, sgd = one(lr_mult=0.5), mx.optimizer.SGD(learning_rate=0.5)
    trainer = Trainer([param], sgd)
    learn(param)
    trainer.step(1)
    assert trainer.optimizer is sgd and param.data().asscalar() == 0.75
    with pytest.raises(mx.MXNetError, match="optimizer_params must be None if optimizer is an instance"):
        Trainer([param], sgd, {"momentum": 0.9})


def test_files_of_states_are_whole_or_refused(tmp_path: pathlib.Path) -> None:
    _, trainer = trained(mx, np, "sgd", {"learning_rate": 0.1, "momentum": 0.9})
    path = tmp_path / "a.states"
    trainer.save_states(str(path))
    data = path.read_bytes()
    assert b"pickle" not in data
    for content in (data[:-9], b"garbage"):
        path.write_bytes(content)
        with pytest.raises(mx.MXNetError, match="a.states: optimizer states"):
            trainer.load_states(str(path))
    with pytest.raises(OSError, match="none"):
        trainer.load_states(str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda: Trainer(3, "sgd"), "must be a list or dict of Parameters, got .*int"),
        (lambda: Trainer([3], "sgd"), "got list of .*int"),
        (lambda: Trainer([], "sgd"), "got an empty one"),
        (lambda: Trainer([one()], "sdg"), "sdg"),
        (lambda: Trainer(nn.Dense(2, prefix="fc_").collect_params(), "sgd"), "'fc_bias' has not been initialized"),
        (lambda: Trainer([one()], "sgd", kvstore=3).step(1), "kvstore must be KVStore, str or None, got 3"),
        (lambda: Trainer([one()], "sgd", kvstore=None, update_on_kvstore=True).step(1), "name a kvstore"),
    ],
)
def test_errors_say_what_is_expected(do, words: str) -> None:
    with pytest.raises(mx.MXNetError, match=words):
        do()


def test_parameters_have_to_be_on_the_same_contexts() -> None:
    moved = one(name="b")
    moved.reset_ctx(mx.cpu(1))
    with pytest.raises(mx.MXNetError, match=r"Parameter b is initialized on \[cpu\(1\)\] while previous"):
        Trainer([one(name="a"), moved], "sgd")


def test_steps_leave_memory_flat() -> None:
    import gc

    import torch

    net, trainer = trained(mx, np, "adam", count=2, hybrid=True)

    def alive() -> int:
        gc.collect()
        return sum(issubclass(type(o), torch.Tensor) for o in gc.get_objects())

    before = alive()
    for _ in range(10):
        backward(mx, np, net, 2)
        trainer.step(8)
    assert alive() <= before


@pytest.mark.parametrize("rule", ["sgd", "nag", "adam", "rmsprop", "lamb", "signum"])
@pytest.mark.parametrize(
    "make", [lambda n: mx.np.array(n), lambda n: mx.nd.array([n]), np.float32], ids=["mx.np", "mx.nd", "NumPy"]
)
def test_a_step_may_be_divided_by_a_number_in_an_array(make: Any, rule: str) -> None:
    def weights(count: Any) -> Any:
        net = mx.gluon.nn.Dense(1, in_units=2)
        net.initialize(mx.init.One())
        trainer = mx.gluon.Trainer(net.collect_params(), rule)
        with mx.autograd.record():
            loss = net(mx.nd.ones((4, 2))).sum()
        loss.backward()
        trainer.step(count)
        return net.weight.data().asnumpy()

    np.testing.assert_array_equal(weights(make(4)), weights(4))


def test_a_trainer_with_a_step_of_its_own_finds_the_parts_of_a_step() -> None:
    class Averaging(mx.gluon.Trainer):
        rounds = 0

        def step(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
            self._check_and_rescale_grad(self._scale / batch_size)
            if not self._kv_initialized:
                self._init_kvstore()
            if self._params_to_init:
                self._init_params()
            self._allreduce_grads()
            self._update(ignore_stale_grad)

        def _allreduce_grads(self) -> None:
            self.rounds += 1
            super()._allreduce_grads()

    found = []
    for kind in (mx.gluon.Trainer, Averaging):
        weight = mx.gluon.Parameter("w", shape=(2,), init=mx.init.One())
        weight.initialize()
        trainer = kind([weight], "sgd", {"learning_rate": 0.5, "rescale_grad": 2.0})
        assert not trainer._contains_sparse_weight and not trainer._contains_sparse_grad
        for batch_size in (4, 8):
            with mx.autograd.record():
                loss = (weight.data() ** 2).sum()
            loss.backward()
            trainer.step(batch_size)
        assert trainer._optimizer.rescale_grad == 0.25
        found.append(weight.data().asnumpy().tolist())
    assert found == [[0.375] * 2] * 2 and trainer.rounds == 2


def test_a_parameter_given_twice_takes_one_step() -> None:
    weight = mx.gluon.Parameter("w", shape=(2,), init=mx.init.One())
    weight.initialize()
    trainer = mx.gluon.Trainer([weight, weight], "sgd", {"learning_rate": 0.25})
    with mx.autograd.record():
        loss = weight.data() * 1
    loss.backward()
    trainer.step(1)
    assert weight.data().asnumpy().tolist() == [0.75, 0.75]  # 1.9.1 takes the second for one without a gradient
