"""The examples do what their docstrings say."""

from __future__ import annotations

import importlib.util
import json
import struct
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


@pytest.fixture(scope="module")
def few_digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first digits of the embedded files under MNIST's own names, not packed."""
    folder = tmp_path_factory.mktemp("digits")
    for source, target, count in (("train10k", "train", 1000), ("t10k", "t10k", 300)):
        images, labels = mx.gluon.data.vision.IDXDataset(EXAMPLES / "data" / "mnist", source)[:count]
        pixels = images.asnumpy()
        header = struct.pack(">IIII", 0x803, count, 28, 28)
        (folder / f"{target}-images-idx3-ubyte").write_bytes(header + pixels.tobytes())
        (folder / f"{target}-labels-idx1-ubyte").write_bytes(
            struct.pack(">II", 0x801, count) + labels.astype("uint8").tobytes()
        )
    return folder


@pytest.fixture(scope="module")
def trained(few_digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lenet")
    accuracy = load("lenet_mnist").main(["--data", str(few_digits), "--epochs", "2", "--output", str(out)])
    assert accuracy > 0.8
    return out


def test_lenet_leaves_a_network_parameters_and_two_pictures(trained: Path) -> None:
    for name in ("training-curve.png", "predictions.png"):
        assert (trained / name).read_bytes().startswith(b"\x89PNG")
    symbol, args, aux = mx.model.load_checkpoint(str(trained / "lenet"), 2)
    assert set(symbol.list_arguments()) == {"data", *args} and not aux


def test_lenet_read_back_by_symbol_block_is_as_accurate_as_it_was(few_digits: Path, trained: Path) -> None:
    net = mx.gluon.SymbolBlock.imports(str(trained / "lenet-symbol.json"), ["data"], str(trained / "lenet-0002.params"))
    images, labels = mx.gluon.data.vision.IDXDataset(few_digits, "t10k")[:]
    guesses = net(images.astype("float32").transpose((0, 3, 1, 2)) / 255).argmax(axis=1).asnumpy()
    measured = json.loads((trained / "history.json").read_text())[-1]["test accuracy"]
    assert (guesses == labels).mean() == pytest.approx(measured)


def test_lenet_goes_on_from_its_last_epoch(few_digits: Path, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = json.loads((trained / "history.json").read_text())
    load("lenet_mnist").main(["--data", str(few_digits), "--epochs", "3", "--resume", "--output", str(trained)])
    after = json.loads((trained / "history.json").read_text())
    assert after[:2] == before[:2] and len(after) == 3
    assert "after 3 epochs" in capsys.readouterr().out
    assert (trained / "lenet-0003.params").exists()


@pytest.mark.parametrize(
    "wrong, complaint",
    [
        (["--data", "nowhere"], "no train-images"),
        (["--resume", "--output", "{empty}"], "nothing to go on from"),
        (["--epochs", "0"], "expected 1 or more"),
        (["--ctx", "abacus"], "'abacus' is no device"),
    ],
)
def test_lenet_says_what_is_wrong_with_its_options(
    wrong: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = [] if "--output" in wrong else ["--output", str(tmp_path)]
    with pytest.raises(SystemExit) as ended:
        load("lenet_mnist").main([*(w.format(empty=tmp_path) for w in wrong), *out])
    assert complaint in f"{ended.value} {capsys.readouterr().err}"


def test_gan_with_two_trainers_learns_the_samples_mean_and_covariance(tmp_path: Path) -> None:
    gan = load("gan")
    mean, covariance = gan.main(["--output", str(tmp_path)])
    np.testing.assert_allclose(mean, gan.CENTRE, atol=0.3)
    np.testing.assert_allclose(covariance, gan.MAP.T @ gan.MAP, rtol=0.4)
    assert (tmp_path / "forgeries.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("number, factor", [(0.5, 2048), (3.0, 512), (-3.0, 51200), (700.0, 2)])
def test_gradient_of_the_while_loop_is_the_factor_that_ran(number: float, factor: float) -> None:
    value, gradient = load("while_loop_gradient").value_and_gradient(mx.nd.array([number]))
    assert value.asscalar() == number * factor
    assert gradient.asscalar() == factor


def test_gradient_of_the_while_loop_is_scaled_by_a_head_gradient() -> None:
    a, head = mx.nd.array([1.0, -2.0, 3.0]), mx.nd.array([10, 1.0, 0.1])
    value, gradient = load("while_loop_gradient").value_and_gradient(a, head)
    np.testing.assert_allclose(gradient.asnumpy(), (value / a * head).asnumpy(), rtol=1e-6)


def test_while_loop_program_prints_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    load("while_loop_gradient").main()
    assert "f(3.0) = 1536, its gradient is 512 = 512" in capsys.readouterr().out
