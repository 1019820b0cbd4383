"""mx.image: sizes, parts and rotation of images."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError

pytest.importorskip("cv2")


def counted(height: int, width: int, channels: int = 3) -> mx.nd.NDArray:
    return mx.nd.array(np.arange(height * width * channels).reshape(height, width, channels) % 256, dtype="uint8")


def test_a_file_and_its_bytes_are_the_same_image(tmp_path: Path) -> None:
    import cv2

    place = tmp_path / "image.png"
    cv2.imwrite(str(place), counted(5, 6).asnumpy())
    read = mx.image.imread(place)
    content = place.read_bytes()
    for kind in (content, bytearray(content), np.frombuffer(content, np.uint8)):
        np.testing.assert_array_equal(mx.image.imdecode(kind).asnumpy(), read.asnumpy())
    np.testing.assert_array_equal(mx.image.imread(place, 1, 0).asnumpy(), counted(5, 6).asnumpy())
    out = mx.nd.zeros((5, 6, 3), dtype="uint8")
    assert mx.image.imread(str(place), out=out) is out
    np.testing.assert_array_equal(out.asnumpy(), read.asnumpy())


@pytest.mark.parametrize("wrong", ["text", memoryview(b"x"), [1, 2]])
def test_decoding_takes_bytes_only(wrong: object) -> None:
    with pytest.raises(ValueError, match="must be of type bytes"):
        mx.image.imdecode(wrong)


def test_no_bytes_at_all_are_an_mxnet_error() -> None:
    with pytest.raises(mx.MXNetError, match="empty"):
        mx.image.imdecode(b"")


@pytest.mark.parametrize(
    ("source", "size", "want"),
    [
        ((640, 480), (720, 120), (640, 106)),
        ((360, 1000), (480, 500), (360, 375)),
        ((300, 400), (0, 0), (0, 0)),
        ((10, 10), (3, 3), (3, 3)),
    ],
)
def test_scale_down_keeps_proportions(source: tuple, size: tuple, want: tuple) -> None:
    assert mx.image.scale_down(source, size) == want


@pytest.mark.parametrize(("size", "want"), [(3, (3, 4, 3)), (10, (10, 13, 3))])
def test_resize_short_sets_the_shorter_edge(size: int, want: tuple) -> None:
    assert mx.image.resize_short(counted(6, 8), size).shape == want
    assert mx.image.resize_short(counted(8, 6), size).shape == (want[1], want[0], 3)


def test_interpolation_9_suits_the_change_of_size() -> None:
    image = counted(6, 8)
    for size, method in (((16, 12), 2), ((4, 3), 3), ((16, 3), 1)):
        chosen = mx.image.imresize(image, *size, interp=9).asnumpy()
        np.testing.assert_array_equal(chosen, mx.image.imresize(image, *size, interp=method).asnumpy())
    assert mx.image.imresize(image, 4, 4, 10).shape == (4, 4, 3)
    with pytest.raises(ValueError, match="interp method 7"):
        mx.image.imresize(image, 4, 4, 7)


def test_parts_are_where_they_say() -> None:
    image = counted(6, 8)
    part, where = mx.image.center_crop(image, (4, 3))
    assert where == (2, 1, 4, 3)
    np.testing.assert_array_equal(part.asnumpy(), image.asnumpy()[1:4, 2:6])
    np.testing.assert_array_equal(mx.image.fixed_crop(image, 1, 2, 3, 4).asnumpy(), image.asnumpy()[2:6, 1:4])
    random.seed(0)
    for _ in range(20):
        part, (x, y, w, h) = mx.image.random_crop(image, (4, 3))
        np.testing.assert_array_equal(part.asnumpy(), image.asnumpy()[y : y + h, x : x + w])
        part, (x, y, w, h) = mx.image.random_size_crop(image, (2, 2), (0.2, 0.6), (0.75, 1.33))
        assert part.shape == (2, 2, 3) and x >= 0 and y >= 0 and x + w <= 8 and y + h <= 6


def test_a_part_does_not_share_memory_with_its_image() -> None:
    image = counted(6, 8)
    mx.image.fixed_crop(image, 0, 0, 2, 2)[:] = 7
    np.testing.assert_array_equal(image.asnumpy(), counted(6, 8).asnumpy())


def test_parts_by_chance_are_those_of_1_9_1_for_the_same_seed() -> None:
    random.seed(3)
    seen = [mx.image.random_size_crop(counted(6, 8), (4, 4), 0.3, (0.75, 1.3))[1] for _ in range(4)]
    assert seen == [(2, 1, 5, 5), (2, 2, 4, 4), (3, 2, 5, 4), (1, 0, 7, 5)]


def test_wrong_parts_and_arguments_are_told() -> None:
    with pytest.raises(ArgumentError, match="fixed_crop"):
        mx.image.fixed_crop(counted(6, 8), -1, 0, 2, 2)
    with pytest.raises(AssertionError, match="unexpected keyword"):
        mx.image.random_size_crop(counted(6, 8), (2, 2), 0.5, (1, 2), colour=1)


def test_color_normalize_writes_to_its_image() -> None:
    image = counted(2, 2).astype("float32")
    result = mx.image.color_normalize(image, mx.nd.array([1, 2, 3]), mx.nd.array([2, 2, 4]))
    want = (counted(2, 2).asnumpy().astype("float32") - (1, 2, 3)) / (2, 2, 4)
    np.testing.assert_allclose(result.asnumpy(), want)
    assert result is image


@pytest.mark.parametrize(
    ("degrees", "row", "column"), [(0, 1, 2), (90, 0, 1), (180, 1, 0), (270, 2, 1), (360, 1, 2), (-90, 2, 1)]
)
def test_rotation_is_counter_clockwise(degrees: int, row: int, column: int) -> None:
    image = mx.nd.zeros((1, 3, 3))
    image[0, 1, 2] = 1
    want = np.zeros((1, 3, 3))
    want[0, row, column] = 1
    np.testing.assert_allclose(mx.image.imrotate(image, degrees).asnumpy(), want, atol=1e-6)


def test_rotation_zooms_as_1_9_1() -> None:
    image = mx.nd.arange(12).reshape((1, 3, 4))
    plain = [[0.2692, 1.3852, 3.9689, 4.5814], [1.2010, 4.0670, 6.9330, 9.7990]]
    near = [[0.9255, 2.6311, 4.5010, 6.3710], [2.6951, 4.5651, 6.4349, 8.3049]]
    far = [[0.0, 0.4639, 3.1533, 0.0], [0.0, 3.3036, 7.6964, 4.7616]]
    for zoom, want in (({}, plain), ({"zoom_in": True}, near), ({"zoom_out": True}, far)):
        np.testing.assert_allclose(mx.image.imrotate(image, 30, **zoom).asnumpy()[0, :2], want, atol=2e-4)


def test_a_batch_turns_by_one_angle_or_by_one_each() -> None:
    images = mx.nd.random.uniform(shape=(3, 2, 5, 6))
    same = mx.image.imrotate(images, 20).asnumpy()
    each = mx.image.imrotate(images, mx.nd.array([20, 0, 50])).asnumpy()
    np.testing.assert_allclose(same[0], each[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(each[1], images[1].asnumpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(each[2], mx.image.imrotate(images[2], 50).asnumpy(), rtol=1e-4, atol=1e-5)
    assert mx.image.random_rotate(images, (-10, 10)).shape == images.shape


def test_gradients_flow_through_rotation() -> None:
    image = mx.nd.random.uniform(shape=(1, 5, 6))
    image.attach_grad()
    with mx.autograd.record():
        out = mx.image.imrotate(image, 15, zoom_in=True)
    out.backward()
    # the result is linear in the image
    assert (image.grad * image).sum().asscalar() == pytest.approx(out.sum().asscalar(), rel=1e-4)


def test_wrong_rotations_are_told() -> None:
    image = mx.nd.zeros((3, 4, 4))
    with pytest.raises(ArgumentError, match="cannot be both True"):
        mx.image.imrotate(image, 3, True, True)
    with pytest.raises(InputTypeError, match="scalar"):
        mx.image.imrotate(image, mx.nd.array([1.0]))
    with pytest.raises(DTypeError, match="float32"):
        mx.image.imrotate(image.astype("uint8"), 3)
    with pytest.raises(ArgumentError, match="2 rotation angles for 1 images"):
        mx.image.imrotate(image.expand_dims(0), mx.nd.array([1, 2]))


@pytest.mark.parametrize(
    ("interp", "sizes", "found"),
    [(3, (), 3), (9, (), 2), (9, (4, 4, 8, 8), 2), (9, (8, 8, 4, 4), 3), (9, (8, 4, 4, 8), 1)],
)
def test_transforms_of_other_packages_ask_for_the_interpolation(interp: int, sizes: tuple, found: int) -> None:
    assert mx.image.image._get_interp_method(interp, sizes) == found


def test_the_size_of_a_crop_is_of_two_numbers() -> None:
    with pytest.raises(TypeError, match=r"size must be \(width, height\), got 8"):
        mx.image.center_crop(mx.nd.ones((9, 9, 3)), 8)
