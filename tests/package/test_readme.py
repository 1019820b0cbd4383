"""The README: its example runs, its commands are there, its links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_lenet_of_the_readme_trains() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    name, accuracy = done.stdout.split()
    assert name == "accuracy"
    assert 0.9 < float(accuracy) <= 1.0


def test_every_make_target_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)", README))
    assert {"train", "test"} <= named
    assert named <= targets


def test_first_commands_are_train_and_test() -> None:
    assert re.findall(r"^ {4}(make \w+)", README, re.MULTILINE)[:2] == ["make train", "make test"]


def test_every_path_it_links_or_quotes_exists() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", README)
    quoted = re.findall(r"`((?:src|examples|benchmarks|tests|tools)/[\w./-]*)`", README)
    assert linked and quoted
    missing = [path for path in linked + quoted if not (ROOT / path).exists()]
    assert not missing
