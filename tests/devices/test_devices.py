"""What runs where arrays are not on the CPU, on machines without a GPU too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mxnet as mx

HERE = Path(__file__).parent
NO_GPU = pytest.mark.skipif(not mx.context.num_gpus(), reason="needs a GPU that torch can use")


@pytest.mark.parametrize("subject", ["operators", "networks"])
@pytest.mark.parametrize("device", ["other", pytest.param("gpu", marks=[pytest.mark.gpu, NO_GPU])])
def test_nothing_asks_for_the_cpu(device: str, subject: str) -> None:
    """In a process of its own: a device that torch gets to know once it has run backward is none for it."""
    options = ["-q", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist", "--timeout=600"]
    command = [sys.executable, "-m", "pytest", *options, str(HERE / f"{subject}.py")]
    environment = {**os.environ, "MXNET_TEST_DEVICE": device}
    done = subprocess.run(command, cwd=HERE.parent.parent, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
