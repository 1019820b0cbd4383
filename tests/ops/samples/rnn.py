"""Calls of the recurrent layers. What 1.9.1 does on GPUs only (lengths, clipping) has tests of its own."""

from __future__ import annotations

import numpy as np
from sample import Bad, Sample, normal

GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
STEPS, BATCH, WIDTH, HIDDEN = 4, 2, 3, 5


def inputs(mode, layers=1, bidirectional=False, projection=None, dtype="float32", steps=STEPS, batch=BATCH):
    """Data, parameters and states."""
    directions, width, rows = 1 + bidirectional, projection or HIDDEN, GATES[mode] * HIDDEN
    total = 0
    for layer in range(layers):
        taken = WIDTH if layer == 0 else width * directions
        total += directions * (rows * (taken + width + 2) + (projection or 0) * HIDDEN)
    shapes = [(steps, batch, WIDTH), (total,), (layers * directions, batch, width)]
    if mode == "lstm":
        shapes.append((layers * directions, batch, HIDDEN))
    return [0.4 * normal(*s, seed=i).astype(dtype) for i, s in enumerate(shapes)]


def call(mode, layers=1, bidirectional=False, projection=None, dtype="float32", steps=STEPS, batch=BATCH, **attrs):
    """A sample with random parameters; 1.9.1 does not train a projection on CPUs."""
    given = {"state_size": HIDDEN, "num_layers": layers, "mode": mode}
    if bidirectional:
        given["bidirectional"] = True
    if projection:
        given["projection_size"] = projection
    given.update(attrs)
    arrays = [x.astype(dtype) for x in inputs(mode, layers, bidirectional, projection, dtype, steps, batch)]
    return Sample(
        "RNN",
        arrays,
        given,
        wrt=() if projection else None,
        train=not projection,
        rtol=1e-4,
        why="sums in another order",
    )


SAMPLES = [
    *[call(mode, layers, both, state_outputs=True) for mode in GATES for layers in (1, 3) for both in (False, True)],
    *[call(mode, 2, True) for mode in GATES],
    *[call(mode, 2, dtype="float64", state_outputs=True) for mode in GATES],
    *[call(mode, steps=1, batch=1) for mode in GATES],
    call("lstm", projection=2, state_outputs=True),
    call("lstm", 2, True, projection=2, state_outputs=True),
    call("lstm", lstm_state_clip_min=-50, lstm_state_clip_max=50, lstm_state_clip_nan=True),
    call("gru", lstm_state_clip_min=-0.01, lstm_state_clip_max=0.01),
    call("lstm", p=0.7),
]

ONE = {"state_size": HIDDEN, "num_layers": 1, "mode": "lstm"}
X, W, H, C = inputs("lstm")
BAD = [
    Bad("RNN", [X, W[:10], H, C], ONE, "ShapeError", "parameters has shape"),
    Bad("RNN", [X[0], W, H, C], ONE, "ShapeError", "expected rank 3"),
    Bad("RNN", [X, W, H[:, :1], C], ONE, "ShapeError", "state has shape"),
    Bad("RNN", [X, W, H], ONE, "InputTypeError", "state_cell"),
    Bad("RNN", [X, W.astype(np.float64), H, C], ONE, "DTypeError", "one dtype"),
    Bad("RNN", [X, W, H, C], dict(ONE, mode="lost"), "ArgumentError", "mode"),
    Bad("RNN", [X, W, H, C], dict(ONE, p=1.5), "ArgumentError", "p is 1.5"),
    Bad("RNN", [X, W, H, C], {"state_size": HIDDEN, "mode": "lstm"}, "ArgumentError", "num_layers"),
]
