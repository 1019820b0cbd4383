"""Reading and writing parts of an array: keys as NumPy has them, made fit for torch."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, MXNetError, ShapeError

from .array import Array, Variable
from .copies import of_host
from .dtypes import fitting
from .state import state


class BadIndex(ArgumentError, IndexError):
    """An index that is out of bounds, a mask of another shape than the array, or more indices than axes."""


class UnlikeIndices(ShapeError, IndexError):
    """Index arrays of shapes that do not go together."""


class Indexed(NamedTuple):
    """Stands in a recorded history where an operator would: taking a part of an array.

    It holds the key, with the shapes of index arrays in their place, and the numbers of axes before and after. Its
    inputs are the array and the index arrays.
    """

    key: Any
    before: int
    after: int


class IndexShape(tuple[int, ...]):
    """Stands in a key for an index array."""


class IndexNumbers(tuple[Any, ...]):
    """Stands in a key for a list of numbers, which graphs take as it is: their shape, and the numbers in a row."""


def recorded(key: Any, before: int, after: int, history: Any) -> list[Any]:
    """The step, for a recorded history, of taking ``key`` of an array whose history is ``history``."""
    inputs, shown = [history], key
    if not is_basic(key):
        shown = tuple([_recorded_index(k, inputs) for k in (key if isinstance(key, tuple) else (key,))])
    return [Indexed(shown, before, after), inputs]


def _recorded_index(k: Any, inputs: list[Any]) -> Any:
    if is_basic((k,)) or is_mask(k):  # a tuple within a key is a list
        return k
    if state.tracer is not None:
        numbers = _numbers_of(k)
        if numbers is not None:
            return numbers
        inputs.append(state.tracer.history(k))
    elif isinstance(k, Array):
        if not k._tracked() and k._node is None:
            k._node = (k._data, Variable())
        inputs.append(k._node[1])  # type: ignore[index]
    else:
        inputs.append(Variable())
    return IndexShape(k._meta().shape if isinstance(k, Array) else np.shape(k))


def _numbers_of(k: Any) -> IndexNumbers | None:
    """A list of whole numbers, nested or not; None for anything else, which may be another the next time."""
    if not isinstance(k, (list, tuple, range)) or not _whole(k):
        return None
    try:
        found = np.array(k)
    except ValueError:  # rows of different lengths
        return None
    return IndexNumbers((found.shape, found.ravel().tolist())) if found.size else None


def _whole(k: Any) -> bool:
    if isinstance(k, (list, tuple, range)):
        return all([_whole(each) for each in k])
    return isinstance(k, (int, np.integer)) and not isinstance(k, bool)


def is_basic(key: Any) -> bool:
    """Whether ``key`` selects by numbers, slices, ``...`` and None alone, and so can give a view."""
    if isinstance(key, tuple):
        return all(
            k is None or k is Ellipsis or isinstance(k, (slice, int, np.integer)) and not isinstance(k, bool)
            for k in key
        )
    return key is None or key is Ellipsis or isinstance(key, (slice, int, np.integer)) and not isinstance(key, bool)


def _expand(key: Any, shape: torch.Size) -> list[Any]:
    """The key as a list with one entry for each axis (None for new ones), ``...`` written out."""
    keys = list(key) if isinstance(key, tuple) else [key]
    used = 0
    for k in keys:
        if k is None or k is Ellipsis:
            continue
        used += _ndim(k) if is_mask(k) else 1
    dots = [i for i, k in enumerate(keys) if k is Ellipsis]
    if len(dots) > 1:
        raise BadIndex("an index can only have a single ellipsis ('...')")
    if used > len(shape):
        raise BadIndex(f"too many indices ({used}) for array with {len(shape)} dimensions")
    fill = [slice(None)] * (len(shape) - used)
    if dots:
        keys[dots[0] : dots[0] + 1] = fill
    else:
        keys += fill
    return keys


def _ndim(k: Any) -> int:
    return len(k.shape) if isinstance(k, Array) else np.ndim(k)  # type: ignore[attr-defined]


def is_mask(k: Any) -> bool:
    """Whether ``k`` selects elements by true and false; without axes, all or none of them."""
    if isinstance(k, Array):
        return k._meta().dtype is torch.bool
    if isinstance(k, (list, tuple)):
        first = k
        while isinstance(first, (list, tuple)) and first:
            first = first[0]
        return isinstance(first, (bool, np.bool_)) and np.asarray(k).dtype == np.bool_
    return isinstance(k, (bool, np.bool_)) or isinstance(k, np.ndarray) and k.dtype == np.bool_


def _slice(data: Tensor, axis: int, key: slice) -> Tensor:
    """``data`` sliced along one axis; torch knows no negative steps."""
    try:
        start, stop, step = key.indices(data.shape[axis])
    except TypeError as error:
        raise DTypeError(f"slice {key} has bounds that are not integers: {error}") from None
    except ValueError as error:
        raise ArgumentError(f"slice {key}: {error}") from None
    picked = range(start, stop, step)
    if len(picked) < 2:  # whatever the step, it shares memory
        return data.narrow(axis, start if picked else 0, len(picked))
    if step < 0:
        return data.index_select(axis, torch.tensor(picked, device=data.device))
    if len(picked) == data.shape[axis]:
        return data
    block = data.narrow(axis, start, stop - start)
    return block if step == 1 else block[(slice(None),) * axis + (slice(None, None, step),)]


def _number(k: Any, size: int, axis: int) -> int:
    n = int(k)
    if not -size <= n < size:
        raise BadIndex(f"index {n} is out of bounds for axis {axis} with size {size}")
    return n + size if n < 0 else n


def _basic(data: Tensor, keys: list[Any]) -> Tensor:
    axis = source = 0
    for k in keys:
        if k is None:
            data = data.unsqueeze(axis)
            axis += 1
        elif isinstance(k, slice):
            data = _slice(data, axis, k)
            axis += 1
            source += 1
        else:
            data = data.select(axis, _number(k, data.shape[axis], source))
            source += 1
    return data


def read(data: Tensor, key: Any) -> Tensor:
    """``data[key]``: a view where the key is basic and torch can give one, else a copy."""
    if key.__class__ is int:
        try:
            return data[key]
        except IndexError:
            return _basic(data, _expand(key, data.shape))  # says what is wrong with it
    if is_basic(key):
        return _basic(data, _expand(key, data.shape))
    data, advanced = _advanced(data, key)
    try:
        return data[advanced]
    except IndexError:
        raise _unlike(advanced) from None


def _unlike(advanced: tuple[Any, ...]) -> UnlikeIndices:
    shapes = ", ".join(str(tuple(k.shape)) for k in advanced if isinstance(k, Tensor))
    return UnlikeIndices(f"shape mismatch: indices of shapes {shapes} can not be broadcast together")


def _advanced(data: Tensor, key: Any) -> tuple[Tensor, tuple[Any, ...]]:
    """The key with index arrays as tensors on the device of ``data``; negative steps are resolved first."""
    keys = _expand(key, data.shape)
    made: list[Any] = []
    axis = 0
    for k in keys:
        if k is None:
            made.append(None)
            continue
        if isinstance(k, slice):
            if k.step is not None and k.step < 0:
                steps = range(*k.indices(data.shape[axis]))
                made.append(("slice", torch.tensor(steps, dtype=torch.int64, device=data.device)))
            else:
                made.append(k)
            axis += 1
            continue
        if isinstance(k, (int, np.integer)) and not isinstance(k, (bool, np.bool_)):
            made.append(_number(k, data.shape[axis], axis))
            axis += 1
            continue
        index = _index_tensor(k, data.device)
        if index.dtype is torch.bool:
            if index.is_meta:
                raise ShapeError("how many elements a mask selects depends on its values")
            _check_mask(index, data.shape, axis)
            made.append(index)
            axis += index.ndim
            continue
        known = index.is_meta and not isinstance(k, Array)
        _check_bounds(_index_tensor(k, torch.device("cpu")) if known else index, data.shape[axis], axis)
        made.append(0 if index.is_meta and not index.ndim else index)  # for shapes one number is as good as another
        axis += 1
    return _resolve_reversed(data, _numbers_as_arrays(made, data.device))


def _numbers_as_arrays(keys: list[Any], device: torch.device) -> list[Any]:
    """Numbers beside index arrays as index arrays: in NumPy, unlike torch, they too decide where the new axes go."""
    if not any(isinstance(k, Tensor) and k.ndim for k in keys):
        return keys
    keys = [torch.tensor(k, device=device) if isinstance(k, int) else k for k in keys]
    return [k.view(1) if isinstance(k, Tensor) and not k.ndim and k.dtype is not torch.bool else k for k in keys]


def _resolve_reversed(data: Tensor, made: list[Any]) -> tuple[Tensor, tuple[Any, ...]]:
    """Apply reversed slices to ``data`` itself, so that they stay slices and do not become index arrays."""
    axis = 0
    out: list[Any] = []
    for k in made:
        if isinstance(k, tuple):
            data = data.index_select(axis, k[1])
            k = slice(None)
        out.append(k)
        axis += 0 if k is None else (k.ndim if isinstance(k, Tensor) and k.dtype is torch.bool else 1)
    return data, tuple(out)


def _index_tensor(k: Any, device: torch.device) -> Tensor:
    if isinstance(k, Array):
        index = k._data
    elif isinstance(k, (list, tuple, range, np.ndarray, bool, np.bool_)):
        array = np.asarray(list(map(_host, k)) if isinstance(k, (list, tuple)) else k)
        if array.size == 0:
            array = array.astype(np.int64)
        if array.dtype.kind not in "iubf":
            raise BadIndex(f"an index list must hold numbers, got dtype {array.dtype}")
        index = of_host(array)
    else:
        raise ArgumentError(f"NDArray does not support slicing with key {k} of type {type(k)}.")
    if index.dtype is not torch.bool:
        index = index.to(torch.int64)  # 1.9.1's arrays are float32 unless told otherwise, indices too
    return index.to(device)


def _host(k: Any) -> Any:
    return k.asnumpy() if isinstance(k, Array) else k


def _check_bounds(index: Tensor, size: int, axis: int) -> None:
    """Check indices on the host only: on a GPU, where torch aborts the stream, checking would mean waiting."""
    if index.device.type == "cpu" and index.numel():
        low, high = torch.aminmax(index)
        if int(low) < -size or int(high) >= size:
            bad = int(low) if int(low) < -size else int(high)
            raise BadIndex(f"index {bad} is out of bounds for axis {axis} with size {size}")


def _check_mask(mask: Tensor, shape: torch.Size, axis: int) -> None:
    for at, size in enumerate(mask.shape, axis):
        if size != shape[at]:
            raise BadIndex(
                f"boolean index did not match indexed array along dimension {at}; dimension is {shape[at]} "
                f"but corresponding boolean dimension is {size}"
            )


def write(data: Tensor, key: Any, value: Any) -> None:
    """``data[key] = value`` in place. ``value`` is a number or a tensor; of memory of ``data``, it is read first."""
    if isinstance(value, Tensor) and share_memory(data, value):
        value = value.clone()
    if isinstance(key, slice) and key == slice(None):
        key = ()  # all of it: this is taken by arrays without axes too
    if is_basic(key):
        keys, turned = _forward(_expand(key, data.shape), data.shape)
        target = _basic(data, keys)
        if turned and isinstance(value, Tensor) and value.numel() > 1:
            value = fitted(value, target.shape).flip(turned)
        _assign(target, value)
        return
    keys = _expand(key, data.shape)
    if any(isinstance(k, slice) and k.step is not None and k.step < 0 for k in keys):  # read() selects from a copy
        numbers = torch.arange(data.numel(), device=data.device).view(data.shape)
        advanced = torch.unravel_index(read(numbers, key), data.shape)
    else:
        _, advanced = _advanced(data, key)
    try:
        data[advanced] = value
    except (RuntimeError, IndexError):
        try:
            wanted = data[advanced].shape
        except IndexError:
            raise _unlike(advanced) from None
        raise _mismatch(wanted, value) from None


def _with_sizes(keys: list[Any], shape: torch.Size) -> list[tuple[Any, int]]:
    """Each key with the size of the axis it applies to; 0 for new axes."""
    sizes = iter(shape)
    paired = []
    for k in keys:
        taken = [next(sizes) for _ in range(0 if k is None else _ndim(k) if is_mask(k) else 1)]
        paired.append((k, taken[0] if taken else 0))
    return paired


def _forward(keys: list[Any], shape: torch.Size) -> tuple[list[Any], list[int]]:
    """The same elements with no slice going backwards, and the axes of the result along which they now are turned."""
    made: list[Any] = []
    turned: list[int] = []
    axis = 0
    for k, size in _with_sizes(keys, shape):
        if isinstance(k, slice) and k.step is not None and int(k.step) < 0:
            steps = range(*k.indices(size))
            k = slice(steps[-1], steps[0] + 1, -steps.step) if len(steps) else slice(0, 0)
            turned.append(axis)
        made.append(k)
        axis += 0 if isinstance(k, (int, np.integer)) else 1
    return made, turned


def share_memory(data: Tensor, value: Tensor) -> bool:
    """Whether the two are views of the same memory, perhaps of different parts of it."""
    return data.untyped_storage().data_ptr() == value.untyped_storage().data_ptr()


def _assign(target: Tensor, value: Any) -> None:
    if not isinstance(value, Tensor):
        target.fill_(value)
        return
    try:
        target.copy_(_fewer_axes(value, target.ndim))
    except RuntimeError:
        raise _mismatch(target.shape, value) from None


def fitted(value: Tensor, shape: torch.Size) -> Tensor:
    """``value`` repeated to ``shape``, as NumPy assigns.

    Raises:
        ShapeError: it does not fit.
    """
    try:
        return _fewer_axes(value, len(shape)).expand(shape)
    except RuntimeError:
        raise _mismatch(shape, value) from None


def _fewer_axes(value: Tensor, ndim: int) -> Tensor:
    """``value`` without leading axes of size 1 beyond ``ndim``, as NumPy assigns."""
    while value.ndim > ndim and value.shape[0] == 1:
        value = value[0]
    return value


def _mismatch(shape: Any, value: Any) -> MXNetError:
    got = tuple(value.shape) if isinstance(value, Tensor) else value
    return ShapeError(f"operands could not be broadcast together: {got} and requested shape {tuple(shape)}")


def as_value(value: Any, data: Tensor) -> Any:
    """What is assigned, as a number or a tensor fit for ``data``.

    Raises:
        DTypeError: it is neither a number nor an array of numbers.
    """
    if isinstance(value, Array):
        return value._data.to(device=data.device, dtype=data.dtype)
    if isinstance(value, (bool, int, float, np.generic)):
        number = value.item() if isinstance(value, np.generic) else value
        return number if data.is_floating_point() or data.dtype is torch.bool else int(fitting(number, data.dtype))
    if isinstance(value, Tensor):
        return value.detach().to(data.device, data.dtype)
    try:
        array = np.asarray(value)  # of columns of tables, ranges and buffers too
        if array.dtype.kind in "USO" and value is not None:  # numbers as text, tables of columns
            array = array.astype(np.float64)
        if array.dtype.kind in "iubf":
            return of_host(array).to(data.device, data.dtype)
    except (TypeError, ValueError):
        pass
    raise DTypeError(f"NDArray does not support assignment with non-array-like object {value} of type {type(value)}")
