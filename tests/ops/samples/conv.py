"""Calls of convolution, pooling and upsampling."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from sample import Bad, Sample, apart, normal, numbers, ones


def convolutions() -> Iterator[Sample]:
    for spatial in ((7,), (6, 5), (5, 4, 4)):
        d = len(spatial)
        for stride, pad, dilate, group in ((1, 0, 1, 1), (2, 1, 1, 2), (1, 2, 2, 1), (3, 0, 1, 4)):
            kernel = (3, 2, 2)[:d]
            attrs = dict(kernel=kernel, num_filter=4, num_group=group)
            for key, value in (("stride", stride), ("pad", pad), ("dilate", dilate)):
                if value != (0 if key == "pad" else 1):
                    attrs[key] = (value,) * d
            inputs = [normal(1, 4, *spatial), normal(4, 4 // group, *kernel), normal(4)]
            yield Sample("Convolution", inputs, attrs)
            yield Sample("Convolution", inputs[:2], dict(attrs, no_bias=True))
            back = [normal(1, 4, *spatial), normal(4, 4 // group, *kernel), normal(4)]
            deep = "1.9.1 does not spread kernels in three dimensions" if d == 3 and dilate > 1 else ""
            yield Sample("Deconvolution", back, dict(attrs, no_bias=False), here=bool(deep), why=deep)
            if stride > 1:
                yield Sample("Deconvolution", back[:2], dict(attrs, adj=(1,) * d))
                most = [stride * (n - 1) + dilate * (k - 1) + 1 for n, k in zip(spatial, kernel[:d])]  # noqa: B905
                for less in (2 * pad, 2 * pad + 1) if d < 3 else ():
                    target = tuple(n - less for n in most)
                    odd = "1.9.1 fails on most other sizes" if less % 2 else ""
                    yield Sample("Deconvolution", back[:2], dict(attrs, target_shape=target), here=bool(odd), why=odd)
    yield Sample(
        "Convolution_v1", [normal(1, 2, 5, 5), normal(3, 2, 2, 2), normal(3)], dict(kernel=(2, 2), num_filter=3)
    )


def poolings() -> Iterator[Sample]:
    windows = ((3, 2, 0), (3, 2, 1), (2, 3, 1), (2, 3, 0), (4, 3, 3), (3, 5, 2), (2, 2, 0), (2, 1, 1))
    for pool, convention, (k, s, p) in itertools.product(("max", "avg", "sum", "lp"), ("valid", "full"), windows):
        for spatial in ((7,), (5, 8), (3, 4, 5)):
            if len(spatial) == 3 and (pool == "lp" or p == 3 or s == 5 or (pool == "avg" and k < s)):
                continue  # where windows lie outside, means in three dimensions are 0 / 0 in 1.9.1
            d = len(spatial)
            attrs: dict[str, Any] = dict(kernel=(k,) * d, stride=(s,) * d, pad=(p,) * d, pool_type=pool)
            attrs["pooling_convention"] = convention
            if pool == "lp":
                attrs["p_value"] = 2
            data = normal(1, 1, *spatial)
            # the backward pass of 1.9.1 counts other cut-off windows than its forward pass
            wrt = () if pool == "avg" and convention == "full" else (0,)
            outside = pool == "max" and convention == "full"  # some windows are, and give the dtype's lowest number
            numeric = () if outside else (0,)
            yield Sample("Pooling", [data], attrs, wrt, numeric, half=not outside)
            if pool == "avg":
                yield Sample("Pooling", [data], dict(attrs, count_include_pad=False), wrt, numeric)
    for pool, k, stride in itertools.product(("max", "avg", "sum"), (1, 2, 3, 5), (2, 3)):
        attrs = dict(kernel=(k,), stride=(stride,), pad=(0, 0, 0), pool_type=pool, pooling_convention="same")
        fails = "" if pool == "sum" else "1.9.1 fails on most of them, or on their gradients"
        yield Sample("Pooling", [apart(1, 1, 7)], attrs, train=False, here=bool(fails), why=fails)
    for pool in ("max", "avg", "sum"):
        yield Sample("Pooling", [normal(2, 3, 4, 5)], dict(global_pool=True, pool_type=pool))
        yield Sample("Pooling", [normal(2, 3, 4, 5)], dict(global_pool=True, pool_type=pool, kernel=(9, 9), pad=(1, 1)))
        yield Sample("Pooling", [normal(2, 5, 4, 3)], dict(kernel=(2, 3), pool_type=pool, layout="NHWC"))
        yield Sample("Pooling", [normal(2, 5, 3)], dict(kernel=(2,), pool_type=pool, layout="NWC"))
        yield Sample("Pooling_v1", [normal(2, 3, 4, 5)], dict(kernel=(2, 2), stride=(2, 2), pool_type=pool))
        for pad, convention in itertools.product(((0, 2), (1, 1)), ("valid", "full")):
            attrs = dict(kernel=(3, 3), stride=(2, 2), pad=pad, pool_type=pool, pooling_convention=convention)
            yield Sample("Pooling_v1", [apart(1, 2, 4, 5) - 30], attrs)
        high = dict(kernel=(3, 2, 1), pad=(1, 0, 0), pool_type=pool)
        yield Sample("Pooling", [normal(1, 2, 1, 3, 2)], high)
        yield Sample("Pooling", [normal(1, 2, 2, 3, 2)], dict(high, kernel=(3, 3, 2), stride=(2, 2, 1), pad=(1, 1, 1)))
    for p in (1, 2, 3):
        yield Sample("Pooling", [normal(1, 2, 6)], dict(kernel=(2,), pool_type="lp", p_value=p))
        yield Sample(
            "Pooling", [np.maximum(normal(1, 2, 9), 0)], dict(kernel=(2,), pool_type="lp", p_value=p), numeric=()
        )
        yield Sample("Pooling", [normal(1, 2, 3, 3)], dict(global_pool=True, pool_type="lp", p_value=p))
    yield Sample("Pooling", [numbers([[[1, 1, 1, 0, 0]]])], dict(kernel=(2,)))
    yield Sample("Pooling", [numbers([[[1, 1, 1, 0, 0]]])], dict(global_pool=True))
    up = dict(scale=2, sample_type="nearest")
    yield Sample("UpSampling", [normal(1, 2, 3, 2)], dict(up, num_args=1))
    yield Sample("UpSampling", [normal(1, 2, 4, 4), normal(1, 3, 2, 2)], dict(up, num_args=2))
    yield Sample("UpSampling", [normal(1, 2, 2, 2), normal(1, 3, 4, 4)], dict(up, num_args=2))
    both = [normal(1, 2, 4, 4), normal(1, 2, 2, 2)]
    yield Sample("UpSampling", both, dict(up, num_args=2, multi_input_mode="sum"))
    for scale, size in ((2, 4), (3, 5), (4, 8)):
        attrs = dict(scale=scale, sample_type="bilinear", num_filter=2, num_args=2)
        yield Sample("UpSampling", [normal(1, 2, 3, 4), normal(2, 1, size, size)], attrs)


SAMPLES = [*convolutions(), *poolings()]
BAD = [
    Bad(
        "Convolution", [ones(1, 3, 5, 5), ones(4, 3, 2, 2)], dict(kernel=(2, 2), num_filter=4), "InputTypeError", "bias"
    ),
    Bad(
        "Convolution",
        [ones(1, 3, 5, 5), ones(5, 3, 2, 2), ones(4)],
        dict(kernel=(2, 2), num_filter=4),
        "ShapeError",
        "weight has",
    ),
    Bad(
        "Convolution",
        [ones(1, 3, 5, 5), ones(4, 3, 2, 2), ones(4)],
        dict(kernel=(2,), num_filter=4),
        "ShapeError",
        "data has shape",
    ),
    Bad(
        "Convolution",
        [ones(1, 3, 5), ones(4, 3, 7), ones(4)],
        dict(kernel=(7,), num_filter=4),
        "ShapeError",
        "ernel size",
    ),
    Bad(
        "Convolution",
        [ones(1, 3, 5), ones(4, 3, 2), ones(4)],
        dict(kernel=(2,), num_filter=4, stride=(1, 1)),
        "ArgumentError",
        "stri",
    ),
    Bad(
        "Convolution",
        [ones(1, 3, 5), ones(4, 3, 2), ones(4)],
        dict(kernel=(2,), num_filter=4, layout="NHWC"),
        "ShapeError",
        "NHWC",
    ),
    Bad(
        "Convolution",
        [ones(1, 3, 5), ones(4, 3, 2), ones(4)],
        dict(kernel=(2,), num_filter=4, layout="X"),
        "ArgumentError",
        "layout",
    ),
    Bad(
        "Deconvolution",
        [ones(1, 3, 5), ones(4, 3, 2)],
        dict(kernel=(2,), num_filter=4),
        "ShapeError",
        "weight has shape",
    ),
    Bad(
        "Deconvolution",
        [ones(1, 3, 5), ones(3, 4, 2)],
        dict(kernel=(2,), num_filter=4, adj=(1,)),
        "ArgumentError",
        "smaller than",
    ),
    Bad(
        "Deconvolution",
        [ones(1, 3, 5), ones(3, 4, 2)],
        dict(kernel=(2,), num_filter=4, target_shape=(9,)),
        "ShapeError",
        "too big",
    ),
    Bad("Pooling", [ones(1, 1, 5, 5)], {}, "ShapeError", "kernel"),
    Bad("Pooling", [ones(1, 1, 5, 5)], dict(kernel=(2,)), "ShapeError", "data has shape"),
    Bad("Pooling", [ones(1, 1, 5, 5)], dict(kernel=(9, 9)), "ShapeError", "kernel size .9. exceeds input"),
    Bad("Pooling", [ones(4, 5)], dict(kernel=(2,)), "ShapeError", "data has shape"),
    Bad("Pooling", [ones(1, 1, 5)], dict(kernel=(2,), pool_type="lp"), "ArgumentError", "p_value"),
    Bad("Pooling", [ones(1, 1, 5)], dict(kernel=(2,), pool_type="min"), "ArgumentError", "pool_type"),
    Bad(
        "UpSampling",
        [ones(1, 2, 3, 3), ones(1, 2, 5, 5)],
        dict(scale=2, sample_type="nearest", num_args=2),
        "ShapeError",
        "divide",
    ),
]
