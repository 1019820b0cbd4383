"""What a sample call of an operator is. Read by the recorder too, under 1.9.1 and its Python 3.8."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple  # noqa: UP035  as above

import numpy as np

NAN, INF = float("nan"), float("inf")


@dataclass
class Sample:
    """A call that works: its outputs and gradients are compared with those that 1.9.1 gave.

    ``wrt`` are the inputs (by position) whose gradients are compared; None stands for every float32 and float64 input.
    ``numeric`` are those that finite differences check: a gradient that MXNet defines otherwise (output layers), ties
    and steps are left out here. None stands for all of ``wrt`` but those of whole numbers (indices, lengths, labels).
    ``heads`` are the outputs that gradients start from; None stands for all of floating point.
    ``second`` compares the gradient of the gradient too. ``changes`` are inputs that the call writes (states), ``into``
    those of them that it is given as ``out`` (weights).
    ``rtol`` and ``why`` go together: where we differ from 1.9.1 on purpose, or it computes less exactly.
    ``here`` marks what 1.9.1 answers wrongly or crashes on: not recorded, checked by a test of its own.
    ``shape_only`` compares shapes and dtypes alone (random draws).
    ``symbol=False``: the shapes of the outputs depend on values, so no symbol can tell them.
    ``half=False``: float16 and bfloat16 give something else than float32 (bits, steps, overflow), or are refused.
    An input without elements or axes makes the call one under NumPy shapes.
    """

    op: str
    inputs: List[np.ndarray]  # noqa: UP006
    attrs: Dict[str, Any] = field(default_factory=dict)  # noqa: UP006
    wrt: Optional[Tuple[int, ...]] = None  # noqa: UP006, UP045
    numeric: Optional[Tuple[int, ...]] = None  # noqa: UP006, UP045
    heads: Optional[Tuple[int, ...]] = None  # noqa: UP006, UP045
    second: bool = False
    changes: Tuple[int, ...] = ()  # noqa: UP006
    into: Tuple[int, ...] = ()  # noqa: UP006
    train: bool = True
    rtol: Optional[float] = None  # noqa: UP045
    why: str = ""
    here: bool = False
    shape_only: bool = False
    symbol: bool = True
    half: bool = True


@dataclass
class Bad:
    """A call that is wrong: the class of the error, and what its message must say of the call."""

    op: str
    inputs: List[np.ndarray]  # noqa: UP006
    attrs: Dict[str, Any]  # noqa: UP006
    error: str = "MXNetError"
    match: str = ""


def normal(*shape: int, seed: int = 0, dtype: str = "float32") -> np.ndarray:
    """Numbers about zero, the same each time."""
    return np.random.RandomState(seed + sum(shape)).randn(*shape).astype(dtype)


def apart(*shape: int, dtype: str = "float32") -> np.ndarray:
    """Distinct numbers, a whole apart, none zero, exact in float16: no finite difference steps over another."""
    size = int(np.prod(shape))
    return (np.random.RandomState(size).permutation(size) - size // 2 + 0.25).astype(dtype).reshape(shape)


def positive(*shape: int, seed: int = 0, dtype: str = "float32") -> np.ndarray:
    """Numbers in [0.5, 1.5)."""
    return np.random.RandomState(seed + sum(shape)).uniform(0.5, 1.5, shape).astype(dtype)


def whole(values: Any, dtype: str = "int32") -> np.ndarray:
    """``values`` as an array."""
    return np.array(values, dtype=dtype)


def numbers(values: Any, dtype: str = "float32") -> np.ndarray:
    """``values`` as an array of floating point."""
    return np.array(values, dtype=dtype)


def integers(*shape: int, low: int = -9, high: int = 9, dtype: str = "int32") -> np.ndarray:
    """Whole numbers from ``low`` up to ``high``, without it."""
    return np.random.RandomState(7).randint(low, high, shape).astype(dtype)


def ones(*shape: int, dtype: str = "float32") -> np.ndarray:
    return np.ones(shape, dtype)
