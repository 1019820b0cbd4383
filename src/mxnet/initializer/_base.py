"""What all initializers have in common: how they are called, and by what names they are known."""

from __future__ import annotations

import json
import logging
import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from mxnet import ndarray, registry
from mxnet._base.errors import ArgumentError, DTypeError, NotDefined, Unfit
from mxnet.ndarray import NDArray, random


class InitDesc(str):
    """The name of a parameter, with what else is known about it.

    Args:
        name: the name.
        attrs: attributes of its variable; ``__init__`` chooses an initializer.
        global_init: the initializer to fall back on.

    >>> desc = InitDesc("fc_weight", {"__init__": "ones"})
    >>> desc, desc.attrs
    ('fc_weight', {'__init__': 'ones'})
    """

    attrs: dict[str, str]
    global_init: Any

    def __new__(cls, name: str, attrs: Mapping[str, str] | None = None, global_init: Any = None) -> InitDesc:
        made = super().__new__(cls, name)
        made.attrs = dict(attrs or {})
        made.global_init = global_init
        return made


class Initializer:
    """Fills arrays according to the names of their parameters; subclasses say what fills a weight.

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
        """Fill ``arr``, the parameter ``desc``: by its own ``__init__`` attribute, else by the end of its name.

        A plain string is treated as before there was :class:`InitDesc`: moving averages and layers named
        ``upsampling...`` or ``stn_loc...`` get values of their own.

        Raises:
            ArgumentError: the name ends in nothing known.
            DTypeError: ``desc`` is not a name.
        """
        if not isinstance(desc, str):
            raise DTypeError(f"an initializer is called with a name (str or InitDesc) and an array, got {desc!r}")
        if not isinstance(desc, InitDesc):
            self._legacy_init(desc, arr)
            return
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

    def _legacy_init(self, name: str, arr: NDArray) -> None:
        warnings.warn(
            "Calling initializer with init(str, NDArray) has been deprecated. "
            "Please use init(mx.init.InitDesc(...), NDArray) instead.",
            DeprecationWarning,
            stacklevel=3,
        )
        for start, ending, fill in _OF_PLAIN_NAMES:
            if name.startswith(start) and name.endswith(ending):
                getattr(self, fill)(name, arr)
                return
        self._init_default(name, arr)

    def _init_weight(self, name: str, arr: NDArray) -> None:
        raise NotDefined(f"{type(self).__name__} must define _init_weight(name, arr)")

    def _init_zero(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_one(self, _: str, arr: NDArray) -> None:
        arr[:] = 1.0

    def _init_bias(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_gamma(self, _: str, arr: NDArray) -> None:
        arr[:] = 1.0

    def _init_beta(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_bilinear(self, name: str, arr: NDArray) -> None:
        create("bilinear")._init_weight(name, arr)

    def _init_loc_bias(self, name: str, arr: NDArray) -> None:
        if arr.shape != (6,):
            raise Unfit(f"{name} has shape {arr.shape}, expected (6,): the first two rows of the identity")
        arr[:] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]

    def _init_quantized_bias(self, _: str, arr: NDArray) -> None:
        arr[:] = 0

    def _init_quantized_weight(self, _: str, arr: NDArray) -> None:
        # one number for all elements, as in 1.9.1
        arr[:] = random.randint(-127, 127, shape=(1,), dtype="int32", ctx=arr.context).astype(arr.dtype)

    def _init_default(self, name: str, _: NDArray) -> None:
        raise ArgumentError(
            f"Unknown initialization pattern for {name}. Default initialization is now limited to "
            '"weight", "bias", "gamma" (1.0), and "beta" (0.0). Please use mx.sym.Variable(init=mx.init.*) to set '
            "initialization pattern"
        )


_BY_ENDING = (
    ("weight", "_init_weight"),
    ("bias", "_init_bias"),
    ("gamma", "_init_gamma"),
    ("beta", "_init_beta"),
    ("min", "_init_zero"),
    ("max", "_init_one"),
    ("weight_quantize", "_init_quantized_weight"),
    ("bias_quantize", "_init_quantized_bias"),
)

_OF_PLAIN_NAMES = (
    ("upsampling", "", "_init_bilinear"),
    ("stn_loc", "weight", "_init_zero"),
    ("stn_loc", "bias", "_init_loc_bias"),
    ("", "bias", "_init_bias"),
    ("", "gamma", "_init_gamma"),
    ("", "beta", "_init_beta"),
    ("", "weight", "_init_weight"),
    ("", "moving_mean", "_init_zero"),
    ("", "moving_var", "_init_one"),
    ("", "moving_inv_var", "_init_zero"),
    ("", "moving_avg", "_init_zero"),
    ("", "min", "_init_zero"),
    ("", "max", "_init_one"),
)

register = registry.get_register_func(Initializer, "initializer")
alias = registry.get_alias_func(Initializer, "initializer")
create = registry.get_create_func(Initializer, "initializer")
