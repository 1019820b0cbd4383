"""Shapes of results that are told without running the operator, and what is spared by that."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

import mxnet as mx
import mxnet.ndarray  # which registers the operators
from mxnet import _ops
from mxnet._graph import told as telling
from mxnet._runtime import inference
from tests.ops import calls

SAMPLES = [
    s
    for family in calls.FAMILIES
    for s in calls.load(family)[0].values()
    if s.symbol and getattr(_ops.get(s.op), "told", None) is not None
]


TOLD = """
Activation BatchNorm BilinearSampler Concat Convolution Correlation Deconvolution Embedding FullyConnected GridGenerator
GroupNorm InstanceNorm L2Normalization LRN LayerNorm LogisticRegressionOutput Pad Pooling SequenceLast SequenceMask
SequenceReverse SoftmaxActivation SpatialTransformer UpSampling _arange _contrib_AdaptiveAvgPooling2D
_contrib_BilinearResize2D _contrib_DeformableConvolution _contrib_ModulatedDeformableConvolution _contrib_arange_like
_contrib_div_sqrt_dim _contrib_interleaved_matmul_encdec_qk _contrib_interleaved_matmul_encdec_valatt
_contrib_interleaved_matmul_selfatt_qk _contrib_interleaved_matmul_selfatt_valatt _image_to_tensor _linalg_gemm
_linalg_gemm2 _linalg_makediag _linalg_sumlogdiag _linalg_syrk _linalg_trmm _linalg_trsm _np_cumsum _np_dot _np_sum
_npi_add _npi_argmax _npi_concatenate _npi_equal _npi_exp _npi_matmul _npi_mean _npi_stack _npi_where argmax argsort
batch_dot batch_take broadcast_add dot exp gather_nd khatri_rao log_softmax max mean nansum norm one_hot pick prod
reverse scatter_nd slice smooth_l1 softmax_cross_entropy softmin sort stack sum take tile topk where
"""


def told_and_made(op: str, attrs: dict, shapes: list[tuple[int, ...]], dtypes: tuple[torch.dtype, ...]) -> tuple | None:
    """Shape and dtype as they are told, and as the operator makes them; None if they are not told."""
    bound = _ops.get(op).bind((), attrs)
    told = telling.told(bound, shapes, dtypes)
    if told is None:
        return None
    metas = [torch.empty(s, dtype=d, device="meta") for s, d in zip(shapes, dtypes, strict=True)]
    made = inference.infer(bound, metas)[0]
    return told, (tuple(made.shape), made.dtype)


def altered(shapes: list[tuple[int, ...]]) -> list[list[tuple[int, ...]]]:
    """``shapes`` with one that is larger, lacks an axis, has one more, or is not there."""
    found = []
    for i, shape in enumerate(shapes):
        others = [shape[:k] + (n + 1,) + shape[k + 1 :] for k, n in enumerate(shape)]
        others += [shape[1:], shape[:-1], (1, *shape), (*shape, 2)]
        found += [[*shapes[:i], other, *shapes[i + 1 :]] for other in others]
        found.append([*shapes[:i], *shapes[i + 1 :]])
    return found


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.float64])
def test_they_are_those_of_running(dtype: torch.dtype) -> None:
    seen = set()
    for sample in SAMPLES:
        shapes = [a.shape for a in sample.inputs]
        with calls.shapes_mode(mx, sample):
            found = told_and_made(sample.op, sample.attrs, shapes, (dtype,) * len(shapes))
        if found is not None:
            seen.add(_ops.get(sample.op).name)
            assert found[0] == found[1], (sample.op, sample.attrs)
    halves = {"BatchNorm"} if dtype is torch.float16 else set()  # its parameters are float32
    assert set(TOLD.split()) - halves <= seen


def test_indices_and_lengths_have_dtypes_of_their_own() -> None:
    seen = set()
    for sample in SAMPLES:
        dtypes = tuple(torch.from_numpy(a).dtype for a in sample.inputs)
        with calls.shapes_mode(mx, sample):
            found = told_and_made(sample.op, sample.attrs, [a.shape for a in sample.inputs], dtypes)
        if found is not None:
            assert found[0] == found[1], (sample.op, sample.attrs)
            if not all(d.is_floating_point for d in dtypes):
                seen.add(_ops.get(sample.op).name)
    assert {"Embedding", "SequenceMask", "batch_take", "gather_nd", "one_hot", "pick", "take", "where"} <= seen


def test_nothing_is_told_where_the_operator_refuses() -> None:
    count = 0
    for op, (sample, *_) in {s.op: [t for t in SAMPLES if t.op == s.op] for s in SAMPLES}.items():
        for shapes in altered([a.shape for a in sample.inputs]):
            with mx.util.np_shape(True):
                found = told_and_made(op, sample.attrs, shapes, (torch.float32,) * len(shapes))
            if found is not None:
                assert found[0] == found[1], (op, sample.attrs, shapes)
                count += 1
    assert count > 1000


@pytest.mark.parametrize(
    ("op", "attrs", "shapes"),
    [
        ("FullyConnected", {"num_hidden": 3}, [(2, 4), (3, 5), (3,)]),
        ("FullyConnected", {"num_hidden": 3}, [(2, 4), (3, 4), (4,)]),
        ("Concat", {"dim": 1}, [(2, 4), (3, 4)]),
        ("Concat", {"dim": 2}, [(2, 4), (2, 4)]),
        ("BatchNorm", {}, [(2, 4), (3,), (3,), (3,), (3,)]),
        ("BatchNorm", {"axis": 2}, [(2, 4), (4,), (4,), (4,), (4,)]),
        ("broadcast_add", {}, [(2, 3), (2, 4)]),
        ("elemwise_add", {}, [(2, 3), (3,)]),
        ("Convolution", {"kernel": (3, 3), "num_filter": 2, "no_bias": True}, [(1, 2, 2, 4), (2, 2, 3, 3)]),
        ("Convolution", {"kernel": (3, 3), "num_filter": 2, "no_bias": True}, [(1, 2, 4, 4), (2, 3, 3, 3)]),
        ("Pooling", {"kernel": (3, 3)}, [(1, 2, 2, 4)]),
        ("softmax", {"axis": 2}, [(2, 3)]),
        ("SoftmaxOutput", {}, [(2, 3), (3,)]),
        ("Pooling", {"global_pool": True, "kernel": (2,)}, [(2, 3, 4, 4)]),
        ("Embedding", {"input_dim": 5, "output_dim": 4}, [(2, 3), (5, 3)]),
        ("LayerNorm", {}, [(2, 3), (2,), (2,)]),
        ("LayerNorm", {"axis": 2}, [(2, 3), (3,), (3,)]),
        ("LeakyReLU", {"act_type": "prelu"}, [(2, 3), (4,)]),
        ("_rnn_param_concat", {"dim": 1}, [(2,), (3,)]),
        ("dot", {}, [(2, 3), (2, 3)]),
        ("batch_dot", {}, [(2, 3, 4), (3, 4, 5)]),
        ("mean", {"axis": 2}, [(2, 3)]),
        ("mean", {"axis": (0, -2)}, [(2, 3)]),
        ("max", {"axis": 1}, [(2, 0)]),
        ("stack", {}, [(2,), (3,)]),
        ("stack", {"axis": 3}, [(2, 3), (2, 3)]),
        ("reverse", {"axis": (0, -2)}, [(2, 3)]),
        ("take", {"axis": 2}, [(2, 3), (4,)]),
        ("pick", {"axis": 1}, [(2, 3), (3,)]),
        ("where", {}, [(3,), (2, 3), (2, 3)]),
        ("InstanceNorm", {}, [(2, 3), (3,), (3,)]),
        ("LogisticRegressionOutput", {}, [(2, 3), (6,)]),
        ("Deconvolution", {"kernel": (2, 2), "num_filter": 2}, [(1, 3, 4, 4), (2, 2, 2, 2)]),
        ("Deconvolution", {"kernel": (2, 2), "num_filter": 2, "adj": (1, 1)}, [(1, 3, 4, 4), (3, 2, 2, 2)]),
        ("Convolution", {"kernel": (3, 3), "num_filter": 2}, [(1, 2, 4, 4), (2, 2, 3, 3)]),
        ("Pooling", {"kernel": (3,), "pool_type": "lp"}, [(1, 2, 4)]),
        ("Pooling", {"kernel": (5,), "pooling_convention": "full"}, [(1, 2, 4)]),
        ("Pooling", {"global_pool": True}, [(1, 2, 4, 4, 4, 4)]),
        ("log_softmax", {"use_length": True}, [(2, 3)]),
        ("norm", {"ord": 3}, [(2, 3)]),
        ("argmax", {"axis": 2}, [(2, 3)]),
        ("_arange", {"start": 0, "stop": 3, "step": 0}, []),
        ("tile", {"reps": (0, 1)}, [(2, 3)]),
        ("Pad", {"mode": "reflect", "pad_width": (0, 0, 0, 0, 0, 0, 3, 0)}, [(1, 1, 3, 3)]),
        ("gather_nd", {}, [(2, 3), (3, 2)]),
        ("scatter_nd", {"shape": (2, 3)}, [(4,), (2, 3)]),
        ("GroupNorm", {"num_groups": 4}, [(2, 6, 3), (4,), (4,)]),
        ("topk", {"k": 4}, [(2, 3)]),
        ("slice", {"begin": (0, 0, 0), "end": (1, 1, 1)}, [(2, 3)]),
        ("SequenceReverse", {"axis": 1}, [(2, 3)]),
        ("SequenceMask", {"use_sequence_length": True}, [(2, 3), (2,)]),
        ("_contrib_BilinearResize2D", {"mode": "odd_scale", "scale_height": 2.0}, [(1, 1, 3, 3)]),
        ("UpSampling", {"scale": 2, "sample_type": "bilinear", "num_args": 2}, [(1, 2, 3, 3), (1, 1, 4, 4)]),
        ("_npi_matmul", {}, [(2, 3, 4), (3, 4, 5)]),
        ("L2Normalization", {"mode": "channel"}, [(2, 3)]),
        ("GridGenerator", {"transform_type": "affine", "target_shape": (4, 0)}, [(2, 6)]),
        ("GridGenerator", {"transform_type": "warp"}, [(2, 3, 4, 4)]),
        (
            "SpatialTransformer",
            {"target_shape": (4, 4), "transform_type": "affine", "sampler_type": "bilinear"},
            [(2, 1, 3, 3), (3, 6)],
        ),
    ],
)
def test_what_does_not_fit_is_left_to_the_operator_to_tell(op: str, attrs: dict, shapes: list) -> None:
    bound = _ops.get(op).bind((), attrs)
    assert telling.told(bound, shapes, (torch.float32,) * len(shapes)) is None


def test_whole_numbers_are_left_to_the_operator_to_tell() -> None:
    assert telling.told(_ops.get("Activation").bind((), {"act_type": "softrelu"}), [(2,)], (torch.int32,)) is None
    assert telling.told(_ops.get("take").bind((), {}), [(2,), (3,)], (torch.int32, torch.int32)) is None


def test_prelu_is_told_as_it_is_run() -> None:
    told, made = told_and_made("LeakyReLU", {"act_type": "prelu"}, [(2, 3, 4), (3,)], (torch.float32,) * 2)
    assert told == made


def test_common_networks_do_not_load_the_compiler_of_torch() -> None:
    program = """
import sys
import mxnet as mx
net = mx.gluon.nn.HybridSequential()
net.add(mx.gluon.nn.Conv2D(4, 3, activation="tanh"), mx.gluon.nn.BatchNorm(), mx.gluon.nn.MaxPool2D(2))
net.add(mx.gluon.nn.Dense(3, activation="relu"), mx.gluon.nn.Dropout(0.5), mx.gluon.nn.Dense(2))
net.initialize()
net.hybridize()
with mx.autograd.record():
    loss = net(mx.nd.ones((2, 1, 8, 8)))
loss.backward()
graph = mx.sym.SoftmaxOutput(net(mx.sym.var("data")) + 1, name="softmax")
module = mx.mod.Module(graph)
module.bind([("data", (2, 1, 8, 8))], [("softmax_label", (2,))])
words = mx.gluon.nn.HybridSequential()
words.add(mx.gluon.nn.Embedding(5, 4), mx.gluon.rnn.LSTM(4, layout="NTC"), mx.gluon.nn.LayerNorm())
words.add(mx.gluon.rnn.GRU(4, bidirectional=True), mx.gluon.nn.Dense(2, flatten=False), mx.gluon.nn.PReLU())
words.initialize()
words.hybridize()
words(mx.nd.ones((2, 3)))
images = mx.gluon.nn.HybridSequential()
images.add(mx.gluon.nn.Conv2DTranspose(4, 4, 2, 1), mx.gluon.nn.InstanceNorm())
images.initialize()
images.hybridize()
mx.gluon.loss.L2Loss()(images(mx.nd.ones((2, 3, 4, 4))), mx.nd.ones((2, 4, 8, 8)))
mx.np.random.normal(size=(2,))
mx.metric.RMSE().update([mx.nd.ones((2,))], [mx.nd.ones((2,))])
x, m, i = (mx.sym.var(name) for name in ("x", "m", "i"))
positions = mx.sym.var("p", dtype="int32")
for symbol, shapes in (
    (mx.sym.norm(m, axis=1), {"m": (2, 3)}),
    (mx.sym.one_hot(mx.sym.argmax(m, axis=1), 3), {"m": (2, 3)}),
    (mx.sym.take(m, positions), {"m": (2, 3), "p": (4,)}),
    (mx.sym.pick(mx.sym.tile(m, (2, 1)), positions), {"m": (2, 3), "p": (4,)}),
    (mx.sym.gather_nd(m, positions), {"m": (2, 3), "p": (2, 5)}),
    (mx.sym.softmax_cross_entropy(mx.sym.linalg.gemm2(m, m, transpose_b=True), i), {"m": (2, 3), "i": (2,)}),
    (mx.sym.SequenceReverse(mx.sym.SoftmaxActivation(m)) + mx.sym.contrib.arange_like(m), {"m": (2, 3)}),
    (mx.sym.khatri_rao(m, m), {"m": (2, 3)}),
    (mx.sym.arange(3) + mx.sym.sum(m, axis=0), {"m": (2, 3)}),
    (mx.sym.GroupNorm(x, num_groups=2, name="g"), {"x": (1, 4, 3, 3)}),
    (mx.sym.UpSampling(x, scale=2, sample_type="bilinear", num_filter=4), {"x": (1, 4, 3, 3)}),
    (mx.sym.L2Normalization(m) + mx.sym.L2Normalization(m, mode="instance"), {"m": (2, 3)}),
    (mx.sym.GridGenerator(m, transform_type="affine", target_shape=(4, 4)), {"m": (2, 6)}),
    (mx.sym.GridGenerator(x, transform_type="warp"), {"x": (1, 2, 3, 3)}),
    (mx.sym.SpatialTransformer(x, m, (4, 4), "affine", "bilinear"), {"x": (2, 4, 3, 3)}),
    (mx.sym.contrib.BilinearResize2D(x, height=5, width=5), {"x": (1, 4, 3, 3)}),
    (mx.sym.contrib.AdaptiveAvgPooling2D(x, output_size=2), {"x": (1, 4, 3, 3)}),
    (mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pooling_convention="full"), {"x": (1, 4, 3, 3)}),
):
    assert symbol.infer_shape(**shapes)[1]
print("torch._dynamo" in sys.modules, "sympy" in sys.modules)
"""
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert made.stdout.split() == ["False", "False"], made.stderr


def test_shapes_that_are_not_told_are_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some kernels take fifty milliseconds on tensors without storage."""
    graph = mx.sym.Correlation(mx.sym.var("a"), mx.sym.var("b"), kernel_size=1, max_displacement=1)
    shapes = {"a": (1, 2, 7, 5), "b": (1, 2, 7, 5)}
    wanted = graph.infer_shape(**shapes)
    monkeypatch.setattr(inference, "infer", lambda *_: pytest.fail("the kernel ran again"))
    assert graph.infer_shape(**shapes) == wanted
    again = mx.sym.Correlation(mx.sym.var("c"), mx.sym.var("d"), kernel_size=1, max_displacement=1)
    assert again.infer_shape(c=(1, 2, 7, 5), d=(1, 2, 7, 5))[1] == wanted[1]
