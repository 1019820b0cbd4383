"""How the threads of one operator wait for each other."""

from __future__ import annotations

import os
import sys

_TURNS = 20000
"""From a third of a millisecond to one, as processors differ: longer than what one thread does alone between operators.

With a fifth of it threads fall asleep inside of a step, and virtual machines wake them on the core of the very thread
that waits for them: until they are moved apart, operators take two to four times as long. More does harm where other
processes want the cores, as every operator then waits that long in vain: where two processes train an LSTM on two
cores, a step that takes one alone 7 ms takes 43 ms with 4000 turns, 165 with these, and up to a second with the number
of the library itself. Who runs several should set OMP_NUM_THREADS: with a thread each it takes 12.
"""


def wait_briefly() -> bool:
    """Let idle threads of GNU OpenMP, which torch uses on Linux, look for work only briefly and then sleep.

    By default they look for work for milliseconds. Where other processes want the cores too, say the workers of a data
    loader, that keeps the very processes from running that they wait for, and a step takes several times as long.

    This sets an environment variable, GOMP_SPINCOUNT, which is read when the library is loaded and inherited by child
    processes. It is left alone if it is set already, or if OMP_WAIT_POLICY is; once torch is loaded it is too late.

    Returns:
        Whether it was set.
    """
    if "torch" in sys.modules or not os.environ.keys().isdisjoint({"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}):
        return False
    os.environ["GOMP_SPINCOUNT"] = str(_TURNS)
    return True
