"""Parts of graphs under other backends: what they take, what comes out, and what is told of."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import mxnet as mx
from mxnet import subgraph
from mxnet.base import _LIB, SymbolHandle, c_str, c_str_array, check_call, mx_uint

DATA = mx.sym.var("data", shape=(2, 3, 4))


def diamond() -> mx.sym.Symbol:
    below = mx.sym.exp(DATA, name="exp")
    return mx.sym.cos(below, name="cos") + mx.sym.sin(below, name="sin")


def with_states() -> mx.sym.Symbol:
    return mx.sym.BatchNorm(diamond(), fix_gamma=False, name="bn")


def two_heads() -> mx.sym.Symbol:
    below = mx.sym.exp(DATA)
    return mx.sym.Group([below, mx.sym.sqrt(below), below * 2])


def twice_the_same() -> mx.sym.Symbol:
    return DATA + DATA


def chain() -> mx.sym.Symbol:
    first = mx.sym.sin(DATA, name="sin")
    last = first
    for _ in range(4):
        last = mx.sym.cos(last)
    return first + last


def dense() -> mx.sym.Symbol:
    return mx.sym.FullyConnected(mx.sym.relu(DATA), num_hidden=2, name="fc")


def weight_from_below() -> mx.sym.Symbol:
    """The shape of ``weight`` follows from what takes its sine."""
    weight = mx.sym.sin(mx.sym.var("weight", shape=(1, 0, 2, 2)))
    return mx.sym.Convolution(mx.sym.var("data", shape=(3, 3, 5, 5)), weight, kernel=(2, 2), num_filter=1, name="conv")


PARTS = [
    (weight_from_below, ["sin"], [["sin"]]),
    (weight_from_below, ["sin", "Convolution"], [["sin", "conv"]]),
    (diamond, ["exp", "cos", "sin", "elemwise_add"], [["exp", "cos", "sin", "_plus"]]),
    (diamond, ["exp", "sin", "elemwise_add"], [["exp", "sin"], ["_plus"]]),
    (diamond, ["exp", "cos", "sin"], [["exp", "cos", "sin"]]),
    (diamond, ["Convolution"], []),
    (with_states, ["exp", "cos", "_plus", "BatchNorm"], [["exp", "cos"], ["_plus", "bn"]]),
    (with_states, ["BatchNorm"], [["bn"]]),
    (two_heads, ["exp"], [["exp"]]),
    (two_heads, ["exp", "sqrt"], [["exp", "sqrt"]]),
    (twice_the_same, ["elemwise_add"], [["_plus"]]),
    (chain, ["sin", "elemwise_add"], [["sin"], ["_plus"]]),
    (dense, ["FullyConnected", "relu"], [["relu", "fc"]]),
]


@pytest.fixture(autouse=True)
def no_names_left() -> Iterator[None]:
    yield
    subgraph.set_op_names("default", None)


def parts_of(symbol: mx.sym.Symbol) -> list[list[str]]:
    nodes = [n for n in symbol._topological() if n.op is not None and n.op.name == "_CachedOp"]
    return [
        [s.name.rstrip("0123456789") for s in mx.sym.Symbol(n.graphs[0]).get_internals() if s._outputs[0][0].op]
        for n in nodes
    ]


def run(symbol: mx.sym.Symbol, values: dict[str, mx.nd.NDArray]) -> list[np.ndarray]:
    """Outputs, gradients and states after a training step."""
    run = symbol.simple_bind(mx.cpu())
    for name, array in (run.arg_dict | run.aux_dict).items():
        array[:] = values.setdefault(name, mx.nd.random.uniform(0.5, 1, shape=array.shape))
    outputs = run.forward(is_train=True)
    run.backward([mx.nd.ones_like(o) for o in outputs])
    return [a.asnumpy() for a in (*outputs, *run.grad_arrays, *run.aux_arrays)]


@pytest.mark.parametrize("graph, names, parts", PARTS)
def test_a_partitioned_graph_gives_the_same(
    graph: Callable[[], mx.sym.Symbol], names: list[str], parts: list[list[str]]
) -> None:
    whole = graph()
    with subgraph.op_names("default", names):
        cut = whole.optimize_for("default")
    assert parts_of(cut) == parts
    assert cut.list_inputs() == whole.list_inputs()
    assert cut.list_auxiliary_states() == whole.list_auxiliary_states()
    assert cut.infer_shape() == whole.infer_shape()
    read_back = mx.sym.fromjson(cut.tojson())
    assert read_back.tojson() == cut.tojson()
    values: dict[str, mx.nd.NDArray] = {}
    expected = run(whole, values)
    for other in (cut, read_back):
        for a, b in zip(run(other, values), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_the_setting_partitions_what_is_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXNET_SUBGRAPH_BACKEND", "default")
    with subgraph.op_names("default", ["exp"]):
        run = diamond().simple_bind(mx.cpu())
    assert parts_of(run._symbol) == [["exp"]]
    monkeypatch.setenv("MXNET_SUBGRAPH_BACKEND", "MKLDNN")
    assert parts_of(diamond().simple_bind(mx.cpu())._symbol) == []
    monkeypatch.setenv("MXNET_SUBGRAPH_BACKEND", "nonsense")
    with pytest.raises(mx.MXNetError, match="nonsense.*inductor"):
        diamond().simple_bind(mx.cpu())


@pytest.mark.parametrize("backend", ["MKLDNN", "MKLDNN_QUANTIZE"])
def test_backends_of_the_reference_s_own_kernels_leave_graphs_as_they_are(backend: str) -> None:
    whole = diamond()
    for cut in (whole.optimize_for(backend), whole.get_backend_symbol(backend)):
        assert cut.tojson() == whole.tojson()
    net = mx.gluon.nn.Dense(2, in_units=2)
    net.initialize(mx.init.One())
    net.hybridize(backend=backend)
    assert net(mx.nd.ones((1, 2))).asnumpy().tolist() == [[2, 2]]
    net.optimize_for(mx.nd.ones((1, 2)), backend=backend)
    assert net(mx.nd.ones((1, 2))).asnumpy().tolist() == [[2, 2]]


def test_partitioning_through_the_names_of_the_c_library() -> None:
    whole, out = diamond(), SymbolHandle()
    names = ["exp", "sin"]
    check_call(
        _LIB.MXBuildSubgraphByOpNames(whole.handle, c_str("default"), mx_uint(2), c_str_array(names), ctypes.byref(out))
    )
    assert parts_of(mx.sym.Symbol(out)) == [["exp", "sin"]]
    with pytest.raises(mx.MXNetError, match="handle"):
        mx.sym.Symbol(out)
    check_call(_LIB.MXSetSubgraphPropertyOpNamesV2(c_str("default"), mx_uint(1), c_str_array(["cos"])))
    assert parts_of(whole.optimize_for("default")) == [["cos"]]
    check_call(_LIB.MXRemoveSubgraphPropertyOpNamesV2(c_str("default")))
    assert parts_of(whole.optimize_for("default")) == []
    with pytest.raises(AttributeError, match="MXNDArrayCreate"):
        _ = _LIB.MXNDArrayCreate


class Upwards(subgraph.SubgraphSelector):
    """From an addition to what it adds, but for sines."""

    def select(self, node: object) -> bool:
        return node.op.name == "cos"

    def select_input(self, node: object, input_node: object) -> bool:
        return False

    def select_output(self, node: object, output_node: object) -> bool:
        return output_node.op.name == "elemwise_add"

    def filter(self, candidates: list[object]) -> list[object]:
        return candidates if len(candidates) > 1 else []


class Told(subgraph.SubgraphProperty):
    """Notes what it is told, and doubles what a part gives."""

    last: Told | None = None

    def pre_partition(self, graph: mx.sym.Symbol, args: object, aux: object, options: dict[str, object]) -> None:
        type(self).last = self
        self.options = options

    def create_subgraph_selector(self) -> subgraph.SubgraphSelector:
        return Upwards()

    def create_subgraph_node(self, part: mx.sym.Symbol, number: int) -> object:
        if self.options.get("reject"):
            return None
        return self.node(part, number, lambda program: lambda *v: tuple(2 * o for o in program.run(*v)))

    def post_partition(self, graph: mx.sym.Symbol) -> mx.sym.Symbol:
        return mx.sym.identity(graph, name="last")


subgraph.register("told")(Told)


def test_a_property_in_python_chooses_and_runs_its_parts() -> None:
    x = mx.nd.array(np.linspace(0, 1, 24).reshape(2, 3, 4))
    cut = diamond().optimize_for("told", {"data": x}, level=3)
    assert Told.last.options == {"level": 3}
    assert Told.last.shapes["exp_output"] == (2, 3, 4) and Told.last.dtypes["exp_output"] is np.float32
    assert parts_of(cut) == [["cos", "_plus"]] and cut.name == "last"
    expected = 2 * diamond().eval(data=x)[0].asnumpy()
    np.testing.assert_allclose(cut.eval(data=x)[0].asnumpy(), expected, rtol=1e-6)
    assert parts_of(diamond().optimize_for("told", reject=True)) == []
    diamond().optimize_for("told", {"data": x}, skip_infer=True)
    assert not Told.last.shapes


@pytest.mark.parametrize(
    "call, kind, complaint",
    [
        (lambda: diamond().optimize_for("nonsense"), mx.MXNetError, "cannot be found.*default"),
        (lambda: diamond().optimize_for(None), AssertionError, "expected its name"),
        (lambda: diamond().optimize_for("default", [1]), AssertionError, "expected a dict"),
        (lambda: diamond().optimize_for("default", speed=3), TypeError, "speed"),
        (lambda: diamond().optimize_for("inductor", speed=3), TypeError, "max|mode"),
        (lambda: diamond().get_backend_symbol("nonsense"), mx.MXNetError, "SubgraphBackendRegistry"),
        (lambda: mx.gluon.nn.Dense(2).hybridize(backend="nonsense"), mx.MXNetError, "nonsense"),
        (lambda: mx.gluon.nn.Dense(2).optimize_for(mx.nd.ones((1, 2))), ValueError, 'specify "backend"'),
        (lambda: subgraph.set_op_names("inductor", []), mx.MXNetError, "default_v2"),
    ],
)
def test_what_can_not_be_is_refused(call: Callable[[], object], kind: type[Exception], complaint: str) -> None:
    with pytest.raises(kind, match=complaint):
        call()


def test_a_block_runs_and_exports_what_the_backend_made(tmp_path: object) -> None:
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(4, activation="relu"), mx.gluon.nn.BatchNorm(), mx.gluon.nn.Dense(2))
    net.initialize()
    x = mx.nd.random.uniform(shape=(3, 5))
    expected = net(x).asnumpy()
    with subgraph.op_names("default", ["FullyConnected"]):
        net.hybridize(backend="default")
        np.testing.assert_allclose(net(x).asnumpy(), expected, rtol=1e-6)
        assert len(parts_of(net._cached_graph[1])) == 2
        net.hybridize()
        net(x)
        assert parts_of(net._cached_graph[1]) == []
        net.optimize_for(x, backend="default", clear=True)
    net.export(str(tmp_path / "net"))
    again = mx.gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net-0000.params"))
    np.testing.assert_allclose(again(x).asnumpy(), expected, rtol=1e-6)


def test_a_graph_in_a_node_made_by_hand() -> None:
    a, b = mx.sym.var("a"), mx.sym.var("b")
    node = mx.sym._internal._CachedOp(a, b, subgraph=(a * b).tojson())
    assert (node * 2).eval(a=mx.nd.array([2]), b=mx.nd.array([3]))[0].asscalar() == 12
    with pytest.raises(mx.MXNetError, match="1 inputs for the 2 variables"):
        mx.sym._internal._CachedOp(a, subgraph=(a * b).tojson())


def test_inductor_leaves_out_what_can_not_be_compiled_and_compiles_late() -> None:
    data = mx.sym.var("data")
    net = mx.sym.SoftmaxOutput(mx.sym.Dropout(mx.sym.FullyConnected(data, num_hidden=2, name="fc")), name="softmax")
    cut = net.optimize_for("inductor")
    assert parts_of(cut) == [["fc"]]
    assert cut.infer_shape(data=(2, 3))[1] == [(2, 2)]


@pytest.mark.parametrize("works", [True, False], ids=["there is a compiler", "there is none"])
def test_inductor_runs_what_torch_compiles(works: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def fake(function: Callable[..., object], **options: object) -> Callable[..., object]:
        seen.append(options)
        if works:
            return function

        def fails(*values: object) -> None:
            raise torch._inductor.exc.InvalidCxxCompiler()

        return fails

    seen: list[object] = []
    monkeypatch.setattr(torch, "compile", fake)
    x = mx.nd.ones((2,))
    cut = mx.sym.exp(mx.sym.var("x")).optimize_for("inductor", mode="max-autotune")
    if works:
        np.testing.assert_allclose(cut.eval(x=x)[0].asnumpy(), np.exp(1) * np.ones(2), rtol=1e-6)
    else:
        with pytest.raises(mx.MXNetError, match="C\\+\\+ compiler"):
            cut.eval(x=x)[0].asnumpy()
    assert seen == [{"mode": "max-autotune"}]
