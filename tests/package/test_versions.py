"""Two versions: the one other packages compare, and the distribution's own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import mxnet as mx

ROOT = Path(__file__).resolve().parents[2]


def distribution_version() -> str:
    found = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return found.group(1)


def pins() -> dict[str, list[str]]:
    pinned: dict[str, list[str]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        requirement = line.split("#")[0].split(";")[0].strip()
        if requirement:
            name, version = requirement.split("==")
            pinned.setdefault(name, []).append(version)
    return pinned


def test_package_reports_the_release_whose_interface_it_has() -> None:
    assert mx.__version__ == "1.9.1"


def test_changelog_begins_with_the_version_of_the_distribution() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == distribution_version()


def test_python_m_mxnet_prints_both_versions() -> None:
    done = subprocess.run([sys.executable, "-m", "mxnet"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    assert "1.9.1" in done.stdout
    assert distribution_version() in done.stdout


def test_every_requirement_of_the_set_up_is_pinned_and_no_minimum_exceeds_its_pin() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pinned = pins()
    minima = dict(re.findall(r'"([a-z-]+)>=([\d.]+)"', text))
    for name, minimum in minima.items():
        if name in ("bokeh", "onnx", "pandas", "pre-commit", "ray"):  # installed by no make target that runs the code
            continue
        for pin in pinned[name]:
            assert tuple(map(int, pin.split("."))) >= tuple(map(int, minimum.split("."))), name


REPLACED_IMPORTS = """
from unittest.mock import patch
import mxnet as mx

with patch("importlib.import_module", return_value=object()):
    print(mx.gluon.nn.Dense.__name__, mx.sym.np.random.normal.__name__, mx.np.linalg.norm.__name__)
    print(mx.np.ones((2,)).sum().item(), mx.base._LIB is not None, mx.module.Module.__name__)
"""


def test_modules_load_while_a_test_replaces_import_module() -> None:
    done = subprocess.run(
        [sys.executable, "-c", REPLACED_IMPORTS], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.stdout.splitlines() == ["Dense normal norm", "2.0 True Module"], done.stderr
