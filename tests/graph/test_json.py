"""Symbol files: the text that 1.9.1 writes, and the files of earlier versions; see record.py."""

from __future__ import annotations

import copy
import json
import pathlib
import pickle
import re
from collections.abc import Callable

import pytest

import mxnet as mx
from tests.graph import graphs, old_files

RECORDED = pathlib.Path(__file__).parent / "recorded"
GRAPHS = json.loads((RECORDED / "graphs.json").read_text())
OLD = json.loads((RECORDED / "old_files.json").read_text())


def test_the_records_are_of_these_graphs_and_files() -> None:
    assert set(GRAPHS) == set(graphs.GRAPHS)
    assert set(OLD) == set(old_files.FILES)


@pytest.mark.parametrize("name", graphs.GRAPHS)
def test_graphs_are_written_as_1_9_1_writes_them(name: str) -> None:
    symbol = graphs.build(mx, name)
    assert symbol.tojson() == GRAPHS[name]["text"]
    assert symbol.tojson(remove_amp_cast=False) == GRAPHS[name].get("with casts", GRAPHS[name]["text"])


def test_casts_are_left_out_around_loops_too() -> None:
    data = mx.sym.amp_cast(mx.sym.var("x"), dtype="float16")
    made, _ = mx.sym.contrib.foreach(lambda x, s: (x + s[0], s), data, [mx.sym.var("s")])
    read = mx.sym.load_json(made.tojson())
    assert [n["op"] for n in json.loads(read.tojson())["nodes"]] == ["null", "null", "_foreach"]
    x, s = mx.nd.array([[1], [2]]), mx.nd.array([3])
    assert read.bind(mx.cpu(), {"x": x, "s": s}).forward()[0].asnumpy().tolist() == [[4], [5]]


@pytest.mark.parametrize("name", graphs.GRAPHS)
def test_files_of_1_9_1_come_back_to_the_byte(name: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "net-symbol.json"
    for text in GRAPHS[name].values():
        path.write_text(text, encoding="utf-8")
        symbol = mx.sym.load(str(path))
        assert symbol.tojson(remove_amp_cast=False) == text
        assert mx.sym.load_json(text).tojson(remove_amp_cast=False) == text
        symbol.save(str(path), remove_amp_cast=False)
        assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", graphs.GRAPHS)
def test_copies_and_pickles_are_the_same_graph_and_none_of_its_nodes(name: str) -> None:
    symbol = graphs.build(mx, name)
    text = symbol.tojson(remove_amp_cast=False)
    for other in (copy.copy(symbol), copy.deepcopy(symbol), pickle.loads(pickle.dumps(symbol))):
        assert other.tojson(remove_amp_cast=False) == text
        assert not {id(n) for n in other._topological()} & {id(n) for n in symbol._topological()}


@pytest.mark.parametrize("name", old_files.FILES)
def test_files_of_earlier_versions_are_read_as_1_9_1_reads_them(name: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "old-symbol.json"
    path.write_text(old_files.FILES[name], encoding="utf-8")
    if "error" in OLD[name]:
        with pytest.raises(mx.MXNetError, match="Cannot find argument") as error:
            mx.sym.load(str(path))
        assert str(error.value).startswith(f"{path}: nodes[3] (FullyConnected 'fc')")
        return
    got, want = mx.sym.load(str(path)).tojson(), OLD[name]["text"]
    if "statistics" in name:
        # how often a state was written, which 1.9.1 does not know of states that it makes up
        got = re.sub(r"(\[[0-9]+, [0-9]+), [0-9]+\]", r"\1, 0]", got)
    assert got == want


def test_long_chains_need_no_stack() -> None:
    x = mx.sym.var("x")
    for _ in range(5000):
        x = mx.sym.relu(x)
    again = mx.sym.load_json(x.tojson())
    assert len(again.get_internals()) == 5001
    assert again.infer_shape(x=(2,))[1] == [(2,)]
    assert again.name == x.name
    assert pickle.loads(pickle.dumps(again)).list_arguments() == ["x"]
    copy.deepcopy(again)


def test_shared_nodes_are_written_once() -> None:
    x = mx.sym.var("x")
    for _ in range(60):
        x = x + x  # 2**60 paths
    assert len(json.loads(x.tojson())["nodes"]) == 61
    assert mx.sym.load_json(x.tojson()).eval(x=mx.nd.ones((1,)))[0].asscalar() == 2.0**60


@pytest.mark.parametrize(
    ("make", "kept", "names"),
    [
        (lambda x: mx.sym.ROIPooling(x, pooled_size=(2, 2), spatial_scale=1, name="n"), 1, ["n_output"]),
        (lambda x: mx.sym.contrib.box_nms(x, name="n"), 1, ["n_output0"]),
        (lambda x: mx.sym.sort(x, name="n"), 1, ["n_output0"]),
        (lambda x: mx.sym.linalg.det(x, name="n"), 2, ["n_output0"]),
        (lambda x: mx.sym.linalg.slogdet(x, name="n"), 2, ["n_output0", "n_output1"]),
        (lambda x: mx.sym.amp_multicast(x, num_outputs=1, name="n"), 0, ["n_output"]),
        (lambda x: mx.sym.multi_sgd_update(x, x, lrs=1, wds=1, num_weights=1, name="n"), 0, ["n_output"]),
    ],
)
def test_files_count_what_an_operator_keeps_for_its_gradient(
    make: Callable[[mx.sym.Symbol], mx.sym.Symbol], kept: int, names: list[str]
) -> None:
    made = make(mx.sym.var("x"))
    rows = json.loads(made.tojson())["node_row_ptr"]
    assert made.list_outputs() == names
    assert rows[-1] - rows[-2] == len(names) + kept
    assert mx.sym.load_json(made.tojson()).tojson() == made.tojson()
