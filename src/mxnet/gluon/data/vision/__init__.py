"""Image data sets and transforms."""

from __future__ import annotations

from mxnet._base.lazy import attach

from . import datasets
from ._folder import ImageFolderDataset
from ._record import ImageListDataset, ImageRecordDataset
from .datasets import CIFAR10, CIFAR100, MNIST, FashionMNIST, IDXDataset

__all__ = [
    "CIFAR10",
    "CIFAR100",
    "MNIST",
    "FashionMNIST",
    "IDXDataset",
    "ImageFolderDataset",
    "ImageListDataset",
    "ImageRecordDataset",
    "datasets",
    "transforms",
]

__getattr__ = attach(__name__, {"transforms": ".transforms"})
