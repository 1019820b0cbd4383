"""One executor a context, each with its slice of the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError, DTypeError
from mxnet._runtime.context import Context
from mxnet.io import DataDesc


class UnequalBatches(ArgumentError, AssertionError):
    """Inputs of one batch that are not of the same size. 1.9.1 checks this with ``assert``."""


def describe(shapes: Any) -> list[DataDesc]:
    """Descriptions from descriptions or (name, shape) pairs.

    Raises:
        DTypeError: a shape is no tuple.
    """
    found = [s if isinstance(s, DataDesc) else DataDesc(*s) for s in shapes or []]
    for d in found:
        if not isinstance(d.shape, (tuple, list)):
            raise DTypeError(f"bind: the shape of {d.name} is {d.shape!r}, expected a tuple")
    return found


def _shares(total: int, workload: Sequence[float]) -> list[slice]:
    """The batch cut in proportion to ``workload``."""
    if total < len(workload):
        raise ArgumentError(f"Too many slices: a batch of {total} for {len(workload)} contexts; some are empty")
    whole = sum(workload)
    ends = [round(total * sum(workload[: i + 1]) / whole) for i in range(len(workload))]
    return [slice(a, b) for a, b in zip([0, *ends], ends, strict=False)]


class DataParallelExecutorGroup:
    """Executors of one symbol over several contexts.

    Args:
        symbol: what to run.
        contexts: where; the batch is cut among them in proportion to ``workload``.
        data_shapes, label_shapes: descriptions of the inputs, whole batches.
        param_names: arguments that are parameters.
        requests: grad_req by argument name.
        shared: a group whose parameter arrays are used.
    """

    def __init__(
        self,
        symbol: Any,
        contexts: Sequence[Context],
        workload: Sequence[float],
        data_shapes: Any,
        label_shapes: Any,
        param_names: Sequence[str],
        requests: Mapping[str, str],
        shared: DataParallelExecutorGroup | None = None,
    ) -> None:
        self.symbol = symbol
        self.contexts = list(contexts)
        self.data_shapes = describe(data_shapes)
        self.label_shapes = describe(label_shapes)
        self.param_names = list(param_names)
        axes = {d.name: max(DataDesc.get_batch_axis(d.layout), 0) for d in (*self.data_shapes, *self.label_shapes)}
        self._axes = axes
        layouts = [o.attr("__layout__") for o in symbol]
        self._output_axes = [0 if x is None else max(DataDesc.get_batch_axis(x), 0) for x in layouts]
        first = self.data_shapes[0]
        self.batch_size = first.shape[axes[first.name]]
        for d in (*self.data_shapes, *self.label_shapes):
            if d.shape and d.shape[axes[d.name]] != self.batch_size:
                raise UnequalBatches(
                    f"all data must have the same batch size: batch_size = {self.batch_size}, but {d.name} has shape "
                    f"{d.shape}"
                )
        self.slices = _shares(self.batch_size, workload)
        arguments = symbol.list_arguments()
        self.execs = []
        for i, (ctx, part) in enumerate(zip(self.contexts, self.slices, strict=True)):
            shapes = {
                d.name: self._part_shape(d, part)
                for d in (*self.data_shapes, *self.label_shapes)
                if d.name in arguments
            }
            types = {d.name: d.dtype for d in (*self.data_shapes, *self.label_shapes) if d.name in arguments}
            self.execs.append(
                symbol.simple_bind(
                    ctx,
                    grad_req={n: requests.get(n, "null") for n in arguments},
                    type_dict=types,
                    shared_exec=shared.execs[i] if shared is not None else None,
                    shared_arg_names=self.param_names if shared is not None else None,
                    **shapes,
                )
            )
        self.param_arrays = [[e.arg_dict[n] for e in self.execs] for n in self.param_names]
        self.grad_arrays = [[e.grad_dict[n] for e in self.execs] for n in self.param_names]
        self.aux_names = symbol.list_auxiliary_states()
        self.aux_arrays = [[e.aux_dict[n] for e in self.execs] for n in self.aux_names]

    def _part_shape(self, desc: Any, part: slice) -> tuple[int, ...]:
        axis = self._axes[desc.name]
        return (*desc.shape[:axis], part.stop - part.start, *desc.shape[axis + 1 :])

    def _load(self, descs: list[Any], arrays: Any) -> None:
        if len(arrays) != len(descs):
            names = ", ".join(d.name for d in descs)
            raise ArgumentError(f"forward: the batch has {len(arrays)} arrays, expected {len(descs)}: {names}")
        for desc, source in zip(descs, arrays, strict=True):
            for executor, part in zip(self.execs, self.slices, strict=True):
                target = executor.arg_dict.get(desc.name)
                if target is None:
                    continue
                taken = (
                    source
                    if len(self.execs) == 1
                    else source.slice_axis(axis=self._axes[desc.name], begin=part.start, end=part.stop)
                )
                target[:] = taken.as_in_context(target.context).astype(target.dtype, copy=False)

    def forward(self, data_batch: Any, is_train: bool) -> None:
        """Compute the outputs for a batch."""
        self._load(self.data_shapes, data_batch.data)
        if self.label_shapes and getattr(data_batch, "label", None):
            self._load(self.label_shapes, data_batch.label)
        for executor in self.execs:
            executor.forward(is_train=is_train)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients, from gradients of whole outputs if given."""
        if out_grads is not None and not isinstance(out_grads, (list, tuple)):
            out_grads = [out_grads]
        for executor, part in zip(self.execs, self.slices, strict=True):
            parts = None
            if out_grads is not None:
                parts = [
                    g.slice_axis(axis=axis, begin=part.start, end=part.stop).as_in_context(executor._ctx)
                    for g, axis in zip(out_grads, self._output_axes, strict=False)
                ]
            executor.backward(parts)

    def outputs(self, merge: bool) -> list[Any]:
        """The outputs: joined over contexts, or a list a context of each."""
        each = [list(o) for o in zip(*[e.outputs for e in self.execs], strict=True)]
        return [_joined(o, axis) for o, axis in zip(each, self._output_axes, strict=True)] if merge else each

    def input_grads(self, merge: bool) -> list[Any]:
        """The gradients of the data inputs, likewise."""
        each = [[e.grad_dict[d.name] for e in self.execs] for d in self.data_shapes]
        if not merge:
            return each
        return [_joined(g, self._axes[d.name]) for g, d in zip(each, self.data_shapes, strict=True)]

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool) -> None:
        """Add the last outputs of each context to a metric."""
        names = self.symbol.list_outputs()
        for i, (executor, part) in enumerate(zip(self.execs, self.slices, strict=True)):
            own = (
                labels[i]
                if pre_sliced
                else [
                    x
                    if len(self.execs) == 1
                    else x.slice_axis(axis=self._axes[d.name], begin=part.start, end=part.stop)
                    for x, d in zip(labels, self.label_shapes, strict=False)
                ]
            )
            eval_metric.update_dict(
                {d.name: x for d, x in zip(self.label_shapes, own, strict=False)},
                dict(zip(names, executor.outputs, strict=True)),
            )


def _joined(parts: list[Any], axis: int) -> Any:
    if len(parts) == 1:
        return parts[0]
    return nd.concatenate([p.as_in_context(parts[0].context) for p in parts], axis=axis)
