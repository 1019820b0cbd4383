"""Names and shapes of a module's inputs, checked for modules that were written outside of this package.

The names begin with an underscore in 1.9.1 too; such modules import them from ``base_module`` nevertheless.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet.io import DataDesc

from ._parameters import check_names
from .executor_group import describe


def _check_input_names(symbol: Any, names: Sequence[str], typename: str, throw: bool) -> None:
    """Refuse names that are no argument of ``symbol``; only warn of them unless ``throw``."""
    check_names(names, symbol, typename, throw)


def _check_names_match(data_names: Sequence[str], data_shapes: Sequence[DataDesc], name: str, throw: bool) -> None:
    """Refuse descriptions of other inputs than those named, in any order; only warn of them unless ``throw``."""
    if sorted(data_names) == sorted(d[0] for d in data_shapes):
        return
    message = (
        f"Data provided by {name}_shapes don't match names specified by {name}_names "
        f"({list(data_shapes)} vs. {list(data_names)})"
    )
    if throw:
        raise ArgumentError(message)
    warnings.warn(message, stacklevel=3)


def _parse_data_desc(
    data_names: Sequence[str], label_names: Sequence[str], data_shapes: Any, label_shapes: Any
) -> tuple[list[DataDesc], list[DataDesc] | None]:
    """Names and shapes of data and labels as descriptions.

    Raises:
        ArgumentError: the data are not those in ``data_names``. For labels there is only a warning.

    >>> _parse_data_desc(["x"], [], [("x", (2, 3))], None)
    ([DataDesc[x,(2, 3),<class 'numpy.float32'>,NCHW]], None)
    """
    data = describe(data_shapes)
    _check_names_match(data_names, data, "data", True)
    labels = None if label_shapes is None else describe(label_shapes)
    _check_names_match(label_names, labels or [], "label", False)
    return data, labels
