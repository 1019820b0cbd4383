"""Valid symbol files changed at random: they load, or an MXNetError says what is wrong; so do inference and binding.

``make test`` tries 50 files, ``make nightly`` 1,000. Memory and time of each are limited, so that a count that is taken
at its word shows.
"""

from __future__ import annotations

import contextlib
import copy
import json
import resource
import signal
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mxnet as mx
from mxnet import _ops
from tests.graph import graphs, loops

SECONDS = 60
ROOM = 6 << 30
"""Bytes of address space beyond what is in use."""


def of_0_8(text: str) -> str:
    """The file as 0.8 wrote it: other keys, links of two numbers, no version, no auxiliary states."""
    graph = json.loads(text)
    for node in graph["nodes"]:
        node["param"] = node.pop("attrs", {})
        node["inputs"] = [link[:2] for link in node["inputs"]]
        node["backward_source_id"] = -1
    heads = [h[:2] for h in graph["heads"]]
    return json.dumps({"nodes": graph["nodes"], "arg_nodes": graph["arg_nodes"], "heads": heads})


IMAGE = {"data": (1, 3, 28, 28)}
FILES: dict[str, tuple[str, dict]] = {
    "lenet": (graphs.build(mx, "lenet").tojson(), IMAGE),
    "lenet of 0.8": (of_0_8(graphs.build(mx, "lenet").tojson()), IMAGE),
    "residual": (graphs.build(mx, "residual").tojson(), {"data": (1, 8, 6, 6)}),
    "lstm": (graphs.build(mx, "recurrent").tojson(), {"data": (2, 1, 3)}),
    "several outputs": (graphs.build(mx, "several_outputs").tojson(), {"x": (2, 2, 3)}),
    **{n: (loops.build(mx, n).tojson(), loops.SHAPES[n]) for n in ("recurrent", "while_", "cond_true")},
}
OPERATORS = sorted(_ops.all_names())
WRONG = [None, True, 0, -1, 1.5, 10**30, "", "x", "None", "\u00e9\0", [], {}, [[]], [0, 0, 0], {"op": "null"}]
NUMBERS = [-1, 0, 1, 3, 2**31, 2**63, 10**30]
TEXTS = [
    "-1", "0", "1", "7", "1e308", "nan", "inf", "None", "True", "()", "(0, 0)", "(1, 1, 1)", "(-1, -1)", "[", "x",
    "9" * 12, "9" * 19, "9" * 5000, "(99999999, 99999999)", "(" * 3000, "1" + ",1" * 3000,
    "2147483647", "-2147483648", "100000", "10000",
]  # fmt: skip
KEYS = "__shape__ __dtype__ __init__ num_outputs num_weights num_args num_layers shape axis".split()

Draw = Callable[..., Any]


def places(value: Any, kind: Any) -> list[Any]:
    """All lists or objects in ``value`` that are not empty."""
    found, rest = [], [value]
    while rest:
        each = rest.pop()
        if isinstance(each, kind) and each:
            found.append(each)
        rest.extend(each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
    return found


def drop(draw: Draw, graph: Any) -> None:
    place = draw(st.sampled_from(places(graph, (dict, list))))
    del place[draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))]


def replace(draw: Draw, graph: Any) -> None:
    place = draw(st.sampled_from(places(graph, (dict, list))))
    key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = copy.deepcopy(draw(st.sampled_from(WRONG)))


def misdirect(draw: Draw, graph: Any) -> None:
    """Another number in a link, a head or a list of numbers: what is not there, what comes later, the node itself."""
    lists = [p for p in places(graph, list) if all(type(n) is int for n in p)]
    if lists:
        place = draw(st.sampled_from(lists))
        place[draw(st.integers(0, len(place) - 1))] = draw(st.sampled_from(NUMBERS) | st.integers(0, 20))


def overstate(draw: Draw, graph: Any) -> None:
    """Another text for an attribute."""
    attrs = [n[k] for n in places(graph, dict) for k in ("attrs", "param") if isinstance(n.get(k), dict) and n[k]]
    if attrs:
        place = draw(st.sampled_from(attrs))
        place[draw(st.sampled_from(sorted(place)))] = draw(st.sampled_from(TEXTS))


def add_attribute(draw: Draw, graph: Any) -> None:
    node = draw(st.sampled_from(places(graph, dict)))
    attrs = node.setdefault("attrs", {})
    if isinstance(attrs, dict):
        attrs[draw(st.sampled_from(KEYS))] = draw(st.sampled_from(TEXTS))


def rename(draw: Draw, graph: Any) -> None:
    """Another operator, or another node's name."""
    nodes = [n for n in places(graph, dict) if "op" in n]
    if nodes:
        node = draw(st.sampled_from(nodes))
        if draw(st.booleans()):
            node["op"] = draw(st.sampled_from(OPERATORS))
        else:
            node["name"] = draw(st.sampled_from(nodes)).get("name")


def nest(draw: Draw, graph: Any) -> None:
    """Graphs in graphs, or lists in lists."""
    node = draw(st.sampled_from(places(graph, dict)))
    depth = draw(st.sampled_from([2, 40, 100]))
    inner: Any = copy.copy(draw(st.sampled_from([[], {}, "x"])))
    for _ in range(depth):
        inner = (
            {"nodes": [{**copy.deepcopy(node), "subgraphs": [inner]}], "heads": [[0, 0, 0]]}
            if "op" in node
            else [inner]
        )
    node["subgraphs" if "op" in node else "nodes"] = [inner] if "op" in node else inner


def lengthen(draw: Draw, graph: Any) -> None:
    """A list many times over."""
    place = draw(st.sampled_from(places(graph, list)))
    place.extend([place[-1]] * draw(st.sampled_from([1, 1000, 20_000])))


MUTATIONS = [drop, replace, misdirect, overstate, add_attribute, rename, nest, lengthen]


@st.composite
def broken_files(draw: Draw) -> tuple[str, dict]:
    text, shapes = FILES[draw(st.sampled_from(sorted(FILES)))]
    graph = json.loads(text)
    for mutate in draw(st.lists(st.sampled_from(MUTATIONS), min_size=1, max_size=3, unique=True)):
        if places(graph, list) and isinstance(graph, dict):
            mutate(draw, graph)
    text = json.dumps(graph)
    if draw(st.integers(0, 9)) == 0:
        text = text[: draw(st.integers(0, len(text)))]
    return text, shapes


class TooLong(Exception):
    pass


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """Raises TooLong after SECONDS, and leaves no more than ROOM bytes to allocate."""

    def stop(*_: Any) -> None:
        raise TooLong(f"more than {SECONDS} s")

    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + ROOM, hard))
    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def or_says_why(call: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """What ``call`` returns; None after an MXNetError, whose text is long enough to say something and short to read."""
    try:
        return call(*args, **named)
    except mx.MXNetError as error:
        assert 20 < len(str(error)) < 20_000, error
        return None


def use(symbol: mx.sym.Symbol, shapes: dict) -> None:
    names = [*symbol.list_arguments(), *symbol.list_auxiliary_states()]
    symbol.list_outputs(), symbol.attr_dict(), symbol.get_internals().list_outputs()
    known = {n: s for n, s in shapes.items() if n in names}
    or_says_why(symbol.infer_type)
    or_says_why(symbol.infer_shape_partial, **known)
    or_says_why(symbol.infer_shape, **known)
    or_says_why(symbol.simple_bind, mx.cpu(), **known)
    text = symbol.tojson(remove_amp_cast=False)
    assert mx.sym.load_json(text).list_inputs() == symbol.list_inputs()


@settings(suppress_health_check=list(HealthCheck))
@given(broken_files())
def test_files_changed_at_random_load_or_say_why_they_do_not(made: tuple[str, dict]) -> None:
    text, shapes = made
    with limited():
        try:
            symbol = mx.sym.load_json(text)
        except mx.MXNetError as error:
            assert "<string>" in str(error) and len(str(error)) < 20_000, error
        else:
            use(symbol, shapes)


def test_the_files_as_they_are_load_and_bind() -> None:
    for text, shapes in FILES.values():
        symbol = mx.sym.load_json(text)
        known = {n: s for n, s in shapes.items() if n in symbol.list_inputs()}
        outputs = symbol.simple_bind(mx.cpu(), **known).forward()
        assert [o.shape for o in outputs] == symbol.infer_shape(**known)[1]
