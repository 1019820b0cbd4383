"""Calls of the operators that make arrays from nothing."""

from __future__ import annotations

from sample import Bad, Sample

DTYPES = ("float16", "float32", "float64", "int8", "uint8", "int32", "int64")

FLAG = "1.9.1 takes it from symbol files only"


def many() -> list:
    made = []
    for dtype in DTYPES:
        made += [Sample(name, [], {"shape": (2, 3), "dtype": dtype}) for name in ("_zeros", "_ones")]
        made.append(Sample("_full", [], {"shape": (2, 1), "dtype": dtype, "value": 3.5}))
        made.append(Sample("_arange", [], {"start": 1, "stop": 7, "step": 2, "dtype": dtype}))
        made.append(Sample("_eye", [], {"N": 2, "M": 3, "dtype": dtype}))
    return made


SAMPLES = [
    *many(),
    Sample("_zeros", [], {"shape": 4}),
    Sample("_ones", [], {"shape": (1, 1, 2)}),
    Sample("_full", [], {"shape": (3,), "value": -2.25}),
    Sample("_zeros_without_dtype", [], {"shape": (2, 3)}, here=True, why=FLAG),
    Sample("_zeros_without_dtype", [], {"shape": (2,), "dtype": 4}, here=True, why=FLAG),
    Sample("_arange", [], {"start": 5}),
    Sample("_arange", [], {"start": 0, "stop": 1, "step": 0.3}),
    Sample("_arange", [], {"start": 3, "stop": -3, "step": -1.5, "repeat": 2}),
    Sample("_arange", [], {"start": 0.5, "stop": 4.5, "dtype": "float64"}),
    Sample("_linspace", [], {"start": 0, "stop": 1, "num": 5}),
    Sample("_linspace", [], {"start": 2, "stop": -1, "num": 4, "endpoint": False, "dtype": "float64"}),
    Sample("_linspace", [], {"start": 2, "stop": 3, "num": 1}),
    Sample("_eye", [], {"N": 3}),
    Sample("_eye", [], {"N": 3, "M": 4, "k": 1}),
    Sample("_eye", [], {"N": 3, "M": 2, "k": -1}),
    Sample("_eye", [], {"N": 2, "M": 2, "k": 5}),
]
BAD = [
    Bad("_zeros", [], {"shape": (-2,)}, "ShapeError", "_zeros"),
    Bad("_ones", [], {"shape": "wide"}, "ArgumentError", "shape"),
    Bad("_full", [], {"shape": (2,)}, "ArgumentError", "value"),
    Bad("_arange", [], {"start": 0, "stop": 3, "step": 0}, "ArgumentError", "_arange"),
    Bad("_arange", [], {"start": 0, "stop": 3, "step": -1}, "ArgumentError", "_arange"),
    Bad("_linspace", [], {"start": 0, "stop": 3, "num": -1}, "ArgumentError", "num"),
    Bad("_eye", [], {}, "ArgumentError", "N"),
]
