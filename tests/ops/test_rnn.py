"""Rules of the recurrent layers that samples of 1.9.1 can not say: lengths, clipping, dropout, projections."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import _ops
from mxnet._kernels.rnn import layout
from mxnet._runtime.state import state as thread

T, N, WIDTH, H = 5, 3, 2, 4
CASES = [
    (mode, bi, layers) for mode in ("rnn_relu", "rnn_tanh", "lstm", "gru") for bi in (False, True) for layers in (1, 2)
]


def call(seed: int = 0, lengths: list[int] | None = None, batch: int = N, **attrs):
    """Inputs, marked, and outputs of a call with random parameters."""
    rng = np.random.RandomState(seed)
    attrs = {"state_size": H, "num_layers": 1, "mode": "lstm", "bidirectional": False, "state_outputs": True, **attrs}
    directions = 1 + attrs["bidirectional"]
    width = attrs.get("projection_size") or H
    total = layout(attrs["mode"], WIDTH, H, attrs["num_layers"], directions, attrs.get("projection_size") or 0).total
    stacked = attrs["num_layers"] * directions
    shapes = [(T, batch, WIDTH), (total,), (stacked, batch, width)]
    if attrs["mode"] == "lstm":
        shapes.append((stacked, batch, H))
    inputs = [mx.nd.array(0.5 * rng.randn(*s)) for s in shapes]
    for a in inputs:
        a.attach_grad()
    if lengths is not None:
        attrs["use_sequence_length"] = True
        attrs["sequence_length"] = mx.nd.array(lengths, dtype="int32")
    with mx.autograd.record():
        outputs = mx.nd.RNN(*inputs, **attrs)
    return inputs, outputs


@pytest.mark.parametrize(("mode", "bi", "layers"), CASES)
def test_each_sequence_goes_its_own_length(mode, bi, layers):
    lengths = [3, 5, 1]
    attrs = {"mode": mode, "bidirectional": bi, "num_layers": layers}
    inputs, outputs = call(lengths=lengths, **attrs)
    outputs[0].backward()
    data, parameters, *states = (a.asnumpy() for a in inputs)
    for b, n in enumerate(lengths):
        own = [
            mx.nd.array(data[:n, b : b + 1]),
            mx.nd.array(parameters),
            *[mx.nd.array(s[:, b : b + 1]) for s in states],
        ]
        own[0].attach_grad()
        with mx.autograd.record():
            alone = mx.nd.RNN(*own, state_size=H, state_outputs=True, **attrs)
        alone[0].backward()
        np.testing.assert_allclose(outputs[0].asnumpy()[:n, b], alone[0].asnumpy()[:, 0], rtol=1e-5, atol=1e-6)
        assert not outputs[0].asnumpy()[n:, b].any()
        for mine, other in zip(outputs[1:], alone[1:], strict=True):
            np.testing.assert_allclose(mine.asnumpy()[:, b], other.asnumpy()[:, 0], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(inputs[0].grad.asnumpy()[:n, b], own[0].grad.asnumpy()[:, 0], rtol=1e-4, atol=1e-6)
        assert not inputs[0].grad.asnumpy()[n:, b].any()


def test_a_sequence_of_no_steps_keeps_its_states():
    inputs, outputs = call(lengths=[0, 5, 0])
    assert not outputs[0].asnumpy()[:, [0, 2]].any()
    np.testing.assert_array_equal(outputs[2].asnumpy()[:, [0, 2]], inputs[3].asnumpy()[:, [0, 2]])
    nothing = call(lengths=[0, 0, 0])
    assert not nothing[1][0].asnumpy().any()
    np.testing.assert_array_equal(nothing[1][1].asnumpy(), nothing[0][2].asnumpy())


def test_a_length_beyond_the_data_is_an_error():
    with pytest.raises(mx.MXNetError, match="expected lengths from 0 to 5"):
        call(lengths=[1, 6, 2])[1][0].asnumpy()


@pytest.mark.parametrize("bi", [False, True])
@pytest.mark.parametrize("projection", [None, 3])
@pytest.mark.parametrize("lengths", [None, [3, 5, 1]])
def test_wide_bounds_clip_nothing(bi, projection, lengths):
    attrs = {"bidirectional": bi, "num_layers": 2, "projection_size": projection, "lengths": lengths}
    plain = call(**attrs)
    clipped = call(lstm_state_clip_min=-100, lstm_state_clip_max=100, **attrs)
    for _, outputs in (plain, clipped):
        mx.autograd.backward(list(outputs))
    for a, b in zip(plain[1], clipped[1], strict=True):
        np.testing.assert_allclose(a.asnumpy(), b.asnumpy(), rtol=1e-5, atol=1e-6)
    for a, b in zip(plain[0], clipped[0], strict=True):
        np.testing.assert_allclose(a.grad.asnumpy(), b.grad.asnumpy(), rtol=1e-4, atol=1e-5)


def test_the_cell_state_stays_within_its_bounds():
    _, outputs = call(lstm_state_clip_min=-0.1, lstm_state_clip_max=0.2)
    cell = outputs[2].asnumpy()
    assert cell.min() >= np.float32(-0.1) and cell.max() <= np.float32(0.2)
    assert np.isin(np.float32([-0.1, 0.2]), cell).all()
    _, lower = call(lstm_state_clip_min=0.0)
    assert lower[2].asnumpy().min() == 0


def test_not_a_number_can_be_clipped_too():
    inputs, _ = call()
    inputs[0][0] = np.nan
    attrs = {"state_size": H, "num_layers": 1, "mode": "lstm", "lstm_state_clip_min": -1, "lstm_state_clip_max": 1}
    spread = mx.nd.RNN(*inputs, state_outputs=True, **attrs)
    assert np.isnan(spread[2].asnumpy()).all()
    stopped = mx.nd.RNN(*inputs, state_outputs=True, lstm_state_clip_nan=True, **attrs)
    assert not np.isnan(stopped[2].asnumpy()).any()


def test_bounds_the_wrong_way_round_are_an_error():
    with pytest.raises(mx.MXNetError, match="min <= max"):
        call(lstm_state_clip_min=1, lstm_state_clip_max=-1)


@pytest.mark.parametrize("mode", ["gru", "lstm"])
def test_dropout_is_between_layers_and_in_training_only(mode):
    attrs = {"mode": mode, "num_layers": 2, "state_size": H}
    inputs, plain = call(**attrs)
    predicted = mx.nd.RNN(*inputs, p=0.5, **attrs)
    np.testing.assert_allclose(predicted.asnumpy(), plain[0].asnumpy(), rtol=1e-5, atol=1e-6)
    single = call(mode=mode, p=0.9)[1][0]
    np.testing.assert_array_equal(single.asnumpy(), call(mode=mode)[1][0].asnumpy())
    mx.random.seed(3)
    torch_state = torch.get_rng_state()
    first = call(p=0.5, **attrs)[1]
    mx.random.seed(3)
    again = call(p=0.5, **attrs)[1]
    np.testing.assert_array_equal(first[0].asnumpy(), again[0].asnumpy())
    assert not np.array_equal(first[0].asnumpy(), plain[0].asnumpy())
    np.testing.assert_array_equal(first[1].asnumpy()[0], plain[1].asnumpy()[0])
    assert torch.equal(torch_state, torch.get_rng_state())


def test_what_is_kept_is_scaled_up_on_average():
    attrs = {"mode": "rnn_relu", "num_layers": 2, "batch": 2000}
    plain, dropped = call(**attrs)[1][0].asnumpy(), call(p=0.3, **attrs)[1][0].asnumpy()
    assert abs(dropped.mean() / plain.mean() - 1) < 0.1
    nothing = call(p=1.0, mode="rnn_tanh", num_layers=2)[1]
    assert np.isfinite(nothing[0].asnumpy()).all()


def test_projections_can_be_trained():
    inputs, outputs = call(projection_size=3, bidirectional=True)
    assert [o.shape for o in outputs] == [(T, N, 6), (2, N, 3), (2, N, H)]
    outputs[0].backward()
    weights = inputs[1].asnumpy()
    at, step = 4 * H * (WIDTH + 3) + 5, 1e-2  # within the projection of the first direction
    values = []
    for change in (step, -step):
        moved = weights.copy()
        moved[at] += change
        out = mx.nd.RNN(
            inputs[0],
            mx.nd.array(moved),
            *inputs[2:],
            state_size=H,
            num_layers=1,
            mode="lstm",
            bidirectional=True,
            projection_size=3,
        )
        values.append(out.asnumpy().astype("float64").sum())
    assert abs((values[0] - values[1]) / (2 * step) - inputs[1].grad.asnumpy()[at]) < 1e-2
    with pytest.raises(mx.MXNetError, match="mode=lstm"):
        call(mode="gru", projection_size=3)


@pytest.mark.parametrize("mode", ["lstm", "gru"])
def test_lengths_follow_the_states_in_a_graph_and_by_position(mode):
    inputs, outputs = call(mode=mode, lengths=[3, 5, 1], num_layers=2, bidirectional=True)
    attrs = {"state_size": H, "num_layers": 2, "mode": mode, "bidirectional": True, "use_sequence_length": True}
    lengths = mx.nd.array([3, 5, 1])
    by_position = mx.nd.RNN(*inputs, lengths, **attrs)
    np.testing.assert_allclose(by_position.asnumpy(), outputs[0].asnumpy(), rtol=1e-5, atol=1e-6)
    symbol = mx.sym.RNN(mx.sym.var("data"), name="r", **attrs)
    names = ["data", "r_parameters", "r_state", *["r_state_cell"] * (mode == "lstm"), "r_sequence_length"]
    assert symbol.list_arguments() == names
    shapes, outs, _ = symbol.infer_shape(data=(T, N, WIDTH))
    assert shapes == [*[a.shape for a in inputs], (N,)]
    assert outs == [(T, N, 2 * H)]
    result = symbol.eval(ctx=mx.cpu(), **dict(zip(names, [*inputs, lengths], strict=True)))[0]
    np.testing.assert_allclose(result.asnumpy(), outputs[0].asnumpy(), rtol=1e-5, atol=1e-6)


def test_output_names_are_those_of_1_9_1():
    lstm = mx.sym.RNN(mx.sym.var("x"), state_size=2, num_layers=1, mode="lstm", state_outputs=True, name="r")
    assert lstm.list_outputs() == ["r_output", "r_state_output", "r_statecell_output"]
    gru = mx.sym.RNN(mx.sym.var("x"), state_size=2, num_layers=1, mode="gru", name="r")
    assert gru.list_outputs() == ["r_output"]


def test_shapes_are_known_without_computing():
    bound = _ops.get("RNN").bind((), {"state_size": "4", "num_layers": "2", "mode": "gru", "state_outputs": "True"})
    total = layout("gru", WIDTH, H, 2, 1, 0).total
    metas = [torch.empty(s, device="meta") for s in ((T, N, WIDTH), (total,), (2, N, H))]
    before, thread.tracing = thread.tracing, True
    try:
        outputs = bound.run(*metas)
    finally:
        thread.tracing = before
    assert [tuple(o.shape) for o in outputs] == [(T, N, H), (2, N, H)]


@pytest.mark.parametrize("mode", ["gru", "lstm"])
def test_lengths_have_a_dtype_of_their_own_in_graphs(mode):
    names = ("x", "w", "h", "c", "lengths") if mode == "lstm" else ("x", "w", "h", "lengths")
    attrs = dict(state_size=2, num_layers=1, mode=mode, use_sequence_length=True)
    layer = mx.sym.RNN(*map(mx.sym.var, names[:-1]), sequence_length=mx.sym.var("lengths"), **attrs)
    dtypes, _, _ = layer.infer_type(x="float32", lengths="int32")
    assert dict(zip(names, dtypes, strict=True)) == {**dict.fromkeys(names, np.float32), "lengths": np.int32}
    run = layer.simple_bind(mx.cpu(), x=(3, 2, 4), type_dict={"lengths": "int32"})
    run.arg_dict["lengths"][:] = [1, 3]
    run.arg_dict["w"][:] = 0.1
    run.arg_dict["x"][:] = 1
    out = run.forward()[0].asnumpy()
    assert (out[1:, 0] == 0).all()
    assert (out[:, 1] != 0).all()
