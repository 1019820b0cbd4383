"""Lists of names in messages: of hundreds of parameters a few are enough."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def few(items: Iterable[object], wanted: str | None = None, limit: int = 8) -> str:
    """``items`` for a message: all of a few; of many those that resemble ``wanted``, or else the first.

    >>> few("abc"), few(range(100), limit=3)
    ('a, b, c', '0, 1, 2 and 97 more')
    >>> few([f"layer{i}_weight" for i in range(100)], "layer42_wieght", 1)
    'layer42_weight and 99 more'
    """
    texts = [str(item) for item in items]
    if len(texts) <= limit:
        return ", ".join(texts)
    shown = (difflib.get_close_matches(wanted, texts, limit, 0.5) if wanted else []) or texts[:limit]
    return f"{', '.join(shown)} and {len(texts) - len(shown)} more"
