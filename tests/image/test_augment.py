"""Augmenters and iterators of images: what 1.9.1 answered under the same seeds, and what is refused."""

from __future__ import annotations

import json
import pathlib
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet.base import MXNetError
from tests.image import augment_probes as probes
from tests.io import records

cv2 = pytest.importorskip("cv2")
RECORDED = json.loads((pathlib.Path(__file__).parent / "recorded" / "augment.json").read_text())


def same(mine, theirs, at="") -> None:
    """Alike, numbers to five digits; JSON in text is compared as what it says."""
    if isinstance(theirs, str) and theirs[:1] == "[":
        mine, theirs = json.loads(mine), json.loads(theirs)
    if isinstance(theirs, list):
        assert len(mine) == len(theirs), at
        for i, (m, t) in enumerate(zip(mine, theirs, strict=True)):
            same(m, t, f"{at}[{i}]")
    elif isinstance(theirs, float):
        assert mine == pytest.approx(theirs, rel=1e-4, abs=1e-3), at
    elif isinstance(theirs, dict):
        same(sorted(mine.items()), [list(i) for i in sorted(theirs.items())], at)
    else:
        assert mine == theirs, at


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("images")
    for i in range(10):
        cv2.imwrite(str(path / f"{i}.png"), records.image(i))
    for name in ("images.rec", "images.idx"):
        source = pathlib.Path(__file__).parent.parent / "io" / "recorded" / name
        (path / name).write_bytes(source.read_bytes())
    (path / "broken.jpg").write_bytes(b"junk")
    return str(path)


@pytest.mark.parametrize("name", probes.CLASSIFY)
def test_augmenters_do_what_those_of_1_9_1_do_under_the_same_seed(name):
    same(probes.classify(mx, np, name), RECORDED["classify"][name])


@pytest.mark.parametrize("name", probes.DETECT)
def test_augmenters_for_detection_do_what_those_of_1_9_1_do_under_the_same_seed(name):
    same(probes.detect(mx, np, name), RECORDED["detect"][name])


@pytest.mark.parametrize("number", range(len(probes.CREATED)))
def test_the_usual_augmenters_are_those_of_1_9_1(number):
    same(probes.created(mx, np, number), RECORDED["created"][number])


@pytest.mark.parametrize("number", range(len(probes.CREATED_DET)))
def test_the_usual_augmenters_for_detection_are_those_of_1_9_1(number):
    same(probes.created_det(mx, np, number), RECORDED["created_det"][number])


@pytest.mark.parametrize("number", range(len(probes.ITERATED)))
def test_batches_are_those_of_1_9_1(number, folder):
    mine, theirs = probes.iterated(mx, np, number, folder), RECORDED["iterated"][number]
    same(mine, theirs)


@pytest.mark.parametrize("parts", [1, 2, 3, 4, 11])
def test_parts_are_all_of_the_images_each_once(parts, folder):
    found = []
    for part in range(parts):
        iterator = mx.image.ImageIter(
            1,
            (3, 24, 20),
            path_imgrec=f"{folder}/images.rec",
            path_imgidx=f"{folder}/images.idx",
            num_parts=parts,
            part_index=part,
        )
        found += [float(batch.label[0].asnumpy()[0]) for batch in iterator]
    assert found == list(range(10))


def test_labels_come_from_the_list_where_there_are_records_too(folder, tmp_path):
    (tmp_path / "a.lst").write_text("".join(f"{i}\t{i + 50}\t{i + 70}\t{i}.png\n" for i in range(10)))
    iterator = mx.image.ImageIter(
        5,
        (3, 24, 20),
        label_width=2,
        path_imglist=str(tmp_path / "a.lst"),
        path_imgrec=f"{folder}/images.rec",
        path_imgidx=f"{folder}/images.idx",
    )
    assert [b.label[0].asnumpy()[:, 0].tolist() for b in iterator] == [[50, 51, 52, 53, 54], [55, 56, 57, 58, 59]]
    assert iterator.provide_label == [("softmax_label", (5, 2))]


BAD = {
    "nothing": ({"imglist": None}, AssertionError, "none of path_imgrec"),
    "broken image": ({"imglist": [[1.0, "broken.jpg"]]}, RuntimeError, "Broken image filename: broken.jpg"),
    "missing image": ({"imglist": [[1.0, "none.jpg"]]}, FileNotFoundError, "none.jpg"),
    "two labels": ({"imglist": [[1.0, 2.0, "0.png"]]}, ValueError, "0.png: has 2 labels, expected label_width=1"),
    "size": ({"aug_list": [], "data_shape": (3, 9, 9)}, ValueError, "0.png: the image is of shape .3, 24, 20."),
    "channels": ({"data_shape": (4, 9, 9)}, ValueError, "3 channels"),
    "axes": ({"data_shape": (9, 9)}, ValueError, "length 3"),
    "dtype": ({"dtype": "float16"}, AssertionError, "float16 label not supported"),
    "handle": ({"last_batch_handle": "keep"}, ValueError, "last_batch_handle is 'keep'"),
    "part": ({"num_parts": 2, "part_index": 2}, AssertionError, "part_index is 2"),
    "record without labels": ({"path_imgrec": "junk.rec", "imglist": None}, MXNetError, r"junk.rec: offset 0: unpack"),
    "list": ({"path_imglist": "junk.lst", "imglist": None}, ValueError, r"junk.lst: line 2: .*expected a number"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_can_not_be_read_is_an_error_that_says_where(name, folder):
    writer = mx.recordio.MXRecordIO(f"{folder}/junk.rec", "w")
    writer.write(b"junk")
    writer.close()
    pathlib.Path(folder, "junk.lst").write_text("0\t1\t0.png\njunk\n")
    options, kind, says = BAD[name]
    options = {
        key: f"{folder}/{value}" if key in ("path_imgrec", "path_imglist") else value for key, value in options.items()
    }
    with pytest.raises(kind, match=says) as error:
        list(
            mx.image.ImageIter(
                **{
                    "batch_size": 1,
                    "data_shape": (3, 24, 20),
                    "imglist": [[0.0, "0.png"]],
                    "path_root": folder,
                    **options,
                }
            )
        )
    assert isinstance(error.value, MXNetError)


def detection(folder, **options):
    labels = [[2, 5, i % 3, 0.1, 0.2, 0.6, 0.7] + [1, 0.3, 0.3, 0.5, 0.9] * (i % 2) + [f"{i}.png"] for i in range(5)]
    given = {"batch_size": 2, "data_shape": (3, 24, 20), "imglist": labels, "path_root": folder, **options}
    return mx.image.ImageDetIter(**given)


def test_batches_for_detection_have_room_for_the_most_objects(folder):
    batches = list(detection(folder))
    assert [b.pad for b in batches] == [0, 0, 1]
    box, other, none = [0, 0.1, 0.2, 0.6, 0.7], [1, 0.3, 0.3, 0.5, 0.9], [-1] * 5
    np.testing.assert_allclose(batches[0].label[0].asnumpy(), [[box, none], [[1, *box[1:]], other]], rtol=1e-6)


def test_two_iterators_for_detection_get_room_for_the_same_number_of_objects(folder):
    one, two = detection(folder), detection(folder)
    two.reshape(label_shape=(6, 5))
    assert one.sync_label_shape(two, verbose=True) is two
    assert one.label_shape == two.label_shape == (6, 5)
    assert one.next().label[0].shape == (2, 6, 5)
    for shape, says in (((1, 5), "reduce label count"), ((7, 4), "width inconsistent"), ((7,), "length 2")):
        with pytest.raises(ValueError, match=says):
            one.reshape(label_shape=shape)


@pytest.mark.parametrize(
    "labels, says",
    [
        ([2, 5], "Label shape is invalid"),
        ([2, 4, 1, 0.1, 0.2, 0.3, 0.4], "inconsistent with annotation width 4"),
        ([2, 5, 1, 0.1, 0.2, 0.3, 0.4, 1], "inconsistent"),
        ([2, 5, 1, 0.5, 0.5, 0.2, 0.2], "no valid label"),
    ],
)
def test_labels_that_are_no_boxes_are_an_error_with_the_file(folder, labels, says):
    with pytest.raises(RuntimeError, match=f"0.png: .*{says}"):
        detection(folder, imglist=[[*labels, "0.png"]])


def test_boxes_are_drawn(folder):
    plain = records.image(0)[:, :, ::-1]
    drawn = next(
        detection(folder, mean=True, std=True).draw_next(color=(1, 2, 3), mean=True, std=True, id2labels={0: "a"})
    )
    assert drawn.shape == plain.shape and drawn.dtype == np.uint8
    assert (drawn == [1, 2, 3]).all(axis=2).sum() > 20
    assert abs(drawn[0].astype(int) - plain[0]).max() <= 1


def test_augmenters_can_be_pickled():
    for augmenter in mx.image.CreateAugmenter((3, 6, 7), rand_crop=True, mean=True, brightness=0.1):
        assert pickle.loads(pickle.dumps(augmenter)).dumps() == augmenter.dumps()


def test_ranges_that_are_none_switch_an_augmenter_off_with_a_warning():
    with pytest.warns(UserWarning, match="does nothing: area_range"):
        assert not mx.image.DetRandomCropAug(area_range=(0.5, 0.1)).enabled
    with pytest.warns(UserWarning, match="does nothing: aspect_ratio_range"):
        assert not mx.image.DetRandomPadAug(aspect_ratio_range=(2, 1)).enabled


@pytest.mark.parametrize("shape", [(224, 224), 5])
def test_a_shape_that_is_none_of_an_image_is_refused_in_words(shape):
    with pytest.raises((IndexError, TypeError), match=r"expected \(channels, height, width\)"):
        mx.image.CreateAugmenter(shape)


def test_a_size_with_one_number_is_refused_in_words():
    with pytest.raises(ValueError, match=r"size must be \(width, height\), got \(2,\)"):
        mx.image.center_crop(mx.nd.ones((4, 4, 3)), (2,))
