"""Under NumPy semantics data sets, transforms and loaders give arrays of ``mx.np``."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon.data import ArrayDataset, DataLoader
from mxnet.gluon.data.vision import CIFAR10, MNIST, transforms


@pytest.fixture(autouse=True)
def numpy_semantics() -> Iterator[None]:
    mx.npx.set_np()
    yield
    mx.npx.reset_np()


@pytest.fixture
def digits(tmp_path: Path) -> MNIST:
    pixels = np.arange(6 * 28 * 28, dtype=np.uint8).reshape(6, 28, 28)
    for name, header, values in (
        ("t10k-images-idx3-ubyte", struct.pack(">IIII", 2051, 6, 28, 28), pixels),
        ("t10k-labels-idx1-ubyte", struct.pack(">II", 2049, 6), np.arange(6, dtype=np.uint8)),
    ):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(header + values.tobytes()))
    return MNIST(str(tmp_path), train=False)


def is_array(value: Any, shape: tuple[int, ...], dtype: Any) -> bool:
    return type(value) is mx.np.ndarray and value.shape == shape and value.dtype == dtype


def test_samples_of_data_sets_are_numpys(digits: MNIST, tmp_path: Path) -> None:
    image, label = digits[2]
    assert is_array(image, (28, 28, 1), np.uint8) and is_array(label, (), np.int32) and label == 2
    images, labels = digits[1:4]
    assert is_array(images, (3, 28, 28, 1), np.uint8) and is_array(labels, (3,), np.int32)
    np.arange(2 * 3073, dtype=np.uint8).tofile(tmp_path / "test_batch.bin")
    photograph, label = CIFAR10(str(tmp_path), train=False)[1]
    assert is_array(photograph, (32, 32, 3), np.uint8) and is_array(label, (), np.int32)


COLOURS = mx.nd.array(np.arange(20 * 24 * 3).reshape(20, 24, 3) % 255, dtype="uint8")
CHANGES = {
    "ToTensor": (lambda: transforms.ToTensor(), (3, 20, 24), "float32"),
    "Resize": (lambda: transforms.Resize(10), (10, 10, 3), "uint8"),
    "Cast": (lambda: transforms.Cast("float32"), (20, 24, 3), "float32"),
    "CenterCrop": (lambda: transforms.CenterCrop(8), (8, 8, 3), "uint8"),
    "CropResize": (lambda: transforms.CropResize(1, 2, 6, 5), (5, 6, 3), "uint8"),
    "RandomResizedCrop": (lambda: transforms.RandomResizedCrop(8), (8, 8, 3), "uint8"),
    "RandomFlipLeftRight": (lambda: transforms.RandomFlipLeftRight(), (20, 24, 3), "uint8"),
    "RandomFlipTopBottom": (lambda: transforms.RandomFlipTopBottom(), (20, 24, 3), "uint8"),
    "RandomBrightness": (lambda: transforms.RandomBrightness(0.3), (20, 24, 3), "uint8"),
    "RandomContrast": (lambda: transforms.RandomContrast(0.3), (20, 24, 3), "uint8"),
    "RandomSaturation": (lambda: transforms.RandomSaturation(0.3), (20, 24, 3), "uint8"),
    "RandomHue": (lambda: transforms.RandomHue(0.3), (20, 24, 3), "uint8"),
    "RandomColorJitter": (lambda: transforms.RandomColorJitter(0.1, 0.1, 0.1, 0.1), (20, 24, 3), "uint8"),
    "RandomLighting": (lambda: transforms.RandomLighting(0.1), (20, 24, 3), "uint8"),
    "Rotate": (
        lambda: transforms.Compose([transforms.ToTensor(), transforms.Rotate(30)]),
        (3, 20, 24),
        "float32",
    ),
    "several": (
        lambda: transforms.Compose(
            [transforms.Resize(12), transforms.ToTensor(), transforms.Normalize((0.1, 0.2, 0.3), (1, 2, 3))]
        ),
        (3, 12, 12),
        "float32",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_transforms_keep_arrays_numpys(name: str) -> None:
    make, shape, dtype = CHANGES[name]
    assert is_array(make()(COLOURS.as_np_ndarray()), shape, np.dtype(dtype))


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_are_numpys(digits: MNIST, workers: int) -> None:
    change = transforms.Compose([transforms.Resize(16), transforms.ToTensor()])
    (images, labels), _ = DataLoader(digits.transform_first(change), 4, num_workers=workers)
    assert is_array(images, (4, 1, 16, 16), np.float32) and is_array(labels, (4,), np.int32)
    (points, numbers), _ = DataLoader(ArrayDataset(mx.np.ones((6, 2)), [1, 2, 3, 4, 5, 6]), 4, num_workers=workers)
    assert is_array(points, (4, 2), np.float32) and is_array(numbers, (4,), np.int64)


def test_images_that_are_read_and_changed_are_numpys(tmp_path: Path) -> None:
    path = tmp_path / "picture.ppm"
    path.write_bytes(b"P6 4 3 255\n" + bytes(range(36)))
    image = mx.image.imread(str(path))
    assert is_array(image, (3, 4, 3), np.uint8)
    assert is_array(mx.image.imdecode(path.read_bytes()), (3, 4, 3), np.uint8)
    assert is_array(mx.image.imresize(image, 2, 2), (2, 2, 3), np.uint8)
    assert is_array(mx.image.copyMakeBorder(image, 1, 1, 1, 1), (5, 6, 3), np.uint8)


def test_tables_of_mixed_columns_are_arrays_of_numbers() -> None:
    table = np.array([[True, 1.5], [None, 2]], dtype=object)
    for made in (mx.nd.array(table), mx.np.array(table, dtype="float32")):
        np.testing.assert_array_equal(made.asnumpy(), np.array([[1, 1.5], [np.nan, 2]], np.float32))
    with pytest.raises(TypeError, match="could not convert string"):
        mx.nd.array(np.array(["a", 1], dtype=object))
