"""The optimizer update operators against what 1.9.1 answers, and their contracts."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet._kernels import update_lists
from mxnet._kernels.updates import step_momentum, step_nesterov, step_sgd
from mxnet.ndarray import _contrib_functions as contrib
from mxnet.ndarray._namespace import function
from mxnet.symbol import _contrib_functions as symbol_contrib
from tests.ops import update_cases

HERE = pathlib.Path(__file__).parent


CASES = update_cases.cases()
RECORDED = np.load(HERE / "recorded" / "updates.npz")


def arrays_of(inputs):
    return [mx.nd.array(a, dtype=a.dtype) for a in inputs]


@pytest.mark.parametrize("name", CASES)
def test_an_update_gives_what_the_reference_gives(name):
    op, inputs, attrs, places, variadic = CASES[name]
    arrays = arrays_of(inputs)
    if variadic:
        each = len(update_cases.MULTI[op][0].split())
        function(op)(*arrays, out=arrays[0 : 2 * each : each], **attrs)
    elif 0 in places:
        assert function(op)(*arrays, out=arrays[0], **attrs) is arrays[0]
    else:
        arrays.append(function(op)(*arrays, **attrs))
        places = [*places, len(arrays) - 1]
    got = np.concatenate([arrays[p].asnumpy().astype("float32").ravel() for p in places])
    # 1.9.1 takes powers of the betas in float32, and rounds once more where weights are float16
    loose = 1e-3 if "mp_" in op else 5e-6
    np.testing.assert_allclose(got, RECORDED[name], rtol=loose, atol=loose)


@pytest.mark.parametrize("name", [n for n in CASES if n.endswith("/0")])
def test_an_update_writes_what_it_says_and_nothing_else(name):
    op, inputs, attrs, places, variadic = CASES[name]
    arrays = arrays_of(inputs)
    written = set(places) if op != "mp_lamb_update_phase2" else {0, 4}
    if variadic:
        each = len(update_cases.MULTI[op][0].split())
        weights = {0, each}
        grads = {1, 1 + each}
        written = set(range(2 * each)) - grads - weights
    else:
        written -= {0}
    result = function(op)(*arrays, **attrs)
    assert result is not arrays[0]
    for i, (array, before) in enumerate(zip(arrays, inputs, strict=True)):
        same = np.array_equal(array.asnumpy(), before)
        assert same != (i in written), f"input {i}"


@pytest.mark.parametrize("name", [n for n in CASES if n.endswith("/0")])
def test_shapes_of_an_update_are_known_without_values(name):
    op, inputs, attrs, _, variadic = CASES[name]
    from mxnet import _ops
    from mxnet._runtime.dispatch import infer

    bound = _ops.get(op).bind((), attrs)
    metas = infer(bound, [torch.empty(a.shape, dtype=getattr(torch, str(a.dtype)), device="meta") for a in inputs])
    if variadic:
        assert [tuple(m.shape) for m in metas] == [(3, 4), (5, 2)]
    else:
        assert tuple(metas[0].shape) == inputs[0].shape


def test_a_gradient_of_another_shape_is_refused_with_both_shapes_named():
    weight = mx.nd.ones((2, 3))
    with pytest.raises(ValueError, match=r"weight has shape \(2, 3\).*\(3,\)"):
        mx.nd.sgd_update(weight, mx.nd.ones((3,)), lr=0.1)
    with pytest.raises(ValueError, match="expected equal shapes"):
        mx.nd.multi_sgd_update(weight, mx.nd.ones((3,)), lrs=0.1, wds=0.0, num_weights=1)


def test_a_gradient_of_another_dtype_is_refused_with_advice():
    with pytest.raises(TypeError, match="multi_precision=True"):
        mx.nd.sgd_mom_update(mx.nd.ones(2), mx.nd.ones(2, dtype="float64"), mx.nd.ones(2), lr=0.1)


def test_too_few_arrays_or_settings_are_refused():
    weight, grad = mx.nd.ones(2), mx.nd.ones(2)
    with pytest.raises(ValueError, match="expected 2 for each of 2 weights"):
        mx.nd.multi_sgd_update(weight, grad, lrs=(0.1, 0.1), wds=(0, 0), num_weights=2)
    with pytest.raises(ValueError, match="got 2 lrs, expected one for each of 1 weights"):
        mx.nd.multi_sgd_update(weight, grad, lrs=(0.1, 0.1), wds=(0,), num_weights=1)


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


RULES = {
    "sgd": (lambda ws, gs, ms, *a: update_lists.sgd(ws, gs, *a[:2], *a[3:]),
            lambda w, g, m, lr, mo, wd, r, c: step_sgd(w, g, lr, wd, r, c)),
    "momentum": (update_lists.momentum, step_momentum),
    "nesterov": (update_lists.nesterov, step_nesterov),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize(("rescale", "clip"), [(1.0, -1.0), (0.125, -1.0), (0.5, 0.25), (0.0, -1.0)])
@pytest.mark.parametrize("strided", [False, True])
def test_a_list_of_parameters_steps_like_each_of_them(rule, dtype, rescale, clip, strided):
    many, one = RULES[rule]
    draw = torch.Generator().manual_seed(3)
    shapes = [(3, 4), (5,), (2, 2), (1,)]
    lists = [[torch.randn(*s, generator=draw).to(dtype) for s in shapes] for _ in range(3)]
    if strided:
        lists[0][0] = lists[0][0].t().contiguous().t()
    lrs, wds = [0.1, 0.1, 0.2, 0.1], [0.01, 0.01, 0.0, 0.0]
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


def test_functions_of_contrib_take_lists_and_numbers():
    inputs = [update_cases.make(s, (3, 4), "contrib") for s in ("weight", "grad", "mean", "var+")]
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
