"""Calls of NumPy's reductions."""

from __future__ import annotations

from sample import NAN, Bad, Sample, apart, integers, normal, numbers, ones, positive

_AXES = ({}, {"axis": 1}, {"axis": (0, -1)}, {"axis": (0, 1), "keepdims": True}, {"axis": ()})
_SUMS = ("_np_sum", "_np_prod", "_npi_mean")
_ENDS = ("_np_max", "_np_min")

SAMPLES = [
    *[Sample(name, [positive(2, 3, 4)], attrs) for name in (*_SUMS, *_ENDS) for attrs in _AXES],
    *[Sample(name, [integers(2, 3)], {"axis": 0}) for name in (*_SUMS, *_ENDS)],
    *[Sample(name, [numbers([[True, True], [False, True]], "bool")], {"axis": 1}) for name in (*_SUMS, *_ENDS)],
    *[Sample(name, [numbers([100, 100, 3], "int8")]) for name in ("_np_sum", "_np_max")],
    *[Sample(name, [positive(2, 3)], {"dtype": "float64", "axis": 1}) for name in _SUMS],
    *[Sample(name, [integers(2, 3)], {"dtype": "float32"}) for name in _SUMS],
    *[Sample(name, [positive(0, 3)], {"axis": 0}) for name in ("_np_sum", "_np_prod")],
    *[Sample(name, [numbers(2.5)]) for name in (*_SUMS, *_ENDS)],
    Sample("_np_sum", [positive(2, 3)], {"initial": 2.0}, wrt=(), here=True),
    Sample("_np_max", [numbers([1, NAN, 3])], numeric=()),
    Sample("_np_max", [numbers([3, 1, 3])], numeric=()),
    *[Sample(name, [apart(2, 3, 4)], attrs, wrt=()) for name in ("_np_all", "_np_any") for attrs in _AXES[:4]],
    Sample("_np_all", [numbers([[1, 0], [2, 3]], "int32")], {"axis": 1}),
    Sample("_np_any", [numbers([[0, 0], [2, 3]], "int32")], {"axis": 1}),
    *[
        Sample(name, [normal(2, 3, 4)], attrs, half=False)
        for name in ("_npi_var", "_npi_std")
        for attrs in (*_AXES[:4], {"axis": 1, "ddof": 1}, {"dtype": "float64"})
    ],
    *[Sample(name, [integers(2, 3)], {"axis": 1}) for name in ("_npi_var", "_npi_std")],
    Sample("_npi_average", [normal(2, 3)], {"weighted": False}),
    Sample("_npi_average", [normal(2, 3)], {"weighted": False, "returned": True, "axis": 1}, heads=(0,)),
    Sample("_npi_average", [normal(2, 3), positive(2, 3)], {"axis": 1, "returned": True}, heads=(0,)),
    Sample("_npi_average", [normal(2, 3), positive(3)], {"axis": 1}),
    Sample("_npi_average", [integers(2, 3)], {"weighted": False}),
    *[
        Sample(name, [apart(2, 3, 4)], attrs, wrt=())
        for name in ("_npi_argmax", "_npi_argmin")
        for attrs in ({}, {"axis": 1}, {"axis": -1, "keepdims": True})
    ],
    *[Sample(name, [integers(2, 3)], {"axis": 1}) for name in ("_npi_argmax", "_npi_argmin")],
    *[
        Sample("_npi_percentile", [apart(3, 4)], attrs, wrt=(), half=False)
        for attrs in (
            {"q_scalar": 30.0},
            {"q_scalar": 50.0, "axis": 1, "keepdims": True},
            {"q_scalar": 40.0, "axis": 0, "interpolation": "lower"},
            {"q_scalar": 40.0, "axis": 0, "interpolation": "higher"},
            {"q_scalar": 40.0, "axis": 0, "interpolation": "nearest"},
            {"q_scalar": 40.0, "axis": 0, "interpolation": "midpoint"},
        )
    ],
    Sample("_npi_percentile", [apart(2, 3, 4), numbers([10, 50, 90])], {"axis": (0, 2)}, wrt=(), half=False),
    *[
        Sample("_npi_percentile", [integers(2, 3, dtype=d)], {"q_scalar": 30.0}, wrt=())
        for d in ("int32", "float16", "float64")
    ],
]
for _sample in SAMPLES:
    if _sample.op in ("_npi_var", "_npi_std"):  # the gradient of 1.9.1 is zero
        _sample.wrt, _sample.numeric = (), (0,)
        if _sample.attrs.get("dtype") == "float64":
            _sample.rtol, _sample.why = 1e-6, "1.9.1 computes in float32"
        if _sample.inputs[0].dtype.kind == "i":  # 1.9.1 cuts the mean too
            _sample.numeric, _sample.here = (), True
    _sample.here |= _sample.op == "_np_prod" and _sample.inputs[0].size == 0  # 1.9.1 gives 0

BAD = [
    Bad("_np_sum", [ones(2, 3)], {"axis": 2}, "ShapeError", "axis 2"),
    Bad("_np_max", [ones(0, 3)], {"axis": 0}, "ShapeError", "zero-size"),
    Bad("_npi_mean", [ones(2, 3)], {"axis": (0, 0)}, "ShapeError", "duplicates"),
    Bad("_npi_argmax", [ones(0)], {}, "ShapeError", "empty"),
    Bad("_npi_argmin", [ones(2)], {"axis": 3}, "ShapeError"),
    Bad("_npi_average", [ones(2, 3), ones(2)], {"axis": 1}, "ShapeError"),
]
