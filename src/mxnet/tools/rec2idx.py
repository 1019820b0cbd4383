"""``mxnet-rec2idx``: makes the index of a record file that has none.

    mxnet-rec2idx data/test.rec data/test.idx

The keys are 0, 1, 2, ... in the order of the records.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tqdm import tqdm

from mxnet import recordio
from mxnet._base.errors import MXNetError
from mxnet._base.files import atomic_write


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 1 where no index could be made."""
    parser = argparse.ArgumentParser("mxnet-rec2idx", description="Make the index of a record file.")
    parser.add_argument("record", help="the record file")
    parser.add_argument("index", help="the index to make")
    options = parser.parse_args(arguments)
    try:
        count = make_index(options.record, options.index)
    except (MXNetError, OSError) as error:
        print(f"mxnet-rec2idx: {error}", file=sys.stderr)
        return 1
    print(f"{options.index}: {count} records", file=sys.stderr)
    return 0


def make_index(record: str | os.PathLike[str], index: str | os.PathLike[str]) -> int:
    """Write the index of the record file ``record`` to ``index``; returns how many records it has.

    Raises:
        MissingFileError, FileError: a file cannot be read or written.
        FormatError: the record file is truncated or corrupt; the message names file and offset. No index is written
            then.
    """
    with open(record, "rb") as file, atomic_write(index) as lines:
        count, at = 0, 0
        with tqdm(total=os.path.getsize(record), unit="B", unit_scale=True) as bar:
            while recordio.read_record(file, os.fspath(record)) is not None:
                lines.write(f"{count}\t{at}\n".encode())
                bar.update(file.tell() - at)
                count, at = count + 1, file.tell()
    return count


if __name__ == "__main__":
    sys.exit(main())
