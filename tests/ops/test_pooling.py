"""Pooling of large images goes one axis after the other; it must be what small ones get, gradient included."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet._kernels import pooling, windows

WINDOWS = [
    {"kernel": (2, 2), "stride": (2, 2)},
    {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1)},
    {"kernel": (3, 2), "stride": (1, 3), "pad": (1, 0)},
    {"kernel": (1, 5), "stride": (2, 1)},
    {"kernel": (5, 7), "stride": (2, 2)},  # three and four windows share an element
    {"kernel": (3, 3), "stride": (2, 2), "pooling_convention": "full"},
    {"kernel": (2, 2), "stride": (3, 3), "pad": (1, 1), "pooling_convention": "full"},
    {"kernel": (1, 1), "stride": (2, 2)},
]


def pooled(data: np.ndarray, **attributes: object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = mx.nd.array(data)
    alone = mx.nd.Pooling(x, **attributes).asnumpy()
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.Pooling(x, **attributes)
    y.backward(y * y)
    return alone, y.asnumpy(), x.grad.asnumpy()


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize(
    "kind",
    [
        {"pool_type": "max"},
        {"pool_type": "avg"},
        {"pool_type": "avg", "count_include_pad": False},
        {"pool_type": "sum"},
        {"pool_type": "lp", "p_value": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [(8, 23, 31), (32, 15, 16)])
def test_a_batch_is_pooled_as_its_parts_are(
    kind: dict[str, object], window: dict[str, object], shape: tuple[int, ...]
) -> None:
    data = np.random.default_rng(1).standard_normal((4, *shape)).astype(np.float32)
    data[0, 0] = 0  # all equal: the gradient goes to the first of a window
    assert data.size >= 16384 > data[:2].size, "one is to be large, the other small"
    whole = pooled(data, **kind, **window)
    parts = [pooled(data[i : i + 2], **kind, **window) for i in (0, 2)]
    for got, *expected in zip(whole, *parts, strict=True):
        np.testing.assert_allclose(got, np.concatenate(expected), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("kind", ["max", "avg", "sum"])
def test_some_planes_at_a_time_give_what_all_of_them_do(
    kind: str, window: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = np.random.default_rng(3).standard_normal((4, 8, 23, 35)).astype(np.float32)
    all_of_them = pooled(data, pool_type=kind, count_include_pad=False, **window)
    monkeypatch.setattr(windows, "_BYTES", 3 * 23 * 35 * 4)  # three planes, and in the end two
    monkeypatch.setattr("torch.get_num_threads", lambda: 1)
    for got, expected in zip(pooled(data, pool_type=kind, count_include_pad=False, **window), all_of_them, strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(("kernel", "pad"), [((3,), (1,)), ((1, 2, 3), (0, 1, 0)), ((4, 1, 1), (1, 0, 0))])
def test_lines_and_volumes_are_pooled_as_by_hand(kernel: tuple[int, ...], pad: tuple[int, ...]) -> None:
    data = np.random.default_rng(4).standard_normal((3, 2, *((9, 20, 24) if len(kernel) == 3 else (4096,))))
    data = data.astype(np.float32)
    got = mx.nd.Pooling(mx.nd.array(data), kernel=kernel, stride=(2,) * len(kernel), pad=pad, pool_type="sum").asnumpy()
    padded = np.pad(data, [(0, 0), (0, 0), *[(p, p) for p in pad]])
    parts = np.lib.stride_tricks.sliding_window_view(padded, kernel, range(2, data.ndim))
    every_other = (slice(None), slice(None), *[slice(None, None, 2)] * len(kernel))
    np.testing.assert_allclose(got, parts[every_other].sum(tuple(range(-len(kernel), 0))), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("wrong", [0, np.nan])
def test_maxima_of_large_images_are_those_of_small_ones(
    window: dict[str, object], wrong: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = np.random.default_rng(7).integers(-9, 9, (4, 32, 23, 31)).astype(np.float32)  # many are equal
    data[1, 3, 4, 5] = wrong
    expected = pooled(data, **window)
    monkeypatch.setattr(pooling, "_LARGE", 0)
    for got, want in zip(pooled(data, **window), expected, strict=True):
        np.testing.assert_array_equal(got, want)


def test_the_gradient_of_the_gradient_of_large_maxima_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooling, "_LARGE", 0)
    x = mx.nd.array(np.random.default_rng(8).permutation(2 * 16 * 24 * 24).reshape(2, 16, 24, 24) / 1000)
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.Pooling(x * x, kernel=(2, 2), stride=(2, 2))
        first = mx.autograd.grad(y, x, create_graph=True)[0]
    first.backward()
    largest = mx.nd.UpSampling(y, scale=2, sample_type="nearest") == x * x
    np.testing.assert_allclose(x.grad.asnumpy(), 2 * largest.asnumpy(), rtol=1e-6)


@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize("pad", [0, 1])
def test_a_batch_of_volumes_is_pooled_as_its_parts_are(kind: str, pad: int) -> None:
    data = np.random.default_rng(6).standard_normal((4, 16, 6, 7, 12)).astype(np.float32)
    assert data.size >= 16384 > data[:2].size, "one is to be large, the other small"
    window = {"kernel": (2, 3, 3), "stride": (1, 2, 2), "pad": (pad, pad, pad), "pool_type": kind}
    parts = [pooled(data[i : i + 2], **window) for i in (0, 2)]
    for got, *expected in zip(pooled(data, **window), *parts, strict=True):
        np.testing.assert_allclose(got, np.concatenate(expected), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1, 128, 128), (1, 16, 64, 16)])
def test_not_a_number_wins_a_maximum(shape: tuple[int, ...]) -> None:
    data = np.zeros(shape, np.float32)
    data[0, 0, 5, 7] = np.nan
    top = mx.nd.Pooling(mx.nd.array(data), kernel=(2, 2), stride=(2, 2)).asnumpy()
    assert np.argwhere(np.isnan(top)).tolist() == [[0, 0, 2, 3]]
    top = mx.nd.Pooling(mx.nd.array(data), kernel=(3, 3), stride=(2, 2), pad=(1, 1)).asnumpy()
    assert np.argwhere(np.isnan(top)).tolist() == [[0, 0, 2, 3], [0, 0, 2, 4], [0, 0, 3, 3], [0, 0, 3, 4]]


@pytest.mark.parametrize("pad", [0, 1])
@pytest.mark.parametrize("kind", ["max", "avg"])
def test_infinite_numbers_stay_in_their_windows(kind: str, pad: int) -> None:
    data = np.zeros((2, 64, 12, 12), np.float32)
    data[0, 0] = data[1, 5, 4, 4] = np.inf
    window = {"kernel": (3, 3), "stride": (2, 2), "pad": (pad, pad), "pool_type": kind}
    got = mx.nd.Pooling(mx.nd.array(data), **window).asnumpy()
    expected = np.concatenate([mx.nd.Pooling(mx.nd.array(data[i : i + 1]), **window).asnumpy() for i in (0, 1)])
    np.testing.assert_array_equal(got, expected)
    assert np.isinf(got).sum() == got[0, 0].size + (4 if pad == 0 else 1)


@pytest.mark.parametrize(
    ("size", "window", "second"),
    [
        (96, {"kernel": (2, 2), "stride": (2, 2)}, 0.5),
        (16, {"kernel": (3, 3), "pad": (1, 1), "count_include_pad": False}, None),
        (16, {"kernel": (3, 4), "stride": (1, 2)}, None),
    ],
)
def test_the_gradient_of_the_gradient_of_large_means_is_there(
    size: int, window: dict[str, object], second: float | None
) -> None:
    x = mx.nd.array(np.random.default_rng(2).standard_normal((1, 2 * (96 // size) ** 2, size, size)))
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.Pooling(x * x, pool_type="avg", **window)
        first = mx.autograd.grad(y, x, create_graph=True)[0]
    first.backward()
    expected = second
    if second is None:  # the gradient of the means is 2 x times what one of them all has
        ones = mx.nd.ones(x.shape)
        ones.attach_grad()
        with mx.autograd.record():
            y = mx.nd.Pooling(ones, pool_type="avg", **window)
        y.backward()
        expected = 2 * ones.grad.asnumpy()
    np.testing.assert_allclose(x.grad.asnumpy(), expected, rtol=1e-5)


def test_the_gradient_of_a_gradient_of_means_is_theirs_of_what_it_is_multiplied_by() -> None:
    draw = np.random.default_rng(5)
    x, weights = (mx.nd.array(draw.standard_normal((4, 32, 14, 14))) for _ in range(2))
    head = mx.nd.array(draw.standard_normal((4, 32, 7, 7)))
    head.attach_grad()
    x.attach_grad()
    window = {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1), "pool_type": "avg"}
    with mx.autograd.record():
        y = mx.nd.Pooling(x, **window)
        first = mx.autograd.grad(y * head, x, create_graph=True)[0]
        total = (first * weights).sum()
    total.backward()
    np.testing.assert_allclose(head.grad.asnumpy(), mx.nd.Pooling(weights, **window).asnumpy(), rtol=1e-5, atol=1e-6)


def test_windows_of_one_element_do_not_share_memory_with_the_data() -> None:
    x = mx.nd.ones((1, 2, 96, 96))
    y = mx.nd.Pooling(x, kernel=(1, 1), stride=(2, 2))
    y[:] = 5
    assert x.asnumpy().max() == 1


def test_maxima_of_whole_numbers_behind_a_convolution_of_a_hybridized_network() -> None:
    """Its images have channels last in memory, where torch counts places in the dtype of the images."""
    image = mx.sym.var("data")
    made = mx.sym.cast(mx.sym.Convolution(image, num_filter=16, kernel=(3, 3), name="conv"), "int8")
    pooled = mx.sym.Pooling(made, kernel=(3, 3), stride=(2, 2), pool_type="max")
    block = mx.gluon.SymbolBlock(mx.sym.cast(pooled, "float32"), image)
    block.initialize()
    data = mx.nd.random.uniform(-100, 100, shape=(2, 3, 30, 30))
    want = block(data).asnumpy()
    block.hybridize()
    np.testing.assert_array_equal(block(data).asnumpy(), want)
    assert np.abs(want).max() > 1
