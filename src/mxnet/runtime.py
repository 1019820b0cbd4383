"""What this installation can do: ``mx.runtime.Features``."""

from __future__ import annotations

import collections
import importlib.util
import platform

from ._base.errors import ArgumentError

__all__ = ["Feature", "Features", "feature_list"]


class Feature:
    """One feature of the build, by 1.9.1's name."""

    def __init__(self, name: str, enabled: bool) -> None:
        self._name = name
        self._enabled = enabled

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def enabled(self) -> bool:
        """Whether it is there."""
        return self._enabled

    def __repr__(self) -> str:
        return f"{'✔' if self._enabled else '✖'} {self._name}"


def feature_list() -> list[Feature]:
    """Every feature 1.9.1 knows, and whether it is here: on torch's word, or by whether a package is installed.

    >>> any(f.name == "CUDA" for f in feature_list())
    True
    """
    import torch

    cuda = torch.cuda.is_available()
    intel = platform.machine().lower() in ("x86_64", "amd64")
    has = {
        "CUDA": cuda,
        "CUDNN": cuda and torch.backends.cudnn.is_available(),
        "NCCL": torch.distributed.is_available() and torch.distributed.is_nccl_available(),
        "CUDA_RTC": False,
        "TENSORRT": False,
        "CPU_SSE": intel,
        "CPU_SSE2": intel,
        "CPU_SSE3": intel,
        "CPU_SSE4_1": intel,
        "CPU_SSE4_2": intel,
        "CPU_SSE4A": False,
        "CPU_AVX": "AVX" in torch.backends.cpu.get_cpu_capability(),
        "CPU_AVX2": torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512"),
        "OPENMP": torch.backends.openmp.is_available(),
        "SSE": False,
        "F16C": torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512"),
        "JEMALLOC": False,
        "BLAS_OPEN": False,
        "BLAS_ATLAS": False,
        "BLAS_MKL": torch.backends.mkl.is_available(),
        "BLAS_APPLE": False,
        "LAPACK": bool(torch._C.has_lapack),
        "MKLDNN": torch.backends.mkldnn.is_available(),
        "OPENCV": importlib.util.find_spec("cv2") is not None,
        "CAFFE": False,
        "PROFILER": False,
        "DIST_KVSTORE": False,
        "CXX14": False,
        "INT64_TENSOR_SIZE": True,
        "SIGNAL_HANDLER": False,
        "DEBUG": False,
        "TVM_OP": False,
    }
    return [Feature(n, bool(on)) for n, on in has.items()]


class Features(collections.OrderedDict):
    """The features by name. There is one object of it.

    >>> Features().is_enabled("INT64_TENSOR_SIZE"), Features() is Features()
    (True, True)
    """

    instance: Features | None = None

    def __new__(cls) -> Features:
        if cls.instance is None:
            cls.instance = super().__new__(cls)
        return cls.instance

    def __init__(self) -> None:
        if not self:
            super().__init__((f.name, f) for f in feature_list())

    def __repr__(self) -> str:
        return "[" + ", ".join(map(repr, self.values())) + "]"

    def is_enabled(self, feature_name: str) -> bool:
        """Whether a feature is here.

        Raises:
            ArgumentError: there is no feature of that name.
        """
        name = feature_name.upper()
        if name not in self:
            raise ArgumentError(f"Feature '{feature_name}' is unknown, known features are: {', '.join(self)}")
        return bool(self[name].enabled)
