"""The operator registry: one declaration per operator, from which every front end is made. No torch here."""

from .registry import Bound, Op, all_names, also, find, get, later, numbered, op
from .types import AtLeast, Count, Ctx, DType, Floats, Graph, OptInts, Positive, Shape

__all__ = [
    "AtLeast",
    "Bound",
    "Count",
    "Ctx",
    "DType",
    "Floats",
    "Graph",
    "Op",
    "OptInts",
    "Positive",
    "Shape",
    "all_names",
    "also",
    "find",
    "get",
    "later",
    "numbered",
    "op",
]
