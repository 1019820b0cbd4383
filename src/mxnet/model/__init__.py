"""Checkpoints, and ``FeedForward``: a symbol to train and to predict with, on arrays or iterators."""

from __future__ import annotations

from mxnet import io, metric
from mxnet import kvstore as kvs
from mxnet import ndarray as nd
from mxnet import optimizer as opt
from mxnet import symbol as sym
from mxnet._runtime.context import Context, cpu
from mxnet.callback import LogValidationMetricsCallback, save_checkpoint
from mxnet.executor_manager import DataParallelExecutorManager
from mxnet.initializer import Uniform
from mxnet.io import DataDesc
from mxnet.optimizer import get_updater

from ._checkpoints import load_checkpoint, load_params
from ._feedforward import BatchEndParam, FeedForward
from ._stores import (  # noqa: F401  modules written outside of this package import them here
    _create_kvstore,
    _create_sparse_kvstore,
    _initialize_kvstore,
    _update_params,
    _update_params_on_kvstore,
)

__all__ = [
    "SKLEARN_INSTALLED",
    "BatchEndParam",
    "Context",
    "DataDesc",
    "DataParallelExecutorManager",
    "FeedForward",
    "LogValidationMetricsCallback",
    "Uniform",
    "cpu",
    "get_updater",
    "io",
    "kvs",
    "load_checkpoint",
    "load_params",
    "metric",
    "nd",
    "opt",
    "save_checkpoint",
    "sym",
]

SKLEARN_INSTALLED = False
"""Whether ``FeedForward`` is an estimator of scikit-learn: in 1.9.1 where that is installed, here never."""

for _public in (BatchEndParam, FeedForward):
    _public.__module__ = __name__  # pickles name this place
