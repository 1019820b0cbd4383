"""What methods of Symbol do with graphs and with their own arguments."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet._graph.node import HIDDEN, Entry, Moved, Node, rewrite

if TYPE_CHECKING:
    from .symbol import Symbol


def shown(attrs: Mapping[str, str]) -> dict[str, str]:
    """Attributes, those for the framework under both their spellings."""
    shown = dict(attrs)
    for key in HIDDEN:
        if f"__{key}__" in shown:
            shown[key] = shown[f"__{key}__"]
    return shown


def replaced(entry: Entry, by_name: Mapping[str, Symbol], made: Mapping[int, Node]) -> Entry:
    """``entry`` in a graph whose variables become other symbols."""
    node, index = entry
    if node.op is None:
        given = by_name.get(node.name)
        if given is None:
            return entry
        if len(given._outputs) != 1:
            raise InputTypeError(f"compose: {node.name!r} is to become {given!r}, expected a symbol of one output")
        return given._outputs[0]
    return made[id(node)], index


def without_casts(outputs: Sequence[Entry]) -> Sequence[Entry]:
    """The outputs of the graph with ``amp_cast`` nodes taken out, but for those that are outputs themselves."""
    source: dict[Entry, Entry] = {}

    def skip(node: Node, moved: Moved) -> Node:
        made = node.rewired([source.get(e, e) for e in map(moved, node.inputs)])
        if node.op is not None and node.op.name in ("amp_cast", "amp_multicast"):
            source.update({(made, i): e for i, e in enumerate(made.inputs)})
        return made

    return rewrite(outputs, skip)


def by_position_or_name(who: str, args: Any, kwargs: Any, arguments: list[str], aux: list[str]) -> dict[str, Any]:
    """By argument name, what was given by position or by name."""
    if args and kwargs:
        raise ArgumentError(f"{who}: Can only specify known argument by position or by name, not both")
    known = {k: v for k, v in zip(arguments, args, strict=False) if v is not None}
    names = {*arguments, *aux}
    for key, value in kwargs.items():
        if key not in names:
            listed = "\n".join(f"\t[{i}]{n}" for i, n in enumerate(arguments[:20])) + "\n\t..." * (len(arguments) > 20)
            raise ArgumentError(f"{who}: keyword argument name {key} not found.\nCandidate arguments:\n{listed}")
        if value is not None:
            known[key] = value
    return known


def shape_of(name: str, value: Any) -> tuple[int, ...]:
    """``value`` as a shape."""
    if not isinstance(value, (tuple, list)) or not all(hasattr(v, "__index__") for v in value):
        raise DTypeError(f"infer_shape: Arguments need to be shapes (tuple), but {name!r} is {value!r}")
    shape = tuple(map(operator.index, value))
    if min(shape, default=0) < -1:  # with NumPy's shapes -1 is a length that is not known
        raise ShapeError(f"infer_shape: {name!r} has shape {shape}, expected lengths, or -1 for those not known")
    return shape


def described(outputs: Sequence[Entry], order: Sequence[Node]) -> str:
    """The nodes with their inputs and attributes, for reading; of variables, how often they were written."""
    if len(outputs) == 1 and outputs[0][0].op is None:
        return f"Variable:{outputs[0][0].name}\n"
    lines = ["Symbol Outputs:"]
    lines += [f"\toutput[{i}]={n.name}({k})" for i, (n, k) in enumerate(outputs)]
    written: Counter[int] = Counter()
    for node in order:
        if node.op is None:
            lines.append(f"Variable:{node.name}")
            continue
        lines += ["-" * 20, f"Op:{node.op.name}, Name={node.name}", "Inputs:"]
        written.update(id(n) for i, (n, _) in enumerate(node.inputs) if node.writes(i))
        for i, (child, k) in enumerate(node.inputs):
            lines.append(
                f"\targ[{i}]={child.name}({k})" + (f" version={written[id(child)]}" if child.op is None else "")
            )
        if node.attrs:
            lines.append("Attrs:")
            lines += [f"\t{k}={v}" for k, v in sorted(node.attrs.items())]
    return "\n".join(lines) + "\n"
