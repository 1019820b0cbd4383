"""Layers of ``gluon.nn`` against recorded values and gradients of 1.9.1."""

from __future__ import annotations

import pathlib
from functools import partial
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon import nn
from tests.answers import check, recorded
from tests.gluon.layer_probes import PROBES

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "layers.json", PROBES)


@pytest.mark.filterwarnings("ignore:All children of this Sequential")
@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("name", PROBES)
def test_layers_are_those_of_the_reference(name: str, hybrid: bool) -> None:
    check(partial(PROBES[name], hybrid=hybrid), mx, ANSWERS[name])


# -- chance ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hybrid", [False, True])
def test_dropout_in_training_sets_a_share_to_zero_and_scales_the_rest(hybrid: bool) -> None:
    net, x = nn.Dropout(0.25), mx.nd.ones((100, 100))
    if hybrid:
        net.hybridize()
    x.attach_grad()
    with mx.autograd.record():
        y = net(x)
        again = net(x)
    y.backward()
    kept = y.asnumpy() != 0
    assert 0.72 < kept.mean() < 0.78
    np.testing.assert_allclose(y.asnumpy()[kept], 1 / 0.75, rtol=1e-6)
    assert (x.grad.asnumpy() == y.asnumpy()).all()
    assert (again.asnumpy() != y.asnumpy()).any()
    assert (net(x) == x).min().asscalar() == 1
    with mx.autograd.train_mode():
        assert (net(x) == 0).max().asscalar() == 1


@pytest.mark.parametrize("hybrid", [False, True])
def test_dropout_of_axes_lets_their_elements_share_one_fate(hybrid: bool) -> None:
    net = nn.Dropout(0.5, axes=(1,))
    if hybrid:
        net.hybridize()
    with mx.autograd.train_mode():
        y = net(mx.nd.ones((40, 3, 5))).asnumpy()
    assert (y == y[:, :1]).all() and 0 < (y[:, 0] == 0).mean() < 1


@pytest.mark.parametrize("hybrid", [False, True])
def test_selu_has_the_slope_of_its_curve_below_zero(hybrid: bool) -> None:
    # in 1.9.1 the gradient is smaller there
    net, x = nn.SELU(), mx.nd.array([-3.0, -0.5, 2.0])
    if hybrid:
        net.hybridize()
    x.attach_grad()
    with mx.autograd.record():
        y = net(x)
    y.backward()
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    np.testing.assert_allclose(
        x.grad.asnumpy(), [scale * alpha * np.exp(-3), scale * alpha * np.exp(-0.5), scale], 1e-5
    )


@pytest.mark.parametrize("channels", ["4", np.int64(4)])
def test_a_convolution_takes_its_channels_as_text_too(channels) -> None:
    layer = nn.Conv2D(channels, 3)
    layer.initialize()
    assert layer(mx.nd.ones((1, 3, 8, 8))).shape == (1, 4, 6, 6)
    assert layer.weight.shape == (4, 3, 3, 3)
    assert repr(layer) == "Conv2D(3 -> 4, kernel_size=(3, 3), stride=(1, 1))"


# -- errors and warnings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nn.LeakyReLU(-1), "no less than 0., got -1"),
        (lambda: nn.Conv1D(2, 3, layout="NCHW"), "'NCW' and 'NWC' layout.*got 'NCHW'"),
        (lambda: nn.MaxPool2D(layout="NCW"), "NCHW and NHWC layouts are valid for 2D Pooling, got 'NCW'"),
        (lambda: nn.Conv2D(2, (1, 2, 3)), r"kernel_size must be a number or a list of 2 ints, got \(1, 2, 3\)"),
        (lambda: nn.Conv2D(2, (3, 3.0)), r"kernel_size must be a number or a list of 2 ints, got \(3, 3\.0\)"),
        (lambda: nn.MaxPool2D((2.0, 2)), r"pool_size must be a number or a list of 2 ints, got \(2\.0, 2\)"),
        (lambda: nn.Conv2D(4, 3, groups=2.0), r"groups is 2\.0, expected a whole number"),
        (lambda: nn.Conv2D([4, 8], 3), r"channels is \[4, 8\], expected a whole number"),
        (lambda: nn.Conv2D(8 / 2, 3), r"channels is 4\.0, expected a whole number"),
        (lambda: nn.Conv2D("4.5", 3), r"channels is '4\.5', expected a whole number"),
        (lambda: nn.Conv2D(3, 3, groups=0), "groups is 0, expected 1 or more"),
        (lambda: nn.Conv2D(3, 3, groups=2), "channels is 3, expected a multiple of groups=2"),
        (lambda: nn.Conv2D(4, 3, groups=4, in_channels=6), "in_channels is 6, expected a multiple of groups=4"),
        (lambda: nn.ReflectionPad2D((1, 2)), "padding has 2 numbers"),
        (lambda: nn.Lambda("no_such"), "Function name no_such is not found in ndarray"),
        (lambda: nn.HybridLambda("no_such"), "Function name no_such is not found in symbol/ndarray"),
        (lambda: nn.HybridLambda(3), "Unrecognized function in lambda: 3"),
        (lambda: nn.HybridSequential().add(nn.Lambda("relu")), "Children of HybridBlock must also be HybridBlock"),
        (lambda: nn.Sequential().add(3), "Sequential: a child must be a Block, got 3"),
        (lambda: nn.Activation("no_such")(mx.nd.ones(1)), "no_such"),
    ],
)
def test_errors_say_what_is_expected(make, words: str) -> None:
    with pytest.raises(mx.MXNetError, match=words):
        make()


@pytest.mark.parametrize("hybrid", [False, True])
def test_data_of_a_wrong_size_is_refused_naming_the_block(hybrid: bool) -> None:
    net = nn.Dense(2, in_units=3, prefix="fc_")
    net.initialize()
    if hybrid:
        net.hybridize()
    with pytest.raises(mx.MXNetError, match=r"in Dense 'fc' with parameters fc_weight \(2, 3\)"):
        net(mx.nd.ones((1, 4)))


def test_a_sequential_of_graphs_says_that_it_could_be_one() -> None:
    net = nn.Sequential(prefix="net_")
    net.add(nn.Dense(2))
    with pytest.warns(UserWarning, match="All children of this Sequential layer 'net_' are HybridBlocks"):
        net.hybridize()


def test_a_part_of_a_container_shares_its_parameters() -> None:
    net = nn.HybridSequential()
    net.add(nn.Dense(2, in_units=2), nn.Dense(2, in_units=2), nn.Dense(2, in_units=2))
    net.initialize()
    part = net[1:]
    assert part[0] is net[1] and [p.name for p in part.collect_params().values()] == [
        p.name for p in list(net.collect_params().values())[2:]
    ]
    with pytest.raises(IndexError):
        net[3]


@pytest.mark.parametrize(
    "make, shape, text",
    [
        (lambda n: nn.Dense(n), (2, 4), "Dense(4 -> 2, linear)"),
        (lambda n: nn.Conv2D(n, (n, n)), (1, 3, 4, 4), "Conv2D(3 -> 2, kernel_size=(2, 2), stride=(1, 1))"),
        (lambda n: nn.GroupNorm(n), (1, 4, 3, 3), "GroupNorm(eps=1e-05, num_groups=2, center=True, scale=True)"),
        (lambda n: nn.Dropout(n / 4, axes=(n - 1,)), (2, 3), "Dropout(p = 0.5, axes=(1,))"),
        (
            lambda n: nn.LayerNorm(epsilon=n / 4, in_channels=n),
            (1, 2),
            "LayerNorm(eps=0.5, axis=-1, center=True, scale=True, in_channels=2)",
        ),
    ],
)
def test_sizes_may_be_numbers_of_numpy(make: Any, shape: tuple[int, ...], text: str, tmp_path: pathlib.Path) -> None:
    layer = make(np.int64(2))
    layer.initialize()
    layer.hybridize()
    x = mx.nd.ones(shape)
    out = layer(x)
    assert repr(layer) == text
    layer.export(str(tmp_path / "layer"))
    assert "np." not in (tmp_path / "layer-symbol.json").read_text()
    assert layer(mx.sym.var("data")).infer_shape(data=shape)[1] == [out.shape]
    assert mx.sym.var("x", shape=(np.int64(2), 3)).attr("__shape__") == "(2, 3)"
    assert repr(mx.gluon.Parameter("w", shape=np.int64(2)).shape) == "(2,)"


@pytest.mark.parametrize("hybrid", [None, False, True])
@pytest.mark.parametrize("kind", [nn.BatchNorm, partial(mx.gluon.contrib.nn.SyncBatchNorm, num_devices=1)])
def test_running_means_move_once_for_each_pass_forward_in_training_mode(kind: Any, hybrid: bool | None) -> None:
    layer = kind(in_channels=1, momentum=0.5)
    layer.initialize()
    if hybrid is not None:
        layer.hybridize(static_alloc=hybrid, static_shape=hybrid)
    x = mx.nd.array([[1], [3]])
    means = []

    def note() -> None:
        means.append(layer.running_mean.data().asscalar())

    layer(x)
    note()
    with mx.autograd.record():
        first = layer(x)
        second = layer(x)
    note()
    first.backward(retain_graph=True)
    first.backward()
    second.backward()
    note()
    with mx.autograd.train_mode():
        layer(x)
    note()
    with mx.autograd.record(train_mode=False):
        layer(x).backward()
    note()
    assert means == [0, 1.5, 1.5, 1.75, 1.75]


@pytest.mark.parametrize("row", [np.nan, -1, -np.inf])
def test_an_embedding_of_nan_is_the_first_row(row: float) -> None:
    weight = mx.nd.array([[0, 1], [2, 3], [4, 5]])
    found = mx.nd.Embedding(mx.nd.array([row, 1, 7]), weight, input_dim=3, output_dim=2)
    assert found.asnumpy().tolist() == [[0, 1], [2, 3], [4, 5]]
