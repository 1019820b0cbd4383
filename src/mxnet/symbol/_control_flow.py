"""Loops and branches of ``mx.sym.contrib``: nodes with graphs of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mxnet import _ops
from mxnet._base.errors import ArgumentError
from mxnet._base.nested import flatten, regroup, unpacked
from mxnet._graph.control_flow import SCOPE, LoopNode, variables_of
from mxnet._graph.node import Entry, Node, output_names, topological
from mxnet._ops.types import write
from mxnet.attribute import AttrScope
from mxnet.name import NameManager
from mxnet.ndarray._control_flow import iterations

from ._compose import function, hide
from .sources import var
from .symbol import Symbol

__all__ = ["cond", "foreach", "while_loop"]


class LoopError(ArgumentError, AssertionError):
    """A body that does not match its loop. 1.9.1 checks this with ``assert``."""


@contextmanager
def _scope(name: str) -> Iterator[str]:
    """Nodes that are made within it belong to one graph; yields the text that marks them."""
    outer = AttrScope.current.get(None).get(SCOPE)
    if outer:
        name = f"{outer}${name}"
    count = AttrScope._subgraph_names[name]
    AttrScope._subgraph_names[name] += 1
    with AttrScope(**{SCOPE: f"{name}{count}"}):
        yield f"{name}{count}"


def _stand_ins(symbols: Sequence[Symbol]) -> list[Symbol]:
    """For each of ``symbols`` a variable of the graph being made, ``<node>-<output>``."""
    taken: set[str] = set()
    made = []
    for symbol in symbols:
        node, index = symbol._outputs[0]
        name = f"{node.name}-{index}"
        while name in taken:  # the same symbol twice
            name += "-again"
        taken.add(name)
        made.append(var(name))
    return made


def _copied(outputs: Sequence[Symbol], also: Sequence[str | None] = (), scope: str = "") -> list[Symbol]:
    """``outputs``, of which those that the graph only passes on, or of nodes in ``also``, are copies made in it."""
    copy = function("identity")

    def passed_on(symbol: Symbol) -> bool:
        node = symbol._outputs[0][0]
        return node.op is None or node.attrs.get(SCOPE) != scope or symbol.name in also

    return [copy(o) if passed_on(o) else o for o in outputs]


class _Graph:
    """A graph cut out of what was composed in a scope; ``outside`` says what its variables stand for."""

    def __init__(self, outputs: Sequence[Symbol], scope: str) -> None:
        self.outside: dict[int, Entry] = {}
        entries = [s._outputs[0] for s in outputs]
        made: dict[int, Node] = {}
        cut: dict[tuple[int, int], Node] = {}

        def moved(entry: Entry) -> Entry:
            node, index = entry
            if id(node) in made:
                return made[id(node)], index
            variable = cut.get((id(node), index))
            if variable is None:
                variable = cut[id(node), index] = Node(None, output_names(entry), {}, [])
                self.outside[id(variable)] = entry
            return variable, 0

        inside = _inside(entries, scope)
        for node in inside:
            made[id(node)] = node if node.op is None else node.copy([moved(e) for e in node.inputs])
        self.outputs = [moved(e) for e in entries]
        self.variables = variables_of(self.outputs)
        for node in self.variables:
            self.outside.setdefault(id(node), (node, 0))

    def place(self, stand_in: Symbol) -> int | None:
        """Which of the graph's variables ``stand_in`` is; None if the graph does not use it."""
        node = stand_in._outputs[0][0]
        return next((i for i, v in enumerate(self.variables) if v is node), None)


def _inside(entries: Sequence[Entry], scope: str) -> list[Node]:
    """The nodes made in ``scope`` that ``entries`` need, inputs first."""
    order = topological(entries)
    wanted = {id(n) for n, _ in entries}
    for node in reversed(order):
        if id(node) in wanted and node.attrs.get(SCOPE) == scope:
            wanted.update(id(child) for child, _ in node.inputs)
    return [n for n in order if id(n) in wanted and n.attrs.get(SCOPE) == scope]


def _node(op_name: str, inputs: list[Entry], graphs: Sequence[_Graph], attrs: dict[str, Any]) -> list[Symbol]:
    op = _ops.get(op_name)
    texts = {k: write(v) for k, v in attrs.items()}
    texts["num_args"] = str(len(inputs) + len(graphs))
    texts["num_outputs"] = str(len(graphs[-1].outputs))
    op.bind((), texts)
    stored = {**hide(AttrScope.current.get(None)), **texts}
    node = LoopNode(op, NameManager.current.get(None, op_name), stored, inputs, [g.outputs for g in graphs])
    return [Symbol([(node, i)]) for i in range(node.bound.visible)]


def foreach(body: Callable[[Any, Any], tuple[Any, Any]], data: Any, init_states: Any, name: str = "foreach") -> Any:
    """Run ``body`` on every slice of ``data`` along axis 0: ``mx.nd.contrib.foreach`` as a symbol.

    Args:
        body: ``outputs, states = body(slices, states)``, called once with symbols. It may use symbols from outside,
            which become inputs of the loop. What it returns must use every slice and state.
        data: a symbol, or a nested list of them, all to be sliced.
        init_states: states for the first step: a symbol or a nested list of them.
        name: marks the nodes of the body.

    Returns:
        The outputs of all steps stacked along a new axis 0, and the last states, both nested as ``body`` nests them.

    Raises:
        InputTypeError: something is no symbol; an ``AssertionError`` and a ``TypeError``.
        LoopError: the body does not use a slice or a state, or returns states nested differently; an
            ``AssertionError``.

    >>> import mxnet as mx
    >>> outputs, states = foreach(lambda x, s: (x + s, s * 2), mx.sym.var("x"), mx.sym.var("s"))
    >>> outputs.eval(x=mx.nd.array([[1], [2]]), s=mx.nd.array([10]))[0].asnumpy().tolist()
    [[11.0], [22.0]]
    """
    arrays, in_layout = flatten(data, Symbol, "foreach input")
    first, state_layout = flatten(init_states, Symbol, "foreach states")
    with _scope(name) as scope:
        slices, states = _pair(_stand_ins([*arrays, *first]), len(arrays))
        made = body(regroup(slices, in_layout), regroup(states, state_layout))
        outputs, new = unpacked(made, "foreach: body", "outputs", "states")
        out, out_layout = flatten(outputs, Symbol, "foreach output")
        last, last_layout = flatten(new, Symbol, "foreach loop_vars")
        if last_layout != state_layout:
            raise LoopError(
                "foreach: The input and output loop_vars have different format: "
                f"{len(first)} states in, {len(last)} out, or lists that differ"
            )
        graph = _Graph([*_copied(out, (), scope), *_copied(last, [o.name for o in out], scope)], scope)
    data_places, state_places = [[graph.place(s) for s in group] for group in (slices, states)]
    for places, kind in ((data_places, "data"), (state_places, "state")):
        if None in places:
            raise LoopError(
                f"foreach: the {kind} arrays have to be used in the loop body; number {places.index(None)} is not"
            )
    rest = [i for i in range(len(graph.variables)) if i not in data_places and i not in state_places]
    inputs = [s._outputs[0] for s in (*arrays, *first)] + [graph.outside[id(graph.variables[i])] for i in rest]
    attrs = {
        "in_data_locs": data_places,
        "in_state_locs": state_places,
        "remain_locs": rest,
        "num_out_data": len(out),
    }
    made, final = _pair(_node("_foreach", inputs, [graph], attrs), len(out))
    return regroup(made, out_layout), regroup(final, last_layout)


def _pair(flat: list[Symbol], count: int) -> tuple[list[Symbol], list[Symbol]]:
    return flat[:count], flat[count:]


def while_loop(
    cond: Callable[..., Any],
    func: Callable[..., tuple[Any, Any]],
    loop_vars: Any,
    max_iterations: int | None = None,
    name: str = "while_loop",
) -> Any:
    """Run ``func`` as long as ``cond`` holds: ``mx.nd.contrib.while_loop`` as a symbol.

    Args:
        cond: ``cond(*loop_vars)``, called once with symbols, returns a symbol of one element.
        func: ``outputs, loop_vars = func(*loop_vars)``, called once; outputs are None or [] if there are none. What it
            returns must use every loop variable.
        loop_vars: a symbol, or a nested list of them.
        max_iterations: most steps to take; must be given.
        name: marks the nodes of the two functions.

    Returns:
        The outputs of all steps stacked along a new axis 0 of ``max_iterations``, zeros (undefined in 1.9.1) after the
        last step, also if there was no step; and the loop variables after the last step.

    Raises:
        ArgumentError: ``max_iterations`` is missing or no number, there are no loop variables, their number changes,
            ``func`` does not use one of them, or ``cond`` gives no symbol.
        InputTypeError: something is no symbol.

    >>> import mxnet as mx
    >>> outputs, last = while_loop(lambda i: i < 2, lambda i: (i * 10, i + 1), mx.sym.var("i"), max_iterations=3)
    >>> outputs.eval(i=mx.nd.array([0]))[0].asnumpy().tolist()
    [[0.0], [10.0], [0.0]]
    """
    limit = iterations(max_iterations)
    first, layout = flatten(loop_vars, Symbol, "while loop_vars")
    if not first:
        raise ArgumentError("while_loop: loop_vars should contain at least one element")

    def arguments(flat: list[Symbol]) -> Any:
        built = regroup(flat, layout)
        return [built] if isinstance(built, Symbol) else built

    with _scope(f"{name}_cond") as scope:
        tested = _stand_ins(first)
        condition = cond(*arguments(tested))
        if not isinstance(condition, Symbol):
            raise ArgumentError(f"while_loop: Return of cond must be a Symbol, got {condition!r}")
        question = _Graph(_copied([condition], (), scope), scope)
    with _scope(f"{name}_func") as scope:
        carried = _stand_ins(first)
        outputs, new = unpacked(func(*arguments(carried)), "while_loop: func", "outputs", "loop_vars")
        out, out_layout = flatten([] if outputs is None else outputs, Symbol, "while output")
        last, _ = flatten(new, Symbol, "while loop_vars")
        if len(last) != len(first):
            raise ArgumentError("while_loop: The number of loop_vars should be consistent during the loop")
        graph = _Graph(_copied([*out, *last], (), scope), scope)
    places = [graph.place(s) for s in carried]
    if None in places:
        raise ArgumentError(
            f"while_loop: The {places.index(None) + 1}-th loop_var doesn't involve into the computation"
        )
    inputs, (cond_places, func_places) = _joined_inputs(first, [(question, tested), (graph, carried)])
    attrs = {
        "max_iterations": limit,
        "cond_input_locs": cond_places,
        "func_input_locs": func_places,
        "func_var_locs": places,
        "num_out_data": len(out),
    }
    made, final = _pair(_node("_while_loop", inputs, [question, graph], attrs), len(out))
    return regroup(made, out_layout), regroup(final, layout)


def _joined_inputs(
    first: list[Symbol], parts: list[tuple[_Graph, list[Symbol]]]
) -> tuple[list[Entry], list[list[int]]]:
    """The inputs of several graphs, each loop variable once, and by graph the places of its variables among them.

    Args:
        first: the first values of the loop variables.
        parts: each graph with the variables that stand for the loop variables in it.
    """
    inputs: list[Entry] = []
    seen: dict[int, int] = {}
    places: list[list[int]] = []
    for part, stand_ins in parts:
        which = {part.place(s): i for i, s in enumerate(stand_ins)}
        places.append([])
        for at, variable in enumerate(part.variables):
            loop = which.get(at)
            if loop is None or loop not in seen:
                inputs.append(part.outside[id(variable)] if loop is None else first[loop]._outputs[0])
                if loop is not None:
                    seen[loop] = len(inputs) - 1
                places[-1].append(len(inputs) - 1)
            else:
                places[-1].append(seen[loop])
    return inputs, places


def cond(pred: Symbol, then_func: Callable[[], Any], else_func: Callable[[], Any], name: str = "cond") -> Any:
    """As a symbol, the result of ``then_func`` if ``pred`` is not zero, else that of ``else_func``.

    Args:
        pred: a symbol of one element.
        then_func, else_func: functions without arguments, called once each, that return a symbol or a nested list of
            them, both the same number.
        name: marks the nodes of the two functions.

    Raises:
        ArgumentError: the branches give different numbers of symbols, or none.
        InputTypeError: something is no symbol.

    >>> import mxnet as mx
    >>> a = mx.sym.var("a")
    >>> cond(a > 2, lambda: a * 10, lambda: a).eval(a=mx.nd.array([3]))[0].asscalar()
    30.0
    """
    graphs = []
    layout: Any = None
    for suffix, branch in (("pred", lambda: pred), ("then", then_func), ("else", else_func)):
        with _scope(f"{name}_{suffix}") as scope:
            flat, built = flatten(branch(), Symbol, "cond outputs")
            graphs.append(_Graph(_copied(flat, (), scope), scope))
        layout = built if suffix == "then" else layout
    if len(graphs[0].outputs) != 1:
        raise ArgumentError(f"cond: pred should be a single output, got {len(graphs[0].outputs)}")
    if len(graphs[1].outputs) != len(graphs[2].outputs):
        raise ArgumentError(
            "cond: Number of outputs differs between then-branch and else-branch: "
            f"{len(graphs[1].outputs)} and {len(graphs[2].outputs)}"
        )
    if not graphs[1].outputs:
        raise ArgumentError("cond: the branches give no symbols, expected at least one")
    inputs: list[Entry] = []
    shared: dict[str, int] = {}
    locs = []
    for graph in graphs:
        locs.append([])
        for variable in graph.variables:
            entry = graph.outside[id(variable)]
            at = shared.get(entry[0].name) if entry[0].op is None else None
            if at is None:
                at = len(inputs)
                inputs.append(entry)
                if entry[0].op is None:
                    shared[entry[0].name] = at
            locs[-1].append(at)
    attrs = {"cond_input_locs": locs[0], "then_input_locs": locs[1], "else_input_locs": locs[2]}
    return regroup(_node("_cond", inputs, graphs, attrs), layout)
