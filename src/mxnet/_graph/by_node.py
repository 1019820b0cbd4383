"""A graph run node by node through the dispatcher, as programs call operators: for sparse arrays."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Sequence
from typing import Any

from mxnet._ops import Bound
from mxnet._runtime.array import Array
from mxnet._runtime.dispatch import invoke, of_any_stype
from mxnet._runtime.sparse import ALWAYS

from .infer import shapes_by_node
from .node import Entry, Node, topological
from .open_shapes import close, open_shape


class ByNode:
    """Runs a graph on arrays. Each node takes and gives the storage types of its operator.

    Args:
        outputs: the graph.
        inputs: its variables, in the order of the arrays to come.
        keep: whether operators in Python keep their state from run to run.
    """

    def __init__(self, outputs: Sequence[Entry], inputs: Sequence[Node], keep: bool) -> None:
        self._outputs = list(outputs)
        self._inputs = list(inputs)
        self._keep = keep
        self._open = any(open_shape(n) is not None for n in topological(outputs))
        self._bounds: dict[int, tuple[Node, Bound]] = {}

    def __call__(self, arrays: Sequence[Any]) -> Any:
        """The outputs: an array, or a list."""
        outputs = self._closed(arrays) if self._open else self._outputs
        order = topological(outputs)
        uses = Counter((id(child), i) for n in order for child, i in n.inputs)
        uses.update((id(n), i) for n, i in outputs)
        values: dict[tuple[int, int], Any] = {(id(n), 0): a for n, a in zip(self._inputs, arrays, strict=True)}
        for node in order:
            if node.op is None:
                continue
            inputs = [values[id(child), i] for child, i in node.inputs]
            for child, i in node.inputs:  # values that are not needed any more are freed before the rest runs
                uses[id(child), i] -= 1
                if not uses[id(child), i]:
                    del values[id(child), i]
            run = of_any_stype if node.op.name in ALWAYS else invoke
            made = run(Array.default, self._bound(node), inputs)
            for i, value in enumerate(made if isinstance(made, list) else [made]):
                if uses[id(node), i]:
                    values[id(node), i] = value
        given = {id(a) for a in arrays}
        found = [values[id(n), i] for n, i in outputs]
        found = [v.copy() if id(v) in given else v for v in found]
        return found[0] if len(found) == 1 else found

    def _closed(self, arrays: Sequence[Any]) -> list[Entry]:
        metas = [(n, a._meta()) for n, a in zip(self._inputs, arrays, strict=True)]
        shapes = {n: tuple(m.shape) for n, m in metas}
        return close(self._outputs, shapes_by_node(self._outputs, shapes, {n: m.dtype for n, m in metas}))

    def _bound(self, node: Node) -> Bound:
        """The operator of a node, with all its outputs visible and, if asked for, its state kept."""
        held = self._bounds.get(id(node))
        if held is not None:
            return held[1]
        bound = copy.copy(node.bound)
        if self._keep:
            bound.run = node.bound.keeping()
        bound.visible = bound.total
        if not self._open:  # else nodes come and go
            self._bounds[id(node)] = node, bound
        return bound
