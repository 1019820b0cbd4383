"""CSV and LibSVM files: batches are those of 1.9.1, every row comes once, and what is broken is named."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

import mxnet as mx
from mxnet.base import MXNetError
from tests.io import text_probes as probes

RECORDED = json.loads((pathlib.Path(__file__).parent / "recorded" / "text.json").read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("text")
    probes.write(path)
    return path


def same(mine, theirs) -> None:
    assert mine[0] == theirs[0]
    for my_epoch, their_epoch in zip(mine[1], theirs[1], strict=True):
        assert [batch[2:] for batch in my_epoch] == [batch[2:] for batch in their_epoch]
        for my_batch, their_batch in zip(my_epoch, their_epoch, strict=True):
            for part in range(2):
                np.testing.assert_array_equal(my_batch[part], their_batch[part])


@pytest.mark.parametrize("number", range(len(probes.CSV)))
def test_batches_of_csv_files_are_those_of_1_9_1(number, folder):
    same(probes.csv(mx, np, folder, number), RECORDED["csv"][number])


@pytest.mark.parametrize("number", range(len(probes.SVM)))
def test_batches_of_libsvm_files_are_those_of_1_9_1(number, folder):
    mine = probes.svm(mx, np, folder, number)
    theirs = RECORDED["svm"][number]
    for epoch in (*mine[1], *theirs[1]):
        for batch in epoch:
            batch[3] = None  # 1.9.1 numbers the rows of sparse batches with leftovers of memory
    same(mine, theirs)


@pytest.mark.parametrize("rows, batch_size", [(10, 3), (7, 7), (5, 1), (4, 6), (100, 9)])
def test_each_row_comes_once_an_epoch_on_average(tmp_path, rows, batch_size):
    (tmp_path / "a.csv").write_text("".join(f"{i}\n" for i in range(rows)))
    iterator = mx.io.CSVIter(data_csv=str(tmp_path / "a.csv"), data_shape=1, batch_size=batch_size)
    seen = []
    for _ in range(2 * batch_size):
        seen += [x for batch in iterator for x in batch.data[0].asnumpy()[:, 0].tolist()]
        iterator.reset()
    assert len(set(seen)) == rows
    for i, x in enumerate(seen):
        assert x == i % rows


def test_blocks_of_a_large_file_join_without_a_seam(tmp_path):
    lines = [f"{i},{i * 2}" for i in range(300_000)]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "l.csv").write_text("\n".join(str(-i) for i in range(300_000)) + "\n")
    iterator = mx.io.CSVIter(
        data_csv=str(tmp_path / "a.csv"), label_csv=str(tmp_path / "l.csv"), data_shape=2, batch_size=10_000
    )
    at = 0
    for batch in iterator:
        np.testing.assert_array_equal(batch.data[0].asnumpy()[:, 0], np.arange(at, at + 10_000))
        np.testing.assert_array_equal(batch.label[0].asnumpy(), -np.arange(at, at + 10_000, dtype="f"))
        at += 10_000
    assert at == 300_000


def test_a_folder_and_a_list_of_files_are_read_in_order(tmp_path):
    for i in range(3):
        (tmp_path / f"{i}.csv").write_text(f"{i}\n")
    for uri in (str(tmp_path), ";".join(str(tmp_path / f"{i}.csv") for i in range(3))):
        batch = mx.io.CSVIter(data_csv=uri, data_shape=1, batch_size=3).next()
        assert batch.data[0].asnumpy()[:, 0].tolist() == [0, 1, 2]


def test_the_current_batch_is_asked_for_part_by_part(folder):
    iterator = mx.io.CSVIter(data_csv=str(folder / "a.csv"), data_shape=3, batch_size=3)
    iterator.reset()
    assert iterator.iter_next() and iterator.iter_next()
    assert iterator.getdata().asnumpy()[0].tolist() == [4, 5, 6]
    assert iterator.getpad() == 2 and iterator.getindex().tolist() == [3, 0, 1]
    assert not iterator.iter_next()


BROKEN_CSV = {
    "ragged": ("1,2,3\n1,2\n", "line 2: has 2 numbers, expected 3"),
    "text": ("1,2,3\n\n1,x,3\n", "line 3: could not convert string 'x'"),
    "empty field": ("1,,3\n", "line 1: could not convert"),
    "comment": ("#a\n", "line 1: has 1 numbers"),
    "not text": ("\x00\xff\x80,\x01,\x02\n", "line 1: could not convert"),
    "empty": ("", "offset 0: expected examples"),
}


@pytest.mark.parametrize("name", BROKEN_CSV)
def test_a_broken_csv_file_is_an_error_with_file_and_line(tmp_path, name):
    text, says = BROKEN_CSV[name]
    (tmp_path / "a.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(MXNetError, match=f"a.csv: {says}"):
        list(mx.io.CSVIter(data_csv=str(tmp_path / "a.csv"), data_shape=3, batch_size=1))


BROKEN_SVM = {
    "negative column": ("1 0:1\n1 -1:3\n", r"offset 6: columns \[-1\]"),
    "column outside": ("1 3:1\n", r"offset 0: columns \[3\]"),
    "not ascending": ("1 2:1 1:1\n", "offset 0: columns"),
    "text": ("1 a:1\n", "offset 0: expected label"),
    "no number": ("x 1:1\n", "offset 0: expected label"),
}


@pytest.mark.parametrize("name", BROKEN_SVM)
def test_a_broken_libsvm_file_is_an_error_with_file_and_offset(tmp_path, name):
    text, says = BROKEN_SVM[name]
    (tmp_path / "a.svm").write_text(text)
    with pytest.raises(MXNetError, match=f"a.svm: {says}"):
        list(mx.io.LibSVMIter(data_libsvm=str(tmp_path / "a.svm"), data_shape=3, batch_size=1))


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 20])
def test_parts_of_a_libsvm_file_are_all_of_it_each_row_once(tmp_path, parts):
    (tmp_path / "a.svm").write_text("".join(f"{i} 0:{'1' * (i % 5 + 1)}\n" for i in range(20)))
    found = []
    for part in range(parts):
        options = {"data_libsvm": str(tmp_path / "a.svm"), "data_shape": 1, "batch_size": 1}
        try:
            iterator = mx.io.LibSVMIter(num_parts=parts, part_index=part, **options)
        except MXNetError as error:
            assert "not even one batch" in str(error)
            continue
        found += [float(batch.label[0].asnumpy()[0]) for batch in iterator]
    assert found == list(range(20))


@pytest.mark.parametrize(
    "options, says",
    [
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": "x"}, "batch_size is 'x'"),
        ({"batch_size": 9}, "number of input must be bigger than that; there are 4 rows"),
        ({"dtype": "float16"}, "float16 is not supported"),
        ({"label_csv": "short.csv"}, "fewer labels than rows"),
        ({"data_csv": "none.csv"}, "none.csv"),
        ({"data_shape": None}, "data_shape"),
    ],
)
def test_options_that_can_not_be_are_refused(folder, options, says):
    (folder / "short.csv").write_text("1\n2\n")
    given = {"data_csv": "a.csv", "data_shape": 3, "batch_size": 3, **options}
    with pytest.raises(MXNetError, match=says):
        list(mx.io.CSVIter(**{k: str(folder / v) if k.endswith("csv") else v for k, v in given.items()}))


@pytest.mark.parametrize("files", [1, 20])
def test_a_table_may_be_removed_once_its_iterator_is_made_and_many_are_opened_one_at_a_time(tmp_path, files):
    for i in range(files):
        (tmp_path / f"{i:02}.csv").write_text(f"{i},1\n{i},2\n")
    made = mx.io.CSVIter(data_csv=str(tmp_path), data_shape=(2,), batch_size=2, round_batch=False)
    if files == 1:
        (tmp_path / "00.csv").unlink()
    for _ in range(2):
        made.reset()
        assert [batch.data[0].asnumpy().tolist() for batch in made] == [[[i, 1], [i, 2]] for i in range(files)]
