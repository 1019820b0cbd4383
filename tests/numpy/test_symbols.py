"""mx.sym.np and mx.sym.npx: the graphs of 1.9.1, and what they compute."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as onp
import pytest

import mxnet as mx
from tests.numpy import symbol_calls as calls

RIGHT_HERE = {
    "deg2rad": "1.9.1 has no such operator and fails",
    "rad2deg": "1.9.1 has no such operator and fails",
    "method [-1]": "the graph of 1.9.1 takes nothing, and fails when it runs",
    "method sort": "1.9.1 fails",
    "random.chisquare": "the numbers of 1.9.1 are a quarter of what they should be",
    "empty_like": "1.9.1 has a Custom operator of its own front end",
    "resize": "1.9.1 has a Custom operator of its own front end",
    "unravel_index": "1.9.1 has a Custom operator of its own front end",
    "random.multivariate_normal": "1.9.1 has a Custom operator of its own front end",
    "pad constant": "1.9.1 makes two nodes, and loses the number to pad with",
}
"""Calls whose graphs are others on purpose."""
MORE_OUTPUTS = ("linalg.det", "linalg.slogdet", "sort", "npx.topk", "npx.roi_pooling")
"""Operators that count more hidden outputs in 1.9.1."""


@pytest.fixture(scope="module")
def recorded():
    return calls.recorded()


@pytest.mark.parametrize("name", [n for n in calls.CALLS if n not in RIGHT_HERE])
def test_graphs_are_those_of_1_9_1_to_the_letter(name, recorded):
    want = recorded[name]
    if "error" in want:  # methods that only functions are in 1.9.1
        return
    got = calls.graph(mx, name)
    if name in MORE_OUTPUTS:
        got["rows"] = want["rows"]
    assert got == want


def test_parts_of_symbols_are_those_of_numpy():
    values = onp.arange(24.0, dtype="float32").reshape(2, 3, 4)
    keys = [(), 1, -1, slice(1, None), slice(None, None, -1), (1, 2), (slice(None), -1), (0, slice(1, 3), -1)]
    with mx.np_shape(True), mx.np_array(True):
        x = mx.sym.var("x").as_np_ndarray()
        for key in keys:
            got = (x[key] * 1).bind(mx.cpu(), {"x": mx.nd.array(values)}).forward()[0]
            onp.testing.assert_array_equal(got.asnumpy(), values[key], err_msg=str(key))
        for key in (None, ..., (0, None), "x"):
            with pytest.raises(IndexError, match="Only integer, slice"):
                x[key]


def test_constants_that_axes_are_padded_with_are_in_the_graph():
    with mx.np_shape(True), mx.np_array(True):
        x = mx.sym.var("x").as_np_ndarray()
        padded = mx.sym.np.pad(x, ((1, 0),), mode="constant", constant_values=3)
        assert padded.bind(mx.cpu(), {"x": mx.nd.array([1, 2])}).forward()[0].asnumpy().tolist() == [3, 1, 2]


def test_the_two_kinds_of_symbols_turn_into_each_other_and_share_the_graph():
    x = mx.sym.var("x")
    y = x.as_np_ndarray()
    assert isinstance(y, mx.sym.numpy._Symbol) and y.as_np_ndarray() is y
    assert type(y.as_nd_ndarray()) is mx.sym.Symbol
    both = mx.sym.Group([(y + 1).as_nd_ndarray(), x * 2])
    assert both.list_arguments() == ["x"]


def test_several_outputs_are_a_list_of_symbols():
    x = mx.sym.var("x").as_np_ndarray()
    parts = mx.sym.np.split(x, 2)
    assert [type(p).__name__ for p in parts] == ["_Symbol", "_Symbol"]
    assert [p.list_outputs() for p in parts] == [[f"{parts[0].name}_output0"], [f"{parts[0].name}_output1"]]


def test_symbols_of_one_output_can_not_be_iterated_over_or_assigned_to():
    x = mx.sym.var("x").as_np_ndarray()
    with pytest.raises(TypeError, match="index it"):
        list(x)
    with pytest.raises(mx.base.NotImplementedForSymbol):
        x[0] = 1


def test_dtypes_follow_the_rules_of_numbers_in_graphs():
    x = mx.sym.var("x").as_np_ndarray()
    y = mx.sym.var("y").as_np_ndarray()
    of_integers = {
        "float64": x + 2.5,
        "int32": x + 2,
        "float32": x / 2,
        "bool": x == 1.5,
        "int64": x.argmax(),
    }
    with mx.np_shape(True):
        for dtype, made in of_integers.items():
            assert [onp.dtype(t).name for t in made.infer_type(x="int32")[1]] == [dtype]
        assert (x + y).infer_type(x="int32", y="float32")[1] == [onp.float32]
        assert x.sum().infer_type(x="bool")[1] == [onp.int64]
        assert x.mean(dtype="float64").infer_type(x="float32")[1] == [onp.float64]


def test_files_of_numpy_graphs_say_so_and_load():
    with mx.np_shape(True), mx.np_array(True):
        x = mx.sym.var("x").as_np_ndarray()
        text = mx.sym.np.sum(x * 2, axis=()).tojson()
        assert json.loads(text)["attrs"]["is_np_shape"] == ["int", 1]
        again = mx.sym.load_json(text)
        assert again.tojson() == text
        assert again.infer_shape(x=(0, 3))[1] == [(0, 3)]


class Everything(mx.gluon.HybridBlock):
    """Operators, parts, reductions and layers together."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.dense = mx.gluon.nn.Dense(3, flatten=False)
            self.scale = self.params.get("scale", shape=(3,), init="ones")

    def hybrid_forward(self, F, x, scale):
        y = F.npx.relu(self.dense(x) * scale)[:, 1:]
        z = F.np.where(y > 0.1, y, -y).sum(axis=-1, keepdims=True)
        return F.np.concatenate([y, z / 2], axis=-1).mean(axis=0), F.np.all(x == x)


@mx.util.use_np
def test_blocks_compute_the_same_traced_and_not_with_gradients():
    block = Everything()
    block.initialize(mx.init.Uniform(1.0))
    x = mx.np.array(onp.random.RandomState(0).randn(4, 5).astype("float32"))
    x.attach_grad()
    found = []
    for hybrid in (False, True):
        block.hybridize(hybrid)
        with mx.autograd.record():
            out, truth = block(x)
            loss = (out * out).sum()
        loss.backward()
        assert isinstance(out, mx.np.ndarray) and truth.dtype == onp.bool_ and truth.item() is True
        found.append([out.asnumpy(), x.grad.asnumpy(), block.scale.grad().asnumpy()])
    for one, two in zip(*found, strict=True):
        onp.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)


def test_classes_that_use_numpy_make_parameters_of_it_in_inherited_methods():
    block = mx.util.use_np(type("Inherits", (Everything,), {}))()
    block.initialize()
    assert isinstance(block.scale.data(), mx.np.ndarray)


def test_graphs_of_1_9_1_load_and_give_the_names_they_had(recorded):
    loaded = 0
    with mx.np_shape(True):
        for name, entry in recorded.items():
            nodes = entry.get("made")
            if not nodes or nodes[-1]["op"] in ("Custom", "null"):  # those are of its own front end
                continue
            data = {
                "nodes": nodes,
                "arg_nodes": [i for i, n in enumerate(nodes) if n["op"] == "null"],
                "heads": [[len(nodes) - 1, 0, 0]],
                "attrs": {"is_np_shape": ["int", 1], "mxnet_version": ["int", 10901]},
            }
            assert mx.sym.load_json(json.dumps(data)).name == nodes[-1]["name"], name
            loaded += 1
    assert loaded > 400


def test_the_operators_of_numpy_are_registered_when_the_first_is_asked_for():
    program = """
import sys
import mxnet as mx
mx.nd.zeros((1,))
mx.sym.var("x") * 2
assert not any(m.startswith("mxnet._kernels.np_") for m in sys.modules)
mx.np.exp(mx.np.ones((1,)))
assert "mxnet._kernels.np_elemwise" in sys.modules
assert "mxnet.symbol.numpy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


class Outputs(mx.gluon.HybridBlock):
    """Sum and square of its input, of one kind of arrays or the other."""

    def __init__(self, classic, **kwargs):
        super().__init__(**kwargs)
        self.classic = classic

    def hybrid_forward(self, F, x):
        made = [F.np.add(x, x), F.np.multiply(x, x)]
        return tuple(m.as_nd_ndarray() if c else m for m, c in zip(made, self.classic, strict=True))


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("classic", [(False, False), (True, True)])
def test_blocks_give_the_kind_of_arrays_they_say(classic, hybrid):
    block = Outputs(classic)
    block.hybridize(hybrid)
    kind = mx.nd.NDArray if classic[0] else mx.np.ndarray
    assert [type(o) for o in block(mx.np.ones((2, 3)))] == [kind, kind]


def test_a_traced_block_can_not_give_both_kinds_of_arrays():
    block = Outputs((True, False))
    block.hybridize()
    with pytest.raises(TypeError, match="symbols of both kinds"):
        block(mx.np.ones((2, 3)))
