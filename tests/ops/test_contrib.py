"""What 1.9.1 can not answer on CPUs, refuses, or answers wrongly: transforms, sketches, dense storage, supports."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet import _ops

nd = mx.nd


def array(values, dtype="float32"):
    return nd.array(values, dtype=dtype)


def gradient(fn, x, head):
    x.attach_grad()
    with mx.autograd.record():
        y = fn(x)
    y.backward(head)
    return y.asnumpy(), x.grad.asnumpy()


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 1, 5)])
def test_fft_is_numpys_with_parts_in_turn_and_its_gradient_the_inverse(shape):
    x = np.random.RandomState(0).randn(*shape).astype("float32")
    head = np.random.RandomState(1).randn(*shape[:-1], 2 * shape[-1]).astype("float32")
    got, slope = gradient(nd.contrib.fft, array(x), array(head))
    want = np.fft.fft(x)
    np.testing.assert_allclose(got[..., ::2], want.real, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got[..., 1::2], want.imag, rtol=1e-4, atol=1e-5)
    back = np.fft.ifft(head[..., ::2] + 1j * head[..., 1::2]).real * shape[-1]
    np.testing.assert_allclose(slope, back, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(6,), (3, 4), (2, 3, 1, 10)])
def test_ifft_is_the_real_part_not_divided_by_the_size(shape):
    x = np.random.RandomState(0).randn(*shape).astype("float32")
    size = shape[-1] // 2
    head = np.random.RandomState(1).randn(*shape[:-1], size).astype("float32")
    got, slope = gradient(nd.contrib.ifft, array(x), array(head))
    np.testing.assert_allclose(got, np.fft.ifft(x[..., ::2] + 1j * x[..., 1::2]).real * size, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(slope[..., ::2], np.fft.fft(head).real, rtol=1e-4, atol=1e-5)


def test_ifft_undoes_fft_up_to_the_size():
    x = np.random.RandomState(0).randn(4, 8).astype("float32")
    np.testing.assert_allclose(nd.contrib.ifft(nd.contrib.fft(array(x))).asnumpy() / 8, x, rtol=1e-4, atol=1e-5)


def test_a_count_sketch_adds_signed_columns_up():
    x, h, s = array([[1, 2, 3], [4, 5, 6]]), array([[0, 2, 0]]), array([[1, -1, -1]])
    got, slope = gradient(lambda d: nd.contrib.count_sketch(d, h, s, out_dim=4), x, array(np.arange(8).reshape(2, 4)))
    np.testing.assert_array_equal(got, [[-2, 0, -2, 0], [-2, 0, -5, 0]])
    np.testing.assert_array_equal(slope, [[0, -2, 0], [4, -6, -4]])


def test_infinity_is_close_to_itself_only():
    assert nd.contrib.allclose(array([np.inf, -np.inf]), array([np.inf, -np.inf])).asscalar() == 1
    assert nd.contrib.allclose(array([np.inf, -np.inf]), array([np.inf, np.inf])).asscalar() == 0
    assert nd.contrib.allclose(array([1]), array([np.inf])).asscalar() == 0


@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize(
    ("name", "sample", "parameters"),
    [
        ("uniform", [[-0.1, 0.5, 1.1]], [[0], [1]]),
        ("exponential", [[-1, 0.5, -0.1]], [[2]]),
        ("gamma", [[-1, 0.5, -0.1]], [[2.5], [1.5]]),
    ],
)
def test_what_can_not_occur_has_density_zero(name, sample, parameters, is_log):
    inputs = [array(sample), *[array(p) for p in parameters]]
    for x in inputs:
        x.attach_grad()
    with mx.autograd.record():
        density = getattr(nd, f"random_pdf_{name}")(*inputs, is_log=is_log)
    density.backward()
    outside = density.asnumpy()[0, [0, 2]]
    np.testing.assert_array_equal(outside, np.full(2, -np.inf if is_log else 0.0))
    assert np.isfinite(density.asnumpy()[0, 1])
    assert all(np.isfinite(x.grad.asnumpy()).all() for x in inputs)
    assert not inputs[0].grad.asnumpy()[0, [0, 2]].any()


def test_a_density_integrates_to_one():
    x = np.linspace(0.0005, 30, 60000)[None]
    for name, parameters in (("gamma", [[2.5], [1.5]]), ("exponential", [[2]]), ("normal", [[15], [1.5]])):
        density = getattr(nd, f"random_pdf_{name}")(array(x, "float64"), *[array(p, "float64") for p in parameters])
        assert density.asnumpy().sum() * (x[0, 1] - x[0, 0]) == pytest.approx(1, abs=1e-3)
    counts = array(np.arange(200)[None], "float64")
    for name, parameters in (
        ("poisson", [[7.5]]),
        ("negative_binomial", [[2.5], [0.2]]),
        ("generalized_negative_binomial", [[6], [0.5]]),
    ):
        mass = getattr(nd, f"random_pdf_{name}")(counts, *[array(p, "float64") for p in parameters])
        assert mass.asnumpy().sum() == pytest.approx(1, abs=1e-9)


def test_a_regularizer_moves_the_average_in_backward_and_adds_the_slope_of_the_divergence():
    x, average = array([[0.1, 0.9], [0.3, 0.6], [0.2, 0.2]]), array([0.25, 0.25])
    _, slope = gradient(
        lambda d: nd.IdentityAttachKLSparseReg(d, average, sparseness_target=0.2, penalty=0.5, momentum=0.9),
        x,
        array(np.arange(6).reshape(3, 2)),
    )
    # recorded from an executor of 1.9.1; its function of arrays can not be called
    np.testing.assert_allclose(average.asnumpy(), [0.245, 0.28166667], rtol=1e-5)
    np.testing.assert_allclose(slope, np.arange(6).reshape(3, 2) + [[0.12163806, 0.2018149]], rtol=1e-5)


def test_the_average_of_a_regularizer_is_an_auxiliary_state():
    symbol = mx.sym.IdentityAttachKLSparseReg(mx.sym.var("x"), name="k")
    assert (symbol.list_arguments(), symbol.list_auxiliary_states()) == (["x"], ["k_moving_avg"])
    assert symbol.infer_shape(x=(3, 2, 5))[2] == [(2,)]


def test_marks_that_are_none_make_the_likelihood_zero():
    one = array([[1.0, 1.0]])
    result = nd.contrib.hawkesll(
        one, array([0.1, 0.1]), array([1, 1]), one, array([[1.0]]), array([[7]], "int32"), array([1]), array([5])
    )
    assert result[0].asscalar() == -np.inf


def test_dense_arrays_are_retained_squared_and_updated_as_sparse_ones_are():
    x = array([[1, 2], [3, 4], [5, 6]])
    np.testing.assert_array_equal(nd._internal._sparse_retain(x, array([0, 2, 9])).asnumpy(), [[1, 2], [0, 0], [5, 6]])
    np.testing.assert_array_equal(nd._internal._square_sum(x, axis=1, keepdims=True).asnumpy(), [[5], [25], [61]])
    weight, history = array([[1, 2], [3, 4]]), array([[0, 0], [0.5, 0.5]])
    nd._internal._sparse_adagrad_update(weight, array([[1, 2], [0, 0]]), history, lr=0.1, out=weight)
    np.testing.assert_allclose(weight.asnumpy(), [[0.9, 1.9], [3, 4]], rtol=1e-6)
    np.testing.assert_array_equal(history.asnumpy(), [[1, 4], [0.5, 0.5]])
    nd._internal._sparse_adagrad_update(
        weight, array([[-4, 2], [0, 0]]), history, lr=0.1, rescale_grad=2, clip_gradient=3, epsilon=0.1, out=weight
    )
    np.testing.assert_array_equal(history.asnumpy(), [[10, 13], [0.5, 0.5]])
    with pytest.raises(mx.MXNetError, match="no weight decay"):
        nd._internal._sparse_adagrad_update(weight, weight, history, lr=0.1, wd=0.1, out=weight)


def test_what_needs_sparse_arrays_says_so():
    for call in (
        lambda: nd.contrib.getnnz(array([[1, 0]])),
        lambda: nd.contrib.edge_id(array([[1, 0]]), array([0]), array([0])),
    ):
        with pytest.raises(mx.MXNetError, match="got a dense array"):
            call()


def test_a_value_is_set_and_an_array_copied_in_place():
    x = array([1, 2], "int32")
    assert nd._internal._set_value(2.5, out=x) is x
    np.testing.assert_array_equal(x.asnumpy(), [2, 2])
    y = array([0, 0])
    assert nd._internal._copyto(array([3, 4]), out=y) is y
    np.testing.assert_array_equal(y.asnumpy(), [3, 4])


def test_embeddings_have_a_dense_gradient():
    _, slope = gradient(
        lambda w: nd.contrib.SparseEmbedding(array([0, 2, 2]), w, input_dim=3, output_dim=2, sparse_grad=True),
        array(np.zeros((3, 2))),
        array([[1, 2], [3, 4], [5, 6]]),
    )
    np.testing.assert_array_equal(slope, [[1, 2], [0, 0], [8, 10]])


class TestHistogram:
    def test_edges_belong_to_the_bin_above_but_the_last(self):
        values = np.random.RandomState(0).randint(0, 30, 1000).astype("float32")
        values[:3] = np.nan, np.inf, -np.inf
        for bins, limits in ((30, (0, 30)), (7, (3, 24)), (1, (0, 1)), (97, (-0.3, 29)), (5, (7, 7))):
            counts, edges = nd.histogram(array(values), bins=bins, range=limits)
            want, want_edges = np.histogram(values[1:], bins=edges.asnumpy())
            np.testing.assert_array_equal(counts.asnumpy(), want)
            np.testing.assert_allclose(edges.asnumpy(), np.linspace(*limits, bins + 1), rtol=1e-6)

    @pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
    @pytest.mark.parametrize(("low", "width", "bins"), [(-3, 6, 10), (1e6, 1, 1000), (1e7, 100, 33), (0.1, 0.3, 3)])
    def test_values_on_and_near_edges_are_in_the_bins_that_these_say(self, dtype, low, width, bins):
        edges = nd.histogram(array([0.0]).astype(dtype), bins=bins, range=(low, low + width))[1].asnumpy()
        near = [edges] if dtype == "int32" else [edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)]
        draw = np.random.RandomState(1).uniform(low - width, low + 2 * width, 100_000)
        values = np.concatenate([*near, draw.astype(dtype)])
        counts, _ = nd.histogram(mx.nd.array(values, dtype=dtype), bins=bins, range=(low, low + width))
        np.testing.assert_array_equal(counts.asnumpy(), np.histogram(values, bins=edges)[0])

    def test_the_extremes_are_found_by_arrays_but_not_by_symbols(self):
        counts, edges = nd.histogram(array([1, 2, 3, 4]), bins=3)
        np.testing.assert_array_equal(counts.asnumpy(), [1, 1, 2])
        np.testing.assert_array_equal(edges.asnumpy(), [1, 2, 3, 4])
        with pytest.raises(ValueError, match="range"):
            mx.sym.histogram(mx.sym.var("a"), bins=3)
        with pytest.raises(ValueError, match="bins"):
            nd.histogram(array([1]), bins="auto")

    def test_a_symbol_has_two_outputs(self):
        symbol = mx.sym.histogram(mx.sym.var("a"), bins=mx.sym.var("b"), name="h")
        assert symbol.list_outputs() == ["h_output0", "h_output1"]
        counts, edges = symbol.eval(ctx=mx.cpu(), a=array([0.5, 1.5, 1.7]), b=array([0, 1, 2]))
        assert counts.asnumpy().tolist() == [1, 2]


def test_calibration_finds_the_threshold_of_a_bell_with_a_tail():
    values = np.concatenate([np.random.RandomState(0).randn(100000), [40.0, -40.0]])
    counts, edges = np.histogram(values, bins=2001, range=(-40, 40))
    threshold, divergence = nd.contrib.calibrate_entropy(array(counts), array(edges), num_quantized_bins=255)
    assert 2 < threshold.asscalar() < 8
    assert 0 < divergence.asscalar() < 0.1


def test_the_gradient_of_a_straight_through_estimator_can_be_differentiated():
    x = array([0.3, -1.7])
    x.attach_grad()
    with mx.autograd.record():
        y = nd.contrib.round_ste(x) * x
        (first,) = mx.autograd.grad(y, [x], create_graph=True)
    np.testing.assert_allclose(first.asnumpy(), np.round([0.3, -1.7]) + [0.3, -1.7], rtol=1e-6)
    first.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), [2, 2])


@pytest.mark.parametrize("name", ["_contrib_round_ste", "_contrib_sign_ste", "cast_storage"])
def test_sparse_names_find_the_operator(name):
    assert _ops.get(f"_sparse_{name}") is _ops.get(name)


@pytest.mark.parametrize(("name", "count"), [("hawkesll", 10), ("index_copy", 4), ("quadratic", 2)])
def test_gradients_that_autograd_alone_can_call_say_so(name, count):
    for face in (mx.nd.contrib, mx.sym.contrib):
        with pytest.raises(mx.MXNetError, match=f"expects {count} inputs, but got 0.*{name}"):
            getattr(face, f"backward_{name}")()
