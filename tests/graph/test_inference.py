"""Shapes and dtypes inferred, against the recorded answers of 1.9.1; what it leaves open or refuses."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet._graph import infer
from tests.answers import check, recorded
from tests.graph.graph_kit import mlp
from tests.graph.inference_probes import PROBES

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "inference.json", PROBES)
V = mx.sym.var


@pytest.mark.parametrize("name", PROBES)
def test_inference_answers_as_the_reference(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


@pytest.mark.parametrize(
    ("make", "known", "want"),
    [
        # of a flattened or reshaped array 1.9.1 leaves everything open
        (lambda: mx.sym.flatten(V("x")), {"x": (0, 3, 4)}, (0, 12)),
        (lambda: mx.sym.reshape(V("x"), shape=(0, -1)), {"x": (0, 6, 2)}, (0, 12)),
        (lambda: mx.sym.broadcast_mul(V("x"), V("y")), {"x": (0, 1, 4), "y": (1, 3, 1)}, (0, 3, 4)),
        (lambda: mx.sym.sum(V("x"), axis=0), {"x": (0, 3)}, (3,)),
        (lambda: mx.sym.sum(V("x")), {"x": (0, 3)}, (1,)),
        (lambda: mx.sym.one_hot(V("x"), depth=5), {"x": (0,)}, (0, 5)),
        (lambda: mx.sym.stack(V("x"), V("y"), axis=1), {"x": (0, 3), "y": (0, 3)}, (0, 2, 3)),
        (lambda: mx.sym.Concat(V("x"), V("y"), dim=1), {"x": (0, 3), "y": (0, 4)}, (0, 7)),
        (lambda: mx.sym.UpSampling(V("x"), scale=2, sample_type="nearest"), {"x": (0, 3, 4, 4)}, (0, 3, 8, 8)),
    ],
)
def test_sizes_that_are_open_do_not_hide_the_others(make: Any, known: dict, want: tuple) -> None:
    assert make().infer_shape_partial(**known)[1] == [want]
    with mx.util.np_shape(True):
        opened = {k: tuple(d or -1 for d in s) for k, s in known.items()}
        got = make().infer_shape_partial(**opened)[1]
        assert got == [tuple(d or -1 for d in want)] or (want == (1,) and got == [()])


def test_sizes_go_back_from_outputs_to_inputs() -> None:
    def arguments(symbol: mx.sym.Symbol) -> dict[str, tuple]:
        return dict(zip(symbol.list_arguments(), symbol.infer_shape()[0], strict=True))

    x = V("x", shape=(0, 10, 0, 0))
    picture = mx.sym.Convolution(x, num_filter=4, kernel=(3, 3), pad=(1, 1)) + V("y", shape=(5, 4, 32, 32))
    assert arguments(picture)["x"] == (5, 10, 32, 32)
    rows = mx.sym.FullyConnected(V("x", shape=(0, 10)), num_hidden=21) + V("y", shape=(5, 0))
    assert arguments(rows)["x"] == (5, 10) and arguments(rows)["y"] == (5, 21)
    joined = mx.sym.Concat(V("a", shape=(0, 10)), V("b", shape=(0, 5)), dim=1) + V("d", shape=(2, 0))
    assert arguments(joined) == {"a": (2, 10), "b": (2, 5), "d": (2, 15)}
    pieces = mx.sym.SliceChannel(V("a", shape=(0, 15, 0)), num_outputs=3)[1] + V("c", shape=(3, 5, 2))
    assert arguments(pieces)["a"] == (3, 15, 2)


def test_unknown_shapes_are_none_under_numpy_shapes() -> None:
    with mx.util.np_shape(True):
        args, outs, _ = mx.sym.sin(V("x")).infer_shape_partial()
        assert args == [None] and outs == [None]
        assert mx.sym.sin(V("x")).infer_shape(x=())[1] == [()]
        assert (V("x") + V("y")).infer_shape(x=(2, 0))[0] == [(2, 0), (2, 0)]


def test_what_is_given_counts_more_than_what_a_variable_says() -> None:
    assert (V("a", shape=(2, 3)) + V("b")).infer_shape(a=(5, 6))[1] == [(5, 6)]


def test_shapes_by_position_and_by_name_are_the_same() -> None:
    assert (V("a") + V("b")).infer_shape((2, 3)) == (V("a") + V("b")).infer_shape(a=(2, 3))
    assert (V("a") + V("b")).infer_type(np.float16) == (V("a") + V("b")).infer_type(b="float16")


def crossed() -> Any:
    """A sum with the transpose of what it is told to be like: nothing but a square fits."""
    b = V("b")
    return mx.sym.transpose(b) + (V("a") + b)


def _groups(operator: str, groups: int, channels: int) -> Any:
    layer = getattr(mx.sym, operator)(V("x"), kernel=(3, 3), num_filter=8, num_group=groups, name="c")
    return layer.infer_shape(x=(1, channels, 8, 8))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: (V("a") + V("b")).infer_shape(a=(2, 3), b=(4, 3)), ValueError, r"_plus.*\(4, 3\).*\(2, 3\)"),
        (lambda: (V("a") + V("b")).infer_shape(a=(2, 0), b=(4, 3)), ValueError, r"_plus.*inconsistent"),
        (lambda: mlp(mx).infer_shape(data=(2, 5), fc1_weight=(8, 6)), ValueError, "fc1.*inconsistent.*fc1_weight"),
        (lambda: crossed().infer_shape(a=(2, 3)), ValueError, "transpose.*inconsistent"),
        (lambda: crossed().simple_bind(mx.cpu(), a=(2, 3)), ValueError, "transpose.*inconsistent"),
        (lambda: mlp(mx).infer_shape(dat=(2, 5)), mx.MXNetError, r"name dat not found.*\n.*\n.*\[0\]data"),
        (lambda: mlp(mx).infer_shape((2, 5), data=(2, 5)), ValueError, "by position or by name"),
        (lambda: mlp(mx).infer_shape(data=5), TypeError, "shapes .tuple., but 'data' is 5"),
        (lambda: mlp(mx).infer_shape(data="ab"), TypeError, "'data' is 'ab'"),
        (lambda: mlp(mx).infer_shape(data=(2.5,)), TypeError, "'data' is .2.5,."),
        (lambda: V("x", __shape__="wide").infer_shape(), ValueError, "variable 'x': __shape__ is 'wide'"),
        (lambda: mlp(mx).infer_type(dat="float16"), mx.MXNetError, "name dat not found"),
        (lambda: mlp(mx).infer_type(data="complex64"), TypeError, "complex64"),
        (lambda: (V("a") + V("b")).infer_type(a="float32", b="float16"), TypeError, "a is float32, b is float16"),
        (lambda: mx.sym.Reshape(V("a"), shape=(5,)).infer_shape(a=(2, 3)), mx.MXNetError, "reshape.*5"),
        (lambda: _groups("Convolution", 4, 6), ValueError, "operator c: .*input channels .*got 6, .*multiple of 4"),
        (lambda: _groups("Deconvolution", 3, 6), ValueError, "operator c: .*num_filter .*got 8, .*multiple of 3"),
        (lambda: mlp(mx).simple_bind(mx.cpu()), mx.MXNetError, "cannot decide shapes .*: data, fc1_weight"),
    ],
)
def test_contradictions_name_the_node_and_both_sides(make: Any, error: type[Exception], words: str) -> None:
    with mx.name.NameManager(), pytest.raises(error, match=words) as caught:
        make()
    assert isinstance(caught.value, mx.MXNetError)


def test_data_of_integers_does_not_make_weights_of_integers() -> None:
    words = mx.sym.Embedding(V("words"), input_dim=10, output_dim=4, name="e")
    run = words.simple_bind(mx.cpu(), words=(2, 3), type_dict={"words": "int32"})
    assert run.arg_dict["e_weight"].dtype == np.float32 and run.forward()[0].shape == (2, 3, 4)
    normed = mx.sym.BatchNorm(V("x"), name="bn").simple_bind(mx.cpu(), x=(2, 3), type_dict={"x": "float16"})
    assert normed.aux_dict["bn_moving_var"].dtype == normed.arg_dict["bn_gamma"].dtype == np.float32
    assert normed.forward()[0].dtype == np.float16


def test_files_from_before_numpy_shapes_have_sizes_that_are_open() -> None:
    text = mx.sym.FullyConnected(V("x"), V("w", shape=(8, 0)), num_hidden=8).tojson()
    with mx.util.np_shape(True):
        net = mx.sym.load_json(text)
        assert net.infer_shape(x=(2, 5))[0][1] == (8, 5)
        assert '"is_np_shape": ["int", 1]' in net.tojson()
        assert mx.sym.load_json(mx.sym.tanh(V("x", shape=(2, 0))).tojson()).infer_shape()[1] == [(2, 0)]
    assert "is_np_shape" not in text


@pytest.mark.parametrize("text", ["(8L, 0L)", "(8L,0L)", "[8L, 0L]", "(8, 0,)", " (8 ,0) "])
def test_shapes_in_files_are_read_as_python_2_wrote_them(text: str) -> None:
    written = mx.sym.FullyConnected(V("x"), V("w", shape=(8, 0)), num_hidden=8).tojson().replace("(8, 0)", text)
    assert text in written
    for as_numpy in (False, True):
        with mx.util.np_shape(as_numpy):
            assert mx.sym.load_json(written).infer_shape(x=(2, 5))[0][1] == (8, 5)


@pytest.mark.parametrize("text", ["", "(8l, 4)", "(8.0, 4)", "(8; 4)", "(8, 4", "[" * 999])
def test_shapes_in_files_that_can_not_be_read_name_the_variable(text: str) -> None:
    with pytest.raises(mx.MXNetError, match="variable 'w': __shape__ is .*expected a tuple of integers"):
        V("w", attr={"__shape__": text}).infer_shape()


def test_of_an_axis_that_is_cut_nothing_is_said_before_its_size_is_known() -> None:
    wide = V("d", shape=(10, 0))
    for begin, end in ((0, 5), (-3, None), (0, -1)):
        assert mx.sym.slice_axis(wide, axis=1, begin=begin, end=end).infer_shape_partial()[1] == [(10, 0)]
    assert mx.sym.slice_axis(wide, axis=0, begin=0, end=5).infer_shape_partial()[1] == [(5, 0)]
    batch = V("d", shape=(0, 7))
    assert mx.sym.slice_axis(batch, axis=-1, begin=-3, end=None).infer_shape_partial()[1] == [(0, 3)]


@pytest.mark.parametrize(
    ("repeat", "want"),
    [(1, [2, 2.5, 3, 3.5, 4, 4.5]), (2, [2, 2, 2.5, 2.5, 3, 3]), (4, [2, 2, 2, 2, 2.5, 2.5]), (7, [2] * 6)],
)
def test_a_range_without_an_end_is_as_long_as_what_takes_it(repeat: int, want: list) -> None:
    numbers = mx.sym.arange(2, step=0.5, repeat=repeat, infer_range=True, name="numbers")
    summed = mx.sym.elemwise_add(numbers, V("x"))
    assert summed.infer_shape(x=(6,))[1] == [(6,)]
    assert summed.simple_bind(mx.cpu(), x=(6,)).forward()[0].asnumpy().tolist() == want
    with pytest.raises(mx.MXNetError, match="operator numbers: .*nothing that takes it says how large"):
        numbers.bind(mx.cpu(), {})


UPDATES = {
    "multi_sgd_update": (2, 0, {"lrs": (0.1, 0.1), "wds": (0, 0)}),
    "multi_sgd_mom_update": (3, 0, {"lrs": (0.1, 0.1), "wds": (0, 0)}),
    "multi_mp_sgd_mom_update": (4, 0, {"lrs": (0.1, 0.1), "wds": (0, 0)}),
    "preloaded_multi_mp_sgd_mom_update": (4, 2, {}),
}


@pytest.mark.parametrize("name", UPDATES)
def test_what_updates_of_many_weights_keep_are_auxiliary_states(name: str) -> None:
    arrays, settings, attrs = UPDATES[name]
    names = [f"{kind}{i}" for i in range(2) for kind in ("weight", "grad", "mom", "master")[:arrays]]
    more = ["lrs", "wds"][:settings]
    updates = getattr(mx.sym, name)(*map(V, [*names, *more]), num_weights=2, **attrs)
    assert updates.list_auxiliary_states() == [n for n in names if n[:3] in ("mom", "mas")]
    assert updates.list_arguments() == [n for n in [*names, *more] if n[:3] not in ("mom", "mas")]
    assert mx.sym.load_json(updates.tojson()).list_auxiliary_states() == updates.list_auxiliary_states()


def test_an_executor_of_updates_writes_the_states() -> None:
    names = [f"{kind}{i}" for i in range(2) for kind in ("weight", "grad", "mom")]
    updates = mx.sym.multi_sgd_mom_update(*map(V, names), lrs=(0.5, 1), wds=(0, 0), momentum=0.5, num_weights=2)
    ones = [mx.nd.ones((2,)) for _ in range(4)]
    run = updates.bind(mx.cpu(), ones, grad_req="null", aux_states=[mx.nd.zeros((2,)), mx.nd.zeros((2,))])
    for weights, states in (([0.5, 0], [-0.5, -1]), ([0.25, -0.5], [-0.75, -1.5])):
        assert [o.asnumpy()[0] for o in run.forward(is_train=True)] == weights
        assert [a.asnumpy()[1] for a in run.aux_arrays] == states


def test_dtypes_of_updates_of_many_weights_go_by_weight() -> None:
    names = [f"{kind}{i}" for i in range(2) for kind in ("weight", "grad", "master")]
    updates = mx.sym.multi_mp_sgd_update(*map(V, names), lrs=(0.1, 0.1), wds=(0, 0), num_weights=2)
    known = {"weight0": "float16", "grad0": "float16", "weight1": "float32", "grad1": "float32"}
    _, outputs, states = updates.infer_type(**known)
    assert outputs == [np.float16, np.float32] and states == [np.float32, np.float32]
    with pytest.raises(TypeError, match="weight0 is float16, grad0 is float32"):
        updates.infer_type(weight0="float16", grad0="float32")


def test_shapes_that_follow_from_values_stay_open_until_the_graph_runs():
    data, mask = mx.sym.Variable("data"), mx.sym.Variable("mask")
    kept = mx.sym.relu(mx.sym.contrib.boolean_mask(data, mask)) + 1
    assert kept.infer_shape(data=(3, 2), mask=(3,)) == (None, None, None)
    assert kept.infer_shape_partial(data=(3, 2), mask=(3,)) == ([(3, 2), (3,)], [()], [])
    with pytest.raises(mx.base.MXNetError, match="mask"):
        kept.infer_shape(data=(3, 2), mask=(2,))
    arrays = {"data": mx.nd.arange(6).reshape((3, 2)), "mask": mx.nd.array([1, 0, 1])}
    grads = {"data": mx.nd.zeros((3, 2))}
    executor = kept.bind(mx.cpu(), arrays, grads, {"data": "write", "mask": "null"})
    for given in ([1, 0, 1], [0, 0, 1]):
        arrays["mask"][:] = mx.nd.array(given)
        (out,) = executor.forward(is_train=True)
        executor.backward(mx.nd.ones(out.shape))
        chosen = np.array(given, dtype=bool)
        np.testing.assert_array_equal(out.asnumpy(), np.arange(6).reshape(3, 2)[chosen] + 1)
        assert grads["data"].asnumpy()[~chosen].sum() == 0
        np.testing.assert_array_equal(grads["data"].asnumpy()[chosen], np.where(out.asnumpy() > 1, 1, 0))


def test_sizes_of_zero_that_operators_make_are_known():
    none = mx.sym.slice(mx.sym.Variable("data"), begin=(2,), end=(2,)) * 2
    assert none.infer_shape(data=(4, 3)) == ([(4, 3)], [(0, 3)], [])
    assert none.infer_shape(data=(0, 3)) == (None, None, None)


def _cast(name: str) -> mx.sym.Symbol:
    return mx.sym.amp_cast(mx.sym.var(name), dtype="float16")


@pytest.mark.parametrize(
    ("made", "shapes"),
    [
        (
            mx.sym.Convolution(_cast("data"), _cast("weight"), _cast("bias"), kernel=(3, 3), num_filter=4),
            [(2, 3, 8, 8), (4, 3, 3, 3), (4,)],
        ),
        (
            mx.sym.RNN(_cast("data"), _cast("weight"), _cast("state"), state_size=3, num_layers=1, mode="gru"),
            [(2, 3, 4), (81,), (1, 3, 3)],
        ),
        (
            mx.sym.Convolution(
                *mx.sym.amp_multicast(_cast("data"), mx.sym.var("weight"), mx.sym.var("bias"), num_outputs=3),
                kernel=(1, 1), num_filter=4,
            ),
            [(2, 3, 8, 8), (4, 3, 1, 1), (4,)],
        ),
    ],
)  # fmt: skip
def test_shapes_of_parameters_that_are_cast_follow_from_data_that_are(
    made: mx.sym.Symbol, shapes: list[tuple[int, ...]]
) -> None:
    assert made.infer_shape(data=shapes[0])[0] == shapes
    bound = made.simple_bind(mx.cpu(), data=shapes[0])
    assert {array.dtype for array in bound.arg_dict.values()} == {np.float32}
    assert bound.forward()[0].shape == made.infer_shape(data=shapes[0])[1][0]


@pytest.mark.parametrize(
    ("made", "shapes"),
    [
        (mx.sym.Convolution(_cast("data"), kernel=(3, 3), num_filter=4), [(2, 3, 8, 8), (4, 3, 3, 3), (4,)]),
        (mx.sym.LeakyReLU(_cast("data"), act_type="prelu"), [(2, 3, 8, 8), (3,)]),
        (mx.sym.broadcast_mul(_cast("data"), mx.sym.var("by", shape=(1, 3, 1, 1))), [(2, 3, 8, 8), (1, 3, 1, 1)]),
    ],
)
def test_shapes_follow_whatever_the_dtypes(made: mx.sym.Symbol, shapes: list[tuple[int, ...]]) -> None:
    assert made.infer_shape(data=shapes[0])[0] == shapes
    assert [np.dtype(t) for t in made.infer_type(data="float32")[0]] == ["float32"] + ["float16"] * (len(shapes) - 1)
    with pytest.raises(mx.MXNetError, match="float16, .* is float32"):
        made.simple_bind(mx.cpu(), data=shapes[0])


@pytest.mark.parametrize(
    ("join", "shape"),
    [
        (lambda a, b: a * b, (2, 2)),
        (lambda a, b: mx.sym.broadcast_mul(a, b), (2, 2)),
        (lambda a, b: mx.sym.concat(a, b, dim=0), (4, 2)),
        (lambda a, b: mx.sym.FullyConnected(a, b, num_hidden=2, no_bias=True), (2, 2)),
    ],
)
def test_shapes_are_found_where_dtypes_contradict_each_other_which_bind_tells(join: Any, shape: tuple) -> None:
    made = join(mx.sym.cast(mx.sym.var("a"), "float16"), mx.sym.eye(2, dtype="float64"))
    assert made.infer_shape(a=(2, 2))[1] == [shape]
    with pytest.raises(mx.MXNetError, match="float16"):
        made.simple_bind(mx.cpu(), a=(2, 2))


@pytest.mark.parametrize("dtype", ["float64", "int32"])
def test_dtypes_go_back_through_operators_with_a_number(dtype: str) -> None:
    a, b = mx.sym.var("a"), mx.sym.ones((2,), dtype=dtype)
    for made in (a + 1, a * 2, 1 / a, a**2, -a, a > 1, mx.sym.maximum(a, 1), a % 2, a + 0.5):
        assert (made * b).infer_type()[0] == [np.dtype(dtype).type]


def test_types_of_a_chain_are_found_in_two_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    x = mx.sym.var("x")
    for i in range(20):
        x = mx.sym.FullyConnected(x, num_hidden=3, name=f"fc{i}")
    visited: list[str] = []
    visit = infer._node_types
    monkeypatch.setattr(infer, "_node_types", lambda node, *rest: visited.append(node.name) or visit(node, *rest))
    assert len(infer.infer_types(x._outputs, {"x": torch.float64}).dtypes) == 61
    assert len(visited) == 20
    visited.clear()
    assert len(infer.infer_types(x._outputs, {"fc19_bias": torch.float64}).dtypes) == 61  # found from the end
    assert len(visited) == 20 + 19
