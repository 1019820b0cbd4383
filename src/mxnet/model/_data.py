"""Iterators for arrays that are given in place of iterators."""

from __future__ import annotations

from typing import Any

import numpy as np

from mxnet import io
from mxnet._base.errors import ArgumentError, DTypeError
from mxnet.ndarray import NDArray


def iterator_over(data: Any, label: Any, batch_size: int, is_train: bool) -> Any:
    """An iterator over arrays; an iterator is returned as it is."""
    if not isinstance(data, (np.ndarray, NDArray)):
        if not isinstance(data, io.DataIter) and not hasattr(data, "provide_data"):
            raise DTypeError(f"X must be DataIter, NDArray or numpy.ndarray, got {type(data).__name__}")
        return data
    if label is None:
        if is_train:
            raise ArgumentError("y must be specified when X is numpy.ndarray")
        label = np.zeros(data.shape[0])
    label = label.asnumpy() if isinstance(label, NDArray) else np.asarray(label)
    if label.ndim == 2 and label.shape[1] == 1:
        label = label.reshape(-1)
    if label.ndim != 1:
        raise ArgumentError(f"Label must be 1D or 2D (with 2nd dimension being 1), got shape {label.shape}")
    if len(label) != data.shape[0]:
        raise ArgumentError(
            f"The numbers of data points and labels not equal: {data.shape[0]} of data, {len(label)} of labels"
        )
    size = min(data.shape[0], batch_size)
    handle = "roll_over" if is_train else "pad"
    return io.NDArrayIter(data, label, size, shuffle=is_train, last_batch_handle=handle)


def validation_over(data: Any, batch_size: int) -> Any:
    """An iterator over a pair of arrays; an iterator, or None, is returned as it is."""
    if data is None or isinstance(data, io.DataIter) or hasattr(data, "provide_data"):
        return data
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise DTypeError(
            "Eval data must be DataIter, or NDArray/numpy.ndarray/list pair (i.e. tuple/list of length 2), got "
            f"{type(data).__name__}"
        )
    values = [np.asarray(part) if isinstance(part, list) else part for part in data]
    return iterator_over(values[0], values[1], batch_size, is_train=True)
