"""Data sets, samplers, and the loader that makes batches of them.

>>> import numpy as np
>>> data = ArrayDataset(np.arange(4), np.arange(4) % 2)
>>> [(x.asnumpy().tolist(), y.asnumpy().tolist()) for x, y in DataLoader(data, batch_size=2)]
[([0, 1], [0, 1]), ([2, 3], [0, 1])]
"""

from __future__ import annotations

from mxnet._base.lazy import attach

from . import batchify, dataloader, dataset, sampler
from .dataloader import DataLoader
from .dataset import ArrayDataset, Dataset, RecordFileDataset, SimpleDataset
from .sampler import BatchSampler, FilterSampler, RandomSampler, Sampler, SequentialSampler

__all__ = [
    "ArrayDataset",
    "BatchSampler",
    "DataLoader",
    "Dataset",
    "FilterSampler",
    "RandomSampler",
    "RecordFileDataset",
    "Sampler",
    "SequentialSampler",
    "SimpleDataset",
    "batchify",
    "dataloader",
    "dataset",
    "sampler",
    "vision",
]

# Its transforms are blocks, which bring the rest of Gluon; programs that only load data need not wait for that.
__getattr__ = attach(__name__, {"vision": ".vision"})
