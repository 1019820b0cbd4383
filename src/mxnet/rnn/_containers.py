"""Cells made of cells: stacked, or for both directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mxnet import symbol
from mxnet.symbol import Symbol

from ._base import BaseRNNCell, RNNParams, States, sequence
from ._errors import CannotStep, CellError


class _CellOfCells(BaseRNNCell):
    """A cell with the states, weights and variables of other cells, in their order."""

    def __init__(self, prefix: str = "", params: RNNParams | None = None) -> None:
        self._cells: list[BaseRNNCell] = []
        super().__init__(prefix=prefix, params=params)
        self._override_cell_params = params is not None

    def _share(self, cells: Sequence[BaseRNNCell]) -> None:
        for cell in cells:
            if self._override_cell_params:
                if not cell._own_params:
                    raise CellError(
                        f"Either specify params for {type(self).__name__} or child cells, not both; "
                        f"{type(cell).__name__} has variables already"
                    )
                cell.params._params.update(self.params._params)
            self.params._params.update(cell.params._params)

    @property
    def state_info(self) -> list[dict[str, Any]]:
        return [info for c in self._cells for info in c.state_info]

    def begin_state(self, func: Callable[..., Symbol] | None = None, **kwargs: Any) -> States:
        if self._modified:
            raise CellError(
                f"{type(self).__name__}: After applying modifier cells (e.g. ZoneoutCell) the base cell cannot be "
                "called directly. Call the modifier cell instead."
            )
        if func is not None:
            kwargs["func"] = func
        return [state for c in self._cells for state in c.begin_state(**kwargs)]

    def unpack_weights(self, args: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(args)
        for cell in self._cells:
            found = cell.unpack_weights(found)
        return found

    def pack_weights(self, args: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(args)
        for cell in self._cells:
            found = cell.pack_weights(found)
        return found

    def _split_states(self, states: States) -> list[States]:
        """States in one list, cut into those of each cell. Nested ones, as unrolling gives them, are taken too."""
        flat = _flat(states)
        parts, at = [], 0
        for cell in self._cells:
            count = len(cell.state_info)
            parts.append(flat[at : at + count])
            at += count
        return parts


def _flat(states: Any) -> States:
    if isinstance(states, (list, tuple)):
        return [s for part in states for s in _flat(part)]
    return [states]


class SequentialRNNCell(_CellOfCells):
    """Stacked cells.

    Args:
        params: variables for all cells, which must not have made any of their own yet.

    >>> import mxnet as mx
    >>> stack = SequentialRNNCell()
    >>> for i in range(2):
    ...     stack.add(mx.rnn.RNNCell(4, prefix=f"l{i}_"))
    >>> stack.state_shape
    [(0, 4), (0, 4)]
    """

    def __init__(self, params: RNNParams | None = None) -> None:
        super().__init__(params=params)

    def add(self, cell: BaseRNNCell) -> None:
        """Put ``cell`` on top.

        Raises:
            CellError: both this and ``cell`` have variables of their own.
        """
        self._share([cell])
        self._cells.append(cell)

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        self._counter += 1
        after: States = []
        for cell, part in zip(self._cells, self._split_states(states), strict=True):
            inputs, state = cell(inputs, part)
            after.extend(state)
        return inputs, after

    def unroll(
        self,
        length: int,
        inputs: Symbol | Sequence[Symbol],
        begin_state: States | None = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Any, States]:
        """As :meth:`BaseRNNCell.unroll`, cell after cell."""
        self.reset()
        parts = self._split_states(self.begin_state() if begin_state is None else begin_state)
        outputs: Any = inputs
        after: States = []
        for i, (cell, part) in enumerate(zip(self._cells, parts, strict=True)):
            merge = merge_outputs if i == len(self._cells) - 1 else None
            outputs, states = cell.unroll(length, outputs, begin_state=part, layout=layout, merge_outputs=merge)
            after.extend(states)
        return outputs, after


class BidirectionalCell(_CellOfCells):
    """One cell from the first step to the last and one from the last to the first; their outputs side by side.

    Args:
        l_cell: runs forward.
        r_cell: runs backward.
        params: variables for both cells, which must not have made any of their own yet.
        output_prefix: what the names of outputs begin with.

    >>> import mxnet as mx
    >>> both = BidirectionalCell(mx.rnn.RNNCell(4, prefix="l_"), mx.rnn.RNNCell(4, prefix="r_"))
    >>> outputs, _ = both.unroll(3, mx.sym.Variable("data"), merge_outputs=True)
    >>> outputs.infer_shape(data=(2, 3, 5))[1]
    [(2, 3, 8)]
    """

    _no_zoneout = (
        "BidirectionalCell doesn't support zoneout since it doesn't support step. Please add ZoneoutCell to the cells "
        "underneath instead."
    )

    def __init__(
        self, l_cell: BaseRNNCell, r_cell: BaseRNNCell, params: RNNParams | None = None, output_prefix: str = "bi_"
    ) -> None:
        super().__init__(params=params)
        self._output_prefix = output_prefix
        self._share([l_cell, r_cell])
        self._cells = [l_cell, r_cell]

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        raise CannotStep("Bidirectional cannot be stepped. Please use unroll")

    def unroll(
        self,
        length: int,
        inputs: Symbol | Sequence[Symbol],
        begin_state: States | None = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Any, States]:
        """As :meth:`BaseRNNCell.unroll`. The states are a list of two: those of each direction."""
        self.reset()
        steps, axis = sequence(length, inputs, layout, False)
        parts = self._split_states(self.begin_state() if begin_state is None else begin_state)
        forth, back = self._cells
        left, left_states = forth.unroll(
            length, steps, begin_state=parts[0], layout=layout, merge_outputs=merge_outputs
        )
        right, right_states = back.unroll(
            length, steps[::-1], begin_state=parts[1], layout=layout, merge_outputs=merge_outputs
        )
        if merge_outputs is None:
            merge_outputs = isinstance(left, Symbol) and isinstance(right, Symbol)
        if merge_outputs:
            right = symbol.reverse(right, axis=axis)
            outputs: Any = symbol.concat(left, right, dim=2, name=f"{self._output_prefix}out")
        else:
            left, right = (
                list(symbol.SliceChannel(s, axis=axis, num_outputs=length, squeeze_axis=1))
                if isinstance(s, Symbol)
                else s
                for s in (left, right)
            )
            outputs = [
                symbol.concat(a, b, dim=1, name=f"{self._output_prefix}t{i}")
                for i, (a, b) in enumerate(zip(left, right[::-1], strict=True))
            ]
        return outputs, [left_states, right_states]
