"""Shapes and dtypes of all arguments, outputs and states of a symbol, from those of some arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mxnet._graph import infer
from mxnet._graph.node import Entry, variables
from mxnet._runtime.dtypes import NUMPY, torch_dtype
from mxnet._runtime.state import np_shape_active

from ._parts import by_position_or_name, shape_of

if TYPE_CHECKING:
    from .symbol import Symbol


def shapes(symbol: Symbol, args: Any, kwargs: Any, whole: bool = False) -> tuple[Any, Any, Any]:
    """Shapes of arguments, outputs and auxiliary states; see :meth:`Symbol.infer_shape_partial`.

    With ``whole``, three Nones if any of them is not known.
    """
    arguments, aux = variables(symbol._topological())
    known = by_position_or_name("infer_shape", args, kwargs, [n.name for n in arguments], [n.name for n in aux])
    found = infer.shapes_alone(symbol._outputs, {k: shape_of(k, v) for k, v in known.items()})
    unknown = None if np_shape_active() else ()
    told = [(n, 0) for n in arguments], symbol._outputs, [(n, 0) for n in aux]
    if whole and not all(found.is_known(e) for entries in told for e in entries):
        return None, None, None

    def listed(entries: Sequence[Entry]) -> list[Any]:
        return [unknown if s is None else s for s in map(found.shape, entries)]

    return listed(told[0]), listed(told[1]), listed(told[2])


def types(symbol: Symbol, args: Any, kwargs: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Dtypes of arguments, outputs and auxiliary states; see :meth:`Symbol.infer_type_partial`."""
    arguments, aux = variables(symbol._topological())
    known = by_position_or_name("infer_type", args, kwargs, [n.name for n in arguments], [n.name for n in aux])
    found = infer.infer_types(symbol._outputs, {k: torch_dtype(v) for k, v in known.items()})

    def listed(entries: Sequence[Entry]) -> list[Any]:
        return [NUMPY.get(found.dtype(e)) for e in entries]  # type: ignore[arg-type]

    return listed([(n, 0) for n in arguments]), listed(symbol._outputs), listed([(n, 0) for n in aux])
