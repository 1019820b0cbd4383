"""Operators in Python: what they are asked, what they are given, and what becomes of their errors."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.base import MXNetError

CALLS: list[tuple] = []


class Scale(mx.operator.CustomOp):
    """``data * factor + offset``; counts its calls, and remembers the data for the gradient of ``offset``."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor
        self.calls = 0

    def forward(self, is_train, req, in_data, out_data, aux):  # type: ignore[no-untyped-def]
        self.calls += 1
        CALLS.append(("forward", self.calls, is_train, mx.autograd.is_recording(), mx.autograd.is_training()))
        self.assign(out_data[0], req[0], in_data[0] * self.factor + in_data[1])
        if is_train:
            aux[0][:] += 1

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):  # type: ignore[no-untyped-def]
        CALLS.append(("backward", self.calls, list(req), [a.shape for a in (*out_grad, *in_data, *out_data)]))
        self.assign(in_grad[0], req[0], out_grad[0] * self.factor)
        self.assign(in_grad[1], req[1], out_grad[0])


@mx.operator.register("test_scale")
class ScaleProp(mx.operator.CustomOpProp):
    def __init__(self, factor: str = "2", **more: str) -> None:
        super().__init__()
        CALLS.append(("made", factor, more))
        self.factor = float(factor)

    def list_arguments(self) -> list[str]:
        return ["data", "offset"]

    def list_auxiliary_states(self) -> list[str]:
        return ["count"]

    def infer_shape(self, in_shape):  # type: ignore[no-untyped-def]
        return [in_shape[0], in_shape[0]], [in_shape[0]], [[1]]

    def declare_backward_dependency(self, out_grad, in_data, out_data):  # type: ignore[no-untyped-def]
        CALLS.append(("needs", out_grad, in_data, out_data))
        return out_grad

    def create_operator(self, ctx, in_shapes, in_dtypes):  # type: ignore[no-untyped-def]
        CALLS.append(("created", str(ctx), in_shapes, in_dtypes))
        return Scale(self.factor)


@pytest.fixture(autouse=True)
def _no_calls_before() -> None:
    CALLS.clear()


def _arrays() -> tuple[nd.NDArray, nd.NDArray, nd.NDArray]:
    return nd.array([[1, 2]]), nd.array([[10, 20]]), nd.zeros((1,))


def test_an_operator_is_asked_and_called_as_by_1_9_1() -> None:
    x, y, count = _arrays()
    x.attach_grad()
    with mx.autograd.record():
        z = nd.Custom(x, y, count, op_type="test_scale", factor=3, on=True, no=None, shape=(1, 2), share=0.5)
    z.backward()
    assert z.asnumpy().tolist() == [[13, 26]]
    assert x.grad.asnumpy().tolist() == [[3, 3]]
    assert count.asscalar() == 1
    assert CALLS == [
        ("made", "3", {"on": "True", "no": "None", "shape": "(1, 2)", "share": "0.5"}),
        ("needs", [0], [1, 2], [3]),
        ("created", "cpu(0)", [[1, 2], [1, 2], [1]], [0, 0, 0]),
        ("forward", 1, 1, False, True),
        ("backward", 1, ["write", "null"], [(1, 2), (0,), (0,), (0,)]),
    ]


def test_inputs_go_by_position_or_by_name() -> None:
    x, y, count = _arrays()
    want = nd.Custom(x, y, count, op_type="test_scale").asnumpy()
    for made in (
        nd.Custom(offset=y, count=count, data=x, op_type="test_scale"),
        nd.Custom(x, count=count, offset=y, op_type="test_scale"),
    ):
        np.testing.assert_array_equal(made.asnumpy(), want)
    out = nd.zeros((1, 2))
    nd.Custom(x, y, count, op_type="test_scale", out=out)
    np.testing.assert_array_equal(out.asnumpy(), want)


def test_a_node_makes_the_variables_it_is_not_given_and_is_written_as_by_1_9_1() -> None:
    symbol = mx.sym.Custom(data=mx.sym.var("a"), op_type="test_scale", factor=3, name="scale")
    assert symbol.list_arguments() == ["a", "scale_offset"]
    assert symbol.list_auxiliary_states() == ["scale_count"]
    assert symbol.list_outputs() == ["scale_output"]
    data = json.loads(symbol.tojson())
    attrs = {"factor": "3", "op_type": "test_scale"}
    assert data["nodes"] == [
        {"op": "null", "name": "a", "inputs": []},
        {"op": "null", "name": "scale_offset", "attrs": attrs, "inputs": []},
        {"op": "null", "name": "scale_count", "attrs": attrs, "inputs": []},
        {"op": "Custom", "name": "scale", "attrs": attrs, "inputs": [[0, 0, 0], [1, 0, 0], [2, 0, 1]]},
    ]
    assert mx.sym.load_json(symbol.tojson()).tojson() == symbol.tojson()
    assert mx.sym.Custom(mx.sym.var("a"), op_type="test_scale").name.startswith("custom")
    assert symbol.infer_shape(a=(2, 3)) == ([(2, 3), (2, 3)], [(2, 3)], [(1,)])


def test_an_executor_keeps_one_operator_and_other_callers_have_one_a_call() -> None:
    x, y, count = _arrays()
    symbol = mx.sym.Custom(mx.sym.var("a"), op_type="test_scale", name="s")
    executor = symbol.simple_bind(mx.cpu(), a=(1, 2))
    for _ in range(3):
        executor.forward(is_train=True)
        executor.backward(nd.ones((1, 2)))
    assert executor.aux_dict["s_count"].asscalar() == 3
    assert executor.grad_dict["a"].asnumpy().tolist() == [[2, 2]]
    assert [c[1] for c in CALLS if c[0] == "forward"] == [1, 2, 3]
    assert len([c for c in CALLS if c[0] == "created"]) == 1
    for _ in range(2):
        nd.Custom(x, y, count, op_type="test_scale")
    assert len([c for c in CALLS if c[0] == "created"]) == 3


def test_gradients_are_added_up_where_that_is_asked_for() -> None:
    symbol = mx.sym.Custom(mx.sym.var("a"), op_type="test_scale", name="s")
    executor = symbol.simple_bind(mx.cpu(), a=(1, 2), grad_req="add")
    for _ in range(2):
        executor.forward(is_train=True)
        executor.backward(nd.ones((1, 2)))
    assert executor.grad_dict["a"].asnumpy().tolist() == [[4, 4]]


class Twice(gluon.HybridBlock):
    def __init__(self) -> None:
        super().__init__()
        with self.name_scope():
            self.offset = self.params.get("offset", shape=(1, 2), init="ones")
            self.count = self.params.get("count", shape=(1,), init="zeros", grad_req="null")

    def hybrid_forward(self, F, x, offset, count):  # type: ignore[no-untyped-def]
        return F.Custom(x * 2, offset, count, op_type="test_scale") * 5


@pytest.mark.parametrize("hybridize", [False, True])
def test_blocks_run_them_and_each_call_has_its_own_state(hybridize: bool) -> None:
    block = Twice()
    block.initialize()
    if hybridize:
        block.hybridize()
    first, second = nd.array([[1, 2]]), nd.array([[3, 4]])
    first.attach_grad()
    with mx.autograd.record():
        total = block(first) + block(second)
    total.backward()
    assert total.asnumpy().tolist() == [[90, 130]]
    assert first.grad.asnumpy().tolist() == [[20, 20]]
    assert block.offset.grad().asnumpy().tolist() == [[10, 10]]
    assert block.count.data().asscalar() == 2


def test_an_exported_block_is_imported_again(tmp_path: pathlib.Path) -> None:
    block = Twice()
    block.initialize()
    block.hybridize()
    want = block(nd.ones((1, 2))).asnumpy()
    block.export(str(tmp_path / "net"))
    again = gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), "data", str(tmp_path / "net-0000.params"))
    np.testing.assert_array_equal(again(nd.ones((1, 2))).asnumpy(), want)


# -- small operators, made from a function each ---------------------------------------------------------------------


def define(name: str, forward=None, backward=None, top=True, **methods):  # type: ignore[no-untyped-def]
    class Small(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):  # type: ignore[no-untyped-def]
            if forward is None:
                self.assign(out_data[0], req[0], in_data[0])
            else:
                forward(self, in_data, out_data)

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):  # type: ignore[no-untyped-def]
            if backward is not None:
                backward(self, out_grad, in_data, out_data, in_grad)

    methods.setdefault("create_operator", lambda self, ctx, shapes, dtypes: Small())
    methods.setdefault("__init__", lambda self: mx.operator.CustomOpProp.__init__(self, need_top_grad=top))
    return mx.operator.register(name)(type("SmallProp", (mx.operator.CustomOpProp,), methods))


def test_what_is_not_written_is_zero() -> None:
    define("test_nothing", lambda self, i, o: None)
    x = nd.array([3])
    x.attach_grad()
    with mx.autograd.record():
        y = nd.Custom(x, op_type="test_nothing")
    y.backward()
    assert y.asscalar() == 0 and x.grad.asscalar() == 0


def test_a_loss_needs_no_gradient_from_above() -> None:
    seen = []

    def backward(self, out_grad, in_data, out_data, in_grad):  # type: ignore[no-untyped-def]
        seen.append([a.shape for a in (*out_grad, *in_data, *out_data)])
        in_grad[0][:] = in_data[0] * 3

    define("test_loss", backward=backward, top=False)
    symbol = mx.sym.Custom(mx.sym.var("z"), op_type="test_loss")
    executor = symbol.bind(mx.cpu(), {"z": nd.array([[1, 2]])}, {"z": nd.zeros((1, 2))})
    executor.forward(is_train=True)
    executor.backward()
    assert executor.grad_dict["z"].asnumpy().tolist() == [[3, 6]]
    assert seen == [[(0,), (1, 2), (1, 2)]]
    define("test_no_loss")
    executor = mx.sym.Custom(mx.sym.var("z"), op_type="test_no_loss").bind(
        mx.cpu(), {"z": nd.ones((2,))}, {"z": nd.ones((2,))}
    )
    executor.forward(is_train=True)
    with pytest.raises(MXNetError, match="not Loss function"):
        executor.backward()


def test_several_outputs_with_dtypes_of_their_own() -> None:
    def forward(self, i, o):  # type: ignore[no-untyped-def]
        o[0][:] = i[0].astype("float64") * 2
        o[1][:] = i[0].sum(axis=1) > 2

    define(
        "test_two",
        forward,
        list_outputs=lambda self: ["double", "large"],
        infer_shape=lambda self, s: (s, [s[0], s[0][:1]]),
        infer_type=lambda self, t: (t, [np.float64, "int32"]),
    )
    double, large = nd.Custom(nd.array([[1, 2], [0, 1]]), op_type="test_two")
    assert double.dtype == np.float64 and double.asnumpy().tolist() == [[2, 4], [0, 2]]
    assert large.dtype == np.int32 and large.asnumpy().tolist() == [1, 0]
    symbol = mx.sym.Custom(mx.sym.var("z"), op_type="test_two", name="t")
    assert symbol.list_outputs() == ["t_double", "t_large"]
    assert symbol.infer_shape(z=(2, 3))[1] == [(2, 3), (2,)]
    assert symbol.infer_type(z="float32")[1] == [np.float64, np.int32]


def test_an_operator_may_have_no_inputs() -> None:
    def forward(self, i, o):  # type: ignore[no-untyped-def]
        o[0][:] = np.arange(3)

    define(
        "test_source",
        forward,
        list_arguments=lambda self: [],
        infer_shape=lambda self, s: ([], [(3,)], []),
        infer_type=lambda self, t: ([], [np.float32], []),
    )
    assert nd.Custom(op_type="test_source").asnumpy().tolist() == [0, 1, 2]
    assert mx.sym.Custom(op_type="test_source").eval()[0].asnumpy().tolist() == [0, 1, 2]


def test_what_is_recorded_within_stays_within() -> None:
    def forward(self, i, o):  # type: ignore[no-untyped-def]
        self.inner = i[0].copy()
        self.inner.attach_grad()
        with mx.autograd.record():
            self.y = self.inner * self.inner * self.inner
        o[0][:] = self.y

    def backward(self, out_grad, in_data, out_data, in_grad):  # type: ignore[no-untyped-def]
        self.y.backward(out_grad[0])
        in_grad[0][:] = self.inner.grad

    define("test_nested", forward, backward)
    x = nd.array([2, 3])
    x.attach_grad()
    with mx.autograd.record():
        y = nd.Custom(x * 2, op_type="test_nested")
        assert mx.autograd.is_recording()
    y.backward()
    assert y.asnumpy().tolist() == [64, 216]
    assert x.grad.asnumpy().tolist() == [96, 216]


def test_a_second_derivative_is_refused_not_taken_for_zero() -> None:
    define("test_cube", lambda s, i, o: s.assign(o[0], "write", i[0] ** 3),
           lambda s, g, i, o, r: s.assign(r[0], "write", 3 * i[0] ** 2 * g[0]))  # fmt: skip
    x = nd.array([2])
    x.attach_grad()
    with mx.autograd.record():
        y = nd.Custom(x, op_type="test_cube")
        first = mx.autograd.grad([y], [x], create_graph=True)[0]
    assert first.asscalar() == 12
    with pytest.raises(MXNetError, match="not differentiable in turn"):
        first.backward()


def test_inputs_may_change_between_forward_and_backward() -> None:
    define("test_square", lambda s, i, o: s.assign(o[0], "write", i[0] * i[0]),
           lambda s, g, i, o, r: s.assign(r[0], "write", 2 * i[0] * g[0]))  # fmt: skip
    x = nd.array([2])
    x.attach_grad()
    with mx.autograd.record():
        y = nd.Custom(x, op_type="test_square")
    x[:] = 5
    y.backward()
    assert x.grad.asscalar() == 10


def test_a_gradient_agrees_with_finite_differences() -> None:
    from mxnet.test_utils import check_numeric_gradient

    define("test_square", lambda s, i, o: s.assign(o[0], "write", i[0] * i[0]),
           lambda s, g, i, o, r: s.assign(r[0], "write", 2 * i[0] * g[0]))  # fmt: skip
    check_numeric_gradient(
        mx.sym.Custom(mx.sym.var("x") * 2, op_type="test_square"), [np.random.RandomState(1).rand(3, 4)]
    )


def test_they_run_in_loops() -> None:
    define("test_square", lambda s, i, o: s.assign(o[0], "write", i[0] * i[0]),
           lambda s, g, i, o, r: s.assign(r[0], "write", 2 * i[0] * g[0]))  # fmt: skip
    answers = []
    for hybridize in (False, True):

        class Block(gluon.HybridBlock):
            def hybrid_forward(self, F, x, s):  # type: ignore[no-untyped-def]
                return F.contrib.foreach(lambda a, b: (F.Custom(a + b, op_type="test_square"), b + 1), x, s)[0]

        block = Block()
        if hybridize:
            block.hybridize()
        x = nd.array([[1], [2]])
        x.attach_grad()
        with mx.autograd.record():
            y = block(x, nd.array([1]))
        y.backward()
        answers.append((y.asnumpy().tolist(), x.grad.asnumpy().tolist()))
    assert answers[0] == answers[1] == ([[4], [16]], [[4], [8]])


@pytest.mark.parametrize(
    ("req", "after"), [("write", 3), ("inplace", 3), ("add", 5), ("null", 2)], ids=["write", "inplace", "add", "null"]
)
@pytest.mark.parametrize("source", [nd.array([3]), np.array([3]), 3], ids=["array", "numpy", "number"])
def test_assign_writes_as_it_is_asked(req: str, after: int, source: object) -> None:
    array = nd.array([2])
    mx.operator.CustomOp().assign(array, req, source)
    assert array.asscalar() == after


# -- errors ---------------------------------------------------------------------------------------------------------


def boom(*args: object) -> None:
    raise KeyError("nothing here")


@pytest.mark.parametrize(
    "method",
    ["__init__", "list_arguments", "list_outputs", "list_auxiliary_states", "declare_backward_dependency",
     "infer_shape", "infer_type", "infer_storage_type", "create_operator", "forward", "backward"],
)  # fmt: skip
def test_an_error_of_user_code_says_where_and_keeps_its_cause(method: str) -> None:
    define("test_boom", **{method: boom})
    x = nd.array([1])
    x.attach_grad()
    with pytest.raises(
        MXNetError, match=rf"test_boom.{method}: KeyError: 'nothing here' \(.*test_custom.py:\d+ in boom"
    ):
        with mx.autograd.record():
            y = nd.Custom(x, op_type="test_boom")
        y.backward()
    try:
        with mx.autograd.record():
            y = nd.Custom(x, op_type="test_boom")
        y.backward()
    except MXNetError as error:
        assert isinstance(error.__cause__, KeyError)


def test_an_error_in_a_graph_names_the_node() -> None:
    define("test_boom", infer_shape=boom)
    with pytest.raises(MXNetError, match="KeyError"):
        mx.sym.Custom(mx.sym.var("x"), op_type="test_boom", name="here").simple_bind(mx.cpu(), x=(2,))


def test_errors_that_wait_are_told_at_the_wait() -> None:
    def forward(self, i, o):  # type: ignore[no-untyped-def]
        o[0][:] = nd.linalg.potrf(i[0])

    define("test_potrf", forward)
    with pytest.raises(MXNetError):
        nd.Custom(nd.zeros((2, 2)), op_type="test_potrf").wait_to_read()


BAD = {
    "no lists": ({"infer_shape": lambda self, s: 3}, "returned 3"),
    "too many shapes": ({"infer_shape": lambda self, s: (s, [s[0], s[0]])}, "expecting 1 entries"),
    "too many types": ({"infer_type": lambda self, t: (t, [t[0], t[0]])}, "expecting 1 entries"),
    "another shape of an input": ({"infer_shape": lambda self, s: ([(5, 5)], s)}, "Shape inconsistent"),
    "another dtype of an input": ({"infer_type": lambda self, t: ([np.int8], t)}, "expected int8"),
    "another storage type of an input": (
        {"infer_storage_type": lambda self, s: (["csr"], ["csr"], [])}, "Storage type inconsistent"
    ),
    "no operator": ({"create_operator": lambda self, *a: None}, "expected a CustomOp"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_wrong_answers_are_refused(name: str) -> None:
    methods, message = BAD[name]
    define("test_wrong", **methods)
    with pytest.raises(MXNetError, match=message):
        nd.Custom(nd.ones((1, 2)), op_type="test_wrong")


def test_calls_that_do_not_fit_are_refused() -> None:
    x, y, count = _arrays()
    for arrays in ((x,), (x, y), (x, y, count, x)):
        with pytest.raises(MXNetError, match="expects 3 inputs"):
            nd.Custom(*arrays, op_type="test_scale")
    with pytest.raises(MXNetError, match="Cannot find custom operator nobody"):
        nd.Custom(x, op_type="nobody")
    with pytest.raises(MXNetError, match="op_type"):
        nd.Custom(x)
    with pytest.raises(MXNetError, match="Cannot find custom operator nobody"):
        mx.sym.Custom(mx.sym.var("x"), op_type="nobody")
    with pytest.raises(MXNetError, match="requires"):
        mx.sym.Custom(*[mx.sym.var(n) for n in "abcd"], op_type="test_scale")
    text = mx.sym.Custom(mx.sym.var("x"), op_type="test_scale").tojson().replace("test_scale", "nobody")
    with pytest.raises(MXNetError, match="Cannot find custom operator nobody"):
        mx.sym.load_json(text)


# -- the older classes ----------------------------------------------------------------------------------------------


class TwiceArrays(mx.operator.NDArrayOp):
    def forward(self, in_data, out_data):  # type: ignore[no-untyped-def]
        out_data[0][:] = in_data[0] * 2

    def backward(self, out_grad, in_data, out_data, in_grad):  # type: ignore[no-untyped-def]
        in_grad[0][:] = out_grad[0] * 2


class TwiceNumPy(mx.operator.NumpyOp):
    def forward(self, in_data, out_data):  # type: ignore[no-untyped-def]
        assert isinstance(in_data[0], np.ndarray)
        out_data[0][:] = in_data[0] * 2

    def backward(self, out_grad, in_data, out_data, in_grad):  # type: ignore[no-untyped-def]
        in_grad[0][:] = out_grad[0] * 2


@pytest.mark.parametrize("cls", [TwiceArrays, TwiceNumPy])
def test_instances_of_the_older_classes_are_operators_of_symbols(cls) -> None:  # type: ignore[no-untyped-def]
    symbol = cls()(mx.sym.var("w"), name="twice")
    assert symbol.list_arguments() == ["w"] and symbol.list_outputs() == ["twice_output"]
    executor = symbol.bind(mx.cpu(), {"w": nd.array([1, 2])}, {"w": nd.zeros((2,))})
    assert executor.forward(is_train=True)[0].asnumpy().tolist() == [2, 4]
    executor.backward(nd.array([1, 10]))
    assert executor.grad_dict["w"].asnumpy().tolist() == [2, 20]
    text = symbol.tojson().replace(symbol.attr("info"), "0xdead")
    with pytest.raises(MXNetError, match="in this process"):
        mx.sym.load_json(text)
