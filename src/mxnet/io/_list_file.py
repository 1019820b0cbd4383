"""List files of images: a number, labels and a name on each line, tabs between."""

from __future__ import annotations

import os

import numpy as np

from mxnet._base.errors import FileError, FormatError, MissingFileError


def read_list(path: str | os.PathLike[str]) -> list[tuple[int, np.ndarray, str]]:
    """Number, labels (float32, one axis) and name of each line; lines that are empty do not count.

    Raises:
        MissingFileError, FileError: the file can not be read.
        FormatError: a line is broken; names file and line.
    """
    path = os.fspath(path)
    found = []
    try:
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                parts = line.strip().split("\t")
                if parts == [""]:
                    continue
                try:
                    if len(parts) < 3:
                        raise ValueError(f"{len(parts)} parts")
                    found.append((int(parts[0]), np.array(parts[1:-1], np.float32), parts[-1]))
                except ValueError as error:
                    raise FormatError(
                        f"{path}: line {number}: {line[:80]!r}: {error}; expected a number, labels and a name, with "
                        "tabs between"
                    ) from error
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: not a list of images: {error}") from error
    except OSError as error:
        kind = MissingFileError if isinstance(error, FileNotFoundError) else FileError
        raise kind(error.errno, error.strerror, path) from None
    return found
