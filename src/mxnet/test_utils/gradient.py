"""Gradients of symbols against finite differences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError
from mxnet.context import Context

from .compare import assert_almost_equal, host
from .machine import UsageError, default_context
from .symbols import Values, as_stored, auxiliary_arrays, named_arrays
from .tolerances import Tolerance, default_numeric_eps, get_atol, get_rtol


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
    arguments = named_arrays(names, location, ctx, dtype, "arguments")
    states = auxiliary_arrays(sym, aux_states, ctx, dtype)
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


def _is_integer(value: nd.NDArray) -> bool:
    return np.dtype(value.dtype).kind in "iub"


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
    buffers = as_stored({n: nd.array(v, ctx=ctx, dtype=dtype) for n, v in before.items()}, stypes)
    inputs = {**arguments, "__random_proj": direction}
    executor = projected.bind(
        ctx,
        grad_req={n: requests.get(n, "null") for n in inputs},
        args={k: v.copy() for k, v in inputs.items()},
        args_grad=buffers,
        aux_states={k: v.copy() for k, v in states.items()},
    )
    return executor, buffers, before
