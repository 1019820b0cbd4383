"""Measures of how well predictions fit: ``mx.metric``."""

from mxnet._base.lazy import attach
from mxnet._base.names import at_home

from .base import EvalMetric, alias, check_label_shapes, register
from .classification import F1, MCC, PCC, Accuracy, TopKAccuracy, _BinaryClassificationMetrics  # noqa: F401  in pickles
from .composed import CompositeEvalMetric, CustomMetric, create, np
from .likelihood import CrossEntropy, NegativeLogLikelihood, Perplexity
from .regression import (
    MAE,
    MSE,
    RMSE,
    Caffe,
    Loss,
    PearsonCorrelation,
    Torch,
)

__getattr__ = attach(__name__, {"ndarray": "mxnet.ndarray", "registry": "mxnet.registry"})

__all__ = [
    "F1",
    "MAE",
    "MCC",
    "MSE",
    "PCC",
    "RMSE",
    "Accuracy",
    "Caffe",
    "CompositeEvalMetric",
    "CrossEntropy",
    "CustomMetric",
    "EvalMetric",
    "Loss",
    "NegativeLogLikelihood",
    "PearsonCorrelation",
    "Perplexity",
    "TopKAccuracy",
    "Torch",
    "alias",
    "check_label_shapes",
    "create",
    "np",
    "register",
]

at_home(vars(), "")
