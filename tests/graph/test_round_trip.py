"""Models exported here are run by the real 1.9.1, and the reverse.

Needs the environment variable MXNET_ORACLE_PYTHON: the path of a Python (or a command like one) that holds 1.9.1.
"""

from __future__ import annotations

import os
import pathlib
import subprocess

import numpy as np
import pytest

import mxnet as mx
from tests.graph import programs

ORACLE = os.environ.get("MXNET_ORACLE_PYTHON")
pytestmark = pytest.mark.skipif(not ORACLE, reason="MXNET_ORACLE_PYTHON names no Python with MXNet 1.9.1")


def run_there(*call: str) -> None:
    program = pathlib.Path(programs.__file__)
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}  # which may lead to the mxnet under test
    ran = subprocess.run([str(ORACLE), str(program), *call], env=clean, capture_output=True, text=True, timeout=200)
    assert ran.returncode == 0, ran.stderr[-2000:]


def agree() -> None:
    want = np.load("out.npy")
    assert want.shape[0] == 4 and np.isfinite(want).all() and want.std() > 0
    with np.load("in.npz") as found:
        assert len(found.files) == 3
        for name in found.files:
            np.testing.assert_allclose(found[name], want, rtol=1e-5, atol=1e-5)


@pytest.fixture(autouse=True)
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.random.RandomState(0).uniform(-1, 1, (4, 1, 28, 28)).astype("float32"))
    return tmp_path


@pytest.mark.parametrize("name", programs.NETS)
def test_1_9_1_runs_what_is_exported_here(name: str) -> None:
    programs.export(name)
    run_there("load")
    agree()


@pytest.mark.parametrize("name", programs.NETS)
def test_what_1_9_1_exports_runs_here_and_is_exported_again_to_the_byte(name: str, folder: pathlib.Path) -> None:
    run_there("export", name)
    programs.load()
    agree()
    block = mx.gluon.SymbolBlock.imports("net-symbol.json", ["data"], "net-0003.params")
    block.hybridize()
    block(programs.pictures())
    block.export("again", 3)
    assert (folder / "again-symbol.json").read_bytes() == (folder / "net-symbol.json").read_bytes()
    mx.nd.save("again.params", mx.nd.load("net-0003.params"))
    assert (folder / "again.params").read_bytes() == (folder / "net-0003.params").read_bytes()


def test_training_begun_in_1_9_1_goes_on_here_with_its_momentum() -> None:
    run_there("train_in_two_parts")
    programs.train_the_second_part()
    np.testing.assert_allclose(np.load("in.npy"), np.load("out.npy"), rtol=1e-5, atol=1e-6)
