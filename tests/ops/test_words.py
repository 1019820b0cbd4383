"""What operators say of wrong inputs: in words for who calls them, without those of the library that computes."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

DATA = sym.var("data")
WORDS = {
    "shapes that do not broadcast": (
        lambda: nd.ones((2, 3)) + nd.ones((2, 4)),
        mx.MXNetError,
        "sizes 3 and 4 along axis 1 do not broadcast, expected equal sizes, or 1; got lhs (2, 3) float32",
    ),
    "shapes that do not broadcast in a graph": (
        lambda: (sym.broadcast_mul(sym.var("a"), sym.var("b"), name="c")).infer_shape(a=(2, 3), b=(2, 4)),
        mx.MXNetError,
        "operator c: broadcast_mul(): shapes [2, 3] and [2, 4] do not broadcast, expected equal sizes, or 1, along",
    ),
    "a product of matrices": (
        lambda: nd.dot(nd.ones((2, 3)), nd.ones((2, 3))),
        mx.MXNetError,
        "2x3 and 2x3 can not be multiplied, expected as many columns of the first as rows of the second",
    ),
    "a product of matrices in a graph": (
        lambda: sym.dot(sym.var("a"), sym.var("b"), name="product").infer_shape(a=(2, 3), b=(2, 3)),
        mx.MXNetError,
        "operator product: dot(): the shapes 2x3 and 2x3 can not be multiplied",
    ),
    "a product of batches": (
        lambda: nd.batch_dot(nd.ones((2, 3, 4)), nd.ones((2, 3, 4))),
        mx.MXNetError,
        "have 3 rows, expected 4",
    ),
    "a product of vectors": (
        lambda: nd.dot(nd.ones((2,)), nd.ones((3,))),
        mx.MXNetError,
        "vectors of 2 and 3 elements, expected equally many",
    ),
    "a layer in another dtype": (
        lambda: nd.FullyConnected(nd.ones((2, 3), dtype="float64"), nd.ones((4, 3)), nd.ones((4,)), num_hidden=4),
        mx.MXNetError,
        "data is float64, expected float32 as the other inputs; use astype('float32') on it, or cast('float64') on the",
    ),
    "a convolution of bytes": (
        lambda: nd.Convolution(
            nd.ones((1, 1, 4, 4), dtype="uint8"), nd.ones((1, 1, 2, 2)), nd.ones((1,)), kernel=(2, 2), num_filter=1
        ),
        mx.MXNetError,
        "data is uint8, expected float32 as the other inputs; use astype('float32') on it; got data",
    ),
    "a dilated convolution of integers": (
        lambda: nd.Convolution(
            nd.ones((1, 1, 4, 4), dtype="int32"),
            nd.ones((1, 1, 2, 2)),
            kernel=(2, 2),
            num_filter=1,
            no_bias=True,
            dilate=(2, 2),
        ),
        mx.MXNetError,
        "data is int32, expected float32 as the other inputs; use astype('float32') on it; got data",
    ),
    "truth values between numbers": (
        lambda: nd.clip(nd.ones((2,), dtype="bool"), 0, 1),
        mx.MXNetError,
        "it is not computed in this dtype, expected another, use astype()",
    ),
    "a parameter in another dtype": (
        lambda: nd.BatchNorm(
            nd.ones((2, 3)), *[nd.ones((3,), dtype=d) for d in ("float32", "uint8", *["float32"] * 2)]
        ),
        mx.MXNetError,
        "beta is uint8, expected float32 as the other inputs; use astype('float32') on it; got data",
    ),
    "a function that integers do not have": (
        lambda: nd.softmax(nd.ones((2,), dtype="int32")),
        mx.MXNetError,
        "not computed in this dtype, expected another, use astype(); got data (2,) int32",
    ),
    "a stride of zero": (
        lambda: sym.Convolution(DATA, kernel=(2, 2), stride=(0, 0), num_filter=1).infer_shape(data=(1, 1, 4, 4)),
        mx.MXNetError,
        "an attribute is zero",
    ),
    "an axis that data in a graph has not": (
        lambda: sym.BatchNorm(DATA, axis=5, name="norm").infer_shape(data=(2, 3)),
        mx.MXNetError,
        "operator norm: BatchNorm: data has shape (2, 3), whose 2 axes do not go with axis=5",
    ),
    "an axis that data in a graph has not, by default": (
        lambda: sym.BatchNorm(DATA).infer_shape(data=(3,)),
        mx.MXNetError,
        "data has shape (3,), whose 1 axes do not go with",
    ),
    "an axis for layers that data in a graph has not": (
        lambda: sym.LayerNorm(DATA, axis=5).infer_shape_partial(data=(2, 3)),
        mx.MXNetError,
        "whose 2 axes do not go with axis=5",
    ),
    "steps without a batch in a graph": (
        lambda: sym.RNN(DATA, state_size=3, num_layers=1, mode="lstm").infer_shape(data=(2, 3)),
        mx.MXNetError,
        "RNN: data has shape (2, 3), expected rank 3",
    ),
    "an image without a batch in a graph": (
        lambda: sym.Convolution(DATA, kernel=(3, 3), num_filter=2, name="c").infer_shape(
            data=(3, 8, 8), c_weight=(2, 3, 3, 3)
        ),
        mx.MXNetError,
        "operator c: Convolution: data has shape (3, 8, 8), expected 4 dimensions",
    ),
    "a list of numbers": (
        lambda: nd.relu([1, 2, 3] * 1000),
        AssertionError,
        "relu: argument data must have NDArray type, but got [1, 2, 3, 1, 2, 3, ...]",
    ),
    "joining what has other sizes": (
        lambda: nd.concat(nd.ones((2, 3)), nd.ones((3, 4)), dim=1),
        mx.MXNetError,
        "Concat(dim=1): input 1 has a size of 3, expected 2 as the first input has; only sizes along axis 1 may differ",
    ),
    "joining what has other axes": (
        lambda: nd.concat(nd.ones((2, 3)), nd.ones((4,)), dim=0),
        mx.MXNetError,
        "inputs have 2 and 1 dimensions, expected as many",
    ),
    "joining in a graph what has other sizes": (
        lambda: sym.concat(sym.var("a"), sym.var("b"), dim=1).infer_shape(a=(2, 3), b=(3, 4)),
        mx.MXNetError,
        "input 1 has a size of 3, expected 2 as the first input has; only sizes along axis 1 may differ",
    ),
    "joining in a graph what has other axes": (
        lambda: sym.concat(sym.var("a"), sym.var("b"), dim=0).infer_shape(a=(2, 3), b=(4,)),
        mx.MXNetError,
        "inputs have 2 and 1 dimensions, expected as many",
    ),
    "joining along an axis that is not there": (
        lambda: nd.concat(nd.ones((2, 3)), nd.ones((2, 3)), dim=5),
        mx.MXNetError,
        "axis 5 is out of range, expected -2 to 1",
    ),
    "joining other dtypes": (
        lambda: nd.concat(nd.ones((2, 3)), nd.ones((2, 3), dtype="int32"), dim=0),
        mx.MXNetError,
        "input 1 is int32, expected float32 as input 0",
    ),
    "stacking what has other shapes": (
        lambda: nd.stack(nd.ones((2, 3)), nd.ones((2, 4))),
        mx.MXNetError,
        "inputs 0 and 1 have shapes [2, 3] and [2, 4], expected equal ones",
    ),
    "stacking in a graph what has other shapes": (
        lambda: sym.stack(sym.var("a"), sym.var("b")).infer_shape(a=(2, 3), b=(2, 4)),
        mx.MXNetError,
        "inputs have other shapes than [2, 3], that of the first, expected equal ones",
    ),
    "broadcasting to another size": (
        lambda: nd.broadcast_to(nd.ones((2, 3)), (2, 4)),
        mx.MXNetError,
        "size 3 can not be broadcast to 4 along axis 1, expected equal sizes, or 1; got data (2, 3)",
    ),
    "more axes than there are": (
        lambda: mx.np.insert(mx.np.ones((2, 3)), 1, mx.np.ones((2, 3))),
        mx.MXNetError,
        "shape [2, 3] can not be broadcast to [2], which has fewer axes",
    ),
    "a matrix without an inverse": (
        lambda: mx.np.linalg.inv(mx.np.ones((2, 2))).asnumpy(),
        mx.MXNetError,
        "the matrix has no inverse: The diagonal element 2 is zero",
    ),
    "a loop that returns three values": (
        lambda: nd.contrib.foreach(lambda x, s: (x, s, s), nd.ones((3, 2)), nd.ones((2,))),
        ValueError,
        "foreach: body must return 2 values, outputs, states; got 3 values",
    ),
    "a loop that returns nothing": (
        lambda: nd.contrib.foreach(lambda x, s: None, nd.ones((3, 2)), nd.ones((2,))),
        TypeError,
        "foreach: body must return 2 values, outputs, states; got one NoneType",
    ),
    "a loop that returns its variables alone": (
        lambda: nd.contrib.while_loop(lambda i: i < 3, lambda i: i + 1, [nd.array([0])], 5),
        ValueError,
        "while_loop: func must return 2 values, outputs, loop_vars; got one NDArray",
    ),
    "a loop in a graph that returns one value": (
        lambda: sym.contrib.foreach(lambda x, s: x, DATA, sym.var("state")),
        ValueError,
        "foreach: body must return 2 values, outputs, states; got one Symbol",
    ),
    "a loop in a graph that returns nothing": (
        lambda: sym.contrib.while_loop(lambda i: i < 3, lambda i: None, [DATA], 5),
        TypeError,
        "while_loop: func must return 2 values",
    ),
    "a condition of two numbers": (
        lambda: nd.contrib.cond(nd.ones((2,)), lambda: nd.ones((2,)), lambda: nd.ones((2,))),
        ValueError,
        "cond: pred must give one number, got an array of shape (2,)",
    ),
    "a loop as long as two numbers hold": (
        lambda: nd.contrib.while_loop(lambda i: nd.ones((2,)), lambda i: (i, [i]), [nd.array([0])], 5),
        ValueError,
        "while_loop: cond must give one number",
    ),
    "half a row": (
        lambda: nd.ones((2, 3)).reshape((2.5, 3)),
        TypeError,
        "reshape: sizes must be whole numbers, got (2.5, 3)",
    ),
    "half a row of mx.np": (
        lambda: mx.np.ones((2, 3)).reshape(3 / 1, -1),
        mx.MXNetError,
        "sizes must be whole numbers, got (3.0, -1); divide with //",
    ),
    "half a row of nothing": (lambda: nd.empty((2.5, 3)), TypeError, "sizes must be whole numbers, got (2.5, 3)"),
    "several numbers as one": (lambda: float(nd.ones((2,))), TypeError, "not a scalar: asscalar() on shape (2,)"),
    "several numbers as a scalar": (lambda: nd.ones((2,)).asscalar(), ValueError, "not a scalar"),
    "a misspelt argument of mx.np": (
        lambda: mx.np.sum(mx.np.ones((2,)), axes=0),
        mx.MXNetError,
        "sum: got an unexpected keyword argument 'axes'; it takes a, axis, dtype",
    ),
}


@pytest.mark.parametrize("what", WORDS)
def test_wrong_inputs_are_told_of_in_words(what: str) -> None:
    call, kind, text = WORDS[what]
    with pytest.raises(kind, match=re.escape(text)) as caught:
        call()
    for foreign in ("mat1", "tensor", "torch", "_impl", "'Int'", "Float"):
        assert foreign not in str(caught.value)


def test_a_number_has_percentiles_and_random_numbers_around_it() -> None:
    # in 1.9.1 it has none
    with mx.util.np_shape(True):
        number = mx.np.array(3.0)
        assert mx.np.percentile(number, 20).item() == 3
        assert mx.np.percentile(number, mx.np.array([20.0, 50.0])).asnumpy().tolist() == [3, 3]
        assert nd.random.normal(nd.array(3.0), nd.array(0.0)).asnumpy() == 3
        assert nd.sample_poisson(nd.array(0.0)).shape == ()


@pytest.mark.parametrize(("module", "name", "meant"), [("nd", "rellu", "relu"), ("np", "zeors", "zeros")])
def test_python_names_the_function_that_is_meant(module: str, name: str, meant: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", f"import mxnet as mx; mx.{module}.{name}"], capture_output=True, text=True
    )
    assert f"has no attribute '{name}'" in ran.stderr
    assert f"Did you mean: '{meant}'" in ran.stderr


def test_projections_are_computed_without_a_word_about_the_library(recwarn: pytest.WarningsRecorder) -> None:
    layer = mx.gluon.rnn.LSTM(3, projection_size=2)
    layer.initialize()
    assert np.isfinite(layer(nd.ones((4, 2, 3))).asnumpy()).all()
    assert not recwarn


def test_the_word_for_an_attribute_that_is_not_given_leaves_it_as_it_is() -> None:
    absent = mx.base._Null
    assert repr(absent) == "_Null"
    x = mx.nd.ones((2, 3))
    assert mx.nd.sum(x, axis=absent, keepdims=absent).asnumpy().tolist() == [6]
    assert x.sum(absent).asnumpy().tolist() == [6]
    dense = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=3, no_bias=absent, name="fc")
    assert dense.list_arguments() == ["x", "fc_weight", "fc_bias"]
    assert dense.attr_dict()["fc"] == {"num_hidden": "3"}
    for network in (mx.nd.FullyConnected, mx.sym.FullyConnected):
        with pytest.raises(mx.MXNetError, match="Required parameter num_hidden of int .*is not presented"):
            network(x if network is mx.nd.FullyConnected else mx.sym.var("x"), num_hidden=absent, no_bias=True)
