"""Parameters: ``Parameter``, ``Constant``, and ``ParameterDict`` that holds them by name."""

from mxnet._base.lazy import attach

from ._constant import Constant
from ._errors import DeferredInitializationError
from ._parameter import Parameter, tensor_types
from ._parameter_dict import ParameterDict

__getattr__ = attach(  # names that programs reach through this module because 1.9.1 imports them in it
    __name__,
    {name: f"mxnet.{name}" for name in ("autograd", "context", "initializer", "ndarray", "symbol")},
    {
        "Context": "mxnet.context",
        "MXNetError": "mxnet.base",
        "cpu": "mxnet.context",
        "is_np_array": "mxnet.util",
        "is_np_shape": "mxnet.util",
        "shape_is_known": "mxnet.gluon.utils",
    },
)

__all__ = ["Constant", "DeferredInitializationError", "Parameter", "ParameterDict", "tensor_types"]
