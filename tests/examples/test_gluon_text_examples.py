"""The examples about text learn, write, translate and judge, in a small setting."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(EXAMPLES))  # examples import what they have in common from beside them
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(EXAMPLES))
    return module


def is_picture(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG")


# What follows a token of three in a chain whose greedy start (1) leads to a poor end.
CHAIN = np.log([[0.05, 0.55, 0.4], [0.35, 0.33, 0.32], [0.9, 0.05, 0.05]]).astype("float32")


def chain(tokens: nd.NDArray, states: nd.NDArray) -> tuple[nd.NDArray, nd.NDArray]:
    return nd.array(CHAIN).take(tokens), states + 1


@pytest.mark.parametrize("end", [-1, 0])
def test_wide_beam_search_finds_the_likeliest_of_all_sequences(end: int) -> None:
    text = load("_text")

    def search(width: int) -> tuple[np.ndarray, np.ndarray]:
        return text.beam_search(chain, lambda s, rows: s.take(rows), nd.zeros(2), np.array([0, 2]), 3, width, end)

    def likelihood(first: int, tokens: tuple[int, ...]) -> float:
        total = 0.0
        for token in tokens:
            total += CHAIN[first, token] if first != end or total == 0 else 0.0 if token == end else -math.inf
            first = token
        return total

    tokens, scores = search(9)
    for sample, first in enumerate((0, 2)):
        whole = [(a, b, c) for a in range(3) for b in range(3) for c in range(3)]
        best = max(whole, key=lambda w: likelihood(first, w))
        assert tokens[sample, 0].tolist() == list(best)
        assert scores[sample, 0] == pytest.approx(likelihood(first, best), rel=1e-5)
        assert (np.diff(scores[sample]) <= 0).all()
    greedy = search(1)[1][:, 0]
    assert (scores[:, 0] >= greedy).all() and scores[0, 0] > greedy[0] + 0.1


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_language_model_learns_shakespeares_letters_and_writes(cell: str, tmp_path: Path) -> None:
    model = load("language_model")
    play = tmp_path / "play.txt"
    play.write_text(model.read(model.DATA / "tinyshakespeare.txt.gz")[:60_000])
    small = "--epochs 2 --units 64 --batch-size 16 --bptt 32 --learning-rate 0.01 --length 40 --beam 4"
    output = tmp_path / "out"
    history = model.main([*small.split(), "--data", str(play), "--cell", cell, "--output", str(output)])
    assert history["train"][1] < history["train"][0] < 30
    assert history["test"][1] < 12  # of 57 characters; 1 would be certainty
    assert json.loads((output / "history.json").read_text()) == history
    assert is_picture(output / "perplexity.png")
    written = (output / "samples.txt").read_text()
    assert written.count("ROMEO:\n") >= 4
    greedy, beam = (float(line.split()[-1]) for line in written.splitlines() if "log probability" in line)
    assert beam >= greedy
    alphabet = (output / "alphabet.txt").read_text()
    net = model.LanguageModel(cell, len(alphabet), 64, 1)
    net.load_parameters(str(output / "language-model.params"))


def test_state_of_the_language_model_goes_on_from_segment_to_segment() -> None:
    model = load("language_model")
    net = model.LanguageModel("lstm", 5, 8, 2)
    net.initialize()
    text = nd.array(np.random.default_rng(0).integers(0, 5, (9, 3)))
    whole, _ = net(text[:-1], net.begin_state(3))
    states, parts = net.begin_state(3), []
    for characters, following in model.segments(text, 3, mx.cpu()):
        assert (following[:-1] == characters[1:]).min() == 1
        scores, states = net(characters, states)
        parts.append(scores)
    np.testing.assert_allclose(nd.concat(*parts, dim=0).asnumpy(), whole.asnumpy(), rtol=1e-4, atol=1e-6)


def test_transformer_learns_translations_and_beams_are_no_worse_than_greed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    translation = load("translation")
    known = [line.split("\t") for line in translation.read(translation.DATA / "eng-fra-30k.tsv.gz").splitlines()[:8]]
    small = "--pairs 60 --held-out 2 --epochs 40 --units 32 --layers 1 --heads 2 --batch-size 12 --warm-up 40 --beam 3"
    say = [english for english, _ in known]
    outcome = translation.main(
        [
            *small.split(),
            "--dropout",
            "0",
            "--min-freq",
            "1",
            "--learning-rate",
            "0.01",
            "--output",
            str(tmp_path),
            "--say",
            *say,
        ]
    )
    assert outcome["train"][-1] < 0.35 * outcome["train"][0]
    assert outcome["held out"][-1] > outcome["train"][-1]
    assert outcome["log probability, beam"] >= outcome["log probability, greedy"]
    assert json.loads((tmp_path / "results.json").read_text()) == outcome
    assert is_picture(tmp_path / "loss.png") and (tmp_path / "transformer.params").stat().st_size > 10_000
    rows = (tmp_path / "translations.tsv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 3 and all(row.count("\t") == 3 for row in rows)
    assert "<unk>" not in "".join(row.split("\t")[2] for row in rows)
    said = dict(line.split(" -> ") for line in capsys.readouterr().out.splitlines() if " -> " in line)
    # one of the sentences may be among those held out
    right = [said[e] == translation.sentence(translation.words(f)) for e, f in known]
    assert list(said) == say and sum(right) >= 3, said


def test_transformer_decodes_word_by_word_what_it_gives_for_the_whole() -> None:
    translation = load("translation")
    net = translation.Transformer(11, 13, 16, 32, 2, 2, 0.1)
    net.initialize(mx.init.Xavier())
    source, length, target = nd.array([[1, 2, 3, 4], [5, 6, 9, 9]]), nd.array([4, 2]), nd.array([[1, 2, 3], [4, 5, 6]])
    whole = net(source, length, target)
    other = net(nd.array([[1, 2, 3, 4], [5, 6, 0, 0]]), length, target)
    np.testing.assert_allclose(whole.asnumpy(), other.asnumpy(), rtol=1e-5)  # what is padding is not seen
    states = net.decoder.begin_state(net.encoder(source, length), length)
    for index in range(3):
        scores, states = net.decoder.step(target[:, index], index, states)
        np.testing.assert_allclose(scores.asnumpy(), whole[:, index].asnumpy(), rtol=1e-3, atol=1e-5)


def test_smoothed_loss_is_cross_entropy_with_a_mixed_label_over_what_counts() -> None:
    translation = load("translation")
    scores = np.random.default_rng(0).normal(size=(2, 3, 5)).astype("float32")
    label, length = np.array([[1, 2, 0], [4, 0, 0]]), np.array([3, 1])
    chances = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    mixed = 0.9 * np.eye(5)[label] + 0.1 / 5
    counts = np.arange(3) < length[:, None]
    expected = -((mixed * chances).sum(-1) * counts).sum() / counts.sum()
    got = translation.SmoothedLoss(0.1)(nd.array(scores), nd.array(label), nd.array(length))
    assert got.asscalar() == pytest.approx(expected, rel=1e-5)


def test_rate_rises_along_a_line_and_falls_with_the_square_root() -> None:
    schedule = load("translation").InverseSquareRoot(0.1, warmup_steps=100)
    assert [schedule(n) for n in (0, 50, 100, 400)] == pytest.approx([0, 0.05, 0.1, 0.05])


@pytest.mark.parametrize(
    "candidate, references, expected",
    [
        ("the cat is on the mat", ["the cat is on the mat", "a cat lies there"], 100),
        ("the the the the the the", ["the cat is on the mat"], 0),
        # 5 of 5 words, 3 of 4 pairs, 1 of 3 triples over both references, 1 of 2 fours would need five in a row
        ("a b c d e", ["a b c d x", "e f g h i"], 100 * (1 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25),
        ("a b c d", ["a b c d e f"], 100 * math.exp(1 - 6 / 4)),
    ],
)
def test_bleu_of_known_sentences(candidate: str, references: list[str], expected: float) -> None:
    got = load("translation").bleu([candidate.split()], [[r.split() for r in references]])
    assert got == pytest.approx(expected)
