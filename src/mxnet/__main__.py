"""``python -m mxnet``: versions, devices and features of this installation."""

from __future__ import annotations

import platform
from importlib import metadata

import numpy
import torch

import mxnet
from mxnet.runtime import feature_list


def _distribution() -> str:
    try:
        return metadata.version("mxnet-next")
    except metadata.PackageNotFoundError:
        return "not installed (running from a source tree)"


def _devices() -> list[str]:
    count = mxnet.num_gpus()
    rows = [f"cpu(0)  {platform.processor() or platform.machine()}, {torch.get_num_threads()} threads"]
    for i in range(count):
        name = torch.cuda.get_device_name(i) if torch.cuda.is_available() else "Apple GPU (MPS)"
        rows.append(f"gpu({i})  {name}")
    return rows


def main() -> None:
    """Print them."""
    print(f"mxnet-next  {_distribution()}")
    print(f"interface   MXNet {mxnet.__version__}")
    print(f"python      {platform.python_version()} on {platform.platform()}")
    print(f"torch       {torch.__version__}")
    print(f"numpy       {numpy.__version__}")
    print("devices")
    for row in _devices():
        print(f"  {row}")
    print("features")
    features = feature_list()
    print("  " + ", ".join(f.name for f in features if f.enabled))


if __name__ == "__main__":
    main()
