"""IDX files, the format of MNIST, plain or packed with gzip."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from typing import Any, BinaryIO

import numpy as np

from mxnet._base.errors import FormatError

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_PACKED_MOST = 1032
"""A byte of a gzip file becomes no more bytes than this, so a header that claims more is false."""


def read_idx(path: str | os.PathLike[str], ndim: int | None = None) -> np.ndarray:
    """The array in an IDX file, in the machine's byte order.

    Args:
        path: the file; its first bytes tell whether it is packed.
        ndim: how many axes it must have; any if None.

    Raises:
        FormatError: it is truncated, corrupt or something else; names the file and the offset, which in a packed file
            counts unpacked bytes.
        OSError: it cannot be read.
    """
    with open(path, "rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        most = os.fstat(raw.fileno()).st_size * (_PACKED_MOST if packed else 1)
        source: Any = gzip.GzipFile(fileobj=raw) if packed else raw
        return _parse(source, os.fspath(path), ndim, most)


def _parse(source: BinaryIO, name: str, ndim: int | None, most: int) -> np.ndarray:
    magic = _read(source, name, 0, 4)
    if magic[:2] != b"\0\0" or magic[2] not in _DTYPES:
        raise FormatError(
            f"{name}: offset 0: not an IDX file; begins with {magic.hex(' ')}, expected 00 00 and a dtype"
        )
    if ndim is not None and magic[3] != ndim:
        raise FormatError(f"{name}: offset 3: holds an array of {magic[3]} axes, expected {ndim}")
    shape = tuple(int(n) for n in np.frombuffer(_read(source, name, 4, 4 * magic[3]), dtype=">u4"))
    dtype = np.dtype(_DTYPES[magic[2]])
    start = 4 + 4 * magic[3]
    size = math.prod(shape) * dtype.itemsize
    if start + size > most:
        raise FormatError(
            f"{name}: offset 4: shape {shape} needs {size} bytes, more than the file can hold; truncated?"
        )
    values = np.frombuffer(_read(source, name, start, size), dtype=dtype).reshape(shape)
    extra = _read(source, name, start + size, 1, exact=False)
    if extra:
        raise FormatError(
            f"{name}: offset {start + size}: expected the end after an array of shape {shape}, there is more"
        )
    return values.astype(dtype.newbyteorder("="), copy=True)


def _read(source: BinaryIO, name: str, offset: int, size: int, exact: bool = True) -> bytes:
    found = bytearray()
    try:
        while len(found) < size:
            # piece by piece: a false size must not reserve memory
            piece = source.read(min(size - len(found), 1 << 20))
            if not piece:
                break
            found += piece
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(f"{name}: offset {offset + len(found)}: the packed data is damaged: {error}") from error
    if exact and len(found) < size:
        raise FormatError(
            f"{name}: offset {offset + len(found)}: truncated; expected {size} bytes from offset {offset}, "
            f"got {len(found)}"
        )
    return bytes(found)
