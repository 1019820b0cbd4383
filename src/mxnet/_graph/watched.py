"""A program that shows its values while it runs, for monitors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from .node import Entry, Node, output_names
from .program import Program

_NAMED = ("Dropout", "Pooling", "softmax", "log_softmax", "softmin")
"""Operators of one input that 1.9.1 has a name for."""

Tell = Callable[[str, torch.Tensor, Node], None]


class WatchedProgram(Program):
    """Tells ``tell(name, value, node)`` the outputs of each node after it ran, and the gradients of its inputs.

    Names are those of 1.9.1: ``fc_output``; with ``everything`` also the inputs, before, as ``fc_weight`` and, of
    operators of one input, ``relu_input0``; in backward ``fc_backward_output0`` and so on, one for each
    input. Gradients are told where they are computed: of inputs that no gradient is wanted for, none is.

    Args:
        outputs, inputs, keep: as for :class:`Program`.
        tell: who is told.
        everything: whether inputs are told too.
    """

    __slots__ = ("_tell", "_everything")

    def __init__(
        self, outputs: Sequence[Entry], inputs: Sequence[Node], keep: bool, tell: Tell, everything: bool
    ) -> None:
        super().__init__(outputs, inputs, keep)
        self._tell = tell
        self._everything = everything

    def _run(self, values: tuple[torch.Tensor, ...]) -> list[Any]:
        slots: list[Any] = [*values, *[None] * (self._size - len(values))]
        for node, (run, reads, first, count, _) in zip(self.nodes, self._steps, strict=True):
            inputs = [slots[i] for i in reads]
            if self._everything:
                self._tell_inputs(node, inputs)
            result = run(*self._hooked(node, inputs))
            results = result[:count] if result.__class__ is tuple else (result,)
            for i, value in enumerate(results):
                slots[first + i] = value
                self._tell(output_names((node, i)), value.detach(), node)
        return slots

    def _tell_inputs(self, node: Node, inputs: list[Any]) -> None:
        op = node.bound.op
        names: Sequence[str] = [f"arg{i}" for i in range(len(inputs))]
        if op.variadic is None:
            names = node.bound.active_inputs() if len(op.inputs) > 1 or op.name in _NAMED else ("input0",)
        for (child, _), name, value in zip(node.inputs, names, inputs, strict=False):
            if child.op is None:
                self._tell(child.name, value.detach(), node)
            self._tell(f"{node.name}_{name}", value.detach(), node)

    def _hooked(self, node: Node, inputs: list[Any]) -> list[Any]:
        wanted = [i for i, v in enumerate(inputs) if v is not None and v.requires_grad]
        if not torch.is_grad_enabled() or not wanted:
            return inputs
        aux = sum(node.is_aux(slot) for slot in range(len(inputs)))
        single = len(inputs) - aux == 1
        hooked = list(inputs)
        for i in wanted:
            # an alias of its own for this use, so that what arrives is this node's share of the gradient
            alias = inputs[i].view_as(inputs[i])
            name = f"{node.name}_backward_output{'' if single else i}"
            alias.register_hook(lambda grad, name=name: self._tell(name, grad, node))
            hooked[i] = alias
        return hooked
