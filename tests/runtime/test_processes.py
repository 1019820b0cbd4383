"""Processes and signals: what 1.9.1's users do around the framework, not in it."""

from __future__ import annotations

import functools
import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

import mxnet as mx

FORKING = """
import os, signal, warnings
warnings.simplefilter("ignore")  # of forking with threads
import mxnet as mx
x = mx.nd.ones((800, 800))
net = mx.gluon.nn.Dense(64)
net.initialize()
def work():
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.dot(x, x).sum() + net(x).sum()
    y.backward()
    return mx.nd.dot(x, x).sum().asscalar()
total = work()
child = os.fork()
if not child:
    signal.alarm(60)  # if it waits for ever
    os._exit(int(work() != total))
assert os.waitpid(child, 0)[1] == 0
assert work() == total
"""


FORKING_MEANWHILE = """
import os, signal, threading, warnings
warnings.simplefilter("ignore")  # of forking with threads
import mxnet as mx
entered, forked = threading.Event(), threading.Event()
class Slow(mx.autograd.Function):
    def forward(self, x):
        return x
    def backward(self, dy):
        entered.set()
        forked.wait(60)
        return dy
def gradient(function):
    x = mx.nd.ones((1,))
    x.attach_grad()
    with mx.autograd.record():
        y = function(x)
    y.backward()
    return x.grad.asscalar()
thread = threading.Thread(target=gradient, args=(Slow(),))
thread.start()
entered.wait(60)
child = os.fork()
if not child:
    signal.alarm(60)  # if it waits for ever
    os._exit(int(gradient(lambda x: x * 3) != 3))
assert os.waitpid(child, 0)[1] == 0
forked.set()
thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.parametrize("program", [FORKING, FORKING_MEANWHILE], ids=["after an operator", "during a backward"])
def test_a_forked_process_computes_although_it_has_no_threads_of_its_parent(program: str) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=200)


class OutOfTime(Exception):
    """What a program's own time limit raises."""


@pytest.fixture
def limit() -> Iterator[Callable[[float], None]]:
    def end(number: int, frame: object) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, end)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds) and None
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def _net(hybridized: bool) -> Callable[[], object]:
    net = mx.gluon.nn.HybridSequential()
    net.add(*[mx.gluon.nn.Dense(64, in_units=64) for _ in range(8)])
    net.initialize()
    if hybridized:
        net.hybridize()
    x = mx.nd.ones((32, 64))
    return lambda: net(x)


WORK: dict[str, Callable[[], Callable[[], object]]] = {
    "an operator of arrays": lambda: functools.partial(operator.add, mx.nd.ones((9, 9)), 1.0),
    "an operator of mx.np": lambda: functools.partial(operator.mul, mx.np.ones((9, 9)), 2.0),
    "a function": lambda: functools.partial(mx.nd.relu, mx.nd.ones((99, 99))),
    "a net": lambda: _net(False),
    "a hybridized net": lambda: _net(True),
}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers of processes here")
@pytest.mark.parametrize("what", WORK)
def test_what_the_handler_of_a_signal_raises_arrives_as_it_is(what: str, limit: Callable[[float], None]) -> None:
    work = WORK[what]()
    work()
    for part in range(20):
        end = time.monotonic() + 20
        with pytest.raises(OutOfTime):
            limit(0.002 + 0.0003 * part)
            while time.monotonic() < end:
                work()
