"""Record graphs, weights and batches of ``mx.rnn`` in 1.9.1. Run with the Python that holds it:

python tests/rnn/record.py
"""

from __future__ import annotations

import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent)]


def main() -> None:
    import rnn_probes
    from answers import record

    import mxnet as mx

    record(mx, here / "recorded" / "rnn.json", rnn_probes.PROBES)


if __name__ == "__main__":
    main()
