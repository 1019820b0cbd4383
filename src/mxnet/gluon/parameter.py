"""Parameters: ``Parameter``, ``Constant``, and ``ParameterDict`` that holds them by name."""

from ._errors import DeferredInitializationError
from ._parameter import Constant, Parameter, tensor_types
from ._parameter_dict import ParameterDict

__all__ = ["Constant", "DeferredInitializationError", "Parameter", "ParameterDict", "tensor_types"]
