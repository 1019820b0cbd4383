"""Every operator by its samples: the answers of 1.9.1, slopes, symbols, half precision, what is written, errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import _ops
from mxnet.ndarray._namespace import function
from mxnet.symbol._namespace import function as symbol_function
from tests.ops import calls

PRECISE = {"float16": 2e-3, "float32": 2e-5, "float64": 1e-9}
HALF = {"float16": 1e-2, "bfloat16": 6e-2}
FAMILIES = {family: calls.load(family) for family in calls.FAMILIES}
RECORDED = {family: calls.recorded(family) for family in FAMILIES}


def those(wanted):
    """Parameters for the samples of all families that are ``wanted``."""
    return [
        pytest.param(family, name, id=f"{family}-{name}")
        for family, (samples, _) in FAMILIES.items()
        for name, sample in samples.items()
        if wanted(sample)
    ]


def floats(sample):
    return [i for i, x in enumerate(sample.inputs) if x.dtype.kind == "f"]


def bound_of(sample):
    return _ops.get(sample.op).bind((), sample.attrs)


def is_random(sample):
    return sample.shape_only or _ops.get(sample.op).random


def numeric_of(sample):
    if sample.numeric is not None:
        return sample.numeric
    return [i for i in calls.gradients_of(sample) if np.any(sample.inputs[i] != np.round(sample.inputs[i]))]


def close(got, want, rtol, what):
    """Same shape and dtype, and no number farther off than ``rtol`` of the largest."""
    assert (got.dtype, got.shape) == (want.dtype, want.shape), what
    finite = np.abs(want[np.isfinite(want)].astype("float64")) if want.dtype.kind == "f" else np.zeros(0)
    atol = rtol * max(finite.max(initial=0), 0.01)
    np.testing.assert_allclose(
        got.astype("float64"), want.astype("float64"), rtol=rtol, atol=atol, err_msg=what, equal_nan=True
    )


@pytest.mark.parametrize(("family", "name"), those(lambda s: not s.here))
def test_outputs_gradients_and_states_are_those_of_1_9_1(family, name):
    sample = FAMILIES[family][0][name]
    want = RECORDED[family].get(name)
    assert want is not None, "not recorded: run record.py, or say here=True where 1.9.1 fails"
    assert want["inputs"] == pytest.approx(calls.fingerprint(sample), rel=1e-4, abs=1e-4), "record again"
    got = calls.answer(mx, function(sample.op), sample)
    if sample.shape_only:
        for g, w in zip(got["outputs"], want["outputs"], strict=True):
            assert (g.dtype, g.shape) == (w.dtype, w.shape[1:])
        return
    for kind in ("outputs", "changed", "gradients", "seconds"):
        for i, (g, w) in enumerate(zip(got.get(kind, ()), want.get(kind, ()), strict=True)):
            close(g, w, sample.rtol or PRECISE.get(w.dtype.name, 0), f"{kind} {i}")


def heads_in_float64(sample, outputs):
    """The outputs that gradients start from, weighed and added up."""
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    total = torch.zeros((), dtype=torch.float64)
    for k, o in enumerate(outputs[: bound_of(sample).visible]):
        if o.is_floating_point() and o.requires_grad and (sample.heads is None or k in sample.heads):
            total = total + (o * torch.as_tensor(calls.weights(sample, k, o.shape, "float64"))).sum()
    return total


def direction(sample, place, x):
    """Where to step from input ``place``: symmetric matrices stay so, as some operators read one half of them."""
    along = torch.as_tensor(calls.weights(sample, f"v{place}", x.shape, "float64") - 1)
    symmetric = x.ndim > 1 and x.shape[-1] == x.shape[-2] > 1 and torch.equal(x, x.mT)
    return along + along.mT if symmetric else along


@pytest.mark.parametrize(
    ("family", "name"), those(lambda s: numeric_of(s) and not is_random(s) and s.inputs[0].dtype != np.float16)
)
def test_gradients_are_the_slopes(family, name):
    """Along a random direction of each input, in float64; so are second gradients, of the gradients."""
    sample = FAMILIES[family][0][name]
    places = numeric_of(sample)
    bound = bound_of(sample)
    tensors = [torch.as_tensor(x.astype("float64") if i in floats(sample) else x) for i, x in enumerate(sample.inputs)]
    along = {i: direction(sample, i, tensors[i]) for i in range(len(tensors))}

    def value(moved, step, gradient=False):
        """The weighed outputs, or the gradient of ``moved`` along a direction of it, after a step."""
        given = [t.clone() for t in tensors]
        given[moved] = given[moved] + step * along[moved]
        for i in places:
            given[i] = given[i].detach().requires_grad_()
        total = heads_in_float64(sample, bound.run(*given))
        if not gradient:
            return total.item()
        if not total.requires_grad:
            return [torch.zeros_like(given[i]) for i in places], 0.0, None
        wanted = [given[i] for i in places]
        firsts = torch.autograd.grad(
            total, wanted, create_graph=sample.second, allow_unused=True, materialize_grads=True
        )
        scalar = sum((firsts[k] * along[i].cos()).sum() for k, i in enumerate(places))
        if not sample.second:
            return firsts, None, None
        second = torch.autograd.grad(scalar, given[moved], allow_unused=True)[0] if scalar.requires_grad else None
        return firsts, scalar.item(), second

    with mx.util.np_shape(any(x.size == 0 or x.ndim == 0 for x in sample.inputs)):
        with mx.autograd.train_mode() if sample.train else mx.autograd.predict_mode():
            for k, i in enumerate(places):
                firsts, _, second = value(i, 0.0, gradient=True)
                slope = (value(i, 1e-6) - value(i, -1e-6)) / 2e-6
                wanted = (firsts[k] * along[i]).sum().item()
                assert wanted == pytest.approx(slope, rel=1e-4, abs=1e-5), f"gradient of input {i}"
                if sample.second:
                    slope = (value(i, 1e-6, True)[1] - value(i, -1e-6, True)[1]) / 2e-6
                    wanted = 0.0 if second is None else (second * along[i]).sum().item()
                    assert wanted == pytest.approx(slope, rel=1e-4, abs=1e-5), f"second gradient of input {i}"


@pytest.mark.parametrize(("family", "name"), those(lambda s: s.symbol))
def test_a_symbol_read_back_from_json_gives_what_the_call_gives(family, name):
    """Values, inferred shapes and dtypes, and gradients by an executor."""
    sample = FAMILIES[family][0][name]
    wrt = () if is_random(sample) else calls.gradients_of(sample)
    want = calls.answer(mx, function(sample.op), replace(sample, wrt=wrt, second=False, into=()))
    with calls.shapes_mode(mx, sample):
        names = [f"x{i}" for i in range(len(sample.inputs))]
        made = symbol_function(sample.op)(*map(mx.sym.var, names), **sample.attrs)
        symbol = mx.sym.load_json(made.tojson())
        arrays = {n: mx.nd.array(x, dtype=x.dtype) for n, x in zip(names, sample.inputs, strict=True)}
        arguments, states = symbol.list_arguments(), symbol.list_auxiliary_states()
        assert sorted(arguments + states) == sorted(names)
        shapes = symbol.infer_shape(**{n: arrays[n].shape for n in arguments})[1]
        assert [tuple(s) for s in shapes] == [o.shape for o in want["outputs"]]
        if not is_random(sample) and sample.attrs.get("is_int", True):  # their defaults depend on attributes
            dtypes = symbol.infer_type(**{n: arrays[n].dtype for n in arguments})[1]
            assert [np.dtype(t) for t in dtypes] == [o.dtype for o in want["outputs"]]
        grads = {names[i]: mx.nd.zeros_like(arrays[names[i]]) for i in wrt}
        executor = symbol.bind(
            mx.cpu(),
            {n: arrays[n] for n in arguments},
            args_grad=grads,
            grad_req={n: "write" if n in grads else "null" for n in arguments},
            aux_states={n: arrays[n] for n in states},
        )
        outputs = executor.forward(is_train=sample.train)
        for k, (got, wanted) in enumerate(zip(outputs, want["outputs"], strict=True)):
            if is_random(sample):
                assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape)
            else:
                close(got.asnumpy(), wanted, 1e-6, f"output {k}")
        if "gradients" in want and sample.train:
            places = calls.heads_of(sample, want["outputs"])
            heads = [
                mx.nd.array(
                    calls.weights(sample, k, o.shape, o.dtype) if k in places else np.zeros_like(o), dtype=o.dtype
                )
                for k, o in enumerate(want["outputs"])
            ]
            executor.backward(heads)
            for i, wanted in zip(wrt, want["gradients"], strict=True):
                close(grads[names[i]].asnumpy(), wanted, 2e-5, f"gradient of input {i}")


@pytest.mark.parametrize(("family", "name"), those(lambda s: s.op != "reset_arrays"))
def test_out_is_filled_and_no_other_array_is_written(family, name):
    sample = FAMILIES[family][0][name]
    call = function(sample.op)
    with calls.shapes_mode(mx, sample), mx.autograd.train_mode() if sample.train else mx.autograd.predict_mode():
        arrays = [mx.nd.array(x, dtype=x.dtype) for x in sample.inputs]
        plain = calls.listed(call(*arrays, **sample.attrs))
        again = [mx.nd.array(x, dtype=x.dtype) for x in sample.inputs]
        out = [mx.nd.ones_like(o) for o in plain]
        returned = calls.listed(call(*again, out=out if len(out) > 1 else out[0], **sample.attrs))
        assert all(r is o for r, o in zip(returned, out, strict=True))
        if not is_random(sample):
            for got, want in zip(out, plain, strict=True):
                np.testing.assert_array_equal(got.asnumpy(), want.asnumpy())
        for i, (first, second, x) in enumerate(zip(arrays, again, sample.inputs, strict=True)):
            if i not in sample.changes:
                np.testing.assert_array_equal(first.asnumpy(), x, err_msg=f"input {i}")
                np.testing.assert_array_equal(second.asnumpy(), x, err_msg=f"input {i}")


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize(
    ("family", "name"),
    those(lambda s: s.half and not is_random(s) and {s.inputs[i].dtype.name for i in floats(s)} == {"float32"}),
)
def test_half_precision_is_near_float32(family, name, dtype):
    """On inputs that are rounded first. An operator that 1.9.1 does not compute in float16 may refuse."""
    sample = FAMILIES[family][0][name]
    call = function(sample.op)
    with mx.autograd.train_mode() if sample.train else mx.autograd.predict_mode():
        arrays = [mx.nd.array(x, dtype=x.dtype) for x in sample.inputs]
        halves = [a.astype(dtype) if a.dtype == np.float32 else a for a in arrays]
        rounded = [h.astype("float32") if a.dtype == np.float32 else a for a, h in zip(arrays, halves, strict=True)]
        try:
            got = calls.listed(call(*halves, **sample.attrs))
        except mx.MXNetError as error:
            taken = [e["half"] for n, e in RECORDED[family].items() if "half" in e and n.split("[")[0] == sample.op]
            assert not any(taken), f"1.9.1 computes it in float16: {error}"
            return
        want = calls.listed(call(*rounded, **sample.attrs))
        for g, w in zip(got, want, strict=True):
            numbers = w.astype("float32").asnumpy()
            scale = np.abs(numbers[np.isfinite(numbers)]).max(initial=0)
            np.testing.assert_allclose(
                g.astype("float32").asnumpy(), numbers, rtol=HALF[dtype], atol=HALF[dtype] * max(scale, 1e-3)
            )


@pytest.mark.parametrize(
    ("family", "name"),
    [pytest.param(f, n, id=f"{f}-{n}") for f, (_, bad) in FAMILIES.items() for n in bad],
)
def test_a_wrong_call_is_told_by_class_and_message(family, name):
    bad = FAMILIES[family][1][name]
    with pytest.raises(mx.MXNetError, match=bad.match or None) as caught:
        calls.answer(mx, function(bad.op), calls.as_sample(bad))
    classes = [c.__name__ for c in type(caught.value).__mro__]
    assert bad.error in classes, caught.value
    theirs = RECORDED[family].get(f"bad {name}", {"error": ""})["error"]
    if theirs in ("TypeError", "ValueError", "AssertionError", "IndexError"):
        assert theirs in classes, f"1.9.1 raises {theirs}, this {classes}: {caught.value}"


WITHOUT = {
    "Custom _NDArray _Native": "what they do is written in Python: test_custom.py",
    "_foreach _while_loop _cond _CachedOp": "they take graphs: tests/graph",
    "_cvimread _imdecode": "they read files: test_image.py",
    "_contrib_backward_hawkesll _contrib_backward_index_copy _contrib_backward_quadratic": "autograd alone calls them",
    "_contrib_dgl_adjacency _contrib_dgl_graph_compact _contrib_dgl_subgraph": "tests/sparse/test_graph_sampling.py",
    "_contrib_dgl_csr_neighbor_non_uniform_sample _contrib_dgl_csr_neighbor_uniform_sample": "the same",
    "_contrib_edge_id _contrib_getnnz": "they take sparse arrays",
    "_set_value": "it only writes, and in 1.9.1 into out alone: test_contrib.py",
}
"""Operators that plain samples cannot call."""


def test_every_operator_has_a_sample():
    operators = {_ops.get(name).name for name in _ops.all_names()}
    sampled = {_ops.get(s.op).name for samples, _ in FAMILIES.values() for s in samples.values()}
    without = {name for names in WITHOUT for name in names.split()}
    assert not sorted(operators - sampled - without)
    assert not sorted(without & sampled)


def test_samples_that_are_less_exact_say_why():
    for family, (samples, _) in FAMILIES.items():
        for name, sample in samples.items():
            assert sample.why or not sample.rtol, f"{family}: {name}"


def test_nothing_is_recorded_of_samples_that_are_gone():
    for family, (samples, bad) in FAMILIES.items():
        known = set(samples) | {f"bad {name}" for name in bad}
        assert not set(RECORDED[family]) - known, f"{family}: record again"
        assert not {n for n, s in samples.items() if s.here} & set(RECORDED[family]), f"{family}: record again"
