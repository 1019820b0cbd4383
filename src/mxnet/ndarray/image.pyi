"""Written by tools/make_stubs.py from the operator registry."""

from collections.abc import Sequence
from typing import Any, Literal

from mxnet.ndarray.ndarray import NDArray

def normalize(data: NDArray | None = None, mean: tuple = ..., std: tuple = ..., out: NDArray | Sequence[NDArray] | None = None, name: str | None = None, **kwargs: Any) -> NDArray: ...
def to_tensor(data: NDArray | None = None, out: NDArray | Sequence[NDArray] | None = None, name: str | None = None, **kwargs: Any) -> NDArray: ...
