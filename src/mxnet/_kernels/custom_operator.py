"""Operators described by a property object of the user: its methods are called, and their answers checked, here."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from mxnet._ops import Bound, Op, Shape
from mxnet._ops.registry import Attr, Schema
from mxnet._runtime.dtypes import NUMPY, torch_dtype

from .custom_calls import CustomOpError, Plan, guarded, run


class CustomOperator(Op):
    """The operator that one property object describes."""

    def __init__(self, kernel: Callable[..., Any], name: str, prop: Any, who: str, texts: Mapping[str, str]) -> None:
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
            kernel,
            name,
            outputs=outputs,
            fill=self._fill,
            aux=aux,
            loss=not self.needs_gradient,
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
        """Dtypes of inputs and outputs, in the same way."""
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


class CustomBound(Bound):
    """A :class:`CustomOperator` in a node or a call."""

    __slots__ = ()

    def __init__(self, operator: CustomOperator) -> None:
        self.op = operator
        self.attrs = {}
        self.given = operator.texts
        self.run = lambda *tensors: run(operator, None, tensors)
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
        """This operator for arrays of ``stypes`` that come to it as dense ones: user code sees them in their types."""
        made: CustomBound = copy.copy(self)
        operator: CustomOperator = self.op  # type: ignore[assignment]
        made.run = lambda *tensors: run(operator, None, tensors, tuple(stypes))
        return made

    def keeping(self) -> Callable[..., Any]:
        """As ``run``, with one instance of the user's operator for all calls with the same shapes and dtypes."""
        operator: CustomOperator = self.op  # type: ignore[assignment]
        made: dict[Any, Plan] = {}
        return lambda *tensors: run(operator, made, tensors)
