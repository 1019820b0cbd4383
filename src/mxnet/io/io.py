"""All of :mod:`mxnet.io` under the module path of 1.9.1."""

from __future__ import annotations

from ._batch import DataBatch, DataDesc, DataIter
from ._csv import CSVIter
from ._files import MNISTIter, MXDataIter
from ._libsvm import LibSVMIter
from ._ndarray_iter import NDArrayIter
from ._wrapping import PrefetchingIter, ResizeIter

__all__ = [
    "CSVIter",
    "DataBatch",
    "DataDesc",
    "DataIter",
    "LibSVMIter",
    "MNISTIter",
    "MXDataIter",
    "NDArrayIter",
    "PrefetchingIter",
    "ResizeIter",
]
