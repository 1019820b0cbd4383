"""Storage types in a graph: of its values, and of the gradients of its variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mxnet._base.errors import ArgumentError
from mxnet._kernels.sparse_types import DENSE, gradient_stypes, output_stype, output_stypes
from mxnet._runtime.sparse import ALWAYS

from .node import Entry, Node, topological

_CODES = {"-1": DENSE, "0": DENSE, "1": "row_sparse", "2": "csr"}


def declared(node: Node) -> str:
    """The storage type that a variable was made with.

    Raises:
        ArgumentError: the number stands for no storage type.
    """
    code = node.attrs.get("__storage_type__", "0")
    if code not in _CODES:
        raise ArgumentError(f"variable {node.name!r} has __storage_type__={code}, expected one of {', '.join(_CODES)}")
    return _CODES[code]


def makes_sparse(order: Sequence[Node]) -> bool:
    """Whether a node makes sparse values of dense ones."""
    return any(n.op is not None and n.op.name in ALWAYS and output_stype(n.bound, [DENSE] * 2) != DENSE for n in order)


def stypes_of(outputs: Sequence[Entry], known: Mapping[int, str]) -> dict[tuple[int, int], str]:
    """The storage type of every value: by ``(id(node), output)``, from those of variables by ``id``.

    What is not in the result is dense.
    """
    found: dict[tuple[int, int], str] = {}
    for node in topological(outputs):
        stypes: Sequence[str] = [known.get(id(node), DENSE)]
        if node.op is not None:
            stypes = output_stypes(node.bound, [found.get((id(c), i), DENSE) for c, i in node.inputs])
        found.update({(id(node), i): stype for i, stype in enumerate(stypes) if stype != DENSE})
    return found


def gradients_of(outputs: Sequence[Entry], found: Mapping[tuple[int, int], str]) -> dict[int, str]:
    """The storage types of the gradients of variables, by ``id``; head gradients are stored as their outputs are.

    What is not in the result is dense.
    """
    shares: dict[tuple[int, int], list[str]] = {}
    for node, i in outputs:
        shares.setdefault((id(node), i), []).append(found.get((id(node), i), DENSE))
    variables: dict[int, str] = {}
    for node in reversed(topological(outputs)):
        head = _sum(shares.get((id(node), 0), []))
        if node.op is None:
            variables[id(node)] = head
            continue
        stypes = [found.get((id(c), i), DENSE) for c, i in node.inputs]
        grads = gradient_stypes(node.bound, stypes, found.get((id(node), 0), DENSE), head)
        for (child, i), grad in zip(node.inputs, grads, strict=True):
            shares.setdefault((id(child), i), []).append(grad)
    return {k: v for k, v in variables.items() if v != DENSE}


def _sum(stypes: Sequence[str]) -> str:
    if len(stypes) == 1:
        return stypes[0]
    return "row_sparse" if stypes and {*stypes} == {"row_sparse"} else DENSE
