"""Lists and record files made by the console commands, against those that the real 1.9.1 made of the same images."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from mxnet import recordio
from mxnet.test_utils import get_im2rec_path
from mxnet.tools import im2rec, rec2idx

from .cases import LISTS, RECORDS, make_folder

RECORDED = Path(__file__).parent / "recorded"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_folder(tmp_path / "images")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def records_of(path: Path) -> list[tuple[int, recordio.IRHeader, bytes]]:
    reader = recordio.MXIndexedRecordIO(path.with_suffix(".idx"), path, "r")
    return [(key, *recordio.unpack(reader.read_idx(key))) for key in reader.keys]


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_those_of_1_9_1(folder: Path, name: str) -> None:
    assert im2rec.main(["list", "images", "--list", *LISTS[name]]) == 0
    made = {path.name: path.read_text() for path in folder.glob("list*")}
    wanted = {path.name: path.read_text() for path in (RECORDED / name).iterdir()}
    assert made == wanted


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_those_of_1_9_1(folder: Path, name: str) -> None:
    (folder / "some.lst").write_text((RECORDED / "some.lst").read_text())
    assert im2rec.main([*RECORDS[name], "some", "images"]) == 0
    made, wanted = records_of(folder / "some.rec"), records_of(RECORDED / f"{name}.rec")
    assert [key for key, _, _ in made] == [key for key, _, _ in wanted]
    for (_, header, content), (_, wanted_header, wanted_content) in zip(made, wanted, strict=True):
        assert header[0] == wanted_header[0] and header[2:] == wanted_header[2:]
        np.testing.assert_array_equal(header.label, wanted_header.label)
        if "--pass-through" in RECORDS[name]:
            assert content == wanted_content
            continue
        # encoders differ a little from one version of OpenCV to the next
        image, wanted_image = (cv2.imdecode(np.frombuffer(c, np.uint8), -1) for c in (content, wanted_content))
        assert image.shape == wanted_image.shape
        assert np.abs(image.astype(int) - wanted_image).max() <= 2


@pytest.mark.parametrize("name", [name for name in RECORDS if "--pass-through" in RECORDS[name]])
def test_files_of_records_are_those_of_1_9_1_byte_for_byte(folder: Path, name: str) -> None:
    (folder / "some.lst").write_text((RECORDED / "some.lst").read_text())
    assert im2rec.main([*RECORDS[name], "some", "images"]) == 0
    assert (folder / "some.rec").read_bytes() == (RECORDED / f"{name}.rec").read_bytes()
    assert (folder / "some.idx").read_bytes() == (RECORDED / f"{name}.idx").read_bytes()


@pytest.mark.parametrize("name", ["plain", "labels"])
def test_several_processes_write_the_same_as_one(folder: Path, name: str) -> None:
    for prefix, processes in (("one", "1"), ("three", "3")):
        (folder / f"{prefix}.lst").write_text((RECORDED / "some.lst").read_text() * 20)
        assert im2rec.main([*RECORDS[name], "--num-thread", processes, prefix, "images"]) == 0
    assert (folder / "one.rec").read_bytes() == (folder / "three.rec").read_bytes()
    assert (folder / "one.idx").read_bytes() == (folder / "three.idx").read_bytes()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_what_can_not_be_read_is_left_out_and_said(
    folder: Path, capsys: pytest.CaptureFixture[str], processes: str
) -> None:
    lines = ["0\t1\ta/0.png", "1\t1\tmissing.png", "two words", "3\tx\ta/0.png", "", "4\t1\tnotes.txt", "5\t2\ta/1.png"]
    (folder / "bad.lst").write_text("\n".join(lines))
    assert im2rec.main(["--num-thread", processes, "bad", "images"]) == 0
    assert [key for key, _, _ in records_of(folder / "bad.rec")] == [0, 5]
    said = capsys.readouterr().err
    for text in ("missing.png", "bad.lst: line 3", "bad.lst: line 4", "notes.txt", "2 images; 4 left out"):
        assert text in said


def test_all_lists_of_a_prefix_or_a_folder_become_record_files(folder: Path) -> None:
    assert im2rec.main(["--list", "--recursive", "--train-ratio", "0.5", "out", "images"]) == 0
    assert im2rec.main(["--pass-through", "out", "images"]) == 0
    numbers = [key for part in ("train", "val") for key, _, _ in records_of(folder / f"out_{part}.rec")]
    assert sorted(numbers) == list(range(len(numbers)))
    (folder / "out_train.rec").unlink()
    assert im2rec.main(["--pass-through", ".", "images"]) == 0
    assert (folder / "out_train.rec").exists()


def test_a_run_that_fails_leaves_earlier_files_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "some.lst").write_text((RECORDED / "some.lst").read_text())
    assert im2rec.main(["some", "images"]) == 0
    before = {path.name: path.read_bytes() for path in folder.glob("some*")}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "some.rec")

    monkeypatch.setattr(recordio.MXIndexedRecordIO, "write_idx", full)
    assert im2rec.main(["some", "images"]) == 1
    assert {path.name: path.read_bytes() for path in folder.glob("some*")} == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--list", "out", "nowhere"], "nowhere"),
        (["--list", "--exts", ".gif", "--", "out", "images"], ".gif"),
        (["out", "images"], "--list"),
        (["nowhere/out", "images"], "nowhere"),
    ],
)
def test_what_is_not_there_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert im2rec.main(arguments) == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--chunks", "0"], ["--train-ratio", "2"], ["--color", "5"], ["--encoding", ".gif"], ["--resize", "x"]],
)
def test_options_that_can_not_be_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        im2rec.main([*arguments, "out", "images"])
    assert exit.value.code == 2


def test_links_that_lead_back_are_not_followed_for_ever(folder: Path) -> None:
    os.symlink(folder / "images", folder / "images" / "a" / "back")
    assert im2rec.main(["--list", "--recursive", "list", "images"]) == 0
    assert "back" not in (folder / "list.lst").read_text()


@pytest.mark.parametrize("name", ["bytes", "labels"])
def test_an_index_made_of_records_finds_them_all(tmp_path: Path, name: str) -> None:
    path = RECORDED / f"{name}.rec"
    assert rec2idx.main([str(path), str(tmp_path / "made.idx")]) == 0
    offsets = [line.split("\t")[1] for line in path.with_suffix(".idx").read_text().splitlines()]
    assert (tmp_path / "made.idx").read_text() == "".join(f"{i}\t{at}\n" for i, at in enumerate(offsets))


def test_a_truncated_record_file_gets_no_index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = (RECORDED / "bytes.rec").read_bytes()
    (tmp_path / "cut.rec").write_bytes(content[:-3])
    assert rec2idx.main([str(tmp_path / "cut.rec"), str(tmp_path / "cut.idx")]) == 1
    said = capsys.readouterr().err
    assert "cut.rec" in said and "offset" in said
    assert not (tmp_path / "cut.idx").exists()


def test_the_program_runs_by_its_path_and_without_torch(folder: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", get_im2rec_path(), "--list", "list", "images"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "| torch" not in run.stderr
    assert (folder / "list.lst").exists()


def test_a_folder_of_ones_own_may_have_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    assert get_im2rec_path() == str(Path(im2rec.__file__).resolve())
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "im2rec.py").touch()
    assert get_im2rec_path() == str(tmp_path / "tools" / "im2rec.py")
