"""Programs on symbols whose answers are 1.9.1's: see record.py. The names are read as ``test_...[name]``."""

from __future__ import annotations

import copy
import operator

from tests.graph.graph_kit import collector, mlp

PROBES, each = collector()


def bn(mx):
    return mx.sym.BatchNorm(mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), num_filter=4, name="conv"), name="bn")


def lists(symbol):
    return {
        "arguments": symbol.list_arguments(),
        "states": symbol.list_auxiliary_states(),
        "inputs": symbol.list_inputs(),
        "outputs": symbol.list_outputs(),
        "name": symbol.name,
        "length": len(symbol),
    }


def attributes(symbol):
    return symbol.attr_dict()


# -- names and lists -------------------------------------------------------------------------------------------------

each(
    {
        "lists of a net": lambda mx, np: lists(mlp(mx)),
        "lists of a net with states": lambda mx, np: lists(bn(mx)),
        "lists of a variable": lambda mx, np: lists(mx.sym.var("x")),
        "automatic names count by operator": lambda mx, np: [
            mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=1).name, mx.sym.tanh(mx.sym.var("x")).name,
            mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=1).name, mx.sym.exp(mx.sym.var("x"), name="mine").name,
            mx.sym.exp(mx.sym.var("x")).name, mx.sym.linalg.gemm2(mx.sym.var("x"), mx.sym.var("y")).name,
            mx.sym.contrib.box_nms(mx.sym.var("x")).name, mx.sym.random.uniform().name,
            mx.sym.Concat(mx.sym.var("x"), mx.sym.var("y")).name, mx.sym.concat(mx.sym.var("x"), dim=0).name,
        ],
        "names of variables to come": lambda mx, np: lists(mx.sym.Convolution(num_filter=2, kernel=(1, 1))),
        "a prefix": lambda mx, np: _prefixed(mx),
        "string of a symbol": lambda mx, np: [repr(mlp(mx)), repr(mx.sym.Group([mx.sym.var("a"), mx.sym.var("b")]))],
        "outputs of operators with several": lambda mx, np: [
            mx.sym.split(mx.sym.var("x"), num_outputs=2).list_outputs(),
            mx.sym.topk(mx.sym.var("x"), ret_typ="both").list_outputs(),
            mx.sym.BatchNorm(mx.sym.var("x"), output_mean_var=True, name="b").list_outputs(),
            mx.sym.LayerNorm(mx.sym.var("x"), name="l").list_outputs(),
            mx.sym.linalg.gelqf(mx.sym.var("x")).list_outputs(),
        ],
        "two variables of one name": lambda mx, np: lists(mx.sym.var("x") + mx.sym.var("x")),
        "one variable twice": lambda mx, np: (lambda x: lists(x + x))(mx.sym.var("x")),
        "name and attributes by position": lambda mx, np: [
            mx.sym.sum(mx.sym.var("x"), 0, True, False, "total").list_outputs(),
            mx.sym.broadcast_add(mx.sym.var("x"), mx.sym.var("y"), "both").list_outputs(),
            mx.sym.exp(mx.sym.var("x"), "e", {"mood": "good"}).attr_dict(),
            mx.sym.FullyConnected(mx.sym.var("x"), mx.sym.var("w"), None, 3, True, True, "fc").list_arguments(),
        ],
        "no bias": lambda mx, np: lists(mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=2, no_bias=True)),
        "inputs by name": lambda mx, np: lists(
            mx.sym.FullyConnected(weight=mx.sym.var("w"), data=mx.sym.var("d"), num_hidden=2)
        ),
    }
)  # fmt: skip


def _prefixed(mx):
    with mx.name.Prefix("net_"):
        x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2)
        return lists(mx.sym.tanh(x, name="last"))


# -- internals, children, outputs ------------------------------------------------------------------------------------

each(
    {
        "internals": lambda mx, np: bn(mx).get_internals().list_outputs(),
        "internals of several outputs": lambda mx, np: (
            (mx.sym.split(mx.sym.var("x"), num_outputs=2, name="s")[1] + 1).get_internals().list_outputs()
        ),
        "an internal by name": lambda mx, np: lists(mlp(mx).get_internals()["fc1_output"]),
        "an internal by number": lambda mx, np: lists(mlp(mx).get_internals()[3]),
        "no such output": lambda mx, np: mlp(mx).get_internals()["fc1"],
        "an output beyond the last": lambda mx, np: mlp(mx)[1],
        "an output by a float": lambda mx, np: mlp(mx)[0.5],
        "children": lambda mx, np: mlp(mx).get_children().list_outputs(),
        "children of a variable": lambda mx, np: mx.sym.var("x").get_children(),
        "children of a group": lambda mx, np: (
            mx.sym.Group([mx.sym.var("x") + mx.sym.var("y"), mx.sym.tanh(mx.sym.var("z"))])
            .get_children()
            .list_outputs()
        ),
        "iteration": lambda mx, np: [s.list_outputs() for s in mx.sym.split(mx.sym.var("x"), num_outputs=3, name="s")],
        "a group": lambda mx, np: lists(mx.sym.Group([mlp(mx), mx.sym.var("y"), bn(mx)])),
        "a group in a group": lambda mx, np: lists(mx.sym.Group([mx.sym.Group([mx.sym.var("a")]), mx.sym.var("b")])),
        "a group by name": lambda mx, np: mx.sym.Group([mx.sym.var("a"), mx.sym.tanh(mx.sym.var("b"))])["b"],
        "a group of nothing": lambda mx, np: mx.sym.Group([]),
        "a group of numbers": lambda mx, np: mx.sym.Group([1, 2]),
    }
)

# -- attributes ------------------------------------------------------------------------------------------------------


def _scopes(mx):
    with mx.AttrScope(__group__="1", __data__="great"):
        a = mx.sym.var("a", attr={"__dtype__": "0", "__group__": "9"})
        with mx.AttrScope(__group__="2", ctx_group="dev"):
            b = mx.sym.tanh(a, name="b")
        c = mx.sym.exp(b, name="c")
    return attributes(mx.sym.sin(c, name="d"))


def _changed(mx):
    x = mlp(mx)
    x._set_attr(__mood__="calm", lr_mult="2")
    return [x.attr("__mood__"), x.attr("lr_mult"), x.attr("__lr_mult__"), x.attr("nothing"), x.list_attr()]


each(
    {
        "attributes of a net": lambda mx, np: attributes(mlp(mx)),
        "attributes of states": lambda mx, np: attributes(bn(mx)),
        "attributes by scope": lambda mx, np: _scopes(mx),
        "attributes are set": lambda mx, np: _changed(mx),
        "attributes of a variable": lambda mx, np: attributes(
            mx.sym.var("x", shape=(2, 3), dtype="int8", lr_mult=1.5, wd_mult=0, init=mx.init.One(), __a__="b")
        ),
        "an attribute of a variable without underscores": lambda mx, np: mx.sym.var("x", mood="calm"),
        "an attribute that is no text": lambda mx, np: mx.sym.var("x", attr={"a": 1}),
        "a scope with an attribute that is no text": lambda mx, np: mx.AttrScope(a=1),
        "a variable's name that is no text": lambda mx, np: mx.sym.var(3),
        "an attribute that the operator has not": lambda mx, np: mx.sym.tanh(mx.sym.var("x")).attr("axis"),
        "attributes of a group": lambda mx, np: attributes(mx.sym.Group([mlp(mx), mx.sym.var("y", __a__="b")])),
        "attributes for an input": lambda mx, np: mx.sym.Dropout(mx.sym.var("x"), attr={"data_lr_mult": "1"}),
        "an unknown attribute": lambda mx, np: mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=1, mood="calm"),
        "a value that can not be read": lambda mx, np: mx.sym.FullyConnected(mx.sym.var("x"), num_hidden="many"),
        "a missing attribute": lambda mx, np: mx.sym.FullyConnected(mx.sym.var("x")),
        "attributes of all, which went away": lambda mx, np: mlp(mx).list_attr(recursive=True),
    }
)

# -- composition -----------------------------------------------------------------------------------------------------


def _composed(mx):
    head = mx.sym.FullyConnected(mx.sym.var("in"), num_hidden=3, name="head")
    both = head(**{"in": mx.sym.tanh(mx.sym.var("x"), name="body")}, name="both")
    return [lists(both), lists(head), attributes(both)]


each(
    {
        "composition by name": lambda mx, np: _composed(mx),
        "composition of states": lambda mx, np: lists(bn(mx)(bn_moving_mean=mx.sym.var("mean"))),
        "composition both ways": lambda mx, np: mlp(mx)(mx.sym.var("x"), data=mx.sym.var("y")),
        "composition with a number": lambda mx, np: mlp(mx)(data=3),
        "an operator on a number": lambda mx, np: mx.sym.tanh(3),
        "an operator on an array": lambda mx, np: mx.sym.tanh(mx.nd.ones((1,))),
        "an operator on a group": lambda mx, np: mx.sym.tanh(mx.sym.Group([mx.sym.var("x"), mx.sym.var("y")])),
        "a state that is calculated": lambda mx, np: mx.sym.BatchNorm(mx.sym.var("x"), moving_mean=mx.sym.var("m") * 2),
        "copies are apart": lambda mx, np: _apart(mx),
    }
)


def _apart(mx):
    x = mlp(mx)
    y = copy.deepcopy(x)
    y._set_attr(__mood__="calm")
    return [x.attr("__mood__"), y.attr("__mood__"), lists(y)]


# -- arithmetic ------------------------------------------------------------------------------------------------------


def _value(make):
    """What ``make(a, b)`` calculates, and how its nodes are called."""

    def probe(mx, np):
        a, b = mx.sym.var("a"), mx.sym.var("b")
        made = make(mx, a, b)
        given = {"a": mx.nd.array([[1, 2.5], [-3, 4]]), "b": mx.nd.array([[2, 2.5], [3, -1]])}
        needed = {k: v for k, v in given.items() if k in made.list_arguments()}
        return [made.get_internals().list_outputs(), made.eval(**needed)[0]]

    return probe


each(
    {
        "arithmetic: a + b": _value(lambda mx, a, b: a + b),
        "arithmetic: a - b": _value(lambda mx, a, b: a - b),
        "arithmetic: a * b": _value(lambda mx, a, b: a * b),
        "arithmetic: a / b": _value(lambda mx, a, b: a / b),
        "arithmetic: a % b": _value(lambda mx, a, b: a % b),
        "arithmetic: b ** a": _value(lambda mx, a, b: b**a),
        "arithmetic: a + 2": _value(lambda mx, a, b: a + 2),
        "arithmetic: 2 + a": _value(lambda mx, a, b: 2 + a),
        "arithmetic: a - 2": _value(lambda mx, a, b: a - 2),
        "arithmetic: 2 - a": _value(lambda mx, a, b: 2 - a),
        "arithmetic: a * 2": _value(lambda mx, a, b: a * 2),
        "arithmetic: 2 * a": _value(lambda mx, a, b: 2 * a),
        "arithmetic: a / 2": _value(lambda mx, a, b: a / 2),
        "arithmetic: 2 / a": _value(lambda mx, a, b: 2 / a),
        "arithmetic: a % 2": _value(lambda mx, a, b: a % 2),
        "arithmetic: 7 % a": _value(lambda mx, a, b: 7 % a),
        "arithmetic: b ** 2": _value(lambda mx, a, b: b**2),
        "arithmetic: 2 ** b": _value(lambda mx, a, b: 2**b),
        "arithmetic: -a": _value(lambda mx, a, b: -a),
        "arithmetic: abs(a)": _value(lambda mx, a, b: abs(a)),
        "arithmetic: a == b": _value(lambda mx, a, b: a == b),
        "arithmetic: a != b": _value(lambda mx, a, b: a != b),
        "arithmetic: a > b": _value(lambda mx, a, b: a > b),
        "arithmetic: a >= b": _value(lambda mx, a, b: a >= b),
        "arithmetic: a < b": _value(lambda mx, a, b: a < b),
        "arithmetic: a <= b": _value(lambda mx, a, b: a <= b),
        "arithmetic: a == 2.5": _value(lambda mx, a, b: a == 2.5),
        "arithmetic: a != 2.5": _value(lambda mx, a, b: a != 2.5),
        "arithmetic: a > 1": _value(lambda mx, a, b: a > 1),
        "arithmetic: a >= 1": _value(lambda mx, a, b: a >= 1),
        "arithmetic: a < 1": _value(lambda mx, a, b: a < 1),
        "arithmetic: a <= 1": _value(lambda mx, a, b: a <= 1),
        "arithmetic: 1 < a": _value(lambda mx, a, b: 1 < a),
        "arithmetic: mx.sym.maximum(a, b)": _value(lambda mx, a, b: mx.sym.maximum(a, b)),
        "arithmetic: mx.sym.maximum(a, 2)": _value(lambda mx, a, b: mx.sym.maximum(a, 2)),
        "arithmetic: mx.sym.maximum(2, a)": _value(lambda mx, a, b: mx.sym.maximum(2, a)),
        "arithmetic: mx.sym.minimum(a, b)": _value(lambda mx, a, b: mx.sym.minimum(a, b)),
        "arithmetic: mx.sym.minimum(2, a)": _value(lambda mx, a, b: mx.sym.minimum(2, a)),
        "arithmetic: mx.sym.hypot(a, b)": _value(lambda mx, a, b: mx.sym.hypot(a, b)),
        "arithmetic: mx.sym.hypot(a, 3)": _value(lambda mx, a, b: mx.sym.hypot(a, 3)),
        "arithmetic: mx.sym.power(2, b)": _value(lambda mx, a, b: mx.sym.power(2, b)),
        "arithmetic: mx.sym.pow(b, 3)": _value(lambda mx, a, b: mx.sym.pow(b, 3)),
        "arithmetic: mx.sym.power(b, a)": _value(lambda mx, a, b: mx.sym.power(b, a)),
        "arithmetic: a.sum(axis=1)": _value(lambda mx, a, b: a.sum(axis=1)),
        "arithmetic: a.reshape((4,))": _value(lambda mx, a, b: a.reshape((4,))),
        "arithmetic: a.astype('int32')": _value(lambda mx, a, b: a.astype("int32")),
        "arithmetic: mx.sym.dot(a, b) + mx.sym.sum(a, axis=0, keepdims=1)": _value(
            lambda mx, a, b: mx.sym.dot(a, b) + mx.sym.sum(a, axis=0, keepdims=1)
        ),
        "arithmetic: mx.sym.ones((2, 2)) + a": _value(lambda mx, a, b: mx.sym.ones((2, 2)) + a),
        "arithmetic: mx.sym.zeros_like(a)": _value(lambda mx, a, b: mx.sym.zeros_like(a)),
        "arithmetic: mx.sym.arange(4).reshape((2, 2)) * a": _value(
            lambda mx, a, b: mx.sym.arange(4).reshape((2, 2)) * a
        ),
        "arithmetic: a.transpose()": _value(lambda mx, a, b: a.transpose()),
    }
)
each(
    {
        "truth of a symbol": lambda mx, np: bool(mx.sym.var("a")),
        "adding in place": lambda mx, np: operator.iadd(mx.sym.var("a"), 1),
        "a symbol plus a text": lambda mx, np: mx.sym.var("a") + "b",
        "a symbol plus an array": lambda mx, np: mx.sym.var("a") + mx.nd.ones((1,)),
        "the values of a symbol": lambda mx, np: mx.sym.var("a").asnumpy(),
        "maximum of numbers": lambda mx, np: [mx.sym.maximum(1, 2), mx.sym.minimum(1, 2), mx.sym.power(2, 3)],
        "maximum of texts": lambda mx, np: mx.sym.maximum("a", "b"),
        "the gradient": lambda mx, np: mlp(mx).gradient(["data"]),
        "evaluation without a value": lambda mx, np: (mx.sym.var("a") + mx.sym.var("b")).eval(a=mx.nd.ones((1,))),
    }
)
