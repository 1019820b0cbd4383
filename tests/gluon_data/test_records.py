"""Data sets of records and of lists of images."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

from mxnet import recordio
from mxnet.base import MXNetError
from mxnet.gluon.data import DataLoader, RecordFileDataset
from mxnet.gluon.data.vision import ImageListDataset, ImageRecordDataset
from tests.io import records

cv2 = pytest.importorskip("cv2")
FILE = str(pathlib.Path(__file__).parent.parent / "io" / "recorded" / "images.rec")


def test_records_are_examples():
    data = RecordFileDataset(FILE)
    assert len(data) == 10
    assert recordio.unpack(data[3])[0].label == 3 and data[-1] == data[9]
    with pytest.raises(IndexError):
        data[10]


def test_images_of_records_are_examples_with_labels():
    image, label = ImageRecordDataset(FILE)[4]
    assert label == 4.0 and image.dtype == np.uint8
    np.testing.assert_array_equal(image.asnumpy(), records.image(4)[:, :, ::-1])
    assert ImageRecordDataset(FILE, flag=0)[4][0].shape == (24, 20, 1)
    assert ImageRecordDataset(FILE, transform=lambda image, label: label)[4] == 4.0


@pytest.mark.parametrize("options", [{"num_workers": 0}, {"num_workers": 2}, {"num_workers": 2, "thread_pool": True}])
def test_images_of_records_are_loaded_by_any_workers(options):
    seen = []
    for images, labels in DataLoader(ImageRecordDataset(FILE), batch_size=3, **options):
        for image, label in zip(images.asnumpy(), labels.asnumpy(), strict=True):
            np.testing.assert_array_equal(image, records.image(int(label))[:, :, ::-1])
            seen.append(int(label))
    assert seen == list(range(10))


def test_a_record_that_is_no_image_is_an_error_that_says_where(tmp_path):
    writer = recordio.MXIndexedRecordIO(tmp_path / "a.idx", tmp_path / "a.rec", "w")
    writer.write_idx(7, b"short")
    writer.write_idx(9, recordio.pack((0, 1, 2, 3), b"junk"))
    writer.close()
    data = ImageRecordDataset(tmp_path / "a.rec")
    for i, says in enumerate(["offset 0: record 7: .*truncated", "offset 16: record 9: .*not an image"]):
        with pytest.raises(MXNetError, match=f"a.rec: {says}"):
            data[i]
    with pytest.raises(FileNotFoundError, match="none.idx"):
        (tmp_path / "none.rec").write_bytes(b"")
        RecordFileDataset(tmp_path / "none.rec")


def test_images_of_a_list_are_examples_with_labels(tmp_path):
    for i in range(3):
        cv2.imwrite(str(tmp_path / f"{i}.png"), records.image(i))
    (tmp_path / "a.lst").write_text("".join(f"{i}\t{i}\t{10 * i}\t{i}.png\n" for i in range(3)))
    image, label = ImageListDataset(tmp_path, "a.lst")[2]
    np.testing.assert_array_equal(image.asnumpy(), records.image(2)[:, :, ::-1])
    assert label.tolist() == [2, 20]
    data = ImageListDataset(tmp_path, [[0, "0.png"], [[1, 2], "1.png"]], flag=0)
    assert len(data) == 2 and data[0][1] == 0.0 and data[1][1].tolist() == [1, 2]
    assert data[1][0].shape == (24, 20, 1)
    with pytest.raises(MXNetError, match="NoneType"):
        ImageListDataset(tmp_path)
