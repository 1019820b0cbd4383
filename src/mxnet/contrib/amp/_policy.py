"""How each operator's inputs are to be cast, according to the lists, by the registry's own names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from mxnet import _ops
from mxnet._base.errors import ArgumentError
from mxnet._ops import Op
from mxnet._runtime.dtypes import bfloat16

from .lists import symbol_bf16, symbol_fp16

LOW, FLOAT32, WIDEST, AS_GIVEN = "low", "float32", "widest", "as given"

_CASTS = ("amp_cast", "amp_multicast", "_copyto")

Conditions = Sequence[tuple[str, str, Sequence[str]]]


class RefusedError(ArgumentError, AssertionError):
    """Arguments that contradict each other; an ``AssertionError``, as in 1.9.1."""


class Lists(NamedTuple):
    """The lists of one type."""

    low: Sequence[str]
    both: Sequence[str]
    float32: Sequence[str]
    conditional: Conditions
    widest: Sequence[str]
    losses: Sequence[str]
    float32_params: Mapping[str, Sequence[str]] | None


LISTS = {
    "float16": Lists(
        symbol_fp16.FP16_FUNCS,
        symbol_fp16.FP16_FP32_FUNCS,
        symbol_fp16.FP32_FUNCS,
        symbol_fp16.CONDITIONAL_FP32_FUNCS,
        symbol_fp16.WIDEST_TYPE_CASTS,
        symbol_fp16.LOSS_OUTPUT_FUNCTIONS,
        None,
    ),
    "bfloat16": Lists(
        symbol_bf16.BF16_FUNCS,
        symbol_bf16.BF16_FP32_FUNCS,
        symbol_bf16.FP32_FUNCS,
        symbol_bf16.CONDITIONAL_FP32_FUNCS,
        symbol_bf16.WIDEST_TYPE_CASTS,
        symbol_bf16.LOSS_OUTPUT_FUNCTIONS,
        symbol_bf16.BF16_USE_FP32_PARAMS,
    ),
}


def narrow_type(dtype: Any) -> str | None:
    """``float16`` or ``bfloat16`` for anything that means one of them, else None."""
    if isinstance(dtype, str) and dtype in LISTS:
        return dtype
    if dtype is bfloat16 or (isinstance(dtype, np.dtype) and dtype == bfloat16):
        return "bfloat16"
    if isinstance(dtype, (type, np.dtype)) and np.dtype(dtype) == np.float16:
        return "float16"
    return None


class Policy:
    """The types that each operator requires of its inputs.

    Args:
        target: ``float16`` or ``bfloat16``.
        low: operators to run in it; None for the list.
        float32: operators to run in float32; None for the list.
        conditional: operators to run in float32 for values of an attribute; None for the list.
    """

    def __init__(
        self,
        target: str,
        low: Iterable[str] | None = None,
        float32: Iterable[str] | None = None,
        conditional: Conditions | None = None,
    ) -> None:
        lists = LISTS[target]
        self.target = target
        self.losses = frozenset(_known(lists.losses))
        self._conditional: dict[str, list[tuple[str, Collection[str]]]] = {}
        for name, attribute, values in lists.conditional if conditional is None else conditional:
            for known in _known([name]):
                self._conditional.setdefault(known, []).append((attribute, frozenset(map(str, values))))
        self._wants: dict[str, str] = {}
        # operators that somebody removes from a list run in the types of their inputs
        for names, want in (
            ([name for name, *_ in (*lists.conditional, *(conditional or ()))], AS_GIVEN),
            (lists.low, AS_GIVEN),
            (lists.float32, AS_GIVEN),
            (lists.both, AS_GIVEN),
            (lists.widest, WIDEST),
            (lists.float32 if float32 is None else float32, FLOAT32),
            (lists.low if low is None else low, LOW),
        ):
            self._wants.update(dict.fromkeys(_known(names), want))
        self._stay = {n: frozenset(v) for n, v in (lists.float32_params or {}).items()}

    def wants(self, op: Op, attrs: Mapping[str, Any], unlisted: str = FLOAT32) -> str:
        """One of the four; ``unlisted`` for operators in no list. Control flow and updates are as given."""
        if op.name in _CASTS or op.schema.graphs or op.mutates:
            return AS_GIVEN
        if self.on_condition(op, attrs):
            return FLOAT32
        return self._wants.get(op.name, unlisted)

    def on_condition(self, op: Op, attrs: Mapping[str, Any]) -> bool:
        """Whether the operator runs in float32 because of the value of an attribute."""
        for attribute, values in self._conditional.get(op.name, ()):
            default = op.attrs[attribute].default if attribute in op.attrs else None
            if str(attrs.get(attribute, default)) in values:
                return True
        return False

    def stays(self, op: Op, slot: int) -> bool:
        """Whether input ``slot`` is never cast: states, and parameters of some operators."""
        if op.variadic is not None or slot >= len(op.inputs):
            return False
        name = op.inputs[slot]
        return name in op.aux or name in self._stay.get(op.name, ()) or (op.name == "BatchNorm" and slot > 0)


def _known(names: Iterable[str]) -> list[str]:
    """The registry's names of the operators that it has."""
    return [op.name for name in names if (op := _ops.find(name)) is not None]
