"""The storage types of operators' results and of their gradients, known before anything runs.

The storage types of all inputs go in, by name; what 1.9.1 infers comes out. Operators that are not named here return
dense arrays, and take dense gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mxnet._ops import Bound

from .sparse import COMPARED, KEEPING, KEEPING_WHEN

DENSE = "default"

Gives = Callable[[Sequence[str], Mapping[str, Any]], str]
Takes = Callable[[Sequence[str], str, str, Mapping[str, Any]], Sequence[str]]


def _same(stypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    return stypes[0] if len(set(stypes)) == 1 else DENSE


def _first(stypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    return stypes[0]


def _product(stypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    kinds = {s for s in stypes if s != DENSE}
    return kinds.pop() if len(kinds) == 1 else DENSE


def _dot(stypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    if attrs["forward_stype"]:
        return str(attrs["forward_stype"])
    left, right = stypes
    turned, flipped = attrs["transpose_a"], attrs["transpose_b"]
    if left == "csr" and right != "csr" and turned and not flipped:
        return "row_sparse"
    return "csr" if left == DENSE and right == "csr" and not turned else DENSE


def _square_sum(stypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    return "row_sparse" if stypes[0] == "row_sparse" and attrs["keepdims"] and _axis(attrs) == 1 else DENSE


def _axis(attrs: Mapping[str, Any]) -> int | None:
    axis = attrs["axis"]
    axes = (axis,) if isinstance(axis, int) else tuple(axis or ())
    return axes[0] % 2 if len(axes) == 1 else None


def _only(stype: str) -> Gives:
    return lambda stypes, attrs: stype if stypes[0] == stype else DENSE


def _when(keeps: Callable[[float], bool]) -> Gives:
    return lambda stypes, attrs: stypes[0] if keeps(attrs["scalar"]) else DENSE


def _broadcast(stypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    return "csr" if tuple(stypes) == ("csr", DENSE) else DENSE


def _slice(stypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    return "csr" if stypes[0] == "csr" and not any(s not in (None, 1) for s in attrs["step"] or ()) else DENSE


GIVES: dict[str, Gives] = {
    **dict.fromkeys([*KEEPING, "zeros_like", "_identity_with_attr_like_rhs"], _first),
    **{name: _when(keeps) for name, keeps in KEEPING_WHEN.items()},
    **dict.fromkeys("elemwise_add elemwise_sub _grad_add _maximum _minimum _hypot".split(), _same),
    **dict.fromkeys(["broadcast_mul", "broadcast_div"], _broadcast),
    **dict.fromkeys(["_scatter_elemwise_div", "_sparse_retain"], _only("row_sparse")),
    "_square_sum": _square_sum,
    "add_n": lambda stypes, attrs: "row_sparse" if {*stypes} == {"row_sparse"} else DENSE,
    "cast_storage": lambda stypes, attrs: str(attrs["stype"]),
    "clip": lambda stypes, attrs: stypes[0] if attrs["a_min"] <= 0 <= attrs["a_max"] else DENSE,
    "Concat": lambda stypes, attrs: "csr" if {*stypes} == {"csr"} and attrs["dim"] == 0 else DENSE,
    "dot": _dot,
    "elemwise_mul": _product,
    "slice": _slice,
    "take": lambda stypes, attrs: "csr" if stypes[0] == "csr" and not attrs["axis"] else DENSE,
    "_contrib_dgl_adjacency": lambda stypes, attrs: "csr",
    "_contrib_quadratic": lambda stypes, attrs: "csr" if stypes[0] == "csr" and not attrs["c"] else DENSE,
}
"""By operator: the storage type of its output."""


def _parts(attrs: Mapping[str, Any]) -> list[str]:
    """The types of parts of graphs, and of their mappings."""
    count = len(attrs["graph_sizes"]) if "graph_sizes" in attrs else attrs["num_args"] - 1
    return ["csr"] * (count * (1 + attrs["return_mapping"]))


def _samples(kinds: int) -> Callable[[Mapping[str, Any]], list[str]]:
    """The types of this many kinds of results for each sample, the edges second."""

    def gives(attrs: Mapping[str, Any]) -> list[str]:
        count = attrs["num_args"] - (kinds - 2)
        return [*[DENSE] * count, *["csr"] * count, *[DENSE] * (count * (kinds - 2))]

    return gives


SEVERAL: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "_contrib_dgl_csr_neighbor_non_uniform_sample": _samples(4),
    "_contrib_dgl_csr_neighbor_uniform_sample": _samples(3),
    "_contrib_dgl_graph_compact": _parts,
    "_contrib_dgl_subgraph": _parts,
}
"""By operator, for those of several outputs: their storage types, whatever the inputs are."""


def _head(stypes: Sequence[str], given: str, head: str, attrs: Mapping[str, Any]) -> Sequence[str]:
    return [head] * len(stypes)


def _like(stypes: Sequence[str], given: str, head: str, attrs: Mapping[str, Any]) -> Sequence[str]:
    return list(stypes)


def _if_alike(stypes: Sequence[str], given: str, head: str, attrs: Mapping[str, Any]) -> Sequence[str]:
    return [head if head == stypes[0] else DENSE]


def _rows(stypes: Sequence[str], given: str, head: str, attrs: Mapping[str, Any]) -> Sequence[str]:
    return [*[DENSE] * (len(stypes) - 1), "row_sparse"]


def _dot_gradients(stypes: Sequence[str], given: str, head: str, attrs: Mapping[str, Any]) -> Sequence[str]:
    plain = not attrs["transpose_a"] and not attrs["transpose_b"]
    return [DENSE, "row_sparse" if stypes[0] == "csr" and plain and head != "csr" else DENSE]


def _embedding(stypes: Sequence[str], given: str, head: str, attrs: Mapping[str, Any]) -> Sequence[str]:
    return [DENSE, "row_sparse" if attrs["sparse_grad"] else DENSE]


TAKES: dict[str, Takes] = {
    **dict.fromkeys(
        """negative _mul_scalar _div_scalar _copy _plus_scalar _minus_scalar _scatter_plus_scalar _scatter_minus_scalar
        elemwise_add elemwise_sub add_n cast_storage""".split(),
        _head,
    ),
    **dict.fromkeys("BlockGrad zeros_like ceil fix floor rint round trunc".split(), _like),
    **dict.fromkeys(COMPARED, _like),
    **dict.fromkeys("abs sign relu square".split(), _if_alike),
    "_contrib_SparseEmbedding": _rows,
    "_square_sum": lambda stypes, given, head, attrs: ["row_sparse" if stypes[0] == "row_sparse" else DENSE],
    "_sparse_retain": lambda stypes, given, head, attrs: ["row_sparse", DENSE],
    "dot": _dot_gradients,
    "Embedding": _embedding,
    "where": lambda stypes, given, head, attrs: [stypes[0], DENSE, DENSE],
}
"""By operator, of the storage types of its inputs, output and head gradient: those of the gradients of its inputs."""


def output_stype(bound: Bound, stypes: Sequence[str]) -> str:
    """The storage type of the result of ``bound`` for inputs of ``stypes``."""
    by_user = getattr(bound, "output_stypes", None)
    if by_user is not None:
        return str(by_user(stypes)[0])
    gives = GIVES.get(bound.op.name)
    return gives(stypes, bound.attrs) if gives is not None else DENSE


def output_stypes(bound: Bound, stypes: Sequence[str]) -> Sequence[str]:
    """The storage types of the outputs of ``bound``; those that are not listed are dense."""
    several = SEVERAL.get(bound.op.name)
    return several(bound.attrs) if several is not None else [output_stype(bound, stypes)]


def gradient_stypes(bound: Bound, stypes: Sequence[str], given: str, head: str) -> Sequence[str]:
    """The storage types of the gradients of inputs of ``stypes``, where the output and its gradient have the others."""
    by_user = getattr(bound, "gradient_stypes", None)
    if by_user is not None:
        return list(by_user(stypes, [head] * bound.total))
    takes = TAKES.get(bound.op.name)
    return takes(stypes, given, head, bound.attrs) if takes is not None else [DENSE] * len(stypes)
