"""``from mxnet... import *``: also what is made or loaded when it is first used."""

from __future__ import annotations

from typing import Any

import pytest

import mxnet as mx

TAKEN = {
    "mxnet": "nd sym gluon np npx autograd metric io image init kv mod viz cpu gpu AttrScope",
    "mxnet.gluon": "nn rnn loss data model_zoo contrib utils Block Trainer",
    "mxnet.module": "Module BucketingModule base_module executor_group",
    "mxnet.contrib": "nd sym autograd io text",
    "mxnet.ndarray": "NDArray FullyConnected relu max sum exp zeros load save random contrib linalg CachedOp",
    "mxnet.ndarray.contrib": "box_nms ROIAlign foreach",
    "mxnet.ndarray.ndarray": "NDArray zeros concatenate waitall",
    "mxnet.ndarray.sparse": "csr_matrix dot retain abs",
    "mxnet.symbol": "Symbol Variable var Group FullyConnected max sum exp zeros load random contrib linalg",
    "mxnet.symbol.contrib": "box_nms MultiBoxPrior foreach",
    "mxnet.symbol.symbol": "Symbol Variable Group zeros load",
    "mxnet.symbol.sparse": "dot retain abs",
}


def _star(module: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(f"from {module} import *", names)
    del names["__builtins__"]
    return names


@pytest.mark.parametrize("module", TAKEN)
def test_a_star_takes_all_that_is_public(module: str) -> None:
    assert set(TAKEN[module].split()) <= set(_star(module))


@pytest.mark.parametrize("module", [m for m in TAKEN if m != "mxnet"])
def test_a_star_leaves_the_programs_own_names_alone(module: str) -> None:
    assert not {"np", "npx", "mx", "os", "torch", "expose", "function", "op", "register"} & set(_star(module))


def test_a_star_from_sparse_leaves_functions_of_dense_arrays_alone() -> None:
    assert not {"array", "empty", "zeros"} & set(_star("mxnet.ndarray.sparse"))


def test_operators_taken_by_a_star_are_those_of_the_module() -> None:
    names = _star("mxnet.symbol")
    assert names["FullyConnected"] is mx.sym.FullyConnected
    assert names["max"](names["var"]("x"), name="most").list_outputs() == ["most_output"]
