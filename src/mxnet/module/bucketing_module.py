"""One module for inputs of several sizes: a symbol for each bucket, parameters in common."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mxnet import ndarray as nd
from mxnet import symbol as sym
from mxnet._base.errors import ArgumentError, CallError, FormatError
from mxnet._base.nested import unpacked
from mxnet._runtime.context import current_context
from mxnet.model import load_params, save_checkpoint
from mxnet.name import NameManager

from ._parameters import check_names
from .base_module import UNIFORM, BaseModule, NotReady
from .module import Module


class BucketingModule(BaseModule):
    """Modules for inputs of several lengths, each made when its first batch comes, that share parameters and memory.

    Args:
        sym_gen: function from a bucket's key to ``(symbol, data_names, label_names)``.
        default_bucket_key: key of the bucket to bind first. Its symbol should have all parameters and the largest
            inputs, so that the others fit in its memory.
        logger, context, work_load_list, fixed_param_names, state_names, group2ctxs, compression_params: as for
            :class:`mxnet.mod.Module`.

    Raises:
        NotReady: ``default_bucket_key`` is missing.

    >>> import mxnet as mx
    >>> def sym_gen(length):
    ...     mean = mx.sym.mean(mx.sym.var("data"), axis=1)
    ...     return mx.sym.FullyConnected(mean, num_hidden=2, name="fc"), ("data",), None
    >>> module = BucketingModule(sym_gen, default_bucket_key=8)
    >>> module.bind([("data", (4, 8, 3))])
    >>> module.init_params()
    >>> batch = mx.io.DataBatch([mx.nd.ones((4, 5, 3))], bucket_key=5, provide_data=[("data", (4, 5, 3))])
    >>> module.forward(batch)
    >>> module.get_outputs()[0].shape
    (4, 2)
    """

    def __init__(
        self,
        sym_gen: Callable[[Any], tuple[Any, Sequence[str], Sequence[str] | None]],
        default_bucket_key: Any = None,
        logger: Any = logging,
        context: Any = None,
        work_load_list: Sequence[float] | None = None,
        fixed_param_names: Sequence[str] | None = None,
        state_names: Sequence[str] | None = None,
        group2ctxs: Any = None,
        compression_params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(logger)
        if default_bucket_key is None:
            raise NotReady("BucketingModule: default_bucket_key is missing; it is the key to bind first")
        self._default_bucket_key = default_bucket_key
        self._sym_gen = sym_gen
        self._context = context or current_context()
        self._work_load_list = work_load_list
        self._fixed_param_names = list(fixed_param_names or [])
        self._state_names = list(state_names or [])
        self._group2ctxs = group2ctxs
        self._compression_params = compression_params
        symbol, data_names, label_names = self._generate(default_bucket_key)
        check_names(list(data_names or []), symbol, "data", True)
        check_names(list(label_names or []), symbol, "label", False)
        check_names(self._state_names, symbol, "state", True)
        check_names(self._fixed_param_names, symbol, "fixed_param", True)
        self._buckets: dict[Any, Module] = {}
        self._loaded: dict[Any, Any] = {}
        self._params: tuple[dict[str, Any], dict[str, Any]] | None = None
        self._curr_module: Module | None = None
        self._curr_bucket_key: Any = None
        self._params_dirty = False
        self._monitor: Any = None
        self._grad_req: Any = None

    def _generate(self, key: Any) -> tuple[Any, Sequence[str], Sequence[str] | None]:
        with NameManager():  # names that are made up are the same in every bucket
            made = self._sym_gen(key)
        symbol, data_names, label_names = unpacked(
            made, "BucketingModule: sym_gen", "symbol", "data_names", "label_names"
        )
        return symbol, data_names, label_names

    def _make(self, key: Any) -> Module:
        symbol, data_names, label_names = self._generate(key)
        return Module(
            self._loaded.get(key, symbol),
            data_names,
            label_names,
            logger=self.logger,
            context=self._context,
            work_load_list=self._work_load_list,
            fixed_param_names=self._fixed_param_names,
            state_names=self._state_names,
            group2ctxs=self._group2ctxs,
            compression_params=self._compression_params,
        )

    def _current(self, params: bool = False, optimizer: bool = False) -> Module:
        self._require(True, params, optimizer)
        return self._curr_module  # type: ignore[return-value]

    # -- description --------------------------------------------------------------------------------------------

    @property
    def data_names(self) -> Any:
        return self._curr_module.data_names if self.binded else self._generate(self._default_bucket_key)[1]  # type: ignore[union-attr]

    @property
    def output_names(self) -> list[str]:
        if self.binded:
            return self._current().output_names
        return self._generate(self._default_bucket_key)[0].list_outputs()

    @property
    def data_shapes(self) -> Any:
        return self._current().data_shapes

    @property
    def label_shapes(self) -> Any:
        return self._current().label_shapes

    @property
    def output_shapes(self) -> Any:
        return self._current().output_shapes

    @property
    def symbol(self) -> Any:
        """The symbol of the current bucket."""
        return self._current().symbol

    # -- parameters ---------------------------------------------------------------------------------------------

    def get_params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        module = self._current(params=True)
        module._params_dirty = module._params_dirty or self._params_dirty
        found = module.get_params()
        self._params_dirty = False
        return found

    def init_params(
        self,
        initializer: Any = UNIFORM,
        arg_params: Any = None,
        aux_params: Any = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        if self.params_initialized and not force_init:
            return
        self._current().init_params(initializer, arg_params, aux_params, allow_missing, force_init, allow_extra)
        self._params_dirty = False
        self.params_initialized = True

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """Values of the states of the current bucket."""
        return self._current(params=True).get_states(merge_multi_context)

    def set_states(self, states: Any = None, value: Any = None) -> None:
        """Set the states of the current bucket, from lists by state and context, or all to one value."""
        self._current(params=True).set_states(states, value)

    # -- buckets ------------------------------------------------------------------------------------------------

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
        """Bind the default bucket; :meth:`switch_bucket` binds the others.

        Args:
            data_shapes, label_shapes: for the default bucket.
            for_training, inputs_need_grad, force_rebind, grad_req: as for :class:`mxnet.mod.Module`.
            shared_module: must be None.
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        if shared_module is not None:
            raise NotReady("BucketingModule.bind: shared_module for BucketingModule is not supported")
        before = self._curr_module
        if before is not None and self.params_initialized:
            self._params = self.get_params()
        module = self._make(self._default_bucket_key)
        if self._params is not None:
            module._arg_params, module._aux_params = self._params
            module.params_initialized = True
        module.bind(data_shapes, label_shapes, for_training, inputs_need_grad, grad_req=grad_req)
        if before is not None and self.optimizer_initialized:
            module.borrow_optimizer(before)
        if self._monitor is not None:
            module.install_monitor(self._monitor)
        self._buckets = {self._default_bucket_key: module}
        self._curr_module, self._curr_bucket_key = module, self._default_bucket_key
        self.for_training, self.inputs_need_grad, self._grad_req = for_training, inputs_need_grad, grad_req
        self.binded = True

    def switch_bucket(self, bucket_key: Any, data_shapes: Any, label_shapes: Any = None) -> None:
        """Go on with another bucket, which is made if it is new.

        Args:
            bucket_key: its key.
            data_shapes, label_shapes: those of its inputs, as in ``provide_data`` and ``provide_label`` of a batch.
        """
        if not self.binded:
            raise NotReady("BucketingModule.switch_bucket: call bind before switching bucket")
        if bucket_key not in self._buckets:
            current = self._current()
            module = self._make(bucket_key)
            module.bind(
                data_shapes,
                label_shapes,
                current.for_training,
                current.inputs_need_grad,
                shared_module=self._buckets[self._default_bucket_key],
                grad_req=self._grad_req,
            )
            if self._monitor is not None:
                module.install_monitor(self._monitor)
            self._buckets[bucket_key] = module
        self._curr_module, self._curr_bucket_key = self._buckets[bucket_key], bucket_key

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Install an optimizer, which all buckets use."""
        current = self._current(params=True)
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring.")
            return
        current.init_optimizer(kvstore, optimizer, optimizer_params, force_init)
        for module in self._buckets.values():
            if module is not current:
                module.borrow_optimizer(current)
        self.optimizer_initialized = True

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Bind the bucket of the batch to come; the current one stays."""
        self._current(params=True)
        before = self._curr_bucket_key
        self._switch_to(data_batch)
        self._current().prepare(data_batch, sparse_row_id_fn)
        self._curr_module, self._curr_bucket_key = self._buckets[before], before

    def _switch_to(self, data_batch: Any) -> None:
        if data_batch.provide_data is None and data_batch.bucket_key not in self._buckets:
            raise CallError(
                f"forward: the batch for a new bucket, {data_batch.bucket_key!r}, has no provide_data; make it by "
                "mx.io.DataBatch(data, label, bucket_key=..., provide_data=[(name, shape)], provide_label=...)"
            )
        self.switch_bucket(data_batch.bucket_key, data_batch.provide_data, data_batch.provide_label)

    # -- computation --------------------------------------------------------------------------------------------

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs for a batch, in the bucket of its key."""
        self._current(params=True)
        self._switch_to(data_batch)
        self._current().forward(data_batch, is_train)

    def backward(self, out_grads: Any = None) -> None:
        self._current(params=True).backward(out_grads)

    def update(self) -> None:
        self._params_dirty = True
        self._current(params=True, optimizer=True).update()

    def get_outputs(self, merge_multi_context: bool = True) -> Any:
        return self._current(params=True).get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context: bool = True) -> Any:
        return self._current(params=True).get_input_grads(merge_multi_context)

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        self._current(params=True).update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon: Any) -> None:
        """Let a monitor watch all buckets, including those still to come."""
        self._current()
        self._monitor = mon
        for module in self._buckets.values():
            module.install_monitor(mon)

    # -- files --------------------------------------------------------------------------------------------------

    def save_checkpoint(self, prefix: str, epoch: int, remove_amp_cast: bool = False) -> None:
        """Write ``prefix-<key>-symbol.json`` for each bucket, ``prefix.buckets`` with their keys, and the parameters.

        Raises:
            ArgumentError: a key is no integer: the file of keys is an array.
        """
        self._current(params=True)
        strange = [k for k in self._buckets if not isinstance(k, (int, np.integer))]
        if strange:
            raise ArgumentError(
                f"save_checkpoint: bucket key {strange[0]!r} is no integer; save_params saves parameters"
            )
        for key, module in self._buckets.items():
            module.symbol.save(f"{prefix}-{key}-symbol.json", remove_amp_cast=remove_amp_cast)
        nd.save(f"{prefix}.buckets", nd.array(list(self._buckets), dtype=np.int32))
        args, aux = self.get_params()
        save_checkpoint(prefix, epoch, None, args, aux)

    @staticmethod
    def load(
        prefix: str,
        epoch: int,
        sym_gen: Callable[[Any], Any] | None = None,
        default_bucket_key: Any = None,
        **kwargs: Any,
    ) -> BucketingModule:
        """A module from a checkpoint, yet to be bound.

        Args:
            prefix, epoch: as they were for :meth:`save_checkpoint`.
            sym_gen, default_bucket_key: as for the class; required.
            kwargs: its other arguments.

        Raises:
            NotReady: ``sym_gen`` or the key is missing.
            FormatError: ``prefix.buckets`` is not a list of keys.
        """
        if sym_gen is None or default_bucket_key is None:
            missing = "sym_gen" if sym_gen is None else "default_bucket_key"
            raise NotReady(f"{missing} is required for loading BucketingModule")
        keys = nd.load(f"{prefix}.buckets")
        if not isinstance(keys, list) or len(keys) != 1 or keys[0].dtype != np.int32:
            raise FormatError(f"{prefix}.buckets: expected one array of int32, the keys of the buckets")
        symbols = {int(k): sym.load(f"{prefix}-{k}-symbol.json") for k in keys[0].asnumpy().reshape(-1)}
        args, aux = load_params(prefix, epoch)
        return BucketingModule.load_dict(symbols, sym_gen, default_bucket_key, args, aux, **kwargs)

    @staticmethod
    def load_dict(
        sym_dict: Mapping[Any, Any] | None = None,
        sym_gen: Callable[[Any], Any] | None = None,
        default_bucket_key: Any = None,
        arg_params: Mapping[str, Any] | None = None,
        aux_params: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> BucketingModule:
        """A module from symbols by bucket key, and parameters, yet to be bound.

        Raises:
            NotReady: one of the first three is missing.
            ArgumentError: there is no symbol for the default bucket.
        """
        for name, given in (
            ("sym_dict", sym_dict),
            ("sym_gen", sym_gen),
            ("default_bucket_key", default_bucket_key),
        ):
            if given is None:
                raise NotReady(f"{name} needs to be provided for BucketingModule.load_dict")
        if default_bucket_key not in sym_dict:  # type: ignore[operator]
            raise ArgumentError(
                f"load_dict: no symbol for the default bucket {default_bucket_key!r} in {list(sym_dict)}"
            )
        made = BucketingModule(sym_gen, default_bucket_key, **kwargs)  # type: ignore[arg-type]
        made._loaded = dict(sym_dict)  # type: ignore[arg-type]
        made._params = dict(arg_params or {}), dict(aux_params or {})
        made.params_initialized = True
        return made
