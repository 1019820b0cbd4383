"""Operators on sparse arrays: a table of those that work without making them dense, and dense copies for the rest.

Dense arrays never come here: the dispatcher looks at the classes of its inputs, and turns to ``invoke`` only where one
is not the class of dense arrays.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import torch

from mxnet import _ops
from mxnet._base import settings
from mxnet._base.errors import InputTypeError
from mxnet._ops import Bound

from . import storage
from .array import Array, Variable
from .recorded_sparse import Backward, dense_of, node_of, recorded
from .state import state
from .storage import Storage

Rule = Callable[..., Any]

RULES: dict[str, Rule] = {}
"""By operator: a function that takes tensors and storages, and attributes by name. It returns one of them or a tuple,
or NotImplemented for dense copies to be used.
"""

ALWAYS: set[str] = set()
"""Operators that can make sparse results of dense inputs."""

BACKWARDS: dict[str, Backward] = {}
"""By operator: gradients of what a rule returned, without dense arrays where that is possible; see ``backward``."""

CLASSES: dict[str, type[Array]] = {}
"""The class of arrays of each storage type."""

_told: set[tuple[str, ...]] = set()


class Sparse:
    """Marks the classes of sparse arrays; what an array holds is its ``_storage``."""

    __slots__ = ()
    _storage: Storage
    _data: torch.Tensor
    _ctx: Any
    _node: Any
    stype: str

    def _tracked(self) -> bool:
        node = self._node
        return node is not None and node[0].requires_grad


def rule(*names: str, always: bool = False) -> Callable[[Rule], Rule]:
    """Register the function below as the implementation of the operators ``names`` on sparse inputs."""

    def register(fn: Rule) -> Rule:
        for name in names:
            RULES[name] = fn
            if always:
                ALWAYS.add(name)
        return fn

    return register


def backward(*names: str) -> Callable[[Backward], Backward]:
    """Register the function below as the gradients of the rules of ``names``.

    It takes the gradient of the result, the values of the inputs, whether the gradient of each is wanted, and
    attributes by name. It returns a gradient for each input, dense or of torch's sparse layout, None where none is
    wanted; or NotImplemented, to have the dense kernel differentiated.
    """

    def register(fn: Backward) -> Backward:
        for name in names:
            BACKWARDS[name] = fn
        return fn

    return register


def value_of(array: Any) -> Any:
    """The tensor or storage of an array."""
    return array._storage if isinstance(array, Sparse) else None if array is None else array._data


def tensors_of(array: Any) -> tuple[torch.Tensor, ...]:
    """The tensors in which an array holds its values."""
    held = value_of(array)
    return (held,) if isinstance(held, torch.Tensor) else (held.data, *held.aux())


def wrap(value: torch.Tensor | Storage, ctx: Any, node: Any = None) -> Array:
    """An array of the class of ``value``'s storage type."""
    stype = "default" if isinstance(value, torch.Tensor) else value.stype
    return CLASSES[stype](value, ctx, node)  # type: ignore[arg-type]


def invoke(bound: Bound, arrays: Sequence[Any], out: Any, run: Callable[..., Any]) -> Any:
    """``bound`` on arrays of which some are sparse.

    Args:
        run: the dispatcher's own function, for the way by dense.
    """
    by_node = getattr(bound, "by_node", None)
    if by_node is not None:
        return _stored(by_node(arrays), out)  # a graph: each of its nodes comes here by itself
    on_stypes = getattr(bound, "on_stypes", None)
    if on_stypes is not None:
        return _in_python(bound, on_stypes, arrays, out, run)
    fn = RULES.get(bound.op.name)
    if fn is None or bound.op.mutates and not all(a is None or isinstance(a, Array) for a in arrays):
        return _by_dense(bound, arrays, out, run)
    try:
        values = [value_of(a) for a in arrays]
    except AttributeError:
        strange = [a for a in arrays if a is not None and not isinstance(a, Array)]
        if not strange:
            raise
        raise InputTypeError(f"{bound.op.name}: inputs must have NDArray type, but got {strange[0]!r}") from None
    with torch.no_grad():
        result = fn(*values, **bound.attrs)
    if result is NotImplemented:
        return _by_dense(bound, arrays, out, run)
    if bound.op.mutates:
        return _mutated(bound, arrays, out, result)
    ctx = next(a._ctx for a in arrays if a is not None)
    tracked = state.recording and any(isinstance(a, Array) and a._tracked() for a in arrays)
    if not tracked or isinstance(result, tuple):  # no operator with several has a gradient
        return _given(result, ctx, out)
    entry, value = recorded(bound, arrays, values, result, BACKWARDS.get(bound.op.name))
    if out is not None:
        assign(out, value)
        out._node = entry
        return out
    return wrap(value, ctx, entry)


def _in_python(bound: Bound, on_stypes: Callable[..., Bound], arrays: Sequence[Any], out: Any, run: Any) -> Any:
    """Run an operator that the user wrote: torch sees dense arrays, and the user's code is given sparse ones."""
    stypes = ["default" if not isinstance(a, Sparse) else a.stype for a in arrays]
    made = _by_dense(on_stypes(stypes), arrays, None, run)
    several = isinstance(made, list)
    results = made if several else [made]
    for i, stype in enumerate(bound.output_stypes(stypes)):  # type: ignore[attr-defined]
        if stype != "default":
            results[i] = invoke(_ops.get("cast_storage").bind((), {"stype": stype}), [results[i]], None, run)
    return _stored(results if several else results[0], out)


def _stored(made: Any, out: Any) -> Any:
    if out is None:
        return made
    for target, array in zip(*[a if isinstance(a, (list, tuple)) else [a] for a in (out, made)], strict=False):
        assign(target, value_of(array))
        target._node = array._node
    return out


def _mutated(bound: Bound, arrays: Sequence[Any], out: Any, result: Any) -> Any:
    """Write what a rule returned for the inputs that the operator changes: a dict by input name."""
    first = bound.op.inputs[0]
    for name, array in zip(bound.op.inputs, arrays, strict=False):
        if name in result and not (name == first and out is not arrays[0]):
            assign(array, result[name])
    value = result[first]
    if out is None:
        return wrap(value, arrays[0]._ctx)
    if out is not arrays[0]:
        assign(out, value)
    return out


def _given(result: Any, ctx: Any, out: Any) -> Any:
    if isinstance(result, tuple):
        made = [wrap(r, ctx) for r in result]
        return _stored(made if len(made) > 1 else made[0], out)
    if out is not None:
        assign(out, result)
        return out
    return wrap(result, ctx)


def _by_dense(bound: Bound, arrays: Sequence[Any], out: Any, run: Callable[..., Any]) -> Any:
    """Run the operator on dense copies; inputs that it writes are written back."""
    _tell(bound, arrays)
    dense = CLASSES["default"]
    twins: list[Any] = []
    for a in arrays:
        if not isinstance(a, Sparse):
            twins.append(a)
            continue
        value = a._data
        node = (dense_of(a, value), node_of(a)[1]) if state.recording and a._tracked() else None  # type: ignore[attr-defined]
        twins.append(dense(value, a._ctx, node))
    if bound.op.mutates and out is not None:
        target = next((t for t, a in zip(twins, arrays, strict=True) if a is out), out)
    else:
        target = out
    made = run(dense, bound, twins, target)
    for name, a, twin in zip(bound.op.inputs, arrays, twins, strict=False):
        if name in (*bound.op.mutates, *bound.op.aux) and twin is not a and (name != bound.op.inputs[0] or a is out):
            assign(a, twin._data)
    return out if out is not None and target is not out else made


def _tell(bound: Bound, arrays: Sequence[Any]) -> None:
    if not settings.get("MXNET_STORAGE_FALLBACK_LOG_VERBOSE"):
        return
    stypes = tuple(a.stype if isinstance(a, Array) else "undefined" for a in arrays)  # type: ignore[attr-defined]
    if (bound.op.name, *stypes) in _told:
        return
    _told.add((bound.op.name, *stypes))
    logging.getLogger("mxnet.sparse").info(
        "Storage type fallback detected: operator %s, input storage types %s. Dense copies of the inputs are made for "
        "it. Set MXNET_STORAGE_FALLBACK_LOG_VERBOSE=0 to suppress this message.",
        bound.op.name,
        list(stypes),
    )


def assign(target: Any, value: torch.Tensor | Storage) -> None:
    """Write ``value``, of whatever storage type, to the array ``target``, whose dtype and storage type stay.

    Raises:
        ShapeError: of another shape.
    """
    if isinstance(target, Sparse):
        target._assign(value)  # type: ignore[attr-defined]
        return
    dense = value if isinstance(value, torch.Tensor) else value.dense()
    target._data.copy_(dense.detach())


def with_all_rows(array: Array) -> torch.Tensor:
    """The values of a dense or row-sparse array, to be written to: a row-sparse one stores all rows from then on."""
    if not isinstance(array, Sparse):
        return array._data
    held = array._storage  # type: ignore[attr-defined]
    if held.indices.numel() != held.shape[0]:
        data = held.dense()
        held = storage.Rows(data, torch.arange(len(data), device=data.device), held.shape)
        array._storage = held  # type: ignore[attr-defined]
    return held.data  # type: ignore[no-any-return]


def of_grad(variable: Array, grad: torch.Tensor) -> Array:
    """A gradient as an array: row-sparse if torch made it sparse, else in the storage type of its variable."""
    if grad.layout is not torch.strided:
        return wrap(storage.Rows.of_coo(grad), variable._ctx)
    kind = type(variable._storage) if isinstance(variable, Sparse) else None
    if kind is not None and not grad.requires_grad:
        return wrap(kind.of(grad), variable._ctx)
    return wrap(grad.data, variable._ctx, (grad, Variable()) if grad.requires_grad else None)


def receive(buffer: Array, grad: torch.Tensor | None, request: str) -> None:
    """Put a gradient, dense or of torch's sparse layout, into ``buffer``, where one of the two is sparse."""
    if not isinstance(buffer, Sparse):
        if grad is not None and grad.layout is not torch.strided:
            held = buffer._data if request == "add" else buffer._data.zero_()
            given = storage.Rows.of_coo(grad)
            held.index_add_(0, given.indices, given.data.to(held.dtype))
        elif grad is not None:
            buffer._data.add_(grad) if request == "add" else buffer._data.copy_(grad)
        elif request == "write":
            buffer._data.zero_()
        return
    old = buffer._storage
    if grad is None:
        if request == "write":
            buffer._storage = type(old).empty(old.shape, old.data.dtype, old.data.device)
        return
    rows = isinstance(old, storage.Rows)
    if grad.layout is torch.strided:
        new: Storage = type(old).of(grad)
    else:
        new = storage.Rows.of_coo(grad) if rows else storage.Csr.of(grad.to_dense())
    if request == "add":
        new = storage.added(old, new)
    buffer._storage = new.to(dtype=old.data.dtype)
