"""Data parallelism as ``FeedForward`` used it: executors over several contexts, with an iterator to say their shapes.

:class:`mxnet.mod.Module` does the same and more; programs import these names for themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import ndarray as nd
from ._base.errors import ArgumentError
from ._runtime.context import Context

__all__ = ["DataParallelExecutorGroup", "DataParallelExecutorManager", "split_batch"]


def split_batch(batch_size: int, work_load_list: Sequence[float]) -> list[slice]:
    """A batch cut in proportion to ``work_load_list``.

    Raises:
        ArgumentError: there is not one example for each.

    >>> split_batch(5, [1, 1])
    [slice(0, 2, None), slice(2, 5, None)]
    """
    count, whole = len(work_load_list), sum(work_load_list)
    sizes = [round(batch_size * share / whole) for share in work_load_list]
    # as in 1.9.1 each share is rounded and the last takes the rest; where that leaves none for it, their sums are
    ends = [min(sum(sizes[: i + 1]), batch_size) for i in range(count - 1)] + [batch_size]
    starts = [0, *ends[:-1]]
    if any(a >= b for a, b in zip(starts, ends, strict=True)):
        ends = [round(batch_size * sum(work_load_list[: i + 1]) / whole) for i in range(count)]
        starts = [0, *ends[:-1]]
    if any(a >= b for a, b in zip(starts, ends, strict=True)):
        raise ArgumentError(
            f"Too many slices: a batch of {batch_size} for {count} contexts with work loads {list(work_load_list)}; "
            "some splits are empty"
        )
    return [slice(a, b) for a, b in zip(starts, ends, strict=True)]


def _split_input_slice(batch_size: int, work_load_list: Sequence[float]) -> list[slice]:
    """The name of :func:`split_batch` in 1.9.1, which programs call."""
    return split_batch(batch_size, work_load_list)


def _check_arguments(symbol: Any) -> None:
    """Refuse a symbol with two arguments, or two auxiliary states, of one name."""
    for kind, names in (("argument", symbol.list_arguments()), ("auxiliary state", symbol.list_auxiliary_states())):
        repeated = [n for i, n in enumerate(names) if n in names[:i]]
        if repeated:
            raise ArgumentError(
                f'Find duplicated {kind} name "{repeated[0]}", please make the weight name non-duplicated; '
                f"they are {names}"
            )


def _load(sources: Sequence[Any], targets: Sequence[Sequence[tuple[slice, Any]]]) -> None:
    for source, parts in zip(sources, targets, strict=True):
        for part, target in parts:
            target[:] = source[part].as_in_context(target.context).astype(target.dtype, copy=False)


class DataParallelExecutorGroup:
    """Executors of one symbol over several contexts.

    Args:
        sym: what to run.
        arg_names: its arguments.
        param_names: those of them that are parameters; they get gradients.
        ctx: contexts.
        slices: of the batch, one for each.
        train_data: what has ``provide_data`` and ``provide_label``, pairs of name and shape.
        shared_group: a group whose parameters are used.

    Raises:
        ArgumentError: two arguments have one name.
    """

    def __init__(
        self,
        sym: Any,
        arg_names: Sequence[str],
        param_names: Sequence[str],
        ctx: Sequence[Context],
        slices: Sequence[slice],
        train_data: Any,
        shared_group: DataParallelExecutorGroup | None = None,
    ) -> None:
        _check_arguments(sym)
        self.slices = list(slices)
        self.data_names = [x[0] for x in train_data.provide_data]
        self.label_names = [x[0] for x in train_data.provide_label]
        self.aux_names = sym.list_auxiliary_states()
        self.param_names = [n for n in arg_names if n in param_names]
        self.param_idx = [i for i, n in enumerate(arg_names) if n in param_names]
        self.shared_data_arrays: list[dict[str, Any]] = (
            [{} for _ in ctx] if shared_group is None else shared_group.shared_data_arrays
        )
        shapes = [*train_data.provide_data, *train_data.provide_label]
        self.train_execs = [
            sym.simple_bind(
                context,
                grad_req={n: "write" if n in param_names else "null" for n in arg_names},
                type_dict={x.name: x.dtype for x in shapes if hasattr(x, "dtype")},
                shared_arg_names=self.param_names,
                shared_exec=None if shared_group is None else shared_group.train_execs[i],
                shared_buffer=self.shared_data_arrays[i],
                **{x[0]: (part.stop - part.start, *tuple(x[1])[1:]) for x in shapes},
            )
            for i, (context, part) in enumerate(zip(ctx, self.slices, strict=True))
        ]
        args = [e.arg_dict for e in self.train_execs]
        grads = [e.grad_dict for e in self.train_execs]
        aux = [e.aux_dict for e in self.train_execs]
        self.data_arrays, self.label_arrays = (
            [[(part, arrays[n]) for part, arrays in zip(self.slices, args, strict=True)] for n in names]
            for names in (self.data_names, self.label_names)
        )
        self.param_arrays = [[arrays[n] for arrays in args] for n in self.param_names]
        self.grad_arrays = [[arrays[n] for arrays in grads] for n in self.param_names]
        self.aux_arrays = [[arrays[n] for arrays in aux] for n in self.aux_names]

    def load_data_batch(self, data_batch: Any) -> None:
        """Copy a batch's data and labels into the executors."""
        _load(data_batch.data, self.data_arrays)
        _load(data_batch.label, self.label_arrays)

    def forward(self, is_train: bool = False) -> None:
        """Compute the outputs."""
        for executor in self.train_execs:
            executor.forward(is_train=is_train)

    def backward(self) -> None:
        """Compute the gradients."""
        for executor in self.train_execs:
            executor.backward()

    def update_metric(self, metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Add the last outputs to a metric; ``pre_sliced`` labels are a list for each context."""
        for i, (executor, part) in enumerate(zip(self.train_execs, self.slices, strict=True)):
            own = labels[i] if pre_sliced else [x[part] for x in labels]
            metric.update(own, executor.outputs)


class DataParallelExecutorManager:
    """Executors over several contexts, and of several symbols where ``sym_gen`` makes one for each bucket.

    Args:
        symbol: what to run.
        ctx: contexts.
        train_data: an iterator: its shapes, and those of its default bucket.
        arg_names, param_names, aux_names: arguments, those that are parameters, and auxiliary states; None for what
            the symbol has, less the iterator's data and labels.
        work_load_list: each context's share of a batch; equal if None.
        logger: told how many contexts there are.
        sym_gen: function from bucket key to symbol.

    Raises:
        ArgumentError: a work load for each context is missing, or a batch is too small to be cut.
    """

    def __init__(
        self,
        symbol: Any,
        ctx: Sequence[Context],
        train_data: Any,
        arg_names: Sequence[str] | None = None,
        param_names: Sequence[str] | None = None,
        aux_names: Sequence[str] | None = None,
        work_load_list: Sequence[float] | None = None,
        logger: Any = None,
        sym_gen: Callable[[Any], Any] | None = None,
    ) -> None:
        (logger or logging).info("Start training with %s", str(list(ctx)))
        work_load_list = list(work_load_list or [1] * len(ctx))
        if len(work_load_list) != len(ctx):
            raise ArgumentError(f"Invalid settings for work load: {work_load_list}, expected {len(ctx)} of them")
        inputs = [x[0] for x in (*train_data.provide_data, *train_data.provide_label)]
        self.slices = split_batch(train_data.batch_size, work_load_list)
        self.symbol = symbol
        self.sym_gen = sym_gen
        self.ctx = list(ctx)
        self.arg_names = list(arg_names or symbol.list_arguments())
        self.param_names = list(param_names or [n for n in self.arg_names if n not in inputs])
        self.aux_names = list(aux_names or symbol.list_auxiliary_states())
        self.execgrp = self._group(symbol, train_data, None)
        self.curr_execgrp = self.execgrp
        self.execgrp_bucket = {train_data.default_bucket_key: self.execgrp} if sym_gen is not None else {}

    def _group(self, symbol: Any, data: Any, shared: DataParallelExecutorGroup | None) -> DataParallelExecutorGroup:
        names = symbol.list_arguments()
        return DataParallelExecutorGroup(symbol, names, self.param_names, self.ctx, self.slices, data, shared)

    def install_monitor(self, monitor: Any) -> None:
        """Let a monitor watch the executors.

        Raises:
            ArgumentError: there are buckets, whose executors are yet to be made.
        """
        if self.sym_gen is not None:
            raise ArgumentError("Monitoring is not implemented for bucketing")
        for executor in self.execgrp.train_execs:
            monitor.install(executor)

    def set_params(self, arg_params: Mapping[str, Any], aux_params: Mapping[str, Any]) -> None:
        """Copy values into all executors."""
        for executor in self.execgrp.train_execs:
            executor.copy_params_from(arg_params, aux_params)

    def copy_to(self, arg_params: Mapping[str, Any], aux_params: Mapping[str, Any]) -> None:
        """Write the parameters, averaged over the contexts, into the arrays of the two dicts."""
        for names, arrays, targets in (
            (self.param_names, self.param_arrays, arg_params),
            (self.aux_names, self.aux_arrays, aux_params),
        ):
            for name, copies in zip(names, arrays, strict=True):
                mean = nd.add_n(*[c.as_in_context(copies[0].context) for c in copies]) / len(copies)
                mean.astype(targets[name].dtype).copyto(targets[name])

    @property
    def param_arrays(self) -> list[list[Any]]:
        """The parameters, and of each by context."""
        return self.execgrp.param_arrays

    @property
    def grad_arrays(self) -> list[list[Any]]:
        """Their gradients, likewise."""
        return self.execgrp.grad_arrays

    @property
    def aux_arrays(self) -> list[list[Any]]:
        """The auxiliary states, likewise."""
        return self.execgrp.aux_arrays

    def load_data_batch(self, data_batch: Any) -> None:
        """Copy a batch into the executors: those of its bucket, which are made when it first comes."""
        if self.sym_gen is not None:
            key = data_batch.bucket_key
            if key not in self.execgrp_bucket:
                self.execgrp_bucket[key] = self._group(self.sym_gen(key), data_batch, self.execgrp)
            self.curr_execgrp = self.execgrp_bucket[key]
        self.curr_execgrp.load_data_batch(data_batch)

    def forward(self, is_train: bool = False) -> None:
        """Compute the outputs."""
        self.curr_execgrp.forward(is_train=is_train)

    def backward(self) -> None:
        """Compute the gradients."""
        self.curr_execgrp.backward()

    def update_metric(self, metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Add the last outputs to a metric."""
        self.curr_execgrp.update_metric(metric, labels, pre_sliced)
