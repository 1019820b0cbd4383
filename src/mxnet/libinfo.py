"""Where the libraries are. There is no C++ library here: the kernels are torch's."""

from __future__ import annotations

import os

__version__ = "1.9.1"


def find_lib_path(prefix: str = "libmxnet") -> list[str]:
    """The shared libraries that hold the kernels: torch's. ``prefix``, 1.9.1's library name, changes nothing.

    >>> len(find_lib_path()) > 0
    True
    """
    import torch

    folder = os.path.join(os.path.dirname(torch.__file__), "lib")
    return sorted(os.path.join(folder, n) for n in os.listdir(folder) if n.startswith(("libtorch", "torch")))


def find_include_path() -> str:
    """The folder of C++ headers that extensions compile against: torch's."""
    import torch

    return os.path.join(os.path.dirname(torch.__file__), "include")
