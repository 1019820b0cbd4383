"""Calls of the spatial operators, and of the batch normalisations beside BatchNorm."""

from __future__ import annotations

import numpy as np
from sample import Bad, Sample, apart, normal, positive, whole


def places(*shape: int, size: int, beyond: int = 1, seed: int = 0, dtype: str = "float32") -> np.ndarray:
    """Pixel coordinates up to ``beyond`` pixels outside of ``size``, none near a pixel's centre, where slopes jump."""
    draw = np.random.RandomState(seed + size + sum(shape))
    return (draw.randint(-beyond, size - 1 + beyond, shape) + draw.uniform(0.2, 0.8, shape)).astype(dtype)


def grid(batch: int, height: int, width: int, image: tuple, dtype: str = "float32", seed: int = 0) -> np.ndarray:
    """Such places in an image, height and width, from -1 to 1."""
    axes = [places(batch, height, width, size=n, seed=seed) * 2 / max(n - 1, 1) - 1 for n in reversed(image)]
    return np.stack(axes, 1).astype(dtype)


def shifts(batch: int, groups: int, kernel: int, out: tuple, reach: int = 2, seed: int = 0) -> np.ndarray:
    """Offsets of deformable convolutions."""
    return places(batch, groups * kernel * 2, *out, size=2, beyond=reach - 1, seed=seed)


def deformable(batch: int, channels: int, size: tuple, out: tuple, filters: int, kernel: tuple, **more: int) -> list:
    """Inputs of DeformableConvolution without bias."""
    count = kernel[0] * kernel[1]
    return [
        normal(batch, channels, *size),
        shifts(batch, more.get("deformable", 1), count, out, more.get("reach", 2)),
        normal(filters, channels // more.get("groups", 1), *kernel, seed=1),
    ]


def modulated(batch: int, channels: int, size: tuple, out: tuple, filters: int, kernel: tuple, **more: int) -> list:
    """Inputs of ModulatedDeformableConvolution without bias."""
    data, offset, weight = deformable(batch, channels, size, out, filters, kernel, **more)
    return [data, offset, positive(batch, offset.shape[1] // 2, *out, seed=2), weight]


def batch(*shape: int, axis: int = 1) -> list:
    """Inputs of a batch normalisation."""
    c = shape[axis]
    return [normal(*shape) * 2 + 1, positive(c, seed=1), normal(c, seed=2), normal(c, seed=3), positive(c, seed=4)]


def halves(inputs: list, dtype: str = "float64") -> list:
    return [i.astype(dtype) for i in inputs]


FIRST = "1.9.1 fails on one and on three axes"
GPU = "1.9.1 has its gradients on GPUs only"
turned = np.array([[0.8, 0.3, 0.1, -0.25, 0.7, -0.2], [0.3, -1.1, 0.4, 1.2, 0.2, 0.13]], dtype="float32")

SAMPLES = [
    Sample("BilinearSampler", [normal(2, 3, 5, 4), grid(2, 3, 6, (5, 4))]),
    Sample("BilinearSampler", [normal(1, 2, 3, 7), grid(1, 4, 1, (3, 7))], {"cudnn_off": True}),
    Sample("BilinearSampler", halves([normal(2, 1, 4, 4), grid(2, 3, 3, (4, 4))])),
    Sample("BilinearSampler", [normal(1, 1, 1, 1), grid(1, 2, 2, (1, 1))], numeric=(0,)),
    Sample(
        "BilinearSampler",
        [apart(1, 1, 3, 3), np.array([-2, -1, 0, 1, 2, -1, 1, 0, 0.5, 2], "float32").reshape(1, 2, 1, 5)],
        numeric=(0,),
    ),
    Sample("GridGenerator", [normal(2, 6)], {"transform_type": "affine", "target_shape": (3, 4)}),
    Sample("GridGenerator", [normal(1, 6)], {"transform_type": "affine", "target_shape": (2, 5)}),
    Sample("GridGenerator", [normal(2, 2, 3, 4)], {"transform_type": "warp"}),
    Sample("GridGenerator", [normal(1, 2, 5, 2)], {"transform_type": "warp", "target_shape": (9, 9)}),
    Sample(
        "GridGenerator",
        [normal(1, 6)],
        {"transform_type": "affine", "target_shape": (1, 1)},
        here=True,
        why="1.9.1 divides by zero",
    ),
    Sample(
        "SpatialTransformer",
        [normal(2, 3, 5, 6), turned],
        {"target_shape": (4, 3), "transform_type": "affine", "sampler_type": "bilinear"},
        numeric=(0,),
    ),
    Sample(
        "SpatialTransformer",
        halves([normal(2, 1, 4, 4), turned]),
        {"target_shape": (5, 5), "transform_type": "affine", "sampler_type": "bilinear", "cudnn_off": True},
        numeric=(0,),
    ),
    Sample("_contrib_AdaptiveAvgPooling2D", [normal(2, 3, 7, 6)]),
    Sample("_contrib_AdaptiveAvgPooling2D", [normal(2, 3, 7, 6)], {"output_size": 2}),
    Sample("_contrib_AdaptiveAvgPooling2D", [normal(2, 3, 7, 6)], {"output_size": (3, 4)}),
    Sample("_contrib_AdaptiveAvgPooling2D", [normal(1, 2, 3, 1)], {"output_size": (5, 2)}),
    Sample("_contrib_AdaptiveAvgPooling2D", [normal(1, 2, 5, 5, dtype="float64")], {"output_size": (5, 5)}),
    Sample("_contrib_AdaptiveAvgPooling2D", [normal(1, 2, 6, 4, dtype="float16")], {"output_size": (2, 2)}),
    Sample("_contrib_BilinearResize2D", [normal(2, 3, 7, 6)], {"height": 4, "width": 9}),
    Sample("_contrib_BilinearResize2D", [normal(2, 3, 7, 6)], {"height": 4, "width": 9, "align_corners": False}),
    Sample("_contrib_BilinearResize2D", [normal(1, 2, 7, 6)], {"height": 7, "width": 6}),
    Sample("_contrib_BilinearResize2D", [normal(1, 2, 7, 6)], {"align_corners": False}),
    Sample("_contrib_BilinearResize2D", [normal(1, 2, 7, 6)], {"width": 3, "align_corners": False}),
    Sample("_contrib_BilinearResize2D", [normal(1, 2, 1, 1)], {"height": 3, "width": 2}),
    Sample("_contrib_BilinearResize2D", [normal(1, 2, 7, 6)], {"scale_height": 0.5, "scale_width": 1.7}),
    Sample("_contrib_BilinearResize2D", [normal(1, 1, 5, 4)], {"scale_width": 2.0, "height": 3}),
    Sample("_contrib_BilinearResize2D", [normal(1, 1, 100, 3)], {"scale_height": 0.29, "scale_width": 1.0}),
    Sample(
        "_contrib_BilinearResize2D",
        [normal(1, 2, 7, 6)],
        {"mode": "odd_scale", "scale_height": 0.5, "scale_width": 0.5},
    ),
    Sample(
        "_contrib_BilinearResize2D",
        [normal(1, 2, 7, 5)],
        {"mode": "odd_scale", "scale_height": 2.0, "scale_width": 1.3},
    ),
    Sample("_contrib_BilinearResize2D", [normal(1, 2, 7, 6)], {"mode": "to_even_down"}),
    Sample("_contrib_BilinearResize2D", [normal(1, 2, 7, 6)], {"mode": "to_even_up"}),
    Sample("_contrib_BilinearResize2D", [normal(1, 2, 7, 6)], {"mode": "to_odd_down"}),
    Sample("_contrib_BilinearResize2D", [normal(1, 2, 7, 6)], {"mode": "to_odd_up", "align_corners": False}),
    Sample("_contrib_BilinearResize2D", [normal(1, 2, 7, 6), normal(1, 1, 4, 5)], {"mode": "like"}),
    Sample("_contrib_BilinearResize2D", [normal(1, 2, 3, 4, dtype="float64")], {"height": 5, "width": 2}),
    Sample("im2col", [normal(2, 3, 7, 6)], {"kernel": (2, 2)}),
    Sample("im2col", [normal(2, 3, 7, 6)], {"kernel": (3, 2), "stride": (2, 1), "dilate": (1, 2), "pad": (1, 1)}),
    Sample("im2col", [normal(1, 1, 1, 1, dtype="float64")], {"kernel": (1, 1)}),
    Sample("im2col", [normal(1, 2, 4, 4, dtype="float16")], {"kernel": (3, 3), "pad": (0, 1)}),
    Sample("im2col", [normal(2, 3, 8)], {"kernel": (3,), "stride": 2, "dilate": 2, "pad": 1}, here=True, why=FIRST),
    Sample(
        "im2col",
        [normal(1, 2, 5, 4, 3)],
        {"kernel": (2, 3, 1), "stride": (2, 1, 1), "dilate": (2, 1, 1), "pad": (1, 1, 0)},
        here=True,
        why=FIRST,
    ),
    Sample("col2im", [normal(2, 12, 30)], {"output_size": (7, 6), "kernel": (2, 2)}),
    Sample(
        "col2im",
        [normal(2, 18, 24)],
        {"output_size": (7, 6), "kernel": (3, 2), "stride": (2, 1), "dilate": (1, 2), "pad": (1, 1)},
    ),
    Sample("col2im", [normal(1, 4, 1, dtype="float64")], {"output_size": (2, 2), "kernel": (2, 2)}),
    Sample(
        "col2im",
        [normal(2, 9, 3)],
        {"output_size": (8,), "kernel": (3,), "stride": 2, "dilate": 2, "pad": 1},
        here=True,
        why=FIRST,
    ),
    Sample(
        "col2im",
        [normal(1, 12, 60)],
        {"output_size": (5, 4, 3), "kernel": (2, 3, 1), "dilate": (2, 1, 1), "pad": (1, 1, 0)},
        here=True,
        why=FIRST,
    ),
    Sample("Correlation", [normal(2, 3, 5, 6), normal(2, 3, 5, 6, seed=1)]),
    Sample("Correlation", [normal(2, 3, 5, 6), normal(2, 3, 5, 6, seed=1)], {"max_displacement": 0}),
    Sample(
        "Correlation",
        [normal(1, 2, 7, 7), normal(1, 2, 7, 7, seed=1)],
        {"kernel_size": 3, "max_displacement": 3, "stride1": 2, "stride2": 2, "pad_size": 3},
    ),
    Sample(
        "Correlation",
        [normal(1, 2, 6, 5), normal(1, 2, 6, 5, seed=1)],
        {"stride1": 2, "pad_size": 1, "is_multiply": False},
    ),
    Sample(
        "Correlation",
        [normal(1, 2, 6, 6), normal(1, 2, 6, 6, seed=1)],
        {"kernel_size": 3, "stride1": 3, "pad_size": 2, "is_multiply": False},
    ),
    Sample(
        "Correlation", [apart(1, 1, 2, 2), apart(1, 1, 2, 2)], {"max_displacement": 0, "is_multiply": False}, numeric=()
    ),
    Sample("Correlation", halves([normal(1, 2, 4, 4), normal(1, 2, 4, 4, seed=1)]), {"stride2": 2, "pad_size": 1}),
    Sample(
        "Correlation",
        halves([normal(1, 2, 4, 4), normal(1, 2, 4, 4, seed=1)], "float16"),
        {"pad_size": 1},
        rtol=2e-3,
        why="1.9.1 adds up in float16",
    ),
    Sample(
        "_contrib_DeformableConvolution",
        deformable(2, 4, (5, 6), (3, 4), 3, (3, 3)),
        {"kernel": (3, 3), "num_filter": 3, "no_bias": True},
    ),
    Sample(
        "_contrib_DeformableConvolution",
        [*deformable(1, 4, (6, 5), (3, 2), 2, (3, 2), reach=4), normal(2)],
        {"kernel": (3, 2), "num_filter": 2, "stride": (2, 2), "dilate": (1, 2), "pad": (1, 0)},
    ),
    Sample(
        "_contrib_DeformableConvolution",
        [*deformable(2, 4, (5, 5), (5, 5), 6, (3, 3), groups=2, deformable=2), normal(6)],
        {"kernel": (3, 3), "num_filter": 6, "pad": (1, 1), "num_group": 2, "num_deformable_group": 2, "workspace": 7},
    ),
    Sample(
        "_contrib_DeformableConvolution",
        halves(deformable(1, 4, (4, 4), (4, 4), 2, (1, 1), deformable=4)),
        {"kernel": (1, 1), "num_filter": 2, "num_deformable_group": 4, "no_bias": True, "layout": "NCHW"},
    ),
    Sample(
        "_contrib_DeformableConvolution",
        [normal(1, 2, 4, 4), np.zeros((1, 8, 3, 3), "float32"), normal(2, 2, 2, 2)],
        {"kernel": (2, 2), "num_filter": 2, "no_bias": True},
        numeric=(0, 2),
    ),
    Sample(
        "_contrib_DeformableConvolution",
        [
            apart(1, 1, 3, 3),
            whole([[[-1, 0, 1], [-1, 2, 2], [0, -1, -3]], [[0, -1, 1], [1, 1, -2], [2, 2, 0]]], "float32")[None],
            positive(1, 1, 1, 1),
        ],
        {"kernel": (1, 1), "num_filter": 1, "no_bias": True},
        numeric=(0, 2),
    ),
    Sample(
        "_contrib_ModulatedDeformableConvolution",
        modulated(2, 4, (5, 6), (3, 4), 3, (3, 3)),
        {"kernel": (3, 3), "num_filter": 3, "no_bias": True},
        wrt=(),
        why=GPU,
    ),
    Sample(
        "_contrib_ModulatedDeformableConvolution",
        [*modulated(1, 4, (6, 5), (3, 2), 2, (3, 2), reach=4), normal(2)],
        {"kernel": (3, 2), "num_filter": 2, "stride": (2, 2), "dilate": (1, 2), "pad": (1, 0)},
        wrt=(),
        why=GPU,
    ),
    Sample(
        "_contrib_ModulatedDeformableConvolution",
        [*modulated(2, 4, (5, 5), (5, 5), 6, (3, 3), groups=2, deformable=2), normal(6)],
        {"kernel": (3, 3), "num_filter": 6, "pad": (1, 1), "num_group": 2, "num_deformable_group": 2, "im2col_step": 1},
        wrt=(),
        why=GPU,
    ),
    Sample(
        "_contrib_ModulatedDeformableConvolution",
        halves(modulated(1, 2, (4, 4), (4, 4), 2, (1, 1), reach=3)),
        {"kernel": (1, 1), "num_filter": 2, "no_bias": True, "layout": "NCHW"},
        wrt=(),
        why=GPU,
    ),
    Sample(
        "_contrib_SyncBatchNorm", batch(4, 3, 2, 2), {"key": "a", "fix_gamma": False}, wrt=(0, 1, 2), changes=(3, 4)
    ),
    Sample(
        "_contrib_SyncBatchNorm",
        batch(4, 3, 5),
        {"key": "b", "momentum": 0.5, "eps": 0.1, "output_mean_var": True},
        wrt=(0, 1, 2),
        numeric=(0, 2),
        changes=(1, 3, 4),
    ),
    Sample(
        "_contrib_SyncBatchNorm", batch(5, 3), {"key": "c", "fix_gamma": False, "use_global_stats": True}, wrt=(0, 1, 2)
    ),
    Sample(
        "_contrib_SyncBatchNorm", batch(2, 3, 2, 2, 2), {"key": "d", "fix_gamma": False, "ndev": 2}, wrt=(), train=False
    ),
    Sample("_contrib_BatchNormWithReLU", batch(4, 3, 2, 2), {"fix_gamma": False}, wrt=(0, 1, 2), changes=(3, 4)),
    Sample(
        "_contrib_BatchNormWithReLU",
        batch(4, 3, 2, 2),
        {"momentum": 0.5, "eps": 0.1, "output_mean_var": True},
        wrt=(0, 1, 2),
        numeric=(0, 2),
        changes=(1, 3, 4),
    ),
    Sample("_contrib_BatchNormWithReLU", batch(4, 3, 2, 2), {"fix_gamma": False}, wrt=(), train=False),
    Sample(
        "_contrib_BatchNormWithReLU",
        batch(4, 2, 3, axis=2),
        {"fix_gamma": False, "axis": 2},
        wrt=(0, 1, 2),
        changes=(3, 4),
        here=True,
        why="1.9.1 takes four axes only",
    ),
]

BAD = [
    Bad("BilinearSampler", [normal(2, 3, 5, 4), normal(1, 2, 3, 3)], {}, "ShapeError", "grid"),
    Bad("BilinearSampler", [normal(2, 3, 5, 4), normal(2, 3, 3, 3)], {}, "ShapeError", "grid"),
    Bad("BilinearSampler", [whole(np.ones((1, 1, 2, 2))), whole(np.zeros((1, 2, 1, 1)))], {}, "DTypeError", "int32"),
    Bad("GridGenerator", [normal(2, 5)], {"transform_type": "affine", "target_shape": (2, 2)}, "ShapeError", "matrix"),
    Bad("GridGenerator", [normal(2, 6)], {"transform_type": "affine"}, "ArgumentError", "target_shape"),
    Bad("GridGenerator", [normal(2, 3, 4, 4)], {"transform_type": "warp"}, "ShapeError", "warp"),
    Bad(
        "SpatialTransformer",
        [normal(2, 1, 4, 4), normal(2, 5)],
        {"target_shape": (2, 2), "transform_type": "affine", "sampler_type": "bilinear"},
        "ShapeError",
        "matrix",
    ),
    Bad(
        "SpatialTransformer",
        [normal(1, 1, 4, 4), normal(2, 6)],
        {"target_shape": (2, 2), "transform_type": "affine", "sampler_type": "bilinear"},
        "ShapeError",
        "loc",
    ),
    Bad("_contrib_AdaptiveAvgPooling2D", [normal(2, 3, 4)], {}, "ShapeError", "data"),
    Bad("_contrib_AdaptiveAvgPooling2D", [whole(np.ones((1, 1, 2, 2)))], {}, "DTypeError", "int32"),
    Bad("_contrib_BilinearResize2D", [normal(1, 1, 4, 4)], {"scale_height": 2.0}, "ArgumentError", "scale_width"),
    Bad("_contrib_BilinearResize2D", [normal(1, 1, 4, 4)], {"height": 0}, "ArgumentError", "height"),
    Bad("_contrib_BilinearResize2D", [normal(1, 1, 4, 4)], {"mode": "like"}, "InputTypeError", "like"),
    Bad("_contrib_BilinearResize2D", [normal(1, 1, 4, 4), normal(1, 1, 2, 2)], {"height": 2}, "InputTypeError", "like"),
    Bad("im2col", [normal(1, 1, 4, 4)], {"kernel": (5, 1)}, "ShapeError", "kernel"),
    Bad("im2col", [normal(1, 1, 4, 4)], {"kernel": (2, 2), "stride": (2,)}, "ArgumentError", "stride"),
    Bad("im2col", [normal(1, 1, 4, 4)], {"kernel": (2, 2, 2)}, "ArgumentError", "kernel"),
    Bad("col2im", [normal(1, 8, 5)], {"output_size": (3, 3), "kernel": (2, 2)}, "ShapeError", "output_size"),
    Bad("col2im", [normal(1, 7, 4)], {"output_size": (3, 3), "kernel": (2, 2)}, "ShapeError", "multiple of 4"),
    Bad("Correlation", [normal(1, 2, 4, 4), normal(1, 2, 4, 4)], {"kernel_size": 2}, "ArgumentError", "odd"),
    Bad("Correlation", [normal(1, 2, 4, 4), normal(1, 2, 4, 4)], {"max_displacement": 3}, "ShapeError", "pad_size"),
    Bad(
        "_contrib_DeformableConvolution",
        deformable(1, 4, (4, 4), (3, 3), 2, (3, 3)),
        {"kernel": (3, 3), "num_filter": 2, "no_bias": True},
        "ShapeError",
        "offset",
    ),
    Bad(
        "_contrib_DeformableConvolution",
        deformable(1, 4, (4, 4), (4, 4), 2, (1, 1)),
        {"kernel": (1, 1), "num_filter": 2, "num_deformable_group": 3, "no_bias": True},
        "ArgumentError",
        "num_deformable_group",
    ),
    Bad(
        "_contrib_DeformableConvolution",
        deformable(1, 4, (4, 4), (4, 4), 2, (1, 1)),
        {"kernel": (1, 1), "num_filter": 2},
        "InputTypeError",
        "bias",
    ),
    Bad(
        "_contrib_ModulatedDeformableConvolution",
        [normal(1, 1, 4, 4), np.zeros((1, 2, 4, 4), "float32"), positive(1, 1, 3, 3), positive(1, 1, 1, 1)],
        {"kernel": (1, 1), "num_filter": 1, "no_bias": True},
        "ShapeError",
        "mask",
    ),
    Bad("_contrib_SyncBatchNorm", batch(4, 3, 2, 2), {}, "ArgumentError", "key"),
    Bad("_contrib_SyncBatchNorm", [normal(4), *batch(4, 4)[1:]], {"key": "e"}, "ShapeError", "data"),
    Bad("_contrib_BatchNormWithReLU", [normal(2, 3, 4, 4), *batch(2, 4)[1:]], {}, "ShapeError", ""),
]
