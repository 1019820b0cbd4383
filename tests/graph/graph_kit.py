"""What the probes of this folder are made of."""

from __future__ import annotations

import functools


def collector():
    """Probes by name, and a function that adds some, each to run with automatic names that begin at 0."""
    probes = {}

    def alone(function, mx, np):
        with mx.name.NameManager():
            return function(mx, np)

    def each(names):
        for name, function in names.items():
            assert name not in probes, name
            probes[name] = functools.partial(alone, function)

    return probes, each


def mlp(mx):
    x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=8, name="fc1")
    x = mx.sym.Activation(x, act_type="relu", name="relu1")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=3, name="fc2"), name="softmax")
