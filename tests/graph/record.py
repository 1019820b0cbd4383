"""Record what 1.9.1 makes of graphs, old symbol files and programs on symbols. Run with the Python that holds it:

python tests/graph/record.py
"""

from __future__ import annotations

import json
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[1]))


def main() -> None:
    import mxnet as mx
    from tests.answers import record
    from tests.graph import graphs, inference_probes, old_files, symbol_probes

    found = {}
    for name in graphs.GRAPHS:
        symbol = graphs.build(mx, name)
        texts = {"text": symbol.tojson(), "with casts": symbol.tojson(remove_amp_cast=False)}
        found[name] = texts if texts["text"] != texts["with casts"] else {"text": texts["text"]}
    _write("graphs.json", found)
    _write("old_files.json", {n: _loaded(mx, text) for n, text in old_files.FILES.items()})
    record(mx, here / "recorded" / "symbols.json", symbol_probes.PROBES)
    record(mx, here / "recorded" / "inference.json", inference_probes.PROBES)


def _loaded(mx, text: str) -> dict[str, str]:
    try:
        return {"text": mx.sym.load_json(text).tojson()}
    except mx.MXNetError as error:
        return {"error": str(error).splitlines()[0]}


def _write(name: str, answers: dict) -> None:
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in answers.items())
    (here / "recorded").mkdir(exist_ok=True)
    (here / "recorded" / name).write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
