"""``mxnet-im2rec``: lists of images, and record files of the images in a list.

    mxnet-im2rec --list --recursive --train-ratio 0.9 data/cats photographs/
    mxnet-im2rec --resize 256 --quality 90 --num-thread 8 data/cats photographs/

The first command writes ``data/cats_train.lst`` and ``data/cats_val.lst``, whose lines are a number, a label and the
name of an image in ``photographs/``, with tabs between; the second makes ``.rec`` and ``.idx`` of each of them. All
options are those of 1.9.1's ``im2rec.py``, and so are the bytes that are written, as far as OpenCV writes the same
JPEGs. Unlike there, the order of the list is kept whatever the number of processes, images and lines that can not be
read are left out with a message even when there is one process only, and a file is there when it is complete.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import Any, NamedTuple

from tqdm import tqdm

from mxnet import recordio
from mxnet._base.errors import ArgumentError, MissingFileError, MXNetError
from mxnet._base.lazy import lazy
from mxnet.tools._image_lists import Entry, find_images, shuffled, write_lists

cv2 = lazy("cv2", extra="image")

_CHUNK = 16
"""Images that a process gets at once."""


class Encoding(NamedTuple):
    """How images are changed and encoded: the options of the command, by their names there."""

    root: str
    pass_through: bool = False
    resize: int = 0
    center_crop: bool = False
    quality: int = 95
    color: int = 1
    encoding: str = ".jpg"
    pack_label: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 1 where nothing could be done."""
    options = _parser().parse_args(arguments)
    prefix, root = os.path.abspath(options.prefix), os.path.abspath(options.root)
    try:
        if options.list:
            _make_lists(prefix, root, options)
            return 0
        encoding = Encoding(root, *(getattr(options, name) for name in Encoding._fields[1:]))
        for path in _lists_of(prefix):
            print(f"Creating .rec file from {path} in {os.path.dirname(path)}", flush=True)
            _report(*make_records(path, encoding, options.num_thread))
    except (MXNetError, OSError) as error:
        print(f"mxnet-im2rec: {error}", file=sys.stderr)
        return 1
    return 0


def _make_lists(prefix: str, root: str, options: argparse.Namespace) -> None:
    extensions = {extension.lower() for extension in options.exts}
    entries, classes = find_images(root, options.recursive, extensions)
    if not entries:
        raise MissingFileError(f"{root} has no images that end in {', '.join(sorted(extensions))}; see --exts")
    if options.recursive:
        for label, name in enumerate(classes):
            print(name, label)
    if options.shuffle:
        entries = shuffled(entries)
    for path, count in write_lists(prefix, entries, options.chunks, options.train_ratio, options.test_ratio):
        print(f"{path}: {count} images", file=sys.stderr)


def _lists_of(prefix: str) -> list[str]:
    """The lists whose names begin with ``prefix``, or all of those in it if it is a folder."""
    folder, start = (prefix, "") if os.path.isdir(prefix) else os.path.split(prefix)
    found = sorted(
        os.path.join(folder, name)
        for name in os.listdir(folder)
        if name.startswith(start) and name.endswith(".lst") and os.path.isfile(os.path.join(folder, name))
    )
    if not found:
        raise MissingFileError(f"there is no list {prefix}*.lst; make one with --list")
    return found


def _report(path: str, written: int, left_out: int) -> None:
    missing = f"; {left_out} left out, see above" if left_out else ""
    print(f"{path}: {written} images{missing}", file=sys.stderr)


def make_records(path: str, encoding: Encoding, processes: int = 1) -> tuple[str, int, int]:
    """Make ``.rec`` and ``.idx`` of a list.

    Args:
        path: the list.
        encoding: how to change and encode images.
        processes: number of processes; if 1, it is this one.

    Returns:
        The name of the record file, how many images are in it, and how many lines and images were left out; each of
        those is said on standard error.
    """
    base = os.path.splitext(path)[0]
    # files are complete or absent: an interrupted run does not touch those of an earlier one
    parts = {base + ending: f"{base}{ending}.{os.getpid()}.part" for ending in (".idx", ".rec")}
    counts = [0, 0]

    def leave_out(what: str) -> None:
        counts[1] += 1
        tqdm.write(f"mxnet-im2rec: {what}; left out", file=sys.stderr)

    entries = read_entries(path, leave_out)
    try:
        writer = recordio.MXIndexedRecordIO(parts[base + ".idx"], parts[base + ".rec"], "w")
        try:
            bar = tqdm(
                zip(entries, _encoded(entries, encoding, processes), strict=True), total=len(entries), unit="img"
            )
            for (number, _, _), record in bar:
                if isinstance(record, str):
                    leave_out(record)
                else:
                    writer.write_idx(number, record)
                    counts[0] += 1
        finally:
            writer.close()
        for whole, part in parts.items():
            os.replace(part, whole)
    finally:
        for part in parts.values():
            if os.path.exists(part):
                os.remove(part)
    return base + ".rec", counts[0], counts[1]


def read_entries(path: str, leave_out: Callable[[str], object]) -> list[Entry]:
    """The lines of a list; ``leave_out`` is told of each broken one."""
    found: list[Entry] = []
    with open(path, encoding="utf-8") as lines:
        for i, line in enumerate(lines, 1):
            parts = [part.strip() for part in line.strip().split("\t")]
            if parts == [""]:
                continue
            try:
                if len(parts) < 3:
                    raise ValueError(f"{len(parts)} parts")
                found.append((int(parts[0]), parts[-1], [float(label) for label in parts[1:-1]]))
            except ValueError as error:
                leave_out(f"{path}: line {i}: {error}: expected a number, labels and a name, with tabs between")
    return found


def _encoded(entries: Sequence[Entry], encoding: Encoding, processes: int) -> Iterator[bytes | str]:
    """The record of each entry in order, or why there is none."""
    if processes == 1:
        for entry in entries:
            yield encode(entry, encoding)
        return
    chunks = (entries[i : i + _CHUNK] for i in range(0, len(entries), _CHUNK))
    coming: deque[Future[list[bytes | str]]] = deque()
    with ProcessPoolExecutor(processes) as pool:
        # not pool.map: that would hold all records in memory when processes are faster than the disk
        coming.extend(pool.submit(_encode_all, chunk, encoding) for chunk in islice(chunks, 4 * processes))
        while coming:
            yield from coming.popleft().result()
            coming.extend(pool.submit(_encode_all, chunk, encoding) for chunk in islice(chunks, 1))


def _encode_all(entries: Sequence[Entry], encoding: Encoding) -> list[bytes | str]:
    return [encode(entry, encoding) for entry in entries]


def encode(entry: Entry, encoding: Encoding) -> bytes | str:
    """An image as a record or, if it cannot be read, text that says why."""
    number, name, labels = entry
    path = os.path.join(encoding.root, name)
    header = recordio.IRHeader(0, labels if encoding.pack_label and len(labels) > 1 else labels[0], number, 0)
    try:
        if encoding.pass_through:
            with open(path, "rb") as file:
                return recordio.pack(header, file.read())
        image = cv2.imread(path, encoding.color)
        if image is None:
            os.stat(path)  # says what is wrong, if it is the file
            return f"{path}: not an image that OpenCV reads, or broken"
        return recordio.pack_img(header, _changed(image, encoding), encoding.quality, encoding.encoding)
    except (MXNetError, OSError, cv2.error) as error:
        return f"{path}: {error}"


def _changed(image: Any, encoding: Encoding) -> Any:
    """``image``, its middle square if asked for, in the size asked for."""
    high, wide = image.shape[:2]
    if encoding.center_crop and high != wide:
        edge = min(high, wide)
        top, left = (high - edge) // 2, (wide - edge) // 2
        image = image[top : top + edge, left : left + edge]
        high = wide = edge
    if encoding.resize:
        short = encoding.resize
        size = (short, high * short // wide) if high > wide else (wide * short // high, short)
        image = cv2.resize(image, size)
    return image


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "mxnet-im2rec",
        description="Make lists of images (--list), or a record file of the images in each list.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("prefix", help="how the names of lists and record files begin; a folder for all lists in it")
    parser.add_argument("root", help="folder of the images")
    lists = parser.add_argument_group("lists")
    lists.add_argument("--list", action="store_true", help="make lists, not record files")
    lists.add_argument(
        "--exts", nargs="+", default=[".jpeg", ".jpg", ".png"], help="how names of images end, in capitals or not"
    )
    lists.add_argument("--chunks", type=_at_least(1), default=1, help="number of lists to make")
    lists.add_argument("--train-ratio", type=_ratio, default=1.0, help="part for training; with 1, one list has all")
    lists.add_argument("--test-ratio", type=_ratio, default=0, help="part for tests; the rest is for validation")
    lists.add_argument("--recursive", action="store_true", help="folders in the folder too, each a class of its own")
    lists.add_argument("--no-shuffle", dest="shuffle", action="store_false", help="keep the order of the names")
    records = parser.add_argument_group("record files")
    records.add_argument("--pass-through", action="store_true", help="take the bytes of the image files as they are")
    records.add_argument("--resize", type=_at_least(0), default=0, help="length of the shorter edge; 0 keeps it")
    records.add_argument("--center-crop", action="store_true", help="cut the middle square out first")
    records.add_argument("--quality", type=_at_least(0), default=95, help="JPEG: 1 to 100; PNG: compression, 0 to 9")
    records.add_argument("--num-thread", type=_at_least(1), default=1, help="number of processes")
    records.add_argument(
        "--color", type=int, default=1, choices=[-1, 0, 1], help="1: color; 0: gray; -1: as it is, with transparency"
    )
    records.add_argument("--encoding", default=".jpg", choices=[".jpg", ".png"], help="format of the images")
    records.add_argument("--pack-label", action="store_true", help="all labels of a line, not the first one only")
    return parser


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if int(text) < least:
            raise ArgumentError(f"{text} is below {least}")
        return int(text)

    return number


def _ratio(text: str) -> float:
    if not 0 <= float(text) <= 1:
        raise ArgumentError(f"{text} is not between 0 and 1")
    return float(text)


if __name__ == "__main__":
    sys.exit(main())
