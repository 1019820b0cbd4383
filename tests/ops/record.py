"""Record what 1.9.1 answers to the samples. Run with the Python that holds it, for all families or for some:

python tests/ops/record.py [FAMILY ...]

Each sample runs in a process of its own, because some end it. What 1.9.1 fails on is printed and not recorded: such a
sample says ``here=True``, or ``wrt=()`` where only its gradient fails.
"""

from __future__ import annotations

import os
import pathlib
import pickle
import select
import signal
import sys
import tempfile
from dataclasses import replace

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import calls

PATIENCE = 60


def find(mx, name):
    """1.9.1's function of operator ``name``."""
    for prefix, module in (("_npi_", "numpy._internal"), ("_npx_", "numpy_extension._op"), ("_np_", "numpy._op")):
        if name.startswith(prefix):
            for part in module.split("."):
                mx = getattr(mx, part) if part != module.split(".")[0] else getattr(mx.nd, part)
            return of_numpy(getattr(mx, name[len(prefix) :]))
    for module in (mx.nd, mx.nd._internal):
        if hasattr(module, name):
            return getattr(module, name)
    _, kind, short = name.split("_", 2)
    return getattr(getattr(mx.nd, kind), short)


def of_numpy(function):
    """An operator on NumPy's arrays as one on NDArrays."""

    def turned(value):
        return [turned(v) for v in value] if isinstance(value, (list, tuple)) else value.as_np_ndarray()

    def call(*arrays, **attrs):
        if "out" in attrs:
            attrs["out"] = turned(attrs["out"])
        made = function(*[turned(a) for a in arrays], **attrs)
        return [m.as_nd_ndarray() for m in made] if isinstance(made, (list, tuple)) else made.as_nd_ndarray()

    return call


def apart(work):
    """The result of ``work()`` in a process of its own; an error's class and last line, or how the process ended."""
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as file:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            try:
                result = work()
            except Exception as error:
                lines = [line for line in str(error).splitlines() if line.strip()]
                result = {"error": type(error).__name__, "text": lines[-1][:200] if lines else ""}
            file.write(pickle.dumps(result))
            file.flush()
            os.write(writing, b"!")
            os._exit(0)
        os.close(writing)
        done = select.select([reading], [], [], PATIENCE)[0] and os.read(reading, 1)
        if not done:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(reading)
        if not done:
            return {"error": "end of the process", "text": f"status {status}"}
        file.seek(0)
        return pickle.loads(file.read())


def takes_half(mx, sample):
    """Whether 1.9.1 takes the call in float16."""
    inputs = [x.astype("float16") if x.dtype == np.float32 else x for x in sample.inputs]
    half = replace(sample, inputs=inputs, wrt=(), second=False)
    return {"half": "error" not in apart(lambda: calls.answer(mx, find(mx, half.op), half))}


def record(mx, sample):
    """The answer to ``sample``, with its gradient unless that fails."""
    function = find(mx, sample.op)
    found = apart(lambda: calls.answer(mx, function, sample))
    if "error" in found and calls.gradients_of(sample) and not sample.shape_only:
        plain = replace(sample, wrt=(), second=False)
        without = apart(lambda: calls.answer(mx, function, plain))
        if "error" not in without:
            return without, f"no gradient (say wrt=()): {found['error']}: {found['text']}"
    return found, f"{found['error']}: {found['text']}" if "error" in found else ""


def record_family(mx, family):
    samples, bad = calls.load(family)
    found = {}
    half_known = set()
    for name, sample in samples.items():
        if sample.here:
            continue
        entry, complaint = record(mx, sample)
        if complaint:
            print(f"{family}: {name}: {complaint}")
        if "error" in entry:
            continue
        if sample.shape_only:
            entry["outputs"] = [np.empty((0, *o.shape), o.dtype) for o in entry["outputs"]]
        if sample.op not in half_known and any(x.dtype == np.float32 for x in sample.inputs):
            half_known.add(sample.op)
            entry.update(takes_half(mx, sample))
        found[name] = {"inputs": calls.fingerprint(sample), **entry}
    for name, call in bad.items():
        entry = apart(lambda call=call: calls.answer(mx, find(mx, call.op), calls.as_sample(call)))
        found[f"bad {name}"] = {"error": entry.get("error", "")}
    calls.save(family, found)
    size = (calls.RECORDED / f"{family}.npz").stat().st_size
    print(f"{family}: {len(found)} of {len(samples) + len(bad)} recorded, {size} bytes")


def main():
    import mxnet as mx

    for family in sys.argv[1:] or calls.FAMILIES:
        record_family(mx, family)


if __name__ == "__main__":
    main()
