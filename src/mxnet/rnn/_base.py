"""What all symbolic recurrent cells have in common: parameters, states, unrolling, packed weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from mxnet import ndarray, symbol
from mxnet.symbol import Symbol

from ._errors import CannotStep, CellError, MissingWeight

States: TypeAlias = list[Any]
"""Symbols of a cell's states, nested as the cells are."""


class RNNParams:
    """Variables by name, for cells that share their weights.

    Args:
        prefix: what the names of all variables begin with.

    >>> RNNParams("a_").get("weight")
    <Symbol a_weight>
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._params: dict[str, Symbol] = {}

    def get(self, name: str, **kwargs: Any) -> Symbol:
        """The variable ``prefix + name``, made at first use with ``kwargs`` of :func:`mxnet.symbol.Variable`."""
        name = self._prefix + name
        if name not in self._params:
            self._params[name] = symbol.Variable(name, **kwargs)
        return self._params[name]


class BaseRNNCell:
    """A cell: one step of a recurrent network, as a function from symbols to symbols.

    A subclass defines ``state_info`` and ``__call__``, and ``_gate_names`` if its weights belong to several gates.

    Args:
        prefix: what the names of layers, and of weights unless ``params`` is given, begin with.
        params: variables shared with other cells.
    """

    _num_hidden: int
    _no_zoneout = ""
    """Why the cell can not be in a ZoneoutCell, if it can not."""

    def __init__(self, prefix: str = "", params: RNNParams | None = None) -> None:
        self._own_params = params is None
        self._prefix = prefix
        self._params = RNNParams(prefix) if params is None else params
        self._modified = False
        self.reset()

    def reset(self) -> None:
        """Count steps and states from zero again, to use the cell in another graph."""
        self._init_counter = -1
        self._counter = -1
        for cell in getattr(self, "_cells", ()):
            cell.reset()

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        """One step.

        Args:
            inputs: (batch, features).
            states: the states after the step before, or those of ``begin_state``.

        Returns:
            The output, (batch, units), and the new states.

        Raises:
            CannotStep: the cell only works on whole sequences; unroll it.
        """
        raise CannotStep(f"{type(self).__name__} must define __call__(self, inputs, states)")

    @property
    def params(self) -> RNNParams:
        """The variables of this cell."""
        self._own_params = False
        return self._params

    @property
    def state_info(self) -> list[dict[str, Any]]:
        """Shape, with 0 for the batch, and layout of each state."""
        raise CannotStep(f"{type(self).__name__} must define the property state_info")

    @property
    def state_shape(self) -> list[tuple[int, ...]]:
        """The shape of each state, with 0 for the batch."""
        return [info["shape"] for info in self.state_info]

    @property
    def _gate_names(self) -> Sequence[str]:
        """The parts of weights' names that tell gates apart; none for cells without weights."""
        return ()

    def begin_state(self, func: Callable[..., Symbol] = symbol.zeros, **kwargs: Any) -> States:
        """States to begin with.

        Args:
            func: makes each from name, shape and ``kwargs``. ``symbol.Variable`` for states that are inputs.
            kwargs: more arguments of ``func``.

        Raises:
            CellError: the cell is part of a modifier cell; ask that one instead.
        """
        if self._modified:
            raise CellError(
                f"{type(self).__name__}: After applying modifier cells (e.g. DropoutCell) the base cell cannot be "
                "called directly. Call the modifier cell instead."
            )
        states = []
        for info in self.state_info:
            self._init_counter += 1
            states.append(func(name=f"{self._prefix}begin_state_{self._init_counter}", **{**kwargs, **(info or {})}))
        return states

    def unpack_weights(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters, with a separate copied array for each gate's weight and bias.

        Args:
            args: parameters by name, as in ``Module.get_params()[0]``; those of other layers stay as they are.

        Raises:
            MissingWeight: a parameter of this cell is not in ``args``.

        >>> import mxnet as mx
        >>> packed = {"gru_i2h_weight": mx.nd.zeros((6, 3)), "gru_h2h_weight": mx.nd.zeros((6, 2))}
        >>> packed |= {"gru_i2h_bias": mx.nd.zeros(6), "gru_h2h_bias": mx.nd.zeros(6)}
        >>> unpacked = mx.rnn.GRUCell(2).unpack_weights(packed)
        >>> unpacked["gru_i2h_r_weight"].shape, len(unpacked)
        ((2, 3), 12)
        """
        found = dict(args)
        gates = self._gate_names
        if not gates:
            return found
        size = self._num_hidden
        for group in ("i2h", "h2h"):
            whole = {kind: self._take(found, f"{self._prefix}{group}_{kind}") for kind in ("weight", "bias")}
            for i, gate in enumerate(gates):
                for kind, array in whole.items():
                    found[f"{self._prefix}{group}{gate}_{kind}"] = array[i * size : (i + 1) * size].copy()
        return found

    def pack_weights(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """The reverse of :meth:`unpack_weights`.

        Raises:
            MissingWeight: a parameter of this cell is not in ``args``.
        """
        found = dict(args)
        gates = self._gate_names
        if not gates:
            return found
        for group in ("i2h", "h2h"):
            pieces: dict[str, list[Any]] = {"weight": [], "bias": []}
            for gate in gates:
                for kind, list_ in pieces.items():
                    list_.append(self._take(found, f"{self._prefix}{group}{gate}_{kind}"))
            for kind, list_ in pieces.items():
                found[f"{self._prefix}{group}_{kind}"] = ndarray.concatenate(list_)
        return found

    def _take(self, args: dict[str, Any], name: str) -> Any:
        if name not in args:
            raise MissingWeight(f"{type(self).__name__}: parameter {name} is missing; got {', '.join(args) or 'none'}")
        return args.pop(name)

    def unroll(
        self,
        length: int,
        inputs: Symbol | Sequence[Symbol],
        begin_state: States | None = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Any, States]:
        """Run over a sequence.

        Args:
            length: how many steps.
            inputs: one symbol, (batch, length, ...) for layout NTC or (length, batch, ...) for TNC; or a list of
                ``length`` symbols, (batch, ...).
            begin_state: states to begin with; those of ``begin_state()`` if None.
            layout: its T tells which axis of ``inputs`` and of merged outputs has the steps.
            merge_outputs: True for one symbol of outputs, False for a list of them, None for whichever is faster.

        Returns:
            The outputs, and the states after the last step.

        Raises:
            CellError: ``inputs`` is None, has several outputs, or is a list of other than ``length`` symbols.
        """
        self.reset()
        steps, _ = sequence(length, inputs, layout, False)
        states = self.begin_state() if begin_state is None else begin_state
        outputs = []
        for step in steps:
            output, states = self(step, states)
            outputs.append(output)
        merged, _ = sequence(length, outputs, layout, merge_outputs)
        return merged, states

    def _get_activation(self, inputs: Symbol, activation: Any, **kwargs: Any) -> Symbol:
        """``activation``, a name or a function, of ``inputs``."""
        if isinstance(activation, str):
            return symbol.Activation(inputs, act_type=activation, **kwargs)
        return activation(inputs, **kwargs)


def sequence(
    length: int, inputs: Any, layout: str, merge: bool | None, in_layout: str | None = None
) -> tuple[Any, int]:
    """``inputs`` as one symbol (``merge`` True), as a list (False), or as they are (None); and the axis of steps.

    Args:
        layout: of the result; ``in_layout`` is that of ``inputs``, if it differs.
    """
    if inputs is None:
        raise CellError(
            "unroll(inputs=None) has been deprecated. Please create input variables outside unroll: "
            "[mx.sym.Variable(f't{i}_data') for i in range(length)]"
        )
    axis = layout.find("T")
    in_axis = in_layout.find("T") if in_layout is not None else axis
    if isinstance(inputs, Symbol):
        if merge is False:
            if len(inputs.list_outputs()) != 1:
                raise CellError(
                    "unroll doesn't allow grouped symbol as input. Please convert to list with list(inputs) first or "
                    f"let unroll handle splitting; got outputs {inputs.list_outputs()}"
                )
            return list(symbol.split(inputs, axis=in_axis, num_outputs=length, squeeze_axis=1)), axis
    else:
        inputs = list(inputs)
        if length is not None and len(inputs) != length:
            raise CellError(f"unroll: got a list of {len(inputs)} inputs, expected length={length} of them")
        if merge is True:
            inputs = symbol.concat(*[symbol.expand_dims(i, axis=axis) for i in inputs], dim=axis)
            in_axis = axis
    if isinstance(inputs, Symbol) and axis != in_axis:
        inputs = symbol.swapaxes(inputs, dim1=axis, dim2=in_axis)
    return inputs, axis
