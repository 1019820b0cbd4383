"""Symbol files: 1.9.1's JSON, byte for byte, and what versions since 0.8 wrote."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mxnet import _ops
from mxnet._base.errors import ArgumentError, FormatError, InputTypeError, UnknownOperatorError
from mxnet._runtime.state import np_shape_active

from .control_flow import LoopNode
from .node import HIDDEN, Entry, Node, check_attributes, topological
from .subgraph import SubgraphNode
from .upgrade import open_sizes, upgrade

_VERSION = 10901
_SILENT = 800
_DEPTH = 32
"""How deep loops may be nested."""
_COUNTS = ("num_outputs", "sections", "num_weights", "num_tensors", "num_layers")
_MOST = 10_000
"""A node of more outputs or layers would take time and memory out of all proportion to its file."""
_WRAP = 10
"""Longer lists are written one item a line."""


def dumps(outputs: Sequence[Entry]) -> str:
    """The graph of ``outputs`` as text."""
    said = f'"mxnet_version": ["int", {_VERSION}]'
    attrs = f'{{\n    "is_np_shape": ["int", 1], \n    {said}\n  }}' if np_shape_active() else f"{{{said}}}"
    return _graph_text(outputs, f', \n  "attrs": {attrs}')


def _graph_text(outputs: Sequence[Entry], last: str = "") -> str:
    order = topological(outputs)
    index = {id(n): i for i, n in enumerate(order)}
    nodes = []
    rows = [0]
    written: dict[int, int] = {}
    for node in order:
        fields = [f'"op": {_text(node.op.name if node.op else "null")}', f'"name": {_text(node.name)}']
        if node.attrs:
            fields.append('"attrs": ' + _mapping(node.attrs, 6))
        # the third number is how often the variable has been written so far; only auxiliary states are
        for k, (child, _) in enumerate(node.inputs):
            if node.writes(k):
                written[id(child)] = written.get(id(child), 0) + 1
        links = [f"[{index[id(n)]}, {i}, {written.get(id(n), 0)}]" for n, i in node.inputs]
        fields.append(f'"inputs": {_list(links, 6)}')
        if isinstance(node, LoopNode):
            fields.append('"subgraphs": [\n        ' + ", \n        ".join(map(_subgraph, node.graphs)) + "\n      ]")
        nodes.append("    {\n      " + ", \n      ".join(fields) + "\n    }")
        rows.append(rows[-1] + (node.bound.total + node.op.unseen if node.op else 1))
    heads = [f"[{index[id(n)]}, {i}, {written.get(id(n), 0)}]" for n, i in outputs]
    arguments = [i for i, n in enumerate(order) if n.op is None]
    return (
        "{\n"
        + '  "nodes": [\n'
        + ", \n".join(nodes)
        + "\n  ], \n"
        + f'  "arg_nodes": {_list(arguments, 2)}, \n'
        + f'  "node_row_ptr": {_list(rows, 2)}, \n'
        + f'  "heads": {_list(heads, 2)}{last}\n'
        + "}"
    )


def _subgraph(outputs: Sequence[Entry]) -> str:
    return _graph_text(outputs).replace("\n", "\n        ")  # text in JSON has no line breaks of its own


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _mapping(values: dict[str, str], indent: int) -> str:
    items = [f"{_text(k)}: {_text(values[k])}" for k in sorted(values)]
    if len(items) == 1:
        return "{" + items[0] + "}"
    pad = " " * indent
    return "{\n" + ", \n".join(f"{pad}  {i}" for i in items) + f"\n{pad}}}"


def _list(values: Sequence[object], indent: int) -> str:
    if len(values) <= _WRAP:
        return "[" + ", ".join(map(str, values)) + "]"
    pad = " " * indent
    return "[\n" + ", \n".join(f"{pad}  {v}" for v in values) + f"\n{pad}]"


def loads(text: str, source: str = "<string>") -> list[Entry]:
    """The outputs of the graph in ``text``.

    Raises:
        FormatError: it is not a graph; names ``source`` and the place.
        UnknownOperatorError: a node has an operator that is not registered; names node and file.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        at = getattr(error, "pos", 0)
        raise FormatError(f"{source}: not a symbol file: {error} (offset {at} of {len(text)})") from None
    _expect(isinstance(data, dict), source, "the top level", "an object", data)
    outputs = _graph(data, source, _version(data, source))
    if np_shape_active() and "is_np_shape" not in data.get("attrs", {}):
        open_sizes(topological(outputs))
    return outputs


def _graph(data: dict[str, Any], source: str, version: int, depth: int = 0) -> list[Entry]:
    """The outputs of one graph; ``source`` says where it is."""
    listed = data.get("nodes")
    _expect(isinstance(listed, list) and bool(listed), source, "nodes", "a list of at least one node", listed)
    nodes: list[Node] = []
    for i, record in enumerate(listed):  # type: ignore[arg-type]
        nodes.append(_node(record, i, nodes, source, version, depth))
    heads = data.get("heads")
    _expect(isinstance(heads, list) and bool(heads), source, "heads", "a list of at least one output", heads)
    outputs = [_link(h, nodes, len(nodes), source, f"heads[{k}]") for k, h in enumerate(heads)]  # type: ignore[arg-type]
    for k, (node, i) in enumerate(outputs):
        _check_output(node, i, source, f"heads[{k}]")
    return outputs


def _expect(condition: bool, source: str, place: str, expected: str, got: Any) -> None:
    if not condition:
        shown = repr(got)
        raise FormatError(f"{source}: {place} is {shown[:80]}, expected {expected}")


def _version(data: dict[str, Any], source: str) -> int:
    """The version that wrote the file, as 10901 for 1.9.1; those before 0.9 did not say."""
    attrs = data.get("attrs", {})
    _expect(isinstance(attrs, dict), source, "attrs", "an object", attrs)
    said = attrs.get("mxnet_version", ["int", _SILENT])
    ok = isinstance(said, list) and len(said) == 2 and type(said[1]) is int
    _expect(ok, source, "attrs.mxnet_version", '["int", a number]', said)
    return said[1]


def _subgraphs(record: dict[str, Any], source: str, place: str, version: int, depth: int) -> list[list[Entry]]:
    listed = record.get("subgraphs", [])
    _expect(isinstance(listed, list), source, f"{place}.subgraphs", "a list", listed)
    _expect(depth < _DEPTH, source, f"{place}.subgraphs", f"at most {_DEPTH} graphs in each other", depth + 1)
    graphs = []
    for k, data in enumerate(listed):
        _expect(isinstance(data, dict), source, f"{place}.subgraphs[{k}]", "an object", data)
        graphs.append(_graph(data, f"{source}: {place}.subgraphs[{k}]", version, depth + 1))
    return graphs


def _node(record: Any, i: int, before: list[Node], source: str, version: int, depth: int) -> Node:
    place = f"nodes[{i}]"
    _expect(isinstance(record, dict), source, place, "an object", record)
    kind, name = record.get("op"), record.get("name")
    _expect(isinstance(kind, str), source, f"{place}.op", "the name of an operator", kind)
    _expect(isinstance(name, str), source, f"{place}.name", "text", name)
    attrs: dict[str, str] = {}
    # 0.8 had the first two, 0.9 to 0.12 attr, later ones attrs
    for key in ("param", *[k for k in record if k in ("attr", "attrs")]):
        part = record.get(key) or {}
        _expect(isinstance(part, dict), source, f"{place}.{key}", "an object", part)
        for k, v in part.items():
            _expect(isinstance(v, str), source, f"{place}.{key}.{k}", "text", v)
            attrs[f"__{k}__" if k in HIDDEN else k] = v
    links = record.get("inputs")
    _expect(isinstance(links, list), source, f"{place}.inputs", "a list", links)
    if kind == "null":
        _expect(not links, source, f"{place}.inputs", "nothing, the node being a variable", links)
        return Node(None, name, attrs, [])
    try:
        op = _ops.get(kind, f" (node {name!r} of {source})")
        op = op if op.family is None else op.family(attrs)
    except UnknownOperatorError as error:
        where = "" if source in str(error) else f" (node {name!r} of {source})"
        raise UnknownOperatorError(f"Failed loading Op {name} of type {kind}: {error}{where}") from None
    except ArgumentError as error:
        raise FormatError(f"{source}: {place} ({kind} {name!r}): {error}") from None
    inputs = [_link(x, before, i, source, f"{place}.inputs[{k}]") for k, x in enumerate(links)]
    for k, (child, n) in enumerate(inputs):
        _check_output(child, n, source, f"{place}.inputs[{k}]")
    node = Node(op, name, attrs, inputs)
    if op.schema.graphs:
        graphs = _subgraphs(record, source, place, version, depth)
        kind_of = SubgraphNode if op.name == "_CachedOp" else LoopNode
        node = kind_of(op, name, attrs, inputs, graphs)
    _finish(node, version, source, place)
    return node


def _finish(node: Node, version: int, source: str, place: str) -> None:
    """Bring an operator's node to this version, and check what it says while errors can name the file."""
    op = node.op
    where = f"{source}: {place} ({op.name} {node.name!r})"  # type: ignore[union-attr]
    for key in _COUNTS:
        count = node.attrs.get(key, "")
        if count.isdecimal() and (len(count) > len(str(_MOST)) or int(count) > _MOST):
            raise FormatError(f"{where}: {key}={count[:20]}, expected at most {_MOST}")
    try:
        upgrade(node, version)
        check_attributes(node)
        if isinstance(node, LoopNode):
            _ = node.bound
        _check_inputs(node, where)
    except (ArgumentError, InputTypeError) as error:
        raise FormatError(f"{where}: {error}") from None


def _check_inputs(node: Node, where: str) -> None:
    op = node.op
    if op is None or op.variadic is not None:
        return
    if len(node.inputs) > len(op.inputs):
        raise FormatError(f"{where} has {len(node.inputs)} inputs, expected at most {len(op.inputs)}")
    missing = [n for n in node.bound.active_inputs()[len(node.inputs) :] if n not in op.schema.optional]
    if missing:
        raise FormatError(f"{where} has {len(node.inputs)} inputs, and none for {', '.join(missing)}")


def _link(link: Any, nodes: list[Node], limit: int, source: str, place: str) -> Entry:
    ok = isinstance(link, list) and len(link) in (2, 3) and all(type(n) is int for n in link)
    _expect(ok, source, place, "a list of two or three integers", link)
    _expect(0 <= link[0] < limit, source, place, f"a node before {limit}", link)
    _expect(link[1] >= 0, source, place, "an output that is not negative", link)
    return nodes[link[0]], link[1]


def _check_output(node: Node, i: int, source: str, place: str) -> None:
    count = node.bound.total if node.op else 1
    _expect(i < count, source, place, f"one of the {count} outputs of {node.name!r}", i)
