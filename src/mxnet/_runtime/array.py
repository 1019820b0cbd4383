"""The array core: a torch tensor, the context it belongs to, and its place in the recorded graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import torch

from mxnet._base.errors import UnknownRequestError

from . import engine
from .context import Context
from .engine import FailedInput, Failure


class Variable:
    """The end of a recorded history: an array that nothing recorded made.

    torch differentiates floats only. The node of an integer array is therefore a float64 copy of it, and what is
    recorded from the array is computed twice: in float64 for the gradient, in integers for the value.
    """

    __slots__ = ()


def free(histories: Iterable[Any]) -> None:
    """Cut the steps of ``histories`` off from their inputs; the arrays they made are constants from then on."""
    left = list(histories)
    while left:
        history = left.pop()
        if history.__class__ is tuple and (inputs := history[0][1]) is not None:
            history[0][1] = None
            left += inputs


def is_free(history: Any) -> bool:
    """Whether ``history`` was cut off: a backward pass went through it and its graph was not retained."""
    return history.__class__ is tuple and history[0][1] is None


class Grad:
    """Where the gradient of a marked array goes, and how: ``write``, ``add`` or ``null``."""

    __slots__ = ("buffer", "req", "fresh")

    def __init__(self, buffer: Array, req: str) -> None:
        self.buffer = buffer
        self.req = req
        self.fresh = False

    def receive(self, leaf: torch.Tensor) -> None:
        """Called by torch when the gradient of ``leaf`` is complete: move it into our buffer."""
        grad = leaf.grad
        leaf.grad = None
        if self.buffer._sparse or (grad is not None and grad.layout is not torch.strided):
            self._receive_sparse(grad)
        elif grad is None:  # reached, by nothing that has a gradient
            if self.req == "write":
                self.buffer._data.zero_()
        elif self.req == "add":
            self.buffer._data.add_(grad.to(self.buffer._data.dtype))  # integers: see Variable
        elif grad.numel() >= _LARGE and _exchangeable(self.buffer._data, grad):
            self.buffer._data.set_(grad.untyped_storage(), grad.storage_offset(), grad.shape, grad.stride())
        else:
            self.buffer._data.copy_(grad)
        self.fresh = True

    def _receive_sparse(self, grad: torch.Tensor | None) -> None:
        from .sparse import receive

        receive(self.buffer, grad, self.req)


_LARGE = 1 << 14
"""The number of elements from which a copy costs more than finding out whether it is needed."""


def _exchangeable(buffer: torch.Tensor, grad: torch.Tensor) -> bool:
    """Whether ``buffer`` can take over the memory of ``grad``: both have one form, and nothing else uses either."""
    return (
        grad.dtype is buffer.dtype
        and grad.stride() == buffer.stride()
        and grad.shape == buffer.shape
        and grad.device == buffer.device
        and _alone(grad)
        and _alone(buffer)
    )


def _alone(tensor: torch.Tensor) -> bool:
    # two: the tensor, and the storage object that is asked here
    return bool(torch._C._storage_Use_Count(tensor.untyped_storage()._cdata) <= 2)


class Array:
    """What NDArray and mx.np.ndarray have in common.

    ``_data`` is the value: a tensor that never requires grad, so that code outside ``record()`` pays nothing and
    torch's grad mode does not matter. ``_node`` is None or ``(tensor, history)``: the same value with torch's
    autograd history, and ours, from which ``autograd.get_symbol`` rebuilds the graph: a ``Variable``, or a step and
    which of its outputs this is. A step is a list of what was run and of the histories of its inputs, None once it is
    freed. ``_grad`` and ``_failed`` are left unset until needed; ``__getattr__``, which runs only for what is missing,
    supplies None.
    """

    __slots__ = ("_data", "_ctx", "_node", "_grad", "_failed")

    _sparse: ClassVar[bool] = False
    default: ClassVar[type[Array]]
    """The class of results where no input decides their class: NDArray."""

    _data: torch.Tensor
    _ctx: Context
    _node: tuple[torch.Tensor, Any] | None
    _grad: Grad | None
    _failed: tuple[Failure, torch.Tensor] | None

    def __init__(self, data: torch.Tensor, ctx: Context, node: tuple[torch.Tensor, Any] | None = None) -> None:
        self._data = data
        self._ctx = ctx
        self._node = node

    def __getattr__(self, name: str) -> Any:
        if name == "_data":
            failed = self._failed
            if failed is None:
                raise AttributeError(f"{type(self).__name__} was not initialised: it has no data")
            raise FailedInput(*failed)
        if name in ("_grad", "_failed"):
            return None
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @classmethod
    def _make_failed(cls, failure: Failure, meta: torch.Tensor, ctx: Context) -> Array:
        array = cls.__new__(cls)
        array._ctx = ctx
        array._node = None
        array._failed = (failure, meta)
        return array

    def _meta(self) -> torch.Tensor:
        """A tensor of this shape and dtype, with values or, for a failed array, without."""
        try:
            return self._data
        except FailedInput as failed:
            return failed.meta

    def _ready(self) -> torch.Tensor:
        """The value, once computed; raises what computing it raised.

        An error is raised once. A program that asks again after catching it gets zeros.
        """
        try:
            return self._data
        except FailedInput as failed:
            engine.tell(failed.failure)
            self._data = torch.zeros(failed.meta.shape, dtype=failed.meta.dtype, device=self._ctx.device)
            self._failed = None
            return self._data

    def _tracked(self) -> bool:
        """Whether a gradient would flow through this array."""
        node = self._node
        if node is None or not node[0].requires_grad:
            return False
        if is_free(node[1]):
            self._node = None
            return False
        return True

    def _mark(self, buffer: Array | None, req: str) -> None:
        """Make this array a leaf of the recorded graph whose gradient goes to ``buffer``."""
        data = self._data
        if req not in ("write", "add", "null"):
            raise UnknownRequestError(f"grad_req is {req!r}; expected 'write', 'add' or 'null'")
        if req == "null" or buffer is None:
            self._node = None
            self._grad = None if buffer is None else Grad(buffer, "null")
            return
        grad = Grad(buffer, req)
        # .data, not .detach(): writing to the array between forward and backward is allowed, as in 1.9.1
        leaf = (data.data if data.is_floating_point() else data.double()).requires_grad_()
        leaf.register_post_accumulate_grad_hook(grad.receive)
        self._grad = grad
        self._node = (leaf, Variable())
