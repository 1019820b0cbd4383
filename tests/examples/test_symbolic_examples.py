"""The declarative programs of the tutorials run, learn, and print what they promise."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import mxnet as mx

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_was_described_computes_when_its_inputs_are_given() -> None:
    declarative = load("declarative")
    a, b = mx.nd.array([1, 2, 3]), mx.nd.array([4, 5, 6])
    assert declarative.evaluate(declarative.describe(), a, b).asnumpy().tolist() == [5, 11, 19]


def test_memory_to_predict_does_not_grow_with_the_length_of_a_chain() -> None:
    declarative = load("declarative")
    declarative.SIDE = 512
    short, long = (declarative.chain(n) for n in (1, 12))
    assert declarative.planned_megabytes(short, "null") == declarative.planned_megabytes(long, "null")
    assert declarative.planned_megabytes(long, "write") > 2 * declarative.planned_megabytes(short, "write")


def test_declarative_program_prints_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    load("declarative").main()
    printed = capsys.readouterr().out
    assert "arguments: ['B', 'A']" in printed
    assert f"D = {[3.0] * 10}" in printed


def test_feed_forward_lenet_learns_on_two_contexts_and_is_read_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    feedforward = load("feedforward_lenet")
    caplog.set_level("INFO")
    prefix = str(tmp_path / "lenet")
    model = feedforward.main(["--rounds", "2", "--examples", "1000", "--learning-rate", "0.1", "--out", prefix])
    assert model.ctx == [mx.cpu(0), mx.cpu(1)]
    assert "Start training with [cpu(0), cpu(1)]" in caplog.text and "Speed" not in caplog.text
    test = feedforward.digits("t10k", 500, 50)
    accuracy = model.score(test)
    assert accuracy > 0.75
    test.reset()
    assert mx.model.FeedForward.load(prefix, 2).score(test) == pytest.approx(accuracy)


def test_inception_for_photographs_has_the_sizes_of_the_paper() -> None:
    network = load("inception_bn").inception_bn()
    shapes, outputs, states = network.infer_shape(data=(2, 3, 224, 224))
    assert outputs == [(2, 1000)]
    parameters = dict(zip(network.list_arguments(), shapes, strict=True))
    del parameters["data"], parameters["softmax_label"]
    assert sum(np.prod(s) for s in parameters.values()) == 11_295_240
    joined = network.get_internals()
    sizes = {
        name: joined[f"ch_concat_{name}_chconcat_output"].infer_shape(data=(2, 3, 224, 224))[1][0]
        for name in ("3a", "3c", "4e", "5b")
    }
    assert sizes == {"3a": (2, 256, 28, 28), "3c": (2, 576, 14, 14), "4e": (2, 1056, 7, 7), "5b": (2, 1024, 7, 7)}
    assert len(states) == 2 * len([n for n in parameters if n.endswith("_gamma")])


def test_inception_learns_digits() -> None:
    inception = load("inception_bn")
    module = mx.mod.Module(inception.inception_bn(10, inception.stem_for_digits, 0.06))
    mx.random.seed(0)
    np.random.seed(0)
    digits = inception.digits("train10k", 20, 20)
    module.bind(digits.provide_data, digits.provide_label)
    module.init_params(mx.init.Xavier(rnd_type="gaussian", factor_type="in", magnitude=2))
    module.init_optimizer(optimizer_params={"learning_rate": 0.1, "momentum": 0.9})
    batch = next(digits)
    losses = []
    for _ in range(20):
        module.forward_backward(batch)
        module.update()
        chosen = mx.nd.pick(module.get_outputs()[0], batch.label[0])
        losses.append(-chosen.log().mean().asscalar())
    assert losses[-1] < losses[0] / 2


def test_inception_program_shows_its_layers(capsys: pytest.CaptureFixture[str]) -> None:
    assert load("inception_bn").main(["--show"]) is None
    printed = capsys.readouterr().out
    assert "conv_5b_proj(Convolution)" in printed and "Total params: 11295240" in printed


def test_an_update_of_our_own_trains_a_module(capsys: pytest.CaptureFixture[str]) -> None:
    accuracy = load("module_update").main(["--epochs", "2", "--examples", "2000"])
    assert accuracy > 0.8
    assert capsys.readouterr().out.splitlines()[-1] == f"epoch 2: test accuracy {accuracy:.2%}"


def test_hybrid_forward_prints_arrays_at_each_call_and_symbols_once(capsys: pytest.CaptureFixture[str]) -> None:
    imperative, symbolic = load("hybrid_print").main()
    np.testing.assert_allclose(imperative.asnumpy(), symbolic.asnumpy(), rtol=1e-5)
    arrays = ["F:  mxnet.ndarray", "x:  NDArray", "hidden:  NDArray"]
    symbols = ["F:  mxnet.symbol", "x:  Symbol", "hidden:  Symbol"]
    assert capsys.readouterr().out.splitlines() == [
        "=== as it is ===",
        *arrays,
        *arrays,
        "=== hybridized: once with symbols ===",
        *symbols,
        "=== and not again ===",
    ]
