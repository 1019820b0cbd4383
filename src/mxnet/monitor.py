"""Watching values and gradients while training: ``mx.mon``."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable
from typing import Any

from . import ndarray
from ._base.errors import InputTypeError
from .ndarray import NDArray

__all__ = ["Monitor", "NDArray", "ndarray"]


def _size_of_elements(x: NDArray) -> NDArray:
    return ndarray.norm(x) / math.sqrt(x.size)


class Monitor:
    """Statistics of outputs, gradients and parameters, every ``interval`` batches.

    Args:
        interval: batches from one that is watched to the next.
        stat_func: function of an array that returns an array or a list of them; the root of the mean square unless
            given.
        pattern: regular expression that names must begin with. Outputs are ``<node>_output``, gradients of the inputs
            of nodes ``<node>_backward_output<i>``, parameters have their own names.
        sort: sort statistics by name.
        monitor_all: also watch inputs of nodes.

    ``Module.fit(monitor=...)`` does all that follows by itself. Gluon blocks have ``register_op_hook`` instead.

    >>> import mxnet as mx
    >>> run = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=2, name="fc").simple_bind(mx.cpu(), x=(1, 3))
    >>> watch = Monitor(1, stat_func=lambda a: a.sum(), pattern="fc_(output|weight)")
    >>> watch.install(run)
    >>> watch.tic()
    >>> _ = run.forward(x=mx.nd.ones((1, 3)), fc_weight=mx.nd.ones((2, 3)))
    >>> [(name, value.strip()) for _, name, value in watch.toc()]
    [('fc_output', '6.0'), ('fc_weight', '6.0')]
    """

    def __init__(
        self,
        interval: int,
        stat_func: Callable[[NDArray], Any] | None = None,
        pattern: str = ".*",
        sort: bool = False,
        monitor_all: bool = False,
    ) -> None:
        self.interval = interval
        self.stat_func = _size_of_elements if stat_func is None else stat_func
        self.activated = False
        self.queue: list[tuple[int, str, Any]] = []
        self.step = 0
        self.exes: list[Any] = []
        self.re_prog = re.compile(pattern)
        self.sort = sort
        self.monitor_all = monitor_all

    def stat_helper(self, name: str | bytes, array: Any) -> None:
        """Keep the statistics of ``array``, or a handle of one, if its name matches and this batch is watched.

        Executors call this.
        """
        name = name.decode() if isinstance(name, bytes) else name
        if self.activated and self.re_prog.match(name):
            array = array if isinstance(array, NDArray) else NDArray(array)
            self.queue.append((self.step, name, self.stat_func(array)))

    def install(self, exe: Any) -> None:
        """Watch an executor; several may be watched.

        Raises:
            InputTypeError: ``exe`` is no executor.
        """
        if not hasattr(exe, "set_monitor_callback"):
            raise InputTypeError(
                f"Monitor.install: got {type(exe).__name__}, expected an Executor; a Gluon block is watched by its "
                "register_op_hook"
            )
        exe.set_monitor_callback(self.stat_helper, self.monitor_all)
        self.exes.append(exe)

    def tic(self) -> None:
        """Begin a batch. Call it before ``forward``."""
        if self.step % self.interval == 0:
            self.queue = []
            self.activated = True
        self.step += 1

    def toc(self) -> list[tuple[int, str, str]]:
        """End a batch.

        Returns:
            Number of the batch, name, and statistics as text; nothing if the batch was not watched.

        Raises:
            InputTypeError: ``stat_func`` gave something other than arrays.
        """
        if not self.activated:
            return []
        for exe in self.exes:
            for name, array in (exe.arg_dict | exe.aux_dict).items():
                self.stat_helper(name, array)
        self.activated = False
        found, self.queue = self.queue, []
        if self.sort:
            found.sort(key=lambda seen: seen[1])
        return [(step, name, self._text(name, value)) for step, name, value in found]

    def _text(self, name: str, value: Any) -> str:
        text = ""
        for array in value if isinstance(value, list) else [value]:
            if not isinstance(array, NDArray):
                raise InputTypeError(
                    f"Monitor: stat_func gave {array!r} for {name}, expected an NDArray or a list of them"
                )
            values = array.asnumpy()
            text += str(values.reshape(())[()] if values.shape in ((), (1,)) else values) + "\t"
        return text

    def toc_print(self) -> None:
        """End a batch and log the statistics."""
        for step, name, text in self.toc():
            logging.info("Batch: %7d %-30s %s", step, name, text)
