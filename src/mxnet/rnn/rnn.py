"""Checkpoints of models with recurrent cells: weights of gates are separate arrays in files."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mxnet import symbol
from mxnet.model import load_checkpoint, save_checkpoint
from mxnet.symbol import Symbol

from ._base import BaseRNNCell, States

__all__ = [
    "BaseRNNCell",
    "do_rnn_checkpoint",
    "load_checkpoint",
    "load_rnn_checkpoint",
    "rnn_unroll",
    "save_checkpoint",
    "save_rnn_checkpoint",
]


def rnn_unroll(
    cell: BaseRNNCell,
    length: int,
    inputs: Symbol | Sequence[Symbol] | None = None,
    begin_state: States | None = None,
    input_prefix: str = "",
    layout: str = "NTC",
) -> tuple[Any, States]:
    """``cell.unroll``, which is to be used instead.

    Args:
        cell: the cell.
        length, inputs, begin_state, layout: as for ``cell.unroll``. Without ``inputs`` there is a variable
            ``<input_prefix>t<step>_data`` for each step.

    In 1.9.1 every call fails.
    """
    warnings.warn("rnn_unroll is deprecated. Please call cell.unroll directly.", stacklevel=2)
    if inputs is None:
        inputs = [symbol.Variable(f"{input_prefix}t{i}_data") for i in range(length)]
    return cell.unroll(length, inputs, begin_state=begin_state, layout=layout)


def _listed(cells: Any) -> list[BaseRNNCell]:
    return [cells] if isinstance(cells, BaseRNNCell) else list(cells)


def save_rnn_checkpoint(
    cells: BaseRNNCell | Sequence[BaseRNNCell],
    prefix: str,
    epoch: int,
    symbol: Any,
    arg_params: Mapping[str, Any],
    aux_params: Mapping[str, Any],
) -> None:
    """:func:`mxnet.model.save_checkpoint` with the weights of ``cells`` unpacked.

    Args:
        cells: the cells of the model, one or a list.
        prefix, epoch, symbol, arg_params, aux_params: as there.

    >>> import os, tempfile
    >>> import mxnet as mx
    >>> prefix = os.path.join(tempfile.mkdtemp(), "rnn")
    >>> cell = mx.rnn.LSTMCell(2)
    >>> outputs, _ = cell.unroll(1, mx.sym.var("data"), merge_outputs=True)
    >>> weights = {f"lstm_{part}_bias": mx.nd.ones(8) for part in ("i2h", "h2h")}
    >>> weights |= {"lstm_i2h_weight": mx.nd.ones((8, 3)), "lstm_h2h_weight": mx.nd.ones((8, 2))}
    >>> save_rnn_checkpoint(cell, prefix, 1, outputs, weights, {})
    >>> symbol, args, aux = load_rnn_checkpoint(cell, prefix, 1)
    >>> args["lstm_i2h_weight"].shape
    (8, 3)
    """
    for cell in _listed(cells):
        arg_params = cell.unpack_weights(arg_params)
    save_checkpoint(prefix, epoch, symbol, arg_params, aux_params)


def load_rnn_checkpoint(
    cells: BaseRNNCell | Sequence[BaseRNNCell], prefix: str, epoch: int
) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """What :func:`save_rnn_checkpoint` saved: symbol, arguments with packed weights, auxiliary states.

    Args:
        cells: the cells of the model; they need not be those it was saved with: fused cells read what unfused ones
            wrote, and vice versa.
        prefix, epoch: those it was saved with.
    """
    sym, args, aux = load_checkpoint(prefix, epoch)
    for cell in _listed(cells):
        args = cell.pack_weights(args)
    return sym, args, aux


def do_rnn_checkpoint(
    cells: BaseRNNCell | Sequence[BaseRNNCell], prefix: str, period: int = 1
) -> Callable[[int, Any, Mapping[str, Any], Mapping[str, Any]], None]:
    """A callback for ``Module.fit`` that saves after every ``period`` epochs.

    Args:
        cells: the cells of the model, one or a list.
        prefix: what the names of the files begin with.
        period: epochs from one checkpoint to the next.
    """
    period = int(max(1, period))

    def save(iter_no: int, sym: Any = None, arg: Any = None, aux: Any = None) -> None:
        if (iter_no + 1) % period == 0:
            save_rnn_checkpoint(cells, prefix, iter_no + 1, sym, arg, aux)

    return save
