"""Cells that change what another cell does: dropout, zoneout, residual connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mxnet import symbol
from mxnet.base import numeric_types
from mxnet.symbol import Symbol

from ._base import BaseRNNCell, RNNParams, States, sequence
from ._containers import SequentialRNNCell
from ._errors import CannotStep, CellError


class DropoutCell(BaseRNNCell):
    """Dropout of the input; it has no state.

    Args:
        dropout: share of values dropped in training; 0 for none.
        prefix, params: as for all cells, but without effect, because there are neither variables nor names.

    Raises:
        CellError: ``dropout`` is not a number.

    >>> DropoutCell(0.5).state_info
    []
    """

    def __init__(self, dropout: float, prefix: str = "dropout_", params: RNNParams | None = None) -> None:
        super().__init__(prefix, params)
        if not isinstance(dropout, numeric_types):
            raise CellError(f"dropout probability must be a number, got {dropout!r}")
        self.dropout = dropout

    @property
    def state_info(self) -> list[dict[str, Any]]:
        return []

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        if self.dropout > 0:
            inputs = symbol.Dropout(data=inputs, p=self.dropout)
        return inputs, states

    def unroll(
        self,
        length: int,
        inputs: Symbol | Sequence[Symbol],
        begin_state: States | None = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Any, States]:
        """As :meth:`BaseRNNCell.unroll`; a sequence in one symbol gets a single dropout as a whole."""
        self.reset()
        inputs, _ = sequence(length, inputs, layout, merge_outputs)
        if isinstance(inputs, Symbol):
            return self(inputs, [])
        return super().unroll(length, inputs, begin_state=begin_state, layout=layout, merge_outputs=merge_outputs)


class ModifierCell(BaseRNNCell):
    """Base of cells that change another cell, which is then used only through this one.

    Args:
        base_cell: the cell to change.
    """

    def __init__(self, base_cell: BaseRNNCell) -> None:
        super().__init__()
        base_cell._modified = True
        self.base_cell = base_cell

    @property
    def params(self) -> RNNParams:
        """The variables of the base cell."""
        self._own_params = False
        return self.base_cell.params

    @property
    def state_info(self) -> list[dict[str, Any]]:
        return self.base_cell.state_info

    def begin_state(self, init_sym: Callable[..., Symbol] = symbol.zeros, **kwargs: Any) -> States:  # type: ignore[override]
        """States of the base cell to begin with.

        Args:
            init_sym: makes each state; its name in other cells, ``func``, is accepted too.
            kwargs: more arguments of it.
        """
        func = kwargs.pop("func", init_sym)
        self.base_cell._modified = False
        try:
            return self.base_cell.begin_state(func=func, **kwargs)
        finally:
            self.base_cell._modified = True

    def unpack_weights(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return self.base_cell.unpack_weights(args)

    def pack_weights(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return self.base_cell.pack_weights(args)

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        raise CannotStep(f"{type(self).__name__} must define __call__(self, inputs, states)")


class ZoneoutCell(ModifierCell):
    """Zoneout: in training, some outputs and states keep their values from the step before.

    Args:
        base_cell: the cell.
        zoneout_outputs: share of outputs that keep their values.
        zoneout_states: share of states that keep their values.

    Raises:
        CellError: the cell has no single step.

    >>> import mxnet as mx
    >>> ZoneoutCell(mx.rnn.RNNCell(4), zoneout_states=0.1).state_shape
    [(0, 4)]
    """

    def __init__(self, base_cell: BaseRNNCell, zoneout_outputs: float = 0.0, zoneout_states: float = 0.0) -> None:
        _refuse_unsteppable(base_cell)
        super().__init__(base_cell)
        self.zoneout_outputs = zoneout_outputs
        self.zoneout_states = zoneout_states

    def reset(self) -> None:
        super().reset()
        self.prev_output: Symbol | None = None

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        output, after = self.base_cell(inputs, states)
        if self.zoneout_outputs:
            before = self._nothing(output) if self.prev_output is None else self.prev_output
            output = _mixed(self.zoneout_outputs, output, before)
        if self.zoneout_states:
            after = [_mixed(self.zoneout_states, new, old) for new, old in zip(after, states, strict=True)]
        self.prev_output = output
        return output, after

    def _nothing(self, like: Symbol) -> Symbol:
        info = self.base_cell.state_info
        if not info or len(info[0]["shape"]) != 2:
            return symbol.zeros_like(like)  # 1.9.1 fails here: its zeros have two axes, whatever the output has
        return symbol.zeros((0, 0))


def _mixed(share: float, new: Symbol, old: Symbol) -> Symbol:
    return symbol.where(symbol.Dropout(symbol.ones_like(new), p=share), new, old)


def _refuse_unsteppable(cell: BaseRNNCell) -> None:
    if cell._no_zoneout:
        raise CellError(cell._no_zoneout)
    if isinstance(cell, SequentialRNNCell):
        for part in cell._cells:
            _refuse_unsteppable(part)


class ResidualCell(ModifierCell):
    """Adds the input to the output of a cell, as in arXiv:1609.08144.

    Args:
        base_cell: the cell; its output has the shape of its input.

    >>> import mxnet as mx
    >>> cell = ResidualCell(mx.rnn.RNNCell(5))
    >>> cell.unroll(1, [mx.sym.Variable("data")])[0]
    [<Symbol rnn_t0_out_plus_residual>]
    """

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        output, after = self.base_cell(inputs, states)
        return _sum(output, inputs), after

    def unroll(
        self,
        length: int,
        inputs: Symbol | Sequence[Symbol],
        begin_state: States | None = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Any, States]:
        """As :meth:`BaseRNNCell.unroll`, using that of the base cell."""
        self.reset()
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(
                length, inputs=inputs, begin_state=begin_state, layout=layout, merge_outputs=merge_outputs
            )
        finally:
            self.base_cell._modified = True
        merged = isinstance(outputs, Symbol)
        added, _ = sequence(length, inputs, layout, merged)
        if merged:
            return _sum(outputs, added), states
        return [_sum(o, i) for o, i in zip(outputs, added, strict=True)], states


def _sum(output: Symbol, inputs: Symbol) -> Symbol:
    return symbol.elemwise_add(output, inputs, name=f"{output.name}_plus_residual")
