"""The loader: batches in order, whoever makes them, and errors that arrive."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet.gluon.data import ArrayDataset, BatchSampler, DataLoader, Dataset, SequentialSampler, SimpleDataset
from mxnet.gluon.data.dataloader import default_batchify_fn, default_mp_batchify_fn

SOURCES = {**os.environ, "PYTHONPATH": str(Path(mx.__file__).parents[1])}
KINDS = [{}, {"num_workers": 2}, {"num_workers": 2, "thread_pool": True}]
IDS = ["here", "processes", "threads"]
kinds = pytest.mark.parametrize("how", KINDS, ids=IDS)
workers = pytest.mark.parametrize("how", KINDS[1:], ids=IDS[1:])


def lists(loader: Any) -> list[Any]:
    return [b.asnumpy().tolist() for b in loader]


@kinds
def test_batches_come_in_order_epoch_after_epoch(how: dict[str, Any]) -> None:
    loader = DataLoader(list(range(10)), 3, **how)
    for _ in range(3):
        assert lists(loader) == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    assert len(loader) == 4


@kinds
def test_a_slow_sample_does_not_change_the_order(how: dict[str, Any]) -> None:
    def slow_first(x: int) -> int:
        time.sleep(0.3 if x == 0 else 0)
        return x

    assert lists(DataLoader(SimpleDataset(list(range(6))).transform(slow_first), 1, **how)) == [[i] for i in range(6)]


@kinds
def test_data_sets_of_ndarrays_are_loaded(how: dict[str, Any]) -> None:
    images = mx.nd.arange(24).reshape((6, 2, 2))
    loader = DataLoader(ArrayDataset(images, mx.nd.arange(6)), 4, **how)
    batches = [(x.asnumpy(), y.asnumpy()) for x, y in loader]
    np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), images.asnumpy())
    assert [y.dtype for _, y in batches] == [np.float32] * 2
    context = mx.Context("cpu_shared", 0) if how.get("num_workers") and not how.get("thread_pool") else mx.cpu()
    assert all(x.context == context for x, _ in loader)


@kinds
def test_samples_may_compute_with_arrays(how: dict[str, Any]) -> None:
    # in forked processes too, where threads of the parent are gone
    large = mx.nd.ones((400, 400))
    mx.nd.dot(large, large).wait_to_read()
    sums = SimpleDataset([1, 2, 3]).transform(lambda i: mx.nd.dot(large, large * i).sum())
    assert lists(DataLoader(sums, 3, **how)) == [[[6.4e7], [1.28e8], [1.92e8]]]


@workers
def test_an_error_of_a_sample_arrives_with_its_type_and_place(how: dict[str, Any]) -> None:
    def fails(x: int) -> int:
        if x == 5:
            raise KeyError("sample five")
        return x

    batches = iter(DataLoader(SimpleDataset(list(range(8))).transform(fails), 2, **how))
    assert next(batches).asnumpy().tolist() == [0, 1] and next(batches).asnumpy().tolist() == [2, 3]
    with pytest.raises(KeyError) as caught:
        next(batches)
    assert "sample five" in str(caught.value)
    where = str(caught.value.__cause__) + "".join(str(entry) for entry in caught.traceback)
    assert "in fails" in where or "fails" in [entry.name for entry in caught.traceback]


@workers
def test_a_sample_that_stops_iterating_does_not_end_the_epoch(how: dict[str, Any]) -> None:
    def stops(x: int) -> int:
        return next(iter([])) if x == 2 else x

    with pytest.raises(RuntimeError, match="StopIteration"):
        lists(DataLoader(SimpleDataset(list(range(4))).transform(stops), 1, **how))


@workers
def test_a_slow_worker_is_a_timeout(how: dict[str, Any]) -> None:
    def sleeps(x: int) -> int:
        time.sleep(1.5)
        return x

    with pytest.raises(multiprocessing.TimeoutError, match="timed out after 0.5 seconds") as caught:
        lists(DataLoader(SimpleDataset([1, 2]).transform(sleeps), 1, timeout=0.5, **how))
    assert isinstance(caught.value, mx.MXNetError)


def test_a_timeout_may_be_longer_than_the_interval_of_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    from mxnet.gluon.data import _workers

    monkeypatch.setattr(_workers, "_CHECK_SECONDS", 0.2)

    def sleeps(x: int) -> int:
        time.sleep(0.7)
        return x

    assert lists(DataLoader(SimpleDataset([1, 2]).transform(sleeps), 1, num_workers=1)) == [[1], [2]]


def test_a_killed_worker_is_reported() -> None:
    def dies(x: int) -> int:
        if x == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    loader = DataLoader(SimpleDataset(list(range(6))).transform(dies), 1, num_workers=2)
    begun = time.monotonic()
    with pytest.raises(mx.MXNetError, match="worker process is gone"):
        lists(loader)
    assert time.monotonic() - begun < 60


def test_a_batch_that_can_not_be_sent_is_an_error() -> None:
    loader = DataLoader([1, 2], 1, num_workers=1, batchify_fn=lambda samples: lambda: samples)
    with pytest.raises(Exception, match="[Pp]ickle"):
        list(loader)


def test_more_batches_than_files_may_be_open_are_an_error_that_says_so() -> None:
    program = """
import resource, numpy as np
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
from mxnet.gluon.data import ArrayDataset, DataLoader
from mxnet.gluon.data._errors import WorkerError
for parts in (1, 2, 3):
    loader = DataLoader(ArrayDataset(*[np.ones((70, 3))] * parts, [1] * 70), 1, num_workers=1)
    kept = []
    try:
        for batch in loader:
            kept.append(batch)
    except WorkerError as error:
        print("ulimit -n" in str(error), end=" ")
    kept.clear()
    print(sum(1 for _ in loader), end=" ")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=SOURCES, timeout=120)
    assert done.stdout == "True 70 " * 3, done.stderr


@kinds
def test_an_iteration_can_be_left_and_another_begun(how: dict[str, Any]) -> None:
    loader = DataLoader(list(range(20)), 2, **how)
    for batch in loader:
        assert batch.asnumpy().tolist() == [0, 1]
        break
    assert len(lists(loader)) == 10


@kinds
def test_iterations_may_be_nested(how: dict[str, Any]) -> None:
    loader = DataLoader([0, 1, 2, 3], 2, **how)
    pairs = [(a.asnumpy().tolist(), b.asnumpy().tolist()) for a in loader for b in loader]
    assert pairs == [([i, i + 1], [j, j + 1]) for i in (0, 2) for j in (0, 2)]


def test_an_iteration_outlives_its_loader() -> None:
    batches = iter(DataLoader(mx.nd.ones((5,)), 2, num_workers=1, batchify_fn=list))
    first = next(batches)
    gc.collect()
    assert [v.asscalar() for v in first] == [1, 1] and len(list(batches)) == 2


def test_writing_to_a_batch_leaves_the_data_set_of_the_worker_alone() -> None:
    samples = [mx.nd.zeros((2000,)), mx.nd.zeros((2000,))]
    loader = DataLoader(samples, 1, num_workers=1, batchify_fn=list)
    for _ in range(2):
        for (sample,) in loader:
            assert sample.sum().asscalar() == 0
            sample += 1


def test_numpy_arrays_and_other_things_come_from_processes_as_they_are() -> None:
    big = np.arange(20000, dtype=np.float64)

    def odd(samples: list[int]) -> dict[str, Any]:
        return {"big": big + samples[0], "small": np.float16([1]), "text": "x", "empty": mx.nd.array(np.zeros((3,)))}

    (batch,) = DataLoader([1], 1, num_workers=1, batchify_fn=odd)
    np.testing.assert_array_equal(batch["big"], big + 1)
    batch["big"][0] = 7  # writable, as from any other function
    assert batch["small"].dtype == np.float16 and batch["text"] == "x" and batch["empty"].shape == (3,)


def test_workers_draw_numbers_of_their_own_that_follow_the_seed() -> None:
    class Draws(Dataset):
        def __len__(self) -> int:
            return 4

        def __getitem__(self, idx: int) -> np.ndarray:
            mine = mx.nd.random.uniform(shape=(1,)).asscalar()
            return np.array([random.random(), np.random.rand(), mine])

    def drawn() -> np.ndarray:
        mx.random.seed(3)
        from mxnet.gluon.data._workers import ProcessBatches

        ProcessBatches._count = 0
        return np.concatenate([b.asnumpy() for b in DataLoader(Draws(), 1, num_workers=2)])

    before = (torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate())
    one = drawn()
    assert len(np.unique(one)) == one.size
    np.testing.assert_array_equal(one, drawn())
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == np.random.get_state()[1].tolist() and before[2] == random.getstate()


def test_shuffling_is_the_same_with_and_without_workers() -> None:
    orders = []
    for how in KINDS:
        np.random.seed(5)
        orders.append(lists(DataLoader(list(range(9)), 2, shuffle=True, **how)))
    assert orders[0] == orders[1] == orders[2]


@kinds
def test_rollover_goes_on_in_the_next_epoch(how: dict[str, Any]) -> None:
    loader = DataLoader(list(range(5)), 2, last_batch="rollover", **how)
    assert lists(loader) == [[0, 1], [2, 3]]
    assert lists(loader) == [[4, 0], [1, 2], [3, 4]]


@workers
def test_batches_are_made_ahead_when_told_so_and_dropped_again(how: dict[str, Any]) -> None:
    samples = [1, 2]
    loader = DataLoader(samples, 2, auto_reload=True, **how)
    time.sleep(0.3)
    samples[0] = 5
    assert lists(loader) == [[1, 2]]
    loader.refresh()
    loader.clean()
    assert len(lists(loader)) == 1


@kinds
def test_pinned_batches_say_so(how: dict[str, Any]) -> None:
    loader = DataLoader(ArrayDataset(np.ones((3, 2)), np.ones(3)), 2, pin_memory=True, pin_device_id=1, **how)
    assert all(part.context == mx.cpu_pinned(1) for batch in loader for part in batch)


@kinds
def test_numpy_semantics_reach_the_workers(how: dict[str, Any]) -> None:
    with mx.util.np_shape(True), mx.util.np_array(True):
        batches = list(DataLoader(SimpleDataset([1.0, 2.0]).transform(lambda v: (v, mx.util.is_np_shape())), 2, **how))
    values, active = batches[0]
    assert isinstance(values, mx.np.ndarray) and active.asnumpy().all()


def test_numbers_arrays_and_tuples_are_batched_in_their_dtypes() -> None:
    for sample, dtype in ((1, np.int64), (1.5, np.float64), (True, np.bool_), (np.int32(1), np.int32)):
        assert default_batchify_fn([sample, sample]).dtype is dtype
    assert default_batchify_fn([np.ones(2, np.uint8)] * 2).shape == (2, 2)
    assert default_batchify_fn([mx.nd.ones((2,), dtype="uint8")] * 3).dtype is np.uint8
    one, two = default_batchify_fn([([1, 2], 0), ([3, 4], 1)])
    assert one.asnumpy().tolist() == [[1, 2], [3, 4]] and two.asnumpy().tolist() == [0, 1]
    assert default_mp_batchify_fn([mx.nd.ones((2,))] * 2).context == mx.Context("cpu_shared", 0)
    assert isinstance(default_batchify_fn([mx.np.ones((2,))] * 2), mx.np.ndarray)


@pytest.mark.parametrize("samples", [[np.ones(2), np.ones(3)], [mx.nd.ones((2,)), mx.nd.ones((3,))]], ids=["np", "nd"])
def test_samples_of_different_shapes_are_named(samples: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"sample 1 has shape \(3,\), expected \(2,\)"):
        default_batchify_fn(samples)


@pytest.mark.parametrize("sample", ["text", {"a": 1}, None])
def test_samples_that_are_no_numbers_are_named(sample: Any) -> None:
    with pytest.raises(TypeError, match="pass a batchify_fn"):
        default_batchify_fn([sample])


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "batch_size must be specified"),
        ({"batch_size": 2, "shuffle": True, "sampler": SequentialSampler(3)}, "shuffle must not be specified"),
        (
            {"batch_size": 2, "batch_sampler": BatchSampler(SequentialSampler(3), 2)},
            "must not be specified if batch_sa",
        ),
        ({"batch_size": 2, "timeout": 0}, "timeout must be positive"),
        ({"batch_size": 2, "last_batch": "other"}, "last_batch must be one of"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        DataLoader([1, 2, 3], **arguments)


def test_loaders_leave_no_processes_behind() -> None:
    program = """
import multiprocessing, numpy as np
from mxnet.gluon.data import DataLoader
for _ in range(4):
    batches = iter(DataLoader(np.ones((99, 200)), 8, num_workers=4))
    next(batches)
    del batches
assert not multiprocessing.active_children(), multiprocessing.active_children()
kept = DataLoader(np.ones((9, 2)), 3, num_workers=2)
assert len(list(kept)) == 3
print("done")
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, env=SOURCES, timeout=200
    )
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)


def test_where_processes_are_not_forked_picklable_data_sets_are_loaded(tmp_path: Path) -> None:
    program = tmp_path / "spawned.py"
    program.write_text(
        """
import mxnet as mx
from mxnet.gluon.data import ArrayDataset, DataLoader

def negative(x):
    return -x

if __name__ == "__main__":
    import mxnet.gluon.data._workers as workers
    workers.sys = type("system", (), {"platform": "darwin"})
    import torch.multiprocessing
    torch.multiprocessing.set_start_method("spawn")
    data = ArrayDataset(mx.nd.arange(4).reshape((4, 1)), [1, 2, 3, 4]).transform_first(negative)
    print([x.asnumpy().ravel().tolist() for x, _ in DataLoader(data, 2, num_workers=1)])
"""
    )
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, env=SOURCES, timeout=200)
    assert done.stdout == "[[-0.0, -1.0], [-2.0, -3.0]]\n", done.stderr


def test_loaders_of_other_packages_find_the_pickler_and_the_move_to_a_context_here() -> None:
    from mxnet.gluon.data.dataloader import ForkingPickler, _as_in_context

    content = ForkingPickler.dumps([mx.nd.arange(3), "name"])
    array, name = ForkingPickler.loads(content)
    assert array.asnumpy().tolist() == [0, 1, 2]
    assert name == "name"
    moved = _as_in_context((array, [array, 5]), mx.cpu(1))
    assert [moved[0].context, moved[1][0].context] == [mx.cpu(1), mx.cpu(1)]
    assert moved[1][1] == 5


def test_loaders_of_other_packages_find_queues_for_arrays_and_data_sets_here() -> None:
    from mxnet.gluon.data.dataloader import Queue, SimpleQueue
    from mxnet.gluon.data.vision.datasets import dataset

    assert dataset.Dataset is Dataset
    for queue in (Queue(), SimpleQueue()):
        queue.put((3, [mx.nd.arange(3)]))
        number, (array,) = queue.get()
        assert (number, array.asnumpy().tolist()) == (3, [0, 1, 2])
        queue.close()


def test_pools_of_processes_are_loaded_with_arrays() -> None:
    code = "import multiprocessing, mxnet as mx; mx.nd.NDArray; multiprocessing.pool.ThreadPool(1).close()"
    assert subprocess.run([sys.executable, "-c", code], env=SOURCES, timeout=120).returncode == 0


_SAMPLES = [np.arange(3, dtype="float32") * i for i in range(5)]


def _scaled_in_a_worker(indices: list[int], scale: int, batchify: Any, dataset: Any = None) -> Any:
    batch = batchify([_SAMPLES[i] * scale for i in indices])
    if multiprocessing.current_process().name == "MainProcess":
        return batch
    return bytes(mx.gluon.data.dataloader.ForkingPickler.dumps(batch))


class _Alternating(mx.gluon.data.dataloader._MultiWorkerIter):
    """A loader of another package's: it says itself what a worker is given."""

    def __init__(self, *args: Any, prefetch: int, **kwargs: Any) -> None:
        super().__init__(*args, prefetch=0, **kwargs)
        for _ in range(prefetch):
            self._push_next()

    def _push_next(self) -> None:
        indices = next(self._iter, None)
        if indices is None:
            return
        scale = 1 if self._sent_idx % 2 else 10
        asked = self._worker_pool.apply_async(self._worker_fn, (indices, scale, self._batchify_fn))
        self._data_buffer[self._sent_idx] = asked
        self._sent_idx += 1


@pytest.mark.parametrize("kind", ["processes", "threads"])
def test_an_iterator_over_a_pool_can_be_derived_from(kind: str) -> None:
    batchify = default_mp_batchify_fn if kind == "processes" else default_batchify_fn
    pool = multiprocessing.get_context("fork").Pool(2) if kind == "processes" else multiprocessing.pool.ThreadPool(2)
    with pool:
        batches = _Alternating(pool, batchify, [[0, 1], [2, 3], [4]], worker_fn=_scaled_in_a_worker, prefetch=2)
        assert len(batches) == 3
        assert iter(batches) is batches
        found = [batch[:, 1].asnumpy().tolist() for batch in batches]
    assert found == [[0, 10], [2, 3], [40]]


def test_an_iterator_over_a_pool_packs_batches_of_a_data_set_by_itself() -> None:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        batches = mx.gluon.data.dataloader._MultiWorkerIter(
            pool, default_mp_batchify_fn, [[2, 0], [1]], prefetch=5, dataset=_SAMPLES
        )
        assert lists(batches) == [[[0, 2, 4], [0, 0, 0]], [[0, 1, 2]]]


def test_an_iterator_over_a_pool_waits_no_longer_than_it_is_told() -> None:
    with multiprocessing.pool.ThreadPool(1) as pool:
        batches = mx.gluon.data.dataloader._MultiWorkerIter(
            pool, default_batchify_fn, [[0]], worker_fn=lambda *_: time.sleep(2), timeout=0.05
        )
        with pytest.raises(multiprocessing.TimeoutError, match=r"timed out after 0\.05 seconds"):
            next(batches)


@pytest.mark.parametrize("hybrid", [False, True], ids=["imperative", "hybrid"])
@pytest.mark.parametrize("kind", ["cpu_shared", "cpu_pinned"])
def test_networks_on_the_cpu_take_batches_in_shared_and_pinned_memory(kind: str, hybrid: bool) -> None:
    data, label = (a.as_in_context(mx.Context(kind, 0)) for a in (mx.nd.ones((4, 6)), mx.nd.zeros((4, 2))))
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(3), mx.gluon.nn.BatchNorm(), mx.gluon.nn.Dense(2))
    net.initialize()
    if hybrid:
        net.hybridize()
    loss = mx.gluon.loss.L2Loss()
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd")
    for _ in range(2):
        with mx.autograd.record():
            error = loss(net(data), label)
        error.backward()
        trainer.step(4)
    assert error.context == mx.cpu() and net(data).context == mx.cpu()


def test_what_is_computed_from_shared_memory_is_in_ordinary_memory_and_copies_stay_there() -> None:
    for kind in ("cpu_shared", "cpu_pinned"):
        ctx = mx.Context(kind, 0)
        data = mx.nd.ones((2, 3), ctx=ctx)
        for made in (data + 1, data + data, 1 - data, data.sum(), data.T, mx.nd.relu(data), mx.nd.split(data, 3)[0]):
            assert made.context == mx.cpu()
        for kept in (data, data[0], data[:1], data.reshape((3, 2)), data.copy(), data.astype("float64")):
            assert kept.context == ctx
        data.attach_grad()
        assert data.grad.context == mx.cpu()
        parameter = mx.gluon.Parameter("w", shape=(2,))
        parameter.initialize(ctx=ctx)
        assert parameter.data(mx.cpu()) is parameter.data(ctx)
