"""Record what 1.9.1 answers to the samples of array_cases.py. Run with the Python that holds it:

python tests/ops/record_arrays.py
"""

from __future__ import annotations

import json
import pathlib
import sys

import mxnet as mx

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
from array_cases import CASES, answer, identify  # noqa: E402


def plain(array):
    if array.dtype.kind == "f":
        digits = 16 if array.dtype == "float64" else 8
        values = [float(f"{v:.{digits}g}") for v in array.ravel().tolist()]
    else:
        values = array.ravel().tolist()
    return [str(array.dtype), list(array.shape), values]


for family, cases in CASES.items():
    recorded = {}
    for number, case in enumerate(cases):
        crashes = case[0] == "SequenceLast" and "use_sequence_length" not in case[2]  # its gradient ends the process
        try:
            values, grads = answer(mx, case, gradient=not crashes)
        except mx.MXNetError as error:  # some have no gradient there
            print(identify(number, case), str(error).splitlines()[-1][:120])
            values, grads = answer(mx, case, gradient=False)
        recorded[identify(number, case)] = {
            "outputs": [plain(v) for v in values],
            "gradients": None if grads is None else [plain(g) for g in grads],
        }
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in recorded.items())
    (here / "recorded" / f"{family}.json").write_text("{\n" + lines + "\n}\n")
