"""Batches of the images in record files."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._ops.types import Count, Shape
from mxnet.context import cpu, cpu_pinned, num_gpus

from ._default_augment import OPTIONS as AUGMENT
from ._files import MXDataIter
from ._image_batches import ImageSource
from ._image_samples import ImageMaker, mean_image
from ._options import REQUIRED, Table, read_options
from ._record_parts import RecordParts

_log = logging.getLogger(__name__)

READ: dict[str, tuple[Any, Any]] = {
    "path_imglist": (str, ""),
    "path_imgrec": (str, ""),
    "path_imgidx": (str, ""),
    "aug_seq": (str, "aug_default"),
    "label_width": (int, 1),
    "data_shape": (Shape, REQUIRED),
    "preprocess_threads": (int, 4),
    "verbose": (bool, True),
    "num_parts": (int, 1),
    "part_index": (int, 0),
    "device_id": (int, 0),
    "shuffle_chunk_size": (Count, 0),
    "shuffle_chunk_seed": (int, 0),
    "seed_aug": (int | None, None),
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
}
NORMALIZE: dict[str, tuple[Any, Any]] = {
    "mirror": (bool, False),
    "rand_mirror": (bool, False),
    "mean_img": (str, ""),
    **{f"mean_{c}": (float, 0.0) for c in "rgba"},
    **{f"std_{c}": (float, 1.0) for c in "rgba"},
    "scale": (float, 1.0),
    "max_random_contrast": (float, 0.0),
    "max_random_illumination": (float, 0.0),
}
_WHOLE: Table = {**READ, **AUGMENT, **NORMALIZE}
_PIXELS: Table = {**READ, **AUGMENT}


def ImageRecordIter(*args: Any, **kwargs: Any) -> MXDataIter:
    """Batches of the images in record files; threads decode and augment them ahead of their use.

    An image is resized, turned, padded, cropped, coloured, mirrored and normalised, in this order, as far as options
    ask for it, and enlarged if it is smaller than ``data_shape``. The same seeds give the same images, whatever the
    number of threads.

    Args:
        path_imgrec: the record file; or several, separated by ``;``; or a folder.
        path_imgidx: its index. With it, parts have equal numbers of records, and shuffling need not search for them.
        path_imglist: list file. Its labels, found by the id in a record's header, take precedence over the record's
            own.
        data_shape: (channels, height, width) of an image; 1 channel is gray, 3 are red, green, blue, 4 with alpha.
        batch_size: images per batch.
        label_width: labels per image; 1 unless given.
        shuffle: a new order each epoch; ``seed``: of that order.
        shuffle_chunk_size, shuffle_chunk_seed: without effect: all of the part is shuffled.
        num_parts, part_index: cut the files into parts and give one of them.
        round_batch: fill up the last batch with the first images; the next epoch then begins after them. If False it
            ends with zeros; ``pad`` says how many (1.9.1 leaves what is in memory, and says 0).
        preprocess_threads: threads that decode and augment; 4 unless given.
        prefetch_buffer: batches to make ahead; 4 unless given.
        dtype: ``float32`` (unless given), or ``uint8`` or ``int8``, which are not normalised; int8 ends at 127.
        device_id: where there is CUDA, batches are in ``cpu_pinned(device_id)``; they are in ``cpu()`` where there is
            none, or if it is -1; 0 unless given.
        seed_aug: seed of what is random in an image; 0 unless given.
        on_error: ``"raise"`` (unless given), or ``"skip"`` to skip broken records and images, which ``handle.skipped``
            counts; not in 1.9.1.
        verbose: log what is read.
        aug_seq: ``aug_default`` or nothing at all, which is the same.
        ctx: has no effect; see ``device_id``.
        data_name, label_name: ``data`` and ``softmax_label`` unless given.
        resize: length of the shorter edge after a first resizing.
        max_rotate_angle, rotate: turn by a random whole angle up to the former, or by the latter, in degrees.
        max_shear_ratio: shear by up to this much.
        max_random_scale, min_random_scale: scale by a number between them.
        max_aspect_ratio, min_aspect_ratio: stretch the width relative to the height by a number between them, or
            between 1 and the former.
        max_img_size, min_img_size: limits of width and height after that.
        fill_value: value of pixels from outside; 255 unless given.
        pad: width of a border to add, in pixels.
        rand_crop: take a part anywhere, not the middle.
        random_resized_crop: take a part whose area is between ``min_random_area`` and ``max_random_area`` of the image
            and whose proportions are between the aspect ratios, or their inverses, and resize it.
        max_crop_size, min_crop_size: take a square of a size between them, and resize it.
        random_h, random_s, random_l: move hue, saturation and lightness by up to this much.
        brightness, contrast, saturation: change them by up to this much, in random order.
        pca_noise: standard deviation of colours added along principal components.
        inter_method: 0 nearest, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos, 9 by size, 10 by chance; 1 unless given.
        mirror, rand_mirror: exchange left and right in all images, or in half of them.
        mean_img: file of a mean image to subtract, made from all images if it is not there; takes precedence over the
            next.
        mean_r, mean_g, mean_b, mean_a: subtracted.
        max_random_contrast, max_random_illumination: then multiply by a number up to this far from 1, and add one up to
            this far from 0.
        scale: then multiply.
        std_r, std_g, std_b, std_a: then divide.

    Raises:
        MissingFileError: there is no such file.
        FormatError: a record or an image is broken; the message names file and offset.
        ShapeError: the number of labels or channels is wrong.
        ArgumentError: an argument is missing or not allowed.

    >>> import os, tempfile
    >>> import numpy as np
    >>> from mxnet import recordio
    >>> path = os.path.join(tempfile.mkdtemp(), "images.rec")
    >>> writer = recordio.MXRecordIO(path, "w")
    >>> for number, value in enumerate((30, 200)):
    ...     image = np.full((8, 8, 3), value, np.uint8)
    ...     writer.write(recordio.pack_img(recordio.IRHeader(0, number, number, 0), image, quality=9, img_fmt=".png"))
    >>> writer.close()
    >>> batch = next(ImageRecordIter(path_imgrec=path, data_shape=(3, 8, 8), batch_size=2))
    >>> batch.data[0].shape, batch.data[0].dtype.__name__, batch.label[0].asnumpy()
    ((2, 3, 8, 8), 'float32', array([0., 1.], dtype=float32))
    """
    o = read_options("ImageRecordIter", _WHOLE, args, kwargs)
    return _iterator("ImageRecordIter", o, o.dtype or "float32")


def ImageRecordUInt8Iter(*args: Any, **kwargs: Any) -> MXDataIter:
    """:func:`ImageRecordIter` of pixels as they are, uint8, neither mirrored nor normalised.

    >>> import os, tempfile
    >>> import numpy as np
    >>> from mxnet import recordio
    >>> path = os.path.join(tempfile.mkdtemp(), "images.rec")
    >>> writer = recordio.MXRecordIO(path, "w")
    >>> for number, value in enumerate((30, 200)):
    ...     image = np.full((8, 8, 3), value, np.uint8)
    ...     writer.write(recordio.pack_img(recordio.IRHeader(0, number, number, 0), image, quality=9, img_fmt=".png"))
    >>> writer.close()
    >>> batch = next(ImageRecordUInt8Iter(path_imgrec=path, data_shape=(3, 8, 8), batch_size=2))
    >>> batch.data[0].dtype.__name__, batch.data[0][:, 0, 0, 0].asnumpy().tolist()
    ('uint8', [30, 200])
    """
    name = "ImageRecordUInt8Iter"
    return _iterator(name, _pixels(name, args, kwargs), "uint8")


def ImageRecordInt8Iter(*args: Any, **kwargs: Any) -> MXDataIter:
    """:func:`ImageRecordIter` of pixels as int8, those above 127 being 127, neither mirrored nor normalised.

    >>> import os, tempfile
    >>> import numpy as np
    >>> from mxnet import recordio
    >>> path = os.path.join(tempfile.mkdtemp(), "images.rec")
    >>> writer = recordio.MXRecordIO(path, "w")
    >>> for number, value in enumerate((30, 200)):
    ...     image = np.full((8, 8, 3), value, np.uint8)
    ...     writer.write(recordio.pack_img(recordio.IRHeader(0, number, number, 0), image, quality=9, img_fmt=".png"))
    >>> writer.close()
    >>> batch = next(ImageRecordInt8Iter(path_imgrec=path, data_shape=(3, 8, 8), batch_size=2))
    >>> batch.data[0].dtype.__name__, batch.data[0][:, 0, 0, 0].asnumpy().tolist()
    ('int8', [30, 127])
    """
    name = "ImageRecordInt8Iter"
    return _iterator(name, _pixels(name, args, kwargs), "int8")


def ImageRecordIter_v1(*args: Any, **kwargs: Any) -> MXDataIter:
    """:func:`ImageRecordIter` under its older name, with batches in ``cpu()``.

    >>> import os, tempfile
    >>> import numpy as np
    >>> from mxnet import recordio
    >>> path = os.path.join(tempfile.mkdtemp(), "images.rec")
    >>> writer = recordio.MXRecordIO(path, "w")
    >>> for number, value in enumerate((30, 200)):
    ...     image = np.full((8, 8, 3), value, np.uint8)
    ...     writer.write(recordio.pack_img(recordio.IRHeader(0, number, number, 0), image, quality=9, img_fmt=".png"))
    >>> writer.close()
    >>> batch = next(ImageRecordIter_v1(path_imgrec=path, data_shape=(3, 8, 8), batch_size=2))
    >>> batch.data[0].shape, batch.data[0].context
    ((2, 3, 8, 8), cpu(0))
    """
    return ImageRecordIter(*args, **{**kwargs, "device_id": -1})


def ImageRecordUInt8Iter_v1(*args: Any, **kwargs: Any) -> MXDataIter:
    """:func:`ImageRecordUInt8Iter` under its older name, with batches in ``cpu()``.

    >>> import os, tempfile
    >>> import numpy as np
    >>> from mxnet import recordio
    >>> path = os.path.join(tempfile.mkdtemp(), "images.rec")
    >>> writer = recordio.MXRecordIO(path, "w")
    >>> for number, value in enumerate((30, 200)):
    ...     image = np.full((8, 8, 3), value, np.uint8)
    ...     writer.write(recordio.pack_img(recordio.IRHeader(0, number, number, 0), image, quality=9, img_fmt=".png"))
    >>> writer.close()
    >>> batch = next(ImageRecordUInt8Iter_v1(path_imgrec=path, data_shape=(3, 8, 8), batch_size=2))
    >>> batch.data[0].dtype.__name__, batch.data[0].context
    ('uint8', cpu(0))
    """
    return ImageRecordUInt8Iter(*args, **{**kwargs, "device_id": -1})


def _pixels(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> SimpleNamespace:
    o = read_options(name, _PIXELS, args, kwargs)
    return SimpleNamespace(**{key: default for key, (_, default) in NORMALIZE.items()}, **vars(o))


def _iterator(name: str, o: SimpleNamespace, dtype: str) -> MXDataIter:
    if dtype not in ("float32", "uint8", "int8"):
        raise ArgumentError(f"{name}: unknown dtype {dtype!r}; expected float32, uint8 or int8")
    if len(o.data_shape) != 3 or o.data_shape[0] not in (1, 3, 4) or min(o.data_shape) < 1:
        raise ShapeError(
            f"{name}: data_shape is {o.data_shape}; expected (channels, height, width), with 1, 3 or 4 channels"
        )
    if o.aug_seq.strip() not in ("", "aug_default"):
        raise ArgumentError(f"{name}: aug_seq is {o.aug_seq!r}; expected aug_default")
    maker = ImageMaker(name, o, np.dtype(dtype))
    source = source_of(name, o, maker, o.seed_aug or 0, o.device_id)
    if o.mean_img and dtype == "float32":
        maker.mean = mean_image(o.mean_img, source, maker)
        source.reset()
    return MXDataIter(source, o.data_name, o.label_name)


def source_of(name: str, o: SimpleNamespace, maker: Any, seed: int, device_id: int) -> ImageSource:
    """The source of an iterator with options ``o``."""
    if o.on_error not in ("raise", "skip"):
        raise ArgumentError(f"{name}: on_error is {o.on_error!r}; expected 'raise' or 'skip'")
    skip = o.on_error == "skip"
    index = getattr(o, "path_imgidx", "")
    records = RecordParts(name, o.path_imgrec, index, o.part_index, o.num_parts, o.shuffle, o.seed, skip)
    if o.verbose:
        _log.info("%s: %s, use %d threads for decoding", name, o.path_imgrec, o.preprocess_threads)
    ctx = cpu_pinned(device_id) if device_id >= 0 and num_gpus() else cpu(0)
    return ImageSource(
        name, records, maker, o.batch_size, o.round_batch, o.preprocess_threads, o.prefetch_buffer, seed, ctx, skip
    )
