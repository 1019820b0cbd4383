"""One backend in a process of its own, told over pipes what to time.

    python -m benchmarks.worker PACKAGE THREADS

Each line of standard input is a JSON request and is answered by one JSON line on standard output:

    {"do": "load", "case": NAME, "module": MODULE, "seconds": S}    -> {"iterations": N}
    {"do": "time", "iterations": N}                                 -> {"seconds": T}
    {"do": "megabytes", "case": NAME, "module": MODULE}             -> {"megabytes": M}

``load`` sets the case up, warms it up and finds how many iterations fill ``S`` seconds; ``time`` runs a block of them.
What goes wrong is answered with ``{"error": TEXT}``. The first line of all, unasked, says which package this is.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import time
import traceback


def main(package_name, threads):
    replies = claim_stdout()
    try:
        package = importlib.import_module(package_name)
        if package_name == "torch":
            package.set_num_threads(threads)
    except Exception:
        # The caller can't see this process: whatever happened is its answer.
        send(replies, {"error": traceback.format_exc()})
        return 1
    send(
        replies,
        {
            "package": package_name,
            "version": getattr(package, "__version__", "unknown"),
            "file": getattr(package, "__file__", None),
            "python": platform.python_version(),
        },
    )
    block = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "load":
                block = importlib.import_module(request["module"]).CASES[request["case"]][package_name](package)
                answer = {"iterations": calibrate(block, request["seconds"])}
            elif request["do"] == "megabytes":
                measure = importlib.import_module(request["module"]).MEGABYTES[request["case"]][package_name]
                answer = {"megabytes": measure(package)}
            else:
                answer = {"seconds": timed(block, request["iterations"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        send(replies, answer)
    return 0


def claim_stdout():
    """Keep standard output for the answers; what else is printed goes to standard error."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return replies


def send(replies, message):
    replies.write(json.dumps(message) + "\n")
    replies.flush()


def calibrate(block, seconds):
    """Warm ``block`` up and return how many iterations of it take about ``seconds``."""
    block(1)
    iterations = 1
    while True:
        took = timed(block, iterations)
        if took >= seconds / 4:
            return max(1, round(iterations * seconds / took))
        iterations *= 4


def timed(block, iterations):
    start = time.perf_counter()
    block(iterations)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
