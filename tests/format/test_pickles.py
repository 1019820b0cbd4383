"""Small objects pickled by 1.9.1 are read here, and ours name nothing that 1.9.1 has not."""

from __future__ import annotations

import copy
import json
import pathlib
import pickle
import pickletools
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from tests.format.pickled import OBJECTS, told

ALSO = {"mxnet.ndarray.ndarray NDArray", "mxnet.initializer Constant"}
"""What 1.9.1 has too, though its pickles do without."""
RECORDED = json.loads((pathlib.Path(__file__).parent / "recorded" / "pickled.json").read_text())
NAMES = [*OBJECTS]


def named(data: bytes) -> set[str]:
    """The classes and functions that a pickle of protocol 2 asks for."""
    return {arg for opcode, arg, _ in pickletools.genops(data) if opcode.name == "GLOBAL"}


def alike(found: Any, expected: Any) -> None:
    """Equal, but for what is computed, which may differ in the last digits."""
    if isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-3, abs=1e-4)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            alike(one, other)
    else:
        assert found == expected


@pytest.mark.parametrize("name", NAMES)
def test_pickles_of_1_9_1_are_read(name: str) -> None:
    recorded = RECORDED[name]
    found, expected = told(mx, np, pickle.loads(bytes.fromhex(recorded["pickle"]))), recorded["told"]
    for one, other in zip(*((t if isinstance(t, list) else [t]) for t in (found, expected)), strict=True):
        assert one.keys() == other.keys()
        for key in one:
            alike(one[key], other[key])


@pytest.mark.parametrize("name", NAMES)
def test_own_pickles_are_read_and_name_what_those_of_1_9_1_name(name: str) -> None:
    made = OBJECTS[name](mx, np)
    data = pickle.dumps(made, 2)
    assert named(data) <= named(bytes.fromhex(RECORDED[name]["pickle"])) | ALSO
    again = pickle.loads(data)
    assert told(mx, np, again) == told(mx, np, made)


def test_a_context_without_a_type_is_an_error() -> None:
    with pytest.raises(TypeError, match="device_type"):
        mx.Context()
    read = pickle.loads(bytes.fromhex(RECORDED["context cpu_pinned(0)"]["pickle"]))
    assert read == mx.cpu_pinned(0) and read.results == mx.cpu(0)
    assert mx.nd.ones((2,), ctx=read).context == mx.cpu_pinned(0)


def test_parameters_read_from_pickles_of_1_9_1_are_trained() -> None:
    layer = pickle.loads(bytes.fromhex(RECORDED["layer with values"]["pickle"]))
    layer.collect_params().reset_ctx(mx.cpu())
    trainer = mx.gluon.Trainer(layer.collect_params(), "sgd", {"learning_rate": 1})
    with mx.autograd.record():
        loss = layer(mx.nd.ones((1, 3))).sum()
    loss.backward()
    trainer.step(1)
    assert (layer.weight.data().asnumpy() == 0).all()


@pytest.mark.parametrize("taken", ["pickle", "copy"])
def test_networks_that_were_called_are_copied_without_their_graphs(taken: str) -> None:
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(3, flatten=False), mx.gluon.rnn.LSTM(2), mx.gluon.nn.Dense(2))
    net.initialize(mx.init.One())
    net.hybridize()
    data = mx.nd.ones((2, 1, 3))
    expected = net(data).asnumpy()
    again = pickle.loads(pickle.dumps(net)) if taken == "pickle" else copy.deepcopy(net)
    again[2].weight.set_data(again[2].weight.data() * 2)
    np.testing.assert_allclose(again(data).asnumpy(), expected * 2, rtol=1e-5)
    np.testing.assert_allclose(net(data).asnumpy(), expected, rtol=1e-5)
