"""A module's optimizer: made, applied, and its states in files."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from mxnet import optimizer as opt
from mxnet._base.errors import Unfit
from mxnet._base.files import atomic_write, naming, read_bytes
from mxnet._runtime.context import Context
from mxnet.kvstore import KVStore

from ._updates import chosen_store, gradient_scale, indexed, made_optimizer, pull_rows
from .base_module import BaseModule, NotReady
from .executor_group import DataParallelExecutorGroup


class OptimizedModule(BaseModule):
    """A module whose parameters an optimizer updates, in the module or in a store.

    Args:
        logger: as for :class:`BaseModule`.
        compression_params: compression of gradients, handed to the store.
    """

    # set by Module
    _symbol: Any
    _context: Sequence[Context]
    _param_names: Sequence[str]
    _params_dirty: bool
    _exec_group: DataParallelExecutorGroup | None

    def __init__(self, logger: Any = logging, compression_params: Mapping[str, Any] | None = None) -> None:
        super().__init__(logger)
        self._compression_params = compression_params
        self._optimizer: Any = None
        self._kvstore: Any = None
        self._update_on_kvstore = False
        self._updater: Any = None
        self._preload_opt_states: str | None = None  # classes derived from this one set it in their own load

    def _bound_group(self) -> DataParallelExecutorGroup:
        """The executors, which ``bind`` has made."""
        self._require()
        return self._exec_group  # type: ignore[return-value]

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Install an optimizer: an instance, or a name with its parameters.

        An optimizer made from a name divides gradients by the batch size. A single context needs no store.
        """
        self._require(params=True)
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring...")
            return
        group = self._bound_group()
        store, on_store = chosen_store(kvstore, self._context)
        names = indexed(self._param_names, 1 if on_store else len(self._context))
        scale = gradient_scale(store, group.batch_size)
        optimizer = made_optimizer(optimizer, optimizer_params, self._symbol, names, scale)
        self._optimizer, self._kvstore, self._update_on_kvstore = optimizer, store, on_store
        self._updater = None
        if store is not None:
            if self._compression_params:
                store.set_gradient_compression(dict(self._compression_params))
            if on_store:
                store.set_optimizer(optimizer)
            for name, copies in zip(self._param_names, group.param_arrays, strict=True):
                store.init(name, copies[0])
        if not on_store:
            self._updater = opt.get_updater(optimizer)
        self.optimizer_initialized = True
        if self._preload_opt_states is not None:
            self.load_optimizer_states(self._preload_opt_states)
            self._preload_opt_states = None

    def borrow_optimizer(self, shared_module: Any) -> None:
        """Use the optimizer of another module.

        Raises:
            NotReady: that module has none.
        """
        if not shared_module.optimizer_initialized:
            raise NotReady("borrow_optimizer: the other module has no optimizer yet; call its init_optimizer() first")
        self._optimizer = shared_module._optimizer
        self._kvstore = shared_module._kvstore
        self._update_on_kvstore = shared_module._update_on_kvstore
        self._updater = shared_module._updater
        self.optimizer_initialized = True

    def save_optimizer_states(self, fname: str) -> None:
        """Write the optimizer's states to a file."""
        self._require(optimizer=True)
        if self._update_on_kvstore:
            self._kvstore.save_optimizer_states(fname)
            return
        with atomic_write(fname) as file:
            file.write(self._updater.get_states())

    def load_optimizer_states(self, fname: str) -> None:
        """Read the optimizer's states from a file."""
        self._require(optimizer=True)
        if self._update_on_kvstore:
            self._kvstore.load_optimizer_states(fname)
            return
        with naming(fname):
            self._updater.set_states(read_bytes(fname))

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Called before each batch: fetch the rows that it needs of row-sparse parameters from the store.

        Args:
            data_batch: the coming batch.
            sparse_row_id_fn: takes the batch and returns, by parameter name, arrays of row numbers. This is the only
                way by which executors get rows of a row-sparse parameter that an optimizer on the store has changed.
                Without such a store, and for dense parameters, it has no effect, and there is a warning.

        Raises:
            ArgumentError: a name is no parameter; this is also a ValueError.
            Unfit: the function returns no dict; this is also an AssertionError.

        >>> import mxnet as mx
        >>> net = mx.sym.dot(mx.sym.var("data", stype="csr"), mx.sym.var("w", shape=(3, 1), stype="row_sparse"))
        >>> module = mx.mod.Module(mx.sym.MakeLoss(net), label_names=None)
        >>> module.bind([("data", (1, 3))])
        >>> module.init_params(mx.init.One(), arg_params={"w": mx.nd.ones((3, 1))})
        >>> module.init_optimizer(mx.kv.create("local"))
        >>> batch = mx.io.DataBatch([mx.nd.array([[0, 1, 0]]).tostype("csr")])
        >>> module.prepare(batch, lambda b: {"w": b.data[0].indices})
        >>> module._exec_group.execs[0].arg_dict["w"].indices.asnumpy().tolist()
        [1]
        """
        self._require()
        if sparse_row_id_fn is None:
            return
        if not (self._kvstore and self._update_on_kvstore):
            warnings.warn(
                UserWarning("Parameters are not updated in the KVStore. No need to call sparse_row_id_fn."),
                stacklevel=2,
            )
            return
        wanted = sparse_row_id_fn(data_batch)
        if not isinstance(wanted, Mapping):
            raise Unfit(f"Expected dict output from sparse_row_id_fn, got {type(wanted).__name__}")
        pull_rows(self._kvstore, dict(zip(self._param_names, self._bound_group().param_arrays, strict=True)), wanted)

    def update(self) -> None:
        """Take a step of the optimizer with the gradients of the last backward, summed over the contexts."""
        self._require(params=True, optimizer=True)
        self._params_dirty = True
        group = self._bound_group()
        learning = [
            (i, n, w, g)
            for i, (n, w, g) in enumerate(zip(self._param_names, group.param_arrays, group.grad_arrays, strict=True))
            if g[0] is not None
        ]
        if self._kvstore is not None:
            on_store = self._update_on_kvstore
            _through(self._kvstore, [(i, n, g, w if on_store else g) for i, n, w, g in learning])
        if self._update_on_kvstore:
            return
        count = len(self._context)
        for k in range(count):
            indices = [i * count + k for i, _, _, _ in learning]
            self._updater(indices, [g[k] for _, _, _, g in learning], [w[k] for _, _, w, _ in learning])


def _through(store: Any, items: Sequence[tuple[int, str, Any, Any]]) -> None:
    """Push and pull ``(place, key, pushed, pulled)``: all at once, but one by one to stores of users."""
    if type(store) is KVStore:
        names = [name for _, name, _, _ in items]
        store.push(names, [pushed for _, _, pushed, _ in items])
        store.pull(names, [pulled for _, _, _, pulled in items])
        return
    for i, name, pushed, pulled in items:
        store.push(name, pushed, priority=-i)
        store.pull(name, pulled, priority=-i)
