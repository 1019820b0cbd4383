"""Record what 1.9.1 answers to the samples of layer_cases.py. Run with the Python that holds it:

python tests/ops/record_layers.py
"""

from __future__ import annotations

import pathlib
import sys

import numpy as np

import mxnet as mx

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
from layer_cases import answer, cases  # noqa: E402


def drain() -> None:
    """1.9.1 tells an error of the past again at the next wait."""
    try:
        mx.nd.waitall()
    except mx.MXNetError:
        drain()


numbers, places, start = [], {}, 0
for name, case in cases().items():
    try:
        shapes, flat = answer(mx, case)
    except mx.MXNetError as error:
        drain()
        print(f"1.9.1 fails: {name}: {str(error).splitlines()[-1]}")
        continue
    places[name] = (start, start + flat.size)
    start += flat.size
    numbers.append(flat)
# one array and one index: archives have a cost for each member
np.savez_compressed(
    here / "recorded" / "layers.npz",
    names=np.array(list(places)),
    places=np.array(list(places.values())),
    numbers=np.concatenate(numbers),
)
