"""Time mxnet-next beside its rivals.

    python -m benchmarks dispatch lenet import --against torch,mxnet --json out/bench.json

Every backend runs in a long-lived process of its own. After warm-up a case is timed in rounds, one block of each
backend in turn (ours, torch, mxnet, ours, torch, mxnet, ...), so that whatever else the machine does meets all of them
alike. Printed are the median and the fastest round, for one iteration, and our time over the rival's: below 1 we are
the faster one. Of families with many cases the worst are timed again, longer and each in new processes, for what looks
bad may be an accident: of a minute, or of where a process happens to have its memory.
Families with figures of memory print these too.

Rivals: torch, PyTorch itself in this Python; mxnet, MXNet 1.9.1 in the Python that MXNET_ORACLE_PYTHON names. A rival
that is not there is left out, by name.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import importlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks import runner
from benchmarks.cases import FAMILIES

RIVALS = ("torch", "mxnet")
ORACLE_VARIABLE = "MXNET_ORACLE_PYTHON"
ROUNDS, SECONDS = 15, 0.2
AGAIN = 3
"""How many times as many rounds the worst cases have when they are timed again."""


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    families = {name: (FAMILIES[name], cases_of(name, options.only)) for name in options.families or FAMILIES}
    if not any(cases for _, cases in families.values()):
        print(f"no case of {', '.join(families)} has {options.only!r} in its name", file=sys.stderr)
        return 2
    try:
        return compare(families, options)
    except runner.WorkerError as error:
        print(error, file=sys.stderr)
        return 1


def compare(families: Mapping[str, tuple[str, list[str]]], options: argparse.Namespace) -> int:
    failed: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        workers, left_out = start(stack, options.against, options.threads)
        about = {name: worker.about for name, worker in workers.items()}
        for name, who in about.items():
            print(f"{name}: {who['package']} {who['version']} in {who['file']}, Python {who['python']}")
        for name, reason in left_out.items():
            print(f"{name}: left out: {reason}")
        load = runner.load()
        if load > 0.5:
            print(f"note: the machine has {load:.1f} processes running besides; figures will be rough")
        print(f"{options.threads} threads\n", flush=True)

        chosen = [(family, case) for family, (_, cases) in families.items() for case in cases]
        results = list(measured(workers, chosen, options, failed))
        megabytes = memory(workers, families, options.only)
    again = []
    for case in runner.worst(results):
        with contextlib.ExitStack() as stack:
            workers, _ = start(stack, options.against, options.threads)
            again += measured(workers, [case], options, failed, AGAIN)
    if results:
        print(runner.table(results))
    if megabytes:
        print("\n" + runner.memory_table(megabytes))
    if summary := runner.summary(results, again):
        print(summary)
    for case, reason in failed.items():
        print(f"\nfailed: {case}\n{reason}", file=sys.stderr)
    if options.json:
        facts = {"load": load, "backends": about, "left_out": left_out, "failed": failed, "megabytes": megabytes}
        facts["again"] = [result.as_json() for result in again]
        write(options.json, facts, results, options)
    return 1 if failed else 0


def measured(
    workers: Mapping[str, runner.Worker],
    chosen: Iterable[tuple[str, str]],
    options: argparse.Namespace,
    failed: dict[str, str],
    factor: int = 1,
) -> Iterator[runner.Result]:
    """The figures of families' cases, in ``factor`` times the usual rounds; why others have none goes to ``failed``."""
    for family, case in chosen:
        print(f"  {family}: {case}", file=sys.stderr, flush=True)
        module = FAMILIES[family]
        rounds, seconds = effort(module, options)
        try:
            who = written_for(workers, module, case)
            yield runner.measure(who, family, module, case, factor * rounds, seconds)
        except runner.WorkerError as error:
            failed[f"{family}: {case}"] = str(error)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("benchmarks", None, __doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=f"of {', '.join(FAMILIES)}; all if none is given")
    parser.add_argument("--against", type=names, default=list(RIVALS), help="rivals, comma-separated")
    parser.add_argument("--only", default="", metavar="TEXT", help="the cases with TEXT in their name")
    parser.add_argument("--rounds", type=positive, help=f"{ROUNDS}, or what the family states, if not given")
    parser.add_argument("--seconds", type=float, help=f"the length of one block; {SECONDS}, or what the family states")
    parser.add_argument("--threads", type=positive, default=runner.cores(), help="for every backend alike")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure to FILE")
    options = parser.parse_args(arguments)
    for given, known in ((options.families, FAMILIES), (options.against, RIVALS)):
        unknown = [name for name in given if name not in known]
        if unknown:
            parser.error(f"{', '.join(unknown)}: not among {', '.join(known)}")
    return options


def memory(
    workers: Mapping[str, runner.Worker], families: Mapping[str, tuple[str, list[str]]], text: str
) -> dict[str, dict[str, int]]:
    """The megabytes of every backend in the cases of memory that have ``text`` in their name."""
    return {
        f"{family}: {case}": {
            name: worker.megabytes(module, case)
            for name, worker in workers.items()
            if worker.backend.package in packages
        }
        for family, (module, _) in families.items()
        for case, packages in getattr(importlib.import_module(module), "MEGABYTES", {}).items()
        if text in case
    }


def written_for(workers: Mapping[str, runner.Worker], module: str, case: str) -> dict[str, runner.Worker]:
    packages = importlib.import_module(module).CASES[case]
    return {name: worker for name, worker in workers.items() if worker.backend.package in packages}


def effort(module: str, options: argparse.Namespace) -> tuple[int, float]:
    """Rounds, and the seconds of a block: as asked, else as the family states, else as usual."""
    stated = importlib.import_module(module)
    return (
        options.rounds or getattr(stated, "ROUNDS", ROUNDS),
        options.seconds or getattr(stated, "SECONDS", SECONDS),
    )


def names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def cases_of(family: str, text: str) -> list[str]:
    return [case for case in importlib.import_module(FAMILIES[family]).CASES if text in case]


def backends(against: list[str], environment: Mapping[str, str]) -> tuple[list[runner.Backend], dict[str, str]]:
    """Ourselves and the rivals that are to be had; and why each other one is not."""
    found = [runner.Backend(runner.OURS, sys.executable, "mxnet", environment)]
    left_out = {}
    for name in against:
        if name == "torch":
            found.append(runner.Backend(name, sys.executable, "torch", environment))
        elif environment.get(ORACLE_VARIABLE):
            # PYTHONPATH may be what makes this checkout importable; in the rival's process it would hide the rival.
            clean = {key: value for key, value in environment.items() if key != "PYTHONPATH"}
            found.append(runner.Backend(name, environment[ORACLE_VARIABLE], "mxnet", clean))
        else:
            left_out[name] = f"{ORACLE_VARIABLE} does not name a Python that has MXNet 1.9.1"
    return found, left_out


def start(
    stack: contextlib.ExitStack, against: list[str], threads: int
) -> tuple[dict[str, runner.Worker], dict[str, str]]:
    found, left_out = backends(against, os.environ)
    workers: dict[str, runner.Worker] = {}
    for backend in found:
        try:
            worker = stack.enter_context(runner.Worker(backend, threads))
        except runner.WorkerError as error:
            if backend.name == runner.OURS:
                raise
            left_out[backend.name] = str(error)
            continue
        if backend.name == "mxnet" and worker.about["file"] == workers[runner.OURS].about["file"]:
            left_out[backend.name] = f"{backend.python} imports mxnet-next, not MXNet 1.9.1"
            continue
        workers[backend.name] = worker
    return workers, left_out


def write(path: Path, facts: Mapping[str, object], results: list[runner.Result], options: argparse.Namespace) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": platform.platform(),
        "cores": runner.cores(),
        "threads": options.threads,
        **facts,
        "results": [result.as_json() for result in results],
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
