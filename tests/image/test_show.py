"""Pictures of batches and of data sets."""

from __future__ import annotations

import base64
import re

import cv2
import numpy as np
import pytest

import mxnet as mx

pytest.importorskip("matplotlib")
PIXELS = np.random.default_rng(0).integers(0, 256, (5, 12, 16, 3)).astype(np.uint8)


def shown(figure) -> list[np.ndarray]:
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes]


@pytest.mark.parametrize(
    "batch",
    [
        mx.nd.array(PIXELS, dtype="uint8"),
        mx.nd.array(PIXELS.transpose(0, 3, 1, 2), dtype="uint8"),
        mx.nd.array(PIXELS / 255.0),
        mx.np.array(PIXELS, dtype="uint8"),
        PIXELS,
        list(PIXELS),
        mx.io.DataBatch([mx.nd.array(PIXELS)], [mx.nd.arange(5)]),
        [mx.nd.array(PIXELS), mx.nd.arange(5)],
    ],
)
def test_images_of_any_batch_are_shown_as_they_are(batch) -> None:
    for got, wanted in zip(shown(mx.image.show(batch)), PIXELS, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_normalised_images_are_stretched_to_be_seen() -> None:
    image = shown(mx.image.show(mx.nd.array([[[[-2.0, 2.0]]]])))[0]
    assert image.tolist() == [[0, 255]]


def test_labels_stand_above_their_images() -> None:
    def titles(*args, **kwargs) -> list[str]:
        return [axes.get_title() for axes in mx.image.show(*args, **kwargs).axes]

    assert titles(mx.io.DataBatch([mx.nd.array(PIXELS)], [mx.nd.arange(5)])) == ["0", "1", "2", "3", "4"]
    assert titles(PIXELS, labels=["cat", "dog"]) == ["cat", "dog", "", "", ""]
    assert titles(PIXELS[:1], labels=np.arange(6).reshape(1, 6)) == ["0 1 2 3 ..."]
    assert len(titles(PIXELS, most=2, columns=1)) == 2


@pytest.mark.parametrize("wrong", [np.zeros((2, 7, 8, 5)), np.zeros(4), np.zeros((0, 4, 4, 3)), np.array([["a"]])])
def test_what_is_no_image_is_refused(wrong) -> None:
    with pytest.raises(mx.MXNetError, match="show: "):
        mx.image.show(wrong)


def test_a_notebook_sees_the_first_examples_of_a_data_set() -> None:
    class Broken(mx.gluon.data.Dataset):
        def __len__(self) -> int:
            return 20

        def __getitem__(self, idx: int):
            if idx == 1:
                raise ValueError("<broken>")
            return mx.nd.array(PIXELS[idx % 5], dtype="uint8"), idx, np.zeros(3), "<text>"

    text = Broken()._repr_html_()
    pictures = re.findall(r"data:image/png;base64,([^\"]+)", text)
    assert len(pictures) == 7 and "20 examples" in text
    found = cv2.imdecode(np.frombuffer(base64.b64decode(pictures[0]), np.uint8), 1)
    np.testing.assert_array_equal(found[:, :, ::-1], PIXELS[0])
    assert "ValueError: &lt;broken&gt;" in text and "&lt;text&gt;" in text and "ndarray (3,)" in text
    assert "<text>" not in text


def test_large_images_become_small_ones_in_the_preview() -> None:
    data = mx.gluon.data.SimpleDataset([np.zeros((400, 200), np.uint8)])
    picture = re.findall(r"data:image/png;base64,([^\"]+)", data._repr_html_())[0]
    assert cv2.imdecode(np.frombuffer(base64.b64decode(picture), np.uint8), 0).shape == (96, 48)
