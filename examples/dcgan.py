#!/usr/bin/env python3
"""A convolutional generative adversarial network (A. Radford et al., 2015) that learns to write digits.

    python examples/dcgan.py                              # learns from the 10,000 digits that come with the project
    python examples/dcgan.py --data FOLDER --epochs 25    # all of MNIST's, or FashionMNIST

The generator makes images from noise by transposed convolutions, and the discriminator tells them from real ones; both
use batch normalization, and Adam with little momentum. After each epoch a grid of digits is drawn from the same noise.

Measured: 12 epochs take 2.2 minutes of one core. The network of ``resnet_cifar.py`` then recognises 61% of 1,000
forgeries as a digit with a probability above 0.9; all ten digits occur, the rarest 55 and the commonest 162 times.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import _common
import numpy as np
from tqdm import tqdm

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

LATENT = 64


def generator(width: int) -> nn.HybridSequential:
    """Noise (n, LATENT, 1, 1) to images (n, 1, 28, 28) from -1 to 1."""
    net = nn.HybridSequential(prefix="generator_")
    with net.name_scope():
        for channels, size, stride, padding in ((4 * width, 7, 1, 0), (2 * width, 4, 2, 1)):
            net.add(
                nn.Conv2DTranspose(channels, size, stride, padding, use_bias=False),
                nn.BatchNorm(),
                nn.Activation("relu"),
            )
        net.add(nn.Conv2DTranspose(1, 4, 2, 1, activation="tanh"))
    return net


def discriminator(width: int) -> nn.HybridSequential:
    """Images to scores (n, 1), high for real ones."""
    net = nn.HybridSequential(prefix="discriminator_")
    with net.name_scope():
        net.add(
            nn.Conv2D(width, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2D(2 * width, 4, 2, 1, use_bias=False),
            nn.BatchNorm(),
            nn.LeakyReLU(0.2),
            nn.Dense(1),
        )
    return net


def noise(count: int, ctx: mx.Context) -> nd.NDArray:
    return nd.random.normal(shape=(count, LATENT, 1, 1), ctx=ctx)


def main(argv: list[str] | None = None) -> list[dict[str, float]]:
    """Train; returns for each epoch both losses, and how far the mean of the forgeries is from the mean digit."""
    parser = _common.image_parser(__doc__, "dcgan", epochs=12, batch_size=50, learning_rate=5e-4)
    parser.add_argument("--data", type=Path, default=_common.DATA / "mnist", help="folder with MNIST's four files")
    parser.add_argument("--width", type=_common.positive, default=32, help="channels of the narrowest convolution")
    options = _common.parse(parser, argv)
    images, labels = _common.digits(train=True, folder=options.data, limit=options.limit)
    images = images * 2 - 1  # the range of tanh
    batches, _ = _common.loaders((images, labels), (images, labels), options.batch_size)

    nets = generator(options.width), discriminator(options.width)
    trainers = []
    for net in nets:
        net.initialize(mx.init.Normal(0.02), ctx=options.ctx)
        net.hybridize()
        adam = {"learning_rate": options.learning_rate, "beta1": 0.5}
        trainers.append(gluon.Trainer(net.collect_params(), "adam", adam))

    always = noise(256, options.ctx)
    history: list[dict[str, float]] = []
    began = time.perf_counter()
    for epoch in range(1, options.epochs + 1):
        bar = tqdm(batches, desc=f"epoch {epoch}/{options.epochs}", unit="batch", file=sys.stderr)
        critic, forger = train_epoch(*nets, *trainers, bar, options.ctx)
        made = nets[0](always).asnumpy()
        off = float(np.abs(made.mean(axis=0) - images.mean(axis=0)).mean() / 2)
        seconds = time.perf_counter() - began
        history.append({"critic": critic, "forger": forger, "mean digit off by": off, "seconds": seconds})
        draw(made[:64], options.output / f"digits-{epoch:02d}.png")
    nets[0].export(str(options.output / "generator"))
    (options.output / "history.json").write_text(json.dumps(history, indent=1) + "\n")
    _common.draw_curves(history, options.output / "curves.png")
    print(f"{options.output / f'digits-{options.epochs:02d}.png'} shows what it writes after {seconds:.0f} s")
    return history


def train_epoch(
    generate: gluon.Block,
    judge: gluon.Block,
    forger: gluon.Trainer,
    critic: gluon.Trainer,
    batches: Iterable[tuple[nd.NDArray, nd.NDArray]],
    ctx: mx.Context,
) -> tuple[float, float]:
    """One step of each trainer for every batch; returns the mean losses of both."""
    error_of = gluon.loss.SigmoidBinaryCrossEntropyLoss()
    losses = mx.metric.Loss("critic"), mx.metric.Loss("forger")
    for data, _ in batches:
        size = len(data)
        real, forged = nd.ones(size, ctx=ctx), nd.zeros(size, ctx=ctx)
        with autograd.record():
            forgery = generate(noise(size, ctx))
            # detached: this step is the critic's, and does not reach the generator
            suspicion = error_of(judge(data.as_in_context(ctx)), real) + error_of(judge(forgery.detach()), forged)
        suspicion.backward()
        critic.step(size)
        with autograd.record():
            deceit = error_of(judge(forgery), real)
        deceit.backward()
        forger.step(size)
        for metric, loss in zip(losses, (suspicion, deceit), strict=True):
            metric.update(None, [loss])
    return losses[0].get()[1], losses[1].get()[1]


def draw(images: np.ndarray, path: Path) -> None:
    """A picture of the images (n, 1, h, w), in rows of 8."""
    rows, (height, width) = len(images) // 8, images.shape[2:]
    grid = images.reshape(rows, 8, height, width).transpose(0, 2, 1, 3).reshape(rows * height, 8 * width)
    _common.pyplot().imsave(path, np.kron(grid, np.ones((2, 2))), cmap="gray_r", vmin=-1, vmax=1)


if __name__ == "__main__":
    main()
