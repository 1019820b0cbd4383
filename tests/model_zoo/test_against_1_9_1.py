"""Networks saved by 1.9.1 with random parameters give its results here, by class and by graph.

Needs the environment variable MXNET_ORACLE_PYTHON: the path of a Python (or a command like one) that holds 1.9.1.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess

import numpy as np
import pytest

import mxnet as mx
from tests.model_zoo import networks

ORACLE = os.environ.get("MXNET_ORACLE_PYTHON")
pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(not ORACLE, reason="MXNET_ORACLE_PYTHON names no Python with MXNet 1.9.1"),
]
record = pathlib.Path(__file__).with_name("record.py")


def close(got, want, where, least=0.0):
    """To 1e-4 of the largest value, or of ``least`` if that is more."""
    got = got.asnumpy() if isinstance(got, mx.nd.NDArray) else got
    assert got.shape == want.shape, where
    error = abs(got - want).max() / max(abs(want).max(), least)
    print(f"{where}: {error:.1e}")
    assert error <= 1e-4, where


def gradients(name, grads, want):
    names = [key.removeprefix("gradient of ") for key in want if key.startswith("gradient of ")]
    assert set(names) <= set(grads) and len(names) > 50
    # what a normalisation takes away again has a gradient of nothing but rounding errors
    least = 1e-9 * max(abs(want["gradient of " + key]).max() for key in names)
    for key in names:
        close(grads[key], want["gradient of " + key], f"{name}, gradient of {key}", least)


def check_class(name, base, want):
    for suffix in (".params", "-0000.params"):
        net = networks.build(mx, name)
        net.load_parameters(base + suffix)
        images = mx.nd.array(want["images"])
        close(net(images), want["scores"], f"{name}, imperative, {suffix}")
        net.hybridize()
        close(net(images), want["scores"], f"{name}, hybridized, {suffix}")
    if name in networks.DIFFERENTIATED:
        net.cast("float64")
        images = images.astype("float64")
        images.attach_grad()
        with mx.autograd.record():
            scores = net(images)
        scores.backward(mx.nd.array(networks.weights_of(scores.shape), dtype="float64"))
        close(scores, want["trained scores"], f"{name}, in training")
        grads = {k: p.grad() for k, p in net.collect_params().items() if p.grad_req != "null"}
        gradients(name, {"data": images.grad, **grads}, want)


def check_graph(name, base, want):
    graph = mx.sym.load(base + "-symbol.json")
    images = mx.nd.array(want["images"])
    shapes = json.loads(str(want["shapes"]))
    assert [[list(s) for s in kind] for kind in graph.infer_shape(data=images.shape)] == shapes
    if name not in networks.DIFFERENTIATED:
        return
    saved = {"arg:data": images, **mx.nd.load(base + "-0000.params")}
    executor = bound(graph, saved, "float32")
    close(executor.forward()[0], want["scores"], f"{name}, graph")
    executor = bound(graph, saved, "float64")
    close(executor.forward(is_train=True)[0], want["trained scores"], f"{name}, graph in training")
    executor.backward(mx.nd.array(networks.weights_of(want["scores"].shape), dtype="float64"))
    gradients(f"{name}, graph", executor.grad_dict, want)


def bound(graph, saved, dtype):
    arrays = {key: array.astype(dtype) for key, array in saved.items()}
    args = {key: arrays[f"arg:{key}"] for key in graph.list_arguments()}
    states = {key: arrays[f"aux:{key}"] for key in graph.list_auxiliary_states()}
    return graph.bind(mx.cpu(), args, {key: mx.nd.zeros_like(a) for key, a in args.items()}, "write", states)


@pytest.mark.parametrize("name", networks.NAMES)
def test_parameters_and_graph_saved_by_1_9_1_give_its_results(name, tmp_path):
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}  # which may lead to the mxnet under test
    call = [str(ORACLE), str(record), str(tmp_path), name]
    ran = subprocess.run(call, env=clean, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stderr[-2000:]
    try:
        with np.load(tmp_path / f"{name}.npz") as file:
            want = {key: file[key] for key in file.files}
        check_class(name, str(tmp_path / name), want)
        check_graph(name, str(tmp_path / name), want)
    finally:
        shutil.rmtree(tmp_path)  # hundreds of megabytes
