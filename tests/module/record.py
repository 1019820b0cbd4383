"""Record the results of trainings in 1.9.1. Run with the Python that holds it:

python tests/module/record.py
"""

from __future__ import annotations

import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent)]


def main() -> None:
    import module_probes
    from answers import record

    import mxnet as mx

    record(mx, here / "recorded" / "modules.json", module_probes.PROBES)


if __name__ == "__main__":
    main()
