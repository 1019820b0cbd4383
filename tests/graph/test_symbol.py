"""Symbols against the recorded answers of 1.9.1, and what it refuses that makes sense."""

from __future__ import annotations

import pathlib
import threading

import numpy as np
import pytest

import mxnet as mx
from tests.answers import check, recorded
from tests.graph.symbol_probes import PROBES, mlp

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "symbols.json", PROBES)


@pytest.mark.parametrize("name", PROBES)
def test_symbols_answer_as_the_reference(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


def test_outputs_are_counted_from_the_end_too() -> None:
    assert mlp(mx).get_internals()[-1].name == "softmax"


def test_composition_replaces_variables_by_position() -> None:
    made = (mx.sym.var("a") - mx.sym.var("b"))(mx.sym.var("c"))
    assert made.list_arguments() == ["c", "b"]
    with pytest.raises(mx.MXNetError, match=r"expected at most 2 \(a, b\)"):
        (mx.sym.var("a") - mx.sym.var("b"))(mx.sym.var("c"), mx.sym.var("d"), mx.sym.var("e"))
    with pytest.raises(mx.MXNetError, match="'dat' is not an argument"):
        mlp(mx)(dat=mx.sym.var("x"))


def test_truth_values_are_numbers() -> None:
    assert (mx.sym.var("a") + True).eval(a=mx.nd.ones((1,)))[0].asscalar() == 2


def test_scopes_and_names_are_those_of_a_thread() -> None:
    seen = []

    def other() -> None:
        seen.append((mx.sym.var("x").list_attr(), mx.sym.tanh(mx.sym.var("x")).name))

    with mx.AttrScope(__mood__="calm"), mx.name.Prefix("net_"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert mx.sym.tanh(mx.sym.var("x")).list_attr() == {"__mood__": "calm"}
    assert seen == [({}, "tanh0")]


def test_scopes_end_when_an_error_ends_them() -> None:
    with pytest.raises(KeyError), mx.AttrScope(__mood__="calm"), mx.name.Prefix("net_"):
        raise KeyError
    assert mx.sym.var("x").list_attr() == {}
    assert mx.sym.var("y").name == "y"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: mlp(mx)["fc1"], "fc1.*the outputs are softmax_output"),
        (lambda: mlp(mx).get_internals()[99], "output 99 of .*which has 10"),
        (lambda: mx.sym.FullyConnected(mx.sym.var("x"), num_hidden="many"), "num_hidden .*'many'.*FullyConnected"),
        (lambda: mx.sym.FullyConnected(mx.sym.var("x")), "num_hidden .*FullyConnected"),
        (lambda: mx.sym.FullyConnected(3, num_hidden=1), "FullyConnected: .*data .*Symbol.* got 3"),
        (lambda: mx.sym.tanh(mx.sym.split(mx.sym.var("x"), num_outputs=2)), "tanh: .*data .*2 outputs, expected 1"),
        (lambda: mx.sym.nosuch, "nosuch"),
        (lambda: mx.sym.var("x").nosuch, "Symbol.* has no attribute 'nosuch'"),
        (lambda: mx.sym.var("x", attr={"a": 1}), "string values, got a=1"),
        (lambda: mx.sym.Dropout(mx.sym.var("x"), attr={"data_lr_mult": "1"}), r"w = Variable\(lr_mult=1\)"),
        (lambda: mlp(mx).get_internals()._set_attr(x="y"), "is a group; choose one output"),
        (lambda: mx.sym.BatchNorm(mx.sym.var("x"), moving_var=mx.sym.var("m") * 2), "moving_var .* only be Variable"),
    ],
)
def test_errors_say_what_was_got_and_expected(make: object, words: str) -> None:
    with pytest.raises((mx.MXNetError, AttributeError), match=words):
        make()  # type: ignore[operator]


@pytest.mark.parametrize("name", ["abs", "clip", "split_v2", "transpose", "zeros_like", "as_nd_ndarray", "asnumpy"])
def test_methods_are_found_on_the_class_with_their_documentation(name: str) -> None:
    method = getattr(mx.sym.Symbol, name)
    assert (method.__name__, method.__qualname__) == (name, f"Symbol.{name}")
    assert method.__doc__


def test_a_method_taken_from_the_class_applies_its_operator() -> None:
    made = mx.sym.Symbol.clip(mx.sym.var("x"), a_min=0, a_max=1, name="bounded")
    assert made.eval(x=mx.nd.array([-1, 0.5, 2]))[0].asnumpy().tolist() == [0, 0.5, 1]
    assert made.name == "bounded"


def test_methods_of_arrays_alone_are_not_on_symbols() -> None:
    x = mx.sym.var("x")
    assert x.as_nd_ndarray() is x
    assert not any(hasattr(x, name) for name in ("copyto", "item", "tolist", "attach_grad", "shape"))


def test_attributes_of_an_operator_that_are_not_text_become_text() -> None:
    made = mx.sym.Convolution(
        mx.sym.var("x"), kernel=(1, 1), num_filter=1, name="c", attr={"__init__": mx.init.Zero(), "lr_mult": 2.0}
    )
    assert made.attr("__init__").startswith("<mxnet.initializer.Zero")
    assert made.attr_dict()["c_weight"]["__lr_mult__"] == "2.0"
    assert mx.sym.load_json(made.tojson()).attr("__init__") == made.attr("__init__")


def test_inputs_that_a_count_promises_become_variables() -> None:
    a, b = mx.sym.var("a"), mx.sym.var("b")
    assert mx.sym.Concat(a, num_args=2, name="c").list_arguments() == ["a", "c_arg1"]
    assert mx.sym.add_n(a, num_args=3, name="s").list_arguments() == ["a", "s_arg1", "s_arg2"]
    made = mx.sym.stack(num_args="2", name="s", lr_mult=3)
    assert made.attr_dict()["s_arg0"] == {"__lr_mult__": "3", "lr_mult": "3", "num_args": "2"}
    assert mx.sym.Concat(arg1=a, arg0=b, name="c").list_arguments() == ["b", "a"]
    assert mx.sym.Concat(arg1=a, num_args=2, name="c").list_arguments() == ["c_arg0", "a"]
    for wrong, words in (
        (lambda: mx.sym.Concat(a, b, num_args=1), "Concat: .* requires 1, provided 2"),
        (lambda: mx.sym.Concat(a, other=b), "Concat: .*other not found.*arg0"),
        (lambda: mx.sym.Concat(), "value 0 for Parameter num_args .*Concat"),
    ):
        with pytest.raises(mx.MXNetError, match=words):
            wrong()


def test_enlarging_bilinearly_makes_the_weight_and_says_how_it_begins() -> None:
    made = mx.sym.UpSampling(mx.sym.var("x"), scale=2, sample_type="bilinear", num_filter=2, name="up")
    assert made.list_arguments() == ["x", "up_weight"]
    assert made.attr_dict()["up_weight"]["__init__"] == '["bilinear", {}]'
    assert made.attr_dict()["up"]["num_args"] == "1"
    module = mx.mod.Module(made, data_names=["x"], label_names=None)
    module.bind([("x", (1, 2, 3, 3))])
    module.init_params(mx.init.Zero())
    assert module.get_params()[0]["up_weight"][1, 0, 1].asnumpy().tolist() == [0.1875, 0.5625, 0.5625, 0.1875]


def test_operations_in_place_are_refused_except_for_the_remainder() -> None:
    x = mx.sym.var("x")
    with pytest.raises(mx.MXNetError, match=r'"-=".*<class .float.>'):
        x -= 1.0
    x %= 3
    assert x.eval(x=mx.nd.array([5, 7]))[0].asnumpy().tolist() == [2, 1]


@pytest.mark.parametrize(
    "call, same",
    [
        (lambda F, x: F.Pooling(x, kernel=None, global_pool=True), lambda F, x: F.Pooling(x, global_pool=True)),
        (lambda F, x: F.tile(x, reps=None), lambda F, x: F.identity(x)),
        (lambda F, x: F.Reshape(x, shape=(-1,), target_shape=None), lambda F, x: F.Reshape(x, shape=(-1,))),
        (lambda F, x: F.GridGenerator(x, "warp", target_shape=None), lambda F, x: F.GridGenerator(x, "warp")),
        (lambda F, x: F.broadcast_axis(x, axis=None, size=None), lambda F, x: F.identity(x)),
        (
            lambda F, x: F.contrib.AdaptiveAvgPooling2D(x, output_size=None),
            lambda F, x: F.mean(x, (2, 3), keepdims=True),
        ),
    ],
)
def test_a_tuple_given_as_none_is_one_that_was_not_given(call, same):
    x = mx.nd.arange(32).reshape((1, 2, 4, 4))
    expected = same(mx.nd, x).asnumpy()
    np.testing.assert_allclose(call(mx.nd, x).asnumpy(), expected)
    symbol = mx.sym.load_json(call(mx.sym, mx.sym.var("x")).tojson())
    np.testing.assert_allclose(symbol.eval(x=x)[0].asnumpy(), expected)


def test_attributes_of_nodes_of_one_name_are_found_together() -> None:
    scores = mx.sym.Convolution(mx.sym.var("data"), num_filter=2, kernel=(1, 1), name="same", attr={"lr_mult": "2"})
    made = mx.sym.reshape(scores, shape=(-1,), name="same")
    assert made.attr_dict()["same"] == {
        "num_filter": "2", "kernel": "(1, 1)", "__lr_mult__": "2", "lr_mult": "2", "shape": "(-1,)",
    }  # fmt: skip


def test_groups_have_the_attributes_of_their_first_output_in_a_list_and_none_by_name() -> None:
    x = mx.sym.var("x", lr_mult=2)
    for group, listed in (
        (mx.sym.Group([x, x * 3]), {"lr_mult": "2", "__lr_mult__": "2"}),
        (mx.sym.Group([x * 3, x]), {"scalar": "3"}),
    ):
        assert group.list_attr() == listed
        assert group.attr("lr_mult") is None


def test_descriptions_tell_how_often_states_have_been_written() -> None:
    x, mean = mx.sym.var("x"), mx.sym.var("mean")
    assert x.debug_str() == "Variable:x\n"
    text = mx.sym.BatchNorm(mx.sym.BatchNorm(x, moving_mean=mean, name="a"), moving_mean=mean, name="b").debug_str()
    assert "\toutput[0]=b(0)\n" in text
    assert "\targ[3]=mean(0) version=1\n\targ[4]=a_moving_var(0) version=1\n" in text
    assert "\targ[0]=a(0)\n\targ[1]=b_gamma(0) version=0\n" in text
    assert "\targ[3]=mean(0) version=2\n" in text


def test_copies_of_a_network_that_are_bound_together_share_their_parameters() -> None:
    net = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=1, no_bias=True, name="fc")
    both = mx.sym.Group([net(x=mx.sym.var("a")), net(x=mx.sym.var("b"))])
    assert both.list_arguments() == ["a", "fc_weight", "b"]
    values = {"a": mx.nd.array([[2]]), "b": mx.nd.array([[3]]), "fc_weight": mx.nd.array([[5]])}
    assert [out.asscalar() for out in both.bind(mx.cpu(), values).forward()] == [10, 15]
