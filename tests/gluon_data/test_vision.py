"""Image data sets: read from folders, and what is refused."""

from __future__ import annotations

import gzip
import io
import shutil
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon.data import DataLoader
from mxnet.gluon.data.vision import CIFAR10, CIFAR100, MNIST, FashionMNIST, IDXDataset

EMBEDDED = Path(__file__).resolve().parents[2] / "examples" / "data" / "mnist"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """Downloads are noted and fail."""
    asked: list[tuple[str, str | None]] = []

    def download(url: str, path: str | None = None, sha1_hash: str | None = None, **_: Any) -> str:
        asked.append((url, sha1_hash))
        raise OSError("no network")

    monkeypatch.setattr("mxnet.gluon.utils.download", download)
    return asked


def write_digits(folder: Path, prefix: str, count: int, pack: Callable[[bytes], bytes] = bytes) -> None:
    suffix = ".gz" if pack is gzip.compress else ""
    pixels = (np.arange(count * 28 * 28) % 256).astype(np.uint8).tobytes()
    images = b"\0\0\x08\3" + struct.pack(">3I", count, 28, 28) + pixels
    labels = b"\0\0\x08\1" + struct.pack(">I", count) + bytes(i % 10 for i in range(count))
    (folder / f"{prefix}-images-idx3-ubyte{suffix}").write_bytes(pack(images))
    (folder / f"{prefix}-labels-idx1-ubyte{suffix}").write_bytes(pack(labels))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
@pytest.mark.parametrize("kind", [MNIST, FashionMNIST])
def test_a_folder_with_the_files_is_used_as_it_is(tmp_path: Path, kind: Any, pack: Any, no_network: list[Any]) -> None:
    write_digits(tmp_path, "train", 12, pack)
    write_digits(tmp_path, "t10k", 3, pack)
    train, test = kind(str(tmp_path)), kind(tmp_path, train=False)
    assert (len(train), len(test), no_network) == (12, 3, [])
    image, label = train[11]
    assert (image.shape, image.dtype, type(label), label) == ((28, 28, 1), np.uint8, np.int32, 1)


def test_the_embedded_digits_are_loaded_under_their_own_prefix() -> None:
    digits = IDXDataset(EMBEDDED, "train10k")
    assert len(digits) == 10000 and digits[0][0].shape == (28, 28, 1)
    tested = MNIST(EMBEDDED, train=False)
    assert [int(tested[i][1]) for i in range(5)] == [7, 2, 1, 0, 4]
    with pytest.raises(mx.MXNetError, match="nothing-images-idx3-ubyte.gz is not there"):
        IDXDataset(EMBEDDED, "nothing")


def test_a_transform_makes_the_sample_and_batches_keep_the_dtypes() -> None:
    halved = MNIST(EMBEDDED, train=False, transform=lambda image, label: (image.astype("float32") / 2, label + 1))
    image, label = halved[0]
    assert image.dtype is np.float32 and label == 8
    for pixels, kinds in DataLoader(MNIST(EMBEDDED, train=False).take(6), 4, num_workers=1):
        assert pixels.dtype is np.uint8 and kinds.dtype is np.int32 and pixels.shape[1:] == (28, 28, 1)


def test_missing_files_are_downloaded_with_their_checksum(tmp_path: Path, no_network: list[Any]) -> None:
    with pytest.raises(OSError, match="no network"):
        MNIST(tmp_path / "new")
    url, sha1 = no_network[0]
    assert url.endswith("/gluon/dataset/mnist/train-images-idx3-ubyte.gz")
    assert sha1 == "6c95f4b05d2bf285e1bfb0e7960c31bd3b3f8a7d"


def test_the_default_folder_follows_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_network: list[Any]
) -> None:
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    (tmp_path / "datasets" / "mnist").mkdir(parents=True)
    write_digits(tmp_path / "datasets" / "mnist", "t10k", 2)
    assert len(MNIST(train=False)) == 2


def test_a_truncated_file_is_an_error_that_names_file_and_offset(tmp_path: Path, no_network: list[Any]) -> None:
    write_digits(tmp_path, "train", 2, gzip.compress)
    images = tmp_path / "train-images-idx3-ubyte.gz"
    whole = images.read_bytes()
    images.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(mx.MXNetError, match=r"train-images-idx3-ubyte.gz: offset \d+: "):
        MNIST(tmp_path)
    images.write_bytes(gzip.compress(gzip.decompress(whole)[:1000]))
    with pytest.raises(ValueError, match="truncated; expected 1568 bytes from offset 16, got 984"):
        MNIST(tmp_path)


def test_labels_must_be_as_many_as_images(tmp_path: Path) -> None:
    write_digits(tmp_path, "train", 2)
    shutil.move(tmp_path / "train-images-idx3-ubyte", tmp_path / "kept")
    write_digits(tmp_path, "train", 3)
    shutil.move(tmp_path / "kept", tmp_path / "train-images-idx3-ubyte")
    with pytest.raises(ValueError, match="has 3 labels, expected 2"):
        MNIST(tmp_path)


def record(labels: list[int], value: int) -> bytes:
    return bytes(labels) + bytes([value]) * 1024 + bytes([value + 1]) * 1024 + bytes([value + 2]) * 1024


def test_cifar_is_read_channels_last_with_either_label(tmp_path: Path, no_network: list[Any]) -> None:
    for i in range(1, 6):
        (tmp_path / f"data_batch_{i}.bin").write_bytes(record([i], 10 * i) * 2)
    (tmp_path / "test_batch.bin").write_bytes(record([7], 1))
    train = CIFAR10(tmp_path)
    assert len(train) == 10 and [int(train[i][1]) for i in (0, 9)] == [1, 5]
    assert train[9][0].shape == (32, 32, 3) and train[9][0][0, 0].asnumpy().tolist() == [50, 51, 52]
    (tmp_path / "train.bin").write_bytes(record([3, 44], 0))
    assert [int(CIFAR100(tmp_path, fine_label=fine)[0][1]) for fine in (False, True)] == [3, 44]
    (tmp_path / "test_batch.bin").write_bytes(record([7], 1)[:-5])
    with pytest.raises(mx.MXNetError, match="test_batch.bin: offset 0: truncated"):
        CIFAR10(tmp_path, train=False)


def test_an_archive_is_unpacked_to_the_folder_and_nowhere_else(tmp_path: Path, no_network: list[Any]) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with tarfile.open(root / "cifar-10-binary.tar.gz", "w:gz") as packed:
        for name in ("cifar-10-batches-bin/test_batch.bin", "../escaped.bin", "/tmp/x/data_batch_1.bin"):
            member = tarfile.TarInfo(name)
            content = record([4], 9)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    assert int(CIFAR10(root, train=False)[0][1]) == 4
    assert not (tmp_path / "escaped.bin").exists() and (root / "data_batch_1.bin").exists()
    (root / "test_batch.bin").unlink()
    (root / "cifar-10-binary.tar.gz").write_bytes(b"\x1f\x8b damaged")
    with pytest.raises(mx.MXNetError, match="can not be unpacked"):
        CIFAR10(root, train=False)
