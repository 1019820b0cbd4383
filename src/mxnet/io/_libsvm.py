"""Batches of sparse rows from files in LibSVM's format."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, FileError, FormatError, ShapeError
from mxnet._ops.types import Count, Shape
from mxnet.ndarray import from_numpy
from mxnet.ndarray.sparse import csr_matrix

from ._files import MXDataIter
from ._options import REQUIRED, read_options
from ._rows import Block, RowSource, files_of, side_by_side

_OPTIONS = {
    "data_libsvm": (str, REQUIRED),
    "data_shape": (Shape, REQUIRED),
    "label_libsvm": (str, "NULL"),
    "label_shape": (Shape, (1,)),
    "num_parts": (int, 1),
    "part_index": (int, 0),
    "batch_size": (Count, REQUIRED),
    "round_batch": (bool, True),
    "prefetch_buffer": (Count, 4),
    "ctx": (str, "gpu"),
    "dtype": (str, "float32"),
    "data_name": (str, "data"),
    "label_name": (str, "softmax_label"),
}
_Row = tuple[np.ndarray, np.ndarray]
"""Columns and values of what is not zero."""


def LibSVMIter(*args: Any, **kwargs: Any) -> MXDataIter:
    """Batches of the rows of a LibSVM file, ``label column:value column:value ...``, with columns from 0 in ascending
    order. Data is sparse (``csr``), and so are labels from a file of their own.

    Args:
        data_libsvm: the file; several have ``;`` between; or a folder.
        data_shape: (columns,).
        label_libsvm: file of the same form whose rows are the labels; unless given, a label is the first number of a
            row of the data.
        label_shape: (columns,) of such labels.
        batch_size: rows a batch; the last batch is filled up with the first rows, and the next epoch begins after them.
        round_batch: must be True.
        num_parts, part_index: cut the file in parts of about as many bytes and give one of them; 1 and 0 unless given.
        dtype: of the values: a dtype of floats or whole numbers; float32 unless given.
        data_name, label_name: ``data`` and ``softmax_label`` unless given.
        prefetch_buffer, ctx: taken for the sake of 1.9.1's programs, without effect: nothing is read ahead.

    Raises:
        MissingFileError: there is no such file.
        FormatError: a line is not of that form, or a column is outside the shape; names file and offset. 1.9.1 crashes.
        ArgumentError: an argument is missing or not allowed.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.libsvm")
    >>> with open(path, "w") as file:
    ...     print("1 0:2 2:3", file=file)
    ...     print("0 1:4", file=file)
    >>> batch = next(LibSVMIter(data_libsvm=path, data_shape=(3,), batch_size=2))
    >>> batch.data[0].stype, batch.data[0].asnumpy(), batch.label[0].asnumpy()
    ('csr', array([[2., 0., 3.],
           [0., 4., 0.]], dtype=float32), array([1., 0.], dtype=float32))
    """
    o = read_options("LibSVMIter", _OPTIONS, args, kwargs)
    if not o.round_batch:
        raise ArgumentError("LibSVMIter: round_batch=False is not supported for sparse data, as in 1.9.1")
    for what in ("data_shape", "label_shape"):
        if len(getattr(o, what)) != 1:
            raise ShapeError(f"LibSVMIter: {what} is {getattr(o, what)}; expected one number")
    if not 0 <= o.part_index < o.num_parts:
        raise ArgumentError(f"LibSVMIter: part_index is {o.part_index}; expected 0 to {o.num_parts - 1}")
    if o.label_libsvm != "NULL" and o.num_parts > 1:
        raise ArgumentError("LibSVMIter: num_parts and label_libsvm do not go together: their lines differ in length")
    dtype = np.dtype("float32" if o.dtype == "None" else o.dtype)
    data_files = files_of("LibSVMIter", o.data_libsvm)
    label_files = None if o.label_libsvm == "NULL" else files_of("LibSVMIter", o.label_libsvm)
    part = (o.part_index, o.num_parts)

    def epoch() -> Iterator[Block]:
        data = _read(data_files, o.data_shape[0], dtype, part)
        if label_files is None:
            return data
        labels = ((rows,) for rows, _ in _read(label_files, o.label_shape[0], dtype, (0, 1)))
        return side_by_side(((rows,) for rows, _ in data), labels, f"{o.data_libsvm} and {o.label_libsvm}")

    def make(columns: Block) -> tuple[Any, Any]:
        data, label = columns
        made = from_numpy(label) if label_files is None else _array(label, o.label_shape[0], dtype)
        return _array(data, o.data_shape[0], dtype), made

    source = RowSource("LibSVMIter", epoch, o.batch_size, True, make)
    return MXDataIter(source, o.data_name, o.label_name)


def _array(rows: np.ndarray, width: int, dtype: np.dtype) -> Any:
    indptr = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    indices = np.concatenate([columns for columns, _ in rows])
    values = np.concatenate([found for _, found in rows])
    return csr_matrix((values, indices, indptr), shape=(len(rows), width), dtype=dtype)


def _read(paths: list[str], width: int, dtype: np.dtype, part: tuple[int, int], size: int = 4096) -> Iterator[Block]:
    """Blocks of rows and labels of that part of the files: a line is where it begins."""
    total = sum(os.path.getsize(path) for path in paths)
    start, stop = total * part[0] // part[1], total * (part[0] + 1) // part[1]
    rows: list[_Row] = []
    labels: list[float] = []
    for path in paths:
        for place, line in _lines(path, start, stop):
            found = _parse(line, place, width, dtype)
            if found is None:
                continue
            labels.append(found[0])
            rows.append(found[1])
            if len(rows) == size:
                yield _block(rows, labels, dtype)
                rows, labels = [], []
        start, stop = start - os.path.getsize(path), stop - os.path.getsize(path)
    if rows:
        yield _block(rows, labels, dtype)


def _block(rows: list[_Row], labels: list[float], dtype: np.dtype) -> Block:
    column = np.empty(len(rows), object)
    for i, row in enumerate(rows):
        column[i] = row
    return column, np.array(labels, dtype)


def _lines(path: str, start: int, stop: int) -> Iterator[tuple[str, bytes]]:
    """The lines that begin at or after ``start`` and before ``stop``, each with where it is, for messages."""
    try:
        with open(path, "rb") as file:
            at = 0
            if start > 0:
                file.seek(start - 1)
                at = start - 1 + len(file.readline())
            for line in file:
                if at >= stop:
                    return
                yield f"{path}: offset {at}", line
                at += len(line)
    except OSError as error:
        raise FileError(error.errno, error.strerror, path) from None


def _parse(line: bytes, place: str, width: int, dtype: np.dtype) -> tuple[float, _Row] | None:
    parts = line.partition(b"#")[0].split()
    if not parts:
        return None
    try:
        label = float(parts[0].partition(b":")[0])
        pairs = [part.partition(b":") for part in parts[1:]]
        columns = np.array([int(column) for column, _, _ in pairs], np.int64)
        values = np.array([float(value) if colon else 1.0 for _, colon, value in pairs], np.float64).astype(dtype)
    except (ValueError, OverflowError) as error:
        raise FormatError(f"{place}: expected label column:value column:value ...: {error}") from None
    if len(columns) and (columns[0] < 0 or columns[-1] >= width or (np.diff(columns) <= 0).any()):
        raise FormatError(
            f"{place}: columns {columns[:8].tolist()}{' ...' if len(columns) > 8 else ''}; expected ascending numbers "
            f"from 0 to {width - 1}, below the shape given"
        )
    return label, (columns, values)
