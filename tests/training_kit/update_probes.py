"""Three calls of each update operator, with its options, shared by the tests and by the script that records 1.9.1."""

from __future__ import annotations

import numpy as np

_STATES = {
    "sgd_update": 0, "sgd_mom_update": 1, "nag_mom_update": 1, "adam_update": 2, "rmsprop_update": 1,
    "rmspropalex_update": 3, "ftrl_update": 2, "ftml_update": 3, "signsgd_update": 0, "signum_update": 1,
    "lamb_update_phase1": 2,
}  # fmt: skip
_COMMON = ({}, {"wd": 0.03}, {"rescale_grad": 0.14}, {"clip": 0.3}, {"wd": 0.05, "rescale_grad": 0.8, "clip": 0.25})
_OWN = {
    "sgd_mom_update": ({"momentum": 0.9},),
    "nag_mom_update": ({"momentum": 0.9},),
    "signum_update": ({"momentum": 0.9}, {"momentum": 0.9, "wd_lh": 0.1}),
    "adam_update": ({}, {"beta1": 0.5, "beta2": 0.99, "epsilon": 1e-3}),
    "ftrl_update": ({}, {"lamda1": 0.3, "beta": 2.0}),
    "lamb_update_phase1": ({}, {"bias_correction": False}),
}
_MIXED = {"mp_sgd_update": 0, "mp_sgd_mom_update": 1, "mp_nag_mom_update": 1}


def probes() -> dict[str, tuple[str, dict, str]]:
    """Case name -> operator, attributes (``clip`` for the limit of gradients), dtype."""
    found = {
        f"{name} {common | own} {dtype}": (name, common | own, dtype)
        for name in _STATES
        for common in _COMMON
        for own in _OWN.get(name, ({},))
        for dtype in ("float32", "float64")
    }
    mixed = {name: {"wd": 0.03} | ({"momentum": 0.9} if states else {}) for name, states in _MIXED.items()}
    return found | {f"{name} {attrs}": (name, attrs, "float16") for name, attrs in mixed.items()}


def play(mx, name: str, attrs: dict, dtype: str) -> np.ndarray:
    """What three calls return, and the states after them, in one flat array."""
    draw = np.random.RandomState(5)
    weight, grad = [mx.nd.array(draw.uniform(-1, 1, (4, 5)), dtype=dtype) for _ in "wg"]
    kept = "float32" if name in _MIXED else dtype
    states = [mx.nd.array(draw.uniform(0.1, 1, (4, 5)), dtype=kept) for _ in range({**_STATES, **_MIXED}[name])]
    if name == "rmspropalex_update":
        states[1] *= 0.1  # the mean of gradients, whose square is less than the mean of squares
    if name in _MIXED:
        states.append(weight.astype("float32"))
    attrs = dict(attrs)
    if "clip" in attrs:
        attrs["clip_grad" if name == "ftml_update" else "clip_gradient"] = attrs.pop("clip")
    if name == "lamb_update_phase1":
        attrs.setdefault("wd", 0.0)
    else:
        attrs |= {"lr": 0.1, "out": weight}
    found = []
    for step in (1, 2, 3):
        if name in ("ftml_update", "lamb_update_phase1"):
            attrs["t"] = step
        found.append(getattr(mx.nd, name)(weight, grad, *states, **attrs).asnumpy().ravel())
    return np.concatenate([*found, *(s.asnumpy().ravel() for s in states)]).astype("float64")
