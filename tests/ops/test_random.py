"""Random operators: distributions, forms, seeds, shapes and dtypes, errors, gradients."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats as st
import torch

import mxnet as mx
from mxnet import autograd
from mxnet._ops import get
from mxnet._runtime.inference import infer

R = mx.nd.random
COUNT = 20000

# name -> parameters, those of the op where they differ, scipy's distribution of the parameters
CONTINUOUS = {
    "uniform": ({"low": -1.5, "high": 3.0}, None, lambda low, high: st.uniform(low, high - low)),
    "normal": ({"loc": 10.0, "scale": 0.5}, None, st.norm),
    "gamma": ({"alpha": 0.7, "beta": 2.5}, None, lambda alpha, beta: st.gamma(alpha, scale=beta)),
    "exponential": ({"scale": 0.25}, {"lam": 4.0}, lambda scale: st.expon(scale=scale)),
}
DISCRETE = {
    "poisson": ({"lam": 4.0}, None, lambda lam: st.poisson(lam)),
    "negative_binomial": ({"k": 3, "p": 0.4}, None, lambda k, p: st.nbinom(k, p)),
    "generalized_negative_binomial": (
        {"mu": 2.0, "alpha": 0.3},
        None,
        lambda mu, alpha: st.nbinom(1 / alpha, 1 / (mu * alpha + 1)),
    ),
}
ALL = CONTINUOUS | DISCRETE


def fits(name, values, parameters):
    """Whether ``values`` can be draws from the distribution: at a fixed seed, so that this never changes by chance."""
    law = ALL[name][2](**parameters)
    values = values.astype("float64").ravel()
    if name in CONTINUOUS:
        return st.kstest(values, law.cdf).pvalue > 1e-3
    edges = np.arange(0, int(law.ppf(0.999)) + 1)
    counts = np.array([(values == k).sum() for k in edges])
    expected = law.pmf(edges) * len(values)
    keep = expected > 5
    rest = len(values) - expected[keep].sum()
    return st.chisquare([*counts[keep], len(values) - counts[keep].sum()], [*expected[keep], rest]).pvalue > 1e-3


@pytest.fixture(autouse=True)
def seeded():
    mx.random.seed(42)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_as_parameters_give_the_distribution(name, dtype):
    drawn = getattr(R, name)(**ALL[name][0], shape=(COUNT,), dtype=dtype)
    assert drawn.dtype == np.dtype(dtype) and drawn.shape == (COUNT,)
    assert fits(name, drawn.asnumpy(), ALL[name][0])


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_arrays_as_parameters_give_a_distribution_for_each_element(name, dtype):
    parameters = {k: np.array([[v], [v * 2]]) if k not in ("p", "low") else np.full((2, 1), v)
                  for k, v in ALL[name][0].items()}  # fmt: skip
    arrays = {k: mx.nd.array(v, dtype=dtype) for k, v in parameters.items()}
    drawn = getattr(R, name)(**arrays, shape=(COUNT // 10, 2), dtype=dtype)
    assert drawn.shape == (2, 1, COUNT // 10, 2) and drawn.dtype == np.dtype(dtype)
    for row in range(2):
        own = {k: arrays[k].asnumpy()[row, 0].astype("float64") for k in arrays}
        if dtype != "float16":
            assert fits(name, drawn.asnumpy()[row], own)
        else:
            mean = drawn.asnumpy()[row].astype("float64").mean()
            assert abs(mean - ALL[name][2](**own).mean()) < 0.1 * ALL[name][2](**own).std()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
def test_without_a_dtype_arrays_of_any_dtype_give_float32(name, dtype):
    arrays = {k: mx.nd.ones((2,), dtype=dtype) for k in ALL[name][0]}
    assert getattr(R, name)(**arrays, shape=3).dtype == np.float32
    named = getattr(mx.sym.random, name)(**{k: mx.sym.var(k) for k in arrays}, shape=3)
    assert named.infer_type(**dict.fromkeys(arrays, dtype))[1] == [np.float32]
    assert named.eval(ctx=mx.cpu(), **arrays)[0].dtype == np.float32


@pytest.mark.parametrize("name", ALL)
def test_the_like_form_has_shape_and_dtype_of_its_array(name):
    like = mx.nd.zeros((COUNT // 2, 2), dtype="float64")
    drawn = getattr(R, f"{name}_like")(like, **(ALL[name][1] or ALL[name][0]))
    assert drawn.dtype == np.float64 and drawn.shape == like.shape
    assert fits(name, drawn.asnumpy(), ALL[name][0])
    assert not like.asnumpy().any()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize(
    "draw",
    [
        lambda shape, dtype: R.uniform(2, 3, shape=shape, dtype=dtype),
        lambda shape, dtype: mx.nd.sample_uniform(mx.nd.array([2]), mx.nd.array([3]), shape=shape, dtype=dtype),
        lambda shape, dtype: mx.np.random.uniform(2, 3, size=shape, dtype=dtype),
    ],
    ids=["numbers", "arrays", "np"],
)
def test_uniform_halves_are_rounded_to_the_nearest(draw, dtype):
    drawn = draw((1 << 22,), dtype).astype("float64").asnumpy()
    assert abs(drawn.mean() - 2.5) < 4e-4  # of torch's own halves 2.499 and 2.492
    assert drawn.max() == 3


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_drawn_too(name, dtype):
    drawn = getattr(mx.nd, f"random_{name}")(**(ALL[name][1] or ALL[name][0]), shape=(COUNT,), dtype=dtype)
    law = ALL[name][2](**ALL[name][0])
    assert abs(drawn.asnumpy().astype("float64").mean() - law.mean()) < 0.05 * law.std() + 0.01 * abs(law.mean())


@pytest.mark.parametrize("lam", [0.03, 1.0, 12.0, 300.0, 4000.0])
@pytest.mark.parametrize("count", [1000, 300000])
def test_poisson_numbers_are_as_likely_as_they_should_be_in_small_and_great_number(lam, count):
    together = R.poisson(lam, shape=(count,)).asnumpy().astype("float64")
    law = st.poisson(lam)
    edges = np.unique(law.ppf(np.linspace(0, 1, 12)[1:-1]))
    expected = np.diff([0, *law.cdf(edges), 1]) * count
    counts = np.histogram(together, [-0.5, *edges + 0.5, np.inf])[0]
    keep = expected > 5
    assert st.chisquare(counts[keep], expected[keep] * counts[keep].sum() / expected[keep].sum()).pvalue > 1e-3
    assert (together == together.round()).all() and together.min() >= 0


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_poisson_numbers_of_mean_zero_are_zero(dtype):
    for count in (3, 10000):
        assert not R.poisson(0, shape=(count,), dtype=dtype).asnumpy().any()


def test_exponential_numbers_fit_beyond_one_block_and_reach_far():
    drawn = R.exponential(0.5, shape=(3, 200000)).asnumpy()
    assert all(st.kstest(row, st.expon(scale=0.5).cdf).pvalue > 1e-3 for row in drawn)
    assert st.spearmanr(drawn[0], drawn[1]).pvalue > 1e-3
    assert drawn.min() >= 0 and 5 < drawn.max() < 20


@pytest.mark.parametrize("alpha", [0.3, 1.0, 1.5, 40.0, 1e5, 1e7])
@pytest.mark.parametrize("count", [1000, 300000])
def test_gamma_numbers_of_any_shape_fit_in_small_and_great_number(alpha, count):
    drawn = R.gamma(alpha, 2.0, shape=(count,)).asnumpy().astype("float64")
    law = st.gamma(alpha, scale=2.0)
    assert st.kstest(drawn, law.cdf).pvalue > 1e-3
    assert drawn.min() > 0 and law.sf(drawn.max()) > 1e-4 / count


def test_gamma_numbers_too_small_for_float32_are_its_least():
    drawn = R.gamma(0.001, 1.0, shape=(20000,)).asnumpy()
    assert drawn.min() == np.finfo("float32").tiny
    assert abs((drawn > 1e-30).mean() - st.gamma(0.001).sf(1e-30)) < 0.01


@pytest.mark.parametrize("name", ALL)
def test_the_number_of_threads_does_not_change_the_numbers(name):
    before = torch.get_num_threads()
    drawn = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            mx.random.seed(3)
            drawn.append(getattr(R, name)(**ALL[name][0], shape=(300, 1000)).asnumpy())
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(drawn[0], drawn[1]) and np.array_equal(drawn[0], drawn[2])


@pytest.mark.parametrize("name", ALL)
def test_the_seed_decides_the_numbers_and_torch_is_left_alone(name):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    np.random.seed(5)
    draws = []
    for seed in (7, 7, 8):
        mx.random.seed(seed)
        draws.append(getattr(R, name)(**ALL[name][0], shape=(50,)).asnumpy())
    assert np.array_equal(draws[0], draws[1]) and not np.array_equal(draws[0], draws[2])
    assert torch.equal(torch.rand(3), expected)
    assert np.random.rand() == np.random.RandomState(5).rand()


def test_the_result_goes_to_out_and_takes_its_shape_and_dtype():
    out = mx.nd.zeros((2, 3), dtype="float64")
    assert R.normal(5, 0.1, out=out) is out
    assert (out.asnumpy() > 4).all()
    with pytest.raises(ValueError, match=r"out has shape \(2, 3\), expected \(3,\)"):
        R.uniform(0, 1, shape=(3,), out=out)
    with pytest.raises(TypeError, match="dtype is float16 and out has"):
        R.uniform(0, 1, dtype="float16", out=out)


def test_shape_is_one_number_several_or_left_out():
    assert R.uniform().shape == (1,)
    assert R.uniform(shape=3).shape == (3,)
    assert R.uniform(0, 1, (2, 3), "float16").dtype == np.float16
    assert R.randn(2, 3, loc=1, dtype="float64").shape == (2, 3)
    assert R.uniform(0, 1, shape=(2,), ctx=mx.cpu(1)).context == mx.cpu(1)
    with pytest.raises(ValueError, match="expected the sizes"):
        mx.nd.random_uniform(0, 1)
    with mx.util.np_shape(True):
        assert R.uniform(shape=()).shape == ()
        assert R.uniform(shape=(0, 2)).shape == (0, 2)
    with pytest.raises(ValueError, match="expected sizes of 1 or more"):
        R.uniform(shape=(0, 2))


BAD = [
    (lambda: R.uniform(2, 1, shape=2), "low must be less"),
    (lambda: R.normal(0, -1, shape=2), "has to be positive"),
    (lambda: R.gamma(-1, 1, shape=2), "has to be positive"),
    (lambda: R.exponential(-1, shape=2), "has to be positive"),
    (lambda: R.poisson(-1, shape=2), "non-negative"),
    (lambda: R.negative_binomial(-1, 0.5, shape=2), "non-negative"),
    (lambda: R.negative_binomial(1, 0.0, shape=2), "has to be positive"),
    (lambda: R.generalized_negative_binomial(1, -1, shape=2), "non-negative"),
    (lambda: R.randint(5, 5, shape=2), "low must be less than high"),
    (lambda: R.normal_like(mx.nd.ones(2), scale=0), "has to be positive"),
    (lambda: R.multinomial(mx.nd.array([0.5, -0.1])), "expected probabilities"),
    (lambda: R.multinomial(mx.nd.zeros((2,))), "expected probabilities"),
]


@pytest.mark.parametrize(("call", "text"), BAD)
def test_impossible_parameters_are_told_at_the_wait_and_computed_with_until_then(call, text):
    result = call()
    assert len(result.shape) == 1
    further = result + 1
    with pytest.raises(mx.base.MXNetError, match=text):
        further.wait_to_read()
    further.wait_to_read()


def test_impossible_parameters_are_told_at_the_call_where_an_array_is_to_be_written():
    target = mx.nd.ones((2,))
    with pytest.raises(mx.base.MXNetError, match="has to be positive"):
        R.normal(0, -1, out=target)
    fails = R.normal(0, -1, shape=2)
    with pytest.raises(mx.base.MXNetError, match="has to be positive"):
        mx.nd.elemwise_add(fails, target, out=target)
    assert target.asnumpy().tolist() == [1, 1]
    mx.nd.waitall()  # both errors have been told


@pytest.mark.parametrize(("call", "text"), BAD)
def test_impossible_parameters_are_told_at_the_call_by_the_naive_engine(call, text, monkeypatch):
    monkeypatch.setenv("MXNET_ENGINE_TYPE", "NaiveEngine")
    with pytest.raises(mx.base.MXNetError, match=text):
        call()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: R.uniform(mx.nd.ones(2), 2.0), AssertionError, "same type"),
        (lambda: R.uniform("a", 1), ValueError, "either NDArray or numbers"),
        (lambda: R.uniform(mx.nd.ones(2), mx.nd.ones((2, 3))), ValueError, "expected equal ones"),
        (lambda: R.uniform(mx.nd.ones(2), mx.nd.ones(2, dtype="float64")), TypeError, "expected equal dtypes"),
        (lambda: R.uniform(0, 1, (2,), "int32"), ValueError, "valid values are"),
        (lambda: R.randint(0, 10, (2,), "float32"), ValueError, "valid values are: int32, int64"),
        (lambda: R.randint(0, 2**33, (2,)), ValueError, "use dtype='int64'"),
        (lambda: R.randint(0.5, 3), ValueError, "expect int"),
        (lambda: R.uniform_like(mx.nd.ones(2, dtype="int32")), TypeError, "floating point"),
        (lambda: R.multinomial(mx.nd.ones(2, dtype="int32")), TypeError, "floating point"),
        (lambda: R.multinomial(mx.nd.ones(300), dtype="uint8"), ValueError, "choose a wider dtype"),
        (lambda: R.multinomial([0.5, 0.5]), AssertionError, "must have NDArray type"),
        (lambda: R.exponential(0), ValueError, "scale is 0"),
        (lambda: R.uniform(0, 1, (2,), foo=3), ValueError, "foo"),
        (lambda: mx.nd._internal._sample_unique_zipfian(5, (2, 6)), ValueError, "6 different classes do not exist"),
        (lambda: mx.nd._internal._sample_unique_zipfian(5, (6,)), ValueError, "expected"),
    ],
)
def test_bad_calls_say_what_was_got_and_expected(call, error, text):
    with pytest.raises(error, match=text) as caught:
        call()
    assert isinstance(caught.value, mx.base.MXNetError)


@pytest.mark.parametrize(("dtype", "low", "high"), [(None, -500, 199), ("int64", 2**40, 2**40 + 7), ("int32", 3, 4)])
def test_integers_are_all_equally_likely(dtype, low, high):
    drawn = R.randint(low, high, shape=(COUNT,), dtype=dtype)
    assert drawn.dtype == np.dtype(dtype or "int32")
    counts = np.bincount(drawn.asnumpy() - low, minlength=high - low)
    assert len(counts) == high - low
    assert high - low == 1 or st.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "float32", "float64"])
def test_indices_are_drawn_by_their_probabilities(dtype):
    rows = mx.nd.array([[0, 1, 2, 3, 4], [4, 3, 2, 1, 0]]) / 10
    drawn = R.multinomial(rows, shape=(COUNT // 2, 2), dtype=dtype)
    assert drawn.shape == (2, COUNT // 2, 2) and drawn.dtype == np.dtype(dtype)
    for row, weights in zip(drawn.asnumpy().reshape(2, -1).astype(int), rows.asnumpy(), strict=True):
        counts = np.bincount(row, minlength=5)
        assert (counts[weights == 0] == 0).all()
        assert st.chisquare(counts[weights > 0], weights[weights > 0] * COUNT).pvalue > 1e-3


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(("classes", "rows", "count"), [(64, 30000, 1), (131, 30000, 1), (5003, 500, 60)])
@pytest.mark.parametrize("scale", [1.0, 3e4])
def test_few_indices_of_many_classes_are_drawn_by_their_probabilities(dtype, classes, rows, count, scale):
    weights = np.random.RandomState(1).rand(classes) ** 8
    weights[[2, 63, classes - 1]] = 0
    weights = (weights / weights.max() * scale).astype(dtype)
    drawn = mx.nd.sample_multinomial(mx.nd.array(np.tile(weights, (rows, 1)), dtype=dtype), shape=count).asnumpy()
    counts = np.bincount(drawn.ravel(), minlength=classes)
    expected = weights.astype("float64") / weights.astype("float64").sum() * rows * count
    assert len(counts) == classes and not counts[weights == 0].any()
    seldom = expected < 5
    assert abs(counts[seldom].sum() - expected[seldom].sum()) < 5 * np.sqrt(expected[seldom].sum())
    often = np.append(expected[~seldom], expected[seldom].sum())
    assert st.chisquare([*counts[~seldom], counts[seldom].sum()], often * rows * count / often.sum()).pvalue > 1e-3


def test_many_indices_of_one_class_are_zero():
    assert not mx.nd.sample_multinomial(mx.nd.ones((2, 1)), shape=5000).asnumpy().any()


@pytest.mark.parametrize(("rows", "count"), [(1, 100_000), (3, 40_000), (700, 100)])
def test_many_indices_of_few_classes_are_drawn_by_their_probabilities(rows, count):
    weights = np.array([[0, 4, 0, 1, 2, 3, 0], [1, 0, 5, 1, 0, 0, 3]])[np.arange(rows) % 2]
    drawn = mx.nd.sample_multinomial(mx.nd.array(weights / 10), shape=count).asnumpy()
    assert drawn.shape == (rows, count)
    for kind in range(min(rows, 2)):
        counts, shares = np.bincount(drawn[kind::2].ravel(), minlength=7), weights[kind] / 10
        assert len(counts) == 7 and not counts[shares == 0].any()
        assert st.chisquare(counts[shares > 0], shares[shares > 0] * counts.sum()).pvalue > 1e-3


@pytest.mark.parametrize(("rows", "classes"), [(600, 77), (600, 4999)])
def test_each_of_many_rows_has_its_own_probabilities(rows, classes):
    weights = np.zeros((rows, classes), "float32")
    at = np.random.RandomState(2).randint(0, classes, (rows, 2))
    weights[np.arange(rows), at[:, 0]] = 1e-30
    weights[np.arange(rows), at[:, 1]] += 3e-30
    drawn = mx.nd.sample_multinomial(mx.nd.array(weights)).asnumpy()
    first = drawn == at[:, 0]
    assert (first | (drawn == at[:, 1])).all()
    assert 0.15 < first[at[:, 0] != at[:, 1]].mean() < 0.35


@pytest.mark.parametrize(("rows", "classes"), [(600, 77), (600, 4999)])
def test_weights_whose_sum_is_infinite_in_their_dtype_are_weights_nevertheless(rows, classes):
    drawn = mx.nd.sample_multinomial(mx.nd.array(np.full((rows, classes), 3e38))).asnumpy()
    assert len(np.unique(drawn)) > min(rows, classes) * 0.9


@pytest.mark.parametrize("wrong", [-1e-3, np.nan])
def test_a_wrong_probability_among_many_is_found(wrong):
    weights = np.full((600, 77), 0.1)
    weights[599, 76] = wrong
    with pytest.raises(mx.MXNetError, match="not a number, or adds up to 0"):
        mx.nd.sample_multinomial(mx.nd.array(weights)).asnumpy()
    weights[599] = 0
    with pytest.raises(mx.MXNetError, match="not a number, or adds up to 0"):
        mx.nd.sample_multinomial(mx.nd.array(weights)).asnumpy()


def test_rows_that_do_not_add_up_to_one_are_scaled():
    counts = np.bincount(R.multinomial(mx.nd.array([2.0, 6.0]), shape=COUNT).asnumpy(), minlength=2)
    assert st.chisquare(counts, [COUNT / 4, COUNT * 3 / 4]).pvalue > 1e-3


def test_one_index_of_one_row_has_one_axis_unless_shapes_are_those_of_numpy():
    row = mx.nd.array([0.0, 1.0])
    assert R.multinomial(row).shape == (1,)
    assert R.multinomial(mx.nd.array([[0, 1], [1, 0]])).asnumpy().tolist() == [1, 0]
    with mx.util.np_shape(True):
        assert R.multinomial(row).shape == ()


def test_gradients_flow_through_the_logarithms_of_probabilities():
    x = mx.nd.array([[0.3, 0.7], [0.5, 0.5]])
    x.attach_grad()
    with autograd.record():
        index, logs = R.multinomial(x, shape=100, get_prob=True)
        loss = (logs * 5).sum()
    loss.backward()
    chosen = np.take_along_axis(x.asnumpy(), index.asnumpy(), 1)
    np.testing.assert_allclose(logs.asnumpy(), np.log(chosen), rtol=1e-6)
    counts = np.stack([np.bincount(row, minlength=2) for row in index.asnumpy()])
    np.testing.assert_allclose(x.grad.asnumpy(), 5 * counts / x.asnumpy(), rtol=1e-5)


@pytest.mark.parametrize("call", [lambda a: R.normal(a, a), lambda a: R.uniform_like(a), lambda a: R.poisson(a)])
def test_the_gradient_of_a_draw_is_zero(call):
    a = mx.nd.array([1.0, 2.0])
    a.attach_grad()
    a.grad[:] = 7
    with autograd.record():
        y = call(a)
    y.backward()
    assert a.grad.asnumpy().tolist() == [0, 0]


def test_shuffling_keeps_slices_whole_and_reaches_every_order():
    data = mx.nd.arange(9).reshape((3, 3))
    seen = {}
    for _ in range(1200):
        order = tuple((R.shuffle(data).asnumpy()[:, 0] / 3).astype(int))
        seen[order] = seen.get(order, 0) + 1
    assert len(seen) == 6 and st.chisquare(list(seen.values())).pvalue > 1e-3
    shuffled = mx.nd.shuffle(data).asnumpy()
    assert (shuffled[:, 1] - shuffled[:, 0] == 1).all()


def test_zipfian_classes_are_different_and_frequent_ones_come_first():
    classes, tries = mx.nd._internal._sample_unique_zipfian(793472, shape=(2, 2048))
    assert classes.dtype == np.int64 and tries.shape == (2,)
    for row in classes.asnumpy():
        assert len(np.unique(row)) == 2048 and 0 <= row.min() and row.max() < 793472
    assert (classes.asnumpy() < 10).any(axis=1).all()
    assert (tries.asnumpy() > 2048).all()
    every, _ = mx.nd._internal._sample_unique_zipfian(5, shape=(1, 5))
    assert sorted(every.asnumpy()[0]) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", [f"_random_{n}" for n in [*ALL, "randint"]])
def test_shapes_are_known_without_drawing(name):
    attrs = {"low": 0, "high": 2} if name == "_random_randint" else {}
    (meta,) = infer(get(name).bind((), {"shape": (2, 3), **attrs}), [])
    assert tuple(meta.shape) == (2, 3)


@pytest.mark.parametrize("name", ALL)
def test_symbols_draw_the_same_distributions(name):
    law = ALL[name][0]
    drawn = getattr(mx.sym.random, name)(**law, shape=(COUNT,)).eval(ctx=mx.cpu())[0]
    assert fits(name, drawn.asnumpy(), law)
    variables = {k: mx.sym.var(k) for k in law}
    values = {k: mx.nd.array([v]) for k, v in law.items()}
    drawn = getattr(mx.sym.random, name)(**variables, shape=(COUNT,)).eval(ctx=mx.cpu(), **values)[0]
    assert drawn.shape == (1, COUNT)
    assert fits(name, drawn.asnumpy(), {k: float(np.float32(v)) for k, v in law.items()})


def test_symbols_carry_the_attributes_that_1_9_1_writes():
    S = mx.sym.random
    assert S.uniform(0, 1, (2,), dtype=np.float16, name="u").attr_dict() == {
        "u": {"low": "0", "high": "1", "shape": "(2,)", "dtype": "float16"}
    }
    assert S.exponential(2.0, name="e").attr_dict() == {"e": {"lam": "0.5"}}
    assert S.multinomial(mx.sym.var("p"), name="m").list_outputs() == ["m_output0", "m_output1"]
    assert S.randn(2, 3, loc=1, name="n").attr_dict() == {"n": {"loc": "1", "scale": "1", "shape": "(2, 3)"}}
    with pytest.raises(AssertionError, match="same type"):
        S.gamma(1, mx.sym.var("b"))
    with pytest.raises(ValueError, match="either Symbol or numbers"):
        S.gamma("a", 1)
