"""Devices, and the one that new arrays go to."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from typing import Any

import torch

from mxnet._base.errors import ArgumentError, ContextError, UnknownDeviceError, WrongKindError

from .state import state

_META = torch.device("meta")


class _Current(threading.local):
    def __init__(self) -> None:
        self.context = Context("cpu", 0)
        self.outer: list[Context] = []


class _ContextType(type):
    """Makes ``Context.default_ctx`` a property of the class, one value a thread."""

    @property
    def default_ctx(cls) -> Context:
        return _current.context

    @default_ctx.setter
    def default_ctx(cls, context: Context) -> None:
        _current.context = context


class Context(metaclass=_ContextType):
    """A device: ``cpu``, ``gpu``, ``cpu_pinned`` or ``cpu_shared`` with a number.

    All ``cpu`` numbers mean the same processor; programs use several to try out data parallelism. ``gpu`` is CUDA or
    ROCm where torch has it, else Apple's MPS. Used in a ``with`` statement, it is the default for new arrays.

    What is computed from pinned or shared arrays is in ordinary memory, on the context ``results``. There is one object
    for each kind and number. ``turn`` is held by a backward pass while it runs: where threads differentiate the same
    arrays, torch adds to a gradient in one while another takes it away. Those of a GPU run in a thread of torch's.

    >>> with Context("cpu", 1):
    ...     current_context()
    cpu(1)
    """

    __slots__ = ("device_typeid", "device_id", "results", "turn", "_device")
    device_typeid: int
    device_id: int
    results: Context
    turn: contextlib.AbstractContextManager[Any]
    _device: torch.device | None

    devtype2str = {1: "cpu", 2: "gpu", 3: "cpu_pinned", 5: "cpu_shared"}
    devstr2type = {"cpu": 1, "gpu": 2, "cpu_pinned": 3, "cpu_shared": 5}

    def __new__(cls, device_type: str | Context = "", device_id: int = 0) -> Context:
        if isinstance(device_type, Context):
            return device_type
        try:
            return _made[device_type, device_id]
        except KeyError:
            return cls._make(device_type, device_id) if device_type else super().__new__(cls)  # of a pickle of 1.9.1

    def __init__(self, device_type: str | Context, device_id: int = 0) -> None:
        """``__new__`` has done all; this is for ``device_type`` to be required."""

    @classmethod
    def _make(cls, device_type: str, device_id: int) -> Context:
        if device_type not in cls.devstr2type:
            raise UnknownDeviceError(f"device type {device_type!r}; expected one of {', '.join(cls.devstr2type)}")
        made = super().__new__(cls)
        made.device_typeid = cls.devstr2type[device_type]
        made.device_id = device_id
        made.results = made if made.device_typeid <= 2 else Context("cpu", device_id)
        made.turn = contextlib.nullcontext() if made.device_typeid == 2 else threading.RLock()
        made._device = None
        return _made.setdefault((device_type, device_id), made)

    @property
    def device_type(self) -> str:
        return self.devtype2str[self.device_typeid]

    @property
    def device(self) -> torch.device:
        """The torch device.

        Raises:
            ContextError: there is no such device in this machine.
        """
        device = self._device
        if device is None:
            device = self._device = _find_device(self.device_typeid, self.device_id)
        return device

    def empty_cache(self) -> None:
        """Give unused device memory back to the driver. Host memory has no such cache."""
        if self.device.type == "cuda":
            with torch.cuda.device(self.device):
                torch.cuda.empty_cache()
        elif self.device.type == "mps":
            torch.mps.empty_cache()

    def __hash__(self) -> int:
        return hash((self.device_typeid, self.device_id))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Context)
            and self.device_typeid == other.device_typeid
            and self.device_id == other.device_id
        )

    def __str__(self) -> str:
        return f"{self.device_type}({self.device_id})"

    __repr__ = __str__

    def __reduce__(self) -> tuple[Any, ...]:
        return Context, (self.device_type, self.device_id)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the state of a pickle of 1.9.1."""
        one = Context(self.devtype2str[state["device_typeid"]], state["device_id"])
        self.device_typeid, self.device_id, self._device = one.device_typeid, one.device_id, None
        self.results, self.turn = one.results, one.turn

    def __enter__(self) -> Context:
        _current.outer.append(_current.context)
        _current.context = self
        return self

    def __exit__(self, *exc: object) -> None:
        _current.context = _current.outer.pop()


def _find_device(kind: int, index: int) -> torch.device:
    if kind != 2:
        return torch.device("cpu")
    count = num_gpus()
    if not 0 <= index < count:
        raise ContextError(
            f"gpu({index}): this machine has {count} GPUs that torch {torch.__version__} can use; "
            f"expected an index below {count}, or use mx.cpu()"
        )
    if torch.cuda.is_available():
        return torch.device("cuda", index)
    return torch.device("mps", index)


Context.__module__ = "mxnet.context"  # where programs and pickles find it

_made: dict[tuple[str, int], Context] = {}
_current = _Current()


def _without_threads() -> None:
    """A forked process has none of its parent's threads: it is nobody's turn, and operators use one thread.

    With more they would wait for ever for those of OpenMP. 1.9.1 uses one thread there too.
    """
    torch.set_num_threads(1)
    for context in _made.values():
        if context.device_typeid != 2:
            context.turn = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_without_threads)


def current_context() -> Context:
    """The context that new arrays go to.

    >>> current_context()
    cpu(0)
    """
    return _current.context


def chosen(ctx: Any) -> Context:
    """``ctx`` itself, the current context if None.

    Raises:
        WrongKindError: it is something else, like text.
    """
    if ctx is None:
        return _current.context
    if not isinstance(ctx, Context):
        raise WrongKindError(f"ctx must be a Context, like mx.cpu() or mx.gpu(0), got {ctx!r}")
    return ctx


def cpu(device_id: int = 0) -> Context:
    """The host processor. All numbers are the same processor.

    >>> cpu()
    cpu(0)
    """
    return Context("cpu", device_id)


def cpu_pinned(device_id: int = 0) -> Context:
    """Host memory that a GPU can read directly; plain host memory where there is no GPU."""
    return Context("cpu_pinned", device_id)


def gpu(device_id: int = 0) -> Context:
    """A GPU: CUDA, ROCm or Apple's."""
    return Context("gpu", device_id)


def num_gpus() -> int:
    """How many GPUs torch can use here."""
    if torch.cuda.is_available():
        return torch.cuda.device_count()
    return int(torch.backends.mps.is_available())


def gpu_memory_info(device_id: int = 0) -> tuple[int, int]:
    """Free and total bytes of a GPU's memory.

    Raises:
        ContextError: there is no such GPU, or its driver does not report its memory.
    """
    device = gpu(device_id).device
    if device.type != "cuda":
        raise ContextError(f"gpu({device_id}) is {device.type}, which does not tell its memory; expected a CUDA GPU")
    free, total = torch.cuda.mem_get_info(device)
    return free, total


@functools.lru_cache(256)
def parse_context(text: str) -> Context:
    """The context written ``cpu(0)`` or ``cpu``, as in symbol files.

    Raises:
        ArgumentError: the text is not a context.
    """
    name, bracket, rest = text.strip().partition("(")
    number = rest.rstrip(")") if bracket else "0"
    if not number.isdigit() or (bracket and not rest.endswith(")")):
        raise ArgumentError(f"context {text!r}; expected a device and a number, as cpu(0) or gpu(1)")
    return Context(name, int(number))


def device_for(ctx: str) -> torch.device:
    """Where a creation operator makes its tensor: the ``ctx`` attribute, else the current context."""
    if state.tracing:
        return _META
    return parse_context(ctx).device if ctx else _current.context.device


def of_tensor(tensor: torch.Tensor) -> Context:
    """The context of a tensor from elsewhere."""
    device = tensor.device
    return Context("gpu" if device.type in ("cuda", "mps") else "cpu", device.index or 0)
