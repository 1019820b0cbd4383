"""Pictures of batches, and of data sets for notebooks."""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._base.lazy import lazy
from mxnet.ndarray import NDArray

cv2 = lazy("cv2", extra="image")
matplotlib = lazy("matplotlib.figure", extra="viz")

_THUMBNAIL = 96
_CHANNELS = (1, 3, 4)


def show(batch: Any, labels: Sequence[Any] | None = None, columns: int | None = None, most: int = 64) -> Any:
    """A picture of the images of a batch, side by side, which notebooks show. It is not in 1.9.1.

    Args:
        batch: array of images, (N, H, W, C) or (N, C, H, W), or of one image without the first axis, with 1, 3 (red,
            green, blue) or 4 channels; a list of images; a :class:`mxnet.io.DataBatch`; or a pair of images and labels,
            as :class:`mxnet.gluon.data.DataLoader` gives. Values outside 0 to 255, or, of floats, outside 0 to 1 if
            none is above 1, are rescaled to that range, so that normalised images can be seen too.
        labels: what to write above the images; those of the batch unless given.
        columns: images in a row; unless given, about as many as there are rows.
        most: images to show.

    Returns:
        ``matplotlib.figure.Figure``; ``show(batch).savefig(name)`` saves it.

    Raises:
        ShapeError: ``batch`` has no images.
        ArgumentError: ``columns`` or ``most`` is not positive, or there are no images.

    >>> import mxnet as mx
    >>> len(show(mx.nd.ones((6, 3, 8, 8)), labels="abcdef").axes)
    6
    """
    if most < 1 or (columns is not None and columns < 1):
        raise ArgumentError(f"show: columns is {columns} and most is {most}; expected 1 or more")
    if hasattr(batch, "data") and hasattr(batch, "label") and isinstance(batch.data, (list, tuple)):
        batch, own = batch.data[0], batch.label[0] if batch.label else None
    elif _is_pair(batch):
        batch, own = batch
    else:
        own = None
    images = _images(batch)
    if not images:
        raise ArgumentError("show: there are no images in the batch")
    names = own if labels is None else labels
    if isinstance(names, NDArray):
        names = names.asnumpy()
    images = images[:most]
    wide = columns or math.ceil(math.sqrt(len(images)))
    high = -(-len(images) // wide)
    figure = matplotlib.Figure(figsize=(1.6 * wide, (1.6 if names is None else 1.8) * high), layout="constrained")
    for i, image in enumerate(images):
        axes = figure.add_subplot(high, wide, i + 1)
        axes.imshow(image if image.shape[2] > 1 else image[:, :, 0], cmap="gray", vmin=0, vmax=255)
        axes.set_axis_off()
        if names is not None and i < len(names):
            axes.set_title(_caption(names[i]), fontsize=9)
    return figure


def _is_pair(batch: Any) -> bool:
    """Whether it is a pair of images and labels: the second has fewer axes."""
    if not isinstance(batch, (list, tuple)) or len(batch) != 2:
        return False
    first, second = (len(getattr(part, "shape", ())) for part in batch)
    return first >= 3 and second < first


def _images(batch: Any) -> list[np.ndarray]:
    if isinstance(batch, (list, tuple)):
        return [image for part in batch for image in _images(part)]
    values = batch.asnumpy() if isinstance(batch, NDArray) else np.asarray(batch)
    if values.ndim == 2:
        values = values[:, :, None]
    if values.ndim == 3:
        values = values[None]
    if values.ndim == 4 and values.shape[3] not in _CHANNELS and values.shape[1] in _CHANNELS:
        values = values.transpose(0, 2, 3, 1)
    if values.ndim != 4 or values.shape[3] not in _CHANNELS or not values[:1].size or values.dtype.kind not in "biuf":
        raise ShapeError(
            f"show: got {values.dtype} of shape {np.shape(batch)}; expected images, (N, H, W, C) or (N, C, H, W), with "
            "1, 3 or 4 channels"
        )
    return list(_visible(values))


def _visible(values: np.ndarray) -> np.ndarray:
    """The images as uint8."""
    if values.dtype == np.uint8 or not len(values):
        return values.astype(np.uint8)
    values = np.nan_to_num(values.astype(np.float64))
    low, high = values.min(), values.max()
    if low < 0 or high > 255:
        values = (values - low) * (255 / max(high - low, 1e-12))
    elif high <= 1:
        values = values * 255
    return np.rint(values).astype(np.uint8)


def _caption(label: Any) -> str:
    values = np.asarray(label.asnumpy() if isinstance(label, NDArray) else label)
    if values.dtype.kind not in "biuf":
        return str(label)
    numbers = [f"{value:g}" for value in values.ravel()[:4].tolist()]
    return " ".join(numbers) + (" ..." if values.size > 4 else "")


def preview(dataset: Any, count: int = 8) -> str:
    """The first examples of a data set as HTML, images as images, the rest as text.

    Args:
        dataset: anything with ``__getitem__`` and ``__len__``.
        count: how many examples.
    """
    cells = []
    for i in range(min(count, len(dataset))):
        try:
            example = dataset[i]
        except Exception as error:  # a preview shows any error instead of failing
            cells.append(f"<em>{html.escape(f'{type(error).__name__}: {error}'[:200])}</em>")
            continue
        parts = example if isinstance(example, (list, tuple)) else [example]
        cells.append("<br>".join(_part(part) for part in parts[:4]))
    style = "display:inline-block;margin:4px;vertical-align:top;text-align:center;font-size:smaller"
    boxes = "".join(f'<div style="{style}">{i}<br>{cell}</div>' for i, cell in enumerate(cells))
    return f"<div><b>{html.escape(type(dataset).__name__)}</b>, {len(dataset)} examples</div><div>{boxes}</div>"


def _part(part: Any) -> str:
    shape = getattr(part, "shape", ())
    try:
        image = _images(part)[0] if len(shape) in (2, 3) and min(shape) > 0 else None
    except ShapeError:
        image = None
    if image is None:
        text = f"{type(part).__name__} {shape}" if shape else str(part)
        return html.escape(text[:60])
    scale = _THUMBNAIL / max(image.shape[:2])
    if scale < 1:
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        image = image if image.ndim == 3 else image[:, :, None]
    colours = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[image.shape[2]]
    content = base64.b64encode(cv2.imencode(".png", np.ascontiguousarray(image[:, :, colours]))[1].tobytes()).decode()
    return f'<img src="data:image/png;base64,{content}" height="{max(image.shape[0], 32)}">'
