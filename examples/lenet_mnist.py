#!/usr/bin/env python3
"""Train LeNet on handwritten digits, and keep what it learned.

    python examples/lenet_mnist.py                              # the 10,000 digits that come with the project
    python examples/lenet_mnist.py --data ~/mnist --ctx gpu     # all 60,000 (or FashionMNIST), on the first GPU
    python examples/lenet_mnist.py --epochs 15 --resume         # go on from the last epoch that was saved

Every epoch leaves a checkpoint in the output folder: ``lenet-symbol.json`` and ``lenet-0001.params``, which
``mx.gluon.SymbolBlock.imports``, ``mx.mod.Module.load`` and MXNet 1.9.1 read, and the trainer's states. At the end
there are two pictures: the curves of training, and 40 test digits with what the network takes them for.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn
from mxnet.gluon.data.vision import IDXDataset

EMBEDDED = Path(__file__).resolve().parent / "data" / "mnist"
TRAIN = "train", "train10k"
TEST = ("t10k",)


def main(argv: list[str] | None = None) -> float:
    options = arguments(argv)
    mx.random.seed(options.seed)
    np.random.seed(options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    train, test = digits(options.data, TRAIN), digits(options.data, TEST)
    net = lenet()
    net.initialize(mx.init.Xavier(), ctx=options.ctx)
    net.hybridize()
    trainer = gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": options.learning_rate, "momentum": 0.9, "wd": 1e-4}
    )
    history = resume(options, net, trainer, test) if options.resume else []
    began = time.perf_counter()
    for epoch in range(len(history), options.epochs):
        # down to nothing along half a cosine, which ends better than a constant rate
        trainer.set_learning_rate(options.learning_rate * (1 + np.cos(np.pi * epoch / options.epochs)) / 2)
        loss, accuracy = train_epoch(net, trainer, train, options, f"epoch {epoch + 1}/{options.epochs}")
        seen = {"loss": loss, "train accuracy": accuracy, "test accuracy": test_accuracy(net, test, options)}
        history.append(seen)
        save(options.output, net, trainer, history)
        print("".join(f"  {name} {value:.4f}" for name, value in seen.items()), file=sys.stderr)
    draw_curves(history, options.output / "training-curve.png")
    draw_predictions(net, test, options, options.output / "predictions.png")
    print(f"test accuracy {history[-1]['test accuracy']:.2%} after {len(history)} epochs")
    print(f"trained in {time.perf_counter() - began:.0f} s; network, parameters and pictures are in {options.output}")
    return history[-1]["test accuracy"]


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=EMBEDDED, help="folder with MNIST's or FashionMNIST's four files")
    parser.add_argument("--ctx", type=device, default=mx.cpu(), help="cpu, gpu, or the second GPU as gpu(1)")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=50)
    parser.add_argument("--learning-rate", type=float, default=0.04)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path("out/lenet"), help="folder of checkpoints and pictures")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in the output folder")
    options = parser.parse_args(argv)
    for name in ("epochs", "batch_size"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} is {getattr(options, name)}, expected 1 or more")
    return options


def device(text: str) -> mx.Context:
    kind, _, number = text.rstrip(")").partition("(")
    try:
        return mx.Context(kind, int(number or 0))
    except (KeyError, ValueError, mx.MXNetError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no device: expected cpu, gpu or gpu(1)") from error


def digits(folder: Path, kinds: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 1, 28, 28) float32 from 0 to 1, and labels (n,) float32, of the first kind that is in ``folder``."""
    for kind in kinds:
        if any((folder / f"{kind}-images-idx3-ubyte{packed}").exists() for packed in ("", ".gz")):
            images, labels = IDXDataset(folder, kind)[:]
            return images.asnumpy().transpose(0, 3, 1, 2).astype("float32") / 255, labels.astype("float32")
    raise SystemExit(f"{folder}: no {' or '.join(f'{k}-images-idx3-ubyte[.gz]' for k in kinds)} there; see --data")


def lenet() -> nn.HybridSequential:
    """Two convolutions and two dense layers, as Y. LeCun et al. had them in 1998."""
    net = nn.HybridSequential(prefix="lenet_")
    with net.name_scope():
        net.add(
            nn.Conv2D(20, kernel_size=5, activation="relu"),
            nn.MaxPool2D(pool_size=2, strides=2),
            nn.Conv2D(50, kernel_size=5, activation="relu"),
            nn.MaxPool2D(pool_size=2, strides=2),
            nn.Flatten(),
            nn.Dense(500, activation="relu"),
            nn.Dropout(0.5),
            nn.Dense(10),
        )
    return net


def train_epoch(net, trainer, train, options, title: str) -> tuple[float, float]:
    images, labels = train
    error_of = gluon.loss.SoftmaxCrossEntropyLoss()
    error_of.hybridize()
    accuracy, loss = mx.metric.Accuracy(), mx.metric.Loss()
    order = np.random.permutation(len(images))
    with tqdm(total=len(images), unit=" images", desc=title, file=sys.stderr) as bar:
        for start in range(0, len(images), options.batch_size):
            rows = order[start : start + options.batch_size]
            data, label = (nd.array(part[rows], ctx=options.ctx) for part in (images, labels))
            with autograd.record():
                scores = net(data)
                error = error_of(scores, label)
            error.backward()
            trainer.step(len(rows))
            accuracy.update([label], [scores])
            loss.update(None, [error])
            bar.set_postfix_str(f"loss {loss.get()[1]:.4f}, accuracy {accuracy.get()[1]:.4f}", refresh=False)
            bar.update(len(rows))
    return loss.get()[1], accuracy.get()[1]


def predict(net, images: np.ndarray, options) -> np.ndarray:
    """The most likely digit for each image."""
    parts = [images[start : start + 500] for start in range(0, len(images), 500)]
    return np.concatenate([net(nd.array(part, ctx=options.ctx)).argmax(axis=1).asnumpy() for part in parts])


def test_accuracy(net, test, options) -> float:
    images, labels = test
    return float((predict(net, images, options) == labels).mean())


def save(out: Path, net, trainer, history: list[dict[str, float]]) -> None:
    net.export(str(out / "lenet"), epoch=len(history))
    trainer.save_states(str(out / f"lenet-{len(history):04d}.states"))
    # last, and in one step: it says which checkpoint is whole
    part = out / "history.json.part"
    part.write_text(json.dumps(history, indent=1) + "\n")
    os.replace(part, out / "history.json")


def resume(options, net, trainer, test) -> list[dict[str, float]]:
    """Load the last checkpoint; returns what was measured up to it."""
    kept = options.output / "history.json"
    if not kept.exists():
        raise SystemExit(f"--resume: there is no {kept}, so nothing to go on from; leave --resume out to begin anew")
    history = json.loads(kept.read_text())
    checkpoint = options.output / f"lenet-{len(history):04d}"
    net.load_parameters(f"{checkpoint}.params", ctx=options.ctx)
    trainer.load_states(f"{checkpoint}.states")
    net(nd.array(test[0][:1], ctx=options.ctx))  # the graph is traced at the first call
    return history


def draw_curves(history: list[dict[str, float]], path: Path) -> None:
    plt = pyplot()
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    epochs = range(1, len(history) + 1)
    left.plot(epochs, [h["loss"] for h in history], marker="o", color="tab:blue")
    left.set(title="Training loss", xlabel="epoch", ylabel="cross-entropy", yscale="log")
    for name, colour in (("train accuracy", "tab:blue"), ("test accuracy", "tab:orange")):
        values = [100 * h[name] for h in history]
        right.plot(epochs, values, marker="o", color=colour, label=f"{name.split()[0]} (last {values[-1]:.2f}%)")
    right.set(title="Accuracy", xlabel="epoch", ylabel="% right")
    right.legend(loc="lower right")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def draw_predictions(net, test, options, path: Path) -> None:
    """40 test digits: the first wrong ones, at most 10 of them, then as they come."""
    plt = pyplot()
    images, labels = test
    guesses = predict(net, images, options)
    wrong = np.flatnonzero(guesses != labels)[:10]
    right = np.flatnonzero(guesses == labels)[: 40 - len(wrong)]
    figure, axes = plt.subplots(4, 10, figsize=(10, 5), layout="constrained")
    for axis, k in zip(axes.flat, [*wrong, *right], strict=False):
        axis.imshow(images[k, 0], cmap="gray_r")
        axis.set(xticks=[], yticks=[])
        ok = guesses[k] == labels[k]
        axis.set_title(
            f"{guesses[k]:.0f}" if ok else f"{guesses[k]:.0f}, is {labels[k]:.0f}",
            color="black" if ok else "tab:red",
            fontsize=10,
        )
        if not ok:
            plt.setp(axis.spines.values(), color="tab:red", linewidth=2)
    mistakes = (guesses != labels).mean()
    figure.suptitle(f"Test digits as the network reads them; wrong ones in red (in all {mistakes:.2%} are wrong)")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def pyplot():
    import matplotlib

    matplotlib.use("Agg")  # pictures go to files; there may be no screen
    from matplotlib import pyplot

    return pyplot


if __name__ == "__main__":
    main()
