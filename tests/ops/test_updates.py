"""The optimizer update operators against what 1.9.1 answers, and their contracts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet._kernels import update_lists, update_rules
from mxnet._kernels.updates import step_momentum, step_nesterov, step_sgd
from mxnet.ndarray import _contrib_functions as contrib
from mxnet.ndarray._namespace import function
from mxnet.symbol import _contrib_functions as symbol_contrib


def arrays_of(inputs):
    return [mx.nd.array(a, dtype=a.dtype) for a in inputs]


def test_group_adagrad_has_one_rate_a_row():
    weight, grad = mx.nd.ones((2, 2)), mx.nd.array([[1, 1], [3, 4]])
    history = mx.nd.zeros((2, 1))
    function("_contrib_group_adagrad_update")(weight, grad, history, out=weight, lr=0.1)
    np.testing.assert_allclose(history.asnumpy(), [[1], [12.5]])
    expected = 1 - 0.1 * grad.asnumpy() / np.sqrt(history.asnumpy() + 1e-5)
    np.testing.assert_allclose(weight.asnumpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("factor", [0.0, np.nan, np.inf])
def test_adamw_changes_nothing_when_the_loss_scale_overflowed(factor):
    arrays = [mx.nd.array([1.0, 2.0]), mx.nd.array([np.inf, 1.0]), mx.nd.array([0.1, 0.2]), mx.nd.array([0.3, 0.4])]
    before = [a.asnumpy() for a in arrays]
    function("_adamw_update")(*arrays, mx.nd.array([factor]), out=arrays[0], lr=0.1, eta=1.0, wd=0.1)
    for array, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array.asnumpy(), old)


def test_finiteness_sums_and_resets_of_many_arrays():
    a, b = mx.nd.array([1, 2]), mx.nd.array([[3.0, np.inf]])
    assert mx.nd.all_finite(a).asnumpy().tolist() == [1]
    assert mx.nd.multi_all_finite(a, b, num_arrays=2).asnumpy().tolist() == [0]
    assert mx.nd.multi_sum_sq(a, a * 2, num_arrays=2).asnumpy().tolist() == [5, 20]
    half = mx.nd.full((4,), 300, dtype="float16")
    assert mx.nd.multi_sum_sq(half, num_arrays=1).asnumpy().tolist() == [360000]
    mx.nd.reset_arrays(a, b, num_arrays=2)
    assert a.asnumpy().tolist() == [0, 0] and b.asnumpy().tolist() == [[0, 0]]


def nesterov(ws, gs, ms, lrs, wds, momentum, rescale, clip):
    states = [(m,) for m in ms]
    settings = {"momentum": momentum, "rescale": rescale, "clip": clip}
    update_lists.apply(update_rules.nesterov, ws, gs, states, (lrs, wds), **settings)


RULES = {
    "sgd": (lambda ws, gs, ms, *a: update_lists.sgd(ws, gs, *a[:2], *a[3:]),
            lambda w, g, m, lr, mo, wd, r, c: step_sgd(w, g, lr, wd, r, c)),
    "momentum": (update_lists.momentum, step_momentum),
    "nesterov": (nesterov, step_nesterov),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize(("rescale", "clip"), [(1.0, -1.0), (0.125, -1.0), (0.5, 0.25), (0.0, -1.0)])
@pytest.mark.parametrize("strided", [False, True])
def test_a_list_of_parameters_steps_like_each_of_them(rule, dtype, rescale, clip, strided):
    many, one = RULES[rule]
    draw = torch.Generator().manual_seed(3)
    shapes = [(3, 4), (5,), (2, 2), (1,), (5, 8), (2, 3, 17)]  # vectors of kernels hold up to 32 numbers
    lists = [[torch.randn(*s, generator=draw).to(dtype) for s in shapes] for _ in range(3)]
    if strided:
        lists[0][0] = lists[0][0].t().contiguous().t()
    lrs, wds = [0.1, 0.1, 0.2, 0.1, 0.2, 0.1], [0.01, 0.01, 0.0, 0.0, 0.01, 0.01]
    copies = [[t.clone() for t in tensors] for tensors in lists]
    many(*lists, lrs, wds, 0.9, rescale, clip)
    for i in range(len(shapes)):
        one(copies[0][i], copies[1][i], copies[2][i], lrs[i], 0.9, wds[i], rescale, clip)
    loose = {torch.float16: 4e-3, torch.bfloat16: 3e-2}.get(dtype, 1e-6)
    for got, wanted in zip(lists, copies, strict=True):
        for g, w in zip(got, wanted, strict=True):
            torch.testing.assert_close(g, w, rtol=loose, atol=loose)
    for g, w in zip(lists[1], copies[1], strict=True):
        assert torch.equal(g, w), "a gradient was written"


@pytest.mark.filterwarnings("ignore:the optimizer accumulates")
@pytest.mark.parametrize("optimizer", ["sgd", "nag", "signum", "adam", "rmsprop"])
def test_weights_of_16_bits_are_trained_whatever_their_size(optimizer):
    weights = [mx.nd.full((n,), 4, dtype="float16") for n in (15, 16, 100)]
    trained = [mx.gluon.Parameter(f"w{i}", shape=w.shape, dtype="float16") for i, w in enumerate(weights)]
    for parameter, weight in zip(trained, weights, strict=True):
        parameter.initialize()
        parameter.set_data(weight)
    trainer = mx.gluon.Trainer(trained, optimizer, {"learning_rate": 0.125})
    with mx.autograd.record():
        loss = sum((8 * parameter.data()).sum() for parameter in trained)
    loss.backward()
    trainer.step(1)
    moved = [np.unique(parameter.data().asnumpy()) for parameter in trained]
    assert [len(m) for m in moved] == [1, 1, 1] and moved[0] == moved[1] == moved[2] < 4


def test_lamb_of_half_precision_steps_in_float32_and_rounds():
    draw = np.random.RandomState(0)
    weight32, g = (mx.nd.array(draw.randn(3, 4)) for _ in range(2))
    r1, r2 = mx.nd.array([0.8]), mx.nd.array([0.3])
    want = mx.nd.lamb_update_phase2(weight32, g, r1, r2, lr=0.1)
    weight = weight32.astype("float16")
    mx.nd.mp_lamb_update_phase2(weight, g, r1, r2, weight32, out=weight, lr=0.1)
    np.testing.assert_array_equal(weight32.asnumpy(), want.asnumpy())
    np.testing.assert_array_equal(weight.asnumpy(), want.asnumpy().astype("float16"))


def test_functions_of_contrib_take_lists_and_numbers():
    draw = np.random.RandomState(0)
    inputs = [draw.uniform(low, 1, (3, 4)).astype("float32") for low in (-1, -1, -1, 0.05)]
    attrs = {"lr": 0.1, "eta": 0.5, "wd": 0.01}
    one, two = arrays_of(inputs), arrays_of(inputs)
    contrib.adamw_update(*one, 0.5, out=one[0], **attrs)
    lists = {"lrs": [0.1], "etas": [0.5], "wds": [0.01]}
    contrib.multi_adamw_update(*[[a] for a in two], mx.nd.array([0.5]), out=[two[0]], **lists)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a.asnumpy(), b.asnumpy(), rtol=1e-6)
    assert not np.array_equal(one[0].asnumpy(), inputs[0])

    half = [a.astype("float16") for a in arrays_of(inputs)[:2]]
    master = half[0].astype("float32")
    rest = arrays_of(inputs)[2:]
    contrib.mp_adamw_update(*half, *rest, master, 0.5, out=half[0], **attrs)
    np.testing.assert_array_equal(half[0].asnumpy(), master.astype("float16").asnumpy())
    np.testing.assert_allclose(master.asnumpy(), one[0].asnumpy(), rtol=1e-2, atol=1e-3)

    one, two = arrays_of(inputs), arrays_of(inputs)
    contrib.multi_lamb_update(*[[a] for a in one], [3], [0.1], [0.01], out=[one[0]])
    optimizer = mx.optimizer.LAMB(learning_rate=0.1, wd=0.01, begin_num_update=2)
    optimizer.update(0, two[0], two[1], (two[2], two[3]))
    np.testing.assert_allclose(one[0].asnumpy(), two[0].asnumpy(), rtol=1e-6)


def test_zipfian_candidates_come_with_their_expected_counts():
    mx.random.seed(1)
    law = np.log((np.arange(20) + 2) / (np.arange(20) + 1)) / np.log(21)
    true = mx.nd.array([3, 5], dtype="int32")
    drawn, of_true, of_drawn = contrib.rand_zipfian(true, 5000, 20)
    assert drawn.dtype == np.int64
    counts = np.bincount(drawn.asnumpy(), minlength=20)
    np.testing.assert_allclose(counts, law * 5000, atol=5 * np.sqrt(5000 * law.max()))
    np.testing.assert_allclose(of_true.asnumpy(), law[[3, 5]] * 5000)
    np.testing.assert_allclose(of_drawn.asnumpy(), law[drawn.asnumpy()] * 5000)
    symbols = mx.sym.Group(symbol_contrib.rand_zipfian(mx.sym.var("true"), 50, 20))
    drawn, of_true, of_drawn = symbols.eval(ctx=mx.cpu(), true=true)
    np.testing.assert_allclose(of_true.asnumpy(), law[[3, 5]] * 50)
    np.testing.assert_allclose(of_drawn.asnumpy(), law[drawn.asnumpy().astype(int)] * 50)


def test_squares_of_float64_are_summed_in_float32():
    made = mx.nd.multi_sum_sq(mx.nd.array([3, 4], dtype="float64"), mx.nd.array([2]), num_arrays=2)
    assert made.dtype == np.float32
    assert made.asnumpy().tolist() == [25, 4]
