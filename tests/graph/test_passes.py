"""Passes leave graphs well formed, and gradients as they were."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import InternalError
from mxnet._graph import passes
from mxnet._graph.cached_op import CachedOp
from mxnet._graph.gradients import without_gradients
from mxnet._graph.node import topological
from mxnet._graph.verify import verify
from tests.graph import graphs

PASSES = {p.__name__: p for p in (*passes.PASSES, passes.optimise, without_gradients)}


@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("graph", graphs.GRAPHS)
def test_graphs_are_well_formed_after_each_pass(graph: str, name: str) -> None:
    outputs = graphs.build(mx, graph)._outputs
    verify(outputs)
    made = PASSES[name](list(outputs))
    verify(made)
    variables = {id(n) for n in topological(made) if n.op is None}
    assert variables == {id(n) for n in topological(outputs) if n.op is None} and len(made) == len(outputs)


@pytest.mark.parametrize("graph", graphs.GRAPHS)
def test_a_pass_changes_nothing_where_what_it_looks_for_is_missing(graph: str) -> None:
    outputs = graphs.build(mx, graph)._outputs
    names = {n.op.name for n in topological(outputs) if n.op is not None}
    for step, operator in passes._LOOKS_FOR.items():
        made = step(outputs)
        assert operator in names or all(a is b and i == k for (a, i), (b, k) in zip(made, outputs, strict=True))


def test_what_is_not_well_formed_is_named() -> None:
    tanh = mx.sym.tanh(mx.sym.tanh(mx.sym.var("x"), name="inner"), name="outer")._outputs[0][0]
    with pytest.raises(InternalError, match="the outputs takes output 1 of <node tanh 'outer'>, which has 1"):
        verify([(tanh, 1)])
    inner = tanh.inputs[0][0]
    inner.inputs = [(tanh, 0)]
    with pytest.raises(InternalError, match="is on a cycle"):
        verify([(tanh, 0)])
    inner.inputs = [(mx.sym.var("x")._outputs[0][0], 0)] * 2
    with pytest.raises(InternalError, match="'inner'> has 2 inputs, expected 1 at most"):
        verify([(tanh, 0)])


V = mx.sym.var
X = V("x")
CONSTANTS = mx.sym.arange(4) * 2 + mx.sym.ones((4,))
# a graph of x, and the operators left of it in a program
SHORTENED = {
    "constants": (lambda: X * CONSTANTS, ["_constant", "elemwise_mul"]),
    "a constant of many uses": (lambda: X * CONSTANTS + CONSTANTS, ["_constant", "elemwise_mul", "elemwise_add"]),
    "constants taken by a constant alone": (
        lambda: mx.sym.concat(X, mx.sym.zeros((2,)), mx.sym.zeros((2,)) + 1, dim=0),
        ["_constant", "_constant", "Concat"],
    ),
    "an output that is one": (lambda: CONSTANTS + 0 * X, ["_constant", "_mul_scalar", "elemwise_add"]),
    "copies": (lambda: mx.sym.tanh(mx.sym.identity(mx.sym.identity(mx.sym.exp(X)))), ["exp", "tanh"]),
    "what is there twice": (lambda: mx.sym.exp(X) + mx.sym.exp(X), ["exp", "elemwise_add"]),
    "all of these": (
        lambda: mx.sym.identity(X * CONSTANTS + 1) * mx.sym.identity(X * CONSTANTS + 1),
        ["_constant", "elemwise_mul", "_plus_scalar", "elemwise_mul"],
    ),
    "random numbers stay": (
        lambda: X + 0 * mx.sym.random.uniform(shape=(4,)),
        ["_random_uniform", "_mul_scalar", "elemwise_add"],
    ),
    "what is large stays": (
        lambda: X + mx.sym.sum(mx.sym.zeros((1 << 19,))),
        ["_constant", "elemwise_add"],
    ),
}


def operators(program: object) -> list[str]:
    return [n.op.name for n in program.nodes]  # type: ignore[attr-defined]


def value(op: CachedOp) -> tuple:
    x = mx.nd.array([1, 2, 3, 4])
    x.attach_grad()
    with mx.autograd.record():
        made = op(x)
    made.backward()
    return made.asnumpy(), x.grad.asnumpy()


@pytest.mark.parametrize("name", SHORTENED)
def test_programs_have_fewer_steps_and_the_same_results(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    build, left = SHORTENED[name]
    if name == "what is large stays":
        build = lambda: X + mx.sym.slice_axis(mx.sym.zeros((1 << 19,)), axis=0, begin=0, end=4)  # noqa: E731
    symbol = build()
    names, text = symbol.get_internals().list_outputs(), symbol.tojson()
    short = CachedOp(symbol)
    assert operators(short.bound.program) == left
    run = symbol.simple_bind(mx.cpu(), x=(4,))
    assert operators(run._program.program) == left
    monkeypatch.setattr(passes, "PASSES", ())
    long = CachedOp(symbol)
    assert len(operators(long.bound.program)) >= len(left)
    for _ in range(2):
        assert all(np.array_equal(a, b) for a, b in zip(value(short), value(long), strict=True))
    assert (symbol.get_internals().list_outputs(), symbol.tojson()) == (names, text)


def test_large_constants_are_not_kept() -> None:
    large = X + mx.sym.zeros((1 << 19,))
    assert operators(CachedOp(large).bound.program) == ["_zeros", "elemwise_add"]


def test_constants_are_not_handed_out() -> None:
    op = CachedOp(mx.sym.Group([mx.sym.ones((2,)) * 3, X * 2]))
    first = op(mx.nd.zeros((1,)))[0]
    first[:] = 7
    assert op(mx.nd.zeros((1,)))[0].asnumpy().tolist() == [3, 3]
    dropped = CachedOp(mx.sym.Dropout(mx.sym.ones((2,)) * 3) + 0 * X)
    dropped(mx.nd.zeros((2,)))[:] = 7
    assert dropped(mx.nd.zeros((2,))).asnumpy().tolist() == [3, 3]


def test_states_that_an_operator_writes_are_its_own() -> None:
    op = CachedOp(mx.sym.sgd_mom_update(X, V("grad"), mx.sym.zeros((2,)) + 1, lr=1.0, momentum=0.5))
    for _ in range(2):
        assert op(mx.nd.zeros((2,)), mx.nd.ones((2,))).asnumpy().tolist() == [-0.5, -0.5]


def test_constants_whose_size_the_inputs_tell_are_folded_by_shape() -> None:
    op = CachedOp(X + (mx.sym.zeros((0, 3)) + 2))
    for rows in (2, 5, 2):
        assert np.array_equal(op(mx.nd.ones((rows, 3))).asnumpy(), np.full((rows, 3), 3))
    closed = op.bound.program.closed([mx.nd.ones((5, 3))._data])
    assert operators(closed) == ["_constant", "elemwise_add"]


def test_monitors_and_summaries_see_the_graph_as_it_was_written() -> None:
    symbol = mx.sym.tanh(mx.sym.identity(X * (mx.sym.ones((2,)) + 1)), name="out")
    run = symbol.simple_bind(mx.cpu(), x=(2,))
    assert "identity" in run.debug_str() and "_ones" in run.debug_str()
    seen: list[str] = []
    run.set_monitor_callback(lambda name, array: seen.append(name.decode()))
    run.forward()
    assert seen == symbol.get_internals().list_outputs()[1:]


def test_common_expressions_stay_apart_where_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXNET_ELIMINATE_COMMON_EXPR", "0")
    twice = mx.sym.exp(X) + mx.sym.exp(X)
    assert operators(CachedOp(twice).bound.program) == ["exp", "exp", "elemwise_add"]


@pytest.mark.parametrize("loss", [mx.sym.MakeLoss, mx.sym.make_loss])
def test_a_loss_that_a_graph_has_twice_gives_its_gradient_twice(loss: type) -> None:
    x = mx.sym.var("x")
    with mx.name.NameManager():
        run = mx.sym.Group([loss(x * x), loss(x * x)]).simple_bind(mx.cpu(), x=(3,))
    run.arg_dict["x"][:] = mx.nd.array([1, 2, 3])
    run.forward(is_train=True)
    run.backward()
    assert np.array_equal(run.grad_dict["x"].asnumpy(), [4, 8, 12])


@pytest.mark.parametrize("mode", ["lstm", "gru", "rnn_tanh"])
@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "dropout": 0.0}, {"bidirectional": True}])
def test_recurrent_layers_take_their_parameters_one_by_one(mode: str, options: dict) -> None:
    layers = {"lstm": mx.gluon.rnn.LSTM, "gru": mx.gluon.rnn.GRU, "rnn_tanh": mx.gluon.rnn.RNN}
    options = options | ({"activation": "tanh"} if mode == "rnn_tanh" else {})
    layer = layers[mode](4, **options)
    whole = mx.gluon.nn.HybridSequential()  # in which states are symbols of open sizes
    whole.add(layer)
    whole.initialize(mx.init.Normal(0.5))
    x = mx.nd.array(np.random.default_rng(0).normal(size=(3, 2, 5)))
    seen = []
    for hybridize in (False, True):
        whole.hybridize(hybridize)
        with mx.autograd.record():
            made = whole(x)
        made.backward()
        seen.append([made.asnumpy(), *[p.grad().asnumpy() for p in whole.collect_params().values()]])
    symbol = whole(mx.sym.var("data"))
    assert "_rnn_param_concat" in symbol.tojson() and "_RNN_of_parts" not in symbol.tojson()
    run = symbol.simple_bind(mx.cpu(), data=(3, 2, 5))
    assert operators(run._program.program).count("_RNN_of_parts") == 1 and "Reshape" not in operators(
        run._program.program
    )
    for name, array in run.arg_dict.items():
        array[:] = x if name == "data" else whole.collect_params()[name].data()
    run.forward(is_train=True)
    run.backward(mx.nd.ones(made.shape))
    seen.append([run.outputs[0].asnumpy(), *[run.grad_dict[n].asnumpy() for n in whole.collect_params()]])
    vector = mx.nd.concat(*[whole.collect_params()[n].data().reshape(-1) for n in joined(symbol)], dim=0)
    states = [mx.nd.zeros((layer._num_layers * layer._dir, 2, 4)) for _ in layer.state_info()]
    plain = {"num_layers": layer._num_layers, "bidirectional": layer._dir == 2}
    seen.append([mx.nd.RNN(x, vector, *states, state_size=4, mode=mode, **plain).asnumpy()])
    for other in seen[1:]:
        assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(seen[0], other, strict=len(other) > 1))


def joined(symbol: object) -> list[str]:
    """The parameters in the order of the vector."""
    (node,) = [n for n in topological(symbol._outputs) if n.op and n.op.name == "_rnn_param_concat"]  # type: ignore[attr-defined]
    return [child.inputs[0][0].name for child, _ in node.inputs]


@pytest.mark.parametrize(
    ("wrong", "error"), [({"h2h_weight": (16, 5)}, "parameters has shape"), ({}, "expected one dtype")]
)
def test_parameters_that_do_not_fit_are_refused(wrong: dict, error: str) -> None:
    shapes = {"i2h_weight": (16, 5), "h2h_weight": (16, 4), "i2h_bias": (16,), "h2h_bias": (16,)} | wrong
    flat = [V(n).reshape(-1) for n in shapes]
    vector = mx.sym._internal._rnn_param_concat(*flat, dim=0)
    op = CachedOp(mx.sym.RNN(X, vector, V("h"), V("c"), state_size=4, num_layers=1, mode="lstm"))
    dtype = "float32" if wrong else "float64"
    arrays = [mx.nd.ones((3, 2, 5)), *[mx.nd.ones(s) for s in shapes.values()], *[mx.nd.ones((1, 2, 4))] * 2]
    arrays[1] = arrays[1].astype(dtype)
    with pytest.raises(mx.MXNetError, match=error):
        op(*arrays).wait_to_read()


def test_layers_leave_names_as_they_are_and_zero_states_alone() -> None:
    layer = mx.gluon.rnn.LSTM(4, input_size=5)
    layer.initialize()
    with mx.name.NameManager():
        first = layer(mx.nd.ones((3, 2, 5)))
        assert mx.sym.tanh(V("x")).name == "tanh0"
    again = layer(mx.nd.ones((3, 2, 5)))
    assert np.array_equal(first.asnumpy(), again.asnumpy())
    assert layer(mx.nd.ones((3, 7, 5))).shape == (3, 7, 4)
    with mx.autograd.record():
        made = layer(mx.nd.ones((3, 2, 5)))
    names = [n.op.name for n in topological(mx.autograd.get_symbol(made)._outputs) if n.op]
    assert "RNN" in names and "_rnn_param_concat" in names


def test_the_recorded_symbol_of_a_program_is_the_graph_as_it_was_written() -> None:
    op = CachedOp(mx.sym.identity(mx.sym.exp(X * (mx.sym.ones((2,)) + 1))) * 2, [("inline_limit", 6)])
    x = mx.nd.ones((2,))
    x.attach_grad()
    with mx.autograd.record():
        made = op(x)
    written = [n.op.name for n in topological(mx.autograd.get_symbol(made)._outputs) if n.op]
    assert written == ["_ones", "_plus_scalar", "elemwise_mul", "exp", "_copy", "_mul_scalar"]


Y = V("y")
LOGARITHMS = mx.sym.log_softmax(X)
PICKED = -mx.sym.pick(LOGARITHMS, Y, keepdims=True)
LOSSES = {
    "a loss of each": (PICKED, ["_loss_of_labels"]),
    "by the operator": (mx.sym.negative(mx.sym.pick(LOGARITHMS, Y)), ["_loss_of_labels"]),
    "the mean of each sample": (mx.sym.mean(PICKED, axis=0, exclude=True), ["_loss_of_labels"]),
    "the mean and what it is of": (
        mx.sym.Group([mx.sym.mean(PICKED, axis=0, exclude=True), PICKED]),
        ["_loss_of_labels", "mean"],
    ),
    "the logarithms too": (mx.sym.Group([PICKED, LOGARITHMS]), ["log_softmax", "pick", "_mul_scalar"]),
    "the mean of all": (mx.sym.mean(PICKED), ["_loss_of_labels", "mean"]),
    "of another axis": (-mx.sym.pick(mx.sym.log_softmax(X, axis=0), Y), ["log_softmax", "pick", "_mul_scalar"]),
    "wrapping": (-mx.sym.pick(LOGARITHMS, Y, mode="wrap"), ["log_softmax", "pick", "_mul_scalar"]),
    "heated": (-mx.sym.pick(mx.sym.log_softmax(X, temperature=2.0), Y), ["log_softmax", "pick", "_mul_scalar"]),
}


@pytest.mark.parametrize("shape", [(5,), (4, 5), (3, 4, 5), (2, 3, 4, 5)])
@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_labels_are_those_of_their_operators(
    name: str, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    symbol, left = LOSSES[name]
    short = CachedOp(symbol)
    assert operators(short.bound.program) == left
    monkeypatch.setattr(passes, "PASSES", ())
    random = np.random.RandomState(0)
    x, y = mx.nd.array(random.randn(*shape)), mx.nd.array(random.randint(-1, 7, shape[:-1] or (1,)))
    x.attach_grad()
    found = []
    for op in (short, CachedOp(symbol)):
        with mx.autograd.record():
            made = op(x, y)
            made = made if isinstance(made, list) else [made]
            total = sum((m * m).sum() for m in made)
        total.backward()
        found.append([*(m.asnumpy() for m in made), x.grad.asnumpy()])
    for a, b in zip(*found, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


# -- losses inside of a graph ----------------------------------------------------------------------------------------

PROBABILITIES = [[-0.90997, 0.244728, 0.665241], [0.090031, -0.755272, 0.665241]]

BEHIND = {
    "BlockGrad": lambda F, p, x: F.BlockGrad(p),
    "argmax": lambda F, p, x: F.argmax(p, axis=1),
    "a comparison": lambda F, p, x: F.broadcast_greater(p, x),
    "zeros_like": lambda F, p, x: F.zeros_like(p),
    "topk": lambda F, p, x: F.topk(p, k=1),
    "an index": lambda F, p, x: F.one_hot(F.argmax(p, axis=1), 3),
}


@pytest.mark.parametrize("stop", BEHIND)
@pytest.mark.parametrize("mirrored", ["0", "1"])
def test_a_loss_gives_its_gradient_whatever_stands_between_it_and_the_outputs(
    stop: str, mirrored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MXNET_BACKWARD_DO_MIRROR", mirrored)
    x, label = mx.sym.var("x"), mx.sym.var("label")
    stopped = BEHIND[stop](mx.sym, mx.sym.SoftmaxOutput(x, label), x)
    for net, more in (stopped, 0), (mx.sym.Group([mx.sym.MakeLoss(x), stopped]), 1):
        executor = net.simple_bind(mx.cpu(), x=(2, 3), label=(2,))
        executor.arg_dict["x"][:] = mx.nd.array([[1, 2, 3], [4, 5, 6]])
        executor.arg_dict["label"][:] = mx.nd.array([0, 1])
        executor.forward(is_train=True)
        executor.backward()
        np.testing.assert_allclose(executor.grad_dict["x"].asnumpy(), np.array(PROBABILITIES) + more, rtol=1e-4)


@pytest.mark.parametrize("stop", BEHIND)
def test_a_loss_in_a_hybridized_block_gives_its_gradient_as_in_one_that_is_not(stop: str) -> None:
    class Stopped(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x, label):
            return F.sum(x) + F.sum(BEHIND[stop](F, F.SoftmaxOutput(x, label), x))

    found = []
    for hybrid in (False, True):
        block, x = Stopped(), mx.nd.array([[1, 2, 3], [4, 5, 6]])
        block.hybridize(hybrid)
        x.attach_grad()
        with mx.autograd.record():
            made = block(x, mx.nd.array([0, 1]))
        made.backward()
        found.append(x.grad.asnumpy())
    np.testing.assert_allclose(found[0], np.array(PROBABILITIES) + 1, rtol=1e-4)
    np.testing.assert_array_equal(found[1], found[0])
