"""Long runs keep the memory they began with."""

from __future__ import annotations

import subprocess
import sys

import pytest

MEASURE = """
import gc
import mxnet as mx
from mxnet import autograd, gluon, nd

def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])

def network(hybrid):
    net = gluon.nn.HybridSequential()
    net.add(gluon.nn.Conv2D(4, 3, activation="relu"), gluon.nn.BatchNorm(), gluon.nn.Dense(10))
    net.initialize()
    if hybrid:
        net.hybridize()
    return net

def train(net):
    error_of, data, label = gluon.loss.SoftmaxCrossEntropyLoss(), nd.random.uniform(shape=(4, 1, 8, 8)), nd.arange(4)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {{"learning_rate": 1e-3, "momentum": 0.9}})
    def step():
        with autograd.record():
            error = error_of(net(data), label)
        error.backward()
        trainer.step(4)
        return float(error.mean().asscalar())
    return step

def infer(net):
    data = nd.random.uniform(shape=(64, 1, 32, 32))
    return lambda: net(data).asnumpy()

step = {kind}(network({hybrid}))
for _ in range({warm}):
    step()
before = resident()
for _ in range({calls}):
    step()
after = resident()
print(before, after)
"""


def growth(kind: str, hybrid: bool, warm: int, calls: int) -> float:
    program = MEASURE.format(kind=kind, hybrid=hybrid, warm=warm, calls=calls)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    before, after = map(int, done.stdout.split())
    return after / before - 1


linux = pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")


@linux
@pytest.mark.parametrize("hybrid", [False, True], ids=["imperative", "hybridized"])
def test_five_hundred_training_steps_leave_memory_flat(hybrid: bool) -> None:
    assert growth("train", hybrid, 100, 500) < 0.02


@linux
@pytest.mark.nightly
@pytest.mark.parametrize("hybrid", [False, True], ids=["imperative", "hybridized"])
def test_twenty_thousand_training_steps_leave_memory_flat(hybrid: bool) -> None:
    assert growth("train", hybrid, 200, 20_000) < 0.02


@linux
@pytest.mark.nightly
@pytest.mark.parametrize("hybrid", [False, True], ids=["imperative", "hybridized"])
def test_two_thousand_calls_leave_memory_flat(hybrid: bool) -> None:
    assert growth("infer", hybrid, 50, 2_000) < 0.02
