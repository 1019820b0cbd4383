"""Samples of operators by name, and how one is called: by the tests, and by the recorder under 1.9.1.

Written for Python 3.8, without the package under test.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import pathlib
import sys
import zlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE / "samples"))  # last: some families have the name of a module of Python
from sample import Sample  # noqa: E402

RECORDED = HERE / "recorded"
FAMILIES = sorted(p.stem for p in (HERE / "samples").glob("*.py") if p.stem != "sample")
_FLOATS = ("float16", "float32", "float64")


def load(family):
    """The samples and the bad calls of ``family``, each a dictionary by name."""
    path = HERE / "samples" / f"{family}.py"
    spec = importlib.util.spec_from_file_location(f"samples_{family}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return named(module.SAMPLES), named(module.BAD)


def named(samples):
    """``samples`` by a name that tells operator, inputs and attributes."""
    found = {}
    for sample in samples:
        inputs = ",".join(f"{_short(i.dtype)}{'x'.join(map(str, i.shape))}" for i in sample.inputs)
        attrs = ",".join(f"{k}={v}" for k, v in sample.attrs.items()).replace(" ", "")
        name = f"{sample.op}[{inputs}]" + f"[{attrs}]" * bool(attrs)
        if not getattr(sample, "train", True):
            name += "[predict]"
        number = 2
        while name in found:
            name = f"{name.partition('#')[0]}#{number}"
            number += 1
        found[name] = sample
    return found


def _short(dtype):
    return "" if dtype == np.float32 else f"{dtype.kind}{dtype.itemsize * 8}:"


def as_sample(bad):
    """A bad call as the sample it would be if it worked."""
    return Sample(bad.op, bad.inputs, bad.attrs, wrt=())


def fingerprint(sample):
    """A number of the inputs, to find samples that changed after they were recorded."""
    total = 0.0
    for x in sample.inputs:
        flat = np.nan_to_num(x.astype("float64").ravel(), posinf=9.0, neginf=-9.0)
        total += float(flat @ np.cos(np.arange(flat.size) + 1.0))
    return total


def gradients_of(sample):
    """The inputs whose gradients are compared."""
    if sample.wrt is not None:
        return sample.wrt
    return tuple(i for i, x in enumerate(sample.inputs) if x.dtype in ("float32", "float64"))


def heads_of(sample, outputs):
    """Places of the outputs that gradients start from."""
    if sample.heads is not None:
        return sample.heads
    return tuple(k for k, o in enumerate(outputs) if np.dtype(o.dtype).name in _FLOATS)


def weights(sample, what, shape, dtype):
    """Numbers in [0.5, 1.5) for one output or gradient of a sample."""
    draw = np.random.RandomState(zlib.crc32(f"{sample.op}/{what}".encode()))
    return np.array(draw.uniform(0.5, 1.5, shape), dtype)


def shapes_mode(mx, sample):
    """NumPy shapes where an input, or NumPy's operator, needs them."""
    needed = sample.op.startswith("_np") or any(x.size == 0 or x.ndim == 0 for x in sample.inputs)
    return mx.util.np_shape(True) if needed else _nothing()


@contextlib.contextmanager
def _nothing():
    yield


def listed(result):
    return list(result) if isinstance(result, (list, tuple)) else [result]


def given_out(sample, arrays):
    """The keyword that has the call write its results into inputs, if it should."""
    out = [arrays[i] for i in sample.into]
    return {"out": out if len(out) > 1 else out[0]} if out else {}


def answer(mx, function, sample):
    """What the call gives: outputs, inputs as changed, gradients and second gradients, lists of NumPy arrays."""
    with shapes_mode(mx, sample):
        arrays = [mx.nd.array(x, dtype=x.dtype) for x in sample.inputs]
        wrt = () if sample.shape_only else gradients_of(sample)
        for i in wrt:
            arrays[i].attach_grad()
        modes = mx.autograd.train_mode if sample.train else mx.autograd.predict_mode
        with mx.autograd.record(train_mode=sample.train) if wrt else modes():
            outputs = listed(function(*arrays, **sample.attrs, **given_out(sample, arrays)))
        found = {"outputs": [o.asnumpy() for o in outputs]}
        places = heads_of(sample, found["outputs"])
        if wrt and places:
            values = [weights(sample, k, outputs[k].shape, outputs[k].dtype) for k in places]
            mx.autograd.backward([outputs[k] for k in places], [mx.nd.array(v, dtype=v.dtype) for v in values])
            found["gradients"] = [arrays[i].grad.asnumpy() for i in wrt]
        found["changed"] = [arrays[i].asnumpy() for i in sample.changes]
        if sample.second:
            found["seconds"] = _seconds(mx, function, sample, wrt)
    return found


def _seconds(mx, function, sample, wrt):
    arrays = [mx.nd.array(x, dtype=x.dtype) for x in sample.inputs]
    variables = [arrays[i] for i in wrt]
    for v in variables:
        v.attach_grad()
    with mx.autograd.record(train_mode=sample.train):
        outputs = listed(function(*arrays, **sample.attrs))
        heads = [mx.nd.array(weights(sample, k, o.shape, o.dtype), dtype=o.dtype) for k, o in enumerate(outputs)]
        firsts = mx.autograd.grad(outputs, variables, head_grads=heads, create_graph=True, retain_graph=True)
    over = [mx.nd.array(weights(sample, f"g{i}", g.shape, g.dtype), dtype=g.dtype) for i, g in zip(wrt, firsts)]  # noqa: B905
    mx.autograd.backward(firsts, over)
    return [v.grad.asnumpy() for v in variables]


def save(family, found):
    """Write what was recorded: one array a dtype and one index, for archives have a cost for each member."""
    numbers, index = {}, {}
    for name, entry in found.items():
        index[name] = {k: [_place(a, numbers) for a in v] if isinstance(v, list) else v for k, v in entry.items()}
    text = np.frombuffer(json.dumps(index, separators=(",", ":")).encode(), np.uint8)
    flat = {dtype: np.concatenate(parts) for dtype, parts in numbers.items()}
    RECORDED.mkdir(exist_ok=True)
    np.savez_compressed(RECORDED / f"{family}.npz", index=text, **flat)


def _place(array, numbers):
    parts = numbers.setdefault(array.dtype.name, [])
    start = sum(p.size for p in parts)
    parts.append(array.ravel())
    return [array.dtype.name, list(array.shape), start]


def recorded(family):
    """What 1.9.1 answered, by name of the sample."""
    path = RECORDED / f"{family}.npz"
    if not path.exists():
        return {}
    with np.load(path) as archive:
        numbers = {k: archive[k] for k in archive.files}
    index = json.loads(numbers.pop("index").tobytes().decode())

    def array(dtype, shape, start):
        return numbers[dtype][start : start + int(np.prod(shape, dtype=int))].reshape(shape)

    return {
        name: {k: [array(*place) for place in v] if isinstance(v, list) else v for k, v in entry.items()}
        for name, entry in index.items()
    }
