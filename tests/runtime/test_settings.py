"""Environment variables: what can not be read names the variable, its text and what is allowed."""

from __future__ import annotations

import re

import pytest

from mxnet._base import settings
from mxnet._base.errors import ArgumentError


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("MXNET_OPTIMIZER_AGGREGATION_SIZE", "abc", "a whole number"),
        ("MXNET_OPTIMIZER_AGGREGATION_SIZE", "1.5", "a whole number"),
        ("MXNET_ENFORCE_DETERMINISM", "perhaps", "one of 0, 1, true, false"),
        ("MXNET_ENGINE_TYPE", "Steam", "one of NaiveEngine, ThreadedEngine, ThreadedEnginePerDevice"),
    ],
)
def test_text_that_can_not_be_read_is_an_error_that_tells_what_is_allowed(
    name: str, text: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ArgumentError, match=re.escape(f"{name} is {text!r}; expected {expected}") + "$"):
        settings.get(name)


def test_numbers_are_read_and_may_stand_between_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXNET_OPTIMIZER_AGGREGATION_SIZE", " 12 ")
    assert settings.get("MXNET_OPTIMIZER_AGGREGATION_SIZE") == 12
