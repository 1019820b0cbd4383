"""The examples of Gluon on images and words learn what their docstrings say, in a small setting."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import mxnet as mx

Example = Callable[[str], ModuleType]
PNG = b"\x89PNG"


def is_picture(path: Path) -> bool:
    return path.read_bytes().startswith(PNG)


def test_perceptron_from_scratch_and_gluons_learn_the_same(example: Example, tmp_path: Path) -> None:
    histories = example("mlp").main(["--epochs", "2", "--limit", "1500", "--output", str(tmp_path)])
    scratch, gluon = histories["from scratch"], histories["gluon"]
    for seen, same in zip(scratch, gluon, strict=True):
        assert seen["loss"] == pytest.approx(same["loss"], rel=1e-3)
        assert seen["test accuracy"] == pytest.approx(same["test accuracy"], abs=0.005)
    assert gluon[1]["loss"] < 0.6 * gluon[0]["loss"]
    assert gluon[1]["test accuracy"] > 0.75
    assert is_picture(tmp_path / "both.png") and is_picture(tmp_path / "curves.png")


def test_perceptron_that_was_saved_is_as_accurate_as_it_was(example: Example, tmp_path: Path) -> None:
    history = example("mlp").main(["--epochs", "1", "--limit", "600", "--output", str(tmp_path)])["gluon"]
    assert json.loads((tmp_path / "history.json").read_text()) == history
    net = mx.gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net-0000.params"))
    images, labels = example("_common").digits(train=False, limit=600)
    found = net(mx.nd.array(images)).argmax(axis=1).asnumpy()
    assert (found == labels).mean() == pytest.approx(history[0]["test accuracy"])


def test_cross_entropy_from_scratch_is_the_one_of_gluon_also_for_large_scores(example: Example) -> None:
    scores, label = mx.nd.array([[1, 2, 3], [1000, -1000, 0]]), mx.nd.array([0, 2])
    expected = mx.gluon.loss.SoftmaxCrossEntropyLoss()(scores, label).asnumpy()
    np.testing.assert_allclose(example("mlp").cross_entropy(scores, label).asnumpy(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    "wrong, complaint",
    [
        (["--data", "nowhere"], "no train-images"),
        (["--epochs", "0"], "expected 1 or more"),
        (["--ctx", "abacus"], "'abacus' is no device"),
    ],
)
def test_an_example_says_what_is_wrong_with_its_options(
    example: Example, wrong: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        example("mlp").main([*wrong, "--output", str(tmp_path)])
    assert complaint in f"{ended.value} {capsys.readouterr().err}"


def test_residual_network_learns_digits(example: Example, tmp_path: Path) -> None:
    small = ["--blocks", "1", "--width", "8", "--limit", "700", "--batch-size", "20", "--epochs", "2"]
    history = example("resnet_cifar").main([*small, "--output", str(tmp_path)])
    assert history[1]["loss"] < 0.8 * history[0]["loss"]
    assert history[1]["test accuracy"] > 0.4
    assert is_picture(tmp_path / "curves.png")


def test_residual_network_reads_photographs_from_files_of_cifar10(example: Example, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, (100, 1)).astype("uint8")
    pixels = (labels * 25 + random.integers(0, 20, (100, 3072))).astype("uint8")  # a class is a brightness
    for name in [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]:
        (tmp_path / name).write_bytes(np.hstack([labels, pixels]).tobytes())
    small = ["--blocks", "1", "--width", "4", "--limit", "200", "--batch-size", "20", "--epochs", "2"]
    history = example("resnet_cifar").main([*small, "--data", str(tmp_path), "--output", str(tmp_path / "out")])
    assert history[1]["loss"] < history[0]["loss"]


def test_residual_network_has_the_layers_that_its_name_says(example: Example) -> None:
    net = example("resnet_cifar").resnet(blocks=3)
    net.initialize()
    net(mx.nd.zeros((1, 3, 32, 32)))
    # without the shortcuts, which do not count
    weights = [name for name in net.collect_params() if name.endswith("weight") and "conv2_weight" not in name]
    assert len(weights) == 20
    assert sum(value.data().size for value in net.collect_params(".*weight|.*bias|.*gamma|.*beta").values()) < 280_000


def test_image_is_shifted_but_not_enlarged_and_black_comes_in(example: Example) -> None:
    image = mx.nd.full((16, 16, 3), 255, dtype="uint8")
    np.random.seed(0)
    seen = [example("resnet_cifar").shifted(image) for _ in range(20)]
    assert {shifted.shape for shifted in seen} == {(16, 16, 3)} and {shifted.dtype for shifted in seen} == {np.uint8}
    shares = [(shifted.asnumpy() == 255).mean() for shifted in seen]
    assert min(shares) < 1 and min(shares) >= (14 / 16) ** 2


def test_inception_blocks_train_under_an_estimator_that_keeps_the_best_epoch(
    example: Example, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--limit", "600", "--batch-size", "15", "--epochs", "2", "--output", str(tmp_path)]
    history = example("inception_concurrent").main(small)
    assert history[1]["loss"] < 0.6 * history[0]["loss"]
    assert history[1]["test accuracy"] > 0.6
    assert "validation accuracy" in capsys.readouterr().out
    assert is_picture(tmp_path / "curves.png")
    net = example("inception_concurrent").network()
    net.load_parameters(str(tmp_path / "inception-best.params"))


def test_inception_block_joins_four_towers(example: Example) -> None:
    block = example("inception_concurrent").inception(2, (1, 3), (1, 4), 5)
    block.initialize()
    assert block(mx.nd.zeros((1, 6, 8, 8))).shape == (1, 2 + 3 + 4 + 5, 8, 8)
