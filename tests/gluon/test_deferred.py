"""Blocks that define ``forward`` and no ``hybrid_forward``: hybridized, the graph of what it does runs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon
from mxnet.gluon import nn, rnn


class Counted(gluon.HybridBlock):
    """Counts how often Python runs its ``forward``."""

    calls = 0

    def forward(self, *args):
        self.__dict__["calls"] += 1
        return self.compute(*args)

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.__dict__["calls"] = 0


class Mixed(Counted):
    """Children, a parameter of its own, views, parts, dropout, nested outputs."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.dense = nn.Dense(4)
            self.norm = nn.BatchNorm()
            self.drop = nn.Dropout(0.5)
            self.scale = self.params.get("scale", shape=(4,), init="ones")

    def compute(self, x):
        y = self.norm(self.dense(x))
        z = self.drop(y * self.scale.data() + mx.nd.relu(y)) - mx.nd.ones((4,))
        return z[:, 1:3], (z.reshape((-1,)), [z[0], z[None, ..., -1]])


class Detached(Counted):
    """What is detached is a constant of the gradient."""

    def compute(self, x):
        return x.detach() * x + (x * 2).detach().reshape(x.shape)


class Dropping(Counted):
    """Masks do not follow the order in memory, which is another one in graphs."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.layer = gluon.rnn.LSTM(4, 2, layout="NTC", dropout=0.4)
            self.drop = nn.Dropout(0.5)

    def compute(self, x):
        return self.drop(self.layer(x))


class Branching(Counted):
    """Python decides by mode and by shape."""

    def compute(self, x):
        return x * x.shape[0] if autograd.is_training() else mx.nd.concat(*[x] * x.ndim, dim=0)


class Recurrent(Counted):
    """A layer that makes its first states, a cell step by step, and full()."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.layer = rnn.GRU(5)
            self.cell = rnn.LSTMCell(4)

    def compute(self, x):
        x = self.layer(x)
        states = self.cell.begin_state(x.shape[1])
        for step in range(x.shape[0]):
            out, states = self.cell(x[step], states)
        return out + mx.nd.full((4,), 2), states


class Masked(Counted):
    """An argument may be missing."""

    def compute(self, x, mask=None):
        return x if mask is None else x * mask


def parent() -> gluon.HybridBlock:
    net = nn.HybridSequential()
    net.add(nn.Dense(6, activation="relu"), Mixed())
    return net


def inputs(*shape: int) -> mx.nd.NDArray:
    return mx.nd.array(np.random.RandomState(0).randn(*shape))


BLOCKS: dict[str, tuple[Callable[[], gluon.HybridBlock], list[tuple]]] = {
    "of many kinds": (Mixed, [(inputs(2, 3),), (inputs(5, 3),)]),
    "in a block with hybrid_forward": (parent, [(inputs(2, 3),), (inputs(5, 3),)]),
    "that branches": (Branching, [(inputs(2, 3),), (inputs(3, 3),), (inputs(3, 3, 1),)]),
    "that detaches": (Detached, [(inputs(2, 3),)]),
    "that drops what a recurrent layer gives": (Dropping, [(inputs(2, 3, 4),)]),
    "that recurs": (Recurrent, [(inputs(3, 2, 4),), (inputs(4, 2, 4),)]),
    "without an argument": (Masked, [(inputs(2, 2), mx.nd.zeros((2, 2))), (inputs(2, 2),), (inputs(2, 2), None)]),
}


def flat(value) -> Iterator[mx.nd.NDArray]:
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from flat(part)
    else:
        yield value


def run(net: gluon.HybridBlock, args: tuple, training: bool) -> list[np.ndarray]:
    """Outputs, gradients and statistics, from the same random numbers each time."""
    mx.random.seed(7)
    args[0].attach_grad()
    with autograd.record(train_mode=training):
        outputs = list(flat(net(*args)))
        total = sum((o * o).sum() for o in outputs)
    total.backward()
    params = net.collect_params().values()
    grads = [p.grad() for p in params if p.grad_req != "null"]
    return [a.asnumpy() for a in (*outputs, args[0].grad, *grads, *(p.data() for p in params))]


@pytest.mark.parametrize("name", BLOCKS)
def test_hybridized_they_give_what_they_give_array_by_array(name: str, tmp_path: Path) -> None:
    make, cases = BLOCKS[name]
    net = make()
    net.initialize()
    for args in cases:
        net(*args)
    net.save_parameters(str(tmp_path / "net.params"))
    found = []
    for active in (False, True):
        net.load_parameters(str(tmp_path / "net.params"))
        net.hybridize(active)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found.append([run(net, args, t) for _ in range(2) for t in (False, True) for args in cases])
    for plain, hybrid in zip(*found, strict=True):
        assert len(plain) == len(hybrid)
        for a, b in zip(plain, hybrid, strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_python_runs_once_for_each_choice_of_shapes_and_mode() -> None:
    calls = []

    class Told(Mixed):
        def compute(self, x):
            calls.append((x.shape, autograd.is_training()))
            return super().compute(x)

    net = Told()
    net.initialize()
    net.hybridize()
    for _ in range(3):
        net(inputs(2, 3))
        net(inputs(4, 3))
        with autograd.train_mode():
            net(inputs(2, 3))
    assert calls == [((2, 3), False), ((4, 3), False), ((2, 3), True)]
    assert net.calls == 3
    net.hybridize(False)
    net(inputs(2, 3))
    assert net.calls == 4


def test_their_graphs_are_exported_and_run_without_them(tmp_path: Path) -> None:
    net = parent()
    net.initialize()
    net.hybridize()
    x = inputs(2, 3)
    expected = [o.asnumpy() for o in flat(net(x))]
    net.export(str(tmp_path / "net"))
    names = {n.partition(":")[2] for n in mx.nd.load(str(tmp_path / "net-0000.params"))}
    assert names == set(net.collect_params().keys())
    again = gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net-0000.params"))
    for a, b in zip(expected, flat(again(x)), strict=True):
        np.testing.assert_allclose(a, b.asnumpy(), rtol=1e-6)


class ByValue(Counted):
    def compute(self, x):
        return -x if x.sum().asscalar() < 0 else x


class ByState(Counted):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.last = mx.nd.zeros((1,))

    def compute(self, x):
        self.last = self.last + x
        return self.last * 1


class ByOut(Counted):
    def compute(self, x):
        out = mx.nd.zeros((1,))
        mx.nd.relu(x, out=out)
        return out


class ByMask(Counted):
    def compute(self, x):
        y = x.as_np_ndarray()
        return y[y > 0].sum().reshape(1).as_nd_ndarray()


class ByNumPy(Counted):
    def compute(self, x):
        return x[np.array([0])]


@pytest.mark.parametrize(
    "kind, why, expected",
    [
        (ByMask, "how many elements a mask selects depends on its values", [1, 0, 1]),
        (ByNumPy, r"an operator is given array\(\[0\]\), which is no array", [1, -2, 1]),
        (ByValue, "it asks for the values of an array", [1, 2, 1]),
        (ByState, "neither an input nor a parameter", [1, -1, 0]),
        (ByOut, "out=", [1, 0, 1]),
    ],
)
def test_what_no_graph_can_be_made_of_runs_array_by_array(kind: type, why: str, expected: list[float]) -> None:
    net = kind()
    net.hybridize()
    with pytest.warns(UserWarning, match=rf"{kind.__name__} '.*' is hybridized, .* runs array by array: .*{why}"):
        found = [net(mx.nd.array([1])).asscalar()]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found += [net(mx.nd.array([v])).asscalar() for v in (-2, 1)]
    assert found == expected


def test_a_mistake_in_forward_is_told_as_it_is() -> None:
    net = Mixed()
    net.initialize()
    net(inputs(2, 3))
    net.hybridize()
    for _ in range(2):
        with pytest.raises(mx.MXNetError, match="Shape inconsistent.*Dense .mixed"):
            net(inputs(2, 7))
    assert net(inputs(2, 3))[0].shape == (2, 2)


class Projection(gluon.HybridBlock):
    """Parameters made on their own, of a shape that is found out by the first input."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.weight = gluon.Parameter("weight", shape=(units, 0), allow_deferred_init=True)
        self.bias = gluon.Parameter("weight", shape=(units,), init="ones")
        self.gain = gluon.Constant("gain", [2.0])

    def infer_shape(self, x):
        self.weight.shape = (self.weight.shape[0], x.shape[1])

    def forward(self, x):
        return self.gain.data() * mx.nd.dot(x, self.weight.data().T) + self.bias.data()


@pytest.mark.parametrize("active", [False, True])
def test_parameters_set_as_attributes_are_the_blocks_own_and_learn(active: bool) -> None:
    net = nn.HybridSequential(prefix="net_")
    net.add(Projection(3, prefix="one_"), Projection(1, prefix="two_"))
    net.initialize()
    if active:
        net.hybridize()
    learner = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.01})
    losses = []
    for _ in range(3):
        with autograd.record():
            loss = (net(mx.nd.ones((4, 2))) ** 2).sum()
        loss.backward()
        learner.step(4)
        losses.append(loss.asscalar())
    assert losses[0] > losses[1] > losses[2]
    assert {n: p.shape for n, p in net.collect_params().items()} == {
        "one_weight": (3, 2),
        "one_bias": (3,),
        "one_gain": (1,),
        "two_weight": (1, 3),
        "two_bias": (1,),
        "two_gain": (1,),
    }


@pytest.mark.parametrize("classic", [False, True])
def test_outputs_may_be_dicts(classic: bool) -> None:
    class Classic(gluon.HybridBlock):
        def hybrid_forward(self, F, a, b):
            return {"sum": a + b, "rest": [{"a": a * 2}, None]}

    class Modern(gluon.HybridBlock):
        def forward(self, a, b):
            return Classic.hybrid_forward(self, mx.nd, a, b)

    net = Classic() if classic else Modern()
    for active in (False, True, True):
        net.hybridize(active)
        made = net(mx.nd.ones((2,)), mx.nd.ones((2,)))
        assert made["sum"].asnumpy().tolist() == [2, 2] and list(made) == ["sum", "rest"]
        assert made["rest"][0]["a"].asnumpy().tolist() == [2, 2] and made["rest"][1] is None


def test_blocks_of_numpy_arrays_are_traced_too() -> None:
    class Attention(gluon.HybridBlock):
        def forward(self, x, mask=None):
            scores = mx.np.matmul(x, x.transpose(0, 2, 1)) / x.shape[-1] ** 0.5
            if mask is not None:
                scores = mx.np.where(mx.np.expand_dims(mask, 1), scores, -1e9)
            return mx.np.matmul(mx.npx.softmax(scores, axis=-1), x), scores.argmax(axis=-1)

    with mx.util.np_shape(True), mx.util.np_array(True):
        x = mx.np.array(np.random.RandomState(0).randn(2, 5, 4))
        mask = mx.np.array([[1, 1, 0, 1, 0], [1, 0, 0, 0, 0]])
        net = Attention()
        plain = net(x, mask)
        net.hybridize()
        for _ in range(2):
            hybrid = net(x, mask)
            for a, b in zip(plain, hybrid, strict=True):
                assert type(b) is mx.np.ndarray and b.dtype == a.dtype
                np.testing.assert_allclose(a.asnumpy(), b.asnumpy(), rtol=1e-5)
        assert len(net._graphs) == 1


def test_threads_with_inputs_of_other_shapes_do_not_meet() -> None:
    net = Branching()
    net.hybridize()

    def same(rows: int) -> bool:
        x = mx.nd.full((rows, 2), rows)
        return all((net(x).asnumpy() == rows).all() and net(x).shape == (2 * rows, 2) for _ in range(50))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(same, [1, 2, 3, 4]))


def test_called_with_a_symbol_they_compute_with_it() -> None:
    net = Masked()
    net.hybridize()
    net(inputs(2, 2), inputs(2, 2))
    assert net(mx.sym.var("a"), mx.sym.var("b")).list_arguments() == ["a", "b"]


def test_parameters_without_names_are_named_by_their_block() -> None:
    class Affine(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.scale = gluon.Parameter(shape=(1,), init="ones")
            self.shift = gluon.Parameter(shape=(1,), init="ones")
            self.two = gluon.Constant([2.0])

        def forward(self, x):
            return x * self.scale.data() * self.two.data() + self.shift.data()

    net = Affine(prefix="net_")
    assert list(net.collect_params()) == ["net_weight", "net_shift", "net_const"]
    net.initialize()
    for active in (False, True):
        net.hybridize(active)
        assert net(mx.nd.ones((1,))).asscalar() == 3


def test_a_loss_may_be_part_of_one() -> None:
    class WithLoss(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.loss = gluon.loss.SoftmaxCrossEntropyLoss()

        def forward(self, x, label):
            return self.loss(x, label).mean()

    net = WithLoss()
    net.hybridize()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert net(mx.nd.zeros((2, 4)), mx.nd.array([0, 3])).asscalar() == pytest.approx(np.log(4))


def test_masks_are_exported_and_read_again(tmp_path: Path) -> None:
    class Rectified(gluon.HybridBlock):
        def forward(self, x):
            return (x > 0) * x

    with mx.util.np_shape(True), mx.util.np_array(True):
        net = Rectified()
        net.hybridize()
        net(mx.np.ones((2,)))
        net.export(str(tmp_path / "net"))
        again = gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), ["data"])
        assert again(mx.np.array([-1, 2])).asnumpy().tolist() == [0, 2]


def test_a_block_that_infers_its_shapes_by_tracing_may_be_in_one_that_is_traced() -> None:
    class Doubled(gluon.HybridBlock):
        def forward(self, x):
            return x * 2

    class Scaled(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.doubled = Doubled()
                self.dense = nn.Dense(3)

        def hybrid_forward(self, F, x):
            return self.dense(self.doubled(x))

    class Outer(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = Scaled()

        def forward(self, x):
            self.inner.infer_shape(x)
            return self.inner(x) + 1

    net = Outer()
    net.initialize()
    net(inputs(2, 4))
    expected = net(inputs(2, 4)).asnumpy()
    net.hybridize()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(net(inputs(2, 4)).asnumpy(), expected, rtol=1e-6)


class Parts(Counted):
    """Parts, by numbers and by arrays, of the input and of a parameter without gradient."""

    def __init__(self):
        super().__init__()
        self.places = gluon.Constant(mx.nd.arange(12).reshape((4, 3)))
        self.scale = gluon.Parameter(shape=(2, 3))

    def compute(self, x, rows):
        best = x[mx.nd.arange(4), x.argmax(axis=1)]
        return x[rows, 1:] * self.places.data()[1, 1:] + self.places.data()[rows, :2], best * self.scale.data()[0, 2]


def test_parts_by_arrays_and_parts_of_parameters_are_traced() -> None:
    net, x, rows = Parts(), mx.nd.random.normal(shape=(4, 3)), mx.nd.array([2, 0, -1])
    net.initialize()
    gradients = []
    for active in (False, True):
        net.hybridize(active)
        x.attach_grad()
        with warnings.catch_warnings(), autograd.record():
            warnings.simplefilter("error")
            outputs = net(x, rows)
        autograd.backward(list(outputs))
        gradients.append([*[y.asnumpy() for y in outputs], x.grad.asnumpy(), net.scale.grad().asnumpy()])
    for expected, got in zip(*gradients, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-6)
    calls = net.calls
    net.places.data()[:] = 0
    with autograd.train_mode():
        assert not net(x, rows)[0].asnumpy().any()
    assert net.calls == calls


class Mean(Counted):
    """Writes to a parameter."""

    def __init__(self):
        super().__init__()
        self.last = gluon.Parameter(shape=(3,), init="zeros", grad_req="null")

    def compute(self, x):
        self.last.data()[:] = x
        return x + self.last.data()


def test_what_forward_writes_to_a_parameter_stays_written() -> None:
    net = Mean()
    net.initialize()
    net.hybridize()
    with pytest.warns(UserWarning, match="runs array by array"):
        assert net(mx.nd.array([1, 2, 3])).asnumpy().tolist() == [2, 4, 6]
    assert net.last.data().asnumpy().tolist() == [1, 2, 3]
    assert net(mx.nd.array([3, 2, 1])).asnumpy().tolist() == [6, 4, 2]


@mx.util.use_np
class Decorated(Counted):
    """All its methods are wrapped, those that it inherits too."""

    def compute(self, x):
        return mx.np.concatenate([x, mx.npx.relu(-x)], axis=1)


@mx.util.use_np
class BaseOfDecorated(gluon.HybridBlock):
    pass


class AfterDecorated(BaseOfDecorated):
    calls = 0

    def forward(self, x):
        self.__dict__["calls"] = self.calls + 1
        return x * 2


@pytest.mark.parametrize("kind", [Decorated, AfterDecorated])
def test_classes_that_are_decorated_are_traced(kind: type, tmp_path: Path) -> None:
    net, x = kind(), mx.np.array([[1.0, -2.0]])
    expected = net(x).asnumpy()
    net.hybridize()
    for _ in range(3):
        np.testing.assert_array_equal(net(x).asnumpy(), expected)
    assert net.calls == 2
    net.export(str(tmp_path / "net"))


class Chosen(mx.gluon.HybridBlock):
    """A part of its input, by a key that it is given."""

    def __init__(self, key):
        super().__init__()
        self.key = key

    def forward(self, x):
        return x[self.key] * 2


@pytest.mark.parametrize(
    "key",
    [
        [0, 2],
        [-1, 0, 0],
        [[0, 1], [2, 3]],
        (slice(None), [1, 2]),
        ([0, 1], [1, 2]),
        (1, [0, 2]),
        (slice(1, 3), [2, 0, 1]),
        (slice(None), [2, 0], [1, 0]),
        ([0, 3], slice(None), [1, 0]),
        (Ellipsis, [1, 0]),
        (None, [1, 0]),
        ((0, 1),),
        [3],
        range(1, 4),
    ],
    ids=str,
)
def test_lists_of_numbers_are_traced_as_a_part_of_the_key(key):
    block, x = Chosen(key), mx.nd.arange(24).reshape((4, 3, 2))
    expected = block(x)
    x.attach_grad()
    with mx.autograd.record():
        block(x).sum().backward()
    slopes = x.grad.asnumpy()
    block.hybridize()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # which a block that runs array by array would give
        found = block(x)
    assert found.shape == expected.shape and found.asnumpy().tolist() == expected.asnumpy().tolist()
    with mx.autograd.record():
        block(x).sum().backward()
    assert x.grad.asnumpy().tolist() == slopes.tolist()


def test_numbers_in_a_list_that_are_out_of_bounds_are_told_when_it_is_traced():
    block = Chosen([0, 4])
    block.hybridize()
    with pytest.raises(IndexError, match="index 4 is out of bounds for axis 0 with size 4"):
        block(mx.nd.ones((4, 2)))


@pytest.mark.parametrize("key", [[True, False, True, False], np.array([0, 2])], ids=["mask", "array of NumPy"])
def test_masks_and_arrays_that_may_be_others_the_next_time_are_not_traced(key):
    block, x = Chosen(key), mx.nd.arange(8).reshape((4, 2))
    block.hybridize()
    with pytest.warns(UserWarning, match="runs array by array"):
        assert block(x).asnumpy().tolist() == [[0, 2], [8, 10]]
