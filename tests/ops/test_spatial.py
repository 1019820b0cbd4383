"""Spatial operators and batch normalisations beside BatchNorm: rules, and what 1.9.1 does not compute."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet._base.errors import ArgumentError
from mxnet._kernels.deformable import deformable_convolution, modulated_deformable_convolution


def normal(*shape: int, seed: int = 0) -> mx.nd.NDArray:
    return mx.nd.array(np.random.RandomState(seed + sum(shape)).randn(*shape))


def same(got: mx.nd.NDArray, expected: mx.nd.NDArray | np.ndarray, tolerance: float = 1e-5) -> None:
    wanted = expected.asnumpy() if isinstance(expected, mx.nd.NDArray) else expected
    np.testing.assert_allclose(got.asnumpy(), wanted, rtol=tolerance, atol=tolerance)


WINDOWS = [
    ((9,), {"kernel": (3,), "stride": (2,), "dilate": (2,), "pad": (1,)}),
    ((7, 6), {"kernel": (3, 2), "stride": (2, 1), "dilate": (1, 2), "pad": (1, 1)}),
    ((6, 5, 4), {"kernel": (2, 3, 2), "stride": (2, 1, 1), "dilate": (2, 1, 3), "pad": (1, 1, 0)}),
]


@pytest.mark.parametrize(("size", "attrs"), WINDOWS)
def test_a_matrix_times_columns_is_a_convolution_in_one_two_and_three_dimensions(size: tuple, attrs: dict) -> None:
    data, weight = normal(2, 3, *size), normal(4, 3, *attrs["kernel"])
    expected = mx.nd.Convolution(data, weight, num_filter=4, no_bias=True, **attrs)
    columns = mx.nd.im2col(data, **attrs)
    product = mx.nd.dot(columns.transpose((0, 2, 1)), weight.reshape((4, -1)).T).transpose((0, 2, 1))
    same(product.reshape(expected.shape), expected)


@pytest.mark.parametrize(("size", "attrs"), WINDOWS)
def test_col2im_is_the_gradient_of_im2col_in_one_two_and_three_dimensions(size: tuple, attrs: dict) -> None:
    data = normal(2, 3, *size)
    data.attach_grad()
    with mx.autograd.record():
        columns = mx.nd.im2col(data, **attrs)
    head = normal(*columns.shape, seed=1)
    columns.backward(head)
    same(mx.nd.col2im(head, output_size=size, **attrs), data.grad)


def test_a_grid_of_one_pixel_lies_in_the_middle() -> None:
    moved = mx.nd.array([[1, 2, 0.25, 3, 4, -0.5]])
    grid = mx.nd.GridGenerator(moved, transform_type="affine", target_shape=(1, 1))
    assert grid.asnumpy().ravel().tolist() == [0.25, -0.5]
    flow = mx.nd.GridGenerator(mx.nd.zeros((1, 2, 1, 1)), transform_type="warp")
    assert np.isfinite(flow.asnumpy()).all()


def test_the_identity_transform_returns_the_image() -> None:
    data = normal(2, 3, 5, 4)
    loc = mx.nd.array([[1, 0, 0, 0, 1, 0]] * 2)
    out = mx.nd.SpatialTransformer(data, loc, target_shape=(5, 4), transform_type="affine", sampler_type="bilinear")
    same(out, data)


def test_sizes_of_zero_give_empty_images() -> None:
    data = mx.nd.ones((1, 2, 4, 4))
    assert mx.nd.contrib.BilinearResize2D(data, scale_height=0.1, scale_width=2.0).shape == (1, 2, 0, 8)
    assert mx.nd.contrib.AdaptiveAvgPooling2D(data, output_size=(0, 3)).shape == (1, 2, 0, 3)


def test_three_output_sizes_are_refused() -> None:
    with pytest.raises(ArgumentError, match="output_size"):
        mx.nd.contrib.AdaptiveAvgPooling2D(mx.nd.ones((1, 2, 4, 4)), output_size=(1, 2, 3))


def test_correlation_refuses_maps_of_different_shapes() -> None:
    with pytest.raises(mx.MXNetError, match="expected the same"):
        mx.nd.Correlation(normal(1, 2, 5, 5), normal(1, 2, 6, 5))


DEFORMED = {"kernel": (3, 2), "stride": (2, 1), "dilate": (1, 2), "pad": (1, 1), "num_filter": 6, "num_group": 2}


def test_without_offsets_deformable_convolutions_are_convolutions() -> None:
    data, weight, bias = normal(2, 4, 6, 5), normal(6, 2, 3, 2), normal(6)
    expected = mx.nd.Convolution(data, weight, bias, **DEFORMED)
    height, width = expected.shape[2:]
    offset, mask = mx.nd.zeros((2, 24, height, width)), mx.nd.ones((2, 12, height, width))
    groups = {"num_deformable_group": 2, **DEFORMED}
    same(mx.nd.contrib.DeformableConvolution(data, offset, weight, bias, **groups), expected)
    same(mx.nd.contrib.ModulatedDeformableConvolution(data, offset, mask, weight, bias, **groups), expected)


def doubles(modulated: bool) -> list[torch.Tensor]:
    """Inputs in float64 whose places, on both sides of the edges, are off the centres of pixels."""
    draw = np.random.RandomState(3)
    offset = draw.randint(-3, 3, (2, 24, 2, 4)) + draw.uniform(0.2, 0.8, (2, 24, 2, 4))
    shapes = [(2, 12, 2, 4)] * modulated + [(6, 2, 3, 2), (6,)]
    arrays = [draw.randn(2, 4, 4, 4), offset] + [draw.randn(*s) for s in shapes]
    return [torch.tensor(a, requires_grad=True) for a in arrays]


@pytest.mark.parametrize("kernel", [deformable_convolution, modulated_deformable_convolution])
def test_gradients_of_deformable_convolutions_are_those_of_finite_differences(kernel: object) -> None:
    inputs = doubles(kernel is modulated_deformable_convolution)
    attrs = {"num_deformable_group": 2, **DEFORMED}
    assert torch.autograd.gradcheck(lambda *i: kernel(*i, **attrs), inputs)  # type: ignore[operator]


def reference(data: np.ndarray, offset: np.ndarray, mask: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The definition of arXiv:1811.11168 for a kernel (2, 2) without stride, dilation and padding, place by place."""
    batch, channels, height, width = data.shape
    out = np.zeros((batch, len(weight), height - 1, width - 1))
    for n, f, y, x, k in np.ndindex(*out.shape, 4):
        at_y = y + k // 2 + offset[n, 2 * k, y, x]
        at_x = x + k % 2 + offset[n, 2 * k + 1, y, x]
        for row, col in np.ndindex(height, width):
            near = max(0, 1 - abs(at_y - row)) * max(0, 1 - abs(at_x - col))
            pixel = data[n, :, row, col] @ weight[f, :, k // 2, k % 2]
            out[n, f, y, x] += near * pixel * mask[n, k, y, x]
    return out


def test_modulated_deformable_convolution_follows_its_definition() -> None:
    draw = np.random.RandomState(0)
    inputs = [draw.randn(2, 3, 4, 5), 2 * draw.randn(2, 8, 3, 4), draw.rand(2, 4, 3, 4), draw.randn(2, 3, 2, 2)]
    arrays = [mx.nd.array(i, dtype="float64") for i in inputs]
    out = mx.nd.contrib.ModulatedDeformableConvolution(*arrays, kernel=(2, 2), num_filter=2, no_bias=True)
    same(out, reference(*inputs), 1e-10)


def test_deformed_places_far_from_the_origin_are_exact_in_half_precision() -> None:
    data = normal(1, 1, 1, 600)
    offset = mx.nd.concat(mx.nd.zeros((1, 1, 1, 600)), mx.nd.full((1, 1, 1, 600), 0.25), dim=1)
    inputs = [data, offset, mx.nd.ones((1, 1, 1, 1))]
    attrs = {"kernel": (1, 1), "num_filter": 1, "no_bias": True}
    out = mx.nd.contrib.DeformableConvolution(*[i.astype("float16") for i in inputs], **attrs)
    same(out, mx.nd.contrib.DeformableConvolution(*inputs, **attrs), 2e-3)


def test_a_batch_of_any_size_goes_with_any_im2col_step() -> None:
    inputs = [normal(3, 2, 4, 4), mx.nd.zeros((3, 2, 4, 4)), mx.nd.ones((3, 1, 4, 4)), normal(2, 2, 1, 1)]
    attrs = {"kernel": (1, 1), "num_filter": 2, "no_bias": True}
    expected = mx.nd.contrib.ModulatedDeformableConvolution(*inputs, **attrs)
    same(mx.nd.contrib.ModulatedDeformableConvolution(*inputs, im2col_step=2, **attrs), expected)


def test_shapes_of_offsets_and_parameters_follow_from_data() -> None:
    data = mx.sym.var("data")
    attrs = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 6, "num_group": 2, "num_deformable_group": 2, "name": "d"}
    plain = mx.sym.contrib.DeformableConvolution(data, **attrs)
    assert plain.list_arguments() == ["data", "d_offset", "d_weight", "d_bias"]
    shapes = [(2, 4, 9, 8), (2, 36, 9, 8), (6, 2, 3, 3), (6,)]
    assert plain.infer_shape(data=(2, 4, 9, 8))[:2] == (shapes, [(2, 6, 9, 8)])
    modulated = mx.sym.contrib.ModulatedDeformableConvolution(data, no_bias=True, **attrs)
    assert modulated.list_arguments() == ["data", "d_offset", "d_mask", "d_weight"]
    shapes[2:] = [(2, 18, 9, 8), (6, 2, 3, 3)]
    assert modulated.infer_shape(data=(2, 4, 9, 8))[:2] == (shapes, [(2, 6, 9, 8)])


def test_batch_norms_have_auxiliary_states_of_the_channels() -> None:
    for name, attrs in (("SyncBatchNorm", {"key": "k"}), ("BatchNormWithReLU", {})):
        symbol = getattr(mx.sym.contrib, name)(mx.sym.var("data"), name="b", **attrs)
        assert symbol.list_auxiliary_states() == ["b_moving_mean", "b_moving_var"]
        assert symbol.infer_shape(data=(2, 4, 3)) == ([(2, 4, 3), (4,), (4,)], [(2, 4, 3)], [(4,), (4,)])


def parameters(channels: int) -> list[mx.nd.NDArray]:
    return [f((channels,)) for f in (mx.nd.ones, mx.nd.zeros, mx.nd.zeros, mx.nd.ones)]


def test_batch_norm_with_relu_is_both_in_a_row_with_gradients_outside_of_training_too() -> None:
    for mode in (True, False):
        grads = []
        for fused in (True, False):
            data = normal(4, 3, 5, 2)
            data.attach_grad()
            with mx.autograd.record(train_mode=mode):
                if fused:
                    out = mx.nd.contrib.BatchNormWithReLU(data, *parameters(3), fix_gamma=False)
                else:
                    out = mx.nd.relu(mx.nd.BatchNorm(data, *parameters(3), fix_gamma=False))
            out.backward(normal(4, 3, 5, 2, seed=1))
            grads.append((out, data.grad))
        same(grads[0][0], grads[1][0])
        same(grads[0][1], grads[1][1])


def test_sync_batch_norm_shows_the_statistics_it_used() -> None:
    data = normal(4, 3, 5)
    mean = mx.nd.array([1, 2, 3])
    _, shown, var = mx.nd.contrib.SyncBatchNorm(
        data, mx.nd.ones(3), mx.nd.zeros(3), mean, mean + 1, key="k", output_mean_var=True
    )
    same(shown, mean)
    same(var, mean + 1)


def test_sync_batch_norm_does_not_wait_for_devices_that_do_not_come() -> None:
    with mx.autograd.train_mode(), pytest.raises(ArgumentError, match="one process a device"):
        mx.nd.contrib.SyncBatchNorm(normal(4, 3, 5), *parameters(3), key="k", ndev=2)


SHARED = """
    import sys
    import numpy as np
    import torch.distributed as dist
    import mxnet as mx

    rank, folder = int(sys.argv[1]), sys.argv[2]
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    whole = np.random.RandomState(0).randn(7, 3, 4, 2) * 2 + 1
    head = np.random.RandomState(1).randn(7, 3, 4, 2)
    part = slice(0, 5) if rank == 0 else slice(5, 7)
    for fix in (True, False):
        answers = []
        for data, top, shared in ((whole, head, False), (whole[part], head[part], True)):
            arrays = [mx.nd.array(a) for a in (data, [2, 1, 0.5], [0, 1, 2], [0, 0, 1], [1, 2, 3])]
            arrays[0].attach_grad()
            arrays[1].attach_grad()
            with mx.autograd.record():
                if shared:
                    out = mx.nd.contrib.SyncBatchNorm(*arrays, fix_gamma=fix, key="k", ndev=2)
                else:
                    out = mx.nd.contrib.SyncBatchNorm(*arrays, fix_gamma=fix, key="k")
            out.backward(mx.nd.array(top))
            rows = slice(None) if shared else part
            answers.append([out[rows], arrays[0].grad[rows], arrays[1], arrays[3], arrays[4]])
            if fix:
                assert not arrays[1].grad.asnumpy().any()
        for one, both in zip(*answers):
            np.testing.assert_allclose(one.asnumpy(), both.asnumpy(), rtol=1e-4, atol=1e-5)
    dist.destroy_process_group()
"""


def test_sync_batch_norm_of_two_processes_is_that_of_their_batches_together(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "shared.py"
    script.write_text(textwrap.dedent(SHARED))
    jobs = [
        subprocess.Popen(
            [sys.executable, script, str(rank), tmp_path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for rank in range(2)
    ]
    try:
        for job in jobs:
            output, _ = job.communicate(timeout=120)
            assert job.returncode == 0, output
    finally:
        for job in jobs:
            job.kill()
