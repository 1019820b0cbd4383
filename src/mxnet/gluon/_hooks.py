"""Hooks of blocks, and what takes them out again."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from ._errors import RejectedError


class HookHandle:
    """What registering a hook returns: ``detach()`` takes the hook out again. Usable in a ``with``.

    >>> import mxnet as mx
    >>> layer = mx.gluon.nn.Flatten()
    >>> handle = layer.register_forward_hook(lambda block, inputs, output: print(output.shape))
    >>> _ = layer(mx.nd.ones((2, 3, 4)))
    (2, 12)
    >>> handle.detach()
    >>> _ = layer(mx.nd.ones((2, 3, 4)))
    """

    def __init__(self) -> None:
        self._hooks_dict_ref: Callable[[], dict[int, Any] | None] | None = None
        self._id: int | None = None

    def attach(self, hooks_dict: dict[int, Any], hook: Callable[..., Any]) -> None:
        """Put ``hook`` in ``hooks_dict``.

        Raises:
            RejectedError: this handle has a hook already.
        """
        if self._hooks_dict_ref is not None:
            raise RejectedError("The same handle cannot be attached twice.")
        self._id = id(hook)
        hooks_dict[self._id] = hook
        self._hooks_dict_ref = weakref.ref(hooks_dict)

    def detach(self) -> None:
        """Take the hook out; once is enough, more does no harm."""
        hooks = None if self._hooks_dict_ref is None else self._hooks_dict_ref()
        if hooks is not None and self._id in hooks:
            del hooks[self._id]

    def __getstate__(self) -> tuple[Any, ...]:
        return (None if self._hooks_dict_ref is None else self._hooks_dict_ref(), self._id)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        hooks, self._id = state
        self._hooks_dict_ref = None if hooks is None else weakref.ref(hooks)

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, ptype: Any, value: Any, trace: Any) -> None:
        self.detach()


HookHandle.__module__ = "mxnet.gluon.utils"  # where programs and pickles find it
