"""Optimizer states that 1.9.1 and older versions pickled, read without running anything in them.

Before a pickle is interpreted, its opcodes are checked: those that states do not need are refused, and so is every size
without as many bytes behind it. A pickle may then only name some classes of our own that stand for arrays, and the
optimizers and schedulers that this program has defined.
"""

from __future__ import annotations

import collections
import io
import pickle
import pickletools
import struct
from typing import Any

import numpy as np

from mxnet import lr_scheduler
from mxnet._base.errors import FormatError, MXNetError
from mxnet.ndarray import load_frombuffer

from ._base import Optimizer

_WHO = "optimizer states"
_OPCODES = frozenset(
    "PROTO FRAME STOP MARK POP POP_MARK DUP PUT BINPUT LONG_BINPUT MEMOIZE GET BINGET LONG_BINGET "
    "NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT "
    "STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 "
    "BINBYTES SHORT_BINBYTES BINBYTES8 EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST LIST APPEND APPENDS "
    "EMPTY_DICT DICT SETITEM SETITEMS GLOBAL STACK_GLOBAL REDUCE NEWOBJ BUILD".split()
)


def loaded_class(module: str, name: str) -> type | None:
    """The optimizer or scheduler class of that name, if this program has defined it; nothing is imported."""
    if module.split(".")[:2] == ["mxnet", "optimizer"]:
        return Optimizer.opt_registry.get(name.lower())
    if module == "mxnet.lr_scheduler":
        found = getattr(lr_scheduler, name, None)
        return found if isinstance(found, type) and issubclass(found, lr_scheduler.LRScheduler) else None
    waiting: list[type] = [Optimizer, lr_scheduler.LRScheduler]
    while waiting:
        klass = waiting.pop()
        if (klass.__module__, klass.__qualname__) == (module, name):
            return klass
        waiting += klass.__subclasses__()
    return None


class _Array:
    """Stands for an NDArray until its bytes are read."""

    value: Any = None

    def __init__(self, *args: Any) -> None:
        """1.9.1 makes an array of nothing first."""

    def __setstate__(self, state: Any) -> None:
        handle = state.get("handle") if isinstance(state, dict) else None
        if handle is None:
            return
        if not isinstance(handle, (bytes, bytearray)):
            raise FormatError(f"{_WHO}: an array of {type(handle).__name__}, expected bytes")
        # the bytes of one array; a file has a head before them and a list of names after them
        whole = struct.pack("<QQQ", 0x112, 0, 1) + bytes(handle) + struct.pack("<Q", 0)
        try:
            self.value = load_frombuffer(whole)[0]
        except MXNetError as error:
            raise FormatError(f"{_WHO}: an array can not be read: {error}") from None


class _DType:
    """Stands for a NumPy dtype: numbers of a known size, nothing else."""

    def __init__(self, code: Any, *flags: Any) -> None:
        if not isinstance(code, str) or code.lstrip("<>=|") not in _CODES:
            raise FormatError(f"{_WHO}: NumPy dtype {code!r}, expected one of {', '.join(_CODES)}")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


_CODES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")


class _HostArray:
    """Stands for a NumPy array."""

    value: Any = None

    def __setstate__(self, state: Any) -> None:
        try:
            _, shape, kind, fortran, raw = state
            raw = raw.encode("latin-1") if isinstance(raw, str) else bytes(raw)
            flat = np.frombuffer(raw, kind.dtype)
            self.value = flat.reshape(shape, order="F" if fortran else "C").copy()
        except (TypeError, ValueError, AttributeError) as error:
            raise FormatError(f"{_WHO}: a NumPy array can not be read: {error}") from None


def _reconstruct(*args: Any) -> _HostArray:
    return _HostArray()


def _scalar(kind: Any, raw: Any) -> Any:
    try:
        raw = raw.encode("latin-1") if isinstance(raw, str) else bytes(raw)
        return np.frombuffer(raw, kind.dtype)[0].item()
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise FormatError(f"{_WHO}: a NumPy number can not be read: {error}") from None


def _bytes(*args: Any) -> bytes:
    """``bytes`` and ``bytearray`` of text or bytes; for a number they would take that much memory."""
    if not args:
        return b""
    if isinstance(args[0], bytes):
        return args[0]
    if isinstance(args[0], str) and len(args) < 3:
        return args[0].encode("latin-1")
    raise FormatError(f"{_WHO}: bytes of {type(args[0]).__name__}")


def _new(klass: Any, *args: Any) -> Any:
    if not isinstance(klass, type) or not issubclass(klass, (Optimizer, lr_scheduler.LRScheduler)):
        raise FormatError(f"{_WHO}: an object of {klass!r}")
    return klass.__new__(klass)


_NAMES: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): _DType,
    ("numpy", "ndarray"): _HostArray,
    ("_codecs", "encode"): _bytes,
    ("collections", "OrderedDict"): collections.OrderedDict,
}
for _module in ("mxnet.ndarray.ndarray", "mxnet.ndarray"):
    _NAMES[_module, "NDArray"] = _Array
_NAMES["mxnet.numpy", "ndarray"] = _NAMES["mxnet.numpy.multiarray", "ndarray"] = _Array
for _module in ("numpy.core.multiarray", "numpy._core.multiarray"):
    _NAMES[_module, "_reconstruct"] = _reconstruct
    _NAMES[_module, "scalar"] = _scalar
for _module in ("builtins", "__builtin__"):
    _NAMES[_module, "bytes"] = _NAMES[_module, "bytearray"] = _bytes
    _NAMES[_module, "object"] = object
for _module in ("copyreg", "copy_reg"):
    _NAMES[_module, "_reconstructor"] = _new


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        found = _NAMES.get((module, name)) or loaded_class(module, name)
        if found is None:
            raise FormatError(
                f"{_WHO}: they ask for {module}.{name}, which states have no use for or this program has not defined; "
                "refused"
            )
        return found

    def persistent_load(self, pid: Any) -> Any:
        raise FormatError(f"{_WHO}: they refer to something outside of themselves; refused")


def _look_through(data: bytes) -> None:
    try:
        for opcode, argument, position in pickletools.genops(data):
            if opcode.name not in _OPCODES:
                raise FormatError(f"{_WHO}: opcode {opcode.name} at offset {position} is not one of states; refused")
            if "PUT" in opcode.name and int(argument) > len(data):
                raise FormatError(f"{_WHO}: a memo number of {argument} at offset {position}")
    except FormatError:
        raise
    except Exception as error:  # whatever genops fails on, the bytes are no pickle
        raise FormatError(f"{_WHO}: neither our format nor a whole pickle: {error}") from None


def load_pickle(data: bytes) -> Any:
    """The content of a pickle, with real arrays.

    Raises:
        FormatError: it is no pickle, it is broken, or it names anything else.
    """
    _look_through(data)
    try:
        loaded = _Reader(io.BytesIO(data), encoding="latin-1").load()
        return _whole(loaded, set())
    except FormatError:
        raise
    except Exception as error:  # a broken pickle raises errors of every kind
        raise FormatError(f"{_WHO}: the pickle is broken: {type(error).__name__}: {error}") from None


def _whole(value: Any, seen: set[int]) -> Any:
    if isinstance(value, (_Array, _HostArray)):
        return value.value
    if isinstance(value, (tuple, list)):
        return type(value)([_whole(v, seen) for v in value])
    if isinstance(value, dict):
        return {k: _whole(v, seen) for k, v in value.items()}
    if isinstance(value, (Optimizer, lr_scheduler.LRScheduler)) and id(value) not in seen:
        seen.add(id(value))
        for name, part in vars(value).items():
            if name not in ("_all_index_update_counts", "_index_update_count"):  # one is part of the other
                vars(value)[name] = _whole(part, seen)
    return value
