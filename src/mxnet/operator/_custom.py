"""Operators in Python: ``Custom``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from mxnet._base.errors import DTypeError
from mxnet._kernels.custom import PROPS

_Prop = TypeVar("_Prop", bound=Callable[..., Any])


def register(reg_name: str) -> Callable[[_Prop], _Prop]:
    """A decorator that makes a :class:`CustomOpProp` the operator ``Custom`` with ``op_type=reg_name``.

    The attributes of a call, except ``op_type``, are passed to it as text: ``mx.nd.Custom(x, op_type="scale", k=2)``
    makes ``ScaleProp(k="2")``. A name that is registered again stands for the new class from then on.

    >>> import mxnet as mx
    >>> class Square(CustomOp):
    ...     def forward(self, is_train, req, in_data, out_data, aux):
    ...         self.assign(out_data[0], req[0], in_data[0] * in_data[0])
    ...     def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
    ...         self.assign(in_grad[0], req[0], 2 * in_data[0] * out_grad[0])
    >>> @register("square_example")
    ... class SquareProp(CustomOpProp):
    ...     def create_operator(self, ctx, in_shapes, in_dtypes):
    ...         return Square()
    >>> x = mx.nd.array([3])
    >>> x.attach_grad()
    >>> with mx.autograd.record():
    ...     y = mx.nd.Custom(x, op_type="square_example")
    >>> y.backward()
    >>> y.asscalar(), x.grad.asscalar()
    (9.0, 6.0)
    """

    def do_register(prop_cls: _Prop) -> _Prop:
        PROPS[reg_name] = prop_cls
        return prop_cls

    return do_register


class CustomOp:
    """An operator in Python: subclasses define :meth:`forward` and, to be differentiated, :meth:`backward`.

    Inputs and outputs are NDArrays; what is computed here is not recorded, unless the code itself records it. An
    executor makes one instance and keeps it, any other call makes one of its own. Errors are raised by the call of the
    operator as ``MXNetError`` with the original one as their cause.

    >>> import mxnet as mx
    >>> class Clip(CustomOp):
    ...     def forward(self, is_train, req, in_data, out_data, aux):
    ...         self.assign(out_data[0], req[0], mx.nd.clip(in_data[0], 0, 1))
    >>> out = mx.nd.zeros(2)
    >>> Clip().forward(False, ["write"], [mx.nd.array([-1, 0.5])], [out], [])
    >>> out.asnumpy()
    array([0. , 0.5], dtype=float32)
    """

    def __init__(self) -> None:
        pass

    def forward(
        self, is_train: int, req: Sequence[str], in_data: list[Any], out_data: list[Any], aux: list[Any]
    ) -> None:
        """Write the outputs; those that are not written are zeros. All arguments are passed by name.

        Args:
            is_train: whether this is training.
            req: how to write each output, for :meth:`assign`: always ``write``.
            in_data: inputs, as ``list_arguments`` says.
            out_data: arrays for the outputs.
            aux: auxiliary states, which may be written.
        """

    def backward(
        self,
        req: Sequence[str],
        out_grad: list[Any],
        in_data: list[Any],
        out_data: list[Any],
        in_grad: list[Any],
        aux: list[Any],
    ) -> None:
        """Write the gradients of the inputs; those that are not written are zeros. All arguments are passed by name.

        Args:
            req: how to write each gradient, for :meth:`assign`: ``write``, or ``null`` where none is wanted. Where
                1.9.1 passes ``add``, this passes ``write`` and adds afterwards.
            out_grad: gradients of the outputs.
            in_data, out_data: inputs and outputs of :meth:`forward`.
            in_grad: arrays for the gradients.
            aux: auxiliary states.

        Arrays that ``declare_backward_dependency`` leaves out come empty.
        """

    def assign(self, dst: Any, req: str, src: Any) -> None:
        """Write ``src`` to ``dst`` as ``req`` says.

        Args:
            dst: an array.
            req: ``write`` or ``inplace`` to replace its values, ``add`` to add to them, ``null`` to do nothing.
            src: an NDArray, a NumPy array or a number.

        >>> import mxnet as mx
        >>> total = mx.nd.ones((2,))
        >>> CustomOp().assign(total, "add", mx.nd.array([1, 2]))
        >>> total.asnumpy().tolist()
        [2.0, 3.0]
        """
        if req in ("write", "inplace"):
            dst[:] = src
        elif req == "add":
            dst[:] += src


class CustomOpProp:
    """What a :class:`CustomOp` takes and gives: subclasses override what differs, and are registered.

    Args:
        need_top_grad: whether ``backward`` needs the gradients of the outputs; False makes it a loss, from which
            ``backward`` may start without any.

    >>> class Sum(CustomOpProp):
    ...     def list_arguments(self):
    ...         return ["left", "right"]
    >>> Sum().infer_shape([(2, 3), (2, 3)])
    ([(2, 3), (2, 3)], ((2, 3),), ())
    """

    def __init__(self, need_top_grad: bool = True) -> None:
        self.need_top_grad_ = need_top_grad

    def infer_shape(self, in_shape: list[list[int]]) -> Any:
        """Shapes of the inputs, outputs and auxiliary states from those of inputs.

        Args:
            in_shape: one shape for each input, [] where it is not known. An IndexError that user code raises because of
                that is ignored as long as something is unknown.

        Returns:
            Three lists, the last of which may be left out. By default every output is like the first input.
        """
        return in_shape, (in_shape[0],) * len(self.list_outputs()), ()

    def infer_type(self, in_type: list[Any]) -> Any:
        """Dtypes of the inputs, outputs and auxiliary states from those of inputs.

        Args:
            in_type: one NumPy type for each input, None where it is not known.

        Returns:
            Three lists, the last of which may be left out. By default all are like the first input.
        """
        return (
            in_type,
            [in_type[0]] * len(self.list_outputs()),
            [in_type[0]] * len(self.list_auxiliary_states()),
        )

    def infer_storage_type(self, in_stype: list[str]) -> Any:
        """Storage types of the inputs, outputs and auxiliary states, from those of the inputs: by default all outputs
        and states are dense.

        torch sees only dense arrays: sparse ones are made for the operator's code, and converted back after it.
        """
        return (
            in_stype,
            ["default"] * len(self.list_outputs()),
            ["default"] * len(self.list_auxiliary_states()),
        )

    def infer_storage_type_backward(
        self,
        ograd_stype: list[str],
        in_stype: list[str],
        out_stype: list[str],
        igrad_stype: list[str],
        aux_stype: list[str],
    ) -> Any:
        """Storage types for ``backward``, asked for where one is not ``default`` in forward; ``undefined`` ones are to
        be chosen.

        Raises:
            DTypeError: one of them is neither ``default`` nor ``undefined``.
        """
        groups = (ograd_stype, in_stype, out_stype, igrad_stype, aux_stype)
        different = next((s for group in groups for s in group if s not in ("default", "undefined")), None)
        if different is not None:
            raise DTypeError(f"Default infer_storage_type_backward doesn't allow non default stypes: {different!r}")
        return tuple(["default"] * len(group) for group in groups)

    def list_outputs(self) -> list[str]:
        """Names of the outputs."""
        return ["output"]

    def list_arguments(self) -> list[str]:
        """Names of the inputs."""
        return ["data"]

    def list_auxiliary_states(self) -> list[str]:
        """Names of the auxiliary states: arrays that the operator may write."""
        return []

    def declare_backward_dependency(self, out_grad: list[int], in_data: list[int], out_data: list[int]) -> list[int]:
        """Which arrays ``backward`` needs, so that others need not be kept.

        Args:
            out_grad, in_data, out_data: lists of numbers that stand for the arrays.

        Returns:
            The numbers of those needed; by default all, without ``out_grad`` unless ``need_top_grad``.
        """
        return [*(out_grad if self.need_top_grad_ else []), *in_data, *out_data]

    def create_operator(self, ctx: Any, in_shapes: list[list[int]], in_dtypes: list[int]) -> CustomOp:
        """The operator itself.

        Args:
            ctx: the context it runs on.
            in_shapes: shapes of inputs and auxiliary states.
            in_dtypes: their dtypes, by number as in files: 0 is float32.
        """
        return CustomOp()
