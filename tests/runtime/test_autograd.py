"""Gradients: the recorded answers of 1.9.1, and what it does not do."""

from __future__ import annotations

import pathlib
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, nd
from tests.answers import check, recorded
from tests.runtime.autograd_probes import PROBES

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "autograd.json", PROBES)


@pytest.mark.parametrize("name", PROBES)
def test_autograd_answers_as_the_reference(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


def leaf(values: object) -> nd.NDArray:
    x = nd.array(values)
    x.attach_grad()
    return x


def test_gradients_of_gradients_go_to_any_order() -> None:
    x = leaf([1.0, 2.0, -1.0])
    with autograd.record():
        y = x**5
        for _ in range(4):
            y = autograd.grad(y, x, create_graph=True, retain_graph=True)[0]
    y.backward()
    np.testing.assert_allclose(y.asnumpy(), 120 * x.asnumpy())
    np.testing.assert_allclose(x.grad.asnumpy(), [120, 120, 120])


def test_recording_belongs_to_its_thread() -> None:
    seen = []
    with autograd.record():
        thread = threading.Thread(target=lambda: seen.append((autograd.is_recording(), autograd.is_training())))
        thread.start()
        thread.join()
        assert autograd.is_recording()
    assert seen == [(False, False)]


def test_threads_take_gradients_of_a_shared_array_by_themselves() -> None:
    x, found = nd.array([1.0, 2.0, 3.0]), {}

    def work(factor: int) -> None:
        mine = x.copy()
        mine.attach_grad()
        for _ in range(50):
            with autograd.record():
                y = (mine * mine * factor).sum()
            y.backward()
        found[factor] = mine.grad.asnumpy().tolist()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == {k: [2 * k, 4 * k, 6 * k] for k in range(1, 5)}


@pytest.mark.parametrize("hybridized", [False, True])
def test_threads_add_to_the_gradients_of_shared_parameters(hybridized: bool) -> None:
    net = mx.gluon.nn.HybridSequential()
    for _ in range(6):
        net.add(mx.gluon.nn.Dense(64, in_units=64, use_bias=False))
    net.initialize(mx.init.Constant(1 / 64))
    net.collect_params().setattr("grad_req", "add")
    if hybridized:
        net.hybridize()
    errors = []

    def work() -> None:
        try:
            for _ in range(25):
                with autograd.record():
                    y = net(nd.ones((8, 64)))
                y.backward()
        except mx.base.MXNetError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors
    assert all((p.grad().asnumpy() == 4 * 25 * 8).all() for p in net.collect_params().values())


def test_torch_code_beside_it_runs_as_before() -> None:
    assert torch.is_grad_enabled()
    x = leaf([1.0, 2.0])
    with autograd.record():
        t = torch.ones(2, requires_grad=True)
        y = (x * x).sum()
        (t * 3).sum().backward()
    y.backward()
    assert torch.is_grad_enabled() and torch.get_default_dtype() is torch.float32
    assert t.grad.tolist() == [3, 3] and x.grad.asnumpy().tolist() == [2, 4]
    with torch.no_grad():
        with autograd.record():
            z = x * 5
        z.backward()
    assert x.grad.asnumpy().tolist() == [5, 5]


def test_changing_a_recorded_array_in_place_names_the_operation() -> None:
    x = leaf([1.0, 2.0])
    with autograd.record():
        y = x * x
        with pytest.raises(mx.MXNetError, match="[Ii]n-?place"):
            y *= 2


@pytest.mark.parametrize("key", [slice(None), ..., slice(0, 1), 0], ids=str)
def test_numpy_arrays_are_copied_into_the_whole_of_an_array_while_recording(key: object) -> None:
    x = leaf([[1.0, 2.0]])
    with autograd.record():
        x[key] = np.array([5.0, 6.0])
        y = x * x
        with pytest.raises(mx.MXNetError, match="[Ii]n-?place"):
            x[:, 1:] = np.array([7.0])
        with pytest.raises(mx.MXNetError, match="[Ii]n-?place"):
            x[:] = nd.array([7.0, 8.0])
    y.backward()
    assert x.asnumpy().tolist() == [[5, 6]] and x.grad.asnumpy().tolist() == [[10, 12]]


@pytest.mark.parametrize("req", ["write", "add"])
def test_gradients_of_truth_values_say_where_there_is_one(req: str) -> None:
    x = mx.np.array([True, False, True], dtype=bool)
    x.attach_grad(req)
    with autograd.record():
        y = mx.np.concatenate([mx.np.expand_dims(x, 0), mx.np.expand_dims(x[::-1], 0)])[:, :2]
    y.backward()
    assert y.dtype == x.grad.dtype == np.bool_
    assert y.asnumpy().tolist() == [[True, False], [True, False]]
    assert x.grad.asnumpy().tolist() == [True, True, True]
    with autograd.record():
        z = x[1:2].copy()
    z.backward()
    assert x.grad.asnumpy().tolist() == ([False, True, False] if req == "write" else [True, True, True])


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64", "float16", "float64"])
def test_gradients_are_given_in_the_dtype_of_their_variable(dtype: str, create_graph: bool) -> None:
    x = nd.array([1, 2, 3], dtype=dtype)
    x.attach_grad()
    with autograd.record():
        (gradient,) = autograd.grad(x * x, [x], create_graph=create_graph)
    assert gradient.dtype == np.dtype(dtype) and gradient.asnumpy().tolist() == [2, 4, 6]


@pytest.mark.parametrize("face", [mx.nd, mx.np], ids=["nd", "np"])
@pytest.mark.parametrize("key", [slice(None), ..., ()], ids=str)
def test_a_whole_value_written_while_recording_carries_its_gradient(key: Any, face: Any) -> None:
    x = face.array([1.0, 2.0])
    x.attach_grad()
    target = face.array([5.0, 6.0])
    with autograd.record():
        doubled = x * 2
        doubled[key] = doubled  # nothing is written
        target[key] = doubled
        with pytest.raises(mx.MXNetError, match="[Ii]n-?place"):
            doubled[key] = face.array([5.0, 6.0])
        y = target * target
    y.backward()
    assert target.asnumpy().tolist() == [2, 4] and x.grad.asnumpy().tolist() == [8, 16]


def test_an_array_without_a_gradient_says_how_to_get_one() -> None:
    with pytest.raises(mx.MXNetError, match="autograd.record"):
        (nd.ones((2,)) * 2).backward()


def test_a_chain_of_ten_thousand_operators_has_its_gradient() -> None:
    x = leaf([1.0])
    with autograd.record():
        y = x
        for _ in range(10_000):
            y = y + 1
    y.backward()
    assert x.grad.asscalar() == 1 and y.asscalar() == 10_001


def test_gradients_arrive_when_python_decided_what_ran() -> None:
    for start, factor in ((1.0, 16), (5.0, 2)):
        x = leaf([start])
        with autograd.record():
            y = x * 2
            while y.asscalar() < 10:
                y = y * 2
        y.backward()
        assert x.grad.asscalar() == factor


def test_a_function_that_was_called_says_so_by_an_assertion_error_too() -> None:
    class Twice(autograd.Function):
        def forward(self, a: nd.NDArray) -> nd.NDArray:
            return a * 2

    function = Twice()
    function(nd.ones((2,)))
    with pytest.raises(AssertionError, match="only be called once") as told:
        function(nd.ones((2,)))
    assert isinstance(told.value, mx.MXNetError)


def test_function_returns_as_many_gradients_as_it_has_inputs() -> None:
    class Wrong(autograd.Function):
        def forward(self, a: nd.NDArray, b: nd.NDArray) -> nd.NDArray:
            return a + b

        def backward(self, dy: nd.NDArray) -> nd.NDArray:
            return dy

    a, b = leaf([1.0]), leaf([2.0])
    with autograd.record():
        y = Wrong()(a, b)
    with pytest.raises((mx.MXNetError, AssertionError), match="2"):
        y.backward()


WITHOUT_GRADIENT: dict[str, Callable[[Any], Any]] = {
    "ones_like": mx.nd.ones_like,
    "greater": lambda x: x > 1,
    "argmax": lambda x: mx.nd.argmax(x, axis=1),
    "mask of the greatest": lambda x: mx.nd.topk(x, ret_typ="mask"),
    "one_hot": lambda x: mx.nd.one_hot(x, 4),
    "condition": lambda x: mx.nd.where(x, mx.nd.ones((2, 2)), mx.nd.zeros((2, 2))),
    "shape of another": lambda x: mx.nd.slice_like(mx.nd.ones((4, 4)), x),
    "index of an index": lambda x: mx.nd.pick(mx.nd.ones((2, 2)), mx.nd.argmax(x, axis=1)) * 2 + 1,
}


@pytest.mark.parametrize("name", WITHOUT_GRADIENT)
def test_gradients_of_what_only_operators_without_one_lead_to_are_zero_and_fresh(name: str) -> None:
    x = mx.nd.array([[0.5, 2], [1, 3]])
    x.attach_grad()
    x.grad[:] = 7
    with autograd.record():
        y = WITHOUT_GRADIENT[name](x)
    y.backward()
    assert x.grad.asnumpy().tolist() == [[0, 0], [0, 0]]
    assert x._fresh_grad
    with autograd.record():
        y = WITHOUT_GRADIENT[name](x)
    assert autograd.grad(y, [x])[0].asnumpy().tolist() == [[0, 0], [0, 0]]


def test_a_mask_of_an_array_leaves_the_gradient_of_its_product_as_it_is() -> None:
    x, z = mx.nd.array([-1, 2]), mx.nd.array([3, 4])
    x.attach_grad()
    z.attach_grad()
    with autograd.record():
        y = (x > 0) * x
        other = z * 1
    assert autograd.grad(y, [x], retain_graph=True)[0].asnumpy().tolist() == [0, 1]
    y.backward()
    assert x.grad.asnumpy().tolist() == [0, 1]
    with pytest.raises(mx.MXNetError, match="unreachable"):
        autograd.grad(other, [x])


def test_gradients_of_heads_are_arrays_as_any_other() -> None:
    class Tripled(mx.autograd.Function):
        def forward(self, x: mx.nd.NDArray) -> mx.nd.NDArray:
            return x * 1

        def backward(self, dy: mx.nd.NDArray) -> mx.nd.NDArray:
            dy[:] = dy * 3
            return dy

    x = mx.nd.ones((2, 3))
    x.attach_grad()
    with mx.autograd.record():
        y = Tripled()(x)
    y.backward()
    assert (x.grad.asnumpy() == 3).all()
    for create_graph in (False, True):
        with mx.autograd.record():
            (grad,) = mx.autograd.grad(x + 0, [x], create_graph=create_graph)
        grad[0] = 5
        assert grad.asnumpy().tolist() == [[5, 5, 5], [1, 1, 1]]


@pytest.mark.parametrize(
    "picked, expected",
    [("yy", [4, 80, 1200]), ("yzy", [14, 280, 4200]), ("xx", [2, 20, 200]), ("xyx", [7, 110, 1500])],
)
def test_a_head_that_is_there_several_times_is_one_with_its_last_gradient(picked: str, expected: list[float]) -> None:
    x = leaf(np.arange(1, 4))
    with autograd.record():
        y = x * x
        arrays = {"x": x, "y": y, "z": y * 2}
    heads = [arrays[name] for name in picked]
    grads = [mx.nd.array([k, k * 10, k * 100]) for k in range(1, len(heads) + 1)]
    (found,) = autograd.grad(heads, [x], grads, retain_graph=True)
    assert found.asnumpy().tolist() == expected
    autograd.backward(heads, grads)
    assert x.grad.asnumpy().tolist() == expected
    symbols = {"x": (v := mx.sym.var("x")), "y": (w := v * v), "z": w * 2}
    run = mx.sym.Group([symbols[name] for name in picked]).bind(mx.cpu(), {"x": x}, {"x": mx.nd.zeros(3)})
    run.forward(is_train=True)
    run.backward(grads)
    assert run.grad_dict["x"].asnumpy().tolist() == expected


def test_a_head_that_is_there_several_times_without_a_gradient_counts_once() -> None:
    x = leaf(np.arange(1, 4))
    with autograd.record():
        y, other = x * x, x * x
    autograd.backward([y, y[:], other])
    assert x.grad.asnumpy().tolist() == [4, 8, 12]


@pytest.mark.parametrize("shape", [(6,), (3, 2), (2, 3, 1), (1, 6)])
def test_gradients_of_heads_count_by_their_elements_whatever_their_shape(shape: tuple[int, ...]) -> None:
    x = leaf(np.zeros((2, 3)))
    with autograd.record():
        y = x * 2
    y.backward(mx.nd.arange(6).reshape(shape))
    assert x.grad.asnumpy().tolist() == [[0, 2, 4], [6, 8, 10]]


def test_the_gradient_of_a_head_without_axes_may_have_one() -> None:
    with mx.np_shape():
        x = mx.np.ones(3)
        x.attach_grad()
        with autograd.record():
            y = (x * x).sum()
        y.backward(mx.np.array([3.0]))
        assert x.grad.asnumpy().tolist() == [6, 6, 6]


def test_what_has_no_gradient_takes_any_and_needs_none() -> None:
    x = mx.nd.array([[3, 1], [2, 5]])
    x.attach_grad()
    with mx.autograd.record():
        places = mx.nd.argmax(x, axis=1)
    places.backward(mx.nd.ones((7, 7)))
    assert x.grad.asnumpy().tolist() == [[0, 0], [0, 0]]
    run = (mx.sym.var("a") == mx.sym.var("b")).simple_bind(mx.cpu(), a=(2,), b=(2,))
    run.forward(is_train=True)
    run.backward()
    assert run.grad_dict["a"].asnumpy().tolist() == [0, 0]


def squared() -> tuple[mx.nd.NDArray, mx.nd.NDArray, mx.nd.NDArray]:
    x = mx.nd.array([2.0])
    x.attach_grad()
    with mx.autograd.record():
        h = x * x
        y = h * 3
    return x, h, y


USES = {
    "an operator": lambda h, x: h * x,
    "a method": lambda h, x: h.reshape((1, 1))[0] * x,
    "a part": lambda h, x: h[0] * x,
    "a copy": lambda h, x: h.as_in_context(mx.cpu(1)).as_in_context(mx.cpu()) * x,
    "a sparse array": lambda h, x: h.reshape((1, 1)).tostype("csr").tostype("default").reshape((1,)) * x,
}


@pytest.mark.parametrize("free", ["backward", "grad"])
@pytest.mark.parametrize("use", USES)
def test_what_a_backward_pass_went_through_is_constant_afterwards(use: str, free: str) -> None:
    x, h, y = squared()
    if free == "backward":
        y.backward()
    else:
        mx.autograd.grad(y, x)
    with mx.autograd.record():
        again = USES[use](h, x)
    again.backward()
    assert x.grad.asscalar() == 4  # h is 4: no more than the slope of h * x with h held fixed


def test_a_graph_that_is_retained_is_gone_through_again() -> None:
    x, h, y = squared()
    y.backward(retain_graph=True)
    with mx.autograd.record():
        again = h * x
    again.backward()
    assert x.grad.asscalar() == 12


def test_what_was_recorded_beside_the_heads_keeps_its_graph() -> None:
    x = mx.nd.array([2.0])
    x.attach_grad()
    with mx.autograd.record():
        one, other = x * x, x * 3
    one.backward()
    with mx.autograd.record():
        again = other * x
    again.backward()
    assert x.grad.asscalar() == 12


def test_backward_from_a_freed_array_or_from_constants_alone_is_an_error() -> None:
    _, h, y = squared()
    y.backward()
    with mx.autograd.record():
        z = h * 2
    for head in (h, y, z):
        with pytest.raises(mx.MXNetError, match="not in a computational graph"):
            head.backward()


@pytest.mark.parametrize("hybrid", [False, True], ids=["imperative", "hybrid"])
def test_states_of_a_recurrent_layer_go_on_without_their_history(hybrid: bool) -> None:
    def gradients(detach: bool) -> list[float]:
        layer = mx.gluon.rnn.GRU(4, input_size=5, prefix="gru_")
        layer.initialize(mx.init.One())
        if hybrid:
            layer.hybridize()
        state, found = layer.begin_state(2), []
        for _ in range(3):
            if detach:
                state = [s.detach() for s in state]
            with mx.autograd.record():
                out, state = layer(mx.nd.ones((3, 2, 5)), state)
            out.backward()
            found.append(layer.l0_h2h_weight.grad().sum().asscalar())
        return found

    assert gradients(False) == gradients(True)


@pytest.mark.parametrize("head", ["x", "relu"])
def test_outputs_of_inputs_without_a_gradient_need_none_beside_a_loss(head: str) -> None:
    x, w, label = (mx.sym.var(name) for name in ("x", "w", "label"))
    loss = mx.sym.LinearRegressionOutput(x, label) + mx.sym.LinearRegressionOutput(w, label)
    whole = mx.sym.Group([loss, x if head == "x" else mx.sym.relu(x)])
    arrays = {"x": mx.nd.ones((2, 2)), "w": mx.nd.array([[1, 2], [3, 5]]), "label": mx.nd.ones((2, 2))}
    grads = {name: mx.nd.zeros((2, 2)) for name in arrays}
    run = whole.bind(mx.cpu(), arrays, grads, {"x": "null", "w": "write", "label": "null"})
    run.forward(is_train=True)
    run.backward()
    assert grads["w"].asnumpy().tolist() == [[0, 0.5], [1, 2]]
    run = whole.bind(mx.cpu(), arrays, grads)
    run.forward(is_train=True)
    with pytest.raises(mx.MXNetError, match="head_gradient is required"):
        run.backward()


_FAR = np.inf
_DIVIDED = {
    "array % array": (lambda a, b: a % b, [1, 2, 3, 4, 5], [-_FAR, _FAR, -12, 16, 0]),
    "broadcast_mod": (nd.broadcast_mod, [1, 2, 3, 4, 5], [-_FAR, _FAR, -12, 16, 0]),
    "np.mod": (
        lambda a, b: mx.np.mod(a.as_np_ndarray(), b.as_np_ndarray()),
        [1, 2, 3, 4, 5],
        [-_FAR, _FAR, -12, 16, 0],
    ),
    "array % 0": (lambda a, _: a % 0, [1, 2, 3, 4, 5], [0, 0, 0, 0, 0]),
    "-5 % array": (lambda _, b: -5 % b, [0, 0, 0, 0, 0], [_FAR, _FAR, 9, 12, 0]),
}
"""Gradients of 5, -5, 9, -7, 0 divided by 0, 0, 2, 2, infinity, with head gradients that count from one."""


@pytest.mark.parametrize("name", _DIVIDED)
def test_remainders_of_what_is_divided_by_zero_have_the_gradients_of_all_others(name: str) -> None:
    function, by_left, by_right = _DIVIDED[name]
    left, right = leaf([5, -5, 9, -7, 0]), leaf([0, 0, 2, 2, np.inf])
    with autograd.record():
        made = function(left, right)
    made.backward(mx.nd.arange(1, 6).as_np_ndarray() if name == "np.mod" else mx.nd.arange(1, 6))
    assert made.asnumpy()[:2].tolist() == [0, 0]
    assert [left.grad.asnumpy().tolist(), right.grad.asnumpy().tolist()] == [by_left, by_right]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (lambda head: [nd.ones((1, 3)) * 4], 4),
        (lambda head: [2], 2),
        (lambda head: [head.asnumpy() * 3], 3),
        (lambda head: (head * 5,), 5),
    ],
)
def test_the_gradients_that_a_function_gives_may_be_numbers_and_are_broadcast(given, expected):
    class Given(autograd.Function):
        def forward(self, x):
            return x + 0

        def backward(self, head):
            return given(head)

    x = nd.ones((2, 3))
    x.attach_grad()
    with autograd.record():
        y = Given()(x)
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), np.full((2, 3), expected, "float32"))


def through_a_function(forward, backward):
    class Given(autograd.Function):
        pass

    Given.forward, Given.backward = forward, backward
    x = nd.ones((2, 3))
    x.attach_grad()
    with autograd.record():
        y = Given()(x)
    y.backward()
    y.wait_to_read()


def recorded():
    x = nd.ones((2,))
    x.attach_grad()
    with autograd.record():
        return x, x * x


WRONG_GRADIENTS = {
    "a function that returns nothing": (
        lambda: through_a_function(lambda self, x: None, None),
        TypeError,
        "Given.forward gave None",
    ),
    "a function without gradients": (
        lambda: through_a_function(lambda self, x: x + 0, lambda self, head: None),
        mx.MXNetError,
        r"Given.backward gave None as a gradient, expected an array of shape \(2, 3\)",
    ),
    "a function with a gradient of another shape": (
        lambda: through_a_function(lambda self, x: x + 0, lambda self, head: nd.ones((5,))),
        mx.MXNetError,
        r"Given.backward gave an array of shape \(5,\) as a gradient, expected an array of shape \(2, 3\)",
    ),
    "numbers as head gradients": (
        lambda: recorded()[1].backward([1, 1]),
        AttributeError,
        r"head gradient must be an NDArray, got \[1, 1\]",
    ),
    "numbers as heads": (lambda: autograd.backward([3]), AttributeError, "a head must be an NDArray, got 3"),
    "numbers as variables": (
        lambda: autograd.grad(recorded()[1], [3]),
        AttributeError,
        "a variable must be an NDArray, got 3",
    ),
    "fewer gradients than heads": (
        lambda: autograd.backward([recorded()[1]] * 2, [nd.ones((2,))]),
        AssertionError,
        "got 2 heads and 1 head gradients",
    ),
    "no variables": (lambda: autograd.grad(recorded()[1], []), AssertionError, "variables cannot be an empty list"),
    "nothing attached": (
        lambda: nd.ones((2,)).backward(),
        mx.MXNetError,
        r"not in a computational graph.*attach_grad\(\)",
    ),
}


@pytest.mark.parametrize("what", WRONG_GRADIENTS)
def test_gradients_that_do_not_fit_are_told_of_and_nothing_stays_recorded(what):
    call, kind, text = WRONG_GRADIENTS[what]
    with pytest.raises(kind, match=text):
        call()
    assert not autograd.is_recording()
    assert not autograd.is_training()
    x, y = recorded()
    y.backward()
    assert x.grad.asnumpy().tolist() == [2, 2]
