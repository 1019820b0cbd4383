"""Layers, normalisation, output layers and losses: the recorded answers of 1.9.1, and the rules around them."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

import mxnet as mx
from tests.ops import layer_cases

_recorded = np.load(pathlib.Path(__file__).parent / "recorded" / "layers.npz")
_cases = layer_cases.cases()
_numbers = _recorded["numbers"]
_places = dict(zip(_recorded["names"].tolist(), _recorded["places"].tolist(), strict=True))


@pytest.mark.parametrize("name", list(_places))
def test_outputs_gradients_and_states_are_those_of_1_9_1(name: str) -> None:
    start, end = _places[name]
    _, got = layer_cases.answer(mx, _cases[name])
    half = any(i.dtype == np.float16 for i in _cases[name].inputs)
    np.testing.assert_allclose(got, _numbers[start:end], rtol=2e-3 if half else 2e-4, atol=2e-5)
