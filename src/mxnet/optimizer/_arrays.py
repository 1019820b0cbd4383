"""The arrays that optimizers work on: weights, gradients and states."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import InputTypeError
from mxnet._runtime.array import Array
from mxnet._runtime.engine import FailedInput
from mxnet.ndarray import NDArray, zeros

_LOW = (torch.float16, torch.bfloat16)


def tensor_of(array: Any) -> Tensor:
    """The tensor of an array; raises what computing it raised."""
    try:
        return array._data
    except FailedInput:
        return array._ready()
    except AttributeError:
        raise InputTypeError(f"an optimizer takes NDArrays, got {type(array).__name__}") from None


def tensor_unless_sparse(array: Any) -> Tensor | None:
    """The tensor of a dense array; None for a sparse one, which would be copied whole."""
    return None if getattr(array, "_sparse", False) else tensor_of(array)


def zeros_like(weight: Any, dtype: torch.dtype | None = None) -> NDArray:
    """A state of zeros for ``weight``."""
    data = tensor_of(weight)
    return NDArray(torch.zeros(data.shape, dtype=dtype or data.dtype, device=data.device), weight._ctx)


def zeros_stored_like(weight: Any) -> NDArray:
    """A state of zeros that also has the storage type of ``weight``."""
    if not weight._sparse:
        return zeros_like(weight)
    return zeros(weight.shape, weight._ctx, weight.dtype, stype=weight.stype)


def is_low(weight: Any) -> bool:
    """Whether the precision of ``weight`` is so low that steps should be taken on a float32 copy."""
    return weight._meta().dtype in _LOW


def is_list(index: Any) -> bool:
    return isinstance(index, (list, tuple))


def as_float32(grad: Any) -> Any:
    """A copy of the gradient in float32, in its storage type."""
    if grad._sparse:
        return grad.astype("float32")
    return NDArray(tensor_of(grad).to(torch.float32), grad._ctx)


def arrays_of(state: Any) -> tuple[Any, ...]:
    """The arrays of a state, which is one, several or None."""
    if state is None:
        return ()
    return (state,) if isinstance(state, Array) else tuple(state)


def tensors_of(state: Any) -> tuple[Any, ...]:
    """Their tensors; None for what is None."""
    return tuple([None if s is None else tensor_of(s) for s in arrays_of(state)])
