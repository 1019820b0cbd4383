"""A whole process that does nothing but import the package."""

from __future__ import annotations

import subprocess
import sys


def importing(package):
    command = [sys.executable, "-W", "ignore", "-c", "import " + package.__name__]

    def block(iterations):
        for _ in range(iterations):
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

    return block


CASES = {"import": {"mxnet": importing, "torch": importing}}
