"""What subclasses of optimizers are given: parameters one by one or several, their rates and decays."""

from __future__ import annotations

import pytest

import mxnet as mx

pytestmark = pytest.mark.filterwarnings("ignore")  # of accumulating in low precision, say


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdaGrad", "RMSProp"])
@pytest.mark.parametrize("together", [False, True])
def test_a_subclass_says_the_rate_and_the_decay_of_each_parameter(name: str, together: bool) -> None:
    kind = getattr(mx.optimizer, name)

    class Own(kind):
        def _get_lr(self, index):
            return 0.25 * index

        def _get_wd(self, index):
            return 0.0

        def _get_lrs(self, indices):
            return [self._get_lr(i) for i in indices] + [9.0] * (4 - len(indices))

    def trained(optimizer, index):
        weight, grad = mx.nd.ones(3), mx.nd.array([1, -2, 3])
        optimizer.update(index, weight, grad, optimizer.create_state(index, weight))
        return weight.asnumpy().tolist()

    weights, grads = [mx.nd.ones(3) for _ in range(3)], [mx.nd.array([1, -2, 3]) for _ in range(3)]
    update = mx.optimizer.get_updater(Own(learning_rate=7, wd=5))
    if together:
        update([0, 1, 2], grads, weights)
    else:
        for i in range(3):
            update(i, grads[i], weights[i])
    expected = [trained(kind(learning_rate=0.25 * i), i) for i in range(3)]
    assert [w.asnumpy().tolist() for w in weights] == expected


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSProp", "LAMB"])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_subclass_that_updates_is_given_one_parameter_at_a_time(name: str, dtype: str) -> None:
    kind = getattr(mx.optimizer, name)
    told = []

    class Own(kind):
        def update(self, index, weight, grad, state):
            told.append((index, weight.dtype.__name__, weight.shape, grad.shape))
            super().update(index, weight, grad * 2, state)

    weights, twins, grads = ([mx.nd.full(n, x, dtype=dtype) for n in (2, 3)] for x in (1, 1, 0.5))
    options = {"learning_rate": 0.1, "multi_precision": dtype == "float16"}
    mx.optimizer.get_updater(Own(**options))([0, 1], grads, weights)
    mx.optimizer.get_updater(kind(**options))([0, 1], [g * 2 for g in grads], twins)
    assert told == [(0, "float32", (2,), (2,)), (1, "float32", (3,), (3,))]
    assert [w.asnumpy().tolist() for w in weights] == [w.asnumpy().tolist() for w in twins]


def test_a_subclass_that_updates_in_mixed_precision_is_given_one_parameter_at_a_time() -> None:
    told = []

    class Own(mx.optimizer.Adam):
        def update_multi_precision(self, index, weight, grad, state):
            told.append((index, weight.shape))
            super().update_multi_precision(index, weight, grad, state)

    net = mx.gluon.nn.Dense(3, in_units=2)
    net.initialize()
    trainer = mx.gluon.Trainer(net.collect_params(), Own())
    with mx.autograd.record():
        loss = net(mx.nd.ones((1, 2)))
    loss.backward()
    trainer.step(1)
    assert told == [(0, (3,)), (1, (3, 2))]


def _told_of(kind: type, **attributes: object) -> tuple[type, list]:
    """A subclass that updates in mixed precision itself, and what it is told of each time."""
    told: list = []

    def update_multi_precision(self, index, weight, grad, state):
        told.append((index, weight.shape if isinstance(weight, mx.nd.NDArray) else [w.shape[0] for w in weight]))
        kinds = {type(a) for a in (index, weight, grad)}
        assert kinds == {tuple} and type(state) is list or not isinstance(index, tuple)
        kind.update_multi_precision(self, index, weight, grad, state)

    return type("Told", (kind,), {"update_multi_precision": update_multi_precision, **attributes}), told


@pytest.mark.parametrize(
    ("name", "setting", "count"),
    [("SGD", None, 4), ("ccSGD", None, 4), ("LARS", None, 4), ("LAMB", None, 45), ("Adam", None, 0), ("NAG", None, 0)]
    + [("SGD", "2", 2), ("SGD", "50", 50), ("LAMB", "2", 2), ("LAMB", "50", 45)]
    + [("SGD", "0", 0), ("LAMB", "0", 1), ("LARS", "-1", -1), ("Adam", "3", 0)],
)
def test_optimizers_that_take_several_parameters_say_how_many(
    monkeypatch: pytest.MonkeyPatch, name: str, setting: str | None, count: int
) -> None:
    monkeypatch.delenv("MXNET_OPTIMIZER_AGGREGATION_SIZE", raising=False)
    if setting is not None:
        monkeypatch.setenv("MXNET_OPTIMIZER_AGGREGATION_SIZE", setting)
    optimizer = getattr(mx.optimizer, name)()
    assert optimizer.aggregate_num == count
    assert mx.optimizer.get_updater(optimizer).aggregate_updates is (count > 0)


@pytest.mark.parametrize("name", ["SGD", "LARS", "LAMB"])
@pytest.mark.parametrize("mixed", [False, True])
def test_a_subclass_is_given_some_parameters_of_one_dtype_at_a_time(name: str, mixed: bool) -> None:
    kind = getattr(mx.optimizer, name)
    dtypes = ["float32", "float16", "float32", "float16", "float32", "float32", "float32"]
    weights, twins = ([mx.nd.ones(i + 1, dtype=d) for i, d in enumerate(dtypes)] for _ in range(2))
    grads = [w * 0.5 for w in weights]
    told_kind, told = _told_of(kind)
    optimizer = told_kind(learning_rate=0.1, multi_precision=mixed)
    optimizer.aggregate_num = 4
    updater = mx.optimizer.get_updater(optimizer)
    other = mx.optimizer.get_updater(kind(learning_rate=0.1, multi_precision=mixed))
    for step in (updater, other):
        own = weights if step is updater else twins
        step(list(range(7)), grads, own)
        step([5], grads[5:6], own[5:6])
        step(3, grads[3], own[3])
    assert told == [((0, 2, 4, 5), [1, 3, 5, 6]), ((6,), [7]), ((1, 3), [2, 4]), ((5,), [6]), ((3,), [4])]
    assert [w.asnumpy().tolist() for w in weights] == [w.asnumpy().tolist() for w in twins]


def test_an_updater_told_not_to_aggregate_gives_one_parameter_at_a_time() -> None:
    kind, told = _told_of(mx.optimizer.SGD)
    updater = mx.optimizer.get_updater(kind())
    updater.aggregate_updates = False
    weights = [mx.nd.ones(n) for n in (1, 2)]
    updater([0, 1], weights, weights)
    assert told == [(0, (1,)), (1, (2,))]


def test_a_store_gives_a_subclass_each_parameter_by_itself_as_a_tuple() -> None:
    kind, told = _told_of(mx.optimizer.SGD)
    store = mx.kv.create("local")
    store.set_optimizer(kind())
    values = [mx.nd.ones(2), mx.nd.ones(3)]
    store.init(["a", "b"], values)
    store.push(["a", "b"], values)
    assert told == [(("a",), [2]), (("b",), [3])]


def test_modules_and_trainers_give_a_subclass_some_parameters_at_a_time() -> None:
    data = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="first")
    module = mx.mod.Module(mx.sym.SoftmaxOutput(mx.sym.FullyConnected(data, num_hidden=2), name="softmax"))
    module.bind([("data", (2, 2))], [("softmax_label", (2,))])
    module.init_params()
    kind, told = _told_of(mx.optimizer.SGD)
    module.init_optimizer(optimizer=kind(rescale_grad=0.5))
    module.forward_backward(mx.io.DataBatch([mx.nd.ones((2, 2))], [mx.nd.zeros(2)]))
    module.update()
    assert told == [((0, 1, 2, 3), [3, 3, 2, 2])]

    net = mx.gluon.nn.Dense(3, in_units=2)
    net.initialize()
    kind, told = _told_of(mx.optimizer.SGD)
    trainer = mx.gluon.Trainer(net.collect_params(), kind())
    with mx.autograd.record():
        loss = net(mx.nd.ones((1, 2)))
    loss.backward()
    trainer.step(1)
    assert told == [((0, 1), [3, 3])]


@pytest.mark.parametrize("count", [0, 2])
def test_an_optimizer_made_from_scratch_is_given_as_many_parameters_as_it_asks_for(count: int) -> None:
    told = []

    class Own(mx.optimizer.Optimizer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.aggregate_num = count

        def update(self, index, weight, grad, state):
            told.append(index)
            for w, g in zip(weight, grad, strict=True) if isinstance(index, tuple) else [(weight, grad)]:
                w -= g

    weights = [mx.nd.ones(n) for n in (1, 2, 3)]
    updater = mx.optimizer.get_updater(Own())
    updater([0, 1, 2], [w * 0.5 for w in weights], weights)
    updater(1, weights[1] * 0.5, weights[1])
    assert told == ([0, 1, 2, 1] if count == 0 else [(0, 1), (2,), (1,)])
    assert [w.asnumpy().tolist() for w in weights] == [[0.5], [0.25] * 2, [0.5] * 3]
