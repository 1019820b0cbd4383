"""States of optimizers as bytes: ours, and those that 1.9.1 pickled; copies of optimizers."""

from __future__ import annotations

import copy
import pathlib
import pickle
import struct

import numpy as np
import pytest

import mxnet as mx
from mxnet.lr_scheduler import FactorScheduler, LRScheduler, MultiFactorScheduler
from mxnet.ndarray import save_tobuffer
from tests.training_kit.optimizer_kit import RULES, STATEFUL, weights_and_grads

RECORDED = pathlib.Path(__file__).parent / "recorded"

pytestmark = pytest.mark.filterwarnings("ignore")  # of accumulating in low precision, say


def trained(rule, steps, dtype="float32", **more):
    if rule != "sgld":
        more = STATEFUL.get(rule, {}) | more
    updater = mx.optimizer.get_updater(mx.optimizer.create(rule, multi_precision=True, **more))
    weights, grads = weights_and_grads([dtype] * 4)
    for _ in range(steps):
        updater([0, 1, 2, 3], grads, weights)
    return updater, weights, grads


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("rule", [r for r in RULES if r != "sgld"])
def test_training_goes_on_from_saved_states_as_if_never_interrupted(rule, dtype):
    whole, weights, _ = trained(rule, 4, dtype, lr_scheduler=FactorScheduler(1, 0.5, base_lr=0.1))
    half, others, grads = trained(rule, 2, dtype, lr_scheduler=FactorScheduler(1, 0.5, base_lr=0.1))
    data = half.get_states(dump_optimizer=True)
    assert b"pickle" not in data and isinstance(data, bytes)
    resumed = mx.optimizer.get_updater(mx.optimizer.create("test"))
    resumed.set_states(data)
    assert type(resumed.optimizer) is type(half.optimizer)
    for _ in range(2):
        resumed([0, 1, 2, 3], grads, others)
    for got, wanted in zip(others, weights, strict=True):
        np.testing.assert_array_equal(got.asnumpy(), wanted.asnumpy())
    assert resumed.optimizer.num_update == whole.optimizer.num_update == 4


def test_states_without_optimizer_keep_the_present_one():
    updater, _, _ = trained("adam", 2)
    other = mx.optimizer.get_updater(mx.optimizer.Adam(learning_rate=0.7))
    optimizer = other.optimizer
    other.set_states(updater.get_states())
    assert other.optimizer is optimizer and set(other.states) == {0, 1, 2, 3}
    assert isinstance(other.states[0], tuple) and other.states_synced == dict.fromkeys(range(4), False)
    for i in range(4):
        for a, b in zip(other.states[i], updater.states[i], strict=True):
            np.testing.assert_array_equal(a.asnumpy(), b.asnumpy())


def test_states_may_be_numbers_text_and_numpy_arrays_and_nothing_else():
    updater = mx.optimizer.get_updater(mx.optimizer.SGD())
    updater.states = {"fc": (1, 2.5, None, True, "é", [np.float32(0.5), np.arange(3)]), 3: {}, 4: float("inf")}
    updater.set_states(updater.get_states())
    one, two, none, true, text, (half, three) = updater.states["fc"]
    assert (one, two, none, true, text, half) == (1, 2.5, None, True, "é", 0.5)
    assert three.tolist() == [0, 1, 2] and isinstance(three, np.ndarray)
    assert updater.states[3] == {} and updater.states[4] == float("inf")
    updater.states = {0: (object(),)}
    with pytest.raises(ValueError, match=r"states\[0\]\[0\] is a object"):
        updater.get_states()


def test_states_follow_their_weight_to_its_device():
    updater, weights, grads = trained("adam", 1)
    updater.set_states(updater.get_states())
    moved = [w.as_in_context(mx.cpu(1)) for w in weights]
    updater([0, 1, 2, 3], [g.as_in_context(mx.cpu(1)) for g in grads], moved)
    assert updater.states[0][0].context == mx.cpu(1) and updater.states_synced[0]


def test_schedulers_and_optimizers_of_the_program_itself_are_saved_too():
    class Slow(LRScheduler):
        def __call__(self, num_update):
            return self.base_lr

    class Own(mx.optimizer.SGD):
        pass

    updater = mx.optimizer.get_updater(Own(lr_scheduler=Slow(base_lr=0.125)))
    data = updater.get_states(dump_optimizer=True)
    other = mx.optimizer.get_updater(mx.optimizer.SGD())
    other.set_states(data)
    assert type(other.optimizer) is Own and type(other.optimizer.lr_scheduler) is Slow
    assert other.optimizer.learning_rate == 0.125
    with pytest.raises(mx.base.MXNetError, match=r"Gone, which is no optimizer .*import its module"):
        other.set_states(data.replace(b"Slow", b"Gone"))


def test_truncated_states_of_ours_are_told_with_the_offset():
    data = trained("adam", 1)[0].get_states(dump_optimizer=True)
    for end in [*range(0, 200), *range(200, len(data), 7)]:
        with pytest.raises(mx.base.MXNetError, match="optimizer states"):
            mx.optimizer.get_updater(mx.optimizer.SGD()).set_states(data[:end])


HEAD = b"\x93MXSTAT1"
EMPTY = save_tobuffer([])


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"{}",
        b'{"states": 3, "optimizer": null}',
        b'{"states": {"dict": 3}, "optimizer": null}',
        b'{"states": {"dict": [[{"list": []}, 1]]}, "optimizer": null}',
        b'{"states": {"array": 7}, "optimizer": null}',
        b'{"states": {"array": -1}, "optimizer": null}',
        b'{"states": {"dict": []}, "optimizer": {"object": "os:system", "state": {"dict": []}}}',
        b'{"states": {"dict": []}, "optimizer": {"object": "mxnet.optimizer.optimizer:SGD", "state": 3}}',
        b'{"states": {"what": []}, "optimizer": null}',
        b'{"states": ' + b"[" * 100000 + b', "optimizer": null}',
        b"\xff\xfe",
    ],
)
def test_hostile_states_of_ours_are_refused(text):
    data = HEAD + struct.pack("<Q", len(text)) + text + EMPTY
    with pytest.raises(mx.base.MXNetError, match="optimizer states"):
        mx.optimizer.get_updater(mx.optimizer.SGD()).set_states(data)


def test_states_pickled_by_the_reference_are_read():
    updater = mx.optimizer.get_updater(mx.optimizer.SGD())
    updater.set_states((RECORDED / "sgd.states").read_bytes())
    assert updater.states[0].shape == (2, 2) and (updater.states[0].asnumpy() < 0).all()
    updater.set_states((RECORDED / "adam.states").read_bytes())
    optimizer = updater.optimizer
    assert type(optimizer) is mx.optimizer.Adam and optimizer.num_update == 3 and optimizer.wd == 0.01
    assert type(optimizer.lr_scheduler) is MultiFactorScheduler and optimizer.lr_scheduler.step == [2, 5]
    assert optimizer._index_update_count == {0: 3} and optimizer.idx2name == {0: "a_weight"}
    assert isinstance(updater.states[0], tuple) and (updater.states[0][1].asnumpy() > 0).all()
    weight = mx.nd.array([[1, 2], [3, 4]])
    updater(0, mx.nd.ones((2, 2)), weight)
    assert optimizer._index_update_count == {0: 4} and (weight.asnumpy() < [[1, 2], [3, 4]]).all()
    updater.set_states((RECORDED / "dcasgd.states").read_bytes())
    master, (momentum, before) = updater.states[0]
    assert master.dtype == np.float32 and momentum is None and before.shape == (2, 2)
    assert updater.optimizer.multi_precision


def test_pickles_with_numpy_arrays_and_of_old_protocols_are_read():
    for protocol in (0, 1, 2, 3, 4):
        states = {0: (np.arange(6, dtype="float64").reshape(2, 3), np.float32(0.5)), "a": [1, None, 2.5, "t"]}
        updater = mx.optimizer.get_updater(mx.optimizer.SGD())
        updater.set_states(pickle.dumps(states, protocol))
        array, number = updater.states[0]
        assert array.tolist() == [[0, 1, 2], [3, 4, 5]] and number == 0.5
        assert updater.states["a"] == [1, None, 2.5, "t"]


class Evil:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "call",
    [
        (print, ("pwned",)),
        (eval, ("1 + 1",)),
        (getattr, ("a", "upper")),
        (bytearray, (10**12,)),
        (bytes, (10**12,)),
        (np.zeros, ((10**12,),)),
        (np.dtype, ("O",)),
        (type, ("X", (), {})),
        (mx.nd.load, ("/etc/passwd",)),
    ],
)
def test_pickles_that_call_anything_are_refused(call, protocol, capsys):
    data = pickle.dumps({0: Evil(*call)}, protocol)
    with pytest.raises(mx.base.MXNetError, match="optimizer states"):
        mx.optimizer.get_updater(mx.optimizer.SGD()).set_states(data)
    assert "pwned" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a pickle",
        b"\x80\x04.",
        b"\x80\x05\x96" + struct.pack("<Q", 10**12) + b".",  # bytearray of a terabyte
        b"\x80\x04\x8e" + struct.pack("<Q", 10**12) + b"abc.",
        b"\x80\x04Nr\xff\xff\xff\x7f.",  # memo of two thousand million places
        b"\x80\x04" + b"(" * 100,
        b"\x80\x04]\x94h\x00a.",  # a list that holds itself
        pickle.dumps([1, 2]),
        pickle.dumps((1, 2)),
    ],
)
def test_what_is_no_pickle_of_states_is_refused(data):
    with pytest.raises(mx.base.MXNetError, match="optimizer states"):
        mx.optimizer.get_updater(mx.optimizer.SGD()).set_states(data)


def test_broken_pickles_never_crash():
    draw = np.random.RandomState(0)
    updater = mx.optimizer.get_updater(mx.optimizer.SGD())
    for name in ("sgd", "adam", "dcasgd"):
        data = (RECORDED / f"{name}.states").read_bytes()
        for end in range(0, len(data), 5):
            with pytest.raises(mx.base.MXNetError):
                updater.set_states(data[:end])
        for _ in range(300):
            broken = bytearray(data)
            for place in draw.randint(0, len(data), 2):
                broken[place] = draw.randint(256)
            try:
                updater.set_states(bytes(broken))
            except mx.base.MXNetError:
                continue


def test_optimizers_can_be_copied_and_pickled():
    optimizer = mx.optimizer.Adam(learning_rate=0.5, param_dict={0: object()})
    optimizer._update_count(0)
    for twin in (pickle.loads(pickle.dumps(optimizer)), copy.deepcopy(optimizer)):
        assert twin.lr == 0.5 and twin.param_dict == {} and twin._index_update_count == {0: 1}
        twin._update_count(0)
        assert twin._all_index_update_counts == {0: {0: 2}}
    assert optimizer._index_update_count == {0: 1}


MOMENTUM = {"momentum": 0.9}


@pytest.mark.parametrize(
    ("saved", "loaded", "said"),
    [
        (("Adam", {}), ("SGD", MOMENTUM), "SGD: the state of parameter 1 is (array, array), expected array; "),
        (("SGD", {}), ("SGD", MOMENTUM), "SGD: the state of parameter 1 is None, expected array; "),
        (("SGD", MOMENTUM), ("RMSProp", {}), "RMSProp: the state of parameter 1 is array, expected (array,); "),
        (("SGD", MOMENTUM), ("Adam", {}), "Adam: the state of parameter 1 is array, expected (array, array); "),
        (("Adam", {}), ("AdaGrad", {}), "AdaGrad: the state of parameter 1 is (array, array), expected array; "),
        (("Adam", {}), ("DCASGD", {}), "DCASGD: the state of parameter 1 is (array, array), expected (None, array); "),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_states_of_another_optimizer_are_refused_at_their_first_step(saved, loaded, said, dtype):
    def updater(rule, settings):
        return mx.optimizer.get_updater(getattr(mx.optimizer, rule)(multi_precision=dtype == "float16", **settings))

    weight, grad = mx.nd.ones(2, dtype=dtype), mx.nd.ones(2, dtype=dtype)
    first, second = updater(*saved), updater(*loaded)
    first(1, grad, weight)
    second.set_states(first.get_states())
    before = weight.asnumpy()
    with pytest.raises(mx.MXNetError, match="was it saved by another optimizer") as caught:
        second(1, grad, weight)
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, AssertionError)
    assert dtype == "float16" or str(caught.value).startswith(said)
    assert (weight.asnumpy() == before).all()


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("rule", ["SGD", "NAG", "Signum"])
def test_an_optimizer_without_momentum_takes_states_that_have_it(rule, dtype):
    kind = getattr(mx.optimizer, rule)
    first = mx.optimizer.get_updater(kind(momentum=0.9, multi_precision=dtype == "float16"))
    second = mx.optimizer.get_updater(kind(momentum=0.0, multi_precision=dtype == "float16", learning_rate=0.5))
    weight, grad = mx.nd.ones(2, dtype=dtype), mx.nd.ones(2, dtype=dtype)
    first(1, grad, weight)
    second.set_states(first.get_states())
    before = weight.asnumpy()
    second(1, grad, weight)
    np.testing.assert_allclose(weight.asnumpy(), before - 0.5, rtol=1e-3)


def test_an_update_of_its_own_may_keep_states_as_it_likes():
    class Own(mx.optimizer.SGD):
        def update(self, index, weight, grad, state):
            weight[:] = state[1]

    first = mx.optimizer.get_updater(mx.optimizer.Adam())
    weight = mx.nd.ones(2)
    first(0, mx.nd.ones(2), weight)
    second = mx.optimizer.get_updater(Own(momentum=0.9))
    second.set_states(first.get_states())
    second(0, mx.nd.ones(2), weight)
    assert weight.asnumpy().tolist() == first.states[0][1].asnumpy().tolist()


@pytest.mark.parametrize("state", [None, (mx.nd.ones(2),), 5])
def test_a_step_with_a_state_that_lacks_something_says_what_it_needs(state):
    with pytest.raises(mx.MXNetError, match=r"Adam: the state of parameter 3 is .*, expected \(array, array\)"):
        mx.optimizer.Adam().update(3, mx.nd.ones(2), mx.nd.ones(2), state)


def test_lists_of_unequal_length_are_told_by_their_lengths():
    w, adam = mx.nd.ones(2), mx.optimizer.Adam()
    state = adam.create_state(0, w)
    with pytest.raises(mx.MXNetError, match="SGD: got 2 indices, 2 weights, 1 gradients and 2 states") as caught:
        mx.optimizer.SGD().update([0, 1], [w, w], [w], [None, None])
    assert isinstance(caught.value, ValueError)
    with pytest.raises(mx.MXNetError, match="Adam: got 2 indices, 2 weights, 2 gradients and 1 states"):
        adam.update([0, 1], [w, w], [w, w], [state])
