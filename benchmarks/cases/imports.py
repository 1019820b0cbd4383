"""A whole process that does nothing but import the package, or makes one array besides."""

from __future__ import annotations

import subprocess
import sys


def running(program):
    command = [sys.executable, "-W", "ignore", "-c", program]

    def block(iterations):
        for _ in range(iterations):
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

    return block


def importing(package):
    return running("import " + package.__name__)


def first_array_mxnet(mx):
    return running("import mxnet; mxnet.nd.ones((2, 2)).wait_to_read()")


def first_array_torch(torch):
    return running("import torch; torch.ones(2, 2)")


CASES = {
    "import": {"mxnet": importing, "torch": importing},
    "import and first array": {"mxnet": first_array_mxnet, "torch": first_array_torch},
}
