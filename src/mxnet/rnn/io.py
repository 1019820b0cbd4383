"""Sentences as batches: numbers for words, buckets for lengths."""

from __future__ import annotations

import bisect
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from mxnet import ndarray
from mxnet._base.errors import ArgumentError
from mxnet.io import DataBatch, DataDesc, DataIter

__all__ = ["BucketSentenceIter", "DataBatch", "DataDesc", "DataIter", "encode_sentences"]


class UnknownToken(ArgumentError, AssertionError):
    """A word that is not in the vocabulary. 1.9.1 checks this with ``assert``."""


def encode_sentences(
    sentences: Iterable[Sequence[Any]],
    vocab: Mapping[Any, int] | None = None,
    invalid_label: int = -1,
    invalid_key: Any = "\n",
    start_label: int = 0,
    unknown_token: Any = None,
) -> tuple[list[list[int]], dict[Any, int]]:
    """Numbers for words.

    Args:
        sentences: sequences of words.
        vocab: numbers by word; None to number the words as they come.
        invalid_label, invalid_key: number and word that stand for no word, in a vocabulary made here.
        start_label: the first number to assign.
        unknown_token: word that stands for those that are not in ``vocab``; it is added if it is missing there. It
            keeps its number, and gets none that is in use; in 1.9.1 each unknown word changes it.

    Returns:
        The sentences in numbers, and the vocabulary, changed in place if it was given.

    Raises:
        UnknownToken: a word is not in ``vocab`` and there is no ``unknown_token``.

    >>> encode_sentences([["a", "b"], ["b", "c"]])
    ([[0, 1], [1, 2]], {'\\n': -1, 'a': 0, 'b': 1, 'c': 2})
    """
    learning = vocab is None
    known: Any = {invalid_key: invalid_label} if vocab is None else vocab
    following = start_label
    if not learning and unknown_token is not None and unknown_token not in known:
        taken = {invalid_label, *known.values()}
        while following in taken:
            following += 1
    coded = []
    for sentence in sentences:
        row = []
        for word in sentence:
            if word not in known and not learning:
                if unknown_token is None:
                    raise UnknownToken(f"Unknown token {word}; give unknown_token=, or a vocab that has it")
                word = unknown_token
            if word not in known:
                if following == invalid_label:
                    following += 1
                known[word] = following
                following += 1
            row.append(known[word])
        coded.append(row)
    return coded, known


class BucketSentenceIter(DataIter):
    """Batches for language models: sentences of about equal length; the label of a word is the one after it.

    Args:
        sentences: lists of numbers, as for :func:`encode_sentences`.
        batch_size: sentences per batch. Sentences that do not fill a last batch of their bucket are left out.
        buckets: lengths to which sentences are padded; None for all lengths that fill a batch.
        invalid_label: the number to pad with.
        data_name, label_name: names of input and label.
        dtype: of the arrays. As in 1.9.1, descriptions in ``provide_data`` always say float32; executors convert.
        layout: NT for (batch, length), TN for (length, batch).

    ``reset`` shuffles, with Python's and NumPy's global generators. Sentences longer than the largest bucket are
    left out; how many, even if none, is printed to standard output.

    Raises:
        ArgumentError: ``layout`` has N neither first nor second, or no bucket is left.

    >>> batches = BucketSentenceIter([[1, 2, 3], [4, 5]], batch_size=2, buckets=[3], invalid_label=0)
    WARNING: discarded 0 sentences longer than the largest bucket.
    >>> batch = next(batches)
    >>> batch.bucket_key, sorted(batch.data[0].asnumpy().tolist())
    (3, [[1.0, 2.0, 3.0], [4.0, 5.0, 0.0]])
    """

    def __init__(
        self,
        sentences: Sequence[Sequence[int]],
        batch_size: int,
        buckets: Sequence[int] | None = None,
        invalid_label: int = -1,
        data_name: str = "data",
        label_name: str = "softmax_label",
        dtype: Any = "float32",
        layout: str = "NT",
    ) -> None:
        super().__init__(batch_size)
        self.major_axis = layout.find("N")
        if self.major_axis not in (0, 1):
            raise ArgumentError(f"Invalid layout {layout}: Must be NT (batch major) or TN (time major)")
        if not buckets:
            counts = np.bincount([len(s) for s in sentences]) if len(sentences) else []
            buckets = [length for length, count in enumerate(counts) if length and count >= batch_size]
        if not buckets:
            raise ArgumentError(
                f"BucketSentenceIter: none of the lengths of {len(sentences)} sentences comes {batch_size} times, a "
                "whole batch; give buckets= or a smaller batch_size"
            )
        self.buckets = sorted(buckets)
        self.default_bucket_key = max(buckets)
        self.data_name = data_name
        self.label_name = label_name
        self.dtype = dtype
        self.invalid_label = invalid_label
        self.layout = layout
        self.nddata: list[Any] = []
        self.ndlabel: list[Any] = []
        self.data = self._filled(sentences)
        shape = self._oriented((batch_size, self.default_bucket_key))
        self.provide_data = [DataDesc(data_name, shape, layout=layout)]
        self.provide_label = [DataDesc(label_name, shape, layout=layout)]
        self.idx = [
            (i, first) for i, rows in enumerate(self.data) for first in range(0, len(rows) - batch_size + 1, batch_size)
        ]
        self.reset()

    def _filled(self, sentences: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """The sentences of each bucket as rows."""
        rows: list[list[np.ndarray]] = [[] for _ in self.buckets]
        discarded = 0
        for sentence in sentences:
            at = bisect.bisect_left(self.buckets, len(sentence))
            if at == len(self.buckets):
                discarded += 1
                continue
            row = np.full((self.buckets[at],), self.invalid_label, dtype=self.dtype)
            row[: len(sentence)] = sentence
            rows[at].append(row)
        print(f"WARNING: discarded {discarded} sentences longer than the largest bucket.")  # always, as in 1.9.1
        return [np.asarray(r, dtype=self.dtype).reshape(len(r), b) for r, b in zip(rows, self.buckets, strict=True)]

    def _oriented(self, shape: tuple[int, int]) -> tuple[int, int]:
        return shape if self.major_axis == 0 else (shape[1], shape[0])

    def reset(self) -> None:
        """Begin anew, in another order."""
        self.curr_idx = 0
        random.shuffle(self.idx)
        for rows in self.data:
            np.random.shuffle(rows)
        self.nddata, self.ndlabel = [], []
        for rows in self.data:
            label = np.empty_like(rows)
            label[:, :-1] = rows[:, 1:]
            label[:, -1] = self.invalid_label
            self.nddata.append(ndarray.array(rows, dtype=self.dtype))
            self.ndlabel.append(ndarray.array(label, dtype=self.dtype))

    def next(self) -> DataBatch:
        if self.curr_idx == len(self.idx):
            raise StopIteration
        i, first = self.idx[self.curr_idx]
        self.curr_idx += 1
        data, label = (a[i][first : first + self.batch_size] for a in (self.nddata, self.ndlabel))
        if self.major_axis == 1:
            data, label = data.T, label.T
        return DataBatch(
            [data],
            [label],
            pad=0,
            bucket_key=self.buckets[i],
            provide_data=[DataDesc(self.data_name, data.shape, layout=self.layout)],
            provide_label=[DataDesc(self.label_name, label.shape, layout=self.layout)],
        )
