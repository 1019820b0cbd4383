"""Calls of the operators of linear algebra."""

from __future__ import annotations

from sample import Bad, Sample, apart, numbers, ones

SYM = numbers([[4, 2, 0.6], [2, 5, 1], [0.6, 1, 3]])
PAIR = numbers([[[4, 2, 0.6], [2, 5, 1], [0.6, 1, 3]], [[2, -1, 0], [-1, 2, -1], [0, -1, 2]]])
LOW = numbers([[2, 9, 9], [1, 3, 9], [4, 5, 6]])

CUBE = apart(2, 3, 4)
SAMPLES = [
    *[
        Sample("dot", [left, right], attrs)
        for left, right, attrs in (
            (apart(2, 3), apart(3, 2), {}),
            (apart(2, 3), apart(3), {}),
            (apart(3), apart(3), {}),
            (apart(3), apart(3, 2), {}),
            (apart(3), apart(2, 3), {"transpose_b": True}),
            (apart(2, 3), apart(2, 3), {"transpose_b": True}),
            (apart(2, 3), apart(2, 3), {"transpose_a": True}),
            (apart(3, 2), apart(2, 3), {"transpose_a": True, "transpose_b": True}),
            (CUBE, apart(4, 2), {}),
            (CUBE, apart(4), {}),
            (CUBE, apart(4, 2, 2), {}),
            (CUBE, apart(2, 5), {"transpose_a": True}),
            (CUBE, apart(2, 3, 2), {"transpose_a": True}),
            (apart(2, 3), apart(4, 2, 3), {"transpose_b": True}),
            (CUBE, apart(2, 2, 4), {"transpose_b": True}),
            (apart(4, 3, 2), apart(3, 2, 4), {"transpose_a": True, "transpose_b": True}),
            (apart(2), CUBE, {"transpose_a": True}),
            (apart(4), CUBE, {"transpose_b": True}),
            (CUBE, apart(2), {"transpose_a": True}),
            (CUBE, apart(4), {"transpose_b": True}),
            (apart(2, 3, dtype="float64"), apart(3, 2, dtype="float64"), {"forward_stype": "default"}),
        )
    ],
    *[
        Sample("batch_dot", [left, right], attrs)
        for left, right, attrs in (
            (apart(2, 2, 3), apart(2, 3, 2), {}),
            (apart(2, 2, 3), apart(2, 2, 3), {"transpose_b": True}),
            (apart(2, 3, 2), apart(2, 3, 2), {"transpose_a": True}),
            (apart(2, 3, 2), apart(2, 2, 3), {"transpose_a": True, "transpose_b": True}),
            (apart(2, 2, 1, 3), apart(2, 2, 3, 1), {}),
        )
    ],
    Sample("khatri_rao", [apart(2, 3), apart(3, 3)], wrt=()),
    Sample("khatri_rao", [apart(2, 3), apart(3, 3), apart(2, 3)], wrt=()),
    Sample("_linalg_gemm", [apart(2, 3), apart(3, 2), apart(2, 2)], {"alpha": 2, "beta": 3}),
    Sample("_linalg_gemm", [apart(2, 3), apart(2, 3), apart(3, 3)], {"transpose_a": True}),
    Sample("_linalg_gemm", [apart(2, 5, 3), apart(3, 5, 2), apart(2, 5, 2)], {"axis": 0}),
    Sample("_linalg_gemm2", [apart(2, 3), apart(3, 2)], {"alpha": 2}),
    Sample("_linalg_gemm2", [apart(2, 2, 3), apart(2, 2, 3)], {"transpose_b": True}),
    Sample("_linalg_gemm2", [apart(2, 5, 3), apart(2, 5, 3)], {"axis": 0, "transpose_a": True}),
    Sample("_linalg_gemm2", [apart(2, 5, 3), apart(3, 5, 2)], {"axis": -3}),
    Sample("_linalg_potrf", [SYM]),
    Sample("_linalg_potrf", [PAIR]),
    Sample("_linalg_potrf", [PAIR], {"lower": False}),
    Sample("_linalg_potri", [LOW]),
    Sample("_linalg_potri", [LOW], {"lower": False}),
    Sample("_linalg_potri", [PAIR]),
    *[
        Sample(name, [LOW, apart(2, 3) if attrs.get("rightside") else apart(3, 2)], attrs)
        for name in ("_linalg_trmm", "_linalg_trsm")
        for attrs in (
            {},
            {"transpose": True, "alpha": 2},
            {"lower": False},
            {"rightside": True},
            {"rightside": True, "lower": False, "transpose": True},
        )
    ],
    Sample("_linalg_trsm", [PAIR, apart(2, 3, 2)]),
    Sample("_linalg_syrk", [apart(2, 3)]),
    Sample("_linalg_syrk", [apart(2, 2, 3)], {"transpose": True, "alpha": 2}),
    Sample("_linalg_gelqf", [numbers([[-1, -2, 3], [4, -5, 7]])]),
    Sample("_linalg_gelqf", [PAIR]),
    Sample("_linalg_syevd", [SYM]),
    Sample("_linalg_syevd", [PAIR], numeric=()),
    Sample("_linalg_sumlogdiag", [SYM]),
    Sample("_linalg_sumlogdiag", [PAIR]),
    *[Sample("_linalg_extractdiag", [apart(2, 3, 3)], {"offset": offset}) for offset in (0, 1, -2)],
    *[Sample("_linalg_makediag", [apart(2, 3)], {"offset": offset}) for offset in (0, 1, -1)],
    *[
        Sample("_linalg_extracttrian", [apart(2, 3, 3)], {"offset": offset, "lower": lower})
        for offset in (0, 1, -1)
        for lower in (True, False)
    ],
    *[
        Sample("_linalg_maketrian", [apart(2, 6)], {"offset": offset, "lower": lower})
        for offset in (0, 1, -1)
        for lower in (True, False)
    ],
    Sample("_linalg_inverse", [SYM]),
    Sample("_linalg_inverse", [PAIR]),
    Sample("_linalg_det", [SYM]),
    Sample("_linalg_det", [PAIR]),
    Sample("_linalg_slogdet", [-SYM]),
    Sample("_linalg_slogdet", [PAIR]),
    Sample("_linalg_slogdet", [numbers([[1, 1], [1, 1]])]),
]

BAD = [
    Bad(op, list(inputs), attrs, error, f"(?i){op}")
    for op, inputs, attrs, error in (
        ("dot", (ones(2, 3), ones(2, 3)), {}, "ShapeError"),
        ("dot", (ones(3), ones(4)), {}, "ShapeError"),
        ("dot", (ones(4), ones(2, 3, 4)), {}, "ShapeError"),
        ("dot", (ones(2, 1), ones(3, 2, 2)), {}, "ShapeError"),
        ("dot", (ones(3), ones(3)), {"transpose_a": True}, "ArgumentError"),
        ("dot", (ones(2, 3), ones(3, 2, dtype="float64")), {}, "DTypeError"),
        ("dot", (ones(2, 3, 4), ones(4, 2, 2, dtype="float64")), {}, "DTypeError"),
        ("batch_dot", (ones(1, 2, 3), ones(2, 3, 2)), {}, "ShapeError"),
        ("batch_dot", (ones(2, 3), ones(3, 2)), {}, "ShapeError"),
        ("batch_dot", (ones(2, 2, 3), ones(2, 2, 3)), {}, "ShapeError"),
        ("batch_dot", (ones(1, 2, 2, 3), ones(2, 2, 3, 2)), {}, "ShapeError"),
        ("khatri_rao", (ones(2, 3), ones(3, 2)), {}, "ShapeError"),
        ("linalg_gemm", (ones(2, 3), ones(3, 2), ones(1, 2)), {}, "ShapeError"),
        ("linalg_gemm2", (ones(2, 2, 3), ones(3, 2)), {}, "ShapeError"),
        ("linalg_gemm2", (ones(2, 3), ones(2, 3)), {}, "ShapeError"),
        ("linalg_potrf", (ones(2, 3),), {}, "ShapeError"),
        ("linalg_trmm", (ones(3, 3), ones(2, 3)), {}, "ShapeError"),
        ("linalg_trsm", (ones(3, 3), ones(3)), {}, "ShapeError"),
        ("linalg_gelqf", (ones(3, 2),), {}, "ShapeError"),
        ("linalg_extractdiag", (ones(3, 3),), {"offset": 3}, "ShapeError"),
        ("linalg_extracttrian", (ones(2, 3),), {}, "ShapeError"),
        ("linalg_maketrian", (ones(5),), {}, "ShapeError"),
        ("linalg_inverse", (ones(2, 3),), {}, "ShapeError"),
        ("linalg_det", (ones(3),), {}, "ShapeError"),
    )
]
