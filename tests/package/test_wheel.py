"""What is built for distribution: metadata and contents."""

from __future__ import annotations

import os
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import hatchling.build
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        return folder / hatchling.build.build_wheel(str(folder))
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def test_one_wheel_serves_every_python_and_platform(wheel: Path) -> None:
    assert wheel.name.startswith("mxnet_next-")
    assert wheel.name.endswith("-py3-none-any.whl")


def test_wheel_holds_the_package_its_license_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "mxnet/__init__.py" in names
    assert "mxnet/_ops/registry.py" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"mxnet", "mxnet_next"}
    assert not [name for name in names if name.endswith((".pyc", ".so", ".gz"))]


def test_wheel_needs_pytorch_numpy_and_a_progress_bar_only(metadata: Message) -> None:
    plain = [text for text in metadata.get_all("Requires-Dist") if "extra ==" not in text]
    assert sorted(plain) == ["numpy>=1.26", "torch>=2.9", "tqdm>=4.60"]


def test_wheel_says_what_it_is(metadata: Message) -> None:
    assert metadata["Name"] == "mxnet-next"
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert set(metadata.get_all("Provides-Extra")) == {
        *("image", "dist", "onnx", "safetensors", "viz", "notebook", "test", "lint", "dev")
    }
