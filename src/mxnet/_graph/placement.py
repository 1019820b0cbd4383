"""Model parallelism: which context each node of a graph runs in, and copies where values go from one to another."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import torch

from mxnet._base.errors import ArgumentError
from mxnet._ops import Bound, get
from mxnet._runtime.context import Context

from .node import Entry, Moved, Node, rewrite, topological


def place(outputs: Sequence[Entry], default: Context, groups: Mapping[str, Context] | None) -> dict[int, Context]:
    """The context of each node, by ``id``.

    Args:
        outputs: the graph.
        default: for nodes that no group decides.
        groups: contexts by the value of ``ctx_group``. A node without one goes where its first input that has a place
            is, as in 1.9.1.

    Raises:
        ArgumentError: a node is of a group that ``groups`` does not name.
    """
    order = topological(outputs)
    if not groups:
        return {id(n): default for n in order}
    placed: dict[int, Context] = {}
    for node in order:
        group = node.attrs.get("__ctx_group__")
        if group is not None:
            if group not in groups:
                raise ArgumentError(
                    f"The device assignment not found for group {group}, of node {node.name}; group2ctx names "
                    f"{', '.join(groups)}"
                )
            placed[id(node)] = groups[group]
        else:
            above = [placed[id(child)] for child, _ in node.inputs if id(child) in placed]
            if above:
                placed[id(node)] = above[0]
    return {id(n): placed.get(id(n), default) for n in order}


def insert_copies(outputs: Sequence[Entry], placed: dict[int, Context]) -> list[Entry]:
    """The graph with a copy on each edge between contexts, one for all uses in the same context.

    Args:
        outputs: the graph.
        placed: contexts by ``id`` of node; the new nodes are added.
    """
    copies: dict[tuple[Entry, Context], Node] = {}

    def near(node: Node, moved: Moved) -> Node:
        context = placed[id(node)]

        def here(entry: Entry) -> Entry:
            if placed[id(entry[0])] == context or _keeps(node, entry[0]):
                return moved(entry)
            if (entry, context) not in copies:
                copies[entry, context] = made = _copy_node(moved(entry), context)
                placed[id(made)] = context
            return copies[entry, context], 0

        made = node.rewired([*map(here, node.inputs)])
        placed[id(made)] = context
        return made

    return rewrite(outputs, near)


def _keeps(node: Node, child: Node) -> bool:
    """Whether ``node`` writes to ``child``, an auxiliary state, so that a copy of it would be of no use."""
    return any(n is child and node.is_aux(slot) for slot, (n, _) in enumerate(node.inputs))


def _copy_node(entry: Entry, context: Context) -> Node:
    source, index = entry
    made = Node(get("_CrossDeviceCopy"), f"{source.name}_{index}_copy", {}, [entry])
    bound = Bound(made.op, {}, {})  # type: ignore[arg-type]
    bound.run = functools.partial(_move, device=context.device)
    made._bound = bound
    return made


def _move(data: torch.Tensor, device: torch.device) -> torch.Tensor:
    return data if data.device.type == "meta" else data.to(device)
