#!/usr/bin/env python3
"""The residual network of K. He et al. (2015, section 4.2) for small images, with a user-defined block.

    python examples/resnet_cifar.py                              # the 10,000 digits that come with the project
    python examples/resnet_cifar.py --data ~/cifar10 --ctx gpu   # CIFAR-10, downloaded to the folder if it is not there
    python examples/resnet_cifar.py --data FOLDER                # MNIST's files, or FashionMNIST's

A convolution, three stages of residual blocks on sizes 32, 16 and 8 with 16, 32 and 64 channels, and one dense layer:
ResNet-20 with three blocks a stage, ResNet-56 with nine. Images are shifted at random, photographs mirrored too.

Measured: 98.99% of the 10,000 test digits right after the 5 epochs, which take 2.7 minutes of one core.
"""

from __future__ import annotations

from pathlib import Path

import _common
import numpy as np

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn
from mxnet.gluon.data import DataLoader
from mxnet.gluon.data.vision import CIFAR10, IDXDataset, transforms


class Residual(nn.HybridBlock):
    """Two convolutions, and a shortcut around them that is a convolution of 1 x 1 where size and channels change."""

    def __init__(self, channels: int, stride: int = 1, **kwargs) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.body = nn.HybridSequential(prefix="")
            self.body.add(
                nn.Conv2D(channels, kernel_size=3, strides=stride, padding=1, use_bias=False),
                nn.BatchNorm(),
                nn.Activation("relu"),
                nn.Conv2D(channels, kernel_size=3, padding=1, use_bias=False),
                nn.BatchNorm(),
            )
            self.shortcut = nn.Conv2D(channels, kernel_size=1, strides=stride, use_bias=False) if stride > 1 else None

    def hybrid_forward(self, F, x):
        return F.relu(self.body(x) + (self.shortcut(x) if self.shortcut else x))


def resnet(blocks: int = 3, width: int = 16, classes: int = 10) -> nn.HybridSequential:
    """The network of ``6 * blocks + 2`` layers; images (n, c, h, w) to scores (n, classes)."""
    net = nn.HybridSequential(prefix="resnet_")
    with net.name_scope():
        net.add(nn.Conv2D(width, kernel_size=3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
        for stage in range(3):
            for block in range(blocks):
                net.add(Residual(width * 2**stage, stride=2 if stage and not block else 1))
        net.add(nn.GlobalAvgPool2D(), nn.Dense(classes))
    return net


def images(folder: Path | None, train: bool) -> gluon.data.Dataset:
    """Pairs of an image (h, w, c) uint8 and a label, of the files that are in the folder."""
    folder = folder or _common.DATA / "mnist"
    for kind in ("train", "train10k") if train else ("t10k",):
        if any(folder.glob(f"{kind}-images-idx3-ubyte*")):
            return IDXDataset(folder, kind)
    return CIFAR10(folder, train=train)


def shifted(image: nd.NDArray) -> nd.NDArray:
    """The image moved by up to an eighth of its size in each direction; what comes in is black."""
    height, width, _ = image.shape
    m = height // 8
    top, left = np.random.randint(2 * m + 1, size=2)
    wide = np.pad(image.asnumpy(), ((m, m), (m, m), (0, 0)))
    return nd.array(wide[top : top + height, left : left + width], dtype="uint8")


def main(argv: list[str] | None = None) -> list[dict[str, float]]:
    """Train; returns the history."""
    parser = _common.image_parser(__doc__, "resnet", epochs=5, batch_size=50, learning_rate=0.1)
    parser.add_argument("--data", type=Path, help="folder with CIFAR-10's or MNIST's files")
    parser.add_argument("--blocks", type=_common.positive, default=3, help="residual blocks in each stage")
    parser.add_argument("--width", type=_common.positive, default=16, help="channels of the first stage")
    parser.add_argument("--workers", type=int, default=0, help="processes that prepare images")
    options = _common.parse(parser, argv)

    train, test = (images(options.data, train).take(options.limit) for train in (True, False))
    normal = [transforms.ToTensor(), transforms.Normalize(0.4, 0.25)]
    varied = [shifted]
    if train[0][0].shape[2] == 3:
        varied.append(transforms.RandomFlipLeftRight())
    batches = DataLoader(
        train.transform_first(transforms.Compose([*varied, *normal])),
        options.batch_size,
        shuffle=True,
        last_batch="discard",
        num_workers=options.workers,
    )
    tests = DataLoader(test.transform_first(transforms.Compose(normal)), 500, num_workers=options.workers)

    net = resnet(options.blocks, options.width)
    net.initialize(mx.init.MSRAPrelu(), ctx=options.ctx)
    net.hybridize(static_alloc=True, static_shape=True)
    updates = options.epochs * len(batches)
    schedule = mx.lr_scheduler.CosineScheduler(updates, options.learning_rate, warmup_steps=updates // 20)
    optimizer = mx.optimizer.NAG(learning_rate=options.learning_rate, momentum=0.9, wd=1e-4, lr_scheduler=schedule)
    history = _common.fit(net, gluon.Trainer(net.collect_params(), optimizer), batches, tests, options)
    _common.save(net, history, options)
    return history


if __name__ == "__main__":
    main()
