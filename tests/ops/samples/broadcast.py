"""Calls of the functions of two arrays, and of an array and a number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sample import INF, NAN, Bad, Sample, apart, integers, normal, numbers, ones, positive, whole

SMOOTH = {
    "add": "elemwise_add",
    "sub": "elemwise_sub",
    "mul": "elemwise_mul",
    "div": "elemwise_div",
    "power": "_power",
    "hypot": "_hypot",
    "mod": "_mod",
}
PICKS = {n: f"_{n}" for n in ("maximum", "minimum")}
TESTS = "equal not_equal greater greater_equal lesser lesser_equal logical_and logical_or logical_xor".split()
FORMS = {**SMOOTH, **PICKS, **{n: f"_{n}" for n in TESTS}}
"""The name after ``broadcast_``: the name for equal shapes."""
SCALARS = [
    *(f"_{n}_scalar" for n in "plus minus mul div mod power maximum minimum hypot rminus rdiv rmod rpower".split()),
    *(f"_{n}_scalar" for n in TESTS),
]

MIXED = "1.9.1 fails on some processors"


def pairs() -> Iterator[Sample]:
    for name, equal in FORMS.items():
        numeric = None if name in SMOOTH or name in PICKS else ()
        left, right = positive(2, 3), positive(2, 3, seed=9) * 0.7
        yield Sample(equal, [left, right], numeric=numeric)
        yield Sample(equal, [left.astype("float64"), right.astype("float64")], numeric=numeric)
        yield Sample(equal, [apart(4, dtype="float16"), np.abs(apart(4, dtype="float16"))], wrt=())
        yield Sample(equal, [whole([-7, 7, 3, 0]), whole([2, 2, -2, 3])] if name != "power" else [whole([-2, 3])] * 2)
        for a, b in (((2, 3), (1, 3)), ((2, 1), (1, 3)), ((2, 1, 2), (2, 3, 1)), ((2, 3), (2, 3))):
            inputs = [positive(*a), positive(*b, seed=9) * 0.7]
            yield Sample(f"broadcast_{name}", inputs, numeric=numeric)
        yield Sample(f"broadcast_{name}", [whole([[5], [9]], "int64"), whole([[2, 3]], "int64")])
        edges = [numbers([0, 0, 1, -1, 2, -2, 3.5, INF, NAN]), numbers([0, 2, 0, 2, -3, -3, 2, 2, 2])]
        yield Sample(f"broadcast_{name}", edges, wrt=(), half=False)
    for name in ("broadcast_add", "broadcast_maximum"):
        yield Sample(name, [np.zeros((0, 3), "float32"), positive(1, 3)], wrt=())
        yield Sample(name, [np.array(0.5, "float32"), positive(2)])


def scalars() -> Iterator[Sample]:
    for name in SCALARS:
        numeric = () if any(name == f"_{t}_scalar" for t in TESTS) else None
        for scalar in (2.0, 0.7, 3):
            yield Sample(name, [positive(2, 3)], {"scalar": scalar}, numeric=numeric)
        yield Sample(name, [positive(4, dtype="float64")], {"scalar": 1.3}, numeric=numeric)
        yield Sample(name, [positive(4, dtype="float16")], {"scalar": 1.5}, rtol=4e-3, why="1.9.1 rounds in between")
        yield Sample(name, [whole([1, 2, 5])], {"scalar": 2})
        yield Sample(name, [whole([1, 2, 5])], {"scalar": 2.0, "is_int": False})
        if "power" not in name:
            yield Sample(name, [numbers([-2, -0.5, 0.5, 2, INF, NAN])], {"scalar": -1.5}, wrt=(), half=False)
    for dtype in ("int8", "uint8", "int32", "int64"):
        for scalar in (INF, NAN, -129, 300, 1e10, 2**40 + 1):
            for name in ("_plus_scalar", "_maximum_scalar", "_mul_scalar", "_logical_and_scalar"):
                yield Sample(name, [whole([2, 0, 3], dtype)], {"scalar": scalar})
    for name in ("_scatter_plus_scalar", "_scatter_minus_scalar"):
        yield Sample(name, [whole([2, 0, 3])], {"scalar": -INF})
    yield Sample("_equal_scalar", [whole([True, False], "bool")], {"scalar": NAN})
    yield Sample("_mod_scalar", [numbers([-3, -1, 4])], {"scalar": 1}, wrt=())
    yield Sample("_div_scalar", [numbers([0, 1, -1])], {"scalar": 0.0}, wrt=())
    yield Sample("_mod_scalar", [numbers([0, 1, -1.5])], {"scalar": 0.0}, wrt=())
    yield Sample("_rdiv_scalar", [numbers([0, 1, -1])], {"scalar": 2.0}, wrt=(), half=False)


def ties() -> Iterator[Sample]:
    same = [numbers([1, 2, 3]), numbers([1, 3, 2])]
    for name in ("_maximum", "_minimum", "broadcast_maximum", "broadcast_minimum"):
        yield Sample(name, same)
    for name in ("_maximum_scalar", "_minimum_scalar"):
        yield Sample(name, [numbers([1, 2, 3])], {"scalar": 2.0})


def sums() -> Iterator[Sample]:
    yield Sample("_grad_add", [normal(2, 3), normal(2, 3, seed=1)], wrt=(), numeric=(0, 1))
    yield Sample("add_n", [normal(2, 3)])
    yield Sample("add_n", [normal(2, 3), normal(2, 3, seed=1), normal(2, 3, seed=2)])
    yield Sample("ElementWiseSum", [integers(2, 3), integers(2, 3)])
    yield Sample("add_n", [normal(5, dtype="float16"), normal(5, seed=1, dtype="float16")])
    mixed = [normal(2, dtype="float16"), normal(3)]
    yield Sample("amp_multicast", mixed, {"num_outputs": 2}, here=True, why=MIXED)
    yield Sample("amp_multicast", mixed, {"num_outputs": 2, "cast_narrow": True}, here=True, why=MIXED)
    yield Sample("amp_multicast", [normal(2)], {"num_outputs": 1})


SAMPLES = [*pairs(), *scalars(), *ties(), *sums()]
BAD = [
    Bad("elemwise_add", [ones(2, 3), ones(3, 2)], {}, "ShapeError", "elemwise_add"),
    Bad("elemwise_mul", [ones(2), ones(2, dtype="float64")], {}, "DTypeError", "elemwise_mul"),
    Bad("broadcast_add", [ones(2, 3), ones(2, 2)], {}, "ShapeError", "broadcast_add"),
    Bad("broadcast_div", [ones(2), ones(2, dtype="int32")], {}, "DTypeError", "broadcast_div"),
    Bad("_mul_scalar", [ones(2)], {"scalar": "two"}, "ArgumentError", "scalar"),
    Bad("add_n", [ones(2), ones(3)], {}, "ShapeError", "add_n"),
    Bad("amp_multicast", [ones(2)], {}, "ArgumentError", "num_outputs"),
]
