"""Symbolic recurrent cells against 1.9.1: graphs, values, gradients, weights, batches, errors."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

import mxnet as mx
from tests.answers import check, recorded
from tests.rnn.rnn_probes import PROBES

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "rnn.json", PROBES)


@pytest.mark.filterwarnings("ignore:NTC layout detected")
@pytest.mark.parametrize("name", PROBES)
def test_cells_and_sentences_are_as_in_the_reference(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


# -- where 1.9.1 is wrong ---------------------------------------------------------------------------------------------


def test_unknown_words_have_one_number_that_nothing_else_has() -> None:
    vocab = {"a": 0, "b": 1}
    assert mx.rnn.encode_sentences([["a", "x", "y", "b"]], vocab=vocab, unknown_token="?")[0] == [[0, 2, 2, 1]]
    assert vocab == {"a": 0, "b": 1, "?": 2}
    assert mx.rnn.encode_sentences([["z"]], vocab=vocab, unknown_token="?") == ([[2]], vocab)


def test_a_vocabulary_made_here_has_every_word() -> None:
    coded, vocab = mx.rnn.encode_sentences([["a", "b", "a"]], unknown_token="?")
    assert (coded, vocab) == ([[0, 1, 0]], {"\n": -1, "a": 0, "b": 1})


def test_empty_sentences_make_no_bucket_of_their_own() -> None:
    batches = mx.rnn.BucketSentenceIter([[1], []], batch_size=1)
    assert batches.buckets == [1]
    assert sorted(b.data[0].asscalar() for b in batches) == [-1, 1]


@pytest.mark.parametrize(("buckets", "discarded"), [([1], 1), ([1, 3], 0)])
def test_the_number_of_sentences_that_are_too_long_is_printed(
    buckets: list[int], discarded: int, capsys: pytest.CaptureFixture[str]
) -> None:
    mx.rnn.BucketSentenceIter([[1], [2], [1, 2, 3]], batch_size=2, buckets=buckets)
    expected = f"WARNING: discarded {discarded} sentences longer than the largest bucket.\n"
    assert capsys.readouterr().out == expected


def test_the_old_function_unrolls_over_inputs_it_makes() -> None:
    with pytest.warns(UserWarning, match="call cell.unroll directly"):
        outputs, _ = mx.rnn.rnn_unroll(mx.rnn.RNNCell(3), 2, input_prefix="in_")
    assert mx.sym.Group(outputs).list_arguments()[0] == "in_t0_data"


def test_unfused_cells_keep_the_forget_bias() -> None:
    cell = mx.rnn.FusedRNNCell(3, forget_bias=2.0, prefix="f_").unfuse()
    assert '"forget_bias": 2.0' in cell.params.get("f_l0_i2h_bias").attr("__init__")


def test_zoneout_is_for_images_too() -> None:
    cell = mx.rnn.ZoneoutCell(mx.rnn.ConvRNNCell((1, 3, 6, 6), 2), 0.5)
    outputs, _ = cell.unroll(2, mx.sym.var("data"), layout="NTCHW")
    assert mx.sym.Group(outputs).infer_shape(data=(4, 2, 3, 6, 6))[1] == [(4, 2, 6, 6)] * 2


def test_gates_are_split_along_the_channels_where_these_are_last() -> None:
    cell = mx.rnn.ConvGRUCell((1, 6, 6, 3), 2, conv_layout="NHWC")
    outputs, _ = cell.unroll(2, mx.sym.var("data"), layout="NTHWC")
    assert mx.sym.Group(outputs).infer_shape(data=(4, 2, 6, 6, 3))[1] == [(4, 6, 6, 2)] * 2


def test_states_of_both_directions_go_on_as_states_to_begin_with() -> None:
    cell = mx.rnn.BidirectionalCell(mx.rnn.RNNCell(2, prefix="l_"), mx.rnn.RNNCell(2, prefix="r_"))
    _, states = cell.unroll(2, mx.sym.var("first"))
    outputs, _ = cell.unroll(2, mx.sym.var("second"), begin_state=states)
    assert {"first", "second"} <= set(mx.sym.Group(outputs).list_arguments())


def test_an_unknown_mode_is_refused_at_once() -> None:
    with pytest.raises(mx.MXNetError, match=r"mode='elman', expected one of rnn_relu, rnn_tanh, lstm, gru"):
        mx.rnn.FusedRNNCell(3, mode="elman")


# -- files ------------------------------------------------------------------------------------------------------------


def test_checkpoints_of_unfused_cells_are_read_by_fused_ones(tmp_path: pathlib.Path) -> None:
    fused = mx.rnn.FusedRNNCell(4, num_layers=2, mode="lstm", prefix="f_")
    stack = fused.unfuse()
    outputs, _ = stack.unroll(3, mx.sym.var("data"), merge_outputs=True)
    shapes = dict(zip(outputs.list_arguments(), outputs.infer_shape(data=(2, 3, 5))[0], strict=True))
    args = {k: mx.nd.random.uniform(-1, 1, shape=s) for k, s in shapes.items() if k != "data"}
    save = mx.rnn.do_rnn_checkpoint(stack, str(tmp_path / "net"), period=2)
    for epoch in range(3):
        save(epoch, outputs, args, {})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net-0002.params", "net-symbol.json"]
    saved = mx.nd.load(str(tmp_path / "net-0002.params"))
    assert saved["arg:f_l1_h2h_o_weight"].shape == (4, 4)

    symbol, again, aux = mx.rnn.load_rnn_checkpoint(stack, str(tmp_path / "net"), 2)
    assert symbol.tojson() == outputs.tojson() and aux == {}
    for name, array in args.items():
        np.testing.assert_array_equal(again[name].asnumpy(), array.asnumpy())

    _, packed, _ = mx.rnn.load_rnn_checkpoint([fused], str(tmp_path / "net"), 2)
    data = mx.nd.random.uniform(shape=(2, 3, 5))
    with pytest.warns(UserWarning, match="NTC"):
        one, _ = fused.unroll(3, mx.sym.var("data"), merge_outputs=True)
    np.testing.assert_allclose(
        one.eval(data=data, **packed)[0].asnumpy(), outputs.eval(data=data, **args)[0].asnumpy(), rtol=1e-5, atol=1e-6
    )


# -- shapes that are left open ----------------------------------------------------------------------------------------


def test_one_graph_runs_for_every_size_of_batch() -> None:
    outputs, _ = mx.rnn.LSTMCell(3).unroll(2, mx.sym.var("data"), merge_outputs=True)
    weights = {
        "lstm_i2h_weight": mx.nd.ones((12, 4)),
        "lstm_i2h_bias": mx.nd.ones((12,)),
        "lstm_h2h_weight": mx.nd.ones((12, 3)),
        "lstm_h2h_bias": mx.nd.ones((12,)),
    }
    block = mx.gluon.SymbolBlock(outputs, [mx.sym.var("data")])
    for name, parameter in block.collect_params().items():
        parameter.initialize(mx.init.One())
        parameter.shape = weights[name].shape
    for rows in (1, 5):
        data = mx.nd.ones((rows, 2, 4))
        assert outputs.eval(data=data, **weights)[0].shape == (rows, 2, 3)
        assert block(data).shape == (rows, 2, 3)


def test_a_shape_that_nothing_tells_is_an_error_that_names_the_node() -> None:
    with pytest.raises(mx.MXNetError, match="where_to.*shape is"):
        mx.sym.zeros((0, 3), name="where_to").eval()
