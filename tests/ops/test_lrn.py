"""Local response normalisation goes block by block: all ways of cutting give what the formula gives."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet._kernels import lrn


def by_formula(data: np.ndarray, nsize: int, alpha: float, beta: float, knorm: float) -> np.ndarray:
    reach = (nsize - 1) // 2
    squares = np.pad(data.astype(np.float64) ** 2, [(0, 0), (reach, reach)] + [(0, 0)] * (data.ndim - 2))
    sums = sum(squares[:, i : i + data.shape[1]] for i in range(2 * reach + 1))
    return data / (knorm + alpha / nsize * sums) ** beta


@pytest.mark.parametrize("block", [1, 60, 70, 500, 1 << 16])
@pytest.mark.parametrize("nsize", [1, 2, 3, 5, 7, 9, 11])
def test_blocks_of_all_sizes_give_what_the_formula_gives(
    nsize: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lrn, "_BLOCK", block)
    data = np.random.default_rng(nsize).standard_normal((5, 6, 3, 7)).astype(np.float32)
    for beta in (0.75, 0.5, 1.0, 1.3):
        given = {"alpha": 0.3, "beta": beta, "knorm": 1.5}
        got = mx.nd.LRN(mx.nd.array(data), nsize=nsize, **given).asnumpy()
        np.testing.assert_allclose(got, by_formula(data, nsize, **given), rtol=2e-6)


def test_recorded_or_not_the_result_is_the_same() -> None:
    x = mx.nd.random.normal(shape=(3, 8, 20, 20))
    alone = mx.nd.LRN(x, nsize=5, alpha=0.1).asnumpy()
    x.attach_grad()
    with mx.autograd.record():
        recorded = mx.nd.LRN(x, nsize=5, alpha=0.1)
    np.testing.assert_allclose(recorded.asnumpy(), alone, rtol=2e-6)
