"""Calls of the operators that draw random numbers: shapes and dtypes. Their laws are tested apart."""

from __future__ import annotations

from collections.abc import Iterator

from sample import Bad, Sample, normal, numbers, ones, positive, whole

LAWS = {
    "uniform": {"low": -1.0, "high": 2.0},
    "normal": {"loc": 1.0, "scale": 0.5},
    "gamma": {"alpha": 2.0, "beta": 0.5},
    "exponential": {"lam": 3.0},
    "poisson": {"lam": 4.0},
    "negative_binomial": {"k": 3, "p": 0.4},
    "generalized_negative_binomial": {"mu": 2.0, "alpha": 0.3},
}
"""The attributes of each law; under these names ``_sample_`` takes arrays."""


def draws() -> Iterator[Sample]:
    for law, attrs in LAWS.items():
        for more in ({}, {"shape": (2, 3)}, {"shape": 4, "dtype": "float64"}, {"shape": (1, 1), "dtype": "float16"}):
            yield drawn(f"_random_{law}", [], {**attrs, **more} if more else {"shape": (2,)})
        for data in (normal(2, 3), normal(4, dtype="float64"), normal(1, 1, dtype="float16")):
            yield drawn(f"_random_{law}_like", [data], attrs)
        count = len(attrs)
        for more in ({}, {"shape": 3}, {"shape": (2, 2)}, {"shape": (2,), "dtype": "float64"}):
            yield drawn(f"_sample_{law}", [positive(2, seed=i) * 0.6 for i in range(count)], more)
        yield drawn(f"_sample_{law}", [positive(2, 3, seed=i) * 0.6 for i in range(count)], {"shape": (4,)})


def drawn(op: str, inputs: list, attrs: dict, **more: bool) -> Sample:
    return Sample(op, inputs, attrs, shape_only=True, **more)


CHANCES = numbers([[0.1, 0.2, 0.7], [0.5, 0.5, 0]])
SAMPLES = [
    *draws(),
    drawn("_random_randint", [], {"low": -5, "high": 5, "shape": (2, 3)}),
    drawn("_random_randint", [], {"low": 0, "high": 2**40, "shape": (3,), "dtype": "int64"}),
    *[
        drawn("_sample_multinomial", [data], attrs)
        for data in (CHANCES, CHANCES[0])
        for attrs in ({}, {"shape": 4}, {"shape": (2, 2)}, {"get_prob": True}, {"dtype": "float32", "shape": 1})
    ],
    drawn("_sample_multinomial", [CHANCES.astype("float64")], {"get_prob": True, "shape": 2, "dtype": "uint8"}),
    drawn("_shuffle", [normal(5, 2)], {}),
    drawn("_shuffle", [whole([1, 2, 3])], {}),
    drawn("_shuffle", [normal(1, dtype="float64")], {}),
    drawn("_sample_unique_zipfian", [], {"range_max": 1000, "shape": (2, 5)}),
    drawn("_sample_unique_zipfian", [], {"range_max": 50, "shape": (1, 5)}),
]
BAD = [
    Bad("_random_uniform", [], {"low": "small", "shape": (2,)}, "ArgumentError", "low"),
    Bad("_random_normal", [], {"scale": -1.0, "shape": (2,)}, "MXNetError", "scale"),
    Bad("_random_gamma", [], {"alpha": -1.0, "shape": (2,)}, "MXNetError", "alpha"),
    Bad("_random_exponential", [], {"lam": -1.0, "shape": (2,)}, "MXNetError", "lam"),
    Bad("_random_poisson", [], {"lam": -1.0, "shape": (2,)}, "MXNetError", "lam"),
    Bad("_random_negative_binomial", [], {"k": -1, "shape": (2,)}, "MXNetError", "k"),
    Bad("_random_randint", [], {"low": 5, "high": 5, "shape": (2,)}, "MXNetError", "high"),
    Bad("_random_randint", [], {"low": 5, "shape": (2,)}, "ArgumentError", "high"),
    Bad("_random_uniform", [], {"shape": (2,), "dtype": "int32"}, "MXNetError", "float"),
    Bad("_sample_uniform", [ones(2), ones(3)], {}, "ShapeError", "_sample_uniform"),
    Bad("_sample_normal", [ones(2)], {}, "InputTypeError", "sigma"),
    Bad("_sample_multinomial", [ones(2)], {"dtype": "int8"}, "ArgumentError", "dtype"),
]
