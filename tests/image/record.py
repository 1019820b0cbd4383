"""Record what 1.9.1 answers to the probes of this folder. Run with the Python that holds it:

python tests/image/record.py
"""

from __future__ import annotations

import json
import pathlib
import sys
import tempfile

import numpy as np

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent / "io")]


def main() -> None:
    import augment_probes as p
    import cv2
    import records

    import mxnet as mx

    folder = tempfile.mkdtemp()
    for i in range(10):
        cv2.imwrite(f"{folder}/{i}.png", records.image(i))
    for name in ("images.rec", "images.idx"):
        pathlib.Path(folder, name).write_bytes((here.parent / "io" / "recorded" / name).read_bytes())
    found = {
        "classify": {name: p.classify(mx, np, name) for name in p.CLASSIFY},
        "detect": {name: p.detect(mx, np, name) for name in p.DETECT},
        "created": [p.created(mx, np, i) for i in range(len(p.CREATED))],
        "created_det": [p.created_det(mx, np, i) for i in range(len(p.CREATED_DET))],
        "iterated": [p.iterated(mx, np, i, folder) for i in range(len(p.ITERATED))],
    }
    text = json.dumps(found, default=lambda x: x.tolist())
    (here / "recorded").mkdir(exist_ok=True)
    # few digits: the last ones are those of one machine
    rounded = json.loads(text, parse_float=lambda x: float(f"{float(x):.6g}"))
    (here / "recorded" / "augment.json").write_text(json.dumps(rounded) + "\n")


if __name__ == "__main__":
    main()
