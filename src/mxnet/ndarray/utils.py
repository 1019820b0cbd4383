"""Saving and loading arrays in 1.9.1's ``.params`` format."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from mxnet._base.errors import CallError, ContextError, DTypeError, FormatError
from mxnet._base.files import atomic_write, read_bytes
from mxnet._runtime import params_format
from mxnet._runtime.context import Context
from mxnet._runtime.dtypes import FLAG, FROM_FLAG
from mxnet._runtime.sparse import wrap
from mxnet._runtime.state import np_shape_active
from mxnet._runtime.storage import Csr, Rows, Storage

from . import creation
from .creation import array, empty, zeros
from .ndarray import NDArray

__all__ = ["array", "empty", "load", "load_frombuffer", "save", "save_tobuffer", "zeros"]


def _entry(data: Any) -> params_format.Entry:
    if not isinstance(data, NDArray):
        raise DTypeError(f"save only accepts an NDArray, a dict of str to NDArray or a list of NDArray, got {data!r}")
    if data._sparse:
        return _sparse_entry(data)
    tensor = data._ready()
    bits = tensor.detach().view(torch.int16) if tensor.dtype is torch.bfloat16 else tensor
    values = bits.numpy(force=True)
    if not values.shape and not np_shape_active():
        values = values.reshape(1)  # without NumPy shapes, no dimensions in a file means no array
    return params_format.Entry(
        stype="default",
        shape=values.shape,
        dtype_flag=FLAG[tensor.dtype],
        data=values,
        aux=(),
        ctx=(data._ctx.device_typeid, data._ctx.device_id),
        none=False,
    )


def _sparse_entry(data: Any) -> params_format.Entry:
    held = data._storage.to("cpu")
    bits = held.data.view(torch.int16) if held.data.dtype is torch.bfloat16 else held.data
    return params_format.Entry(
        stype=held.stype,
        shape=held.shape,
        dtype_flag=FLAG[held.data.dtype],
        data=bits.numpy(),
        aux=tuple(index.numpy() for index in held.aux()),
        ctx=(data._ctx.device_typeid, data._ctx.device_id),
    )


def _entries(data: Any) -> tuple[list[params_format.Entry], list[str]]:
    if isinstance(data, NDArray):
        return [_entry(data)], []
    if isinstance(data, Mapping):
        if not all(isinstance(k, str) for k in data):
            raise DTypeError(f"save: names must be str, got {next(k for k in data if not isinstance(k, str))!r}")
        return [_entry(v) for v in data.values()], list(data)
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return [_entry(v) for v in data], []
    raise CallError(
        f"data needs to either be a NDArray, dict of str, NDArray pairs or a list of NDarrays, got {data!r}"
    )


def save(fname: str, data: Any) -> None:
    """Write an array, a list of arrays or a dict of them by name to ``fname``, in the bytes that 1.9.1 writes.

    The file is replaced as a whole: a program that is killed half-way leaves the old one.

    Raises:
        DTypeError: there is something other than arrays in ``data``.
    """
    entries, names = _entries(data)
    with atomic_write(fname) as file:
        for piece in params_format.encode(entries, names, np_shape=np_shape_active()):
            file.write(piece)


def save_tobuffer(data: Any) -> bytes:
    """What :func:`save` would write, as bytes."""
    entries, names = _entries(data)
    out = io.BytesIO()
    for piece in params_format.encode(entries, names, np_shape=np_shape_active()):
        out.write(piece)
    return out.getvalue()


def to_bytes(data: NDArray) -> bytes:
    """One array as pickles hold it, 1.9.1's too."""
    return params_format.encode_one(_entry(data), np_shape=np_shape_active())


def from_bytes(buffer: bytes) -> NDArray:
    """The array in bytes that :func:`to_bytes` wrote."""
    return _restore(params_format.decode_one(buffer, "<pickle>"), "<pickle>")


def load(fname: str) -> Any:
    """The arrays in the file ``fname``: a list, or a dict where they have names. Any version's files are read.

    Arrays come to ``cpu(0)``, those saved from a GPU to the same GPU if it is here.

    Raises:
        MissingFileError: there is no such file.
        FormatError: the file is truncated or corrupt; names it and the offset.
    """
    return _decode(read_bytes(fname), str(fname))


def load_frombuffer(buf: bytes) -> Any:
    """The arrays in bytes that :func:`save` wrote."""
    if not isinstance(buf, (bytes, bytearray, memoryview)):
        raise DTypeError(f"load_frombuffer: expected bytes, got {type(buf)}")
    return _decode(bytes(buf), "<buffer>")


def _decode(buffer: bytes, source: str) -> Any:
    entries, names = params_format.decode(buffer, source)
    arrays = [_array(e, source) for e in entries]
    return dict(zip(names, arrays, strict=True)) if names else arrays


def _check_meaning(entry: params_format.Entry, source: str) -> None:
    """Refuse a shape whose meaning differs between the semantics it was saved in and those it is loaded in."""
    if entry.np_shape is not np_shape_active() and (entry.none or 0 in entry.shape or not entry.shape):
        saved, turn = ("", "on") if entry.np_shape else ("not ", "off")
        raise FormatError(
            f"{source}: the array of shape {entry.shape} at offset {entry.offset} was {saved}saved in np shape "
            f"semantics, and must be loaded in the same; please turn {turn} np shape semantics with "
            f"mx.np_shape({entry.np_shape})"
        )


def _array(entry: params_format.Entry, source: str) -> Any:
    _check_meaning(entry, source)
    return _restore(entry, source)


def _restore(entry: params_format.Entry, source: str) -> Any:
    if entry.none:
        return creation.NDArray(torch.empty(0), Context("cpu"))
    dtype = FROM_FLAG[entry.dtype_flag]
    raw = torch.from_numpy(entry.data.copy())
    data = raw.view(torch.bfloat16) if dtype is torch.bfloat16 else raw
    ctx = _place(*entry.ctx)
    if entry.stype != "default":
        return wrap(_stored(entry, data, source).to(ctx.device), ctx)
    return NDArray(data if ctx.device.type == "cpu" else data.to(ctx.device), ctx)


def _place(kind: int, index: int) -> Context:
    """The context of an array that was saved on another: its GPU, if that is here."""
    if Context.devtype2str.get(kind) == "gpu":
        gpu = Context("gpu", index)
        try:
            _ = gpu.device
            return gpu
        except ContextError:
            pass
    # arrays from any CPU, or kind of its memory, come to the first CPU, as in 1.9.1
    return Context("cpu", 0)


def _stored(entry: params_format.Entry, data: torch.Tensor, source: str) -> Storage:
    aux = [torch.from_numpy(a.astype("int64")) for a in entry.aux]
    made: Storage = Rows(data, *aux, entry.shape) if entry.stype == "row_sparse" else Csr(data, *aux[::-1], entry.shape)
    trouble = made.trouble(full=True)
    if trouble:
        raise FormatError(f"{source}: the {entry.stype} array at offset {entry.offset} is corrupt: {trouble}")
    return made
