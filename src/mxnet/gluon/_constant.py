"""Parameters that keep their value."""

from __future__ import annotations

import warnings
from typing import Any

from mxnet import initializer, ndarray

from ._parameter import Parameter


class Constant(Parameter):
    """A parameter that is not learned: it keeps its value and has no gradient.

    Args:
        name: its full name. 2.x has no such names and passes the value alone, which is allowed here too.
        value: an array or what one can be made of.

    >>> c = Constant("c", [[1, 2], [3, 4]])
    >>> c.initialize()
    >>> c.data().asnumpy()
    array([[1., 2.],
           [3., 4.]], dtype=float32)
    """

    def __init__(self, name: Any, value: Any = None) -> None:
        if value is None:
            name, value = "const", name
        if not isinstance(value, ndarray.NDArray):
            value = ndarray.array(value)
        self.value = value
        super().__init__(name, grad_req="null", shape=value.shape, dtype=value.dtype, init=initializer.Constant(value))

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.init = initializer.Constant(self.value)  # in pickles of 1.9.1 it is a word that only their writer knows

    def __repr__(self) -> str:
        return f"Constant {self.name} (shape={self.shape}, dtype={self.dtype})"

    def _init_text(self) -> str:
        # the value itself goes into the file of parameters, not into the graph
        return f"Constant_{self.name}_{id(self)}"

    @property
    def grad_req(self) -> str:
        """Always ``null``."""
        return "null"

    @grad_req.setter
    def grad_req(self, req: str) -> None:
        if req != "null":
            warnings.warn(
                f'Constant parameter "{self.name}" does not support grad_req other than "null", and new value "{req}" '
                "is ignored.",
                stacklevel=2,
            )


Constant.__module__ = "mxnet.gluon.parameter"
