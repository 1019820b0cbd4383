"""The interface of stores of values by key, and the stores known by name."""

from __future__ import annotations

import difflib
import warnings
from typing import Any, ClassVar

from mxnet import ndarray
from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError
from mxnet._runtime.array import Array

__all__ = ["KVStoreBase", "TestStore", "create"]


class KVStoreBase:
    """Base of all stores. A class registered with :meth:`register` can be made by name, and given to a Trainer."""

    OPTIMIZER = "optimizer"
    kv_registry: ClassVar[dict[str, type]] = {}

    def broadcast(self, key: Any, value: Any, out: Any, priority: int = 0) -> None:
        """Make ``value`` known under ``key``, and write it to ``out`` on every worker.

        Args:
            key: a number or text, or a list of them.
            value: an array, or a list of them for a list of keys.
            out: arrays to write to, one or a list for each key.
            priority: higher ones may be sent first.
        """
        raise self._lacks("broadcast")

    def pushpull(self, key: Any, value: Any, out: Any = None, priority: int = 0) -> None:
        """Sum ``value`` over contexts and workers and write the result to ``out``.

        Args:
            key: a number or text, or a list of them.
            value: an array, or a list with one for each context; for a list of keys, a list of these.
            out: arrays to write to, likewise; ``value`` itself if None.
            priority: higher ones may be sent first.
        """
        raise self._lacks("pushpull")

    def set_optimizer(self, optimizer: Any) -> None:
        """Have the store apply an optimizer to what is pushed."""
        raise self._lacks("set_optimizer")

    @staticmethod
    def is_capable(capability: str) -> bool:
        """Whether the store has a capability: ``optimizer``, to apply an optimizer."""
        raise NotImplementedError("a KVStoreBase must define is_capable(capability)")

    def save_optimizer_states(self, fname: str, dump_optimizer: bool = False) -> None:
        """Write the optimizer's states to a file, and with ``dump_optimizer`` the optimizer too."""
        raise self._lacks("save_optimizer_states")

    def load_optimizer_states(self, fname: str) -> None:
        """Read what :meth:`save_optimizer_states` wrote."""
        raise self._lacks("load_optimizer_states")

    @property
    def type(self) -> str:
        """The name by which it is made."""
        raise self._lacks("type")

    @property
    def rank(self) -> int:
        """The number of this worker."""
        raise self._lacks("rank")

    @property
    def num_workers(self) -> int:
        """How many workers there are."""
        raise self._lacks("num_workers")

    def _lacks(self, what: str) -> NotImplementedError:
        return NotImplementedError(f"{type(self).__name__} does not define {what}")

    @staticmethod
    def register(klass: type) -> type:
        """Make a class known by its name in lower case; for use as a decorator.

        >>> @KVStoreBase.register
        ... class Nowhere(KVStoreBase):
        ...     pass
        >>> type(create("nowhere")) is Nowhere
        True
        """
        name = klass.__name__.lower()
        other = KVStoreBase.kv_registry.get(name)
        if other is not None:
            warnings.warn(
                f"WARNING: New kvstore {klass.__module__}.{klass.__name__} is overriding existing kvstore "
                f"{other.__module__}.{other.__name__}",
                stacklevel=2,
            )
        KVStoreBase.kv_registry[name] = klass
        return klass


@KVStoreBase.register
class TestStore(KVStoreBase):
    """The smallest possible store: it sums and keeps nothing. For tests."""

    def broadcast(self, key: Any, value: Any, out: Any, priority: int = 0) -> None:
        """Write ``value`` to ``out``."""
        for target in _listed(out):
            target[:] = value.as_in_context(target.context)

    def pushpull(self, key: Any, value: Any, out: Any = None, priority: int = 0) -> None:
        """Sum ``value`` over contexts and write the result to ``out``, or to ``value`` itself."""
        values = _listed(value)
        home = values[0].context
        total = values[0] if len(values) == 1 else ndarray.add_n(*[v.as_in_context(home) for v in values])
        for target in values if out is None else _listed(out):
            target[:] = total.as_in_context(target.context)

    @staticmethod
    def is_capable(capability: str) -> bool:
        """It applies no optimizer."""
        return _known(capability) and False

    @property
    def type(self) -> str:
        """``teststore``"""
        return "teststore"

    @property
    def rank(self) -> int:
        """0"""
        return 0

    @property
    def num_workers(self) -> int:
        """1"""
        return 1


def _known(capability: str) -> bool:
    if capability.lower() != KVStoreBase.OPTIMIZER:
        raise ArgumentError(f"Unknown capability: {capability}; expected 'optimizer'")
    return True


def _listed(arrays: Any) -> list[Any]:
    if isinstance(arrays, Array):
        return [arrays]
    if not isinstance(arrays, (list, tuple)):
        raise InputTypeError(f"a kvstore takes NDArrays and lists of them, got {type(arrays).__name__}")
    return list(arrays)


_LOCAL = (
    "local",
    "device",
    "local_update_cpu",
    "local_allreduce_cpu",
    "local_allreduce_device",
)


def create(name: str = "local") -> Any:
    """A store by name, in upper or lower case.

    Args:
        name: ``local`` joins the gradients of this process's contexts on the CPU, ``device`` on the first one's device;
            or the name of a class registered with :meth:`KVStoreBase.register`.

    Raises:
        DTypeError: the name is not text.
        ArgumentError: there is no such store.

    >>> create("local").type
    'local'
    """
    if not isinstance(name, str):
        raise DTypeError(f"name must be a string, got {name!r}")
    lower = name.lower()
    registered = KVStoreBase.kv_registry.get(lower)
    if registered is not None:
        return registered()
    if lower in _LOCAL:
        from .kvstore import KVStore

        return KVStore(lower)
    known = [*_LOCAL, *KVStoreBase.kv_registry]
    close = difflib.get_close_matches(lower, known, 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ArgumentError(f"unknown kvstore {name!r}, expected one of {', '.join(known)}{hint}")
