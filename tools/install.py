#!/usr/bin/env python3
"""Make a virtual environment and install this project in it; the standard library is all it needs.

    python3 tools/install.py .venv --extras dev --constraints constraints.txt

PyTorch's wheels on PyPI carry the CUDA libraries on Linux, some gigabytes of them. On a machine without an NVIDIA
GPU a CPU build is taken where one is to be had: the one pip is already configured to find, else the one on PyTorch's
own index if that answers, else what PyPI has.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
OLDEST_PYTHON = (3, 10)
PROBE_SECONDS = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("venv", type=Path, help="where the environment is, or is to be")
    parser.add_argument("--extras", default="", help="extras of the package, comma-separated")
    parser.add_argument("--constraints", type=Path, help="a pip constraints file")
    parser.add_argument("--package", type=Path, help="a wheel to install; the checkout itself, editable, if not given")
    options = parser.parse_args()
    if sys.version_info < OLDEST_PYTHON:
        return complain(
            f"{sys.executable} is Python {platform.python_version()}; Python {'.'.join(map(str, OLDEST_PYTHON))} or "
            "later is needed: name one, as in `make PYTHON=python3.12 train`"
        )
    try:
        pip = environment(options.venv)
        constraints = ["-c", str(options.constraints)] if options.constraints else []
        torch_first(pip, constraints, options.constraints)
        target = str(options.package.resolve()) if options.package else str(ROOT)
        if options.extras:
            target += f"[{options.extras}]"
        print(f"installing {target}", flush=True)
        run([*pip, "install", "--quiet", *constraints, *([] if options.package else ["-e"]), target])
    except subprocess.CalledProcessError as error:
        return complain(f"exit status {error.returncode} from: {' '.join(map(str, error.cmd))}")
    return 0


def complain(text: str) -> int:
    print(f"tools/install.py: {text}", file=sys.stderr)
    return 1


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def environment(venv: Path) -> list[str]:
    """Make ``venv`` unless it is there and works; return the command that is its pip."""
    scripts, suffix = ("Scripts", ".exe") if platform.system() == "Windows" else ("bin", "")
    python = venv / scripts / f"python{suffix}"
    if not works([str(python), "-c", ""]):
        print(f"making {venv} with {sys.executable} (Python {platform.python_version()})", flush=True)
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], stdin=subprocess.DEVNULL)
        if made.returncode:
            # Debian's python3 comes without ensurepip; the pip of the system can serve an environment that has none.
            print("trying again without a pip of its own", flush=True)
            run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(venv)])
    own = [str(python), "-m", "pip"]
    return own if works([*own, "--version"]) else [sys.executable, "-m", "pip", "--python", str(python)]


def works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    except OSError:
        return False


def torch_first(pip: list[str], constraints: list[str], file: Path | None) -> None:
    """Install PyTorch by itself where a plain ``pip install`` would bring CUDA to a machine that has no use for it."""
    if platform.system() != "Linux" or has_nvidia_gpu():
        return
    requirement = pinned(file, "torch") or "torch"
    version = would_install(pip, constraints, requirement)
    if version is None or version.endswith("+cpu") or not answers(f"{CPU_INDEX}/torch/"):
        print(f"PyTorch {version or 'as pip finds it'}", flush=True)
        return
    print(f"PyTorch from {CPU_INDEX}", flush=True)
    # Without its dependencies: they come from PyPI, with everything else.
    run([*pip, "install", "--quiet", "--no-deps", "--index-url", CPU_INDEX, requirement])


def has_nvidia_gpu() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def pinned(file: Path | None, name: str) -> str | None:
    """The requirement on ``name`` in a constraints file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "constraints.txt")
    ...     _ = path.write_text("numpy==2.2.6\\ntorch==2.13.0  # a comment\\n")
    ...     pinned(path, "torch")
    'torch==2.13.0'
    """
    if file is None:
        return None
    found = re.search(rf"^{name}\s*(==[^\s;#]+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    return f"{name}{found.group(1)}" if found else None


def would_install(pip: list[str], constraints: list[str], requirement: str) -> str | None:
    """The version that pip, as configured, would install; None where it is there already, "" where pip can't say."""
    done = subprocess.run(
        [*pip, "install", "--quiet", "--dry-run", "--no-deps", "--report", "-", *constraints, requirement],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    if done.returncode:
        return ""
    installs = json.loads(done.stdout or "{}").get("install", [])
    return installs[0]["metadata"]["version"] if installs else None


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PROBE_SECONDS):
            return True
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main())
