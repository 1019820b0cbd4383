"""Calls of the functions of one array, element by element."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sample import INF, NAN, Bad, Sample, apart, normal, numbers, ones, whole

ANY = (-3.0, 3.0)
UNIT = (-0.9, 0.9)
ABOVE = (0.2, 4.0)
DOMAINS = {
    **dict.fromkeys("sqrt rsqrt rcbrt log log10 log2 reciprocal gamma gammaln".split(), ABOVE),
    **dict.fromkeys("arcsin arccos arctanh erfinv tan log1p".split(), UNIT),
    "arccosh": (1.2, 4.0),
    **dict.fromkeys("cbrt exp expm1 sin cos arctan sinh cosh tanh arcsinh degrees radians erf".split(), ANY),
    **dict.fromkeys("sigmoid softsign abs sign negative square relu _copy identity".split(), ANY),
}
"""Where a function is smooth."""
STEPS = "round rint ceil floor trunc fix logical_not zeros_like ones_like".split()
SINGLE = "1.9.1 has constants of float32"
SECOND = set(
    "sqrt rsqrt cbrt rcbrt exp log log10 log2 log1p expm1 sin cos tan arcsin arccos arctan sinh cosh tanh "
    "arctanh radians reciprocal sigmoid abs square relu".split()
)
"""Those of which 1.9.1 has the second gradient, the right one, and not zero everywhere."""


def between(low: float, high: float, *shape: int, dtype: str = "float32") -> np.ndarray:
    return np.random.RandomState(len(shape)).uniform(low, high, shape).astype(dtype)


def functions() -> Iterator[Sample]:
    edges = numbers([0, -0.0, 0.5, -0.5, 1, -1, 2.5, -2.5, 100, -100, INF, -INF, NAN])
    for name, (low, high) in DOMAINS.items():
        yield Sample(name, [between(low, high, 2, 5)], second=name in SECOND)
        yield Sample(name, [between(low, high, 3, 1, 2, dtype="float64")], second=name in SECOND, rtol=1e-6, why=SINGLE)
        yield Sample(name, [between(low, high, 7, dtype="float16")], rtol=4e-3, why="1.9.1 rounds between steps")
        yield Sample(name, [edges], wrt=(), half=False)
        yield Sample(name, [whole([1, 2, 3] if low > 0 else [0, 1, 1], "int32")])
        yield Sample(name, [whole([[1], [1]], "uint8")])
    for name in ("gamma", "erf", "exp", "gammaln", "sinh", "cbrt"):
        for dtype in ("int8", "int32", "int64"):
            yield Sample(name, [whole([-5, -4, 3, 4, 5, 6, 7, 9], dtype)], half=False)
    for name in STEPS:
        yield Sample(name, [numbers([-1.7, -1.5, -0.5, -0.2, 0, 0.2, 0.5, 1.5, 2.5, 2.7, INF, -INF, NAN])], numeric=())
        yield Sample(name, [apart(2, 3, dtype="float64")], numeric=())
        yield Sample(name, [apart(2, 3, dtype="float16")])
        yield Sample(name, [whole([-3, 0, 7])])
    for name in ("round", "rint"):
        far = numbers([0.3, -0.3, 0.49999997, 4194305.5, 8388607, 8388609, -8388609, 16777217])
        yield Sample(name, [far], numeric=(), half=False)
    for name in ("exp", "abs", "floor"):
        yield Sample(name, [np.zeros((0, 3), "float32")])
        yield Sample(name, [np.array(0.5, "float32")])


def others() -> Iterator[Sample]:
    for attrs in ({"a_min": -1.0, "a_max": 1.5}, {"a_min": 0.25, "a_max": 0.25}, {"a_min": -INF, "a_max": 2}):
        yield Sample("clip", [apart(2, 3)], attrs, numeric=())
        yield Sample("clip", [whole([-3, 0, 1, 7])], attrs)
    for low, high in ((3.0, 2.0), (-0.5, -1.0)):
        yield Sample("clip", [apart(2, 3)], {"a_min": low, "a_max": high}, numeric=())
    yield Sample("clip", [whole([-9, 0, 9])], {"a_min": 5, "a_max": -5})
    yield Sample("clip", [normal(5, dtype="float64")], {"a_min": -0.5, "a_max": 0.5}, second=True)
    yield Sample("clip", [whole([3, 200], "uint8")], {"a_min": 5, "a_max": 100})
    yield Sample("hard_sigmoid", [normal(3, 4) * 3])
    yield Sample(
        "hard_sigmoid", [normal(3, 4, dtype="float64") * 3], {"alpha": 0.5, "beta": 0.1}, rtol=1e-6, why=SINGLE
    )
    yield Sample("_contrib_div_sqrt_dim", [normal(2, 3)])
    yield Sample("_contrib_div_sqrt_dim", [normal(2, 2, 5, dtype="float64")])
    yield Sample("_contrib_div_sqrt_dim", [whole([[1, 7, 30]])])
    mixed = [-2.7, -0.5, 0, 0.5, 1.5, 100.9]
    for dtype in ("float16", "float64", "int32", "int64", "int8"):
        yield Sample("Cast", [numbers(mixed)], {"dtype": dtype}, numeric=(), half=False)
        yield Sample("cast", [whole([-2, 0, 100])], {"dtype": dtype})
    yield Sample("Cast", [numbers([300.7, 255, 1])], {"dtype": "uint8"}, wrt=(), half=False)
    yield Sample("Cast", [whole([300, -1])], {"dtype": "uint8"})
    yield Sample("Cast", [numbers([0, 0.5, -3])], {"dtype": "bool"}, wrt=(), half=False)
    yield Sample("Cast", [whole([True, False], "bool")], {"dtype": "float32"})
    for dtype in ("float16", "float32"):
        yield Sample("amp_cast", [normal(2, 3)], {"dtype": dtype}, numeric=(), half=False)
        yield Sample("amp_cast", [whole([1, 2])], {"dtype": dtype})


SAMPLES = [*functions(), *others()]
BAD = [
    Bad("clip", [ones(2)], {"a_min": 0.0}, "ArgumentError", "a_max"),
    Bad("clip", [ones(2)], {"a_min": "low", "a_max": 1}, "ArgumentError", "a_min"),
    Bad("Cast", [ones(2)], {"dtype": "complex64"}, "ArgumentError", "dtype"),
    Bad("Cast", [ones(2)], {}, "ArgumentError", "dtype"),
    Bad("relu", [], {}, "InputTypeError", "data"),
    Bad("hard_sigmoid", [ones(2)], {"gamma": 1}, "ArgumentError", "gamma"),
]
