"""Recording and gradients: ``mx.autograd``.

>>> import mxnet as mx
>>> x = mx.nd.array([1, 2, 3])
>>> x.attach_grad()
>>> with mx.autograd.record():
...     y = (x * x).sum()
>>> y.backward()
>>> x.grad.asnumpy()
array([2., 4., 6.], dtype=float32)
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Sequence
from typing import Any

import torch

from ._base.errors import ArgumentError, AutogradError, InputTypeError, NotDefined, Unfit, WrongKindError
from ._base.lazy import attach
from ._runtime import autograd as _core
from ._runtime.array import Array
from ._runtime.autograd import Scope
from ._runtime.state import state
from .ndarray import NDArray

__getattr__ = attach(  # names that programs reach through this module because 1.9.1 imports them in it
    __name__, {}, {"Lock": "threading", "MXCallbackList": "mxnet.base", "POINTER": "ctypes", "Symbol": "mxnet.symbol"}
)

__all__ = [
    "Function",
    "NDArray",
    "backward",
    "get_symbol",
    "grad",
    "is_recording",
    "is_training",
    "mark_variables",
    "pause",
    "predict_mode",
    "record",
    "set_recording",
    "set_training",
    "train_mode",
]


def set_recording(is_recording: bool) -> bool:
    """Turn recording on or off in this thread; returns the previous setting.

    Args:
        is_recording: whether to record from now on.

    >>> before = set_recording(True)
    >>> set_recording(before)
    True
    """
    before, state.recording = state.recording, bool(is_recording)
    return before


def set_training(train_mode: bool) -> bool:
    """Turn training mode on or off in this thread; returns the previous setting.

    Args:
        train_mode: whether operators are in training mode from now on.

    >>> before = set_training(True)
    >>> set_training(before)
    True
    """
    before, state.training = state.training, bool(train_mode)
    return before


def is_recording() -> bool:
    """Whether this thread is recording.

    >>> with record():
    ...     is_recording()
    True
    """
    return state.recording


def is_training() -> bool:
    """Whether operators of this thread are in training mode.

    >>> with record(train_mode=False):
    ...     is_training()
    False
    """
    return state.training


def record(train_mode: bool = True) -> Scope:
    """``with record():`` records what is computed within, for ``backward``; by default in training mode.

    Args:
        train_mode: whether operators are in training mode within.

    >>> import mxnet as mx
    >>> x = mx.nd.array([3])
    >>> x.attach_grad()
    >>> with record():
    ...     y = x * x
    >>> y.backward()
    >>> x.grad.asscalar()
    6.0
    """
    return Scope(True, train_mode)


def pause(train_mode: bool = False) -> Scope:
    """``with pause():`` computes without recording; by default in prediction mode.

    Args:
        train_mode: whether operators are in training mode within.

    >>> import mxnet as mx
    >>> x = mx.nd.array([3])
    >>> x.attach_grad()
    >>> with record():
    ...     y = x * x
    ...     with pause():
    ...         shown = y.asscalar()
    ...     z = y + 1
    >>> z.backward()
    >>> shown, x.grad.asscalar()
    (9.0, 6.0)
    """
    return Scope(False, train_mode)


def train_mode() -> Scope:
    """``with train_mode():`` puts operators in training mode; recording stays as it is.

    >>> import mxnet as mx
    >>> with train_mode():
    ...     y = mx.nd.Dropout(mx.nd.ones((100,)))
    >>> sorted(set(y.asnumpy().tolist()))
    [0.0, 2.0]
    """
    return Scope(None, True)


def predict_mode() -> Scope:
    """``with predict_mode():`` puts operators in prediction mode; recording stays as it is.

    >>> import mxnet as mx
    >>> with record(), predict_mode():
    ...     y = mx.nd.Dropout(mx.nd.ones((100,)))
    >>> y.min().asscalar()
    1.0
    """
    return Scope(None, False)


def _listed(arrays: Any) -> list[Any]:
    return [arrays] if isinstance(arrays, Array) else list(arrays)


def mark_variables(variables: Any, gradients: Any, grad_reqs: str | Sequence[str] = "write") -> None:
    """Make ``variables`` leaves whose gradients go to ``gradients``, arrays of the same shapes.

    Args:
        gradients: at least one for each variable; what is left over plays no part.
        grad_reqs: ``write``, ``add`` or ``null`` for all, or one for each.

    Raises:
        ArgumentError: there are fewer gradients or requests than variables, or a gradient has not its variable's shape.

    >>> import mxnet as mx
    >>> x, gradient = mx.nd.array([3]), mx.nd.zeros(1)
    >>> mark_variables(x, gradient)
    >>> with record():
    ...     y = x * x
    >>> y.backward()
    >>> gradient.asscalar()
    6.0
    """
    variables, gradients = _listed(variables), _listed(gradients)
    reqs = [grad_reqs] * len(variables) if isinstance(grad_reqs, str) else list(grad_reqs)
    if min(len(gradients), len(reqs)) < len(variables):
        raise ArgumentError(
            f"mark_variables: got {len(variables)} variables, {len(gradients)} gradients and {len(reqs)} grad_reqs, "
            "expected as many of each"
        )
    for variable, gradient, req in zip(variables, gradients, reqs, strict=False):
        if variable.shape != gradient.shape:
            raise ArgumentError(f"mark_variables: gradient has shape {gradient.shape}, expected {variable.shape}")
        variable._mark(gradient, req)


def backward(heads: Any, head_grads: Any = None, retain_graph: bool = False, train_mode: bool = True) -> None:
    """Write the gradients of ``heads`` to the buffers of all marked arrays they were computed from.

    Args:
        heads: an array or a list of them. One that is there several times counts once.
        head_grads: gradients to start from, one a head or None for ones; the last one of a head counts.
        retain_graph: keep the graph for another backward. If not, intermediate results are constants afterwards: a
            state that is carried to the next batch leaves its history behind.
        train_mode: whether user code that runs in backward, of ``Function`` and ``CustomOp``, sees training mode.
            Operators give the gradients of what they computed forward, in the mode of then; in 1.9.1 ``BatchNorm``
            gives, where the modes differ, that of other statistics.

    Raises:
        AutogradError: a head was not recorded, or its graph is gone.

    >>> import mxnet as mx
    >>> x = mx.nd.array([3])
    >>> x.attach_grad()
    >>> with record():
    ...     heads = [x * x, x * 10]
    >>> backward(heads)
    >>> x.grad.asscalar()
    16.0
    """
    _core.backward(_listed(heads), None if head_grads is None else _listed(head_grads), retain_graph, train_mode)


def grad(
    heads: Any,
    variables: Any,
    head_grads: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    train_mode: bool = True,
) -> list[Any]:
    """The gradients of ``heads`` with respect to ``variables``, as a list of new arrays; buffers are left alone.

    Args:
        heads, head_grads, train_mode: as in :func:`backward`.
        variables: a marked array, or several.
        retain_graph: keep the graph; as ``create_graph`` if None.
        create_graph: record the gradients, so that they can be differentiated again, to any order.

    Raises:
        AutogradError: a head was not recorded, or a variable is not marked or not reached.

    >>> import mxnet as mx
    >>> x = mx.nd.array([3])
    >>> x.attach_grad()
    >>> with record():
    ...     (first,) = grad(x**3, x, create_graph=True)
    >>> first.backward()
    >>> first.asscalar(), x.grad.asscalar()
    (27.0, 18.0)
    """
    if isinstance(head_grads, Array):
        head_grads = [head_grads]
    return _core.grad(_listed(heads), _listed(variables), head_grads, retain_graph, create_graph, train_mode)


def get_symbol(x: NDArray) -> Any:
    """The recorded computation of ``x`` as a symbol; arrays that nothing recorded made become variables.

    A hybridized block of more operators than its ``inline_limit`` is one node ``_CachedOp``, which holds its graph.

    Raises:
        InputTypeError: ``x`` is no array.
        AutogradError: ``x`` was not recorded, or something was recorded that is not an operator.

    >>> import mxnet as mx
    >>> x = mx.nd.array([3])
    >>> x.attach_grad()
    >>> with record():
    ...     y = mx.nd.exp(x * 2)
    >>> len(get_symbol(y).list_arguments())
    1
    """
    from .symbol._history import symbol_of

    if not isinstance(x, Array):
        raise InputTypeError(f"get_symbol: expected an NDArray, got {type(x).__name__}")
    if x._node is None:
        raise AutogradError("get_symbol: the array is not in a computational graph; compute it under autograd.record()")
    return symbol_of(x._node[1])


class Function:
    """A differentiable function whose backward is defined by the user.

    Subclasses define ``forward(*inputs)`` and ``backward(*output_gradients)`` on NDArrays; each instance is called
    once.

    >>> import mxnet as mx
    >>> class Cube(Function):
    ...     def forward(self, x):
    ...         self.save_for_backward(x)
    ...         return x * x * x
    ...     def backward(self, dy):
    ...         x, = self.saved_tensors
    ...         return 3 * x * x * dy
    >>> x = mx.nd.array([2])
    >>> x.attach_grad()
    >>> with record():
    ...     y = Cube()(x)
    >>> y.backward()
    >>> x.grad.asscalar()
    12.0
    """

    def __init__(self) -> None:
        self._used = False
        self.saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *args: Any) -> None:
        """Keep arrays for ``backward``, which finds them in ``saved_tensors``."""
        self.saved_tensors = args

    def forward(self, *inputs: Any) -> Any:
        """Compute the outputs."""
        raise NotDefined(f"{type(self).__name__} must define forward(self, *inputs)")

    def backward(self, *output_grads: Any) -> Any:
        """Compute the gradients of the inputs from those of the outputs."""
        raise NotDefined(f"{type(self).__name__} must define backward(self, *output_grads)")

    def __call__(self, *inputs: Any) -> Any:
        if self._used:
            raise Unfit("Each Function instance can only be called once. Please create another instance.")
        self._used = True
        recorded = state.recording
        with pause(train_mode=state.training):
            outputs = self.forward(*inputs)
        if not recorded or not any(isinstance(i, Array) and i._tracked() for i in inputs):
            return outputs
        many = not isinstance(outputs, Array)
        listed = list(outputs) if isinstance(outputs, Iterable) and many else [outputs]
        for one in listed:
            if not isinstance(one, Array):
                raise WrongKindError(
                    f"{type(self).__name__}.forward gave {reprlib.repr(one)}, expected an NDArray or several; check "
                    "what it returns"
                )
        arrays = [i for i in inputs if isinstance(i, Array)]
        nodes = _CustomGradient.apply(self, arrays, listed, *[a._node[0] if a._tracked() else a._data for a in arrays])
        step = [("function", type(self).__name__), [a._node[1] for a in arrays if a._tracked()]]
        # integers are what they are, and their node is float64: see Variable
        values = [n.data.to(o._data.dtype) for n, o in zip(nodes, listed, strict=True)]
        made = [
            type(o)(v, o._ctx, (n, (step, i))) for i, (v, o, n) in enumerate(zip(values, listed, nodes, strict=True))
        ]
        return made if many else made[0]


class _CustomGradient(torch.autograd.Function):
    """torch's side of :class:`Function`: the outputs exist already, only their gradients are still to be asked for."""

    @staticmethod
    def forward(ctx: Any, function: Function, inputs: list[Array], outputs: list[Array], *data: Any) -> Any:
        ctx.function = function
        ctx.classes = [(type(o), o._ctx, o._data.dtype) for o in outputs]
        ctx.count = len(inputs)
        ctx.shapes = [i.shape for i in inputs]
        ctx.set_materialize_grads(True)
        made = [o._data if o._data.is_floating_point() else o._data.double() for o in outputs]
        return tuple([m.clone() if any(m is d for d in data) else m.view_as(m) for m in made])

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        arrays = [cls(g.contiguous().to(dtype), c) for g, (cls, c, dtype) in zip(grads, ctx.classes, strict=True)]
        with pause(train_mode=state.training):
            found = ctx.function.backward(*arrays)
        who = f"{type(ctx.function).__name__}.backward"
        found = list(found) if isinstance(found, (list, tuple)) else [found]
        if len(found) != ctx.count:
            raise AutogradError(f"{who} gave {len(found)} gradients, expected {ctx.count}, one an input")
        return (None, None, None, *[_as_gradient(who, g, s, grads[0]) for g, s in zip(found, ctx.shapes, strict=True)])


def _as_gradient(who: str, given: Any, shape: tuple[int, ...], near: torch.Tensor) -> torch.Tensor:
    """What ``backward`` of a function gave for an input: an array, NumPy's or a number, which may be broadcast."""
    try:
        data = given._data if isinstance(given, Array) else torch.as_tensor(given, device=near.device)
        return data if data.shape == shape else data.expand(shape)
    except (TypeError, RuntimeError):
        own = getattr(given, "shape", None)
        raise AutogradError(
            f"{who} gave {reprlib.repr(given) if own is None else f'an array of shape {tuple(own)}'} as a gradient, "
            f"expected an array of shape {shape} like the input"
        ) from None
