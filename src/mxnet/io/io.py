"""All of :mod:`mxnet.io` under the module path of 1.9.1."""

from __future__ import annotations

from mxnet._base.names import at_home

from ._batch import DataBatch, DataDesc, DataIter
from ._csv import CSVIter
from ._det_record import ImageDetRecordIter
from ._files import MNISTIter, MXDataIter
from ._image_record import (
    ImageRecordInt8Iter,
    ImageRecordIter,
    ImageRecordIter_v1,
    ImageRecordUInt8Iter,
    ImageRecordUInt8Iter_v1,
)
from ._libsvm import LibSVMIter
from ._ndarray_iter import NDArrayIter
from ._wrapping import PrefetchingIter, ResizeIter

__all__ = [
    "CSVIter",
    "DataBatch",
    "DataDesc",
    "DataIter",
    "ImageDetRecordIter",
    "ImageRecordInt8Iter",
    "ImageRecordIter",
    "ImageRecordIter_v1",
    "ImageRecordUInt8Iter",
    "ImageRecordUInt8Iter_v1",
    "LibSVMIter",
    "MNISTIter",
    "MXDataIter",
    "NDArrayIter",
    "PrefetchingIter",
    "ResizeIter",
]

at_home(vars())
