#!/usr/bin/env python3
"""Whether a sentence of a film review praises or blames: a bidirectional LSTM, or convolutions (arXiv:1408.5882).

    python examples/sentiment.py
    python examples/sentiment.py --net cnn --say "A charming film, though a little long."
    python examples/sentiment.py --data ratings.tsv --ctx gpu

Labels are the signs of ratings that some 20 people gave each sentence; ratings nearer to 0 than ``--neutral`` are left
out. Sentences of similar lengths form a batch, and padding has no effect. Word vectors are learned from the reviews
alone.

Measured on 1,000 sentences that were not learned from, after 5 epochs: the LSTM is right in 81.9% of cases, the
convolutions in 80.3%. With more epochs they only memorise the training sentences.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from _common import parser, positive, pyplot
from _text import DATA, Buckets, draw_curves, read
from tqdm import tqdm

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.contrib.text.vocab import Vocabulary
from mxnet.gluon import nn, rnn
from mxnet.gluon.data import DataLoader, SimpleDataset, batchify

PAD = "<pad>"


class BiLSTM(gluon.HybridBlock):
    """The mean (N, 2 * units) of what a network that reads both ways thinks at the words (N, L, C) of a sentence."""

    def __init__(self, units: int, **kwargs) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.rnn = rnn.LSTM(units, layout="NTC", bidirectional=True, use_sequence_length=True)

    def hybrid_forward(self, F, words, length):
        # outputs after the last word are zero
        return F.broadcast_div(F.sum(self.rnn(words, sequence_length=length), axis=1), F.expand_dims(length, axis=1))


class TextCNN(gluon.HybridBlock):
    """How well the best places of a sentence of words (N, L, C) match patterns of 3, 4 and 5 words: (N, 3 * units)."""

    def __init__(self, units: int, **kwargs) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.patterns = nn.HybridSequential()
            for width in (3, 4, 5):
                self.patterns.add(nn.Conv1D(units, width, padding=width - 1, activation="relu"))

    def hybrid_forward(self, F, words, length):
        words = F.SequenceMask(words, length, use_sequence_length=True, axis=1).transpose((0, 2, 1))
        return F.concat(*[F.max(pattern(words), axis=2) for pattern in self.patterns], dim=1)


NETS = {"bilstm": BiLSTM, "cnn": TextCNN}


class Classifier(gluon.HybridBlock):
    """Scores (N, 2) of blame and praise of sentences (N, L), of which the first ``length`` (N,) words count."""

    def __init__(self, net: str, vocabulary: int, units: int, dropout: float, **kwargs) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.embedding = nn.Embedding(vocabulary, units, weight_initializer=mx.init.Uniform(0.25))
            self.sentence = NETS[net](units)
            self.dropout = nn.Dropout(dropout)
            self.scores = nn.Dense(2)

    def hybrid_forward(self, F, words, length):
        meaning = self.sentence(self.dropout(self.embedding(words)), length)
        return self.scores(self.dropout(meaning))


def main(argv: list[str] | None = None) -> dict[str, list[float]]:
    """Train and judge; returns loss and accuracies after each epoch."""
    options = arguments(argv)
    mx.random.seed(options.seed)
    np.random.seed(options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    reviews = rated(read(options.data), options.neutral)
    reviews = [reviews[k] for k in np.random.permutation(len(reviews))]
    if len(reviews) <= options.held_out:
        raise SystemExit(f"{len(reviews)} sentences are too few to hold {options.held_out} out; see --held-out")
    test, train = reviews[: options.held_out], reviews[options.held_out :]
    vocabulary = Vocabulary(Counter(w for _, text in train for w in words(text)), None, 2, reserved_tokens=[PAD])
    net = Classifier(options.net, len(vocabulary), options.units, options.dropout)
    net.initialize(mx.init.Xavier(), ctx=options.ctx)
    net.hybridize()
    history = fit(net, train, test, vocabulary, options)
    (options.output / "history.json").write_text(json.dumps(history, indent=1) + "\n")
    accuracies = {name: values for name, values in history.items() if name != "loss"}
    draw_curves(options.output / "accuracy.png", f"Sentiment, {options.net}", "accuracy", accuracies)
    report(test, praise(net, [text for _, text in test], vocabulary, options), options.output)
    for text in options.say:
        print(f"{praise(net, [text], vocabulary, options)[0]:4.0%} praise: {text}")
    return history


def arguments(argv: list[str] | None) -> argparse.Namespace:
    made = parser(__doc__, "sentiment", epochs=5, batch_size=50, learning_rate=1e-3)
    made.add_argument(
        "--data", type=Path, default=DATA / "movie-reviews.tsv.gz", help="rating, tab, sentence; may be .gz"
    )
    made.add_argument("--neutral", type=float, default=0.5, help="ratings nearer to 0 are left out")
    made.add_argument("--held-out", type=positive, default=1000, help="how many sentences are not learned from")
    made.add_argument("--net", choices=NETS, default="bilstm")
    made.add_argument("--units", type=positive, default=100)
    made.add_argument("--dropout", type=float, default=0.5, help="of words and of the meaning of a sentence")
    made.add_argument("--say", nargs="*", default=[], help="sentences to judge")
    return made.parse_args(argv)


def rated(text: str, neutral: float) -> list[tuple[float, str]]:
    """Ratings and sentences, without those that are neither praise nor blame."""
    pairs = (line.split("\t", 1) for line in text.splitlines())
    return [(float(rating), sentence) for rating, sentence in pairs if abs(float(rating)) >= max(neutral, 1e-6)]


def words(text: str) -> list[str]:
    """
    >>> words("Isn't it? It is!")
    ["isn't", 'it', '?', 'it', 'is', '!']
    """
    return re.findall(r"\w+(?:'\w+)?|[^\w\s]", text.lower()) or [PAD]


def batches(reviews: list[tuple[float, str]], vocabulary: Vocabulary, size: int) -> DataLoader:
    """Batches of words (N, L), lengths (N,) and labels (N,): 1 for praise."""
    samples = [(vocabulary.to_indices(words(text)), float(rating > 0)) for rating, text in reviews]
    samples = [(sentence, float(len(sentence)), label) for sentence, label in samples]
    pad = batchify.Pad(val=vocabulary.to_indices(PAD), dtype="float32")
    return DataLoader(
        SimpleDataset(samples),
        batch_sampler=Buckets([length for _, length, _ in samples], size),
        batchify_fn=batchify.Group(pad, number, number),
    )


def number(values: list[float]) -> nd.NDArray:
    return nd.array(values)


def fit(net, train, test, vocabulary, options) -> dict[str, list[float]]:
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": options.learning_rate})
    error_of = gluon.loss.SoftmaxCrossEntropyLoss()
    error_of.hybridize()
    data, held_out = (batches(part, vocabulary, options.batch_size) for part in (train, test))
    history: dict[str, list[float]] = {"loss": [], "train": [], "test": []}
    for epoch in range(options.epochs):
        loss, accuracy = mx.metric.Loss(), mx.metric.Accuracy()
        with tqdm(data, desc=f"epoch {epoch + 1}/{options.epochs}", file=sys.stderr) as bar:
            for batch in bar:
                sentences, length, label = (part.as_in_context(options.ctx) for part in batch)
                with autograd.record():
                    scores = net(sentences, length)
                    error = error_of(scores, label)
                error.backward()
                trainer.step(len(label))
                loss.update(None, [error])
                accuracy.update([label], [scores])
                bar.set_postfix_str(f"loss {loss.get()[1]:.3f}, accuracy {accuracy.get()[1]:.3f}", refresh=False)
        for values, metric in zip(history.values(), (loss, accuracy), strict=False):
            values.append(metric.get()[1])
        accuracy.reset()
        for batch in held_out:
            sentences, length, label = (part.as_in_context(options.ctx) for part in batch)
            accuracy.update([label], [net(sentences, length)])
        history["test"].append(accuracy.get()[1])
        print(", ".join(f"{name} {values[-1]:.4f}" for name, values in history.items()), file=sys.stderr)
        net.save_parameters(str(options.output / "sentiment.params"))
    return history


def praise(net: Classifier, texts: list[str], vocabulary: Vocabulary, options) -> np.ndarray:
    """How sure (n,) the network is, from 0 to 1, that each of the sentences praises."""
    pad = batchify.Pad(val=vocabulary.to_indices(PAD), dtype="float32")
    sure = []
    for start in range(0, len(texts), options.batch_size):
        numbers = [vocabulary.to_indices(words(text)) for text in texts[start : start + options.batch_size]]
        length = nd.array([len(n) for n in numbers], ctx=options.ctx)
        sure.append(net(pad(numbers).as_in_context(options.ctx), length).softmax()[:, 1].asnumpy())
    return np.concatenate(sure)


def report(test: list[tuple[float, str]], sure: np.ndarray, folder: Path) -> None:
    """What the network makes of held-out sentences, beside what people made of them: a table and a picture."""
    order = np.argsort(-sure)
    table = [f"{sure[k]:.3f}\t{test[k][0]:.2f}\t{test[k][1]}" for k in order]
    (folder / "test.tsv").write_text("\n".join(["praise\trating\tsentence", *table]) + "\n", encoding="utf-8")
    ratings = np.array([rating for rating, _ in test])
    wrong = (sure > 0.5) != (ratings > 0)
    print(f"correlation with the ratings of people: {np.corrcoef(ratings, sure)[0, 1]:.3f}")
    for name, k in (
        ("most praise", order[0]),
        ("least", order[-1]),
        ("worst error", np.argmax(abs(sure - (ratings > 0)))),
    ):
        print(f"{name}: {sure[k]:.0%}, rated {ratings[k]:.1f}: {test[k][1]}")
    plt = pyplot()
    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    for chosen, colour, label in ((~wrong, "tab:blue", "right"), (wrong, "tab:red", "wrong")):
        axes.scatter(
            ratings[chosen], sure[chosen], s=10, alpha=0.5, color=colour, label=f"{label} ({chosen.mean():.1%})"
        )
    axes.set(title="Held-out sentences", xlabel="rating by people", ylabel="how sure the network is of praise")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(folder / "ratings.png", dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()
