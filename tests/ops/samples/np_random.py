"""Calls of NumPy's random draws: shapes and dtypes."""

from __future__ import annotations

from sample import Bad, Sample, numbers, ones, positive

_TWO = {"uniform": ("low", "high"), "normal": ("loc", "scale"), "gamma": ("shape", "scale")}
_TWO_FLOAT32 = {"logistic": ("loc", "scale"), "gumbel": ("loc", "scale")}
_ONE = {"exponential": "scale", "rayleigh": "scale", "weibull": "a", "pareto": "a", "powerd": "a"}


def _two(name, first, second, dtype):
    more = {"dtype": dtype} if dtype else {}
    return [
        Sample(f"_npi_{name}", [], {first: 0.5, second: 1.5, "size": (2, 3), **more}, shape_only=True),
        Sample(f"_npi_{name}", [positive(2, 1), positive(3) + 1], {first: None, second: None, **more}, shape_only=True),
        Sample(f"_npi_{name}", [positive(3)], {first: None, second: 2.0, "size": (2, 3), **more}, shape_only=True),
        Sample(f"_npi_{name}", [positive(3)], {first: 0.1, second: None, **more}, shape_only=True),
    ]


SAMPLES = [
    *[s for name, (a, b) in _TWO.items() for s in _two(name, a, b, "float64")],
    *[s for name, (a, b) in _TWO_FLOAT32.items() for s in _two(name, a, b, "")],
    *[Sample(f"_npi_{name}", [], {p: 2.0, "size": (2, 3)}, shape_only=True) for name, p in _ONE.items()],
    *[Sample(f"_npi_{name}", [positive(2, 3)], {p: None}, shape_only=True) for name, p in _ONE.items()],
    *[
        Sample(f"_npi_{name}_n", inputs, {a: x, b: 2.0, "size": (4,)}, shape_only=True)
        for name, (a, b) in (("uniform", ("low", "high")), ("normal", ("loc", "scale")))
        for inputs, x in (([], 0.5), ([positive(2)], None))
    ],
    Sample(
        "_npi_bernoulli",
        [],
        {"prob": 0.5, "logit": None, "is_logit": False, "size": (3,), "dtype": "bool"},
        shape_only=True,
    ),
    Sample("_npi_bernoulli", [ones(2, 3)], {"prob": None, "logit": None, "is_logit": True}, shape_only=True),
    Sample("_npi_choice", [], {"a": 5, "size": (2, 3)}, shape_only=True),
    Sample(
        "_npi_choice",
        [ones(4), numbers([0.1, 0.2, 0.3, 0.4])],
        {"a": None, "size": (2,), "weighted": True},
        shape_only=True,
    ),
    Sample("_npi_choice", [], {"a": 5, "size": (5,), "replace": False}, shape_only=True),
    Sample("_npi_multinomial", [], {"n": 5, "pvals": (0.2, 0.8), "size": (3,)}, shape_only=True),
    Sample("_npi_multinomial", [numbers([0.2, 0.8], "float64")], {"n": 5}, shape_only=True),
]
BAD = [
    Bad("_npi_normal", [], {"loc": 0.0, "scale": -1.0, "size": (2,)}, "ValueError", "scale"),
    Bad("_npi_weibull", [], {"a": 0.0, "size": (2,)}, "ValueError", "a"),
    Bad("_npi_uniform", [positive(2)], {"low": None, "high": 1.0, "size": (3,)}, "MXNetError"),
    Bad("_npi_bernoulli", [], {"prob": 2.0, "logit": None, "is_logit": False}, "ValueError"),
]
