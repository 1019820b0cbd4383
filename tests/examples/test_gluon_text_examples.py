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
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # data classes look for theirs there
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
def test_bleu_of_sentences_is_what_its_definition_gives(candidate: str, references: list[str], expected: float) -> None:
    got = load("translation").bleu([candidate.split()], [[r.split() for r in references]])
    assert got == pytest.approx(expected)


def test_labels_of_expressions_are_their_values() -> None:
    tree_lstm = load("tree_lstm")

    def value(tree) -> int:
        if not tree.children:
            return int(tree.word)
        left, right = map(value, tree.children)
        return {"+": left + right, "-": left - right, "*": left * right}[tree.word] % tree_lstm.MODULUS

    rng = np.random.default_rng(0)
    trees = [tree_lstm.expression(rng, 4) for _ in range(50)]
    assert all(node.label == value(node) for tree in trees for node in tree.nodes())
    assert {node.word for tree in trees for node in tree.nodes()} == set("+-*01234")


@pytest.mark.parametrize("text", ["", "3 good", "(3 (2 very) (4 good)", "(x good)"])
def test_what_is_no_tree_is_said_to_be_none(text: str) -> None:
    with pytest.raises(SystemExit, match="is no tree"):
        load("tree_lstm").parse(text)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("cell", ["child-sum", "n-ary"])
@pytest.mark.parametrize("hybrid", [False, True])
def test_cells_of_trees_compute_the_equations_of_the_paper(cell: str, hybrid: bool) -> None:
    units, rng = 4, np.random.default_rng(0)
    layer = load("tree_lstm").CELLS[cell](units, 3)
    layer.initialize(mx.init.Normal(0.5))
    layer.hybridize(hybrid)
    own, h, c = (rng.normal(size=s).astype("float32") for s in ((1, layer.gates * units), (3, units), (3, units)))
    got = [part.asnumpy()[0] for part in layer(nd.array(own), nd.array(h), nd.array(c))]
    weights = [p.data().asnumpy() for p in layer.collect_params().values()]
    parts = own.reshape((-1, units))
    if cell == "child-sum":
        i, o, u = parts[:3] + (weights[0] @ h.sum(0)).reshape((3, units))
        forget = parts[3] + h @ weights[1].T
    else:
        gates = parts + (weights[0] @ h.ravel()).reshape((-1, units))
        (i, o, u), forget = gates[:3], gates[3:]
    memory = sigmoid(i) * np.tanh(u) + (sigmoid(forget) * c).sum(0)
    np.testing.assert_allclose(got[1], memory, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(got[0], sigmoid(o) * np.tanh(memory), rtol=1e-4, atol=1e-6)


def test_only_the_n_ary_cell_sees_the_order_of_children() -> None:
    tree_lstm = load("tree_lstm")
    tree, turned = (tree_lstm.parse(f"(1 {a} {b})") for a, b in (("(0 a)", "(1 b)"), ("(1 b)", "(0 a)")))
    vocabulary = tree_lstm.Vocabulary(tree_lstm.Counter(["a", "b", ""]))
    differ = {}
    for cell in tree_lstm.CELLS:
        net = tree_lstm.TreeLSTM(cell, vocabulary, 2, 8, 2, 0.0)
        net.initialize(mx.init.Normal(0.5))
        differ[cell] = abs(net(tree)[-1] - net(turned)[-1]).max().asscalar()
    assert differ["child-sum"] < 1e-6 < 1e-3 < differ["n-ary"]


def test_tree_lstm_learns_to_compute(tmp_path: Path) -> None:
    small = "--trees 120 --depth 1 --test-depth 3 --epochs 8 --units 24 --batch-size 5 --learning-rate 0.02"
    history = load("tree_lstm").main([*small.split(), "--output", str(tmp_path)])
    assert history["loss"][-1] < history["loss"][0] / 4
    assert history["test, all nodes"][-1] > 0.7  # leaves, which are their own values, are little more than half
    assert json.loads((tmp_path / "history.json").read_text()) == history
    assert is_picture(tmp_path / "accuracy.png") and is_picture(tmp_path / "tree.png")
    assert (tmp_path / "tree-lstm.params").exists()


def test_tree_lstm_reads_a_treebank(tmp_path: Path) -> None:
    good, bad = "(1 (1 good) (0 (0 a) (0 film)))", "(2 (2 bad) (0 (0 a) (0 film)))"
    for name in ("train.txt", "dev.txt"):
        (tmp_path / name).write_text(f"{good}\n{bad}\n" * 20)
    small = "--cell child-sum --epochs 3 --units 8 --batch-size 2 --learning-rate 0.05"
    history = load("tree_lstm").main([*small.split(), "--data", str(tmp_path), "--output", str(tmp_path / "out")])
    assert history["test, roots"][-1] == 1


@pytest.mark.parametrize("net", ["bilstm", "cnn"])
def test_sentiment_is_learned_of_reviews(net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentiment = load("sentiment")
    reviews = sentiment.read(sentiment.DATA / "movie-reviews.tsv.gz").splitlines()
    (tmp_path / "few.tsv").write_text("\n".join(line for line in reviews if len(line) < 60), encoding="utf-8")
    small = "--held-out 200 --epochs 3 --units 16 --learning-rate 0.01 --neutral 1.5 --dropout 0.2"
    say = ["A wonderful, moving and funny film.", "A bad, dull and boring mess."]
    output = tmp_path / "out"
    history = sentiment.main(
        [*small.split(), "--net", net, "--data", str(tmp_path / "few.tsv"), "--output", str(output), "--say", *say]
    )
    assert history["loss"][-1] < 0.7 * history["loss"][0]
    assert history["test"][-1] > 0.65
    assert json.loads((output / "history.json").read_text()) == history
    assert is_picture(output / "accuracy.png") and is_picture(output / "ratings.png")
    assert len((output / "test.tsv").read_text(encoding="utf-8").splitlines()) == 201
    praised, blamed = (int(line.split("%")[0]) for line in capsys.readouterr().out.splitlines()[-2:])
    assert praised > 60 > 40 > blamed


@pytest.mark.parametrize("net", ["bilstm", "cnn"])
def test_padding_has_no_effect_on_sentiment(net: str) -> None:
    classifier = load("sentiment").Classifier(net, 9, 8, 0.5)
    classifier.initialize(mx.init.Xavier())
    short = classifier(nd.array([[3, 4, 5]]), nd.array([3]))
    padded = classifier(nd.array([[3, 4, 5, 1, 1, 1], [3, 4, 5, 6, 7, 8]]), nd.array([3, 6]))
    np.testing.assert_allclose(padded[:1].asnumpy(), short.asnumpy(), rtol=1e-5)


def test_batches_are_of_like_lengths_and_hold_each_sample_once() -> None:
    lengths = np.random.default_rng(0).integers(1, 30, 95).tolist()
    buckets = load("_text").Buckets(lengths, 10)
    parts = list(buckets)
    assert len(parts) == len(buckets) == 10
    assert sorted(k for part in parts for k in part) == list(range(95))
    spread = [max(lengths[k] for k in part) - min(lengths[k] for k in part) for part in parts]
    assert max(spread) <= 8
