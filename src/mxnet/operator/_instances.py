"""Operators of symbols whose code is an instance of a Python class, as it was before ``Custom``."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from mxnet._kernels.custom import INSTANCES

from ._custom import CustomOp, CustomOpProp

_numbers = itertools.count(1)


class PythonOp:
    """What :class:`NDArrayOp` and :class:`NumpyOp` have in common. New code uses :class:`CustomOp`.

    Args:
        need_top_grad: what :meth:`need_top_grad` returns.
    """

    def __init__(self, need_top_grad: bool = True) -> None:
        self.info_: str | None = None
        self.need_top_grad_ = need_top_grad

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The same as :meth:`get_symbol`."""
        return self.get_symbol(*args, **kwargs)

    def get_symbol(self, *args: Any, **kwargs: Any) -> Any:
        """The operator applied to symbols, given by position or by name; ``name`` is the node's."""
        raise NotImplementedError(f"{type(self).__name__}.get_symbol: Must override this")

    def forward(self, in_data: list[Any], out_data: list[Any]) -> None:
        """Write the outputs; by default the first input to the first one."""
        out_data[0][:] = in_data[0]

    def backward(self, out_grad: list[Any], in_data: list[Any], out_data: list[Any], in_grad: list[Any]) -> None:
        """Write the gradients of the inputs; by default ones to the first one."""
        in_grad[0][:] = 1.0

    def infer_shape(self, in_shape: list[list[int]]) -> Any:
        """Shapes of inputs and outputs; by default the output is like the first input."""
        return in_shape, [in_shape[0]]

    def list_outputs(self) -> list[str]:
        """Names of the outputs."""
        return ["output"]

    def list_arguments(self) -> list[str]:
        """Names of the inputs."""
        return ["data"]

    def need_top_grad(self) -> bool:
        """Whether ``backward`` needs the gradients of the outputs."""
        return self.need_top_grad_

    def _symbol(self, op_name: str, numpy: bool, args: Any, kwargs: Any, **attrs: str) -> Any:
        from mxnet.symbol._compose import function

        self.info_ = hex(next(_numbers))
        INSTANCES[self.info_] = _InstanceProp(self, numpy)
        return function(op_name)(*args, info=self.info_, **attrs, **kwargs)


class NDArrayOp(PythonOp):
    """An operator of symbols whose instance computes with NDArrays. New code uses :class:`CustomOp`.

    Args:
        need_top_grad: as for :class:`PythonOp`.

    >>> import mxnet as mx
    >>> class Twice(NDArrayOp):
    ...     def forward(self, in_data, out_data):
    ...         out_data[0][:] = in_data[0] * 2
    >>> Twice()(mx.sym.var("x")).eval(x=mx.nd.array([3]))[0].asscalar()
    6.0
    """

    def get_symbol(self, *args: Any, **kwargs: Any) -> Any:
        """The operator applied to symbols. A file of it can only be used by this process, as in 1.9.1."""
        return self._symbol("_NDArray", False, args, kwargs)

    def declare_backward_dependency(self, out_grad: list[int], in_data: list[int], out_data: list[int]) -> list[int]:
        """Which arrays ``backward`` needs; by default all, without ``out_grad`` unless :meth:`need_top_grad`."""
        return [*(out_grad if self.need_top_grad() else []), *in_data, *out_data]


class NumpyOp(PythonOp):
    """An operator of symbols whose instance computes with NumPy arrays. New code uses :class:`CustomOp`.

    Args:
        need_top_grad: as for :class:`PythonOp`.
    """

    def get_symbol(self, *args: Any, **kwargs: Any) -> Any:
        """The operator applied to symbols. A file of it can only be used by this process, as in 1.9.1."""
        return self._symbol("_Native", True, args, kwargs, need_top_grad=str(bool(self.need_top_grad())))


class _InstanceProp(CustomOpProp):
    """Makes an instance of :class:`PythonOp` usable as a property object."""

    def __init__(self, instance: PythonOp, numpy: bool) -> None:
        super().__init__(instance.need_top_grad())
        self._instance = instance
        self._numpy = numpy
        self.infer_shape = instance.infer_shape  # type: ignore[method-assign]
        self.list_arguments = instance.list_arguments  # type: ignore[method-assign]
        self.list_outputs = instance.list_outputs  # type: ignore[method-assign]
        if isinstance(instance, NDArrayOp):
            self.declare_backward_dependency = instance.declare_backward_dependency  # type: ignore[method-assign]

    def create_operator(self, ctx: Any, in_shapes: Any, in_dtypes: Any) -> CustomOp:
        return _InstanceOp(self._instance, self._numpy)


class _InstanceOp(CustomOp):
    def __init__(self, instance: PythonOp, numpy: bool) -> None:
        self._instance = instance
        self._numpy = numpy

    def forward(self, is_train: Any, req: Any, in_data: Any, out_data: Any, aux: Any) -> None:
        self._call(self._instance.forward, out_data, in_data=in_data, out_data=out_data)

    def backward(self, req: Any, out_grad: Any, in_data: Any, out_data: Any, in_grad: Any, aux: Any) -> None:
        more = {"out_grad": out_grad, "in_data": in_data, "out_data": out_data, "in_grad": in_grad}
        self._call(self._instance.backward, in_grad, **more)

    def _call(self, method: Callable[..., None], written: list[Any], **groups: list[Any]) -> None:
        if not self._numpy:
            return method(**groups)
        copies = {id(a): a.asnumpy() for group in groups.values() for a in group}
        method(**{name: [copies[id(a)] for a in group] for name, group in groups.items()})
        for array in written:
            array[:] = copies[id(array)]
        return None
