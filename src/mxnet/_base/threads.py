"""How the threads of one operator wait for each other."""

from __future__ import annotations

import os
import sys

_TURNS = 4000
"""From a tenth to a third of a millisecond, as processors differ: about what one thread does alone between operators.

With half of it threads fall asleep inside of a step; a virtual machine wakes them on the core of the very thread that
waits for them, and operators take two to four times as long. With more, every operator waits that long in vain once
other processes want the cores: a step of an LSTM that takes 7 ms takes 43 where two processes train one on two cores,
165 with five times as many turns, and up to a second with the library's own number.
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
