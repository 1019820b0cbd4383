"""Workers, interleaved rounds, medians and ratios."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OURS = "ours"
# A thread pool spins for some milliseconds after its last work (libgomp: about 6); the next backend waits them out.
SETTLE_SECONDS = 0.02


class WorkerError(RuntimeError):
    """A backend that can not be started, or a case that failed in it."""


@dataclass(frozen=True)
class Backend:
    """Who is timed: ``name`` in the table, the ``python`` that runs it, the ``package`` it imports."""

    name: str
    python: str
    package: str
    environment: Mapping[str, str]


class Worker:
    """The process of one backend, alive for the whole run. Use it as a context manager."""

    def __init__(self, backend: Backend, threads: int) -> None:
        self.backend = backend
        self._log = tempfile.TemporaryFile("w+")
        try:
            self._process = subprocess.Popen(
                [backend.python, "-m", "benchmarks.worker", backend.package, str(threads)],
                cwd=ROOT,
                env={**backend.environment, "OMP_NUM_THREADS": str(threads)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                text=True,
            )
        except OSError as error:
            self._log.close()
            raise WorkerError(f"{backend.name}: {backend.python} can not be run: {error}") from error
        try:
            self.about = self._answer()
        except WorkerError:
            self.close()
            raise

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        for pipe in (stdin, stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def load(self, module: str, case: str, seconds: float) -> int:
        """Set ``case`` up and warm it up; return the iterations that take about ``seconds``."""
        return self._ask(do="load", module=module, case=case, seconds=seconds)["iterations"]

    def time(self, iterations: int) -> float:
        """Seconds for one iteration, from a block of ``iterations``."""
        return self._ask(do="time", iterations=iterations)["seconds"] / iterations

    def megabytes(self, module: str, case: str) -> int:
        """What the family's ``case`` of memory says."""
        return int(self._ask(do="megabytes", module=module, case=case)["megabytes"])

    def _ask(self, **request: Any) -> dict[str, Any]:
        stdin = self._process.stdin
        if stdin is None:
            raise WorkerError(f"{self.backend.name}: the pipe to its process is gone")
        try:
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
        except BrokenPipeError:
            pass  # the process has ended; reading its answer says so, with what it printed last
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            status = self._process.wait()
            self._log.seek(0)
            last = "".join(self._log.readlines()[-10:])
            raise WorkerError(f"{self.backend.name}: its process ended with status {status}\n{last}")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{self.backend.name}: {answer['error']}")
        return answer


@dataclass(frozen=True)
class Result:
    """One case: for each backend the seconds an iteration took, one figure a round."""

    family: str
    case: str
    samples: Mapping[str, Sequence[float]]
    iterations: Mapping[str, int]

    def median(self, name: str) -> float:
        return statistics.median(self.samples[name])

    def times(self, name: str) -> tuple[str, str]:
        """The median and the fastest round as text, of a backend that the case may be without."""
        if name not in self.samples:
            return "", ""
        return seconds_as_text(self.median(name)), seconds_as_text(min(self.samples[name]))

    def ratio(self, rival: str) -> float:
        """Our time over the rival's: the median of the rounds' quotients, so that drift of the machine cancels.

        >>> Result("f", "c", {"ours": [2.0, 4.0, 9.0], "torch": [1.0, 2.0, 3.0]}, {}).ratio("torch")
        2.0
        """
        return statistics.median(a / b for a, b in zip(self.samples[OURS], self.samples[rival], strict=True))

    def as_json(self) -> dict[str, Any]:
        rivals = [name for name in self.samples if name != OURS]
        return {
            "family": self.family,
            "case": self.case,
            "seconds": {
                name: {
                    "median": self.median(name),
                    "min": min(samples),
                    "rounds": list(samples),
                    "iterations": self.iterations[name],
                }
                for name, samples in self.samples.items()
            },
            "ours_over": {name: self.ratio(name) for name in rivals},
        }


def measure(workers: Mapping[str, Worker], family: str, module: str, case: str, rounds: int, seconds: float) -> Result:
    """Time ``case`` in every worker: after warm-up, round after round, one block of each in turn."""
    iterations = {name: worker.load(module, case, seconds) for name, worker in workers.items()}
    samples: dict[str, list[float]] = {name: [] for name in workers}
    for _ in range(rounds):
        for name, worker in workers.items():
            time.sleep(SETTLE_SECONDS)
            samples[name].append(worker.time(iterations[name]))
    return Result(family, case, samples, iterations)


def memory_table(figures: Mapping[str, Mapping[str, int]]) -> str:
    """Lines of text: for each case the megabytes of every backend that has it, then our share of each rival's.

    >>> print(memory_table({"plan": {"ours": 90, "mxnet": 100}}))
    plan  ours 90 MB  mxnet 100 MB  ours/mxnet 0.90
    """
    lines = []
    for case, found in figures.items():
        parts = [case, *(f"{name} {value} MB" for name, value in found.items())]
        parts += [f"ours/{name} {found[OURS] / value:.2f}" for name, value in found.items() if name != OURS]
        lines.append("  ".join(parts))
    return "\n".join(lines)


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load() -> float:
    """How many processes have been running on this machine, over the last minute; 0 where it does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def seconds_as_text(seconds: float) -> str:
    """
    >>> seconds_as_text(1.5), seconds_as_text(0.0123), seconds_as_text(2.5e-6)
    ('1.500 s', '12.30 ms', '2.50 us')
    """
    for unit, scale, digits in (("s", 1.0, 3), ("ms", 1e-3, 2)):
        if seconds >= scale:
            return f"{seconds / scale:.{digits}f} {unit}"
    return f"{seconds / 1e-6:.2f} us"


def table(results: Sequence[Result]) -> str:
    """Lines of text: for each case the median and the fastest round of every backend, then the ratios."""
    names = list(dict.fromkeys(name for result in results for name in result.samples))
    rivals = [name for name in names if name != OURS]
    head = ["case"] + [text for name in names for text in (name, "min")] + [f"ours/{rival}" for rival in rivals]
    rows = [
        [f"{result.family}: {result.case}"]
        + [text for name in names for text in result.times(name)]
        + [f"{result.ratio(rival):.2f}" if rival in result.samples else "" for rival in rivals]
        for result in results
    ]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in [head, *rows]
    )


WORST = 10
"""How many cases a summary names, which are timed again: that one looks bad may be an accident of its minute."""


def _rated(results: Sequence[Result]) -> dict[tuple[str, str], list[tuple[float, Result]]]:
    """For each family, and each rival that more than ``WORST`` of its cases have: ratios and cases, the worst first."""
    found: dict[tuple[str, str], list[tuple[float, Result]]] = {}
    for result in results:
        for rival in (name for name in result.samples if name != OURS):
            found.setdefault((result.family, rival), []).append((result.ratio(rival), result))
    return {
        who: sorted(rated, key=lambda pair: pair[0], reverse=True) for who, rated in found.items() if len(rated) > WORST
    }


def worst(results: Sequence[Result]) -> list[tuple[str, str]]:
    """Family and case of all that a summary names."""
    named = [(r.family, r.case) for rated in _rated(results).values() for _, r in rated[:WORST]]
    return list(dict.fromkeys(named))


def summary(results: Sequence[Result], again: Sequence[Result] = ()) -> str:
    """For each family of many cases: the geometric mean of the ratios to a rival, and the worst ones.

    Args:
        results: all that was timed.
        again: what was timed once more, of the worst; their second ratio stands beside the first.
    """
    second = {(result.family, result.case): result for result in again}
    lines = []
    for (family, rival), rated in _rated(results).items():
        mean = statistics.geometric_mean([ratio for ratio, _ in rated])
        lines += ["", f"{family}: {len(rated)} cases, geometric mean of ours/{rival} {mean:.2f}; the worst, and again:"]
        for ratio, result in rated[:WORST]:
            other = second.get((family, result.case))
            lines.append(f"  {ratio:.2f}  {'' if other is None else f'{other.ratio(rival):.2f}':4}  {result.case}")
    return "\n".join(lines)
