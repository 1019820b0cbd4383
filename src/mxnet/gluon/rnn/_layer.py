"""What the recurrent layers have in common: parameters, states, and the operator that runs them."""

from __future__ import annotations

from typing import Any

from mxnet import ndarray, symbol
from mxnet._base.errors import ArgumentError, InputTypeError, ShapeError
from mxnet._graph.cached_op import CachedOp
from mxnet._runtime.state import state
from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import HybridBlock
from mxnet.name import NameManager
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol
from mxnet.util import is_np_array

from . import rnn_cell

_KINDS = ("i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias", "h2r_weight")
_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
_STATES = ("state", "state_cell")
_INLINED = (("inline_limit", 1000),)  # the program is no block of the user: what is recorded shows its operators


class UnknownActivation(ArgumentError, KeyError):
    """An activation that the operator does not have."""

    __str__ = Exception.__str__  # KeyError shows its text in quotes


class _RNNLayer(HybridBlock):
    """What the recurrent layers have in common."""

    def __init__(
        self,
        hidden_size: int,
        num_layers: int,
        layout: str,
        dropout: float,
        bidirectional: bool,
        input_size: int,
        i2h_weight_initializer: Any,
        h2h_weight_initializer: Any,
        i2h_bias_initializer: Any,
        h2h_bias_initializer: Any,
        mode: str,
        projection_size: int | None = None,
        h2r_weight_initializer: Any = None,
        lstm_state_clip_min: float | None = None,
        lstm_state_clip_max: float | None = None,
        lstm_state_clip_nan: bool = False,
        dtype: Any = "float32",
        use_sequence_length: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if layout not in ("TNC", "NTC"):
            raise RejectedError(f"Invalid layout {layout}; must be one of ['TNC' or 'NTC']")
        if mode not in _GATES:
            raise UnknownActivation(
                f"{type(self).__name__}: activation is {mode.removeprefix('rnn_')!r}, expected 'relu' or 'tanh'"
            )
        self._hidden_size = hidden_size
        self._projection_size = projection_size or None
        self._num_layers = num_layers
        self._mode = mode
        self._layout = layout
        self._dropout = dropout
        self._dir = 2 if bidirectional else 1
        self._input_size = input_size
        self._initializers = {
            "i2h_weight": i2h_weight_initializer,
            "h2h_weight": h2h_weight_initializer,
            "i2h_bias": i2h_bias_initializer,
            "h2h_bias": h2h_bias_initializer,
            "h2r_weight": h2r_weight_initializer,
        }
        self._clip = {
            "lstm_state_clip_min": lstm_state_clip_min,
            "lstm_state_clip_max": lstm_state_clip_max,
            "lstm_state_clip_nan": lstm_state_clip_nan,
        }
        self._dtype = dtype
        self._use_sequence_length = use_sequence_length
        self.skip_states: bool | None = None
        self._zeros: tuple[Any, list[Any]] | None = None
        self._program: tuple[int, CachedOp, list[str]] | None = None
        self._gates = _GATES[mode]
        self._make_parameters()

    def __getstate__(self) -> dict[str, Any]:
        """The attributes that 1.9.1 pickles too."""
        own = ("_initializers", "_clip", "_zeros", "_program")
        state = {name: value for name, value in super().__getstate__().items() if name not in own}
        state |= {f"_{kind}_initializer": made for kind, made in self._initializers.items()}
        return state | {f"_{name}": value for name, value in self._clip.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        initializers = {f"_{kind}_initializer": kind for kind in _KINDS}
        clip = {f"_lstm_state_clip_{name}": f"lstm_state_clip_{name}" for name in ("min", "max", "nan")}
        super().__setstate__({name: value for name, value in state.items() if name not in {*initializers, *clip}})
        self._initializers = {kind: state[name] for name, kind in initializers.items()}
        self._clip = {own: state[name] for name, own in clip.items()}
        self._zeros = self._program = None

    def _make_parameters(self) -> None:
        rows, width = self._gates * self._hidden_size, self._projection_size or self._hidden_size
        size = self._input_size
        for layer in range(self._num_layers):
            for direction in "lr"[: self._dir]:
                shapes = [(rows, size), (rows, width), (rows,), (rows,), (self._projection_size, self._hidden_size)]
                made = self._initializers.items()
                for (kind, init), shape in zip(made, shapes if self._projection_size else shapes[:4], strict=False):
                    self._register_param(f"{direction}{layer}_{kind}", shape, init, self._dtype)
            size = width * self._dir

    def _register_param(self, name: str, shape: Any, init: Any, dtype: Any) -> Any:
        param = self.params.get(name, shape=shape, init=init, allow_deferred_init=True, dtype=dtype)
        setattr(self, name, param)
        return param

    def __repr__(self) -> str:
        rows, columns = self.l0_i2h_weight.shape
        told = [f"{columns or None} -> {rows // self._gates}", self._layout]
        if self._num_layers != 1:
            told.append(f"num_layers={self._num_layers}")
        if self._dropout != 0:
            told.append(f"dropout={self._dropout}")
        if self._dir == 2:
            told.append("bidirectional")
        return f"{type(self).__name__}({', '.join(told)})"

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Any]:
        """Parameters by their names in files: those of the cells that the layer could be split into."""
        prefix = f"{prefix}." if prefix else ""
        found = {}
        for name, param in self._reg_params.items():
            place, kind = name.split("_", 1)
            cell = f"{place[0]}_cell." if self._dir == 2 else ""
            found[f"{prefix}_unfused.{place[1:]}.{cell}{kind}"] = param
        return found

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Shape, layout and dtype of each state."""
        shape = (self._num_layers * self._dir, batch_size, self._hidden_size)
        return [{"shape": shape, "__layout__": "LNC", "dtype": self._dtype}]

    def _unfuse(self) -> Any:
        """The same network of cells, which share the parameters."""
        if self._projection_size:
            raise RejectedError("_unfuse does not support projection layer yet!")
        if any(self._clip.values()):
            raise RejectedError("_unfuse does not support state clipping yet!")
        kinds: dict[str, tuple[Any, dict[str, Any]]] = {
            "rnn_relu": (rnn_cell.RNNCell, {"activation": "relu"}),
            "rnn_tanh": (rnn_cell.RNNCell, {"activation": "tanh"}),
            "lstm": (rnn_cell.LSTMCell, {}),
            "gru": (rnn_cell.GRUCell, {}),
        }
        cell, options = kinds[self._mode]
        stack = rnn_cell.HybridSequentialRNNCell(prefix=self.prefix, params=self.params)
        options |= {f"{k}_initializer": init for k, init in self._initializers.items() if k != "h2r_weight"}
        size = self._input_size
        with stack.name_scope():
            for layer in range(self._num_layers):
                options["input_size"] = size
                made = [cell(self._hidden_size, prefix=f"{d}{layer}_", **options) for d in "lr"[: self._dir]]
                stack.add(made[0] if self._dir == 1 else rnn_cell.BidirectionalCell(*made))
                if self._dropout > 0 and layer != self._num_layers - 1:
                    stack.add(rnn_cell.DropoutCell(self._dropout))
                size = self._hidden_size * self._dir
        return stack

    def cast(self, dtype: Any) -> None:
        """Change the dtype of all parameters, and of the states it begins with."""
        super().cast(dtype)
        self._dtype = dtype

    def begin_state(self, batch_size: int = 0, func: Any = ndarray.zeros, **kwargs: Any) -> list[Any]:
        """States to begin with.

        Args:
            batch_size: how many samples; arrays need it.
            func: makes a state, given its shape; ``mx.nd.zeros``, ``mx.sym.zeros``, ``mx.sym.var``...
            kwargs: for ``func``, such as ``ctx`` and ``dtype``.

        Returns:
            A list of (num_layers * directions, batch_size, hidden_size); of the LSTM two, for output and memory.

        >>> from mxnet.gluon import rnn
        >>> [state.shape for state in rnn.LSTM(4, num_layers=2).begin_state(batch_size=3)]
        [(2, 3, 4), (2, 3, 4)]
        """
        states = [
            func(name=f"{self.prefix}h0_{i}", **{**info, **kwargs})
            for i, info in enumerate(self.state_info(batch_size))
        ]
        return [state.as_np_ndarray() for state in states] if is_np_array() else states

    def __call__(self, inputs: Any, states: Any = None, sequence_length: Any = None, **kwargs: Any) -> Any:
        """Run over a sequence.

        Args:
            inputs: (T, N, C), or (N, T, C) with that layout.
            states: states to begin with, an array or a list; zeros if None.
            sequence_length: how many steps each sample has, (N,), for a layer made with ``use_sequence_length``.

        Returns:
            The outputs, and if states were given a list of the states after the last step.

        Raises:
            ArgumentError: there are more or fewer states than the layer has.
            InputTypeError: the inputs are no array and no symbol.
            ShapeError: the states do not fit the inputs.
        """
        if not isinstance(inputs, (NDArray, Symbol)):
            raise InputTypeError(
                f"{type(self).__name__} '{self.name}': inputs must be an NDArray or Symbol, got "
                f"{type(inputs).__name__}; mx.nd.array(x) makes one"
            )
        self.skip_states = states is None
        if states is None:
            states = self.begin_state(0, func=symbol.zeros) if isinstance(inputs, Symbol) else self._zero_states(inputs)
        else:
            states = [states] if isinstance(states, (NDArray, Symbol)) else states
            if len(states) != 1 + (self._mode == "lstm"):
                raise ArgumentError(
                    f"{type(self).__name__} '{self.name}': got {len(states)} states, expected "
                    f"{'two, outputs and memory' if self._mode == 'lstm' else 'one'}, as begin_state() gives"
                )
        if isinstance(inputs, NDArray) and not self.skip_states:
            for state, info in zip(states, self.state_info(inputs.shape[self._layout.find("N")]), strict=False):
                if state.shape != info["shape"]:
                    raise ShapeError(
                        f"Invalid recurrent state shape. Expecting {info['shape']}, got {state.shape}; give "
                        f"begin_state({info['shape'][1]}) or states of that shape"
                    )
        known = self._reg_params["l0_i2h_weight"].shape
        if known and known[1] > 0 and isinstance(inputs, NDArray) and inputs.shape[-1:] != known[1:]:
            raise ShapeError(
                f"{type(self).__name__} '{self.name}': inputs have shape {inputs.shape}, expected {known[1]} as the "
                "last size, the input_size of the layer"
            )
        if sequence_length is not None:
            return super().__call__(inputs, states, sequence_length, **kwargs)
        return super().__call__(inputs, states, **kwargs)

    def _zero_states(self, inputs: NDArray) -> list[Any]:
        """Default states to begin with: the last ones again if they fit, because nobody can write to them."""
        shape, ctx, dtype, face = inputs.shape, inputs.ctx, inputs.dtype, inputs._face
        key = (shape[self._layout.find("N")], ctx, dtype, face)
        known = self._zeros
        if known is None or known[0] != key or state.tracer is not None:
            states = self.begin_state(key[0], ctx=ctx, dtype=dtype)
            known = key, [s.as_nd_ndarray() if face == "nd" else s.as_np_ndarray() for s in states]
            if state.tracer is None:  # else they are of the graph being traced
                self._zeros = known
        return known[1]

    def hybrid_forward(self, F: Any, inputs: Any, states: Any, sequence_length: Any = None, **kwargs: Any) -> Any:
        outputs, states = self._forward_kernel(F, inputs, states, sequence_length, **kwargs)
        return outputs if self.skip_states else (outputs, states)

    def _forward_kernel(self, F: Any, inputs: Any, states: Any, sequence_length: Any, **params: Any) -> Any:
        """Outputs and states by the operator ``RNN``."""
        if isinstance(inputs, NDArray) and not hasattr(F.RNN, "_amp"):  # mixed precision casts call by call
            return self._run_program(inputs, states, sequence_length, params)
        if self._layout == "NTC":
            inputs = F.swapaxes(inputs, dim1=0, dim2=1)
        places = [f"{d}{layer}" for layer in range(self._num_layers) for d in "lr"[: self._dir]]
        weights = ("i2h", "h2h", "h2r") if self._projection_size else ("i2h", "h2h")
        names = [f"{place}_{kind}_weight" for place in places for kind in weights]
        names += [f"{place}_{kind}_bias" for place in places for kind in ("i2h", "h2h")]
        vector = F._internal._rnn_param_concat(*[F.reshape(params[n], shape=-1) for n in names], dim=0)
        more = {"sequence_length": sequence_length} if self._use_sequence_length else {}
        made = F.RNN(
            inputs,
            vector,
            *states,
            **more,
            use_sequence_length=self._use_sequence_length,
            state_size=self._hidden_size,
            projection_size=self._projection_size,
            num_layers=self._num_layers,
            bidirectional=self._dir == 2,
            p=self._dropout,
            state_outputs=True,
            mode=self._mode,
            **self._clip,
        )
        outputs = F.swapaxes(made[0], dim1=0, dim2=1) if self._layout == "NTC" else made[0]
        return outputs, [made[i] for i in range(1, 3 if self._mode == "lstm" else 2)]

    def _run_program(self, inputs: NDArray, states: Any, sequence_length: Any, params: dict[str, Any]) -> Any:
        """The same on arrays, as a program, which takes the parameters as they are instead of joining them."""
        if self._program is None or self._program[0] != len(states):
            self._program = len(states), *self._compile(len(states))
        _, op, names = self._program
        given = {"data": inputs, "sequence_length": sequence_length, **params}
        given.update(zip(_STATES, states, strict=False))
        made = op(*[given[n] for n in names])
        return made[0], made[1:]

    def _compile(self, states: int) -> tuple[CachedOp, list[str]]:
        with NameManager():  # these names are not counted among the user's
            params = {name: symbol.var(name) for name in self._reg_params}
            lengths = symbol.var("sequence_length")
            outputs, after = self._forward_kernel(
                symbol, symbol.var("data"), [symbol.var(n) for n in _STATES[:states]], lengths, **params
            )
        made = symbol.Group([outputs, *after])
        return CachedOp(made, _INLINED), made.list_inputs()


_RNNLayer.__module__ = "mxnet.gluon.rnn.rnn_layer"
