"""What runs where arrays are not on the CPU, on machines without a GPU too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize("subject", ["operators", "networks"])
def test_nothing_asks_for_the_cpu(subject: str) -> None:
    """In a process of its own: a device that torch gets to know once it has run backward is none for it."""
    options = ["-q", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist", "--timeout=600"]
    command = [sys.executable, "-m", "pytest", *options, str(HERE / f"{subject}.py")]
    done = subprocess.run(command, cwd=HERE.parent.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
