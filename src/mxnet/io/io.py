"""All of :mod:`mxnet.io` under the module path of 1.9.1."""

from __future__ import annotations

from ._batch import DataBatch, DataDesc, DataIter
from ._files import MNISTIter, MXDataIter
from ._ndarray_iter import NDArrayIter
from ._wrapping import PrefetchingIter, ResizeIter

__all__ = [
    "DataBatch",
    "DataDesc",
    "DataIter",
    "MNISTIter",
    "MXDataIter",
    "NDArrayIter",
    "PrefetchingIter",
    "ResizeIter",
]
