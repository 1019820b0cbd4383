"""Damaged record files and images end in an error that says where, and never in a crash or a hang; and no example is
lost or doubled, whatever the sizes of batches, workers, shards and parts."""

from __future__ import annotations

import collections
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mxnet as mx
from mxnet import MXNetError, recordio

COUNT = 12
WITH_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def encoded(i: int) -> bytes:
    y, x = np.mgrid[0:20, 0:26]
    pixels = np.stack([x * 9 % 256, y * 12 % 256, (x + y + 20 * i) % 256], axis=2).astype(np.uint8)
    return recordio.pack_img((0, i, i, 0), pixels, 90 if i % 2 else 3, ".jpg" if i % 2 else ".png")


WHOLE = [encoded(i) for i in range(COUNT)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("records")
    write(path, WHOLE)
    return path


def write(folder: Path, records: list[bytes]) -> bytes:
    writer = recordio.MXIndexedRecordIO(folder / "a.idx", folder / "a.rec", "w")
    for i, record in enumerate(records):
        writer.write_idx(i, record)
    writer.close()
    return (folder / "a.rec").read_bytes()


def images(folder: Path, **options):
    given = {"data_shape": (3, 16, 16), "batch_size": 4, "preprocess_threads": 2, "verbose": False, **options}
    return mx.io.ImageRecordIter(path_imgrec=str(folder / "a.rec"), **given)


damages = st.lists(
    st.tuples(
        st.sampled_from(["change", "remove", "insert", "cut"]), st.floats(0, 0.999), st.binary(min_size=1, max_size=9)
    ),
    min_size=1,
    max_size=3,
)


def damaged(content: bytes, changes: list[tuple[str, float, bytes]]) -> bytes:
    made = bytearray(content)
    for kind, where, what in changes:
        at = int(where * len(made))
        if kind == "change":
            made[at : at + len(what)] = what[: len(made) - at]
        elif kind == "remove":
            del made[at : at + len(what)]
        elif kind == "insert":
            made[at:at] = what
        else:
            del made[at + 1 :]
    return bytes(made)


def says_where(error: MXNetError, path: Path) -> bool:
    return str(path) in str(error) and "offset " in str(error)


@WITH_FOLDER
@given(changes=damages)
def test_a_damaged_record_file_is_read_or_refused_with_file_record_and_offset(tmp_path, changes) -> None:
    (tmp_path / "a.rec").write_bytes(damaged(write(tmp_path, WHOLE), changes))
    reader = recordio.MXRecordIO(tmp_path / "a.rec", "r")
    try:
        while reader.read() is not None:
            pass
    except MXNetError as error:
        assert says_where(error, tmp_path / "a.rec") and "it is record " in str(error)
    try:
        for batch in images(tmp_path):
            assert batch.data[0].shape == (4, 3, 16, 16)
    except MXNetError as error:
        # too few are left for one batch: there is no place to tell
        few = any(text in str(error) for text in ("must be bigger", "not even one batch", "found no file"))
        assert few or (says_where(error, tmp_path / "a.rec") and "it is record " in str(error))


@WITH_FOLDER
@given(changes=damages, number=st.integers(0, COUNT - 1))
def test_a_damaged_image_is_decoded_or_refused_with_file_record_and_offset(tmp_path, changes, number) -> None:
    records = list(WHOLE)
    header, content = records[number][:24], records[number][24:]
    records[number] = header + damaged(content, changes)
    write(tmp_path, records)
    for load in (
        lambda: list(images(tmp_path)),
        lambda: mx.gluon.data.vision.ImageRecordDataset(tmp_path / "a.rec")[number],
    ):
        try:
            load()
        except MXNetError as error:
            assert says_where(error, tmp_path / "a.rec") and "record " in str(error)


@WITH_FOLDER
@given(broken=st.sets(st.integers(0, COUNT - 1), max_size=COUNT - 4), shuffle=st.booleans())
def test_broken_images_are_skipped_and_counted_and_nothing_else(tmp_path, broken, shuffle) -> None:
    write(tmp_path, [r[:24] + b"no image" if i in broken else r for i, r in enumerate(WHOLE)])
    batches = images(tmp_path, on_error="skip", shuffle=shuffle, batch_size=1)
    for epoch in (1, 2):
        seen = [int(batch.label[0].asscalar()) for batch in batches]
        assert sorted(seen) == sorted(set(range(COUNT)) - broken)
        assert batches.handle.skipped >= epoch * len(broken)
        batches.reset()


@given(content=st.binary(max_size=300))
def test_arbitrary_bytes_are_an_image_or_an_error(content) -> None:
    for start in (b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0"):
        try:
            assert mx.image.imdecode(start + content).ndim == 3
        except MXNetError as error:
            assert "decod" in str(error)


@WITH_FOLDER
@given(
    batch_size=st.integers(1, COUNT),
    shuffle=st.booleans(),
    threads=st.integers(1, 3),
    stops=st.lists(st.integers(0, 4), max_size=3),
)
def test_every_record_comes_equally_often_through_resets(folder, batch_size, shuffle, threads, stops) -> None:
    batches = images(folder, batch_size=batch_size, shuffle=shuffle, preprocess_threads=threads)
    for stop in stops:
        for _ in range(min(stop, COUNT // batch_size)):
            batches.next()
        batches.reset()
    # epochs overlap by what fills their last batch up: together, from a whole beginning, they are whole
    batches = images(folder, batch_size=batch_size, shuffle=shuffle, preprocess_threads=threads)
    seen: list[int] = []
    while len(seen) < COUNT * batch_size:
        for batch in batches:
            seen += [int(label) for label in batch.label[0].asnumpy()]
        batches.reset()
    counted = collections.Counter(seen[: len(seen) // COUNT * COUNT])
    assert set(counted) == set(range(COUNT)) and max(counted.values()) == min(counted.values())


@WITH_FOLDER
@given(parts=st.integers(1, 5), index=st.booleans(), shuffle=st.booleans())
def test_parts_of_a_file_are_all_of_it_once(folder, parts, index, shuffle) -> None:
    options = {"path_imgidx": str(folder / "a.idx")} if index else {}
    seen: list[int] = []
    for part in range(parts):
        try:
            batches = images(folder, num_parts=parts, part_index=part, shuffle=shuffle, batch_size=1, **options)
        except MXNetError as error:
            assert "not even one batch" in str(error)
            continue
        seen += [int(batch.label[0].asscalar()) for batch in batches]
    assert sorted(seen) == list(range(COUNT))


@given(
    size=st.integers(0, 40),
    batch_size=st.integers(1, 9),
    workers=st.integers(0, 3),
    shuffle=st.booleans(),
    shards=st.integers(1, 4),
    prefetch=st.none() | st.integers(0, 7),
)
def test_loaders_give_every_example_of_all_shards_once(size, batch_size, workers, shuffle, shards, prefetch) -> None:
    whole = mx.gluon.data.SimpleDataset(list(range(size)))
    loaders = [
        mx.gluon.data.DataLoader(
            whole.shard(shards, i),
            batch_size,
            shuffle=shuffle,
            num_workers=workers,
            prefetch=prefetch,
            thread_pool=True,
        )
        for i in range(shards)
    ]
    for _ in range(2):
        seen = [x for loader in loaders for batch in loader for x in batch.asnumpy().tolist()]
        assert sorted(seen) == list(range(size))


@given(
    size=st.integers(1, 30),
    batch_size=st.integers(1, 9),
    handle=st.sampled_from(["keep", "discard", "rollover"]),
    workers=st.integers(0, 2),
)
def test_a_last_batch_is_kept_dropped_or_rolled_over_whatever_the_workers(size, batch_size, handle, workers) -> None:
    loader = mx.gluon.data.DataLoader(
        list(range(size)), batch_size, last_batch=handle, num_workers=workers, thread_pool=True
    )
    stream = [x for _ in range(3) for batch in loader for x in batch.asnumpy().tolist()]
    if handle == "keep":
        assert stream == list(range(size)) * 3
    elif handle == "discard":
        assert stream == list(range(size // batch_size * batch_size)) * 3
    else:
        assert stream == (list(range(size)) * 3)[: len(stream)] and 3 * size - len(stream) < batch_size


def test_the_images_of_these_tests_are_images() -> None:
    assert all(cv2.imdecode(np.frombuffer(r[24:], np.uint8), 1) is not None for r in WHOLE)
