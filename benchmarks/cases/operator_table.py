"""What the operators family times: an operator, its inputs and its attributes, at sizes that networks have.

An input is a shape, filled with normal noise, or text: ``"u 64x128"`` is uniform noise in (0, 1), ``"i9"`` whole
numbers below 9 as float32, ``"j9"`` as int32, ``"y9"`` as uint8, ``"s"`` a symmetric positive definite matrix, ``"l"``
a lower triangular one, ``"b"`` boxes with corners in (0, 1), ``"bl"`` with a label before, ``"bs"`` with label and
score, ``"r"`` regions of an image of 600 pixels, ``"p"`` rows of probabilities. Gradients are taken for the inputs that
``grad`` lists, all by default; an empty list leaves the backward out.
"""

from __future__ import annotations


class Call:
    """One operator with inputs and attributes; ``name`` is its path under ``mx.nd``."""

    def __init__(self, name, inputs, attributes=None, grad=None, label=None):
        self.name, self.inputs, self.attributes = name, list(inputs), attributes or {}
        self.grad = list(range(len(self.inputs))) if grad is None else grad
        self.label = label or name


def family(names, inputs, attributes=None, grad=None):
    return [Call(name, inputs, attributes, grad) for name in names.split()]


ROWS = (256, 1024)  # a batch of activations
IMAGES = (16, 64, 56, 56)  # a batch in the first stage of a ResNet

ELEMENTWISE = [
    *family("relu sigmoid tanh softsign exp sin cos arctan erf abs square negative", [ROWS]),
    *family("sqrt rsqrt log log1p cbrt expm1 gamma gammaln reciprocal", ["u 256x1024"]),
    *family("sign round floor ceil rint trunc fix logical_not", [ROWS], grad=[]),
    *family("elemwise_add elemwise_sub elemwise_mul elemwise_div broadcast_maximum broadcast_hypot", [ROWS, ROWS]),
    *family("broadcast_add broadcast_sub broadcast_mul broadcast_div", [ROWS, (1, 1024)]),
    *family("broadcast_power", ["u 256x1024", "u 256x1"]),
    *family("broadcast_greater broadcast_equal broadcast_logical_and", [ROWS, (256, 1)], grad=[]),
    *family("_plus_scalar _mul_scalar _rdiv_scalar _power_scalar _maximum_scalar", ["u 256x1024"], {"scalar": 1.5}),
    *family("_greater_scalar _mod_scalar", ["u 256x1024"], {"scalar": 0.5}, grad=[]),
    Call("clip", [ROWS], {"a_min": -1.0, "a_max": 1.0}),
    Call("smooth_l1", [ROWS], {"scalar": 1.0}),
    Call("add_n", [ROWS, ROWS, ROWS, ROWS]),
    Call("where", ["i2 256x1024", ROWS, ROWS], grad=[1, 2]),
    Call("Cast", [ROWS], {"dtype": "float16"}),
    Call("LeakyReLU", [ROWS], {"act_type": "leaky", "slope": 0.1}),
    Call("LeakyReLU", [ROWS], {"act_type": "elu", "slope": 1.0}, label="LeakyReLU (elu)"),
    Call("LeakyReLU", [ROWS], {"act_type": "gelu"}, label="LeakyReLU (gelu)"),
    Call("Activation", [ROWS], {"act_type": "softrelu"}),
    Call("hard_sigmoid", [ROWS]),
]

REDUCE = [
    *family("sum mean max min", [ROWS], {"axis": 1}),
    *family("sum mean norm", [IMAGES], {"axis": (2, 3)}),
    *family("prod nansum", ["u 256x1024"], {"axis": 0}),
    *family("argmax argmin", [ROWS], {"axis": 1}, grad=[]),
    Call("sum", [IMAGES], {"axis": 1, "exclude": True}, label="sum (exclude)"),
    Call("cumsum", [ROWS], {"axis": 1}),
    Call("moments", [IMAGES], {"axes": (0, 2, 3)}),
    Call("L2Normalization", [ROWS]),
    Call("khatri_rao", [(32, 64), (32, 64)], grad=[]),
]

MATRIX = [
    Call("dot", [(512, 512), (512, 512)]),
    Call("batch_dot", [(32, 128, 64), (32, 64, 128)]),
    Call("linalg.gemm2", [(16, 128, 128), (16, 128, 128)]),
    Call("linalg.potrf", ["s 8x96x96"]),
    Call("linalg.syrk", [(8, 128, 64)]),
    Call("linalg.trsm", ["l 8x96x96", (8, 96, 96)]),
    Call("linalg.inverse", ["s 8x96x96"]),
    Call("linalg.det", ["s 8x96x96"]),
    Call("transpose", [(64, 128, 256)], {"axes": (0, 2, 1)}),
    Call("transpose", [IMAGES], {"axes": (0, 2, 3, 1)}, label="transpose (to channels last)"),
    Call("SwapAxis", [(64, 128, 64)], {"dim1": 0, "dim2": 1}),
    Call("Flatten", [IMAGES]),
    Call("Reshape", [IMAGES], {"shape": (0, -1)}),
    Call("expand_dims", [ROWS], {"axis": 1}),
    Call("Concat", [IMAGES, IMAGES], {"dim": 1}),
    Call("stack", [ROWS, ROWS, ROWS]),
    Call("SliceChannel", [IMAGES], {"num_outputs": 4}),
    Call("slice", [IMAGES], {"begin": (0, 8, 8, 8), "end": (16, 56, 48, 48)}),
    Call("slice_axis", [ROWS], {"axis": 1, "begin": 100, "end": 900}),
    Call("slice_like", [ROWS, (200, 800)], grad=[0]),
    Call("tile", [ROWS], {"reps": (2, 2)}),
    Call("repeat", [ROWS], {"repeats": 2, "axis": 1}),
    Call("Pad", [IMAGES], {"mode": "constant", "pad_width": (0, 0, 0, 0, 1, 1, 1, 1), "constant_value": 0.0}),
    Call("Pad", [IMAGES], {"mode": "reflect", "pad_width": (0, 0, 0, 0, 3, 3, 3, 3)}, label="Pad (reflect)"),
    Call("reverse", [ROWS], {"axis": 1}),
    Call("depth_to_space", [IMAGES], {"block_size": 2}),
    Call("space_to_depth", [IMAGES], {"block_size": 2}),
    Call("broadcast_to", [(1, 1024)], {"shape": ROWS}),
    Call("broadcast_axis", [(256, 1, 64)], {"axis": 1, "size": 64}),
    Call("diag", [(1024, 1024)]),
]

INDEXING = [
    Call("Embedding", ["i9999 32x128", (10000, 256)], {"input_dim": 10000, "output_dim": 256}, grad=[1]),
    Call("take", [(10000, 128), "i9999 4096"], grad=[0]),
    Call("batch_take", [ROWS, "j1024 256"], grad=[]),
    Call("pick", [(4096, 1000), "i999 4096"], grad=[0]),
    Call("one_hot", ["i999 4096"], {"depth": 1000}, grad=[]),
    Call("gather_nd", [(1000, 64), "i999 1x8192"], grad=[0]),
    Call("scatter_nd", [(8192, 64), "i999 1x8192"], {"shape": (1000, 64)}, grad=[0]),
    Call("topk", [ROWS], {"k": 10, "ret_typ": "value"}),
    Call("sort", [ROWS], grad=[]),  # the backward of 1.9.1 does not read its own attributes
    Call("argsort", [ROWS], grad=[]),
    Call("SequenceMask", [(100, 64, 128), "i99 64"], {"use_sequence_length": True}, grad=[0]),
    Call("SequenceReverse", [(100, 64, 128), "i99 64"], {"use_sequence_length": True}, grad=[0]),
    Call("SequenceLast", [(100, 64, 128), "i99 64"], {"use_sequence_length": True}, grad=[0]),
    Call("contrib.boolean_mask", [ROWS, "i2 256"], grad=[0]),
    Call("contrib.index_copy", [ROWS, "i255 32", (32, 1024)], grad=[]),
    Call("contrib.arange_like", [ROWS], {"axis": 1}, grad=[]),
]

NEURAL = [
    Call("FullyConnected", [(128, 1024), (1024, 1024), (1024,)], {"num_hidden": 1024}),
    Call("Convolution", [IMAGES, (64, 64, 3, 3), (64,)], {"kernel": (3, 3), "pad": (1, 1), "num_filter": 64}),
    Call(
        "Convolution",
        [(16, 256, 14, 14), (512, 256, 1, 1)],
        {"kernel": (1, 1), "stride": (2, 2), "num_filter": 512, "no_bias": True},
        label="Convolution (1x1)",
    ),
    Call(
        "Convolution",
        [IMAGES, (64, 1, 3, 3)],
        {"kernel": (3, 3), "pad": (1, 1), "num_filter": 64, "num_group": 64, "no_bias": True},
        label="Convolution (depthwise)",
    ),
    Call(
        "Convolution", [(32, 64, 256), (64, 64, 3), (64,)], {"kernel": (3,), "num_filter": 64}, label="Convolution (1D)"
    ),
    Call(
        "Deconvolution",
        [(16, 64, 16, 16), (64, 32, 4, 4)],
        {"kernel": (4, 4), "stride": (2, 2), "pad": (1, 1), "num_filter": 32},
    ),
    Call("Pooling", [IMAGES], {"kernel": (2, 2), "stride": (2, 2), "pool_type": "max"}),
    Call("Pooling", [IMAGES], {"kernel": (3, 3), "stride": (2, 2), "pool_type": "avg"}, label="Pooling (avg)"),
    Call("Pooling", [IMAGES], {"global_pool": True, "pool_type": "avg"}, label="Pooling (global)"),
    Call("BatchNorm", [IMAGES, "u 64", (64,), (64,), "u 64"], {"fix_gamma": False}, grad=[0, 1, 2]),
    Call("LayerNorm", [(4096, 512), (512,), (512,)]),
    Call("InstanceNorm", [IMAGES, (64,), (64,)]),
    Call("GroupNorm", [IMAGES, (8,), (8,)], {"num_groups": 8}),
    Call("LRN", [(16, 64, 28, 28)], {"nsize": 5}),
    Call("Dropout", [ROWS], {"p": 0.5, "mode": "always"}),
    Call("softmax", [(1024, 1000)]),
    Call("log_softmax", [(1024, 1000)]),
    Call("softmin", [(1024, 1000)]),
    Call("SoftmaxActivation", [(1024, 1000)]),
    Call("SoftmaxOutput", [(1024, 1000), "i999 1024"], grad=[0]),
    Call("softmax_cross_entropy", [(1024, 1000), "i999 1024"], grad=[0]),
    *family("LinearRegressionOutput LogisticRegressionOutput MAERegressionOutput", [ROWS, ROWS], grad=[0]),
    Call("SVMOutput", [(256, 100), "i99 256"], grad=[0]),
    Call("MakeLoss", [ROWS]),
    Call("CTCLoss", [(60, 32, 40), "i39 32x12"], grad=[0]),
    Call("UpSampling", [(16, 64, 28, 28)], {"scale": 2, "sample_type": "nearest"}),
    Call("BilinearSampler", [(8, 32, 48, 48), (8, 2, 48, 48)]),
    Call("GridGenerator", [(16, 6)], {"transform_type": "affine", "target_shape": (64, 64)}),
    Call(
        "SpatialTransformer",
        [(8, 32, 48, 48), (8, 6)],
        {"transform_type": "affine", "sampler_type": "bilinear", "target_shape": (48, 48)},
    ),
    Call("Correlation", [(4, 16, 32, 32), (4, 16, 32, 32)], {"max_displacement": 4, "pad_size": 4}),
    Call("im2col", [(8, 64, 28, 28)], {"kernel": (3, 3), "pad": (1, 1)}),
    Call(
        "RNN",
        [(35, 32, 200), (2 * (4 * 200 * 400 + 1600),), (2, 32, 200), (2, 32, 200)],
        {"mode": "lstm", "state_size": 200, "num_layers": 2},
        label="RNN (lstm, 2 layers)",
    ),
    Call(
        "RNN",
        [(35, 32, 200), (3 * 200 * 400 + 1200,), (1, 32, 200)],
        {"mode": "gru", "state_size": 200, "num_layers": 1},
        label="RNN (gru)",
    ),
    Call("contrib.div_sqrt_dim", [(64, 128, 128)]),
    Call("contrib.interleaved_matmul_selfatt_qk", [(128, 16, 3 * 512)], {"heads": 8}),
    Call("contrib.AdaptiveAvgPooling2D", [IMAGES], {"output_size": (7, 7)}),
    Call("contrib.BilinearResize2D", [(16, 32, 32, 32)], {"height": 64, "width": 64}),
    Call("contrib.quadratic", [ROWS], {"a": 1.0, "b": 2.0, "c": 3.0}),
]

DETECTION = [
    Call("contrib.MultiBoxPrior", [(1, 256, 38, 38)], {"sizes": (0.1, 0.14), "ratios": (1.0, 2.0, 0.5)}, grad=[]),
    Call("contrib.MultiBoxTarget", ["b 1x2000x4", "bl 8x5x5", (8, 5, 2000)], grad=[]),
    Call("contrib.MultiBoxDetection", ["u 4x5x2000", (4, 8000), "b 1x2000x4"], grad=[]),
    Call("contrib.box_iou", ["b 500x4", "b 500x4"], grad=[]),
    Call("contrib.box_nms", ["bs 8x500x6"], {"overlap_thresh": 0.5}, grad=[]),
    Call("ROIPooling", [(2, 64, 38, 50), "r 64x5"], {"pooled_size": (7, 7), "spatial_scale": 0.0625}, grad=[0]),
    Call("contrib.ROIAlign", [(2, 64, 38, 50), "r 64x5"], {"pooled_size": (7, 7), "spatial_scale": 0.0625}, grad=[0]),
    Call(
        "contrib.DeformableConvolution",
        [(4, 32, 28, 28), (4, 18, 28, 28), (32, 32, 3, 3), (32,)],
        {"kernel": (3, 3), "pad": (1, 1), "num_filter": 32},
    ),
]

IMAGE = [
    Call("image.to_tensor", ["y255 224x224x3"], grad=[]),
    Call("image.normalize", ["u 3x224x224"], {"mean": (0.4, 0.4, 0.4), "std": (0.2, 0.2, 0.2)}, grad=[]),
    Call("image.resize", ["y255 256x256x3"], {"size": (224, 224)}, grad=[]),
    Call("image.crop", ["y255 256x256x3"], {"x": 16, "y": 16, "width": 224, "height": 224}, grad=[]),
    Call("image.flip_left_right", ["y255 224x224x3"], grad=[]),
]

RANDOM = [
    *family("random.uniform random.normal random.exponential random.poisson random.gamma", [], {"shape": ROWS}),
    Call("random.randint", [], {"low": 0, "high": 100, "shape": ROWS}),
    Call("sample_multinomial", ["p 256x1000"], {"shape": 8}, grad=[]),
    Call("sample_normal", ["u 256", "u 256"], {"shape": (1024,)}, grad=[]),
    Call("shuffle", [ROWS], grad=[]),
]

WEIGHTS = (1024, 1024)
UPDATES = [
    Call("sgd_update", [WEIGHTS, WEIGHTS], {"lr": 0.01, "wd": 1e-4}, grad=[]),
    Call("sgd_mom_update", [WEIGHTS] * 3, {"lr": 0.01, "momentum": 0.9, "wd": 1e-4}, grad=[]),
    Call("nag_mom_update", [WEIGHTS] * 3, {"lr": 0.01, "momentum": 0.9}, grad=[]),
    Call("adam_update", [WEIGHTS, WEIGHTS, WEIGHTS, "u 1024x1024"], {"lr": 0.001}, grad=[]),
    Call("rmsprop_update", [WEIGHTS, WEIGHTS, "u 1024x1024"], {"lr": 0.001}, grad=[]),
    Call("ftrl_update", [WEIGHTS, WEIGHTS, WEIGHTS, "u 1024x1024"], {"lr": 0.01}, grad=[]),
    Call("signum_update", [WEIGHTS] * 3, {"lr": 0.01, "momentum": 0.9}, grad=[]),
    Call("multi_sum_sq", [WEIGHTS, WEIGHTS], {"num_arrays": 2}, grad=[]),
    Call("all_finite", [WEIGHTS], grad=[]),
]

CALLS = [*ELEMENTWISE, *REDUCE, *MATRIX, *INDEXING, *NEURAL, *DETECTION, *IMAGE, *RANDOM, *UPDATES]
