"""The benchmark program: its protocol, its order of timing, its arithmetic, and that every case runs."""

from __future__ import annotations

import ast
import contextlib
import importlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest
import torch

import benchmarks.__main__ as program
import mxnet as mx
from benchmarks import runner
from benchmarks.cases import FAMILIES, data_files

ROOT = Path(__file__).resolve().parents[2]

# Its backends are two modules of the standard library, so that nothing heavy is imported.
FAKE = """
import os
import time

def writing(package):
    def block(iterations):
        with open(os.environ["FAKE_LOG"], "a") as log:
            log.write(package.__name__ + " ")
        print("this must not be taken for an answer")
        time.sleep(0.001 * iterations)
    return block

def failing(package):
    raise ValueError("no such thing here")

def dying(package):
    print("last words", flush=True)
    os._exit(3)

CASES = {name: {"json": make, "string": make} for name, make in
         {"writing": writing, "failing": failing, "dying": dying}.items()}
CASES.update({f"of many {n}": CASES["writing"] for n in range(11)})
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "fake_cases.py").write_text(FAKE)
    return tmp_path / "log"


@pytest.fixture
def fakes(log: Path) -> list[runner.Backend]:
    environment = {**os.environ, "PYTHONPATH": str(log.parent), "FAKE_LOG": str(log)}
    return [
        runner.Backend(name, sys.executable, package, environment)
        for name, package in (("ours", "json"), ("torch", "string"))
    ]


@pytest.fixture
def workers(fakes: list[runner.Backend]) -> Iterator[dict[str, runner.Worker]]:
    with contextlib.ExitStack() as stack:
        yield {fake.name: stack.enter_context(runner.Worker(fake, 1)) for fake in fakes}


def test_rivals_take_turns_after_their_warm_up(workers: dict[str, runner.Worker], log: Path) -> None:
    result = runner.measure(workers, "fake", "fake_cases", "writing", rounds=3, seconds=0.004)
    turns = log.read_text().split()
    assert turns[-6:] == ["json", "string"] * 3
    assert len(turns) > 6, "no warm-up"
    assert {len(samples) for samples in result.samples.values()} == {3}
    assert all(0.001 <= sample < 1 for samples in result.samples.values() for sample in samples)


def test_ratio_is_the_median_of_the_quotients_of_each_round() -> None:
    result = runner.Result("f", "c", {"ours": [1.0, 10.0, 3.0], "torch": [2.0, 10.0, 1.0]}, {"ours": 1, "torch": 1})
    assert result.ratio("torch") == 1.0
    assert result.as_json()["ours_over"] == {"torch": 1.0}
    assert result.as_json()["seconds"]["ours"] == {
        "median": 3.0,
        "min": 1.0,
        "rounds": [1.0, 10.0, 3.0],
        "iterations": 1,
    }


def test_case_that_fails_is_an_error_naming_backend_and_cause(workers: dict[str, runner.Worker]) -> None:
    with pytest.raises(runner.WorkerError, match="(?s)torch: .*no such thing here"):
        workers["torch"].load("fake_cases", "failing", 0.001)
    assert workers["torch"].load("fake_cases", "writing", 0.001) >= 1, "the worker goes on"


def test_worker_that_dies_is_an_error_with_its_last_words(workers: dict[str, runner.Worker]) -> None:
    with pytest.raises(runner.WorkerError, match="(?s)ours: .*status 3.*last words"):
        workers["ours"].load("fake_cases", "dying", 0.001)


@pytest.mark.parametrize(
    ("python", "package", "message"),
    [("/no/such/python", "json", "can not be run"), (sys.executable, "no_such_package", "No module named")],
)
def test_backend_that_is_not_there_is_an_error_naming_it(python: str, package: str, message: str) -> None:
    with pytest.raises(runner.WorkerError, match=f"(?s)mxnet: .*{message}"):
        runner.Worker(runner.Backend("mxnet", python, package, os.environ), 1)


@pytest.fixture
def run(fakes: list[runner.Backend], monkeypatch: pytest.MonkeyPatch, log: Path) -> Callable[..., int]:
    """The program with the fake family and backends, called with the cases to run and other options."""
    monkeypatch.syspath_prepend(str(log.parent))
    monkeypatch.setattr(program, "FAMILIES", {"fake": "fake_cases"})
    monkeypatch.setattr(program, "backends", lambda against, environment: (fakes, {"mxnet": "not here"}))
    return lambda only, *options: program.main(
        ["fake", "--only", only, "--rounds", "2", "--seconds", "0.002", "--threads", "1", *options]
    )


def test_program_prints_a_table_and_writes_every_figure(
    run: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "new folder" / "bench.json"
    assert run("writing", "--json", str(target)) == 0
    printed = capsys.readouterr().out
    assert "mxnet: left out: not here" in printed
    assert "ours/torch" in printed and "fake: writing" in printed
    written = json.loads(target.read_text())
    assert written["left_out"] == {"mxnet": "not here"}
    assert written["backends"]["torch"]["package"] == "string"
    (row,) = written["results"]
    assert row["case"] == "writing"
    assert set(row["seconds"]) == {"ours", "torch"}
    assert row["ours_over"]["torch"] > 0


def test_case_that_fails_is_named_and_the_others_are_still_timed(
    run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("ing") == 1
    printed = capsys.readouterr()
    assert "fake: writing" in printed.out
    assert "failed: fake: failing" in printed.err and "no such thing here" in printed.err


def test_program_prints_the_summary_of_a_large_family_without_figures_of_memory(
    run: Callable[..., int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = mock.Mock(side_effect=program.start)
    monkeypatch.setattr(program, "start", start)
    assert run("of many") == 0
    assert start.call_count == 1 + 10  # what is timed again is so in new processes
    printed = capsys.readouterr()
    assert "fake: 11 cases, geometric mean of ours/torch" in printed.out
    assert printed.err.count("fake: ") == 11 + 10  # the worst are timed again
    assert all(re.fullmatch(r"  \d+\.\d\d  \d+\.\d\d  .*", line) for line in printed.out.splitlines()[-10:])


def test_rival_without_an_interpreter_is_left_out_by_name() -> None:
    found, left_out = program.backends(["torch", "mxnet"], {"PATH": "/bin"})
    assert [backend.name for backend in found] == ["ours", "torch"]
    assert list(left_out) == ["mxnet"]
    assert "MXNET_ORACLE_PYTHON" in left_out["mxnet"]


def test_rival_named_by_the_environment_does_not_see_our_sources() -> None:
    environment = {"MXNET_ORACLE_PYTHON": "/opt/old/python", "PYTHONPATH": "src"}
    found, left_out = program.backends(["mxnet"], environment)
    assert left_out == {}
    assert found[1].python == "/opt/old/python"
    assert "PYTHONPATH" in found[0].environment
    assert "PYTHONPATH" not in found[1].environment


def test_ourselves_under_the_name_of_the_rival_are_left_out(
    monkeypatch: pytest.MonkeyPatch, fakes: list[runner.Backend]
) -> None:
    again = runner.Backend("mxnet", sys.executable, fakes[0].package, fakes[0].environment)
    monkeypatch.setattr(program, "backends", lambda against, environment: ([fakes[0], again], {}))
    with contextlib.ExitStack() as stack:
        workers, left_out = program.start(stack, ["mxnet"], 1)
    assert list(workers) == ["ours"]
    assert "not MXNet 1.9.1" in left_out["mxnet"]


@pytest.mark.parametrize("arguments", [["nothing"], ["--against", "caffe"], ["--rounds", "0"]])
def test_unknown_names_and_senseless_numbers_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        program.main(arguments)
    assert stop.value.code == 2


SMALL = {"IMAGES": 64, "DIGITS": 256, "RECORDS": 100}


@pytest.fixture(scope="module")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder for the files of the data family, which are made small here."""
    return str(tmp_path_factory.mktemp("benchmarks"))


def every_case() -> Iterator[tuple[str, str, ModuleType]]:
    for family, module in FAMILIES.items():
        for case, packages in importlib.import_module(module).CASES.items():
            yield from ((family, case, package) for package in (mx, torch) if package.__name__ in packages)


@pytest.mark.parametrize(("family", "case", "package"), list(every_case()))
def test_every_case_runs(
    monkeypatch: pytest.MonkeyPatch, small_files: str, family: str, case: str, package: ModuleType
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", small_files)
    for name, value in SMALL.items():
        monkeypatch.setattr(data_files, name, value)
    make = importlib.import_module(FAMILIES[family]).CASES[case][package.__name__]
    make(package)(2)


def test_the_summary_names_the_worst_cases_of_a_large_family() -> None:
    results = [runner.Result("f", f"case {n}", {"ours": [2.0**n], "mxnet": [2.0]}, {}) for n in range(12)]
    again = [runner.Result("f", "case 11", {"ours": [3.0], "mxnet": [2.0]}, {})]
    assert runner.worst(results) == [("f", f"case {n}") for n in range(11, 1, -1)]
    text = runner.summary(results, again)
    assert "12 cases, geometric mean of ours/mxnet 22.63" in text
    assert text.splitlines()[2:4] == ["  1024.00  1.50  case 11", "  512.00        case 10"]
    assert len(text.splitlines()) == 2 + 10


def test_what_the_rivals_interpreters_run_is_python_3_8() -> None:
    files = [ROOT / "benchmarks" / "__init__.py", ROOT / "benchmarks" / "worker.py"]
    files += sorted((ROOT / "benchmarks" / "cases").glob("*.py"))
    assert len(files) > 4
    for file in files:
        ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))
