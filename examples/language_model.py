#!/usr/bin/env python3
"""A language model of characters: a recurrent network reads Shakespeare, then writes.

    python examples/language_model.py                              # LSTM
    python examples/language_model.py --cell gru
    python examples/language_model.py --data novel.txt --epochs 30 --units 512 --layers 2 --ctx gpu

Backpropagation through time is truncated: the text is read in segments of ``--bptt`` characters, the state goes on
from one to the next, but gradients do not.

Measured with one core of a server's CPU, on the last twentieth of the text, which is not learned from: the LSTM's
perplexity is 5.44 per character after 30 s, one epoch, and 4.67 after 114 s, four; the GRU's 5.49 after 34 s and 4.72
after 139 s. The best text that a beam of 8 finds for the LSTM is e^79 times as likely as the greedy one, but both soon
repeat themselves; randomly drawn text does not.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
from _common import parser, positive
from _text import DATA, beam_search, draw_curves, read
from tqdm import tqdm

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn, rnn

CELLS = {"lstm": rnn.LSTM, "gru": rnn.GRU}


class LanguageModel(gluon.HybridBlock):
    """Scores (T, N, vocabulary) of what follows each of the characters (T, N), and the states after the last."""

    def __init__(self, cell: str, vocabulary: int, units: int, layers: int, dropout: float = 0.0, **kwargs) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.embedding = nn.Embedding(vocabulary, units)
            self.rnn = CELLS[cell](units, layers, dropout=dropout, input_size=units)
            self.scores = nn.Dense(vocabulary, flatten=False, in_units=units)

    def begin_state(self, *args, **kwargs) -> list[nd.NDArray]:
        return self.rnn.begin_state(*args, **kwargs)

    def hybrid_forward(self, F, characters, states):
        hidden, states = self.rnn(self.embedding(characters), states)
        return self.scores(hidden), states


def main(argv: list[str] | None = None) -> dict[str, list[float]]:
    """Train and write; returns the perplexities after each epoch."""
    options = arguments(argv)
    mx.random.seed(options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    text = read(options.data)
    alphabet = sorted(set(text))
    numbers = np.searchsorted(alphabet, list(text))
    (options.output / "alphabet.txt").write_text("".join(alphabet), encoding="utf-8")
    cut = int(len(numbers) * 0.95)
    train, test = (columns(part, options.batch_size) for part in (numbers[:cut], numbers[cut:]))
    net = LanguageModel(options.cell, len(alphabet), options.units, options.layers, options.dropout)
    net.initialize(mx.init.Xavier(), ctx=options.ctx)
    net.hybridize()
    history = fit(net, train, test, options)
    (options.output / "history.json").write_text(json.dumps(history, indent=1) + "\n")
    draw_curves(
        options.output / "perplexity.png",
        f"{options.cell.upper()}, {options.units} units, {options.layers} layer(s)",
        "perplexity per character",
        {name: history[name] for name in ("train", "test")},
    )
    written = "\n\n".join(f"--- {how}\n{what}" for how, what in compose(net, alphabet, options).items())
    (options.output / "samples.txt").write_text(written + "\n", encoding="utf-8")
    print(written)
    return history


def arguments(argv: list[str] | None) -> argparse.Namespace:
    made = parser(__doc__, "language-model", epochs=4, batch_size=32, learning_rate=4e-3)
    made.add_argument("--data", type=Path, default=DATA / "tinyshakespeare.txt.gz", help="a text, may be .gz")
    made.add_argument("--cell", choices=CELLS, default="lstm")
    made.add_argument("--units", type=positive, default=256)
    made.add_argument("--layers", type=positive, default=1)
    made.add_argument("--dropout", type=float, default=0.0, help="between layers")
    made.add_argument("--bptt", type=positive, default=64, help="how many steps gradients go back")
    made.add_argument("--clip", type=float, default=1.0, help="largest norm of the gradients of a character")
    made.add_argument("--prompt", default="ROMEO:\n", help="what the samples begin with")
    made.add_argument("--length", type=positive, default=300, help="how many characters to write")
    made.add_argument("--beam", type=positive, default=8, help="width of the beam search")
    return made.parse_args(argv)


def columns(numbers: np.ndarray, count: int) -> nd.NDArray:
    """The text in ``count`` columns of equal height, to be read side by side."""
    height = len(numbers) // count
    if height < 2:
        raise SystemExit(f"{len(numbers)} characters are too few for {count} columns; see --batch-size")
    return nd.array(numbers[: height * count].reshape(count, height).T)


def segments(text: nd.NDArray, bptt: int, ctx: mx.Context):
    """Pairs of characters (up to ``bptt``, N) and those that follow them."""
    for start in range(0, len(text) - 1, bptt):
        part = text[start : start + bptt + 1].as_in_context(ctx)
        yield part[:-1], part[1:]


def fit(net: LanguageModel, train: nd.NDArray, test: nd.NDArray, options) -> dict[str, list[float]]:
    steps = math.ceil((len(train) - 1) / options.bptt)
    schedule = mx.lr_scheduler.CosineScheduler(
        options.epochs * steps, options.learning_rate, final_lr=0.05 * options.learning_rate, warmup_steps=steps // 20
    )
    trainer = gluon.Trainer(net.collect_params(), "adam", {"lr_scheduler": schedule})
    history: dict[str, list[float]] = {"train": [], "test": [], "CPU seconds": []}
    for epoch in range(options.epochs):
        with tqdm(total=steps, desc=f"epoch {epoch + 1}/{options.epochs}", file=sys.stderr) as bar:
            history["train"].append(train_epoch(net, trainer, train, options, bar))
        history["test"].append(perplexity(net, test, options))
        history["CPU seconds"].append(time.process_time())
        print(", ".join(f"{name} {values[-1]:.4g}" for name, values in history.items()), file=sys.stderr)
        net.save_parameters(str(options.output / "language-model.params"))
    return history


def train_epoch(net, trainer, text, options, bar) -> float:
    error_of = gluon.loss.SoftmaxCrossEntropyLoss()
    gradients = [p.grad() for p in net.collect_params().values()]
    states = net.begin_state(options.batch_size, ctx=options.ctx)
    mean = mx.metric.Loss()
    for characters, following in segments(text, options.bptt, options.ctx):
        # the state goes on from segment to segment, its history does not
        states = [s.detach() for s in states]
        with autograd.record():
            scores, states = net(characters, states)
            loss = error_of(scores, following).mean()
        loss.backward()
        gluon.utils.clip_global_norm(gradients, options.clip, check_isfinite=False)
        trainer.step(1)
        mean.update(None, [loss])
        bar.set_postfix_str(f"perplexity {math.exp(mean.get()[1]):.2f}", refresh=False)
        bar.update()
    return math.exp(mean.get()[1])


def perplexity(net: LanguageModel, text: nd.NDArray, options) -> float:
    """e to the mean cross-entropy: of how many equally likely characters the network seems to have the choice."""
    error_of = gluon.loss.SoftmaxCrossEntropyLoss()
    states = net.begin_state(text.shape[1], ctx=options.ctx)
    total = 0.0
    for characters, following in segments(text, options.bptt, options.ctx):
        scores, states = net(characters, states)
        total += error_of(scores, following).mean().asscalar() * len(characters)
    return math.exp(total / (len(text) - 1))


def compose(net: LanguageModel, alphabet: list[str], options) -> dict[str, str]:
    """Texts that go on from the prompt, by how they were made."""
    unknown = set(options.prompt) - set(alphabet)
    if unknown or not options.prompt:
        raise SystemExit(f"--prompt: {sorted(unknown) or 'empty'}, expected characters that are in the text")
    prompt = np.searchsorted(alphabet, list(options.prompt))
    states = net.begin_state(1, ctx=options.ctx)
    if len(prompt) > 1:
        _, states = net(nd.array(prompt[:-1, None], ctx=options.ctx), states)
    made = {}
    for temperature in (1.0, 0.5):
        made[f"drawn at temperature {temperature}"] = draw(net, states, prompt[-1], temperature, options)
    for name, width in (("greedy", 1), (f"beam of {options.beam}", options.beam)):
        tokens, score = search(net, states, prompt[-1], width, options)
        made[f"{name}, log probability {score:.2f}"] = tokens
    return {how: options.prompt + "".join(alphabet[k] for k in tokens) for how, tokens in made.items()}


def draw(net: LanguageModel, states: list[nd.NDArray], first: int, temperature: float, options) -> list[int]:
    """Characters drawn one by one; a low temperature makes the likely ones likelier."""
    tokens = [int(first)]
    for _ in range(options.length):
        scores, states = net(nd.array([tokens[-1:]], ctx=options.ctx), states)
        tokens.append(int(nd.random.multinomial((scores[0, 0] / temperature).softmax()).asscalar()))
    return tokens[1:]


def search(net: LanguageModel, states: list[nd.NDArray], first: int, width: int, options) -> tuple[list[int], float]:
    """The best characters that a beam of ``width`` finds, and their log probability."""

    def step(tokens, states):
        scores, states = net(tokens.reshape((1, -1)).as_in_context(options.ctx), states)
        return scores[0].log_softmax(), states

    def reorder(states, rows):
        return [s.take(rows.as_in_context(options.ctx), axis=1) for s in states]

    tokens, scores = beam_search(step, reorder, states, np.array([first]), options.length, width)
    return tokens[0, 0].tolist(), float(scores[0, 0])


if __name__ == "__main__":
    main()
