"""States of optimizers as bytes, without pickle.

Layout: ``MAGIC``, the length of a JSON text as 8 bytes little endian, the text, and the arrays in ``.params`` format.
In the text, numbers, text, booleans and None stand for themselves; an object with one key stands for everything else:
``{"array": 3}`` is the fourth array, ``{"numpy": 3}`` the same as a NumPy array, ``{"tuple": [...]}`` and
``{"list": [...]}`` are what they say, ``{"dict": [[key, value], ...]}`` keeps keys that are not text, and
``{"object": "module:class", "state": ...}`` is an optimizer or a learning rate scheduler.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from mxnet import lr_scheduler
from mxnet._base.errors import ArgumentError, FormatError, MXNetError
from mxnet._runtime.array import Array
from mxnet.ndarray import NDArray, array, load_frombuffer, save_tobuffer

from ._base import Optimizer
from ._legacy import load_pickle, loaded_class

MAGIC = b"\x93MXSTAT1"
_HEAD = struct.Struct("<8sQ")
_WHO = "optimizer states"


def dump_states(states: Mapping[Any, Any], optimizer: Optimizer | None) -> bytes:
    """The bytes of ``states`` and, unless None, of ``optimizer``."""
    arrays: list[NDArray] = []
    tree = {"states": _plain(states, arrays, "states"), "optimizer": _plain(optimizer, arrays, "optimizer")}
    text = json.dumps(tree, separators=(",", ":")).encode()
    return _HEAD.pack(MAGIC, len(text)) + text + save_tobuffer(arrays)


def _plain(value: Any, arrays: list[NDArray], where: str) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Array):
        plain = value if value._sparse else NDArray(value._ready(), value._ctx)
        arrays.append(plain)  # type: ignore[arg-type]
        return {"array": len(arrays) - 1}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        arrays.append(array(value, dtype=value.dtype))
        return {"numpy": len(arrays) - 1}
    if isinstance(value, (tuple, list)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_plain(v, arrays, f"{where}[{i}]") for i, v in enumerate(value)]}
    if isinstance(value, Mapping):
        pairs = [[_plain(k, arrays, where), _plain(v, arrays, f"{where}[{k!r}]")] for k, v in value.items()]
        return {"dict": pairs}
    if isinstance(value, (Optimizer, lr_scheduler.LRScheduler)):
        kept = value.__getstate__() if isinstance(value, Optimizer) else dict(vars(value))
        name = f"{type(value).__module__}:{type(value).__qualname__}"
        return {"object": name, "state": _plain(kept, arrays, where)}
    raise ArgumentError(
        f"{_WHO}: {where} is a {type(value).__name__}; arrays, numbers, text, None, and tuples, lists and dicts of "
        "them can be saved"
    )


def load_states(data: bytes) -> tuple[dict[Any, Any], Optimizer | None]:
    """States and optimizer (None if it was not saved) from our bytes, or from those that 1.9.1 pickled.

    Raises:
        FormatError: the bytes are neither.
    """
    data = bytes(data)
    loaded = _load(data) if data[: len(MAGIC)] == MAGIC else load_pickle(data)
    optimizer = None
    if isinstance(loaded, tuple) and len(loaded) == 2:
        loaded, optimizer = loaded
    if not isinstance(loaded, dict) or not (optimizer is None or isinstance(optimizer, Optimizer)):
        raise FormatError(f"{_WHO}: expected a dict of states and perhaps an optimizer, got {type(loaded).__name__}")
    return loaded, optimizer


def _load(data: bytes) -> tuple[Any, Any]:
    if len(data) < _HEAD.size:
        raise FormatError(f"{_WHO}: {len(data)} bytes, expected a head of {_HEAD.size}; the file is truncated")
    length = _HEAD.unpack_from(data)[1]
    end = _HEAD.size + length
    if end > len(data):
        raise FormatError(
            f"{_WHO}: the text at offset {_HEAD.size} is to have {length} bytes, but {len(data) - _HEAD.size} are "
            "left; the file is truncated"
        )
    try:
        tree = json.loads(data[_HEAD.size : end].decode())
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{_WHO}: the text at offset {_HEAD.size} can not be read: {error}") from None
    try:
        arrays = load_frombuffer(data[end:])
    except MXNetError as error:
        raise FormatError(f"{_WHO}: the arrays at offset {end} can not be read: {error}") from None
    if not isinstance(tree, dict) or set(tree) != {"states", "optimizer"}:
        raise FormatError(f"{_WHO}: the text at offset {_HEAD.size} does not hold states and optimizer")
    try:
        return _full(tree["states"], arrays), _full(tree["optimizer"], arrays)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, RecursionError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"{_WHO}: the text at offset {_HEAD.size} is not one of states: {error}") from None


def _full(value: Any, arrays: Any) -> Any:
    if not isinstance(value, dict):
        if isinstance(value, list):
            raise FormatError(f"{_WHO}: a bare list where a value belongs")
        return value
    kind = next(iter(value), "nothing")
    if kind == "object":
        return _object(value["object"], _full(value["state"], arrays))
    content = value[kind] if len(value) == 1 else None
    if kind in ("array", "numpy"):
        if type(content) is not int or not 0 <= content < len(arrays):
            raise FormatError(f"{_WHO}: array {content!r} of {len(arrays)}")
        return arrays[content] if kind == "array" else arrays[content].asnumpy()
    if kind in ("tuple", "list") and isinstance(content, list):
        items = [_full(v, arrays) for v in content]
        return tuple(items) if kind == "tuple" else items
    if kind == "dict" and isinstance(content, list):
        return {_full(k, arrays): _full(v, arrays) for k, v in content}
    raise FormatError(f"{_WHO}: a value of kind {kind!r}, which is not known")


def _object(name: Any, state: Any) -> Any:
    module, _, qualname = str(name).partition(":")
    klass = loaded_class(module, qualname)
    if klass is None or not isinstance(state, dict) or not all(isinstance(k, str) for k in state):
        raise FormatError(
            f"{_WHO}: they hold a {name}, which is no optimizer or scheduler of this program; import its module first"
        )
    made = klass.__new__(klass)
    if isinstance(made, Optimizer):
        made.__setstate__(state)
    else:
        vars(made).update(state)
    return made
