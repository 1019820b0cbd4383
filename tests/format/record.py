"""Record what 1.9.1 writes, and what it reads in files of every layout. Run with the Python that holds it:

python tests/format/record.py
"""

from __future__ import annotations

import json
import pathlib
import pickle
import sys
import tempfile

import numpy as np

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent)]


def main() -> None:
    import layouts
    import pickled
    import saved
    from answers import _apart, plain

    import mxnet as mx

    path = str(pathlib.Path(tempfile.mkdtemp()) / "a.params")

    def written(data) -> str:
        mx.nd.save(path, data)
        return pathlib.Path(path).read_bytes().hex()

    def read(np_shape):
        def probe(mx, np):
            with mx.util.np_shape(np_shape):
                found = mx.nd.load(path)
                named = found.items() if isinstance(found, dict) else enumerate(found)
                return {"names": isinstance(found, dict), **{k: [str(v.context), plain(v)] for k, v in named}}

        return probe

    _write("written.json", {n: written(f(mx, np)) for n, f in {**saved.PLAIN, **saved.SPARSE}.items()})
    with mx.util.np_shape(True):
        _write("written_np_shape.json", {n: written(f(mx, np)) for n, f in saved.NP_SHAPE.items()})
    found = {}
    for name, data in layouts.files().items():
        pathlib.Path(path).write_bytes(data)
        found[name] = {"file": data.hex(), "read": _apart(read(name.startswith("v3")), mx)}
    _write("layouts.json", found)
    pickles = {n: pickle.dumps(make(mx, np), 2) for n, make in pickled.OBJECTS.items()}
    told = {n: pickled.told(mx, np, pickle.loads(data)) for n, data in pickles.items()}
    _write("pickled.json", {n: {"pickle": data.hex(), "told": told[n]} for n, data in pickles.items()})


def _write(name: str, answers: dict) -> None:
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in answers.items())
    (here / "recorded").mkdir(exist_ok=True)
    (here / "recorded" / name).write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
