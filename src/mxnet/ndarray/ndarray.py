"""NDArray: the array of the 1.x interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from mxnet import _ops
from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet._runtime import autograd, engine, indexing, shared
from mxnet._runtime.array import Array
from mxnet._runtime.context import Context, cpu, of_tensor
from mxnet._runtime.dispatch import invoke
from mxnet._runtime.dtypes import FLAG, NAME, NUMPY, fitting, torch_dtype
from mxnet._runtime.front import expose
from mxnet._runtime.handles import ArrayHandle, lent
from mxnet._runtime.handles import of as handle_of
from mxnet._runtime.shapes import infer_reshape, whole
from mxnet._runtime.state import np_shape_active, state

from ._methods import install_methods
from ._operators import install, refuse_inplace
from ._readable import ReadableArray


class NDArray(ReadableArray):
    """A dense array on one device.

    Made by :func:`mxnet.nd.array`, :func:`mxnet.nd.zeros` and their like. Basic slices and ``reshape`` share memory
    with the array they come from; everything else is a new array.

    >>> import mxnet as mx
    >>> x = mx.nd.array([[1, 2], [3, 4]])
    >>> (x + 1)[0]
    <BLANKLINE>
    [2. 3.]
    <NDArray 2 @cpu(0)>
    """

    __slots__ = ()
    _face = "nd"
    __array_priority__ = 1000.0
    __hash__ = object.__hash__

    def __init__(self, handle: Any, ctx: Context | None = None, node: Any = None, writable: bool = True) -> None:
        """Make an array of a tensor and its context, or of a handle.

        Args:
            handle: one that a callback was given, as it is or cast to a ``ctypes.c_void_p``, that
                ``mxnet.base._LIB`` wrote, or that of another array.
            ctx, node: of a tensor.
            writable: for a handle, whether memory is shared with the handle's array; if not, this is a copy, where
                1.9.1 shares memory and refuses ``+=`` and the like.

        Raises:
            InputTypeError: it is neither.
        """
        # all arrays are made here: what most of them do without is looked at last
        self._data = handle
        self._ctx = ctx  # type: ignore[assignment]
        self._node = node
        if ctx is None:
            self._take(handle)
            if not writable:
                self._data = self._data.clone()

    def _take(self, handle: Any) -> None:
        if handle is None:  # a pickle of 1.9.1 makes the array first and gives it its state then
            self._data, self._ctx = torch.empty(0), cpu()
            return
        array = lent(handle)
        if array is not None:
            self._data, self._ctx = array._ready().detach(), array._ctx
            return
        tensor = handle if isinstance(handle, torch.Tensor) else getattr(handle, "tensor", None)
        if tensor is None:
            raise InputTypeError(f"NDArray: got {handle!r}, expected a handle; mx.nd.array makes arrays of values")
        self._data, self._ctx = tensor.detach(), of_tensor(tensor)

    def __neg__(self) -> NDArray:
        return self * -1.0

    def __abs__(self) -> NDArray:
        return self.abs()

    # -- parts --------------------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        if key.__class__ is slice:
            if key == _ALL or key == _EACH:
                return self
        elif key.__class__ is tuple and not key:
            return self
        try:
            data = self._data
        except engine.FailedInput as failed:
            return type(self)._make_failed(failed.failure, indexing.read(failed.meta, key), self._ctx)
        part = indexing.read(data, key)
        if part.ndim == 0 and self._face == "nd" and not np_shape_active():
            part = part.reshape(1)
        if not part.is_contiguous():
            part = part.contiguous()
        if state.recording and self._tracked():
            node, history = self._node  # type: ignore[misc]
            with torch.enable_grad():
                taken = indexing.read(node, key).reshape(part.shape)
            step = indexing.recorded(key, data.dim(), part.dim(), history)
            return type(self)(part, self._ctx, (taken, (step, 0)))
        return type(self)(part, self._ctx)

    def __setitem__(self, key: Any, value: Any) -> None:
        data = self._data
        number = value.__class__ is float or value.__class__ is int
        assigned = value if number and data.is_floating_point() else indexing.as_value(value, data)
        assigned = fitting(assigned, data.dtype)
        if state.recording and not (isinstance(value, np.ndarray) and self._all_of(key)):
            whole = key is None or key is Ellipsis or (key.__class__ in (slice, tuple) and key in (_ALL, ()))
            if whole and value is self:
                return
            # a whole new value continues the value's graph; part of one would mix two, which 1.9.1 refuses too
            refuse_inplace(self, None if whole else value, "x[...]=")
            if isinstance(value, Array) and value._tracked():
                self._record_write(value)
        if key.__class__ is slice and key == _ALL and number:
            data.fill_(assigned)
            return
        indexing.write(data, key, assigned)

    def _all_of(self, key: Any) -> bool:
        """Whether ``key`` takes all elements: a NumPy array is then copied in, recording or not, as new data are."""
        return indexing.is_basic(key) and indexing.read(self._meta(), key).numel() == self._data.numel()

    def _record_write(self, value: Array) -> None:
        """Continue the graph of ``value`` through this array, all of whose values it becomes."""
        node, history = value._node  # type: ignore[misc]
        with torch.enable_grad():
            dtype = self._data.dtype if self._data.is_floating_point() else torch.float64  # see Variable
            written = indexing.fitted(node, self._data.shape).to(self._data.device, dtype).clone()
        self._node = (written, ([_ops.get("_copy").bind((), {}), [history]], 0))

    @staticmethod
    def _basic_indexing_slice_is_contiguous(slc_key: tuple[slice, ...], shape: tuple[int, ...]) -> bool:
        """Whether the slices, one for each axis, select one contiguous piece of memory of an array of ``shape``."""
        view = torch.empty(shape, device="meta")
        taken = indexing.read(view, tuple(slc_key))
        return bool(taken.is_contiguous()) and all(s.step is None or s.step > 0 for s in slc_key)

    # -- shape --------------------------------------------------------------------------------------------------

    def reshape(self, *shape: Any, **kwargs: Any) -> NDArray:
        """The same values in another shape, sharing memory.

        Args:
            shape: sizes, or one tuple of them. 0 copies a size of this array, -1 is worked out, -2 takes all that
                remain, -3 joins the next two, -4 splits one into the two that follow.
            reverse: match sizes from the right (keyword).

        Raises:
            ShapeError: the sizes do not multiply to this array's size.
        """
        if not shape:
            if kwargs.get("shape") is None:
                raise InputTypeError("reshape: shape is missing; pass it by position or as shape=")
            shape = (kwargs["shape"],)
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = tuple(shape[0])
        unknown = set(kwargs) - {"shape", "reverse"}
        if unknown:
            raise DTypeError(f"reshape: got unknown keyword {sorted(unknown)[0]!r}; expected shape or reverse")
        wanted = infer_reshape(self.shape, whole("reshape", shape), bool(kwargs.get("reverse", False)))
        return self._view(wanted)

    def _view(self, shape: tuple[int, ...]) -> NDArray:
        try:
            view = self._data.view(shape)
        except engine.FailedInput as failed:
            return type(self)._make_failed(failed.failure, failed.meta.view(shape), self._ctx)
        except RuntimeError:
            # never for arrays of our own, which are contiguous; tensors from elsewhere need not be
            view = self._data.reshape(shape)
        if state.recording and self._tracked():
            node, history = self._node  # type: ignore[misc]
            step = [_ops.get("Reshape").bind((), {"shape": shape}), [history]]
            with torch.enable_grad():
                return type(self)(view, self._ctx, (node.reshape(shape), (step, 0)))
        return type(self)(view, self._ctx)

    def expand_dims(self, axis: int, inplace: bool = False) -> NDArray:
        """A new axis of size 1 at ``axis``; with ``inplace`` a view of this array, else a copy."""
        if not inplace:
            return _op("expand_dims")(self, axis=axis)
        n = self.ndim + 1
        if not -n <= axis < n:
            raise ShapeError(f"expand_dims: axis {axis} is out of range for {n} dimensions")
        at = axis % n
        return self._view((*self.shape[:at], 1, *self.shape[at:]))

    def flatten(self, inplace: bool = False) -> NDArray:
        """All axes but the first joined into one."""
        if not inplace:
            return _op("Flatten")(self)
        return self._view((self.shape[0], int(np.prod(self.shape[1:]))))

    def squeeze(self, axis: Any = None, inplace: bool = False) -> NDArray:
        """Without its axes of size 1, or without those of them named."""
        if not inplace:
            return _op("squeeze")(self, axis=axis)
        return self._view(_op("squeeze")(self, axis=axis).shape)

    def transpose(self, *axes: Any, **kwargs: Any) -> NDArray:
        """A copy with the axes permuted, reversed if none are given."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            axes = tuple(axes[0] or ())
        return _op("transpose")(self, axes=axes or kwargs.get("axes") or ())

    @property
    def T(self) -> NDArray:
        """A copy with the axes in reverse order; the array itself if it has one axis."""
        return self.transpose() if self.ndim > 1 else self

    def broadcast_to(self, shape: Any) -> NDArray:
        """Repeated along its axes of size 1 to ``shape``; 0 in it keeps the size. New axes may come in front."""
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        own = self.shape
        padded = (1,) * (len(shape) - len(own)) + own
        if len(shape) < len(own) or any(
            have != 1 and want not in (have, 0) for have, want in zip(padded, shape, strict=True)
        ):
            raise ArgumentError(
                f"operands could not be broadcast together with remapped shapes[original->remapped]: {own} and "
                f"requested shape {shape}"
            )
        source = self if len(own) == len(shape) else self.reshape(padded)
        return _op("broadcast_to")(source, shape=shape)

    def broadcast_like(self, other: NDArray) -> NDArray:
        """Repeated along its axes of size 1 to the shape of ``other``."""
        return self.broadcast_to(other.shape)

    def slice_assign(self, rhs: NDArray, begin: Any, end: Any, step: Any) -> NDArray:
        """Write ``rhs`` to the part from ``begin`` to ``end`` in steps of ``step``; returns this array."""
        self[_box(begin, end, step)] = rhs
        return self

    def slice_assign_scalar(self, value: float, begin: Any, end: Any, step: Any) -> NDArray:
        """Write ``value`` to the part from ``begin`` to ``end`` in steps of ``step``; returns this array."""
        self[_box(begin, end, step)] = value
        return self

    def split_v2(self, indices_or_sections: Any, axis: int = 0, squeeze_axis: bool = False) -> Any:
        """Pieces along ``axis``: so many equal ones, or cut before each of the given indices."""
        from .functions import split_v2

        return split_v2(self, indices_or_sections, axis, squeeze_axis)

    # -- elsewhere ----------------------------------------------------------------------------------------------

    def copy(self) -> NDArray:
        """A new array with these values."""
        return self._here(invoke(type(self), _ops.get("_copy").bind((), {}), (self,)))

    def __copy__(self) -> NDArray:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> NDArray:
        twin = memo[id(self)] = self.detach().copy()
        return twin

    def _here(self, made: NDArray) -> NDArray:
        """``made`` in the kind of memory that this array is in."""
        made._ctx = self._ctx
        return made

    def copyto(self, other: Any) -> NDArray:
        """Copy the values to ``other``, an array of this shape, or to a new array on the context ``other``."""
        if isinstance(other, Context):
            try:
                data = self._data.to(other.device, copy=True)
            except engine.FailedInput as failed:
                return type(self)._make_failed(failed.failure, failed.meta, other)
            return self._moved(data, other)
        if not isinstance(other, Array):
            raise DTypeError(f"copyto does not support type {type(other)}; expected an array or a context")
        if other is self:
            return other
        if other._sparse:
            other._assign(self._ready())
            return other  # type: ignore[return-value]
        if other._meta().shape != self._meta().shape:
            raise ShapeError(f"copyto: target has shape {tuple(other._meta().shape)}, expected {self.shape}")
        other[:] = self
        return other  # type: ignore[return-value]

    def _moved(self, data: torch.Tensor, ctx: Context) -> NDArray:
        if state.recording and self._tracked():
            node, history = self._node  # type: ignore[misc]
            with torch.enable_grad():
                moved = node.to(ctx.device, copy=True)
            step = [_ops.get("_copy").bind((), {}), [history]]
            return type(self)(moved.data, ctx, (moved, (step, 0)))
        return type(self)(data, ctx)

    def as_in_context(self, context: Context) -> NDArray:
        """This array if it is on ``context``, else a copy that is."""
        return self if self._ctx == context else self.copyto(context)

    as_in_ctx = as_in_context

    def astype(self, dtype: Any, copy: bool = True) -> NDArray:
        """The values in another dtype, float32 for None; with ``copy=False`` this array itself if it has it already."""
        wanted = torch_dtype(dtype)
        if not copy and self._meta().dtype is wanted:
            return self
        return self._here(invoke(type(self), _ops.get("Cast").bind((), {"dtype": NAME[wanted]}), (self,)))

    def tostype(self, stype: str) -> NDArray:
        """A copy of the array in another storage type.

        Raises:
            ArgumentError: ``stype`` is none of ``default``, ``row_sparse`` and ``csr``, or ``csr`` is asked for and the
                array does not have two axes.
        """
        if stype == "default":
            return self.copy()
        return _op("cast_storage")(self, stype=stype)

    def as_nd_ndarray(self) -> NDArray:
        """The same memory as an NDArray."""
        return self if self._face == "nd" else self._as(NDArray)

    def as_np_ndarray(self) -> Any:
        """The same memory as an ``mx.np.ndarray``."""
        from mxnet.numpy import ndarray

        return self if self._face == "np" else self._as(ndarray)

    def _as(self, cls: type[Array]) -> Any:
        twin = cls(self._data, self._ctx, self._node)
        if self._grad is not None:
            twin._grad = self._grad
        return twin

    # -- autograd -----------------------------------------------------------------------------------------------

    @property
    def grad(self) -> NDArray | None:
        """The gradient buffer of a marked array, else None."""
        slot = self._grad
        return None if slot is None else slot.buffer  # type: ignore[return-value]

    @property
    def _fresh_grad(self) -> bool:
        """Whether backward has written the gradient since this was last set to False."""
        return self._grad is not None and self._grad.fresh

    @_fresh_grad.setter
    def _fresh_grad(self, value: bool) -> None:
        if self._grad is not None:
            self._grad.fresh = bool(value)

    def attach_grad(self, grad_req: str = "write", stype: str | None = None) -> None:
        """Allocate a gradient, and make this array a leaf: it is cut off from what was recorded before.

        Args:
            grad_req: ``write`` replaces the buffer in each backward, ``add`` adds to it, ``null`` leaves it alone.
            stype: storage type of the buffer, ``default`` if None.
        """
        if stype not in (None, "default"):
            from .sparse import zeros

            self._mark(zeros(stype, self.shape, self._ctx, self.dtype), grad_req)
            return
        self._mark(type(self)(torch.zeros_like(self._data), self._ctx.results), grad_req)

    def drop_grad(self) -> None:
        """Give the gradient buffer back and make this an ordinary array."""
        self._node = None
        self._grad = None

    def detach(self) -> NDArray:
        """The same memory, outside the recorded graph."""
        if state.tracer is not None and self._tracked():  # in a block being traced: an operator of its graph
            return invoke(type(self), _ops.get("BlockGrad").bind((), {}), (self,), None)
        try:
            return type(self)(self._data, self._ctx)
        except engine.FailedInput as failed:
            return type(self)._make_failed(failed.failure, failed.meta, self._ctx)

    def backward(self, out_grad: Any = None, retain_graph: bool = False, train_mode: bool = True) -> None:
        """Write the gradients of this array to all marked arrays it was computed from.

        Args:
            out_grad: gradient to start from, of this array's shape; ones if None.
            retain_graph: keep the graph for another backward. If not, intermediate results are constants afterwards: a
                state that is carried to the next batch leaves its history behind.
            train_mode: whether user code that runs in backward sees training mode; see :func:`autograd.backward`.

        Raises:
            AutogradError: nothing was recorded, or the graph was freed.
        """
        autograd.backward([self], None if out_grad is None else [out_grad], retain_graph, train_mode)


py_slice = slice
"""Python's ``slice``, under the name it has beside the operator of that name."""
_ALL = slice(None)
_EACH = slice(None, None, 1)

# numbers by which files and the C interface of 1.9.1 know dtypes, requests and storage types; programs import them
_DTYPE_NP_TO_MX = {None: -1} | {NUMPY[t]: flag for t, flag in FLAG.items()}
_DTYPE_MX_TO_NP = {flag: dtype for dtype, flag in _DTYPE_NP_TO_MX.items()}
_GRAD_REQ_MAP = {"null": 0, "write": 1, "add": 3}
_STORAGE_TYPE_UNDEFINED, _STORAGE_TYPE_DEFAULT, _STORAGE_TYPE_ROW_SPARSE, _STORAGE_TYPE_CSR = -1, 0, 1, 2
_STORAGE_TYPE_STR_TO_ID = {"undefined": -1, "default": 0, "row_sparse": 1, "csr": 2}
_STORAGE_TYPE_ID_TO_STR = {number: stype for stype, number in _STORAGE_TYPE_STR_TO_ID.items()}


def _new_from_shared_mem(pid: int, fd: int, shape: Sequence[int], dtype: Any) -> ArrayHandle:
    """A handle, for ``NDArray``, of the array that ``_to_shared_mem`` shared, in this process or another.

    The file is closed if its number was sent; the process that it came from need not exist any more.
    """
    return handle_of(NDArray(shared.read(fd, shape, torch_dtype(dtype)), Context("cpu_shared", 0)))


def _box(begin: Any, end: Any, step: Any) -> tuple[slice, ...]:
    step = step or (None,) * len(begin)
    return tuple(slice(b, e, s) for b, e, s in zip(begin, end, step, strict=True))


def _op(name: str) -> Callable[..., Any]:
    from ._namespace import function

    return function(name)


install(NDArray)
install_methods(NDArray)
Array.default = NDArray

# 1.9.1 defines these functions in this module, and programs take them from here
_FUNCTIONS = """add arange array concatenate divide empty equal eye from_dlpack from_numpy full greater greater_equal
histogram imdecode lesser lesser_equal linspace logical_and logical_or logical_xor maximum minimum modulo moveaxis
multiply not_equal onehot_encode ones power split_v2 subtract to_dlpack_for_read to_dlpack_for_write true_divide waitall
zeros""".split()
__all__ = ["NDArray"]
expose(__name__, (), _op, {name: f"mxnet.ndarray:{name}" for name in _FUNCTIONS}, starred=_FUNCTIONS)
