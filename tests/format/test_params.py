"""``.params`` files: the bytes that 1.9.1 writes, and the layouts of all years; see record.py."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

import mxnet as mx
from mxnet._runtime import params_format
from mxnet.ndarray import save_tobuffer
from tests.answers import plain
from tests.format import layouts, saved

RECORDED = pathlib.Path(__file__).parent / "recorded"


def answers(name: str) -> dict:
    return json.loads((RECORDED / name).read_text())


WRITTEN, WRITTEN_NP, LAYOUTS = (answers(n) for n in ("written.json", "written_np_shape.json", "layouts.json"))
WHOLE = {n: a for n, a in LAYOUTS.items() if "result" in a["read"]}
NO_ARRAY = [n for n in LAYOUTS if n.endswith("without an array")]


def test_the_layouts_are_those_that_1_9_1_was_given() -> None:
    assert {n: d.hex() for n, d in layouts.files().items()} == {n: a["file"] for n, a in LAYOUTS.items()}
    assert set(LAYOUTS) == {*WHOLE, *NO_ARRAY}


# -- writing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", saved.PLAIN)
def test_files_are_written_byte_for_byte_as_1_9_1_does(name: str, tmp_path: pathlib.Path) -> None:
    data = saved.PLAIN[name](mx, np)
    mx.nd.save(str(tmp_path / "a.params"), data)
    assert (tmp_path / "a.params").read_bytes().hex() == WRITTEN[name]
    assert save_tobuffer(data).hex() == WRITTEN[name]


@pytest.mark.parametrize("name", saved.NP_SHAPE)
def test_files_under_numpy_shapes_are_written_byte_for_byte_as_1_9_1_does(name: str) -> None:
    with mx.util.np_shape(True):
        assert save_tobuffer(saved.NP_SHAPE[name](mx, np)).hex() == WRITTEN_NP[name]


@pytest.mark.parametrize("name", saved.SPARSE)
def test_sparse_arrays_are_read_and_written_in_the_bytes_of_1_9_1(name: str) -> None:
    raw = bytes.fromhex(WRITTEN[name])
    (entry,), names = params_format.decode(raw, name)
    assert entry.stype == name.split()[0] and len(entry.aux) == {"csr": 2, "row_sparse": 1}[entry.stype]
    assert b"".join(bytes(p) for p in params_format.encode([entry], names)) == raw


def test_a_scalar_without_numpy_shapes_is_written_with_one_axis() -> None:
    # 1.9.1 writes a file that it can not read itself
    (back,) = mx.nd.load_frombuffer(save_tobuffer(mx.nd.array(3)))
    assert back.shape == (1,) and back.asscalar() == 3


def test_bfloat16_comes_back_bit_for_bit() -> None:
    x = mx.nd.array([1.0, -2.5, 3e38]).astype("bfloat16")
    (back,) = mx.nd.load_frombuffer(save_tobuffer(x))
    assert back.dtype == x.dtype
    assert back.astype("float32").asnumpy().tolist() == x.astype("float32").asnumpy().tolist()


@pytest.mark.parametrize("wrong", [3, "x", [1.0], {"a": 1}, {1: mx.nd.ones(1)}, [np.ones(1)], None])
def test_only_arrays_are_saved(wrong: object, tmp_path: pathlib.Path) -> None:
    with pytest.raises(TypeError, match="save|data needs to") as error:
        mx.nd.save(str(tmp_path / "a"), wrong)
    assert isinstance(error.value, mx.MXNetError)
    assert not list(tmp_path.iterdir())


# -- reading ---------------------------------------------------------------------------------------------------------


def shown(found: object) -> dict:
    named = found.items() if isinstance(found, dict) else enumerate(found)  # type: ignore[arg-type]
    return {"names": isinstance(found, dict), **{str(k): [str(v.context), plain(v)] for k, v in named}}


@pytest.mark.parametrize("name", WHOLE)
def test_every_layout_is_read_as_1_9_1_reads_it(name: str, tmp_path: pathlib.Path) -> None:
    raw = bytes.fromhex(LAYOUTS[name]["file"])
    (tmp_path / "a.params").write_bytes(raw)
    with mx.util.np_shape(name.startswith("v3")):
        for found in (mx.nd.load(str(tmp_path / "a.params")), mx.nd.load_frombuffer(raw)):
            assert shown(found) == WHOLE[name]["read"]["result"]


@pytest.mark.parametrize("name", NO_ARRAY)
def test_places_without_an_array_are_passed_over(name: str) -> None:
    # 1.9.1 takes what follows for their data
    with mx.util.np_shape(name.startswith("v3")):
        found = mx.nd.load_frombuffer(bytes.fromhex(LAYOUTS[name]["file"]))
    assert found["a"].size == 0
    assert found["b"].asnumpy().tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("name", [n for n in LAYOUTS if n.endswith(("float32", "int8", "list", "dict"))])
def test_shapes_that_mean_the_same_are_read_under_either_meaning(name: str) -> None:
    raw = bytes.fromhex(LAYOUTS[name]["file"])
    with mx.util.np_shape(False):
        off = shown(mx.nd.load_frombuffer(raw))
    with mx.util.np_shape(True):
        assert shown(mx.nd.load_frombuffer(raw)) == off


@pytest.mark.parametrize("name", [n for n in LAYOUTS if n.endswith(("size of 0", "scalar", "without an array"))])
def test_shapes_that_mean_something_else_are_refused_with_the_way_out(name: str) -> None:
    np_shape = name.startswith("v3")
    with mx.util.np_shape(not np_shape), pytest.raises(mx.MXNetError) as error:
        mx.nd.load_frombuffer(bytes.fromhex(LAYOUTS[name]["file"]))
    text = str(error.value)
    assert text.startswith("<buffer>: the array of shape") and "at offset 24" in text
    assert f"mx.np_shape({np_shape})" in text


@pytest.mark.parametrize("name", saved.NP_SHAPE)
def test_scalars_and_arrays_without_elements_come_back(name: str) -> None:
    with mx.util.np_shape(True):
        want = saved.NP_SHAPE[name](mx, np)
        got = mx.nd.load_frombuffer(bytes.fromhex(WRITTEN_NP[name]))
        want = want if isinstance(want, dict) else {"0": want}
        got = got if isinstance(got, dict) else {"0": got[0]}
        assert {k: plain(v) for k, v in got.items()} == {k: plain(v) for k, v in want.items()}


def test_load_frombuffer_takes_any_bytes_and_keeps_none_of_them() -> None:
    raw = bytearray(bytes.fromhex(WRITTEN["a list of one"]))
    for buffer in (bytes(raw), raw, memoryview(raw)):
        (x,) = mx.nd.load_frombuffer(buffer)
        x += 1
        assert raw.hex() == WRITTEN["a list of one"]
    with pytest.raises(TypeError, match="expected bytes"):
        mx.nd.load_frombuffer("text")
    with pytest.raises(mx.MXNetError, match="<buffer>.* offset 0"):
        mx.nd.load_frombuffer(b"")


@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_scalar_comes_back(value: bool) -> None:
    with mx.util.np_shape(True), mx.util.np_array(True):
        (back,) = mx.nd.load_frombuffer(save_tobuffer([mx.np.array(value, dtype=bool)]))
        assert back.shape == () and back.dtype == np.bool_ and bool(back.item()) is value


@pytest.mark.parametrize("size", [(3, 5), (70, 90)], ids=["small", "large"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int8"])
def test_arrays_with_a_gradient_and_those_that_are_turned_come_back(dtype: str, size: tuple[int, int]) -> None:
    x = mx.nd.array(np.arange(size[0] * size[1]).reshape(size) % 100).astype(dtype)
    for data in (x, x.T, x[1:2]):
        if dtype == "float32":
            data.attach_grad()
        (back,) = mx.nd.load_frombuffer(save_tobuffer(data))
        assert back.dtype == data.dtype
        assert (back.astype("float32").asnumpy() == data.astype("float32").asnumpy()).all()


def test_the_short_way_to_read_an_array_finds_what_the_long_one_does() -> None:
    short = 0
    for raw in [*map(bytes.fromhex, WRITTEN.values()), *layouts.files().values()]:
        quick, slow = (params_format._Reader(raw, "file") for _ in range(2))
        quick.at = slow.at = 24
        found, want = params_format._decode_usual(quick), params_format._decode_any(slow)
        if found is not None:
            short += 1
            assert quick.at == slow.at
            assert found._replace(data=None) == want._replace(data=None)
            assert found.data.dtype == want.data.dtype and found.data.tobytes() == want.data.tobytes()
    assert short > 5


def test_files_that_are_not_there_are_named() -> None:
    with pytest.raises(FileNotFoundError, match="/no/such.params") as error:
        mx.nd.load("/no/such.params")
    assert isinstance(error.value, mx.MXNetError) and error.value.filename == "/no/such.params"
    with pytest.raises(mx.MXNetError, match="/no/such.params"):
        mx.nd.save("/no/such.params", mx.nd.ones(1))
    with pytest.raises(mx.MXNetError, match="tests"):
        mx.nd.load(str(pathlib.Path(__file__).parents[1]))
