"""How the threads of one operator wait for each other."""

from __future__ import annotations

import os
import sys

_TURNS = 2000
"""Some tens of microseconds: longer than Python takes from one operator to the next."""


def wait_briefly() -> bool:
    """Let the threads of GNU OpenMP, which torch's are on Linux, look for work that long and then sleep.

    Left alone they look for milliseconds. Where other processes want the cores too, the workers of a data loader say,
    they so keep from running those they wait for, and a step takes several times as long. With the cores to themselves
    nothing is lost.

    It is an environment variable, GOMP_SPINCOUNT, read when the library is loaded and inherited by child processes.
    One that is set already stays, and so does OMP_WAIT_POLICY; with torch already loaded it is too late.

    Returns:
        Whether it was set.
    """
    if "torch" in sys.modules or not os.environ.keys().isdisjoint({"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}):
        return False
    os.environ["GOMP_SPINCOUNT"] = str(_TURNS)
    return True
