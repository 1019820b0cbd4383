"""First values of parameters: ``mx.init``."""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from . import ndarray, registry
from ._base.errors import ArgumentError, DTypeError, NotDefined
from .ndarray import NDArray, load, random
from .util import is_np_array  # noqa: F401  programs reach it here

__all__ = [
    "Bilinear",
    "Constant",
    "FusedRNN",
    "InitDesc",
    "Initializer",
    "LSTMBias",
    "Load",
    "MSRAPrelu",
    "Mixed",
    "Normal",
    "One",
    "Orthogonal",
    "Uniform",
    "Xavier",
    "Zero",
    "alias",
    "create",
    "load",
    "register",
]


class NotLoaded(ArgumentError, AssertionError):
    """A parameter that loaded values can not initialise."""


class UnequalLengths(ArgumentError, AssertionError):
    """Patterns and initializers that do not go in pairs."""


class InitDesc(str):
    """The name of a parameter with what else is known of it.

    Args:
        name: the name.
        attrs: attributes of its variable; ``__init__`` chooses an initializer.
        global_init: what to fall back on.
    """

    attrs: dict[str, str]
    global_init: Any

    def __new__(cls, name: str, attrs: Mapping[str, str] | None = None, global_init: Any = None) -> InitDesc:
        made = super().__new__(cls, name)
        made.attrs = dict(attrs or {})
        made.global_init = global_init
        return made


class Initializer:
    """Fills arrays by the names of their parameters; what fills a weight is up to the subclass.

    >>> import mxnet as mx
    >>> bias = mx.nd.ones((2,))
    >>> Xavier()(InitDesc("fc_bias"), bias)
    >>> bias.asnumpy()
    array([0., 0.], dtype=float32)
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = kwargs
        self._verbose = False
        self._print_func: Callable[[NDArray], str] | None = None

    def set_verbosity(self, verbose: bool = False, print_func: Callable[[NDArray], str] | None = None) -> Initializer:
        """Log each parameter as it is filled, with ``print_func(array)``: by default its norm over its size."""
        self._verbose = verbose
        self._print_func = print_func or (lambda x: str((ndarray.norm(x) / math.sqrt(x.size)).asscalar()))
        return self

    def _log(self, desc: str, init: str, arr: NDArray) -> None:
        if self._verbose and self._print_func:
            logging.info("Initialized %s as %s: %s", desc, init, self._print_func(arr))

    def dumps(self) -> str:
        """Name and arguments as JSON, from which :func:`create` makes it again.

        >>> Normal(0.5).dumps()
        '["normal", {"sigma": 0.5}]'
        """
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Initializer) and type(self) is type(other) and self._kwargs == other._kwargs

    __hash__ = object.__hash__

    def __call__(self, desc: str, arr: NDArray) -> None:
        """Fill ``arr``, the parameter ``desc``: by its own ``__init__`` attribute, else by how its name ends.

        Raises:
            ArgumentError: the name ends in nothing known.
            DTypeError: ``desc`` is not a name.
        """
        if not isinstance(desc, str):
            raise DTypeError(f"an initializer is called with a name (str or InitDesc) and an array, got {desc!r}")
        desc = desc if isinstance(desc, InitDesc) else InitDesc(desc)
        if desc.global_init is None:
            desc.global_init = self
        own = desc.attrs.get("__init__", "")
        if own:
            create(own)._init_weight(desc, arr)
            self._log(desc, own, arr)
            return
        for ending, fill in _BY_ENDING:
            if desc.endswith(ending):
                getattr(self, fill)(desc, arr)
                self._log(desc, ending, arr)
                return
        self._init_default(desc, arr)

    def _init_weight(self, name: str, arr: NDArray) -> None:
        raise NotDefined(f"{type(self).__name__} must define _init_weight(name, arr)")

    def _init_zero(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_one(self, _: str, arr: NDArray) -> None:
        arr[:] = 1.0

    def _init_bias(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_quantized_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = random.randint(-127, 127, shape=arr.shape, dtype="int32", ctx=arr.context).astype(arr.dtype)

    def _init_default(self, name: str, _: NDArray) -> None:
        raise ArgumentError(
            f"Unknown initialization pattern for {name}. Default initialization is now limited to "
            '"weight", "bias", "gamma" (1.0), and "beta" (0.0). Please use mx.sym.Variable(init=mx.init.*) to set '
            "initialization pattern"
        )


_BY_ENDING = (
    ("weight", "_init_weight"),
    ("bias", "_init_bias"),
    ("gamma", "_init_one"),
    ("beta", "_init_zero"),
    ("min", "_init_zero"),
    ("max", "_init_one"),
    ("weight_quantize", "_init_quantized_weight"),
    ("bias_quantize", "_init_quantized_weight"),
)

register = registry.get_register_func(Initializer, "initializer")
alias = registry.get_alias_func(Initializer, "initializer")
create = registry.get_create_func(Initializer, "initializer")


class Load:
    """Fills parameters from loaded values, the rest with ``default_init``.

    Args:
        param: values by name, or a file of them; ``arg:`` and ``aux:`` before names are left out.
        default_init: for names that are not there.
        verbose: log each.

    Raises:
        NotLoaded: when called, for a value of another shape, or none and no ``default_init``.
    """

    def __init__(self, param: Any, default_init: Any = None, verbose: bool = False) -> None:
        values = load(param) if isinstance(param, str) else param
        if not isinstance(values, Mapping):
            raise ArgumentError(f"Load: expected values by name, got {type(values)}")
        self.param = {k.removeprefix("arg:").removeprefix("aux:"): v for k, v in values.items()}
        self.default_init = default_init
        self.verbose = verbose

    def __call__(self, name: str, arr: NDArray) -> None:
        if name in self.param:
            value = self.param[name]
            if arr.shape != value.shape:
                raise NotLoaded(
                    f"Parameter {name} cannot be initialized from loading. Shape mismatch, target {arr.shape} vs "
                    f"loaded {value.shape}"
                )
            arr[:] = value
        elif self.default_init is None:
            raise NotLoaded(
                f"Cannot Initialize {name}. Not found in loaded param and no default Initializer is provided."
            )
        else:
            self.default_init(name, arr)
        if self.verbose:
            logging.info("Initialized %s by %s", name, "loading" if name in self.param else "default")


class Mixed:
    """Several initializers, each for the names its pattern is found at the start of; the first that fits is used.

    >>> import mxnet as mx
    >>> a = mx.nd.zeros((1,))
    >>> Mixed(["bias", ".*"], [Zero(), One()])("fc_weight", a)
    >>> a.asscalar()
    1.0
    """

    def __init__(self, patterns: Sequence[str], initializers: Sequence[Any]) -> None:
        if len(patterns) != len(initializers):
            raise UnequalLengths(f"Mixed: got {len(patterns)} patterns and {len(initializers)} initializers")
        self.map = [(re.compile(p), i) for p, i in zip(patterns, initializers, strict=True)]

    def __call__(self, name: str, arr: NDArray) -> None:
        for pattern, init in self.map:
            if pattern.match(name):
                init(name, arr)
                return
        raise ArgumentError(
            f'Parameter name {name} did not match any pattern. Consider adding a ".*" pattern at the end with a '
            "default Initializer."
        )


@alias("zeros")
@register
class Zero(Initializer):
    """Zeros."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0


@alias("ones")
@register
class One(Initializer):
    """Ones."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = 1.0


@register
class Constant(Initializer):
    """A number, or an array of the parameter's shape.

    >>> Constant(1).dumps()
    '["constant", {"value": 1}]'
    """

    def __init__(self, value: Any) -> None:
        super().__init__(value=value)
        self.value = value

    def _init_weight(self, _: str, arr: NDArray) -> None:
        value = self.value
        if isinstance(value, NDArray):
            value = value.as_in_context(arr.context).astype(arr.dtype, copy=False)
        arr[:] = value

    def dumps(self) -> str:
        value = self.value
        if not np.isscalar(value):
            value = (value.asnumpy() if isinstance(value, NDArray) else np.asarray(value)).tolist()
        self._kwargs = {"value": value}  # as in 1.9.1, whose programs compare the text with it
        return super().dumps()


@register
class Uniform(Initializer):
    """Uniform on [-scale, scale)."""

    def __init__(self, scale: float = 0.07) -> None:
        super().__init__(scale=scale)
        self.scale = scale

    def _init_weight(self, _: str, arr: NDArray) -> None:
        random.uniform(-self.scale, self.scale, out=arr)


@register
class Normal(Initializer):
    """Normal with mean 0 and standard deviation ``sigma``."""

    def __init__(self, sigma: float = 0.01) -> None:
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, _: str, arr: NDArray) -> None:
        random.normal(0, self.sigma, out=arr)


@register
class Orthogonal(Initializer):
    """A matrix with orthogonal rows or columns of length ``scale`` (arXiv:1312.6120).

    Args:
        scale: the length.
        rand_type: ``uniform`` or ``normal``: what it is made orthogonal from.
    """

    def __init__(self, scale: float = 1.414, rand_type: str = "uniform") -> None:
        super().__init__(scale=scale, rand_type=rand_type)
        self.scale = scale
        self.rand_type = rand_type

    def _init_weight(self, _: str, arr: NDArray) -> None:
        rows, columns = arr.shape[0], int(np.prod(arr.shape[1:]))
        if self.rand_type == "uniform":
            start = random.uniform(-1.0, 1.0, shape=(rows, columns))
        elif self.rand_type == "normal":
            start = random.normal(0.0, 1.0, shape=(rows, columns))
        else:
            raise ArgumentError(f"Orthogonal: rand_type is {self.rand_type!r}; expected 'uniform' or 'normal'")
        u, _values, v = np.linalg.svd(start.asnumpy(), full_matrices=False)
        found = u if u.shape == (rows, columns) else v
        arr[:] = self.scale * found.reshape(arr.shape)


@register
class Xavier(Initializer):
    """Scaled by the numbers of inputs and outputs, so that signals keep their size (Glorot and Bengio, 2010).

    Args:
        rnd_type: ``uniform`` or ``gaussian``.
        factor_type: the number to scale by: ``avg``, ``in`` or ``out``.
        magnitude: the scale is ``sqrt(magnitude / number)``.

    Raises:
        ArgumentError: when called on a vector, or with other types.
    """

    def __init__(self, rnd_type: str = "uniform", factor_type: str = "avg", magnitude: float = 3) -> None:
        super().__init__(rnd_type=rnd_type, factor_type=factor_type, magnitude=magnitude)
        self.rnd_type = rnd_type
        self.factor_type = factor_type
        self.magnitude = float(magnitude)

    def _init_weight(self, name: str, arr: NDArray) -> None:
        shape = arr.shape
        if len(shape) < 2:
            raise ArgumentError(f"Xavier initializer cannot be applied to vector {name}. It requires at least 2D.")
        area = float(np.prod(shape[2:])) if len(shape) > 2 else 1.0
        fan_in, fan_out = shape[1] * area, shape[0] * area
        factors = {"avg": (fan_in + fan_out) / 2.0, "in": fan_in, "out": fan_out}
        if self.factor_type not in factors:
            raise ArgumentError(f"Incorrect factor type {self.factor_type!r}; expected 'avg', 'in' or 'out'")
        scale = math.sqrt(self.magnitude / factors[self.factor_type])
        if self.rnd_type == "uniform":
            random.uniform(-scale, scale, out=arr)
        elif self.rnd_type == "gaussian":
            random.normal(0, scale, out=arr)
        else:
            raise ArgumentError(f"Unknown random type {self.rnd_type!r}; expected 'uniform' or 'gaussian'")


@register
class MSRAPrelu(Xavier):
    """For layers followed by PReLU of the given slope (arXiv:1502.01852); slope 0 is ReLU."""

    def __init__(self, factor_type: str = "avg", slope: float = 0.25) -> None:
        super().__init__("gaussian", factor_type, 2.0 / (1 + slope**2))
        self._kwargs = {"factor_type": factor_type, "slope": slope}


@register
class Bilinear(Initializer):
    """Weights of a transposed convolution that interpolates bilinearly."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, name: str, arr: NDArray) -> None:
        if len(arr.shape) != 4:
            raise ArgumentError(
                f"Bilinear: {name} has shape {arr.shape}, expected the 4 axes of a convolution's weight"
            )
        height, width = arr.shape[2:]
        half = math.ceil(width / 2.0)
        centre = (2 * half - 1 - half % 2) / (2.0 * half)
        x = 1 - np.abs(np.arange(width) / half - centre)
        y = 1 - np.abs(np.arange(height) / half - centre)
        arr[:] = np.tile(np.outer(y, x).astype(np.float32), (*arr.shape[:2], 1, 1))


@register
class LSTMBias(Initializer):
    """Zeros, but ``forget_bias`` for the forget gate, the second quarter."""

    def __init__(self, forget_bias: float = 1.0) -> None:
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0
        quarter = arr.shape[0] // 4
        arr[quarter : 2 * quarter] = self.forget_bias


_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


@register
class FusedRNN(Initializer):
    """The packed parameters of a fused recurrent layer: each piece filled as its own weight or bias.

    Args:
        init: an initializer or its JSON, for the pieces; the global one if None.
        num_hidden, num_layers, mode, bidirectional: those of the layer.
        forget_bias: both biases of LSTM forget gates.

    Raises:
        ArgumentError: there is no such mode.
    """

    def __init__(
        self,
        init: Any,
        num_hidden: int,
        num_layers: int,
        mode: str,
        bidirectional: bool = False,
        forget_bias: float = 1.0,
    ) -> None:
        if mode not in _GATES:
            raise ArgumentError(f"FusedRNN: mode is {mode!r}, expected one of {', '.join(_GATES)}")
        made = create(init) if isinstance(init, str) else init
        super().__init__(
            init=made.dumps() if made is not None else None,
            num_hidden=num_hidden,
            num_layers=num_layers,
            mode=mode,
            bidirectional=bidirectional,
            forget_bias=forget_bias,
        )
        self._init = made
        self._layout = (num_hidden, num_layers, mode, bidirectional, forget_bias)

    def _init_weight(self, desc: Any, arr: NDArray) -> None:
        hidden, layers, mode, bidirectional, forget_bias = self._layout
        directions = 2 if bidirectional else 1
        rows = _GATES[mode] * hidden
        first = (arr.size - self._after_first()) // (directions * rows) - hidden - 2
        inner = self._init or getattr(desc, "global_init", None) or Uniform(0.07)
        flat = np.empty(arr.size, np.float32)
        at = 0
        for layer in range(layers):
            width = first if layer == 0 else hidden * directions
            for _ in range(directions):
                for columns in (width, hidden):
                    piece = ndarray.zeros((rows, columns))
                    inner(InitDesc(f"{desc}_weight"), piece)
                    flat[at : at + piece.size] = piece.asnumpy().ravel()
                    at += piece.size
        bias = np.zeros((layers * directions, 2, rows), np.float32)
        if mode == "lstm":
            bias[:, :, hidden : 2 * hidden] = forget_bias
        flat[at:] = bias.ravel()
        arr[:] = flat.reshape(arr.shape)

    def _after_first(self) -> int:
        """How many parameters all layers but the first have."""
        hidden, layers, mode, bidirectional, _ = self._layout
        rows = _GATES[mode] * hidden
        directions = 2 if bidirectional else 1
        return (layers - 1) * directions * rows * (hidden * directions + hidden + 2)
