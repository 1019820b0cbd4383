"""Trainings by Trainer whose results are 1.9.1's: see record.py. The names are read as ``test_...[name]``."""

from __future__ import annotations

import os
import tempfile

from tests.gluon.layer_probes import fill
from tests.gluon.loss_probes import wave

PROBES = {}


def probe(function):
    PROBES[function.__name__.replace("_", " ")] = function
    return function


def contexts(mx, count):
    return [mx.cpu(i) for i in range(count)]


def model(mx, np, count=1, hybrid=False):
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(4, activation="tanh", in_units=3), nn.BatchNorm(in_channels=4), nn.Dense(1, in_units=4))
    net.initialize(ctx=contexts(mx, count))
    fill(net, np, mx)
    if hybrid:
        net.hybridize()
    return net


def backward(mx, np, net, count=1, step=1.7):
    """One pass over a batch that is cut over the contexts."""
    data, label = mx.nd.array(wave(np, (8, 3), step)), mx.nd.array(wave(np, (8, 1), 0.3))
    loss = mx.gluon.loss.L2Loss()
    split = mx.gluon.utils.split_and_load
    with mx.autograd.record():
        parts = zip(split(data, contexts(mx, count)), split(label, contexts(mx, count)))  # noqa: B905  not before 3.10
        losses = [loss(net(x), y) for x, y in parts]
    mx.autograd.backward(losses)
    mx.nd.waitall()


def values(net):
    """Parameters on their first context, without the statistics that each context keeps for itself."""
    return [[n, p.list_data()[0]] for n, p in net.collect_params().items() if "running" not in n]


def trained(mx, np, optimizer="sgd", options=None, count=1, steps=3, hybrid=False, prepare=None, **more):
    net = model(mx, np, count, hybrid)
    if prepare:
        prepare(net)
    trainer = mx.gluon.Trainer(net.collect_params(), optimizer, options or {"learning_rate": 0.1}, **more)
    for i in range(steps):
        backward(mx, np, net, count, 1.7 + i)
        trainer.step(8)
    return net, trainer


def of(*arguments, **more):
    return lambda mx, np, hybrid=False: values(trained(mx, np, *arguments, hybrid=hybrid, **more)[0])


def _slower(net):
    net.collect_params(".*bias").setattr("lr_mult", 0.1)
    net.collect_params(".*weight").setattr("wd_mult", 3)


def _fixed(net):
    net[0].bias.grad_req = net[2].weight.grad_req = "null"
    net[2].bias.grad_req = "null"  # 1.9.1 does not learn a bias whose weight stays


MOMENTUM = {"learning_rate": 0.1, "momentum": 0.9, "wd": 0.01}
PROBES.update(
    {
        "plain": of(),
        "momentum": of("sgd", MOMENTUM),
        "adam": of("adam", {"learning_rate": 0.05}),
        "clipped and scaled": of("sgd", {"learning_rate": 0.1, "clip_gradient": 0.01, "rescale_grad": 2.0}),
        "multipliers": of("sgd", MOMENTUM, prepare=_slower),
        "a parameter that stays": of("sgd", MOMENTUM, prepare=_fixed),
        "two contexts": of("sgd", MOMENTUM, count=2),
        "two contexts and a store on the CPU": of("sgd", MOMENTUM, count=2, kvstore="local"),
        "two contexts and no updates in the store": of("adam", {"epsilon": 0.01}, count=2, update_on_kvstore=False),
        "four contexts and adam": of("adam", {"learning_rate": 0.05}, count=4),
        "no store": of("sgd", MOMENTUM, kvstore=None),
    }
)


@probe
def contexts_without_a_store_drift_apart(mx, np, hybrid=False):
    net, _ = trained(mx, np, count=2, kvstore=None, hybrid=hybrid)
    return [[p.data(c) for c in contexts(mx, 2)] for n, p in net.collect_params().items() if "running" not in n]


@probe
def a_schedule(mx, np, hybrid=False):
    schedule = mx.lr_scheduler.FactorScheduler(1, 0.5, base_lr=0.4)
    net, trainer = trained(mx, np, "sgd", {"learning_rate": 0.4, "lr_scheduler": schedule}, hybrid=hybrid)
    return [values(net), trainer.learning_rate]


@probe
def a_rate_that_is_set(mx, np, hybrid=False):
    net, trainer = trained(mx, np, hybrid=hybrid)
    trainer.set_learning_rate(0.5)
    backward(mx, np, net)
    trainer.step(8)
    return [values(net), trainer.learning_rate, trainer.optimizer.lr]


@probe
def joined_and_updated_apart(mx, np, hybrid=False):
    net, trainer = trained(mx, np, count=2, update_on_kvstore=False, hybrid=hybrid)
    backward(mx, np, net, 2)
    trainer.allreduce_grads()
    grads = [g.asnumpy() for g in net[0].weight.list_grad()]
    norm = mx.gluon.utils.clip_global_norm([p.grad(mx.cpu(0)) for p in (net[0].weight, net[2].weight)], 0.5)
    mx.gluon.utils.clip_global_norm([p.grad(mx.cpu(1)) for p in (net[0].weight, net[2].weight)], 0.5)
    trainer.update(8)
    return [values(net), grads, mx.nd.array([norm])]


@probe
def gradients_that_add_up(mx, np, hybrid=False):
    net, trainer = trained(mx, np, steps=0, hybrid=hybrid)
    net.collect_params(".*weight|.*bias").setattr("grad_req", "add")
    for i in range(2):
        backward(mx, np, net, step=1 + i)
    trainer.step(16)
    net.collect_params().zero_grad()
    backward(mx, np, net)
    trainer.step(8)
    return values(net)


@probe
def a_training_that_is_cut_in_two(mx, np, hybrid=False):
    found = []
    for kind in ({}, {"count": 2}, {"count": 2, "update_on_kvstore": False}):
        folder = tempfile.mkdtemp()
        net, trainer = trained(mx, np, "sgd", MOMENTUM, hybrid=hybrid, **kind)
        net.save_parameters(os.path.join(folder, "a.params"))
        trainer.save_states(os.path.join(folder, "a.states"))
        other, second = trained(mx, np, "sgd", {"learning_rate": 9.0}, steps=0, hybrid=hybrid, **kind)
        other.load_parameters(os.path.join(folder, "a.params"), ctx=contexts(mx, kind.get("count", 1)))
        second.load_states(os.path.join(folder, "a.states"))
        for each, its in ((net, trainer), (other, second)):
            backward(mx, np, each, kind.get("count", 1))
            its.step(8)
        found.append([values(net), values(other), second.learning_rate])
    return found


@probe
def values_that_are_set_between_steps(mx, np, hybrid=False):
    net, trainer = trained(mx, np, "sgd", MOMENTUM, count=2, hybrid=hybrid)
    net[2].bias.set_data(mx.nd.array([7]))
    backward(mx, np, net, 2)
    trainer.step(8)
    return values(net)


def _bad(do):
    def run(mx, np, hybrid=False):
        net, trainer = trained(mx, np, steps=1, hybrid=hybrid)
        do(mx, np, net, trainer)
        return "no error"

    return run


def _one_of_two(mx, np, ignore):
    """The weight after a step for which one of two contexts has no gradient."""
    net = mx.gluon.nn.Dense(2, in_units=3)
    net.initialize("ones", ctx=contexts(mx, 2))
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    with mx.autograd.record():
        loss = net(mx.nd.ones((4, 3)))
    loss.backward()
    trainer.step(4, ignore_stale_grad=ignore)
    return net.weight.list_data()


@probe
def a_context_without_a_gradient_that_is_passed_over(mx, np, hybrid=False):
    return _one_of_two(mx, np, True)


@probe
def a_second_step_with_the_gradients_of_before_where_the_store_updates(mx, np, hybrid=False):
    net = mx.gluon.nn.Dense(2, in_units=3)
    net.initialize("ones", ctx=contexts(mx, 2))
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    with mx.autograd.record():
        losses = [net(mx.nd.ones((4, 3), ctx=c)) for c in contexts(mx, 2)]
    mx.autograd.backward(losses)
    trainer.step(4)
    trainer.step(4)  # with the gradient of before, which a store that updates does not look at
    return net.weight.list_data()


REFUSED = {
    "a context without a gradient": lambda mx, np, net, trainer: _one_of_two(mx, np, False),
    "a number as parameters": lambda mx, np, net, trainer: mx.gluon.Trainer(3, "sgd"),
    "numbers as parameters": lambda mx, np, net, trainer: mx.gluon.Trainer([3], "sgd"),
    "no such optimizer": lambda mx, np, net, trainer: mx.gluon.Trainer(net.collect_params(), "sdg"),
    "options for an optimizer that is made": lambda mx, np, net, trainer: mx.gluon.Trainer(
        net.collect_params(), mx.optimizer.SGD(), {"momentum": 0.9}
    ),
    "parameters without values": lambda mx, np, net, trainer: mx.gluon.Trainer(
        mx.gluon.nn.Dense(2).collect_params(), "sgd"
    ),
    "a number as a store": lambda mx, np, net, trainer: mx.gluon.Trainer(
        net.collect_params(), "sgd", kvstore=3
    )._init_kvstore(),
    "a gradient of before": lambda mx, np, net, trainer: trainer.step(8),
    "a gradient of before, passed over": lambda mx, np, net, trainer: trainer.step(8, ignore_stale_grad=True),
    "a rate of a schedule that is set": lambda mx, np, net, trainer: _scheduled(mx, net).set_learning_rate(1),
    "an update of what the store updates": lambda mx, np, net, trainer: trained(mx, np, count=2)[1].update(8),
    "gradients joined of what the store updates": lambda mx, np, net, trainer: trained(mx, np, count=2)[
        1
    ].allreduce_grads(),
}


def _scheduled(mx, net):
    return mx.gluon.Trainer(net.collect_params(), "sgd", {"lr_scheduler": mx.lr_scheduler.FactorScheduler(1)})


PROBES.update({name: _bad(do) for name, do in REFUSED.items()})
