"""Exceptions of Gluon that are also what 1.9.1 raises in their place."""

from __future__ import annotations

import re

from mxnet._base.errors import ArgumentError, MXNetError


class RejectedError(ArgumentError, AssertionError):
    """An argument, attribute or file that does not fit; 1.9.1 checks such things with ``assert``."""


class UnknownNameError(ArgumentError, KeyError):
    """A parameter's name that is not known."""

    __str__ = Exception.__str__  # KeyError shows its text in quotes


class AxisError(ArgumentError, IndexError):
    """An axis that an array does not have."""


class NoPiecesError(ArgumentError, ZeroDivisionError, IndexError):
    """Something to be cut into no pieces: 1.9.1 divides by their number, or takes the first."""


class PatternError(ArgumentError, re.error):
    """A text that is no regular expression."""

    __init__ = Exception.__init__  # of a pattern's error would look for a place in the text


class DeferredInitializationError(MXNetError):
    """A parameter whose shape is not known yet was asked for its values."""

    __module__ = "mxnet.gluon.parameter"


def no_values(name: str, deferred: bool) -> MXNetError:
    """The error for asking the parameter ``name`` for values that it does not have, or not yet."""
    if deferred:
        return DeferredInitializationError(
            f"Parameter '{name}' has not been initialized yet because initialization was deferred. Actual "
            "initialization happens during the first forward pass. Please pass one batch of data through the "
            "network before accessing Parameters. You can also avoid deferred initialization by specifying "
            "in_units, num_features, etc., for network layers."
        )
    return MXNetError(
        f"Parameter '{name}' has not been initialized. Note that you should initialize parameters and create "
        "Trainer with Block.collect_params() instead of Block.params because the later does not include Parameters "
        "of nested child Blocks. Call initialize() on the network before it is used."
    )
