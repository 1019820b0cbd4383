"""Convolutions with what follows them, as inference runs them: the same results, and never with old weights."""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet._graph.layers import join_layers
from mxnet._graph.passes import optimise
from mxnet._graph.verify import verify
from mxnet._kernels import packed

pytestmark = pytest.mark.skipif(not packed._AVAILABLE, reason="torch has no oneDNN here")


def conv(x: Any, name: str, filters: int = 16, kernel: int = 3, **attrs: Any) -> Any:
    pad = attrs.pop("pad", (kernel // 2,) * 2)
    return mx.sym.Convolution(x, num_filter=filters, kernel=(kernel, kernel), pad=pad, name=name, **attrs)


def norm(x: Any, name: str, **attrs: Any) -> Any:
    return mx.sym.BatchNorm(x, name=name, **{"fix_gamma": False, **attrs})


def shared(x: Any) -> Any:
    once = conv(x, "a")
    return mx.sym.Group([norm(once, "n"), mx.sym.relu(once)])


def twice(x: Any) -> Any:
    once = conv(x, "a")
    return once + norm(once, "n")


def residual(x: Any) -> Any:
    return mx.sym.relu(norm(conv(x, "a", 8), "n") + x)


# a graph of x (N, 8, 12, 12), how many layers it has, how many operators are in them
GRAPHS: dict[str, tuple[Callable[[Any], Any], int, int]] = {
    "rectified": (lambda x: mx.sym.Activation(conv(x, "a"), act_type="relu"), 1, 2),
    "dense and rectified": (
        lambda x: mx.sym.relu(mx.sym.FullyConnected(x, num_hidden=7, name="a")),
        1,
        2,
    ),
    "dense, not rectified": (lambda x: mx.sym.tanh(mx.sym.FullyConnected(x, num_hidden=7, name="a")), 0, 0),
    "alone": (lambda x: conv(x, "a"), 1, 1),
    "without bias": (lambda x: conv(x, "a", no_bias=True), 1, 1),
    "normalised": (lambda x: norm(conv(x, "a"), "n"), 1, 2),
    "normalised, without bias": (lambda x: norm(conv(x, "a", no_bias=True), "n"), 1, 2),
    "with gamma fixed": (lambda x: norm(conv(x, "a"), "n", fix_gamma=True), 1, 2),
    "added to": (residual, 1, 4),
    "added from the left": (lambda x: x + norm(conv(x, "a", 8), "n"), 1, 3),
    "added without a norm": (lambda x: mx.sym.elemwise_add(x, conv(x, "a", 8)), 1, 2),
    "added to another": (lambda x: norm(conv(x, "a"), "n") + norm(conv(x, "b"), "m"), 2, 5),
    "added and broadcast": (lambda x: mx.sym.broadcast_add(conv(x, "a", 8, 12, pad=(0, 0)), x), 1, 2),
    "with strides and holes": (lambda x: norm(conv(x, "a", stride=(2, 3), dilate=(2, 1)), "n"), 1, 2),
    "in groups": (lambda x: norm(conv(x, "a", num_group=4), "n"), 1, 2),
    "of each channel": (lambda x: norm(conv(x, "a", 8, num_group=8), "n"), 1, 2),
    "of few pixels": (lambda x: norm(conv(conv(x, "a", 24, stride=(6, 6)), "b", 24), "n") + 1, 2, 3),
    "with weights that are computed": (
        lambda x: mx.sym.Convolution(
            x, mx.sym.var("w", shape=(4, 8, 3, 3)) * 2, no_bias=True, num_filter=4, kernel=(3, 3)
        ),
        0,
        0,
    ),
    "used twice": (twice, 1, 1),
    "an output itself": (shared, 1, 1),
    "normalised along another axis": (lambda x: norm(conv(x, "a"), "n", axis=2), 1, 1),
    "in one dimension": (
        lambda x: mx.sym.Convolution(x.reshape((0, 0, -1)), num_filter=4, kernel=(3,), name="a"),
        0,
        0,
    ),
}


def inner(symbol: Any) -> list[Any]:
    """What the layers of the program run."""
    joined = optimise(symbol._outputs)
    verify(joined)
    seen = mx._graph.node.topological(joined)
    return [n for n in seen if n.op is not None and n.op.name == "_layer"]


@pytest.mark.parametrize("name", GRAPHS)
def test_inference_in_layers_gives_what_the_operators_give(name: str) -> None:
    make, layers, operators = GRAPHS[name]
    symbol = make(mx.sym.var("x"))
    found = inner(symbol)
    count = sum(n.op is not None for n in mx._graph.node.topological(symbol._outputs))
    left = sum(n.op is not None for n in mx._graph.node.topological(optimise(symbol._outputs)))
    assert (len(found), count - left) == (layers, operators - layers)
    run = symbol.simple_bind(mx.cpu(), x=(5, 8, 12, 12))
    for key, array in [*run.arg_dict.items(), *run.aux_dict.items()]:
        array[:] = mx.nd.random.uniform(0.5 if "var" in key else -1, 1, array.shape)
    for _ in range(2):
        made = [out.asnumpy() for out in run.forward(is_train=False)]
        arrays = {**run.arg_dict, **run.aux_dict}
        for key in symbol.list_arguments():
            arrays[key] = arrays[key].copy()
            arrays[key].attach_grad()
        with mx.autograd.record(train_mode=False):  # where a gradient is wanted the operators run
            expected = mx._graph.cached_op.CachedOp(symbol)(*[arrays[n] for n in symbol.list_inputs()])
        for one, other in zip(made, expected if isinstance(expected, list) else [expected], strict=True):
            np.testing.assert_allclose(one, other.asnumpy(), rtol=1e-4, atol=1e-4)
        run.arg_dict["x"][:] = mx.nd.random.uniform(-1, 1, (5, 8, 12, 12))


@pytest.mark.parametrize(
    "attrs, swapped",
    [
        ({"kernel": (2, 2), "stride": (2, 2)}, True),
        ({"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1)}, True),
        ({"kernel": (1, 1), "global_pool": True}, True),
        ({"kernel": (2, 2), "stride": (2, 2), "pooling_convention": "full"}, False),
        ({"kernel": (2, 2), "stride": (2, 2), "pool_type": "avg"}, False),
    ],
)
def test_a_rectifier_before_max_pooling_may_come_after_it(attrs: dict[str, Any], swapped: bool) -> None:
    x = mx.sym.var("x")
    symbol = mx.sym.Pooling(mx.sym.Activation(x, act_type="relu"), **attrs)
    last = optimise(symbol._outputs)[0][0].op
    assert (last is not None and last.name == "Activation") is swapped
    data = mx.nd.round(mx.nd.random.normal(0, 2, (2, 3, 7, 7)))  # with many ties, and zeros
    run = symbol.simple_bind(mx.cpu(), x=data.shape)
    run.forward(is_train=True, x=data)
    head = mx.nd.random.normal(shape=run.outputs[0].shape)
    run.backward(head)
    data.attach_grad()
    with mx.autograd.record():
        expected = mx.nd.Pooling(mx.nd.Activation(data, act_type="relu"), **attrs)
    expected.backward(head)
    np.testing.assert_array_equal(run.outputs[0].asnumpy(), expected.asnumpy())
    if not attrs.get("global_pool"):  # of equal numbers which one has the gradient is left open there
        np.testing.assert_array_equal(run.grad_dict["x"].asnumpy(), data.grad.asnumpy())


def test_threads_with_batches_of_their_own_share_a_layer() -> None:
    net = mx.gluon.nn.Conv2D(32, 3, in_channels=16, use_bias=False)
    net.initialize(mx.init.Normal(1))
    batches = [mx.nd.random.normal(shape=(rows, 16, 8, 8)) for rows in (2, 5)]
    expected = [net(x).asnumpy() for x in batches]
    net.hybridize()

    def run(which: int) -> bool:
        return all(np.allclose(net(batches[which]).asnumpy(), expected[which], 1e-4, 1e-3) for _ in range(200))

    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(run, (0, 1)))


def test_open_shapes_leave_the_operators_as_they_are() -> None:
    x = mx.sym.var("x")
    symbol = conv(x, "a", 8) + mx.sym.zeros((0, 8, 12, 12))
    assert len(join_layers(symbol._outputs)) == 1
    assert not inner(symbol)
    assert mx._graph.cached_op.CachedOp(symbol).bound.program.run is not None
    out = symbol.eval(x=mx.nd.ones((2, 8, 12, 12)), a_weight=mx.nd.ones((8, 8, 3, 3)), a_bias=mx.nd.zeros(8))[0]
    assert out[0, 0, 5, 5].asscalar() == 72


def network() -> Any:
    net = mx.gluon.nn.HybridSequential()
    net.add(
        mx.gluon.nn.Conv2D(16, 3, padding=1, in_channels=8),
        mx.gluon.nn.BatchNorm(in_channels=16),
        mx.gluon.nn.Conv2D(4, 1, in_channels=16),
    )
    net.initialize(mx.init.Normal(0.5))
    return net


def train(net: Any, rule: str) -> None:
    trainer = mx.gluon.Trainer(net.collect_params(), rule, {"learning_rate": 0.1})
    with mx.autograd.record():
        loss = net(mx.nd.random.normal(shape=(4, 8, 6, 6))).square().mean()
    loss.backward()
    trainer.step(1)


def pass_forward(net: Any) -> None:
    with mx.autograd.record():  # the moving statistics move, nothing else
        net(mx.nd.random.normal(3, 2, shape=(4, 8, 6, 6)))


def load(net: Any, folder: Any) -> None:
    other = network()
    other.save_parameters(str(folder / "w.params"))
    net.load_parameters(str(folder / "w.params"))


def by_dlpack(net: Any, _: Any) -> None:
    capsule = net[0].weight.data().to_dlpack_for_write()
    theirs = torch.utils.dlpack.from_dlpack(capsule)
    net(mx.nd.ones((2, 8, 6, 6)))
    theirs.mul_(2)


def pulled(net: Any, _: Any) -> None:
    store = mx.kv.create("local")
    store.init("w", mx.nd.ones((16, 8, 3, 3)))
    store.pull("w", out=net[0].weight.data())


RULES = "adadelta adagrad adam adamax dcasgd eve ftml ftrl lamb lars lbsgd nadam nag rmsprop sgd sgld signum".split()
WRITES: dict[str, Callable[[Any, Any], object]] = {
    **{f"a step of {rule}": functools.partial(lambda rule, net, _: train(net, rule), rule) for rule in RULES},
    "a forward pass in training": lambda net, _: pass_forward(net),
    "the same, node by node": lambda net, _: (net.hybridize(False), pass_forward(net), net.hybridize()),
    "set_data": lambda net, _: net[0].weight.set_data(mx.nd.ones((16, 8, 3, 3))),
    "assignment": lambda net, _: net[2].bias.data().__setitem__(slice(None), 7),
    "assignment to a part": lambda net, _: net[0].weight.data()[3:5].__setitem__(slice(None), 7),
    "an operator in place": lambda net, _: net[1].gamma.data().__imul__(3),
    "an output": lambda net, _: mx.nd.full((4,), 7).copyto(net[2].bias.data()),
    "an update rule": lambda net, _: mx.nd.sgd_update(
        net[0].weight.data(), mx.nd.ones((16, 8, 3, 3)), lr=0.5, out=net[0].weight.data()
    ),
    "a file": load,
    "initialize": lambda net, _: net.initialize(mx.init.One(), force_reinit=True),
    "a store": pulled,
    "another library": by_dlpack,
}


@pytest.mark.parametrize("name", WRITES)
def test_inference_sees_every_write_to_a_parameter(name: str, tmp_path: Any) -> None:
    net = network()
    net.hybridize()
    x = mx.nd.random.normal(shape=(2, 8, 6, 6))
    before = [net(x).asnumpy() for _ in range(3)][-1]
    WRITES[name](net, tmp_path)
    after = net(x).asnumpy()
    net.hybridize(False)
    np.testing.assert_allclose(after, net(x).asnumpy(), rtol=1e-4, atol=1e-4)
    assert not np.allclose(after, before, atol=1e-3)


def test_inference_of_every_size_follows_that_of_the_first() -> None:
    net = network()
    other = network()
    for mine, theirs in zip(net.collect_params().values(), other.collect_params().values(), strict=True):
        theirs.set_data(mine.data())
    net.hybridize()
    for shape in [(2, 8, 6, 6), (9, 8, 3, 5), (1, 8, 40, 40), (2, 8, 6, 6), (64, 8, 1, 1)]:
        x = mx.nd.random.normal(shape=shape)
        np.testing.assert_allclose(net(x).asnumpy(), other(x).asnumpy(), rtol=1e-4, atol=1e-5)


SIZES = [(1, 16, 16), (1, 20, 17), (1, 32, 32), (32, 8, 8), (1, 7, 9), (3, 16, 16), (2, 40, 30), (1, 56, 56), (1, 1, 2)]


def test_weights_lie_in_the_order_that_the_size_of_the_data_asks_for() -> None:
    """From any other order oneDNN copies them at each call, which takes ten times as long as the convolution."""
    weight, window = torch.randn(128, 128, 3, 3), packed.Window((3, 3), (1, 1), (1, 1), (1, 1), 1)
    run = functools.partial(torch.conv2d, padding=1)
    layer = packed.Layer([(run, (0, 1))], 2, window, None, False)
    orders = set()
    for images, *pixels in SIZES:
        data = torch.randn(images, 128, *pixels)
        torch.testing.assert_close(layer(data, weight), run(data, weight), rtol=1e-4, atol=1e-4)
        kept = layer._kept
        assert kept is not None
        wanted = torch.ops.mkldnn._reorder_convolution_weight(weight, *window[1:], data.shape)
        assert packed.order(kept.ways[data.shape].weight) == packed.order(wanted)
        orders.add(packed.order(wanted))
    assert len(kept.orders) <= min(len(orders), packed._MOST_ORDERS), "more copies than orders"


def test_what_does_not_fit_is_told_as_the_operators_tell_it() -> None:
    net = network()
    net.hybridize()
    net(mx.nd.ones((2, 8, 6, 6)))
    with pytest.raises(mx.MXNetError, match="channel|shape"):
        net(mx.nd.ones((2, 9, 6, 6)))


def test_nan_stays_nan() -> None:
    net = network()
    net.hybridize()
    assert np.isnan(net(mx.nd.full((2, 8, 6, 6), np.nan)).asnumpy()).all()
