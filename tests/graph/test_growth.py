"""Work on graphs grows with their size, and not with its square: the number of calls is counted, not time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

import mxnet as mx

V = mx.sym.var


def _calls(run: Callable[[], Any]) -> int:
    count = 0

    def seen(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


def _composed(n: int) -> Callable[[], Any]:
    names = [f"x{i}" for i in range(n)]
    whole, parts = mx.sym.add_n(*map(V, names)), {name: V(f"{name}_") for name in names}
    return lambda: whole(**parts)


def _known_from_behind(n: int) -> Callable[[], Any]:
    x = V("x")
    for _ in range(n):
        x = mx.sym.relu(x)
    return lambda: mx.sym.elemwise_add(x, V("end", shape=(2, 3))).infer_shape()


def _bound(n: int) -> Callable[[], Any]:
    names = [f"x{i}" for i in range(n)]
    whole = mx.sym.add_n(*map(V, names))
    return lambda: whole.simple_bind(mx.cpu(), **dict.fromkeys(names, (2,)))


def _constants(n: int) -> Callable[[], Any]:
    constant, y = mx.sym.ones((4,)), V("x")
    for _ in range(n):
        constant = constant * 1.001
        y = y + constant
    return lambda: y.bind(mx.cpu(), {"x": mx.nd.ones((4,))}).forward()


def _heads(n: int) -> Callable[[], Any]:
    heads, x = [], V("x")
    for _ in range(n):
        x = mx.sym.relu(x)
        heads.append(mx.sym.make_loss(x))
    run = mx.sym.Group(heads).simple_bind(mx.cpu(), x=(2,))

    def step() -> None:
        run.forward(is_train=True)
        run.backward()

    return step


def _module(n: int) -> Callable[[], Any]:
    x = V("data")
    for i in range(n):
        x = mx.sym.broadcast_add(x, V(f"w{i}", shape=(1, 3)))
    module = mx.mod.Module(x, label_names=None)
    return lambda: module.bind([("data", (2, 3))])


@pytest.mark.parametrize("made", [_composed, _known_from_behind, _bound, _constants, _heads, _module])
def test_twice_the_graph_is_at_most_three_times_the_work(made: Callable[[int], Callable[[], Any]]) -> None:
    made(50)()  # what is loaded and remembered at first
    once, twice = _calls(made(50)), _calls(made(100))
    assert twice < 3 * once
