"""How large the networks of ``gluon`` and their data are, for all who run them."""

from __future__ import annotations

import random
from typing import NamedTuple, Tuple


class Images(NamedTuple):
    batch: int
    image: Tuple[int, ...]
    classes: int


class Words(NamedTuple):
    batch: int
    steps: int
    words: int
    units: int
    layers: int
    dropout: float
    heads: int = 1
    inner: int = 0


class Trees(NamedTuple):
    batch: int
    leaves: int
    words: int
    units: int
    classes: int


IMAGES = {
    "MLP": Images(100, (784,), 10),
    "LeNet": Images(64, (1, 28, 28), 10),
    "ResNet-18": Images(16, (3, 64, 64), 100),
    "MobileNet v2 0.5": Images(16, (3, 64, 64), 100),
}
LANGUAGE = Words(batch=20, steps=35, words=10000, units=200, layers=2, dropout=0.2)
CODER = Words(batch=16, steps=64, words=1000, units=256, layers=2, dropout=0.1, heads=4, inner=1024)
TREES = Trees(batch=8, leaves=12, words=1000, units=128, classes=5)


def trees():
    """Binary trees grown at random: each node is (position of its word, children), with the words of the tree."""
    chance = random.Random(7)
    grown = []
    for _ in range(TREES.batch):
        parts = [(at, ()) for at in range(TREES.leaves)]
        for inner in range(TREES.leaves, 2 * TREES.leaves - 1):
            at = chance.randrange(len(parts) - 1)
            parts[at : at + 2] = [(inner, (parts[at], parts[at + 1]))]
        grown.append((parts[0], [chance.randrange(TREES.words) for _ in range(2 * TREES.leaves - 1)]))
    return grown
