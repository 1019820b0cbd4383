"""Operators in Python: ``Custom``, which the user registers, and the older ``_NDArray`` and ``_Native``.

What such an operator takes and gives is known only from its attributes, so each set of them has an operator of its
own, made from the user's property object.
"""

from __future__ import annotations

import copy
import os
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, AutogradError, DTypeError, MXNetError, ShapeError, UnknownOperatorError
from mxnet._ops import Bound, Op, Shape, op
from mxnet._ops.registry import Attr, Schema
from mxnet._ops.types import write
from mxnet._runtime import sparse
from mxnet._runtime.array import Array
from mxnet._runtime.autograd import Scope
from mxnet._runtime.context import current_context, of_tensor
from mxnet._runtime.dtypes import FLAG, NUMPY, torch_dtype
from mxnet._runtime.engine import FailedInput, ValueFailure
from mxnet._runtime.state import state
from mxnet._runtime.storage import cast

PROPS: dict[str, Callable[..., Any]] = {}
"""What ``mx.operator.register`` was given, by name."""
INSTANCES: dict[str, Any] = {}
"""Property objects of operators that are instances of this process, by the text that files would have."""


class CustomOpError(MXNetError):
    """User code of an operator failed; the cause has its traceback."""


class CustomOperator(Op):
    """The operator that one property object describes."""

    def __init__(self, name: str, prop: Any, who: str, texts: Mapping[str, str]) -> None:
        self.prop = prop
        self.who = who
        self.texts = dict(texts)
        self.arguments = tuple(self.ask("list_arguments"))
        outputs = tuple(self.ask("list_outputs"))
        aux = tuple(self.ask("list_auxiliary_states") or ())
        first, last = len(outputs), len(outputs) + len(self.arguments)
        ids = list(range(last + first))
        needed = set(self.ask("declare_backward_dependency", ids[:first], ids[first:last], ids[last:]))
        self.needs_gradient = not needed.isdisjoint(ids[:first])
        self.kept_inputs = tuple(i in needed for i in ids[first:last]) + (True,) * len(aux)
        self.kept_outputs = tuple(i in needed for i in ids[last:])
        super().__init__(
            custom,
            name,
            (),
            outputs=outputs,
            visible=None,
            inputs=None,
            fill=self._fill,
            aux=aux,
            mutates=(),
            random=False,
            by_mode=False,
            view=False,
            loss=not self.needs_gradient,
            num_args=None,
            initial={},
            types=self._types,
        )
        schema = Schema.__new__(Schema)
        schema.inputs, schema.optional, schema.variadic = (*self.arguments, *aux), frozenset(), None
        schema.attrs, schema.graphs = {k: Attr(k, str, "") for k in texts}, ()
        self.__dict__["schema"] = schema

    def bind(self, positional: tuple[Any, ...], named: Mapping[str, Any]) -> Bound:
        """The operator itself: its attributes are fixed. Made anew for each node and call."""
        return CustomBound(self)

    def ask(self, method: str, *args: Any) -> Any:
        """What the property object's ``method`` returns.

        Raises:
            CustomOpError: it raised; says where.
        """
        return guarded(f"{self.who}.{method}", lambda: getattr(self.prop, method)(*args))

    def shapes(self, known: Sequence[Shape | None]) -> tuple[list[Shape | None], list[Shape]]:
        """Shapes of inputs, auxiliary states included, and of outputs by the user's rule."""
        found = self.ask("infer_shape", [list(s or ()) for s in known[: len(self.arguments)]])
        inputs, outputs = self._checked("infer_shape", found, "shapes")
        return [tuple(s) or None for s in inputs], [tuple(int(d) for d in s) for s in outputs]

    def dtypes(self, known: Sequence[torch.dtype | None]) -> tuple[list[torch.dtype | None], list[torch.dtype | None]]:
        """Dtypes likewise."""
        found = self.ask("infer_type", [None if d is None else NUMPY[d] for d in known[: len(self.arguments)]])
        inputs, outputs = self._checked("infer_type", found, "types")
        return [None if t is None else torch_dtype(t) for t in inputs], [
            None if t is None else torch_dtype(t) for t in outputs
        ]

    def stypes(self, known: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
        """Storage types of inputs, outputs and auxiliary states, for inputs of those ``known``."""
        count = len(self.arguments)
        inputs, outputs = self._checked(
            "infer_storage_type", self.ask("infer_storage_type", list(known[:count])), "storage types"
        )
        for name, got, wanted in zip(self.arguments, known, inputs, strict=False):
            if got != wanted:
                raise CustomOpError(
                    f"{self.who}: Storage type inconsistent, Provided = {got}, inferred storage type = {wanted} "
                    f"({name})"
                )
        states = [*known[count:], *inputs[count:]][: len(self.aux)]  # what an array has comes first
        return inputs[:count], outputs, states

    def gradient_stypes(
        self, stypes: tuple[list[str], list[str], list[str]], heads: Sequence[str]
    ) -> tuple[list[str], ...]:
        """Storage types in backward: of head gradients, inputs, outputs, gradients and auxiliary states."""
        inputs, outputs, states = stypes
        plain = {*inputs, *outputs, *states, *heads} <= {"default"}
        undefined = ["default" if plain else "undefined"] * len(inputs)
        found = self.ask("infer_storage_type_backward", list(heads), inputs, outputs, undefined, states)
        if not isinstance(found, (tuple, list)) or len(found) != 5:
            raise CustomOpError(f"{self.who}.infer_storage_type_backward returned {found!r}, expected five lists")
        return tuple([list(group) for group in found])

    def _checked(self, method: str, found: Any, what: str) -> tuple[list[Any], list[Any]]:
        """The lists of inputs with auxiliary states, and of outputs, in the two or three that user code returned."""
        place = f"{self.who}.{method}"
        if not isinstance(found, (tuple, list)) or len(found) not in (2, 3):
            raise CustomOpError(f"{place} returned {found!r}, expected two or three lists: inputs, outputs, states")
        inputs, outputs, aux = (*found, ()) if len(found) == 2 else found
        counts = (("input", inputs, self.arguments), ("output", outputs, self.outputs), ("auxiliary", aux, self.aux))
        for kind, got, names in counts:
            if len(got) != len(names):  # type: ignore[arg-type]
                raise CustomOpError(
                    f"{place}: expecting {len(names)} entries in returned {kind} {what}, got {len(got)}"  # type: ignore[arg-type]
                )
        return [*inputs, *aux], list(outputs)

    def _fill(self, *known: Shape | None, **_: Any) -> Sequence[Shape | None]:
        if known and all(s is None for s in known):
            return known
        try:
            return self.shapes(known)[0]
        except CustomOpError as error:
            if None in known and (known[0] is None or isinstance(error.__cause__, IndexError)):
                return known  # it may be able to tell when more is known
            raise

    def _types(self, *known: torch.dtype | None) -> tuple[Sequence[Any], Sequence[Any]]:
        if known and all(d is None for d in known):
            return known, [None] * len(self.outputs)  # type: ignore[arg-type]
        try:
            return self.dtypes(known)
        except CustomOpError:
            if None not in known:
                raise
            return known, [None] * len(self.outputs)  # type: ignore[arg-type]


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


_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class CustomBound(Bound):
    """A :class:`CustomOperator` in a node or a call."""

    __slots__ = ()

    def __init__(self, operator: CustomOperator) -> None:
        self.op = operator
        self.attrs = {}
        self.given = operator.texts
        self.run = lambda *tensors: _run(operator, None, tensors)
        self.total = self.visible = len(operator.outputs)  # type: ignore[arg-type]

    def output_stypes(self, stypes: Sequence[str]) -> list[str]:
        """The storage types of the outputs, by the user's rule, for inputs of ``stypes``."""
        operator: CustomOperator = self.op  # type: ignore[assignment]
        return operator.stypes(stypes)[1]

    def gradient_stypes(self, stypes: Sequence[str], heads: Sequence[str]) -> list[str]:
        """Those of the gradients of all inputs, for head gradients of ``heads``."""
        operator: CustomOperator = self.op  # type: ignore[assignment]
        found = operator.gradient_stypes(operator.stypes(stypes), heads)[3]
        return [*found, *["default"] * (len(stypes) - len(found))]

    def on_stypes(self, stypes: Sequence[str]) -> CustomBound:
        """This operator where arrays of ``stypes`` are given it as dense ones: the user's code sees what they were."""
        made: CustomBound = copy.copy(self)
        operator: CustomOperator = self.op  # type: ignore[assignment]
        made.run = lambda *tensors: _run(operator, None, tensors, tuple(stypes))
        return made

    def keeping(self) -> Callable[..., Any]:
        """As ``run``, with one instance of the user's operator for all calls alike in shapes and dtypes."""
        operator: CustomOperator = self.op  # type: ignore[assignment]
        made: dict[Any, Any] = {}
        return lambda *tensors: _run(operator, made, tensors)


class _Plan:
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


def _run(
    operator: CustomOperator,
    kept: dict[Any, _Plan] | None,
    tensors: Sequence[Tensor],
    stypes: tuple[str, ...] | None = None,
) -> Any:
    key = tuple((t.shape, t.dtype, t.device) for t in tensors)
    plan = None if kept is None else kept.get(key)
    if plan is None:
        plan = _Plan(operator, tensors)
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
    """Runs user code as code outside of any graph is run."""

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
    def forward(ctx: Any, operator: CustomOperator, plan: _Plan, *tensors: Tensor) -> Any:
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
    """Refuses a second derivative, which would be zero as far as torch can tell."""

    @staticmethod
    def forward(ctx: Any, who: str, gradient: Tensor) -> Tensor:
        ctx.who = who
        return gradient.view_as(gradient)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        raise AutogradError(f"{ctx.who}: the backward of an operator in Python is not differentiable in turn")


# -- the operators --------------------------------------------------------------------------------------------------


def _registered(attrs: Mapping[str, Any]) -> Op:
    texts = {k: write(v) for k, v in attrs.items() if not (k.startswith("__") and k.endswith("__"))}
    op_type = texts.get("op_type")
    if not op_type:
        raise ArgumentError("Custom: Required argument `op_type` is missing")
    make = PROPS.get(op_type)
    if make is None:
        names = ", ".join(sorted(PROPS)) or "there are none"
        raise UnknownOperatorError(
            f"Cannot find custom operator {op_type}; registered are: {names}; register it by mx.operator.register"
        )
    prop = guarded(f"{op_type}.__init__", lambda: make(**{k: v for k, v in texts.items() if k != "op_type"}))
    return CustomOperator("Custom", prop, op_type, texts)


def _instance(name: str) -> Callable[[Mapping[str, Any]], Op]:
    def family(attrs: Mapping[str, Any]) -> Op:
        texts = {k: write(v) for k, v in attrs.items() if not (k.startswith("__") and k.endswith("__"))}
        prop = INSTANCES.get(texts.get("info", ""))
        if prop is None:
            raise UnknownOperatorError(
                f"{name}: no operator {texts.get('info')!r} is in this process; it lives in the one that made it"
            )
        return CustomOperator(name, prop, name.lstrip("_"), texts)

    return family


@op("Custom", family=_registered)
def custom(*data: Tensor, op_type: str) -> Any:
    """Run an operator that was registered by ``mx.operator.register``.

    Inputs:  data, its arguments and then its auxiliary states, by position or by name
    Attrs:   op_type, its name; all others go to its property class as text
    Outputs: as the operator says
    Raises:  UnknownOperatorError if there is none of that name; CustomOpError if user code raises, with its error as
             the cause
    Source:  behaviour of MXNet 1.9.1
    """
    return _registered({"op_type": op_type}).bind((), {}).run(*data)


@op("_NDArray", family=_instance("_NDArray"))
def ndarray_op(*data: Tensor, info: str) -> Any:
    """Run an instance of ``mx.operator.NDArrayOp``; made by its ``get_symbol``.

    Attrs:   info, which instance of this process
    Source:  behaviour of MXNet 1.9.1
    """
    return _instance("_NDArray")({"info": info}).bind((), {}).run(*data)


@op("_Native", family=_instance("_Native"))
def numpy_op(*data: Tensor, info: str, need_top_grad: bool = True) -> Any:
    """Run an instance of ``mx.operator.NumpyOp``; made by its ``get_symbol``.

    Attrs:   info, which instance of this process; need_top_grad, for the reader: the instance knows
    Source:  behaviour of MXNet 1.9.1
    """
    return _instance("_Native")({"info": info}).bind((), {}).run(*data)
