"""Calls of operators that the user wrote in Python: their ``forward``, and ``backward`` for its gradient."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from mxnet._base.errors import AutogradError, DTypeError, MXNetError, ShapeError
from mxnet._runtime import sparse
from mxnet._runtime.array import Array
from mxnet._runtime.autograd import Scope
from mxnet._runtime.context import current_context, of_tensor
from mxnet._runtime.dtypes import FLAG
from mxnet._runtime.engine import FailedInput, ValueFailure
from mxnet._runtime.state import state
from mxnet._runtime.storage import cast

if TYPE_CHECKING:
    from .custom_operator import CustomOperator

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class CustomOpError(MXNetError):
    """User code of an operator failed; the cause has its traceback."""


def guarded(place: str, call: Callable[[], Any]) -> Any:
    """What ``call`` returns; what it raises becomes a CustomOpError that says where in user code."""
    try:
        return call()
    except (FailedInput, ValueFailure):
        raise
    except Exception as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(_OWN)]
        at = f" ({frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name})" if frames else ""
        raise CustomOpError(f"Error in {place}: {type(error).__name__}: {error}{at}") from error


class Plan:
    """An instance of the user's operator, and the shapes and dtypes of its outputs."""

    def __init__(self, operator: CustomOperator, tensors: Sequence[Tensor]) -> None:
        have = [tuple(t.shape) for t in tensors]
        shapes, self.shapes = operator.shapes(have)
        dtypes, found = operator.dtypes([t.dtype for t in tensors])
        self.dtypes = [d or torch.float32 for d in found]
        for name, got, want in zip(operator.inputs, have, shapes, strict=True):
            if want is not None and got != want:
                raise ShapeError(
                    f"{operator.who}: Shape inconsistent, Provided = {got}, inferred shape={want} ({name})"
                )
        for name, tensor, dtype in zip(operator.inputs, tensors, dtypes, strict=True):
            if dtype is not None and tensor.dtype is not dtype:
                raise DTypeError(f"{operator.who}: {name} has dtype {tensor.dtype}, expected {dtype} by its infer_type")
        self.instance: Any = None
        self.stypes: tuple[list[str], list[str], list[str]] = ([], [], [])

    def is_sparse(self) -> bool:
        """Whether the user's code is given or gives sparse arrays."""
        return any(s != "default" for group in self.stypes for s in group)

    def create(self, operator: CustomOperator, tensors: Sequence[Tensor], stypes: Sequence[str] | None) -> None:
        self.stypes = operator.stypes(stypes or ["default"] * len(operator.inputs))
        ctx = of_tensor(tensors[0]) if tensors else current_context()
        self.instance = operator.ask(
            "create_operator", ctx, [list(t.shape) for t in tensors], [FLAG[t.dtype] for t in tensors]
        )
        if not (hasattr(self.instance, "forward") and hasattr(self.instance, "backward")):
            raise CustomOpError(f"{operator.who}.create_operator returned {self.instance!r}, expected a CustomOp")


def run(
    operator: CustomOperator,
    kept: dict[Any, Plan] | None,
    tensors: Sequence[Tensor],
    stypes: tuple[str, ...] | None = None,
) -> Any:
    key = tuple((t.shape, t.dtype, t.device) for t in tensors)
    plan = None if kept is None else kept.get(key)
    if plan is None:
        plan = Plan(operator, tensors)
        if state.tracing or any(t.is_meta for t in tensors):
            return tuple(torch.empty(s, dtype=d, device="meta") for s, d in zip(plan.shapes, plan.dtypes, strict=True))
        plan.create(operator, tensors, stypes)
        if kept is not None:
            kept[key] = plan
    return _Call.apply(operator, plan, *tensors)


def _arrays(tensors: Sequence[Tensor], stypes: Sequence[str] | None = None) -> list[Any]:
    made: list[Any] = [Array.default(t.detach(), of_tensor(t)) for t in tensors]
    for i, stype in enumerate(stypes or ()):
        if stype != "default" and made[i]._data.dim():
            made[i] = sparse.wrap(cast(made[i]._data, stype), made[i]._ctx)
    return made


class _Outside(Scope):
    """Runs user code in the state in which code outside of any graph runs."""

    __slots__ = ("_strides",)

    def __init__(self, training: bool) -> None:
        super().__init__(False, training)

    def __enter__(self) -> None:
        super().__enter__()
        self._strides, state.any_strides = state.any_strides, False

    def __exit__(self, *exc: object) -> None:
        state.any_strides = self._strides
        super().__exit__(*exc)


class _Call(torch.autograd.Function):
    """One call of the user's ``forward``, and of ``backward`` for its gradient."""

    @staticmethod
    def forward(ctx: Any, operator: CustomOperator, plan: Plan, *tensors: Tensor) -> Any:
        device = tensors[0].device if tensors else current_context().device
        made = [torch.zeros(s, dtype=d, device=device) for s, d in zip(plan.shapes, plan.dtypes, strict=True)]
        count = len(operator.arguments)
        of_inputs, of_outputs, of_states = plan.stypes
        inputs = _arrays([t if i >= count else t.contiguous() for i, t in enumerate(tensors)], [*of_inputs, *of_states])
        outputs = _arrays(made, of_outputs)
        with _Outside(state.training):
            guarded(
                f"{operator.who}.forward",
                lambda: plan.instance.forward(
                    is_train=int(state.training),
                    req=["write"] * len(outputs),
                    in_data=inputs[:count],
                    out_data=list(outputs),
                    aux=inputs[count:],
                ),
            )
        for tensor, array in zip(tensors[count:], inputs[count:], strict=True):
            if array._sparse:
                tensor.detach().copy_(array._data)
        made = [a._data for a in outputs]
        ctx.call = operator, plan, state.training
        ctx.kept = (
            [t.detach() if keep else None for t, keep in zip(tensors, operator.kept_inputs, strict=True)],
            [t.detach() if keep else None for t, keep in zip(made, operator.kept_outputs, strict=True)],
        )
        ctx.like = [(t.shape, t.dtype, t.device) for t in tensors]
        results = tuple(made)
        ctx.mark_non_differentiable(*[r for r in results if not r.is_floating_point()])
        return results

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        operator, plan, training = ctx.call
        count = len(operator.arguments)
        wanted = ctx.needs_input_grad[2 : 2 + count]
        found = [torch.zeros(s, dtype=d, device=at) for s, d, at in ctx.like[:count]]
        nothing = torch.empty(0)  # in the place of what the operator said it does not need
        heads = ["default"] * len(grads)
        of_heads, of_inputs, of_outputs, of_grads, of_states = (
            operator.gradient_stypes(plan.stypes, heads) if plan.is_sparse() else [None] * 5
        )
        inputs = _arrays([nothing if t is None else t.contiguous() for t in ctx.kept[0][:count]], of_inputs)
        in_grad = _arrays(found, of_grads)
        kept = [nothing if t is None else t for t in ctx.kept[1]]
        with _Outside(training):
            guarded(
                f"{operator.who}.backward",
                lambda: plan.instance.backward(
                    req=["write" if w else "null" for w in wanted],
                    out_grad=_arrays([g.contiguous() if operator.needs_gradient else nothing for g in grads], of_heads),
                    in_data=inputs,
                    out_data=_arrays(kept, of_outputs),
                    in_grad=list(in_grad),
                    aux=_arrays(ctx.kept[0][count:], of_states),
                ),
            )
        gradients = [a._data if w else None for a, w in zip(in_grad, wanted, strict=True)]
        if torch.is_grad_enabled():  # create_graph
            gradients = [None if g is None else _Once.apply(operator.who, g.requires_grad_()) for g in gradients]
        return None, None, *gradients, *[None] * (len(ctx.like) - count)


class _Once(torch.autograd.Function):
    """Refuses a second derivative, which torch would take for zero."""

    @staticmethod
    def forward(ctx: Any, who: str, gradient: Tensor) -> Tensor:
        ctx.who = who
        return gradient.view_as(gradient)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        raise AutogradError(f"{ctx.who}: the backward of an operator in Python is not differentiable in turn")
