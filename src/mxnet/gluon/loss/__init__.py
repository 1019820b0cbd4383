"""Losses: one number a sample."""

from __future__ import annotations

from mxnet import ndarray
from mxnet._base.names import at_home
from mxnet.base import numeric_types
from mxnet.gluon.block import HybridBlock  # noqa: F401  programs reach it here
from mxnet.util import is_np_array

from ._base import Loss, _apply_weighting, _reshape_like  # noqa: F401  losses of other packages use them
from ._classes import (
    CTCLoss,
    KLDivLoss,
    SigmoidBCELoss,
    SigmoidBinaryCrossEntropyLoss,
    SoftmaxCELoss,
    SoftmaxCrossEntropyLoss,
)
from ._pairs import CosineEmbeddingLoss, SDMLLoss, TripletLoss
from ._values import HingeLoss, HuberLoss, L1Loss, L2Loss, LogisticLoss, PoissonNLLLoss, SquaredHingeLoss

__all__ = [
    "CTCLoss",
    "CosineEmbeddingLoss",
    "HingeLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "L2Loss",
    "LogisticLoss",
    "Loss",
    "PoissonNLLLoss",
    "SDMLLoss",
    "SigmoidBCELoss",
    "SigmoidBinaryCrossEntropyLoss",
    "SoftmaxCELoss",
    "SoftmaxCrossEntropyLoss",
    "SquaredHingeLoss",
    "TripletLoss",
    "is_np_array",
    "ndarray",
    "numeric_types",
]

at_home(vars())
