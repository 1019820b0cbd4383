"""Symbols run for tests: their outputs and gradients against expected ones, their speed, their structure."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError, InputTypeError, ShapeError
from mxnet._runtime.reached import has_ended
from mxnet.context import Context

from .compare import assert_almost_equal, host
from .machine import default_context
from .tolerances import Tolerance

Values = Any
"""Arrays in the order of the symbol's arguments, or a dict of them by name."""


def _array(value: Any, ctx: Context, dtype: Any) -> nd.NDArray:
    if isinstance(value, nd.NDArray):
        return value.copyto(ctx)
    value = np.asarray(value)
    return nd.array(value, ctx=ctx, dtype=value.dtype if isinstance(dtype, str) and dtype == "asnumpy" else dtype)


def named_arrays(names: Sequence[str], values: Values, ctx: Context, dtype: Any, what: str) -> dict[str, nd.NDArray]:
    """``values`` by name, as arrays of ours on ``ctx``; surplus ones are left out, as in 1.9.1."""
    if isinstance(values, Mapping):
        if set(values) != set(names):
            raise ArgumentError(
                f"Symbol {what} and keys of the given location do not match. symbol args:{set(names)}, "
                f"location.keys():{set(values)}"
            )
        values = [values[n] for n in names]
    values = list(values or ())
    if len(values) < len(names):
        raise ArgumentError(f"got {len(values)} {what}, expected {len(names)}: {', '.join(names)}")
    return {n: _array(v, ctx, dtype) for n, v in zip(names, values, strict=False)}


def auxiliary_arrays(sym: Any, values: Values, ctx: Context, dtype: Any) -> dict[str, nd.NDArray]:
    # statistics are kept in float32 when the data has less
    kept = np.float32 if not isinstance(dtype, str) and np.dtype(dtype) == np.float16 else dtype
    return named_arrays(sym.list_auxiliary_states(), values, ctx, kept, "auxiliary states")


def _by_name(names: Sequence[str], values: Values) -> dict[str, Any]:
    return dict(values) if isinstance(values, Mapping) else dict(zip(names, values, strict=False))


def simple_forward(sym: Any, ctx: Context | None = None, is_train: bool = False, **inputs: Any) -> Any:
    """The outputs of a symbol for the given inputs, by name: a NumPy array, or a list of several.

    >>> import mxnet as mx
    >>> simple_forward(mx.sym.Variable("x") * 2, x=np.ones(2)).tolist()
    [2.0, 2.0]
    """
    ctx = ctx or default_context()
    executor = sym.bind(ctx, args={k: nd.array(v, ctx=ctx) for k, v in inputs.items()})
    outputs = [o.asnumpy() for o in executor.forward(is_train=is_train)]
    return outputs[0] if len(outputs) == 1 else outputs


def check_symbolic_forward(
    sym: Any,
    location: Values,
    expected: Values,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    aux_states: Values = None,
    ctx: Context | None = None,
    equal_nan: bool = False,
    dtype: Any = np.float32,
) -> list[Any]:
    """Raise an AssertionError unless the symbol's outputs are as expected; returns them.

    Args:
        sym: the symbol.
        location: values of all arguments, a list in their order or a dict by name.
        expected: the outputs, likewise.
        rtol, atol, equal_nan: as in :func:`assert_almost_equal`.
        aux_states: values of the auxiliary states.
        ctx: :func:`default_context` unless given.
        dtype: what inputs are cast to; ``asnumpy`` leaves them as they are.

    >>> import mxnet as mx
    >>> double = mx.sym.Variable("x") * 2
    >>> _ = check_symbolic_forward(double, [np.ones((2, 2))], [np.full((2, 2), 2.0)])
    """
    ctx = ctx or default_context()
    arguments = named_arrays(sym.list_arguments(), location, ctx, dtype, "arguments")
    executor = sym.bind(
        ctx=ctx, args=arguments, aux_states=auxiliary_arrays(sym, aux_states, ctx, dtype), grad_req="null"
    )
    executor.forward(is_train=False)
    wanted = _by_name(sym.list_outputs(), expected)
    for name, output in zip(sym.list_outputs(), executor.outputs, strict=True):
        if name in wanted:
            names = (f"EXPECTED_{name}", f"FORWARD_{name}")
            assert_almost_equal(wanted[name], output, rtol, atol, names, equal_nan=equal_nan)
    return executor.outputs


def check_symbolic_backward(
    sym: Any,
    location: Values,
    out_grads: Values,
    expected: Values,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    aux_states: Values = None,
    grad_req: Any = "write",
    ctx: Context | None = None,
    grad_stypes: Mapping[str, str] | None = None,
    equal_nan: bool = False,
    dtype: Any = np.float32,
) -> dict[str, Any]:
    """Raise an AssertionError unless the gradients of a symbol's arguments are as expected; returns them by name.

    Args:
        sym, location, rtol, atol, aux_states, ctx, equal_nan, dtype: as in :func:`check_symbolic_forward`.
        out_grads: the gradients of the outputs, a list in their order or a dict by name; None where the symbol ends
            in losses.
        expected: the gradients of the arguments, likewise.
        grad_req: ``write``, ``add`` or ``null``, for all, in a list or by name. Buffers begin with random values;
            ``add`` has to keep them, ``null`` must not touch them.
        grad_stypes: storage types of gradients by name; dense unless given.

    >>> import mxnet as mx
    >>> square = mx.sym.Variable("x") ** 2
    >>> found = check_symbolic_backward(square, [np.full(2, 3.0)], [np.ones(2)], [np.full(2, 6.0)])
    >>> sorted(found)
    ['x']
    """
    ctx = ctx or default_context()
    names = sym.list_arguments()
    arguments = named_arrays(names, location, ctx, dtype, "arguments")
    wanted = {k: host(v) for k, v in _by_name(names, expected).items()}
    if isinstance(grad_req, str):
        requests = dict.fromkeys(names, grad_req)
    else:
        requests = {n: r for n, r in _by_name(names, grad_req).items() if n in wanted}
    before = {n: np.random.normal(size=np.shape(v)) for n, v in wanted.items()}
    buffers = {n: nd.array(v, ctx=ctx, dtype=arguments[n].dtype) for n, v in before.items()}
    buffers = as_stored(buffers, grad_stypes)
    executor = sym.bind(
        ctx=ctx,
        args=arguments,
        args_grad=buffers,
        aux_states=auxiliary_arrays(sym, aux_states, ctx, dtype),
        grad_req={n: requests.get(n, "null") if n in wanted else "null" for n in names},
    )
    executor.forward(is_train=True)
    executor.backward(_head_gradients(executor, sym, out_grads, ctx))
    for name, value in wanted.items():
        request = requests.get(name, "null")
        start = before[name].astype(buffers[name].dtype)
        labels = (f"EXPECTED_{name}", f"BACKWARD_{name}")
        left = _left_by(request, value, start)
        assert_almost_equal(left, buffers[name], rtol, atol, labels, equal_nan=equal_nan)
    return buffers


def _left_by(request: str, gradient: Any, before: np.ndarray) -> Any:
    """What backward has to leave in a buffer in which ``before`` was."""
    if request == "write":
        return gradient
    if request == "add":
        return gradient + before
    if request == "null":
        return before
    raise ArgumentError(f"check_symbolic_backward: grad_req {request!r}; expected write, add or null")


def as_stored(buffers: dict[str, Any], stypes: Mapping[str, str] | None) -> dict[str, Any]:
    """``buffers``, those that ``stypes`` names in these storage types."""
    return {n: b.tostype(stypes[n]) if stypes and stypes.get(n) else b for n, b in buffers.items()}


def _head_gradients(executor: Any, sym: Any, given: Values, ctx: Context) -> Any:
    if given is None:
        return None
    names, outputs = sym.list_outputs(), executor.outputs
    if isinstance(given, Mapping):
        given = [given[n] for n in names]
    if not isinstance(given, (list, tuple)):
        raise InputTypeError(f"out_grads is of {type(given).__name__}; expected a list, a dict by output, or None")
    if len(given) < len(outputs):
        raise ArgumentError(f"got {len(given)} out_grads, expected {len(outputs)}: {', '.join(names)}")
    # those too many have no effect, as in 1.9.1: tests give some for outputs that are not visible
    heads = [_array(v, ctx, o.dtype) for v, o in zip(given, outputs, strict=False)]
    # of an output without a gradient, such as argmax, any is taken
    for name, head, output, made in zip(names, heads, outputs, executor._recorded, strict=False):
        if made._tracked() and not has_ended(made._node[0]) and head.shape != output.shape:
            raise ShapeError(
                f"the gradient of {name} has shape {head.shape}, expected {output.shape} as the output has"
            )
    return heads


def check_speed(
    sym: Any,
    location: Mapping[str, Any] | None = None,
    ctx: Context | None = None,
    N: int = 20,
    grad_req: Any = None,
    typ: str = "whole",
    **kwargs: Any,
) -> float:
    """Seconds a run of a symbol takes, the mean of ``N`` after one to warm up.

    Args:
        sym: the symbol.
        location: values of the arguments by name; normal random numbers of the shapes in ``kwargs`` if None.
        ctx: :func:`default_context` unless given.
        grad_req: ``write``, ``add`` or ``null``; ``write`` unless given.
        typ: ``whole`` for forward and backward, ``forward`` for forward alone.
        kwargs: shapes of the arguments by name.

    >>> import mxnet as mx
    >>> check_speed(mx.sym.Variable("x") * 2, N=2, x=(2, 3)) > 0
    True
    """
    if typ not in ("whole", "forward"):
        raise ArgumentError(f'typ can only be "whole" or "forward", got {typ!r}')
    ctx = ctx or default_context()
    grad_req = grad_req or "write"
    if location is None:
        executor = sym.simple_bind(grad_req=grad_req, ctx=ctx, **kwargs)
        location = {k: np.random.normal(size=v.shape, scale=1.0) for k, v in executor.arg_dict.items()}
    else:
        executor = sym.simple_bind(grad_req=grad_req, ctx=ctx, **{k: np.shape(v) for k, v in location.items()})
    for name, value in location.items():
        executor.arg_dict[name][:] = host(value)

    def run() -> None:
        executor.forward(is_train=typ == "whole")
        if typ == "whole":
            executor.backward(out_grads=executor.outputs)

    run()
    nd.waitall()
    start = time.perf_counter()
    for _ in range(N):
        run()
    nd.waitall()
    return (time.perf_counter() - start) / N


def same_symbol_structure(sym1: Any, sym2: Any) -> bool:
    """Whether two symbols have the same operators in the same places; names and attributes may differ.

    As in 1.9.1 what one of them has after the last operator of the other is not looked at.

    >>> import mxnet as mx
    >>> a, b = mx.sym.Variable("a"), mx.sym.Variable("b")
    >>> same_symbol_structure(a + b, b + a), same_symbol_structure(a + b, a * b)
    (True, False)
    """
    one, two = ([node["op"] for node in json.loads(s.tojson())["nodes"]] for s in (sym1, sym2))
    return all(a == b for a, b in zip(one, two, strict=False))
