"""How the threads of one operator wait for each other."""

from __future__ import annotations

import os
import sys

_TURNS = 2000
"""Some tens of microseconds: longer than Python takes from one operator to the next."""


def wait_briefly() -> bool:
    """Let idle threads of GNU OpenMP, which torch uses on Linux, look for work only briefly and then sleep.

    By default they look for work for milliseconds. Where other processes want the cores too, say the workers of a data
    loader, that keeps the very processes from running that they wait for, and a step takes several times as long. With
    the cores to themselves nothing is lost.

    This sets an environment variable, GOMP_SPINCOUNT, which is read when the library is loaded and inherited by child
    processes. It is left alone if it is set already, or if OMP_WAIT_POLICY is; once torch is loaded it is too late.

    Returns:
        Whether it was set.
    """
    if "torch" in sys.modules or not os.environ.keys().isdisjoint({"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}):
        return False
    os.environ["GOMP_SPINCOUNT"] = str(_TURNS)
    return True
