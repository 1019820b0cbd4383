"""Written by tools/make_stubs.py from the operator registry."""

from collections.abc import Sequence
from typing import Any, Literal

from mxnet.symbol.symbol import Symbol

def normalize(data: Symbol | None = None, mean: tuple = ..., std: tuple = ..., out: Symbol | Sequence[Symbol] | None = None, name: str | None = None, **kwargs: Any) -> Symbol: ...
def to_tensor(data: Symbol | None = None, out: Symbol | Sequence[Symbol] | None = None, name: str | None = None, **kwargs: Any) -> Symbol: ...
