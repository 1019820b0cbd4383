"""Samples of the layers: what is called with what. Read by the recorder, under 1.9.1, and by the tests."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Case:
    """A call, the inputs whose gradients are compared (``wrt``), and those that the call changes (``aux``)."""

    op: str
    inputs: list[np.ndarray]
    attrs: dict[str, Any]
    wrt: tuple[int, ...] = (0,)
    aux: tuple[int, ...] = ()
    train: bool = True
    name: str = field(default="")

    def head(self, shape: tuple[int, ...]) -> np.ndarray:
        """The gradient of the output that is propagated back."""
        return np.random.RandomState(zlib.crc32(self.name.encode())).uniform(0.5, 1.5, shape).astype("float32")


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed + sum(shape)).randn(*shape).astype("float32")


def whole(values: Any, dtype: str = "float32") -> np.ndarray:
    return np.array(values, dtype=dtype)


def convolutions() -> Iterator[Case]:
    for spatial in ((7,), (6, 5), (5, 4, 4)):
        d = len(spatial)
        for stride, pad, dilate, group in ((1, 0, 1, 1), (2, 1, 1, 2), (1, 2, 2, 1), (3, 0, 1, 4)):
            kernel = (3, 2, 2)[:d]
            attrs = dict(kernel=kernel, num_filter=4, num_group=group)
            for key, value in (("stride", stride), ("pad", pad), ("dilate", dilate)):
                if value != (0 if key == "pad" else 1):
                    attrs[key] = (value,) * d
            inputs = [normal(1, 4, *spatial), normal(4, 4 // group, *kernel), normal(4)]
            yield Case("Convolution", inputs, attrs, (0, 1, 2))
            yield Case("Convolution", inputs[:2], dict(attrs, no_bias=True), (0, 1))
            back = [normal(1, 4, *spatial), normal(4, 4 // group, *kernel), normal(4)]
            yield Case("Deconvolution", back, dict(attrs, num_filter=4, no_bias=False), (0, 1, 2))
            if stride > 1:
                yield Case("Deconvolution", back[:2], dict(attrs, num_filter=4, adj=(1,) * d), (0, 1))
                most = [stride * (n - 1) + dilate * (k - 1) + 1 for n, k in zip(spatial, kernel, strict=False)]
                for less in (2 * pad, 2 * pad + 1) if d < 3 else ():  # 1.9.1 fails on most other sizes
                    target = tuple(n - less for n in most)
                    yield Case("Deconvolution", back[:2], dict(attrs, num_filter=4, target_shape=target), (0, 1))
    yield Case("Convolution_v1", [normal(1, 2, 5, 5), normal(3, 2, 2, 2), normal(3)], dict(kernel=(2, 2), num_filter=3))


def poolings() -> Iterator[Case]:
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
            yield Case("Pooling", [data], attrs, wrt)
            if pool == "avg":
                yield Case("Pooling", [data], dict(attrs, count_include_pad=False), wrt)
    for pool, k, stride in itertools.product(("max", "avg", "sum"), (1, 2, 3, 5), (2, 3)):
        attrs = dict(kernel=(k,), stride=(stride,), pad=(0, 0, 0), pool_type=pool, pooling_convention="same")
        yield Case("Pooling", [whole([[[1, 2, 5, 4, 3, 6, 7]]])], attrs, (0,) if pool == "sum" else (), train=False)
    for pool in ("max", "avg", "sum"):
        yield Case("Pooling", [normal(2, 3, 4, 5)], dict(global_pool=True, pool_type=pool))
        yield Case("Pooling", [normal(2, 3, 4, 5)], dict(global_pool=True, pool_type=pool, kernel=(9, 9), pad=(1, 1)))
        yield Case("Pooling", [normal(2, 5, 4, 3)], dict(kernel=(2, 3), pool_type=pool, layout="NHWC"))
        yield Case("Pooling", [normal(2, 5, 3)], dict(kernel=(2,), pool_type=pool, layout="NWC"))
        yield Case("Pooling_v1", [normal(2, 3, 4, 5)], dict(kernel=(2, 2), stride=(2, 2), pool_type=pool))
    for p in (1, 2, 3):
        yield Case("Pooling", [normal(1, 2, 6)], dict(kernel=(2,), pool_type="lp", p_value=p))
        yield Case("Pooling", [np.maximum(normal(1, 2, 9), 0)], dict(kernel=(2,), pool_type="lp", p_value=p))
        yield Case("Pooling", [normal(1, 2, 3, 3)], dict(global_pool=True, pool_type="lp", p_value=p))
    yield Case("Pooling", [whole([[[1, 1, 1, 0, 0]]])], dict(kernel=(2,)))
    yield Case("Pooling", [whole([[[1, 1, 1, 0, 0]]])], dict(global_pool=True))
    up = dict(scale=2, sample_type="nearest")
    yield Case("UpSampling", [normal(1, 2, 3, 2)], dict(up, num_args=1))
    yield Case("UpSampling", [normal(1, 2, 4, 4), normal(1, 3, 2, 2)], dict(up, num_args=2), (0, 1))
    yield Case("UpSampling", [normal(1, 2, 2, 2), normal(1, 3, 4, 4)], dict(up, num_args=2), (0, 1))
    both = [normal(1, 2, 4, 4), normal(1, 2, 2, 2)]
    yield Case("UpSampling", both, dict(up, num_args=2, multi_input_mode="sum"), (0, 1))
    for scale, size in ((2, 4), (3, 5), (4, 8)):
        attrs = dict(scale=scale, sample_type="bilinear", num_filter=2, num_args=2)
        yield Case("UpSampling", [normal(1, 2, 3, 4), normal(2, 1, size, size)], attrs, (0, 1))


def layers() -> Iterator[Case]:
    yield Case("FullyConnected", [normal(3, 2, 4), normal(5, 8), normal(5)], dict(num_hidden=5), (0, 1, 2))
    yield Case("FullyConnected", [normal(3, 8), normal(5, 8)], dict(num_hidden=5, no_bias=True), (0, 1))
    flat = dict(num_hidden=5, flatten=False)
    yield Case("FullyConnected", [normal(3, 2, 4), normal(5, 4), normal(5)], flat, (0, 1, 2))
    yield Case("FullyConnected", [normal(4), normal(5, 4), normal(5)], flat, (0, 1, 2))
    yield Case("FullyConnected", [normal(4), normal(5, 1), normal(5)], dict(num_hidden=5), (0, 1, 2))
    wide = np.concatenate([normal(3, 5), whole([[-100, -20, 0, 20, 100]])])
    for act in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
        yield Case("Activation", [wide], dict(act_type=act))
    for act in ("leaky", "elu", "selu", "gelu"):
        # the gradients of selu, and of rrelu in prediction, are wrong in 1.9.1
        yield Case("LeakyReLU", [normal(3, 5) * 3], dict(act_type=act, slope=0.3), () if act == "selu" else (0,))
    yield Case("LeakyReLU", [normal(3, 5)], {})
    yield Case("LeakyReLU", [normal(3, 5)], dict(act_type="rrelu"), (), train=False)
    for shape, gamma in (((2, 3, 4), 3), ((2, 3, 4), 1), ((2, 3), 3), ((5,), 1)):
        yield Case("LeakyReLU", [normal(*shape), normal(gamma)], dict(act_type="prelu"), (0, 1))
    rows = [whole([[-1, 0, 2], [3, 1.7, 1]]), normal(3, 4)]
    yield Case("Embedding", rows, dict(input_dim=3, output_dim=4), (1,))
    yield Case("Embedding", [rows[0].astype("int32"), rows[1]], dict(input_dim=3, output_dim=4), (1,))
    for name, axis, temperature in itertools.product(("softmax", "log_softmax", "softmin"), (-1, 0, 1), (None, 0.5)):
        yield Case(name, [normal(3, 4, 2)], dict(axis=axis, **({"temperature": temperature} if temperature else {})))
    for name in ("softmax", "log_softmax", "softmin"):
        yield Case(name, [normal(3, 4).astype("float16")], dict(dtype="float32"), ())
        yield Case(name, [normal(3, 4)], dict(dtype="float64"), ())
    for axis, length in ((-1, [1, 0, 4]), (1, [2, 3, 1]), (0, [1, 3, 2, 0])):
        attrs = dict(axis=axis, use_length=True)
        yield Case("softmax", [normal(3, 4), whole(length, "int32")], attrs)
        yield Case("softmax", [normal(3, 4), whole(length, "int32")], dict(attrs, temperature=2.0))
    for mode, shape in itertools.product(("instance", "channel"), ((3, 4), (2, 3, 4), (2, 3, 2, 2))):
        if mode == "instance" or len(shape) > 2:
            # of more than two axes 1.9.1 takes softmax over the last, and its gradient over all but the first
            wrt = () if mode == "instance" and len(shape) > 2 else (0,)
            yield Case("SoftmaxActivation", [normal(*shape)], dict(mode=mode), wrt)
    yield Case("Dropout", [normal(3, 4)], dict(p=0.3), train=False)
    yield Case("Dropout", [normal(3, 4)], dict(p=0.0))


def norms() -> Iterator[Case]:
    parameters = [normal(3) + 2, normal(3, seed=1), normal(3, seed=2), np.abs(normal(3, seed=3)) + 0.5]
    options: tuple[dict[str, Any], ...] = (
        {},
        dict(fix_gamma=False),
        dict(fix_gamma=False, use_global_stats=True),
        dict(use_global_stats=True, output_mean_var=True),
        dict(fix_gamma=False, output_mean_var=True),
        dict(fix_gamma=False, momentum=0.5, eps=0.1),
    )
    for train, more in itertools.product((True, False), options):
        # outside of training, but under record(), 1.9.1 gives the gradient of something else
        wrt, aux = ((0, 1, 2), (3, 4)) if train or more.get("use_global_stats") else ((), ())
        for shape in ((6, 3), (4, 3, 5), (2, 3, 4, 2), (1, 3, 2, 2, 3)):
            yield Case("BatchNorm", [normal(*shape) + 1, *parameters], more, wrt, aux, train)
        last = dict(more, axis=-1)
        yield Case("BatchNorm", [normal(2, 4, 2, 3) + 1, *parameters], last, wrt, aux, train)
        yield Case("BatchNorm", [normal(2, 4, 3, 2) + 1, *parameters], dict(more, axis=2), wrt, aux, train)
    yield Case("BatchNorm", [normal(1, 3), *parameters], dict(fix_gamma=False), (), (3, 4))
    for axis, show in itertools.product((-1, 1, 0, 2, -2), (False, True)):
        shape = (3, 4, 5)
        scale = [normal(shape[axis]), normal(shape[axis], seed=1)]
        attrs = dict(axis=axis, output_mean_var=show)
        yield Case("LayerNorm", [normal(*shape) + 1, *scale], attrs, (0, 1, 2))
    yield Case("LayerNorm", [normal(3, 4), normal(4), normal(4)], dict(eps=0.5, output_mean_var=True), (0, 1, 2))
    for shape in ((2, 3, 4), (2, 3, 4, 2), (2, 3, 2, 3, 2)):
        yield Case("InstanceNorm", [normal(*shape), normal(3), normal(3, seed=1)], {}, (0, 1, 2))
    yield Case("InstanceNorm", [normal(2, 3, 4), normal(3), normal(3, seed=1)], dict(eps=0.3), (0, 1, 2))
    for groups, show, shape in itertools.product((1, 2, 6), (False, True), ((2, 6, 3), (3, 6, 2, 2))):
        scale = [normal(groups), normal(groups, seed=1)]
        attrs = dict(num_groups=groups, output_mean_var=show)
        yield Case("GroupNorm", [normal(*shape) + 1, *scale], attrs, (0, 1, 2))
    for mode, eps in itertools.product(("instance", "channel", "spatial"), (1e-10, 0.5)):
        for shape in ((2, 3, 4), (2, 3, 4, 2)):
            yield Case("L2Normalization", [normal(*shape)], dict(mode=mode, eps=eps))
    yield Case("L2Normalization", [normal(2, 3)], {})
    for nsize in (1, 2, 3, 4, 5):
        yield Case("LRN", [normal(2, 4, 3, 2)], dict(nsize=nsize))
        yield Case("LRN", [normal(2, 4, 3, 2)], dict(nsize=nsize, alpha=0.7, beta=0.5, knorm=1.5))


def outputs() -> Iterator[Case]:
    options: tuple[dict[str, Any], ...] = (
        {},
        dict(grad_scale=2.0),
        dict(normalization="batch"),
        dict(normalization="valid"),
        dict(normalization="valid", use_ignore=True, ignore_label=2),
        dict(normalization="valid", ignore_label=2),
        dict(normalization="valid", use_ignore=True, ignore_label=7),
        dict(normalization="batch", use_ignore=True, ignore_label=0),
        dict(use_ignore=True, ignore_label=0, smooth_alpha=0.2),
        dict(smooth_alpha=0.3),
    )
    two, one = whole([[0, 1, 2, 2], [0, 1, 5, 1]]), whole([2, 0, -1, 1])
    for attrs in options:
        yield Case("SoftmaxOutput", [normal(4, 3), one], attrs)
        yield Case("SoftmaxOutput", [normal(4, 3), np.abs(normal(4, 3, seed=1))], attrs)
        multi = dict(attrs, multi_output=True)
        yield Case("SoftmaxOutput", [normal(2, 3, 4), two], multi)
        yield Case("SoftmaxOutput", [normal(2, 3, 2, 2), two], multi)
        yield Case("SoftmaxOutput", [normal(2, 3, 2, 2), two.reshape(2, 2, 2)], multi)
        yield Case("SoftmaxOutput", [normal(2, 3, 2, 2), two.reshape(2, 1, 2, 2)], multi)
        yield Case("SoftmaxOutput", [normal(2, 4, 3), two], dict(attrs, preserve_shape=True))
        yield Case("SoftmaxOutput", [normal(2, 4, 3), two], attrs)
    all_ignored = dict(normalization="valid", use_ignore=True, ignore_label=3)
    yield Case("SoftmaxOutput", [normal(4, 3), whole([3, 3, 3, 3])], all_ignored)
    yield Case("Softmax", [normal(4, 3), one], {})
    for name in ("LinearRegressionOutput", "LogisticRegressionOutput", "MAERegressionOutput"):
        for attrs in ({}, dict(grad_scale=3.0)):
            target = np.round(normal(4, 3, seed=1))
            yield Case(name, [np.round(normal(4, 3) * 2), target], attrs)
            yield Case(name, [normal(4, 1), normal(4)], attrs)
            yield Case(name, [normal(4), normal(4, seed=1)], attrs)
            yield Case(name, [normal(2, 3, 2), normal(2, 6)], attrs)
    for linear, margin, weight in itertools.product((False, True), (1.0, 0.5), (1.0, 2.0)):
        attrs = dict(use_linear=linear, margin=margin, regularization_coefficient=weight)
        yield Case("SVMOutput", [normal(4, 3), one], attrs)
        yield Case("SVMOutput", [normal(2, 4, 3), two], attrs)
    for attrs in ({}, dict(grad_scale=2.0), dict(normalization="batch"), dict(normalization="valid", valid_thresh=0.5)):
        yield Case("MakeLoss", [normal(4, 3)], attrs)
    yield Case("MakeLoss", [normal(4, 3)], dict(normalization="valid", valid_thresh=50.0))
    yield Case("make_loss", [normal(4, 3)], {})
    yield Case("BlockGrad", [normal(4, 3)], {})
    yield Case("softmax_cross_entropy", [normal(4, 3), whole([0, 2, 1, 1])], {})
    yield Case("softmax_cross_entropy", [whole([[0, 30], [1, 2]]), whole([0, 1])], {})
    for scalar in (1.0, 3.0, 0.5):
        yield Case("smooth_l1", [normal(4, 3)], dict(scalar=scalar))
    yield Case("smooth_l1", [normal(4, 3)], {})
    yield Case("smooth_l1", [whole([3, 0, -2, 1], "int32")], dict(scalar=1.0), ())


def alignments() -> Iterator[Case]:
    data = normal(6, 3, 5)
    first, last = whole([[1, 2, 0], [3, 3, 4], [4, 0, 0]]), whole([[1, 2, -1], [3, 3, 0], [0, -1, -1]])
    yield Case("CTCLoss", [data, first], {})
    yield Case("CTCLoss", [data, first.astype("int32")], {})
    yield Case("CTCLoss", [data, last], dict(blank_label="last"))
    yield Case("CTCLoss", [data, whole([[1, 0, 2], [0, 0, 0], [0, 1, 2]])], {})
    steps, counts = whole([6, 5, 3]), whole([1, 2, 3])
    full = whole([[1, 2, 3], [3, 3, 4], [4, 2, 1]])
    yield Case("CTCLoss", [data, first, steps], dict(use_data_lengths=True))
    yield Case("CTCLoss", [data, full, counts], dict(use_label_lengths=True))
    both = dict(use_data_lengths=True, use_label_lengths=True)
    yield Case("CTCLoss", [data, full, steps, counts], both)
    yield Case("CTCLoss", [data, full - 1, steps, counts], dict(both, blank_label="last"))


FAMILIES = (convolutions, poolings, layers, norms, outputs, alignments)


def cases() -> dict[str, Case]:
    """All samples by name."""
    found: dict[str, Case] = {}
    for family in FAMILIES:
        for case in family():
            shapes = ",".join("x".join(map(str, i.shape)) or "0" for i in case.inputs)
            attrs = ",".join(f"{k}={v}" for k, v in case.attrs.items()).replace(" ", "")
            base = name = f"{case.op}[{shapes}][{attrs}]{'' if case.train else 'predict'}"
            for number in itertools.count(2):
                if name not in found:
                    break
                name = f"{base}#{number}"
            case.name = name
            found[name] = case
    return found


def answer(mx: Any, case: Case) -> tuple[list[tuple[int, ...]], np.ndarray]:
    """Shapes of the outputs, and all that came of the call: outputs, gradients, changed inputs, one after another."""
    arrays = [mx.nd.array(a, dtype=a.dtype) for a in case.inputs]
    marked = case.wrt or (0,) * bool(case.aux)  # 1.9.1 changes auxiliary states in the backward pass only
    for i in marked:
        arrays[i].attach_grad()
    with mx.autograd.record(train_mode=case.train) if marked or case.train else mx.autograd.pause():
        result = getattr(mx.nd, case.op)(*arrays, **case.attrs)
    results = list(result) if isinstance(result, (list, tuple)) else [result]
    if marked:
        results[0].backward(mx.nd.array(case.head(results[0].shape)))
    parts = results + [arrays[i].grad for i in case.wrt] + [arrays[i] for i in case.aux]
    flat = np.concatenate([p.asnumpy().astype("float32").ravel() for p in parts])
    return [r.shape for r in results], flat
