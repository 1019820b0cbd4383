"""Calls of the operators outside the core, and of the densities."""

from __future__ import annotations

import numpy as np
from sample import INF, NAN, Bad, Sample, apart, normal, numbers, positive, whole

MARKS = whole([[0, 1, 2, 0], [0, 0, 1, 1]])
HAWKES = [
    numbers([[1.5, 2, 3], [1, 2.5, 0.5]]),
    numbers([0.2, 0.3, 0.4]),
    numbers([2, 1, 0.5]),
    numbers([[0.1, 0.2, 0.3], [0, 0.5, 0]]),
    numbers([[1, 2, 1, 1], [2, 2, 2, 2]]),
    MARKS,
    numbers([3, 4]),
    numbers([10, 12]),
]
COUNTS = numbers([0, 1, 4])
HIST = np.random.RandomState(3).poisson(5, 101).astype("float32")
PROBABILITY = numbers([[[0.2, 0.8], [0.4, 0.6], [0.1, 0.9]], [[0.2, 0.8], [0.3, 0.7], [0.5, 0.5]]])
LESS = "1.9.1 computes a part in float32"


def heads(name, *shapes, **more):
    return Sample("_contrib_interleaved_matmul_" + name, [normal(*s) for s in shapes], {"heads": 2}, **more)


def densities():
    """Each density of two or more samples a distribution, of one, its logarithm, and in float64."""
    counts = whole([[0, 1, 4], [2, 3, 1]], "float32")
    inside = numbers([[0.3, 0.5, 0.9], [0.4, 0.6, 0.8]])
    for name, sample, parameters in (
        ("normal", normal(2, 3), [numbers([-0.3, 0.1]), numbers([1.7, 0.6])]),
        ("uniform", inside, [numbers([0, 0.2]), numbers([1, 2])]),
        ("gamma", positive(2, 3), [numbers([1.5, 2.5]), numbers([0.5, 3])]),
        ("exponential", positive(2, 3), [numbers([0.5, 2])]),
        ("poisson", counts, [numbers([0.5, 2])]),
        ("negative_binomial", counts, [numbers([1.5, 3]), numbers([0.5, 0.3])]),
        ("generalized_negative_binomial", counts, [numbers([1.5, 2]), numbers([0.5, 0.3])]),
    ):
        op = "_random_pdf_" + name
        numeric = tuple(range(1, len(parameters) + 1)) if sample is counts else None
        yield Sample(op, [sample, *parameters], numeric=numeric)
        yield Sample(op, [sample, *parameters], {"is_log": True}, numeric=numeric)
        yield Sample(op, [sample[:, 0], *parameters], numeric=numeric)
        double = [x.astype("float64") for x in (sample, *parameters)]
        yield Sample(op, double, numeric=numeric, rtol=1e-6, why=LESS)
    concentrations = numbers([[0.2, 1.4], [2, 3]])
    yield Sample("_random_pdf_dirichlet", [PROBABILITY, concentrations])
    yield Sample("_random_pdf_dirichlet", [PROBABILITY, concentrations], {"is_log": True})
    yield Sample("_random_pdf_dirichlet", [PROBABILITY, numbers([2, 3])], {"is_log": True})
    yield Sample(
        "_random_pdf_dirichlet", [PROBABILITY.astype("float64"), concentrations.astype("float64")], rtol=1e-4, why=LESS
    )


SAMPLES = [
    heads("selfatt_qk", (3, 2, 12)),
    heads("selfatt_qk", (1, 1, 6)),
    heads("selfatt_valatt", (3, 2, 12), (4, 3, 3)),
    heads("selfatt_valatt", (1, 1, 6), (2, 1, 1)),
    heads("encdec_qk", (5, 2, 4), (3, 2, 8)),
    heads("encdec_valatt", (3, 2, 8), (4, 5, 3)),
    Sample("_contrib_interleaved_matmul_selfatt_qk", [normal(3, 2, 12)], {"heads": 4}),
    Sample("_contrib_fft", [apart(2, 3)], here=True),
    Sample("_contrib_ifft", [apart(2, 6)], here=True),
    Sample(
        "_contrib_count_sketch",
        [apart(2, 3), whole([[0, 2, 0]], "float32"), numbers([[1, -1, 1]])],
        {"out_dim": 4},
        wrt=(0,),
        here=True,
    ),
    Sample("_contrib_hawkesll", HAWKES, wrt=(0, 1, 2), heads=(0,), half=False),
    Sample(
        "_contrib_hawkesll",
        [x if x is MARKS else x.astype("float64") for x in HAWKES],
        wrt=(0, 1, 2),
        heads=(0,),
        rtol=1e-7,
        why=LESS,
    ),
    Sample("_contrib_quadratic", [apart(2, 3)], {"a": 2, "b": 3, "c": 1}),
    Sample("_contrib_quadratic", [apart(2, 3, dtype="float64")], {"a": -0.5}),
    Sample("_contrib_quadratic", [whole([1, 2, -3])], {"a": 1.5, "b": 1, "c": 1}),
    Sample("_contrib_round_ste", [numbers([0.5, 1.5, 2.5, -0.5, -1.5, -0.4])], numeric=()),
    Sample("_contrib_round_ste", [whole([1, 2])]),
    Sample("_contrib_sign_ste", [numbers([[0.5, 0, -1]])], numeric=()),
    Sample("_contrib_gradientmultiplier", [apart(2, 3)], {"scalar": 3.0}, numeric=()),
    Sample("_contrib_gradientmultiplier", [apart(4, dtype="float64")], {"scalar": -0.5}, numeric=()),
    Sample("_contrib_gradientmultiplier", [whole([1, 2])], {"scalar": 2}),
    Sample("_contrib_backward_gradientmultiplier", [apart(2, 3)], {"scalar": 3.0}, wrt=()),
    Sample("_contrib_backward_gradientmultiplier", [whole([1, 2])], {"scalar": 2.5, "is_int": False}),
    Sample("_contrib_allclose", [numbers([1, 2]), numbers([1, 2.00001])], wrt=(), symbol=False, half=False),
    Sample("_contrib_allclose", [numbers([1, 2]), numbers([1, 2.1])], {"atol": 0.2}, wrt=(), symbol=False, half=False),
    Sample("_contrib_allclose", [numbers([1, 2]), numbers([1, 2.1])], {"rtol": 0.01}, wrt=(), symbol=False, half=False),
    Sample("_contrib_allclose", [numbers([1, NAN]), numbers([1, NAN])], wrt=(), symbol=False, half=False),
    Sample(
        "_contrib_allclose",
        [numbers([1, NAN]), numbers([1, NAN])],
        {"equal_nan": False},
        wrt=(),
        symbol=False,
        half=False,
    ),
    Sample("_contrib_allclose", [numbers([INF, 1]), numbers([-INF, 1])], wrt=(), symbol=False, half=False, here=True),
    Sample("_contrib_allclose", [whole([1, 2]), whole([1, 2])], wrt=(), symbol=False),
    Sample(
        "_contrib_SparseEmbedding", [numbers([[0, 2], [1, 1]]), apart(3, 2)], {"input_dim": 3, "output_dim": 2}, wrt=()
    ),
    Sample("_contrib_SparseEmbedding", [numbers([0, 9, -3]), apart(3, 2)], {"input_dim": 3, "output_dim": 2}, wrt=()),
    Sample(
        "_contrib_calibrate_entropy",
        [HIST, np.linspace(-2, 2, 102).astype("float32")],
        {"num_quantized_bins": 31},
        wrt=(),
        rtol=1e-4,
        why="sums in another order",
        half=False,
    ),
    Sample(
        "_contrib_calibrate_entropy",
        [HIST[:15], np.linspace(-2, 2, 16).astype("float32")],
        {"num_quantized_bins": 7},
        wrt=(),
        rtol=1e-4,
        why="sums in another order",
        half=False,
    ),
    Sample("_histogram", [numbers([1, 2, 3, 4, -1, 9]), numbers([0, 1, 2, 4])], wrt=(), half=False),
    Sample("_histogram", [numbers([[1, 2], [3, 4]])], {"bin_cnt": 3, "range": (0, 5)}, wrt=(), half=False),
    Sample("_histogram", [numbers([1, NAN, 3, 4]), numbers([0, 2, 4])], wrt=(), half=False),
    Sample("_histogram", [whole([1, 2, 3, 4])], {"bin_cnt": 3, "range": (1, 4)}),
    Sample("_histogram", [apart(40, dtype="float64")], {"bin_cnt": 7, "range": (-10, 15)}, wrt=()),
    Sample("cast_storage", [apart(2, 3)], {"stype": "default"}),
    Sample("_scatter_elemwise_div", [apart(2, 3), positive(2, 3)]),
    Sample("_scatter_plus_scalar", [apart(2, 3)], {"scalar": 3.5}),
    Sample("_scatter_plus_scalar", [whole([1, 2])], {"scalar": 3}),
    Sample("_scatter_minus_scalar", [apart(2, 3)], {"scalar": 3}),
    Sample("_CrossDeviceCopy", [apart(2, 3)], here=True),
    Sample("_copyto", [apart(2, 3)], here=True),
    Sample("_square_sum", [apart(2, 3)], {"axis": (1,)}, here=True),
    Sample("_square_sum", [apart(2, 3)], {"axis": (0,), "keepdims": True}, here=True),
    Sample("_sparse_retain", [apart(3, 2), numbers([0, 2])], wrt=(0,), here=True),
    Sample("IdentityAttachKLSparseReg", [positive(3, 2) / 2, numbers([0.2, 0.4])], wrt=(0,), numeric=(), here=True),
    Sample(
        "_sparse_adagrad_update",
        [apart(2, 3), apart(2, 3), positive(2, 3)],
        {"lr": 0.1},
        wrt=(),
        changes=(2,),
        here=True,
        symbol=False,
    ),
    *densities(),
]

PAIRS = {"heads": 2}
BAD = [
    Bad("_contrib_interleaved_matmul_selfatt_qk", [normal(3, 12)], PAIRS, "ShapeError", "should be 3D"),
    Bad("_contrib_interleaved_matmul_selfatt_qk", [normal(3, 2, 11)], PAIRS, "ShapeError", "divide evenly"),
    Bad("_contrib_interleaved_matmul_selfatt_qk", [normal(3, 2, 12)], {"heads": 0}, "ArgumentError", "heads is 0"),
    Bad(
        "_contrib_interleaved_matmul_selfatt_valatt",
        [normal(3, 2, 12), normal(4, 3, 2)],
        PAIRS,
        "ShapeError",
        "attention",
    ),
    Bad(
        "_contrib_interleaved_matmul_encdec_qk", [normal(5, 2, 4), normal(3, 2, 12)], PAIRS, "ShapeError", "keys_values"
    ),
    Bad("_contrib_ifft", [normal(2, 3)], {}, "MXNetError", "even last dimension"),
    Bad("_contrib_count_sketch", [normal(2, 3), normal(1, 2), normal(1, 3)], {"out_dim": 4}, "MXNetError", "h has"),
    Bad("_contrib_hawkesll", [HAWKES[0], HAWKES[1][:2], *HAWKES[2:]], {}, "ShapeError", "alpha has shape"),
    Bad("_contrib_allclose", [normal(2), normal(3)], {}, "ShapeError", "b has shape"),
    Bad("_contrib_getnnz", [normal(2, 3)], {}, "MXNetError", "csr"),
    Bad("_contrib_edge_id", [normal(2, 2), normal(1), normal(1)], {}, "MXNetError", "csr"),
    Bad("_contrib_calibrate_entropy", [normal(5), normal(5)], {}, "MXNetError", "one more than hist"),
    Bad("_histogram", [normal(5)], {"bin_cnt": 3}, "ArgumentError", "both or neither"),
    Bad("_histogram", [normal(5)], {"bin_cnt": 2, "range": (1, 0)}, "ArgumentError", "low <= high"),
    Bad("_histogram", [normal(5), numbers([0, 1]).astype("float64")], {}, "DTypeError", "bins is"),
    Bad("_scatter_elemwise_div", [normal(2), normal(3)], {}, "ShapeError", "rhs has shape"),
    Bad("cast_storage", [normal(2, 2)], {"stype": "dense"}, "ArgumentError", "stype"),
    Bad("_random_pdf_normal", [normal(2, 3), normal(3), normal(3)], {}, "ShapeError", "first axes"),
    Bad("_random_pdf_poisson", [whole([[1, 2]]), whole([1])], {}, "DTypeError", "floating point"),
    Bad("_random_pdf_exponential", [normal(2, 3), normal(2, dtype="float64")], {}, "DTypeError", "one dtype"),
    Bad("_random_pdf_dirichlet", [normal(2, 3), normal(2)], {}, "ShapeError", "alpha has shape"),
]
