"""A LeNet that MXNet saved in December 2015: see tests/data/README.md."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

import mxnet as mx
from mxnet.io._idx import read_idx

ROOT = pathlib.Path(__file__).parents[2]
PREFIX = str(ROOT / "tests" / "data" / "lenet-2015" / "mnist-lenet-0")
EPOCH = 10
DIGITS = 2000
RIGHT = 1971  # 98.55%, as with 1.9.1


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    raw = read_idx(ROOT / "examples" / "data" / "mnist" / "t10k-images-idx3-ubyte.gz")[:DIGITS]
    return raw.reshape(DIGITS, 1, 28, 28).astype("float32") / 255


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    return read_idx(ROOT / "examples" / "data" / "mnist" / "t10k-labels-idx1-ubyte.gz")[:DIGITS].astype("float32")


def right(outputs: mx.nd.NDArray, labels: np.ndarray) -> int:
    assert outputs.shape == (DIGITS, 10)
    return int((outputs.asnumpy().argmax(axis=1) == labels).sum())


def test_a_checkpoint_is_bound_and_run(pictures: np.ndarray, labels: np.ndarray) -> None:
    symbol, args, aux = mx.model.load_checkpoint(PREFIX, EPOCH)
    assert symbol.list_outputs() == ["softmax_output"] and not aux
    assert set(args) == set(symbol.list_arguments()) - {"data", "softmax_label"}
    assert args["convolution1_weight"].shape == (50, 20, 5, 5)
    run = symbol.bind(
        mx.cpu(), {**args, "data": mx.nd.array(pictures), "softmax_label": mx.nd.zeros((DIGITS,))}, grad_req="null"
    )
    assert right(run.forward()[0], labels) == RIGHT


def test_a_module_is_loaded(pictures: np.ndarray, labels: np.ndarray) -> None:
    module = mx.mod.Module.load(PREFIX, EPOCH)
    data = mx.io.NDArrayIter(pictures, labels, 300)  # the last batch is padded
    module.bind(data.provide_data, data.provide_label, for_training=False)
    assert right(module.predict(data), labels) == RIGHT
    assert module.score(mx.io.NDArrayIter(pictures, labels, 500), "acc") == [("accuracy", RIGHT / DIGITS)]


def test_a_gluon_block_is_imported(pictures: np.ndarray, labels: np.ndarray) -> None:
    net = mx.gluon.SymbolBlock.imports(
        f"{PREFIX}-symbol.json", ["data", "softmax_label"], f"{PREFIX}-{EPOCH:04d}.params"
    )
    out = net(mx.nd.array(pictures), mx.nd.zeros((DIGITS,)))
    assert right(out, labels) == RIGHT
    # without the loss, as features of a new net
    symbol = mx.sym.load(f"{PREFIX}-symbol.json").get_internals()["fullyconnected1_output"]
    head = mx.gluon.SymbolBlock(symbol, mx.sym.var("data"))
    head.load_parameters(f"{PREFIX}-{EPOCH:04d}.params")
    assert right(head(mx.nd.array(pictures)), labels) == RIGHT


def test_it_goes_on_learning(pictures: np.ndarray, labels: np.ndarray) -> None:
    symbol, args, aux = mx.model.load_checkpoint(PREFIX, EPOCH)
    module = mx.mod.Module(symbol)
    data = mx.io.NDArrayIter(pictures[:500], labels[:500], 100)
    loss = mx.metric.CrossEntropy()
    module.bind(data.provide_data, data.provide_label)
    module.set_params(args, aux)
    before = dict(module.score(data, loss))["cross-entropy"]
    module.fit(
        data, num_epoch=2, eval_metric="ce", optimizer_params={"learning_rate": 0.02}, arg_params=args, aux_params=aux
    )
    assert dict(module.score(data, loss))["cross-entropy"] < before


def test_saved_again_it_is_as_good(pictures: np.ndarray, labels: np.ndarray, tmp_path: pathlib.Path) -> None:
    symbol, args, aux = mx.model.load_checkpoint(PREFIX, EPOCH)
    mx.model.save_checkpoint(str(tmp_path / "again"), 3, symbol, args, aux)
    back, args_back, _ = mx.model.load_checkpoint(str(tmp_path / "again"), 3)
    assert back.tojson() == symbol.tojson()
    assert list(args_back) == list(args)
    assert all((args_back[k].asnumpy() == args[k].asnumpy()).all() for k in args)
