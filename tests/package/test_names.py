"""Where classes say they are."""

from __future__ import annotations

import importlib

import pytest

HOMES = """gluon.contrib.estimator.event_handler gluon.data.vision.datasets gluon.data.vision.transforms gluon.loss
gluon.rnn.rnn_cell image.detection image.image initializer io.io metric operator optimizer.optimizer rnn.rnn_cell
subgraph""".split()


@pytest.mark.parametrize("home", HOMES)
def test_public_classes_say_they_are_of_a_public_module_that_has_them(home: str) -> None:
    module = importlib.import_module(f"mxnet.{home}")
    classes = [value for name in module.__all__ if isinstance(value := getattr(module, name), type)]
    assert any(kind.__module__ == module.__name__ for kind in classes)
    for kind in classes:
        assert "._" not in kind.__module__
        assert getattr(importlib.import_module(kind.__module__), kind.__name__) is kind
