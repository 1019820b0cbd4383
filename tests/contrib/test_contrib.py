"""The package itself."""

from __future__ import annotations

import importlib

import numpy as np

import mxnet as mx


def test_operators_are_under_both_names() -> None:
    x = mx.nd.array([[1, 2], [3, 4]])
    want = mx.nd.contrib.quadratic(x, a=1, b=2, c=3).asnumpy()
    np.testing.assert_array_equal(mx.contrib.nd.quadratic(x, a=1, b=2, c=3).asnumpy(), want)
    out = mx.contrib.sym.quadratic(mx.sym.var("x"), a=1, b=2, c=3, name="q")
    np.testing.assert_array_equal(out.eval(x=x)[0].asnumpy(), want)
    assert mx.contrib.nd is importlib.import_module("mxnet.contrib.ndarray")
    assert mx.contrib.sym is importlib.import_module("mxnet.contrib.symbol")
    assert "quadratic" in dir(mx.contrib.nd) and "text" in dir(mx.contrib)
