"""The ``.params`` format: a list of arrays, with or without names, in all layouts that MXNet has written.

    uint64 0x112, uint64 0, uint64 count, count arrays, uint64 count of names, names (uint64 length, bytes)

Each array is, in the order of the years:

    none   uint32 ndim, uint32 dims                                                     until 2016
    V1     uint32 0xF993FAC8, uint32 ndim, int64 dims
    V2     uint32 0xF993FAC9, int32 storage type, [storage shape], uint32 ndim, int64 dims
    V3     as V2 with 0xF993FACA, written under NumPy shapes: ndim 0 is a scalar, -1 no array

followed by int32 device type, int32 device number, int32 dtype flag, [for sparse arrays dtype flag and shape of each
index array], data, [index arrays]. Numbers are little-endian. Memory is allocated only once the file is known to be
long enough to fill it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from mxnet._base.errors import FormatError

_LIST_MAGIC = 0x112
_V1, _V2, _V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
_STYPES = ("default", "row_sparse", "csr")
_AUX = {"default": 0, "row_sparse": 1, "csr": 2}
_MAX_NDIM = 32
_MAX_BYTES = 2**63 - 1
_BOOL = 7
_DTYPES: dict[int, np.dtype[Any]] = {
    0: np.dtype("<f4"),
    1: np.dtype("<f8"),
    2: np.dtype("<f2"),
    3: np.dtype("u1"),
    4: np.dtype("<i4"),
    5: np.dtype("i1"),
    6: np.dtype("<i8"),
    _BOOL: np.dtype("?"),
    12: np.dtype("<u2"),
}
_SMALL = 4096
"""Bytes up to which copying an array is faster than showing its memory."""
_Numbers = cache(struct.Struct)
_U32, _I32, _U64 = _Numbers("<I"), _Numbers("<i"), _Numbers("<Q")
_CONTEXT, _BEGINNING = _Numbers("<ii"), _Numbers("<IiI")


class Entry(NamedTuple):
    """One array as it stands in a file. bfloat16 data is its 16 bits, as integers.

    ``np_shape`` says under which meaning of shapes it was written, where sizes of 0 differ in it, and ``offset`` where
    in the file it begins.
    """

    stype: str
    shape: tuple[int, ...]
    dtype_flag: int
    data: np.ndarray
    aux: tuple[np.ndarray, ...] = ()
    ctx: tuple[int, int] = (1, 0)
    none: bool = False
    np_shape: bool = False
    offset: int = 0


def encode(arrays: Sequence[Entry], names: Sequence[str], np_shape: bool = False) -> Iterator[Any]:
    """The bytes of a file, piece by piece; array data is passed on without a copy.

    Args:
        arrays: what to write.
        names: one for each, or none at all.
        np_shape: write the layout for NumPy shapes, which knows scalars and arrays without elements.
    """
    yield struct.pack("<QQQ", _LIST_MAGIC, 0, len(arrays))
    for entry in arrays:
        yield from _encode_array(entry, np_shape)
    yield struct.pack("<Q", len(names))
    for name in names:
        text = name.encode()
        yield _U64.pack(len(text)) + text


def encode_one(entry: Entry, np_shape: bool = False) -> bytes:
    """One array without a list around it, as pickles hold it."""
    return b"".join(bytes(piece) for piece in _encode_array(entry, np_shape))


def decode_one(buffer: Any, source: str) -> Entry:
    """The array in bytes that :func:`encode_one` wrote."""
    return _decode_array(_Reader(buffer, source))


def _encode_array(entry: Entry, np_shape: bool) -> list[Any]:
    shape = entry.shape
    layout, numbers = "<Ii", [_V3 if np_shape else _V2, _STYPES.index(entry.stype)]
    if entry.stype != "default":
        layout += f"i{entry.data.ndim}q"
        numbers += entry.data.ndim, *entry.data.shape
    if entry.none or (not np_shape and not shape):
        # outside NumPy shapes no dimensions means no array
        return [_Numbers(layout + "i").pack(*numbers, -1 if np_shape else 0)]
    layout += f"i{len(shape)}q3i"
    numbers += len(shape), *shape, *entry.ctx, entry.dtype_flag
    for index in entry.aux:
        layout += f"ii{index.ndim}q"
        numbers += _flag(index.dtype), index.ndim, *index.shape
    return [_Numbers(layout).pack(*numbers), _raw(entry.data), *map(_raw, entry.aux)]


def _flag(dtype: Any) -> int:
    return next(flag for flag, kind in _DTYPES.items() if kind == dtype.newbyteorder("<"))


def _raw(data: np.ndarray) -> Any:
    return data.tobytes() if data.nbytes <= _SMALL else np.ascontiguousarray(data).data.cast("B")


_OTHERS = (
    (b"{", "the JSON of a symbol"),
    (b"PK", "a zip archive, such as np.savez and PyTorch write"),
    (b"\x80", "a pickle"),
    (b"\x93NUMPY", "an array of np.save"),
    (b"<", "a web page"),
    (b"version https://git-lfs", "a pointer of Git LFS in place of the file"),
)
"""What is taken for a file of arrays: how it begins, and what it is."""


class _Reader:
    """Reads numbers and arrays off a buffer; every failure names the source and the offset."""

    def __init__(self, buffer: Any, source: str) -> None:
        self.view = memoryview(buffer).cast("B")
        self.source = source
        self.at = 0

    def fail(self, message: str) -> FormatError:
        return FormatError(f"{self.source}: Invalid NDArray file format: {message} at offset {self.at}")

    def need(self, size: int, what: str) -> None:
        left = len(self.view) - self.at
        if size > left:
            raise self.fail(f"{what} takes {size} bytes, the file has {left} left")

    def numbers(self, layout: struct.Struct, what: str) -> tuple[int, ...]:
        self.need(layout.size, what)
        found = layout.unpack_from(self.view, self.at)
        self.at += layout.size
        return found

    def number(self, layout: struct.Struct, what: str) -> int:
        return self.numbers(layout, what)[0]

    def shape(self, ndim: int, wide: bool) -> tuple[int, ...]:
        if not 0 <= ndim <= _MAX_NDIM:
            raise self.fail(f"{ndim} dimensions, expected at most {_MAX_NDIM}")
        dims = self.numbers(_Numbers(f"<{ndim}{'q' if wide else 'I'}"), "a shape")
        if any(d < 0 for d in dims):
            raise self.fail(f"shape {dims}, expected no negative size")
        return dims

    def dtype(self) -> int:
        flag = self.number(_I32, "a dtype")
        if flag not in _DTYPES:
            raise self.fail(f"dtype flag {flag}, expected one of {', '.join(map(str, _DTYPES))}")
        return flag

    def array(self, flag: int, shape: tuple[int, ...], what: str) -> np.ndarray:
        dtype = _DTYPES[flag]
        size = math.prod(shape) * dtype.itemsize
        if size > len(self.view) - self.at:
            self.need(size, f"{what} of shape {shape}")
        # what is not empty and stands in the file can be
        if not size and math.prod(d for d in shape if d) * dtype.itemsize > _MAX_BYTES:
            raise self.fail(f"shape {shape}, expected sizes that can be addressed")
        data: np.ndarray = np.ndarray(shape, dtype, self.view, self.at)
        self.at += size
        # any byte but 0 is true; kernels count on 1
        return data.view(np.uint8).astype(np.bool_) if flag == _BOOL else data


def _resembles(start: bytes) -> str:
    """What a file that begins like this seems to be, as a clause, empty if that is not known."""
    for begin, kind in _OTHERS:
        if start.lstrip().startswith(begin):
            return f", which looks like {kind},"
    return ""


def decode(buffer: Any, source: str) -> tuple[list[Entry], list[str]]:
    """The arrays in ``buffer``, as views of it, and their names, if they have any.

    Bytes after the last name are left unread, as 1.9.1 does.

    Raises:
        FormatError: the buffer is truncated or corrupt; names ``source`` and the offset.
    """
    read = _Reader(buffer, source)
    magic = read.number(_U64, "the header")
    if magic != _LIST_MAGIC:
        read.at = 0
        raise read.fail(f"header {magic:#x}, expected {_LIST_MAGIC:#x}{_resembles(bytes(buffer[:64]))}")
    read.number(_U64, "the header")
    count = read.number(_U64, "the number of arrays")
    # the shortest array is 4 bytes: of the oldest layout, without dimensions
    read.need(count * 4, f"a list of {count} arrays")
    entries = [_decode_array(read) for _ in range(count)]
    named = read.number(_U64, "the number of names")
    if named not in (0, count):
        raise read.fail(f"{named} names for {count} arrays, expected as many or none")
    names = [_decode_name(read) for _ in range(named)]
    return entries, names


def _decode_name(read: _Reader) -> str:
    length = read.number(_U64, "the length of a name")
    read.need(length, "a name")
    try:
        text = str(read.view[read.at : read.at + length], "utf-8")
    except UnicodeDecodeError as error:
        raise read.fail(f"a name that is not UTF-8 ({error.reason})") from None
    read.at += length
    return text


def _decode_usual(read: _Reader) -> Entry | None:
    """A dense array as files of today have it, read in few steps. None, and nothing read, if anything is unusual."""
    start, left = read.at, len(read.view) - read.at - _BEGINNING.size
    if left < 0:
        return None
    first, stype, ndim = _BEGINNING.unpack_from(read.view, start)
    if first not in (_V2, _V3) or stype or not 0 < ndim <= _MAX_NDIM:
        return None
    layout = _Numbers(f"<{ndim}q3i")
    if left < layout.size:
        return None
    *dims, kind, index, flag = layout.unpack_from(read.view, start + _BEGINNING.size)
    if min(dims) < 0 or flag not in _DTYPES:
        return None
    read.at = start + _BEGINNING.size + layout.size
    shape = tuple(dims)
    data = read.array(flag, shape, "data")
    return Entry("default", shape, flag, data, (), (kind, index), False, first == _V3, start)


def _decode_array(read: _Reader) -> Entry:
    return _decode_usual(read) or _decode_any(read)


def _decode_any(read: _Reader) -> Entry:
    start = read.at
    first = read.number(_U32, "an array")
    stype = "default"
    storage: tuple[int, ...] | None = None
    if first in (_V2, _V3):
        kind = read.number(_I32, "a storage type")
        if not 0 <= kind < len(_STYPES):
            raise read.fail(f"storage type {kind}, expected 0, 1 or 2")
        stype = _STYPES[kind]
        if stype != "default":
            storage = read.shape(read.number(_I32, "a storage shape"), wide=True)
        ndim = read.number(_I32, "a shape")
        if ndim == -1 and first == _V3:
            return _no_array(stype, start, True)
        shape = read.shape(ndim, wide=True)
    elif first == _V1:
        shape = read.shape(read.number(_U32, "a shape"), wide=True)
    else:
        shape = read.shape(first, wide=False)
    if not shape and first != _V3:
        return _no_array(stype, start)
    kind, index = read.numbers(_CONTEXT, "a context")
    flag = read.dtype()
    layout = [(read.dtype(), read.shape(read.number(_I32, "a shape"), wide=True)) for _ in range(_AUX[stype])]
    if storage and not storage[0]:  # 1.9.1 pickles some before it knows; then as many follow as there are indices
        storage = (*layout[-1][1][:1], *storage[1:])
    data = read.array(flag, shape if storage is None else storage, "data")
    aux = tuple(read.array(f, s, "an index") for f, s in layout)
    return Entry(stype, shape, flag, data, aux, (kind, index), np_shape=first == _V3, offset=start)


def _no_array(stype: str, offset: int, np_shape: bool = False) -> Entry:
    return Entry(stype, (), 0, np.empty(0, np.float32), none=True, np_shape=np_shape, offset=offset)
