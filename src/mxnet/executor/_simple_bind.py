"""``Symbol.simple_bind``: executors with arrays of their own."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from mxnet._base.errors import ArgumentError
from mxnet._base.words import few
from mxnet._graph import infer
from mxnet._graph.node import Node, variables
from mxnet._graph.placement import place
from mxnet._graph.stypes import DENSE, declared, gradients_of, stypes_of
from mxnet._runtime.context import Context
from mxnet._runtime.dtypes import torch_dtype
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol

from . import Executor
from ._arrays import refuse_duplicates, requests, zeros, zeros_of


def simple_bind(
    symbol: Symbol,
    ctx: Context,
    grad_req: Any,
    type_dict: Mapping[str, Any] | None,
    stype_dict: Mapping[str, str] | None,
    group2ctx: Mapping[str, Context] | None,
    shared_arg_names: Sequence[str] | None,
    shared_exec: Executor | None,
    shared_buffer: dict[str, NDArray] | None,
    shapes: Mapping[str, Any],
) -> Executor:
    """An executor with arrays of its own, shaped by inference.

    Args:
        grad_req: ``write``, ``add`` or ``null``, for all, by name, or in order; None is ``null``.
        type_dict: dtypes by argument name; float32 where nothing says otherwise.
        stype_dict: storage types by argument name; where it says nothing, those that variables were made with. Those
            of gradients follow from them, by operator.
        group2ctx: contexts by the value of ``ctx_group``, for nodes and the variables made with them.
        shared_arg_names: arguments whose arrays, and those of their gradients, are taken from ``shared_exec``; so are
            then the auxiliary states.
        shared_exec: an executor that does not run at the same time: its outputs' memory is used again.
        shared_buffer: memory by name (``data``, ``grad of data``) for all other arguments, used where it is large
            enough, and replaced by what is made where it is not.
        shapes: by argument name. As in 1.9.1, other names have no effect: programs pass ``force_rebind``, or the
            attributes of an operator.

    Raises:
        ArgumentError: shapes that can not be inferred, that differ from those of arrays to be shared, or a storage
            type that is not there.
    """
    if isinstance(grad_req, Mapping) and not grad_req:
        raise ArgumentError("simple_bind: grad_req cannot be an empty dict; 'null' asks for no gradients")
    arguments, aux = variables(symbol._topological())
    refuse_duplicates([n.name for n in arguments])
    found = _inferred(symbol, [*arguments, *aux], shapes, type_dict, stype_dict)
    source = shared_exec if shared_arg_names is not None else None
    stypes = {n.name: (stype_dict or {}).get(n.name) or declared(n) for n in (*arguments, *aux)}
    by_id = {id(n): stypes[n.name] for n in (*arguments, *aux)}
    grad_stypes = gradients_of(symbol._outputs, stypes_of(symbol._outputs, by_id))
    maker = _Maker(found, place(symbol._outputs, ctx, group2ctx), shared_arg_names or (), shared_buffer)
    old = source.arg_dict if source is not None else {}
    old_grads = source.grad_dict if source is not None else {}
    wanted = requests("null" if grad_req is None else grad_req, [n.name for n in arguments])
    args = {n.name: maker.argument(n, old, n.name, stypes[n.name]) for n in arguments}
    grads = {
        n.name: maker.argument(n, old_grads, f"grad of {n.name}", grad_stypes.get(id(n), DENSE))
        for n, r in zip(arguments, wanted, strict=True)
        if r != "null"
    }
    old_states = source.aux_dict if source is not None else {}
    states = {n.name: maker.array(n, old_states.get(n.name), stypes[n.name]) for n in aux}
    by_name = dict(zip(args, wanted, strict=True))
    once = found if _is_sure(found, [*arguments, *aux]) else None
    return Executor(symbol, ctx, args, grads, by_name, states, group2ctx, shared_exec, _found=once)


def _is_sure(found: infer.Inference, inputs: Sequence[Node]) -> bool:
    """Whether the arrays that are made tell nothing new.

    Inputs of dtypes that are not known are made float32, which may contradict other dtypes, but not float32 alone.
    """
    return set(found.dtypes.values()) <= {torch.float32} or all([found.dtype((n, 0)) is not None for n in inputs])


def _inferred(
    symbol: Symbol,
    inputs: Sequence[Node],
    shapes: Mapping[str, Any],
    type_dict: Mapping[str, Any] | None,
    stype_dict: Mapping[str, str] | None,
) -> infer.Inference:
    names = {n.name for n in inputs}
    known = {k: tuple(v) for k, v in shapes.items() if k in names and isinstance(v, (tuple, list))}
    for what, given in ("type_dict", type_dict), ("stype_dict", stype_dict):
        strange = [n for n in given or () if n not in names]
        if strange:
            raise ArgumentError(
                f"simple_bind: {what} has {strange[0]!r}, which is not in {few([n.name for n in inputs], strange[0])}"
            )
    types = {k: torch_dtype(v) for k, v in (type_dict or {}).items()}
    found = infer.infer_shapes(symbol._outputs, known, types)
    open_ = [n.name for n in inputs if not infer.is_known(found.shape((n, 0)))]
    if open_:
        strangers = "".join(f"; {k!r} is not an argument of {symbol!r}" for k in shapes if k not in names)
        raise ArgumentError(
            f"simple_bind error: InferShape pass cannot decide shapes for the following arguments: {few(open_)}; "
            f"give the shapes of the inputs by name{strangers}"
        )
    return found


class _Maker:
    """Makes arrays for variables, or finds them in what is shared."""

    def __init__(
        self,
        found: infer.Inference,
        placed: Mapping[int, Context],
        shared: Sequence[str],
        buffer: dict[str, NDArray] | None,
    ) -> None:
        self._found = found
        self._placed = placed
        self._shared = frozenset(shared)
        self._buffer = buffer

    def argument(self, node: Node, old: Mapping[str, NDArray | None], key: str, stype: str) -> NDArray:
        """The array of an argument or its gradient: from ``old`` if shared, from the buffer under ``key``, or new."""
        if node.name in self._shared:
            return self.array(node, old.get(node.name), stype)
        if self._buffer is None or stype != DENSE:
            return self.array(node, None, stype)
        shape, dtype, ctx = self._wanted(node)
        kept = self._buffer.get(key)
        if kept is not None and kept._ctx == ctx and kept._data.dtype is dtype:
            size = torch.Size(shape).numel()
            if size <= kept.size:
                return kept if kept.shape == shape else NDArray(kept._data.view(-1)[:size].view(shape), ctx)
            logging.info(
                "Bucketing: data %s has a shape %s, which is larger than already allocated shape %s. Need to "
                "re-allocate. Consider putting default bucket key to be the bucket taking the largest input for "
                "better memory sharing.",
                key,
                shape,
                kept.shape,
            )
        made = self._buffer[key] = self.array(node, None, stype)
        return made

    def array(self, node: Node, old: NDArray | None, stype: str) -> NDArray:
        """``old``, which has to fit, or a new array of zeros."""
        shape, dtype, ctx = self._wanted(node)
        if old is None and stype != DENSE:
            return zeros_of(stype, shape, dtype, ctx)
        if old is None:
            return NDArray(zeros(node.name, shape, dtype, ctx.device), ctx)
        if old.shape != shape or old._meta().dtype is not dtype:
            raise ArgumentError(
                f"simple_bind: Shape of unspecified arg: {node.name} changed, from {old.shape} to {shape} (dtype "
                f"{old._meta().dtype} to {dtype}), and can not be shared with the other executor; check the shapes of "
                "the data"
            )
        return old

    def _wanted(self, node: Node) -> tuple[tuple[int, ...], torch.dtype, Context]:
        shape = self._found.shape((node, 0))
        return shape, self._found.dtype((node, 0)) or torch.float32, self._placed[id(node)]  # type: ignore[return-value]
