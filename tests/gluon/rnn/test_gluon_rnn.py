"""Recurrent cells and layers: against 1.9.1, against formulas, fused against unfused."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon import contrib, rnn
from tests.answers import check, recorded
from tests.gluon.rnn.gluon_rnn_probes import PROBES, filled, ramp

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "cells.json", PROBES)


@pytest.mark.parametrize("name", PROBES)
def test_texts_names_graphs_and_values_are_those_of_mxnet(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def formula(kind: str, x: np.ndarray, states: list[np.ndarray], weights: list[np.ndarray]) -> tuple[Any, Any]:
    """One layer in one direction, step by step."""
    w, v, b, d = weights
    h = states[0]
    c = states[-1]
    outputs = []
    for step in x:
        i2h, h2h = step @ w.T + b, h @ v.T + d
        if kind == "LSTM":
            i, f, g, o = np.split(i2h + h2h, 4, axis=1)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        elif kind == "GRU":
            (ir, iz, io), (hr, hz, ho) = np.split(i2h, 3, axis=1), np.split(h2h, 3, axis=1)
            z = sigmoid(iz + hz)
            h = (1 - z) * np.tanh(io + sigmoid(ir + hr) * ho) + z * h
        else:
            h = np.maximum(i2h + h2h, 0)
        outputs.append(h)
    return np.stack(outputs), [h, c] if kind == "LSTM" else [h]


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_a_layer_computes_its_formula(kind: str, hybrid: bool) -> None:
    layer = getattr(rnn, kind)(4)
    layer.initialize()
    layer(mx.nd.ones((3, 2, 5)))
    filled(mx, np, layer.collect_params())
    if hybrid:
        layer.hybridize()
    x, states = ramp(mx, np, 3, 2, 5), [ramp(mx, np, *info["shape"]) for info in layer.state_info(2)]
    got, after = layer(x, states)
    weights = [p.data().asnumpy() for p in layer.collect_params().values()]
    want, ends = formula(kind, x.asnumpy(), [s.asnumpy()[0] for s in states], weights)
    np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-5, atol=1e-6)
    for a, b in zip(after, ends, strict=True):
        np.testing.assert_allclose(a.asnumpy()[0], b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("layout", ["TNC", "NTC"])
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_a_layer_and_the_cells_it_is_taken_apart_into_agree_with_gradients(
    kind: str, layout: str, bidirectional: bool
) -> None:
    layer = getattr(rnn, kind)(4, 2, layout=layout, bidirectional=bidirectional)
    layer.initialize()
    x = ramp(mx, np, 3, 3, 5)
    layer(x)
    filled(mx, np, layer.collect_params())
    found = []
    for run in (layer, lambda data: layer._unfuse().unroll(3, data, layout=layout, merge_outputs=True)[0]):
        x.attach_grad()
        with mx.autograd.record():
            output = run(x)
        output.backward()
        grads = [p.grad().asnumpy() for p in layer.collect_params().values()]
        found.append([output.asnumpy(), x.grad.asnumpy(), *grads])
    for fused, unfused in zip(*found, strict=True):
        np.testing.assert_allclose(fused, unfused, rtol=1e-4, atol=1e-5)


def test_padding_after_a_sequence_changes_nothing() -> None:
    layer = rnn.LSTM(4, 2, bidirectional=True, use_sequence_length=True)
    layer.initialize()
    states = layer.begin_state(2)
    x = ramp(mx, np, 5, 2, 3)
    output, ends = layer(x, states, mx.nd.array([3, 5]))
    alone, end = layer(x[:3, :1], layer.begin_state(1), mx.nd.array([3]))
    np.testing.assert_allclose(output[:3, 0].asnumpy(), alone[:, 0].asnumpy(), rtol=1e-5, atol=1e-6)
    assert not output[3:, 0].asnumpy().any()
    np.testing.assert_allclose(ends[1][:, 0].asnumpy(), end[1][:, 0].asnumpy(), rtol=1e-5, atol=1e-6)


@mx.util.use_np
@pytest.mark.parametrize("kind", [rnn.RNN, rnn.LSTM, rnn.GRU])
def test_states_to_begin_with_are_numpy_arrays_where_all_arrays_are(kind: type) -> None:
    layer = kind(4)
    layer.initialize()
    for states in (layer.begin_state(2), layer.begin_state(2, func=mx.nd.zeros)):
        assert all(type(state) is mx.np.ndarray for state in states)
        assert (states[0] + mx.np.ones((1, 2, 4))).shape == (1, 2, 4)
        out, states = layer(mx.np.ones((3, 2, 5)), states)
        assert type(out) is mx.np.ndarray and all(type(state) is mx.np.ndarray for state in states)
    assert all(isinstance(state, mx.symbol.numpy._Symbol) for state in layer.begin_state(0, func=mx.sym.zeros))


def test_states_stay_between_their_bounds() -> None:
    layer = rnn.LSTM(4, state_clip_min=-0.01, state_clip_max=0.02)
    layer.initialize(mx.init.Normal(2))
    _, (_, memory) = layer(ramp(mx, np, 5, 2, 3), layer.begin_state(2))
    assert memory.min().asscalar() >= -0.01 and memory.max().asscalar() <= np.float32(0.02)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("hybrid", [False, True])
def test_a_projection_may_keep_the_size(hybrid: bool, bidirectional: bool) -> None:
    layer = rnn.LSTM(3, 2, projection_size=3, bidirectional=bidirectional)
    plain = rnn.LSTM(3, 2, bidirectional=bidirectional)
    x = ramp(mx, np, 4, 2, 5)
    for one in (layer, plain):
        one.initialize()
        one(x)
        filled(mx, np, one.collect_params(".*(i2h|h2h).*"))
    for p in layer.collect_params(".*h2r.*").values():
        p.set_data(mx.nd.array(np.eye(3)))
    if hybrid:
        layer.hybridize()
    values = [p.data() for p in plain.collect_params().values()]
    for p, value in zip(layer.collect_params(".*(i2h|h2h).*").values(), values, strict=True):
        p.set_data(value)
    with mx.autograd.record():
        got, want = layer(x), plain(x)
    np.testing.assert_allclose(got.asnumpy(), want.asnumpy(), rtol=1e-5, atol=1e-6)
    mx.autograd.backward([got, want])
    grads = [p.grad().asnumpy() for p in layer.collect_params(".*(i2h|h2h).*").values()]
    for a, p in zip(grads, plain.collect_params().values(), strict=True):
        np.testing.assert_allclose(a, p.grad().asnumpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("layout", ["TNC", "NTC"])
@pytest.mark.parametrize("valid", [None, [2, 3]])
def test_a_loop_of_the_graph_and_an_unrolled_cell_agree(layout: str, valid: list[int] | None) -> None:
    cell = rnn.LSTMCell(4)
    cell.initialize()
    x = ramp(mx, np, *((3, 2, 5) if layout == "TNC" else (2, 3, 5)))
    length = None if valid is None else mx.nd.array(valid)
    begin = [ramp(mx, np, 2, 4), ramp(mx, np, 2, 4)]
    want, ends = cell.unroll(3, x, begin, layout, merge_outputs=True, valid_length=length)
    got, after = contrib.rnn.rnn_cell.dynamic_unroll(cell, x, begin, layout=layout, valid_length=length)
    np.testing.assert_allclose(got.asnumpy(), want.asnumpy(), rtol=1e-5, atol=1e-6)
    for a, b in zip(after, ends, strict=True):
        np.testing.assert_allclose(a.asnumpy(), b.asnumpy(), rtol=1e-5, atol=1e-6)


def test_variational_dropout_drops_the_same_at_every_step_and_anew_in_every_sequence() -> None:
    cell = contrib.rnn.VariationalDropoutCell(rnn.RNNCell(50, activation="relu"), drop_outputs=0.5)
    cell.initialize(mx.init.One())
    dropped = []
    with mx.autograd.train_mode():
        for _ in range(2):
            outputs, _ = cell.unroll(3, mx.nd.ones((2, 3, 5)) * 0.01, merge_outputs=True)
            zero = outputs.asnumpy() == 0
            assert (zero == zero[:, :1]).all() and 0 < zero.mean() < 1
            dropped.append(zero)
    assert (dropped[0] != dropped[1]).any()


REFUSED = {
    "a layout that is none": (lambda: rnn.LSTM(4, layout="CTN"), "Invalid layout CTN"),
    "an activation the layer has not": (lambda: rnn.RNN(4, activation="selu"), "expected 'relu' or 'tanh'"),
    "states of another batch": (
        lambda: ready(rnn.GRU(4))(mx.nd.ones((3, 2, 5)), mx.nd.ones((1, 3, 4))),
        r"Expecting \(1, 2, 4\), got \(1, 3, 4\); give begin_state\(2\)",
    ),
    "one state of two": (
        lambda: ready(rnn.LSTM(4))(mx.nd.ones((3, 2, 5)), mx.nd.ones((1, 2, 4))),
        "got 1 states, expected two, outputs and memory",
    ),
    "two states of one": (
        lambda: ready(rnn.GRU(4))(mx.nd.ones((3, 2, 5)), [mx.nd.ones((1, 2, 4))] * 2),
        "got 2 states, expected one",
    ),
    "lengths that are missing": (
        lambda: ready(rnn.GRU(4, use_sequence_length=True))(mx.nd.ones((3, 2, 5))),
        "input sequence_length is missing",
    ),
    "another number of steps": (lambda: ready(rnn.GRUCell(4)).unroll(4, mx.nd.ones((2, 3, 5))), "expected length=4"),
    "a cell modified twice": (lambda: twice(rnn.GRUCell(4)), "already modified"),
    "one step in both directions": (
        lambda: rnn.BidirectionalCell(rnn.GRUCell(4), rnn.GRUCell(4))(mx.nd.ones((2, 3)), []),
        "Please use unroll",
    ),
    "zoneout of both directions": (
        lambda: rnn.ZoneoutCell(rnn.BidirectionalCell(rnn.GRUCell(4), rnn.GRUCell(4))),
        "add ZoneoutCell to the cells underneath",
    ),
    "an even kernel of the state": (lambda: contrib.rnn.Conv1DRNNCell((3, 8), 4, 3, 2), "Only support odd number"),
    "a kernel larger than the input": (
        lambda: contrib.rnn.Conv1DRNNCell((3, 8), 4, 9, 3),
        "use a smaller kernel or more padding",
    ),
    "masks of another batch": (lambda: masks_of_another_batch(), r"call reset\(\) before another sequence"),
}


def ready(block: Any) -> Any:
    block.initialize()
    return block


def twice(cell: Any) -> None:
    rnn.ResidualCell(cell)
    rnn.ResidualCell(cell)


def masks_of_another_batch() -> None:
    cell = ready(contrib.rnn.VariationalDropoutCell(rnn.RNNCell(4), drop_states=0.5))
    for batch in (2, 3):
        cell(mx.nd.ones((batch, 3)), [mx.nd.ones((batch, 4))])


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_what_to_do_about(name: str) -> None:
    wrong, message = REFUSED[name]
    with pytest.raises((mx.MXNetError, AssertionError), match=message):
        wrong()


def _kinds(value: Any) -> Any:
    """The containers of a result; of arrays their shapes."""
    return type(value)(_kinds(v) for v in value) if isinstance(value, (tuple, list)) else value.shape


def _stack(kind: type, *cells: Any) -> Any:
    stack = kind()
    for cell in cells:
        stack.add(cell)
    return stack


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("given", [list, tuple])
def test_a_step_of_a_stack_of_cells_gives_a_tuple_hybridized_or_not(hybrid: bool, given: type) -> None:
    inner = _stack(rnn.HybridSequentialRNNCell, rnn.LSTMCell(3), rnn.GRUCell(3))
    stack = _stack(rnn.HybridSequentialRNNCell, inner, rnn.RNNCell(4))
    stack.initialize()
    if hybrid:
        stack.hybridize()
    x, states = mx.nd.ones((2, 5)), given(stack.begin_state(batch_size=2))
    expected = (2, 4), [(2, 3), (2, 3), (2, 3), (2, 4)]
    for _ in range(2):
        output, states = got = stack(x, states)
        assert _kinds(got) == expected
    with mx.autograd.record():
        assert _kinds(stack(x, states)) == expected
    assert _kinds(stack.unroll(2, [x, x])) == ([(2, 4), (2, 4)], expected[1])


@pytest.mark.parametrize("shares", [(0, 0, 0), (0.5, 0, 0), (0, 0, 0.5)])
@pytest.mark.parametrize("hybrid", [False, True])
def test_variational_dropout_joins_the_steps_unless_told_not_to(shares: tuple[float, ...], hybrid: bool) -> None:
    cell = contrib.rnn.VariationalDropoutCell(rnn.GRUCell(3), *shares)
    cell.initialize()
    if hybrid:
        cell.hybridize()
    steps = [mx.nd.ones((2, 5))] * 4
    assert [_kinds(cell.unroll(4, steps, merge_outputs=merge)[0]) for merge in (None, True, False)] == (
        [(2, 4, 3), (2, 4, 3), [(2, 3)] * 4]
    )


@pytest.mark.parametrize("make", [lambda x: x, list, np.ndarray.tolist], ids=["array", "arrays", "lists"])
def test_inputs_of_numpy_are_refused_with_what_to_do(make) -> None:
    inputs = make(np.ones((2, 3, 4), "float32"))
    words = r"inputs must be an NDArray or Symbol, got (ndarray|list); mx.nd.array\(x\) makes one"
    for caught in (AttributeError, TypeError):
        with pytest.raises(caught, match=words):
            rnn.LSTMCell(3).unroll(2, inputs, layout="TNC")
    for caught in (AssertionError, TypeError):
        with pytest.raises(caught, match=words):
            rnn.LSTM(3)(inputs)


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("kind", [rnn.RNN, rnn.LSTM, rnn.GRU])
def test_whichever_parameters_are_frozen_the_others_learn_the_same(kind: type, hybrid: bool) -> None:
    layer = kind(3, num_layers=2, input_size=2)
    layer.initialize(mx.init.Uniform(1))
    if hybrid:
        layer.hybridize()
    parameters, x = list(layer.collect_params().values()), mx.nd.random.normal(shape=(4, 2, 2))

    def learned(frozen: set[int]) -> dict[int, np.ndarray]:
        for i, p in enumerate(parameters):
            p.grad_req = "null" if i in frozen else "write"
        with mx.autograd.record():
            loss = (layer(x) ** 2).sum()
        loss.backward()
        return {i: p.grad().asnumpy() for i, p in enumerate(parameters) if i not in frozen}

    expected = learned(set())
    every = {*range(len(parameters))}
    for frozen in [{i} for i in every] + [every - {i} for i in every]:
        for i, values in learned(frozen).items():
            assert np.abs(values).max() > 0
            np.testing.assert_allclose(values, expected[i], rtol=1e-4, atol=1e-5)
