"""The optimizers, under the module path that they have in 1.9.1."""

from __future__ import annotations

from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet._base.names import at_home
from mxnet.ndarray import NDArray

from ._adaptive import AdaDelta, AdaGrad, Adam, Adamax, Nadam, RMSProp
from ._base import Optimizer, Test
from ._eve import Eve
from ._large_batch import LAMB, LARS, LBSGD
from ._leaders import FTML, Ftrl
from ._sgd import DCASGD, NAG, SGD, SGLD, Signum, ccSGD
from ._updater import Updater, get_updater

__all__ = [
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "Adamax",
    "DCASGD",
    "Eve",
    "FTML",
    "Ftrl",
    "LAMB",
    "LARS",
    "LBSGD",
    "NAG",
    "NDabs",
    "Nadam",
    "Optimizer",
    "RMSProp",
    "SGD",
    "SGLD",
    "Signum",
    "Test",
    "Updater",
    "ccSGD",
    "create",
    "get_updater",
    "register",
]

_RULES: tuple[type[Optimizer], ...] = (
    SGD,
    Signum,
    FTML,
    LARS,
    LBSGD,
    LAMB,
    DCASGD,
    NAG,
    SGLD,
    ccSGD,
    Adam,
    AdaGrad,
    RMSProp,
    AdaDelta,
    Ftrl,
    Adamax,
    Nadam,
    Eve,
    Test,
)
for _klass in _RULES:
    Optimizer.register(_klass)
at_home(vars())
get_updater.__module__ = __name__  # pickles name this place, too

register = Optimizer.register


def create(name: str, **kwargs: Any) -> Optimizer:
    """The optimizer of that name, made with ``kwargs``.

    Raises:
        ArgumentError: there is none of that name.

    >>> import mxnet as mx
    >>> mx.optimizer.create("adam", learning_rate=0.1).learning_rate
    0.1
    """
    return Optimizer.create_optimizer(name, **kwargs)


def NDabs(data: NDArray | None = None, out: NDArray | None = None, name: str | None = None, **kwargs: Any) -> Any:
    """``mx.nd.abs``, which 1.9.1 exports here by accident.

    Args:
        data: an array.
        out: where to write the result; a new array if None.
        name: has no effect.

    >>> import mxnet as mx
    >>> NDabs(mx.nd.array([-1, 2])).asnumpy()
    array([1., 2.], dtype=float32)
    """
    if data is None:
        raise ArgumentError("NDabs: data is missing; expected an NDArray")
    return data.abs(out=out, name=name, **kwargs)
