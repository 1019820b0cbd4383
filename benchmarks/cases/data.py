"""Reading data: record files, iterators, and the loader of Gluon with two processes.

Where images are decoded an iteration is an epoch, so that what is prepared ahead between the blocks counts little.
"""

from __future__ import annotations

import os

from benchmarks.cases import data_files

ROUNDS, SECONDS = 5, 1.0
BATCH = 32
CROP = 224
MEAN, STD = (123.68, 116.28, 103.53), (58.395, 57.12, 57.375)
WORKERS = 2


def _threads():
    return int(os.environ.get("OMP_NUM_THREADS", "0")) or os.cpu_count()


def _epochs(batches, look):
    """A block of whole epochs; ``look`` waits for a batch."""

    def block(iterations):
        for _ in range(iterations):
            for batch in batches:
                look(batch)
            if hasattr(batches, "reset"):
                batches.reset()

    return block


def image_record_iter_mxnet(mx):
    name = os.path.join(data_files.folder(), "photographs")
    batches = mx.io.ImageRecordIter(
        path_imgrec=name + ".rec",
        data_shape=(3, CROP, CROP),
        batch_size=BATCH,
        rand_crop=True,
        rand_mirror=True,
        preprocess_threads=_threads(),
        verbose=False,
        **{f"mean_{c}": value for c, value in zip("rgb", MEAN)},  # noqa: B905 - Python 3.8 knows no strict
        **{f"std_{c}": value for c, value in zip("rgb", STD)},  # noqa: B905
    )
    return _epochs(batches, lambda batch: batch.data[0].wait_to_read())


def loader_mxnet(mx):
    vision = mx.gluon.data.vision
    change = vision.transforms.Compose(
        [
            vision.transforms.RandomResizedCrop(CROP),
            vision.transforms.RandomFlipLeftRight(),
            vision.transforms.ToTensor(),
            vision.transforms.Normalize([m / 255 for m in MEAN], [s / 255 for s in STD]),
        ]
    )
    images = vision.ImageRecordDataset(os.path.join(data_files.folder(), "photographs.rec"))
    batches = mx.gluon.data.DataLoader(images.transform_first(change), BATCH, shuffle=True, num_workers=WORKERS)
    return _epochs(batches, lambda batch: batch[0].wait_to_read())


def mnist_mxnet(mx):
    path = data_files.folder()
    batches = mx.io.MNISTIter(
        image=os.path.join(path, "images"), label=os.path.join(path, "labels"), batch_size=BATCH, silent=True
    )
    return _epochs(batches, lambda batch: batch.data[0].wait_to_read())


def ndarray_iter_mxnet(mx, **options):
    np = data_files.np
    data = np.random.default_rng(4).random((20000, 3, 16, 16), np.float32)
    batches = mx.io.NDArrayIter(data, np.arange(len(data)) % 10, BATCH, **options)
    return _epochs(batches, lambda batch: batch.data[0].wait_to_read())


def sequential_mxnet(mx):
    reader = mx.recordio.MXRecordIO(os.path.join(data_files.folder(), "plain.rec"), "r")

    def block(iterations):
        for _ in range(iterations):
            while reader.read() is not None:
                pass
            reader.reset()

    return block


def random_mxnet(mx):
    name = os.path.join(data_files.folder(), "plain")
    reader = mx.recordio.MXIndexedRecordIO(name + ".idx", name + ".rec", "r")
    order = data_files.np.random.default_rng(5).permutation(data_files.RECORDS).tolist()

    def block(iterations):
        for _ in range(iterations):
            for number in order:
                reader.read_idx(number)

    return block


CASES = {
    "ImageRecordIter, an epoch of 2000 JPEGs": {"mxnet": image_record_iter_mxnet},
    "DataLoader, 2 processes, an epoch of 2000 JPEGs": {"mxnet": loader_mxnet},
    "MNISTIter, an epoch of 60000": {"mxnet": mnist_mxnet},
    "NDArrayIter, an epoch of 20000": {"mxnet": ndarray_iter_mxnet},
    "NDArrayIter, shuffled": {"mxnet": lambda mx: ndarray_iter_mxnet(mx, shuffle=True)},
    "records in order, 20000 of 4 kB": {"mxnet": sequential_mxnet},
    "records in random order, 20000 of 4 kB": {"mxnet": random_mxnet},
}
