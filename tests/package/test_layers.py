"""The layers: the sources keep them, and the rule that says so has teeth."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint_imports(config: Path, sources: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
        + ["--config", str(config), "--no-cache"],
        env={**os.environ, "PYTHONPATH": str(sources)},
        cwd=config.parent,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def test_sources_import_downwards_only() -> None:
    done = lint_imports(ROOT / "pyproject.toml", ROOT / "src")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "statement",
    ["import mxnet.gluon", "def later():\n    from mxnet.gluon import nothing"],
    ids=["at the top", "inside a function"],
)
def test_an_import_upwards_is_reported(tmp_path: Path, statement: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("", "_base", "_ops", "_runtime", "_kernels", "_graph", "ndarray", "symbol", "gluon"):
        folder = tmp_path / "src" / "mxnet" / package
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("nothing = None\n")
    assert lint_imports(tmp_path / "pyproject.toml", tmp_path / "src").returncode == 0

    (tmp_path / "src" / "mxnet" / "_ops" / "__init__.py").write_text(statement + "\n")
    done = lint_imports(tmp_path / "pyproject.toml", tmp_path / "src")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "mxnet._ops is not allowed to import mxnet.gluon" in done.stdout
