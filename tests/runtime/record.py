"""Record what 1.9.1 answers to the probes beside this file. Run with the Python that holds it:

python tests/runtime/record.py
"""

from __future__ import annotations

import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent)]


def main() -> None:
    import array_probes
    import autograd_probes
    from answers import record

    import mxnet as mx

    record(mx, here / "recorded" / "arrays.json", array_probes.PROBES)
    record(mx, here / "recorded" / "autograd.json", autograd_probes.PROBES)


if __name__ == "__main__":
    main()
