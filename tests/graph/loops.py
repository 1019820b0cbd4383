"""Loops and branches made alike by 1.9.1 and here, and values to run them on. Written for Python 3.8 too."""

# ruff: noqa: E731
from __future__ import annotations

import collections

import numpy as np

LOOPS = {}
SHAPES = {}


def loop(**shapes):
    """The function builds a loop; where shapes are given it is also run, on values of these."""

    def keep(function):
        LOOPS[function.__name__] = function
        if shapes:
            SHAPES[function.__name__] = shapes
        return function

    return keep


def flat(value):
    return [x for item in value for x in flat(item)] if isinstance(value, (list, tuple)) else [value]


def build(mx, name):
    mx.AttrScope._subgraph_names = collections.defaultdict(int)
    with mx.name.NameManager():
        return mx.sym.Group(flat(LOOPS[name](mx.sym, mx.sym.contrib, mx.sym.var)))


def values(name):
    random = np.random.RandomState(7)
    return {k: random.uniform(0.5, 2, s).astype("float32") for k, s in sorted(SHAPES[name].items())}


def run(mx, symbol, name, backward):
    """Outputs, and the gradients of the arguments if ``backward``."""
    given = values(name)
    names = symbol.list_arguments()
    grads = {n: mx.nd.zeros(given[n].shape) for n in names} if backward else None
    executor = symbol.bind(mx.cpu(), {n: mx.nd.array(given[n]) for n in names}, grads)
    outputs = [o.asnumpy().tolist() for o in executor.forward(is_train=backward)]
    if not backward:
        return {"outputs": outputs}
    executor.backward([mx.nd.ones(o.shape) * 0.5 for o in executor.outputs])
    return {"outputs": outputs, "grads": {n: g.asnumpy().tolist() for n, g in executor.grad_dict.items()}}


@loop(d=(3, 2), s=(2,))
def running_sum(S, C, v):
    return C.foreach(lambda x, s: (x + s, s + x), v("d"), v("s"))


@loop(d=(4, 2, 3), s=(2, 3), w=(3, 3))
def recurrent(S, C, v):
    w = v("w", lr_mult=2.0)

    def step(x, states):
        y = S.FullyConnected(x, weight=w, no_bias=True, num_hidden=3, name="fc")
        h = S.Activation(y + states[0], act_type="tanh")
        return [h, y * 2], [h]

    return C.foreach(step, v("d"), [v("s")])


@loop(d=(3, 2), s=(2,), b=(2,))
def a_free_variable(S, C, v):
    b = v("b")
    return C.foreach(lambda x, s: (x * b, [s[0] * b + x]), v("d"), [v("s")])


@loop(d=(3, 2), s=(2,), t=(2,), b=(2,))
def something_computed_outside(S, C, v):
    b = v("b")
    c = b * 2
    return C.foreach(lambda x, s: (x * c + b, [s[0] + c, s[1] * x]), v("d"), [v("s"), v("t")])


@loop(d=(2, 3, 2), s=(2,))
def a_loop_in_a_loop(S, C, v):
    return C.foreach(lambda x, s: C.foreach(lambda y, t: (y * t, t * y), x, s), v("d"), v("s"))


@loop(d=(2, 3, 2), s=(2,), b=(2,))
def an_inner_loop_with_a_free_variable(S, C, v):
    b = v("b")
    return C.foreach(lambda x, s: C.foreach(lambda y, t: (y * t + b, t + y), x, s), v("d"), v("s"))


@loop(d=(3, 2), e=(3, 2), s=(2,), t=(2,))
def nested_lists(S, C, v):
    def step(x, s):
        return [x[0] * x[1][0], [s[0]]], [s[0] + x[0], s[1] * x[1][0]]

    return C.foreach(step, [v("d"), [v("e")]], [v("s"), v("t")])


@loop(d=(3,), s=(1,))
def slices_that_are_numbers(S, C, v):
    return C.foreach(lambda x, s: (x * 2, s + x), v("d"), v("s"))


@loop(i=(1,), s=(1,), b=(1,))
def while_(S, C, v):
    b = v("b")
    return C.while_loop(
        lambda i, s: i < 9, lambda i, s: (s * i, [i + 1, s * b + i]), [v("i"), v("s")], max_iterations=3
    )


@loop(i=(1,), s=(1,), b=(1,))
def while_with_variables_of_the_condition(S, C, v):
    b = v("b")
    return C.while_loop(
        lambda i, s: i < b * 100, lambda i, s: (s * i, [i + 1, s * b + i]), [v("i"), v("s")], max_iterations=3
    )


@loop(a=(2,), b=(2,))
def cond_true(S, C, v):
    a, b = v("a"), v("b")
    return C.cond(a.sum() < 9, lambda: [a * b, a + b], lambda: [b - 1, a / 2 - b])


@loop(a=(2,), b=(2,))
def cond_false(S, C, v):
    a, b = v("a"), v("b")
    return C.cond(a.sum() > 9, lambda: [a * b, a + b], lambda: [b - 1, a / 2 - b])


@loop()
def cond_in_foreach(S, C, v):
    b = v("b")
    c = b * 2
    return C.foreach(lambda x, s: (C.cond(x.sum() < 3, lambda: x + b, lambda: x * c), s * 2), v("d"), v("s"))


@loop()
def while_in_foreach(S, C, v):
    def step(x, s):
        _, (_, z) = C.while_loop(lambda i, z: i < 2, lambda i, z: (z * x, [i + 1, z + x]), [S.zeros((1,)), s], 3)
        return z, z

    return C.foreach(step, v("d"), v("s"))


@loop()
def inputs_passed_on(S, C, v):
    return C.foreach(lambda x, s: (x, s), v("d"), v("s"))


@loop()
def no_outputs(S, C, v):
    return C.foreach(lambda x, s: ([], [s[0] + x]), v("d"), [v("s")])


@loop()
def no_states(S, C, v):
    return C.foreach(lambda x, s: (x + 1, []), v("d"), [])


@loop()
def an_output_that_is_a_state(S, C, v):
    def step(x, s):
        y = x + s[0]
        return [x * s[1], y], [y, y]

    return C.foreach(step, v("d"), [v("s"), v("t")])


@loop()
def two_outputs_of_one_operator(S, C, v):
    def step(x, s):
        parts = S.split(x + s, num_outputs=2)
        return [parts[1]], parts[0]

    return C.foreach(step, v("d"), v("s"))


@loop()
def outputs_of_one_operator_as_inputs(S, C, v):
    parts = S.split(v("b"), num_outputs=2, name="parts")
    return C.foreach(lambda x, s: (x + parts[1], [s[0] + parts[0]]), parts[0], [parts[1]])


@loop()
def the_array_itself_in_the_body(S, C, v):
    d = v("d")
    return C.foreach(lambda x, s: (x + d.sum(), s + d), d, v("s"))


@loop()
def a_free_variable_as_output(S, C, v):
    b = v("b")
    return C.foreach(lambda x, s: ([x + 1, b * 2, b], s), v("d"), v("s"))


@loop()
def variables_made_in_the_body(S, C, v):
    def step(x, s):
        return S.FullyConnected(x, num_hidden=3, name="fc") + v("w", shape=(3,)), s

    return C.foreach(step, v("d"), v("s"))


@loop()
def auxiliary_states_in_the_body(S, C, v):
    return C.foreach(lambda x, s: (S.BatchNorm(x, name="bn"), [s[0]]), v("d"), [v("s")])


@loop()
def constants_in_and_out_of_the_body(S, C, v):
    one = S.ones((2,))
    return C.foreach(lambda x, s: (x + one + S.zeros((2,)), s), v("d"), v("s"))


@loop()
def a_name(S, C, v):
    return C.foreach(lambda x, s: (x + 1, s), v("d"), v("s"), name="mine")


@loop()
def while_without_outputs(S, C, v):
    return C.while_loop(lambda i: i < 5, lambda i: (None, i + 1), v("i"), max_iterations=3)[1]


@loop()
def while_whose_condition_is_a_loop_variable(S, C, v):
    return C.while_loop(lambda i, s: s, lambda i, s: (i, [i + 1, s - 1]), [v("i"), v("s")], max_iterations=3)


@loop()
def while_with_its_start_in_the_body(S, C, v):
    i0 = v("i")
    return C.while_loop(lambda i: i < i0 + 5, lambda i: (i, i + i0), i0, max_iterations=3)


@loop()
def while_with_a_free_variable_in_both(S, C, v):
    b = v("b")
    c = b * 2
    return C.while_loop(lambda i, s: i < c + b, lambda i, s: (i + b, [i + 1, s * c]), [v("i"), c + 1], max_iterations=3)


@loop()
def cond_with_shared_inputs(S, C, v):
    b = v("b")
    c = b * 2
    return C.cond(b, lambda: [b, [c]], lambda: [c, [b]], name="choice")


@loop()
def many_nodes(S, C, v):
    def step(x, s):
        y = x + s
        for i in range(9):
            y = y + i
        return y, s

    return C.foreach(step, v("d"), v("s"))


@loop()
def two_loops_after_each_other(S, C, v):
    step = lambda x, s: (x + 1, s)
    outputs, states = C.foreach(step, v("d"), v("s"))
    return C.foreach(step, outputs, states)
