"""Record what 1.9.1 writes and computes of loops and branches. Run with the Python that holds it:

python tests/graph/record_loops.py
"""

from __future__ import annotations

import json
import pathlib

import loops

import mxnet as mx

PATH = pathlib.Path(__file__).resolve().parent / "recorded" / "loops.json"


def answer(name):
    symbol = loops.build(mx, name)
    found = {"text": symbol.tojson()}
    for backward in (True, False) if name in loops.SHAPES else ():
        try:
            found.update(loops.run(mx, symbol, name, backward))
            break
        except mx.MXNetError as error:  # 1.9.1 finds no gradient for some
            print(name, "with gradient" if backward else "", str(error).splitlines()[-1][:100])
    return found


lines = [f"{json.dumps(n)}: {json.dumps(answer(n), separators=(',', ':'))}" for n in loops.LOOPS]
PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n")
