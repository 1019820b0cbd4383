"""Shapes of results that are told without running the operator, and what is spared by that."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

import mxnet.ndarray  # noqa: F401  which registers the operators
from mxnet import _ops
from mxnet._runtime import inference
from tests.ops import calls

NAMES = (
    "elemwise",
    "linalg",
    "losses",
    "spatial",
    "broadcast",
    "nn",
    "norm",
    "shape",
    "conv",
    "outputs",
    "reduce",
    "slicing",
    "indexing",
    "sequence",
)
SAMPLES = [s for family in NAMES for s in calls.load(family)[0].values()]


def told_and_made(op: str, attrs: dict, shapes: list[tuple[int, ...]], dtype: torch.dtype) -> tuple | None:
    """Shape and dtype as they are told, and as the operator makes them; None if they are not told."""
    bound = _ops.get(op).bind((), attrs)
    metas = [torch.empty(s, dtype=dtype, device="meta") for s in shapes]
    shape = inference.told(bound, metas)
    if shape is None:
        return None
    made = bound.run(*metas)
    made = made[0] if isinstance(made, tuple) else made
    return (shape, dtype), (tuple(made.shape), made.dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.float64])
def test_they_are_those_of_running(dtype: torch.dtype) -> None:
    seen = set()
    for sample in SAMPLES:
        if any(a.dtype.kind != "f" for a in sample.inputs):
            continue
        found = told_and_made(sample.op, sample.attrs, [a.shape for a in sample.inputs], dtype)
        if found is not None:
            seen.add(_ops.get(sample.op).name)
            assert found[0] == found[1], (sample.op, sample.attrs)
    assert {
        "Activation",
        "BatchNorm",
        "Concat",
        "Convolution",
        "Deconvolution",
        "Embedding",
        "FullyConnected",
        "InstanceNorm",
        "L2Normalization",
        "LRN",
        "LayerNorm",
        "LogisticRegressionOutput",
        "Pooling",
        "UpSampling",
        "batch_dot",
        "broadcast_add",
        "dot",
        "exp",
        "max",
        "mean",
        "pick",
        "reverse",
        "smooth_l1",
        "stack",
        "take",
        "where",
    } <= seen


@pytest.mark.parametrize(
    ("op", "attrs", "shapes"),
    [
        ("FullyConnected", {"num_hidden": 3}, [(2, 4), (3, 5), (3,)]),
        ("FullyConnected", {"num_hidden": 3}, [(2, 4), (3, 4), (4,)]),
        ("Concat", {"dim": 1}, [(2, 4), (3, 4)]),
        ("Concat", {"dim": 2}, [(2, 4), (2, 4)]),
        ("BatchNorm", {}, [(2, 4), (3,), (3,), (3,), (3,)]),
        ("BatchNorm", {"axis": 2}, [(2, 4), (4,), (4,), (4,), (4,)]),
        ("broadcast_add", {}, [(2, 3), (2, 4)]),
        ("elemwise_add", {}, [(2, 3), (3,)]),
        ("Convolution", {"kernel": (3, 3), "num_filter": 2, "no_bias": True}, [(1, 2, 2, 4), (2, 2, 3, 3)]),
        ("Convolution", {"kernel": (3, 3), "num_filter": 2, "no_bias": True}, [(1, 2, 4, 4), (2, 3, 3, 3)]),
        ("Pooling", {"kernel": (3, 3)}, [(1, 2, 2, 4)]),
        ("softmax", {"axis": 2}, [(2, 3)]),
        ("SoftmaxOutput", {}, [(2, 3), (3,)]),
        ("Pooling", {"global_pool": True, "kernel": (2,)}, [(2, 3, 4, 4)]),
        ("Embedding", {"input_dim": 5, "output_dim": 4}, [(2, 3), (5, 3)]),
        ("LayerNorm", {}, [(2, 3), (2,), (2,)]),
        ("LayerNorm", {"axis": 2}, [(2, 3), (3,), (3,)]),
        ("LeakyReLU", {"act_type": "prelu"}, [(2, 3), (4,)]),
        ("_rnn_param_concat", {"dim": 1}, [(2,), (3,)]),
        ("dot", {}, [(2, 3), (2, 3)]),
        ("batch_dot", {}, [(2, 3, 4), (3, 4, 5)]),
        ("mean", {"axis": 2}, [(2, 3)]),
        ("mean", {"axis": (0, -2)}, [(2, 3)]),
        ("max", {"axis": 1}, [(2, 0)]),
        ("stack", {}, [(2,), (3,)]),
        ("stack", {"axis": 3}, [(2, 3), (2, 3)]),
        ("reverse", {"axis": (0, -2)}, [(2, 3)]),
        ("take", {"axis": 2}, [(2, 3), (4,)]),
        ("pick", {"axis": 1}, [(2, 3), (3,)]),
        ("where", {}, [(3,), (2, 3), (2, 3)]),
        ("InstanceNorm", {}, [(2, 3), (3,), (3,)]),
        ("LogisticRegressionOutput", {}, [(2, 3), (6,)]),
        ("Deconvolution", {"kernel": (2, 2), "num_filter": 2}, [(1, 3, 4, 4), (2, 2, 2, 2)]),
        ("Deconvolution", {"kernel": (2, 2), "num_filter": 2, "adj": (1, 1)}, [(1, 3, 4, 4), (3, 2, 2, 2)]),
    ],
)
def test_what_does_not_fit_is_left_to_the_operator_to_tell(op: str, attrs: dict, shapes: list) -> None:
    bound = _ops.get(op).bind((), attrs)
    assert inference.told(bound, [torch.empty(s, device="meta") for s in shapes]) is None


def test_prelu_is_told_as_it_is_run() -> None:
    told, made = told_and_made("LeakyReLU", {"act_type": "prelu"}, [(2, 3, 4), (3,)], torch.float32)
    assert told == made


def test_common_networks_do_not_load_the_compiler_of_torch() -> None:
    program = """
import sys
import mxnet as mx
net = mx.gluon.nn.HybridSequential()
net.add(mx.gluon.nn.Conv2D(4, 3, activation="tanh"), mx.gluon.nn.BatchNorm(), mx.gluon.nn.MaxPool2D(2))
net.add(mx.gluon.nn.Dense(3, activation="relu"), mx.gluon.nn.Dropout(0.5), mx.gluon.nn.Dense(2))
net.initialize()
net.hybridize()
with mx.autograd.record():
    loss = net(mx.nd.ones((2, 1, 8, 8)))
loss.backward()
graph = mx.sym.SoftmaxOutput(net(mx.sym.var("data")) + 1, name="softmax")
module = mx.mod.Module(graph)
module.bind([("data", (2, 1, 8, 8))], [("softmax_label", (2,))])
words = mx.gluon.nn.HybridSequential()
words.add(mx.gluon.nn.Embedding(5, 4), mx.gluon.rnn.LSTM(4, layout="NTC"), mx.gluon.nn.LayerNorm())
words.add(mx.gluon.rnn.GRU(4, bidirectional=True), mx.gluon.nn.Dense(2, flatten=False), mx.gluon.nn.PReLU())
words.initialize()
words.hybridize()
words(mx.nd.ones((2, 3)))
images = mx.gluon.nn.HybridSequential()
images.add(mx.gluon.nn.Conv2DTranspose(4, 4, 2, 1), mx.gluon.nn.InstanceNorm())
images.initialize()
images.hybridize()
mx.gluon.loss.L2Loss()(images(mx.nd.ones((2, 3, 4, 4))), mx.nd.ones((2, 4, 8, 8)))
mx.np.random.normal(size=(2,))
mx.metric.RMSE().update([mx.nd.ones((2,))], [mx.nd.ones((2,))])
print("torch._dynamo" in sys.modules, "sympy" in sys.modules)
"""
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert made.stdout.split() == ["False", "False"], made.stderr
