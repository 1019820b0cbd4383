"""Initializers that choose by the names of parameters."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet.ndarray import NDArray, load


class NotLoaded(ArgumentError, AssertionError):
    """A parameter that loaded values cannot initialise."""


class UnequalLengths(ArgumentError, AssertionError):
    """Different numbers of patterns and initializers."""


class Load:
    """Fills parameters from loaded values, and the rest with ``default_init``.

    Args:
        param: values by name, or a file of them; ``arg:`` and ``aux:`` before names are left out.
        default_init: for names without a value.
        verbose: log each.

    Raises:
        NotLoaded: when called, if a value has another shape, or if there is neither a value nor a ``default_init``.

    >>> import mxnet as mx
    >>> w, b = mx.nd.zeros((2,)), mx.nd.ones((2,))
    >>> load = Load({"arg:fc_weight": mx.nd.array([1, 2])}, default_init=mx.init.Zero())
    >>> load(mx.init.InitDesc("fc_weight"), w)
    >>> load("fc_bias", b)
    >>> w.asnumpy(), b.asnumpy()
    (array([1., 2.], dtype=float32), array([0., 0.], dtype=float32))
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
    """Several initializers, each for names that begin with a match of its pattern; the first match counts.

    Args:
        patterns: regular expressions.
        initializers: one for each.

    Raises:
        UnequalLengths: the numbers of patterns and initializers differ.
        ArgumentError: when called, for a name that matches no pattern.

    >>> import mxnet as mx
    >>> a = mx.nd.zeros((1,))
    >>> Mixed(["bias", ".*"], [mx.init.Zero(), mx.init.One()])(mx.init.InitDesc("fc_weight"), a)
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
