"""Counting words."""

from __future__ import annotations

import collections
import re

__all__ = ["count_tokens_from_str"]


def count_tokens_from_str(
    source_str: str,
    token_delim: str = " ",
    seq_delim: str = "\n",
    to_lower: bool = False,
    counter_to_update: collections.Counter[str] | None = None,
) -> collections.Counter[str]:
    """How often each token is in a text.

    Args:
        source_str: the text.
        token_delim, seq_delim: regular expressions for the delimiters of tokens, and of sequences of tokens.
        to_lower: count in lower case.
        counter_to_update: a counter to add to; a new one if None.

    >>> sorted(count_tokens_from_str("Life is great !\\nlife is good .", to_lower=True).items())[-3:]
    [('great', 1), ('is', 2), ('life', 2)]
    """
    found = [t for t in re.split(f"{token_delim}|{seq_delim}", source_str) if t]
    if to_lower:
        found = [t.lower() for t in found]
    counter: collections.Counter[str] = collections.Counter() if counter_to_update is None else counter_to_update
    counter.update(found)
    return counter
