"""Runs of the optimizers, shared by the tests and by the script that records the answers of 1.9.1."""

from __future__ import annotations

import numpy as np

NAMES = {0: "fc_weight", 1: "fc_bias", 2: "bn_gamma"}
SHAPES = {0: (3, 4), 1: (5,), 2: (2, 3)}
STEPS = 4

_COMMON = (
    {},
    {"wd": 0.03},
    {"rescale_grad": 0.14},
    {"clip_gradient": 0.4},
    {"wd": 0.05, "rescale_grad": 0.8, "clip_gradient": 0.25},
)
_SCHEDULE = {"lr_scheduler": (1, 0.5)}
_HALF = {"dtype": "float16", "multi_precision": True}
_MOM = {"momentum": 0.9}
_TOGETHER = {"together": True}
_RUNS = {
    "sgd": (*_COMMON, _SCHEDULE, {"dtype": "float64"}),
    "sgd ": tuple(
        _MOM | c
        for c in (*_COMMON, _SCHEDULE, _HALF, {"dtype": "float64"}, _TOGETHER | {"wd": 0.03}, _TOGETHER | _HALF)
    ),
    "nag": (*_COMMON, _SCHEDULE),
    "nag ": tuple(_MOM | c for c in (*_COMMON, _SCHEDULE, _HALF, {"dtype": "float64"})),
    "adam": (*_COMMON, _SCHEDULE, _HALF, {"dtype": "float64"}, {"beta1": 0.7, "beta2": 0.8, "epsilon": 0.01}),
    "adagrad": (*_COMMON, _SCHEDULE, _HALF, {"eps": 0.1}),
    "adadelta": (*_COMMON, _HALF, {"rho": 0.5, "epsilon": 0.01}),
    "rmsprop": (
        *_COMMON,
        _SCHEDULE,
        _HALF,
        {"clip_weights": 0.3},
        {"centered": True},
        {"centered": True, "wd": 0.03, "gamma2": 0.5},
    ),
    "adamax": (*_COMMON, _SCHEDULE, _HALF),
    "nadam": (*_COMMON, _SCHEDULE, _HALF, {"schedule_decay": 0.1}),
    "ftrl": (*_COMMON, _SCHEDULE, _HALF, {"lamda1": 0.2, "beta": 2}),
    "ftml": (*_COMMON, _SCHEDULE, _HALF, {"beta1": 0.5, "beta2": 0.9}),
    "dcasgd": (*_COMMON, _SCHEDULE, _HALF, {"lamda": 0.5}, _MOM),
    "signum": (*_COMMON, _SCHEDULE, _HALF, {"wd_lh": 0.1}, {"momentum": 0.0, "wd": 0.03, "wd_lh": 0.1}),
    "lars": (
        *_COMMON,
        *[_MOM | c for c in (*_COMMON, _HALF)],
        *[_MOM | _SCHEDULE | _TOGETHER | c for c in ({}, {"wd": 0.03})],
        _MOM | _SCHEDULE | {"momentum_correction": False},
        {"eta": 0.1, "eps": 0.01},
    ),
    "lbsgd": (
        *_COMMON,
        *[_MOM | c for c in (*_COMMON, _SCHEDULE, _HALF)],
        *[
            {"warmup_strategy": s, "warmup_epochs": 2, "updates_per_epoch": 2, "batch_scale": b, "wd": 0.01} | m
            for s in ("linear", "power2", "sqrt", "lars", "none")
            for b in (1, 2)
            for m in ({}, _MOM)
        ],
        {"begin_epoch": 1, "updates_per_epoch": 2, "num_epochs": 3},
    ),
    "lamb": (
        *_COMMON,
        _TOGETHER | {"wd": 0.03},
        _TOGETHER | _HALF,
        _SCHEDULE,
        _HALF,
        {"bias_correction": False},
        {"lower_bound": 2.0},
        {"upper_bound": 0.5},
    ),
    "test": ({}, {"rescale_grad": 0.14}),
}


def runs() -> dict[str, tuple[str, dict]]:
    """Case name -> optimizer, its arguments; ``dtype`` is for the weights, ``lr_scheduler`` a step and a factor."""
    return {f"{n}/{i}": (n.strip(), dict(c)) for n, cases in _RUNS.items() for i, c in enumerate(cases)}


def values(kind: int, index: int, step: int = 0) -> np.ndarray:
    """Weights (kind 0) or gradients (kind 1) of parameter ``index``."""
    seed = kind * 1000 + index * 100 + step
    return np.random.RandomState(seed).uniform(-1, 1, SHAPES[index]).astype("float16").astype("float32")


def flatten(state: object) -> list:
    """The arrays of a state, in order."""
    if state is None:
        return []
    return [a for s in state for a in flatten(s)] if isinstance(state, (tuple, list)) else [state]


def play(mx, name: str, arguments: dict) -> np.ndarray:
    """Make the steps; the weights after the second and the last, then the states, in one flat array."""
    arguments = dict(arguments)
    dtype = arguments.pop("dtype", "float32")
    together = arguments.pop("together", False)
    if "lr_scheduler" in arguments:
        step, factor = arguments["lr_scheduler"]
        arguments["lr_scheduler"] = mx.lr_scheduler.FactorScheduler(step, factor)
    optimizer = mx.optimizer.create(name, learning_rate=0.1, param_idx2name=NAMES, **arguments)
    updater = mx.optimizer.get_updater(optimizer)
    weights = {i: mx.nd.array(values(0, i), dtype=dtype) for i in NAMES}
    found = []
    for step in range(STEPS):
        grads = [mx.nd.array(values(1, i, step), dtype=dtype) for i in weights]
        if together:
            updater(list(weights), grads, list(weights.values()))
        else:
            for (i, weight), grad in zip(weights.items(), grads, strict=True):
                updater(i, grad, weight)
        if step in (1, STEPS - 1):
            found += [w.asnumpy().ravel() for w in weights.values()]
    for i in NAMES:
        found += [a.asnumpy().ravel() for a in flatten(updater.states[i])]
    return np.concatenate(found).astype("float32")
