"""The package itself."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

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


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("mxnet.contrib.io", "nd"),
        ("mxnet.contrib.text.embedding", "C base is_np_array nd"),
        ("mxnet.contrib.text.vocab", "C"),
        ("mxnet.gluon.data.vision.transforms", "image is_np_array"),
        (
            "mxnet.gluon.parameter",
            "Context MXNetError autograd context cpu initializer is_np_array is_np_shape ndarray",
        ),
        ("mxnet.gluon.parameter", "shape_is_known symbol"),
        ("mxnet.nd.contrib", "current_context mx ndarray uniform"),
        ("mxnet.nd.op", "CachedOp"),
        ("mxnet.nd.random", "current_context"),
        ("mxnet.random", "Context"),
        ("mxnet.sym.contrib", "AttrScope Symbol symbol uniform"),
    ],
)
def test_names_that_programs_reach_through_other_modules_are_there(module: str, names: str) -> None:
    found = importlib.import_module(module.replace("mxnet.nd", "mxnet.ndarray").replace("mxnet.sym", "mxnet.symbol"))
    assert all(getattr(found, name) is not None for name in names.split())


def test_constants_of_texts_are_what_the_loaders_use() -> None:
    constants = mx.contrib.text.embedding.C
    assert constants is mx.contrib.text.vocab.C and constants.UNKNOWN_IDX == 0
    assert set(mx.contrib.text.embedding.get_pretrained_file_names("glove")) == set(
        constants.GLOVE_PRETRAINED_ARCHIVE_SHA1
    )


@pytest.mark.parametrize("factor", [1.0, mx.sym.var("factor")], ids=["number", "symbol"])
@pytest.mark.parametrize("name", ["adamw_update", "mp_adamw_update"])
def test_adamw_in_a_graph_is_adamw_of_arrays(name: str, factor: Any) -> None:
    names = ["weight", "grad", "mean", "var", "weight32"][: 5 if name.startswith("mp") else 4]
    dtypes = ["float16" if len(names) == 5 and n in ("weight", "grad") else "float32" for n in names]

    def arrays() -> list[mx.nd.NDArray]:
        return [mx.nd.array([i + 1, 2], dtype=t) for i, t in enumerate(dtypes)]

    options = {"lr": 0.1, "eta": 0.5, "wd": 0.01, "beta1": 0.8}
    want, given = arrays(), arrays()
    updated = getattr(mx.nd.contrib, name)(*want, 1.0, **options)
    made = getattr(mx.sym.contrib, name)(*map(mx.sym.var, names), factor, **options, name="step")
    bound = dict(zip(names, given, strict=True)) | (
        {"factor": mx.nd.ones((1,))} if isinstance(factor, mx.sym.Symbol) else {}
    )
    assert made.list_outputs() == ["step_output"]
    np.testing.assert_array_equal(made.eval(**bound)[0].asnumpy(), updated.asnumpy())
    for before, after in zip(want[2:], given[2:], strict=True):
        np.testing.assert_array_equal(before.asnumpy(), after.asnumpy())
