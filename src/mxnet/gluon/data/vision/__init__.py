"""Image data sets and transforms."""

from __future__ import annotations

from mxnet._base.lazy import attach

from . import datasets
from .datasets import CIFAR10, CIFAR100, MNIST, FashionMNIST, IDXDataset

__all__ = ["CIFAR10", "CIFAR100", "MNIST", "FashionMNIST", "IDXDataset", "datasets", "transforms"]

__getattr__ = attach(__name__, {"transforms": ".transforms"})
