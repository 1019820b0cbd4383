"""Module: a symbol with its parameters and optimizer, on one or more contexts."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError, InputTypeError, Unfit, WrongKindError
from mxnet._base.files import checkpoint_path
from mxnet._runtime.array import Array
from mxnet._runtime.context import Context, current_context
from mxnet._runtime.sparse import tensors_of
from mxnet.model import load_checkpoint, save_checkpoint

from ._optimized import OptimizedModule
from ._parameters import check_labels, check_names, fill, refuse_extra
from .base_module import UNIFORM, NotReady
from .executor_group import DataParallelExecutorGroup, describe


class Module(OptimizedModule):
    """A symbol with parameters, bound to data shapes, trained by an optimizer.

    Args:
        symbol: the network; its variables that are neither data, label nor state are parameters.
        data_names, label_names: which variables the data iterator fills.
        context: a context, or several to cut the batch among.
        work_load_list: each context's share; equal if None.
        fixed_param_names: parameters that are not trained.
        state_names: variables that are neither data nor parameters, and keep their values.
        group2ctxs: where nodes run, by the value of their ``ctx_group``: a list with a dict of contexts for each
            context, or one dict of contexts or lists of contexts.
        compression_params: compression of gradients for a distributed store; handed to the store.
        logger: gets warnings, and reports of progress from ``fit``.

    Raises:
        ArgumentError: a data name is no variable of the symbol.

    >>> import numpy as np
    >>> import mxnet as mx
    >>> net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2), name="softmax")
    >>> x = np.random.RandomState(0).rand(100, 3)
    >>> data = mx.io.NDArrayIter(x, x[:, 0] > x[:, 1], batch_size=10)
    >>> module = Module(net)
    >>> module.fit(data, num_epoch=2, optimizer_params={"learning_rate": 0.5})
    >>> module.predict(data).shape
    (100, 2)
    """

    def __init__(
        self,
        symbol: Any,
        data_names: Sequence[str] = ("data",),
        label_names: Sequence[str] | None = ("softmax_label",),
        logger: Any = logging,
        context: Any = None,
        work_load_list: Sequence[float] | None = None,
        fixed_param_names: Sequence[str] | None = None,
        state_names: Sequence[str] | None = None,
        group2ctxs: Any = None,
        compression_params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(logger, compression_params)
        if not hasattr(symbol, "list_arguments"):
            raise WrongKindError(
                f"Module: symbol must be a Symbol, got {type(symbol).__name__}; mx.sym.load() reads one from a file, "
                "and blocks of Gluon are trained by gluon.Trainer"
            )
        context = context or current_context()
        self._context = [context] if isinstance(context, Context) else list(context)
        if not all(isinstance(c, Context) for c in self._context):
            raise WrongKindError(f"Module: context must be a Context or a list of them, like mx.cpu(), got {context!r}")
        self._work_load_list = list(work_load_list or [1] * len(self._context))
        if len(self._work_load_list) != len(self._context):
            raise Unfit(f"work_load_list has {len(self._work_load_list)} shares, expected {len(self._context)}")
        self._symbol = symbol
        self._data_names = list(data_names or [])
        self._label_names = list(label_names or [])
        self._state_names = list(state_names or [])
        self._fixed_param_names = list(fixed_param_names or [])
        check_names(self._data_names, symbol, "data", True)
        check_names(self._label_names, symbol, "label", False)
        check_names(self._state_names, symbol, "state", True)
        check_names(self._fixed_param_names, symbol, "fixed_param", True)
        inputs = {*self._data_names, *self._label_names, *self._state_names}
        self._param_names = [n for n in symbol.list_arguments() if n not in inputs]
        self._aux_names = symbol.list_auxiliary_states()
        self._output_names = symbol.list_outputs()
        self._group2ctxs = group2ctxs
        self._exec_group: DataParallelExecutorGroup | None = None
        self._arg_params: dict[str, Any] | None = None
        self._aux_params: dict[str, Any] | None = None
        self._params_dirty = False
        self._grad_req: Any = "write"

    # -- checkpoints --------------------------------------------------------------------------------------------

    @staticmethod
    def load(prefix: str, epoch: int, load_optimizer_states: bool = False, **kwargs: Any) -> Module:
        """A module from a checkpoint; the optimizer's states are read when it is initialised."""
        symbol, args, aux = load_checkpoint(prefix, epoch)
        module = Module(symbol, **kwargs)
        module._arg_params, module._aux_params = args, aux
        module.params_initialized = True
        if load_optimizer_states:
            module._preload_opt_states = checkpoint_path(prefix, epoch, "states")
        return module

    def save_checkpoint(
        self, prefix: str, epoch: int, save_optimizer_states: bool = False, remove_amp_cast: bool = True
    ) -> None:
        """Write symbol and parameters, and the optimizer's states if asked, to ``prefix-...`` files."""
        args, aux = self.get_params()
        save_checkpoint(prefix, epoch, self._symbol, args, aux, remove_amp_cast)
        if save_optimizer_states:
            path = checkpoint_path(prefix, epoch, "states")
            self.save_optimizer_states(path)
            logging.info('Saved optimizer state to "%s"', path)

    # -- description --------------------------------------------------------------------------------------------

    @property
    def data_names(self) -> list[str]:
        return self._data_names

    @property
    def label_names(self) -> list[str]:
        """Names of the labels."""
        return self._label_names

    @property
    def output_names(self) -> list[str]:
        return self._output_names

    @property
    def data_shapes(self) -> Any:
        return self._bound_group().data_shapes

    @property
    def label_shapes(self) -> Any:
        return self._bound_group().label_shapes or None

    # programs that save a model ask for these, bound or not

    @property
    def _data_shapes(self) -> Any:
        return None if self._exec_group is None else self.data_shapes

    @property
    def _label_shapes(self) -> Any:
        return None if self._exec_group is None else self.label_shapes

    @property
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        return self._bound_group().get_output_shapes()

    @property
    def _total_exec_bytes(self) -> int:
        """Memory of the executors' arrays, those shared with other modules included."""
        arrays = {}
        for executor in self._bound_group().execs:
            for a in [*executor.arg_arrays, *executor.grad_arrays, *executor.aux_arrays, *executor.outputs]:
                for tensor in () if a is None else tensors_of(a):
                    storage = tensor.untyped_storage()
                    arrays[storage.data_ptr()] = storage.nbytes()
        return sum(arrays.values())

    # -- binding and parameters ---------------------------------------------------------------------------------

    def bind(
        self,
        data_shapes: Any,
        label_shapes: Any = None,
        for_training: bool = True,
        inputs_need_grad: bool = False,
        force_rebind: bool = False,
        shared_module: Any = None,
        grad_req: Any = "write",
    ) -> None:
        """Make executors for the given shapes.

        Args:
            data_shapes, label_shapes: descriptions or (name, shape) pairs.
            for_training: whether gradients are computed.
            inputs_need_grad: whether gradients of the data are computed.
            force_rebind: bind again if it is bound already; otherwise this only gives a warning.
            shared_module: a bound module whose parameter arrays are used.
            grad_req: ``write``, ``add`` or ``null``, for all, or for each argument: a list in their order, or a dict
                (``write`` for parameters that are not in it).
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        if self.binded and self.params_initialized:
            self.get_params()
        if inputs_need_grad and not for_training:
            raise Unfit("bind: inputs_need_grad=True is for training; bind with for_training=True")
        if shared_module is not None and not isinstance(shared_module, Module):
            raise InputTypeError(f"bind: shared_module must be a Module, got {type(shared_module).__name__}")
        if shared_module is not None and not (shared_module.binded and shared_module.params_initialized):
            raise NotReady("bind: shared_module has to be bound and have parameters first")
        self._reset_bind()  # so that it is not bound if this fails
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self._grad_req = grad_req
        shared_group = shared_module._exec_group if shared_module is not None else None
        group = self._made_group(data_shapes, label_shapes, shared_group)
        if shared_module is None and self.params_initialized:
            _spread(group, self._arg_params, self._aux_params)
        self._exec_group, self.binded = group, True
        if shared_module is not None:
            self.params_initialized = shared_module.params_initialized
            self._arg_params, self._aux_params = shared_module._arg_params, shared_module._aux_params
            if shared_module.optimizer_initialized:
                self.borrow_optimizer(shared_module)
        elif not self.params_initialized:
            self._arg_params, self._aux_params = self._blank_params()

    def _blank_params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Arrays of zeros, which classes derived from this one find and fill before there are values."""
        group = self._bound_group()

        def zeros(names: Sequence[str], arrays: Sequence[Sequence[Any]]) -> dict[str, Any]:
            like = {n: copies[0] for n, copies in zip(names, arrays, strict=True)}
            return {n: nd.zeros(x.shape, dtype=x.dtype, stype=x.stype) for n, x in like.items()}

        return zeros(self._param_names, group.param_arrays), zeros(self._aux_names, group.aux_arrays)

    def _reset_bind(self) -> None:
        """Forget the binding, but not the parameters. For modules written outside of this package."""
        self.binded = False
        self._exec_group = None

    def _made_group(
        self, data_shapes: Any, label_shapes: Any, shared: DataParallelExecutorGroup | None
    ) -> DataParallelExecutorGroup:
        known, labels = describe(data_shapes), describe(label_shapes)
        names = [d.name for d in known]
        if sorted(names) != sorted(self._data_names):
            raise ArgumentError(f"Data provided by data_shapes are {names}, expected {self._data_names}")
        check_labels(labels, self._symbol.list_arguments(), self._label_names)
        if shared is not None:
            known_there = set(shared.arg_names)
            strangers = [n for n in self._param_names if n not in known_there]
            if strangers:
                raise ArgumentError(
                    f"bind: parameter {strangers[0]!r} is not in the shared module, whose optimizer and checkpoints "
                    "would not know it; let its symbol (of buckets: that of the default one) have all parameters"
                )
        return DataParallelExecutorGroup(
            self._symbol,
            self._context,
            self._work_load_list,
            known,
            labels,
            self._param_names,
            self.for_training,
            self.inputs_need_grad,
            shared,
            self.logger,
            self._fixed_param_names,
            self._grad_req,
            self._state_names,
            self._group2ctxs,
        )

    def reshape(self, data_shapes: Any, label_shapes: Any = None) -> None:
        """Bind to other shapes; parameters, optimizer and monitors stay."""
        before = self._bound_group()
        group = self._made_group(data_shapes, label_shapes, before)
        for old, new in zip(before.execs, group.execs, strict=True):
            new.set_monitor_callback(*old._monitor)
        self._exec_group = group

    def init_params(
        self,
        initializer: Any = UNIFORM,
        arg_params: Any = None,
        aux_params: Any = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters values: from the dicts, and the rest by ``initializer``; None leaves it as it is.

        Anything else in the dicts is ignored, because modules for parts of a network are given the parameters of all of
        it; ``allow_extra`` matters only for :meth:`set_params`.

        Raises:
            ArgumentError: a parameter is missing from the dicts and ``allow_missing`` is False.
        """
        if self.params_initialized and not force_init:
            warnings.warn(
                "Parameters already initialized and force_init=False. init_params call ignored.", stacklevel=2
            )
            return
        group = self._bound_group()
        attrs = self._symbol.attr_dict()
        for kind, names, arrays, given in (
            ("arg_params", self._param_names, group.param_arrays, arg_params),
            ("aux_params", self._aux_names, group.aux_arrays, aux_params),
        ):
            fill(kind, dict(zip(names, arrays, strict=True)), given, initializer, attrs, allow_missing)
        self.params_initialized = True
        self._params_dirty = True
        self.get_params()

    def set_params(
        self,
        arg_params: Any,
        aux_params: Any,
        allow_missing: bool = False,
        force_init: bool = True,
        allow_extra: bool = False,
    ) -> None:
        """Set the parameters from dicts by name.

        Raises:
            ArgumentError: a parameter is missing from the dicts and ``allow_missing`` is False; or it is True,
                ``allow_extra`` is False, and the dicts name a parameter that does not exist.
        """
        if allow_missing and not allow_extra and (force_init or not self.params_initialized):
            for kind, names, given in (
                ("arg_params", self._param_names, arg_params),
                ("aux_params", self._aux_names, aux_params),
            ):
                refuse_extra(kind, names, given or {})
        super().set_params(arg_params, aux_params, allow_missing, force_init, allow_extra)

    def get_params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Arguments and auxiliary states by name: copies, averaged over the contexts."""
        self._require(bound=not self.params_initialized or self._exec_group is not None, params=True)
        if self._exec_group is not None and (self._params_dirty or self._arg_params is None):
            self._sync_params_from_devices()
        return self._arg_params or {}, self._aux_params or {}

    def _sync_params_from_devices(self) -> None:
        self._arg_params, self._aux_params = {}, {}
        self._bound_group().get_params(self._arg_params, self._aux_params)
        if self._kvstore and self._update_on_kvstore:
            for name, value in self._arg_params.items():  # executors have some of the rows, the store all
                if value.stype == "row_sparse":
                    whole = nd.arange(value.shape[0], dtype="int64")
                    self._kvstore.row_sparse_pull(name, value, row_ids=whole)
        self._params_dirty = False

    # -- computation --------------------------------------------------------------------------------------------

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs for a batch; if its shapes differ from those bound to, bind to them first."""
        self._require(params=True)
        group = self._bound_group()
        bound = [d.shape for d in group.data_shapes]
        if isinstance(data_batch, list):
            data_batch = group.joined(data_batch)
        data, given_labels = _arrays_of(data_batch)
        got = [tuple(d.shape) for d in data]
        other_labels = any(
            len(x.shape) == len(d.shape) and tuple(x.shape) != d.shape
            for d, x in zip(group.label_shapes, given_labels, strict=False)
        )
        if bound != got or other_labels:
            self.reshape(*group.described_as(got, given_labels))
            group = self._bound_group()
        group.forward(data_batch, self.for_training if is_train is None else is_train)

    def backward(self, out_grads: Any = None) -> None:
        self._require(params=True)
        self._bound_group().backward(out_grads)

    def get_outputs(self, merge_multi_context: bool = True) -> Any:
        self._require(params=True)
        return self._bound_group().get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context: bool = True) -> Any:
        """The gradients of the data inputs.

        Raises:
            ArgumentError: bound without ``inputs_need_grad``.
        """
        self._require(params=True)
        return self._bound_group().get_input_grads(merge_multi_context)

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """Values of the states."""
        self._require(params=True)
        return self._bound_group().get_states(merge_multi_context)

    def set_states(self, states: Any = None, value: Any = None) -> None:
        """Set the states, from lists by state and context, or all to one value."""
        self._require(params=True)
        self._bound_group().set_states(states, value)

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        self._bound_group().update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon: Any) -> None:
        self._require()
        self._bound_group().install_monitor(mon)


def _spread(group: DataParallelExecutorGroup, args: Any, aux: Any) -> None:
    """Copy parameters that are kept from before to the executors."""
    for executor in group.execs:
        executor.copy_params_from(args, aux, allow_extra_params=True)


def _arrays_of(batch: Any) -> tuple[Sequence[Array], Sequence[Array]]:
    """The data and the labels of a batch, which may have none of these.

    Raises:
        WrongKindError: it is no batch, or there is something else than arrays in it.
    """
    data, labels = getattr(batch, "data", None), getattr(batch, "label", None) or []
    if not isinstance(data, (list, tuple)):
        raise WrongKindError(
            f"forward takes a batch, whose data is a list of arrays, got {type(batch).__name__}; make one by "
            "mx.io.DataBatch([array])"
        )
    for kind, arrays in ("data", data), ("label", labels):
        for i, array in enumerate(arrays):
            if not isinstance(array, Array):
                raise WrongKindError(
                    f"forward: {kind}[{i}] of the batch must be an NDArray, got {type(array).__name__}; mx.nd.array() "
                    "makes one"
                )
    return data, labels
