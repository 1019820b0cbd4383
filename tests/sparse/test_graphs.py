"""Storage types in executors, modules and hybridized blocks: those that 1.9.1 infers, and the right values."""

from __future__ import annotations

import warnings
from unittest import mock

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet._graph import by_node
from mxnet.base import MXNetError

sym = mx.sym
STYPES = {"d": "default", "c": "csr", "r": "row_sparse"}
LETTERS = {v: k for k, v in STYPES.items()}
X, Y = sym.var("x"), sym.var("y")

# what is bound to an x of each storage type, and the storage types of output and gradient, read off a real 1.9.1
UNARY = {
    "abs": ("dd cc rr", sym.abs(X)),
    "sqrt": ("dd cd rd", sym.sqrt(X)),
    "ceil": ("dd cc rr", sym.ceil(X)),
    "cos": ("dd dd dd", sym.cos(X)),
    "relu": ("dd cc rr", sym.relu(X)),
    "square": ("dd cc rr", sym.square(X)),
    "make_loss": ("dd cd rd", sym.make_loss(X)),
    "BlockGrad": ("dd cc rr", sym.BlockGrad(X)),
    "clip": ("dd cd rd", sym.clip(X, a_min=-1, a_max=1)),
    "x * 2": ("dd cc rr", X * 2),
    "x + 2": ("dd dd dd", X + 2),
    "x + 0": ("dd cc rr", X + 0),
    "x > 0": ("dd cc rr", X > 0),
    "x == 0": ("dd dc dr", X == 0),
    "Cast": ("dd dd dd", sym.Cast(X, dtype="float64")),
    "sum": ("dd dd dd", sym.sum(X, axis=0)),
    "slice": ("dd cd dd", sym.slice(X, begin=(1,), end=(3,))),
    "reshape": ("dd dd dd", sym.reshape(X, shape=(5, 4))),
    "cast to dense": ("dd dd dd", sym.cast_storage(X, stype="default")),
    "abs(x) + 1": ("dd dd dd", sym.abs(X) + 1),
    "BlockGrad(x) + 1": ("dd dc dr", sym.BlockGrad(X) + 1),
    "twice": ("dd cd rr", X * 2 + X * 3),
    "abs(-x)": ("dd cc rr", sym.abs(-X)),
    "quadratic": ("dd cd dd", sym.contrib.quadratic(X, a=1, b=1)),
}
# by the storage types of x and y: those of the output, of the gradient of x, and of y
BINARY = {
    "elemwise_add": ("dd:ddd cd:ddd cc:ccc cr:ddd rr:rrr", sym.elemwise_add(X, Y)),
    "elemwise_mul": ("dd:ddd cd:cdd cc:cdd cr:ddd rr:rdd dr:rdd", sym.elemwise_mul(X, Y)),
    "elemwise_div": ("cc:ddd rr:ddd", sym.elemwise_div(X, Y)),
    "broadcast_mul": ("cd:cdd cc:ddd rd:ddd", sym.broadcast_mul(X, Y)),
    "maximum": ("cc:cdd rr:rdd cd:ddd", sym._internal._maximum(X, Y)),
    "scatter_div": ("rr:rdd rd:rdd cc:ddd", sym._internal._scatter_elemwise_div(X, Y)),
    "dot": ("dd:ddd dc:cdd cd:ddr cr:ddr cc:ddr rr:ddd", sym.dot(X, Y)),
    "dot a.T": ("cd:rdd cr:rdd cc:ddd", sym.dot(X, Y, transpose_a=True)),
    "dot b.T": ("cd:ddd dc:cdd", sym.dot(X, Y, transpose_b=True)),
    "dot to csr": ("cd:cdd dd:cdd", sym.dot(X, Y, forward_stype="csr")),
    "dot to rows": ("cd:rdr dd:rdd", sym.dot(X, Y, forward_stype="row_sparse")),
    "add_n": ("rr:rrr cc:ddd", sym.add_n(X, Y)),
    "where": ("cd:dcd rr:drd dd:ddd", sym.where(X, Y, Y * 2)),
    "concat": ("cc:cdd rr:ddd", sym.concat(X, Y, dim=0)),
    "LinearRegressionOutput": ("dc:ddd cc:ddd", sym.LinearRegressionOutput(X, Y)),
}
UNARY_CASES = [(n, *pair) for n, (t, _) in UNARY.items() for pair in zip("dcr", t.split(), strict=True)]
BINARY_CASES = [(n, *c.split(":")) for n, (t, _) in BINARY.items() for c in t.split()]


def values(shape, seed):
    random = np.random.RandomState(seed)
    made = random.uniform(-2, 2, shape) * (random.rand(*shape) < 0.6)
    made[1] = 0
    return nd.array(made)


def run(symbol, stypes, arrays):
    bound = symbol.simple_bind(mx.cpu(), stype_dict=stypes, **{k: v.shape for k, v in arrays.items()})
    for name, value in arrays.items():
        bound.arg_dict[name][:] = value
    bound.forward(is_train=True)
    bound.backward([nd.ones(o.shape, dtype=o.dtype) for o in bound.outputs])
    return bound


def same_values(one, two):
    for a, b in zip(one.outputs, two.outputs, strict=True):
        np.testing.assert_allclose(a.asnumpy(), b.asnumpy(), rtol=1e-5, atol=1e-6)
    for name, grad in one.grad_dict.items():
        np.testing.assert_allclose(grad.asnumpy(), two.grad_dict[name].asnumpy(), rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(("name", "given", "wanted"), UNARY_CASES)
def test_an_executor_of_one_input_has_the_storage_types_of_1_9_1_and_the_values_of_the_dense_one(name, given, wanted):
    symbol = UNARY[name][1]
    arrays = {"x": values((4, 5), 1)}
    if name == "sqrt":
        arrays["x"] = nd.abs(arrays["x"]) + (1 if given == "d" else 0)
    bound = run(symbol, {"x": STYPES[given]}, arrays)
    assert LETTERS[bound.outputs[0].stype] + LETTERS[bound.grad_dict["x"].stype] == wanted
    if name != "sqrt":  # whose gradient at zero is infinite, times what is stored
        same_values(bound, run(symbol, {}, arrays))


@pytest.mark.parametrize(("name", "given", "wanted"), BINARY_CASES)
def test_an_executor_of_two_inputs_has_the_storage_types_of_1_9_1_and_the_values_of_the_dense_one(name, given, wanted):
    symbol = BINARY[name][1]
    arrays = {"x": values((4, 4), 1), "y": values((4, 4), 2)}
    if "div" in name:
        arrays["y"] = nd.ones((4, 4)) * 2
    bound = run(symbol, {"x": STYPES[given[0]], "y": STYPES[given[1]]}, arrays)
    got = [bound.outputs[0], bound.grad_dict["x"], bound.grad_dict["y"]]
    assert "".join(LETTERS[a.stype] for a in got) == wanted
    same_values(bound, run(symbol, {}, arrays))


@pytest.mark.parametrize(
    ("weight", "sparse_grad", "wanted"), [("d", 0, "d"), ("r", 0, "d"), ("d", 1, "r"), ("r", 1, "r")]
)
def test_the_gradient_of_an_embedding_has_the_rows_of_the_batch(weight, sparse_grad, wanted):
    symbol = sym.Embedding(X, Y, input_dim=6, output_dim=2, sparse_grad=bool(sparse_grad))
    bound = symbol.simple_bind(mx.cpu(), {"x": "null", "y": "write"}, stype_dict={"y": STYPES[weight]}, x=(4,))
    bound.arg_dict["y"][:] = nd.arange(12).reshape((6, 2))
    bound.arg_dict["x"][:] = nd.array([4, 1, 4, 4])
    assert bound.forward(is_train=True)[0].asnumpy()[:, 0].tolist() == [8, 2, 8, 8]
    bound.backward(nd.ones((4, 2)))
    grad = bound.grad_dict["y"]
    assert grad.stype == STYPES[wanted]
    assert grad.asnumpy()[:, 0].tolist() == [0, 1, 0, 0, 3, 0]
    if wanted == "r":
        assert grad.indices.asnumpy().tolist() == [1, 4]


def test_storage_types_of_variables_are_honoured_and_those_of_stype_dict_come_first():
    symbol = sym.dot(sym.var("x", stype="csr"), sym.var("w", stype="row_sparse"))
    bound = symbol.simple_bind(mx.cpu(), x=(2, 3), w=(3, 1))
    assert [a.stype for a in bound.arg_arrays] == ["csr", "row_sparse"]
    assert bound.grad_dict["w"].stype == "row_sparse"
    bound = symbol.simple_bind(mx.cpu(), stype_dict={"w": "default"}, x=(2, 3), w=(3, 1))
    assert [a.stype for a in bound.arg_arrays] == ["csr", "default"]
    with pytest.raises(MXNetError, match="__storage_type__"):
        sym.var("x", __storage_type__="7").simple_bind(mx.cpu(), x=(2, 3))


def test_sparse_arguments_that_are_written_between_runs_are_seen():
    bound = (X * 2).bind(mx.cpu(), {"x": nd.ones((2, 2)).tostype("csr")})
    assert bound.forward()[0].asnumpy().sum() == 8
    bound.arg_dict["x"][:] = nd.array([[5, 0], [0, 0]])
    out = bound.forward()[0]
    assert out is bound.outputs[0] and out.stype == "csr"
    assert out.indices.shape == (1,) and out.asnumpy().sum() == 10


def test_a_monitor_is_told_dense_values_of_sparse_graphs_and_results_stay_sparse():
    bound = sym.abs(X * 2, name="out").simple_bind(mx.cpu(), stype_dict={"x": "csr"}, x=(2, 2))
    bound.arg_dict["x"][:] = nd.array([[-1, 0], [0, 0]])
    told = {}
    bound.set_monitor_callback(lambda name, value: told.update({name.decode(): nd.NDArray(value).stype}))
    assert bound.forward(is_train=True)[0].stype == "csr"
    bound.backward(nd.ones((2, 2)))
    assert told["out_output"] == "default"
    assert bound.grad_dict["x"].asnumpy().tolist() == [[-2, 0], [0, 0]]
    bound.set_monitor_callback(None)
    assert bound.forward()[0].asnumpy().sum() == 2


def test_batch_norm_refuses_sparse_data_with_fixed_gamma_and_takes_it_without():
    data = nd.ones((2, 3)).tostype("row_sparse")
    rest = [nd.ones(3), nd.zeros(3), nd.zeros(3), nd.ones(3)]
    with pytest.raises(MXNetError, match="fix_gamma=True is not supported for sparse"):
        nd.BatchNorm(data, *rest)
    assert nd.BatchNorm(data, *rest, fix_gamma=False).stype == "default"


# -- modules -----------------------------------------------------------------------------------------------------------


def regression(kvstore):
    data, weight = sym.var("data", stype="csr"), sym.var("w_weight", stype="row_sparse", shape=(4, 1))
    net = sym.LinearRegressionOutput(sym.dot(data, weight), sym.var("label"))
    module = mx.mod.Module(net, label_names=["label"])
    batch = mx.io.DataBatch([nd.array([[1, 0, 0, 0], [0, 0, 2, 0]]).tostype("csr")], [nd.ones((2, 1))])
    module.bind([("data", (2, 4))], [("label", (2, 1))])
    module.init_params(mx.init.One())
    module.init_optimizer(kvstore, optimizer_params={"learning_rate": 0.5})
    return module, batch


def test_row_sparse_parameters_of_a_module_are_initialised_trained_and_saved_as_such(tmp_path):
    module, batch = regression(None)
    assert module._arg_params["w_weight"].stype == "row_sparse"
    module.forward_backward(batch)
    module.update()
    assert module.get_params()[0]["w_weight"].asnumpy().ravel().tolist() == [1, 1, 0.5, 1]
    assert module._exec_group.grad_arrays[0][0].indices.asnumpy().tolist() == [0, 2]
    module.save_params(str(tmp_path / "p"))
    assert nd.load(str(tmp_path / "p"))["arg:w_weight"].stype == "row_sparse"


def test_rows_that_a_store_has_changed_come_by_sparse_row_id_fn():
    module, batch = regression(mx.kv.create("local"))
    module.forward_backward(batch)
    module.update()
    own = module._exec_group.execs[0].arg_dict["w_weight"]
    assert own.asnumpy().ravel().tolist() == [1, 1, 1, 1]
    assert module.get_params()[0]["w_weight"].asnumpy().ravel().tolist() == [1, 1, 0.5, 1]
    module.prepare(batch, lambda b: {"w_weight": nd.array([2, 3])})
    assert own.indices.asnumpy().tolist() == [2, 3]
    assert own.asnumpy().ravel().tolist() == [0, 0, 0.5, 1]
    with pytest.raises(ValueError, match="not in list"):
        module.prepare(batch, lambda b: {"stranger": nd.array([2])})
    with pytest.raises(AssertionError, match="Expected dict output"):
        module.prepare(batch, lambda b: 3)


def test_sparse_row_id_fn_without_a_store_is_warned_of():
    module, batch = regression(None)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        module.prepare(batch, lambda b: {})
    assert "No need to call sparse_row_id_fn" in str(told[0].message)


# -- hybridized blocks -------------------------------------------------------------------------------------------------


class Mixed(gluon.HybridBlock):
    def __init__(self):
        super().__init__()
        with self.name_scope():
            self.w = self.params.get("w", shape=(3, 2), init=mx.init.One(), grad_stype="row_sparse")

    def hybrid_forward(self, F, x, w):
        product = F.dot(x, w)
        return product, F.square(x), F.cast_storage(product, stype="csr"), F.dot(x, product, transpose_a=True), x


@pytest.mark.parametrize("given", ["csr", "row_sparse", "default"])
def test_a_hybridized_block_gives_storage_types_values_and_gradients_as_one_that_is_not(given):
    found = []
    for hybridize in (False, True):
        net = Mixed()
        net.initialize()
        if hybridize:
            net.hybridize()
        x = nd.array([[0, 1, 0], [0, 0, -2]]).tostype(given)
        x.attach_grad()
        with mx.autograd.record():
            outs = net(x)
            loss = outs[0].sum() + outs[1].sum()
        loss.backward()
        arrays = [*outs, x.grad, net.w.grad()]
        found.append([(a.stype, a.asnumpy().tolist()) for a in arrays])
    assert found[0] == found[1]
    kinds = {"csr": "dccrc", "row_sparse": "drcdr", "default": "ddcdd"}[given]
    assert "".join(LETTERS[s] for s, _ in found[1][:5]) == kinds
    assert found[1][-1][0] == "row_sparse"


# -- operators in Python -----------------------------------------------------------------------------------------------

SEEN = []


class Squares(mx.operator.CustomOp):
    def forward(self, is_train, req, in_data, out_data, aux):
        SEEN.append([a.stype for a in (*in_data, *out_data)])
        self.assign(out_data[0], req[0], nd.square(in_data[0]))

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        SEEN.append([a.stype for a in (*out_grad, *in_data, *in_grad)])
        self.assign(in_grad[0], req[0], 2 * nd.elemwise_mul(in_data[0], out_grad[0]))


@mx.operator.register("squares_of_rows")
class SquaresProp(mx.operator.CustomOpProp):
    def infer_storage_type(self, in_stype):
        return in_stype, in_stype, []

    def infer_storage_type_backward(self, ograd_stype, in_stype, out_stype, igrad_stype, aux_stype):
        return ograd_stype, in_stype, out_stype, in_stype, aux_stype

    def create_operator(self, ctx, in_shapes, in_dtypes):
        return Squares()


def test_operators_in_python_are_given_the_storage_types_that_they_infer():
    SEEN.clear()
    x = nd.array([[0, 1], [2, 0]]).tostype("csr")
    x.attach_grad()
    with mx.autograd.record():
        y = nd.Custom(x, op_type="squares_of_rows")
    y.backward()
    assert [["csr", "csr"], ["default", "csr", "csr"]] == SEEN
    assert (y.stype, x.grad.stype) == ("csr", "csr")
    assert x.grad.asnumpy().tolist() == [[0, 2], [4, 0]]
    bound = sym.Custom(sym.var("x", stype="csr"), op_type="squares_of_rows").simple_bind(mx.cpu(), x=(2, 2))
    bound.arg_dict["x"][:] = x
    assert bound.forward(is_train=True)[0].stype == "csr"
    bound.backward(nd.ones((2, 2)))
    assert bound.grad_dict["x"].stype == "csr"
    assert bound.grad_dict["x"].asnumpy().tolist() == [[0, 2], [4, 0]]
    assert nd.Custom(nd.ones((2, 2)), op_type="squares_of_rows").stype == "default"


def mixed_graph(seed: int) -> mx.sym.Symbol:
    """Operators of both kinds in any order, on an x that may be sparse and a dense w, all of (4, 4)."""
    choose = np.random.RandomState(seed)
    w = sym.var("w")
    found = [X, w, sym.dot(X, w)]
    for _ in range(14):
        a, b = (found[choose.randint(len(found))] for _ in range(2))
        makers = (
            lambda a, b: sym.abs(a),
            lambda a, b: sym.tanh(a),
            lambda a, b: sym.elemwise_add(a, b),
            lambda a, b: sym.elemwise_mul(a, b),
            lambda a, b: sym.dot(a, b) / 4,
            lambda a, b: sym.cast_storage(a * 0.5, stype="csr"),
            lambda a, b: sym.Dropout(sym.split(a, num_outputs=2)[1], p=0.0).tile((1, 2)),
        )
        found.append(makers[choose.randint(len(makers))](a, b))
    return sym.Group([sym.tanh(found[-1]), found[-2], *found[4:6]])


@pytest.mark.parametrize("seed", range(25))
def test_sparse_and_dense_parts_of_a_graph_give_what_the_dense_graph_gives(seed: int) -> None:
    values = np.random.RandomState(seed)
    x, w = (values.randn(4, 4).astype("float32") for _ in range(2))
    x[values.rand(4, 4) < 0.6] = 0
    answers = []
    for stype in ("csr", "default"):
        arrays = {"x": nd.array(x).tostype(stype), "w": nd.array(w)}
        executor = mixed_graph(seed).bind(mx.cpu(), arrays, {"w": nd.zeros((4, 4))}, {"x": "null", "w": "write"})
        for _ in range(2):
            outputs = executor.forward(is_train=True)
            executor.backward([nd.ones(o.shape) for o in outputs])
        answers.append([o.asnumpy() for o in (*outputs, executor.grad_dict["w"])])
    for got, wanted in zip(*answers, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


def test_what_is_dense_in_a_sparse_graph_runs_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    left = right = sym.dot(X, sym.var("w"))
    for _ in range(20):
        left, right = sym.tanh(left), sym.sin(right)
    executor = sym.elemwise_add(left, right).bind(mx.cpu(), {"x": nd.ones((2, 3)).tostype("csr"), "w": nd.ones((3, 2))})
    runs = mock.Mock(side_effect=by_node.invoke)
    monkeypatch.setattr(by_node, "invoke", runs)
    for _ in range(2):
        executor.forward()
    assert runs.call_count == 2  # once a run, for all that follows the product
