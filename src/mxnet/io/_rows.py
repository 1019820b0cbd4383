"""Batches of rows that come in blocks from a file, with what becomes of an incomplete last batch."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np

from mxnet._base.errors import ArgumentError, FileError, FormatError, MissingFileError

Block = tuple[np.ndarray, ...]
"""Arrays with a row for each example, the same examples in all of them."""


def files_of(name: str, uri: str) -> list[str]:
    """The files that ``uri`` names: one, several with ``;`` between, or those in a folder, by name. Empty ones do not
    count.

    Raises:
        MissingFileError: there is none.
        FormatError: they are all empty.
    """
    found = []
    for part in uri.split(";"):
        path = part.removeprefix("file://")
        if os.path.isdir(path):
            entries = sorted(os.path.join(path, entry) for entry in os.listdir(path))
            found += [entry for entry in entries if os.path.isfile(entry)]
        elif os.path.exists(path):
            found.append(path)
        else:
            raise MissingFileError(2, f"{name}: No such file or directory", path)
    filled = [path for path in found if os.path.getsize(path)]
    if not filled:
        raise FormatError(f"{name}: {uri}: offset 0: expected examples, found no file that is not empty")
    return filled


_MOST_OPEN = 16


class TextFile:
    """A file whose lines are read again and again, by one reader at a time.

    It stays open meanwhile, ``open_now``: who made it for the iterator alone may remove it at once.
    """

    def __init__(self, path: str, open_now: bool = True) -> None:
        self.path = path
        self._file = self._opened() if open_now else None

    def __del__(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()

    def _opened(self) -> BinaryIO:
        try:
            return open(self.path, "rb")
        except OSError as error:
            raise FileError(error.errno, error.strerror, self.path) from None

    def lines(self, size: int = 1 << 20) -> Iterator[tuple[int, list[bytes]]]:
        """The lines in blocks of about ``size`` bytes, with the number of the first one of each block."""
        number = 1
        with contextlib.nullcontext(self._file) if self._file is not None else self._opened() as file:
            file.seek(0)
            while lines := file.readlines(size):
                yield number, lines
                number += len(lines)


def text_files(name: str, uri: str) -> list[TextFile]:
    """Those of ``files_of``; a few are opened at once, of many each when it is read."""
    paths = files_of(name, uri)
    return [TextFile(path, len(paths) <= _MOST_OPEN) for path in paths]


def side_by_side(left: Iterator[Block], right: Iterator[Block], both: str) -> Iterator[Block]:
    """The blocks of two files as blocks of both; the first ends it.

    Raises:
        FormatError: the second has fewer rows; says so of ``both``.
    """
    rest: Block = ()
    for block in left:
        parts = []
        missing = len(block[0])
        while missing:
            if not rest or not len(rest[0]):
                try:
                    rest = next(right)
                except StopIteration:
                    raise FormatError(f"{both}: there are fewer labels than rows of data") from None
            parts.append(tuple(column[:missing] for column in rest))
            rest = tuple(column[missing:] for column in rest)
            missing -= len(parts[-1][0])
        yield block + tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


class RowSource:
    """Cuts blocks of rows into batches. It is the ``handle`` of a :class:`mxnet.io.MXDataIter`.

    Args:
        name: of the iterator, for messages.
        epoch: begins reading the file anew.
        batch_size: rows a batch.
        round_batch: fill the last batch up with the first rows; the next epoch begins after them. Otherwise it ends
            with rows of the batch before it.
        make: makes arrays of data and labels of the columns of a batch.

    Raises:
        ArgumentError: the batch size is not positive; from ``advance``, it is more than twice the rows there are.
    """

    def __init__(
        self,
        name: str,
        epoch: Callable[[], Iterator[Block]],
        batch_size: int,
        round_batch: bool,
        make: Callable[[Block], tuple[Any, Any]],
    ) -> None:
        if batch_size < 1:
            raise ArgumentError(f"{name}: batch_size is {batch_size}; expected 1 or more")
        self.batch_size = batch_size
        self._name = name
        self._begin = epoch
        self._round = round_batch
        self._make = make
        self._ahead: _Rows | None = None
        self._rows = _Rows(epoch())
        self._last: Block | None = None
        self._made: tuple[Any, Any] = (None, None)
        self._pad = 0

    def reset(self) -> None:
        """Begin anew, or where the rows end that filled the last batch up."""
        ahead, self._ahead = self._ahead, None
        self._rows = ahead if ahead is not None and ahead.more() else _Rows(self._begin())
        self._last = None

    def advance(self) -> bool:
        """Go on to the next batch; whether there is one."""
        if self._ahead is not None:
            return False
        parts, missing = self._rows.take(self.batch_size)
        if not parts:
            return False
        self._pad = missing
        if missing and self._round:
            self._ahead = _Rows(self._begin())
            more, missing = self._ahead.take(missing)
            parts += more
            if missing:
                raise ArgumentError(
                    f"{self._name}: batch_size is {self.batch_size}, number of input must be bigger than that; "
                    f"there are {self.batch_size - missing >> 1} rows"
                )
        elif missing:
            parts.append(self._filling(parts, missing))
        self._last = tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))
        self._made = self._make(self._last[1:])
        return True

    def _filling(self, parts: list[Block], missing: int) -> Block:
        """Rows of the batch before; zeros, where there is none."""
        if self._last is not None:
            return tuple(column[-missing:] for column in self._last)
        return tuple(np.zeros((missing, *column.shape[1:]), column.dtype) for column in parts[0])

    def data(self) -> Any:
        """The data of the current batch."""
        return self._made[0]

    def label(self) -> Any:
        """The labels of the current batch."""
        return self._made[1]

    def pad(self) -> int:
        """How many rows at the end of the current batch only fill it up."""
        return self._pad

    def index(self) -> np.ndarray:
        """The numbers of the rows of the current batch in the file."""
        if self._last is None:
            raise ArgumentError(f"{self._name}: there is no current batch")
        return self._last[0].astype(np.uint64)


class _Rows:
    """Rows, their numbers first, taken from blocks."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks = blocks
        self._rest: Block | None = None
        self._count = 0

    def more(self) -> bool:
        """Whether there is another row."""
        while self._rest is None or not len(self._rest[0]):
            block = next(self._blocks, None)
            if block is None:
                return False
            size = len(block[0])
            self._rest = (np.arange(self._count, self._count + size), *block)
            self._count += size
        return True

    def take(self, count: int) -> tuple[list[Block], int]:
        """So many rows as parts of blocks, and how many are missing."""
        parts = []
        while count and self.more():
            rest = self._rest or ()
            parts.append(tuple(column[:count] for column in rest))
            self._rest = tuple(column[count:] for column in rest)
            count -= len(parts[-1][0])
        return parts, count
