"""Arrays from nothing: what the recorded samples of creation do not reach."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx


@pytest.mark.parametrize("k", [-9, -2, 0, 1, 4, 9])
def test_ones_are_on_one_diagonal_which_may_lie_outside(k: int) -> None:
    for rows, columns in ((3, 5), (5, 3), (4, 4)):
        np.testing.assert_array_equal(mx.nd.eye(rows, columns, k).asnumpy(), np.eye(rows, columns, k))
        np.testing.assert_array_equal(mx.np.eye(rows, columns, k).asnumpy(), np.eye(rows, columns, k))
