"""Record the networks of 1.9.1's model zoo. Run with the Python that holds it:

python tests/model_zoo/record.py                       names, shapes and graphs, into recorded/
python tests/model_zoo/record.py FOLDER [network ...]  parameters, graph, an input and the results for it, into FOLDER

The files of the second kind are large and made afresh by the test that needs them.
"""

from __future__ import annotations

import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[1]))


def main() -> None:
    import mxnet as mx
    from tests.model_zoo import networks

    if len(sys.argv) == 1:
        networks.write_tables(mx, here / "recorded" / "networks.json.xz")
        return
    for name in sys.argv[2:] or networks.NAMES:
        networks.export(mx, name, pathlib.Path(sys.argv[1]))
        print(name, flush=True)


if __name__ == "__main__":
    main()
