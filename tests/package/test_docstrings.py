"""Public classes and functions of training show how they are used; that the examples run is pytest's own business."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

import pytest

MODULES = [
    "mxnet.autograd",
    "mxnet.callback",
    "mxnet.gluon.data",
    "mxnet.gluon.loss",
    "mxnet.gluon.nn",
    "mxnet.gluon.rnn",
    "mxnet.image",
    "mxnet.initializer",
    "mxnet.io",
    "mxnet.lr_scheduler",
    "mxnet.metric",
    "mxnet.model",
    "mxnet.module",
    "mxnet.optimizer",
    "mxnet.recordio",
]


def has_own_docstring(found: Any) -> bool:
    """Whether it is a class or function that was written as such: others are made by registries or are plain tuples."""
    if not (inspect.isclass(found) or inspect.isfunction(found)) or getattr(found, "__bases__", ()) == (tuple,):
        return False
    return "." not in found.__qualname__


def own_docstring(found: Any) -> str:
    """That of the class itself: ``__doc__`` would be inherited."""
    return found.__dict__.get("__doc__") or "" if inspect.isclass(found) else found.__doc__ or ""


def owned(module: str) -> dict[str, Any]:
    """What ``module`` makes public and is its own, by name."""
    public = importlib.import_module(module)
    names = {name: getattr(public, name) for name in public.__all__}
    return {n: f for n, f in names.items() if has_own_docstring(f) and f.__module__.startswith(module)}


@pytest.mark.parametrize("module", MODULES)
def test_every_public_class_and_function_shows_an_example(module: str) -> None:
    found = owned(module)
    assert found
    assert not [name for name, member in found.items() if ">>> " not in own_docstring(member)]


@pytest.mark.parametrize("module", MODULES)
def test_every_parameter_of_a_public_class_or_function_is_told_of(module: str) -> None:
    silent = []
    for name, member in owned(module).items():
        text = own_docstring(member)
        if re.search(r"[Aa]rguments(,| as for| of)", text):  # those of another
            continue
        named = [
            p.name
            for p in inspect.signature(member).parameters.values()
            if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        ]
        silent += [f"{name}: {p}" for p in named if p not in ("prefix", "params") and not re.search(rf"\b{p}\b", text)]
    assert not silent
