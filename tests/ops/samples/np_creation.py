"""Calls of NumPy's operators that make arrays."""

from __future__ import annotations

from sample import Bad, Sample, apart, integers

SAMPLES = [
    *[
        Sample(f"_npi_{name}", [], {"shape": s, "dtype": d})
        for name in ("zeros", "ones")
        for s, d in (((2, 3), "float32"), ((), "int32"), ((0, 2), "bool"))
    ],
    Sample("_npi_identity", [], {"shape": (3, 3), "dtype": "bool"}),
    Sample("_npi_eye", [], {"N": 2, "M": 3, "k": -1}),
    Sample("_npi_eye", [], {"N": 3, "dtype": "int32"}),
    Sample("_npi_full_like", [apart(2, 3)], {"fill_value": 2.5}, wrt=()),
    Sample("_npi_full_like", [integers(2, 3)], {"fill_value": 2.7}),
    Sample("_npi_full_like", [integers(2, 3)], {"fill_value": 1.0, "dtype": "float64"}),
    Sample("_npi_arange", [], {"start": 0, "stop": 1, "step": 0.25}),
    Sample("_npi_arange", [], {"start": 5, "dtype": "int32"}),
    Sample("_npi_arange", [], {"start": 5, "stop": -2, "step": -3, "dtype": "int64"}),
    Sample("_npi_logspace", [], {"start": 0, "stop": 2, "num": 5}),
    Sample("_npi_logspace", [], {"start": 0, "stop": 2, "num": 4, "base": 2.0, "endpoint": False, "dtype": "float64"}),
    Sample("_npi_indices", [], {"dimensions": (2, 3)}),
    Sample("_npi_indices", [], {"dimensions": (3,), "dtype": "float32"}),
    *[Sample(f"_npi_{name}", [], {"M": m}) for name in ("hanning", "hamming", "blackman") for m in (1, 4, 7)],
]
BAD = [
    Bad("_npi_ones", [], {"shape": "two"}, "ArgumentError"),
    Bad("_npi_eye", [], {}, "ArgumentError", "N"),
    Bad("_npi_indices", [], {}, "ArgumentError", "dimensions"),
]
