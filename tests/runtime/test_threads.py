"""Threads of one operator sleep soon when they have to wait, unless the user has settings of his own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mxnet as mx
from mxnet._base.threads import _TURNS

ASK = "import mxnet, os; print(os.environ.get('GOMP_SPINCOUNT'))"


@pytest.mark.parametrize(
    ("before", "program", "expected"),
    [
        ({}, ASK, str(_TURNS)),
        ({"GOMP_SPINCOUNT": "7"}, ASK, "7"),
        ({"OMP_WAIT_POLICY": "active"}, ASK, "None"),
        ({}, "import torch, " + ASK.removeprefix("import "), "None"),
    ],
    ids=["nothing set", "a count of one's own", "a policy of one's own", "torch is there first"],
)
def test_the_count_is_set_where_nobody_else_has(before: dict[str, str], program: str, expected: str) -> None:
    clean = {k: v for k, v in os.environ.items() if k not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    env = {**clean, **before, "PYTHONPATH": str(Path(mx.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected
