"""Records that 1.9.1 wrote to ``recorded/``, and that are written again by the tests."""

from __future__ import annotations

import struct

import numpy as np

MAGIC = struct.pack("<I", 0xCED7230A)

PARTS = [
    b"",
    b"a",
    b"abcd",
    bytes(range(256)),
    MAGIC,
    MAGIC + MAGIC,
    b"a" + MAGIC,
    b"abcd" + MAGIC + b"efgh" + MAGIC,
    b"ab" + MAGIC + b"cd" + MAGIC,
    MAGIC + b"tail",
    MAGIC[:3],
    b"\0" * 37,
]
"""With the magic number at multiples of four, where a record is cut, and elsewhere, where it is not."""

HEADERS = [
    (0, 3, 1, 2),
    (0, 3.5, 2**63, 2**64 - 1),
    (5, 7, 8, 9),
    (0, [1, 2, 3], 4, 5),
    (0, (1.5,), 4, 5),
    (0, np.array([[1, 2], [3, 4]]), 4, 5),
    (0, np.array(4.0), 4, 5),
    (0, [], 1, 0),
    (-1, True, 1, 0),
]


def image(i: int, height: int = 24, width: int = 20) -> np.ndarray:
    """Picture ``i``: smooth, so that JPEG keeps it, and different from the others."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [(3 * x + 20 * i) % 256, 5 * y + 10 * i, 128 + 100 * np.sin((x + y + i) / 9)]
    return np.clip(np.stack(planes, axis=2), 0, 255).astype(np.uint8)
