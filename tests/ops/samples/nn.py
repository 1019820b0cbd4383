"""Calls of the layers and activations."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from sample import Bad, Sample, normal, numbers, ones

EARLY = "1.9.1 rounds before it goes to the other dtype"


def layers() -> Iterator[Sample]:
    yield Sample("FullyConnected", [normal(3, 2, 4), normal(5, 8), normal(5)], dict(num_hidden=5))
    yield Sample("FullyConnected", [normal(3, 8), normal(5, 8)], dict(num_hidden=5, no_bias=True))
    flat = dict(num_hidden=5, flatten=False)
    yield Sample("FullyConnected", [normal(3, 2, 4), normal(5, 4), normal(5)], flat)
    yield Sample("FullyConnected", [normal(4), normal(5, 4), normal(5)], flat)
    yield Sample("FullyConnected", [normal(4), normal(5, 1), normal(5)], dict(num_hidden=5))
    wide = np.concatenate([normal(3, 5), numbers([[-100, -20, 0, 20, 100]])])
    for act in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
        yield Sample("Activation", [wide], dict(act_type=act), numeric=() if act.endswith("relu") else (0,))  # steps
    for act in ("leaky", "elu", "selu", "gelu"):
        # the gradients of selu, and of rrelu in prediction, are wrong in 1.9.1
        yield Sample("LeakyReLU", [normal(3, 5) * 3], dict(act_type=act, slope=0.3), () if act == "selu" else (0,))
    yield Sample("LeakyReLU", [normal(3, 5)], {})
    yield Sample("LeakyReLU", [normal(3, 5)], dict(act_type="rrelu"), wrt=(), train=False)
    for shape, gamma in (((2, 3, 4), 3), ((2, 3, 4), 1), ((2, 3), 3), ((5,), 1)):
        yield Sample("LeakyReLU", [normal(*shape), normal(gamma)], dict(act_type="prelu"))
    rows = [numbers([[-1, 0, 2], [3, 1.7, 1]]), normal(3, 4)]
    yield Sample("Embedding", rows, dict(input_dim=3, output_dim=4), (1,))
    yield Sample("Embedding", [rows[0].astype("int32"), rows[1]], dict(input_dim=3, output_dim=4), (1,))
    for name, axis, temperature in itertools.product(("softmax", "log_softmax", "softmin"), (-1, 0, 1), (None, 0.5)):
        yield Sample(name, [normal(3, 4, 2)], dict(axis=axis, **({"temperature": temperature} if temperature else {})))
    for name in ("softmax", "log_softmax", "softmin"):
        yield Sample(name, [normal(3, 4).astype("float16")], dict(dtype="float32"), (), rtol=1e-3, why=EARLY)
        yield Sample(name, [normal(3, 4)], dict(dtype="float64"), (), rtol=1e-6, why=EARLY)
    for axis, length in ((-1, [1, 0, 4]), (1, [2, 3, 1]), (0, [1, 3, 2, 0])):
        attrs = dict(axis=axis, use_length=True)
        yield Sample("softmax", [normal(3, 4), numbers(length, "int32")], attrs)
        yield Sample("softmax", [normal(3, 4), numbers(length, "int32")], dict(attrs, temperature=2.0))
    yield Sample("softmax", [normal(4), numbers([3], "int32")], dict(use_length=True))
    for mode, shape in itertools.product(("instance", "channel"), ((3, 4), (2, 3, 4), (2, 3, 2, 2))):
        if mode == "instance" or len(shape) > 2:
            # of more than two axes 1.9.1 takes softmax over the last, and its gradient over all but the first
            wrt = () if mode == "instance" and len(shape) > 2 else (0,)
            yield Sample("SoftmaxActivation", [normal(*shape)], dict(mode=mode), wrt)
    yield Sample("Dropout", [normal(3, 4)], dict(p=0.3), train=False)
    yield Sample("Dropout", [normal(3, 4)], dict(p=0.0))


SAMPLES = [*layers()]
BAD = [
    Bad("FullyConnected", [ones(2, 3), ones(4, 3)], dict(num_hidden=4), "InputTypeError", "bias is missing"),
    Bad(
        "FullyConnected",
        [ones(2, 3), ones(4, 3), ones(4)],
        dict(num_hidden=4, no_bias=True),
        "InputTypeError",
        "expected 2 inputs",
    ),
    Bad("FullyConnected", [ones(2, 3), ones(5, 3), ones(4)], dict(num_hidden=4), "ShapeError", r"expected \(4, 3\)"),
    Bad("FullyConnected", [ones(2, 3), ones(4, 2), ones(4)], dict(num_hidden=4), "ShapeError", r"expected \(4, 3\)"),
    Bad("FullyConnected", [ones(2, 3), ones(4, 3), ones(3)], dict(num_hidden=4), "ShapeError", "bias"),
    Bad("FullyConnected", [ones(2, 3), ones(4, 3), ones(4)], dict(num_hidden=0), "ArgumentError", "num_hidden"),
    Bad("FullyConnected", [ones(2, 3), ones(4, 3), ones(4)], {}, "ArgumentError", "Required parameter num_hidden"),
    Bad("Embedding", [ones(2), ones(3, 4)], dict(input_dim=4, output_dim=4), "ShapeError", r"expected \(4, 4\)"),
    Bad("LeakyReLU", [ones(2, 3)], dict(act_type="prelu"), "InputTypeError", "gamma is missing"),
    Bad("LeakyReLU", [ones(2, 3), ones(4)], dict(act_type="prelu"), "ShapeError", "gamma has shape"),
    Bad("softmax", [ones(2, 3)], dict(use_length=True), "InputTypeError", "length is missing"),
    Bad("softmax", [ones(2, 3), ones(2)], dict(use_length=True), "DTypeError", "integer"),
    Bad("softmax", [ones(2, 3)], dict(axis=2), "ShapeError", "softmax"),
    Bad("log_softmax", [ones(2, 3)], dict(use_length=True), "ArgumentError", "use_length"),
    Bad("softmin", [ones(2, 3)], dict(use_length=True), "ArgumentError", "use_length"),
    Bad("SoftmaxActivation", [ones(2, 3)], dict(mode="channel"), "ShapeError", "3 dimensions"),
]
