"""What the README and CONTRIBUTING show is so: examples run, commands and paths exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
USE_OF_THE_OPERATOR = """
import mxnet as mx

x = mx.nd.array([0.25, -2.0])
x.attach_grad()
with mx.autograd.record():
    y = mx.nd.hard_shrink(x, lambd=1)
y.backward()
print(y.asnumpy().tolist(), x.grad.asnumpy().tolist(), mx.nd.hard_shrink(x, lambd="0.1").asnumpy().tolist())
"""


def example(text: str) -> str:
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return program


def output_of(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_lenet_of_the_readme_trains() -> None:
    name, accuracy = output_of(example(README)).split()
    assert name == "accuracy"
    assert 0.9 < float(accuracy) <= 1.0


def test_operator_of_contributing_works_and_has_its_gradient() -> None:
    assert output_of(example(CONTRIBUTING) + USE_OF_THE_OPERATOR) == "[0.0, -2.0] [0.0, 1.0] [0.25, -2.0]\n"


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_make_target_it_names_exists(text: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)(?=[ `\n])", re.sub(r"#.*", "", text)))
    assert "test" in named
    assert named <= targets


def test_first_commands_are_train_and_test() -> None:
    assert re.findall(r"^ {4}(make \w+)", README, re.MULTILINE)[:2] == ["make train", "make test"]


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_path_it_links_or_quotes_exists(text: str) -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    quoted = re.findall(r"`((?:src|examples|benchmarks|tests|tools)/[\w./-]*)`", text)
    assert quoted
    missing = [path for path in linked + quoted if not (ROOT / path).exists()]
    assert not missing
