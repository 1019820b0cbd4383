"""Loops and branches: the text and the results of 1.9.1 (record_loops.py), and what holds beyond them."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.base import MXNetError
from tests.graph import loops

RECORDED = json.loads((pathlib.Path(__file__).parent / "recorded" / "loops.json").read_text())


def test_the_record_is_of_these_loops() -> None:
    assert set(RECORDED) == set(loops.LOOPS)


@pytest.mark.parametrize("name", loops.LOOPS)
def test_a_loop_is_written_as_1_9_1_writes_it(name: str) -> None:
    assert loops.build(mx, name).tojson() == RECORDED[name]["text"]


@pytest.mark.parametrize("name", loops.LOOPS)
def test_a_file_of_1_9_1_comes_back_to_the_byte(name: str) -> None:
    text = RECORDED[name]["text"]
    assert mx.sym.load_json(text).tojson() == text


@pytest.mark.parametrize("name", loops.SHAPES)
def test_a_file_of_1_9_1_gives_its_outputs_and_gradients(name: str) -> None:
    want = RECORDED[name]
    got = loops.run(mx, mx.sym.load_json(want["text"]), name, "grads" in want)
    for mine, theirs in zip(got["outputs"], want["outputs"], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)
    for argument, theirs in want.get("grads", {}).items():
        np.testing.assert_allclose(got["grads"][argument], theirs, rtol=1e-4, atol=1e-6, err_msg=argument)


# -- the same with arrays, with symbols, and hybridized -------------------------------------------------------------


def accumulate(F, data, state, scale):  # type: ignore[no-untyped-def]
    return F.contrib.foreach(lambda x, s: ([x * s, [s]], s * scale + x), data, state)


def count_up(F, data, state, scale):  # type: ignore[no-untyped-def]
    return F.contrib.while_loop(
        lambda i, s: i < 3,
        lambda i, s: (s * F.mean(data, axis=0), [i + 1, s * scale]),
        [F.zeros((1,)), state],
        max_iterations=5,
    )


def choose(F, data, state, scale):  # type: ignore[no-untyped-def]
    return F.contrib.cond(scale.sum() > 3, lambda: [data * scale, state], lambda: [data - 1, state * 2])


def choose_else(F, data, state, scale):  # type: ignore[no-untyped-def]
    return F.contrib.cond(scale.sum() > 99, lambda: [data * scale, state], lambda: [data - 1, state * 2])


PROGRAMS = [accumulate, count_up, choose, choose_else]


class Program(gluon.HybridBlock):
    def __init__(self, program):  # type: ignore[no-untyped-def]
        super().__init__()
        self.program = program

    def hybrid_forward(self, F, data, state, scale):  # type: ignore[no-untyped-def]
        return self.program(F, data, state, scale)


def _inputs() -> list[nd.NDArray]:
    random = np.random.RandomState(3)
    made = [nd.array(random.uniform(1, 2, s)) for s in ((4, 2), (2,), (2,))]
    for m in made:
        m.attach_grad()
    return made


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_hybridized_block_gives_what_it_gives_otherwise(program) -> None:  # type: ignore[no-untyped-def]
    answers = []
    for hybridize in (False, True):
        block = Program(program)
        if hybridize:
            block.hybridize()
        inputs = _inputs()
        with mx.autograd.record():
            outputs = loops.flat(block(*inputs))
            total = mx.nd.add_n(*[(o * o).sum() for o in outputs])
        total.backward()
        answers.append([a.asnumpy() for a in (*outputs, *[i.grad for i in inputs])])
    for plain, hybrid in zip(*answers, strict=True):
        np.testing.assert_allclose(hybrid, plain, rtol=1e-5)


@pytest.mark.parametrize("name", ["running_sum", "a_free_variable", "recurrent"])
def test_gradients_of_a_loop_agree_with_finite_differences(name: str) -> None:
    symbol = loops.build(mx, name)
    given = loops.values(name)
    at = {n: mx.nd.array(given[n], dtype="float64") for n in symbol.list_arguments()}
    grads = {n: mx.nd.zeros_like(a) for n, a in at.items()}
    executor = symbol.bind(mx.cpu(), at, grads)
    executor.forward(is_train=True)
    executor.backward([mx.nd.ones(o.shape, dtype="float64") for o in executor.outputs])

    def total() -> float:
        return float(sum(o.sum().asscalar() for o in symbol.bind(mx.cpu(), at).forward()))

    for argument, array in at.items():
        for where in np.ndindex(*array.shape):
            centre = array[where].asscalar()
            ends = []
            for step in (1e-5, -1e-5):
                array[where] = centre + step
                ends.append(total())
            array[where] = centre
            assert grads[argument][where].asscalar() == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5, abs=1e-6)


def test_a_layer_with_parameters_runs_in_a_loop_and_learns() -> None:
    class Recurrent(gluon.HybridBlock):
        def __init__(self) -> None:
            super().__init__()
            with self.name_scope():
                self.cell = gluon.nn.Dense(3, flatten=False, in_units=0)

        def hybrid_forward(self, F, data, state):  # type: ignore[no-untyped-def]
            def step(x, s):  # type: ignore[no-untyped-def]
                h = F.tanh(self.cell(x) + s)
                return h, h

            return F.contrib.foreach(step, data, state)[1]

    results = []
    for hybridize in (False, True):
        mx.random.seed(1)
        block = Recurrent()
        block.initialize(mx.init.Constant(0.1))
        if hybridize:
            block.hybridize()
        with mx.autograd.record():
            out = block(nd.ones((4, 2, 5)), nd.zeros((2, 3)))
        out.backward()
        weight = block.cell.weight
        assert weight.shape == (3, 5)
        results.append((out.asnumpy(), weight.grad().asnumpy()))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-5)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-5)
    assert np.abs(results[0][1]).min() > 0


def test_an_exported_loop_is_imported_again(tmp_path: pathlib.Path) -> None:
    block = Program(accumulate)
    block.hybridize()
    inputs = _inputs()
    want = [o.asnumpy() for o in loops.flat(block(*inputs))]
    block.export(str(tmp_path / "net"))
    again = gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), ["data0", "data1", "data2"])
    got = [o.asnumpy() for o in loops.flat(again(*inputs))]
    for mine, theirs in zip(got, want, strict=True):
        np.testing.assert_array_equal(mine, theirs)


# -- shapes and dtypes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "known", "arguments", "outputs"),
    [
        ("running_sum", {"d": (3, 2), "s": (2,)}, [(3, 2), (2,)], [(3, 2), (2,)]),
        ("running_sum", {"d": (3, 2)}, [(3, 2), (2,)], [(3, 2), (2,)]),
        ("recurrent", {"d": (4, 2, 3)}, [(4, 2, 3), (2, 3), (3, 3)], [(4, 2, 3), (4, 2, 3), (2, 3)]),
        ("slices_that_are_numbers", {"d": (3,), "s": (1,)}, [(3,), (1,)], [(3, 1), (1,)]),
        ("while_", {"i": (1,), "s": (1,), "b": (1,)}, [(1,)] * 3, [(3, 1), (1,), (1,)]),
        ("cond_true", {"a": (2,), "b": (2,)}, [(2,)] * 2, [(2,), (2,)]),
    ],
)
def test_shapes_are_inferred_through_loops_in_both_directions(name, known, arguments, outputs) -> None:  # type: ignore[no-untyped-def]
    assert loops.build(mx, name).infer_shape(**known) == (arguments, outputs, [])


def test_an_unknown_number_of_steps_stays_unknown() -> None:
    outputs, _ = mx.sym.contrib.foreach(
        lambda x, s: (x + s[0], [s[0] * 2]), mx.sym.var("x", shape=(0, 3, 5)), [mx.sym.var("s")]
    )
    assert outputs.infer_shape_partial() == ([(0, 3, 5), (3, 5)], [(0, 3, 5)], [])
    assert outputs.infer_shape() == (None, None, None)


def test_contradicting_shapes_name_the_loop_and_the_node_in_it() -> None:
    with pytest.raises(MXNetError, match="_foreach0: Error in operator _plus0"):
        loops.build(mx, "running_sum").infer_shape(d=(3, 2), s=(5,))
    with pytest.raises(MXNetError, match="lengths"):
        loops.build(mx, "nested_lists").infer_shape(d=(3, 2), e=(4, 2))


def test_a_state_keeps_its_shape() -> None:
    outputs, states = mx.sym.contrib.foreach(
        lambda x, s: (x, mx.sym.concat(s, x, dim=0)), mx.sym.var("d"), mx.sym.var("s")
    )
    with pytest.raises(MXNetError, match="after a step"):
        mx.sym.Group([outputs, states]).infer_shape(d=(3, 2), s=(2,))


@pytest.mark.parametrize("given", [{"d": "float16"}, {"s": "float16"}])
def test_dtypes_are_inferred_through_loops_in_both_directions(given: dict[str, str]) -> None:
    half = np.float16
    assert loops.build(mx, "running_sum").infer_type(**given) == ([half, half], [half, half], [])


# -- imperative -----------------------------------------------------------------------------------------------------


def test_a_while_loop_that_never_runs_gives_its_variables_back() -> None:
    outputs, last = nd.contrib.while_loop(lambda i: i < 0, lambda i: (i, i + 1), nd.array([4]), max_iterations=5)
    assert outputs == [] and last.asscalar() == 4
    outputs, last = mx.sym.contrib.while_loop(lambda i: i < 0, lambda i: (i, i + 1), mx.sym.var("i"), max_iterations=5)
    made = mx.sym.Group([outputs, last]).eval(i=nd.array([4]))
    assert made[0].shape == (5, 1) and made[1].asscalar() == 4


def test_rows_after_the_last_step_are_zeros() -> None:
    for run in (
        lambda f: f(nd, nd.array([3])),
        lambda f: mx.sym.Group(f(mx.sym, mx.sym.var("i"))).eval(i=nd.array([3])),
    ):
        made = run(lambda F, i: list(F.contrib.while_loop(lambda i: i < 5, lambda i: (i, i + 1), i, max_iterations=4)))  # type: ignore[no-untyped-call]
        assert made[0].asnumpy().ravel().tolist() == [3, 4, 0, 0]
        assert made[1].asscalar() == 5


def test_what_a_body_writes_to_its_slices_is_written_to_the_array() -> None:
    data = nd.zeros((3, 2))

    def step(x, s):  # type: ignore[no-untyped-def]
        x[:] = s
        return [], s + 1

    nd.contrib.foreach(step, data, nd.ones((1,)))
    assert data.asnumpy().tolist() == [[1, 1], [2, 2], [3, 3]]


def test_conditions_may_be_python_values() -> None:
    assert nd.contrib.cond(True, lambda: 1, lambda: 2) == 1
    _, last = nd.contrib.while_loop(lambda i: True, lambda i: (None, i + 1), nd.array([0]), max_iterations=3)
    assert last.asscalar() == 3


def test_random_numbers_in_a_loop_differ_from_step_to_step() -> None:
    made = mx.sym.contrib.foreach(
        lambda x, s: (x + mx.sym.random.uniform(shape=(3,)), s), mx.sym.var("d"), mx.sym.var("s")
    )[0].eval(d=nd.zeros((4, 3)), s=nd.zeros((1,)))[0]
    assert len(np.unique(made.asnumpy())) == 12


def test_dropout_in_a_loop_drops_in_training_alone() -> None:
    symbol = mx.sym.Group(
        mx.sym.contrib.foreach(lambda x, s: (mx.sym.Dropout(x, p=0.5), s), mx.sym.var("d"), mx.sym.var("s"))
    )
    executor = symbol.bind(mx.cpu(), {"d": nd.ones((8, 32)), "s": nd.ones((1,))})
    assert set(executor.forward(is_train=True)[0].asnumpy().ravel()) == {0.0, 2.0}
    assert set(executor.forward(is_train=False)[0].asnumpy().ravel()) == {1.0}


def test_a_recorded_loop_can_be_turned_into_a_symbol() -> None:
    block = Program(accumulate)
    block.hybridize()
    inputs = _inputs()
    with mx.autograd.record():
        outputs = loops.flat(block(*inputs))
    symbol = mx.autograd.get_symbol(outputs[0])
    assert any(n["op"] == "_foreach" for n in json.loads(symbol.tojson())["nodes"])
    values = dict(zip(symbol.list_arguments(), inputs, strict=True))
    np.testing.assert_allclose(symbol.eval(**values)[0].asnumpy(), outputs[0].asnumpy(), rtol=1e-6)


def test_the_same_symbol_may_be_looped_over_and_be_the_state() -> None:
    x = mx.sym.var("x")
    outputs, _ = mx.sym.contrib.foreach(lambda a, s: (a + s.sum(), s * 2), x, x)
    assert outputs.eval(x=nd.array([[1], [2]]))[0].asnumpy().tolist() == [[4], [8]]


def test_a_loop_can_be_composed_and_copied() -> None:
    import copy

    symbol = loops.build(mx, "a_free_variable")
    assert copy.deepcopy(symbol).tojson() == symbol.tojson()
    composed = symbol(b=mx.sym.var("c") * 2)
    given = {n: nd.array(a) for n, a in loops.values("a_free_variable").items()}
    want = symbol.eval(**given)[0].asnumpy()
    given["c"] = given.pop("b") / 2
    np.testing.assert_allclose(composed.eval(**given)[0].asnumpy(), want, rtol=1e-6)


# -- errors ---------------------------------------------------------------------------------------------------------

X, S = "x", "s"
BAD = {
    "a body that does not use its slice": (lambda F, x, s: F.foreach(lambda a, b: (b, b), x, s), AssertionError, "sym"),
    "a body that does not use its state": (
        lambda F, x, s: F.foreach(lambda a, b: (a, a + 1), x, s), AssertionError, "sym"
    ),
    "states built otherwise": (lambda F, x, s: F.foreach(lambda a, b: (a, [b]), x, s), AssertionError, "sym"),
    "data that is none": (lambda F, x, s: F.foreach(lambda a, b: (a, b), 3, s), AssertionError, "both"),
    "a state that is none": (lambda F, x, s: F.foreach(lambda a, b: (a, b), x, 3), AssertionError, "both"),
    "an output that is none": (lambda F, x, s: F.foreach(lambda a, b: (3, b), x, s), AssertionError, "both"),
    "no limit": (lambda F, x, s: F.while_loop(lambda i: i < 3, lambda i: (i, i), s), ValueError, "both"),
    "a limit that is no number": (
        lambda F, x, s: F.while_loop(lambda i: i < 3, lambda i: (i, i), s, max_iterations="many"), ValueError, "both"
    ),
    "no loop variables": (
        lambda F, x, s: F.while_loop(lambda: s, lambda: (s, []), [], max_iterations=3), ValueError, "both"
    ),
    "another number of loop variables": (
        lambda F, x, s: F.while_loop(lambda i: i.sum() < 99, lambda i: (i, [i, i]), s, max_iterations=3),
        ValueError, "both",
    ),
    "a loop variable nobody uses": (
        lambda F, x, s: F.while_loop(lambda i, j: i < 3, lambda i, j: (i, [i, i]), [s, s], max_iterations=3),
        ValueError, "sym",
    ),
    "a condition that is no symbol": (
        lambda F, x, s: F.while_loop(lambda i: True, lambda i: (i, i), s, max_iterations=3), ValueError, "sym"
    ),
    "a condition of several elements": (
        lambda F, x, s: F.while_loop(lambda i: i < 3, lambda i: (i, i), s, max_iterations=3), ValueError, "nd"
    ),
    "a choice by several elements": (lambda F, x, s: F.cond(s, lambda: s, lambda: s), ValueError, "nd"),
    "branches that differ": (lambda F, x, s: F.cond(s, lambda: [s, s], lambda: [s]), ValueError, "sym"),
    "branches without symbols": (lambda F, x, s: F.cond(s, lambda: [], lambda: []), MXNetError, "sym"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_calls_are_refused_as_by_1_9_1(name: str) -> None:
    call, kind, where = BAD[name]
    if where in ("nd", "both"):
        with pytest.raises(kind):
            call(nd.contrib, nd.ones((3, 2)), nd.ones((2,)))  # type: ignore[no-untyped-call]
    if where in ("sym", "both"):
        with pytest.raises(kind):
            call(mx.sym.contrib, mx.sym.var("x"), mx.sym.var("s"))  # type: ignore[no-untyped-call]


def test_conditions_of_several_elements_are_refused_when_a_graph_runs() -> None:
    symbol = mx.sym.contrib.cond(mx.sym.var("a"), lambda: mx.sym.var("b") + 1, lambda: mx.sym.var("b") - 1)
    with pytest.raises(MXNetError, match="single element"):
        symbol.eval(a=nd.array([0, 1]), b=nd.array([1]))


def _changed(name: str, change) -> str:  # type: ignore[no-untyped-def]
    data = json.loads(RECORDED[name]["text"])
    change(next(n for n in data["nodes"] if n["op"] in ("_foreach", "_while_loop", "_cond")))
    return json.dumps(data)


CORRUPT = {
    "no subgraphs": lambda n: n.pop("subgraphs"),
    "one subgraph too many": lambda n: n["subgraphs"].append(n["subgraphs"][0]),
    "subgraphs that are none": lambda n: n.update(subgraphs=[3]),
    "a great number of outputs": lambda n: n["attrs"].update(num_outputs="1000000000"),
    "another number of inputs": lambda n: n["attrs"].update(num_args="9"),
    "a place that there is not": lambda n: n["attrs"].update(in_data_locs="[7]"),
    "a place twice": lambda n: n["attrs"].update(in_data_locs="[1]"),
    "outputs that are states": lambda n: n["attrs"].update(num_out_data="2"),
    "no output": lambda n: n["subgraphs"][0].update(heads=[]),
}


@pytest.mark.parametrize("name", CORRUPT)
def test_corrupt_loops_in_files_are_refused(name: str) -> None:
    with pytest.raises(MXNetError, match="<string>"):
        mx.sym.load_json(_changed("running_sum", CORRUPT[name]))


def test_graphs_nested_without_end_are_refused() -> None:
    inner = json.loads(RECORDED["inputs_passed_on"]["text"])
    for _ in range(40):
        outer = json.loads(RECORDED["inputs_passed_on"]["text"])
        outer["nodes"][-1]["subgraphs"] = [{k: inner[k] for k in ("nodes", "heads")}]
        inner = outer
    with pytest.raises(MXNetError, match="at most 32 graphs"):
        mx.sym.load_json(json.dumps(inner))
