"""Batches of the rows of CSV files."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, FormatError
from mxnet._ops.types import Count, Shape
from mxnet.ndarray import from_numpy

from ._files import MXDataIter
from ._options import REQUIRED, read_options
from ._rows import Block, RowSource, TextFile, side_by_side, text_files

_OPTIONS = {
    "data_csv": (str, REQUIRED),
    "data_shape": (Shape, REQUIRED),
    "label_csv": (str, "NULL"),
    "label_shape": (Shape, (1,)),
    "batch_size": (Count, REQUIRED),
    "round_batch": (bool, True),
    "prefetch_buffer": (Count, 4),
    "ctx": (str, "gpu"),
    "dtype": (str, "float32"),
    "data_name": (str, "data"),
    "label_name": (str, "softmax_label"),
}


def CSVIter(*args: Any, **kwargs: Any) -> MXDataIter:
    """Batches of the rows of a CSV file, or of several. A file is read bit by bit, it need not fit in memory.

    Args:
        data_csv: the file; several have ``;`` between; or a folder.
        data_shape: shape of an example; a row has as many numbers.
        label_csv: file of the labels, a row for each row of data; unless given, labels are 0.
        label_shape: shape of a label; (1,) unless given.
        batch_size: rows per batch.
        round_batch: fill the last batch up with the first rows; the next epoch begins after them. If False, the last
            batch ends with rows of the one before, and every epoch is the same. True unless given.
        dtype: of data and labels: ``float32`` (unless given), ``int32`` or ``int64``; of whole numbers the part before
            the point counts.
        data_name, label_name: ``data`` and ``softmax_label`` unless given.
        prefetch_buffer, ctx: accepted for programs of 1.9.1, but without effect: nothing is read ahead.

    Raises:
        MissingFileError: there is no such file.
        FormatError: a row is not as wide as the shape says, or not made of numbers; there are fewer labels than rows.
        ArgumentError: another dtype, or a required argument is missing.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.csv")
    >>> with open(path, "w") as file:
    ...     _ = file.write("1,2,3\\n4,5,6\\n7,8,9\\n")
    >>> [(batch.data[0].asnumpy().tolist(), batch.pad) for batch in CSVIter(data_csv=path, data_shape=3, batch_size=2)]
    [([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], 0), ([[7.0, 8.0, 9.0], [1.0, 2.0, 3.0]], 1)]
    """
    o = read_options("CSVIter", _OPTIONS, args, {k: v for k, v in kwargs.items() if not (k == "dtype" and v is None)})
    if o.dtype not in ("float32", "int32", "int64"):
        raise ArgumentError(f"CSVIter: {o.dtype} is not supported for CSVIter; expected float32, int32 or int64")
    dtype = np.dtype(o.dtype)
    label_shape = () if o.label_shape == (1,) else o.label_shape
    data_files = text_files("CSVIter", o.data_csv)
    label_files = None if o.label_csv == "NULL" else text_files("CSVIter", o.label_csv)

    def epoch() -> Iterator[Block]:
        data = _read(data_files, math.prod(o.data_shape), dtype)
        if label_files is None:
            return ((block, np.zeros(len(block), dtype)) for (block,) in data)
        labels = _read(label_files, math.prod(o.label_shape), dtype)
        return side_by_side(data, labels, f"{o.data_csv} and {o.label_csv}")

    def make(columns: Block) -> tuple[Any, Any]:
        data, label = columns
        shape = (-1, *label_shape) if label_files is not None else (-1,)
        return from_numpy(data.reshape(-1, *o.data_shape)), from_numpy(label.reshape(shape))

    source = RowSource("CSVIter", epoch, o.batch_size, o.round_batch, make)
    return MXDataIter(source, o.data_name, o.label_name)


def _read(files: list[TextFile], width: int, dtype: np.dtype) -> Iterator[Block]:
    for file in files:
        for number, lines in file.lines():
            rows = [line for line in lines if line.strip()]
            if rows:
                yield (_parse(rows, lines, number, file.path, width, dtype),)


def _parse(rows: list[bytes], lines: list[bytes], number: int, path: str, width: int, dtype: np.dtype) -> np.ndarray:
    try:
        made = _numbers(rows, dtype)
        if made.shape[1] == width:
            return made
    except ValueError:
        pass  # the line is found below
    for i, line in enumerate(lines):
        if not line.strip():
            continue
        fields = line.split(b",")
        if len(fields) != width:
            raise FormatError(
                f"{path}: line {number + i}: has {len(fields)} numbers, expected {width} as the shape given has"
            )
        try:
            _numbers([line], dtype)
        except ValueError as error:
            reason = str(error).partition(" at row ")[0]
            raise FormatError(f"{path}: line {number + i}: {reason}; expected {width} numbers") from None
    raise FormatError(f"{path}: line {number}: not a CSV file of {width} numbers a row")


def _numbers(rows: list[bytes], dtype: np.dtype) -> np.ndarray:
    options: dict[str, Any] = {"delimiter": ",", "ndmin": 2, "comments": None, "encoding": "latin-1"}
    if dtype.kind == "i":
        try:
            with warnings.catch_warnings():
                # NumPy is about to refuse what is not whole; here it means the part before the point
                warnings.simplefilter("error", DeprecationWarning)
                return np.loadtxt(rows, dtype=dtype, **options)
        except (DeprecationWarning, ValueError):
            return np.trunc(np.loadtxt(rows, dtype=np.float64, **options)).astype(dtype)
    return np.loadtxt(rows, dtype=dtype, **options)
