"""What the tests of whole-array operators have in common: each sample against the recorded answer of 1.9.1, its
shape inference, and its gradient against finite differences."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import torch

import mxnet as mx
import mxnet._kernels  # noqa: F401  registers them
from mxnet import _ops
from mxnet._runtime.dispatch import infer
from tests.ops.array_cases import CASES, FIXED, NO_GRADIENT, SYMMETRIC, answer, differentiable, identify

RECORDED = pathlib.Path(__file__).parent / "recorded"
PRECISE = {"float16": 2e-3, "float32": 2e-5, "float64": 1e-10}


def samples(family):
    """(recorded answer, sample), with names for pytest."""
    recorded = json.loads((RECORDED / f"{family}.json").read_text())
    named = [(identify(number, case), case) for number, case in enumerate(CASES[family])]
    assert set(recorded) == {name for name, _ in named}, "run record_arrays.py with the Python that holds 1.9.1"
    return [(recorded[name], case) for name, case in named], [name for name, _ in named]


def inferable(family):
    cases = [case for case in CASES[family] if case[0] != "_contrib_boolean_mask"]
    return cases, [identify(number, case) for number, case in enumerate(cases)]


def smooth(family):
    """Samples whose gradient can be had by finite differences: distinct numbers, no powers of zero."""
    cases = [c for c in CASES[family] if differentiable(c) and all(np.unique(x).size == x.size for x in c[1][:1])]
    return cases, [identify(number, case) for number, case in enumerate(cases)]


def bind(case):
    op, inputs, attrs = case
    entry = _ops.get(op)
    return entry, entry.bind((), attrs), [torch.from_numpy(np.ascontiguousarray(x)) for x in inputs]


def assert_same(got, want, what):
    dtype, shape, values = want
    assert (str(got.dtype), list(got.shape)) == (dtype, shape), what
    expected = np.array(values, dtype).reshape(shape)
    np.testing.assert_allclose(
        got.astype("float64"),
        expected.astype("float64"),
        rtol=PRECISE.get(dtype, 0),
        atol=PRECISE.get(dtype, 0),
        err_msg=what,
    )


def check_answer(recorded, case):
    values, grads = answer(mx, case, gradient=recorded["gradients"] is not None)
    assert len(values) == len(recorded["outputs"])
    for n, (got, want) in enumerate(zip(values, recorded["outputs"], strict=True)):
        assert_same(got, want, f"output {n}")
    for n, (got, want) in enumerate(zip(grads or (), recorded["gradients"] or (), strict=True)):
        assert_same(got, want, f"gradient of input {n}")


def check_inference(case):
    """Running on tensors without storage gives the shapes and dtypes that running on values gives."""
    _, bound, tensors = bind(case)
    made = bound.run(*tensors)
    inferred = infer(bound, tensors)
    for real, meta in zip(made if isinstance(made, tuple) else (made,), inferred, strict=True):
        assert (meta.shape, meta.dtype) == (real.shape, real.dtype)
        assert meta.is_meta


def check_inputs_stay(case):
    _, bound, tensors = bind(case)
    before = [t.clone() for t in tensors]
    bound.run(*tensors)
    for now, then in zip(tensors, before, strict=True):
        assert torch.equal(now, then) or torch.isnan(then).any()


def check_gradient(case):
    """Analytic against numeric derivatives, in float64."""
    entry, bound, tensors = bind(case)
    names = entry.inputs or ("data",) * len(tensors)
    free = []
    for k, (name, tensor) in enumerate(zip(names, tensors, strict=False)):
        if tensor.is_floating_point() and name not in FIXED and not (name == "rhs" and case[0].endswith("like")):
            tensors[k] = tensor.double().requires_grad_()
            free.append(k)

    def run(*values):
        given = list(tensors)
        for k, value in zip(free, values, strict=True):
            given[k] = (value + value.mT) / 2 if case[0] in SYMMETRIC else value
        return bound.run(*given)

    assert free and case[0] not in NO_GRADIENT
    assert torch.autograd.gradcheck(run, [tensors[k] for k in free], eps=1e-6, atol=1e-5, rtol=1e-4)
