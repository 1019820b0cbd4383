"""Samples of classification: what is read from a record, and how it becomes a part of a batch."""

from __future__ import annotations

import logging
import os
import random
from types import SimpleNamespace
from typing import Any

import numpy as np

from mxnet import ndarray as nd
from mxnet import recordio
from mxnet._base.errors import FormatError, MXNetError, ShapeError
from mxnet._base.lazy import lazy

from ._default_augment import DefaultAugmenter
from ._image_batches import ImageSource, Sample
from ._list_file import read_list
from ._record_parts import Record

_log = logging.getLogger(__name__)
cv2 = lazy("cv2", extra="image")


class Labels:
    """Labels of records: from a list, by id, or from their headers."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._found = {number: label for number, label, _ in read_list(path)} if path else None

    def of(self, header: Any) -> np.ndarray:
        """Those of a record, float32.

        Raises:
            FormatError: the list has none for this id.
        """
        if self._found is None:
            return np.atleast_1d(np.asarray(header.label, np.float32))
        try:
            return self._found[header.id]
        except KeyError:
            raise FormatError(f"{self._path}: fail to find imagelabel for id {header.id}") from None


def decoded(content: bytes, channels: int) -> np.ndarray:
    """The image in ``content``, as OpenCV has it: blue, green, red.

    Raises:
        FormatError: it is broken.
        ShapeError: it has other channels.
    """
    flag = {1: cv2.IMREAD_GRAYSCALE, 3: cv2.IMREAD_COLOR, 4: cv2.IMREAD_UNCHANGED}[channels]
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), flag) if content else None
    except cv2.error as error:
        raise FormatError(f"decoding failed: {error}") from None
    if image is None:
        raise FormatError(f"decoding failed; these {len(content)} bytes are not an image that OpenCV reads, or broken")
    got = image.shape[2] if image.ndim == 3 else 1
    if got != channels or image.dtype != np.uint8:
        raise ShapeError(f"Invalid image. Expected {channels} channels, got {got} of {image.dtype}")
    return image


class ImageMaker:
    """Makes samples for classification.

    Args:
        name: of the iterator, for messages.
        o: the options.
        dtype: of the batches; only float32 is normalised.
    """

    label_value = 0.0

    def __init__(self, name: str, o: SimpleNamespace, dtype: np.dtype) -> None:
        self.data_shape = o.data_shape
        self.label_shape: tuple[int, ...] = () if o.label_width == 1 else (o.label_width,)
        self.dtype = dtype
        self.mean: np.ndarray | None = None
        self._o = o
        self._width = o.label_width
        self._labels = Labels(o.path_imglist)
        self._augment = DefaultAugmenter(name, o)
        self._normalize = Normalizer(o, dtype)

    def prepare(self, record: Record, chance: random.Random) -> Sample:
        path, offset, content = record
        try:
            header, encoded = recordio.unpack(content)
            label = self._labels.of(header)
            if label.size != self._width:
                raise ShapeError(
                    f"rec file or list provide {label.size}-dimensional label but label_width is set to {self._width}"
                )
            image = self._augment(decoded(encoded, self.data_shape[0]), chance)
        except MXNetError as error:
            raise type(error)(f"{path}: offset {offset}: {error}") from None
        return Sample(image, label, header.id, self._normalize.draw(chance))

    def fill(self, sample: Sample, data: np.ndarray, label: np.ndarray) -> None:
        label[...] = sample.label.reshape(label.shape)
        self._normalize(sample.image, sample.drawn, data, self.mean)


class Normalizer:
    """Mirrors images, puts channels first, and normalises float32."""

    def __init__(self, o: SimpleNamespace, dtype: np.dtype) -> None:
        self._o = o
        self._dtype = dtype
        channels = o.data_shape[0]
        self._planes = (0,) if channels == 1 else (2, 1, 0, 3)[:channels]
        self._means = [getattr(o, f"mean_{c}") for c in "rgba"]
        self._scales = [o.scale / getattr(o, f"std_{c}") for c in "rgba"]
        self._random = o.max_random_contrast > 0 or o.max_random_illumination > 0
        self._tables = [self._table(c, 1.0, 0.0) for c in range(4)]

    def _table(self, c: int, contrast: float, light: float) -> np.ndarray:
        """What becomes of each of the 256 values of a pixel."""
        values = np.arange(256, dtype=np.float32) - np.float32(self._means[c])
        return (values * np.float32(contrast) + np.float32(light)) * np.float32(self._scales[c])

    def draw(self, chance: random.Random) -> tuple[bool, float, float]:
        """Whether to mirror, contrast, and illumination, of an image."""
        o = self._o
        mirror = o.mirror or (o.rand_mirror and chance.random() < 0.5)
        if not self._random:
            return mirror, 1.0, 0.0
        contrast = 1 + chance.uniform(-o.max_random_contrast, o.max_random_contrast)
        return mirror, contrast, chance.uniform(-o.max_random_illumination, o.max_random_illumination)

    def __call__(self, image: np.ndarray, drawn: Any, data: np.ndarray, mean: np.ndarray | None) -> None:
        """Write ``image`` to ``data``, (channels, height, width)."""
        mirror, contrast, light = drawn
        if mirror:
            image = image[:, ::-1]
        for c, plane in enumerate(self._planes):
            pixels = image if image.ndim == 2 else image[:, :, plane]
            if self._dtype != np.float32:
                data[c] = np.minimum(pixels, 127) if self._dtype == np.int8 else pixels
            elif mean is not None:
                np.subtract(pixels, mean[c], out=data[c])
                data[c] = (data[c] * np.float32(contrast) + np.float32(light)) * np.float32(self._scales[c])
            else:
                table = self._table(c, contrast, light) if self._random else self._tables[c]
                np.take(table, pixels, out=data[c], mode="clip")


def mean_image(path: str, source: ImageSource, maker: Any) -> np.ndarray:
    """The mean image in a file, or of all images, which is then saved there."""
    if os.path.exists(path):
        found = nd.load(path)
        arrays = list(found.values()) if isinstance(found, dict) else list(found)
        if not arrays or arrays[0].shape != maker.data_shape:
            shape = arrays[0].shape if arrays else None
            raise ShapeError(
                f"{path}: the mean image is of shape {shape}, expected {maker.data_shape} as data_shape is"
            )
        return arrays[0].asnumpy().astype(np.float32)
    _log.info("%s is not there: making the mean image, which may take a while", path)
    total, count = np.zeros(maker.data_shape), 0
    for sample in source.samples():
        image = sample.image[:, ::-1] if sample.drawn[0] else sample.image
        total += image[None] if image.ndim == 2 else image.transpose(2, 0, 1)[[2, 1, 0, 3][: image.shape[2]]]
        count += 1
    if not count:
        raise FormatError(f"{path}: there are no images to make a mean image of")
    mean = (total / count).astype(np.float32)
    nd.save(path, {"mean_img": nd.array(mean)})
    return mean
