"""Calls of the operators of images."""

from __future__ import annotations

import struct

import numpy as np
from sample import Bad, Sample, normal


def picture(*shape: int, dtype: str = "uint8", seed: int = 0) -> np.ndarray:
    """Pixels from 0 to 255."""
    return np.random.RandomState(seed + sum(shape)).randint(0, 256, shape).astype(dtype)


def bitmap(height: int, width: int) -> np.ndarray:
    """The bytes of a BMP file, which all versions of OpenCV read."""
    pad = -3 * width % 4
    size = (3 * width + pad) * height
    head = struct.pack("<2sIIIIiiHHIIiiII", b"BM", 54 + size, 0, 54, 40, width, height, 1, 24, 0, size, 0, 0, 0, 0)
    rows = np.pad(picture(height, 3 * width), ((0, 0), (0, pad)))
    return np.concatenate([np.frombuffer(head, np.uint8), rows.ravel()])


DTYPES = ("uint8", "float32", "float64")
CHANGES = ("brightness", "contrast", "saturation", "hue")


def exact(dtype: str) -> dict:
    """What float64 is compared by."""
    return {"rtol": 2e-5, "why": "1.9.1 computes in float32"} if dtype == "float64" else {}


SAMPLES = [
    # symbol: infer_type() knows no shapes, and takes the dtype of the output for that of the input
    *[Sample("_image_to_tensor", [picture(*shape)], symbol=False) for shape in ((4, 5, 3), (1, 1, 1), (2, 4, 5, 3))],
    Sample("_image_to_tensor", [picture(3, 2, 4, dtype="int32")], symbol=False),
    Sample("_image_to_tensor", [picture(3, 2, 4, dtype="float32")], wrt=()),
    *[
        Sample("_image_normalize", [normal(*shape)], attrs)
        for shape in ((3, 4, 5), (2, 3, 4, 5))
        for attrs in ({"mean": (0.1, 0.2, 0.3), "std": (1.0, 2.0, 3.0)}, {"mean": (0.5,), "std": (0.25,)})
    ],
    # it refuses its own defaults, which are four numbers
    Sample("_image_normalize", [normal(3, 4, 5)], here=True),
    *[
        Sample("_image_crop", [picture(*shape, dtype=dtype)], {"x": 1, "y": 2, "width": 3, "height": 2})
        for shape in ((5, 4, 3), (2, 4, 4, 1))
        for dtype in (*DTYPES, "float16", "int8", "int32", "int64")
    ],
    Sample("_image_crop", [picture(4, 5, 3, dtype="float32")], {"x": 0, "y": 0, "width": 5, "height": 4}),
    # its gradients are not mirrored, and the middle of odd sizes is not written
    *[
        Sample(f"_image_flip_{way}", [picture(4, 6, channels, dtype=dtype)], wrt=())
        for way in ("left_right", "top_bottom")
        for channels in (1, 3)
        for dtype in (*DTYPES, "float16", "int32")
    ],
    *[
        Sample(f"_image_flip_{way}", [picture(*shape, dtype="float32")], wrt=(0,), here=True)
        for way in ("left_right", "top_bottom")
        for shape in ((4, 5, 3), (3, 2, 1), (1, 1, 3))
    ],
    *[
        Sample(f"_image_random_flip_{way}", [picture(4, 6, 3, dtype=dtype)], shape_only=True)
        for way in ("left_right", "top_bottom")
        for dtype in DTYPES
    ],
    # the least factor being the most, there is no chance in them; gradients of 1.9.1 are one wherever they are
    *[
        Sample(
            f"_image_random_{change}",
            [picture(6, 7, 3, dtype=dtype)],
            {"min_factor": f, "max_factor": f},
            wrt=(),
            **exact(dtype),
            **more,
        )
        for change, more in (("brightness", {}), ("contrast", {}), ("hue", {}), ("saturation", {"here": True}))
        for f in (0.0, 0.3, 1.0, 1.5)
        for dtype in (*DTYPES, "int32")
    ],
    Sample("_image_random_saturation", [picture(6, 7, 3)], {"min_factor": 1.0, "max_factor": 1.0}),
    *[
        Sample(f"_image_random_{change}", [picture(6, 7, 1)], {"min_factor": 0.5, "max_factor": 0.5})
        for change in ("brightness", "contrast", "saturation")
    ],
    Sample("_image_random_hue", [picture(6, 7, 1)], {"min_factor": 0.5, "max_factor": 0.5}, here=True),
    *[
        Sample(f"_image_random_{change}", [picture(4, 5, 3)], {"min_factor": 0.5, "max_factor": 1.5}, shape_only=True)
        for change in CHANGES
    ],
    *[
        Sample("_image_adjust_lighting", [picture(6, 7, 3, dtype=dtype)], {"alpha": alpha}, wrt=(), **exact(dtype))
        for dtype in (*DTYPES, "float16", "int32")
        for alpha in ((0.0, 0.0, 0.0), (0.3, -0.2, 0.1), (1.0, 2.0, 3.0, 4.0))
    ],
    Sample("_image_adjust_lighting", [picture(3, 4, 3, dtype="float32")], {"alpha": (1.0, 0.5, 0.2)}, (0,), here=True),
    Sample("_image_adjust_lighting", [picture(3, 4, 1)], {"alpha": (0.3, -0.2, 0.1)}, here=True),
    Sample("_image_random_lighting", [picture(4, 5, 3)], {"alpha_std": 0.0}),
    Sample("_image_random_lighting", [picture(4, 5, 3)], shape_only=True),
    *[
        Sample(
            "_image_random_color_jitter",
            [picture(4, 5, 3, dtype=dtype)],
            {"brightness": 0.1, "contrast": 0.2, "saturation": 0.3, "hue": 0.4},
            shape_only=True,
        )
        for dtype in DTYPES
    ],
    *[
        Sample(
            "_image_resize", [picture(*shape, dtype=dtype)], {"size": size, "interp": interp}, wrt=(), **exact(dtype)
        )
        for shape, size in (((5, 7, 3), (3, 4)), ((2, 5, 7, 1), (9,)), ((4, 4, 2), (2, 2)))
        for interp in (0, 1, 2, 3, 4)
        for dtype in DTYPES
        if (interp, dtype) != (2, "uint8")  # of OpenCV's versions some round such pixels up, some down
    ],
    *[
        Sample("_image_resize", [picture(*shape)], {"size": size, "keep_ratio": True})
        for shape, size in (((5, 7, 3), (3,)), ((7, 5, 3), (3,)), ((5, 7, 3), (3, 4)), ((7, 30, 1), (2,)))
    ],
    Sample("_image_resize", [picture(5, 7, 3, dtype="int32")], {"size": 3, "interp": 0}),
    *[Sample("_cvimresize", [picture(5, 7, c)], {"w": 4, "h": 3, "interp": 1}) for c in (1, 2, 3, 4, 5)],
    Sample("_cvimresize", [picture(5, 7, 3, dtype="float32")], {"w": 9, "h": 8}, wrt=()),
    *[
        Sample(
            "_cvcopyMakeBorder",
            [picture(5, 6, 3, dtype=dtype)],
            {"top": 1, "bot": 2, "left": 3, "right": 0, "type": kind, "value": 3.5},
            wrt=(),
        )
        for kind in range(5)
        for dtype in (*DTYPES, "int32")
    ],
    *[
        Sample("_cvcopyMakeBorder", [picture(5, 6, 3)], {"top": 1, "bot": 0, "left": 0, "right": 1, "values": values})
        for values in ((1.0, 2.6, 300.0), (7.0,), (1.0, 2.0, 3.0, 4.0, 5.0))
    ],
    *[
        Sample("_cvimdecode", [bitmap(4, 5)], {"flag": flag, "to_rgb": rgb}, symbol=False)
        for flag in (0, 1)
        for rgb in (True, False)
    ],
    Sample("_cvimdecode", [bitmap(4, 5).reshape(1, -1)], symbol=False),
]

BAD = [
    Bad("_image_to_tensor", [normal(2, 3)], {}, "ShapeError", r"\(2, 3\).*height, width"),
    Bad("_image_normalize", [normal(3, 4)], {}, "ShapeError", r"\(3, 4\)"),
    Bad("_image_normalize", [normal(3, 2, 2)], {"mean": (1.0, 2.0)}, "ShapeError", "expected 1 or 3 numbers"),
    Bad("_image_normalize", [normal(4, 2, 2)], {"mean": (0.5,), "std": (1.0,)}, "ShapeError", "4 channels"),
    Bad("_image_normalize", [normal(2, 2, 5, 5)], {"mean": (0.5,), "std": (1.0,)}, "ShapeError", "2 channels"),
    Bad("_image_normalize", [normal(4, 5, 3)], {"mean": (0.5,), "std": (1.0,)}, "ShapeError", r"ToTensor\(\)"),
    Bad("_image_crop", [picture(4, 5, 3)], {"x": 3, "y": 0, "width": 3, "height": 1}, "ArgumentError", "x 3"),
    Bad(
        "_image_crop", [picture(4, 5, 3)], {"x": 0, "y": 0, "width": 0, "height": 1}, "ArgumentError", "greater than 0"
    ),
    Bad("_image_crop", [picture(4, 5, 4)], {"x": 0, "y": 0, "width": 1, "height": 1}, "ShapeError", "1 or 3 channels"),
    Bad("_image_crop", [picture(4, 5)], {"x": 0, "y": 0, "width": 1, "height": 1}, "ShapeError", r"\(4, 5\)"),
    Bad("_image_crop", [picture(4, 5, 3)], {"x": 0}, "ArgumentError", "Required parameter y"),
    *[
        Bad(f"_image_{name}", [picture(2, 4, 5, 3)], {}, "ShapeError", r"\(2, 4, 5, 3\)")
        for name in ("flip_left_right", "flip_top_bottom", "random_flip_left_right", "random_flip_top_bottom")
    ],
    *[
        Bad(
            f"_image_random_{change}",
            [picture(4, 5, 3)],
            {"min_factor": -1.0, "max_factor": 1.0},
            "ArgumentError",
            "min",
        )
        for change in CHANGES
    ],
    *[
        Bad(
            f"_image_random_{change}",
            [picture(4, 5, 2)],
            {"min_factor": 1.0, "max_factor": 1.0},
            "ShapeError",
            "1 or 3",
        )
        for change in CHANGES
    ],
    Bad("_image_adjust_lighting", [picture(4, 5, 3)], {"alpha": (1.0, 2.0)}, "ArgumentError", "three numbers"),
    Bad("_image_resize", [picture(4, 5, 3)], {}, "ArgumentError", "size"),
    Bad("_image_resize", [picture(4, 5, 3)], {"size": 0}, "ArgumentError", "greater than 0"),
    Bad("_image_resize", [picture(4, 5, 3)], {"size": (2, -3)}, "ArgumentError", "-3"),
    Bad("_image_resize", [picture(4, 5, 3)], {"size": (2, 3, 4)}, "ArgumentError", "two"),
    Bad("_image_resize", [picture(4, 5, 3)], {"size": 100000}, "ArgumentError", "30000000000 elements"),
    Bad("_image_resize", [picture(4, 5, 3)], {"size": 2, "interp": 9}, "ArgumentError", "OpenCV"),
    Bad("_image_resize", [picture(4, 5)], {"size": 2}, "ShapeError", r"\(4, 5\)"),
    Bad("_image_resize", [picture(4, 5, 3, dtype="float16")], {"size": 2}, "DTypeError", "float16"),
    Bad("_image_resize", [picture(4, 5, 3, dtype="int32")], {"size": 2}, "ArgumentError", "int32"),
    Bad("_cvimresize", [picture(4, 5, 3)], {"w": 0, "h": 3}, "ArgumentError", "w"),
    Bad("_cvimresize", [picture(4, 5)], {"w": 1, "h": 3}, "ShapeError", r"\(4, 5\)"),
    Bad(
        "_cvcopyMakeBorder",
        [picture(0, 6, 3)],
        {"top": 1, "bot": 0, "left": 0, "right": 1, "type": 1},
        "ShapeError",
        "no pixel to repeat",
    ),
    Bad(
        "_cvcopyMakeBorder",
        [picture(4, 5, 3)],
        {"top": -1, "bot": 0, "left": 0, "right": 0},
        "ArgumentError",
        "none below 0",
    ),
    Bad(
        "_cvcopyMakeBorder",
        [picture(4, 5, 3)],
        {"top": 1, "bot": 0, "left": 0, "right": 0, "type": 5},
        "ArgumentError",
        "OpenCV",
    ),
    Bad("_cvimdecode", [np.frombuffer(b"no image", np.uint8)], {}, "FormatError", "8 bytes are not an image"),
    Bad("_cvimdecode", [bitmap(4, 5).astype("float32")], {}, "DTypeError", "float32.*uint8"),
    Bad("_cvimread", [], {"filename": "no such file.png"}, "MissingFileError", "no such file.png"),
]
