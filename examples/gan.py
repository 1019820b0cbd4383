#!/usr/bin/env python3
"""A generative adversarial network that learns a Gaussian in the plane (Goodfellow et al., 2014).

Two networks with a Trainer each: the discriminator learns to tell real samples from forgeries, and the generator, which
makes forgeries from noise, learns to pass for real. The real samples are an affine map of noise, so one dense layer can
forge them; mean, covariance and a picture show at the end whether it does.

    python examples/gan.py
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from tqdm import trange

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

MAP = np.array([[1.0, 2.0], [-0.1, 0.5]], "float32")
CENTRE = np.array([1.0, 2.0], "float32")
REAL, FORGED = 1, 0


def main(argv: list[str] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Train; returns the mean (2,) and the covariance (2, 2) of the forgeries."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("out/gan"), help="folder of the picture")
    options = parser.parse_args(argv)
    mx.random.seed(options.seed)

    generator, discriminator = nn.Dense(2), nn.HybridSequential()
    discriminator.add(nn.Dense(5, activation="tanh"), nn.Dense(3, activation="tanh"), nn.Dense(2))
    for net in (generator, discriminator):
        net.initialize(mx.init.Normal(0.02))
        net.hybridize()
    forger = gluon.Trainer(generator.collect_params(), "adam", {"learning_rate": 0.005, "beta1": 0.5})
    critic = gluon.Trainer(discriminator.collect_params(), "adam", {"learning_rate": 0.02, "beta1": 0.5})
    error_of = gluon.loss.SoftmaxCrossEntropyLoss()

    size = options.batch_size
    real, forged = nd.full((size,), REAL), nd.full((size,), FORGED)
    bar = trange(options.steps, file=sys.stderr, desc="gan")
    for step in bar:
        with autograd.record():
            forgery = generator(noise(size))
            # detached: this step is the critic's, and does not reach the generator
            error = error_of(discriminator(samples(size)), real) + error_of(discriminator(forgery.detach()), forged)
        error.backward()
        critic.step(size)
        with autograd.record():
            deceit = error_of(discriminator(generator(noise(size))), real)
        deceit.backward()
        forger.step(size)
        if step % 100 == 0:
            bar.set_postfix(critic=f"{error.mean().asscalar():.3f}", forger=f"{deceit.mean().asscalar():.3f}")

    made, wanted = generator(noise(2000)).asnumpy(), samples(2000).asnumpy()
    with np.printoptions(precision=2, suppress=True):
        print(f"mean of the forgeries {made.mean(0)}, of the samples {CENTRE}")
        print(f"covariance {np.cov(made.T).ravel()}, of the samples {(MAP.T @ MAP).ravel()}")
    draw(wanted, made, options.output)
    return made.mean(0), np.cov(made.T)


def noise(count: int) -> nd.NDArray:
    return nd.random.normal(shape=(count, 2))


def samples(count: int) -> nd.NDArray:
    return nd.dot(noise(count), nd.array(MAP)) + nd.array(CENTRE)


def draw(wanted: np.ndarray, made: np.ndarray, folder: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")  # the picture goes to a file; there may be no screen
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    figure, axes = pyplot.subplots(figsize=(6, 6), layout="constrained")
    for points, name in ((wanted, "samples"), (made, "forgeries")):
        axes.scatter(*points[:500].T, s=8, alpha=0.6, label=name)
    axes.set(title="What the generator forges", aspect="equal")
    axes.legend()
    figure.savefig(folder / "forgeries.png", dpi=120)
    pyplot.close(figure)


if __name__ == "__main__":
    main()
