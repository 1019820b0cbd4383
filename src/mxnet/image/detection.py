"""Detection: augmenters that know where objects are, and batches of images with them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mxnet import io
from mxnet import ndarray as nd
from mxnet._base.errors import FormatError, InputTypeError, ShapeError
from mxnet._base.lazy import lazy
from mxnet._base.names import at_home
from mxnet.ndarray import NDArray
from mxnet.util import is_np_array

from ._augment import Augmenter, CastAug, ForceResizeAug, RandomOrderAug, ResizeAug
from ._colour_augment import ColorJitterAug, ColorNormalizeAug, HueJitterAug, LightingAug, RandomGrayAug
from ._create import CreateDetAugmenter, CreateMultiRandCropAugmenter
from ._crop import fixed_crop
from ._det_augment import (
    DetAugmenter,
    DetBorrowAug,
    DetHorizontalFlipAug,
    DetRandomCropAug,
    DetRandomPadAug,
    DetRandomSelectAug,
)
from ._files import copyMakeBorder
from ._iter import ImageIter

__all__ = [
    "Augmenter",
    "CastAug",
    "ColorJitterAug",
    "ColorNormalizeAug",
    "CreateDetAugmenter",
    "CreateMultiRandCropAugmenter",
    "DetAugmenter",
    "DetBorrowAug",
    "DetHorizontalFlipAug",
    "DetRandomCropAug",
    "DetRandomPadAug",
    "DetRandomSelectAug",
    "ForceResizeAug",
    "HueJitterAug",
    "ImageDetIter",
    "ImageIter",
    "LightingAug",
    "RandomGrayAug",
    "RandomOrderAug",
    "ResizeAug",
    "copyMakeBorder",
    "fixed_crop",
    "io",
    "is_np_array",
    "nd",
]

_log = logging.getLogger(__name__)
cv2 = lazy("cv2", extra="image")


class ImageDetIter(ImageIter):
    """Batches of images and the boxes of their objects.

    The labels of an image are: the length of this head, the numbers per object (5 or more), the rest of the head; then
    for each object its class, left, top, right and bottom, the last four from 0 to 1, and anything else. In a batch
    they are an array of shape (batch_size, objects, numbers of an object), filled up with -1; there is room for as many
    objects as any image has, unless ``reshape`` makes more.

    Args:
        batch_size: images per batch.
        data_shape: (3, height, width) of an image after the augmenters.
        path_imgrec, path_imglist, path_root, path_imgidx, shuffle, part_index, num_parts, imglist, data_name,
            label_name, last_batch_handle: see :class:`ImageIter`.
        aug_list: augmenters for detection; unless given, :func:`CreateDetAugmenter` makes them of ``kwargs``.

    Raises:
        FormatError: labels are not of that form, or an image has no object whose box has an area.

    >>> import os, tempfile
    >>> import cv2
    >>> import numpy as np
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.png"), np.zeros((10, 12, 3), np.uint8))
    >>> objects = [2, 5, 1, 0.1, 0.1, 0.6, 0.6]
    >>> images = ImageDetIter(1, (3, 8, 8), imglist=[[objects, "a.png"]], path_root=folder)
    >>> batch = images.next()
    >>> batch.data[0].shape, batch.label[0].asnumpy().round(1)
    ((1, 3, 8, 8), array([[[1. , 0.1, 0.1, 0.6, 0.6]]], dtype=float32))
    """

    def __init__(
        self,
        batch_size: int,
        data_shape: Sequence[int],
        path_imgrec: str | None = None,
        path_imglist: str | None = None,
        path_root: str | None = None,
        path_imgidx: str | None = None,
        shuffle: bool = False,
        part_index: int = 0,
        num_parts: int = 1,
        aug_list: list[Any] | None = None,
        imglist: Any = None,
        data_name: str = "data",
        label_name: str = "label",
        last_batch_handle: str = "pad",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            batch_size,
            data_shape,
            path_imgrec=path_imgrec,
            path_imglist=path_imglist,
            path_root=path_root,
            path_imgidx=path_imgidx,
            shuffle=shuffle,
            part_index=part_index,
            num_parts=num_parts,
            aug_list=[],
            imglist=imglist,
            data_name=data_name,
            label_name=label_name,
            last_batch_handle=last_batch_handle,
        )
        self.auglist = CreateDetAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        self.label_shape = self._estimate_label_shape()
        self.provide_label = [(label_name, (batch_size, *self.label_shape))]

    def _estimate_label_shape(self) -> tuple[int, int]:
        """The largest number of objects in an image, and the numbers per object, found by reading all labels."""
        count = width = 0
        self._rewind()
        try:
            while True:
                objects = self._parse_label(self.next_sample()[0])
                count, width = max(count, len(objects)), objects.shape[1]
        except StopIteration:
            self._rewind()
        return count, width

    def _parse_label(self, label: Any) -> np.ndarray:
        """The objects of an image, a row for each; those whose box has no area are left out."""
        values = label.asnumpy() if isinstance(label, NDArray) else np.asarray(label)
        raw = values.ravel()
        if raw.size < 7:
            raise FormatError(f"{self._place}: Label shape is invalid: {raw.shape}; expected a head of 2 and an object")
        head, width = int(raw[0]), int(raw[1])
        if not 2 <= head <= raw.size or width < 5 or (raw.size - head) % width:
            raise FormatError(
                f"{self._place}: Label shape {raw.shape} inconsistent with annotation width {width}; expected a head "
                f"of {head} numbers, and {width} for each object, 5 or more"
            )
        objects = raw[head:].reshape(-1, width)
        valid = (objects[:, 3] > objects[:, 1]) & (objects[:, 4] > objects[:, 2])
        if not valid.any():
            raise FormatError(f"{self._place}: Encounter sample with no valid label.")
        return objects[valid].copy()

    def _make(self, label: Any, content: bytes) -> tuple[np.ndarray, np.ndarray]:
        data = self.imdecode(content)
        self.check_valid_image(data)
        data, objects = self.augmentation_transform(data, self._parse_label(label))
        if len(objects) > self.label_shape[0] or objects.shape[1] != self.label_shape[1]:
            raise ShapeError(f"{self._place}: labels of shape {objects.shape} in a batch of {self.label_shape}")
        filled = np.full(self.label_shape, -1, np.float32)
        filled[: len(objects)] = objects
        return self._fitting(self.postprocess_data(data)), filled

    def augmentation_transform(self, data: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:  # type: ignore[override]
        """``data`` and ``label`` after all augmenters."""
        for augmenter in self.auglist:
            data, label = augmenter(data, label)
        return data, label

    def reshape(self, data_shape: Sequence[int] | None = None, label_shape: Sequence[int] | None = None) -> None:
        """Make batches of other shapes. The augmenters stay: those that make images of a fixed size must be replaced.

        Args:
            data_shape: (3, height, width).
            label_shape: (objects, numbers of an object).

        Raises:
            ShapeError: there would be less room for objects, or objects would have other numbers.
        """
        if data_shape is not None:
            self.check_data_shape(data_shape)
            self.provide_data = [(self.provide_data[0][0], (self.batch_size, *data_shape))]
            self.data_shape = tuple(data_shape)
        if label_shape is not None:
            self.check_label_shape(label_shape)
            self.provide_label = [(self.provide_label[0][0], (self.batch_size, *label_shape))]
            self.label_shape = (label_shape[0], label_shape[1])
            self._kept = [(data, _higher(label, self.label_shape)) for data, label in self._kept]

    def check_label_shape(self, label_shape: Sequence[int]) -> None:
        """Raises:
        ShapeError: see :meth:`reshape`.
        """
        if len(label_shape) != 2:
            raise ShapeError(f"label_shape should have length 2; got {tuple(label_shape)}")
        if label_shape[0] < self.label_shape[0]:
            raise ShapeError(
                f"Attempts to reduce label count from {self.label_shape[0]} to {label_shape[0]}, not allowed."
            )
        if label_shape[1] != self.label_shape[1]:
            raise ShapeError(
                f"label_shape object width inconsistent: {self.label_shape[1]} vs {label_shape[1]}; expected the first"
            )

    def sync_label_shape(self, it: ImageDetIter, verbose: bool = False) -> ImageDetIter:
        """Give this iterator and another one room for the same number of objects, the larger of the two.

        Args:
            it: the other one, which is returned.
            verbose: log it.

        Raises:
            InputTypeError: ``it`` is something else.
        """
        if not isinstance(it, ImageDetIter):
            raise InputTypeError(f"Synchronize with invalid iterator: {it!r}; expected an ImageDetIter")
        if self.label_shape[1] != it.label_shape[1]:
            raise ShapeError(f"object width inconsistent: {self.label_shape[1]} vs {it.label_shape[1]}")
        count = max(self.label_shape[0], it.label_shape[0])
        for iterator in (self, it):
            if verbose and count > iterator.label_shape[0]:
                _log.info("Resized label_shape to (%d, %d)", count, it.label_shape[1])
            iterator.reshape(None, (count, it.label_shape[1]))
        return it

    def draw_next(
        self,
        color: Any = None,
        thickness: int = 2,
        mean: Any = None,
        std: Any = None,
        clip: bool = True,
        waitKey: int | None = None,
        window_name: str = "draw_next",
        id2labels: Any = None,
    ) -> Iterator[np.ndarray]:
        """The images one after the other, with the boxes of their objects drawn in.

        Args:
            color: (red, green, blue) of all boxes; unless given, each gets a random one.
            thickness: of lines, in pixels.
            mean, std: those of the augmenter that normalises, to undo it; True for those of ImageNet.
            clip: limit pixels to 0 to 255.
            waitKey: show each image in a window of OpenCV for so many milliseconds; 0 waits for a key. Nothing is shown
                unless given; headless builds of OpenCV have no windows.
            window_name: title of that window.
            id2labels: class number -> name, to write at the boxes.

        Yields:
            Arrays of shape (height, width, 3), uint8 if ``clip``.
        """
        mean = np.array([123.68, 116.28, 103.53]) if mean is True else mean
        std = np.array([58.395, 57.12, 57.375]) if std is True else std
        for part in (mean, std):
            if part is not None and (not isinstance(part, np.ndarray) or part.shape[0] not in (1, 3)):
                raise InputTypeError(f"draw_next: mean or std is {part!r}; expected True or an array of 1 or 3 numbers")
        while True:
            try:
                label, content = self.next_sample()
            except StopIteration:
                return
            data = self.imdecode(content)
            self.check_valid_image(data)
            data, objects = self.augmentation_transform(data, self._parse_label(label))
            picture = data.asnumpy()
            picture = picture if std is None else picture * std
            picture = picture if mean is None else picture + mean
            # OpenCV draws only on writable arrays, channel after channel
            picture = np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8) if clip else picture)
            _draw(picture, objects, color, thickness, id2labels)
            if waitKey is not None:
                cv2.imshow(window_name, picture[:, :, ::-1])
                cv2.waitKey(waitKey)
            yield picture


def _draw(picture: np.ndarray, objects: np.ndarray, color: Any, thickness: int, names: Any) -> None:
    height, width = picture.shape[:2]
    for row in objects:
        left, top = int(row[1] * width), int(row[2] * height)
        right, bottom = int(row[3] * width), int(row[4] * height)
        shade = tuple(int(c) for c in (np.random.rand(3) * 255 if color is None else color))
        cv2.rectangle(picture, (left, top), (right, bottom), shade, thickness)
        if names is not None and int(row[0]) in names:
            cv2.putText(picture, str(names[int(row[0])]), (left + 5, top + 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, shade, 2)


def _higher(label: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A label with room for more objects."""
    made = np.full(shape, -1, np.float32)
    made[: len(label)] = label
    return made


at_home(vars(), "_det")
