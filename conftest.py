"""How examples in docstrings are run."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

_from_module = doctest.DocTestFinder._from_module


def _belongs(finder: doctest.DocTestFinder, module: ModuleType | None, found: Any) -> bool:
    """Whether the examples of ``found`` are those of ``module``: a method's are where its class says it is.

    doctest asks where a function was written; classes of private modules say they are of the public one.
    """
    if inspect.isfunction(found) and "." in found.__qualname__ and "<locals>" not in found.__qualname__:
        return True  # the finder looks into classes of the module alone
    return bool(_from_module(finder, module, found))


doctest.DocTestFinder._from_module = _belongs


@pytest.fixture(autouse=True)
def numpy_scalars_print_alike(request: pytest.FixtureRequest) -> Iterator[None]:
    """In examples, print ``2.0`` as NumPy 1.26 does, where NumPy 2 says ``np.float32(2.0)``: both are supported."""
    if isinstance(request.node, pytest.DoctestItem) and int(np.__version__.split(".")[0]) >= 2:
        with np.printoptions(legacy="1.25"):
            yield
    else:
        yield
