"""A module that trains with stochastic variance reduced gradients."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import mxnet as mx
from mxnet._base.errors import ArgumentError, DTypeError
from mxnet.module import Module
from mxnet.module._updates import chosen_store, gradient_scale, indexed

from .svrg_optimizer import _SVRGOptimizer

__all__ = ["SVRGModule"]


class SVRGModule(Module):
    """A ``Module`` whose steps use gradients of less variance than those of a batch.

    Every ``update_freq`` epochs it keeps a copy of the parameters and the mean of their gradients over all data. The
    gradient of a batch is then corrected by the copy's gradient for the same batch, and by that mean: ``g(w) - g(copy)
    + mean``.

    Args:
        update_freq: epochs from one mean over all data to the next, at least 1; other arguments are those of
            ``Module``.

    Raises:
        DTypeError: ``update_freq`` is no whole number.
        ArgumentError: it is less than 1.
    """

    def __init__(
        self,
        symbol: Any,
        data_names: Sequence[str] = ("data",),
        label_names: Sequence[str] | None = ("softmax_label",),
        logger: Any = logging,
        context: Any = mx.cpu(),  # noqa: B008  as in 1.9.1
        work_load_list: Sequence[float] | None = None,
        fixed_param_names: Sequence[str] | None = None,
        state_names: Sequence[str] | None = None,
        group2ctxs: Any = None,
        compression_params: Mapping[str, Any] | None = None,
        update_freq: int | None = None,
    ) -> None:
        arguments = (
            symbol,
            data_names,
            label_names,
            logger,
            context,
            work_load_list,
            fixed_param_names,
            state_names,
            group2ctxs,
            compression_params,
        )
        super().__init__(*arguments)
        if not isinstance(update_freq, int):
            raise DTypeError(f"update_freq in SVRGModule must be an integer to represent epochs, got {update_freq!r}")
        if update_freq < 1:
            raise ArgumentError(f"update_freq in SVRGModule is {update_freq}, expected 1 or more")
        self.update_freq = update_freq
        self._mod_aux = Module(*arguments)
        self._param_dict: list[dict[str, Any]] = []
        self._ctx_len = len(self._context)

    def _reset_bind(self) -> None:
        """Unbind both modules."""
        for module in (self, self._mod_aux):
            module.binded = False
            module._exec_group = None

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
        """Bind both modules: see ``Module.bind``."""
        if force_rebind:
            self._reset_bind()
        elif self.binded:
            self.logger.warning("Already binded, ignoring bind()")
            return
        super().bind(data_shapes, label_shapes, for_training, inputs_need_grad, force_rebind, shared_module, grad_req)
        if for_training:
            self._mod_aux.bind(
                data_shapes, label_shapes, for_training, inputs_need_grad, force_rebind, shared_module, grad_req
            )

    def reshape(self, data_shapes: Any, label_shapes: Any = None) -> None:
        """Bind both modules to other shapes."""
        super().reshape(data_shapes, label_shapes)
        if self._mod_aux.binded:
            self._mod_aux.reshape(data_shapes, label_shapes)

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Install an optimizer, and with a distributed store a second key of each parameter for its full gradient."""
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring...")
            return
        svrg = self._create_optimizer(_SVRGOptimizer.__name__, optimizer, kvstore, optimizer_params)
        super().init_optimizer(kvstore, svrg, (), force_init)
        group = self._bound_group()
        self._param_dict = [
            {
                name: mx.nd.zeros_like(copies[k])
                for name, copies in zip(self._param_names, group.param_arrays, strict=True)
            }
            for k in range(self._ctx_len)
        ]
        if self._on_store():
            for name, copies in zip(self._param_names, group.param_arrays, strict=True):
                self._kvstore.init(f"{name}_full", mx.nd.zeros_like(copies[0]))

    def _on_store(self) -> bool:
        """Whether full gradients are joined in the store, because several machines have a part each."""
        return self._kvstore is not None and "dist" in self._kvstore.type

    def _create_optimizer(self, optimizer: str, default_opt: Any, kvstore: Any, optimizer_params: Any) -> Any:
        """The optimizer ``optimizer`` around ``default_opt``, which makes its steps."""
        store, on_store = chosen_store(kvstore, self._context)
        rescale = gradient_scale(store, self._bound_group().batch_size)
        names = indexed(self._param_names, 1 if on_store else self._ctx_len)
        if on_store:
            last = len(names)
            names.update({last + i: f"{n}_full" for i, n in enumerate(self._param_names)})
        options = {"rescale_grad": rescale, **dict(optimizer_params)}
        return mx.optimizer.create(
            optimizer, default_optimizer=default_opt, param_idx2name=names, sym=self._symbol, **options
        )

    # -- computation --------------------------------------------------------------------------------------------

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch; in training, also with the copy of the parameters."""
        super().forward(data_batch, is_train)
        if is_train if is_train is not None else self.for_training:
            self._mod_aux.forward(data_batch, is_train)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients, also those of the copy."""
        super().backward(out_grads)
        if self._mod_aux.binded:
            self._mod_aux.backward(out_grads)

    def update(self) -> None:
        """Correct the gradients, and take a step."""
        self._update_svrg_gradients()
        super().update()

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Prepare both modules for a batch."""
        super().prepare(data_batch, sparse_row_id_fn)
        self._mod_aux.prepare(data_batch, sparse_row_id_fn)

    def update_full_grads(self, train_data: Any) -> None:
        """Copy the parameters, and compute the mean of their gradients over the batches of ``train_data``.

        Raises:
            ArgumentError: there are no batches.
        """
        arguments, states = self.get_params()
        self._mod_aux.init_params(arg_params=arguments, aux_params=states, force_init=True)
        train_data.reset()
        batches = 0
        sums = [{n: mx.nd.zeros_like(a) for n, a in of_context.items()} for of_context in self._param_dict]
        grads = self._mod_aux._bound_group()
        for batch in train_data:
            self._mod_aux.forward(batch, is_train=True)
            self._mod_aux.backward()
            batches += 1
            grads = self._mod_aux._bound_group()
            for name, of_contexts in zip(self._param_names, grads.grad_arrays, strict=True):
                for k, grad in enumerate(of_contexts):
                    if grad is not None:
                        sums[k][name] += grad
        if not batches:
            raise ArgumentError("update_full_grads: the iterator has no batches")
        train_data.reset()
        for name in self._param_names:
            means = [of_context[name] / batches for of_context in sums]
            if self._on_store():
                self._accumulate_kvstore(name, means)
            else:
                for k, mean in enumerate(means):
                    self._param_dict[k][name] = mean

    def _accumulate_kvstore(self, key: str, value: Any) -> None:
        """Join full gradients of all machines in the store, and give each context its part."""
        joined = f"{key}_full"
        self._kvstore.push(joined, value)

        self._kvstore.pull(joined, out=value)
        self._allocate_gradients(key, value)

    def _allocate_gradients(self, key: str, value: Sequence[Any]) -> None:
        """Give each context its part of the joined full gradients."""
        for k in range(self._ctx_len):
            self._param_dict[k][key] = value[k] / self._ctx_len

    def _svrg_grads_update_rule(
        self, g_curr_batch_curr_weight: Any, g_curr_batch_special_weight: Any, g_special_weight_all_batch: Any
    ) -> Any:
        """The corrected gradient."""
        return g_curr_batch_curr_weight - g_curr_batch_special_weight + g_special_weight_all_batch

    def _update_svrg_gradients(self) -> None:
        """Correct the gradients of the last batch in place."""
        own, copies = self._bound_group().grad_arrays, self._mod_aux._bound_group().grad_arrays
        for name, grads, others in zip(self._param_names, own, copies, strict=True):
            for k, (grad, other) in enumerate(zip(grads, others, strict=True)):
                if grad is not None:
                    grad[:] = self._svrg_grads_update_rule(grad, other, self._param_dict[k][name])

    def _before_epoch(self, data: Any, done: int) -> None:
        """A mean over all data at the first epoch of ``fit`` and every ``update_freq`` after it."""
        if done % self.update_freq == 0:
            self.update_full_grads(data)
