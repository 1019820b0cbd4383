"""Attention layers and the cells of a Transformer: against torch's, masks, hybridized, and step by step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet.gluon.contrib.nn import MultiHeadAttention, TransformerDecoderCell, TransformerEncoderCell

UNITS, HEADS, HIDDEN = 8, 2, 12
OPTIONS = [
    {},
    {"pre_norm": True},
    {"activation": "relu", "pre_norm": True, "epsilon": 1e-3},
]


def numbers(*shape, seed=0):
    return mx.nd.array(np.random.RandomState(seed).randn(*shape))


def made(kind, *args, **kwargs):
    mx.random.seed(3)
    cell = kind(*args, **kwargs)
    cell.initialize(mx.init.Normal(0.5))
    return cell


def close(got, want, tolerance=2e-5):
    np.testing.assert_allclose(got.asnumpy(), np.asarray(want), rtol=tolerance, atol=tolerance)


def tensor(array):
    return torch.from_numpy(array.asnumpy())


def load(theirs, ours, names):
    """Give torch's module the parameters of ours."""
    with torch.no_grad():
        for name, param in names.items():
            dict(theirs.named_parameters())[name].copy_(tensor(ours.collect_params()[ours.prefix + param].data()))


def attention_names(theirs, ours):
    return {f"{theirs}out_proj.weight": f"{ours}out_weight", f"{theirs}out_proj.bias": f"{ours}out_bias"}


def load_attention(theirs, ours):
    params = ours.collect_params()
    roles = [ours.prefix + r for r in ("query_", "key_", "value_")]
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([tensor(params[r + "weight"].data()) for r in roles]))
        theirs.in_proj_bias.copy_(torch.cat([tensor(params[r + "bias"].data()) for r in roles]))
    load(theirs, ours, attention_names("", ""))


def load_rest(theirs, ours, norms):
    pairs = {"linear1": "ffn_dense0_", "linear2": "ffn_dense1_"}
    names = {f"{t}.{kind}": o + kind for t, o in pairs.items() for kind in ("weight", "bias")}
    for place, norm in enumerate(norms, 1):
        names |= {f"norm{place}.weight": norm + "_gamma", f"norm{place}.bias": norm + "_beta"}
    load(theirs, ours, names)


def test_attention_with_heads_is_that_of_torch():
    ours = made(MultiHeadAttention, UNITS, HEADS)
    x, memory = numbers(2, 3, UNITS), numbers(2, 5, UNITS, seed=1)
    got = ours(x, memory)
    theirs = torch.nn.MultiheadAttention(UNITS, HEADS, batch_first=True)
    load_attention(theirs, ours)
    close(got, theirs(tensor(x), tensor(memory), tensor(memory))[0].detach())


@pytest.mark.parametrize("options", OPTIONS)
def test_an_encoder_cell_is_that_of_torch(options):
    ours = made(TransformerEncoderCell, UNITS, HIDDEN, HEADS, **options)
    x, lengths = numbers(2, 5, UNITS), [5, 3]
    theirs = torch.nn.TransformerEncoderLayer(
        UNITS,
        HEADS,
        HIDDEN,
        0.0,
        batch_first=True,
        norm_first=options.get("pre_norm", False),
        layer_norm_eps=options.get("epsilon", 1e-5),
    )
    load_attention(theirs.self_attn, ours.self_attention)
    load_rest(theirs, ours, ["self_norm", "ffn_norm"])
    unseen = torch.arange(5) >= torch.tensor(lengths)[:, None]
    want = theirs(tensor(x), src_key_padding_mask=unseen).detach().numpy()
    got = ours(x, None, mx.nd.array(lengths))
    close(got[0], want[0])
    close(got[1, :3], want[1, :3])


@pytest.mark.parametrize("options", OPTIONS)
def test_a_decoder_cell_is_that_of_torch(options):
    ours = made(TransformerDecoderCell, UNITS, HIDDEN, HEADS, **options)
    x, memory, lengths = numbers(2, 4, UNITS), numbers(2, 5, UNITS, seed=1), [5, 2]
    theirs = torch.nn.TransformerDecoderLayer(
        UNITS,
        HEADS,
        HIDDEN,
        0.0,
        batch_first=True,
        norm_first=options.get("pre_norm", False),
        layer_norm_eps=options.get("epsilon", 1e-5),
    )
    load_attention(theirs.self_attn, ours.self_attention)
    load_attention(theirs.multihead_attn, ours.memory_attention)
    load_rest(theirs, ours, ["self_norm", "memory_norm", "ffn_norm"])
    unseen = torch.arange(5) >= torch.tensor(lengths)[:, None]
    later = torch.ones(4, 4, dtype=torch.bool).triu(1)
    want = theirs(tensor(x), tensor(memory), tgt_mask=later, memory_key_padding_mask=unseen).detach()
    close(ours(x, memory, None, mx.nd.array(lengths)), want)


@pytest.mark.parametrize("lengths", [None, [5, 2]])
def test_decoding_step_by_step_gives_what_the_whole_sequence_gives(lengths):
    cell = made(TransformerDecoderCell, UNITS, HIDDEN, HEADS)
    x, memory = numbers(2, 4, UNITS), numbers(2, 5, UNITS, seed=1)
    lengths = None if lengths is None else mx.nd.array(lengths)
    want = cell(x, memory, None, lengths)
    states = cell.begin_state(memory, lengths)
    for i in range(4):
        out, states = cell.step(x[:, i : i + 1], states)
        close(out, want[:, i : i + 1].asnumpy())


def test_states_of_a_beam_search_are_reordered_by_their_first_axis():
    cell = made(TransformerDecoderCell, UNITS, HIDDEN, HEADS)
    x, memory = numbers(2, 2, UNITS), numbers(2, 5, UNITS, seed=1)
    order = mx.nd.array([1, 1, 0])
    _, states = cell.step(x[:, :1], cell.begin_state(memory))
    got, _ = cell.step(x.take(order)[:, 1:], [s.take(order) for s in states])
    want, _ = cell.step(x[:, 1:], states)
    close(got, want.take(order).asnumpy())


@pytest.mark.parametrize("masked", [False, True])
def test_hybridized_cells_give_the_same_outputs_and_gradients(masked):
    encoder = made(TransformerEncoderCell, UNITS, HIDDEN, HEADS, dropout=0.3, attention_dropout=0.2)
    decoder = made(TransformerDecoderCell, UNITS, HIDDEN, HEADS, dropout=0.3, attention_dropout=0.2)
    x, y = numbers(2, 5, UNITS), numbers(2, 4, UNITS, seed=1)
    extra = (None, mx.nd.array([5, 2])) if masked else ()

    def run():
        x.attach_grad()
        mx.random.seed(7)
        with mx.autograd.record():
            out = decoder(y, encoder(x, *extra), *extra)
        out.backward()
        weight = encoder.self_attention.query_proj.weight
        return [out.asnumpy(), x.grad.asnumpy(), weight.grad().asnumpy()]

    plain = run()
    encoder.hybridize()
    decoder.hybridize()
    for got, want in zip(run(), plain, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


def test_an_exported_cell_loads_as_a_symbol(tmp_path):
    cell = made(TransformerEncoderCell, UNITS, HIDDEN, HEADS)
    cell.hybridize()
    x = numbers(2, 5, UNITS)
    want = cell(x)
    cell.export(str(tmp_path / "cell"))
    back = mx.gluon.SymbolBlock.imports(
        str(tmp_path / "cell-symbol.json"), ["data"], str(tmp_path / "cell-0000.params")
    )
    close(back(x), want.asnumpy())


def test_parameters_have_stable_names():
    names = [n for n in TransformerDecoderCell(UNITS, HIDDEN, HEADS, prefix="d_").collect_params().keys()]
    projections = ("query", "key", "value", "out")
    layers = [f"{a}_{p}" for a in ("self", "memory") for p in projections] + ["ffn_dense0", "ffn_dense1"]
    wanted = {f"d_{layer}_{kind}" for layer in layers for kind in ("weight", "bias")}
    wanted |= {f"d_{n}_norm_{kind}" for n in ("self", "memory", "ffn") for kind in ("gamma", "beta")}
    assert set(names) == wanted


def test_heads_must_divide_the_units():
    with pytest.raises(AssertionError, match="units is 8 and num_heads 3"):
        MultiHeadAttention(8, 3)
