"""Record what 1.9.1 says of recurrent cells and layers. Run with the Python that holds it:

python tests/gluon/rnn/record.py
"""

from __future__ import annotations

import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parents[2])]


def main() -> None:
    import gluon_rnn_probes

    import mxnet as mx
    from tests.answers import record

    record(mx, here / "recorded" / "cells.json", gluon_rnn_probes.PROBES)


if __name__ == "__main__":
    main()
