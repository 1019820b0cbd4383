"""What the examples on images share: their options, the digits, a training loop, and curves."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

import mxnet as mx
from mxnet import autograd, gluon
from mxnet.gluon.data import ArrayDataset, DataLoader
from mxnet.gluon.data.vision import IDXDataset

DATA = Path(__file__).resolve().parent / "data"


def parser(
    doc: str | None, name: str, *, epochs: int, batch_size: int, learning_rate: float
) -> argparse.ArgumentParser:
    """A command line with the options that all examples have."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--ctx", type=device, default=mx.cpu(), help="cpu, gpu, or the second GPU as gpu(1)")
    made.add_argument("--epochs", type=positive, default=epochs)
    made.add_argument("--batch-size", type=positive, default=batch_size)
    made.add_argument("--learning-rate", type=float, default=learning_rate)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--output", type=Path, default=Path("out") / name, help="folder of results and pictures")
    return made


def image_parser(doc: str | None, name: str, **defaults: Any) -> argparse.ArgumentParser:
    """The same, and how many images to use."""
    made = parser(doc, name, **defaults)
    made.add_argument("--limit", type=positive, help="train and test on so many images only")
    return made


def parse(made: argparse.ArgumentParser, argv: list[str] | None) -> argparse.Namespace:
    """The options, with the random numbers seeded and the output folder made."""
    options = made.parse_args(argv)
    mx.random.seed(options.seed)
    np.random.seed(options.seed)  # draws the order of samples
    options.output.mkdir(parents=True, exist_ok=True)
    return options


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected 1 or more")
    return int(text)


def device(text: str) -> mx.Context:
    kind, _, number = text.rstrip(")").partition("(")
    try:
        return mx.Context(kind, int(number or 0))
    except (KeyError, ValueError, mx.MXNetError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no device: expected cpu, gpu or gpu(1)") from error


def digits(*, train: bool, folder: Path = DATA / "mnist", limit: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 1, 28, 28) float32 from 0 to 1, and labels (n,) float32, of MNIST's files or files like them."""
    kinds = ("train", "train10k") if train else ("t10k",)
    for kind in kinds:
        if any((folder / f"{kind}-images-idx3-ubyte{packed}").exists() for packed in ("", ".gz")):
            images, labels = IDXDataset(folder, kind)[:limit]
            return images.asnumpy().transpose(0, 3, 1, 2).astype("float32") / 255, labels.astype("float32")
    raise SystemExit(f"{folder}: no {' or '.join(f'{k}-images-idx3-ubyte[.gz]' for k in kinds)} there")


def loaders(
    train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], batch_size: int
) -> tuple[DataLoader, DataLoader]:
    """Batches of the training samples, in another order each time, and of the test samples."""
    return (
        DataLoader(ArrayDataset(*train), batch_size, shuffle=True, last_batch="discard"),
        DataLoader(ArrayDataset(*test), 500),
    )


def fit(
    net: gluon.Block,
    trainer: gluon.Trainer,
    train: DataLoader,
    test: DataLoader,
    options: argparse.Namespace,
    *,
    epochs: int | None = None,
    train_mode: bool = True,
) -> list[dict[str, float]]:
    """Train a classifier; returns loss, accuracy on the test samples and seconds so far, for each epoch.

    Without ``train_mode`` layers like batch normalization do as for prediction, and keep their statistics.
    """
    error_of = gluon.loss.SoftmaxCrossEntropyLoss()
    error_of.hybridize()
    history: list[dict[str, float]] = []
    began = time.perf_counter()
    epochs = epochs or options.epochs
    for epoch in range(epochs):
        loss = mx.metric.Loss()
        with tqdm(train, desc=f"epoch {epoch + 1}/{epochs}", unit="batch", file=sys.stderr) as bar:
            for data, label in bar:
                data, label = data.as_in_context(options.ctx), label.as_in_context(options.ctx)
                with autograd.record(train_mode=train_mode):
                    error = error_of(net(data), label)
                error.backward()
                trainer.step(len(data))
                loss.update(None, [error])
            seen = {"loss": loss.get()[1], "test accuracy": accuracy(net, test, options.ctx)}
            bar.set_postfix_str(", ".join(f"{name} {value:.4f}" for name, value in seen.items()))
        history.append({**seen, "seconds": time.perf_counter() - began})
    return history


def accuracy(net: gluon.Block, samples: DataLoader, ctx: mx.Context) -> float:
    """The part of the samples for which the class with the highest score is the right one."""
    metric = mx.metric.Accuracy()
    for data, label in samples:
        metric.update([label.as_in_context(ctx)], [net(data.as_in_context(ctx))])
    return metric.get()[1]


def save(net: gluon.HybridBlock, history: list[dict[str, float]], options: argparse.Namespace) -> None:
    """The network as ``net-symbol.json`` and ``net-0000.params``, its history, and a picture of that."""
    net.export(str(options.output / "net"))
    (options.output / "history.json").write_text(json.dumps(history, indent=1) + "\n")
    draw_curves(history, options.output / "curves.png")
    last = history[-1]
    print(f"test accuracy {last['test accuracy']:.2%} after {last['seconds']:.0f} s; see {options.output}")


def draw_curves(history: list[dict[str, float]], path: Path) -> None:
    """One picture for each thing in the history but the time."""
    plt = pyplot()
    names = [name for name in history[0] if name != "seconds"]
    figure, panes = plt.subplots(1, len(names), figsize=(5 * len(names), 4), layout="constrained", squeeze=False)
    for pane, name in zip(panes.flat, names, strict=True):
        values = [seen[name] for seen in history]
        pane.plot(range(1, len(values) + 1), values, marker="o")
        pane.set(title=f"{name}: {values[-1]:.4f} at the end", xlabel="epoch")
        pane.grid(alpha=0.3)
        pane.xaxis.get_major_locator().set_params(integer=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")  # pictures go to files; there may be no screen
    from matplotlib import pyplot

    return pyplot
