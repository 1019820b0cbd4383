"""Networks as tables and as pictures: ``mx.viz``."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ._base.errors import ArgumentError, DTypeError
from ._base.lazy import lazy
from ._graph.node import Entry, Node
from .symbol import Symbol

__all__ = ["Symbol", "plot_network", "print_summary"]

_graphviz = lazy("graphviz", extra="viz")

_PARAMETERS = ("weight", "bias", "gamma", "beta", "parameters")
"""Inputs of operators that are learned."""
_STATISTICS = ("_moving_var", "_moving_mean", "_moving_inv_var", "_moving_avg", "_running_var", "_running_mean")
_WEIGHT_NAMES = ("_weight", "_bias", "_beta", "_gamma", *_STATISTICS)
_COLOURS = {
    None: "#8dd3c7",
    "Convolution": "#fb8072",
    "FullyConnected": "#fb8072",
    "Activation": "#ffffb3",
    "LeakyReLU": "#ffffb3",
    "BatchNorm": "#bebada",
    "Pooling": "#80b1d3",
    "Concat": "#fdb462",
    "Flatten": "#fdb462",
    "Reshape": "#fdb462",
    "Softmax": "#b3de69",
}
_OTHER = "#fccde5"


def _refuse(symbol: Any) -> None:
    if not isinstance(symbol, Symbol):
        raise DTypeError(f"symbol must be a Symbol, got {type(symbol).__name__}")


def _shapes(symbol: Symbol, given: Mapping[str, Any] | None) -> dict[tuple[int, int], tuple[int, ...]]:
    """Shapes by entry: all of them, or those that are known without given ones."""
    internals = symbol.get_internals()
    if given is None:
        found = internals.infer_shape_partial()[1]
    else:
        found = internals.infer_shape(**given)[1]
        if found is None:
            raise ArgumentError(f"Input shape is incomplete: got {dict(given)}, expected shapes of all inputs")
    return {(id(n), i): s for (n, i), s in zip(internals._outputs, found or (), strict=False) if s is not None}


def _by(sizes: Sequence[int]) -> str:
    return "x".join(str(s) for s in sizes)


# -- tables -----------------------------------------------------------------------------------------------------------


def print_summary(
    symbol: Symbol,
    shape: Mapping[str, Any] | None = None,
    line_length: int = 120,
    positions: Sequence[float] = (0.44, 0.64, 0.74, 1.0),
) -> None:
    """Print layers with output shapes, counts of parameters, and what comes before them.

    Args:
        symbol: the network.
        shape: shapes of its inputs by name. Without them, only what is known anyway is shown and counted.
        line_length: characters per line.
        positions: where the four columns end, in characters, or as shares of ``line_length`` if the last is 1 or less.

    Every parameter is counted, at the first layer that has it. 1.9.1 counts only those of convolutions, fully connected
    layers, batch normalisations and embeddings, and shared ones at every layer.

    Raises:
        DTypeError: ``symbol`` is not a symbol.
        ArgumentError: shapes cannot be inferred from those given, or ``positions`` are not four numbers.

    >>> import mxnet as mx
    >>> net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=4, name="fc")
    >>> print_summary(net, {"data": (2, 3)}, line_length=90)
    __________________________________________________________________________________________
    Layer (type)                           Output Shape      Param #  Previous Layer
    ==========================================================================================
    data(null)                             3                 0
    __________________________________________________________________________________________
    fc(FullyConnected)                     4                 16       data
    ==========================================================================================
    Total params: 16
    __________________________________________________________________________________________
    """
    _refuse(symbol)
    if len(positions) != 4:
        raise ArgumentError(f"print_summary: positions are {positions}, expected four, the ends of the columns")
    ends = [int(line_length * p) for p in positions] if positions[-1] <= 1 else [int(p) for p in positions]
    shapes = _shapes(symbol, shape)
    order = symbol._topological()
    rows = [n for n in order if n.op is not None or n is order[0]]
    counted: set[tuple[int, int]] = set()
    total = 0
    print("_" * line_length)
    _print_row(["Layer (type)", "Output Shape", "Param #", "Previous Layer"], ends)
    print("=" * line_length)
    for node in rows:
        size = _count(node, shapes, counted)
        total += size
        before = [child.name for child, _ in node.inputs if child in rows] or [""]
        kind = node.op.name if node.op is not None else "null"
        _print_row([f"{node.name}({kind})", _by(shapes.get((id(node), 0), ())[1:]), size, before[0]], ends)
        for name in before[1:]:
            _print_row(["", "", "", name], ends)
        print(("=" if node is rows[-1] else "_") * line_length)
    print(f"Total params: {total}")
    print("_" * line_length)


def _print_row(fields: Sequence[Any], ends: Sequence[int]) -> None:
    line = ""
    for field, end in zip(fields, ends, strict=True):
        line = (line + str(field))[:end].ljust(end)
    print(line)


def _count(node: Node, shapes: Mapping[tuple[int, int], tuple[int, ...]], counted: set[tuple[int, int]]) -> int:
    """Number of learned values in ``node``, except for parameters in ``counted``, to which the new ones are added."""
    if node.op is None or node.op.variadic is not None:
        return 0
    total = 0
    for name, (child, i) in zip(node.bound.active_inputs(), node.inputs, strict=False):
        entry = (id(child), i)
        if name in _PARAMETERS and entry not in counted:
            counted.add(entry)
            sizes = shapes.get(entry, ())
            total += math.prod(sizes) if sizes and min(sizes) > 0 else 0
    return total


# -- pictures ---------------------------------------------------------------------------------------------------------


def plot_network(
    symbol: Symbol,
    title: str = "plot",
    save_format: str = "pdf",
    shape: Mapping[str, Any] | None = None,
    dtype: Mapping[str, Any] | None = None,
    node_attrs: Mapping[str, str] = {},  # only read
    hide_weights: bool = True,
) -> Any:
    """A picture of a network, as a ``graphviz.Digraph``.

    Notebooks show what is returned; ``.render()`` writes it to a file. Both need the program ``dot`` of Graphviz, and
    the package ``graphviz`` (``pip install "mxnet-next[viz]"``).

    Args:
        symbol: the network.
        title: name of the picture, and of its file.
        save_format: format of the file, such as ``pdf``, ``png`` or ``svg``.
        shape: shapes of the inputs by name, to write shapes at all arrows.
        dtype: dtypes of the inputs by name, to write dtypes there too.
        node_attrs: attributes of nodes for Graphviz, which override those set here: ``{"fixedsize": "false"}``.
        hide_weights: leave out weights, and statistics of batch normalisation, by their names.

    Returns:
        The ``graphviz.Digraph``.

    Raises:
        DTypeError: ``symbol`` is not a symbol, or ``node_attrs`` or ``dtype`` is no mapping.
        ArgumentError: shapes cannot be inferred from those given.
        ImportError: the package ``graphviz`` is not installed.

    For example::

        net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=4, name="fc")
        mx.viz.plot_network(net, shape={"data": (2, 3)}, save_format="svg").render()
    """
    _refuse(symbol)
    for what, value in (("node_attrs", node_attrs), ("dtype", dtype)):
        if value is not None and not isinstance(value, Mapping):
            raise DTypeError(f"plot_network: {what} is {value!r}, expected a dict of name to value")
    order = symbol._topological()
    _warn_of_repeated(order)
    hidden = {id(n) for n in order if hide_weights and _looks_like_weight(n)}
    labels = _edge_labels(symbol, shape, dtype)
    dot = _graphviz.Digraph(name=title, format=save_format)
    style = {"shape": "box", "fixedsize": "true", "width": "1.3", "height": "0.8034", "style": "filled", **node_attrs}
    for node in order:
        if _looks_like_weight(node):
            continue  # unless hidden, its arrow draws it, as a plain oval
        kind = node.op.name if node.op is not None else None
        own = {**style, **({"shape": "oval"} if kind is None else {}), "fillcolor": _COLOURS.get(kind, _OTHER)}
        dot.node(name=node.name, label=_label(node), **own)
    for node in order:
        for entry in node.inputs:
            if id(entry[0]) not in hidden:
                label = labels.get((id(entry[0]), entry[1]), "")
                dot.edge(tail_name=node.name, head_name=entry[0].name, dir="back", arrowtail="open", label=label)
    return dot


def _warn_of_repeated(order: Sequence[Node]) -> None:
    repeated = [name for name, count in Counter(n.name for n in order).items() if count > 1]
    if repeated:
        warnings.warn(
            "There are multiple variables with the same name in your graph, this may result in cyclic graph. Repeated "
            f"names: {','.join(repeated)}",
            RuntimeWarning,
            stacklevel=3,
        )


def _looks_like_weight(node: Node) -> bool:
    return node.op is None and node.name.endswith(_WEIGHT_NAMES)


def _edge_labels(
    symbol: Symbol, shape: Mapping[str, Any] | None, dtype: Mapping[str, Any] | None
) -> dict[tuple[int, int], str]:
    """What to write at the arrows from each entry."""
    internals = symbol.get_internals()
    entries: list[Entry] = internals._outputs
    labels = {(id(n), i): "" for n, i in entries}
    if shape is not None:
        labels.update({entry: _by(sizes[1:]) for entry, sizes in _shapes(symbol, shape).items()})
    if dtype is not None:
        found = internals.infer_type(**dtype)[1]
        if found is None:
            raise ArgumentError(f"Input type is incomplete: got {dict(dtype)}, expected dtypes of all inputs")
        for (node, i), kind in zip(entries, found, strict=True):
            labels[id(node), i] += f"({getattr(kind, '__name__', kind)})"
    return labels


def _label(node: Node) -> str:
    """What is written in a node: what the layer is, or its name."""
    if node.op is None:
        return node.name
    attrs, kind = node.bound.attrs, node.op.name
    if kind == "Convolution":
        return f"Convolution\n{_by(attrs['kernel'])}/{_by(attrs['stride']) or '1'}, {attrs['num_filter']}"
    if kind == "FullyConnected":
        return f"FullyConnected\n{attrs['num_hidden']}"
    if kind in ("Activation", "LeakyReLU"):
        return f"{kind}\n{attrs['act_type']}"
    if kind == "Pooling":
        window = "global" if attrs["global_pool"] and not attrs["kernel"] else _by(attrs["kernel"])
        return f"Pooling\n{attrs['pool_type']}, {window}/{_by(attrs['stride']) or '1'}"
    return str(attrs["op_type"]) if kind == "Custom" else node.name
