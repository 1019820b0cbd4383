"""What the examples about text have in common: files, batches, beam search, pictures."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from _common import pyplot

from mxnet import gluon, nd

DATA = Path(__file__).resolve().parent / "data" / "text"
Step = Callable[[nd.NDArray, Any], tuple[nd.NDArray, Any]]


def read(path: Path) -> str:
    """The text of a file, packed by gzip or not."""
    if not path.is_file():
        raise SystemExit(f"{path}: there is no such file; see --data")
    return (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8").read()


class Buckets(gluon.data.Sampler):
    """Batches of samples of like lengths, in another order each time."""

    def __init__(self, lengths: list[Any], batch_size: int) -> None:
        order = sorted(range(len(lengths)), key=lengths.__getitem__)
        self._batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]

    def __iter__(self) -> Iterator[list[int]]:
        return iter([self._batches[k] for k in np.random.permutation(len(self))])

    def __len__(self) -> int:
        return len(self._batches)


def beam_search(
    step: Step,
    reorder: Callable[[Any, nd.NDArray], Any],
    states: Any,
    first: np.ndarray,
    length: int,
    width: int = 1,
    end: int = -1,
    alpha: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Likely sequences: at every step the ``width`` likeliest of all continuations are kept. Width 1 is greedy.

    Args:
        step: of tokens (rows,) and states makes the log probabilities (rows, vocabulary) of what follows, and states.
        reorder: picks rows (rows,) of states.
        states: the states of N samples.
        first: (N,), the token each starts with.
        length: how long sequences get.
        width: how many are kept for each sample.
        end: the token that ends a sequence.
        alpha: at the end they are ranked by log probability / length ** alpha (arXiv:1609.08144 has a relative of it);
            the larger, the longer is what comes out.

    Returns:
        Tokens (N, width, up to ``length``), filled up with ``end``, and log probabilities (N, width); best first.
    """
    count = len(first)
    tokens = np.repeat(first, width)
    states = reorder(states, nd.array(np.repeat(np.arange(count), width)))
    found = np.empty((count, width, 0), int)
    score = np.full((count, width), -np.inf)
    score[:, 0] = 0  # all rows of a sample are the same as yet: one of them counts
    ended = np.zeros((count, width), bool)
    for _ in range(length):
        chances, states = step(nd.array(tokens), states)
        chances = chances.asnumpy().reshape((count, width, -1))
        # what has ended goes on with its end for free, so that it competes with what goes on
        chances[ended] = np.where(np.arange(chances.shape[-1]) == end, 0, -np.inf)
        total = (score[..., None] + chances).reshape((count, -1))
        best = np.argsort(-total, axis=1)[:, :width]
        parent, token = np.divmod(best, chances.shape[-1])
        score = np.take_along_axis(total, best, 1)
        found = np.concatenate([np.take_along_axis(found, parent[..., None], 1), token[..., None]], axis=2)
        ended = np.take_along_axis(ended, parent, 1) | (token == end)
        if ended.all():
            break
        tokens = token.ravel()
        states = reorder(states, nd.array((parent + width * np.arange(count)[:, None]).ravel()))
    size = np.maximum((found != end).sum(axis=2), 1)
    order = np.argsort(-score / size**alpha, axis=1)
    return np.take_along_axis(found, order[..., None], 1), np.take_along_axis(score, order, 1)


def draw_curves(path: Path, title: str, label: str, curves: dict[str, list[float]], **axes_options: Any) -> None:
    """A picture of what was measured after each epoch."""
    plt = pyplot()
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for name, values in curves.items():
        axes.plot(range(1, len(values) + 1), values, marker="o", label=f"{name} (last {values[-1]:.3g})")
    axes.set(title=title, xlabel="epoch", ylabel=label, **axes_options)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)
