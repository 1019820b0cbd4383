"""Names of the optimizers, and what tests of all of them step with."""

from __future__ import annotations

import numpy as np

import mxnet as mx

# by name, since whatever else the program imports may register more
REFERENCE = (
    "adadelta", "adagrad", "adam", "adamax", "ccsgd", "dcasgd", "ftml", "ftrl", "groupadagrad", "lamb", "lars",
    "lbsgd", "nadam", "nag", "rmsprop", "sgd", "sgld", "signum", "test",
)  # fmt: skip
RULES = [*(n for n in REFERENCE if n != "ccsgd"), "eve"]
STATEFUL = {"sgd": {"momentum": 0.9}, "nag": {"momentum": 0.9}, "lars": {"momentum": 0.9}, "lbsgd": {"momentum": 0.9},
            "dcasgd": {"momentum": 0.9}, "rmsprop": {"centered": True}}  # fmt: skip


def weights_and_grads(dtypes):
    draw = np.random.RandomState(0)
    shapes = [(3, 4), (5, 2), (2, 2), (1, 1)]
    arrays = [
        [mx.nd.array(draw.uniform(0.1, 1, s), dtype=d) for s, d in zip(shapes, dtypes, strict=True)] for _ in "wg"
    ]
    return arrays
