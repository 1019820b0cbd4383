"""Broken and hostile symbol files: an MXNetError that names the file and the place, and nothing worse."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mxnet as mx
from tests.graph import graphs

QUICK = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
TEXTS = [graphs.build(mx, n).tojson() for n in ("perceptron", "residual", "several_outputs", "arithmetic", "recurrent")]


def opens_or_says_why(text: str) -> bool:
    try:
        symbol = mx.sym.load_json(text)
    except mx.MXNetError as error:
        assert "<string>" in str(error), error
        return False
    symbol.list_arguments(), symbol.list_outputs(), symbol.list_auxiliary_states()
    assert mx.sym.load_json(symbol.tojson(remove_amp_cast=False)).list_inputs() == symbol.list_inputs()
    return True


@QUICK
@given(st.sampled_from(TEXTS), st.data())
def test_changed_characters_open_or_say_why(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        text = text[:at] + data.draw(st.sampled_from('0123456789"[]{},:-eN\\\0 x\u00e9')) + text[at + 1 :]
    opens_or_says_why(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@QUICK
@given(st.sampled_from(TEXTS), JSON, st.data())
def test_any_value_anywhere_opens_or_says_why(text: str, value: Any, data: st.DataObject) -> None:
    graph = place = json.loads(text)
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = value
    opens_or_says_why(json.dumps(graph))


@QUICK
@given(JSON)
def test_other_json_is_no_symbol(value: Any) -> None:
    assert not opens_or_says_why(json.dumps(value))


@pytest.mark.parametrize("text", TEXTS[:2])
def test_truncation_anywhere_is_found(text: str) -> None:
    for end in range(len(text)):
        assert not opens_or_says_why(text[:end]), end


def graph(*nodes: dict, heads: object = None, **more: object) -> str:
    return json.dumps({"nodes": list(nodes), "heads": heads or [[len(nodes) - 1, 0, 0]], **more})


def node(op: object = "null", name: object = "x", inputs: object = (), **attrs: object) -> dict:
    return {"op": op, "name": name, "inputs": inputs, "attrs": attrs}


X = node()
NEW = {"attrs": {"mxnet_version": ["int", 10901]}}
BROKEN = {
    "nothing": ("", r"not a symbol file: .*\(offset 0 of 0\)"),
    "half": ('{"nodes": [', r"not a symbol file: .*\(offset 11 of 11\)"),
    "a list": ("[]", r"the top level is \[\], expected an object"),
    "a number of too many digits": ('{"nodes": ' + "9" * 5000 + "}", "not a symbol file"),
    "brackets beyond any stack": ("[" * 100_000, "not a symbol file"),
    "no nodes": (graph(), r"nodes is \[\], expected a list of at least one node"),
    "nodes that are none": (json.dumps({"nodes": [3], "heads": [[0, 0, 0]]}), r"nodes\[0\] is 3, expected an object"),
    "no heads": (json.dumps({"nodes": [X]}), "heads is None, expected a list of at least one output"),
    "a head that is not there": (graph(X, heads=[[7, 0, 0]]), r"heads\[0\] is \[7, 0, 0\], expected a node before 1"),
    "a head of negative number": (
        graph(X, heads=[[-1, 0, 0]]),
        r"heads\[0\] is \[-1, 0, 0\], expected a node before 1",
    ),
    "a head beyond its node's": (graph(X, heads=[[0, 1, 0]]), r"heads\[0\] is 1, expected one of the 1 outputs of 'x'"),
    "a link to itself": (graph(X, node("tanh", "t", [[1, 0, 0]])), r"nodes\[1\].inputs\[0\] is .*a node before 1"),
    "a link to later": (graph(node("tanh", "t", [[1, 0, 0]]), X), r"nodes\[0\].inputs\[0\] is .*a node before 0"),
    "a link of one number": (
        graph(X, node("tanh", "t", [[0]])),
        r"nodes\[1\].inputs\[0\] is \[0\], expected a list of t",
    ),
    "a link of texts": (
        graph(X, node("tanh", "t", [["0", "0"]])),
        r"nodes\[1\].inputs\[0\] is .*two or three integers",
    ),
    "an output that is not there": (
        graph(X, node("tanh", "t", [[0, 3, 0]])),
        r"nodes\[1\].inputs\[0\] is 3, expected one",
    ),
    "inputs of a variable": (
        graph(X, node(inputs=[[0, 0, 0]])),
        r"nodes\[1\].inputs is .*nothing, the node being a var",
    ),
    "an operator that there is not": (
        graph(X, node("tanhh", "t", [[0, 0, 0]])),
        "node 't' of .*closest names are .*tanh",
    ),
    "an operator that is no name": (graph(node(3)), r"nodes\[0\].op is 3, expected the name of an operator"),
    "a name that is no text": (graph(node(name=3)), r"nodes\[0\].name is 3, expected text"),
    "an attribute that is no text": (graph(node(lr=3)), r"nodes\[0\].attrs.lr is 3, expected text"),
    "an attribute that can not be read": (
        graph(X, node("FullyConnected", "fc", [[0, 0, 0]], num_hidden="many")),
        r"nodes\[1\] \(FullyConnected 'fc'\).*num_hidden.*'many'",
    ),
    "an attribute that is missing": (
        graph(X, node("FullyConnected", "fc", [[0, 0, 0]])),
        r"nodes\[1\] \(FullyConnected 'fc'\).*num_hidden",
    ),
    "too many inputs": (graph(X, node("tanh", "t", [[0, 0, 0]] * 2)), r"nodes\[1\] .*has 2 inputs, expected at most 1"),
    "too few inputs": (
        graph(X, node("FullyConnected", "fc", [[0, 0, 0]], num_hidden="2"), **NEW),
        r"nodes\[1\] \(FullyConnected 'fc'\) has 1 inputs, and none for weight",
    ),
    "more outputs than fit anywhere": (
        graph(X, node("SliceChannel", "s", [[0, 0, 0]], num_outputs="9" * 9)),
        r"nodes\[1\] \(SliceChannel 's'\): num_outputs=999999999, expected at most",
    ),
    "a version that is none": (graph(X, attrs={"mxnet_version": "new"}), "attrs.mxnet_version is 'new', expected"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_file_and_the_place_are_named(name: str, tmp_path: pathlib.Path) -> None:
    text, words = BROKEN[name]
    path = tmp_path / "broken-symbol.json"
    path.write_text(text)
    with pytest.raises(mx.MXNetError, match=words) as error:
        mx.sym.load(str(path))
    assert str(path) in str(error.value) and len(str(error.value)) < 2000


def test_bytes_that_are_no_text_are_named(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b'{"nodes": "\xff"}')
    with pytest.raises(mx.MXNetError, match="x.json: not a symbol file: byte 11 is not UTF-8"):
        mx.sym.load(str(path))


def test_files_that_are_not_there_are_named() -> None:
    with pytest.raises(FileNotFoundError, match="/no/such-symbol.json") as error:
        mx.sym.load("/no/such-symbol.json")
    assert isinstance(error.value, mx.MXNetError)
    for wrong in (None, 3, b"{}"):
        with pytest.raises(TypeError, match="string"):
            mx.sym.load_json(wrong)  # type: ignore[arg-type]


def test_an_operator_in_python_that_does_not_say_its_type_names_the_file() -> None:
    with pytest.raises(mx.MXNetError, match=r"<string>: nodes\[1\] \(Custom 'c'\): .*op_type"):
        mx.sym.load_json(graph(X, node("Custom", "c", [[0, 0, 0]])))


def test_a_gradient_that_only_autograd_computes_is_no_node_of_a_file() -> None:
    text = mx.sym.contrib.quadratic(mx.sym.var("x"), name="q").tojson().replace("_quadratic", "_backward_quadratic")
    for links, said in (("[[0, 0, 0]]", "has 1 inputs, expected at most 0"), ("[]", "expects 2 inputs")):
        with pytest.raises(mx.MXNetError, match=f"<string>: nodes.1. .*'q'.*{said}"):
            mx.sym.load_json(text.replace("[[0, 0, 0]]", links))
