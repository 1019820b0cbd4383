"""Images with labels, as records."""

from __future__ import annotations

import numbers
import struct
from collections import namedtuple
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, DTypeError, FormatError
from mxnet._base.lazy import lazy

cv2 = lazy("cv2", extra="image")

IRHeader = namedtuple("HEADER", ["flag", "label", "id", "id2"])  # type: ignore[name-match]
"""What stands before an image in a record: how many labels follow (0: ``label`` is it), the label, and two numbers."""
IRHeader.__module__ = "mxnet.recordio"  # pickles look for it here, as HEADER
_IR_FORMAT = "<IfQQ"
_IR_SIZE = struct.calcsize(_IR_FORMAT)


def pack(header: Any, s: bytes) -> bytes:
    """A header and the bytes of an image, as one record.

    Args:
        header: ``IRHeader``, or a tuple of its four parts. ``label`` is a number or an array of them; ``flag`` is
            always written as 0 or the size of that array.
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

    >>> header, content = unpack(pack(IRHeader(0, [1.5, 2.5], 7, 0), b"pixels"))
    >>> header.label, header.id, content
    (array([1.5, 2.5], dtype=float32), 7, b'pixels')
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
        iscolor: 1 for three channels, 0 for gray, without an axis of channels; -1 for whatever the file has.

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
        img_fmt: ``.jpg``, ``.png``, or another format that OpenCV writes.

    Raises:
        ArgumentError: OpenCV cannot write this array in this format.

    >>> import numpy as np
    >>> record = pack_img(IRHeader(0, 3.0, 7, 0), np.zeros((4, 6, 3), np.uint8), quality=9, img_fmt=".png")
    >>> unpack(record)[0]
    HEADER(flag=0, label=3.0, id=7, id2=0)
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
