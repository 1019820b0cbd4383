"""Samples of the optimizer update operators, for the tests and for the script that records the answers of 1.9.1."""

from __future__ import annotations

import zlib

import numpy as np

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
        "weight",
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
    "multi_sgd_mom_update": ("weight grad mom", "", _BOTH | _MOM, _EXTRA),
    "multi_mp_sgd_update": ("weight:h grad:h weight32", "", _BOTH, _EXTRA),
    "multi_mp_sgd_mom_update": ("weight:h grad:h mom weight32", "", _BOTH | _MOM, _EXTRA),
    "preloaded_multi_sgd_update": ("weight grad", "lrs:v+ wds:v+", {"num_weights": 2}, _EXTRA),
    "preloaded_multi_sgd_mom_update": ("weight grad mom", "lrs:v+ wds:v+", {"num_weights": 2} | _MOM, _EXTRA),
    "preloaded_multi_mp_sgd_update": ("weight:h grad:h weight32", "lrs:v+ wds:v+", {"num_weights": 2}, _EXTRA),
    "preloaded_multi_mp_sgd_mom_update": (
        "weight:h grad:h mom weight32",
        "lrs:v+ wds:v+",
        {"num_weights": 2} | _MOM,
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
    seed = zlib.crc32(f"{key}/{name.removesuffix('32')}".encode())
    size = {"1": (1,), "v": (2,), "row": (shape[0], 1)}.get(kind, shape)
    low = 0.05 if positive or kind in ("1", "row") else -1.0
    values = np.random.RandomState(seed).uniform(low, 1.0, size).astype("float32")
    if name.startswith("weight") and shape == size:
        values = values.astype("float16").astype("float32")
    return values.astype("float16") if kind == "h" else values * 0.1 if kind == "s" else values


def cases() -> dict[str, tuple[str, list[np.ndarray], dict, list[int], bool]]:
    """Case name -> operator, inputs, attributes, places of the inputs that are compared afterwards, variadic."""
    found: dict[str, tuple[str, list[np.ndarray], dict, list[int], bool]] = {}
    for op, (inputs, written, common, single) in SINGLE.items():
        names = [n.rstrip("+").partition(":")[0] for n in inputs.split()]
        places = [names.index(n) for n in written.split()]
        for i, more in enumerate(single):
            arrays = [make(s, SHAPES[0], op) for s in inputs.split()]
            found[f"{op}/{i}"] = (op, arrays, common | more, places, False)
    for op, (each, after, common, single) in MULTI.items():
        for i, more in enumerate(single):
            arrays = [make(s, shape, f"{op}{shape}") for shape in SHAPES for s in each.split()]
            count = len(arrays)
            arrays += [make(s, (2,), op) for s in after.split()]
            found[f"{op}/{i}"] = (op, arrays, common | more, list(range(count)), True)
    return found
