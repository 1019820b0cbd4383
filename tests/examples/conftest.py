"""The examples import what they share as a program beside them does."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """An example by its name, as a module."""
    monkeypatch.syspath_prepend(EXAMPLES)
    return importlib.import_module
