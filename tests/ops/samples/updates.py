"""Calls of the optimizer update operators."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
from sample import INF, Bad, Sample, normal, numbers, ones

COMMON = (
    {},
    {"wd": 0.03},
    {"rescale_grad": 0.14},
    {"clip_gradient": 0.4},
    {"wd": 0.05, "rescale_grad": 0.8, "clip_gradient": 0.25},
)

# operator -> (inputs, inputs that it writes, attributes of every case, attributes of single cases)
SINGLE = {
    "sgd_update": ("weight grad", "weight", {"lr": 0.1}, (*COMMON, {"clip_gradient": 0.0})),
    "sgd_mom_update": ("weight grad mom", "weight mom", {"lr": 0.1, "momentum": 0.9}, COMMON),
    "mp_sgd_update": ("weight:h grad:h weight32", "weight weight32", {"lr": 0.1}, COMMON),
    "mp_sgd_mom_update": ("weight:h grad:h mom weight32", "weight mom weight32", {"lr": 0.1, "momentum": 0.9}, COMMON),
    "nag_mom_update": ("weight grad mom", "weight mom", {"lr": 0.1, "momentum": 0.9}, COMMON),
    "mp_nag_mom_update": ("weight:h grad:h mom weight32", "weight mom weight32", {"lr": 0.1, "momentum": 0.9}, COMMON),
    "adam_update": (
        "weight grad mean var+",
        "weight mean var",
        {"lr": 0.1},
        (*COMMON, {"beta1": 0.7, "beta2": 0.8, "epsilon": 0.01}),
    ),
    "rmsprop_update": (
        "weight grad n+",
        "weight n",
        {"lr": 0.1},
        (*COMMON, {"gamma1": 0.5, "clip_weights": 0.2}, {"clip_weights": 0.0}),
    ),
    "rmspropalex_update": (
        "weight grad n+ g:s delta",
        "weight n g delta",
        {"lr": 0.1},
        (*COMMON, {"gamma1": 0.5, "gamma2": 0.2, "clip_weights": 0.2}),
    ),
    "ftrl_update": ("weight grad z n+", "weight z n", {"lr": 0.1}, (*COMMON, {"lamda1": 0.5, "beta": 2.0})),
    "ftml_update": (
        "weight grad d+ v+ z",
        "weight d v z",
        {"lr": 0.1, "t": 3},
        (
            {},
            {"wd": 0.03},
            {"rescale_grad": 0.14},
            {"clip_grad": 0.4},
            {"wd": 0.05, "rescale_grad": 0.8, "clip_grad": 0.25},
        ),
    ),
    "signsgd_update": ("weight grad", "weight", {"lr": 0.1}, COMMON),
    "signum_update": ("weight grad mom", "weight mom", {"lr": 0.1, "momentum": 0.9}, (*COMMON, {"wd_lh": 0.1})),
    "lamb_update_phase1": (
        "weight grad mean var+",
        "mean var",
        {"t": 2, "wd": 0.01},
        (
            {},
            {"wd": 0.3},
            {"rescale_grad": 0.14},
            {"clip_gradient": 0.4},
            {"bias_correction": False},
            {"rescale_grad": 3.0, "clip_gradient": 0.25},
        ),
    ),
    "mp_lamb_update_phase1": (
        "weight:h grad:h mean var+ weight32",
        "mean var",
        {"t": 2, "wd": 0.01},
        ({}, {"rescale_grad": 0.14}, {"clip_gradient": 0.4}, {"bias_correction": False}),
    ),
    "lamb_update_phase2": (
        "weight g r1:1 r2:1",
        "weight",
        {"lr": 0.1},
        ({}, {"lower_bound": 10.0}, {"upper_bound": 0.01}, {"lower_bound": 0.1, "upper_bound": 10.0}),
    ),
    "mp_lamb_update_phase2": (
        "weight:h g r1:1 r2:1 weight32",
        "weight weight32",
        {"lr": 0.1},
        ({}, {"lower_bound": 10.0}, {"upper_bound": 0.01}),
    ),
    "_adamw_update": (
        "weight grad mean var+ rescale_grad:1",
        "weight mean var",
        {"lr": 0.1, "eta": 0.7},
        ({}, {"wd": 0.03}, {"clip_gradient": 0.4}, {"beta1": 0.7, "beta2": 0.8, "epsilon": 0.01}),
    ),
    "_mp_adamw_update": (
        "weight:h grad:h mean var+ weight32 rescale_grad:1",
        "weight mean var weight32",
        {"lr": 0.1, "eta": 0.7},
        ({}, {"wd": 0.03}, {"clip_gradient": 0.4}),
    ),
    "multi_lars": (
        "lrs:v+ weights_sum_sq:v+ grads_sum_sq:v+ wds:v+",
        "",
        {"eta": 0.1, "eps": 1e-6},
        ({}, {"rescale_grad": 0.2}),
    ),
}

_BOTH = {"lrs": (0.1, 0.02), "wds": (0.03, 0.0), "num_weights": 2}
_EXTRA = ({}, {"rescale_grad": 0.14}, {"clip_gradient": 0.4}, {"rescale_grad": 0.8, "clip_gradient": 0.25})
_MOM = {"momentum": 0.9}
_LAMB = {"learning_rates": (0.1, 0.02), "wds": (0.03, 0.0), "step_count": (2, 3), "num_tensors": 2}
_ADAMW = {"lrs": (0.1, 0.02), "wds": (0.03, 0.0), "etas": (0.7, 0.8), "num_weights": 2}
# operator -> (inputs of each weight, inputs after all weights, attributes of every case, attributes of single cases)
MULTI = {
    "multi_sgd_update": ("weight grad", "", _BOTH, _EXTRA),
    "multi_sgd_mom_update": ("weight grad mom", "", {**_BOTH, **_MOM}, _EXTRA),
    "multi_mp_sgd_update": ("weight:h grad:h weight32", "", _BOTH, _EXTRA),
    "multi_mp_sgd_mom_update": ("weight:h grad:h mom weight32", "", {**_BOTH, **_MOM}, _EXTRA),
    "preloaded_multi_sgd_update": ("weight grad", "lrs:v+ wds:v+", {"num_weights": 2}, _EXTRA),
    "preloaded_multi_sgd_mom_update": ("weight grad mom", "lrs:v+ wds:v+", {"num_weights": 2, **_MOM}, _EXTRA),
    "preloaded_multi_mp_sgd_update": ("weight:h grad:h weight32", "lrs:v+ wds:v+", {"num_weights": 2}, _EXTRA),
    "preloaded_multi_mp_sgd_mom_update": (
        "weight:h grad:h mom weight32",
        "lrs:v+ wds:v+",
        {"num_weights": 2, **_MOM},
        _EXTRA,
    ),
    "_multi_adamw_update": ("weight grad mean var+", "rescale_grad:1", _ADAMW, ({}, {"clip_gradient": 0.4})),
    "_multi_mp_adamw_update": (
        "weight:h grad:h mean var+ weight32",
        "rescale_grad:1",
        _ADAMW,
        ({}, {"clip_gradient": 0.4}),
    ),
    "_multi_lamb_update": (
        "weight grad mean var+",
        "",
        _LAMB,
        (
            {},
            {"rescale_grad": 0.14},
            {"clip_gradient": 0.4},
            {"bias_correction": False},
            {"lower_bound": 2.5},
            {"upper_bound": 0.1},
        ),
    ),
    "_multi_mp_lamb_update": ("weight:h grad:h mean var+ weight32", "", _LAMB, ({}, {"clip_gradient": 0.4})),
}
SHAPES = ((3, 4), (5, 2))


def make(spec: str, shape: tuple[int, ...], key: str) -> np.ndarray:
    """The values of the input written ``name[:kind][+]``: ``h`` float16, ``s`` small, ``1`` one number, ``v`` two
    numbers, ``row`` one a row; ``+`` positive. Weights that stand for one another have the same values."""
    positive = spec.endswith("+")
    name, _, kind = spec.rstrip("+").partition(":")
    seed = zlib.crc32(f"{key}/{name.replace('32', '')}".encode())
    size = {"1": (1,), "v": (2,), "row": (shape[0], 1)}.get(kind, shape)
    low = 0.05 if positive or kind in ("1", "row") else -1.0
    values = np.random.RandomState(seed).uniform(low, 1.0, size).astype("float32")
    if name.startswith("weight") and shape == size:
        values = values.astype("float16").astype("float32")
    return values.astype("float16") if kind == "h" else values * 0.1 if kind == "s" else values


def single() -> Iterator[Sample]:
    for op, (inputs, written, common, each) in SINGLE.items():
        names = [n.rstrip("+").partition(":")[0] for n in inputs.split()]
        changes = tuple(names.index(n) for n in written.split())
        for more in each:
            arrays = [make(s, SHAPES[0], op) for s in inputs.split()]
            yield update(op, arrays, {**common, **more}, changes, (0,) * (0 in changes))


def multi() -> Iterator[Sample]:
    for op, (inputs, after, common, each) in MULTI.items():
        specs = inputs.split()
        arrays = [make(s, shape, f"{op}{shape}") for shape in SHAPES for s in specs]
        written = tuple(i for i in range(len(arrays)) if i % len(specs) != 1)
        arrays += [make(s, (2,), op) for s in after.split()]
        for more in each:
            yield update(op, arrays, {**common, **more}, written, (0, len(specs)))


def update(op: str, arrays: list, attrs: dict, changes: tuple, into: tuple) -> Sample:
    why = "1.9.1 takes powers of the betas in float32, and rounds once more where weights are float16"
    loose = {"rtol": 1e-3, "why": why} if "mp_" in op else {}
    if op == "mp_lamb_update_phase2":
        loose = {"here": True, "why": "1.9.1 leaves weight32 as it was"}
    return Sample(op, arrays, attrs, wrt=(), changes=changes, into=into, half=False, **loose)


SAMPLES = [
    *single(),
    *multi(),
    Sample(
        "_contrib_group_adagrad_update",
        [normal(3, 4), normal(3, 4, seed=1), np.abs(normal(3, 1))],
        {"lr": 0.1, "rescale_grad": 0.5, "clip_gradient": 0.3},
        wrt=(),
        changes=(0, 2),
        into=(0,),
        half=False,
        here=True,
        why="1.9.1 has it on GPUs only",
    ),
    Sample("all_finite", [normal(3, 4)], {"init_output": True}, wrt=()),
    Sample("all_finite", [numbers([1, INF])], wrt=()),
    Sample("all_finite", [numbers([1, 70000], "float64")], wrt=()),
    Sample("multi_all_finite", [normal(3), normal(2, 2)], {"num_arrays": 2}, wrt=()),
    Sample("multi_all_finite", [normal(3), numbers([[-INF]])], {"num_arrays": 2, "init_output": True}, wrt=()),
    Sample("multi_sum_sq", [normal(3), normal(2, 2)], {"num_arrays": 2}, wrt=()),
    Sample(
        "multi_sum_sq",
        [numbers([300, 300, 300], "float16")],
        {"num_arrays": 1},
        wrt=(),
        here=True,
        why="1.9.1 overflows",
    ),
    Sample(
        "reset_arrays", [normal(3), normal(2, 2)], {"num_arrays": 2}, wrt=(), changes=(0, 1), half=False, symbol=False
    ),
]
BAD = [
    Bad("sgd_update", [ones(2, 3), ones(3)], {"lr": 0.1}, "ShapeError", r"weight has shape \(2, 3\).*\(3,\)"),
    Bad("sgd_update", [ones(2, 3), ones(2, 3)], {}, "ArgumentError", "lr"),
    Bad(
        "multi_sgd_update",
        [ones(2, 3), ones(3)],
        {"lrs": 0.1, "wds": 0.0, "num_weights": 1},
        "ShapeError",
        "expected equal shapes",
    ),
    Bad(
        "sgd_mom_update",
        [ones(2), ones(2, dtype="float64"), ones(2)],
        {"lr": 0.1},
        "DTypeError",
        "multi_precision=True",
    ),
    Bad(
        "multi_sgd_update",
        [ones(2), ones(2)],
        {"lrs": (0.1, 0.1), "wds": (0, 0), "num_weights": 2},
        "ShapeError",
        "expected 2 for each of 2 weights",
    ),
    Bad(
        "multi_sgd_update",
        [ones(2), ones(2)],
        {"lrs": (0.1, 0.1), "wds": (0,), "num_weights": 1},
        "ArgumentError",
        "got 2 lrs, expected one for each of 1 weights",
    ),
]
