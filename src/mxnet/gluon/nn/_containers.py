"""Containers: blocks one after the other."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from mxnet.gluon._block import _indent
from mxnet.gluon.block import Block, HybridBlock


class _Row:
    """A block with other blocks in a row: what lists have."""

    prefix: str
    _children: dict[str, Any]
    register_child: Any

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)  # type: ignore[call-arg]

    def add(self, *blocks: Any) -> None:
        """Add blocks at the end."""
        for block in blocks:
            self.register_child(block)

    def __repr__(self) -> str:
        lines = "\n".join(f"  ({key}): {_indent(repr(child), 2)}" for key, child in self._children.items())
        return f"{type(self).__name__}(\n{lines}\n)"

    def __getitem__(self, key: Any) -> Any:
        """One child or, for a slice, a container with some of them and the same prefix."""
        children = list(self._children.values())[key]
        if not isinstance(children, list):
            return children
        made: Any = type(self)(prefix=self.prefix)
        with made.name_scope():
            made.add(*children)
        return made

    def __len__(self) -> int:
        return len(self._children)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._children.values())


class Sequential(_Row, Block):
    """Blocks one after the other.

    >>> import mxnet as mx
    >>> from mxnet.gluon.nn import Dense
    >>> net = Sequential()
    >>> with net.name_scope():
    ...     net.add(Dense(4, activation="relu"), Dense(2))
    >>> net.initialize()
    >>> net(mx.nd.ones((1, 3))).shape
    (1, 2)
    """

    def forward(self, x: Any) -> Any:
        """The output of the last block, where each block gets the output of the one before."""
        for block in self._children.values():
            x = block(x)
        return x

    def hybridize(self, active: bool = True, **kwargs: Any) -> None:
        """Hybridize the children, each by itself; a HybridSequential becomes one graph."""
        if self._children and all(isinstance(c, HybridBlock) for c in self._children.values()):
            warnings.warn(
                f"All children of this Sequential layer '{self.prefix}' are HybridBlocks. Consider using "
                "HybridSequential for the best performance.",
                stacklevel=2,
            )
        super().hybridize(active, **kwargs)


class HybridSequential(_Row, HybridBlock):
    """HybridBlocks one after the other.

    >>> import mxnet as mx
    >>> from mxnet.gluon.nn import Dense
    >>> net = HybridSequential()
    >>> with net.name_scope():
    ...     net.add(Dense(4, activation="relu"), Dense(2))
    >>> net.initialize()
    >>> net.hybridize()
    >>> net(mx.nd.ones((1, 3))).shape
    (1, 2)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        for block in self._children.values():
            x = block(x)
        return x


for _layer in (Sequential, HybridSequential):
    _layer.__module__ = "mxnet.gluon.nn.basic_layers"
