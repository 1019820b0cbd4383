"""Images from files and from bytes, resized and with borders: the operators of OpenCV."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, FormatError
from mxnet.ndarray import NDArray, array
from mxnet.ndarray._namespace import function
from mxnet.util import is_np_array


def imread(filename: Any, *args: Any, **kwargs: Any) -> NDArray:
    """The image in a file.

    Args:
        filename: its name.
        flag: 1 for three channels, 0 for one channel, gray.
        to_rgb: channels are red, green, blue (as by default), else blue, green, red.
        out: array to write to.

    Returns:
        uint8 array of shape (height, width, channels).

    Raises:
        MissingFileError: there is no such file.
        FormatError: it is not an image, or broken.

    >>> import os, tempfile
    >>> import cv2
    >>> import numpy as np
    >>> path = os.path.join(tempfile.mkdtemp(), "a.png")
    >>> _ = cv2.imwrite(path, np.zeros((4, 6, 3), np.uint8))
    >>> imread(path).shape
    (4, 6, 3)
    """
    return _run("_cvimread", filename=str(filename), **_named(args, kwargs, "flag", "to_rgb"))


def imdecode(buf: Any, *args: Any, **kwargs: Any) -> NDArray:
    """The image in the bytes of a file; see :func:`imread` for the other arguments.

    Args:
        buf: bytes, bytearray, or an array of uint8.

    Raises:
        FormatError: they are not an image, or broken.
        ArgumentError: ``buf`` is something else.

    >>> import cv2
    >>> import numpy as np
    >>> _, content = cv2.imencode(".png", np.zeros((4, 6, 3), np.uint8))
    >>> imdecode(content.tobytes()).shape
    (4, 6, 3)
    """
    if not isinstance(buf, NDArray):
        if not isinstance(buf, (bytes, bytearray, np.ndarray)):
            raise ArgumentError(
                f"imdecode: buf must be of type bytes, bytearray or numpy.ndarray, got {type(buf).__name__}; text has "
                "to be encoded to bytes first"
            )
        content = np.frombuffer(buf, np.uint8)
        if not content.size:
            raise FormatError("imdecode: buf is empty; expected the bytes of an image file")
        buf = array(content, dtype="uint8")
    return _run("_cvimdecode", buf, *args, **kwargs)


def imresize(src: NDArray, w: int, h: int, *args: Any, **kwargs: Any) -> NDArray:
    """``src`` resized.

    Args:
        src: image of shape (height, width, channels), uint8, float32 or float64.
        w, h: width and height of the result.
        interp: 0 nearest, 1 bilinear (the default), 2 bicubic, 3 area, 4 Lanczos; 9: bicubic to enlarge, area to
            shrink, bilinear otherwise; 10: one of the first five, chosen at random.
        out: array to write to.

    >>> import mxnet as mx
    >>> imresize(mx.nd.ones((4, 6, 3)), 3, 2).shape
    (2, 3, 3)
    """
    named = _named(args, kwargs, "interp")
    if "interp" in named:
        named["interp"] = method(named["interp"], (*src.shape[:2], h, w))
    return _run("_cvimresize", src, w=w, h=h, **named)


def copyMakeBorder(
    src: Any = None,
    top: Any = None,
    bot: Any = None,
    left: Any = None,
    right: Any = None,
    type: int = 0,
    value: float = 0.0,
    values: Any = (),
    out: Any = None,
    name: Any = None,
    **kwargs: Any,
) -> NDArray:
    """``src`` with a border around it.

    Args:
        src: image of shape (height, width, channels).
        top, bot, left, right: pixels to add.
        type: 0 one colour, 1 the edge repeated, 2 mirrored with the edge, 3 wrapped around, 4 mirrored without the
            edge.
        value: the colour, one number for all channels.
        values: the colour, one number for each channel; takes precedence over ``value``.
        out: array to write to.
        name: has no effect.

    >>> import mxnet as mx
    >>> copyMakeBorder(mx.nd.ones((1, 1, 1)), 0, 0, 1, 2, value=5)[0, :, 0].asnumpy().tolist()
    [5.0, 1.0, 5.0, 5.0]
    """
    border = {"top": top, "bot": bot, "left": left, "right": right}
    given = {key: n for key, n in border.items() if n is not None}
    return _run("_cvcopyMakeBorder", src, type=type, value=value, values=values, out=out, **given, **kwargs)


def method(interp: int, sizes: tuple[Any, ...] = ()) -> int:
    """The interpolation that ``interp`` stands for.

    Args:
        interp: from 0 to 4, 9 or 10; see :func:`imresize`.
        sizes: height and width before and after; if they are missing, 9 is bicubic.

    >>> method(3), method(9, (4, 4, 8, 8)), method(9, (8, 8, 4, 4)), method(9, (8, 8, 4, 9)), method(9)
    (3, 2, 3, 1, 2)
    """
    if interp == 9:
        if not sizes:
            return 2
        old_h, old_w, new_h, new_w = sizes
        if new_h > old_h and new_w > old_w:
            return 2
        return 3 if new_h < old_h and new_w < old_w else 1
    if interp == 10:
        return random.randint(0, 4)
    if interp not in range(5):
        raise ArgumentError(f"Unknown interp method {interp}; expected a number from 0 to 4, 9 or 10")
    return interp


def _named(args: tuple[Any, ...], kwargs: dict[str, Any], *names: str) -> dict[str, Any]:
    """``kwargs`` with ``args`` under ``names``."""
    if len(args) > len(names):
        raise ArgumentError(f"got {len(args)} more positional arguments, expected at most {', '.join(names)}")
    return dict(zip(names, args, strict=False)) | kwargs


def _run(op: str, *args: Any, **kwargs: Any) -> NDArray:
    """The result of an operator, as the kind of array in use."""
    made: NDArray = function(op)(*args, **kwargs)
    return made.as_np_ndarray() if is_np_array() else made
