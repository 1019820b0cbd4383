"""Records: files of byte strings, read in order or by key; and images with labels in them.

Nothing here loads torch; the functions for images load OpenCV when they are first called.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, cast

from mxnet._base.errors import ArgumentError, DTypeError, FormatError, MXNetError
from mxnet.base import RecordIOHandle, c_str, check_call

from ._format import MAGIC_BYTES, read_index, read_record, write_record  # noqa: F401  readers of parts take them here
from ._images import IRHeader, pack, pack_img, unpack, unpack_img
from ._library import BUFFER, file_of, open_file

__all__ = [
    "IRHeader",
    "MXIndexedRecordIO",
    "MXRecordIO",
    "c_str",
    "check_call",
    "pack",
    "pack_img",
    "unpack",
    "unpack_img",
]

HEADER = IRHeader  # the name in pickles
_opening = threading.Lock()


def _renew() -> None:
    """In a forked process: a new lock, which no thread of the parent holds."""
    global _opening
    _opening = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


class RecordModeError(MXNetError, AssertionError):
    """Writing to a reader, or reading from a writer. 1.9.1 checks this with ``assert``."""


class MissingRecordError(MXNetError, KeyError):
    """A key that the index does not have."""

    __str__ = Exception.__str__  # KeyError shows its text in quotes


class MXRecordIO:
    """Writes or reads a file of records, one after the other.

    A record is at most 2**29 - 1 bytes long. Where it contains the magic number that begins each part of the file, it
    is cut there, so that a reader can find the next beginning from anywhere.

    In a process forked from the one that opened it, ``reset`` opens the file anew; reading or writing without that is
    refused, because both processes share one position in the file. A pickled reader is open, at its beginning, where it
    is loaded; a writer cannot be pickled (1.9.1 allows it, and empties the file on loading).

    Args:
        uri: path of the file.
        flag: ``"r"`` to read, ``"w"`` to write, which empties the file.

    Raises:
        ArgumentError: ``flag`` is something else.
        MissingFileError, FileError: the file cannot be opened.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.rec")
    >>> writer = MXRecordIO(path, "w")
    >>> for content in (b"first", b"second"):
    ...     writer.write(content)
    >>> writer.close()
    >>> reader = MXRecordIO(path, "r")
    >>> reader.read(), reader.read(), reader.read()
    (b'first', b'second', None)
    """

    def __init__(self, uri: str | os.PathLike[str], flag: str) -> None:
        self.uri = os.fspath(uri)
        self.handle: Any = RecordIOHandle()  # where open() is replaced by one that calls functions of the C library
        self.flag = flag
        self.is_open = False
        self._start()
        self.pid: int | None = None
        self.open()

    def open(self) -> None:
        """Open the file; a file to be written is emptied."""
        if self.flag not in ("r", "w"):
            raise ArgumentError(f"Invalid flag {self.flag}; expected 'r' to read or 'w' to write {self.uri}")
        self.writable = self.flag == "w"
        self.handle = open_file(self.uri, "wb" if self.writable else "rb", BUFFER)
        self._start()
        self.pid = os.getpid()
        self.is_open = True

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._read: int = 0
        self._sought: tuple[Any, ...] = ()

    def close(self) -> None:
        """Close the file; nothing happens if it is closed."""
        if not self.is_open:
            return
        self.is_open = False
        # a forked file may hold a lock of a thread that no longer exists: leave it to the end of the process
        if self.pid == os.getpid():
            file_of(self.handle).close()
        self.pid = None

    def reset(self) -> None:
        """Begin at the first record again; a writer loses what it wrote, as in 1.9.1."""
        self.close()
        self.open()

    def __del__(self) -> None:
        if getattr(self, "is_open", False):
            self.close()

    def __getstate__(self) -> dict[str, Any]:
        if self.writable:
            raise ArgumentError(f"{self.uri}: a record writer can not be pickled; close it and pickle a reader")
        return {key: value for key, value in vars(self).items() if key not in ("handle", "pid", "_lock", "fidx")}

    def __setstate__(self, d: dict[str, Any]) -> None:
        vars(self).update(d)
        was_open, self.is_open = self.is_open, False
        self.handle, self.pid = RecordIOHandle(), None
        self._start()
        if was_open:
            self.open()

    def _require(self, writable: bool) -> None:
        if self.writable is not writable:
            has = "written" if self.writable else "read"
            raise RecordModeError(f"{self.uri} is open to be {has}; open it with flag={'w' if writable else 'r'!r}")
        if self.pid != os.getpid():
            if not self.is_open:
                raise MXNetError(f"{self.uri} is closed; open() or reset() it")
            self._check_pid()

    def _check_pid(self, allow_reset: bool = False) -> None:
        """For classes derived from this one: make sure that the file was opened in this process."""
        if self.pid != os.getpid():
            if not allow_reset:
                raise MXNetError(f"{self.uri}: Forbidden operation in multiple processes; reset() it in this one first")
            self.reset()

    def write(self, buf: bytes) -> None:
        """Append a record.

        Raises:
            DTypeError: ``buf`` is not bytes.
            ArgumentError: it is too long.
        """
        self._require(writable=True)
        if not isinstance(buf, (bytes, bytearray, memoryview)):
            raise DTypeError(f"{self.uri}: a record must be bytes, got {type(buf).__name__}")
        write_record(file_of(self.handle), bytes(buf), self.uri)

    def read(self) -> bytes | None:
        """The next record; None after the last.

        Raises:
            FormatError: the file is truncated or corrupt there; the message names it and the offset.
        """
        self._require(writable=False)
        try:
            content = read_record(file_of(self.handle), self.uri)
        except FormatError as error:
            raise FormatError(f"{error}; it is {self._which()}") from None
        self._read += 1
        return content

    def _which(self) -> str:
        """The number of the next record, or what is known about it after ``seek``."""
        if not self._sought:
            return f"record {self._read}, counted from 0"
        return f"that of key {self._sought[0]!r}" + (f", or rather {self._read} after it" if self._read else "")


class MXIndexedRecordIO(MXRecordIO):
    """Writes or reads a file of records with an index, a text file of keys and offsets, to read them in any order.

    Threads may call ``read_idx`` at the same time, and so may forked processes, each of which opens the file for
    itself.

    Args:
        idx_path: path of the index.
        uri: path of the file of records.
        flag: ``"r"`` to read, ``"w"`` to write, which empties both files.
        key_type: makes a key from text, and from the argument of ``write_idx``; ``int`` or ``str``, say.

    Attributes:
        keys: the keys in their order in the index.
        idx: key -> offset.

    Raises:
        FormatError: a line of the index is not a key, a tab and a number.
        MissingFileError, FileError: a file cannot be opened.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a")
    >>> writer = MXIndexedRecordIO(path + ".idx", path + ".rec", "w")
    >>> for key in (7, 3):
    ...     writer.write_idx(key, b"record %d" % key)
    >>> writer.close()
    >>> reader = MXIndexedRecordIO(path + ".idx", path + ".rec", "r")
    >>> reader.keys, reader.read_idx(3)
    ([7, 3], b'record 3')
    """

    def __init__(
        self,
        idx_path: str | os.PathLike[str],
        uri: str | os.PathLike[str],
        flag: str,
        key_type: Callable[[Any], Any] = int,
    ) -> None:
        self.idx_path = os.fspath(idx_path)
        self.idx: dict[Any, int] = {}
        self.keys: list[Any] = []
        self.key_type = key_type
        self.fidx: Any = None
        super().__init__(uri, flag)

    def open(self) -> None:
        super().open()
        self.idx, self.keys = {}, []
        try:
            self.fidx = open_file(self.idx_path, self.flag)
            if not self.writable:
                with self.fidx:
                    for key, offset in read_index(self.fidx, self.idx_path, self.key_type):
                        self.idx[key] = offset
                        self.keys.append(key)
        except BaseException:
            super().close()
            raise

    def close(self) -> None:
        own = self.pid == os.getpid()
        super().close()
        if self.fidx is not None and own:
            self.fidx.close()

    def __setstate__(self, d: dict[str, Any]) -> None:
        self.fidx = None
        super().__setstate__(d)

    def seek(self, idx: Any) -> None:
        """Go to the record of key ``idx``, for ``read``. A closed reader, or one from before a fork, is opened anew.

        Raises:
            MissingRecordError: there is no such key.
        """
        self._open_here()
        self._require(writable=False)
        try:
            offset = self.idx[idx]
        except KeyError:
            raise MissingRecordError(
                f"{idx!r} is not a key of {self.idx_path}, which has {len(self.idx)}, such as {self.keys[:3]}"
            ) from None
        file_of(self.handle).seek(offset)
        self._read, self._sought = 0, (idx,)

    def _open_here(self) -> None:
        """Open the file anew if it is closed or of another process; the index stays as it was read."""
        if not self.writable and self.pid != os.getpid():
            with _opening:
                if self.pid != os.getpid():
                    self.close()
                    super().open()

    def tell(self) -> int:
        """The offset where the next record is written, or is read, which 1.9.1 refuses."""
        self._require(writable=self.writable)
        return cast(int, file_of(self.handle).tell())

    def read_idx(self, idx: Any) -> bytes:
        """The record of key ``idx``.

        Raises:
            MissingRecordError: there is no such key.
            FormatError: there is no record where the index says, or a corrupt one.
        """
        self._open_here()
        with self._lock:
            self.seek(idx)
            content = self.read()
        if content is None:
            raise FormatError(
                f"{self.uri}: offset {self.idx[idx]}: {self.idx_path} places record {idx!r} here, where the file ends"
            )
        return content

    def write_idx(self, idx: Any, buf: bytes) -> None:
        """Append a record under the key ``idx``.

        Raises:
            ArgumentError: the key as text has a tab or a line break, or ``buf`` is too long.
            DTypeError: ``buf`` is not bytes.
        """
        key = self.key_type(idx)
        if not str(key) or any(c in str(key) for c in "\t\r\n"):
            raise ArgumentError(f"{self.idx_path}: key {key!r}: expected text without tabs and line breaks")
        self._require(writable=True)
        offset = self.tell()
        self.write(buf)
        self.fidx.write(f"{key}\t{offset}\n")
        self.idx[key] = offset
        self.keys.append(key)
