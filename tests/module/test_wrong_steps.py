"""Modules and executors that are given what does not fit: what they say, and the state that they are in then."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mxnet as mx

DATA, LABEL = [("data", (2, 4))], [("softmax_label", (2,))]


def scores() -> mx.sym.Symbol:
    return mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc")


def net() -> mx.sym.Symbol:
    return mx.sym.SoftmaxOutput(scores(), name="softmax")


def two_losses() -> mx.mod.Module:
    common = scores()
    losses = [mx.sym.LinearRegressionOutput(common, mx.sym.var(n), name=f"loss_{n}") for n in "ab"]
    return mx.mod.Module(mx.sym.Group(losses), label_names=["a", "b"])


def module() -> mx.mod.Module:
    made = mx.mod.Module(net())
    made.bind(DATA, LABEL)
    made.init_params()
    return made


def executor() -> mx.executor.Executor:
    return net().simple_bind(mx.cpu(), data=(2, 4))


def data(**more: Any) -> mx.io.NDArrayIter:
    return mx.io.NDArrayIter(np.ones((4, 4), "float32"), np.zeros(4), 2, **more)


def bucketing() -> mx.mod.BucketingModule:
    made = mx.mod.BucketingModule(lambda key: (scores(), ("data",), None), default_bucket_key=4)
    made.bind(DATA)
    made.init_params()
    return made


class Undefined(mx.autograd.Function):
    pass


x = mx.nd.ones((2, 4))
WRONG: dict[str, tuple[Callable[[], Any], type, str]] = {
    "labels of another name to fit to": (
        lambda: mx.mod.Module(net()).fit(data(label_name="foo"), num_epoch=1),
        KeyError,
        r"label_shapes name \['foo'\], expected \['softmax_label'\].*label_name='softmax_label'",
    ),
    "two labels of other names": (
        lambda: two_losses().bind(DATA, [("aa", (2, 2)), ("bb", (2, 2))]),
        KeyError,
        r"\['aa', 'bb'\], expected \['a', 'b'\]",
    ),
    "a label too many": (
        lambda: mx.mod.Module(net()).bind(DATA, [*LABEL, ("foo", (2,))]),
        KeyError,
        r"\['softmax_label', 'foo'\]",
    ),
    "a label for a symbol without any": (
        lambda: mx.mod.Module(scores(), label_names=None).bind(DATA, LABEL, for_training=False),
        KeyError,
        "bind it without label_shapes",
    ),
    "a label of another name to reshape to": (
        lambda: module().reshape(DATA, [("foo", (2,))]),
        mx.MXNetError,
        r"expected \['softmax_label'\]",
    ),
    "labels that are missing": (
        lambda: mx.mod.Module(net()).fit(mx.io.NDArrayIter(np.ones((4, 4)), None, 2), num_epoch=1),
        mx.MXNetError,
        "there are no labels: give the data iterator",
    ),
    "a number for a shared module": (
        lambda: mx.mod.Module(net()).bind(DATA, LABEL, shared_module=5),
        AssertionError,
        "shared_module must be a Module, got int",
    ),
    "an optimizer in place of the store": (
        lambda: module().init_optimizer("sgd", {"momentum": 0.9}),
        AssertionError,
        "must be a name or an Optimizer, got {'momentum': 0.9}; the first argument is kvstore",
    ),
    "no optimizer": (lambda: module().init_optimizer(optimizer=None), AssertionError, "got None"),
    "no initializer": (lambda: module().init_params(None, force_init=True), TypeError, "neither an initializer nor"),
    "no initializer to fit with": (
        lambda: mx.mod.Module(net()).fit(data(), num_epoch=1, initializer=None),
        TypeError,
        "neither an initializer nor arg_params for fc_bias",
    ),
    "a list of arrays for the batch": (
        lambda: module().forward([x]),
        AttributeError,
        "got a list with NDArray; make a batch by mx.io.DataBatch",
    ),
    "a batch of a new bucket without shapes": (
        lambda: bucketing().forward(mx.io.DataBatch([x], bucket_key=5)),
        TypeError,
        "the batch for a new bucket, 5, has no provide_data",
    ),
    "a number to predict for": (lambda: module().predict(5), ValueError, "expected an array or a data iterator"),
    "an array for is_train": (
        lambda: executor().forward(x),
        TypeError,
        r"is_train must be a bool, got NDArray; give arguments by name: forward\(data=x\)",
    ),
    "a word for is_train": (lambda: executor().forward("yes"), ValueError, "must be a bool, got str"),
    "shapes without a name": (lambda: executor().reshape({"data": (3, 4)}), TypeError, "reshape.data=.3, 4"),
    "an array for a context": (lambda: scores().eval(x), TypeError, r"eval\(data=x\)"),
    "a number for an argument": (lambda: executor().forward(data=5), ValueError, "NDArrays and numpy.ndarray"),
    "an argument that is none": (lambda: executor().forward(typo=x), TypeError, "Unknown argument typo"),
    "no arguments": (lambda: scores().bind(mx.cpu(), None), TypeError, "args is None"),
    "the dtype of an argument that is none": (
        lambda: net().simple_bind(mx.cpu(), type_dict={"typo": "float32"}, data=(2, 4)),
        RuntimeError,
        "type_dict has 'typo'",
    ),
    "the storage type of an argument that is none": (
        lambda: net().simple_bind(mx.cpu(), stype_dict={"typo": "row_sparse"}, data=(2, 4)),
        RuntimeError,
        "stype_dict has 'typo'",
    ),
    "a negative length": (
        lambda: scores().infer_shape(data=(2, -3)),
        mx.MXNetError,
        r"'data' has shape \(2, -3\), expected lengths",
    ),
    "a function without forward": (lambda: Undefined()(x), NotImplementedError, "must define forward"),
    "the graph of a number": (lambda: mx.autograd.get_symbol(5), AssertionError, "expected an NDArray, got int"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_fit_is_refused_in_words_and_as_in_1_9_1(what: str) -> None:
    call, kind, words = WRONG[what]
    with pytest.raises(kind, match=words) as caught:
        call()
    assert isinstance(caught.value, mx.MXNetError)


def test_labels_go_where_their_names_say_in_any_order_and_may_be_some_of_them() -> None:
    made = two_losses()
    made.bind(DATA, [("b", (2, 2)), ("a", (2, 2))])
    made.init_params()
    made.forward(mx.io.DataBatch([x], [mx.nd.full((2, 2), 5), mx.nd.full((2, 2), 7)]))
    arrays = made._exec_group.execs[0].arg_dict
    assert (arrays["a"].asnumpy() == 7).all() and (arrays["b"].asnumpy() == 5).all()
    made = two_losses()
    made.bind(DATA, [("a", (2, 2))])
    assert [d.name for d in made.label_shapes] == ["a"]


def test_a_module_that_could_not_be_bound_anew_is_not_bound_and_keeps_its_parameters() -> None:
    made = module()
    before = made.get_params()[0]["fc_weight"].asnumpy()
    with pytest.raises(mx.MXNetError, match=r"fc_weight has shape \(2, 4\), expected \(2, 9\)"):
        made.bind([("data", (3, 9))], [("softmax_label", (3,))], force_rebind=True)
    assert not made.binded
    with pytest.raises(AssertionError, match=r"call bind\(\) first"):
        made.forward(mx.io.DataBatch([mx.nd.ones((3, 9))], [mx.nd.ones((3,))]))
    made.bind(DATA, LABEL)
    made.forward(mx.io.DataBatch([x], [mx.nd.ones((2,))]))
    assert (made.get_params()[0]["fc_weight"].asnumpy() == before).all()


@pytest.mark.parametrize("weight", [mx.nd.ones((1, 4)), mx.nd.ones((4, 2)), mx.nd.ones((8,)), [1, 2], 5, None])
def test_values_that_do_not_fit_change_no_parameter(weight: Any) -> None:
    made, values = executor(), {"fc_bias": mx.nd.ones((2,)), "fc_weight": weight}
    with pytest.raises(RuntimeError, match="fc_weight"):
        made.copy_params_from(values)
    assert made.arg_dict["fc_bias"].asnumpy().tolist() == [0, 0]
    with pytest.raises(RuntimeError, match="fc_weight"):
        mx.model.FeedForward(net(), arg_params=values, aux_params={}).predict(np.ones((4, 4), "float32"))


def test_epochs_in_the_names_of_checkpoints_are_numbers_without_their_fractions(tmp_path: pathlib.Path) -> None:
    prefix, made = str(tmp_path / "a"), module()
    with pytest.raises(TypeError, match="epoch must be a number, got 'x'"):
        made.save_checkpoint(prefix, "x")
    assert not list(tmp_path.iterdir())
    made.save_checkpoint(prefix, 1.0)
    mx.model.save_checkpoint(prefix, 2.5, None, {}, {})
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a-0001.params", "a-0002.params", "a-symbol.json"]
    assert set(mx.model.load_checkpoint(prefix, 1.5)[1]) == {"fc_weight", "fc_bias"}
