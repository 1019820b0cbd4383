"""Models in files: our own and those of 1.9.1."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon
from mxnet.gluon import nn
from tests.gluon.saved_nets import data, model

RECORDED = pathlib.Path(__file__).parent / "recorded"
WANT = json.loads((RECORDED / "net.json").read_text())


def small(units: int = 2, **more: object) -> nn.HybridSequential:
    net = nn.HybridSequential()
    net.add(nn.Dense(units, in_units=3, **more), nn.Dense(1, in_units=units))
    return net


def same(one: nn.Block, other: nn.Block) -> bool:
    ones, others = (list(b.collect_params().values()) for b in (one, other))
    return all((a.data().asnumpy() == b.data().asnumpy()).all() for a, b in zip(ones, others, strict=True))


def written(net: nn.Block, path: pathlib.Path, **more: object) -> str:
    net.initialize(mx.init.Normal(1))
    net.save_parameters(str(path / "a.params"), **more)
    return str(path / "a.params")


# -- files of 1.9.1 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["net", "net-once", "net-names", "net-old", "net-0000"])
@pytest.mark.parametrize("ready", [False, True])
def test_parameters_of_the_reference_are_read(name: str, ready: bool) -> None:
    net = model(mx, "net_")
    if ready:
        net.initialize()
    net.load_parameters(str(RECORDED / f"{name}.params"))
    np.testing.assert_allclose(net(data(mx, np)).asnumpy(), WANT, rtol=1e-5)
    assert net[2].weight is net[0].weight


@pytest.mark.parametrize("name", ["net", "net-once", "net-old"])
def test_parameters_by_place_need_no_equal_names(name: str) -> None:
    net = model(mx, "another_")
    net.load_parameters(str(RECORDED / f"{name}.params"))
    np.testing.assert_allclose(net(data(mx, np)).asnumpy(), WANT, rtol=1e-5)


def test_graphs_of_the_reference_are_read() -> None:
    block = gluon.SymbolBlock.imports(str(RECORDED / "net-symbol.json"), "data", str(RECORDED / "net-0000.params"))
    np.testing.assert_allclose(block(data(mx, np)).asnumpy(), WANT, rtol=1e-5)


def test_models_of_the_reference_are_read_with_their_graphs() -> None:
    net = model(mx)
    net.load(str(RECORDED / "net"))
    assert net._active and net._cached_graph
    np.testing.assert_allclose(net(data(mx, np)).asnumpy(), WANT, rtol=1e-5)


def test_what_we_write_is_what_the_reference_writes(tmp_path: pathlib.Path) -> None:
    net = model(mx, "net_")
    net.load_parameters(str(RECORDED / "net.params"))
    net.hybridize()
    net(data(mx, np))
    base = str(tmp_path / "net")
    net.save_parameters(base + ".params")
    net.save_parameters(base + "-once.params", deduplicate=True)
    net.collect_params().save(base + "-names.params")
    with pytest.warns(UserWarning, match="save_params is deprecated"):
        net.save_params(base + "-old.params")
    net.export(base)
    for name in ("net", "net-once", "net-names", "net-old", "net-0000"):
        ours, theirs = ((folder / f"{name}.params").read_bytes() for folder in (tmp_path, RECORDED))
        assert ours == theirs
    graphs = [json.loads((folder / "net-symbol.json").read_text()) for folder in (tmp_path, RECORDED)]
    assert graphs[0] == graphs[1]


class Backwards(nn.HybridBlock):
    """Computes with its layers in another order than it makes them, and leaves one out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.own = self.params.get("own", shape=(1,))
            self.left_out = nn.Dense(2, in_units=2)
            self.last = nn.Dense(3, in_units=4)
            self.norm = nn.BatchNorm(in_channels=4)
            self.first = nn.Dense(4, in_units=3, use_bias=False)

    def hybrid_forward(self, F: Any, x: Any, own: Any) -> Any:
        return F.broadcast_add(self.last(self.norm(self.first(x))), own)


def test_parameters_are_exported_in_the_order_of_the_graph_without_those_it_leaves_out(
    tmp_path: pathlib.Path, recwarn: pytest.WarningsRecorder
) -> None:
    net = Backwards(prefix="net_")
    net.initialize()
    net.hybridize()
    net(mx.nd.ones((2, 3)))
    recwarn.clear()
    net.export(str(tmp_path / "net"))
    assert not recwarn
    assert list(mx.nd.load(str(tmp_path / "net-0000.params"))) == [
        "arg:net_dense2_weight",
        *(f"arg:net_batchnorm0_{name}" for name in ("gamma", "beta")),
        *(f"aux:net_batchnorm0_running_{name}" for name in ("mean", "var")),
        *(f"arg:net_dense1_{name}" for name in ("weight", "bias")),
        "arg:net_own",
    ]


# -- our own ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hybrid", [False, True])
def test_parameters_go_to_a_file_and_back(tmp_path: pathlib.Path, hybrid: bool) -> None:
    net, other = small(), small()
    path = written(net, tmp_path)
    if hybrid:
        other.hybridize()
    other.load_parameters(path)
    assert same(net, other) and (net(mx.nd.ones((1, 3))) == other(mx.nd.ones((1, 3)))).min().asscalar() == 1
    other.initialize(force_reinit=True)
    assert not same(net, other)
    other.load_parameters(path)
    assert same(net, other)


@mx.util.use_np
@pytest.mark.parametrize("ready", [False, True])
def test_with_numpy_arrays_loaded_parameters_are_such(tmp_path: pathlib.Path, ready: bool) -> None:
    """1.9.1 leaves those of a single layer and of a SymbolBlock as they are in the file."""
    net, layer = small(), nn.Dense(2)
    for block in (net, layer):
        block.initialize()
        block.hybridize()
        block(mx.np.ones((1, 3)))
        block.save_parameters(str(tmp_path / "saved.params"))
        block.export(str(tmp_path / "exported"))
        again = small() if block is net else nn.Dense(2)
        if ready:
            again.initialize()
        again.load_parameters(str(tmp_path / "saved.params"))
        graph = mx.gluon.SymbolBlock.imports(
            str(tmp_path / "exported-symbol.json"), "data", str(tmp_path / "exported-0000.params")
        )
        for loaded in (again, graph):
            for param in loaded.collect_params().values():
                assert type(param.data()) is mx.np.ndarray and type(param.grad()) is mx.np.ndarray
                assert mx.np.abs(param.data()).sum().shape == ()


def test_a_single_layer_goes_to_a_file_and_back(tmp_path: pathlib.Path) -> None:
    net, other = nn.Dense(2, in_units=3), nn.Dense(2)
    other.load_parameters(written(net, tmp_path))
    assert same(net, other)


def test_parameters_are_loaded_to_contexts(tmp_path: pathlib.Path) -> None:
    path, both = written(small(), tmp_path), [mx.cpu(0), mx.cpu(1)]
    net = small()
    net.load_parameters(path, ctx=both)
    assert net.collect_params().list_ctx() == both
    net.load_parameters(path, ctx=both[::-1])
    with pytest.raises(mx.MXNetError, match=r"on \[cpu\(2\)\] because it was previous initialized on"):
        net.load_parameters(path, ctx=mx.cpu(2))


def test_missing_and_extra_parameters_are_refused_unless_allowed(tmp_path: pathlib.Path) -> None:
    path = written(small(), tmp_path)
    more = small()
    more.add(nn.Dense(4, in_units=1))
    more.initialize("zeros")
    with pytest.raises(AssertionError, match=r"Parameter '2.weight' is missing in file '.*a.params', .*'0.weight', "):
        more.load_parameters(path)
    more.load_parameters(path, allow_missing=True)
    assert abs(more[0].weight.data()).max().asscalar() > 0 and more[2].weight.data().sum().asscalar() == 0
    less = nn.HybridSequential()
    less.add(nn.Dense(2, in_units=3))
    with pytest.raises(ValueError, match=r"Parameter '1.weight' loaded from file '.*a.params' is not present"):
        less.load_parameters(path)
    less.load_parameters(path, ignore_extra=True)
    assert less[0].weight.data().shape == (2, 3)


def test_other_shapes_are_refused_by_name(tmp_path: pathlib.Path) -> None:
    with pytest.raises(
        AssertionError, match=r"'.*dense.*_weight' from saved params: shape .* \(5, 3\) vs saved \(2, 3\)"
    ):
        small(5).load_parameters(written(small(), tmp_path))


@pytest.mark.parametrize("by_name", [False, True])
def test_of_a_file_that_does_not_fit_nothing_is_taken(tmp_path: pathlib.Path, by_name: bool) -> None:
    # 1.9.1 has taken the layers before the one that does not fit
    def made(units: int, values: str) -> nn.HybridSequential:
        net = nn.HybridSequential(prefix="net_")
        with net.name_scope():
            net.add(nn.Dense(2, in_units=3), nn.Dense(units, in_units=2))
        net.initialize(values)
        return net

    saved, other = made(2, "ones"), made(4, "zeros")
    path = str(tmp_path / "net.params")
    if by_name:
        saved.collect_params().save(path)
    else:
        saved.save_parameters(path)
    with pytest.raises(AssertionError, match="shape incompatible"):
        (other.collect_params().load if by_name else other.load_parameters)(path)
    assert not any(p.data().asnumpy().any() for p in other.collect_params().values())


def test_other_dtypes_are_cast_if_wanted(tmp_path: pathlib.Path) -> None:
    net = small()
    net.cast("float64")
    path = written(net, tmp_path)
    other = small()
    with pytest.raises(
        AssertionError, match="dtype incompatible expected .*float32.* vs saved .*float64.*cast_dtype=True"
    ):
        other.load_parameters(path)
    other.load_parameters(path, cast_dtype=True)
    assert other[0].weight.data().dtype == np.float32
    other.load_parameters(path, cast_dtype=True, dtype_source="saved")
    assert other[0].weight.data().dtype == np.float64 and same(net, other)
    with pytest.raises(mx.MXNetError, match="dtype_source is 'file'; expected 'current' or 'saved'"):
        other.load_parameters(path, cast_dtype=True, dtype_source="file")


def test_files_without_names_truncated_or_missing_are_refused(tmp_path: pathlib.Path) -> None:
    net, path = small(), written(small(), tmp_path)
    mx.nd.save(str(tmp_path / "list"), [mx.nd.ones(1)])
    with pytest.raises(mx.MXNetError, match="holds 1 arrays without names"):
        net.load_parameters(str(tmp_path / "list"))
    content = pathlib.Path(path).read_bytes()
    pathlib.Path(path).write_bytes(content[:-3])
    with pytest.raises(mx.MXNetError, match="a.params"):
        net.load_parameters(path)
    with pytest.raises(mx.MXNetError, match="none"):
        net.load_parameters(str(tmp_path / "none"))


def test_a_refused_file_does_not_tear_the_old_one(tmp_path: pathlib.Path) -> None:
    path = written(small(), tmp_path)
    before = pathlib.Path(path).read_bytes()
    with pytest.raises(mx.MXNetError, match="has not been initialized"):
        small().save_parameters(path)
    assert pathlib.Path(path).read_bytes() == before


def test_prefixes_are_taken_off_and_put_back(tmp_path: pathlib.Path) -> None:
    net, other = nn.Dense(2, in_units=3, prefix="a_"), nn.Dense(2, in_units=3, prefix="b_")
    net.initialize()
    path = str(tmp_path / "a.params")
    net.collect_params().save(path, strip_prefix="a_")
    other.collect_params().load(path, restore_prefix="b_")
    assert same(net, other)
    with pytest.raises(ValueError, match="Prefix 'c_' is to be striped before saving, but Parameter's name 'a_weight'"):
        net.collect_params().save(path, strip_prefix="c_")
    with pytest.raises(AssertionError, match="restore_prefix is 'c_' but Parameters name 'b_weight'"):
        other.collect_params().load(path, restore_prefix="c_")


# -- models and graphs -----------------------------------------------------------------------------------------------


def test_models_go_to_files_and_back_with_their_graphs(tmp_path: pathlib.Path) -> None:
    net = small()
    net.initialize()
    net.hybridize()
    x = mx.nd.ones((1, 3))
    want, base = net(x).asnumpy(), str(tmp_path / "net")
    net.save(base)
    other = small()
    other.load(base)
    assert other._cached_graph and (other(x).asnumpy() == want).all()
    with pytest.raises(mx.MXNetError, match="has 2 children, .* of the model has 0"):
        nn.HybridSequential().load(base)
    (tmp_path / "net-model.json").write_text("[3")
    with pytest.raises(mx.MXNetError, match="net-model.json: not the structure of a model"):
        other.load(base)


def test_imports_say_what_does_not_fit(tmp_path: pathlib.Path) -> None:
    graph, params = str(RECORDED / "net-symbol.json"), str(RECORDED / "net-0000.params")
    with pytest.raises(mx.MXNetError, match="has no variable 'input'; the first of those it has are data"):
        gluon.SymbolBlock.imports(graph, "input", params)
    with pytest.raises(mx.MXNetError, match="is missing in file"):
        gluon.SymbolBlock.imports(graph, "data", written(small(), tmp_path))
    fresh = gluon.SymbolBlock.imports(graph, "data")
    fresh.initialize()
    assert fresh(mx.nd.ones((2, 3))).shape == (2, 1)


def test_inputs_that_the_graph_makes_no_use_of_may_be_named(tmp_path: pathlib.Path) -> None:
    class Second(nn.HybridBlock):
        def hybrid_forward(self, F, x, y):
            return y * 2

    net, arrays = Second(), [mx.nd.ones((2,)), mx.nd.ones((2,)) * 3]
    net.hybridize()
    with pytest.warns(UserWarning, match="0-th input"):
        net(*arrays)
    net.export(str(tmp_path / "net"))
    files = str(tmp_path / "net-symbol.json"), ["data0", "data1"], str(tmp_path / "net-0000.params")
    again = gluon.SymbolBlock.imports(*files)
    assert again(*arrays).asnumpy().tolist() == [6, 6]
    assert again(mx.sym.var("a"), mx.sym.var("b")).list_arguments() == ["b"]


def test_features_are_taken_out_of_a_graph() -> None:
    full = mx.sym.load(str(RECORDED / "net-symbol.json"))
    inner = full.get_internals()
    block = gluon.SymbolBlock([inner["net_dense0_fwd_output"], full], mx.sym.var("data"))
    block.load_parameters(str(RECORDED / "net-0000.params"))
    for _ in range(2):
        feature, out = block(data(mx, np))
        np.testing.assert_allclose(out.asnumpy(), WANT, rtol=1e-5)
        assert feature.shape == (2, 3)
        block.hybridize()


@pytest.mark.parametrize("caught", [AssertionError, ValueError])
def test_an_extra_parameter_of_a_single_layer_is_caught_as_in_1_9_1(tmp_path: pathlib.Path, caught: type) -> None:
    path = str(tmp_path / "a.params")
    mx.nd.save(path, {"weight": mx.nd.ones((2, 2)), "bias": mx.nd.ones(2), "more": mx.nd.ones(2)})
    with pytest.raises(caught, match="'more'"):
        nn.Dense(2, in_units=2).load_parameters(path)


@pytest.mark.parametrize("epoch", [2, 2.7, np.float32(2), np.int64(2)])
def test_an_exported_epoch_may_be_any_number(tmp_path: pathlib.Path, epoch: float) -> None:
    net = nn.Dense(2, in_units=2)
    net.initialize()
    net.hybridize()
    net(mx.nd.ones((1, 2)))
    net.export(str(tmp_path / "a"), epoch)
    assert (tmp_path / "a-0002.params").exists()
