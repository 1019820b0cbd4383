"""Executors: a symbol bound to arrays."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from mxnet import ndarray  # noqa: F401  programs reach it here
from mxnet._base.errors import ArgumentError, CallError, DTypeError, ShapeError
from mxnet._base.words import few
from mxnet._graph import infer
from mxnet._graph.cached_op import GraphBound
from mxnet._graph.gradients import check_differentiable
from mxnet._graph.memory import planned_bytes
from mxnet._graph.node import Node, variables
from mxnet._graph.stypes import stypes_of
from mxnet._graph.watched import WatchedProgram
from mxnet._runtime import autograd
from mxnet._runtime import random as generators
from mxnet._runtime.context import Context
from mxnet._runtime.dispatch import invoke
from mxnet._runtime.handles import lend
from mxnet._runtime.sparse import assign, receive
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol

from ._arrays import check_contexts, fitting, listed, refuse_duplicates, requests, resized
from ._compile import compiled
from ._heads import head_grads, without_loss
from ._outputs import OutputRoom

__all__ = ["Executor"]


class Executor:
    """Runs a symbol over arrays that stay the same from call to call. Made by ``Symbol.bind`` and ``simple_bind``.

    If ``MXNET_BACKWARD_DO_MIRROR=1`` is set when it is made, most intermediate values are computed again in backward
    instead of being kept, so that memory grows with about the square root of their number. Variables and operators with
    the attribute ``__force_mirroring__`` are treated in this way without the setting. Operators that draw random
    numbers, or keep a state in Python, are computed once. ``MXNET_ELIMINATE_COMMON_EXPR=0`` leaves expressions that the
    graph has twice as they are.

    Args:
        symbol: what to run.
        ctx: where.
        args: arrays by argument name, or in order of ``list_arguments``.
        args_grad: arrays for gradients, likewise; None, or left out, where none is wanted.
        grad_req: ``write``, ``add`` or ``null``, for all, by name, or in order.
        aux_states: arrays of the auxiliary states, by name or in order.
        group2ctx: contexts by the value of the attribute ``ctx_group``: nodes of a group run there, and values are
            copied from one to the next. Nodes of no group run where their first input is made, or in ``ctx``.
        shared_exec: an executor that does not run at the same time: the memory of its outputs is used again, and so is
            its program if it is one of the same symbol.

    Attributes:
        arg_arrays, grad_arrays, aux_arrays: in order of ``list_arguments`` and ``list_auxiliary_states``.
        outputs: the arrays that every ``forward`` writes; zeros before the first. Where arguments are sparse, or an
            operator makes sparse arrays, such nodes run one by one, each in the storage types of its operator; with a
            monitor, which sees dense arrays, the graph runs on dense copies. Gradients are written in the storage types
            of the arrays they go to.

    Raises:
        ArgumentError: an array is missing, or a node is of a group that ``group2ctx`` does not name.
        ContextError: an array is not in ``ctx``, and there is no ``group2ctx``.
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
        shared_exec: Executor | None = None,
        *,
        _found: infer.Inference | None = None,
    ) -> None:
        if not isinstance(ctx, Context):
            raise DTypeError(f"bind: Context type error, got {ctx!r}")
        self._symbol = symbol
        self._ctx = ctx
        self._group2ctx = group2ctx
        self._grad_req = grad_req
        order = symbol._topological()
        arguments, aux = variables(order)
        self._arg_names = [n.name for n in arguments]
        self._aux_names = [n.name for n in aux]
        refuse_duplicates(self._arg_names)
        self.arg_arrays: list[NDArray] = listed("args", args, self._arg_names, required=True)
        self.aux_arrays: list[NDArray] = listed("aux_states", aux_states, self._aux_names, required=bool(aux))
        self.grad_arrays: list[NDArray | None] = listed("args_grad", args_grad, self._arg_names, required=False)
        wanted = requests(grad_req, self._arg_names)
        if not group2ctx:
            kinds: dict[str, Sequence[NDArray | None]] = {
                "Input array": self.arg_arrays,
                "Gradient array": self.grad_arrays,
                "State": self.aux_arrays,
            }
            check_contexts(ctx, kinds)
        marked = {
            id(n) for n, g, r in zip(arguments, self.grad_arrays, wanted, strict=True) if g is not None and r != "null"
        }
        check_differentiable(symbol._outputs, marked)
        self._differentiated = marked
        self._lossless = functools.cache(functools.partial(without_loss, symbol._outputs, marked))
        found = self._inferred() if _found is None else _found  # of the shapes that the arrays were made by
        self._nodes = [n for n in order if n.op is None]
        before = None if shared_exec is None else shared_exec._compiled
        self._compiled = compiled(symbol._outputs, found, self._nodes, ctx, group2ctx, bool(marked), before)
        self._graph, self._placed, self._program, self._random, _ = self._compiled
        self._watched: GraphBound | None = None
        self._monitor: tuple[Any, bool] = (None, False)
        kept = zip((*arguments, *aux), (*self.arg_arrays, *self.aux_arrays), strict=True)
        self._stypes = stypes_of(self._graph, {id(n): a.stype for n, a in kept if a._sparse})
        self._variables = arguments, aux, wanted
        self._bind(dense=not self._stypes)
        shared = None if shared_exec is None else shared_exec._room
        self._room: OutputRoom = OutputRoom(
            symbol._outputs, self._graph, found, self._stypes, self._placed, ctx, shared
        )
        self.outputs: list[NDArray] = self._room.arrays
        self._recorded: list[NDArray] = []
        self._last: tuple[bool, dict[torch.device, torch.Tensor]] | None = None
        self._retain = False
        self._gone_back = False

    def _inferred(self) -> infer.Inference:
        arrays = (self.arg_dict | self.aux_dict).items()
        dtypes = {n: a._meta().dtype for n, a in arrays}
        return infer.infer_shapes(self._symbol._outputs, {n: a.shape for n, a in arrays}, dtypes)

    def _bind(self, dense: bool) -> None:
        arguments, aux, wanted = self._variables
        twins: dict[int, NDArray] = {}
        self._dense = dense
        self._sparse: list[tuple[NDArray, NDArray]] = []
        for node, data, grad, request in zip(arguments, self.arg_arrays, self.grad_arrays, wanted, strict=True):
            # a second handle on the same memory: the caller's own may be marked or recorded independently
            twin = self._twin(data)
            if grad is not None and request != "null":
                twin._mark(grad, request)
            twins[id(node)] = twin
        self._marked = [t for t in twins.values() if t._grad is not None]
        twins.update(
            {id(n): self._twin(a) if dense and a._sparse else a for n, a in zip(aux, self.aux_arrays, strict=True)}
        )
        self._inputs = [twins[id(n)] for n in self._nodes]

    def _twin(self, data: NDArray) -> NDArray:
        if not data._sparse:
            return NDArray(data._data, data._ctx)
        twin: NDArray = NDArray(data._data, data._ctx) if self._dense else data.detach()
        self._sparse.append((twin, data))
        return twin

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
    def output_dict(self) -> dict[str, NDArray]:
        """The outputs by name."""
        return dict(zip(self._symbol.list_outputs(), self.outputs, strict=True))

    # -- running ------------------------------------------------------------------------------------------------

    def forward(self, is_train: bool = False, **kwargs: Any) -> list[NDArray]:
        """Compute the outputs.

        Args:
            is_train: whether to run in training mode, and whether ``backward`` is to follow. It may follow even if not:
                it then computes what it needs again, in prediction mode.
            kwargs: new values of arguments, copied into their arrays.

        Returns:
            ``outputs``, the same arrays every time.

        Raises:
            CallError: a name that is no argument, a value that is no array, or ``is_train`` is no bool.
            ShapeError: a value of the wrong shape.
        """
        if kwargs:
            self._assign(kwargs)
        if type(is_train) is not bool:
            is_train = _truth("forward: is_train", is_train, "forward(data=x)")
        self._last = is_train, self._random_state()
        self._recorded = []  # first, so that what the last run kept is freed before this one needs memory
        self._gone_back = False
        made = self._run(is_train and bool(self._differentiated), is_train)
        if is_train and self._differentiated:
            self._recorded = made
        self._room.write(made)
        return self.outputs

    def _run(self, record: bool, is_train: bool) -> list[NDArray]:
        for twin, data in self._sparse:
            if self._dense:
                twin._data.copy_(data._data)
            else:
                twin._storage = data._storage  # type: ignore[attr-defined]
        with autograd.Scope(record, is_train):
            if self._dense:
                made = invoke(NDArray, self._watched or self._program, self._inputs)
            else:
                made = self._program.by_node(self._inputs)
        if self._dense and self._sparse:
            states = {id(a) for a in self.aux_arrays}
            for twin, data in self._sparse:
                if id(data) in states:
                    assign(data, twin._data)
        return made if isinstance(made, list) else [made]

    def _random_state(self) -> dict[torch.device, torch.Tensor]:
        if not (self._random and self._differentiated):
            return {}
        devices = {ctx.device for ctx in self._placed.values()}
        return {d: g.get_state() for d in devices if (g := generators.generator(d)) is not None}

    def _assign(self, values: Mapping[str, Any]) -> None:
        own = self.arg_dict
        for name, value in values.items():
            if name not in own:
                raise CallError(f"Unknown argument {name}; the arguments are {few(own, name)}")
            if not hasattr(value, "shape"):
                raise CallError(f"only accept keyword argument of NDArrays and numpy.ndarray, got {name}={value!r}")
            if own[name].shape != tuple(value.shape):
                raise ShapeError(
                    f"Shape not match! Argument {name}, need: {own[name].shape}, received: {tuple(value.shape)}"
                )
            own[name][:] = value

    def backward(self, out_grads: Any = None, is_train: bool = True) -> None:
        """Compute the gradients.

        What ``forward`` kept for it is freed; a second call, for other ``out_grads``, computes that again from the same
        random numbers.

        Args:
            out_grads: gradients of the outputs: an array, a list, or arrays by name; None for losses, which need none.
                Surplus ones have no effect. For an output that the symbol has several times, the last one counts.
            is_train: whether user code that runs in backward sees training mode; see :func:`mxnet.autograd.backward`.

        Raises:
            AutogradError: an output that does not come from a loss has no gradient.
            DTypeError: a gradient that is no array.
        """
        if not self._differentiated:
            return
        if not self._recorded:
            self._record_again()
        grads = head_grads(self._symbol, self._recorded, self.outputs, out_grads, self._lossless)
        for array in self._marked:
            array._grad.fresh = False  # type: ignore[union-attr]
        last = {entry: i for i, entry in enumerate(self._symbol._outputs)}.values()
        heads = [
            (self._recorded[i], grads[i]) for i in last if self._recorded[i]._tracked() or self._recorded[i]._failed
        ]
        if heads:
            autograd.backward([h for h, _ in heads], [g for _, g in heads], self._retain, is_train)
        if not self._retain:
            self._recorded = []
        self._gone_back = True
        for array in self._marked:
            slot = array._grad
            if slot is not None and not slot.fresh and slot.req == "write":
                receive(slot.buffer, None, "write")  # no output depends on it

    def _record_again(self) -> None:
        """Run the last forward again, so that backward can follow: after prediction, or for a second time."""
        if self._last is None:
            self.forward(is_train=True)
            return
        self._retain = self._retain or self._gone_back  # a program that goes back twice does so every time
        is_train, before = self._last
        states = [a._data.clone() for a in self.aux_arrays]
        now = self._random_state()
        _set_random(before)
        try:
            self._recorded = self._run(True, is_train)
        finally:
            _set_random(now)
            for array, state in zip(self.aux_arrays, states, strict=True):
                assign(array, state)  # they have counted this batch already

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
            ShapeError: a value of another shape. Nothing is copied then.
            WrongKindError: a value that is no array.
        """
        pairs = [
            *fitting(arg_params, self.arg_dict, "arguments", allow_extra_params),
            *fitting(aux_params or {}, self.aux_dict, "auxiliary states", allow_extra_params),
        ]
        for own, value in pairs:
            own[:] = value.astype(own.dtype, copy=False)

    def reshape(self, partial_shaping: bool = False, allow_up_sizing: bool = False, **kwargs: Any) -> Executor:
        """An executor of the same symbol and parameters for other input shapes.

        It shares memory with this one, including that of the outputs, so the two can not be used alternately for one
        computation. A monitor of this one is called by the new one too.

        Args:
            partial_shaping: let shapes change that are not named in ``kwargs``.
            allow_up_sizing: let arrays grow; shrunk ones share memory with this executor's.
            kwargs: shapes by argument name; other arguments keep theirs where the network does not say otherwise.

        Raises:
            ArgumentError: a change that these two do not allow, or shapes from which those of all arguments do not
                follow.
            CallError: ``partial_shaping`` is no bool.
        """
        _truth("reshape: partial_shaping", partial_shaping, "reshape(data=(3, 4))")
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
            new_args[name] = resized(old, shape, allow_up_sizing, name)
            if grad is not None:
                new_grads[name] = resized(grad, shape, allow_up_sizing, name)
        new_aux = {
            n: resized(a, s, allow_up_sizing, n) for n, a, s in zip(self._aux_names, self.aux_arrays, aux, strict=True)
        }
        made = Executor(
            self._symbol, self._ctx, new_args, new_grads, self._grad_req, new_aux, self._group2ctx, shared_exec=self
        )
        made.set_monitor_callback(*self._monitor)
        return made

    def set_monitor_callback(self, callback: Any, monitor_all: bool = False) -> None:
        """Call ``callback(name, handle)`` with the outputs of every node while it runs, forward and backward.

        Args:
            callback: None for no more calls. Names are bytes; ``mx.nd.NDArray(handle)`` makes the array of a handle,
                while the callback runs or the handle is kept.
            monitor_all: inputs too.

        >>> import mxnet as mx
        >>> run = mx.sym.square(mx.sym.var("x"), name="two").simple_bind(mx.cpu(), x=(2,))
        >>> run.set_monitor_callback(lambda name, handle: print(name, mx.nd.NDArray(handle).shape))
        >>> _ = run.forward()
        b'two_output' (2,)
        """
        self._watched = None
        self._monitor = (callback, monitor_all)
        if self._stypes:
            self._bind(dense=callback is not None)
        if callback is not None:
            placed, ctx = self._placed, self._ctx

            def tell(name: str, value: torch.Tensor, node: Node) -> None:
                callback(name.encode(), lend(NDArray(value, placed.get(id(node), ctx))))

            program = WatchedProgram(self._graph, self._nodes, True, tell, monitor_all)
            self._watched = GraphBound(self._graph, program, "executor")

    def get_optimized_symbol(self) -> Symbol:
        """The graph as it runs: common expressions joined, copies between contexts put in."""
        return type(self._symbol)(self._graph)

    def debug_str(self) -> str:
        """The nodes with their inputs, and the memory planned for values between arguments and gradients.

        The plan comes from running the graph on arrays without storage: the most that a forward, and a backward if
        there are gradients, hold at a time besides arguments, states and the arrays of gradients.
        """
        inputs = [a._meta() for a in self._inputs]
        metas = [torch.empty(a.shape, dtype=a.dtype, device="meta") for a in inputs]
        differentiated = [
            a._grad is not None and m.is_floating_point() for a, m in zip(self._inputs, inputs, strict=True)
        ]
        size = planned_bytes(self._program.program, metas, differentiated)
        size += self._room.size
        text = self.get_optimized_symbol().debug_str()
        return f"{text}Total {size >> 20} MB allocated\nTotal 0 TempSpace resource requested\n"


def _truth(what: str, given: Any, instead: str) -> bool:
    """A number as a bool; what else is given there was most likely meant for an argument of the symbol."""
    if not isinstance(given, (numbers.Real, np.bool_)):
        raise CallError(f"{what} must be a bool, got {type(given).__name__}; give arguments by name: {instead}")
    return bool(given)


def _set_random(states: Mapping[torch.device, torch.Tensor]) -> None:
    for device, state in states.items():
        chosen = generators.generator(device)
        if chosen is not None:
            chosen.set_state(state)
