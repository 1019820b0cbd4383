"""Prefixes of blocks, by the ``name_scope()`` they are made in."""

from __future__ import annotations

import threading
from typing import Any

from mxnet._base.errors import WrongKindError
from mxnet.name import NameManager, Prefix

from .parameter import ParameterDict


class _Current(threading.local):
    """The innermost scope of the thread, and what was before each scope it is in."""

    value: Any = None

    def __init__(self) -> None:
        self.outer: list[tuple[Any, NameManager]] = []


class _BlockScope:
    """The name scope of one block: children made within get its prefix, and so do symbols."""

    _current = _Current()

    def __init__(self, block: Any) -> None:
        self._block = block
        self._counter: dict[str, int] = {}

    @staticmethod
    def create(prefix: str | None, params: Any, hint: str) -> tuple[str, ParameterDict]:
        """Prefix and parameters of a new block.

        Args:
            prefix: chosen by the user, or None for an automatic one.
            params: parameters to share, or None.
            hint: what an automatic prefix begins with.
        """
        if params is not None and not hasattr(params, "prefix"):
            raise WrongKindError(
                f"params must be a ParameterDict, like the params or collect_params() of a block, got {params!r}"
            )
        scope = _BlockScope._current.value
        if scope is None:
            if prefix is None:
                prefix = NameManager.current.get(None, hint) + "_"
            own = ParameterDict(prefix) if params is None else ParameterDict(params.prefix, params)
            return prefix, own
        if prefix is None:
            number = scope._counter.get(hint, 0)
            scope._counter[hint] = number + 1
            prefix = f"{hint}{number}_"
        if params is None:
            parent = scope._block.params
            own = ParameterDict(parent.prefix + prefix, parent._shared)
        else:
            own = ParameterDict(params.prefix, params)
        return scope._block.prefix + prefix, own

    def __enter__(self) -> _BlockScope:
        # a block with an empty prefix leaves names to the block around it
        if not self._block._empty_prefix:
            current = _BlockScope._current
            current.outer.append((current.value, NameManager.current))
            current.value = self
            NameManager.current = Prefix(self._block.prefix)
        return self

    def __exit__(self, *exc: object) -> None:
        if not self._block._empty_prefix:
            _BlockScope._current.value, NameManager.current = _BlockScope._current.outer.pop()


_BlockScope.__module__ = "mxnet.gluon.block"
