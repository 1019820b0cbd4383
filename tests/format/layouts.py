"""Every layout that ``.params`` files have had, written byte by byte from the format's definition.

Runs on Python 3.8 too, which may be the one that holds 1.9.1.
"""

from __future__ import annotations

import struct

import numpy as np

LIST = 0x112
V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
FLAGS = {"float32": 0, "float64": 1, "float16": 2, "uint8": 3, "int32": 4, "int8": 5, "int64": 6, "bool": 7}
CPU = (1, 0)


def dims(shape, size="q"):
    """The number of axes and their sizes, of 64 bits or of 32 (``I``)."""
    return struct.pack(f"<{'I' if size == 'I' else 'i'}{len(shape)}{size}", len(shape), *shape)


def tail(array, ctx=CPU):
    """What follows the shape in all layouts: device, dtype, data."""
    return struct.pack("<iii", *ctx, FLAGS[array.dtype.name]) + array.astype(array.dtype.newbyteorder("<")).tobytes()


def unmarked(array, ctx=CPU):
    """Until 2016: no magic number, sizes of 32 bits."""
    return dims(array.shape, "I") + tail(array, ctx)


def v1(array, ctx=CPU):
    """Sizes of 64 bits."""
    return struct.pack("<I", V1) + dims(array.shape) + tail(array, ctx)


def v2(array, ctx=CPU):
    """With a storage type, 0 for dense."""
    return struct.pack("<Ii", V2, 0) + dims(array.shape) + tail(array, ctx)


def v3(array, ctx=CPU):
    """Under NumPy shapes: no axes are a scalar, a size of 0 is a size."""
    return struct.pack("<Ii", V3, 0) + dims(array.shape) + tail(array, ctx)


NONE = {
    "unmarked": struct.pack("<I", 0),
    "v1": struct.pack("<Ii", V1, 0),
    "v2": struct.pack("<Iii", V2, 0, 0),
    "v3": struct.pack("<Iii", V3, 0, -1),
}
"""No array: one that was made without a shape and never used."""

LAYOUTS = {"unmarked": unmarked, "v1": v1, "v2": v2, "v3": v3}


def listed(arrays, names=()):
    """A file of arrays that are bytes already."""
    texts = [n.encode() for n in names]
    return (
        struct.pack("<QQQ", LIST, 0, len(arrays))
        + b"".join(arrays)
        + struct.pack("<Q", len(texts))
        + b"".join(struct.pack("<Q", len(t)) + t for t in texts)
    )


def _of(dtype, shape=(2, 3)):
    return (
        (np.arange(int(np.prod(shape))).reshape(shape) % 2 if dtype == "bool" else np.arange(6))
        .astype(dtype)
        .reshape(shape)
    )


def files():
    """Name of a file -> its bytes."""
    found = {}
    for layout, write in LAYOUTS.items():
        for dtype in FLAGS:
            found[f"{layout} {dtype}"] = listed([write(_of(dtype))], ["x"])
        found[f"{layout} list"] = listed([write(_of("float32")), write(_of("int32", (6,)))])
        found[f"{layout} dict"] = listed(
            [write(_of("float32")), write(_of("float64", (1, 2, 3, 1)))], ["arg:w", "aux:\u03bc"]
        )
        found[f"{layout} from a GPU"] = listed([write(_of("float32"), (2, 99))], ["x"])
        found[f"{layout} from pinned memory"] = listed([write(_of("float32"), (3, 1))], ["x"])
        found[f"{layout} from another CPU"] = listed([write(_of("float32"), (1, 2))], ["x"])
        found[f"{layout} without an array"] = listed([NONE[layout], write(_of("float32"))], ["a", "b"])
        found[f"{layout} with a size of 0"] = listed([write(np.zeros((0, 3), "float32"))], ["x"])
        found[f"{layout} empty list"] = listed([])
        found[f"{layout} followed by more"] = listed([write(_of("float32"))], ["x"]) + b"more"
    found["v3 scalar"] = listed([v3(np.array(7, "float32"))], ["x"])
    found["layouts mixed"] = listed([write(_of("float32")) for write in (unmarked, v1, v2)], ["a", "b", "c"])
    found["names repeated"] = listed([v2(_of("float32")), v2(_of("int32"))], ["a", "a"])
    return found
