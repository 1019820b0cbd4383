"""Hyperparameters: attributes of optimizers that hold numbers, whatever kind of number they were given as."""

from __future__ import annotations

from typing import Any

import numpy as np

from mxnet._base.errors import CallError, MXNetError


def number(parameter: str | None = None, *, optional: bool = False) -> Any:
    """A class attribute that makes numbers of what instances get for it.

    Args:
        parameter: what errors call it, if not by the attribute's name.
        optional: whether None, or empty text, is allowed, and stands for None.
    """
    return _Number(parameter, optional)


class _Number:
    """Text that is a number, and an array of one number, become that number.

    There is no ``__get__``, so that Python reads what is in the dict of the instance, as fast as any attribute.
    """

    def __init__(self, parameter: str | None, optional: bool) -> None:
        self._parameter = parameter
        self._optional = optional

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self._parameter = self._parameter or name

    def __set__(self, owner: Any, value: Any) -> None:
        if type(value) is not float:
            value = self._converted(owner, value)
        owner.__dict__[self._name] = value

    def _converted(self, owner: Any, value: Any) -> Any:
        if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
            return value
        if self._optional and (value is None or isinstance(value, str) and not value):
            return None
        ours = owner._steps_by_rule()
        if not (ours or isinstance(value, str)):
            return value  # an update() defined elsewhere can work with anything
        try:
            return float(value.item() if isinstance(value, np.ndarray) else value)
        except (TypeError, ValueError, MXNetError):
            if ours:
                name = type(owner).__name__
                raise CallError(f"{name}: {self._parameter} must be a number, got {value!r}") from None
            return value
