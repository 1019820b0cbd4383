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
