"""Symbols against expected outputs and gradients, and gradients against finite differences."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError, InputTypeError
from mxnet.context import Context

from .compare import assert_almost_equal, host
from .machine import UsageError, default_context
from .tolerances import Tolerance, default_numeric_eps, get_atol, get_rtol

Values = Any
"""Arrays in the order of the symbol's arguments, or a dict of them by name."""


def _array(value: Any, ctx: Context, dtype: Any) -> nd.NDArray:
    if isinstance(value, nd.NDArray):
        return value.copyto(ctx)
    value = np.asarray(value)
    return nd.array(value, ctx=ctx, dtype=value.dtype if isinstance(dtype, str) and dtype == "asnumpy" else dtype)


def _named(names: Sequence[str], values: Values, ctx: Context, dtype: Any, what: str) -> dict[str, nd.NDArray]:
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


def _states(sym: Any, values: Values, ctx: Context, dtype: Any) -> dict[str, nd.NDArray]:
    # statistics are kept in float32 when the data has less
    kept = np.float32 if not isinstance(dtype, str) and np.dtype(dtype) == np.float16 else dtype
    return _named(sym.list_auxiliary_states(), values, ctx, kept, "auxiliary states")


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
    arguments = _named(sym.list_arguments(), location, ctx, dtype, "arguments")
    executor = sym.bind(ctx=ctx, args=arguments, aux_states=_states(sym, aux_states, ctx, dtype), grad_req="null")
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
    arguments = _named(names, location, ctx, dtype, "arguments")
    wanted = {k: host(v) for k, v in _by_name(names, expected).items()}
    if isinstance(grad_req, str):
        requests = dict.fromkeys(names, grad_req)
    else:
        requests = {n: r for n, r in _by_name(names, grad_req).items() if n in wanted}
    before = {n: np.random.normal(size=np.shape(v)) for n, v in wanted.items()}
    buffers = {n: nd.array(v, ctx=ctx, dtype=arguments[n].dtype) for n, v in before.items()}
    buffers = _stored(buffers, grad_stypes)
    executor = sym.bind(
        ctx=ctx,
        args=arguments,
        args_grad=buffers,
        aux_states=_states(sym, aux_states, ctx, dtype),
        grad_req={n: requests.get(n, "null") if n in wanted else "null" for n in names},
    )
    outputs = executor.forward(is_train=True)
    executor.backward(_head_gradients(sym, out_grads, outputs, ctx))
    for name, value in wanted.items():
        request = requests.get(name, "null")
        start = before[name].astype(buffers[name].dtype)
        target = {"write": lambda v=value: v, "add": lambda v=value, s=start: v + s, "null": lambda s=start: s}
        if request not in target:
            raise ArgumentError(f"check_symbolic_backward: grad_req {request!r}; expected write, add or null")
        labels = (f"EXPECTED_{name}", f"BACKWARD_{name}")
        assert_almost_equal(target[request](), buffers[name], rtol, atol, labels, equal_nan=equal_nan)
    return buffers


def _stored(buffers: dict[str, Any], stypes: Mapping[str, str] | None) -> dict[str, Any]:
    """``buffers``, those that ``stypes`` names in these storage types."""
    return {n: b.tostype(stypes[n]) if stypes and stypes.get(n) else b for n, b in buffers.items()}


def _head_gradients(sym: Any, given: Values, outputs: Sequence[Any], ctx: Context) -> Any:
    if given is None:
        return None
    names = sym.list_outputs()
    if isinstance(given, Mapping):
        given = [given[n] for n in names]
    if not isinstance(given, (list, tuple)):
        raise InputTypeError(f"out_grads is of {type(given).__name__}; expected a list, a dict by output, or None")
    if len(given) < len(outputs):
        raise ArgumentError(f"got {len(given)} out_grads, expected {len(outputs)}: {', '.join(names)}")
    # those too many have no effect, as in 1.9.1: tests give some for outputs that are not visible
    return [_array(v, ctx, o.dtype) for v, o in zip(given, outputs, strict=False)]


def _is_integer(value: nd.NDArray) -> bool:
    return np.dtype(value.dtype).kind in "iub"


def numeric_grad(
    executor: Any,
    location: Mapping[str, Any],
    aux_states: Mapping[str, Any] | None = None,
    eps: float = 1e-4,
    use_forward_train: bool = True,
    dtype: Any = np.float32,
) -> dict[str, np.ndarray]:
    """The gradient of the sum of an executor's first output, by central differences.

    Args:
        executor: what :meth:`Symbol.bind` gives.
        location: values of the arguments by name; the gradients of those that are integers are zero.
        aux_states: values of the auxiliary states by name, set before each forward.
        eps: distance of the two points.
        use_forward_train: whether forward runs in training mode.
        dtype: dtype of the gradients.
    """
    floats = {k for k in location if not _is_integer(executor.arg_dict[k])}
    values = {k: np.array(host(v), dtype=dtype if k in floats else None) for k, v in location.items()}
    states = {k: host(v) for k, v in (aux_states or {}).items()}

    def total(name: str, at: np.ndarray) -> float:
        executor.arg_dict[name][:] = at
        for state, value in states.items():
            executor.aux_dict[state][:] = value
        executor.forward(is_train=use_forward_train)
        return float(executor.outputs[0].asnumpy().sum(dtype=np.float64))

    for name, value in values.items():
        executor.arg_dict[name][:] = value
    found = {}
    for name, value in values.items():
        gradient = np.zeros(value.shape, dtype=dtype)
        for place in np.ndindex(value.shape) if name in floats else ():
            ends = []
            for step in (eps / 2, -eps / 2):
                moved = value.copy()
                moved[place] += step
                ends.append(total(name, moved))
            gradient[place] = (ends[0] - ends[1]) / eps
        executor.arg_dict[name][:] = value
        found[name] = gradient
    return found


def check_numeric_gradient(
    sym: Any,
    location: Values,
    aux_states: Values = None,
    numeric_eps: float | None = None,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    grad_nodes: Any = None,
    use_forward_train: bool = True,
    ctx: Context | None = None,
    grad_stype_dict: Mapping[str, str] | None = None,
    dtype: Any = np.float32,
) -> None:
    """Raise an AssertionError unless a symbol's gradients agree with finite differences.

    The output is projected on a random direction, so that one number is differentiated.

    Args:
        sym, location, aux_states, ctx: as in :func:`check_symbolic_forward`.
        numeric_eps: distance of the two points; by default what suits ``dtype``.
        rtol, atol: tolerances; by default those of ``dtype``.
        grad_nodes: the arguments to check: a list of names, or a dict of names to ``write``, ``add`` or ``null``;
            if None all but those given as arrays of integers.
        use_forward_train: whether the finite differences are taken in training mode.
        grad_stype_dict: storage types of gradients by name; dense unless given.
        dtype: float16, float32 or float64.

    >>> import mxnet as mx
    >>> check_numeric_gradient(mx.sym.Variable("x") ** 2, [np.array([[0.5, 2.0]])])
    """
    from mxnet import symbol

    if np.dtype(dtype) not in default_numeric_eps():
        raise UsageError(f"check_numeric_gradient: dtype is {dtype}; expected float16, float32 or float64")
    ctx = ctx or default_context()
    eps = default_numeric_eps()[np.dtype(dtype)] if numeric_eps is None else numeric_eps
    names = sym.list_arguments()
    arguments = _named(names, location, ctx, dtype, "arguments")
    states = _states(sym, aux_states, ctx, dtype)
    requests = _requests(arguments, grad_nodes)

    _, out_shapes, _ = sym.infer_shape(**{k: v.shape for k, v in arguments.items()})
    projected = sym * symbol.Variable("__random_proj")
    # between 0.1 and 1.1, so that no element of the output goes unseen
    direction = nd.array(np.random.rand(*out_shapes[0]) + 0.1, ctx=ctx, dtype=dtype)
    executor, buffers, before = _bind_projected(
        projected, arguments, direction, states, requests, ctx, dtype, grad_stype_dict
    )
    executor.forward(is_train=True)
    executor.backward([nd.ones(out_shapes[0], ctx=ctx, dtype=dtype)])
    symbolic = {k: v.asnumpy() for k, v in buffers.items()}
    numeric = numeric_grad(
        executor, {k: arguments[k].asnumpy() for k in requests}, states, eps, use_forward_train, dtype
    )
    rtol, atol = get_rtol(rtol, np.dtype(dtype)), get_atol(atol, np.dtype(dtype))
    for name, request in requests.items():
        expected = {"write": 0, "add": before[name]}
        if request == "null":
            assert_almost_equal(before[name], symbolic[name], rtol, atol, (f"BEFORE_{name}", f"BACKWARD_{name}"))
        elif request in expected:
            labels = (f"NUMERICAL_{name}", f"BACKWARD_{name}")
            assert_almost_equal(numeric[name], symbolic[name] - expected[request], rtol, atol, labels)
        else:
            raise ArgumentError(f"check_numeric_gradient: grad_req {request!r}; expected write, add or null")


def _requests(arguments: Mapping[str, nd.NDArray], grad_nodes: Any) -> dict[str, str]:
    integers = [n for n, a in arguments.items() if _is_integer(a)]
    if grad_nodes is None:
        return {n: "write" for n in arguments if n not in integers}
    if not isinstance(grad_nodes, (Mapping, list, tuple)):
        raise ArgumentError(f"grad_nodes is {grad_nodes!r}; expected a list of names, or a dict of names to grad_req")
    requests = dict(grad_nodes) if isinstance(grad_nodes, Mapping) else dict.fromkeys(grad_nodes, "write")
    for name, request in requests.items():
        if name not in arguments:
            raise ArgumentError(f"grad_nodes names {name!r}; expected some of {', '.join(arguments)}")
        if name in integers and request != "null":
            raise ArgumentError(
                f"{name} is {np.dtype(arguments[name].dtype).name}, of which there are no finite differences; leave it "
                "out of grad_nodes"
            )
    return requests


def _bind_projected(
    projected: Any,
    arguments: dict[str, nd.NDArray],
    direction: nd.NDArray,
    states: dict[str, nd.NDArray],
    requests: dict[str, str],
    ctx: Context,
    dtype: Any,
    stypes: Mapping[str, str] | None,
) -> tuple[Any, dict[str, nd.NDArray], dict[str, np.ndarray]]:
    """An executor of ``projected``, its gradient buffers, and the random values that are in them."""
    before = {n: np.random.normal(0, 0.01, size=arguments[n].shape).astype(dtype) for n in requests}
    buffers = _stored({n: nd.array(v, ctx=ctx, dtype=dtype) for n, v in before.items()}, stypes)
    inputs = {**arguments, "__random_proj": direction}
    executor = projected.bind(
        ctx,
        grad_req={n: requests.get(n, "null") for n in inputs},
        args={k: v.copy() for k, v in inputs.items()},
        args_grad=buffers,
        aux_states={k: v.copy() for k, v in states.items()},
    )
    return executor, buffers, before


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
