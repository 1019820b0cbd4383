"""tools/install.py: which PyTorch it takes, and what it says when it can't go on."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install_script", ROOT / "tools" / "install.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def commands(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would be run, on a Linux machine without a GPU where PyTorch's index answers and pip finds CUDA's build."""
    recorded: list[list[str]] = []
    monkeypatch.setattr(script.platform, "system", lambda: "Linux")
    monkeypatch.setattr(script, "has_nvidia_gpu", lambda: False)
    monkeypatch.setattr(script, "answers", lambda url: True)
    monkeypatch.setattr(script, "would_install", lambda pip, constraints, requirement: "2.13.0")
    monkeypatch.setattr(script, "run", recorded.append)
    return recorded


def take_torch(script: ModuleType) -> None:
    script.torch_first(["pip"], ["-c", "constraints.txt"], ROOT / "constraints.txt")


def test_cpu_build_of_the_pinned_version_comes_from_the_index_of_pytorch(
    script: ModuleType, commands: list[list[str]]
) -> None:
    take_torch(script)
    (command,) = commands
    assert command[-1] == script.pinned(ROOT / "constraints.txt", "torch")
    assert command[command.index("--index-url") + 1] == script.CPU_INDEX


@pytest.mark.parametrize("version", [None, "2.13.0+cpu"], ids=["is there already", "is what pip finds"])
def test_index_of_pytorch_is_not_asked_when_a_fitting_build(
    script: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(script, "would_install", lambda pip, constraints, requirement: version)
    monkeypatch.setattr(script, "answers", asked.append)
    take_torch(script)
    assert commands == [] and asked == []


def test_unreachable_index_leaves_the_choice_to_pip(
    script: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "answers", lambda url: False)
    take_torch(script)
    assert commands == []


def test_machine_with_a_gpu_gets_the_build_with_cuda(
    script: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "has_nvidia_gpu", lambda: True)
    take_torch(script)
    assert commands == []


def test_silent_index_is_given_up_after_seconds(script: ModuleType) -> None:
    import socket
    import time

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        script.PROBE_SECONDS = 0.2
        start = time.monotonic()
        assert script.answers(f"http://127.0.0.1:{listener.getsockname()[1]}/torch/") is False
        assert time.monotonic() - start < 30


def test_old_python_is_refused_with_the_way_out(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "OLDEST_PYTHON", (99, 0))
    monkeypatch.setattr(script.sys, "argv", ["install.py", "nowhere"])
    assert script.main() == 1
    assert "make PYTHON=" in capsys.readouterr().err
    assert not Path("nowhere").exists()
