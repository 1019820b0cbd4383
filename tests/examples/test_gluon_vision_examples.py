"""Examples of Gluon, on images and on single words, learn what their docstrings say, in a small setting."""

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
    # in small steps: in large ones what rounding does to a unit at zero grows from batch to batch
    options = ["--epochs", "2", "--limit", "1500", "--learning-rate", "0.1", "--output", str(tmp_path)]
    histories = example("mlp").main(options)
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
    small = ["--blocks", "1", "--width", "8", "--limit", "700", "--batch-size", "20", "--epochs", "3"]
    history = example("resnet_cifar").main([*small, "--output", str(tmp_path)])
    assert history[2]["loss"] < 0.8 * history[0]["loss"]
    assert history[2]["test accuracy"] > 0.5  # after two epochs, with other rounding, anything from 0.2 to 0.6
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


def test_generator_of_digits_learns_how_much_of_a_picture_is_ink(example: Example, tmp_path: Path) -> None:
    small = ["--limit", "400", "--epochs", "3", "--width", "8", "--learning-rate", "0.003", "--batch-size", "20"]
    history = example("dcgan").main([*small, "--output", str(tmp_path)])
    assert history[-1]["mean digit off by"] < 0.25  # 0.4 before it is trained
    assert all(np.isfinite([seen["critic"], seen["forger"]]).all() for seen in history)
    for name in ("digits-01.png", "digits-03.png", "curves.png"):
        assert is_picture(tmp_path / name)
    files = str(tmp_path / "generator-symbol.json"), ["data"], str(tmp_path / "generator-0000.params")
    made = mx.gluon.SymbolBlock.imports(*files)(example("dcgan").noise(3, mx.cpu()))
    assert made.shape == (3, 1, 28, 28) and abs(made).max().asscalar() <= 1


def test_grid_of_digits_has_them_in_rows_of_eight(example: Example, tmp_path: Path) -> None:
    from matplotlib import pyplot

    images = np.linspace(-1, 1, 16, dtype="float32").reshape(16, 1, 1, 1) * np.ones((16, 1, 28, 28), "float32")
    example("dcgan").draw(images, tmp_path / "grid.png")
    picture = pyplot.imread(tmp_path / "grid.png")[..., 0]
    assert picture.shape == (2 * 2 * 28, 2 * 8 * 28)
    assert (np.diff(picture[0, ::56]) < 0).all() and picture[0, -1] > picture[-1, 0]


def test_frozen_layers_stay_and_what_they_learned_helps_with_new_digits(
    example: Example, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--limit", "1200", "--old-epochs", "4", "--epochs", "6", "--batch-size", "20", "--learning-rate", "0.005"]
    histories = example("fine_tune").main([*small, "--output", str(tmp_path)])
    assert "0 of 135 frozen parameters have changed" in capsys.readouterr().out
    assert histories["tuned"][-1]["loss"] < histories["tuned"][0]["loss"]
    assert histories["tuned"][-1]["test accuracy"] > max(0.3, histories["from nothing"][-1]["test accuracy"])
    assert is_picture(tmp_path / "both.png")


def test_network_of_torchvision_is_tuned_on_folders_of_photographs(example: Example, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("cv2")
    from matplotlib import pyplot

    for kind, colour in (("dark", 0), ("light", 200)):
        (tmp_path / "photographs" / kind).mkdir(parents=True)
        for number in range(5):
            pixels = np.full((40, 50, 3), colour + number, "uint8")
            pyplot.imsave(tmp_path / "photographs" / kind / f"{number}.png", pixels)
    shapes = {"features.0": (64, 3, 3, 3), "classifier.1": (1000, 512, 1, 1)}
    channels = 64
    for place, narrow in ((3, 16), (4, 16), (6, 32), (7, 32), (9, 48), (10, 48), (11, 64), (12, 64)):
        shapes[f"features.{place}.squeeze"] = (narrow, channels, 1, 1)
        shapes[f"features.{place}.expand1x1"] = (4 * narrow, narrow, 1, 1)
        shapes[f"features.{place}.expand3x3"] = (4 * narrow, narrow, 3, 3)
        channels = 8 * narrow
    torch.manual_seed(0)
    weights = {f"{name}.weight": torch.randn(shape) * np.prod(shape[1:]) ** -0.5 for name, shape in shapes.items()}
    biases = {f"{name}.bias": torch.zeros(shape[0]) for name, shape in shapes.items()}
    torch.save({**weights, **biases}, tmp_path / "squeezenet.pth")
    begun = ["--model", "squeezenet1.1", "--torchvision", str(tmp_path / "squeezenet.pth"), "--epochs", "1"]
    where = ["--data", str(tmp_path / "photographs"), "--batch-size", "4", "--output", str(tmp_path / "out")]
    histories = example("fine_tune").main([*begun, *where])
    assert np.isfinite(histories["tuned"][0]["loss"])


def test_words_that_stand_in_the_same_places_become_neighbours(
    example: Example, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(0)
    groups = (
        ["cat dog bird".split(), "sleeps eats sings".split()],
        ["car bus train".split(), "stops starts waits".split()],
    )
    sentences = [[random.choice(words) for words in groups[number]] for number in random.integers(0, 2, 3000)]
    (tmp_path / "text.txt").write_text(". ".join(f"A {who} often {does}" for who, does in sentences))
    small = "--epochs 4 --size 8 --window 2 --sample 1 --batch-size 128 --learning-rate 0.02".split()
    asked = "--words cat train --analogies cat:eats:bus:waits".split()
    where = ["--data", str(tmp_path / "text.txt"), "--output", str(tmp_path / "out")]
    vectors, history = example("word_embeddings").main([*small, *asked, *where])
    assert history[-1]["loss"] < 0.95 * history[0]["loss"]
    for (animals, _), (machines, _) in [groups, groups[::-1]]:
        for word in animals:
            near = [other for other, _ in vectors.nearest(vectors.of(word), but=[word], count=2)]
            assert not set(near) & set(machines)
    assert "cat is to eats as bus is to" in capsys.readouterr().out
    assert is_picture(tmp_path / "out" / "map.png") and is_picture(tmp_path / "out" / "curves.png")
    read = mx.contrib.text.embedding.CustomEmbedding(str(tmp_path / "out" / "vectors.txt"))
    vector = read.get_vecs_by_tokens("cat")
    np.testing.assert_allclose((vector / vector.norm()).asnumpy(), vectors.of("cat").asnumpy(), atol=1e-3)


def test_pairs_of_words_are_within_the_window(example: Example, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("a b c d e f g h i j k l m n o p q r s t u v w x y z " * 30)
    corpus = example("word_embeddings").Corpus(tmp_path / "text.txt", min_count=5)
    corpus.kept[:] = 1
    letter = np.array([ord(word[0]) for word in corpus.vocabulary.idx_to_token])
    pairs = letter[corpus.pairs(window=3)]
    distances = np.abs(np.diff(pairs, axis=1)) % 26
    assert set(distances.ravel()) <= {1, 2, 3, 23, 24, 25}  # the alphabet goes round
    near, far = (np.isin(distances, (k, 26 - k)).sum() for k in (1, 3))
    assert near > 2 * far
