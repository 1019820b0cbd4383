"""The images and the options that lists and records are made of; also read where 1.9.1 runs."""

from __future__ import annotations

import os
import struct
import zlib

import cv2
import numpy as np

LISTS = {
    "flat": [],
    "flat-sorted": ["--no-shuffle"],
    "recursive": ["--recursive"],
    "thirds": ["--recursive", "--train-ratio", "0.4", "--test-ratio", "0.3"],
    "no-rest": ["--recursive", "--train-ratio", "0.5", "--test-ratio", "0.5"],
    "all-for-training": ["--recursive", "--train-ratio", "1.0", "--test-ratio", "0.3"],
    "chunks": ["--recursive", "--chunks", "3", "--train-ratio", "0.5", "--no-shuffle"],
    "extensions": ["--recursive", "--exts", ".bmp", ".png"],
}
RECORDS = {
    "plain": [],
    "small": ["--resize", "12"],
    "large": ["--resize", "40", "--quality", "60"],
    "square": ["--center-crop", "--resize", "11"],
    "gray": ["--color", "0"],
    "as-it-is": ["--color", "-1", "--encoding", ".png", "--quality", "3"],
    "bytes": ["--pass-through"],
    "labels": ["--pass-through", "--pack-label"],
}
LINES = "7\t1.5\ta/0.png\n3\t2\ta/b/1.bmp\n4\t1\t2\t3\talpha.png\n5\t0\t3\tgray.png\n9\t2\tc d/0.PNG\n"
"""Of the list that records are made of. No JPEG: versions of OpenCV decode it differently."""


def make_folder(root):
    """Small images whose files do not depend on the version of OpenCV."""
    chance = np.random.RandomState(0)
    for folder, names in (
        (".", ["0.png", "notes.txt"]),
        ("a", ["0.png", "1.png", "2.bmp"]),
        ("a/b", ["0.png", "1.bmp"]),
        ("c d", ["0.PNG"]),
        ("e/empty", []),
    ):
        os.makedirs(os.path.join(str(root), folder), exist_ok=True)
        for name in names:
            size = tuple(int(n) for n in chance.randint(14, 30, 2))
            coarse = chance.randint(0, 256, (3, 4, 3)).astype(np.uint8)
            write(os.path.join(str(root), folder, name), cv2.resize(coarse, size, interpolation=cv2.INTER_NEAREST))
    pixels = chance.randint(0, 256, (9, 15, 4)).astype(np.uint8)
    write(os.path.join(str(root), "alpha.png"), pixels)
    write(os.path.join(str(root), "gray.png"), pixels[:, :, 0])


def write(path, image):
    """The image, channels red, green, blue, as a PNG that is not packed, whatever its name; text as it is."""
    content = b"no image" if path.endswith(".txt") else png(image)
    with open(path, "wb") as file:
        file.write(content)


def png(image):
    """Bytes that depend on no encoder: stored, and packed by nothing."""
    high, wide = image.shape[:2]
    kind = 0 if image.ndim == 2 else {3: 2, 4: 6}[image.shape[2]]
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in (
            (b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, kind, 0, 0, 0)),
            (b"IDAT", zlib.compress(rows, 0)),
            (b"IEND", b""),
        )
    )
