"""Data sets for tests, downloaded when missing, and an iterator that repeats itself."""

from __future__ import annotations

import bz2
import gzip
import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError
from mxnet._base.files import atomic_write
from mxnet.io import DataBatch, DataIter, MNISTIter

_CIFAR10 = "http://data.mxnet.io/data/cifar10.zip"
_MNIST_PICKLE = "http://deeplearning.net/data/mnist/mnist.pkl.gz"
_MNIST_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


class DummyIter(DataIter):
    """Gives the first batch of another iterator for ever, to time programs without their data loading.

    >>> from mxnet.io import NDArrayIter
    >>> numbers = DummyIter(NDArrayIter(np.arange(4), batch_size=2))
    >>> numbers.next() is numbers.next()
    True
    """

    def __init__(self, real_iter: DataIter) -> None:
        super().__init__()
        self.real_iter = real_iter
        self.provide_data = real_iter.provide_data  # type: ignore[attr-defined]
        self.provide_label = real_iter.provide_label  # type: ignore[attr-defined]
        self.batch_size = real_iter.batch_size
        self.the_batch: DataBatch = next(iter(real_iter))

    def next(self) -> DataBatch:
        """The first batch, again."""
        return self.the_batch


def download(
    url: str, fname: str | None = None, dirname: str | None = None, overwrite: bool = False, retries: int = 5
) -> str:
    """Download a file and return its name.

    Args:
        url: where it is.
        fname: name of the file; the end of ``url`` if None.
        dirname: folder it goes to; made if missing. That of ``fname`` if None, else the current one.
        overwrite: download although the file is there.
        retries: how many attempts to make.
    """
    from mxnet.gluon import utils

    path = fname or url.rsplit("/", 1)[-1]
    if dirname is not None:
        path = os.path.join(dirname, os.path.basename(path))
    return utils.download(url, path=path, overwrite=overwrite, retries=retries)


def get_zip_data(data_dir: str, url: str, data_origin_name: str) -> None:
    """Download the archive ``data_origin_name`` to ``data_dir``, unless it is there, and unpack it there."""
    archive = download(url, data_origin_name, dirname=data_dir)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(data_dir)


def get_bz2_data(data_dir: str, data_name: str, url: str, data_origin_name: str) -> None:
    """Download ``data_origin_name`` to ``data_dir``, unpack it to ``data_name`` and remove it; nothing if that is
    there."""
    target = Path(data_dir, data_name)
    if target.exists():
        return
    packed = download(url, data_origin_name, dirname=data_dir)
    with bz2.open(packed) as source, atomic_write(str(target)) as file:
        shutil.copyfileobj(source, file)
    os.remove(packed)


def get_cifar10() -> None:
    """Download CIFAR-10 as record files to ``data/cifar`` in the current folder, unless it is there."""
    if not Path("data", "cifar", "train.rec").exists():
        get_zip_data("data", _CIFAR10, "cifar10.zip")


def get_im2rec_path(home_env: str = "MXNET_HOME") -> str:
    """The path of the program ``im2rec.py``, which is ``mxnet-im2rec`` too.

    Args:
        home_env: environment variable with a folder; ``tools/im2rec.py`` in it is taken, if there is one. 1.9.1 fails
            where the variable is set and there is none.
    """
    own = Path(os.environ.get(home_env, ""), "tools", "im2rec.py")
    if home_env in os.environ and own.is_file():
        return str(own)
    return str(Path(__file__).resolve().parent.parent / "tools" / "im2rec.py")


def get_mnist() -> dict[str, np.ndarray]:
    """MNIST as NumPy arrays: ``train_data``, ``test_data`` (n, 1, 28, 28) float32 from 0 to 1, ``train_label``,
    ``test_label`` (n,) int8. From the folder of :class:`mxnet.gluon.data.vision.MNIST`, downloaded when missing."""
    from mxnet.gluon.data.vision import MNIST

    arrays = {}
    for part, train in (("train", True), ("test", False)):
        digits = MNIST(train=train)
        images = digits._data.asnumpy()
        arrays[f"{part}_data"] = images.reshape(-1, 1, 28, 28).astype(np.float32) / 255
        arrays[f"{part}_label"] = digits._label.astype(np.int8)
    return arrays


def get_mnist_ubyte() -> None:
    """MNIST's four files, unpacked, to ``data`` in the current folder, unless they are there."""
    from mxnet.gluon.data.vision import MNIST

    if all(Path("data", name).exists() for name in _MNIST_FILES):
        return
    os.makedirs("data", exist_ok=True)
    for train in (True, False):
        for name, path in MNIST(train=train).files().items():
            packed = path.endswith(".gz")
            with open(path, "rb") as source, atomic_write(os.path.join("data", name.removesuffix(".gz"))) as file:
                shutil.copyfileobj(gzip.GzipFile(fileobj=source) if packed else source, file)


def get_mnist_pkl() -> None:
    """Download MNIST as a pickle, ``data/mnist.pkl.gz`` in the current folder, unless it is there. It is not opened:
    a pickle can run any code."""
    download(_MNIST_PICKLE, "mnist.pkl.gz", dirname="data")


def get_mnist_iterator(
    batch_size: int, input_shape: tuple[int, ...], num_parts: int = 1, part_index: int = 0
) -> tuple[DataIter, DataIter]:
    """Iterators over MNIST's training and test digits, of which this process has part ``part_index`` of ``num_parts``.

    Args:
        batch_size: digits a batch.
        input_shape: shape of one digit: one number for flat ones, else three.
    """
    get_mnist_ubyte()
    made = [
        MNISTIter(
            image=f"data/{part}-images-idx3-ubyte",
            label=f"data/{part}-labels-idx1-ubyte",
            batch_size=batch_size,
            shuffle=part == "train",
            flat=len(input_shape) != 3,
            num_parts=num_parts,
            part_index=part_index,
        )
        for part in ("train", "t10k")
    ]
    return made[0], made[1]


def download_model(
    model_name: str, dst_dir: str = "./", meta_info: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[str, int]:
    """Download the symbol and the parameters of a model.

    Args:
        model_name: its name in ``meta_info``.
        dst_dir: where ``NAME-symbol.json`` and ``NAME-0000.params`` go.
        meta_info: model names to dicts with the addresses ``symbol`` and ``params``. The servers that 1.9.1 would
            ask without it are gone, so there is no default.

    Returns:
        The path without its ending, and the epoch: what :func:`mxnet.model.load_checkpoint` takes.
    """
    if meta_info is None or model_name not in meta_info:
        raise ArgumentError(
            f"download_model: no addresses for {model_name!r}; pass meta_info={{{model_name!r}: "
            "{'symbol': address, 'params': address}}"
        )
    info = meta_info[model_name]
    prefix = os.path.join(dst_dir, model_name)
    download(info["symbol"], f"{model_name}-symbol.json", dirname=dst_dir)
    download(info["params"], f"{model_name}-0000.params", dirname=dst_dir)
    return prefix, 0
