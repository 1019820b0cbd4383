"""The records of a part of record files, epoch after epoch, in order or shuffled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from mxnet._base.errors import ArgumentError, FileError, FormatError
from mxnet.recordio import MAGIC_BYTES, read_index, read_record

from ._rows import files_of

Record = tuple[str, int, bytes]
"""File, offset, content."""


class RecordParts:
    """Reads records for an iterator.

    Args:
        name: of the iterator, for messages.
        uri: file, files with ``;`` between, or folder.
        idx: index of the one file; empty for none. With it parts are of equal numbers of records, without of equal
            numbers of bytes: a record is where it begins.
        part_index, num_parts: the part.
        shuffle: a new order each epoch; without an index, the first epoch begins by looking for the records.
        seed: of the order.
        skip: pass broken records over, and count them in ``skipped``.

    Raises:
        ArgumentError: a part that is none, or an index for several files.
        MissingFileError: there is no such file.
    """

    def __init__(
        self, name: str, uri: str, idx: str, part_index: int, num_parts: int, shuffle: bool, seed: int, skip: bool
    ) -> None:
        if not uri:
            raise ArgumentError(f"{name}: must specify image_rec: path_imgrec is empty; expected a record file")
        if not 0 <= part_index < num_parts:
            raise ArgumentError(f"{name}: part_index is {part_index}; expected 0 to {num_parts - 1}, below num_parts")
        self.skipped = 0
        self._paths = files_of(name, uri)
        self._part = (part_index, num_parts)
        self._shuffle = shuffle
        self._seed = abs(seed)
        self._skip = skip
        self._places: np.ndarray | None = None
        if idx:
            if len(self._paths) > 1:
                raise ArgumentError(f"{name}: path_imgidx is the index of one record file; got {len(self._paths)}")
            self._places = self._from_index(idx)

    def _from_index(self, idx: str) -> np.ndarray:
        try:
            with open(files_of("index", idx)[0], encoding="utf-8") as lines:
                offsets = [offset for _, offset in read_index(lines, idx, str)]
        except UnicodeDecodeError as error:
            raise FormatError(f"{idx}: not an index: {error}") from None
        step = -(-len(offsets) // self._part[1])
        own = offsets[step * self._part[0] : step * (self._part[0] + 1)]
        return np.array([(0, offset) for offset in own], np.int64).reshape(-1, 2)

    def epoch(self, number: int) -> Iterator[Record]:
        """The records of the part, in the order of epoch ``number``.

        Raises:
            FormatError: a record is truncated or corrupt, and they are not skipped.
        """
        if self._shuffle and self._places is None:
            self._places = np.array([(i, at) for i, at, _ in self._stream()], np.int64).reshape(-1, 2)
        if self._places is None:
            return ((self._paths[i], at, content) for i, at, content in self._stream())
        return self._pick(number)

    def _pick(self, number: int) -> Iterator[Record]:
        places = self._places if self._places is not None else np.empty((0, 2), np.int64)
        if self._shuffle:
            places = places[np.random.default_rng([self._seed, number]).permutation(len(places))]
        files: dict[int, BinaryIO] = {}
        try:
            for i, at in places.tolist():
                if i not in files:
                    files[i] = _open(self._paths[i])
                files[i].seek(at)
                content = self._read(files[i], self._paths[i], at)
                if content is not None:
                    yield self._paths[i], at, content
        finally:
            for file in files.values():
                file.close()

    def _read(self, file: BinaryIO, path: str, at: int) -> bytes | None:
        try:
            content = read_record(file, path)
            if content is None:
                raise FormatError(f"{path}: offset {at}: the index places a record here, where the file ends")
            return content
        except FormatError:
            if not self._skip:
                raise
            self.skipped += 1
            return None

    def _stream(self) -> Iterator[tuple[int, int, bytes]]:
        """The records in the order of the files, found without an index."""
        sizes = [os.path.getsize(path) for path in self._paths]
        step = -(-sum(sizes) // self._part[1])
        step += -step % 4
        start, stop = step * self._part[0], step * (self._part[0] + 1)
        for i, (path, size) in enumerate(zip(self._paths, sizes, strict=True)):
            if start < size and stop > 0:
                with _open(path) as file:
                    for at, content in self._records(file, path, max(0, start), min(stop, size)):
                        yield i, at, content
            start, stop = start - size, stop - size

    def _records(self, file: BinaryIO, path: str, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        at: Any = start if start == 0 else _next_record(file, start)
        while at is not None and at < stop:
            file.seek(at)
            try:
                content = read_record(file, path)
            except FormatError:
                if not self._skip:
                    raise
                self.skipped += 1
                at = _next_record(file, at + 4)
                continue
            if content is None:
                return
            yield at, content
            at = file.tell()


def _open(path: str) -> BinaryIO:
    try:
        return open(path, "rb", buffering=1 << 16)
    except OSError as error:
        raise FileError(error.errno, error.strerror, path) from None


def _next_record(file: BinaryIO, start: int) -> int | None:
    """The offset of the first record at or after ``start``; None if there is none.

    The magic number stands at multiples of four where a part begins, and nowhere else.
    """
    at = start + -start % 4
    file.seek(at)
    # what is left of one block is searched with the next: the number and the kind of part after it, 8 bytes
    rest = b""
    while True:
        block = file.read(1 << 20)
        if not block:
            return None
        content = rest + block
        found = content.find(MAGIC_BYTES)
        while 0 <= found <= len(content) - 8:
            if found % 4 == 0 and content[found + 7] >> 5 in (0, 1):
                return at + found
            found = content.find(MAGIC_BYTES, found + 1)
        done = max(0, len(content) - 8) // 4 * 4
        rest = content[done:]
        at += done
