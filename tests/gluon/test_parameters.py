"""Parameters: when they come to be, where they are, what they refuse."""

from __future__ import annotations

import gc
import os
import pathlib
import signal
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon import Constant, Parameter, ParameterDict, nn
from tests.answers import check, recorded
from tests.gluon.refusal_probes import PROBES

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "refusals.json", PROBES)


@pytest.mark.parametrize("name", PROBES)
def test_what_the_reference_refuses_is_refused(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


def ready(shape: tuple[int, ...] = (2, 3), ctx: object = None, init: object = "ones", **more: object) -> Parameter:
    param = Parameter("w", shape=shape, **more)
    param.initialize(init, ctx=ctx)
    return param


# -- when ------------------------------------------------------------------------------------------------------------


def test_a_parameter_has_values_and_gradients_once_initialised() -> None:
    param = ready(dtype="float64")
    assert param.data().asnumpy().tolist() == [[1] * 3] * 2 and param.data().dtype == np.float64
    assert param.grad().asnumpy().tolist() == [[0] * 3] * 2 and param.list_ctx() == [mx.current_context()]
    assert repr(param) == "Parameter w (shape=(2, 3), dtype=float64)"


def test_an_initialisation_waits_for_the_shape() -> None:
    net = nn.Dense(2, prefix="fc_")
    net.initialize(mx.init.One(), ctx=[mx.cpu(0), mx.cpu(1)])
    assert net.weight.shape == (2, 0) and net.weight.list_ctx() == [mx.cpu(0), mx.cpu(1)]
    with pytest.raises(
        mx.gluon.parameter.DeferredInitializationError, match="'fc_weight' has not been initialized yet"
    ):
        net.weight.data()
    assert net.bias.data(mx.cpu(1)).shape == (2,)
    net(mx.nd.ones((1, 3)))
    assert net.weight.shape == (2, 3) and (net.weight.data(mx.cpu(1)).asnumpy() == 1).all()


def test_values_that_are_set_while_it_waits_are_kept() -> None:
    net = nn.Dense(2)
    net.initialize()
    net.weight.set_data(mx.nd.ones((2, 3)) * 5)
    net(mx.nd.ones((1, 3)))
    assert (net.weight.data().asnumpy() == 5).all()


def test_initialising_again_needs_force() -> None:
    param = ready()
    with pytest.warns(UserWarning, match="Parameter 'w' is already initialized"):
        param.initialize("zeros")
    assert param.data().sum().asscalar() == 6
    param.initialize("zeros", force_reinit=True)
    assert param.data().sum().asscalar() == 0


def test_its_own_initializer_goes_before_that_of_the_model() -> None:
    net = nn.Dense(2, in_units=3, weight_initializer=mx.init.Constant(4), bias_initializer="ones")
    net.initialize(mx.init.Zero())
    assert (net.weight.data().asnumpy() == 4).all() and (net.bias.data().asnumpy() == 1).all()
    net.weight.initialize(mx.init.One(), force_reinit=True)
    assert (net.weight.data().asnumpy() == 1).all()


# -- where -----------------------------------------------------------------------------------------------------------


def test_values_are_the_same_on_all_contexts() -> None:
    both = [mx.cpu(0), mx.cpu(1)]
    param = ready(ctx=both, init=mx.init.Normal(1))
    assert (param.data(mx.cpu(0)).asnumpy() == param.data(mx.cpu(1)).asnumpy()).all()
    assert [d.context for d in param.list_data()] == [g.context for g in param.list_grad()] == both
    with mx.cpu(1):
        assert param.data().context == mx.cpu(1) and param.grad().context == mx.cpu(1)
    param.set_data(mx.nd.zeros((2, 3)))
    assert all((d.asnumpy() == 0).all() for d in param.list_data())


def test_moving_takes_the_mean_of_the_contexts() -> None:
    param = ready(ctx=[mx.cpu(0), mx.cpu(1)])
    param.data(mx.cpu(1))[:] = 3
    param.reset_ctx(mx.cpu(2))
    assert param.list_ctx() == [mx.cpu(2)] and (param.data().asnumpy() == 2).all()
    assert param.grad(mx.cpu(2)).context == mx.cpu(2)
    waiting = Parameter("v", shape=(0,), allow_deferred_init=True)
    waiting.initialize(ctx=mx.cpu(0))
    waiting.reset_ctx([mx.cpu(1), mx.cpu(2)])
    assert waiting.list_ctx() == [mx.cpu(1), mx.cpu(2)]


def test_a_moved_model_computes_on_its_new_context() -> None:
    net = nn.Dense(2, in_units=3)
    net.initialize(ctx=mx.cpu(0))
    for hybrid in (False, True):
        net.hybridize(hybrid)
        for i in (1, 0):
            net.collect_params().reset_ctx(mx.cpu(i))
            assert net(mx.nd.ones((1, 3), ctx=mx.cpu(i))).context == mx.cpu(i)
            with pytest.raises(mx.MXNetError, match=rf"was not initialized on context cpu\({1 - i}\)"):
                net(mx.nd.ones((1, 3), ctx=mx.cpu(1 - i)))


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_model_on_several_contexts_asks_for_its_arrays_once_for_each(
    hybrid: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = nn.Dense(2, in_units=3)
    net.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    net.hybridize(hybrid)
    inputs = [mx.nd.ones((1, 3), ctx=mx.cpu(i)) for i in (0, 1)]
    asked = []
    find = Parameter._find
    monkeypatch.setattr(Parameter, "_find", lambda self, arrays, ctx: asked.append(ctx) or find(self, arrays, ctx))
    for _ in range(3):
        assert [net(x).context for x in inputs] == [mx.cpu(0), mx.cpu(1)]
    assert asked == 2 * [mx.cpu(0)] + 2 * [mx.cpu(1)]


@pytest.mark.parametrize("hybrid", [False, True])
def test_arrays_of_contexts_that_a_model_has_left_are_freed(hybrid: bool) -> None:
    net = nn.Dense(2, in_units=3)
    net.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    net.hybridize(hybrid)
    for i in (0, 1):
        net(mx.nd.ones((1, 3), ctx=mx.cpu(i)))
    alive = [weakref.ref(a._ready()) for a in net.weight.list_data()]
    gc.disable()
    try:
        net.collect_params().reset_ctx(mx.cpu(2))
        net(mx.nd.ones((1, 3), ctx=mx.cpu(2)))
        assert [a() for a in alive] == [None, None]
    finally:
        gc.enable()


@pytest.mark.parametrize("hybrid", [False, True])
def test_threads_may_be_the_first_to_call_a_model(hybrid: bool) -> None:
    for _ in range(5):
        net = nn.HybridSequential()
        net.add(nn.Dense(4), nn.BatchNorm(), nn.Dense(2))
        net.initialize()
        net.hybridize(hybrid)
        together = threading.Barrier(8)

        def call(_: int, net: nn.HybridSequential = net, together: threading.Barrier = together) -> list:
            together.wait()
            return net(mx.nd.ones((2, 3))).asnumpy().tolist()

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(call, range(8)))
        assert found == [found[0]] * 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_forked_while_a_thread_makes_values_can_make_its_own() -> None:
    entered = threading.Event()

    class Slow(mx.init.Initializer):
        def _init_weight(self, name: str, data: mx.nd.NDArray) -> None:
            entered.set()
            time.sleep(0.2)
            data[:] = 1

    net = nn.Dense(2, weight_initializer=Slow())
    net.initialize()
    thread = threading.Thread(target=lambda: net(mx.nd.ones((2, 3))))
    thread.start()
    entered.wait()
    child = os.fork()
    if not child:
        signal.alarm(20)  # if it waits for ever
        other = nn.Dense(2)
        other.initialize()
        other(mx.nd.ones((2, 3)))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    thread.join()


# -- gradients -------------------------------------------------------------------------------------------------------


def backward(param: Parameter) -> list:
    with mx.autograd.record():
        loss = (param.data() * 2).sum()
    loss.backward()
    return param.grad().asnumpy().ravel().tolist()


def test_requests_say_what_becomes_of_gradients() -> None:
    param = ready((2,))
    assert backward(param) == backward(param) == [2, 2]
    param.grad_req = "add"
    assert backward(param) == [2, 2] and backward(param) == [4, 4]
    param.zero_grad()
    assert backward(param) == [2, 2]
    param.grad_req = "null"
    param.zero_grad()
    with pytest.raises(RuntimeError, match="Cannot get gradient array for Parameter 'w' because grad_req='null'"):
        param.grad()
    param.grad_req = "write"
    assert backward(param) == [2, 2]


def test_setting_values_keeps_the_array_and_its_gradient() -> None:
    param = ready((2,))
    array, grad = param.data(), param.grad()
    param.set_data(mx.nd.array([3, 4], dtype="float64"))
    assert param.data() is array and array.asnumpy().tolist() == [3, 4] and array.dtype == np.float32
    assert backward(param) == [2, 2] and grad.asnumpy().tolist() == [2, 2]


def test_what_can_not_be_learned_never_has_a_gradient() -> None:
    param = ready((2,), differentiable=False)
    param.grad_req = "write"
    assert param.grad_req == "null"


def test_casting_keeps_values_and_learns_on() -> None:
    param = ready((2,))
    param.cast("float16")
    assert param.data().dtype == np.float16 and backward(param) == [2, 2] and param.grad().dtype == np.float16


@pytest.mark.parametrize("hybrid", [False, True])
def test_constants_are_used_and_stay(hybrid: bool) -> None:
    class Net(nn.HybridBlock):
        def __init__(self, **kwargs: object) -> None:
            super().__init__(**kwargs)
            self.value = np.asarray([[1, 2], [3, 4]])
            self.const = self.params.get_constant("const", self.value)

        def hybrid_forward(self, F, x, const):
            return x + const

    net = Net()
    net.initialize()
    if hybrid:
        net.hybridize()
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1.0})
    x = mx.nd.zeros((2, 2))
    x.attach_grad()
    with mx.autograd.record():
        y = net(x)
    y.backward()
    trainer.step(1)
    assert (net(x).asnumpy() == net.value).all() and (x.grad.asnumpy() == 1).all()
    assert isinstance(net.const, Constant) and net.const.grad_req == "null"


# -- many ------------------------------------------------------------------------------------------------------------


def test_all_parameters_of_a_dictionary_at_once() -> None:
    params = ParameterDict("net_")
    for name in ("a", "b"):
        params.get(name, shape=(2,))
    params.initialize("ones", ctx=[mx.cpu(0), mx.cpu(1)])
    assert params.list_ctx() == [mx.cpu(0), mx.cpu(1)] and len(params) == 2 and "net_a" in params
    backward(params["net_a"])
    params.zero_grad()
    assert params["net_a"].grad(mx.cpu(0)).sum().asscalar() == 0
    params.reset_ctx(mx.cpu(0))
    params.setattr("lr_mult", 0.5)
    assert params.list_ctx() == [mx.cpu(0)] and [p.lr_mult for p in params.values()] == [0.5, 0.5]


def test_multipliers_and_initialisers_go_into_graphs() -> None:
    attrs = Parameter("w", shape=(2,), lr_mult=0.5, wd_mult=2, init=mx.init.One()).var().list_attr()
    assert attrs["__lr_mult__"] == "0.5" and attrs["__wd_mult__"] == "2" and attrs["__init__"] == '["one", {}]'
    assert attrs["__shape__"] == "(2,)"


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda: Parameter("w", shape=(2,)).data(), "Parameter 'w' has not been initialized.*Block.collect_params"),
        (lambda: Parameter("w").initialize(), "Parameter 'w' because it has invalid shape: None"),
        (lambda: ready().data(mx.cpu(3)), r"'w' was not initialized on context cpu\(3\). It was only .*\[cpu\(0\)\]"),
        (lambda: ready().set_data(mx.nd.ones(4)), r"'w': Expected shape \(4,\) is incompatible with .*\(2, 3\)"),
        (lambda: Parameter("w", grad_req="sum"), "one of 'write', 'add', or 'null', but got 'sum'"),
        (lambda: Parameter("w", stype="dense"), "stype for Parameter 'w' must be one of"),
        (lambda: Parameter("w").reset_ctx(mx.cpu(1)), "Cannot reset context for Parameter 'w'"),
        (lambda: ParameterDict("n_").get_constant("c"), "No constant named 'n_c'"),
        (lambda: ready().row_sparse_data(mx.nd.array([0])), "Parameter w via row_sparse_data.*use data"),
    ],
)
def test_errors_name_the_parameter(do, words: str) -> None:
    with pytest.raises(mx.MXNetError, match=words):
        do()


def test_a_copy_of_a_parameter_takes_over_all_that_it_holds() -> None:
    param = ready(ctx=[mx.cpu(2), mx.cpu(0)])
    copy = Parameter(param.name, shape=param.shape)
    for name in ("_var", "_data", "_grad", "_ctx_list", "_ctx_map", "_trainer", "_deferred_init"):
        setattr(copy, name, getattr(param, name))
    assert copy._ctx_map == [[], [1, None, 0]]
    assert copy.data(mx.cpu(2)) is param.data(mx.cpu(2))
    assert copy.list_ctx() == [mx.cpu(2), mx.cpu(0)]


@pytest.mark.parametrize("first", [False, True])
def test_a_parameter_that_a_program_collects_by_itself_is_collected_once(first: bool) -> None:
    class Scaled(mx.gluon.HybridBlock):
        def __init__(self) -> None:
            super().__init__(prefix="scaled_")
            scale = Parameter("scale", shape=(2,), init=mx.init.One())
            if first:
                self.params.update({"scale": scale})
            self.scale = scale
            if not first:
                self._params._params["scale"] = self.scale

        def hybrid_forward(self, F, x, scale):
            return F.broadcast_mul(x, scale)

    block = Scaled()
    assert list(block.collect_params().keys()) == ["scale"] and block.scale.name == "scale"
    block.initialize()
    trainer = mx.gluon.Trainer(block.collect_params(), "sgd", {"learning_rate": 0.25})
    with mx.autograd.record():
        loss = block(mx.nd.ones((1, 2)))
    loss.backward()
    trainer.step(1)
    assert block.scale.data().asnumpy().tolist() == [0.75, 0.75]


@pytest.mark.parametrize("ready", [False, True])
@pytest.mark.parametrize("data", [[1, 2], 2.0])
def test_what_is_no_array_is_not_set(data, ready: bool) -> None:
    param = Parameter("w", shape=(2,))
    if ready:
        param.initialize()
    with pytest.raises(AttributeError, match=rf"set_data got {type(data).__name__}, expected an array of shape \(2,\)"):
        param.set_data(data)


def test_of_parameters_with_a_conflict_none_is_added() -> None:
    mine, others = ParameterDict(), ParameterDict()
    mine.get("b")
    others.get("a")
    others.get("b")
    with pytest.raises(AssertionError, match="'b'"):
        mine.update(others)
    assert list(mine.keys()) == ["b"]
