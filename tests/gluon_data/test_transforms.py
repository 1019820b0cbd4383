"""Transforms of images, and images in folders."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import ArgumentError, DTypeError, FormatError, MissingFileError
from mxnet.gluon.data import DataLoader
from mxnet.gluon.data.vision import ImageFolderDataset, transforms

cv2 = pytest.importorskip("cv2")


def picture(*shape: int, dtype: str = "uint8") -> mx.nd.NDArray:
    return mx.nd.array(np.random.RandomState(0).randint(0, 256, shape), dtype=dtype)


CALLS = [
    (transforms.Resize(4), (4, 4, 3)),
    (transforms.Resize((4, 5)), (5, 4, 3)),
    (transforms.Resize(3, keep_ratio=True, interpolation=2), (3, 4, 3)),
    (transforms.CropResize(1, 2, 3, 4), (4, 3, 3)),
    (transforms.CropResize(1, 2, 3, 4, 5), (5, 5, 3)),
    (transforms.CropResize(1, 2, 3, 4, (5, 6), 3), (6, 5, 3)),
    (transforms.CenterCrop(4), (4, 4, 3)),
    (transforms.CenterCrop((20, 10)), (10, 20, 3)),
    (transforms.RandomResizedCrop((4, 3)), (3, 4, 3)),
    (transforms.RandomFlipLeftRight(), (6, 8, 3)),
    (transforms.RandomFlipTopBottom(), (6, 8, 3)),
    (transforms.RandomBrightness(0.1), (6, 8, 3)),
    (transforms.RandomContrast(0.1), (6, 8, 3)),
    (transforms.RandomSaturation(0.1), (6, 8, 3)),
    (transforms.RandomHue(0.1), (6, 8, 3)),
    (transforms.RandomColorJitter(0.1, 0.1, 0.1, 0.1), (6, 8, 3)),
    (transforms.RandomLighting(0.1), (6, 8, 3)),
]


@pytest.mark.parametrize(("transform", "shape"), CALLS, ids=[type(t).__name__ + str(s) for t, s in CALLS])
def test_transforms_give_images_of_their_size_hybridized_too(transform: mx.gluon.Block, shape: tuple) -> None:
    data = picture(6, 8, 3)
    for _ in range(2):
        out = transform(data)
        assert out.shape == shape and out.dtype == np.uint8
        transform.hybridize()


def test_what_chance_changes_is_unchanged_by_amounts_of_zero() -> None:
    data = picture(6, 8, 3)
    for kind in ("Brightness", "Contrast", "Saturation"):
        out = getattr(transforms, f"Random{kind}")(0)(data)
        np.testing.assert_array_equal(out.asnumpy(), data.asnumpy())


def test_factors_of_a_transform_lie_about_one() -> None:
    mx.random.seed(0)
    data = mx.nd.full((1, 1, 3), 100.0)
    for amount, low, high in ((0.5, 50, 150), (2, 0, 300)):
        seen = [transforms.RandomBrightness(amount)(data)[0, 0, 0].asscalar() for _ in range(200)]
        assert low <= min(seen) < low + 20 and high - 20 < max(seen) <= high


def test_rotations_come_after_to_tensor() -> None:
    data = picture(6, 8, 3)
    tensor = transforms.ToTensor()(data)
    with pytest.raises(TypeError):
        transforms.Rotate(10)(data)
    np.testing.assert_array_equal(
        transforms.Rotate(10, zoom_in=True)(tensor).asnumpy(), mx.image.imrotate(tensor, 10, True).asnumpy()
    )
    random.seed(0)
    assert transforms.RandomRotation((-10, 10))(tensor).shape == tensor.shape
    assert transforms.RandomRotation((-10, 10), rotate_with_proba=0)(tensor) is tensor
    with pytest.raises(DTypeError, match="float32"):
        transforms.RandomRotation((-10, 10))(data)


@pytest.mark.parametrize("limits", [(2, 1), (2, 2)])
def test_limits_of_angles_are_in_order(limits: tuple) -> None:
    with pytest.raises(ArgumentError, match="least first"):
        transforms.RandomRotation(limits)


@pytest.mark.parametrize("chance", [-0.1, 1.1])
def test_a_probability_is_from_0_to_1(chance: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        transforms.RandomRotation((-1, 1), rotate_with_proba=chance)


def test_random_apply_holds_its_transform_and_applies_it_as_often_as_told() -> None:
    random.seed(0)
    maybe = transforms.RandomApply(transforms.Resize(2), 0.3)
    assert len(maybe) == 1 and isinstance(maybe[0], transforms.Resize)
    data = picture(6, 8, 3)
    count = sum(maybe(data).shape == (2, 2, 3) for _ in range(300))
    assert 60 < count < 120


def test_a_chain_of_all_kinds_runs() -> None:
    chain = transforms.Compose(
        [transforms.Resize(20), transforms.CenterCrop(16), *(t for t, s in CALLS if s == (6, 8, 3))]
        + [transforms.ToTensor(), transforms.RandomRotation((-5, 5)), transforms.Normalize(0.5, 0.5)]
    )
    assert chain(picture(30, 24, 3)).shape == (3, 16, 16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, name in enumerate(("car/b.png", "car/a.JPG", "bus/c.jpeg")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), np.full((4, 5, 3), 50 * i, "uint8"))
    return tmp_path


def test_folders_are_classes_in_alphabetical_order(folder: Path) -> None:
    data = ImageFolderDataset(str(folder))
    assert data.synsets == ["bus", "car"] and len(data) == 3
    assert [(Path(f).name, label) for f, label in data.items] == [("c.jpeg", 0), ("a.JPG", 1), ("b.png", 1)]
    image, label = data[2]
    assert image.shape == (4, 5, 3) and image.dtype == np.uint8 and (image.asnumpy() == 0).all() and label == 1
    assert ImageFolderDataset(str(folder), flag=0)[0][0].shape == (4, 5, 1)
    assert ImageFolderDataset(folder, transform=lambda x, y: (x.shape, y))[0] == ((4, 5, 3), 0)


def test_images_of_a_folder_are_loaded_by_processes(folder: Path) -> None:
    data = ImageFolderDataset(folder).transform_first(transforms.ToTensor())
    images, labels = next(iter(DataLoader(data, batch_size=3, num_workers=1)))
    assert images.shape == (3, 3, 4, 5) and labels.asnumpy().tolist() == [0, 1, 1]


def test_what_is_no_image_is_left_out_with_a_warning(folder: Path) -> None:
    (folder / "car" / "notes.txt").write_text("x")
    (folder / "top.png").write_text("x")
    with pytest.warns(UserWarning, match="is ignored") as caught:
        assert len(ImageFolderDataset(folder)) == 3
    assert len(caught) == 2


def test_a_missing_folder_and_a_broken_file_are_named(folder: Path) -> None:
    with pytest.raises(MissingFileError, match="nowhere"):
        ImageFolderDataset(folder / "nowhere")
    (folder / "bus" / "c.jpeg").write_bytes(b"broken")
    with pytest.raises(FormatError, match="c.jpeg"):
        ImageFolderDataset(folder)[0]
