"""Loops and branches of ``mx.nd.contrib``: Python runs them, and what they compute is recorded step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._base.nested import Layout, flatten, regroup, unpacked
from mxnet._runtime.state import state

from ._namespace import function
from .ndarray import NDArray

__all__ = ["cond", "foreach", "while_loop"]


def foreach(body: Callable[[Any, Any], tuple[Any, Any]], data: Any, init_states: Any) -> tuple[Any, Any]:
    """Run ``body`` on every slice of ``data`` along axis 0.

    Args:
        body: ``outputs, states = body(slices, states)``; the outputs have the same shapes in every step.
        data: an array (N, ...), or a nested list of them, all to be sliced; ``body`` gets the slices nested in the same
            way. The first one decides the number of steps. Slices of an array of one axis have shape (1,).
        init_states: states for the first step: an array or a nested list of them.

    Returns:
        The outputs of all steps stacked along a new axis 0, nested as ``body`` nests them, and the states that the last
        step returned.

    Raises:
        InputTypeError: something is no array; an ``AssertionError`` and a ``TypeError``.
        ShapeError: outputs of two steps differ in shape.

    >>> import mxnet as mx
    >>> outputs, states = foreach(lambda x, s: (x + s[0], [s[0] * 2]), mx.nd.array([[1], [2]]), [mx.nd.array([10])])
    >>> outputs.asnumpy().tolist(), states[0].asscalar()
    ([[11.0], [22.0]], 40.0)
    """
    arrays, layout = flatten(data, NDArray, "foreach input")
    flatten(init_states, NDArray, "foreach states")
    if not arrays:
        raise ArgumentError("foreach: got no array to loop over, expected at least one")
    length = len(arrays[0])
    short = [a.shape for a in arrays if len(a) < length]
    if short:
        raise ShapeError(
            f"foreach: an array to loop over has shape {short[0]}, expected {length} rows as the first has"
        )
    slices = [_slices(a, length) for a in arrays]
    steps: list[list[NDArray]] = []
    built: Layout = []
    states = init_states
    for i in range(length):
        made = body(regroup([s[i] for s in slices], layout), states)
        outputs, states = unpacked(made, "foreach: body", "outputs", "states")
        flat, built = flatten(outputs, NDArray, "foreach output")
        _same_count(steps, flat, "foreach")
        steps.append(flat)
    return regroup(_stacked(steps), built), states


def _slices(array: NDArray, length: int) -> Sequence[NDArray]:
    """The first ``length`` rows. While recording they are cut in one step, and so is their gradient assembled."""
    if not (state.recording and array._tracked()):
        return [array[i] for i in range(length)]
    rows = array.reshape((-1, 1)) if array.ndim == 1 and not state.np_shape else array
    cut = function("SliceChannel")(rows, num_outputs=len(array), axis=0, squeeze_axis=True)
    return cut if isinstance(cut, list) else [cut]


def _same_count(steps: list[list[NDArray]], flat: list[NDArray], who: str) -> None:
    if steps and len(steps[0]) != len(flat):
        raise ArgumentError(
            f"Number of elements in step_output should be the same in each step: {who} got {len(flat)} after "
            f"{len(steps[0])}"
        )


def _stacked(steps: list[list[NDArray]], missing: int = 0) -> list[NDArray]:
    """The outputs of all steps, each stacked, with ``missing`` rows of zeros after them."""
    made = []
    for outputs in zip(*steps, strict=True):
        different = next((o.shape for o in outputs if o.shape != outputs[0].shape), None)
        if different is not None:
            raise ShapeError(f"an output has shape {different} in one step and {outputs[0].shape} in another")
        stacked = function("stack")(*outputs, axis=0)
        if missing:
            zeros = function("zeros_like")(function("slice_axis")(stacked, axis=0, begin=0, end=1))
            stacked = function("Concat")(stacked, *[zeros] * missing, dim=0)
        made.append(stacked)
    return made


def while_loop(
    cond: Callable[..., Any],
    func: Callable[..., tuple[Any, Any]],
    loop_vars: Any,
    max_iterations: int | None = None,
) -> tuple[Any, Any]:
    """Run ``func`` as long as ``cond`` holds.

    Args:
        cond: ``cond(*loop_vars)`` returns an array of one element, or something that Python can test.
        func: ``outputs, loop_vars = func(*loop_vars)``; outputs, None or [] if there are none, have the same shapes
            in every step.
        loop_vars: an array, or a nested list of them.
        max_iterations: most steps to take; must be given.

    Returns:
        The outputs of all steps stacked along a new axis 0 of ``max_iterations``, zeros (undefined in 1.9.1) after the
        last step, and [] if there was no step; and the loop variables after the last step.

    Raises:
        ArgumentError: ``max_iterations`` is missing or no number, there are no loop variables, their number changes,
            or a condition has several elements.
        InputTypeError: something is no array.

    >>> import mxnet as mx
    >>> outputs, last = while_loop(lambda i: i < 2, lambda i: (i * 10, i + 1), mx.nd.array([0]), max_iterations=3)
    >>> outputs.asnumpy().tolist(), last.asscalar()
    ([[0.0], [10.0], [0.0]], 2.0)
    """
    limit = iterations(max_iterations)
    single = isinstance(loop_vars, NDArray)
    count = len(flatten(loop_vars, NDArray, "while loop_vars")[0])
    if not count:
        raise ArgumentError("while_loop: loop_vars should contain at least one element")
    arguments = [loop_vars] if single else list(loop_vars)
    steps: list[list[NDArray]] = []
    built: Layout = []
    while len(steps) < limit and _holds(cond(*arguments), "while_loop: cond"):
        outputs, new = unpacked(func(*arguments), "while_loop: func", "outputs", "loop_vars")
        flat, built = flatten([] if outputs is None else outputs, NDArray, "while output")
        _same_count(steps, flat, "while_loop")
        steps.append(flat)
        arguments = [new] if isinstance(new, NDArray) else list(new)
        if len(flatten(arguments, NDArray, "while loop_vars")[0]) != count:
            raise ArgumentError("while_loop: The length of loop_vars should be consistent during the loop")
    outputs = regroup(_stacked(steps, limit - len(steps)), built) if steps else []
    return outputs, arguments[0] if single else arguments


def iterations(given: Any) -> int:
    """``max_iterations`` as a number."""
    if given is None:
        raise ArgumentError("while_loop: max_iterations should be specified")
    try:
        return int(given)
    except (TypeError, ValueError):
        raise ArgumentError(f"while_loop: Cannot convert max_iterations to python int, got {given!r}") from None


def _holds(condition: Any, who: str) -> bool:
    if isinstance(condition, NDArray):
        if condition.size != 1:
            raise ArgumentError(
                f"{who} must give one number, got an array of shape {condition.shape}; reduce it, as with sum()"
            )
        return bool(condition.asscalar())
    return bool(condition)


def cond(pred: Any, then_func: Callable[[], Any], else_func: Callable[[], Any]) -> Any:
    """The result of ``then_func()`` if ``pred`` is not zero, else that of ``else_func()``.

    Args:
        pred: an array of one element, or something Python can test.
        then_func, else_func: functions without arguments that return an array or a nested list of them.

    Raises:
        ArgumentError: ``pred`` has several elements; a ``ValueError``.

    >>> import mxnet as mx
    >>> a = mx.nd.array([3])
    >>> cond(a > 2, lambda: a * 10, lambda: a).asscalar()
    30.0
    """
    return then_func() if _holds(pred, "cond: pred") else else_func()
