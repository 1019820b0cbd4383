"""Methods of NDArray that are operators."""

from __future__ import annotations

from typing import Any

from mxnet import _ops
from mxnet._runtime.functions import make_function

METHODS = """abs arccos arccosh arcsin arcsinh arctan arctanh argmax argmax_channel argmin argsort broadcast_axes cbrt
ceil clip cos cosh degrees depth_to_space diag exp expm1 fix flip floor log log10 log1p log2 log_softmax max mean min
nanprod nansum norm one_hot ones_like pad pick prod radians rcbrt reciprocal relu repeat reshape_like rint round rsqrt
shape_array sigmoid sign sin sinh size_array slice slice_axis slice_like softmax softmin sort space_to_depth split
sqrt square sum swapaxes take tan tanh tile topk trunc zeros_like""".split()


class OpMethod:
    """An operator as a method: the array is its first input. The function is made at the first use."""

    def __init__(self, op: str) -> None:
        self.op = op

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        import mxnet._kernels  # noqa: F401  registers the operators
        from mxnet._runtime.front import dress

        entry = _ops.get(self.op)
        home = next(c for c in owner.__mro__ if self.name in vars(c))
        function = dress(make_function(entry, home), entry, self.name, home.__module__, home.__name__)
        setattr(home, self.name, function)
        return getattr(owner if instance is None else instance, self.name)


def install_methods(owner: type, names: list[str] = METHODS) -> None:
    """Give ``owner`` the operators of these names as methods."""
    for name in names:
        method = OpMethod(name)
        method.__set_name__(owner, name)
        setattr(owner, name, method)
