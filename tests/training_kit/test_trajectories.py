"""The losses of 200 steps are those of the real 1.9.1.

Needs the environment variable MXNET_ORACLE_PYTHON: the path of a Python (or a command like one) that holds 1.9.1.
"""

from __future__ import annotations

import os
import pathlib
import subprocess

import numpy as np
import pytest

from tests.training_kit import trajectories

ORACLE = os.environ.get("MXNET_ORACLE_PYTHON")


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not ORACLE, reason="MXNET_ORACLE_PYTHON names no Python with MXNet 1.9.1")
@pytest.mark.parametrize("name", trajectories.CASES)
def test_losses_are_those_of_the_reference(name: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "losses.npy"
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}  # which may lead to the mxnet under test
    call = [str(ORACLE), trajectories.__file__, name, str(file)]
    ran = subprocess.run(call, env=clean, capture_output=True, text=True, timeout=900)
    assert ran.returncode == 0, ran.stderr[-2000:]
    want = np.load(file)
    assert want[-20:].mean() < want[:20].mean()
    np.testing.assert_allclose(trajectories.train(name), want, rtol=1e-3)


@pytest.mark.parametrize("name", ["mlp", "lenet", "lstm"])
def test_hybridized_and_not_take_the_same_steps(name: str) -> None:
    one, two = (trajectories.train(name, 5, hybridize) for hybridize in (True, False))
    np.testing.assert_allclose(one, two, rtol=1e-5)
