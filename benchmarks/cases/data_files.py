"""The files that the cases of ``data`` read, made once and kept in the folder for temporary files."""

from __future__ import annotations

import os
import struct
import tempfile

import numpy as np

VERSION = 1
"""Of what is made; another one is made anew."""
IMAGES = 2000
SIZE = (375, 500)
DIGITS = 60000
RECORDS, RECORD_BYTES = 20000, 4096


def folder():
    """The folder of this version, with all files in it."""
    path = os.path.join(tempfile.gettempdir(), f"mxnet-benchmarks-data-{VERSION}")
    if not os.path.isdir(path):
        with tempfile.TemporaryDirectory(dir=tempfile.gettempdir()) as part:
            new = os.path.join(part, "new")
            os.mkdir(new)
            photographs(os.path.join(new, "photographs"))
            plain_records(os.path.join(new, "plain"))
            digits(new)
            try:
                os.rename(new, path)
            except OSError:
                if not os.path.isdir(path):  # else another process was faster, and its files are the same
                    raise
    return path


class _Writer:
    """A record file and its index. It is written here, byte by byte, so that no rival's writer is needed."""

    def __init__(self, name):
        self._records = open(name + ".rec", "wb")
        self._index = open(name + ".idx", "w")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._records.close()
        self._index.close()

    def add(self, number, content):
        self._index.write(f"{number}\t{self._records.tell()}\n")
        magic = struct.pack("<I", 0xCED7230A)
        if magic in content:
            raise ValueError(f"record {number} has the magic number in it; change the seed")
        self._records.write(magic + struct.pack("<I", len(content)) + content + bytes(-len(content) % 4))


def photograph(chance):
    """Blurred shapes and textures under noise: compresses as photographs do, to about 60 kB at quality 90."""
    import cv2

    high, wide = SIZE
    image = np.zeros((high, wide, 3), np.float32)
    for cells in (3, 8, 24, 64):
        coarse = chance.standard_normal((cells * 3 // 4 + 1, cells + 1, 3), np.float32)
        image += cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_CUBIC) * (90 / cells**0.5)
    for _ in range(12):
        centre = (int(chance.integers(wide)), int(chance.integers(high)))
        colour = [float(c) for c in chance.integers(-60, 60, 3)]
        mask = np.zeros_like(image)
        cv2.circle(mask, centre, int(chance.integers(10, 90)), colour, -1)
        image += mask
    image += chance.standard_normal(image.shape, np.float32) * 5
    return np.clip(image + 120, 0, 255).astype(np.uint8)


def photographs(name):
    import cv2

    chance = np.random.default_rng(1)
    with _Writer(name) as writer:
        for number in range(IMAGES):
            done, content = cv2.imencode(".jpg", photograph(chance), [cv2.IMWRITE_JPEG_QUALITY, 90])
            if not done:
                raise RuntimeError("OpenCV could not write a JPEG")
            writer.add(number, struct.pack("<IfQQ", 0, number % 10, number, 0) + content.tobytes())


def plain_records(name):
    chance = np.random.default_rng(2)
    with _Writer(name) as writer:
        for number in range(RECORDS):
            writer.add(number, chance.integers(1, 200, RECORD_BYTES, np.uint8).tobytes())


def digits(path):
    """As many images and labels as MNIST has, in its format."""
    chance = np.random.default_rng(3)
    pixels = chance.integers(0, 256, (DIGITS, 28, 28), np.uint8)
    labels = chance.integers(0, 10, DIGITS, np.uint8)
    for name, values in (("images", pixels), ("labels", labels)):
        with open(os.path.join(path, name), "wb") as file:
            file.write(bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape))
            file.write(values.tobytes())
