"""Operators where arrays are not on the CPU: the same answers, and nothing that they make on the way is left there."""

from __future__ import annotations

import pytest

import mxnet as mx
from mxnet.ndarray._namespace import function
from tests.devices import place
from tests.ops import calls
from tests.ops.test_samples import FAMILIES, PRECISE, RECORDED, close, is_random, those

BY_OPENCV = {"_image_resize", "_cvimresize"}
"""Of bytes, which it rounds on the way on the CPU."""
OF_THE_CPU = {"_npi_share_memory"}
BY_GPUS = set() if place.IS_GPU else {"RNN"}
"""Of LSTM and GRU torch has kernels for the CPU and for GPUs, and none for others."""
SLACK = 10 if place.IS_GPU else 1
"""A GPU adds up in another order."""


@pytest.mark.parametrize(
    ("family", "name"), those(lambda s: not s.here and not is_random(s) and s.op not in OF_THE_CPU)
)
def test_operators_answer_on_another_device_as_on_the_cpu(family, name):
    sample = FAMILIES[family][0][name]
    want = RECORDED[family][name]
    with place.gpu():
        got = calls.answer(mx, function(sample.op), sample)
    if sample.op in BY_OPENCV:
        assert abs(got["outputs"][0].astype("int64") - want["outputs"][0].astype("int64")).max() <= 1
        return
    for kind in ("outputs", "changed", "gradients", "seconds"):
        for i, (g, w) in enumerate(zip(got.get(kind, ()), want.get(kind, ()), strict=True)):
            close(g, w, SLACK * (sample.rtol or PRECISE.get(w.dtype.name, 0)), f"{kind} {i}")


@pytest.mark.parametrize(("family", "name"), those(lambda s: not s.here and is_random(s) and s.op not in BY_GPUS))
def test_operators_draw_on_another_device(family, name):
    sample = FAMILIES[family][0][name]
    with place.gpu():
        got = calls.answer(mx, function(sample.op), sample)
    for g, w in zip(got["outputs"], RECORDED[family][name]["outputs"], strict=True):
        assert (g.dtype, g.shape) == (w.dtype, w.shape[1:] if sample.shape_only else w.shape)


def test_tensors_of_two_devices_do_not_meet():
    with place.gpu(), pytest.raises(mx.MXNetError):
        mx.nd.ones((2,)) + mx.nd.ones((2,), ctx=mx.cpu())
