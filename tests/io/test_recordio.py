"""Record files: the bytes of 1.9.1, both ways; positions, pickles, forks; and files that are broken."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxnet import recordio
from mxnet.base import _LIB, MXNetError, RecordIOHandle, check_call, ctypes2buffer
from tests.io import records

RECORDED = pathlib.Path(__file__).parent / "recorded"


def read_all(path) -> list[bytes]:
    reader = recordio.MXRecordIO(path, "r")
    return list(iter(reader.read, None))


def write(path, contents, kind=recordio.MXRecordIO) -> None:
    writer = kind(path, "w")
    for content in contents:
        writer.write(content)
    writer.close()


def write_indexed(folder, contents) -> tuple[str, str]:
    paths = str(folder / "a.idx"), str(folder / "a.rec")
    writer = recordio.MXIndexedRecordIO(*paths, "w")
    for i, content in enumerate(contents):
        writer.write_idx(7 * i, content)
    writer.close()
    return paths


def test_importing_records_loads_neither_torch_nor_opencv():
    program = "import sys, mxnet.recordio; print([m for m in ('torch', 'cv2') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_records_of_1_9_1_are_read():
    assert read_all(RECORDED / "parts.rec") == records.PARTS
    reader = recordio.MXIndexedRecordIO(RECORDED / "parts.idx", RECORDED / "parts.rec", "r")
    assert reader.keys == [7 * i for i in range(len(records.PARTS))]
    for i in reversed(range(len(records.PARTS))):
        assert reader.read_idx(7 * i) == records.PARTS[i]


def test_records_are_written_as_1_9_1_writes_them(tmp_path):
    for mine, theirs in zip(write_indexed(tmp_path, records.PARTS), ("parts.idx", "parts.rec"), strict=True):
        assert pathlib.Path(mine).read_bytes() == (RECORDED / theirs).read_bytes()


def test_headers_are_packed_as_1_9_1_packs_them():
    for header, content in zip(records.HEADERS, read_all(RECORDED / "headers.rec"), strict=True):
        assert recordio.pack(header, b"content") == content
        found, rest = recordio.unpack(content)
        assert rest == b"content" and found.id == header[2] and found.id2 == header[3]
        np.testing.assert_array_equal(found.label, np.asarray(header[1], "f").ravel() if found.flag else header[1] or 0)


def test_images_of_1_9_1_are_read():
    for i, content in enumerate(read_all(RECORDED / "images.rec")):
        header, image = recordio.unpack_img(content)
        assert header.label == i
        np.testing.assert_array_equal(image, records.image(i))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.sampled_from([b"a", b"bc", b"defg", records.MAGIC]), max_size=8).map(b"".join), max_size=6))
def test_any_bytes_come_back(contents):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.rec")
        write(path, contents)
        assert read_all(path) == contents


@pytest.mark.parametrize("key_type, keys", [(int, [5, 2]), (str, ["b", "a c"]), (float, [0.5, 2.0])])
def test_keys_have_the_type_asked_for(tmp_path, key_type, keys):
    paths = tmp_path / "a.idx", tmp_path / "a.rec"
    writer = recordio.MXIndexedRecordIO(*paths, "w", key_type=key_type)
    for key in keys:
        writer.write_idx(key, str(key).encode())
    writer.close()
    reader = recordio.MXIndexedRecordIO(*paths, "r", key_type=key_type)
    assert reader.keys == keys
    assert [reader.read_idx(k) for k in keys] == [str(k).encode() for k in keys]
    with pytest.raises(KeyError, match="not a key of .*a.idx"):
        reader.read_idx("none")


def test_a_key_that_would_break_the_index_is_refused(tmp_path):
    writer = recordio.MXIndexedRecordIO(tmp_path / "a.idx", tmp_path / "a.rec", "w", key_type=str)
    with pytest.raises(MXNetError, match="without tabs"):
        writer.write_idx("a\tb", b"")


def test_seek_tell_and_reset_move_the_position(tmp_path):
    reader = recordio.MXIndexedRecordIO(*write_indexed(tmp_path, [b"0123", b"4567", b"89"]), "r")
    assert list(iter(reader.read, None)) == [b"0123", b"4567", b"89"]
    reader.seek(7)
    assert reader.tell() == 12
    assert reader.read() == b"4567" and reader.read() == b"89" and reader.read() is None
    reader.reset()
    assert reader.read() == b"0123"


def test_a_pickled_reader_is_open_at_the_beginning_and_leaves_its_source_alone(tmp_path):
    reader = recordio.MXIndexedRecordIO(*write_indexed(tmp_path, [b"0", b"1", b"2"]), "r")
    assert reader.read() == b"0"
    other = pickle.loads(pickle.dumps(reader))
    assert other.read() == b"0" and reader.read() == b"1" and other.read_idx(14) == b"2"


def test_writers_and_readers_say_what_they_can_not_do(tmp_path):
    writer = recordio.MXRecordIO(tmp_path / "a.rec", "w")
    with pytest.raises(AssertionError, match="open to be written"):
        writer.read()
    with pytest.raises(MXNetError, match="can not be pickled"):
        pickle.dumps(writer)
    with pytest.raises(TypeError, match="must be bytes, got str"):
        writer.write("text")
    writer.close()
    with pytest.raises(MXNetError, match="is closed"):
        writer.write(b"")
    with pytest.raises(AssertionError, match="open to be read"):
        recordio.MXRecordIO(tmp_path / "a.rec", "r").write(b"")
    with pytest.raises(ValueError, match="Invalid flag x"):
        recordio.MXRecordIO(tmp_path / "a.rec", "x")
    with pytest.raises(FileNotFoundError, match="none.rec") as missing:
        recordio.MXRecordIO(tmp_path / "none.rec", "r")
    assert isinstance(missing.value, MXNetError)


def _read_in_child(reader, results):
    try:
        reader.read()
        results.put("read")
    except MXNetError as error:
        results.put(str(error))
    results.put([reader.read_idx(7 * i) for i in reversed(range(40))])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes can not be forked here")
def test_forked_processes_read_for_themselves(tmp_path):
    contents = [b"%d" % i * 1000 for i in range(40)]
    reader = recordio.MXIndexedRecordIO(*write_indexed(tmp_path, contents), "r")
    assert reader.read() == contents[0]
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    children = [context.Process(target=_read_in_child, args=(reader, results)) for _ in range(2)]
    for child in children:
        child.start()
    assert list(iter(reader.read, None)) == contents[1:]
    told = [results.get(timeout=30) for _ in range(4)]
    for child in children:
        child.join(30)
    assert sum("multiple processes" in t for t in told if isinstance(t, str)) == 2
    assert [t for t in told if isinstance(t, list)] == [contents[::-1]] * 2


def test_threads_read_different_records_at_once(tmp_path):
    contents = [b"%d" % i * (i * 100 + 1) for i in range(50)]
    reader = recordio.MXIndexedRecordIO(*write_indexed(tmp_path, contents), "r")
    wrong = []

    def work(start):
        for i in range(400):
            n = (start + 7 * i) % 50
            if reader.read_idx(7 * n) != contents[n]:
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def head(length: int, kind: int = 0) -> bytes:
    return records.MAGIC + (kind << 29 | length).to_bytes(4, "little")


BROKEN = {
    "part of a head": (b"\x0a\x23", 0, "truncated"),
    "wrong magic": (b"abcdefghijkl", 0, "not a record"),
    "content missing": (head(100) + b"abc", 0, "97 of which are missing"),
    "padding missing": (head(3) + b"abc", 0, "truncated"),
    "junk after a record": (head(4) + b"abcdxx", 12, "truncated"),
    "a middle part first": (head(4, 2) + b"abcd", 0, "kind 2"),
    "a last part first": (head(4, 3) + b"abcd", 0, "kind 3"),
    "unknown kind": (head(4, 5) + b"abcd", 0, "kind 5"),
    "no last part": (head(4, 1) + b"abcd", 12, "next part"),
    "a whole record among parts": (head(4, 1) + b"abcd" + head(4) + b"abcd", 12, "next part"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_an_error_with_file_and_offset(tmp_path, name):
    content, offset, says = BROKEN[name]
    path = tmp_path / "broken.rec"
    path.write_bytes(content)
    with pytest.raises(MXNetError, match=rf"broken\.rec: offset {offset}: .*{says}"):
        read_all(path)


@pytest.mark.parametrize("line", ["1 2 3", "a\t3", "1\t", "1\t-5", "1\t99999999999999999999", "1\tx"])
def test_a_broken_index_is_an_error_with_file_and_line(tmp_path, line):
    paths = write_indexed(tmp_path, [b"0", b"1"])
    pathlib.Path(paths[0]).write_text("0\t0\n" + line + "\n")
    with pytest.raises(ValueError, match=r"a\.idx: line 2: .*expected a key") as error:
        recordio.MXIndexedRecordIO(*paths, "r")
    assert isinstance(error.value, MXNetError)


@pytest.mark.parametrize(
    "offset, says", [(4, "offset 4: not a record"), (10_000, "offset 10000: .*where the file ends")]
)
def test_an_index_that_disagrees_with_its_file_is_an_error(tmp_path, offset, says):
    paths = write_indexed(tmp_path, [b"0", b"1"])
    pathlib.Path(paths[0]).write_text(f"0\t{offset}\n")
    with pytest.raises(MXNetError, match=f"a.rec: {says}"):
        recordio.MXIndexedRecordIO(*paths, "r").read_idx(0)


def test_damaged_files_are_read_or_refused_with_file_and_offset(tmp_path):
    """Bytes changed, removed, put in and cut off, a thousand times: whole records or an error, nothing else."""
    whole = (RECORDED / "parts.rec").read_bytes()
    random = np.random.default_rng(5)
    path = tmp_path / "damaged.rec"
    refused = 0
    for _ in range(1000):
        content = bytearray(whole)
        for _ in range(random.integers(1, 4)):
            at, kind = int(random.integers(len(content))), random.integers(4)
            if kind == 0:
                content[at] = int(random.integers(256))
            elif kind == 1:
                del content[at : at + int(random.integers(1, 9))]
            elif kind == 2:
                content[at:at] = random.bytes(int(random.integers(1, 9)))
            else:
                del content[at:]
            content = content or bytearray(b"x")
        path.write_bytes(content)
        try:
            assert all(isinstance(r, bytes) for r in read_all(path))
        except MXNetError as error:
            refused += 1
            assert str(error).startswith(f"{path}: offset ")
    assert refused > 500


@pytest.mark.parametrize(
    "content, says",
    [
        (b"abc", "offset 3: truncated"),
        (recordio.pack((0, [1, 2], 0, 0), b"")[:-1], "2 labels"),
        (b"\xff" * 40, "labels after the header end at offset 17179869204"),
    ],
)
def test_a_record_too_short_for_its_header_is_an_error(content, says):
    with pytest.raises(MXNetError, match=says):
        recordio.unpack(content)


@pytest.mark.parametrize("header", [(0, "a", 1, 2), (0, 1, -1, 2), (0, 1, 2**64, 2), (0, 1, 1.5, 2)])
def test_headers_that_do_not_fit_are_refused(header):
    with pytest.raises(MXNetError, match="expected a number or an array of numbers"):
        recordio.pack(header, b"")


def test_a_header_can_be_pickled():
    header, _ = recordio.unpack(recordio.pack((0, 4, 9, 8), b""))
    assert pickle.loads(pickle.dumps(header)) == header


def test_bytes_that_are_no_image_give_none_as_in_1_9_1():
    assert recordio.unpack_img(recordio.pack((0, 1, 1, 1), b"junk"))[1] is None
    with pytest.raises(MXNetError, match="no image after it"):
        recordio.unpack_img(recordio.pack((0, 1, 1, 1), b""))
    with pytest.raises(MXNetError, match="as '.none'"):
        recordio.pack_img((0, 1, 1, 1), np.zeros((2, 2, 3), np.uint8), 95, ".none")


class ByNumber(recordio.MXIndexedRecordIO):
    """A file whose index has offsets alone, opened by functions of the C library."""

    def open(self):
        self.writable = self.flag == "w"
        create = _LIB.MXRecordIOWriterCreate if self.writable else _LIB.MXRecordIOReaderCreate
        check_call(create(self.uri, ctypes.byref(self.handle)))
        self.fidx = open(self.idx_path, self.flag)
        self.offsets = [] if self.writable else [int(line) for line in self.fidx]
        self.pid, self.is_open = os.getpid(), True

    def append(self, content):
        self.fidx.write(f"{self.tell()}\n")
        self.write(content)

    def at(self, number):
        self._check_pid(allow_reset=True)
        check_call(_LIB.MXRecordIOReaderSeek(self.handle, ctypes.c_size_t(self.offsets[number])))
        return self.read()


class Positions(recordio.MXRecordIO):
    def tell(self):
        position = ctypes.c_size_t()
        check_call(_LIB.MXRecordIOReaderTell(self.handle, ctypes.byref(position)))
        return position.value


def test_derived_readers_and_writers_may_call_functions_of_the_c_library(tmp_path):
    paths = str(tmp_path / "a.idx"), str(tmp_path / "a.rec")
    writer = ByNumber(*paths, "w")
    for content in (b"one", b"second", b""):
        writer.append(content)
    writer.close()
    reader = ByNumber(*paths, "r")
    assert [reader.at(number) for number in (2, 0, 1)] == [b"", b"one", b"second"]
    reader.reset()
    assert reader.read() == b"one"

    plain, found = Positions(paths[1], "r"), [0]
    while plain.read() is not None:
        found.append(plain.tell())
    assert found[:-1] == reader.offsets


def test_functions_of_the_c_library_are_there_before_records_were_used():
    asked = "import sys, mxnet as mx; mx.base._LIB.MXRecordIOReaderFree; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_records_are_written_and_read_by_functions_of_the_c_library(tmp_path):
    path, handle, length = os.fsencode(tmp_path / "a.rec"), RecordIOHandle(), ctypes.c_size_t()
    check_call(_LIB.MXRecordIOWriterCreate(ctypes.c_char_p(path), ctypes.byref(handle)))
    for content in (b"a\0b", b""):
        check_call(_LIB.MXRecordIOWriterWriteRecord(handle, ctypes.c_char_p(content), ctypes.c_size_t(len(content))))
    check_call(_LIB.MXRecordIOWriterTell(handle, ctypes.byref(length)))
    assert length.value == 20
    check_call(_LIB.MXRecordIOWriterFree(handle))

    check_call(_LIB.MXRecordIOReaderCreate(ctypes.c_char_p(path), ctypes.byref(handle)))
    found, address = [], ctypes.c_char_p()
    while not check_call(_LIB.MXRecordIOReaderReadRecord(handle, ctypes.byref(address), ctypes.byref(length))) and bool(
        address
    ):
        found.append(bytes(ctypes2buffer(ctypes.cast(address, ctypes.POINTER(ctypes.c_char)), length.value)))
    assert found == [b"a\0b", b""]
    check_call(_LIB.MXRecordIOReaderFree(handle))


def test_a_handle_that_nothing_was_opened_with_is_refused():
    with pytest.raises(MXNetError, match="not the handle of a file of records"):
        _LIB.MXRecordIOReaderTell(RecordIOHandle(), ctypes.byref(ctypes.c_size_t()))
