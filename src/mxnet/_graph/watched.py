"""A program that reports its values while it runs, for monitors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from weakref import ref

import torch

from .hidden import hidden_outputs
from .node import Entry, Node, output_names
from .program import Program

_NAMED = frozenset(
    """Dropout GridGenerator IdentityAttachKLSparseReg L2Normalization LRN LeakyReLU MakeLoss Pad Pooling SequenceLast
    SequenceMask SequenceReverse SliceChannel SwapAxis log_softmax softmax""".split()
)
"""Operators of one input for which 1.9.1 has a name."""

Tell = Callable[[str, torch.Tensor, Node], None]


def input_names(node: Node) -> Sequence[str]:
    """What 1.9.1's monitors call the inputs of ``node``."""
    op = node.bound.op
    if op.variadic is not None:
        return [f"arg{i}" for i in range(len(node.inputs))]
    return node.bound.active_inputs() if len(op.inputs) > 1 or op.name in _NAMED else ("input0",)


class WatchedProgram(Program):
    """Tells ``tell(name, value, node)`` the outputs of each node after it ran, and the gradients of its inputs.

    Names are those of 1.9.1: ``fc_output``, ``bn_mean`` of an output that nobody else sees; with ``everything`` also
    the inputs, before, as ``fc_weight`` and, of operators of one input, ``relu_input0``; in backward
    ``fc_backward_output0`` and so on, one for each input. Where no gradient of an input is computed zeros are told;
    1.9.1 tells of memory that nothing was written to.

    Not told of is what 1.9.1 puts into a graph for backward: the inputs of gradients, and gradients of heads.

    Args:
        outputs, inputs, keep: as for :class:`Program`.
        tell: who is told.
        everything: whether inputs are told too.
    """

    __slots__ = ("_tell", "_everything", "__weakref__")

    def __init__(
        self, outputs: Sequence[Entry], inputs: Sequence[Node], keep: bool, tell: Tell, everything: bool
    ) -> None:
        super().__init__(outputs, inputs, keep)
        self._tell = tell
        self._everything = everything

    def _run(self, values: tuple[torch.Tensor, ...]) -> list[Any]:
        slots: list[Any] = [*values, *[None] * (self._size - len(values))]
        for node, (run, reads, _, first, count, _) in zip(self.nodes, self._steps, strict=True):
            inputs = [slots[i] for i in reads]
            if self._everything:
                self._tell_inputs(node, inputs)
            result = run(*self._hooked(node, inputs))
            results = result[:count] if result.__class__ is tuple else (result,)
            for i, value in enumerate(results):
                slots[first + i] = value
                self._tell(output_names((node, i)), value.detach(), node)
            if len(results) < count:
                for i, value in enumerate(hidden_outputs(node, inputs, results[0])[len(results) - 1 :], len(results)):
                    self._tell(output_names((node, i)), value, node)
        return slots

    def _tell_inputs(self, node: Node, inputs: list[Any]) -> None:
        for (child, _), name, value in zip(node.inputs, input_names(node), inputs, strict=False):
            if child.op is None:
                self._tell(child.name, value.detach(), node)
            self._tell(f"{node.name}_{name}", value.detach(), node)

    def _hooked(self, node: Node, inputs: list[Any]) -> list[Any]:
        wanted = [i for i, v in enumerate(inputs) if v is not None and v.requires_grad]
        if not torch.is_grad_enabled() or not wanted:
            return inputs
        own = ref(self)  # torch's graph would hold the program, whose owner may hold that graph

        def tell(values: Sequence[torch.Tensor], found: Mapping[int, torch.Tensor]) -> None:
            program = own()
            if program is not None:
                program._tell_gradients(node, values, found)

        # aliases for this use only, so that what arrives is this node's share of the gradient
        aliases = _Passage.apply(tell, tuple(inputs), wanted, *[inputs[i] for i in wanted])
        hooked = list(inputs)
        for i, alias in zip(wanted, aliases, strict=True):
            hooked[i] = alias
        return hooked

    def _tell_gradients(self, node: Node, inputs: Sequence[torch.Tensor], found: Mapping[int, torch.Tensor]) -> None:
        slots = [i for i, v in enumerate(inputs) if v is not None and not node.is_aux(i)]
        for i in slots:
            name = f"{node.name}_backward_output{i if len(slots) > 1 else ''}"
            self._tell(name, found[i].detach() if i in found else torch.zeros_like(inputs[i]), node)


class _Passage(torch.autograd.Function):
    """Aliases of inputs of a node; on the way back ``tell(inputs, gradients by slot)`` is called, once for all."""

    @staticmethod
    def forward(ctx: Any, tell: Any, inputs: Any, wanted: list[int], *tensors: torch.Tensor) -> Any:
        ctx.told = (tell, [None if v is None else v.detach() for v in inputs], wanted)
        return tuple([t.view_as(t) for t in tensors])

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        tell, inputs, wanted = ctx.told
        tell(inputs, dict(zip(wanted, grads, strict=True)))
        return (None, None, None, *grads)
