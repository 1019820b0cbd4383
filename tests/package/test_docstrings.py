"""Public classes and functions of training show how they are used; that the examples run is pytest's own business."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

MODULES = [
    "mxnet.autograd",
    "mxnet.callback",
    "mxnet.gluon.loss",
    "mxnet.gluon.nn",
    "mxnet.gluon.rnn",
    "mxnet.initializer",
    "mxnet.io",
    "mxnet.lr_scheduler",
    "mxnet.metric",
    "mxnet.model",
    "mxnet.module",
    "mxnet.optimizer",
]


def has_own_docstring(found: Any) -> bool:
    """Whether it is a class or function that was written as such: others are made by registries or are plain tuples."""
    if not (inspect.isclass(found) or inspect.isfunction(found)) or getattr(found, "__bases__", ()) == (tuple,):
        return False
    return "." not in found.__qualname__


def own_docstring(found: Any) -> str:
    """That of the class itself: ``__doc__`` would be inherited."""
    return found.__dict__.get("__doc__") or "" if inspect.isclass(found) else found.__doc__ or ""


@pytest.mark.parametrize("module", MODULES)
def test_every_public_class_and_function_shows_an_example(module: str) -> None:
    public = importlib.import_module(module)
    owned = {
        name: found
        for name in public.__all__
        if has_own_docstring(found := getattr(public, name)) and found.__module__.startswith(module)
    }
    assert owned
    assert not [name for name, found in owned.items() if ">>> " not in own_docstring(found)]
