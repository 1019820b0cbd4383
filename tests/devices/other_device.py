"""A device that is not the CPU, where there is none: its tensors hold tensors of the CPU, and refuse to meet others.

It stands where torch lets backends of others stand. What works on it creates all of its tensors where its inputs are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch.library import Library
from torch.utils import backend_registration
from torch.utils._pytree import tree_leaves, tree_map

import mxnet as mx
from mxnet._runtime import random

NAME = "other"
ALSO_OF_THE_CPU = {"aten::_to_copy", "aten::copy_", "aten::index", "aten::index_put_", "aten::_index_put_impl_"}
"""What takes tensors of both: as with CUDA."""


class Mixed(RuntimeError):
    """Tensors of two devices in one call."""


class Other(torch.Tensor):
    """One on the device."""

    inner: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    def __new__(cls, inner: torch.Tensor) -> Other:
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            inner.shape,
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=torch.device(NAME, 0),
            dispatch_sizes_strides_policy="sizes",  # those of the tensor it holds, which out= may have changed
        )
        made.inner = inner
        return made

    def tolist(self) -> Any:
        return self.inner.tolist()

    @classmethod
    def __torch_dispatch__(cls, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(op, *args, **(kwargs or {}))


def _run(op: Any, *args: Any, **kwargs: Any) -> Any:
    """``op`` on the tensors held; what it makes is on the device, unless it is to be on the CPU."""
    leaves = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    held = {id(leaf.inner): leaf for leaf in leaves if isinstance(leaf, Other)}
    name = op._schema.name
    if held and name not in ALSO_OF_THE_CPU:
        for leaf in leaves:
            if not isinstance(leaf, Other) and leaf.dim():
                raise Mixed(f"{name}: a tensor of the CPU, of shape {tuple(leaf.shape)}, among others")
    made = op(*tree_map(_held, args), **tree_map(_held, kwargs))
    to = kwargs.get("device")
    if held and to is not None and to.type == "cpu":
        return made

    def placed(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor):
            return leaf
        return held[id(leaf)] if id(leaf) in held else Other(leaf)

    return tree_map(placed, made)


def _held(value: Any) -> Any:
    if isinstance(value, torch.device) and value.type == NAME:
        return torch.device("cpu")
    return value.inner if isinstance(value, Other) else value


def _by_way_of_the_cpu(make: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """``make``, which fills memory itself, for the device too."""

    def made(*args: Any, device: Any = None, **kwargs: Any) -> torch.Tensor:
        if isinstance(args[0], Other):  # new_tensor
            device, kwargs = device or args[0].device, {"dtype": args[0].dtype, **kwargs}
            args = (args[0].inner, *args[1:])
        there = device is not None and torch.device(device).type == NAME
        tensor = make(*args, device=None if there else device, **kwargs)
        return tensor.to(device) if there else tensor

    return made


# before anything runs backward: torch makes a thread for each device that it knows then
backend_registration._setup_privateuseone_for_python_backend(NAME)
_BACKEND = Library("_", "IMPL")
_BACKEND.fallback(_run, "PrivateUse1")

_FILLING = [(torch, "tensor"), (torch, "as_tensor"), (torch.Tensor, "new_tensor")]


@contextmanager
def gpu() -> Iterator[None]:
    """``mx.gpu(0)`` is the device, and what new arrays go to."""
    context = mx.gpu(0)
    before, context._device = context._device, torch.device(NAME, 0)
    random._generators[context._device] = torch.Generator()
    try:
        with ExitStack() as stack:
            for place, name in _FILLING:
                stack.enter_context(patch.object(place, name, _by_way_of_the_cpu(getattr(place, name))))
            stack.enter_context(context)
            yield
    finally:
        del random._generators[torch.device(NAME, 0)]
        context._device = before
