"""One executor for each context, which gets a slice of the batch."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError, DTypeError, Unfit, WrongKindError
from mxnet._runtime.context import Context
from mxnet.executor_manager import split_batch
from mxnet.io import DataBatch, DataDesc

Shape = tuple[int, ...]


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


def split_groups(given: Any, count: int) -> list[Mapping[str, Context] | None]:
    """``group2ctxs`` as one dict for each of ``count`` contexts.

    Args:
        given: None, a list of dicts, or one dict of contexts or lists of contexts; one context counts for all.

    Raises:
        ArgumentError: a list of another length.
    """
    if given is None:
        return [None] * count
    if isinstance(given, (list, tuple)):
        if len(given) != count:
            raise Unfit(f"group2ctxs has {len(given)} dicts, expected {count}, one for each context")
        return list(given)
    found: list[dict[str, Context]] = [{} for _ in range(count)]
    for group, contexts in given.items():
        listed = [contexts] if isinstance(contexts, Context) else list(contexts)
        if len(listed) == 1:
            listed *= count
        if len(listed) != count:
            raise Unfit(f"group2ctxs has {len(listed)} contexts for {group!r}, expected 1 or {count}")
        for own, context in zip(found, listed, strict=True):
            own[group] = context
    return list(found)


class DataParallelExecutorGroup:
    """Executors of one symbol over several contexts.

    Args:
        symbol: what to run.
        contexts: where; the batch is cut among them in proportion to ``workload``.
        data_shapes, label_shapes: descriptions of the inputs, whole batches. Those whose layout has no ``N`` go whole
            to every context.
        param_names: arguments that are parameters.
        for_training: whether gradients are computed.
        inputs_need_grad: whether gradients of the data are computed.
        shared_group: a group whose parameter arrays, and memory for data and outputs, this one uses too.
        logger: gets warnings.
        fixed_param_names: parameters without gradients.
        grad_req: ``write``, ``add`` or ``null``, for all, in order of arguments, or by name: parameters that are not
            named are written. A list or dict is followed for fixed parameters and data too.
        state_names: arguments that are neither data nor parameters.
        group2ctxs: contexts by group: one dict for each context, or one of lists of them.

    Raises:
        UnequalBatches: inputs of different batch sizes.
        ArgumentError: the batch is smaller than the number of contexts.
    """

    def __init__(
        self,
        symbol: Any,
        contexts: Sequence[Context],
        workload: Sequence[float],
        data_shapes: Any,
        label_shapes: Any,
        param_names: Sequence[str],
        for_training: bool,
        inputs_need_grad: bool,
        shared_group: DataParallelExecutorGroup | None = None,
        logger: Any = logging,
        fixed_param_names: Sequence[str] | None = None,
        grad_req: Any = "write",
        state_names: Sequence[str] | None = None,
        group2ctxs: Any = None,
    ) -> None:
        self.symbol = symbol
        self.contexts = list(contexts)
        self.workload = list(workload)
        self.logger = logger
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self.arg_names = symbol.list_arguments()
        self.aux_names = symbol.list_auxiliary_states()
        self.output_names = symbol.list_outputs()
        self.param_names = list(param_names)
        self.fixed_param_names = list(fixed_param_names or [])
        self.state_names = list(state_names or [])
        self.group2ctxs = split_groups(group2ctxs, len(self.contexts))
        self.data_shapes = describe(data_shapes)
        self.label_shapes = describe(label_shapes)
        self.grad_req = self._requests(grad_req)
        self.shared_data_arrays: list[dict[str, Any]] = (
            [{} for _ in self.contexts] if shared_group is None else shared_group.shared_data_arrays
        )
        layouts = [o.attr("__layout__") for o in symbol]
        self._output_axes = [0 if x is None else DataDesc.get_batch_axis(x) for x in layouts]
        self._decide_slices()
        self.execs = [self._bind(i, shared_group) for i in range(len(self.contexts))]
        self._collect()

    def _requests(self, given: Any) -> dict[str, str]:
        """What is asked for each argument; names that are given come before what is fixed or needs no gradient."""
        if not self.for_training:
            return dict.fromkeys(self.arg_names, "null")
        if isinstance(given, (list, tuple)):
            if len(given) != len(self.arg_names):
                raise Unfit(f"grad_req has {len(given)} words, expected {len(self.arg_names)}, one for each argument")
            return dict(zip(self.arg_names, given, strict=True))
        names = {*self.param_names} - {*self.fixed_param_names}
        if self.inputs_need_grad:
            names |= {d.name for d in self.data_shapes}
        named = given if isinstance(given, Mapping) else {}
        usual = "write" if isinstance(given, Mapping) else given
        return {n: usual if n in names else "null" for n in self.arg_names} | named

    def _decide_slices(self) -> None:
        inputs = [*self.data_shapes, *self.label_shapes]
        self._axes = {d.name: DataDesc.get_batch_axis(d.layout) if d.shape else -1 for d in inputs}
        sizes = [(d, d.shape[self._axes[d.name]]) for d in inputs if self._axes[d.name] >= 0]
        self.batch_size = sizes[0][1] if sizes else 1
        for d, size in sizes:
            if size != self.batch_size:
                raise UnequalBatches(
                    f"all data must have the same batch size: batch_size = {self.batch_size}, but {d.name} has shape "
                    f"{d.shape}"
                )
        self.slices = split_batch(self.batch_size, self.workload) if sizes else [slice(0, 1)] * len(self.contexts)

    def _bind(self, i: int, shared: DataParallelExecutorGroup | None) -> Any:
        inputs = [d for d in (*self.data_shapes, *self.label_shapes) if d.name in self.arg_names]
        return self.symbol.simple_bind(
            self.contexts[i],
            grad_req=self.grad_req,
            type_dict={d.name: d.dtype for d in inputs},
            group2ctx=self.group2ctxs[i],
            shared_exec=shared.execs[i] if shared is not None else None,
            shared_arg_names=self.param_names,
            shared_buffer=self.shared_data_arrays[i],
            **{d.name: self._part_shape(d, self.slices[i]) for d in inputs},
        )

    def _collect(self) -> None:
        """Arrays by parameter (state, auxiliary state), and of each by context."""
        args, grads, aux = ([getattr(e, kind) for e in self.execs] for kind in ("arg_dict", "grad_dict", "aux_dict"))
        self.param_arrays = [[own[n] for own in args] for n in self.param_names]
        self.grad_arrays = [[own[n] for own in grads] for n in self.param_names]
        self.state_arrays = [[own[n] for own in args] for n in self.state_names]
        self.aux_arrays = [[own[n] for own in aux] for n in self.aux_names]
        self.data_arrays = [self._sliced(d, args) for d in self.data_shapes]
        self.label_arrays = [self._sliced(d, args) for d in self.label_shapes] or None

    def _sliced(self, desc: Any, args: Sequence[Mapping[str, Any]]) -> list[tuple[slice, Any]]:
        return [(part, own[desc.name]) for part, own in zip(self.slices, args, strict=True) if desc.name in own]

    def reshape(self, data_shapes: Any, label_shapes: Any) -> None:
        """Bind to other shapes; parameters, gradients and monitors stay."""
        before = self.execs
        self.data_shapes, self.label_shapes = describe(data_shapes), describe(label_shapes)
        self._decide_slices()
        self.execs = [self._bind(i, self) for i in range(len(self.contexts))]
        for old, new in zip(before, self.execs, strict=True):
            new.set_monitor_callback(*old._monitor)
        self._collect()

    # -- what modules written outside of this package read ------------------------------------------------------

    _total_exec_bytes = 0
    """Always this, as in 1.9.1."""

    @property
    def data_names(self) -> list[str]:
        """Names of the data."""
        return [d.name for d in self.data_shapes]

    @property
    def label_names(self) -> list[str]:
        """Names of the labels."""
        return [d.name for d in self.label_shapes]

    @property
    def data_layouts(self) -> list[int]:
        """The axis along which each of the data is cut among the contexts, -1 for what is not cut."""
        return [self._axes[n] for n in self.data_names]

    @property
    def label_layouts(self) -> list[int]:
        """Likewise of the labels."""
        return [self._axes[n] for n in self.label_names]

    @property
    def output_layouts(self) -> list[int]:
        """Likewise of the outputs, which are joined."""
        return self._output_axes

    @property
    def num_outputs(self) -> int:
        """The number of outputs."""
        return len(self.output_names)

    @property
    def input_grad_arrays(self) -> list[list[Any]] | None:
        """Gradients of the data inputs, and of each by context; None where there are none."""
        if not self.inputs_need_grad:
            return None
        return [[e.grad_dict[d.name] for e in self.execs] for d in self.data_shapes]

    def _part_shape(self, desc: Any, part: slice) -> Shape:
        axis = self._axes[desc.name]
        if axis < 0:
            return tuple(desc.shape)
        return (*desc.shape[:axis], part.stop - part.start, *desc.shape[axis + 1 :])

    def _part(self, array: Any, axis: int, part: slice) -> Any:
        if axis < 0 or len(self.execs) == 1:
            return array
        return array.slice_axis(axis=axis, begin=part.start, end=part.stop)

    # -- parameters ---------------------------------------------------------------------------------------------

    def set_params(
        self, arg_params: Mapping[str, Any], aux_params: Mapping[str, Any], allow_extra: bool = False
    ) -> None:
        """Copy values into all executors.

        Raises:
            ArgumentError: a name is neither an argument nor an auxiliary state, unless ``allow_extra``.
        """
        for executor in self.execs:
            executor.copy_params_from(arg_params, aux_params, allow_extra_params=allow_extra)

    def get_params(self, arg_params: dict[str, Any], aux_params: dict[str, Any]) -> None:
        """Write the parameters, averaged over the contexts, into the two dicts."""
        for names, arrays, found in (
            (self.param_names, self.param_arrays, arg_params),
            (self.aux_names, self.aux_arrays, aux_params),
        ):
            for name, copies in zip(names, arrays, strict=True):
                total = copies[0].copy()
                for other in copies[1:]:
                    total += other.as_in_context(total.context)
                found[name] = total if len(copies) == 1 else total / len(copies)

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """Values of the states: joined over contexts, or for each a list by context."""
        if not merge_multi_context:
            return self.state_arrays
        return [_joined(s, 0) for s in self.state_arrays]

    def set_states(self, states: Any = None, value: Any = None) -> None:
        """Set the states, from lists by state and context, or all to one value.

        Raises:
            ArgumentError: both, or neither.
        """
        if (states is None) == (value is None):
            raise Unfit("set_states: only one of states & value can be specified, and one has to be")
        for i, copies in enumerate(self.state_arrays):
            for k, own in enumerate(copies):
                own[:] = value if states is None else states[i][k].as_in_context(own.context)

    # -- computation --------------------------------------------------------------------------------------------

    def _load(self, descs: list[Any], targets: Sequence[Sequence[tuple[slice, Any]]], arrays: Any) -> None:
        if len(arrays) != len(descs):
            names = ", ".join(d.name for d in descs)
            raise ArgumentError(f"forward: the batch has {len(arrays)} arrays, expected {len(descs)}: {names}")
        for desc, own, source in zip(descs, targets, arrays, strict=True):
            for part, target in own:
                taken = self._part(source, self._axes[desc.name], part)
                target[:] = taken.as_in_context(target.context).astype(target.dtype, copy=False)

    def joined(self, batches: Sequence[Any]) -> DataBatch:
        """One batch of those of all contexts.

        Raises:
            ArgumentError: there are not as many batches as contexts.
            WrongKindError: something else than batches.
        """
        strange = [b for b in batches if not isinstance(getattr(b, "data", None), (list, tuple))]
        if strange:
            raise WrongKindError(
                f"forward takes a batch, or a list with one for each context, got a list with "
                f"{type(strange[0]).__name__}; make a batch by mx.io.DataBatch([array])"
            )
        if len(batches) != len(self.execs):
            raise ArgumentError(f"forward: got {len(batches)} batches, expected {len(self.execs)}, one a context")

        def along(descs: Sequence[Any], lists: Sequence[Any]) -> list[Any]:
            return [
                parts[0] if len(parts) == 1 else nd.concat(*parts, dim=self._axes[desc.name])
                for desc, parts in zip(descs, zip(*lists, strict=True), strict=False)
            ]

        labels = [batch.label or [] for batch in batches]
        return DataBatch(along(self.data_shapes, [b.data for b in batches]), along(self.label_shapes, labels))

    def described_as(self, data: list[tuple[int, ...]], labels: Any) -> tuple[list[Any], list[Any]]:
        """Descriptions of data of other shapes, and of the labels that go with them, which may be missing.

        Raises:
            ArgumentError: there are not as many data as the group is bound to.
        """
        known, described = self.data_shapes, self.label_shapes
        if len(known) != len(data):
            raise ArgumentError(f"forward: the batch has {len(data)} arrays, expected {len(known)}")
        shapes = [tuple(x.shape) for x in labels] or [(data[0][0], *d.shape[1:]) for d in described]
        return (
            [type(d)(d.name, s, d.dtype, d.layout) for d, s in zip(known, data, strict=True)],
            [type(d)(d.name, s, d.dtype, d.layout) for d, s in zip(described, shapes, strict=False)],
        )

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs for a batch."""
        self._load(self.data_shapes, self.data_arrays, data_batch.data)
        if self.label_arrays and getattr(data_batch, "label", None):
            self._load(self.label_shapes, self.label_arrays, data_batch.label)
        for executor in self.execs:
            executor.forward(is_train=self.for_training if is_train is None else is_train)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients, from gradients of whole outputs if given."""
        if not self.for_training:
            raise Unfit("backward: re-bind with for_training=True to run backward")
        if out_grads is not None and not isinstance(out_grads, (list, tuple)):
            out_grads = [out_grads]
        for executor, part in zip(self.execs, self.slices, strict=True):
            parts = None
            if out_grads is not None:
                parts = [self._part(g, axis, part) for g, axis in zip(out_grads, self._output_axes, strict=False)]
            executor.backward(parts)

    def get_output_shapes(self) -> list[tuple[str, Shape]]:
        """Names and shapes of the outputs, for whole batches."""
        found = []
        for i, (name, axis) in enumerate(zip(self.output_names, self._output_axes, strict=True)):
            shape = self.execs[0].outputs[i].shape
            if axis >= 0 and axis < len(shape):
                whole = sum(e.outputs[i].shape[axis] for e in self.execs)
                shape = (*shape[:axis], whole, *shape[axis + 1 :])
            found.append((name, shape))
        return found

    def get_outputs(self, merge_multi_context: bool = True, begin: int = 0, end: int | None = None) -> list[Any]:
        """The outputs from ``begin`` to ``end``: joined over contexts, or for each a list by context."""
        each = [list(o) for o in zip(*[e.outputs for e in self.execs], strict=True)][begin:end]
        if not merge_multi_context:
            return each
        return [_joined(o, axis) for o, axis in zip(each, self._output_axes[begin:end], strict=True)]

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the data inputs, likewise.

        Raises:
            ArgumentError: bound without ``inputs_need_grad``.
        """
        each = self.input_grad_arrays
        if each is None:
            raise Unfit("get_input_grads: bind with inputs_need_grad=True to have them")
        if not merge_multi_context:
            return each
        return [_joined(g, self._axes[d.name]) for g, d in zip(each, self.data_shapes, strict=True)]

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool) -> None:
        """Add the last outputs of each context to a metric; ``pre_sliced`` labels are a list for each."""
        for i, (executor, part) in enumerate(zip(self.execs, self.slices, strict=True)):
            own = labels[i] if pre_sliced else labels
            pairs = zip(self.label_shapes, own or [], strict=False)
            eval_metric.update_dict(
                {d.name: x if pre_sliced else self._part(x, self._axes[d.name], part) for d, x in pairs},
                dict(zip(self.output_names, executor.outputs, strict=True)),
            )

    def install_monitor(self, mon: Any) -> None:
        """Let a monitor watch the executors."""
        for executor in self.execs:
            mon.install(executor)


def _joined(parts: list[Any], axis: int) -> Any:
    if len(parts) == 1 or axis < 0:
        return parts[0]
    return nd.concatenate([p.as_in_context(parts[0].context) for p in parts], axis=axis)
