"""Epochs of a loader that are left before their end: the next ones are whole, and by the same workers."""

from __future__ import annotations

import multiprocessing
import os
import time
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon.data import DataLoader, SimpleDataset

BATCHES = [[0, 1], [2, 3], [4, 5], [6, 7], [8]]


def leave(loader: Any, after: int) -> list[Any]:
    found = []
    for batch in loader:
        found.append(batch.asnumpy().tolist())
        if len(found) == after:
            break
    return found


def pids() -> set[int | None]:
    return {process.pid for process in multiprocessing.active_children()}


@pytest.mark.parametrize("num_workers", [1, 2])
@pytest.mark.parametrize("prefetch", [None, 6])
@pytest.mark.parametrize("after", [1, 2, 5])
def test_workers_of_an_epoch_that_was_left_make_the_next_ones(after: int, prefetch: Any, num_workers: int) -> None:
    before = pids()
    loader = DataLoader(list(range(9)), 2, num_workers=num_workers, prefetch=prefetch)
    assert leave(loader, after) == BATCHES[:after]
    started = pids() - before
    assert len(started) == num_workers
    for again in (after, 1, 6, 6 - after, 6):
        assert leave(loader, again) == BATCHES[:again]
        assert pids() - before == started


def test_an_epoch_begun_while_another_goes_on_leaves_it_alone() -> None:
    loader = DataLoader(list(range(9)), 2, num_workers=1)
    first = iter(loader)
    assert next(first).asnumpy().tolist() == BATCHES[0]
    assert leave(loader, 2) == BATCHES[:2]
    assert [b.asnumpy().tolist() for b in first] == BATCHES[1:]
    assert leave(loader, 6) == BATCHES


def test_threads_of_an_epoch_that_was_left_make_the_next_ones() -> None:
    loader = DataLoader(list(range(9)), 2, num_workers=2, thread_pool=True)
    assert leave(loader, 1) == BATCHES[:1]
    workers = loader._idle
    assert leave(loader, 6) == BATCHES
    assert loader._idle is workers


def test_a_rollover_loader_that_was_left_goes_on_with_whole_epochs() -> None:
    loader = DataLoader(list(range(5)), 2, num_workers=1, last_batch="rollover")
    assert leave(loader, 1) == [[0, 1]]
    assert leave(loader, 6)[-2:] in ([[0, 1], [2, 3]], [[1, 2], [3, 4]])


def test_what_is_left_under_way_keeps_no_files_open_in_a_worker() -> None:
    before = pids()
    loader = DataLoader(np.ones((20, 3)), 1, num_workers=1, prefetch=8)
    counts = []
    for _ in range(12):
        leave(loader, 1)
        (worker,) = pids() - before
        time.sleep(0.05)
        counts.append(len(os.listdir(f"/proc/{worker}/fd")))
    assert counts[-1] <= counts[1] + 8


def test_an_error_under_way_in_an_epoch_that_was_left_is_nobodys() -> None:
    def fails(x: int) -> int:
        if x == 2:
            raise KeyError("sample two")
        return x

    loader = DataLoader(SimpleDataset(list(range(4))).transform(fails), 1, num_workers=1)
    for _ in range(3):
        assert leave(loader, 1) == [[0]]
    with pytest.raises(KeyError, match="sample two"):
        leave(loader, 4)
    assert leave(loader, 1) == [[0]]


def test_workers_that_do_not_finish_what_was_left_are_replaced() -> None:
    before = pids()

    def hangs(x: int) -> int:
        time.sleep(2 if x == 2 else 0)
        return x

    loader = DataLoader(SimpleDataset(list(range(4))).transform(hangs), 1, num_workers=1, timeout=0.5)
    assert leave(loader, 2) == [[0], [1]]
    (first,) = pids() - before
    assert leave(loader, 2) == [[0], [1]]
    (second,) = pids() - before
    assert first != second
    with pytest.raises(mx.MXNetError, match="timed out after 0.5 seconds"):
        leave(loader, 4)


def test_workers_that_do_not_answer_when_an_epoch_begins_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    before = pids()
    loader = DataLoader(list(range(9)), 2, num_workers=1)
    leave(loader, 1)
    first = pids() - before

    def late(self: Any) -> Any:
        monkeypatch.undo()
        raise RuntimeError("DataLoader timed out after 5 seconds")

    monkeypatch.setattr("mxnet.gluon.data._workers.ProcessBatches._begun", late)
    assert leave(loader, 6) == BATCHES
    assert (pids() - before).isdisjoint(first)
