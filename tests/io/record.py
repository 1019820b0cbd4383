"""Record the files that 1.9.1 writes and what its iterators make of them. Run with the Python that holds it:

python tests/io/record.py
"""

from __future__ import annotations

import json
import pathlib
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here)]
RECORDED = here / "recorded"


def record_parts() -> None:
    import records

    from mxnet import recordio

    writer = recordio.MXIndexedRecordIO(str(RECORDED / "parts.idx"), str(RECORDED / "parts.rec"), "w")
    for i, content in enumerate(records.PARTS):
        writer.write_idx(7 * i, content)
    writer.close()
    writer = recordio.MXRecordIO(str(RECORDED / "headers.rec"), "w")
    for header in records.HEADERS:
        writer.write(recordio.pack(header, b"content"))
    writer.close()
    writer = recordio.MXIndexedRecordIO(str(RECORDED / "images.idx"), str(RECORDED / "images.rec"), "w")
    for i in range(10):
        writer.write_idx(i, recordio.pack_img((0, i, i, 0), records.image(i), 9, ".png"))
    writer.close()


def record_text() -> None:
    import numpy as np
    import text_probes as p

    import mxnet as mx

    folder = tempfile.mkdtemp()
    p.write(folder)
    found = {
        "csv": [p.csv(mx, np, folder, i) for i in range(len(p.CSV))],
        "svm": [p.svm(mx, np, folder, i) for i in range(len(p.SVM))],
    }
    (RECORDED / "text.json").write_text(json.dumps(found) + "\n")


def record_images() -> None:
    import image_probes as p
    import numpy as np
    import records

    import mxnet as mx

    p.write_detection(mx.recordio, records.image, RECORDED / "detection.rec")
    found = {
        "images": {name: p.images(mx, np, RECORDED, name) for name in p.IMAGES},
        "batches": {name: p.batches(mx, np, RECORDED, name) for name in p.BATCHES},
        "detection": {name: p.detection(mx, np, RECORDED, name) for name in p.DETECTION},
    }
    mean = RECORDED / "mean.bin"
    mean.unlink(missing_ok=True)
    options = {"path_imgrec": str(RECORDED / "images.rec"), "data_shape": (3, 4, 5), "batch_size": 5}
    next(mx.io.ImageRecordIter(mean_img=str(mean), **options))
    found = json.loads(json.dumps(found), parse_float=lambda x: float(f"{float(x):.6g}"))
    (RECORDED / "images.json").write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    RECORDED.mkdir(exist_ok=True)
    record_parts()
    record_text()
    record_images()
