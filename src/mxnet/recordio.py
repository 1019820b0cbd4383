"""Records: files of byte strings one after another, in order or found by key; and images with labels in them.

Nothing here loads torch, and OpenCV is loaded by the functions of images when they are first called.

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

from __future__ import annotations

import numbers
import os
import struct
import threading
from collections import namedtuple
from collections.abc import Callable
from typing import IO, Any, cast

import numpy as np

from ._base.errors import ArgumentError, DTypeError, FileError, FormatError, MissingFileError, MXNetError
from ._base.lazy import lazy
from .base import c_str, check_call

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

cv2 = lazy("cv2", extra="image")

_MAGIC = 0xCED7230A
MAGIC_BYTES = struct.pack("<I", _MAGIC)
_HEAD = struct.Struct("<II")
"""Magic number; then what the part is, in 3 bits, and its length in 29."""
_WHOLE, _FIRST, _MIDDLE, _LAST = range(4)
_LENGTH_BITS = 29
_MOST = (1 << _LENGTH_BITS) - 1
_BUFFER = 1 << 12
_opening = threading.Lock()


def _renew() -> None:
    """In a forked process: a lock that no thread of the other one holds."""
    global _opening
    _opening = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


class RecordModeError(MXNetError, AssertionError):
    """A reader that is written to, or a writer that is read from. 1.9.1 checks it with ``assert``."""


class MissingRecordError(MXNetError, KeyError):
    """A key that the index does not have."""

    __str__ = Exception.__str__  # KeyError shows its text in quotes


class MXRecordIO:
    """Writes or reads a file of records, one after the other.

    A record is at most 2**29 - 1 bytes long. Where a record holds the magic number that begins each part of the file,
    it is cut there, so that a reader can find the next beginning from anywhere.

    In a process forked from the one that opened it, ``reset`` opens the file anew; reading or writing without that is
    refused, since both processes would move one position. A pickled reader is open, at its beginning, where it is
    loaded; a writer can not be pickled (1.9.1 does, and empties the file when it is loaded).

    Args:
        uri: path of the file.
        flag: ``"r"`` to read, ``"w"`` to write, which empties the file.

    Raises:
        ArgumentError: ``flag`` is something else.
        MissingFileError, FileError: the file can not be opened.
    """

    def __init__(self, uri: str | os.PathLike[str], flag: str) -> None:
        self.uri = os.fspath(uri)
        self.handle: Any = None
        self.flag = flag
        self.is_open = False
        self.pid: int | None = None
        self.open()

    def open(self) -> None:
        """Open the file; one to be written is emptied."""
        if self.flag not in ("r", "w"):
            raise ArgumentError(f"Invalid flag {self.flag}; expected 'r' to read or 'w' to write {self.uri}")
        self.writable = self.flag == "w"
        self.handle = _open(self.uri, "wb" if self.writable else "rb", buffering=_BUFFER)
        self._lock = threading.Lock()
        self._read: int = 0
        self._sought: tuple[Any, ...] = ()
        self.pid = os.getpid()
        self.is_open = True

    def close(self) -> None:
        """Close the file; nothing happens if it is closed."""
        if not self.is_open:
            return
        self.is_open = False
        # what was forked may hold a lock of a thread that is not there any more: leave it to the end of the process
        if self.pid == os.getpid():
            self.handle.close()
        self.pid = None

    def reset(self) -> None:
        """Begin at the first record again; what was written is lost, as in 1.9.1."""
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
        self.handle = self.pid = None
        if was_open:
            self.open()

    def _require(self, writable: bool) -> None:
        if self.writable is not writable:
            has = "written" if self.writable else "read"
            raise RecordModeError(f"{self.uri} is open to be {has}; open it with flag={'w' if writable else 'r'!r}")
        if self.pid != os.getpid():
            if not self.is_open:
                raise MXNetError(f"{self.uri} is closed; open() or reset() it")
            raise MXNetError(f"{self.uri}: Forbidden operation in multiple processes; reset() it in this one first")

    def write(self, buf: bytes) -> None:
        """Append a record.

        Raises:
            DTypeError: ``buf`` is not bytes.
            ArgumentError: it is too long.
        """
        self._require(writable=True)
        if not isinstance(buf, (bytes, bytearray, memoryview)):
            raise DTypeError(f"{self.uri}: a record must be bytes, got {type(buf).__name__}")
        _write(self.handle, bytes(buf), self.uri)

    def read(self) -> bytes | None:
        """The next record; None after the last.

        Raises:
            FormatError: the file is truncated or corrupt there; names it and the offset.
        """
        self._require(writable=False)
        try:
            content = read_record(self.handle, self.uri)
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
        key_type: makes a key of text, and of what is given to ``write_idx``: ``int`` or ``str``, say.

    Attributes:
        keys: the keys in their order in the index.
        idx: key -> offset.

    Raises:
        FormatError: a line of the index is not a key, a tab and a number.
        MissingFileError, FileError: a file can not be opened.

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
            self.fidx = _open(self.idx_path, self.flag)
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
        """Go to the record of key ``idx``, for ``read``. A closed reader is opened, and in a forked process anew.

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
        self.handle.seek(offset)
        self._read, self._sought = 0, (idx,)

    def _open_here(self) -> None:
        """Open the file anew if it is closed or of another process; the index stays as it was read."""
        if not self.writable and self.pid != os.getpid():
            with _opening:
                if self.pid != os.getpid():
                    self.close()
                    super().open()

    def tell(self) -> int:
        """The offset where the next record is written, or read (1.9.1 refuses that)."""
        self._require(writable=self.writable)
        return cast(int, self.handle.tell())

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


def read_index(lines: Any, name: str, key_type: Callable[[Any], Any] = int) -> list[tuple[Any, int]]:
    """Keys and offsets in the lines of an index; lines that are empty do not count.

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
        FormatError: the file is truncated or corrupt there; says so with ``name`` and the offset.
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


def _write(handle: Any, content: bytes, name: str) -> None:
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


def _open(path: str, mode: str, buffering: int = -1) -> IO[Any]:
    try:
        return open(path, mode, buffering=buffering, encoding=None if "b" in mode else "utf-8")
    except OSError as error:
        kind = MissingFileError if isinstance(error, FileNotFoundError) else FileError
        raise kind(error.errno, error.strerror, path) from None


IRHeader = namedtuple("HEADER", ["flag", "label", "id", "id2"])  # type: ignore[name-match]
"""What stands before an image in a record: how many labels follow (0: ``label`` is it), the label, and two numbers."""
HEADER = IRHeader  # the name that pickles know it by
_IR_FORMAT = "<IfQQ"
_IR_SIZE = struct.calcsize(_IR_FORMAT)


def pack(header: Any, s: bytes) -> bytes:
    """A header and the bytes of an image, as one record.

    Args:
        header: ``IRHeader``, or a tuple of its four parts. ``label`` is a number or an array of them; ``flag`` is
            written as 0 or the size of that array, whatever was given.
        s: the bytes of an image.

    Raises:
        ArgumentError: a label is not a number, or an id not from 0 to 2**64 - 1.
        DTypeError: ``s`` is not bytes.

    >>> unpack(pack(IRHeader(0, 4.0, 2574, 0), b"pixels"))
    (HEADER(flag=0, label=4.0, id=2574, id2=0), b'pixels')
    """
    header = IRHeader(*header)
    if not isinstance(s, (bytes, bytearray, memoryview)):
        raise DTypeError(f"pack: s must be bytes, got {type(s).__name__}")
    try:
        if isinstance(header.label, numbers.Number):
            flag, label, more = 0, header.label, b""
        else:
            values = np.asarray(header.label, dtype=np.float32)
            flag, label, more = values.size, 0, values.tobytes()
        return struct.pack(_IR_FORMAT, flag, label, header.id, header.id2) + more + bytes(s)
    except (struct.error, ValueError, OverflowError) as error:
        raise ArgumentError(
            f"pack: {header}: {error}; expected a number or an array of numbers as label, and ids from 0 to 2**64 - 1"
        ) from error


def unpack(s: bytes) -> tuple[Any, bytes]:
    """The header and the bytes of the image in a record.

    Args:
        s: what :func:`pack` made.

    Returns:
        ``IRHeader``, whose ``label`` is a float or, if ``flag`` is above 0, a float32 array of so many; and bytes.

    Raises:
        FormatError: ``s`` is too short.
    """
    if len(s) < _IR_SIZE:
        raise FormatError(f"unpack: offset {len(s)}: truncated; the header of an image has {_IR_SIZE} bytes")
    header = IRHeader(*struct.unpack(_IR_FORMAT, s[:_IR_SIZE]))
    if header.flag == 0:
        return header, s[_IR_SIZE:]
    end = _IR_SIZE + 4 * header.flag
    if len(s) < end:
        raise FormatError(
            f"unpack: offset {len(s)}: truncated; {header.flag} labels after the header end at offset {end}"
        )
    return header._replace(label=np.frombuffer(s, np.float32, header.flag, _IR_SIZE)), s[end:]


def unpack_img(s: bytes, iscolor: int = -1) -> tuple[Any, Any]:
    """The header and the image in a record, decoded by OpenCV.

    Args:
        s: what :func:`pack_img` made, or :func:`pack` of an image file.
        iscolor: 1 for three channels, 0 for one, gray, without an axis; -1 as the file has it.

    Returns:
        ``IRHeader``; and a uint8 array of shape (height, width, 3), channels blue, green, red, or (height, width). As
        in 1.9.1 it is None where the bytes are not an image.

    Raises:
        FormatError: ``s`` is too short, or has no image at all.

    >>> import numpy as np
    >>> header, image = unpack_img(pack_img(IRHeader(0, 1, 2, 3), np.ones((4, 6, 3), np.uint8), 3, ".png"))
    >>> header.id, image.shape
    (2, (4, 6, 3))
    """
    header, content = unpack(s)
    if not content:
        raise FormatError("unpack_img: there is a header and no image after it")
    try:
        return header, cv2.imdecode(np.frombuffer(content, np.uint8), iscolor)
    except cv2.error as error:
        raise FormatError(f"unpack_img: decoding {len(content)} bytes failed: {error}") from error


def pack_img(header: Any, img: Any, quality: int = 95, img_fmt: str = ".jpg") -> bytes:
    """A header and an image, encoded by OpenCV, as one record.

    Args:
        header: see :func:`pack`.
        img: NumPy array of shape (height, width, 3), channels blue, green, red, or (height, width).
        quality: of a JPEG, from 1 to 100; compression of a PNG, from 0 to 9. Other formats have none.
        img_fmt: ``.jpg``, ``.png``, or what else OpenCV writes.

    Raises:
        ArgumentError: OpenCV can not write this array in this format.
    """
    parameters: list[int] = []
    if img_fmt.lower() in (".jpg", ".jpeg"):
        parameters = [cv2.IMWRITE_JPEG_QUALITY, quality]
    elif img_fmt.lower() == ".png":
        parameters = [cv2.IMWRITE_PNG_COMPRESSION, quality]
    try:
        done, content = cv2.imencode(img_fmt, img, parameters)
    except cv2.error as error:
        raise ArgumentError(
            f"pack_img: {type(img).__name__} of shape {getattr(img, 'shape', None)} as {img_fmt!r}: {error}"
        ) from error
    if not done:
        raise ArgumentError(f"pack_img: OpenCV failed to encode the image as {img_fmt!r}")
    return pack(header, content.tobytes())
