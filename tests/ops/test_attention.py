"""Attention against its formula, written in NumPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import mxnet as mx
from tests.ops import calls

SAMPLES = {name: s for name, s in calls.load("attention")[0].items() if not s.shape_only}
FIRST = next(iter(SAMPLES.values()))
SAMPLES["length alone"] = replace(
    FIRST, inputs=[*FIRST.inputs, np.array([6, 2], "float32")], attrs={"use_length": True}
)


def formula(query, key, value, *optional, causal=False, scale=None, use_mask=False, use_length=False, dropout=0.0):
    optional = list(optional)
    allowed = np.ones((*query.shape[:3], key.shape[2]), bool)
    if use_mask:
        allowed &= optional.pop(0)[:, None] != 0
    if use_length:
        allowed &= np.arange(key.shape[2]) < optional.pop(0).reshape(-1, 1, 1, 1)
    if causal:
        allowed &= np.tri(query.shape[2], key.shape[2], key.shape[2] - query.shape[2], dtype=bool)
    products = query @ key.swapaxes(2, 3) * (1 / np.sqrt(query.shape[3]) if scale is None else scale)
    weights = np.exp(products - products.max(-1, keepdims=True)) * allowed
    total = weights.sum(-1, keepdims=True)
    return weights / np.where(total, total, 1) @ value


@pytest.mark.parametrize("name", SAMPLES)
def test_attention_is_its_formula(name):
    sample = SAMPLES[name]
    wanted = formula(*[x.astype("float64") for x in sample.inputs], **sample.attrs)
    arrays = [mx.nd.array(x, dtype=x.dtype) for x in sample.inputs]
    got = mx.nd.contrib.scaled_dot_product_attention(*arrays, **sample.attrs)
    np.testing.assert_allclose(got.asnumpy(), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", SAMPLES)
def test_gradients_are_slopes_of_the_formula(name):
    sample = SAMPLES[name]
    inputs = [x.astype("float64") for x in sample.inputs]
    arrays = [mx.nd.array(x, dtype=x.dtype) for x in inputs]
    for array in arrays[:3]:
        array.attach_grad()
    with mx.autograd.record(train_mode=False):
        out = mx.nd.contrib.scaled_dot_product_attention(*arrays, **sample.attrs)
    heads = np.random.RandomState(1).randn(*out.shape)
    out.backward(mx.nd.array(heads, dtype="float64"))
    for i in range(3):
        along = np.random.RandomState(i).randn(*inputs[i].shape)
        there, back = ([*inputs[:i], inputs[i] + s * along, *inputs[i + 1 :]] for s in (1e-6, -1e-6))
        slope = ((formula(*there, **sample.attrs) - formula(*back, **sample.attrs)) * heads).sum() / 2e-6
        assert (arrays[i].grad.asnumpy() * along).sum() == pytest.approx(slope, rel=1e-5, abs=1e-6)


def test_a_symbol_takes_lengths_without_a_mask_by_name():
    sample = SAMPLES["length alone"]
    names = ("query", "key", "value", "valid_length")
    symbol = mx.sym.contrib.scaled_dot_product_attention(**{n: mx.sym.var(n) for n in names}, use_length=True)
    symbol = mx.sym.load_json(symbol.tojson())
    assert tuple(symbol.list_arguments()) == names
    arrays = {n: mx.nd.array(x, dtype=x.dtype) for n, x in zip(names, sample.inputs, strict=True)}
    got = symbol.bind(mx.cpu(), arrays).forward()[0]
    np.testing.assert_allclose(got.asnumpy(), formula(*sample.inputs, use_length=True), rtol=1e-5, atol=1e-5)


def test_a_query_that_may_see_nothing_gets_zero_and_gives_no_gradient():
    query, key = mx.nd.ones((1, 1, 2, 3)), mx.nd.ones((1, 1, 4, 3))
    key.attach_grad()
    for dropout in (0.0, 0.5):
        with mx.autograd.record():
            out = mx.nd.contrib.scaled_dot_product_attention(
                query, key, key, valid_length=mx.nd.array([0]), use_length=True, dropout=dropout
            )
        out.backward()
        assert not out.asnumpy().any()
        assert not key.grad.asnumpy().any()


def test_dropout_follows_the_seed_of_the_framework_and_keeps_the_mean():
    query, key = mx.nd.zeros((1, 1, 1, 4)), mx.nd.zeros((1, 1, 1000, 4))
    value = mx.nd.ones((1, 1, 1000, 1))

    def draw():
        mx.random.seed(5)
        with mx.autograd.train_mode():
            return mx.nd.contrib.scaled_dot_product_attention(query, key, value, dropout=0.5).asscalar()

    assert draw() == draw() != 1
    assert draw() == pytest.approx(1, abs=0.15)
