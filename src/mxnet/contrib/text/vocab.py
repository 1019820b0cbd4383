"""Vocabularies: tokens and their numbers."""

from __future__ import annotations

import collections
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, DTypeError
from mxnet._base.lazy import attach

from ._errors import RefusedError

__getattr__ = attach(__name__, {"C": "mxnet.contrib.text._constants"})

__all__ = ["UNKNOWN_IDX", "Vocabulary"]

UNKNOWN_IDX = 0
"""The number of whatever is not in a vocabulary."""


class Vocabulary:
    """Numbers for tokens: 0 for the unknown, then reserved ones, then those of a counter, most frequent first.

    Args:
        counter: how often each token is in a text.
        most_freq_count: the largest number of its tokens to take; None, or a negative number, for all.
        min_freq: how often a token must occur.
        unknown_token: stands for all tokens that are not in the vocabulary.
        reserved_tokens: tokens that are always included, such as one for padding.

    Tokens are hashable; equally frequent ones are in sorted order.

    Raises:
        RefusedError: ``counter`` is not a counter, ``min_freq`` is not positive, or ``reserved_tokens`` has duplicates
            or the unknown token.
        DTypeError: the tokens cannot be sorted, because they are of different types.

    >>> words = Vocabulary(collections.Counter(["b", "a", "b"]), reserved_tokens=["<pad>"])
    >>> words.idx_to_token
    ['<unk>', '<pad>', 'b', 'a']
    >>> words.to_indices(["a", "c"])
    [3, 0]
    """

    def __init__(
        self,
        counter: collections.Counter[Any] | None = None,
        most_freq_count: int | None = None,
        min_freq: int = 1,
        unknown_token: Hashable = "<unk>",
        reserved_tokens: Sequence[Any] | None = None,
    ) -> None:
        if min_freq <= 0:
            raise RefusedError(f"`min_freq` must be set to a positive value, got {min_freq}")
        if reserved_tokens is not None:
            if unknown_token in reserved_tokens:
                raise RefusedError(f"`reserved_tokens` cannot contain `unknown_token`, which is {unknown_token!r}")
            if len(set(reserved_tokens)) != len(reserved_tokens):
                raise RefusedError(f"`reserved_tokens` cannot contain duplicates, got {list(reserved_tokens)}")
        self._index_unknown_and_reserved_tokens(unknown_token, reserved_tokens)
        if counter is not None:
            self._index_counter_keys(counter, most_freq_count, min_freq)

    def _index_unknown_and_reserved_tokens(
        self, unknown_token: Hashable, reserved_tokens: Sequence[Any] | None
    ) -> None:
        self._unknown_token = unknown_token
        self._idx_to_token: list[Any] = [unknown_token, *(reserved_tokens or ())]
        self._reserved_tokens = None if reserved_tokens is None else list(reserved_tokens)
        self._token_to_idx: dict[Any, int] = {token: i for i, token in enumerate(self._idx_to_token)}

    def _index_counter_keys(
        self, counter: collections.Counter[Any], most_freq_count: int | None, min_freq: int
    ) -> None:
        if not isinstance(counter, collections.Counter):
            raise RefusedError(f"`counter` must be an instance of collections.Counter, got {type(counter).__name__}")
        try:
            ordered = sorted(counter.items(), key=lambda item: item[0])
        except TypeError as error:
            raise DTypeError(
                f"Vocabulary: tokens of a counter must be of one type that has an order: {error}"
            ) from None
        ordered.sort(key=lambda item: item[1], reverse=True)
        room = len(counter) if most_freq_count is None or most_freq_count < 0 else most_freq_count
        for token, frequency in ordered:
            if frequency < min_freq or room <= 0:
                break
            if token not in self._token_to_idx:
                self._append(token)
                room -= 1

    def _append(self, token: Any) -> None:
        self._token_to_idx[token] = len(self._idx_to_token)
        self._idx_to_token.append(token)

    def __len__(self) -> int:
        return len(self._idx_to_token)

    @property
    def token_to_idx(self) -> dict[Any, int]:
        """The number of each token."""
        return self._token_to_idx

    @property
    def idx_to_token(self) -> list[Any]:
        """The tokens by number."""
        return self._idx_to_token

    @property
    def unknown_token(self) -> Any:
        """What stands for tokens that are not in the vocabulary."""
        return self._unknown_token

    @property
    def reserved_tokens(self) -> list[Any] | None:
        """Tokens that are in the vocabulary whatever the counter says; None if there are none."""
        return self._reserved_tokens

    def to_indices(self, tokens: Any) -> Any:
        """The number of a token, or for a list a list of numbers; 0 for unknown tokens."""
        if isinstance(tokens, list):
            return [self._token_to_idx.get(t, UNKNOWN_IDX) for t in tokens]
        return self._token_to_idx.get(tokens, UNKNOWN_IDX)

    def to_tokens(self, indices: Any) -> Any:
        """The token of a number, or for a list a list of tokens.

        Raises:
            ArgumentError: there is no such number.
        """
        found = []
        for i in indices if isinstance(indices, list) else [indices]:
            if not isinstance(i, (int, np.integer)) or i >= len(self._idx_to_token):
                raise ArgumentError(
                    f"Token index {i!r} in the provided `indices` is invalid, expected a whole number up to "
                    f"{len(self._idx_to_token) - 1}"
                )
            found.append(self._idx_to_token[i])
        return found if isinstance(indices, list) else found[0]
