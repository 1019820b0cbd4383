"""Record results of 1.9.1. Run with the Python that holds it, for all or some of the files of probes:

python tests/gluon/record.py [losses layers ... files]
"""

from __future__ import annotations

import importlib
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[1]))

FILES = {
    "losses": "loss_probes",
    "layers": "layer_probes",
    "blocks": "block_probes",
    "refusals": "refusal_probes",
    "structures": "structure_probes",
    "trainers": "trainer_probes",
}


def main() -> None:
    import mxnet as mx
    from tests.answers import record

    for name in sys.argv[1:] or [*FILES, "files"]:
        if name == "files":
            import numpy as np

            from tests.gluon.saved_nets import save_all

            save_all(mx, np, here / "recorded")
            continue
        record(mx, here / "recorded" / f"{name}.json", importlib.import_module(f"tests.gluon.{FILES[name]}").PROBES)


if __name__ == "__main__":
    main()
