"""Files that are never half-written, and whose errors are the framework's."""

from __future__ import annotations

import io
import numbers
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from .errors import CallError, FileError, FormatError, MissingFileError


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Put ``path`` before the message of a ``FormatError`` that does not know what file it is about."""
    try:
        yield
    except FormatError as error:
        error.args = (f"{path}: {error}",)
        raise


def path_of(name: Any) -> str:
    """``name``, which a user gives, as a path.

    Raises:
        CallError: it is something else. ``open`` takes a number for a file that is open already, and would close it.

    >>> path_of("a.params")
    'a.params'
    """
    if isinstance(name, (str, bytes, os.PathLike)):
        return os.fsdecode(name)
    raise CallError(f"expected the name of a file, a str or os.PathLike, got {name!r} of type {type(name).__name__}")


def checkpoint_path(prefix: str, epoch: float, ending: str) -> str:
    """The name of a checkpoint's file; as in 1.9.1, what an epoch has behind the point is cut off.

    Raises:
        CallError: ``epoch`` is no number.

    >>> checkpoint_path("net", 1.0, "params")
    'net-0001.params'
    """
    if not isinstance(epoch, numbers.Real):
        raise CallError(f"epoch must be a number, got {epoch!r}; it is in the names of a checkpoint's files")
    return f"{prefix}-{int(epoch):04d}.{ending}"


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """All of a file.

    Raises:
        MissingFileError: there is no such file.
        FileError: it can not be read.
        CallError: ``path`` is none.
    """
    with _told(path), open(path_of(path), "rb") as file:
        return file.read()


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A binary file that replaces ``path`` when the ``with`` ends well, and leaves it alone otherwise.

    It is written beside its target, flushed to the disk, and renamed over it: a process that is killed half-way leaves
    the old file intact. What is neither a file nor a folder (a pipe, ``/dev/null``) can not be replaced and is written
    to directly.

    A file that is empty, or that this process has open for writing, stays the same file and gets the new content once
    that is complete: a program that made it with :mod:`tempfile` means to read it through the file object it has open.
    The same goes for a file in a folder where no file can be made.

    Raises:
        MissingFileError: there is no such folder.
        FileError: the file can not be written, as where the disk is full.
        CallError: ``path`` is none.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a")
    >>> with atomic_write(path) as file:
    ...     _ = file.write(b"whole")
    >>> open(path, "rb").read()
    b'whole'
    """
    target = os.path.realpath(path_of(path))
    folder, name = os.path.split(target)
    if os.path.exists(target) and not os.path.isfile(target):
        with _stream(target, path) as file:
            yield file
        return
    with _told(path):
        handle, temporary = _beside(target)
    try:
        with _stream(handle, path) as file:
            yield file
            file.flush()
            with _told(path):
                os.fsync(file.fileno())
        with _told(path):
            if os.path.dirname(temporary) != folder or _is_held(target):
                _pour(temporary, target)
            else:
                os.chmod(temporary, _mode(target))
                os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


class _Written(io.FileIO):
    """A file whose errors name ``path``. Those of the program that writes to it stay as they are."""

    def __init__(self, file: str | int, path: str | os.PathLike[str]) -> None:
        self._path = path
        with _told(path):
            super().__init__(file, "wb")

    def write(self, content: Any) -> int:
        with _told(self._path):
            return super().write(content)

    def close(self) -> None:
        with _told(self._path):
            super().close()


def _stream(file: str | int, path: str | os.PathLike[str]) -> BinaryIO:
    return io.BufferedWriter(_Written(file, path))


def _beside(target: str) -> tuple[int, str]:
    """A new file in the folder of ``target``; or elsewhere, if none can be made there while ``target`` is there."""
    folder, name = os.path.split(target)
    prefix = f".{name[:40]}."  # the beginning only: what is put around it must not make it too long
    try:
        return tempfile.mkstemp(prefix=prefix, suffix=".tmp", dir=folder)
    except OSError:
        if not os.path.exists(target):
            raise
        return tempfile.mkstemp(prefix=prefix, suffix=".tmp")


def _is_held(target: str) -> bool:
    """Whether ``target`` is expected to stay the same file: it is empty, or this process has it open for writing."""
    try:
        found = os.stat(target)
        if found.st_size == 0:
            return True
        handles = os.listdir("/dev/fd")
    except OSError:  # there is no such file yet, or no such list on this system
        return False
    import fcntl  # which systems with that list have

    for handle in map(int, handles):
        try:
            same = os.path.samestat(found, os.fstat(handle))
            if same and fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY:
                return True
        except OSError:  # that of the list itself
            continue
    return False


def _pour(temporary: str, target: str) -> None:
    """Copy the content of one file into another, which stays the same file."""
    with open(temporary, "rb") as source, open(target, "r+b") as file:
        shutil.copyfileobj(source, file)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
    os.unlink(temporary)


@contextmanager
def _told(path: str | os.PathLike[str]) -> Iterator[None]:
    """Raise errors of the system as those of the framework, naming ``path``."""
    try:
        yield
    except OSError as error:
        kind = MissingFileError if isinstance(error, FileNotFoundError) else FileError
        raise kind(error.errno, error.strerror, os.fspath(path)) from None


def _mode(target: str) -> int:
    """The permissions of the file to be replaced, or those a new file gets here."""
    try:
        return os.stat(target).st_mode & 0o777
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
