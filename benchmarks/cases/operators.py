"""Operators at realistic sizes, forward alone and with their backward: the calls of ``operator_table``.

Torch has a case of its own where the operator is one of those that a network spends its time in.
"""

from __future__ import annotations

import functools

import numpy as np

from benchmarks.cases.operator_table import CALLS
from benchmarks.cases.operators_torch import RIVALS

ROUNDS, SECONDS = 9, 0.04  # some three hundred cases: short blocks


def values(spec, draw):
    """The array that an entry of the table describes."""
    if isinstance(spec, tuple):
        return draw.standard_normal(spec).astype("float32")
    kind, _, size = spec.partition(" ")
    shape = tuple(int(n) for n in size.split("x"))
    if kind[0] in WHOLE:
        return draw.integers(0, int(kind[1:]), shape).astype(WHOLE[kind[0]])
    return KINDS[kind](draw, shape).astype("float32")


def definite(draw, shape):
    a = draw.standard_normal(shape)
    return a @ np.swapaxes(a, -1, -2) / shape[-1] + 2 * np.eye(shape[-1])


def boxes(draw, shape):
    corner, size = draw.uniform(0, 0.7, (*shape[:-1], 2)), draw.uniform(0.05, 0.3, (*shape[:-1], 2))
    return np.concatenate([corner, corner + size], -1)


def labelled_boxes(draw, shape):
    return np.concatenate([draw.integers(0, 4, (*shape[:-1], 1)), boxes(draw, (*shape[:-1], 4))], -1)


def scored_boxes(draw, shape):
    scores = draw.uniform(0.01, 1, (*shape[:-1], 1))
    return np.concatenate([draw.integers(0, 4, scores.shape), scores, boxes(draw, (*shape[:-1], 4))], -1)


def regions(draw, shape):
    return np.concatenate([draw.integers(0, 2, (shape[0], 1)), 600 * boxes(draw, (shape[0], 4))], -1)


def probabilities(draw, shape):
    p = draw.uniform(0.1, 1, shape)
    return p / p.sum(-1, keepdims=True)


WHOLE = {"i": "float32", "j": "int32", "y": "uint8"}
KINDS = {
    "u": lambda draw, shape: draw.uniform(0.05, 0.95, shape),
    "s": definite,
    "l": lambda draw, shape: np.tril(definite(draw, shape)),
    "b": boxes,
    "bl": labelled_boxes,
    "bs": scored_boxes,
    "r": regions,
    "p": probabilities,
}


def prepared(mx, call):
    """The operator as a function without arguments, and its inputs."""
    draw = np.random.default_rng(0)
    arrays = [values(spec, draw) for spec in call.inputs]
    inputs = [mx.nd.array(array, dtype=array.dtype) for array in arrays]
    *rooms, name = call.name.split(".")
    room = functools.reduce(getattr, rooms, mx.nd)
    # Forms with a scalar are private there and the same in both.
    operator = getattr(room, name) if hasattr(room, name) else getattr(mx.nd._internal, name)
    attributes = dict(call.attributes)
    if name.endswith("_update"):
        attributes["out"] = inputs[0]
    return functools.partial(operator, *inputs, **attributes), inputs


def forward(call, mx):
    run, _ = prepared(mx, call)

    def block(iterations):
        for _ in range(iterations):
            run()
        mx.nd.waitall()

    return block


def forward_and_backward(call, mx):
    run, inputs = prepared(mx, call)
    for index in call.grad:
        inputs[index].attach_grad()
    record, backward = mx.autograd.record, mx.autograd.backward

    def block(iterations):
        for _ in range(iterations):
            with record():
                result = run()
            backward(result if isinstance(result, (list, tuple)) else [result])
        mx.nd.waitall()

    return block


def cases():
    for call in CALLS:
        rivals = RIVALS.get(call.label, {})
        for mode, function in (("forward", forward), ("and backward", forward_and_backward)):
            if mode == "forward" or (call.inputs and call.grad):
                torch = {"torch": rivals[mode]} if mode in rivals else {}
                yield f"{call.label}, {mode}", {"mxnet": functools.partial(function, call), **torch}


CASES = dict(cases())
