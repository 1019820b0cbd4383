"""What a probe answers, as plain data: 1.9.1's answers are recorded, ours are compared with them.

A probe is a function of the package and of NumPy, so that the same one runs on both. Written for Python 3.8, which may
be the one that holds 1.9.1.
"""

from __future__ import annotations

import json
import os
import pathlib

import numpy as np

LOOSE = {"float16": 2e-3, "float32": 2e-5, "float64": 1e-12}
_PLAIN = (str, bool, type(None))


def plain(value):
    """``value`` as JSON holds it; arrays with class, dtype and shape."""
    if hasattr(value, "asnumpy"):
        return {"class": type(value).__name__, **plain(value.asnumpy())}
    if isinstance(value, np.ndarray):
        return {
            "dtype": str(value.dtype),
            "shape": list(value.shape),
            "values": [plain(v) for v in value.ravel().tolist()],
        }
    if isinstance(value, np.generic):
        return {"dtype": str(value.dtype), "values": [plain(value.item())]}
    if isinstance(value, float):
        return float(f"{value:.9g}") if np.isfinite(value) else str(value)
    if isinstance(value, type):
        return np.dtype(value).name if issubclass(value, np.generic) else value.__name__
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    return value if isinstance(value, (int, *_PLAIN)) else str(value)


def answer(probe, mx):
    """The result of ``probe(mx, np)``, or the classes of the error it raises."""
    try:
        return {"result": plain(probe(mx, np))}
    except Exception as error:
        return {"error": [c.__name__ for c in type(error).__mro__ if c not in (BaseException, Exception, object)]}


def _apart(probe, mx):
    """The answer, from a process of its own: some probes end the process, or leave it with its memory broken."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(answer(probe, mx)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text and status == 0 else {"crash": status}


def record(mx, path, probes):
    """Write the answers to ``path``, one probe a line."""
    found = {name: _apart(probe, mx) for name, probe in probes.items()}
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in found.items())
    pathlib.Path(path).parent.mkdir(exist_ok=True)
    pathlib.Path(path).write_text("{\n" + lines + "\n}\n")


def recorded(path, probes):
    """The answers in ``path``, for exactly these probes."""
    found = json.loads(pathlib.Path(path).read_text())
    assert set(found) == set(probes), f"record again: {sorted(set(found) ^ set(probes))}"
    return found


def check(probe, mx, want):
    """Our answer is the recorded one: the same values to rounding, or an error that is also one of that class."""
    got = answer(probe, mx)
    if "error" in want:
        assert "error" in got, f"1.9.1 raises {want['error'][0]}, this gives {got}"
        assert want["error"][0] in got["error"], (want, got)
    else:
        assert "result" in got, f"raises {got}; 1.9.1 gives {want['result']}"
        _same(got["result"], want["result"], "the result")


def _same(got, want, where, loose=1e-6):
    if isinstance(want, dict):
        assert isinstance(got, dict) and set(got) == set(want), (where, got, want)
        loose = LOOSE.get(want.get("dtype"), loose)
        for key in want:
            _same(got[key], want[key], f"{where}.{key}", loose)
    elif isinstance(want, list):
        assert isinstance(got, list) and len(got) == len(want), (where, got, want)
        for i, (g, w) in enumerate(zip(got, want)):  # noqa: B905  not before 3.10
            _same(g, w, f"{where}[{i}]", loose)
    elif isinstance(want, float) or isinstance(got, float):
        assert isinstance(got, (int, float)) and abs(got - want) <= loose * max(1, abs(want)), (where, got, want)
    else:
        assert (type(got), got) == (type(want), want), where
