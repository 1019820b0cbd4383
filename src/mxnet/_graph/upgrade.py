"""What files of earlier versions mean today."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .node import Node, default_variable, for_input, initialize

_WITHOUT_VARIABLES = 900
"""Before it, inputs that were not given were not in the file, nor were auxiliary states."""
_WITHOUT_INITIAL = 904
"""Before it, variables did not say how the operators that take them want them initialized."""
_FLAT_ARGMAX = 905
"""Before it, ``axis=-1`` of these stood for no axis."""


def upgrade(node: Node, version: int) -> None:
    """Change ``node``, as a file of ``version`` has it, to what this version would have written.

    Attributes for an input (``weight_lr_mult``) go to that variable, as does its initialization; inputs that are
    missing are made.
    """
    op = node.op
    if op is None:
        return
    if version < _FLAT_ARGMAX and op.name in ("argmax", "argmin") and node.attrs.get("axis") == "-1":
        del node.attrs["axis"]
    for key in list(node.attrs):
        argument, hidden = for_input(key)
        if argument and key not in op.attrs and op.variadic is None and argument in op.inputs[: len(node.inputs)]:
            child = node.inputs[op.inputs.index(argument)][0]
            if child.op is None:
                child.attrs[f"__{hidden}__"] = node.attrs.pop(key)
    if version < _WITHOUT_INITIAL and op.initial:
        for argument, (child, _) in zip(node.bound.active_inputs(), node.inputs, strict=False):
            if child.op is None:
                initialize(node, child, argument)
    if version < _WITHOUT_VARIABLES and op.variadic is None:
        for argument in node.bound.active_inputs()[len(node.inputs) :]:
            node.inputs.append((default_variable(node, argument), 0))


def open_sizes(nodes: Iterable[Node]) -> None:
    """Write sizes that are not known as -1 in variables of a file that did not know NumPy shapes, where 0 is a size."""
    for node in nodes:
        shape = node.attrs.get("__shape__")
        if node.op is None and shape is not None:
            node.attrs["__shape__"] = re.sub(r"\b0L?\b", "-1", shape)
