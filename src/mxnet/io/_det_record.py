"""Batches of the images in record files, with the boxes of their objects."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np

from mxnet import recordio
from mxnet._base.errors import ArgumentError, FormatError, MXNetError, ShapeError
from mxnet._ops.types import Count, Shape

from ._det_augment import OPTIONS as AUGMENT
from ._det_augment import DetectionAugmenter
from ._files import MXDataIter
from ._image_batches import Sample
from ._image_record import source_of
from ._image_samples import Labels, Normalizer, decoded, mean_image
from ._options import REQUIRED, Table, read_options
from ._record_parts import Record, RecordParts

_OPTIONS: Table = {
    "path_imglist": (str, ""),
    "path_imgrec": (str, "./data/imgrec.rec"),
    "aug_seq": (str, "det_aug_default"),
    "label_width": (int, -1),
    "data_shape": (Shape, REQUIRED),
    "preprocess_threads": (int, 4),
    "verbose": (bool, True),
    "num_parts": (int, 1),
    "part_index": (int, 0),
    "shuffle_chunk_size": (Count, 0),
    "shuffle_chunk_seed": (int, 0),
    "label_pad_width": (int, 0),
    "label_pad_value": (float, -1.0),
    "shuffle": (bool, False),
    "seed": (int, 0),
    "batch_size": (Count, REQUIRED),
    "round_batch": (bool, True),
    "prefetch_buffer": (Count, 4),
    "ctx": (str, "gpu"),
    "dtype": (str | None, None),
    "on_error": (str, "raise"),
    "data_name": (str, "data"),
    "label_name": (str, "softmax_label"),
    **AUGMENT,
    "mean_img": (str, ""),
    **{f"mean_{c}": (float, 0.0) for c in "rgba"},
    **{f"std_{c}": (float, 0.0) for c in "rgba"},
    "scale": (float, 1.0),
}


def ImageDetRecordIter(*args: Any, **kwargs: Any) -> MXDataIter:
    """Batches of the images in record files with their objects; threads decode and augment them ahead of their use.

    The labels of a record are: how many numbers this head has, how many each object has (5 or more), the rest of the
    head; then for each object its class, left, top, right and bottom, the last four in parts of the image, and what
    else there is. A row of a batch's labels is: channels, height and width of the image, how many numbers follow,
    these labels, and ``label_pad_value`` up to the width of the longest.

    An image is resized, coloured, mirrored, padded, cropped, brought to ``data_shape`` and normalised, in this order,
    as far as options ask for it.

    Args:
        path_imgrec: the record file; or several, separated by ``;``; or a folder.
        path_imglist: list file. Its labels, found by the id in a record's header, take precedence over the record's
            own.
        data_shape: (channels, height, width) of an image.
        batch_size: images per batch.
        label_width: how many numbers the labels of each image have; -1, the default, if they differ.
        label_pad_width: width of the labels in a batch, less the first four numbers; unless given, that of the longest.
        label_pad_value: -1 unless given.
        preprocess_threads, verbose, num_parts, part_index, shuffle_chunk_size, shuffle_chunk_seed, shuffle,
            round_batch, prefetch_buffer, ctx, on_error, data_name, label_name: see :func:`ImageRecordIter`.
        seed: seed of the order, and of what is random in an image.
        dtype: float32.
        aug_seq: ``det_aug_default``.
        resize: length of the shorter edge after a first resizing.
        rand_crop_prob: how often to take a part, found by one of ``num_crop_sampler`` samplers. Each draws a size
            from its range of ``crop_scales`` (1 is the image) and ``crop_aspect_ratios``, up to ``max_crop_trials``
            times, until for some object the intersection of part and object lies in its range of ``crop_overlaps``
            (over the union), ``crop_sample_coverages`` (over the part) and ``crop_object_coverages`` (over the object).
        min_crop_scales, max_crop_scales, min_crop_aspect_ratios, max_crop_aspect_ratios, min_crop_overlaps,
            max_crop_overlaps, min_crop_sample_coverages, max_crop_sample_coverages, min_crop_object_coverages,
            max_crop_object_coverages, max_crop_trials: a number for each sampler, or one for all.
        crop_emit_mode: objects left out of a part: ``center``, if their middle is outside, ``overlap``, if less than
            ``emit_overlap_thresh`` of them is inside.
        rand_pad_prob, max_pad_scale: how often to put a border of ``fill_value`` around, and how large that may be.
        max_random_hue, random_hue_prob, max_random_saturation, random_saturation_prob, max_random_illumination,
            random_illumination_prob, max_random_contrast, random_contrast_prob: how far and how often to change them.
        rand_mirror_prob: how often to exchange left and right.
        inter_method: see :func:`ImageRecordIter`.
        resize_mode: ``force``: to the size whatever the proportions; ``shrink``: keep them, and leave what is smaller
            as it is; ``fit``: keep them. The rest of the image is 0 before normalising.
        mean_img, mean_r, mean_g, mean_b, mean_a, scale, std_r, std_g, std_b, std_a: see :func:`ImageRecordIter`; a
            ``std`` of 0, as unless given, does not divide.

    Raises:
        MissingFileError: there is no such file.
        FormatError: a record, its labels or its image are broken; the message names file and offset.
        ArgumentError: an argument is missing or not allowed, or labels are wider than ``label_pad_width``.

    >>> import os, tempfile
    >>> import numpy as np
    >>> from mxnet import recordio
    >>> path = os.path.join(tempfile.mkdtemp(), "images.rec")
    >>> writer = recordio.MXRecordIO(path, "w")
    >>> for number, value in enumerate((30, 200)):
    ...     image = np.full((8, 8, 3), value, np.uint8)
    ...     objects = [2, 5, number, 0.1, 0.1, 0.6, 0.6]
    ...     writer.write(recordio.pack_img(recordio.IRHeader(0, objects, number, 0), image, quality=9, img_fmt=".png"))
    >>> writer.close()
    >>> batch = next(ImageDetRecordIter(path_imgrec=path, data_shape=(3, 8, 8), batch_size=2))
    >>> batch.data[0].shape, batch.label[0].asnumpy().round(1)
    ((2, 3, 8, 8), array([[3. , 8. , 8. , 7. , 2. , 5. , 0. , 0.1, 0.1, 0.6, 0.6],
           [3. , 8. , 8. , 7. , 2. , 5. , 1. , 0.1, 0.1, 0.6, 0.6]],
          dtype=float32))
    """
    name = "ImageDetRecordIter"
    o = read_options(name, _OPTIONS, args, kwargs)
    if o.dtype not in (None, "None", "float32"):
        raise ArgumentError(f"{name}: dtype is {o.dtype!r}; expected float32")
    if o.aug_seq.strip() not in ("", "det_aug_default"):
        raise ArgumentError(f"{name}: aug_seq is {o.aug_seq!r}; expected det_aug_default")
    if len(o.data_shape) != 3 or o.data_shape[0] not in (1, 3, 4) or min(o.data_shape) < 1:
        raise ShapeError(f"{name}: data_shape is {o.data_shape}; expected (channels, height, width)")
    maker = DetectionMaker(name, o)
    source = source_of(name, o, maker, o.seed, -1)
    if o.mean_img:
        maker.mean = mean_image(o.mean_img, source, maker)
        source.reset()
    return MXDataIter(source, o.data_name, o.label_name)


class DetectionMaker:
    """Makes samples for detection."""

    dtype = np.dtype("float32")

    def __init__(self, name: str, o: SimpleNamespace) -> None:
        self.data_shape = o.data_shape
        self.label_value = o.label_pad_value
        self.mean: np.ndarray | None = None
        self._o = o
        self._labels = Labels(o.path_imglist)
        self._augment = DetectionAugmenter(name, o)
        stds = {f"std_{c}": getattr(o, f"std_{c}") or 1.0 for c in "rgba"}
        plain = {"max_random_contrast": 0.0, "max_random_illumination": 0.0, "mirror": False, "rand_mirror": False}
        self._normalize = Normalizer(SimpleNamespace(**{**vars(o), **stds, **plain}), self.dtype)
        width = self._longest(name)
        if o.label_pad_width > 0:
            if o.label_pad_width < width:
                raise ArgumentError(
                    f"{name}: label_pad_width: {o.label_pad_width} smaller than estimated width: {width}"
                )
            width = o.label_pad_width
        self.label_shape = (4 + width,)

    def _longest(self, name: str) -> int:
        """How many numbers the longest labels have, of all parts: so that batches of all parts are alike."""
        o = self._o
        records = RecordParts(name, o.path_imgrec, "", 0, 1, False, 0, o.on_error == "skip")
        width = 0
        for record in records.epoch(0):
            try:
                width = max(width, self._read(record)[1].size)
            except MXNetError:
                if o.on_error != "skip":
                    raise
        if not width:
            raise FormatError(f"{name}: {o.path_imgrec}: offset 0: there are no records with labels")
        return width

    def _read(self, record: Record) -> tuple[Any, np.ndarray, bytes]:
        """Header, labels and encoded image of a record."""
        path, offset, content = record
        try:
            header, encoded = recordio.unpack(content)
            label = self._labels.of(header)
            if self._o.label_width > 0 and label.size != self._o.label_width:
                raise ShapeError(
                    f"rec file provide {label.size}-dimensional label but label_width is set to {self._o.label_width}"
                )
            if label.size < 7 or not 2 <= label[0] <= label.size or label[1] < 5:
                raise FormatError(
                    f"Not enough label packed in img_list or rec file: {label[:8].tolist()}; expected the length of "
                    "the head, 2 or more, that of an object, 5 or more, and an object"
                )
            if (label.size - int(label[0])) % int(label[1]):
                raise FormatError(
                    f"labels of {label.size} numbers are not a head of {int(label[0])} and objects of {int(label[1])}"
                )
        except MXNetError as error:
            raise type(error)(f"{path}: offset {offset}: {error}") from None
        return header, label, encoded

    def prepare(self, record: Record, chance: random.Random) -> Sample:
        header, label, encoded = self._read(record)
        head, width = int(label[0]), int(label[1])
        objects = label[head:].astype(np.float64).reshape(-1, width)
        try:
            image, objects, filled = self._augment(decoded(encoded, self.data_shape[0]), objects, chance)
        except MXNetError as error:
            raise type(error)(f"{record[0]}: offset {record[1]}: {error}") from None
        row = np.concatenate((label[:head], objects.ravel()))
        row = np.concatenate(((self.data_shape[0], *filled, row.size), row)).astype(np.float32)
        return Sample(image, row, header.id, (False, 1.0, 0.0))

    def fill(self, sample: Sample, data: np.ndarray, label: np.ndarray) -> None:
        label[0, : sample.label.size] = sample.label
        self._normalize(sample.image, sample.drawn, data, self.mean)
