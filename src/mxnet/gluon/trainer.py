"""Trainer: applies an optimizer to the parameters of a model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from mxnet import optimizer as opt
from mxnet._base import settings
from mxnet._base.errors import ArgumentError, CallError, DTypeError, MXNetError
from mxnet._base.files import atomic_write, naming, read_bytes
from mxnet._runtime.array import Array
from mxnet._runtime.autograd import Scope
from mxnet.kvstore import KVStore, KVStoreBase
from mxnet.kvstore import create as create_store

from ._errors import RejectedError
from .parameter import Parameter, ParameterDict

__all__ = ["KVStore", "Parameter", "ParameterDict", "Trainer", "opt"]

_BIG = 16 * 1024 * 1024
"""Elements of an array from which on a ``local`` store is left to reduce only, the CPU being slow to update it."""


class EmptyBatchError(ArgumentError, ZeroDivisionError):
    """A batch of no samples, over which a mean is to be taken."""


class Trainer:
    """Applies an optimizer to parameters, on one or several contexts.

    Args:
        params: a ParameterDict, a dict or a list of parameters; those of dicts are taken in the order of their names.
        optimizer: its name, or an optimizer.
        optimizer_params: arguments for the optimizer, where it is given by name.
        kvstore: what joins the gradients of several contexts: ``local``, ``device``, a store, or None for none. With
            a single context no store is made.
        compression_params: how gradients are compressed on their way, ``{'type': '2bit', 'threshold': 0.5}``, by stores
            that can do so.
        update_on_kvstore: whether the store applies the optimizer too. If None, it does so where it can, unless
            MXNET_UPDATE_ON_KVSTORE says otherwise.

    Raises:
        ArgumentError: ``params`` is something else.
        RuntimeError: a parameter is not initialised.

    >>> import mxnet as mx
    >>> net = mx.gluon.nn.Dense(1, in_units=1, use_bias=False)
    >>> net.initialize("ones")
    >>> trainer = Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
    >>> with mx.autograd.record():
    ...     loss = net(mx.nd.ones((1, 1)))
    >>> loss.backward()
    >>> trainer.step(batch_size=1)
    >>> net.weight.data().asscalar()
    0.5
    """

    def __init__(
        self,
        params: Any,
        optimizer: Any,
        optimizer_params: dict[str, Any] | None = None,
        kvstore: Any = "device",
        compression_params: dict[str, Any] | None = None,
        update_on_kvstore: bool | None = None,
    ) -> None:
        self._params: list[Parameter] = _listed(params)
        self._param2idx = {p.name: i for i, p in enumerate(self._params)}
        for param in self._params:
            param._set_trainer(self)
        self._compression_params = compression_params
        self._contexts = self._check_contexts()
        if optimizer_params is not None and not isinstance(optimizer_params, Mapping):
            raise CallError(f"optimizer_params must be a dict like {{'learning_rate': 0.1}}, got {optimizer_params!r}")
        self._init_optimizer(optimizer, dict(optimizer_params) if optimizer_params else {})
        self._scale = self._optimizer.rescale_grad
        self._contains_sparse_weight = any(p._stype != "default" for p in self._params)
        self._contains_sparse_grad = any(p._grad_stype != "default" for p in self._params)
        self._kvstore_params = {"kvstore": kvstore, "update_on_kvstore": update_on_kvstore}
        self._kv_initialized = False
        self._kvstore: Any = None
        self._update_on_kvstore: bool | None = None
        self._distributed: bool | None = None
        self._params_to_init: list[Parameter] = []
        self._reset_kvstore()

    def _check_contexts(self) -> list[Any]:
        contexts: list[Any] | None = None
        for param in self._params:
            own = param.list_ctx()
            if contexts is not None and contexts != own:
                raise RejectedError(
                    f"All Parameters must be initialized on the same set of contexts, but Parameter {param.name} is "
                    f"initialized on {own} while previous Parameters are initialized on {contexts}."
                )
            contexts = own
        return contexts or []

    def _init_optimizer(self, optimizer: Any, arguments: dict[str, Any]) -> None:
        by_index = dict(enumerate(self._params))
        if isinstance(optimizer, opt.Optimizer):
            if arguments:
                raise RejectedError(
                    "optimizer_params must be None if optimizer is an instance of Optimizer instead of str"
                )
            self._optimizer = optimizer
            self._optimizer.param_dict = by_index
        else:
            self._optimizer = opt.create(optimizer, param_dict=by_index, **arguments)
        self._updaters = [opt.get_updater(self._optimizer) for _ in self._contexts]

    # -- the store ----------------------------------------------------------------------------------------------

    def _reset_kvstore(self) -> None:
        """Forget the store; the next step makes it anew from the parameters as they are."""
        if self._kvstore is not None and "dist" in self._kvstore.type:
            raise MXNetError("Cannot reset distributed KVStore.")
        self._kv_initialized = False
        self._kvstore = None
        self._distributed = None
        self._update_on_kvstore = None
        self._params_to_init = list(self._params)

    def _parameter_was_set(self, param: Parameter) -> None:
        """Its values were set by hand; a store that keeps a copy has to take them up."""
        if self._kv_initialized and self._update_on_kvstore and all(p is not param for p in self._params_to_init):
            self._reset_kvstore()

    def _init_kvstore(self) -> None:
        wanted = self._kvstore_params["update_on_kvstore"]
        store, on_store = self._make_store(self._kvstore_params["kvstore"], wanted)
        if store is None:
            self._distributed = False
            self._kvstore = self._update_on_kvstore = None
        else:
            self._distributed = "dist" in store.type
            if self._compression_params:
                store.set_gradient_compression(self._compression_params)
            if on_store and not store.is_capable(KVStoreBase.OPTIMIZER):
                if wanted:
                    raise ArgumentError(f"Please set update_on_kvstore=False when training with {type(store)}")
                on_store = False
            if on_store:
                store.set_optimizer(self._optimizer)
            self._kvstore = store
            self._update_on_kvstore = on_store
        self._kv_initialized = True

    def _make_store(self, kvstore: Any, wanted: bool | None) -> tuple[Any, bool]:
        """The store, and whether it is to update."""
        on_store = settings.get("MXNET_UPDATE_ON_KVSTORE") if wanted is None else wanted
        sparse = any(p._stype != "default" for p in self._params)
        if sparse:
            if wanted is False:
                raise ArgumentError("Cannot set update_on_kvstore=False when sparse weights are present.")
            on_store = True
            kvstore = "device" if kvstore is None else kvstore
        elif wanted is None and any(p._grad_stype != "default" for p in self._params):
            on_store = False
        if kvstore is None:
            if wanted:
                raise ArgumentError("Trainer: update_on_kvstore is True and kvstore is None; name a kvstore")
            return None, False
        if isinstance(kvstore, KVStoreBase):
            return kvstore, on_store
        if not isinstance(kvstore, str):
            raise DTypeError(f"kvstore must be KVStore, str or None, got {kvstore!r}")
        if len(self._contexts) == 1 and "dist" not in kvstore and not wanted and not sparse:
            return None, False
        if kvstore == "local" and wanted is None and not sparse:
            sizes = [math.prod(p.shape or ()) for p in self._params]
            on_store = on_store and max(sizes, default=0) <= _BIG
        return create_store(kvstore), on_store

    def _init_params(self) -> None:
        """Give the store those parameters that have values."""
        waiting = []
        for param in self._params_to_init:
            if param._deferred_init:
                waiting.append(param)
            elif self._kvstore is not None:
                arrays = param._all(param._data)
                index = self._param2idx[param.name]
                self._kvstore.broadcast(index, arrays[0], arrays, priority=-index)
        self._params_to_init = waiting

    def _prepare(self) -> None:
        if not self._kv_initialized:
            self._init_kvstore()
        if self._params_to_init:
            self._init_params()

    # -- learning rate ------------------------------------------------------------------------------------------

    @property
    def learning_rate(self) -> float:
        """The learning rate of the optimizer."""
        return self._optimizer.learning_rate

    @property
    def optimizer(self) -> Any:
        """The optimizer."""
        return self._optimizer

    def set_learning_rate(self, lr: float) -> None:
        """Change the learning rate.

        Raises:
            UserWarning: the optimizer has a scheduler, which decides it.
        """
        self._optimizer.set_learning_rate(lr)

    # -- steps --------------------------------------------------------------------------------------------------

    def step(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
        """Join the gradients of all contexts and update the parameters, after ``backward`` and outside ``record()``.

        Args:
            batch_size: gradients are divided by it.
            ignore_stale_grad: skip parameters whose gradient ``backward`` has not written since the last step, rather
                than raise.

        Raises:
            UserWarning: there is such a parameter; where the store updates, one whose gradient was never computed.
            DeferredInitializationError: a parameter has no values yet.
            ArgumentError: ``batch_size`` is 0 or no number.
        """
        self._check_and_rescale_grad(self._per_sample("step", batch_size))
        self._prepare()
        for param in self._params_to_init:
            if param._grad_req != "null":
                param._all(param._data)  # raises, saying why there are no values yet
        self._allreduce_grads()
        self._update(ignore_stale_grad)

    def _per_sample(self, who: str, batch_size: Any) -> float:
        try:
            scale = self._scale / batch_size
            return float(scale.item() if isinstance(scale, np.ndarray) else scale)  # it may be an array of one number
        except ZeroDivisionError:
            raise EmptyBatchError(f"Trainer.{who}: batch_size is 0, expected a positive number") from None
        except (TypeError, ValueError):
            raise CallError(f"Trainer.{who}: batch_size is {batch_size!r}, expected a positive number") from None

    def _check_and_rescale_grad(self, scale: float) -> None:
        if self._update_on_kvstore and self._distributed and self._optimizer.rescale_grad != scale:
            raise UserWarning(
                "Possible change in the `batch_size` from previous `step` detected. Optimizer gradient normalizing "
                f"factor will not change w.r.t new batch_size when update_on_kvstore=True (from "
                f"{self._optimizer.rescale_grad} to {scale})"
            )
        self._optimizer.rescale_grad = scale

    def allreduce_grads(self) -> None:
        """Join the gradients of all contexts, without updating; :meth:`update` does that.

        Raises:
            RejectedError: the store updates too.
        """
        self._prepare()
        self._not_on_store("allreduce_grads()")
        self._allreduce_grads()

    def update(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
        """Update the parameters by gradients that :meth:`allreduce_grads` has joined; arguments as for :meth:`step`.

        Raises:
            RejectedError: the store updates.
        """
        self._prepare()
        self._not_on_store("update()")
        self._check_and_rescale_grad(self._per_sample("update", batch_size))
        self._update(ignore_stale_grad)

    def _not_on_store(self, who: str) -> None:
        if self._kvstore is not None and self._update_on_kvstore:
            raise RejectedError(
                f"{who} when parameters are updated on kvstore is not supported. Try setting `update_on_kvstore` to "
                "False when creating trainer."
            )

    def _allreduce_grads(self) -> None:
        store = self._kvstore
        if store is None:
            return
        learned = [(i, p) for i, p in enumerate(self._params) if p._grad_req != "null"]
        if isinstance(store, KVStore):
            keys = [i for i, _ in learned]
            grads = [p.list_grad() for _, p in learned]
            out = [p._all(p._data) for _, p in learned] if self._update_on_kvstore else grads
            store.pushpull(keys, grads, out=out)
            for key, arrays in zip(keys, out, strict=True):
                if arrays[0]._sparse:  # left alone by pushpull
                    store.pull(key, arrays, ignore_sparse=False)
            return
        for i, param in learned:
            if self._update_on_kvstore:
                store.pushpull(i, param.list_grad(), out=param._all(param._data), priority=-i)
            else:
                store.pushpull(i, param.list_grad(), priority=-i)

    def _update(self, ignore_stale_grad: bool = False) -> None:
        if self._kvstore is not None and self._update_on_kvstore:
            if not ignore_stale_grad:
                self._require_gradients()
            return
        batches: list[tuple[list[int], list[Any], list[Any]]] = [([], [], []) for _ in self._updaters]
        slots = []
        for i, param in enumerate(self._params):
            if param._grad_req == "null":
                continue
            grads = param._grad if param._grad is not None else param.list_grad()
            if len(grads) > len(batches):
                raise RejectedError(
                    f"Trainer: Parameter '{param.name}' is on {param.list_ctx()}, expected not more than the "
                    f"{len(batches)} context(s) the trainer was made for; make another Trainer after reset_ctx()"
                )
            # after reset_ctx() to fewer contexts those that are left go on with their states
            for (indices, gs, ws), array, grad in zip(batches, param._data or (), grads, strict=False):
                slot = array._grad
                if slot is None or not slot.fresh:
                    if not ignore_stale_grad:
                        raise _stale(param, array)
                    continue
                slots.append(slot)
                indices.append(i)
                gs.append(grad)
                ws.append(array)
        for slot in slots:
            slot.fresh = False
        for updater, (indices, gs, ws) in zip(self._updaters, batches, strict=True):
            if indices:
                updater(indices, gs, ws)

    def _require_gradients(self) -> None:
        """Where the store updates, raise for a gradient that was never computed; as in 1.9.1, after the update."""
        for param in self._params:
            if param._grad_req != "null":
                for array in param._data or ():
                    if array._grad is None or not array._grad.fresh:
                        raise _stale(param, array)

    def _row_sparse_pull(self, parameter: Parameter, out: Any, row_id: Any, full_idx: bool = False) -> None:
        """Write the rows ``row_id`` of ``parameter``, and no others, to ``out``; ``full_idx`` has no effect."""
        with Scope(False, None):
            self._prepare()
            self._kvstore.row_sparse_pull(self._param2idx[parameter.name], out=out, row_ids=row_id)

    # -- files --------------------------------------------------------------------------------------------------

    def save_states(self, fname: str) -> None:
        """Write the optimizer and its states, momenta and the like, to a file."""
        self._prepare()
        if self._kvstore is not None and self._update_on_kvstore:
            if self._params_to_init:
                raise RejectedError(
                    "Cannot save trainer states when some parameters are not yet initialized in kvstore."
                )
            self._kvstore.save_optimizer_states(fname, dump_optimizer=True)
            return
        with atomic_write(fname) as file:
            file.write(self._updaters[0].get_states(dump_optimizer=True))

    def load_states(self, fname: str) -> None:
        """Read what :meth:`save_states` wrote, here or in 1.9.1; the optimizer becomes the one in the file.

        Raises:
            FormatError: the file is something else.
        """
        self._prepare()
        if self._kvstore is not None and self._update_on_kvstore:
            self._kvstore.load_optimizer_states(fname)
            self._optimizer = self._kvstore._updater.optimizer
        else:
            states = read_bytes(fname)
            for updater in self._updaters:
                with naming(fname):
                    updater.set_states(states)
                updater.optimizer = self._updaters[0].optimizer
            self._optimizer = self._updaters[0].optimizer
        self._optimizer.param_dict = dict(enumerate(self._params))


def _listed(params: Any) -> list[Parameter]:
    if isinstance(params, (dict, ParameterDict)):
        params = [params[key] for key in sorted(params.keys())]
    if not isinstance(params, (list, tuple)):
        raise ArgumentError(f"First argument must be a list or dict of Parameters, got {type(params)}.")
    for param in params:
        if not isinstance(param, Parameter):
            raise ArgumentError(f"First argument must be a list or dict of Parameters, got list of {type(param)}.")
    if not params:
        raise CallError("First argument must be a list or dict of Parameters, got an empty one.")
    return list({id(p): p for p in params}.values())  # a parameter that is listed twice takes one step


def _stale(param: Parameter, array: Array) -> UserWarning:
    return UserWarning(
        f"Gradient of Parameter `{param.name}` on context {array._ctx} has not been updated by backward since last "
        "`step`. This could mean a bug in your model that made it only use a subset of the Parameters (Blocks) "
        "for this iteration. If you are intentionally only using a subset, call step with ignore_stale_grad=True to "
        "suppress this warning and skip updating of Parameters with stale gradient. Call backward() on a loss that was "
        "computed under autograd.record() before each step."
    )
