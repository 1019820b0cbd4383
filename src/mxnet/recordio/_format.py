"""The bytes of files of records, and the lines of their indices."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, cast

from mxnet._base.errors import ArgumentError, FormatError

_MAGIC = 0xCED7230A
MAGIC_BYTES = struct.pack("<I", _MAGIC)
_HEAD = struct.Struct("<II")
"""Magic number; then what the part is, in 3 bits, and its length in 29."""
_WHOLE, _FIRST, _MIDDLE, _LAST = range(4)
_LENGTH_BITS = 29
_MOST = (1 << _LENGTH_BITS) - 1


def read_index(lines: Any, name: str, key_type: Callable[[Any], Any] = int) -> list[tuple[Any, int]]:
    """Keys and offsets in the lines of an index; empty lines do not count.

    >>> read_index(["3\\t0", "5\\t16"], "a.idx")
    [(3, 0), (5, 16)]
    """
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        key, _, rest = line.rstrip("\r\n").partition("\t")
        try:
            offset = int(rest.partition("\t")[0])
            if not 0 <= offset < 1 << 63:
                raise OverflowError(f"offset {offset}")
            found.append((key_type(key), offset))
        except (ValueError, OverflowError) as error:
            raise FormatError(
                f"{name}: line {number}: {line!r}; expected a key, a tab and the offset of its record: {error}"
            ) from error
    return found


def read_record(handle: Any, name: str) -> bytes | None:
    """The record at the position of a binary file; None at its end.

    Raises:
        FormatError: the file is truncated or corrupt there; the message has ``name`` and the offset.
    """
    head = handle.read(8)
    if len(head) < 8:
        if not head:
            return None
        raise _broken(handle, name, len(head), f"truncated: {len(head)} bytes of the 8 that begin a record")
    magic, packed = _HEAD.unpack(head)
    if magic != _MAGIC:
        raise _broken(handle, name, 8, f"not a record: begins with {head[:4].hex(' ')}, expected 0a 23 d7 ce")
    if packed > _MOST:
        return _read_parts(handle, name, packed)
    return _body(handle, name, packed)


def _body(handle: Any, name: str, length: int) -> bytes:
    content = handle.read(length)
    missing = length - len(content)
    padding = -length & 3
    if not missing and padding:
        missing = padding - len(handle.read(padding))
        length += padding
    if missing:
        read = 8 + length - missing
        raise _broken(
            handle, name, read, f"truncated: the record is {length} bytes long, {missing} of which are missing"
        )
    return cast(bytes, content)


def _read_parts(handle: Any, name: str, packed: int) -> bytes:
    """A record in several parts, whose first header is read."""
    if packed >> _LENGTH_BITS != _FIRST:
        raise _broken(handle, name, 8, f"a part of kind {packed >> _LENGTH_BITS} where a record begins")
    parts = [_body(handle, name, packed & _MOST)]
    while True:
        head = handle.read(8)
        kind = _HEAD.unpack(head)[1] >> _LENGTH_BITS if len(head) == 8 and head[:4] == MAGIC_BYTES else None
        if kind not in (_MIDDLE, _LAST):
            raise _broken(handle, name, len(head), "the next part of a record is missing or corrupt")
        parts.append(_body(handle, name, _HEAD.unpack(head)[1] & _MOST))
        if kind == _LAST:
            return MAGIC_BYTES.join(parts)


def _broken(handle: Any, name: str, back: int, what: str) -> FormatError:
    """An error at the offset ``back`` bytes before the position."""
    return FormatError(f"{name}: offset {handle.tell() - back}: {what}; the file is corrupt, or the offset is wrong")


def write_record(handle: Any, content: bytes, name: str) -> None:
    if len(content) > _MOST:
        raise ArgumentError(f"{name}: the record has {len(content)} bytes, expected at most {_MOST}")
    start = 0
    at = content.find(MAGIC_BYTES)
    while at >= 0:
        if at % 4:
            at = content.find(MAGIC_BYTES, at + 1)
            continue
        handle.write(_HEAD.pack(_MAGIC, (_MIDDLE if start else _FIRST) << _LENGTH_BITS | at - start))
        handle.write(content[start:at])
        start = at + 4
        at = content.find(MAGIC_BYTES, start)
    last = content[start:] if start else content
    handle.write(_HEAD.pack(_MAGIC, (_LAST if start else _WHOLE) << _LENGTH_BITS | len(last)))
    handle.write(last)
    handle.write(bytes(-len(last) & 3))
