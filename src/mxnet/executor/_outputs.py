"""The arrays that outputs are written to, and their memory."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch

from mxnet._graph.infer import Inference
from mxnet._graph.node import Entry, output_names
from mxnet._runtime.context import Context
from mxnet._runtime.sparse import assign, value_of
from mxnet.ndarray import NDArray

from ._arrays import zeros, zeros_of


class OutputRoom:
    """One array for each output, the same at every run.

    Args:
        outputs: what is computed.
        graph: the same outputs in the graph that runs.
        found: their shapes and dtypes, as far as they are known.
        stypes: storage types of those that are sparse, by node of ``graph`` and number.
        placed: where nodes of ``graph`` run, if not in ``ctx``.
        shared: that of an executor that does not run at the same time; its memory is used where it is large enough.

    Attributes:
        arrays: the arrays; zeros before the first run.
    """

    def __init__(
        self,
        outputs: Sequence[Entry],
        graph: Sequence[Entry],
        found: Inference,
        stypes: Mapping[tuple[int, int], str],
        placed: Mapping[int, Context],
        ctx: Context,
        shared: OutputRoom | None,
    ) -> None:
        self.arrays: list[NDArray] = []
        self._memory: list[torch.Tensor] = []
        self._buffers: list[torch.Tensor] = []
        for i, (entry, (node, _)) in enumerate(zip(outputs, graph, strict=True)):
            at = placed.get(id(node), ctx)
            shape, dtype = found.shape(entry) or (), found.dtype(entry) or torch.float32
            stype = stypes.get((id(node), entry[1]))
            if stype is not None:
                memory = buffer = torch.empty(0, dtype=torch.uint8, device=at.device)
                array = zeros_of(stype, shape, dtype, at)
            else:
                reused = shared._memory[i] if shared is not None and i < len(shared._memory) else None
                memory, buffer = _buffer(output_names(entry), shape, dtype, at.device, reused)
                array = NDArray(buffer, at)
            self.arrays.append(array)
            self._memory.append(memory)
            self._buffers.append(buffer)

    @property
    def size(self) -> int:
        """Bytes of dense outputs."""
        return sum(m.numel() for m in self._memory)

    def write(self, made: Sequence[NDArray]) -> None:
        """Write what a run made to the arrays; those that could not be computed raise when they are read."""
        for i, (output, new) in enumerate(zip(self.arrays, made, strict=True)):
            failed = new._failed
            if output._sparse:
                assign(output, new._ready() if failed is not None else value_of(new))
                continue
            if failed is not None:
                output._failed = failed
                del output._data
                continue
            value, buffer = new._data, self._buffers[i]
            if buffer.shape == value.shape and buffer.dtype is value.dtype and buffer.device == value.device:
                buffer.copy_(value)
            else:  # of a shape that could not be known
                self._buffers[i] = buffer = value.clone()
            output._data = buffer
            output._failed = None


def _buffer(
    name: str, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device, shared: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Memory for an output, in bytes, and the array on it; on ``shared`` memory where that is large enough."""
    size = math.prod(shape) * dtype.itemsize
    if shared is None or shared.device != device or shared.numel() < size:
        shared = zeros(name, (size,), torch.uint8, device)
    return shared, shared[:size].view(dtype).view(shape)
