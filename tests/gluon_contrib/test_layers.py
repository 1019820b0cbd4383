"""Layers and texts of contrib: names, graphs and numbers are those that 1.9.1 gave."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd
from mxnet.gluon import nn
from mxnet.gluon.contrib import cnn
from mxnet.gluon.contrib import nn as more
from mxnet.gluon.contrib.data import IntervalSampler, text

SHOWN = {
    "HybridConcurrent(\n  (0): Identity(\n  \n  )\n)": lambda: with_child(more.HybridConcurrent()),
    "PixelShuffle1D(2)": lambda: more.PixelShuffle1D(2.0),
    "PixelShuffle2D((2, 2))": lambda: more.PixelShuffle2D(2),
    "PixelShuffle3D((1, 2, 3))": lambda: more.PixelShuffle3D((1, 2, 3)),
    "SparseEmbedding(10 -> 4, float32)": lambda: more.SparseEmbedding(10, 4),
    "SyncBatchNorm(eps=1e-05, momentum=0.9, fix_gamma=True, use_global_stats=False, ndev=2, key='a_', in_channels=3)": (
        lambda: more.SyncBatchNorm(3, 2, scale=False, prefix="a_")
    ),
    "DeformableConvolution(None -> 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), Activation(relu))": (
        lambda: cnn.DeformableConvolution(4, (3, 3), padding=(1, 1), activation="relu")
    ),
}


def with_child(block):
    block.add(more.Identity())
    return block


@pytest.mark.parametrize("text", SHOWN)
def test_a_layer_is_shown_as_in_1_9_1(text):
    found = repr(SHOWN[text]())
    assert found.replace("key=a_", "key='a_'") == text


PREFIXES = [
    (lambda: cnn.DeformableConvolution(4), "deformable_conv", ["offset", "deformable_conv"]),
    (lambda: cnn.ModulatedDeformableConvolution(4), "modulated_deformable_conv", ["deformable_conv", "offset"]),
]


@pytest.mark.parametrize(("make", "prefix", "roles"), PREFIXES)
def test_parameters_of_deformable_convolutions_have_the_names_of_1_9_1(make, prefix, roles):
    layer = make()
    assert layer.prefix.rstrip("0123456789_") == prefix
    names = [n.removeprefix(layer.prefix) for n in layer.collect_params().keys()]
    assert names == [f"{role}_{kind}" for role in roles for kind in ("weight", "bias")]


OPERATORS = {
    "PixelShuffle2D": (lambda: more.PixelShuffle2D((2, 3)), ["Reshape", "Reshape", "transpose", "Reshape"]),
    "PixelShuffle3D": (
        lambda: more.PixelShuffle3D(2),
        ["Reshape", "SwapAxis", "Reshape", "Reshape", "SwapAxis", "Reshape", "Reshape", "SwapAxis", "Reshape"],
    ),
    "SyncBatchNorm": (lambda: more.SyncBatchNorm(in_channels=3), ["_contrib_SyncBatchNorm"]),
    "DeformableConvolution": (
        lambda: cnn.DeformableConvolution(4, activation="relu"),
        ["Convolution", "_contrib_DeformableConvolution", "Activation"],
    ),
    "ModulatedDeformableConvolution": (
        lambda: cnn.ModulatedDeformableConvolution(4),
        [
            "Convolution",
            "slice_axis",
            "slice_axis",
            "sigmoid",
            "_mul_scalar",
            "_contrib_ModulatedDeformableConvolution",
        ],
    ),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_graphs_are_those_of_1_9_1(name):
    make, wanted = OPERATORS[name]
    nodes = json.loads(make()(mx.sym.var("data")).tojson())["nodes"]
    assert [n["op"] for n in nodes if n["op"] != "null"] == wanted


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_shuffle_of_pixels_puts_channels_side_by_side(size):
    layer = [more.PixelShuffle1D, more.PixelShuffle2D, more.PixelShuffle3D][size - 1](2)
    x = np.random.RandomState(0).randn(2, 3 * 2**size, *(4, 3, 2)[:size]).astype("float32")
    got = layer(nd.array(x)).asnumpy()
    for where in np.ndindex(*got.shape):
        pixel, inside = [w // 2 for w in where[2:]], [w % 2 for w in where[2:]]
        channel = where[1] * 2**size + int("".join(map(str, inside)), 2)
        assert got[where] == x[(where[0], channel, *pixel)]


def test_a_wrong_number_of_factors_is_refused():
    with pytest.raises(AssertionError, match="wrong length 2"):
        more.PixelShuffle3D((1, 2))


@pytest.mark.parametrize("hybrid", [False, True])
def test_blocks_side_by_side_give_their_outputs_joined(hybrid):
    net = more.HybridConcurrent(axis=1) if hybrid else more.Concurrent(axis=1)
    net.add(nn.Dense(2, in_units=3), more.Identity())
    net.initialize()
    if hybrid:
        net.hybridize()
    x = nd.random.uniform(shape=(4, 3))
    got = net(x).asnumpy()
    np.testing.assert_allclose(got, np.concatenate([net[0](x).asnumpy(), x.asnumpy()], 1), rtol=1e-6)


@pytest.mark.parametrize("kind", [cnn.DeformableConvolution, cnn.ModulatedDeformableConvolution])
@pytest.mark.parametrize("hybrid", [False, True])
def test_a_deformable_convolution_that_does_not_deform_is_a_convolution(kind, hybrid):
    layer = kind(4, (3, 3), (2, 1), in_channels=2, num_deformable_group=2, weight_initializer=mx.init.Normal(1))
    plain = nn.Conv2D(4, (3, 3), (2, 1), in_channels=2)
    for block in (layer, plain):
        block.initialize()
    plain.weight.set_data(layer.deformable_conv_weight.data())
    layer.hybridize(hybrid)
    x = nd.random.normal(shape=(2, 2, 7, 6))
    np.testing.assert_allclose(layer(x).asnumpy(), plain(x).asnumpy(), rtol=1e-4, atol=1e-4)


def test_a_sparse_embedding_learns_the_rows_it_looked_up():
    layer = more.SparseEmbedding(10, 2)
    layer.initialize("ones")
    trainer = mx.gluon.Trainer(layer.collect_params(), "sgd", {"learning_rate": 1})
    with mx.autograd.record():
        loss = layer(nd.array([[1, 3], [3, 3]])).sum()
    loss.backward()
    trainer.step(1)
    wanted = np.ones((10, 2), "float32")
    wanted[1], wanted[3] = 0, -2
    np.testing.assert_array_equal(layer(nd.arange(10)).asnumpy(), wanted)


TEXT = " \n = Title = \n \n a b c <unk> é \n\n  d  e\tf <eos> a\u00a0b \n b c d"


def folder_with(path, packed=False):
    if packed:
        with zipfile.ZipFile(path / "wikitext-2-v1.zip", "w") as archive:
            for part in ("train", "valid", "test"):
                archive.writestr(f"wikitext-2/../../wiki.{part}.tokens", TEXT)
    else:
        for part in ("train", "valid", "test"):
            (path / f"wiki.{part}.tokens").write_bytes(TEXT.encode())
    return path


def test_a_text_is_numbered_as_by_1_9_1(tmp_path):
    data = text.WikiText2(folder_with(tmp_path), seq_len=3)
    assert len(data) == 6
    assert data.vocabulary.idx_to_token[:7] == ["<unk>", "<eos>", "=", "b", "c", "d", "Title"]
    assert data.frequencies["="] == 2
    first, last = data[0], data[5]
    assert [x.asnumpy().tolist() for x in (*first, *last)] == [[2, 6, 2], [6, 2, 1], [3, 1, 3], [1, 3, 4]]
    assert first[0].dtype == np.int32
    again = text.WikiText2(tmp_path, "validation", vocab=data.vocabulary, seq_len=100)
    assert again.vocabulary is data.vocabulary
    assert len(again) == 0


def test_an_archive_with_another_text_in_it_is_told(tmp_path):
    with pytest.raises(mx.MXNetError, match="the SHA-1 of wiki.train.tokens in it is not"):
        text.WikiText2(folder_with(tmp_path, packed=True))
    assert not (tmp_path / "wiki.train.tokens").exists()
    assert not (tmp_path.parent / "wiki.train.tokens").exists()


def test_a_text_that_is_nowhere_is_told_with_where_to_put_it(tmp_path, monkeypatch):
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://127.0.0.1:9/")
    with pytest.raises(mx.MXNetError, match="by hand") as caught:
        text.WikiText103(tmp_path)
    for part in ("wiki.train.tokens", "wikitext-103-v1.zip", "http://127.0.0.1:9/gluon/dataset", str(tmp_path)):
        assert part in str(caught.value)


def test_a_segment_that_is_not_there_is_told(tmp_path):
    with pytest.raises(KeyError, match="'train', 'validation', 'test'"):
        text.WikiText2(tmp_path, "training")


def test_an_interval_longer_than_the_length_is_refused():
    with pytest.raises(AssertionError, match="Interval 4"):
        IntervalSampler(3, 4)
