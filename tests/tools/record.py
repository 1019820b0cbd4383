"""Writes ``recorded/``: what the ``im2rec.py`` of the real 1.9.1 makes. Run it in a Python that has 1.9.1:

python tests/tools/record.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

from cases import LINES, LISTS, RECORDS, make_folder

import mxnet

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    recorded = os.path.join(HERE, "recorded")
    shutil.rmtree(recorded, ignore_errors=True)
    os.mkdir(recorded)
    with open(os.path.join(recorded, "some.lst"), "w") as file:
        file.write(LINES)
    program = [sys.executable, mxnet.test_utils.get_im2rec_path()]
    with tempfile.TemporaryDirectory() as folder:
        make_folder(os.path.join(folder, "images"))
        for name, options in LISTS.items():
            os.mkdir(os.path.join(recorded, name))
            target = os.path.join(recorded, name, "list")
            subprocess.check_call([*program, "--list", target, "images", *options], cwd=folder)
        for name, options in RECORDS.items():
            shutil.copy(os.path.join(recorded, "some.lst"), os.path.join(folder, name + ".lst"))
            subprocess.check_call([*program, *options, name, "images"], cwd=folder)
            for ending in (".rec", ".idx"):
                shutil.move(os.path.join(folder, name + ending), recorded)


if __name__ == "__main__":
    main()
