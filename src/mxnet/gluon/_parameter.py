"""Parameters of blocks: values on one or several devices, with their gradients.

A parameter may be initialised before its whole shape is known; its values are then made in the first forward pass.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from mxnet import autograd, context, initializer, ndarray, symbol
from mxnet._base.errors import ArgumentError, MXNetError, WrongKindError
from mxnet._ops.types import sizes_of
from mxnet._runtime.array import Array
from mxnet._runtime.context import Context, cpu
from mxnet._runtime.state import state
from mxnet.util import is_np_array, is_np_shape

from ._changes import Arrays, changes, making
from ._contexts import listed, places
from ._errors import RejectedError, no_values
from ._loading import load_into
from ._rows import all_rows, stored_otherwise, with_rows
from .utils import shape_is_known

tensor_types = (symbol.Symbol, ndarray.NDArray)

_STORAGE = ("default", "row_sparse", "csr")
_REQS = ("write", "add", "null")


class Parameter:
    """The values of a parameter on one or more contexts.

    Args:
        name: its full name; if it is to be set as an attribute of a block, what follows the block's prefix.
        grad_req: ``write`` replaces the gradient in each backward, ``add`` adds to it, ``null`` has none.
        shape: its shape, 0 for a size that is not known (-1 with NumPy shapes), None if nothing is known.
        dtype: its dtype.
        lr_mult, wd_mult: factors of the optimizer's learning rate and weight decay.
        init: its own initializer, an object or a name; None for that of ``initialize()``.
        allow_deferred_init: let ``initialize()`` wait for a shape that is not known yet.
        differentiable: whether it can have a gradient at all.
        stype, grad_stype: storage types of values and gradient: ``default`` (dense), ``row_sparse`` or ``csr``.

    Raises:
        RejectedError: an argument is not one of those allowed.

    >>> import mxnet as mx
    >>> w = Parameter("w", shape=(2, 3))
    >>> w.initialize("ones", ctx=mx.cpu())
    >>> w.data().sum().asscalar()
    6.0
    """

    def __init__(
        self,
        name: str = "weight",
        grad_req: str = "write",
        shape: Any = None,
        dtype: Any = np.float32,
        lr_mult: float = 1.0,
        wd_mult: float = 1.0,
        init: Any = None,
        allow_deferred_init: bool = False,
        differentiable: bool = True,
        stype: str = "default",
        grad_stype: str = "default",
    ) -> None:
        self._var: Any = None
        self._data = None  # counted, since it may take the place of another in a block that was called
        self._grad: list[Any] | None = None
        self._ctx_list: list[Context] | None = None
        self._ctx_map: list[list[int | None]] | None = None
        """For each kind of device, the place of each of its numbers; parameters of other packages copy it."""
        self._trainer: Any = None
        self._deferred_init: tuple[Any, ...] = ()
        self._differentiable = differentiable
        self._allow_deferred_init = allow_deferred_init
        self._grad_req: str = "null"
        self._shape: tuple[int, ...] | None = None if shape is None else sizes_of(shape)
        self.name = name
        self._alone = True
        """No ParameterDict has made it, and no block has taken it for its own."""
        self._dtype = dtype
        self.lr_mult = lr_mult
        self.wd_mult = wd_mult
        self.init = init
        self.grad_req = grad_req
        for role, kind in (("stype", stype), ("grad_stype", grad_stype)):
            if kind not in _STORAGE:
                raise RejectedError(
                    f"{role} for Parameter '{name}' must be one of 'default', 'row_sparse', or 'csr', but got '{kind}'"
                )
        self._stype = stype
        self._grad_stype = grad_stype

    def __getstate__(self) -> dict[str, Any]:
        """The attributes as 1.9.1 pickles them."""
        arrays = self._arrays
        kept = {name: value for name, value in vars(self).items() if name != "_arrays"}
        return {**kept, "_data": list(arrays) if isinstance(arrays, Arrays) else arrays}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update({"_alone": False, **{name: value for name, value in state.items() if name != "_data"}})
        self._data = state["_data"]

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.name} (shape={self.shape}, dtype={self.dtype})"

    # -- what it is ---------------------------------------------------------------------------------------------

    @property
    def _data(self) -> list[Any] | None:
        """Its arrays, one for each context. Blocks compute with new ones as soon as the list is set or changed."""
        return self._arrays

    @_data.setter
    def _data(self, arrays: list[Any] | None) -> None:
        self._arrays = Arrays(arrays) if type(arrays) is list else arrays
        changes.count += 1

    @property
    def grad_req(self) -> str:
        """What backward does with the gradient: ``write``, ``add`` or ``null``."""
        return self._grad_req

    @grad_req.setter
    def grad_req(self, req: str) -> None:
        if req not in _REQS:
            raise RejectedError(f"grad_req must be one of 'write', 'add', or 'null', but got '{req}'")
        if not self._differentiable:
            req = "null"
        if self._grad_req == req:
            return
        self._grad_req = req
        if req == "null" and self._grad is not None:
            self._grad = None
            self._data = [d.detach() for d in self._data or []]
        elif self._data is not None:
            self._init_grad(self._data)

    @property
    def dtype(self) -> Any:
        """Its dtype, as it was given. Setting it casts."""
        return self._dtype

    @dtype.setter
    def dtype(self, dtype: Any) -> None:
        self.cast(dtype)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Its shape: 0 for a size that is not known, -1 with NumPy shapes. A known size cannot be changed."""
        if self._shape is None or not is_np_shape():
            return self._shape
        return tuple(n if n != 0 else -1 for n in self._shape)

    @shape.setter
    def shape(self, shape: Any) -> None:
        if shape is None:
            return
        shape = sizes_of(tuple(shape))
        if self._shape is None:
            self._shape = shape
            return
        if len(shape) != len(self._shape) or any(
            old not in (-1, 0, new) for old, new in zip(self._shape, shape, strict=True)
        ):
            raise RejectedError(
                f"Parameter '{self.name}': Expected shape {shape} is incompatible with given shape {self._shape}."
            )
        self._shape = shape

    @property
    def stype(self) -> str:
        """The storage type of its values."""
        return self._stype

    def _set_trainer(self, trainer: Any) -> None:
        """Note who updates it; whoever sets its values tells the trainer, which may keep copies."""
        if self._stype != "default" and self._trainer and trainer and self._trainer is not trainer:
            raise MXNetError(
                f"Failed to set the trainer for Parameter '{self.name}' because it was already set. More than one "
                f"trainers for a {self._stype} Parameter is not supported."
            )
        self._trainer = trainer

    # -- initialisation -----------------------------------------------------------------------------------------

    def initialize(
        self,
        init: Any = None,
        ctx: Any = None,
        default_init: Any = initializer.Uniform(),  # noqa: B008  never changed
        force_reinit: bool = False,
    ) -> None:
        """Give it values, now or, if its shape is not known yet, in the first forward pass.

        Args:
            init: initializer; the parameter's own if None, else ``default_init``.
            ctx: a context or a list of them; the current one if None. The values are the same on all.
            default_init: what to use if neither ``init`` nor the parameter's own initializer is set.
            force_reinit: do so even if it has values.

        Raises:
            ArgumentError: the shape is not known and may not be deferred.
        """
        if self._data is not None and not force_reinit:
            warnings.warn(
                f"Parameter '{self.name}' is already initialized, ignoring. Set force_reinit=True to re-initialize.",
                stacklevel=2,
            )
            return
        self._data = self._grad = None
        contexts = listed(ctx) or [context.current_context()]
        if init is None:
            init = default_init if self.init is None else self.init
        try:
            known = shape_is_known(self.shape)
        except ArgumentError as error:
            error.args = (f"Parameter '{self.name}' of shape {self.shape}: {error}",)
            raise
        if not known and not self._allow_deferred_init:
            raise ArgumentError(
                f"Cannot initialize Parameter '{self.name}' because it has invalid shape: {self.shape}. Give its whole "
                "shape, or allow_deferred_init=True to have it derived in the first forward pass."
            )
        self._deferred_init = (init, contexts, default_init, None)
        if known:
            self._finish_deferred_init()

    def _finish_deferred_init(self) -> None:
        """Make the values of a parameter whose initialisation was deferred, its shape now being known."""
        with making:
            if self._deferred_init:  # no other thread has made them meanwhile
                self._make_values()

    def _make_values(self) -> None:
        init, contexts, default_init, data = self._deferred_init
        if not shape_is_known(self.shape):
            raise RejectedError(
                f"Cannot initialize Parameter '{self.name}' because it has invalid shape: {self.shape}. Please specify "
                "in_units, in_channels, etc for `Block`s."
            )
        try:
            with autograd.pause():
                if data is None:
                    data = self._empty()
                    description = initializer.InitDesc(self.name, {"__init__": init})
                    initializer.create(default_init)(description, data)
                self._init_impl(data, contexts)
        finally:
            self._deferred_init = ()  # last: threads that find no values see by it that they are to wait for them

    def _empty(self) -> Any:
        """Zeros of its shape and dtype on the CPU."""
        if is_np_array():
            from mxnet import numpy

            return numpy.zeros(self.shape, dtype=self._dtype, ctx=cpu())
        return ndarray.zeros(self.shape, dtype=self._dtype, ctx=cpu())

    def _init_impl(self, data: Any, contexts: Sequence[Context]) -> None:
        """Copy ``data`` to the contexts and make gradients to go with it."""
        self._ctx_list = list(contexts)
        self._ctx_map = places(contexts)
        if self._stype != data.stype:
            data = data.tostype(self._stype)
        arrays = [data.copyto(c) for c in contexts]
        self._init_grad(arrays)
        self._data = arrays  # with gradients, as other threads may compute with them from here on

    def _init_grad(self, arrays: list[Any]) -> None:
        """Make gradient buffers and attach them."""
        if self._grad_req == "null":
            self._grad = None
            return
        if self._grad_stype == "default" and self._stype == "default":
            self._grad = [d.detach().zeros_like() for d in arrays]
        else:
            self._grad = [ndarray.zeros(d.shape, ctx=d.context, dtype=d.dtype, stype=self._grad_stype) for d in arrays]
        autograd.mark_variables(arrays, self._grad, self._grad_req)

    def _load_init(self, data: Any, ctx: Any, cast_dtype: bool = False, dtype_source: str = "current") -> None:
        """Take values from a file.

        Raises:
            RejectedError: shape, dtype or contexts differ from those of the parameter.
        """
        load_into(self, data, ctx, cast_dtype, dtype_source)

    # -- values and gradients -----------------------------------------------------------------------------------

    def data(self, ctx: Context | None = None) -> Any:
        """Its values on one context.

        Args:
            ctx: the context; if None, the only one it is on, or else the current one.

        Raises:
            RuntimeError: it is not initialised, or not on that context.
            DeferredInitializationError: its initialisation waits for the first forward pass.
        """
        if self._stype != "default":
            raise stored_otherwise(self, "a copy", "on context", "data", "row_sparse_data")
        data = self._arrays
        if data is not None and len(data) == 1 and (ctx is None or data[0]._ctx is ctx):
            array = data[0]
        else:
            array = self._find(data, ctx)
        return array if state.tracer is None else state.tracer.stand_in(array)

    def list_data(self) -> list[Any]:
        """Its values on all its contexts.

        Raises:
            RuntimeError: it is not initialised, or row-sparse; use :meth:`list_row_sparse_data`.
        """
        if self._stype != "default":
            raise stored_otherwise(self, "copies", "on all contexts", "list_data", "list_row_sparse_data")
        return self._all(self._data)

    def grad(self, ctx: Context | None = None) -> Any:
        """Its gradient on one context.

        Raises:
            RuntimeError: it has none, as ``grad_req`` is ``null``, or is not initialised, or not on that context.
        """
        self._needs_grad()
        return self._find(self._grad, ctx)

    def list_grad(self) -> list[Any]:
        """Its gradients on all its contexts."""
        self._needs_grad()
        return self._all(self._grad)

    def _needs_grad(self) -> None:
        if self._data is not None and self._grad is None:
            raise MXNetError(f"Cannot get gradient array for Parameter '{self.name}' because grad_req='null'")

    def _check_and_get(self, arrays: list[Any] | None, ctx: Any) -> Any:
        """All of ``arrays`` for ``ctx=list``, else the one on ``ctx``."""
        return self._all(arrays) if ctx is list else self._find(arrays, ctx)

    def _all(self, arrays: list[Any] | None) -> list[Any]:
        if arrays is None:
            raise self._no_values()
        return arrays

    def _no_values(self) -> MXNetError:
        # if there are some, another thread has made them since the caller looked, who should look again
        return no_values(self.name, bool(self._deferred_init) or self._data is not None)

    def _find(self, arrays: list[Any] | None, ctx: Context | None) -> Any:
        if arrays is None:
            raise self._no_values()
        if ctx is None:
            if len(arrays) == 1:
                return arrays[0]
            ctx = context.current_context()
        wanted = getattr(ctx, "results", None)  # memory that processes share counts as the CPU's
        for array in arrays:
            if array._ctx.results is wanted:
                return array
        raise MXNetError(
            f"Parameter '{self.name}' was not initialized on context {ctx}. It was only initialized on "
            f"{self._ctx_list}."
        )

    def list_ctx(self) -> list[Context]:
        """The contexts it is on, or will be.

        Raises:
            RuntimeError: it is not initialised.
        """
        if self._data is None:
            if self._deferred_init:
                return self._deferred_init[1]
            raise MXNetError(
                f"Parameter '{self.name}' has not been initialized. Call initialize() on the network, or the "
                "parameters, before this"
            )
        return self._ctx_list or []

    def zero_grad(self) -> None:
        """Set its gradients to zero, where it has any."""
        for grad in self._grad or ():
            if grad._sparse:
                ndarray.zeros_like(grad, out=grad)
            else:
                grad[:] = 0

    def set_data(self, data: Any) -> None:
        """Set its values on all contexts.

        Args:
            data: an array of its shape; cast to its dtype.

        Raises:
            RejectedError: the shape does not fit, or it was never initialised.
            WrongKindError: ``data`` is no array.
        """
        shape = getattr(data, "shape", None)
        if shape is None:
            raise WrongKindError(
                f"Parameter '{self.name}': set_data got {type(data).__name__}, expected an array of shape "
                f"{self.shape}; mx.nd.array(x) makes one"
            )
        self.shape = shape
        if self._data is None:
            if not self._deferred_init:
                raise RejectedError(f"Parameter '{self.name}' has not been initialized")
            if not isinstance(data, Array):
                data = ndarray.array(data, dtype=self._dtype)
            self._deferred_init = (*self._deferred_init[:3], data)
            return
        trainer = self._trainer
        if trainer is not None:
            trainer._parameter_was_set(self)
        for array in self._data:
            array[:] = data

    def reset_ctx(self, ctx: Any) -> None:
        """Move it to other contexts.

        Args:
            ctx: a context or a list of them; the current one if None.

        Raises:
            ArgumentError: it is not initialised.
        """
        contexts = listed(ctx) or [context.current_context()]
        if self._data is not None:
            data = self._reduce()
            with autograd.pause():
                self._init_impl(data, contexts)
        elif self._deferred_init:
            init, _, default_init, data = self._deferred_init
            self._deferred_init = (init, contexts, default_init, data)
        else:
            raise ArgumentError(
                f"Cannot reset context for Parameter '{self.name}' because it has not been initialized."
            )

    def cast(self, dtype: Any) -> None:
        """Change the dtype of values and gradients."""
        self._dtype = dtype
        self._var = None
        if self._data is None:
            return
        with autograd.pause():
            self._data = [d.astype(dtype) for d in self._data]
            if self._grad is not None:
                self._grad = [g.astype(dtype) for g in self._grad]
                autograd.mark_variables(self._data, self._grad, self._grad_req)

    def _reduce(self) -> Any:
        """The mean of its values over the contexts, on the CPU; a copy."""
        if self._stype == "row_sparse" and self._trainer:  # the arrays may have been left with few of the rows
            return all_rows(self)
        arrays = [d.detach().copyto(cpu()) for d in self._all(self._data)]
        return arrays[0] if len(arrays) == 1 else ndarray.add_n(*arrays) / len(arrays)

    def row_sparse_data(self, row_id: Any) -> Any:
        """Rows of a row-sparse parameter: its array on the context of ``row_id``, reduced to these rows.

        Args:
            row_id: the numbers of the rows.

        Raises:
            RuntimeError: it is dense; use :meth:`data`.
        """
        if self._stype != "row_sparse":
            raise MXNetError(
                f"Cannot return a copy of Parameter {self.name} via row_sparse_data() because its storage type is "
                f"{self._stype}. Please use data() instead."
            )
        return with_rows(self, row_id, [row_id.context])[0]

    def list_row_sparse_data(self, row_id: Any) -> list[Any]:
        """As :meth:`row_sparse_data`, for the arrays on all contexts.

        Raises:
            RuntimeError: it is dense; use :meth:`list_data`.
        """
        if self._stype != "row_sparse":
            raise stored_otherwise(self, "copies", "on all contexts", "list_row_sparse_data", "data")
        return with_rows(self, row_id, self.list_ctx())

    def var(self) -> Any:
        """The variable that stands for it in symbols."""
        if self._var is None:
            self._var = symbol.var(
                self.name,
                shape=self.shape,
                dtype=self._dtype,
                lr_mult=self.lr_mult,
                wd_mult=self.wd_mult,
                init=self._init_text(),
                stype=self._stype,
            )
        return self._var.as_np_ndarray() if is_np_array() else self._var

    def _init_text(self) -> Any:
        return self.init


Parameter.__module__ = "mxnet.gluon.parameter"
