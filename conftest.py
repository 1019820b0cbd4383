"""How examples in docstrings are run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def numpy_scalars_print_alike(request: pytest.FixtureRequest) -> Iterator[None]:
    """In examples, print ``2.0`` as NumPy 1.26 does, where NumPy 2 says ``np.float32(2.0)``: both are supported."""
    if isinstance(request.node, pytest.DoctestItem) and int(np.__version__.split(".")[0]) >= 2:
        with np.printoptions(legacy="1.25"):
            yield
    else:
        yield
