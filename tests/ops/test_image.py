"""Image operators: what no sample can say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import ArgumentError, AutogradError, FormatError, MissingFileError, ShapeError

cv2 = pytest.importorskip("cv2")
CHANGES = ("brightness", "contrast", "saturation", "hue")


def picture(*shape: int, dtype: str = "uint8") -> mx.nd.NDArray:
    return mx.nd.array(np.random.RandomState(0).randint(0, 256, shape), dtype=dtype)


def encoded(ending: str, *shape: int) -> np.ndarray:
    return cv2.imencode(ending, np.random.RandomState(0).randint(0, 256, shape).astype("uint8"))[1].ravel()


def test_opencv_is_imported_when_first_needed() -> None:
    code = "import sys, mxnet as mx; mx.nd.image.flip_left_right; mx.image.imread; sys.exit('cv2' in sys.modules)"
    sources = {**os.environ, "PYTHONPATH": str(Path(mx.__file__).parents[1])}
    assert subprocess.run([sys.executable, "-c", code], env=sources).returncode == 0


@pytest.mark.parametrize("shape", [(4, 5, 3), (3, 2, 1), (4, 6, 3)])
def test_flips_are_numpys_in_every_row_and_column(shape: tuple[int, ...]) -> None:
    data = picture(*shape)
    np.testing.assert_array_equal(mx.nd.image.flip_left_right(data).asnumpy(), data.asnumpy()[:, ::-1])
    np.testing.assert_array_equal(mx.nd.image.flip_top_bottom(data).asnumpy(), data.asnumpy()[::-1])


@pytest.mark.parametrize(("name", "axis"), [("random_flip_left_right", 1), ("random_flip_top_bottom", 0)])
def test_random_flips_mirror_half_of_the_images(name: str, axis: int) -> None:
    mx.random.seed(1)
    data = picture(3, 4, 3)
    plain, mirrored = data.asnumpy(), np.flip(data.asnumpy(), axis)
    seen = [getattr(mx.nd.image, name)(data).asnumpy() for _ in range(200)]
    assert all(np.array_equal(s, plain) or np.array_equal(s, mirrored) for s in seen)
    assert 70 < sum(np.array_equal(s, mirrored) for s in seen) < 130


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_seed_draws_the_same_factor(change: str) -> None:
    data = picture(3, 4, 3, dtype="float32")
    results = []
    for seed in (3, 3, 4):
        mx.random.seed(seed)
        results.append(getattr(mx.nd.image, f"random_{change}")(data, 0.5, 1.5).asnumpy())
    np.testing.assert_array_equal(results[0], results[1])
    assert (results[0] != results[2]).any()


def test_factors_are_from_all_of_their_range() -> None:
    mx.random.seed(2)
    data = mx.nd.full((1, 1, 3), 100.0)
    seen = np.array([mx.nd.image.random_brightness(data, 0.5, 1.5)[0, 0, 0].asscalar() for _ in range(400)])
    assert 50 <= seen.min() < 53 and 147 < seen.max() <= 150 and abs(seen.mean() - 100) < 6


def test_saturation_mixes_with_the_gray_of_each_pixel() -> None:
    data = picture(5, 6, 3, dtype="float32")
    gray = (data.asnumpy() * (0.299, 0.587, 0.114)).sum(-1, keepdims=True)
    got = mx.nd.image.random_saturation(data, 0.25, 0.25).asnumpy()
    np.testing.assert_allclose(got, data.asnumpy() * 0.25 + gray * 0.75, rtol=1e-5)


@pytest.mark.parametrize("change", CHANGES)
def test_gradients_of_colour_changes_are_those_of_the_values(change: str) -> None:
    data = picture(2, 3, 3, dtype="float64")
    data.attach_grad()
    direction = np.random.RandomState(1).randn(2, 3, 3)
    with mx.autograd.record():
        out = getattr(mx.nd.image, f"random_{change}")(data, 0.7, 0.7)
    out.backward(mx.nd.array(direction, dtype="float64"))
    step = np.random.RandomState(2).randn(2, 3, 3)

    def value(by: float) -> float:
        moved = mx.nd.array(data.asnumpy() + by * step, dtype="float64")
        return float((getattr(mx.nd.image, f"random_{change}")(moved, 0.7, 0.7).asnumpy() * direction).sum())

    assert (data.grad.asnumpy() * step).sum() == pytest.approx((value(1e-4) - value(-1e-4)) / 2e-4, rel=1e-4)


def test_colour_jitter_of_nothing_changes_nothing() -> None:
    data = picture(4, 5, 3)
    np.testing.assert_array_equal(mx.nd.image.random_color_jitter(data, 0, 0, 0, 0).asnumpy(), data.asnumpy())


def test_colour_jitter_changes_in_any_order() -> None:
    mx.random.seed(5)
    data = mx.nd.array([[[200, 100, 50]]], dtype="uint8")
    seen = {tuple(mx.nd.image.random_color_jitter(data, 0.4, 0.4, 0.4, 0.2).asnumpy().ravel()) for _ in range(50)}
    assert len(seen) > 40


@pytest.mark.parametrize("alpha", [0.0, 0.1])
def test_one_channel_has_no_hue_and_no_colour_of_light(alpha: float) -> None:
    data = picture(4, 5, 1)
    for result in (mx.nd.image.random_hue(data, alpha, alpha), mx.nd.image.random_lighting(data, alpha)):
        np.testing.assert_array_equal(result.asnumpy(), data.asnumpy())


def test_random_light_has_the_deviation_that_is_asked_for() -> None:
    mx.random.seed(3)
    data = mx.nd.zeros((1, 1, 3))
    first = mx.nd.image.adjust_lighting(data, (1, 0, 0)).asnumpy().ravel()
    seen = np.array([mx.nd.image.random_lighting(data, 0.5).asnumpy().ravel() for _ in range(500)])
    assert seen.std(0) == pytest.approx(0.5 * np.abs(first), rel=0.15)


@pytest.mark.parametrize("interp", range(5))
def test_numbers_of_eight_bits_with_a_sign_are_resized_too(interp: int) -> None:
    bright = picture(6, 5, 3)
    data = mx.nd.array(bright.asnumpy().astype("int16") - 128, dtype="int8")
    for made in (mx.nd.image.resize(data, (4, 7), False, interp), mx.image.imresize(data, 4, 7, interp)):
        assert made.dtype == np.int8
        want = mx.nd.image.resize(bright, (4, 7), False, interp).asnumpy().astype("float64") - 128
        np.testing.assert_allclose(made.asnumpy(), want, atol=1)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "float32", "float64"])
@pytest.mark.parametrize("interp", range(5))
def test_images_of_a_batch_are_resized_one_by_one(dtype: str, interp: int) -> None:
    batch = picture(3, 6, 5, 3, dtype=dtype)
    whole = mx.nd.image.resize(batch, (4, 7), False, interp).asnumpy()
    for i in range(3):
        np.testing.assert_array_equal(whole[i], mx.nd.image.resize(batch[i], (4, 7), False, interp).asnumpy())


def test_bilinear_resizing_on_another_device_agrees_with_opencv() -> None:
    from mxnet._kernels.image_cv import _bilinear

    for dtype, tolerance in (("uint8", 1), ("float32", 1e-2), ("float64", 1e-2)):
        data = picture(2, 9, 11, 3, dtype=dtype)
        want = mx.nd.image.resize(data, (5, 14)).asnumpy().astype("float64")
        np.testing.assert_allclose(_bilinear(data._data, 5, 14).numpy().astype("float64"), want, atol=tolerance)


def test_a_gradient_through_resizing_is_refused_when_asked_for() -> None:
    data = picture(4, 5, 3, dtype="float32")
    data.attach_grad()
    with mx.autograd.record():
        out = mx.nd.image.resize(data, 2)
    with pytest.raises(AutogradError, match="_image_resize has no gradient"):
        out.backward()


def test_symbols_infer_the_size_of_crops_and_resizes() -> None:
    part = mx.sym.image.crop(mx.sym.Variable("x"), 1, 1, 4, 2)
    made = mx.sym.image.to_tensor(mx.sym.image.resize(part, (6, 5)))
    assert made.infer_shape(x=(7, 8, 3))[1] == [(3, 5, 6)]


@pytest.mark.parametrize("ending", [".png", ".bmp", ".tiff"])
def test_decoding_gives_red_green_blue_unless_told_otherwise(ending: str) -> None:
    buf = encoded(ending, 4, 5, 3)
    want = np.random.RandomState(0).randint(0, 256, (4, 5, 3)).astype("uint8")
    data = mx.nd.array(buf, dtype="uint8")
    np.testing.assert_array_equal(mx.nd._internal._cvimdecode(data, to_rgb=False).asnumpy(), want)
    np.testing.assert_array_equal(mx.nd._internal._cvimdecode(data).asnumpy(), want[:, :, ::-1])
    assert mx.nd._internal._cvimdecode(data, flag=0).shape == (4, 5, 1)


@pytest.mark.parametrize("cut", [0, 3, 20, -20])
def test_truncated_and_broken_files_are_errors_that_say_so(cut: int, tmp_path: Path) -> None:
    content = encoded(".png", 40, 50, 3)[: cut or None].copy()
    if not cut:
        content[8:60] = 255
    place = tmp_path / "broken.png"
    place.write_bytes(content.tobytes())
    with pytest.raises(FormatError, match="broken.png.*decoding failed"):
        mx.nd._internal._cvimread(str(place))


def test_a_header_that_promises_too_many_pixels_is_an_error() -> None:
    content = bytearray(encoded(".bmp", 4, 4, 3).tobytes())
    content[18:26] = (2**30).to_bytes(4, "little") * 2
    with pytest.raises(FormatError, match="decoding failed"):
        mx.image.imdecode(bytes(content))


def test_a_file_that_is_not_there_is_an_error_of_both_kinds() -> None:
    with pytest.raises(MissingFileError, match="nowhere.png") as caught:
        mx.nd._internal._cvimread("nowhere.png")
    assert isinstance(caught.value, FileNotFoundError) and isinstance(caught.value, mx.MXNetError)


def test_the_shape_of_a_file_is_not_known_to_a_symbol() -> None:
    made = mx.sym._internal._cvimdecode(mx.sym.Variable("buf"))
    with pytest.raises(ShapeError, match="only from its bytes"):
        made.infer_shape(buf=(100,))


def test_borders_too_large_are_refused_before_memory_is_asked_for() -> None:
    with pytest.raises(ArgumentError, match="elements"):
        mx.nd._internal._cvcopyMakeBorder(picture(4, 5, 3), 2**30, 0, 2**30, 0)


def test_the_old_imdecode_clips_subtracts_a_mean_and_fills_a_slice() -> None:
    content = encoded(".png", 6, 7, 3).tobytes()
    want = mx.image.imdecode(content).asnumpy().transpose(2, 0, 1).astype("float32")
    np.testing.assert_array_equal(mx.nd.imdecode(content).asnumpy(), want)
    part = mx.nd.imdecode(content, (1, 2, 4, 5), mean=mx.nd.ones((3, 3, 3))).asnumpy()
    np.testing.assert_array_equal(part, want[:, 2:5, 1:4] - 1)
    batch = mx.nd.zeros((2, 3, 6, 7))
    assert mx.nd.imdecode(content, out=batch, index=1) is batch
    np.testing.assert_array_equal(batch.asnumpy(), [np.zeros_like(want), want])
    assert mx.nd.imdecode(content, channels=1).shape == (1, 6, 7)
    np.testing.assert_array_equal(mx.nd._internal._imdecode(str_img=content).asnumpy(), want)
    with pytest.raises(ArgumentError, match="not inside the image"):
        mx.nd.imdecode(content, (1, 2, 9, 5))
    with pytest.raises(ShapeError, match="mean has shape"):
        mx.nd.imdecode(content, mean=mx.nd.ones((3, 3, 3)))
