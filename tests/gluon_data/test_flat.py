"""Ten epochs leave memory, file descriptors, shared memory and processes as they were after the first ones."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import recordio

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc and /dev/shm")

COUNT, BATCH = 48, 8
SLACK = 32 << 20
"""Bytes that allocators may move by; the batches of ten epochs are nine times as much."""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("flat") / "a")
    writer = recordio.MXIndexedRecordIO(path + ".idx", path + ".rec", "w")
    y, x = np.mgrid[0:230, 0:240]
    for i in range(COUNT):
        pixels = np.stack([x, y, (x + y + i) % 256], axis=2).astype(np.uint8)
        writer.write_idx(i, recordio.pack_img((0, i, i, 0), pixels))
    writer.close()
    return path


def memory() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def handles() -> dict[str, int]:
    gc.collect()
    return {
        "files": len(os.listdir("/proc/self/fd")),
        "shared": sum(name.startswith("torch_") for name in os.listdir("/dev/shm")),
        "mappings": sum("/dev/shm/torch_" in line for line in open("/proc/self/maps")),
        "threads": threading.active_count(),
        "processes": len(multiprocessing.active_children()),
    }


def iterator(records: str):
    batches = mx.io.ImageRecordIter(
        path_imgrec=records + ".rec",
        data_shape=(3, 224, 224),
        batch_size=BATCH,
        shuffle=True,
        rand_crop=True,
        rand_mirror=True,
        preprocess_threads=2,
        verbose=False,
    )

    def epoch() -> None:
        assert sum(batch.data[0].shape[0] for batch in batches) == COUNT
        batches.reset()

    return epoch


def loader(records: str, **how):
    transforms = mx.gluon.data.vision.transforms
    change = transforms.Compose([transforms.RandomResizedCrop(224), transforms.ToTensor()])
    images = mx.gluon.data.vision.ImageRecordDataset(records + ".rec").transform_first(change)
    batches = mx.gluon.data.DataLoader(images, BATCH, shuffle=True, **how)

    def epoch() -> None:
        assert sum(data.shape[0] for data, _ in batches) == COUNT

    return epoch


KINDS = {
    "iterator": iterator,
    "here": loader,
    "threads": lambda records: loader(records, num_workers=2, thread_pool=True),
    "processes": lambda records: loader(records, num_workers=2),
    "processes and pinned": lambda records: loader(records, num_workers=2, pin_memory=True),
}


def assert_as_before(before: dict[str, int]) -> None:
    """Nothing is more than before, once what is ending has ended."""
    until = time.monotonic() + 20
    while True:
        after = handles()
        if all(after[what] <= before[what] + (2 if what == "files" else 0) for what in before):
            return
        assert time.monotonic() < until, (before, after)
        time.sleep(0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_ten_epochs_leave_memory_files_and_shared_memory_as_they_were(records: str, kind: str) -> None:
    epoch = KINDS[kind](records)
    for _ in range(3):
        epoch()
    before, memory_before = handles(), memory()
    for _ in range(10):
        epoch()
    assert_as_before(before)
    assert memory() - memory_before < SLACK


def test_loaders_that_are_dropped_leave_nothing(records: str) -> None:
    loader(records, num_workers=2)()
    before = handles()
    for _ in range(4):
        loader(records, num_workers=2)()
    assert_as_before(before)
