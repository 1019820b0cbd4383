"""Record what 1.9.1 answers to the samples of update_cases.py. Run with the Python that holds it:

python tests/ops/record_updates.py
"""

from __future__ import annotations

import pathlib

import numpy as np


def main() -> None:
    from update_cases import MULTI, cases

    import mxnet as mx

    answers = {}
    for name, (op, inputs, attrs, places, variadic) in cases().items():
        arrays = [mx.nd.array(a, dtype=a.dtype) for a in inputs]
        function = getattr(mx.nd, op, None) or getattr(mx.nd._internal, op)
        if variadic:
            per = len(MULTI[op][0].split())
            function(*arrays, out=arrays[0 : 2 * per : per], **attrs)
        elif 0 in places:
            function(*arrays, out=arrays[0], **attrs)
        else:
            arrays.append(function(*arrays, **attrs))
            places = [*places, len(arrays) - 1]
        # one flat array a case: float16 fits in float32 and archives have a cost for each member
        answers[name] = np.concatenate([arrays[place].asnumpy().astype("float32").ravel() for place in places])
    np.savez_compressed(pathlib.Path(__file__).resolve().parent / "recorded" / "updates.npz", **answers)


if __name__ == "__main__":
    main()
