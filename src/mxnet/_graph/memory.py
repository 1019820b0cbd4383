"""How much memory a program will need, found by running it on tensors without storage."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from mxnet._runtime import autograd
from mxnet._runtime.state import state

from .program import Program


class _Ledger(TorchDispatchMode):
    """Adds up the storages that operators make, and subtracts those that are freed."""

    def __init__(self, known: Sequence[torch.Tensor]) -> None:
        super().__init__()
        self.live = 0
        self.peak = 0
        self._seen: weakref.WeakSet[Any] = weakref.WeakSet()
        for tensor in known:
            self._seen.add(tensor.untyped_storage())

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self._enter(leaf.untyped_storage())
        return result

    def _enter(self, storage: torch.UntypedStorage) -> None:
        if storage in self._seen:
            return
        self._seen.add(storage)
        size = storage.nbytes()
        self.live += size
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._leave, size)

    def _leave(self, size: int) -> None:
        self.live -= size


def planned_bytes(program: Program, inputs: Sequence[torch.Tensor], differentiated: Sequence[bool]) -> int:
    """The most bytes that a forward, and a backward if anything is differentiated, hold besides the inputs.

    This counts all values between inputs and outputs, what is kept for backward, and gradients on their way. It does
    not count the inputs, the arrays of their gradients, or the workspace of a kernel, which is freed when it returns.

    Args:
        program: what will run.
        inputs: tensors on the meta device, shaped as its inputs will be.
        differentiated: for each whether a gradient is wanted.
    """
    values = []
    for value, wanted in zip(inputs, differentiated, strict=True):
        leaf = value.detach()
        if wanted:
            leaf.requires_grad_()
            leaf.register_post_accumulate_grad_hook(_drop)
        values.append(leaf)
    train = any(differentiated)
    before, state.tracing = state.tracing, True
    try:
        with _Ledger(values) as ledger, autograd.Scope(False, train), torch.set_grad_enabled(train):
            outputs = program.run(*values)
            heads = [o for o in outputs if o.requires_grad]
            if heads:
                torch.autograd.backward(heads, [torch.ones_like(h) for h in heads])
    finally:
        state.tracing = before
    return ledger.peak


def _drop(leaf: torch.Tensor) -> None:
    """A parameter's gradient is done: it goes to its array, which is not counted."""
    leaf.grad = None
