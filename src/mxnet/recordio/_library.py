"""Files of records by the functions of 1.9.1's C library, which programs reach as ``mxnet.base._LIB``.

They take ctypes values and return 0, or raise. A handle is a ``ctypes.c_void_p`` that ``...Create`` was given the
address of, or the ``handle`` of a reader or writer of :mod:`mxnet.recordio`.
"""

from __future__ import annotations

import ctypes
from typing import IO, Any

from mxnet._base.errors import ArgumentError, FileError, MissingFileError
from mxnet._base.files import path_of

from ._format import read_record, write_record

BUFFER = 1 << 12


def open_file(path: str, mode: str, buffering: int = -1) -> IO[Any]:
    """The file at ``path``.

    Raises:
        MissingFileError, FileError: it cannot be opened.
        CallError: ``path`` is none.
    """
    path = path_of(path)
    try:
        return open(path, mode, buffering=buffering, encoding=None if "b" in mode else "utf-8")
    except OSError as error:
        kind = MissingFileError if isinstance(error, FileNotFoundError) else FileError
        raise kind(error.errno, error.strerror, path) from None


def file_of(handle: Any) -> Any:
    """The file of a handle."""
    if not isinstance(handle, ctypes.c_void_p):
        return handle
    file = getattr(handle, "file", None)
    if file is None:
        raise ArgumentError(f"{handle!r} is not the handle of a file of records; make one with MXRecordIOReaderCreate")
    return file


def _target(out: Any) -> Any:
    """What ``ctypes.byref`` or ``ctypes.pointer`` was given."""
    return out._obj if hasattr(out, "_obj") else out.contents


def _create(uri: Any, out: Any, mode: str) -> int:
    path = getattr(uri, "value", uri)
    handle = _target(out)
    handle.file = open_file(path.decode() if isinstance(path, bytes) else path, mode, BUFFER)
    handle.value = id(handle.file)
    return 0


def MXRecordIOWriterCreate(uri: Any, out: Any) -> int:
    """Open a file to be written, which empties it."""
    return _create(uri, out, "wb")


def MXRecordIOReaderCreate(uri: Any, out: Any) -> int:
    """Open a file to be read."""
    return _create(uri, out, "rb")


def MXRecordIOWriterFree(handle: Any) -> int:
    """Close a file."""
    file_of(handle).close()
    return 0


MXRecordIOReaderFree = MXRecordIOWriterFree


def MXRecordIOWriterWriteRecord(handle: Any, buffer: Any, size: Any) -> int:
    """Append the ``size`` bytes at ``buffer``."""
    file = file_of(handle)
    write_record(file, ctypes.string_at(buffer, getattr(size, "value", size)), file.name)
    return 0


def MXRecordIOReaderReadRecord(handle: Any, buffer: Any, size: Any) -> int:
    """Write the address of the next record, which is there until the next call, and its length; null after the last."""
    file = file_of(handle)
    content = file.record = read_record(file, file.name)
    address = ctypes.cast(ctypes.c_char_p(content), ctypes.c_void_p)
    ctypes.c_void_p.from_address(ctypes.addressof(_target(buffer))).value = address.value
    _target(size).value = len(content or b"")
    return 0


def MXRecordIOReaderSeek(handle: Any, position: Any) -> int:
    """Go to a record by its offset."""
    file_of(handle).seek(getattr(position, "value", position))
    return 0


def MXRecordIOReaderTell(handle: Any, position: Any) -> int:
    """Write the offset of the next record."""
    _target(position).value = file_of(handle).tell()
    return 0


MXRecordIOWriterTell = MXRecordIOReaderTell
