"""MXNet on today's Python, NumPy and hardware.

``import mxnet as mx`` gives the interface of Apache MXNet 1.9.1: NDArray, autograd, Gluon, Symbol. Submodules load when
first used; the records of :mod:`mxnet.recordio` without torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._base.c_library import LIBRARY
from ._base.errors import MXNetError
from ._base.lazy import attach
from ._base.threads import wait_briefly

if TYPE_CHECKING:
    from ._runtime.context import Context, cpu, cpu_pinned, current_context, gpu, num_gpus

__version__ = "1.9.1"
"""The version whose interface this is, because other packages compare it; see ``python -m mxnet`` for our own."""

_MODULES = """attribute autograd base callback context contrib engine error executor executor_manager gluon image
initializer io kvstore libinfo log lr_scheduler metric model module monitor name ndarray notebook numpy
numpy_dispatch_protocol numpy_extension numpy_op_signature operator optimizer random recordio registry rnn runtime
subgraph symbol test_utils util visualization""".split()
_ALIASES = {
    "nd": ".ndarray",
    "sym": ".symbol",
    "np": ".numpy",
    "npx": ".numpy_extension",
    "np_symbol": ".symbol.numpy._symbol",
    "img": ".image",
    "init": ".initializer",
    "mod": ".module",
    "mon": ".monitor",
    "kv": ".kvstore",
    "rnd": ".random",
    "viz": ".visualization",
}
_ATTRIBUTES = {
    "AttrScope": ".attribute",
    "Context": "._runtime.context",
    "cpu": "._runtime.context",
    "cpu_pinned": "._runtime.context",
    "current_context": "._runtime.context",
    "gpu": "._runtime.context",
    "num_gpus": "._runtime.context",
    "is_np_array": ".util",
    "is_np_shape": ".util",
    "np_array": ".util",
    "np_shape": ".util",
    "set_np_shape": ".util",
    "use_np": ".util",
    "use_np_array": ".util",
    "use_np_shape": ".util",
}

LIBRARY.provide("MX", "mxnet.symbol._library:FUNCTIONS")
LIBRARY.provide("MXRecordIO", "mxnet.recordio._library")

wait_briefly()

__all__ = ["Context", "MXNetError", "cpu", "cpu_pinned", "current_context", "gpu", "num_gpus"]
__all__ += [*_MODULES, *_ALIASES, *_ATTRIBUTES]

__getattr__ = attach(__name__, {m: f".{m}" for m in _MODULES} | _ALIASES, _ATTRIBUTES)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_ALIASES, *_ATTRIBUTES})
