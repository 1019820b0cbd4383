"""Lists of the images in a folder, in files."""

from __future__ import annotations

import os
import random
from collections.abc import Collection, Iterator, Sequence

from mxnet._base.files import atomic_write

Entry = tuple[int, str, list[float]]
"""Number, name relative to the folder of images, labels."""

_SEED = 100
"""Of the order of a list. It is that of 1.9.1, so that lists are the same."""


def find_images(root: str, recursive: bool, extensions: Collection[str]) -> tuple[list[Entry], list[str]]:
    """The images in a folder, in the order of their names, and the subfolders, whose positions are their labels.

    Args:
        root: the folder.
        recursive: also look in its subfolders, through symbolic links; each one with images is a class.
            Otherwise the label is 0.
        extensions: of images, in lower case, such as ``.jpg``.
    """
    found: list[Entry] = []
    classes: list[str] = []
    for folder, names in _folders(root, recursive):
        images = [name for name in names if os.path.splitext(name)[1].lower() in extensions]
        if not images:
            continue
        relative = os.path.relpath(folder, root)
        for name in images:
            path = os.path.relpath(os.path.join(folder, name), root)
            found.append((len(found), path, [float(len(classes))]))
        classes.append(relative)
    return found, classes


def _folders(root: str, recursive: bool) -> Iterator[tuple[str, list[str]]]:
    """Folders with the names of the files in them, in order. A link to a folder that it lies in is not followed."""
    if not recursive:
        yield root, sorted(name for name in os.listdir(root) if os.path.isfile(os.path.join(root, name)))
        return
    above = {root: {os.path.realpath(root)}}
    for folder, inside, names in os.walk(root, followlinks=True):
        around = above.pop(folder)
        kept = {}
        for name in sorted(inside):
            path = os.path.join(folder, name)
            if os.path.realpath(path) not in around:
                kept[name] = above[path] = around | {os.path.realpath(path)}
        inside[:] = kept
        yield folder, sorted(name for name in names if os.path.isfile(os.path.join(folder, name)))


def shuffled(entries: Sequence[Entry]) -> list[Entry]:
    """The entries in the order that 1.9.1 gives them."""
    made = list(entries)
    random.Random(_SEED).shuffle(made)
    return made


def write_lists(
    prefix: str, entries: Sequence[Entry], chunks: int, train_ratio: float, test_ratio: float
) -> list[tuple[str, int]]:
    """Write the list, or its parts, and return their names with how many images they have.

    Args:
        prefix: how the names of the files begin.
        entries: the list.
        chunks: how many lists to make of it; from 2 on their names end in their numbers.
        train_ratio: share of a list for training; the rest is for validation. If it is 1, there is only one list, and
            ``test_ratio`` has no effect, as in 1.9.1.
        test_ratio: share, from the beginning, for a list for tests.
    """
    size = -(-len(entries) // chunks)
    written = []
    for i in range(chunks):
        part = entries[i * size : (i + 1) * size]
        name = f"{prefix}_{i}" if chunks > 1 else prefix
        test = int(size * test_ratio)
        train = test + int(size * train_ratio)
        if train_ratio == 1.0:
            parts = {"": part}
        else:
            parts = {"_train": part[test:train]}
            if test_ratio:
                parts["_test"] = part[:test]
            if train_ratio + test_ratio < 1.0:
                parts["_val"] = part[train:]
        for ending, own in parts.items():
            path = f"{name}{ending}.lst"
            with atomic_write(path) as file:
                file.write("".join(line_of(entry) for entry in own).encode())
            written.append((path, len(own)))
    return written


def line_of(entry: Entry) -> str:
    """An entry as a line of a list.

    >>> line_of((3, "a/b.jpg", [1.0]))
    '3\\t1.000000\\ta/b.jpg\\n'
    """
    number, name, labels = entry
    return "\t".join([str(number), *(f"{label:f}" for label in labels), name]) + "\n"
