"""Files that are never half-written, and whose errors are the framework's."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from .errors import FileError, FormatError, MissingFileError


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Put ``path`` before the message of a ``FormatError`` that does not know what file it is about."""
    try:
        yield
    except FormatError as error:
        error.args = (f"{path}: {error}",)
        raise


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """All of a file.

    Raises:
        MissingFileError: there is no such file.
        FileError: it can not be read.
    """
    with _told(path), open(path, "rb") as file:
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
        FileError: the file can not be written.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a")
    >>> with atomic_write(path) as file:
    ...     _ = file.write(b"whole")
    >>> open(path, "rb").read()
    b'whole'
    """
    target = os.path.realpath(os.fspath(path))
    folder, name = os.path.split(target)
    if os.path.exists(target) and not os.path.isfile(target):
        with _told(path):
            stream = open(target, "wb")
        with stream:
            yield stream
        return
    with _told(path):
        handle, temporary = _beside(target)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if os.path.dirname(temporary) != folder or _is_held(target):
            _pour(temporary, target)
        else:
            os.chmod(temporary, _mode(target))
            os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


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
