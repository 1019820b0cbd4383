"""KVStore: values by key in one process, summed over contexts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

from mxnet import optimizer as opt
from mxnet._base.errors import ArgumentError, InputTypeError, MXNetError, ShapeError
from mxnet._base.files import atomic_write, naming, read_bytes
from mxnet._runtime import sparse, storage
from mxnet._runtime.array import Array
from mxnet._runtime.context import Context, cpu
from mxnet.ndarray import NDArray

from .base import KVStoreBase, _known, _listed, create

__all__ = ["KVStore", "create"]


class RejectedError(ArgumentError, AssertionError):
    """An argument that does not fit, or a call at the wrong time; 1.9.1 checks such things with ``assert``."""


class KVStore(KVStoreBase):
    """Values by key in one process: a pushed value is summed over contexts, and replaces or updates the stored one.

    Made by :func:`mxnet.kv.create`.

    Args:
        handle: the name of its type.

    >>> import mxnet as mx
    >>> kv = mx.kv.create("local")
    >>> kv.init(3, mx.nd.zeros((2,)))
    >>> kv.push(3, [mx.nd.ones((2,)), mx.nd.ones((2,))])
    >>> out = mx.nd.zeros((2,))
    >>> kv.pull(3, out=out)
    >>> out.asnumpy()
    array([2., 2.], dtype=float32)
    """

    def __init__(self, handle: str) -> None:
        self._type = handle
        self._store: dict[Any, NDArray] = {}
        self._key_type: type | None = None
        self._updater: Callable[..., Any] | None = None
        self._compressor: _TwoBit | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._type}, {len(self._store)} keys>"

    @property
    def type(self) -> str:
        """The name it was made by."""
        return self._type

    @property
    def rank(self) -> int:
        """The number of this worker: 0."""
        return 0

    @property
    def num_workers(self) -> int:
        """How many workers there are: 1."""
        return 1

    @staticmethod
    def is_capable(capability: str) -> bool:
        """Whether the store has a capability: it has ``optimizer``, to apply an optimizer.

        Raises:
            ArgumentError: there is no such capability.
        """
        return _known(capability)

    # -- keys and values ----------------------------------------------------------------------------------------

    def _check_key(self, key: Any) -> Any:
        kind = str if isinstance(key, str) else int if isinstance(key, int) else None
        if kind is None:
            raise InputTypeError(f"KVStore: a key is {key!r}, expected an int or a str")
        if self._key_type is None:
            self._key_type = kind
        elif self._key_type is not kind:
            raise ArgumentError(
                f"KVStore: Mixed key types are not allowed: key {key!r} is {kind.__name__}, those before were "
                f"{self._key_type.__name__}"
            )
        return key

    def _pairs(self, key: Any, value: Any, who: str) -> list[tuple[Any, list[Any]]]:
        """Keys, and the arrays for each; as in 1.9.1, nothing is done for a key without any."""
        if not isinstance(key, (list, tuple)):
            key, value = [key], [value]
        if not isinstance(value, (list, tuple)) or len(key) != len(value):
            got = len(value) if isinstance(value, (list, tuple)) else type(value).__name__
            raise RejectedError(f"KVStore.{who}: got {len(key)} keys and {got} values, expected one for each key")
        pairs = [(self._check_key(k), _arrays(v, who)) for k, v in zip(key, value, strict=True)]
        return [(k, arrays) for k, arrays in pairs if arrays]

    def _stored(self, key: Any) -> NDArray:
        found = self._store.get(key)
        if found is None:
            raise ArgumentError(f"KVStore: key {key} has not been inited; call init() or broadcast() with it first")
        return found

    def init(self, key: Any, value: Any) -> None:
        """Make a key known, with its first value.

        Args:
            key: a number or text, or a list of them; all keys of a store must be of one kind.
            value: an array, or a list of them for a list of keys.

        Raises:
            ArgumentError: the key is known already.
        """
        for k, arrays in self._pairs(key, value, "init"):
            if k in self._store:
                raise ArgumentError(
                    f"KVStore: duplicate init of key {k}. Please double check if you called kv.init or kv.broadcast "
                    "with this key multiple times"
                )
            self._store[k] = arrays[0].copyto(self._home(arrays[0]))

    def _home(self, array: NDArray) -> Context:
        """Where values are kept: on the CPU, or, by stores of type ``device``, where the first value came from."""
        return array.context if "device" in self._type else cpu()

    def push(self, key: Any, value: Any, priority: int = 0) -> None:
        """Sum ``value`` over contexts; the updater applies the sum to the stored value, or else the sum replaces it.

        Args:
            key: a number or text, or a list of them.
            value: an array, or a list with one for each context; for a list of keys, a list of these.
            priority: has no effect; everything is done in order here.

        Raises:
            ArgumentError: a key is not known.
            ShapeError: a value's shape differs from the stored one's.
        """
        merged: dict[Any, list[Any]] = {}
        for k, arrays in self._pairs(key, value, "push"):
            merged.setdefault(k, []).extend(arrays)
        keys, sums, stored = [], [], []
        for k, arrays in merged.items():
            own = self._stored(k)
            keys.append(k)
            stored.append(own)
            sums.append(self._sum(k, arrays, own))
        self._apply(keys, sums, stored)

    def _sum(self, key: Any, arrays: list[Any], stored: NDArray) -> NDArray:
        for array in arrays:
            if array.shape != stored.shape:
                raise ShapeError(f"KVStore.push: value of key {key} has shape {array.shape}, expected {stored.shape}")
        if all(a.stype == "row_sparse" for a in arrays):
            held = [a._storage.to(stored._ctx.device) for a in arrays]
            rows = held[0].clone()
            for more in held[1:]:
                rows = storage.added(rows, more)
            return sparse.wrap(rows, stored._ctx)  # type: ignore[return-value]
        if self._compressor is not None and len(arrays) > 1:
            tensors = [self._compressor(key, i, a._ready()) for i, a in enumerate(arrays)]
        else:
            tensors = [a._ready() for a in arrays]
        kept = stored._data  # whose dtype an updater gets: parameters may have been cast since
        total = tensors[0].to(kept.device, kept.dtype, copy=True)
        for tensor in tensors[1:]:
            total += tensor.to(kept.device, kept.dtype)
        return NDArray(total, stored._ctx)

    def _apply(self, keys: list[Any], sums: list[NDArray], stored: list[NDArray]) -> None:
        updater = self._updater
        if updater is None:
            for total, own in zip(sums, stored, strict=True):
                sparse.assign(own, sparse.value_of(total))
        elif isinstance(updater, opt.Updater) and len(keys) > 1 and updater.optimizer._steps_at_once():
            updater(keys, sums, stored)
        else:
            for k, total, own in zip(keys, sums, stored, strict=True):
                updater(k.encode() if isinstance(k, str) else k, total, own)

    def pull(self, key: Any, out: Any = None, priority: int = 0, ignore_sparse: bool = True) -> None:
        """Write the stored value to ``out``.

        Args:
            key: a number or text, or a list of them.
            out: arrays to write to, one or a list for each key.
            priority: has no effect; everything is done in order here.
            ignore_sparse: skip sparse arrays in ``out``, for which there is :meth:`row_sparse_pull`.

        Raises:
            ArgumentError: a key is not known.
            ShapeError: an array of ``out`` has another shape.
        """
        if out is None:
            raise RejectedError("KVStore.pull: out is None, expected arrays to write to")
        for k, arrays in self._pairs(key, out, "pull"):
            own = self._stored(k)
            for target in arrays:
                if target._sparse and ignore_sparse:
                    continue
                if target.shape != own.shape:
                    raise ShapeError(f"KVStore.pull: out for key {k} has shape {target.shape}, expected {own.shape}")
                if own._sparse or target._sparse:
                    sparse.assign(target, sparse.value_of(own))
                else:
                    target[:] = own

    def pushpull(self, key: Any, value: Any, out: Any = None, priority: int = 0) -> None:
        """:meth:`push` ``value``, then :meth:`pull` to ``out``, or to ``value`` itself if that is None."""
        self.push(key, value, priority)
        self.pull(key, value if out is None else out, priority)

    def broadcast(self, key: Any, value: Any, out: Any, priority: int = 0) -> None:
        """:meth:`init` with ``value``, then :meth:`pull` to ``out``."""
        self.init(key, value)
        self.pull(key, out, priority)

    def row_sparse_pull(self, key: Any, out: Any = None, priority: int = 0, row_ids: Any = None) -> None:
        """Write rows of a row-sparse value to ``out``, in ascending order; those that the value lacks are zeros.

        Args:
            key: a number or text, or a list of them.
            out: row-sparse arrays to write to, one or a list for each key.
            priority: has no effect; everything is done in order here.
            row_ids: numbers of rows, an array for all of ``out`` or a list of one for each; repeated ones count once.

        Raises:
            RejectedError: ``out`` or ``row_ids`` is None, or their numbers differ.
            ArgumentError: ``out`` or the value is dense; use :meth:`pull`.
        """
        if out is None or row_ids is None:
            raise RejectedError("KVStore.row_sparse_pull: out and row_ids are needed")
        single = isinstance(row_ids, NDArray)
        pairs = self._pairs(key, out, "row_sparse_pull")
        targets = [(k, target) for k, arrays in pairs for target in arrays]
        wanted = [row_ids] * len(targets) if single else _flat_rows(row_ids)
        if len(wanted) != len(targets):
            raise RejectedError(
                f"KVStore.row_sparse_pull: got {len(wanted)} row_ids for {len(targets)} arrays, expected as many"
            )
        for (k, target), rows in zip(targets, wanted, strict=True):
            own = self._stored(k)
            for array in (own, target):
                if array.stype != "row_sparse":
                    raise ArgumentError(
                        "KVStore: Expected row_sparse storage type for row_sparse_pull values, but detected "
                        f"{array.stype}; use pull"
                    )
            chosen = rows.reshape(-1).as_in_context(own._ctx)
            sparse.assign(target, sparse.value_of(own.retain(chosen)))

    # -- updating -----------------------------------------------------------------------------------------------

    def _set_updater(self, updater: Callable[..., Any]) -> None:
        """Have ``updater(key, pushed, stored)`` apply pushed values to stored ones; keys of text come as bytes."""
        self._updater = updater

    def set_optimizer(self, optimizer: Any) -> None:
        """Have the store apply ``optimizer``: pushed values are then gradients, and stored ones weights.

        Raises:
            InputTypeError: it is not an optimizer.
        """
        if not isinstance(optimizer, opt.Optimizer):
            raise InputTypeError(f"KVStore.set_optimizer: got {type(optimizer).__name__}, expected an Optimizer")
        self._set_updater(opt.get_updater(optimizer))

    def set_gradient_compression(self, compression_params: dict[str, Any]) -> None:
        """Compress what contexts push: each element becomes ``-threshold``, 0 or ``threshold``, and the error is added
        to the next push (arXiv:1611.05301 describes such a method).

        Args:
            compression_params: ``{'type': '2bit', 'threshold': 0.5}``; the threshold may be left out.

        Raises:
            ArgumentError: the store cannot do so, or the type is another one.
        """
        if "device" not in self._type:
            raise ArgumentError(
                f"Gradient compression is not supported for this type of kvstore: {self._type}; use 'device'"
            )
        if not isinstance(compression_params, dict):
            raise RejectedError(f"unexpected type for compression_params: {type(compression_params)}, expected a dict")
        unknown = set(compression_params) - {"type", "threshold"}
        kind = compression_params.get("type")
        if kind != "2bit" or unknown:
            what = f"type for gradient compression {kind}" if kind != "2bit" else f"parameter {sorted(unknown)[0]}"
            raise ArgumentError(f"Unknown {what}; expected {{'type': '2bit', 'threshold': 0.5}}")
        self._compressor = _TwoBit(float(compression_params.get("threshold", 0.5)))

    def save_optimizer_states(self, fname: str, dump_optimizer: bool = False) -> None:
        """Write the optimizer's states to a file, and with ``dump_optimizer`` the optimizer too.

        Raises:
            RejectedError: there is no optimizer.
        """
        with atomic_write(fname) as file:
            file.write(self._own_updater("save").get_states(dump_optimizer))

    def load_optimizer_states(self, fname: str) -> None:
        """Read what :meth:`save_optimizer_states` wrote.

        Raises:
            RejectedError: there is no optimizer.
            MissingFileError: there is no such file.
            FormatError: the file is something else.
        """
        updater = self._own_updater("load")
        with naming(fname):
            updater.set_states(read_bytes(fname))

    def _own_updater(self, what: str) -> Any:
        if not isinstance(self._updater, opt.Updater):
            raise RejectedError(f"KVStore: there are no states to {what}; call set_optimizer() first")
        return self._updater

    def _barrier(self) -> None:
        """Wait for all workers; there is only this one."""

    def _send_command_to_servers(self, head: int, body: str) -> None:
        """Send a command to the servers; a store in one process has none.

        Raises:
            MXNetError: always.
        """
        raise MXNetError(f"KVStore {self._type!r} has no servers to send command {head} to")


class _TwoBit:
    """Quantises to three values, and keeps the error for each key and context."""

    def __init__(self, threshold: float) -> None:
        if threshold <= 0:
            raise ArgumentError(f"gradient compression: threshold is {threshold}, expected more than 0")
        self._threshold = threshold
        self._residuals: dict[tuple[Any, int], torch.Tensor] = {}

    def __call__(self, key: Any, slot: int, grad: torch.Tensor) -> torch.Tensor:
        residual = self._residuals.get((key, slot))
        if residual is None or residual.shape != grad.shape or residual.device != grad.device:
            residual = torch.zeros_like(grad)
        residual = residual + grad
        sent = torch.where(residual >= self._threshold, self._threshold, 0.0)
        sent = torch.where(residual <= -self._threshold, -self._threshold, sent).to(grad.dtype)
        self._residuals[key, slot] = residual - sent
        return sent


def _flat_rows(row_ids: Any) -> list[Any]:
    return [r for part in row_ids for r in (part if isinstance(part, (list, tuple)) else [part])]


def _arrays(value: Any, who: str) -> list[Any]:
    arrays = _listed(value)
    bad: Iterable[Any] = (a for a in arrays if not isinstance(a, Array))
    for other in bad:
        raise RejectedError(f"KVStore.{who}: got {type(other).__name__}, expected NDArrays")
    return arrays
