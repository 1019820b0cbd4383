"""Symbol files: 1.9.1's JSON, byte for byte, and what versions since 0.8 wrote."""

from __future__ import annotations

import json
from typing import Any

from mxnet import _ops
from mxnet._base.errors import FormatError, UnknownOperatorError

from .node import HIDDEN, Entry, Node, topological

_VERSION = 10901
_WRAP = 10
"""Lists of more numbers than this stand one a line."""


def dumps(outputs: list[Entry]) -> str:
    """The graph of ``outputs`` as text."""
    order = topological(outputs)
    index = {id(n): i for i, n in enumerate(order)}
    nodes = []
    rows = [0]
    for node in order:
        fields = [f'"op": {_text(node.op.name if node.op else "null")}', f'"name": {_text(node.name)}']
        if node.attrs:
            fields.append('"attrs": ' + _mapping(node.attrs, 6))
        # the third number is how often the variable was written before; only auxiliary states are
        links = [f"[{index[id(n)]}, {i}, {int(node.is_aux(k))}]" for k, (n, i) in enumerate(node.inputs)]
        fields.append(f'"inputs": [{", ".join(links)}]')
        nodes.append("    {\n      " + ", \n      ".join(fields) + "\n    }")
        rows.append(rows[-1] + (node.bound.total if node.op else 1))
    heads = ", ".join(f"[{index[id(n)]}, {i}, 0]" for n, i in outputs)
    arguments = [i for i, n in enumerate(order) if n.op is None]
    return (
        "{\n"
        + '  "nodes": [\n'
        + ", \n".join(nodes)
        + "\n  ], \n"
        + f'  "arg_nodes": {_numbers(arguments)}, \n'
        + f'  "node_row_ptr": {_numbers(rows)}, \n'
        + f'  "heads": [{heads}], \n'
        + f'  "attrs": {{"mxnet_version": ["int", {_VERSION}]}}\n'
        + "}"
    )


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _mapping(values: dict[str, str], indent: int) -> str:
    items = [f"{_text(k)}: {_text(values[k])}" for k in sorted(values)]
    if len(items) == 1:
        return "{" + items[0] + "}"
    pad = " " * indent
    return "{\n" + ", \n".join(f"{pad}  {i}" for i in items) + f"\n{pad}}}"


def _numbers(values: list[int]) -> str:
    if len(values) <= _WRAP:
        return "[" + ", ".join(map(str, values)) + "]"
    return "[\n" + ", \n".join(f"    {v}" for v in values) + "\n  ]"


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
    listed = data.get("nodes")
    _expect(isinstance(listed, list) and bool(listed), source, "nodes", "a list of at least one node", listed)
    nodes: list[Node] = []
    for i, record in enumerate(listed):
        nodes.append(_node(record, i, nodes, source))
    heads = data.get("heads")
    _expect(isinstance(heads, list) and bool(heads), source, "heads", "a list of at least one output", heads)
    outputs = [_link(h, nodes, len(nodes), source, f"heads[{k}]") for k, h in enumerate(heads)]
    for k, (node, i) in enumerate(outputs):
        _check_output(node, i, source, f"heads[{k}]")
    return outputs


def _expect(condition: bool, source: str, place: str, expected: str, got: Any) -> None:
    if not condition:
        shown = repr(got)
        raise FormatError(f"{source}: {place} is {shown[:80]}, expected {expected}")


def _node(record: Any, i: int, before: list[Node], source: str) -> Node:
    place = f"nodes[{i}]"
    _expect(isinstance(record, dict), source, place, "an object", record)
    kind, name = record.get("op"), record.get("name")
    _expect(isinstance(kind, str), source, f"{place}.op", "the name of an operator", kind)
    _expect(isinstance(name, str), source, f"{place}.name", "text", name)
    attrs: dict[str, str] = {}
    for key in ("param", "attr", "attrs"):  # 0.8 had the first two, 0.9 to 0.12 attr, later ones attrs
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
    op = _ops.find(kind)
    if op is None:
        where = f" (node {name!r} of {source})"
        try:
            op = _ops.get(kind, where)
        except UnknownOperatorError as error:
            raise UnknownOperatorError(f"Failed loading Op {name} of type {kind}: {error}") from None
    inputs = [_link(x, before, i, source, f"{place}.inputs[{k}]") for k, x in enumerate(links)]
    for k, (child, n) in enumerate(inputs):
        _check_output(child, n, source, f"{place}.inputs[{k}]")
    attrs = _upgrade(op, attrs, name, inputs, i)
    node = Node(op, name, attrs, inputs)
    if op.variadic is None and len(inputs) > len(op.inputs):
        raise FormatError(
            f"{source}: {place} ({op.name} {name!r}) has {len(inputs)} inputs, expected at most {len(op.inputs)}"
        )
    _ = node.bound  # attributes that can not be read are an error of the file, now
    return node


def _link(link: Any, nodes: list[Node], limit: int, source: str, place: str) -> Entry:
    ok = isinstance(link, list) and len(link) in (2, 3) and all(type(n) is int for n in link)
    _expect(ok, source, place, "a list of two or three integers", link)
    _expect(0 <= link[0] < limit, source, place, f"a node before {limit}", link)
    _expect(link[1] >= 0, source, place, "an output that is not negative", link)
    return nodes[link[0]], link[1]


def _check_output(node: Node, i: int, source: str, place: str) -> None:
    count = node.bound.total if node.op else 1
    _expect(i < count, source, place, f"one of the {count} outputs of {node.name!r}", i)


def _upgrade(op: _ops.Op, attrs: dict[str, str], name: str, inputs: list[Entry], i: int) -> dict[str, str]:
    """What changed since: attributes that went away, and auxiliary states that once were not in the file."""
    own = op.attrs
    kept = {k: v for k, v in attrs.items() if k in own or k == op.num_args or k.startswith("__")}
    for key, value in attrs.items():
        # old files mix attributes for variables to come, ``weight_lr_mult`` say, with the operator's own
        if key not in kept:
            kept[f"__{key}__"] = value
    if op.aux and op.variadic is None:
        names = op.inputs
        while len(inputs) < len(names) and names[len(inputs)] in op.aux:
            inputs.append((Node(None, f"{name}_{names[len(inputs)]}", {}, []), 0))
    return kept
