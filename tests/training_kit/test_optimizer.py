"""Optimizers against the recorded runs of 1.9.1, and their settings."""

from __future__ import annotations

import gc
import pathlib

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd
from mxnet._kernels import update_lists
from mxnet._kernels import update_rules as rules
from mxnet.lr_scheduler import FactorScheduler, LRScheduler
from mxnet.optimizer import Optimizer
from tests.training_kit import update_probes
from tests.training_kit.optimizer_cases import flatten, play, runs
from tests.training_kit.optimizer_kit import REFERENCE, RULES, STATEFUL, weights_and_grads

RECORDED = pathlib.Path(__file__).parent / "recorded"
ANSWERS = np.load(RECORDED / "optimizer.npz")
UPDATES = np.load(RECORDED / "updates.npz")

pytestmark = pytest.mark.filterwarnings("ignore")  # of accumulating in low precision, say


# -- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in runs() if n in ANSWERS])
def test_steps_are_those_of_the_reference(name):
    rule, arguments = runs()[name]
    # FTML takes the weight from a difference of sums at each step: processors that round differently differ by more
    rtol = 5e-6 if rule == "ftml" else 1e-6
    np.testing.assert_allclose(play(mx, rule, arguments), ANSWERS[name], rtol=rtol, atol=1e-7)


@pytest.mark.parametrize("name", update_probes.probes())
def test_update_operators_are_those_of_the_reference(name):
    found = update_probes.play(mx, *update_probes.probes()[name])
    np.testing.assert_allclose(found, UPDATES[name], rtol=1e-6, atol=1e-7)


def test_layers_are_scaled_on_their_device(monkeypatch):
    monkeypatch.setattr(torch.Tensor, "tolist", None)
    monkeypatch.setattr(torch.Tensor, "item", None)
    for rule in (mx.optimizer.LARS(momentum=0.9), mx.optimizer.LBSGD(warmup_strategy="lars"), mx.optimizer.LAMB()):
        weights = [mx.nd.ones((2, 3)), mx.nd.ones(4)]
        states = [rule.create_state(i, w) for i, w in enumerate(weights)]
        rule.update([0, 1], weights, [mx.nd.ones((2, 3)), mx.nd.ones(4)], states)
        assert all((w.asnumpy() < 1).all() for w in weights)


@pytest.mark.parametrize("clip", [None, 0.1])
def test_rows_of_many_matrices_are_updated_together_as_one_by_one(clip):
    def made(shape, seed):
        return mx.nd.array(np.random.RandomState(seed).uniform(-1, 1, shape))

    shapes = [(3, 4), (5, 1), (2, 7), (3, 4)]
    together, apart = [[made(s, i) for i, s in enumerate(shapes)] for _ in range(2)]
    rule = mx.optimizer.contrib.GroupAdaGrad(learning_rate=0.1, rescale_grad=0.5, clip_gradient=clip)
    states, own = [[rule.create_state(i, w) for i, w in enumerate(ws)] for ws in (together, apart)]
    for step in range(3):
        grads = [made(s, 10 * step + i + 4) for i, s in enumerate(shapes)]
        rule.update(list(range(4)), together, grads, states)
        for i in range(4):
            g = np.clip(grads[i].asnumpy() * 0.5, *((-clip, clip) if clip else (-np.inf, np.inf)))
            history = own[i].asnumpy() + np.square(g).mean(1, keepdims=True)
            own[i][:] = history
            apart[i][:] = apart[i].asnumpy() - 0.1 * g / np.sqrt(history + 1e-5)
    for one, many in zip([*apart, *own], [*together, *states], strict=True):
        np.testing.assert_allclose(many.asnumpy(), one.asnumpy(), rtol=1e-6, atol=1e-7)


def test_what_fails_in_the_reference_works():
    assert set(runs()) - set(ANSWERS) == {"dcasgd/8", "signum/8"}
    w, g = mx.nd.array([1.0, -2.0]), mx.nd.array([1.0, -1.0])
    optimizer = mx.optimizer.Signum(learning_rate=0.1, momentum=0.0, wd=0.5, wd_lh=0.1)
    optimizer.update(0, w, g, optimizer.create_state(0, w))
    np.testing.assert_allclose(w.asnumpy(), [0.94 - 0.1, -1.88 + 0.1], rtol=1e-6)
    w = mx.nd.array([1.0])
    optimizer = mx.optimizer.DCASGD(learning_rate=0.1, momentum=0.5, lamda=2.0)
    state = optimizer.create_state(0, w)
    optimizer.update(0, w, mx.nd.array([1.0]), state)
    optimizer.update(0, w, mx.nd.array([1.0]), state)
    # first -0.1; then 0.5 * -0.1 - 0.1 * (1 + 2 * 1 * 1 * -0.1) with the weight as it was before the last update
    np.testing.assert_allclose(state[1].asnumpy(), [0.9], rtol=1e-6)
    np.testing.assert_allclose(w.asnumpy(), [0.9 - 0.05 - 0.1 * (1 - 0.2)], rtol=1e-6)


def test_langevin_noise_follows_the_seed_and_is_that_of_random_normal():
    w, g = mx.nd.zeros((100,)), mx.nd.ones((100,))
    mx.random.seed(3)
    mx.optimizer.SGLD(learning_rate=0.04).update(0, w, g, None)
    mx.random.seed(3)
    noise = mx.nd.random.normal(0, 0.2, shape=(100,)).asnumpy()
    np.testing.assert_allclose(w.asnumpy(), noise - 0.02, atol=1e-6)


@pytest.mark.parametrize("dtypes", [["float32"] * 4, ["float16", "float32", "float16", "float64"]])
@pytest.mark.parametrize("rule", [r for r in RULES if r not in ("sgld", "nadam", "lbsgd")])
def test_a_list_of_parameters_gives_what_one_by_one_gives(rule, dtypes):
    """Of all rules but those that draw noise, or count over parameters."""
    results = []
    for together in (False, True):
        more = {} if rule == "groupadagrad" else {"wd": 0.01}
        more |= {"lr_scheduler": FactorScheduler(2, 0.5, base_lr=0.1)} | STATEFUL.get(rule, {})
        updater = mx.optimizer.get_updater(mx.optimizer.create(rule, multi_precision=True, rescale_grad=0.5, **more))
        weights, grads = weights_and_grads(dtypes)
        for _ in range(3):
            if together:
                updater(list(range(4)), grads, weights)
            else:
                for i in range(4):
                    updater(i, grads[i], weights[i])
        results.append(
            [w.asnumpy() for w in weights] + [a.asnumpy() for i in range(4) for a in flatten(updater.states[i])]
        )
        assert [str(w.dtype.__name__) for w in weights] == dtypes
    for one, many in zip(*results, strict=True):
        np.testing.assert_allclose(one, many, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("multi_precision", [False, True])
@pytest.mark.parametrize("rule", [r for r in RULES if r not in ("sgld", "lbsgd", "groupadagrad")])
def test_sparse_gradients_in_a_list_give_what_dense_ones_of_all_rows_give(rule, multi_precision):
    """Wherever they are in it; of all rules but those that draw noise, or take dense gradients only."""
    results = []
    for sparse in ((), (1, 3), (0,)):
        more = {"multi_precision": multi_precision} | STATEFUL.get(rule, {})
        updater = mx.optimizer.get_updater(mx.optimizer.create(rule, learning_rate=0.1, **more))
        weights, grads = weights_and_grads(["float16" if multi_precision else "float32"] * 4)
        for _ in range(2):
            updater(
                list(range(4)), [g.tostype("row_sparse") if i in sparse else g for i, g in enumerate(grads)], weights
            )
        results.append([w.asnumpy() for w in weights])
    for mixed in results[1:]:
        for one, other in zip(results[0], mixed, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3 if multi_precision else 1e-5, atol=1e-6)


@pytest.mark.parametrize("rule", RULES)
def test_gradients_are_left_as_they_are(rule):
    weights, grads = weights_and_grads(["float32"] * 4)
    before = [g.asnumpy() for g in grads]
    updater = mx.optimizer.get_updater(mx.optimizer.create(rule, rescale_grad=0.5, clip_gradient=0.3))
    updater(list(range(4)), grads, weights)
    for g, b in zip(grads, before, strict=True):
        np.testing.assert_array_equal(g.asnumpy(), b)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "bfloat16"])
def test_states_have_the_dtype_of_their_weight_or_float32_beside_a_float32_copy(rule, dtype):
    weight = mx.nd.ones((2, 2)).astype(dtype)
    optimizer = mx.optimizer.create(rule, multi_precision=True, **STATEFUL.get(rule, {}))
    low = dtype in ("float16", "bfloat16")
    arrays = flatten(optimizer.create_state_multi_precision(0, weight))
    assert all(a.dtype == (np.float32 if low else weight.dtype) for a in arrays)
    assert (len(arrays) - len(flatten(optimizer.create_state(0, weight)))) == low
    state = optimizer.create_state_multi_precision(0, weight)
    optimizer.update_multi_precision(0, weight, mx.nd.ones((2, 2)).astype(dtype), state)
    assert weight.dtype == mx.nd.ones((1,)).astype(dtype).dtype


def test_the_order_of_a_mixed_precision_state_is_that_of_the_reference():
    weight = mx.nd.array([1.5, 2.5], dtype="float16")
    momentum, master = mx.optimizer.SGD(momentum=0.9, multi_precision=True).create_state_multi_precision(0, weight)
    assert master.asnumpy().tolist() == [1.5, 2.5] and momentum.asnumpy().tolist() == [0, 0]
    assert mx.optimizer.NAG(multi_precision=True).create_state_multi_precision(0, weight)[0] is None
    master, (mean, _) = mx.optimizer.Adam(multi_precision=True).create_state_multi_precision(0, weight)
    assert master.asnumpy().tolist() == [1.5, 2.5] and mean.dtype == np.float32


def test_accumulating_in_low_precision_is_warned_of():
    with pytest.warns(UserWarning, match="multi_precision=True"):
        mx.optimizer.SGD().create_state_multi_precision(0, mx.nd.ones(2, dtype="float16"))


def test_large_batches_are_put_together():
    optimizer = mx.optimizer.LBSGD(learning_rate=1.0, batch_scale=2, warmup_epochs=2, updates_per_epoch=2)
    w = mx.nd.zeros((1,))
    steps = []
    for g in (1.0, 3.0, 2.0, 2.0):
        before = w.asscalar()
        optimizer.update(0, w, mx.nd.array([g]), None)
        steps.append(float(before - w.asscalar()))
    assert steps == [0, 1.5 * 2, 0, 2 * 2]


def test_the_rate_of_large_batches_adapts_to_the_norms():
    optimizer = mx.optimizer.LBSGD(learning_rate=1.0, warmup_strategy="lars")
    w = mx.nd.array([2.0])
    optimizer.update(0, w, mx.nd.array([1.0]), None)
    assert w.asscalar() == 0
    optimizer.update(0, w, mx.nd.array([1.0]), None)
    assert w.asscalar() == pytest.approx(-0.01)


def test_lars_leaves_biases_alone_and_corrects_the_momentum_of_every_parameter():
    optimizer = mx.optimizer.LARS(learning_rate=1.0, eta=0.1, momentum=0.9, param_idx2name={0: "a_weight", 1: "a_bias"})
    weights, grads = [mx.nd.ones(1), mx.nd.ones(1)], [mx.nd.ones(1) * 2, mx.nd.ones(1) * 2]
    states = [optimizer.create_state(i, w) for i, w in enumerate(weights)]
    optimizer.update([0, 1], weights, grads, states)
    assert [w.asscalar() for w in weights] == [pytest.approx(0.9), -1]
    optimizer.set_learning_rate(0.5)
    zero = mx.nd.zeros(1)
    for i in range(2):
        before = states[i].asscalar()
        optimizer.update(i, weights[i], zero, states[i])
        assert states[i].asscalar() / before == pytest.approx(0.45)
    assert (optimizer.last_lr, optimizer.cur_lr) == (0.5, 0.5)


@pytest.mark.parametrize("rule", [r for r in RULES if r not in ("test", "adadelta", "sgld", "ftrl")])
def test_a_parameter_whose_rate_is_zero_stays_while_others_move(rule):
    optimizer = mx.optimizer.create(rule, learning_rate=0.1)
    optimizer.set_lr_mult({0: 0.0})
    weights, grads = [mx.nd.ones((2, 1)) for _ in range(2)], [mx.nd.ones((2, 1)) for _ in range(2)]
    update = mx.optimizer.get_updater(optimizer)
    for _ in range(2):
        update([0, 1], grads, weights)
    assert (weights[0].asnumpy() == 1).all()
    moved = weights[1].asnumpy()
    assert np.isfinite(moved).all() and (moved != 1).all()


def test_lars_knows_no_names_of_a_trainer_s_parameters():
    bias = mx.gluon.Parameter("a_bias", shape=(3,), init="ones")
    bias.initialize()
    trainer = mx.gluon.Trainer([bias], "lars", {"learning_rate": 1.0, "eta": 0.1})
    with mx.autograd.record():
        loss = (bias.data() * 2).sum()
    loss.backward()
    trainer.step(1)
    np.testing.assert_allclose(bias.data().asnumpy(), [0.9] * 3, rtol=1e-6)


@pytest.mark.parametrize("clip", [-1.0, 0.2])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_many_rates_at_once_take_the_steps_of_one_rate_each(clip, decay):
    draw = np.random.RandomState(0)
    rates, decays = [0.1 * i for i in range(6)], [decay * i for i in range(6)]
    for momentum in (0.0, 0.9):
        results = []
        for together in (True, False):
            draw.seed(1)
            ws, gs, ms = ([torch.tensor(draw.normal(0, 1, (3, 2)), dtype=torch.float32) for _ in rates] for _ in "wgm")
            if together:
                rules.momenta(ws, gs, ms if momentum else None, rates, decays, momentum, 0.5, clip)
            elif momentum:
                update_lists.momentum(ws, gs, ms, rates, decays, momentum, 0.5, clip)
            else:
                update_lists.sgd(ws, gs, rates, decays, 0.5, clip)
            results.append(torch.stack(ws + ms))
        torch.testing.assert_close(*results, rtol=1e-6, atol=1e-6)


SPARSE = {  # optimizer, its arguments, and whether 1.9.1 keeps the states of sparse weights sparse
    "sgd": ({"momentum": 0.9}, True), "sgd ": ({"momentum": 0.9, "lazy_update": False}, False),
    "nag": ({"momentum": 0.9}, False), "adam": ({}, True), "adam ": ({"lazy_update": False}, False),
    "adagrad": ({}, True), "adadelta": ({}, False), "rmsprop": ({"centered": True}, True), "adamax": ({}, False),
    "nadam": ({}, False), "ftrl": ({}, True), "ftml": ({}, False), "signum": ({}, True), "lamb": ({}, True),
    "lars": ({"momentum": 0.9}, True), "lbsgd": ({"momentum": 0.9}, True), "groupadagrad": ({}, True),
}  # fmt: skip


@pytest.mark.parametrize("stype", ["row_sparse", "csr"])
@pytest.mark.parametrize("rule", SPARSE)
def test_states_of_sparse_weights_are_stored_as_in_the_reference(rule, stype):
    arguments, sparse = SPARSE[rule]
    weight = mx.nd.ones((3, 2))
    dense, held = (mx.optimizer.get_updater(mx.optimizer.create(rule.strip(), **arguments)) for _ in "dh")
    stored = weight.tostype(stype)
    for value in (0.5, -0.25):
        dense(0, mx.nd.ones((3, 2)) * value, weight)
        held(0, (mx.nd.ones((3, 2)) * value).tostype(stype), stored)
    states = flatten(held.states[0])
    assert {s.stype for s in states} == {stype if sparse else "default"} and stored.stype == stype
    np.testing.assert_allclose(stored.asnumpy(), weight.asnumpy(), rtol=1e-6)
    for one, two in zip(states, flatten(dense.states[0]), strict=True):
        np.testing.assert_allclose(one.asnumpy(), two.asnumpy(), rtol=1e-6)
    held.set_states(held.get_states())
    assert [s.stype for s in flatten(held.states[0])] == [s.stype for s in states]


# -- settings --------------------------------------------------------------------------------------------------------


def test_optimizers_are_created_by_name_in_any_case():
    assert type(mx.optimizer.create("AdaM", learning_rate=0.5)) is mx.optimizer.Adam
    assert mx.optimizer.Optimizer.create_optimizer("sgd").lr == 0.01
    assert mx.optimizer.Adam().lr == 0.001
    with pytest.raises(ValueError, match="Cannot find optimizer adm; the closest names are adam"):
        mx.optimizer.create("adm")
    with pytest.raises(TypeError, match="foo"):
        mx.optimizer.create("sgd", foo=1)
    assert mx.optimizer.SGD.__module__ == "mxnet.optimizer.optimizer"


def test_the_names_are_those_of_the_reference():
    assert set(Optimizer.opt_registry) >= set(REFERENCE)


def test_a_new_optimizer_can_be_registered_and_replacing_one_is_warned_of():
    class Mine(Optimizer):
        def update(self, index, weight, grad, state):
            self._update_count(index)
            weight -= self._get_lr(index) * grad

    mx.optimizer.register(Mine)
    try:
        updater = mx.optimizer.get_updater(mx.optimizer.create("mine", learning_rate=0.5))
        weights = [mx.nd.ones(2), mx.nd.ones(3)]
        updater([0, 1], [mx.nd.ones(2), mx.nd.ones(3)], weights)
        assert [w.asnumpy().tolist() for w in weights] == [[0.5] * 2, [0.5] * 3]
        with pytest.warns(UserWarning, match="overriding existing optimizer"):
            mx.optimizer.register(Mine)
    finally:
        del Optimizer.opt_registry["mine"]


def test_only_classes_can_be_registered():
    with pytest.raises(AssertionError, match=r"Optimizer\.register takes a class, got 5") as caught:
        mx.optimizer.register(5)
    assert isinstance(caught.value, mx.MXNetError)


def test_the_base_class_says_what_a_subclass_has_to_define():
    w = mx.nd.ones(2)
    with pytest.raises(NotImplementedError, match="Optimizer has to define update"):
        Optimizer().update(0, w, w, None)
    assert Optimizer().create_state(0, w) is None
    with pytest.raises(DeprecationWarning, match="set_lr_mult"):
        Optimizer().set_lr_scale({})
    with pytest.raises(AssertionError, match="should be a dict"):
        Optimizer(param_idx2name=["a"])


def test_a_scheduler_decides_the_learning_rate():
    optimizer = mx.optimizer.SGD(lr_scheduler=FactorScheduler(step=1), learning_rate=0.3)
    assert optimizer.learning_rate == 0.3
    optimizer.lr_scheduler.base_lr = 0.4
    assert optimizer.learning_rate == 0.4
    with pytest.raises(UserWarning, match="LRScheduler"):
        optimizer.set_learning_rate(0.5)
    assert Optimizer(lr_scheduler=FactorScheduler(step=1, base_lr=1024)).learning_rate == 1024


@pytest.mark.parametrize(
    ("rates", "said"), [({}, False), ({"learning_rate": 0.5}, False), ({"learning_rate": 0.25}, True)]
)
def test_replacing_the_base_of_a_scheduler_is_printed_in_the_words_of_the_reference(rates, said, capsys):
    mx.optimizer.create("sgd", lr_scheduler=FactorScheduler(10, base_lr=0.5), **rates)
    line = "learning rate from ``lr_scheduler`` has been overwritten by ``learning_rate`` in optimizer.\n"
    assert capsys.readouterr().out == (line if said else "")


@pytest.mark.parametrize("rule", [r for r in RULES if r not in ("test", "adadelta")])
def test_a_scheduler_is_asked_once_a_step_for_the_count_of_this_update(rule):
    asked = []

    class Notes(LRScheduler):
        def __call__(self, num_update):
            asked.append(num_update)
            return 0.1

    optimizer = mx.optimizer.create(rule, lr_scheduler=Notes())
    weights, grads = weights_and_grads(["float32"] * 4)
    mx.optimizer.get_updater(optimizer)([0, 1, 2, 3], grads, weights)
    assert asked == ([0, 1, 1, 1] if rule == "lbsgd" else [1])


def test_multipliers_of_names_indices_and_parameters():
    names = {0: "a_weight", 1: "b_bias", 2: "c_gamma", 3: "d"}
    optimizer = mx.optimizer.SGD(learning_rate=0.5, wd=0.1, param_idx2name=names)
    assert optimizer.wd_mult == {"b_bias": 0.0, "d": 0.0}
    optimizer.set_lr_mult({"a_weight": 0.5, 1: 3})
    optimizer.set_wd_mult({"d": 2, 1: 7})
    assert [optimizer._get_lr(i) for i in range(5)] == [0.25, 1.5, 0.5, 0.5, 0.5]
    assert optimizer._get_wds(range(5)) == pytest.approx([0.1, 0.7, 0.1, 0.2, 0.1])

    class Parameter:
        lr_mult, wd_mult, name = 4.0, 5.0, "p"

    optimizer.param_dict = {0: Parameter}
    assert (optimizer._get_lr(0), optimizer._get_wd(0)) == (2.0, 0.5)


def test_multipliers_come_from_the_attributes_of_a_symbol():
    data = mx.sym.Variable("data")
    bias = mx.sym.Variable("fc1_bias", lr_mult=1.0)
    fc1 = mx.sym.FullyConnected(data=data, bias=bias, name="fc1", num_hidden=10, lr_mult=0)
    fc2 = mx.sym.FullyConnected(data=fc1, name="fc2", num_hidden=10, wd_mult=0.5)
    names = {0: "fc1_weight", 1: "fc1_bias", 2: "fc2_weight", 3: "fc2_bias"}
    optimizer = mx.optimizer.SGD(sym=fc2, param_idx2name=names)
    assert optimizer.lr_mult == {"fc1_bias": 1.0, "fc1_weight": 0.0}
    assert optimizer.wd_mult == {"fc2_bias": 0.5, "fc2_weight": 0.5, "fc1_bias": 0.0}


def test_updates_are_counted_by_parameter_and_device():
    optimizer = mx.optimizer.SGD(begin_num_update=5)
    optimizer._update_count([0, 1])
    optimizer._update_count(0)
    assert optimizer._index_update_count == {0: 7, 1: 6} and optimizer.num_update == 7
    optimizer._set_current_context(1)
    optimizer._update_count(0)
    assert optimizer._all_index_update_counts == {0: {0: 7, 1: 6}, 1: {0: 6}} and optimizer.num_update == 7


def test_bad_arrays_are_refused_before_anything_is_counted():
    optimizer = mx.optimizer.SGD()
    w = mx.nd.ones(2)
    with pytest.raises(AssertionError, match="takes NDArrays, got list"):
        optimizer.update(0, [1.0, 2.0], w, None)
    assert optimizer.num_update == 0
    with pytest.raises(ValueError, match=r"\(2,\) and its gradient or a state \(3,\)"):
        optimizer.update(0, w, mx.nd.ones(3), None)
    with pytest.raises(TypeError, match="expected equal dtypes"):
        mx.optimizer.Adam().update(0, w, mx.nd.ones(2, dtype="float64"), mx.optimizer.Adam().create_state(0, w))
    assert w.asnumpy().tolist() == [1, 1]


def test_a_gradient_that_failed_raises_its_own_error():
    grad = mx.nd.random.normal(0, -1, shape=(2,))
    with pytest.raises(mx.base.MXNetError, match="has to be positive"):
        mx.optimizer.SGD().update(0, mx.nd.ones(2), grad, None)


def test_a_step_inside_record_on_a_recorded_weight_is_refused():
    w = mx.nd.ones(2)
    w.attach_grad()
    with autograd.record():
        (w * w).sum()
        with pytest.raises(mx.base.MXNetError, match=r"step outside record\(\)"):
            mx.optimizer.SGD().update(0, w, mx.nd.ones(2), None)


def test_training_sees_the_updated_weight():
    w = mx.nd.array([4.0])
    w.attach_grad()
    optimizer = mx.optimizer.SGD(learning_rate=0.25)
    for expected in (2.0, 1.0, 0.5):
        with autograd.record():
            loss = w * w
        loss.backward()
        optimizer.update(0, w, w.grad, None)
        assert w.asscalar() == expected


def test_steps_leave_memory_flat():
    import torch

    weights, grads = weights_and_grads(["float32"] * 4)
    updater = mx.optimizer.get_updater(mx.optimizer.create("adam", rescale_grad=0.5))

    def alive():
        gc.collect()
        return sum(isinstance(o, torch.Tensor) for o in gc.get_objects())

    updater([0, 1, 2, 3], grads, weights)
    before = alive()
    for _ in range(50):
        updater([0, 1, 2, 3], grads, weights)
    assert alive() == before
