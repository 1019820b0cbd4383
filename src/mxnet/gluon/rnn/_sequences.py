"""Sequences, whole or step by step, of arrays or symbols: what unrolling needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mxnet import ndarray, symbol
from mxnet._base.errors import WrongKindError
from mxnet.gluon import _tracing
from mxnet.gluon._errors import RejectedError
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol

TENSORS = (NDArray, Symbol)


def _as_list(obj: Any) -> list[Any]:
    """``obj`` if it is a list or tuple, else a list of it alone."""
    return obj if isinstance(obj, (list, tuple)) else [obj]  # type: ignore[return-value]


def face(value: Any) -> Any:
    """The functions to compute with ``value``, an array or a symbol."""
    if not isinstance(value, TENSORS):
        raise WrongKindError(
            f"unroll: inputs must be an NDArray or Symbol, got {type(value).__name__}; mx.nd.array(x) makes one"
        )
    return symbol if isinstance(value, Symbol) else _tracing.face_of(value, ())


def _format_sequence(
    length: int | None, inputs: Any, layout: str, merge: bool | None, in_layout: str | None = None
) -> tuple[Any, int, Any, int]:
    """A sequence as one array or symbol, or as a list of its steps.

    Args:
        length: how many steps there must be; None to take what is there.
        inputs: an array or symbol, or a list of arrays (N, ...) or symbols, one a step.
        layout: letters of the axes, with T for time and N for the batch; of the array there is or will be.
        merge: True for one array or symbol, False for a list, None for what it is already.
        in_layout: the layout of ``inputs``, if another.

    Returns:
        The sequence, its time axis, the functions to compute with, and the batch size, 0 of symbols.

    Raises:
        RejectedError: another number of steps, a symbol with several outputs, or no T in the layout.
        WrongKindError: the steps are neither arrays nor symbols.
    """
    axis, in_axis = layout.find("T"), (in_layout or layout).find("T")
    if axis < 0 or in_axis < 0:
        raise RejectedError(f"unroll: layout is {layout!r}, expected letters with T for time, as in 'NTC' and 'TNC'")
    if inputs is None:
        raise RejectedError("unroll(inputs=None) has been deprecated. Please create input variables outside unroll.")
    batch = layout.find("N")
    if isinstance(inputs, TENSORS):
        F = face(inputs)
        batch_size = 0 if isinstance(inputs, Symbol) else inputs.shape[batch]
        if merge is False:
            inputs = _split(F, inputs, length, in_axis)
        elif axis != in_axis:
            inputs = F.swapaxes(inputs, dim1=axis, dim2=in_axis)
        return inputs, axis, F, batch_size
    steps = list(inputs)
    if not steps or (length is not None and len(steps) != length):
        raise RejectedError(f"unroll: got a list of {len(steps)} inputs, expected length={length}, one input a step")
    F = face(steps[0])
    batch_size = 0 if isinstance(steps[0], Symbol) else steps[0].shape[0]
    return (F.stack(*steps, axis=axis) if merge else steps), axis, F, batch_size


def _split(F: Any, inputs: Any, length: int | None, axis: int) -> list[Any]:
    """The steps of a whole sequence."""
    if isinstance(inputs, Symbol):
        if len(inputs.list_outputs()) != 1:
            raise RejectedError(
                "unroll doesn't allow grouped symbol as input. Please convert to list with list(inputs) first or let "
                "unroll handle splitting."
            )
        if length is None:
            raise RejectedError("unroll: length is None, expected the number of steps in the symbol")
        return _pieces(F, inputs, axis=axis, num_outputs=length, squeeze_axis=1)
    if length is not None and length != inputs.shape[axis]:
        raise RejectedError(
            f"unroll: inputs have shape {inputs.shape}, {inputs.shape[axis]} steps along axis {axis}, expected "
            f"length={length}; give that length, or the layout the inputs have"
        )
    return _pieces(F, inputs, axis=axis, num_outputs=inputs.shape[axis], squeeze_axis=1)


def _cells_state_info(cells: Sequence[Any], batch_size: int) -> list[dict[str, Any]]:
    """Shapes and layouts of the states of all cells."""
    return [info for cell in cells for info in cell.state_info(batch_size)]


def _cells_begin_state(cells: Sequence[Any], **kwargs: Any) -> list[Any]:
    """First states of all cells."""
    return [state for cell in cells for state in cell.begin_state(**kwargs)]


def _get_begin_state(cell: Any, F: Any, begin_state: Any, inputs: Any, batch_size: int) -> Any:
    """``begin_state``, or zeros for all states of ``cell``, on the context and of the dtype of the inputs."""
    if begin_state is not None:
        return begin_state
    first = inputs if isinstance(inputs, TENSORS) else inputs[0]
    if isinstance(first, Symbol):
        return cell.begin_state(func=symbol.zeros, batch_size=batch_size)
    states = cell.begin_state(func=ndarray.zeros, batch_size=batch_size, ctx=first.ctx, dtype=first.dtype)
    return [s.as_np_ndarray() for s in states] if first._face == "np" else states


def _mask_sequence_variable_length(
    F: Any, data: Any, length: int, valid_length: Any, time_axis: int, merge: bool | None
) -> Any:
    """``data`` with zeros after the first ``valid_length`` (N,) steps of each sample; a list unless ``merge``."""
    if valid_length is None:
        raise RejectedError("valid_length is None, expected the number of steps of each sample, of shape (N,)")
    if not isinstance(data, TENSORS):
        data = F.stack(*data, axis=time_axis)
    masked = F.SequenceMask(data, sequence_length=valid_length, use_sequence_length=True, axis=time_axis)
    return masked if merge else _pieces(F, masked, axis=time_axis, num_outputs=length, squeeze_axis=True)


def _pieces(F: Any, data: Any, **how: Any) -> list[Any]:
    made = F.split(data, **how)
    return list(made) if isinstance(made, Symbol) else _as_list(made)


def _reverse_sequences(sequences: Sequence[Any], unroll_step: int, valid_length: Any = None) -> list[Any]:
    """The steps from last to first; of each sample only its first ``valid_length`` (N,) are turned around."""
    if valid_length is None:
        return list(reversed(sequences))
    F = face(sequences[0])
    turned = F.SequenceReverse(F.stack(*sequences, axis=0), sequence_length=valid_length, use_sequence_length=True)
    return _pieces(F, turned, axis=0, num_outputs=unroll_step, squeeze_axis=True)
