"""Casts inserted when operators are called, by functions of arrays, and into graphs as they are made."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from mxnet import _ops, ndarray
from mxnet._graph.node import Node
from mxnet._ops import Op
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol, _compose

from ._policy import AS_GIVEN, FLOAT32, LOW, WIDEST, Policy

_BINARY = ("add", "sub", "mul", "truediv", "mod", "radd", "rsub", "rmul", "rtruediv", "rmod")


def install(policy: Policy, loss_scale: Callable[[], float]) -> None:
    """Make every operator that is called from now on cast its inputs according to ``policy``.

    Args:
        policy: the types that operators require.
        loss_scale: returns the factor for gradients of losses.
    """
    narrow = np.dtype(np.float16) if policy.target == "float16" else None
    for module, prefixes in _namespaces():
        for name in dir(module):
            op = next((o for p in prefixes if (o := _ops.find(p + name)) is not None), None)
            function = getattr(module, name, None) if op is not None else None
            if op is not None and callable(function) and not hasattr(function, "_amp"):
                setattr(module, name, _casting(function, op, policy, narrow, loss_scale))
    for name in _BINARY:
        setattr(NDArray, f"__{name}__", _joining(getattr(NDArray, f"__{name}__"), policy))
    _compose.after_create.append(functools.partial(_cast_inputs, policy))


def _namespaces() -> list[tuple[ModuleType, tuple[str, ...]]]:
    from mxnet.ndarray import _internal, contrib, image, linalg, op

    return [
        (ndarray, ("",)),
        (op, ("",)),
        (_internal, ("", "_")),
        (contrib, ("_contrib_",)),
        (linalg, ("_linalg_",)),
        (image, ("_image_",)),
    ]


def _casting(
    function: Callable[..., Any], op: Op, policy: Policy, narrow: Any, loss_scale: Callable[[], float]
) -> Callable[..., Any]:
    is_loss = op.name in policy.losses

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        want = policy.wants(op, kwargs, AS_GIVEN)
        if want == LOW:
            args, kwargs = _each(op, policy, args, kwargs, np.dtype(np.float32), policy.target)
        elif want == FLOAT32:
            args, kwargs = _each(op, policy, args, kwargs, _numpy(policy.target), "float32")
        elif want == WIDEST:
            args, kwargs = _widened(args, kwargs, policy.target)
        if is_loss:
            kwargs["grad_scale"] = float(kwargs.get("grad_scale", 1.0)) * loss_scale()
        return function(*args, **kwargs)

    call._amp = True  # type: ignore[attr-defined]
    return call


def _numpy(target: str) -> Any:
    from mxnet._runtime.dtypes import NUMPY, torch_dtype

    return NUMPY[torch_dtype(target)]


def _has_dtype(value: Any, dtype: Any) -> bool:
    return isinstance(value, NDArray) and np.dtype(value.dtype) == np.dtype(dtype)


def _each(op: Op, policy: Policy, args: Any, kwargs: Any, only: Any, dtype: str) -> tuple[Any, Any]:
    """The arguments with arrays of type ``only`` as ``dtype``; ``out`` and what is to stay are left alone."""

    def cast(value: Any, slot: int) -> Any:
        if isinstance(value, (list, tuple)) and any(isinstance(v, NDArray) for v in value):
            return [cast(v, slot) for v in value]
        if not _has_dtype(value, only) or policy.stays(op, slot):
            return value
        return ndarray.op.amp_cast(value, dtype=dtype)

    slots = {n: i for i, n in enumerate(op.inputs)}
    return (
        tuple(cast(a, i) for i, a in enumerate(args)),
        {k: cast(v, slots.get(k, -1)) if k != "out" else v for k, v in kwargs.items()},
    )


def _widened(args: Any, kwargs: Any, target: str) -> tuple[Any, Any]:
    """The arguments with arrays of the narrow type as float32, where there are arrays of float32 too."""
    values = [a for a in (*args, *(v for k, v in kwargs.items() if k != "out"))]
    flat = [v for a in values for v in (a if isinstance(a, (list, tuple)) else [a])]
    low = _numpy(target)
    if not (any(_has_dtype(v, low) for v in flat) and any(_has_dtype(v, np.float32) for v in flat)):
        return args, kwargs

    def cast(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [cast(v) for v in value]
        return ndarray.op.amp_cast(value, dtype="float32") if _has_dtype(value, low) else value

    return tuple(map(cast, args)), {k: cast(v) if k != "out" else v for k, v in kwargs.items()}


def _joining(method: Callable[..., Any], policy: Policy) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: NDArray, other: Any) -> Any:
        if isinstance(other, NDArray) and self.dtype != other.dtype:
            (self, other), _ = _widened((self, other), {}, policy.target)
        return method(self, other)

    return call


def _cast_inputs(policy: Policy, node: Node) -> None:
    """Cast the inputs of a node that was just made."""
    op = node.op
    if op is None:
        return
    want = policy.wants(op, node.attrs, AS_GIVEN)
    if op.name in policy.losses:
        logging.warning("%s does not support dynamic loss scaling in symbolic and hybridized execution.", op.name)
    if want in (LOW, FLOAT32):
        dtype = policy.target if want == LOW else "float32"
        for slot, entry in enumerate(node.inputs):
            if not policy.stays(op, slot):
                node.inputs[slot] = _compose.function("amp_cast")(Symbol([entry]), dtype=dtype)._outputs[0]
    elif want == WIDEST and len(node.inputs) > 1:
        joined = _compose.function("amp_multicast")(*[Symbol([e]) for e in node.inputs], num_outputs=len(node.inputs))
        node.inputs = list(joined._outputs)
