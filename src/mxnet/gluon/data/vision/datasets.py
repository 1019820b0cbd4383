"""Data sets of images, from a folder or downloaded."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable
from typing import Any

import numpy as np

from mxnet._base.errors import FormatError, MXNetError, ShapeError
from mxnet._base.files import atomic_write
from mxnet._base.names import at_home
from mxnet.gluon.data import dataset  # noqa: F401  programs reach it here
from mxnet.gluon.data.dataset import _DownloadedDataset, _home
from mxnet.io._idx import read_idx

from ._folder import ImageFolderDataset
from ._record import ImageListDataset, ImageRecordDataset

__all__ = [
    "CIFAR10",
    "CIFAR100",
    "MNIST",
    "FashionMNIST",
    "IDXDataset",
    "ImageFolderDataset",
    "ImageListDataset",
    "ImageRecordDataset",
]

_Files = tuple[str, str]
"""The name of a file, and the SHA-1 of what is downloaded under it."""


def _download(root: str, namespace: str, file: _Files) -> str:
    from mxnet.gluon import utils

    name, sha1 = file
    url = utils._get_repo_file_url(f"gluon/dataset/{namespace}", name)
    os.makedirs(root, exist_ok=True)
    return utils.download(url, path=os.path.join(root, name), sha1_hash=sha1)


def _present(root: str, name: str) -> str | None:
    """The path of ``name`` in ``root``, packed or not; None where neither is there."""
    for candidate in (name, name.removesuffix(".gz")):
        path = os.path.join(root, candidate)
        if os.path.exists(path):
            return path
    return None


class _Images(_DownloadedDataset):
    """IDX files of images and labels."""

    def _read(self, images: str, labels: str) -> None:
        pixels = read_idx(images, ndim=3)
        kinds = read_idx(labels, ndim=1)
        if len(pixels) != len(kinds):
            raise ShapeError(f"{labels} has {len(kinds)} labels, expected {len(pixels)} as {images} has images")
        if pixels.dtype != np.uint8:
            raise FormatError(f"{images}: offset 2: holds {pixels.dtype}, expected bytes")
        self._keep(pixels[..., None], kinds)


class IDXDataset(_Images):
    """Images and labels in IDX files of any name: ``PREFIX-images-idx3-ubyte`` and ``PREFIX-labels-idx1-ubyte`` in a
    folder, packed with gzip (``.gz``) or not. Not in 1.9.1.

    Args:
        root: the folder.
        prefix: beginning of the file names, ``train`` or ``t10k`` for MNIST's own.
        transform: a function of image and label; its result is the sample.

    Raises:
        MXNetError: a file is not there.
        FormatError: a file is truncated or corrupt.
        ShapeError: the numbers of labels and images differ.

    A sample is an image, NDArray uint8 (height, width, 1), and a label, NumPy int32.

    >>> digits = IDXDataset("examples/data/mnist", "train10k")
    >>> len(digits), digits[0][0].shape
    (10000, (28, 28, 1))
    """

    def __init__(self, root: str | os.PathLike[str], prefix: str, transform: Callable[..., Any] | None = None) -> None:
        self._prefix = prefix
        super().__init__(root, transform)

    def _get_data(self) -> None:
        paths = []
        for kind in ("images-idx3-ubyte", "labels-idx1-ubyte"):
            name = f"{self._prefix}-{kind}.gz"
            path = _present(self._root, name)
            if path is None:
                raise MXNetError(f"{os.path.join(self._root, name)} is not there, nor without .gz; give its folder")
            paths.append(path)
        self._read(*paths)


class MNIST(_Images):
    """Handwritten digits: 60,000 for training, 10,000 for testing.

    Args:
        root: a folder with the four files under MNIST's names, packed (``train-images-idx3-ubyte.gz``) or not. Files
            that are missing are downloaded to it; those that are there are used as they are, whatever their checksum.
        train: whether to take the training digits rather than those for testing.
        transform: a function of image and label; its result is the sample.

    Raises:
        FormatError: a file is truncated or corrupt; remove it to have it downloaded anew.

    A sample is an image, NDArray uint8 (28, 28, 1), and a label, NumPy int32.
    """

    _namespace = "mnist"
    _train_data: _Files = ("train-images-idx3-ubyte.gz", "6c95f4b05d2bf285e1bfb0e7960c31bd3b3f8a7d")
    _train_label: _Files = ("train-labels-idx1-ubyte.gz", "2a80914081dc54586dbdf242f9805a6b8d2a15fc")
    _test_data: _Files = ("t10k-images-idx3-ubyte.gz", "c3a25af1f52dad7f726cce8cacb138654b760d48")
    _test_label: _Files = ("t10k-labels-idx1-ubyte.gz", "763e7fa3757d93b0cdec073cef058b2004252c17")

    def __init__(
        self,
        root: str | os.PathLike[str] = "~/.mxnet/datasets/mnist",
        train: bool = True,
        transform: Callable[..., Any] | None = None,
    ) -> None:
        self._train = train
        super().__init__(_home(root), transform)

    def files(self) -> dict[str, str]:
        """Paths of the images and the labels, by the names of their packed files; missing files are downloaded."""
        files = (self._train_data, self._train_label) if self._train else (self._test_data, self._test_label)
        return {f[0]: _present(self._root, f[0]) or _download(self._root, self._namespace, f) for f in files}

    def _get_data(self) -> None:
        self._read(*self.files().values())


class FashionMNIST(MNIST):
    """Pictures of clothes in the format of MNIST: 60,000 for training, 10,000 for testing.

    Arguments, samples and errors are those of :class:`MNIST`; its files have the same names, so it needs a folder of
    its own.
    """

    _namespace = "fashion-mnist"
    _train_data = ("train-images-idx3-ubyte.gz", "0cf37b0d40ed5169c6b3aba31069a9770ac9043d")
    _train_label = ("train-labels-idx1-ubyte.gz", "236021d52f1e40852b06a4c3008d8de8aef1e40b")
    _test_data = ("t10k-images-idx3-ubyte.gz", "626ed6a7c06dd17c0eec72fa3be1740f146a2863")
    _test_label = ("t10k-labels-idx1-ubyte.gz", "17f9ab60e7257a1620f4ad76bbbaf857c3920701")

    def __init__(
        self,
        root: str | os.PathLike[str] = "~/.mxnet/datasets/fashion-mnist",
        train: bool = True,
        transform: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(root, train, transform)


class CIFAR10(_DownloadedDataset):
    """Small photographs in 10 classes: 50,000 for training, 10,000 for testing.

    Args:
        root: a folder with the binary files ``data_batch_1.bin`` to ``data_batch_5.bin`` and ``test_batch.bin``, or
            with the archive they come in; missing files are downloaded to it.
        train: whether to take the training images rather than those for testing.
        transform: a function of image and label; its result is the sample.

    Raises:
        FormatError: a file is truncated or corrupt.

    A sample is an image, NDArray uint8 (32, 32, 3), and a label, NumPy int32.
    """

    _namespace = "cifar10"
    _archive_file: _Files = ("cifar-10-binary.tar.gz", "fab780a1e191a7eda0f345501ccd62d20f7ed891")
    _train_data: tuple[str, ...] = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
    _test_data: tuple[str, ...] = ("test_batch.bin",)
    _label_bytes = 1
    _label_at = 0

    def __init__(
        self,
        root: str | os.PathLike[str] = "~/.mxnet/datasets/cifar10",
        train: bool = True,
        transform: Callable[..., Any] | None = None,
    ) -> None:
        self._train = train
        super().__init__(_home(root), transform)

    def _get_data(self) -> None:
        names = self._train_data if self._train else self._test_data
        if not all(os.path.exists(os.path.join(self._root, n)) for n in names):
            archive = _present(self._root, self._archive_file[0])
            self._unpack(archive or _download(self._root, self._namespace, self._archive_file))
        parts = [self._read_batch(os.path.join(self._root, n)) for n in names]
        self._keep(np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts]))

    def _unpack(self, archive: str) -> None:
        """Write only the data files of the archive to the folder, whatever their paths in the archive."""
        wanted = {*self._train_data, *self._test_data}
        try:
            with tarfile.open(archive) as packed:
                for member in packed:
                    name = os.path.basename(member.name)
                    source = packed.extractfile(member) if member.isfile() and name in wanted else None
                    if source is not None:
                        with source, atomic_write(os.path.join(self._root, name)) as file:
                            for piece in iter(lambda s=source: s.read(1 << 20), b""):
                                file.write(piece)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise FormatError(f"{archive}: can not be unpacked: {error}; remove it to download it anew") from error

    def _read_batch(self, path: str) -> tuple[np.ndarray, np.ndarray]:
        if not os.path.exists(path):
            raise FormatError(f"{path} is not there, nor in the archive {self._archive_file[0]}")
        content = np.fromfile(path, dtype=np.uint8)
        record = self._label_bytes + 3072
        if content.size == 0 or content.size % record:
            raise FormatError(
                f"{path}: offset {content.size - content.size % record}: truncated; expected records of {record} bytes"
            )
        content = content.reshape(-1, record)
        images = content[:, self._label_bytes :].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        return images, content[:, self._label_at].astype(np.int32)


class CIFAR100(CIFAR10):
    """Small photographs in 100 classes, which form 20 groups: 50,000 for training, 10,000 for testing.

    Args:
        root: a folder with ``train.bin`` and ``test.bin``, or with their archive; missing files are downloaded to it.
        fine_label: whether the label is the class rather than its group.
        train, transform: as for :class:`CIFAR10`, and so are samples and errors.
    """

    _namespace = "cifar100"
    _archive_file = ("cifar-100-binary.tar.gz", "a0bb982c76b83111308126cc779a992fa506b90b")
    _train_data = ("train.bin",)
    _test_data = ("test.bin",)
    _label_bytes = 2

    def __init__(
        self,
        root: str | os.PathLike[str] = "~/.mxnet/datasets/cifar100",
        fine_label: bool = False,
        train: bool = True,
        transform: Callable[..., Any] | None = None,
    ) -> None:
        self._fine_label = fine_label
        self._label_at = int(fine_label)
        super().__init__(root, train, transform)


at_home(vars())
