"""Modules against recorded trainings of 1.9.1, and their errors."""

from __future__ import annotations

import logging
import pathlib
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from tests.answers import check, recorded
from tests.module.module_probes import PROBES, begin, classifier, points, ready, train

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "modules.json", PROBES)


@pytest.fixture(autouse=True)
def heard():
    """Let probes silence the log, and no longer than they run."""
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", PROBES)
def test_modules_train_as_the_reference(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


def batch(rows: int = 8, columns: int = 3, labels: int | None = None) -> mx.io.DataBatch:
    return mx.io.DataBatch([mx.nd.ones((rows, columns))], [mx.nd.ones((rows if labels is None else labels,))])


# -- where 1.9.1 is wrong, or leaves it to chance ---------------------------------------------------------------------


def test_a_bias_learns_though_its_weight_stays() -> None:
    # 1.9.1 gives it no gradient
    module, _ = train(mx, np, fixed_param_names=["fc1_weight"])
    before, _ = begin(mx, np)
    after, _ = module.get_params()
    assert (after["fc1_weight"] == before["fc1_weight"]).min().asscalar() == 1
    assert (after["fc1_bias"] - before["fc1_bias"]).abs().min().asscalar() > 0


def test_running_means_are_those_of_all_batches_so_far() -> None:
    # 1.9.1 reads them before its own backward has written them
    module, data = ready(mx, np)
    module.forward_backward(data.next())
    module.update()
    first = module.get_params()[1]["bn_moving_mean"].asnumpy()
    assert (first != 0).all()
    module.forward_backward(data.next())
    module.update()
    assert (module.get_params()[1]["bn_moving_mean"].asnumpy() != first).all()


def test_states_keep_their_values_from_batch_to_batch() -> None:
    state = mx.sym.var("state", shape=(2, 3))
    net = mx.sym.Group([mx.sym.var("data") + state, mx.sym.BlockGrad(state * 2)])
    module = mx.mod.Module(net, label_names=None, state_names=["state"])
    module.bind([("data", (2, 3))], for_training=False)
    module.init_params()
    module.set_states(value=1)
    module.forward(mx.io.DataBatch([mx.nd.ones((2, 3))], None))
    first = module.get_outputs()
    assert [o.asnumpy().tolist() for o in first] == [[[2] * 3] * 2] * 2
    module.set_states(states=[[first[1]]])
    module.forward(mx.io.DataBatch([mx.nd.ones((2, 3))], None))
    assert module.get_outputs()[1].asnumpy().tolist() == [[4] * 3] * 2
    assert module.get_states()[0].asnumpy().tolist() == [[2] * 3] * 2
    assert len(module.get_states(merge_multi_context=False)[0]) == 1


def test_batches_need_no_label_to_be_predicted() -> None:
    Batch = namedtuple("Batch", ["data"])
    module, _ = ready(mx, np)
    for rows in (8, 3):
        module.forward(Batch([mx.nd.ones((rows, 3))]), is_train=False)
        assert module.get_outputs()[0].shape == (rows, 2)


# -- files -----------------------------------------------------------------------------------------------------------


def test_parameters_go_to_a_file_and_back(tmp_path: pathlib.Path) -> None:
    module, _ = train(mx, np)
    path = str(tmp_path / "a.params")
    module.save_params(path)
    assert set(mx.nd.load(path)) == {f"arg:{n}" for n in begin(mx, np)[0]} | {"aux:bn_moving_mean", "aux:bn_moving_var"}
    other, _ = ready(mx, np)
    other.load_params(path)
    for kept, back in zip(module.get_params(), other.get_params(), strict=True):
        assert all((kept[n] == back[n]).min().asscalar() == 1 for n in kept)
    mx.nd.save(path, {"weight": mx.nd.ones((1,))})
    with pytest.raises(mx.MXNetError, match="Invalid param file .*a.params.*'weight' begins with neither"):
        other.load_params(path)


def test_a_training_that_is_cut_in_two_ends_as_one(tmp_path: pathlib.Path) -> None:
    options = {"optimizer_params": {"learning_rate": 0.05, "momentum": 0.9, "wd": 0.01}}
    args, aux = begin(mx, np)
    whole = mx.mod.Module(classifier(mx))
    prefix = str(tmp_path / "net")
    whole.fit(points(mx, np), num_epoch=4, arg_params=args, aux_params=aux, **options)
    first = mx.mod.Module(classifier(mx))
    saved = mx.callback.module_checkpoint(first, prefix, save_optimizer_states=True)
    first.fit(points(mx, np), num_epoch=2, arg_params=args, aux_params=aux, epoch_end_callback=saved, **options)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "net-0001.params", "net-0001.states", "net-0002.params", "net-0002.states", "net-symbol.json",
    ]  # fmt: skip
    second = mx.mod.Module.load(prefix, 2, load_optimizer_states=True)
    second.fit(points(mx, np), begin_epoch=2, num_epoch=4, **options)
    for name, value in whole.get_params()[0].items():
        np.testing.assert_allclose(second.get_params()[0][name].asnumpy(), value.asnumpy(), rtol=1e-6, atol=1e-7)


def test_a_derived_module_may_load_a_checkpoint_and_name_its_states_itself(tmp_path: pathlib.Path) -> None:
    class Derived(mx.mod.Module):
        @staticmethod
        def load(prefix: str, epoch: int, **kwargs: object) -> Derived:  # type: ignore[override]
            symbol, args, aux = mx.model.load_checkpoint(prefix, epoch)
            module = Derived(symbol, **kwargs)
            module._arg_params, module._aux_params, module.params_initialized = args, aux, True
            module._preload_opt_states = f"{prefix}-{epoch:04d}.states"
            return module

    prefix = str(tmp_path / "net")
    options = {"optimizer_params": {"learning_rate": 0.1, "momentum": 0.9}}
    first = mx.mod.Module(classifier(mx))
    first.fit(points(mx, np), num_epoch=1, **options)
    first.save_checkpoint(prefix, 1, save_optimizer_states=True)

    ends = []
    for load in (Derived.load, lambda *place: mx.mod.Module.load(*place, load_optimizer_states=True)):
        module = load(prefix, 1)
        module.fit(points(mx, np), begin_epoch=1, num_epoch=2, **options)
        ends.append(module.get_params()[0]["fc1_weight"].asnumpy())
    np.testing.assert_array_equal(*ends)
    plain = mx.mod.Module.load(prefix, 1)
    plain.fit(points(mx, np), begin_epoch=1, num_epoch=2, **options)
    assert np.abs(plain.get_params()[0]["fc1_weight"].asnumpy() - ends[0]).max() > 1e-4


def test_states_of_an_optimizer_that_are_no_states_are_refused(tmp_path: pathlib.Path) -> None:
    module, _ = ready(mx, np, options={"learning_rate": 0.1, "momentum": 0.9})
    (tmp_path / "bad.states").write_bytes(b"nothing of use")
    with pytest.raises(mx.MXNetError):
        module.load_optimizer_states(str(tmp_path / "bad.states"))
    with pytest.raises(FileNotFoundError, match="none.states") as error:
        module.load_optimizer_states(str(tmp_path / "none.states"))
    assert isinstance(error.value, mx.MXNetError)


# -- errors ----------------------------------------------------------------------------------------------------------


def unbound() -> mx.mod.Module:
    return mx.mod.Module(classifier(mx))


def bound(**more: object) -> mx.mod.Module:
    module = unbound()
    data = points(mx, np)
    module.bind(data.provide_data, data.provide_label, **more)  # type: ignore[arg-type]
    return module


def with_parameters() -> mx.mod.Module:
    module = bound()
    module.init_params()
    return module


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda: unbound().forward(batch()), r"call bind\(\) first"),
        (lambda: unbound().init_params(), r"call bind\(\) first"),
        (lambda: unbound().data_shapes, r"call bind\(\) first"),
        (lambda: bound().forward(batch()), r"call init_params\(\) first"),
        (lambda: bound().init_optimizer(), r"call init_params\(\) first"),
        (lambda: with_parameters().update(), r"call init_optimizer\(\) first"),
        (lambda: with_parameters().save_optimizer_states("x"), r"call init_optimizer\(\) first"),
    ],
)
def test_steps_out_of_order_say_which_comes_first(do: Callable[[], object], words: str) -> None:
    with pytest.raises(AssertionError, match=words) as error:
        do()
    assert isinstance(error.value, mx.MXNetError)


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda: mx.mod.Module(classifier(mx), data_names=["dat"]), r"data_names=\['dat'\].*'dat' is not found"),
        (lambda: mx.mod.Module(classifier(mx), fixed_param_names=["w"]), "'w' is not found"),
        (lambda: mx.mod.Module(classifier(mx), context=[mx.cpu()], work_load_list=[1, 2]), "2 shares, expected 1"),
        (lambda: unbound().bind([("dat", (8, 3))]), r"data_shapes are \['dat'\], expected \['data'\]"),
        (lambda: unbound().bind([("data", 8)]), "shape of data is 8, expected a tuple"),
        (lambda: bound().init_params(arg_params={"fc1_bias": mx.nd.ones((4,))}), "bn_beta is not presented"),
        (
            lambda: with_parameters().set_params({"w": mx.nd.ones((1,))}, {}, allow_missing=True),
            "'w'.*allow_extra=True",
        ),
        (
            lambda: bound().init_params(arg_params={**begin(mx, np)[0], "fc1_bias": mx.nd.ones((5,))}),
            r"fc1_bias .*shape \(5,\), expected \(4,\)",
        ),
        (lambda: with_parameters().get_input_grads(), "inputs_need_grad=True"),
        (lambda: with_parameters().fit(points(mx, np)), "num_epoch"),
        (lambda: with_parameters().predict(3), "expected an array or a data iterator"),
        (lambda: with_parameters().forward(mx.io.DataBatch([mx.nd.ones((8, 3))] * 2)), "2 arrays, expected 1"),
        (lambda: with_parameters().forward(batch(columns=5)), r"fc1_weight changed, from \(4, 3\) to \(4, 5\)"),
        (lambda: with_parameters().forward(batch(labels=7)), "batch_size = 8, but softmax_label has shape .7,"),
    ],
)
def test_errors_name_what_is_wrong(do: Callable[[], object], words: str) -> None:
    with pytest.raises(mx.MXNetError, match=words):
        do()


def test_a_label_that_the_symbol_has_not_is_only_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.warns(UserWarning, match="label_names=.*softmax_label"):
        mx.mod.Module(mx.sym.var("data") * 2)
    module = with_parameters()
    caplog.clear()
    module.bind([("data", (1, 1))])
    assert "Already bound" in caplog.text and module.data_shapes[0].shape == (8, 3)


def test_a_batch_smaller_than_its_contexts_is_refused() -> None:
    module, _ = ready(mx, np, context=[mx.cpu(0), mx.cpu(1)])
    with pytest.raises(mx.MXNetError, match="Too many slices: a batch of 1 for 2 contexts"):
        module.forward(batch(rows=1), is_train=False)


def test_a_monitor_stays_when_batches_of_another_shape_come() -> None:
    net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, flatten=False, name="fc")
    module = mx.mod.Module(net, label_names=None)
    module.bind([("data", (1, 3, 4))], for_training=False)
    module.init_params()
    told: list[tuple] = []
    module._exec_group.execs[0].set_monitor_callback(
        lambda name, array: told.append((name, mx.nd.NDArray(array).shape))
    )
    for length in (3, 5):
        module.forward(mx.io.DataBatch([mx.nd.ones((1, length, 4))]))
    assert told == [(b"fc_output", (1, 3, 2)), (b"fc_output", (1, 5, 2))]


def test_parameters_of_other_parts_of_a_network_are_passed_over() -> None:
    args, states = begin(mx, np)
    more_args, more_states = {**args, "w": mx.nd.ones((1,))}, {**states, "z": mx.nd.ones((1,))}
    module = bound()
    module.init_params(arg_params=more_args, aux_params=more_states)
    module.set_params(more_args, more_states)
    module.set_params(more_args, {}, allow_missing=True, allow_extra=True)
    assert [set(found) for found in module.get_params()] == [set(args), set(states)]


def test_a_module_knows_the_shapes_it_was_bound_with_once_it_is() -> None:
    module = unbound()
    assert (module._data_shapes, module._label_shapes) == (None, None)
    module.bind([("data", (8, 3))], [("softmax_label", (8,))])
    assert [tuple(d.shape) for d in (*module._data_shapes, *module._label_shapes)] == [(8, 3), (8,)]


def test_a_bound_module_has_arrays_for_its_parameters_before_they_have_values() -> None:
    data = mx.sym.BatchNorm(mx.sym.var("data"), name="bn")
    module = mx.mod.Module(mx.sym.FullyConnected(data, num_hidden=3, name="fc"), label_names=None)
    assert module._arg_params is None
    module.bind([("data", (2, 4))])
    assert not module.params_initialized
    shapes = {n: x.shape for n, x in {**module._arg_params, **module._aux_params}.items()}
    expected = {"fc_weight": (3, 4), "fc_bias": (3,), "bn_gamma": (4,), "bn_beta": (4,)}
    assert shapes == {**expected, "bn_moving_mean": (4,), "bn_moving_var": (4,)}
    module.init_params(mx.init.One())
    assert module.get_params()[0]["fc_weight"].asnumpy().min() == 1


def test_a_module_made_of_another_knows_its_outputs_and_can_be_bound_anew() -> None:
    class Named(mx.mod.Module):
        def outputs_by_name(self) -> dict[str, mx.nd.NDArray]:
            return dict(zip(self._output_names, self.get_outputs(), strict=True))

    module = Named(with_parameters().symbol)
    module.bind([("data", (8, 3))], [("softmax_label", (8,))])
    module.init_params()
    module.forward(batch())
    assert list(module.outputs_by_name()) == module.output_names == ["softmax_output"]
    module._exec_group.execs[0].arg_dict["fc1_bias"][:] = 7
    module._sync_params_from_devices()
    assert module._arg_params["fc1_bias"].asnumpy().tolist() == [7] * 4
    module._reset_bind()
    assert not module.binded and module._exec_group is None
    module.bind([("data", (2, 3))])
    assert module.get_params()[0]["fc1_bias"].asnumpy().tolist() == [7] * 4


REQUESTS = [
    ("write", ["null", "write", "null", "null"]),
    ({"fc_weight": "add"}, ["null", "add", "null", "null"]),
    ({"data": "add", "fc_bias": "write"}, ["add", "write", "write", "null"]),
    ({}, ["null", "write", "null", "null"]),
    (["add", "null", "write", "null"], ["add", "null", "write", "null"]),
]


@pytest.mark.parametrize(("given", "expected"), REQUESTS, ids=[str(given) for given, _ in REQUESTS])
def test_requests_by_name_or_in_order_come_before_what_is_fixed(given: Any, expected: list[str]) -> None:
    sym = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc"), name="softmax")
    module = mx.mod.Module(sym, fixed_param_names=["fc_bias"])
    module.bind([("data", (2, 3))], [("softmax_label", (2,))], grad_req=given)
    module.init_params(mx.init.One())
    module.init_optimizer(optimizer_params={"learning_rate": 1.0})
    requests = [module._exec_group.grad_req[name] for name in sym.list_arguments()]
    assert requests == expected
    module.forward_backward(mx.io.DataBatch([mx.nd.array([[1, 2, 3], [3, 2, 1]])], [mx.nd.zeros((2,))]))
    module.update()
    arg_params, _ = module.get_params()
    written = [(arg_params[name].asnumpy() != start).any() for name, start in (("fc_weight", 1), ("fc_bias", 0))]
    assert written == [request != "null" for request in expected[1:3]]


def test_requests_in_order_are_as_many_as_arguments() -> None:
    with pytest.raises(AssertionError, match="expected 4"):
        ready_softmax = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2), name="softmax")
        mx.mod.Module(ready_softmax).bind([("data", (2, 3))], [("softmax_label", (2,))], grad_req=["write"])


# -- what is of another kind than is needed -------------------------------------------------------------------------


def buckets(generate: Callable[[Any], Any]) -> Any:
    return mx.mod.BucketingModule(generate, default_bucket_key=3)


def parameters(**arrays: Any) -> dict[str, Any]:
    return {**with_parameters().get_params()[0], **arrays}


WRONG_KIND: dict[str, tuple[Callable[[], Any], type, str]] = {
    "a block for the symbol": (
        lambda: mx.mod.Module(mx.gluon.nn.Dense(2)),
        AttributeError,
        "symbol must be a Symbol, got Dense.*gluon.Trainer",
    ),
    "a file for the symbol": (lambda: mx.mod.Module("net.json"), AttributeError, r"got str; mx.sym.load\(\)"),
    "the name of a context": (
        lambda: mx.mod.Module(classifier(mx), context="cpu").bind([("data", (8, 3))], [("softmax_label", (8,))]),
        AttributeError,
        r"context must be a Context.* got 'cpu'",
    ),
    "an array for the batch": (
        lambda: with_parameters().forward(mx.nd.ones((8, 3))),
        AttributeError,
        r"forward takes a batch.* got NDArray; make one by mx.io.DataBatch",
    ),
    "arrays of NumPy as data": (
        lambda: with_parameters().forward(mx.io.DataBatch([np.ones((8, 3))], [mx.nd.ones((8,))])),
        AttributeError,
        r"data\[0\] of the batch must be an NDArray, got ndarray; mx.nd.array\(\)",
    ),
    "numbers as labels": (
        lambda: with_parameters().forward(mx.io.DataBatch([mx.nd.ones((8, 3))], [[1, 2]])),
        AttributeError,
        r"label\[0\] of the batch must be an NDArray, got list",
    ),
    "arrays of NumPy as parameters": (
        lambda: bound().set_params(parameters(fc1_weight=np.ones((4, 3))), {}, allow_missing=True),
        AttributeError,
        "fc1_weight in arg_params must be an NDArray, got ndarray",
    ),
    "the name of an initializer": (
        lambda: bound().init_params("xavier"),
        TypeError,
        r"initializer must be one like mx.init.Xavier\(\), got 'xavier'",
    ),
    "arrays to fit to": (
        lambda: mx.mod.Module(classifier(mx)).fit(np.ones((8, 3)), num_epoch=1),
        AttributeError,
        "fit: train_data must be an iterator over batches, like mx.io.NDArrayIter.*got ndarray",
    ),
    "a loader of Gluon to fit to": (
        lambda: mx.mod.Module(classifier(mx)).fit(mx.gluon.data.DataLoader([1], batch_size=1), num_epoch=1),
        AttributeError,
        "got DataLoader",
    ),
    "arrays to evaluate": (
        lambda: mx.mod.Module(classifier(mx)).fit(points(mx, np), np.ones((8, 3)), num_epoch=1),
        AttributeError,
        "fit: eval_data must be an iterator",
    ),
    "arrays to score": (
        lambda: with_parameters().score(np.ones((8, 3)), "acc"),
        AttributeError,
        "score: eval_data must be an",
    ),
    "a symbol alone for a bucket": (
        lambda: buckets(lambda key: classifier(mx)).bind([("data", (8, 3))]),
        ValueError,
        "sym_gen must return 3 values, symbol, data_names, label_names; got one Symbol",
    ),
    "a bucket without names of labels": (
        lambda: buckets(lambda key: (classifier(mx), ["data"])).bind([("data", (8, 3))]),
        ValueError,
        "got 2 values",
    ),
    "predictions of a model without parameters": (
        lambda: mx.model.FeedForward(classifier(mx)).predict(np.ones((8, 3))),
        AttributeError,
        r"has no parameters yet; call fit\(\) or load\(\)",
    ),
    "a model without parameters in a file": (
        lambda: mx.model.FeedForward(classifier(mx)).save("none", 1),
        AttributeError,
        "has no parameters yet",
    ),
    "a model without a number of epochs": (
        lambda: mx.model.FeedForward(classifier(mx)).fit(np.ones((8, 3)), np.ones(8)),
        TypeError,
        "num_epoch is missing",
    ),
}


@pytest.mark.parametrize("what", WRONG_KIND)
def test_what_is_of_another_kind_than_is_needed_is_told_with_what_is(what: str) -> None:
    call, kind, words = WRONG_KIND[what]
    with pytest.raises(kind, match=words) as caught:
        call()
    assert isinstance(caught.value, mx.MXNetError)


def test_a_list_of_batches_is_one_a_context_as_in_1_9_1() -> None:
    module = mx.mod.Module(classifier(mx), context=[mx.cpu(0), mx.cpu(1)])
    module.bind([("data", (8, 3))], [("softmax_label", (8,))], for_training=False)
    module.init_params()
    data = mx.nd.random.uniform(shape=(8, 3))
    parts = [mx.io.DataBatch([part], [mx.nd.ones((4,))]) for part in (data[:4], data[4:])]
    module.forward(parts)
    got = module.get_outputs()[0].asnumpy()
    module.forward(mx.io.DataBatch([data], [mx.nd.ones((8,))]))
    np.testing.assert_array_equal(got, module.get_outputs()[0].asnumpy())
    with pytest.raises(mx.MXNetError, match="got 1 batches, expected 2, one a context"):
        module.forward(parts[:1])


class _OneKey(mx.kv.KVStore):
    """A store that takes one key at a time, and tells what it is called with."""

    def __init__(self) -> None:
        super().__init__("local")
        self.calls: list[tuple[str, str, int]] = []

    def push(self, key: Any, value: Any, priority: int = 0) -> None:
        self.calls.append(("push", key, priority))
        super().push(key, value, priority)

    def pull(self, key: Any, out: Any = None, priority: int = 0, ignore_sparse: bool = True) -> None:
        self.calls.append(("pull", key, priority))
        super().pull(key, out, priority, ignore_sparse)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("on_store", ["1", "0"])
def test_stores_of_users_get_keys_one_by_one_and_ours_all_at_once(
    on_store: str, optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MXNET_UPDATE_ON_KVSTORE", on_store)
    batch = mx.io.DataBatch([mx.nd.array([[1, 2], [3, 4]])], [])
    found = []
    user = _OneKey()
    for store in (user, mx.kv.create("local")):
        x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="one")
        x = mx.sym.FullyConnected(mx.sym.tanh(x), num_hidden=2, name="two")
        made = mx.mod.Module(
            mx.sym.MakeLoss(x), label_names=None, context=[mx.cpu(0), mx.cpu(1)], fixed_param_names=["one_bias"]
        )
        made.bind([("data", (2, 2))])
        mx.random.seed(1)
        made.init_params(mx.init.Uniform(0.5))
        made.init_optimizer(store, optimizer, {"learning_rate": 0.1})
        user.calls.clear()
        for _ in range(3):
            made.forward_backward(batch)
            made.update()
        found.append({k: v.asnumpy().tolist() for k, v in made.get_params()[0].items()})
        if store is user:
            names = [(0, "one_weight"), (2, "two_weight"), (3, "two_bias")]
            assert user.calls == [(do, n, -i) for i, n in names for do in ("push", "pull")] * 3
    assert found[0] == found[1]
    assert not user.calls
