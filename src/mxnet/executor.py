"""Executors: a symbol bound to arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ._base.errors import ArgumentError, AutogradError, DTypeError, ShapeError
from ._graph import infer
from ._graph.cached_op import GraphBound
from ._graph.node import topological, variables
from ._graph.program import Program
from ._runtime import autograd
from ._runtime.context import Context
from ._runtime.dispatch import invoke
from ._runtime.dtypes import torch_dtype
from .ndarray import NDArray
from .symbol import Symbol

__all__ = ["Executor", "simple_bind"]

_REQUESTS = ("null", "write", "add")


class Executor:
    """Runs a symbol over arrays that stay the same from call to call. Made by ``Symbol.bind`` and ``simple_bind``.

    Args:
        symbol: what to run.
        ctx: where.
        args: arrays by argument name, or in order of ``list_arguments``.
        args_grad: arrays for gradients, likewise; None, or left out, where none is wanted.
        grad_req: ``write``, ``add`` or ``null``, for all, by name, or in order.
        aux_states: arrays of the auxiliary states, by name or in order.
        group2ctx: contexts by group name. All groups run on ``ctx`` as yet: results are the same.

    Raises:
        ArgumentError: an array is missing.
        ShapeError: the shapes of the arrays contradict each other; names the node.

    >>> import mxnet as mx
    >>> x = mx.sym.var("x")
    >>> run = (x * x).bind(mx.cpu(), {"x": mx.nd.array([3])}, {"x": mx.nd.zeros((1,))})
    >>> run.forward(is_train=True)[0].asscalar()
    9.0
    >>> run.backward(mx.nd.ones((1,)))
    >>> run.grad_dict["x"].asscalar()
    6.0
    """

    def __init__(
        self,
        symbol: Symbol,
        ctx: Context,
        args: Any,
        args_grad: Any = None,
        grad_req: Any = "write",
        aux_states: Any = None,
        group2ctx: Mapping[str, Context] | None = None,
    ) -> None:
        if not isinstance(ctx, Context):
            raise DTypeError(f"bind: Context type error, got {ctx!r}")
        self._symbol = symbol
        self._ctx = ctx
        self._group2ctx = group2ctx
        order = symbol._topological()
        arguments, aux = variables(order)
        self._arg_names = [n.name for n in arguments]
        self._aux_names = [n.name for n in aux]
        _refuse_duplicates(self._arg_names)
        self.arg_arrays: list[NDArray] = _listed("args", args, self._arg_names, required=True)
        self.aux_arrays: list[NDArray] = _listed("aux_states", aux_states, self._aux_names, required=bool(aux))
        self.grad_arrays: list[NDArray | None] = _listed("args_grad", args_grad, self._arg_names, required=False)
        self._grad_req = grad_req
        requests = _requests(grad_req, self._arg_names)
        self._check_shapes()
        members = {id(n) for n in (*arguments, *aux)}
        inputs = [n for n in order if id(n) in members]
        self._bound = GraphBound(symbol._outputs, Program(symbol._outputs, inputs, keep=True), "executor")
        twins: dict[int, NDArray] = {}
        for node, data, grad, request in zip(arguments, self.arg_arrays, self.grad_arrays, requests, strict=True):
            # a second handle on the same memory: what a caller marks or records with its own stays its own
            twin = NDArray(data._data, data._ctx)
            if grad is not None and request != "null":
                twin._mark(grad, request)
            twins[id(node)] = twin
        self._marked = [t for t in twins.values() if t._grad is not None]
        self._differentiable = bool(self._marked)
        twins.update({id(n): a for n, a in zip(aux, self.aux_arrays, strict=True)})
        self._inputs = [twins[id(n)] for n in inputs]
        self._recorded: list[NDArray] = []
        self._outputs: list[NDArray] | None = None
        self._monitor: Any = None

    def _check_shapes(self) -> None:
        shapes = {n: a.shape for n, a in zip(self._arg_names, self.arg_arrays, strict=True)}
        shapes |= {n: a.shape for n, a in zip(self._aux_names, self.aux_arrays, strict=True)}
        infer.infer_shapes(self._symbol._outputs, shapes, self._dtypes())

    def _dtypes(self) -> dict[str, torch.dtype]:
        names = [*self._arg_names, *self._aux_names]
        return {n: a._meta().dtype for n, a in zip(names, [*self.arg_arrays, *self.aux_arrays], strict=True)}

    # -- arrays by name -----------------------------------------------------------------------------------------

    @property
    def arg_dict(self) -> dict[str, NDArray]:
        """Arguments by name."""
        return dict(zip(self._arg_names, self.arg_arrays, strict=True))

    @property
    def grad_dict(self) -> dict[str, NDArray | None]:
        """Gradients by argument name; None where none is computed."""
        return dict(zip(self._arg_names, self.grad_arrays, strict=True))

    @property
    def aux_dict(self) -> dict[str, NDArray]:
        """Auxiliary states by name."""
        return dict(zip(self._aux_names, self.aux_arrays, strict=True))

    @property
    def outputs(self) -> list[NDArray]:
        """The outputs of the last ``forward``; zeros before the first."""
        if self._outputs is None:
            shapes = {n: a.shape for n, a in zip(self._arg_names, self.arg_arrays, strict=True)}
            found = infer.infer_shapes(self._symbol._outputs, shapes, self._dtypes())
            self._outputs = [
                NDArray(torch.zeros(found.shape(e) or (), dtype=found.dtype(e), device=self._ctx.device), self._ctx)
                for e in self._symbol._outputs
            ]
        return self._outputs

    @property
    def output_dict(self) -> dict[str, NDArray]:
        """The outputs by name."""
        return dict(zip(self._symbol.list_outputs(), self.outputs, strict=True))

    # -- running ------------------------------------------------------------------------------------------------

    def forward(self, is_train: bool = False, **kwargs: Any) -> list[NDArray]:
        """Compute the outputs.

        Args:
            is_train: training mode, and whether ``backward`` is to follow.
            kwargs: new values of arguments, copied into their arrays.

        Raises:
            DTypeError: a name that is no argument.
            ShapeError: a value of the wrong shape.
        """
        if kwargs:
            self._assign(kwargs)
        # what has gradients can go backward after a forward in prediction mode too
        with autograd.Scope(self._differentiable, is_train):
            made = invoke(NDArray, self._bound, self._inputs)
        made = made if isinstance(made, list) else [made]
        self._recorded = made if self._differentiable else []
        self._outputs = [m.detach() for m in made]
        if self._monitor is not None:
            self._tell_monitor(is_train)
        return self._outputs

    def _assign(self, values: Mapping[str, Any]) -> None:
        own = self.arg_dict
        for name, value in values.items():
            if name not in own:
                raise DTypeError(f"Unknown argument {name}; the arguments are {', '.join(own)}")
            if not hasattr(value, "shape"):
                raise DTypeError(f"only accept keyword argument of NDArrays and numpy.ndarray, got {name}={value!r}")
            if own[name].shape != tuple(value.shape):
                raise ShapeError(
                    f"Shape not match! Argument {name}, need: {own[name].shape}, received: {tuple(value.shape)}"
                )
            own[name][:] = value

    def backward(self, out_grads: Any = None, is_train: bool = True) -> None:
        """Compute the gradients.

        Args:
            out_grads: gradients of the outputs, an array, a list, or by name; None for losses, which need none. More
                of them than outputs have no effect.
            is_train: whether operators see training or prediction mode.

        Raises:
            AutogradError: an output that does not come from a loss has no gradient.
        """
        if not self._differentiable:
            return
        if not self._recorded:
            self.forward(is_train=True)
        grads = self._head_grads(out_grads)
        for array in self._marked:
            array._grad.fresh = False  # type: ignore[union-attr]
        heads = [(h, g) for h, g in zip(self._recorded, grads, strict=True) if h._tracked() or h._failed]
        if heads:
            autograd.backward([h for h, _ in heads], [g for _, g in heads], True, is_train)
        for array in self._marked:
            slot = array._grad
            if slot is not None and not slot.fresh and slot.req == "write":
                slot.buffer._data.zero_()  # no output depends on it

    def _head_grads(self, out_grads: Any) -> list[NDArray | None]:
        names = self._symbol.list_outputs()
        if out_grads is None:
            out_grads = []
        elif isinstance(out_grads, NDArray):
            out_grads = [out_grads]
        elif isinstance(out_grads, Mapping):
            out_grads = [out_grads.get(n) for n in names]
        grads = [*out_grads, *[None] * (len(names) - len(out_grads))][: len(names)]
        for entry, head, name, grad in zip(self._symbol._outputs, self._recorded, names, grads, strict=True):
            if grad is None and head._tracked() and not any(n.op and n.op.loss for n in topological([entry])):
                op = entry[0].op
                raise AutogradError(
                    "backward: Because the last operator is not Loss function, head_gradient is required: output "
                    f"{name} is of {op.name if op else 'a variable'}; pass out_grads, or end the symbol with MakeLoss"
                )
        return [g.as_in_context(self._ctx) if g is not None else None for g in grads]

    # -- parameters, shapes, watching ---------------------------------------------------------------------------

    def copy_params_from(
        self,
        arg_params: Mapping[str, NDArray],
        aux_params: Mapping[str, NDArray] | None = None,
        allow_extra_params: bool = False,
    ) -> None:
        """Copy values into arguments and auxiliary states by name.

        Raises:
            ArgumentError: a name that is neither, unless ``allow_extra_params``.
        """
        for values, own, kind in (
            (arg_params, self.arg_dict, "arguments"),
            (aux_params or {}, self.aux_dict, "auxiliary states"),
        ):
            for name, value in values.items():
                if name in own:
                    own[name][:] = value.astype(own[name].dtype, copy=False)
                elif not allow_extra_params:
                    raise ArgumentError(f'Find name "{name}" that is not in the {kind}: {", ".join(own)}')

    def reshape(self, partial_shaping: bool = False, allow_up_sizing: bool = False, **kwargs: Any) -> Executor:
        """An executor of the same symbol and parameters for other input shapes.

        Args:
            partial_shaping: let shapes change that are not named in ``kwargs``.
            allow_up_sizing: let arrays grow; shrunk ones share memory with this executor's.
            kwargs: shapes by argument name.

        Raises:
            ArgumentError: a change that these two do not allow.
        """
        args, _, aux = self._symbol.infer_shape(**kwargs)
        if args is None:
            raise ArgumentError(f"reshape: Insufficient argument shapes provided: {kwargs}")
        new_args: dict[str, NDArray] = {}
        new_grads: dict[str, NDArray] = {}
        for name, shape, old, grad in zip(self._arg_names, args, self.arg_arrays, self.grad_arrays, strict=True):
            if shape != old.shape and not (partial_shaping or name in kwargs):
                raise ArgumentError(
                    f"reshape: shape of unspecified array arg:{name} changed from {old.shape} to {shape}; this can "
                    "cause the new executor to not share parameters with the old one; set partial_shaping=True to "
                    "allow it"
                )
            new_args[name] = _resized(old, shape, allow_up_sizing, name)
            if grad is not None:
                new_grads[name] = _resized(grad, shape, allow_up_sizing, name)
        new_aux = {
            n: _resized(a, s, allow_up_sizing, n) for n, a, s in zip(self._aux_names, self.aux_arrays, aux, strict=True)
        }
        return Executor(self._symbol, self._ctx, new_args, new_grads, self._grad_req, new_aux, self._group2ctx)

    def set_monitor_callback(self, callback: Any, monitor_all: bool = False) -> None:
        """Call ``callback(name, array)`` with the outputs of every node (``monitor_all``: inputs too) after forward."""
        self._monitor = (callback, monitor_all) if callback is not None else None

    def _tell_monitor(self, is_train: bool) -> None:
        callback, everything = self._monitor
        internals = self._symbol.get_internals()
        values = Program(internals._outputs, self._bound.program.inputs)
        with autograd.Scope(False, is_train), torch.no_grad():
            found = values.run(*[a._data for a in self._inputs])
        for (node, _), name, value in zip(internals._outputs, internals.list_outputs(), found, strict=True):
            if node.op is not None or everything:
                callback(name, NDArray(value, self._ctx))

    def debug_str(self) -> str:
        """The nodes with their inputs, and the memory of arguments, states and outputs."""
        held = [*self.arg_arrays, *self.aux_arrays, *self.outputs]
        size = sum(a._meta().numel() * a._meta().element_size() for a in held)
        return self._symbol.debug_str() + f"Total {size / 2**20:.0f} MB allocated\n"


def _refuse_duplicates(names: Sequence[str]) -> None:
    repeated = sorted({n for n in names if list(names).count(n) > 1})
    if repeated:
        raise ArgumentError(
            f'Find duplicated argument name "{repeated[0]}", please make the names of variables unique; '
            f"arguments are {list(names)}"
        )


def _listed(who: str, given: Any, names: Sequence[str], required: bool) -> list[Any]:
    if given is None:
        if required and names:
            raise ArgumentError(f"bind: {who} is None, expected arrays for {', '.join(names)}")
        return [None] * len(names)
    if isinstance(given, Mapping):
        missing = [n for n in names if n not in given]
        if missing and required:
            raise ArgumentError(f"key `{missing[0]}` is missing in `{who}`")
        found = [given.get(n) for n in names]
    else:
        found = list(given)
        if len(found) != len(names):
            raise ArgumentError(
                f"Length of {who} does not match the number of arguments: got {len(found)}, expected {len(names)} "
                f"({', '.join(names)})"
            )
    for name, a in zip(names, found, strict=True):
        if a is None and required:
            raise ArgumentError(f"bind: {who} has None for {name}, expected an array")
        if a is not None and not isinstance(a, NDArray):
            raise DTypeError(f"bind: Only accept list of NDArrays or dict of str to NDArray; {name} is {a!r}")
    return found


def _requests(grad_req: Any, names: Sequence[str]) -> list[str]:
    if isinstance(grad_req, str):
        found = [grad_req] * len(names)
    elif isinstance(grad_req, Mapping):
        found = [grad_req.get(n, "null") for n in names]
    else:
        found = list(grad_req)
    wrong = [r for r in found if r not in _REQUESTS]
    if wrong or len(found) != len(names):
        raise ArgumentError(f"grad_req must be in {_REQUESTS}, for each of {len(names)} arguments; got {grad_req!r}")
    return found


def _resized(old: NDArray, shape: tuple[int, ...], allow_up_sizing: bool, name: str) -> NDArray:
    if old.shape == shape:
        return old
    size = 1
    for d in shape:
        size *= d
    if size <= old.size:
        return NDArray(old._data.reshape(-1)[:size].view(shape), old._ctx)
    if not allow_up_sizing:
        raise ArgumentError(
            f"reshape: New shape of arg: {name} is larger than original, {shape} after {old.shape}. First making a big "
            "executor and then down sizing it is more efficient than the reverse. If you really want to up size, set "
            "allow_up_sizing=True"
        )
    return NDArray(torch.zeros(shape, dtype=old._data.dtype, device=old._data.device), old._ctx)


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
        type_dict: dtypes by argument name; float32 where nothing says otherwise.
        stype_dict: storage types by argument name; only ``default`` is there.
        shared_arg_names: arguments that take the arrays of ``shared_exec`` where shape and dtype are the same.
        shared_buffer: arrays to use, and to be filled with those made.
        shapes: by argument name. As in 1.9.1, names of other things have no effect: programs pass ``force_rebind``,
            or the attributes of an operator.

    Raises:
        ArgumentError: shapes that can not be inferred, that differ from those of arrays to be shared, or a storage
            type that is not there.
    """
    for name, stype in (stype_dict or {}).items():
        if stype != "default":
            raise ArgumentError(f"simple_bind: storage type {stype!r} of {name} is not available; use 'default'")
    arguments, aux = variables(symbol._topological())
    names = {n.name for n in (*arguments, *aux)}
    known = {k: tuple(v) for k, v in shapes.items() if k in names and isinstance(v, (tuple, list))}
    types = {k: torch_dtype(v) for k, v in (type_dict or {}).items()}
    found = infer.infer_shapes(symbol._outputs, known, types)
    open_ = [n.name for n in (*arguments, *aux) if not infer.is_known(found.shape((n, 0)))]
    if open_:
        strangers = "".join(f"; {k!r} is not an argument of {symbol!r}" for k in shapes if k not in names)
        raise ArgumentError(
            f"simple_bind error: InferShape pass cannot decide shapes for the following arguments: {', '.join(open_)}; "
            f"give the shapes of the inputs by name{strangers}"
        )

    def make(node: Any, old: Mapping[str, NDArray]) -> NDArray:
        shape = found.shape((node, 0))
        dtype = found.dtype((node, 0)) or torch.float32
        kept = old.get(node.name)
        if kept is not None and kept.shape != shape and node.name in (shared_arg_names or ()):
            raise ArgumentError(
                f"simple_bind: Shape of unspecified arg: {node.name} changed, from {kept.shape} to {shape}, and "
                "could not be shared with the other executor; check the shapes of the data"
            )
        if kept is None and shared_buffer is not None:
            kept = shared_buffer.get(node.name)
        if kept is not None and kept.shape == shape and kept._meta().dtype is dtype:
            return kept
        made = NDArray(torch.zeros(shape, dtype=dtype, device=ctx.device), ctx)  # type: ignore[arg-type]
        if shared_buffer is not None:
            shared_buffer[node.name] = made
        return made

    shared = {}
    if shared_exec is not None:
        names = shared_exec._arg_names if shared_arg_names is None else shared_arg_names
        shared = {n: a for n, a in shared_exec.arg_dict.items() if n in names}
    args = {n.name: make(n, shared) for n in arguments}
    requests = dict(zip([n.name for n in arguments], _requests(grad_req, [n.name for n in arguments]), strict=True))
    grads = {k: NDArray(torch.zeros_like(args[k]._data), ctx) for k, r in requests.items() if r != "null"}
    states = {n.name: make(n, shared_exec.aux_dict if shared_exec is not None else {}) for n in aux}
    return Executor(symbol, ctx, args, grads, requests, states, group2ctx)
