"""Images by OpenCV: reading, decoding, resizing, borders. It is imported when first used."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mxnet._base.errors import (
    ArgumentError,
    AutogradError,
    DTypeError,
    FormatError,
    MissingFileError,
    MXNetError,
    ShapeError,
)
from mxnet._base.lazy import lazy
from mxnet._ops import Count, Floats, Positive, Shape, op
from mxnet._runtime.context import current_context
from mxnet._runtime.state import state

cv2 = lazy("cv2", extra="image")

_MOST = 2**31 - 2
"""Elements of an image: what 1.9.1 can allocate, and what OpenCV can count."""
_RESIZED = (torch.uint8, torch.int8, torch.int32, torch.float32, torch.float64)
_BORDERED = (torch.uint8, torch.int32, torch.float32, torch.float64)


@op("_image_resize")
def resize(data: Tensor, *, size: Shape = (), keep_ratio: bool = False, interp: int = 1) -> Tensor:
    """The image in another size.

    Inputs:  data (H, W, C) or (N, H, W, C), uint8, int8, float32 or float64; int32 with interp 0 or 5
    Attrs:   size, (width, height) or one number for both, which with keep_ratio is the shorter edge's; interp: 0
             nearest, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos over 8 x 8 pixels, 5 bilinear exact to the bit
    Outputs: (height, width, C) or (N, height, width, C); no gradient flows through them
    Raises:  ShapeError for other shapes, ArgumentError for a size that is not positive or that makes more than 2**31
             elements, DTypeError for other dtypes
    Source:  behaviour of MXNet 1.9.1, but that it writes beyond the memory of int8 images and reads int64 as float64
    """
    if data.ndim not in (3, 4):
        raise ShapeError(
            f"_image_resize: data has shape {tuple(data.shape)}; expected (height, width, channels), or with the "
            "images of a batch along a first axis"
        )
    if len(size) not in (1, 2) or min(size) <= 0:
        raise ArgumentError(
            f"_image_resize: size is {size}; expected one number greater than 0, or two: (width, height)"
        )
    high, wide = data.shape[-3:-1]
    if len(size) == 2:
        width, height = size
    elif not keep_ratio:
        width = height = size[0]
    elif high > wide:
        width, height = size[0], size[0] * high // wide
    else:
        width, height = size[0] * wide // high, size[0]
    return _resize("_image_resize", data, width, height, interp)


@op("_cvimresize")
def cv_resize(src: Tensor, *, w: Positive, h: Positive, interp: int = 1) -> Tensor:
    """One image in another size, as :func:`resize` does it.

    Inputs:  src (H, W, C), uint8, int8, float32 or float64; int32 with interp 0 or 5
    Attrs:   w, h, in pixels; interp as in ``image.resize``
    Outputs: (h, w, C)
    Raises:  ShapeError, ArgumentError and DTypeError as ``image.resize``
    """
    _three_axes("_cvimresize", src)
    return _resize("_cvimresize", src, w, h, interp)


@op("_cvcopyMakeBorder")
def copy_make_border(
    src: Tensor, *, top: int, bot: int, left: int, right: int, type: int = 0, value: float = 0.0, values: Floats = ()
) -> Tensor:
    """The image with a border around it.

    Inputs:  src (H, W, C), uint8, int32, float32 or float64
    Attrs:   top, bot, left, right, in pixels; type: 0 filled with ``values``, one a channel and the rest 0 (the first
             four count), or with ``value`` if there are none; 1 the edge repeated, 2 mirrored with the edge, 3 the
             other side, 4 mirrored without the edge
    Outputs: (top + H + bot, left + W + right, C)
    Raises:  ShapeError for other shapes, or no pixels to repeat, ArgumentError for a negative border, an unknown type,
             or more than 2**31 elements, DTypeError for other dtypes
    """
    name = "_cvcopyMakeBorder"
    _three_axes(name, src)
    if min(top, bot, left, right) < 0:
        raise ArgumentError(f"{name}: the borders are {top}, {bot}, {left} and {right}; expected none below 0")
    if type and 0 in src.shape[:2]:  # OpenCV looks for a pixel for ever
        raise ShapeError(f"{name}: src has shape {tuple(src.shape)}, no pixel to repeat; expected one, or type=0")
    fill = (*values, 0.0, 0.0, 0.0, 0.0)[:4] if values else (value,) * 4
    shape = (top + src.shape[0] + bot, left + src.shape[1] + right, src.shape[2])
    return _on_host(
        name, src, shape, _BORDERED, lambda image: cv2.copyMakeBorder(image, top, bot, left, right, type, value=fill)
    )


@op("_cvimdecode")
def cv_decode(buf: Tensor, *, flag: Count = 1, to_rgb: bool = True) -> Tensor:
    """The image in the bytes of a file: JPEG, PNG, BMP, TIFF, WebP and what else OpenCV reads.

    Inputs:  buf, uint8, of any shape
    Attrs:   flag: 1 three channels, 0 one, gray; others are those of OpenCV's ``imread``; to_rgb: channels are red,
             green, blue, else blue, green, red
    Outputs: uint8 (H, W, 3 or 1)
    Raises:  FormatError if the bytes are not an image, broken, or larger than OpenCV accepts (2**30 pixels);
             DTypeError for other dtypes; ShapeError where only shapes are known, since they are the file's
    """
    if buf.is_meta:
        raise ShapeError("_cvimdecode: the shape of the image is known only from its bytes; decode before the graph")
    if buf.dtype is not torch.uint8:
        raise DTypeError(f"_cvimdecode: buf is {str(buf.dtype)[6:]}; expected uint8, the bytes of an image file")
    return decode(np.ascontiguousarray(buf.cpu().numpy()).reshape(-1), flag, to_rgb, "buf").to(buf.device)


@op("_cvimread")
def cv_read(*, filename: str, flag: Count = 1, to_rgb: bool = True) -> Tensor:
    """The image in a file, decoded as by :func:`cv_decode`.

    Attrs:   filename; flag and to_rgb as for ``_cvimdecode``
    Outputs: uint8 (H, W, 3 or 1), in the current context
    Raises:  MissingFileError if there is no such file; FormatError if it is not an image or broken
    """
    if state.tracing:
        raise ShapeError(f"_cvimread: the shape of the image is known only from {filename!r}; read before the graph")
    try:
        content = Path(filename).read_bytes()
    except FileNotFoundError as error:
        raise MissingFileError(f"_cvimread: there is no file {filename!r}") from error
    except OSError as error:
        raise MXNetError(f"_cvimread: {filename!r} can not be read: {error}") from error
    image = decode(np.frombuffer(content, np.uint8), flag, to_rgb, repr(filename))
    return image.to(current_context().device)


@op("_imdecode")
def legacy_decode(
    mean: Tensor | None = None,
    *,
    index: int = 0,
    x0: int = 0,
    y0: int = 0,
    x1: int = 0,
    y1: int = 0,
    c: int = 3,
    size: int = 0,
    str_img: str = "",
) -> Tensor:
    """An image decoded, clipped to (x0, y0, x1, y1) unless that is empty, less its mean; see ``nd.imdecode``.

    Inputs:  mean (c, y1 - y0, x1 - x0), optional
    Attrs:   c channels, 3 or 1; str_img the bytes of the file, as one character each or as Python shows bytes; index
             and size have no effect: ``nd.imdecode`` writes to a slice, and text knows its length
    Outputs: float32 (c, y1 - y0, x1 - x0), channels red, green, blue
    Raises:  FormatError if the bytes are not an image or broken; ArgumentError for other c, or a rectangle that is
             not inside the image; ShapeError for a mean of another shape
    """
    if state.tracing:
        raise ShapeError("_imdecode: the shape of the image is known only from its bytes; decode before the graph")
    content = ast.literal_eval(str_img) if str_img[:2] in ("b'", 'b"') else str_img.encode("latin-1", "replace")
    return clipped(np.frombuffer(content, np.uint8), (x0, y0, x1, y1), c, mean)


def clipped(content: np.ndarray, box: tuple[int, int, int, int], channels: int, mean: Tensor | None) -> Tensor:
    """What ``_imdecode`` does, of the bytes ``content``."""
    if channels not in (1, 3):
        raise ArgumentError(f"_imdecode: channels is {channels}; expected 3, or 1 for gray")
    image = decode(content, int(channels == 3), True, "str_img").permute(2, 0, 1).to(torch.float32)
    x0, y0, x1, y1 = box
    if x0 != x1:
        high, wide = image.shape[1:]
        if not (0 <= x0 < x1 <= wide and 0 <= y0 < y1 <= high):
            raise ArgumentError(f"_imdecode: the rectangle {box} is not inside the image, {wide} wide and {high} high")
        image = image[:, y0:y1, x0:x1]
    if mean is None:
        return image.contiguous()
    if mean.shape != image.shape:
        raise ShapeError(
            f"_imdecode: mean has shape {tuple(mean.shape)}, expected {tuple(image.shape)} as the image has"
        )
    return image.to(mean.device) - mean


def decode(content: np.ndarray, flag: int, to_rgb: bool, source: str) -> Tensor:
    """The image in the bytes ``content``, uint8 (H, W, C); errors name ``source``."""
    try:
        image = cv2.imdecode(content, flag) if content.size else None
    except cv2.error as error:
        raise FormatError(f"{source}: decoding failed: {_reason(error)}") from error
    if image is None:
        raise FormatError(
            f"{source}: decoding failed; these {content.size} bytes are not an image that OpenCV reads, or are broken"
        )
    if image.dtype != np.uint8:
        raise ArgumentError(
            f"{source}: with flag {flag} its pixels are {image.dtype}; expected uint8: use flag 1, or 0 for gray"
        )
    if image.ndim == 2:
        image = image[:, :, None]
    elif to_rgb:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return torch.from_numpy(image)


def _three_axes(name: str, src: Tensor) -> None:
    if src.ndim != 3:
        raise ShapeError(f"{name}: src has shape {tuple(src.shape)}; expected (height, width, channels)")


def _resize(name: str, data: Tensor, width: int, height: int, interp: int) -> Tensor:
    shape = (*data.shape[:-3], height, width, data.shape[-1])
    if interp == 1 and data.dtype is not torch.int32 and not (data.is_cpu or data.is_meta):
        _check(name, data, shape, _RESIZED)
        return _bilinear(data, width, height)

    def change(image: Any) -> Any:
        if image.dtype != np.int8:
            return cv2.resize(image, (width, height), interpolation=interp)
        # OpenCV has 16 bits for numbers with a sign; what bicubic or Lanczos makes beyond 8 of them is the extreme
        return cv2.resize(image.astype(np.int16), (width, height), interpolation=interp).clip(-128, 127)

    return _on_host(name, data, shape, _RESIZED, change)


def _bilinear(data: Tensor, width: int, height: int) -> Tensor:
    """Bilinear on the device the image is on."""
    batch = data.reshape(-1, *data.shape[-3:]).permute(0, 3, 1, 2)
    real = batch if data.is_floating_point() else batch.to(torch.float32)
    made = torch.nn.functional.interpolate(real, (height, width), mode="bilinear", align_corners=False)
    made = made if data.is_floating_point() else made.round().to(data.dtype)
    return made.permute(0, 2, 3, 1).reshape(*data.shape[:-3], height, width, data.shape[-1])


def _check(name: str, data: Tensor, shape: tuple[int, ...], dtypes: tuple[torch.dtype, ...]) -> None:
    if data.dtype not in dtypes:
        allowed = ", ".join(str(d)[6:] for d in dtypes)
        raise DTypeError(f"{name}: the image is {str(data.dtype)[6:]}; expected {allowed}; cast it first")
    total = 1
    for n in shape:
        total *= n
    if total > _MOST:
        raise ArgumentError(f"{name}: the result of shape {shape} has {total} elements; expected at most {_MOST}")


def _on_host(
    name: str, data: Tensor, shape: tuple[int, ...], dtypes: tuple[torch.dtype, ...], change: Callable[[Any], Any]
) -> Tensor:
    """``change`` done to the image, or to each of a batch, with NumPy arrays; of ``shape``, on the device of ``data``.

    >>> _on_host("double", torch.ones(1, 2, 1), (1, 2, 1), (torch.float32,), lambda image: image * 2).tolist()
    [[[2.0], [2.0]]]
    """
    _check(name, data, shape, dtypes)
    if data.is_meta or 0 in shape:
        return data.new_empty(shape)

    def run(tensor: Tensor) -> Tensor:
        images = tensor.detach().cpu().contiguous().numpy()
        made = np.empty(shape, images.dtype)
        try:
            if images.ndim == 3:
                made[...] = change(images).reshape(shape)
            else:
                for target, image in zip(made, images, strict=True):
                    target[...] = change(image).reshape(target.shape)
        except cv2.error as error:
            raise ArgumentError(
                f"{name}: OpenCV refuses {images.dtype} images of shape {images.shape} with these attributes: "
                f"{_reason(error)}"
            ) from error
        return torch.from_numpy(made).to(tensor.device)

    if data.requires_grad and torch.is_grad_enabled():
        result: Tensor = _NoGradient.apply(data, run, name)
        return result
    return run(data)


class _NoGradient(torch.autograd.Function):
    """A function whose gradient nobody has, and says so when asked for it."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, run: Callable[[Tensor], Tensor], name: str) -> Tensor:
        ctx.name = name
        return run(data)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        raise AutogradError(
            f"{ctx.name} has no gradient; resize with contrib.BilinearResize2D, or detach() the image before it"
        )


def _reason(error: Exception) -> str:
    """OpenCV's message without the place in its source."""
    return " ".join(str(error).split()).rpartition("error: ")[2]
