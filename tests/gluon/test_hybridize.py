"""Blocks as graphs: the same results and gradients, whatever goes in and comes out."""

from __future__ import annotations

import json
import pathlib
import warnings
from collections.abc import Callable

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon
from mxnet.gluon import nn
from tests.answers import check, recorded
from tests.gluon import structure_probes

OPTIONS = [
    {},
    {"static_alloc": True},
    {"static_alloc": True, "static_shape": True},
    {"inline_limit": 0, "forward_bulk_size": 3, "backward_bulk_size": 2},
]

STRUCTURES = recorded(pathlib.Path(__file__).parent / "recorded" / "structures.json", structure_probes.PROBES)


DICTS = {"gives a dict as a graph", "gives what its child does, a dict as a graph"}
"""1.9.1 refuses them; see test_deferred.py."""


@pytest.mark.parametrize("name", [n for n in structure_probes.PROBES if n not in DICTS])
def test_structures_are_given_and_taken_as_in_the_reference(name: str) -> None:
    check(structure_probes.PROBES[name], mx, STRUCTURES[name])


def dense() -> nn.HybridSequential:
    net = nn.HybridSequential()
    net.add(nn.Dense(5, activation="relu"), nn.LayerNorm(), nn.Dense(3))
    return net


def convolutions() -> nn.HybridSequential:
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(3, 3, padding=1), nn.BatchNorm(momentum=0.5), nn.Activation("relu"), nn.MaxPool2D(),
        nn.Conv2DTranspose(2, 2, 2), nn.BatchNorm(scale=False), nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(2),
    )  # fmt: skip
    return net


class Residual(nn.HybridBlock):
    """A block that uses a child twice, its own parameter, numbers and the functions of F."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.inner = nn.Dense(6, flatten=False)
            self.scale = self.params.get("scale", shape=(1, 6), init="ones")

    def hybrid_forward(self, F, x, scale):
        y = F.broadcast_mul(self.inner(x), scale) + x * 2
        return (
            F.concat(F.softmax(self.inner(F.tanh(y))), 1 - F.slice_axis(y, axis=1, begin=0, end=2).abs(), dim=1)
            .reshape((0, -1))
            .sum(axis=1)
        )


def shared() -> nn.HybridSequential:
    net = nn.HybridSequential()
    first = nn.Dense(4, in_units=4)
    net.add(first, nn.Activation("tanh"), nn.Dense(4, in_units=4, params=first.params))
    return net


NETS = {
    "dense": (dense, (4, 6)),
    "convolutions": (convolutions, (2, 2, 4, 4)),
    "a block of one's own": (Residual, (4, 6)),
    "shared parameters": (shared, (3, 4)),
    "embedding": (lambda: nn.Embedding(9, 3), (2, 3)),
}


def values(shape: tuple[int, ...]) -> mx.nd.NDArray:
    return mx.nd.array(np.sin(np.arange(int(np.prod(shape))) * 1.3).reshape(shape) * 3).abs()


def passes(make: Callable, shape: tuple[int, ...], **options: object) -> list[np.ndarray]:
    """Outputs, gradients and parameters of a few steps of training, and an output of prediction."""
    mx.random.seed(5)
    net, found = make(), []
    net.initialize(mx.init.Normal(0.5))
    x = values(shape)
    net(x)
    if options.pop("hybrid", False):
        net.hybridize(**options)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    x.attach_grad()
    for _ in range(3):
        with mx.autograd.record():
            y = net(x)
            loss = (y * y).sum()
        loss.backward()
        found += [y, x.grad.copy(), *[p.grad().copy() for p in net.collect_params().values() if p.grad_req != "null"]]
        trainer.step(4)
    found += [net(x), *[p.data() for p in net.collect_params().values()]]
    return [a.asnumpy() for a in found]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", NETS)
def test_graphs_give_and_learn_the_same(name: str, options: dict) -> None:
    make, shape = NETS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for got, want in zip(passes(make, shape, hybrid=True, **options), passes(make, shape), strict=True):
            np.testing.assert_allclose(got, want, rtol=2e-4, atol=2e-5)


def test_running_statistics_move_in_training_only() -> None:
    net = nn.BatchNorm(momentum=0.5, in_channels=2)
    net.initialize()
    net.hybridize()
    x = mx.nd.array([[1, 2], [3, 6]])
    net(x)
    assert net.running_mean.data().asnumpy().tolist() == [0, 0]
    with mx.autograd.record():
        net(x)
    assert net.running_mean.data().asnumpy().tolist() == [1, 2]
    assert net.running_var.data().asnumpy().tolist() == [1, 2.5]
    with mx.autograd.record(train_mode=False):
        net(x)
    assert net.running_mean.data().asnumpy().tolist() == [1, 2]


def test_shapes_may_change_between_calls() -> None:
    net = dense()
    net.initialize()
    net.hybridize()
    whole = net(mx.nd.ones((4, 6))).asnumpy()
    for rows in (1, 7):
        np.testing.assert_allclose(
            net(mx.nd.ones((rows, 6))).asnumpy(), whole[:1].repeat(rows, 0), rtol=1e-5, atol=1e-7
        )


def test_a_graph_waits_for_shapes_too() -> None:
    net = convolutions()
    net.initialize()
    net.hybridize()
    assert net(mx.nd.ones((2, 3, 4, 4))).shape == (2, 2) and net[0].weight.shape == (3, 3, 3, 3)


# -- what goes in and comes out --------------------------------------------------------------------------------------


class Nested(nn.HybridBlock):
    def hybrid_forward(self, F, x, more, last=None):
        first, (second, third) = more
        total = x + first + second * third
        return total, [x, (first * 2, None)], total if last is None else last


@pytest.mark.parametrize("last", [False, True])
def test_lists_in_lists_keep_their_form(last: bool) -> None:
    net = Nested()
    x, a, b, c = (mx.nd.array([float(i)]) for i in range(1, 5))
    arguments = (x, [a, [b, c]], *([mx.nd.array([9.0])] if last else []))
    plain = net(*arguments)
    net.hybridize()
    for _ in range(2):
        total, (same, (double, nothing)), end = net(*arguments)
        assert (total.asscalar(), same.asscalar(), double.asscalar(), nothing) == (15, 1, 4, None)
        assert end.asscalar() == (9 if last else 15) == plain[2].asscalar()


def test_arguments_of_another_form_than_traced_are_refused() -> None:
    net = Nested()
    net.hybridize()
    a = mx.nd.ones(1)
    net(a, [a, [a, a]])
    with pytest.raises(mx.MXNetError, match="argument structure of HybridBlock does not match the cached version"):
        net(a, [a, a, a])
    net.hybridize()
    with pytest.raises(mx.MXNetError):
        net(a, [a, [a, 3]])


def test_an_output_may_be_several_of_one_operator() -> None:
    class Split(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.split(x, num_outputs=3, axis=1)

    net = Split()
    for _ in range(2):
        parts = net(mx.nd.array([[1, 2, 3]]))
        assert isinstance(parts, list) and [p.asscalar() for p in parts] == [1, 2, 3]
        net.hybridize()


def test_gradients_go_through_inputs_and_several_outputs() -> None:
    net = Nested()
    arrays = [mx.nd.array([float(i)]) for i in range(1, 5)]
    for hybrid in (False, True):
        net.hybridize(hybrid)
        for a in arrays:
            a.attach_grad()
        x, a, b, c = arrays
        with mx.autograd.record():
            total, (_, (double, _)), _ = net(x, [a, [b, c]])
        mx.autograd.backward([total, double])
        assert [v.grad.asscalar() for v in arrays] == [1, 3, 4, 3]


# -- graphs in files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dense", "convolutions", "a block of one's own", "shared parameters"])
def test_exported_graphs_come_back_as_blocks(name: str, tmp_path: pathlib.Path) -> None:
    make, shape = NETS[name]
    net, x = make(), values(shape)
    net.initialize()
    net.hybridize()
    with mx.autograd.record():
        net(x)
    want = net(x).asnumpy()
    path = str(tmp_path / "net")
    net.export(path, epoch=3)
    graph = json.loads((tmp_path / "net-symbol.json").read_text())
    assert graph["nodes"][0]["name"] == "data" and graph["attrs"]["mxnet_version"]
    block = gluon.SymbolBlock.imports(f"{path}-symbol.json", ["data"], f"{path}-0003.params")
    for _ in range(2):
        np.testing.assert_allclose(block(x).asnumpy(), want, rtol=1e-5, atol=1e-6)
        block.hybridize()
    assert {n: p.shape for n, p in block.collect_params().items()} == {
        n: p.shape for n, p in net.collect_params().items()
    }
    trainer = gluon.Trainer(block.collect_params(), "sgd", {"learning_rate": 0.1})
    with mx.autograd.record():
        loss = block(x).sum()
    loss.backward()
    trainer.step(1)
    assert (block(x).asnumpy() != want).any()


class _Sines(gluon.HybridBlock):
    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def hybrid_forward(self, F, x):
        for _ in range(self._count):
            x = F.sin(x)
        return x


@pytest.mark.parametrize(
    ("count", "options", "whole"),
    [
        (1, {}, False),
        (2, {}, False),
        (3, {}, True),
        (1, {"inline_limit": 0}, True),
        (3, {"inline_limit": 3}, False),
        (4, {"inline_limit": 3}, True),
        (1, {"static_alloc": True}, True),
        (1, {"static_alloc": True, "inline_limit": 9}, True),
    ],
)
def test_a_recorded_graph_over_the_limit_is_one_node_of_the_symbol(count: int, options: dict, whole: bool) -> None:
    block = _Sines(count)
    block.hybridize(**options)
    x = mx.nd.array([0.5, 1.0])
    x.attach_grad()
    with mx.autograd.record():
        y = block(x) * 2
    symbol = mx.autograd.get_symbol(y)
    operators = [n["op"] for n in json.loads(symbol.tojson())["nodes"] if n["op"] != "null"]
    assert operators == ["_CachedOp" if whole else "sin"] * (1 if whole else count) + ["_mul_scalar"]
    assert symbol.infer_shape(var0=(3, 4))[1] == [(3, 4)]
    np.testing.assert_array_equal(symbol.eval(var0=x)[0].asnumpy(), y.asnumpy())


def test_states_of_a_recorded_graph_that_is_one_node_stay_states() -> None:
    block = nn.HybridSequential()
    block.add(nn.Dense(3), nn.BatchNorm(), nn.Dropout(0.5))
    block.initialize()
    block.hybridize()
    with mx.autograd.record():
        y = block(block(mx.nd.ones((1, 3))))  # one row: its shapes are found too
    symbol = mx.autograd.get_symbol(y)
    assert [n["op"] for n in json.loads(symbol.tojson())["nodes"]].count("_CachedOp") == 2
    assert len(symbol.list_arguments()) == 5 and len(symbol.list_auxiliary_states()) == 2


@pytest.mark.parametrize(("kernel", "size"), [(15, 20), (24, 24)])
def test_wide_kernels_are_computed_the_same_in_a_graph(kernel: int, size: int) -> None:
    block = nn.Conv2D(16, kernel, in_channels=3)
    block.initialize()
    x = mx.nd.random.uniform(-1, 1, shape=(2, 3, size, size))
    x.attach_grad()
    found = []
    for active in (False, True):
        block.hybridize(active)
        with mx.autograd.record():
            y = block(x)
        y.backward()
        found.append((y.asnumpy(), x.grad.asnumpy(), block.weight.grad().asnumpy()))
    for plain, graph in zip(*found, strict=True):
        np.testing.assert_allclose(graph, plain, rtol=1e-6, atol=1e-6)


class Dropped(gluon.Parameter):
    def data(self, ctx=None):
        return mx.nd.Dropout(super().data(ctx), p=0.5)


class Scaled(gluon.HybridBlock):
    def __init__(self) -> None:
        super().__init__(prefix="")
        self.weight = self.params.get("w", shape=(64,), init="ones")

    def hybrid_forward(self, F, x, weight):
        return F.elemwise_mul(x, weight)


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_parameter_that_makes_its_values_anew_is_asked_in_each_call(hybrid: bool) -> None:
    net, kept = Scaled(), Dropped("w", shape=(64,), init="ones")
    net.initialize()
    net.hybridize(hybrid)
    net(mx.nd.ones(64))
    net._reg_params["weight"] = net.params._params["w"] = kept
    if hybrid:
        net.hybridize()
    kept.initialize()
    drawn = []
    for _ in range(2):
        with mx.autograd.record():
            out = net(mx.nd.ones(64))
        out.backward()
        drawn.append(out.asnumpy().tolist())
        assert kept.grad().asnumpy().tolist() == drawn[-1]
    assert set(drawn[0]) == {0.0, 2.0}
    assert drawn[0] != drawn[1]
    assert net(mx.nd.ones(64)).asnumpy().tolist() == [1.0] * 64


@pytest.mark.parametrize("hybrid", [False, True])
def test_arrays_put_in_the_place_of_a_parameter_are_computed_with_and_differentiated_through(hybrid: bool) -> None:
    net = Scaled()
    net.initialize()
    net.hybridize(hybrid)
    net(mx.nd.ones(64))
    factor = mx.nd.full((64,), 3)
    factor.attach_grad()
    for turn in (1, 2):
        with mx.autograd.record():
            net.weight._data[net.weight._ctx_map[1][0]] = factor * factor * turn
            out = net(mx.nd.ones(64))
        out.backward()
        assert out.asnumpy().tolist() == [9.0 * turn] * 64
        assert factor.grad.asnumpy().tolist() == [6.0 * turn] * 64
    net.weight._data = [mx.nd.zeros(64)]
    assert net(mx.nd.ones(64)).asnumpy().tolist() == [0.0] * 64


class Two(gluon.HybridBlock):
    def __init__(self) -> None:
        super().__init__(prefix="")
        for name in "abc":
            setattr(self, name, self.params.get(name, shape=(2,), init="ones"))

    def hybrid_forward(self, F, x, a, b, c):
        return x * a + F.ones_like(b), x * c


@pytest.mark.parametrize("hybrid", [False, True])
def test_backward_of_one_output_of_a_graph_refreshes_the_gradients_of_all_its_parameters(hybrid: bool) -> None:
    net = Two()
    net.initialize()
    net.hybridize(hybrid)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1})
    for _ in range(2):
        for p in net.collect_params().values():
            p.grad()[:] = 7
        with mx.autograd.record():
            first = net(mx.nd.ones(2))[0]
        first.backward()
        assert [p.grad().asnumpy().tolist() for p in (net.a, net.b)] == [[1, 1], [0, 0]]
        assert net.c.grad().asnumpy().tolist() == ([0, 0] if hybrid else [7, 7])
        if hybrid:
            trainer.step(1)
        else:
            with pytest.raises(UserWarning, match="`c`"):
                trainer.step(1)
