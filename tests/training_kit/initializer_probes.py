"""Initializers whose texts and values are 1.9.1's: see record_kit.py. The names are read as ``test_...[name]``."""

from __future__ import annotations

PROBES = {}


def probe(function):
    PROBES[function.__name__.replace("_", " ")] = function
    return function


MAKE = {
    "zero": lambda i: i.Zero(),
    "one": lambda i: i.One(),
    "constant": lambda i: i.Constant(2.5),
    "uniform": lambda i: i.Uniform(),
    "uniform to a half": lambda i: i.Uniform(0.5),
    "normal": lambda i: i.Normal(),
    "normal of deviation 2": lambda i: i.Normal(sigma=2),
    "orthogonal": lambda i: i.Orthogonal(),
    "orthogonal from normal": lambda i: i.Orthogonal(2.0, "normal"),
    "xavier": lambda i: i.Xavier(),
    "xavier of inputs": lambda i: i.Xavier("gaussian", "in", 2),
    "xavier of outputs": lambda i: i.Xavier(factor_type="out", magnitude=2.34),
    "msra": lambda i: i.MSRAPrelu(),
    "msra of inputs": lambda i: i.MSRAPrelu("in", 0),
    "bilinear": lambda i: i.Bilinear(),
    "lstm bias": lambda i: i.LSTMBias(2.0),
    "fused without one of its own": lambda i: i.FusedRNN(None, 3, 2, "gru"),
}


def _texts(make):
    def run(mx, np):
        made = make(mx.init)
        again = mx.init.create(made.dumps())
        return [made.dumps(), again.dumps(), type(again).__name__, made == again, made == mx.init.Zero()]

    return run


def _fixed(make):
    """Values that no chance is in, by the endings of names."""

    def run(mx, np):
        found = []
        for name in ("a_bias", "a_gamma", "a_beta", "a_min", "a_max", "bn_running_mean", "bn_moving_var"):
            array = mx.nd.ones((2,)) * 7
            try:
                make(mx.init)(mx.init.InitDesc(name), array)
                found.append([name, array])
            except ValueError as error:
                found.append([name, str(error)[:43]])
        return found

    return run


PROBES.update({f"text of {name}": _texts(make) for name, make in MAKE.items()})
PROBES.update({f"endings and {name}": _fixed(MAKE[name]) for name in ("zero", "uniform", "xavier", "bilinear")})


def _filled(make, shape, name="a_weight"):
    def run(mx, np):
        array = mx.nd.ones(shape) * 7
        make(mx.init)(mx.init.InitDesc(name), array)
        return array

    return run


PROBES.update(
    {
        "zeros": _filled(MAKE["zero"], (2, 3)),
        "ones": _filled(MAKE["one"], (2, 3)),
        "a constant": _filled(MAKE["constant"], (2, 3)),
        "a constant array": _filled(lambda i: i.Constant(_table()), (2, 3)),
        "kernels that interpolate": _filled(MAKE["bilinear"], (2, 1, 4, 4)),
        "odd kernels that interpolate": _filled(MAKE["bilinear"], (1, 2, 3, 3)),
        "kernels that interpolate, higher than wide": _filled(MAKE["bilinear"], (1, 1, 5, 2)),
        "biases of a recurrent layer": _filled(MAKE["lstm bias"], (8,)),
        "a bias that a name decides": _filled(MAKE["one"], (3,), "a_bias"),
        "xavier of a vector": _filled(MAKE["xavier"], (3,)),
        "xavier of another kind": _filled(lambda i: i.Xavier("cauchy"), (3, 2)),
        "xavier of another number": _filled(lambda i: i.Xavier(factor_type="all"), (3, 2)),
        "a name that is no name": lambda mx, np: mx.init.Zero()(3, mx.nd.ones(2)),
        "a base that fills nothing": lambda mx, np: mx.init.Initializer()("a_weight", mx.nd.ones(2)),
        "no such initializer": lambda mx, np: mx.init.create("no_such"),
    }
)


def _table():
    import mxnet

    return mxnet.nd.array([[1, 2, 3], [4, 5, 6]])


@probe
def names_and_aliases(mx, np):
    wanted = ("zeros", "ones", "zero", "one", "Xavier", "msraprelu", "lstmbias", '["constant", {"value": 3}]')
    return [[type(mx.init.create(name)).__name__, mx.init.create(name).dumps()] for name in wanted]


@probe
def arguments_by_name(mx, np):
    made = mx.init.create("uniform", scale=0.25)
    return [made.dumps(), mx.init.create(made) is made, mx.init.create("constant", 3).dumps()]


@probe
def text_of_a_constant_array(mx, np):
    made = [mx.init.Constant(np.array([[1, 2]])), mx.init.Constant(_table())]
    return [[init.dumps(), init._kwargs] for init in made]


@probe
def the_first_pattern_that_fits_decides(mx, np):
    mixed = mx.init.Mixed(["bias", ".*conv.*", ".*"], [mx.init.Zero(), mx.init.One(), mx.init.Constant(3)])
    found = []
    for name in ("bias_weight", "a_conv_weight", "fc_weight", "conv_bias"):
        array = mx.nd.ones((2,)) * 7
        mixed(name, array)
        found.append([name, array])
    return found


@probe
def no_pattern_fits(mx, np):
    mx.init.Mixed(["bias"], [mx.init.Zero()])("a_weight", mx.nd.ones(2))


@probe
def patterns_without_initializers(mx, np):
    mx.init.Mixed(["bias", ".*"], [mx.init.Zero()])


@probe
def loaded_values(mx, np):
    load = mx.init.Load({"arg:a": mx.nd.ones(2), "aux:b": mx.nd.ones(3) * 2}, default_init=mx.init.Constant(5))
    arrays = {"a": mx.nd.zeros(2), "b": mx.nd.zeros(3), "c_weight": mx.nd.zeros(4)}
    for name, array in arrays.items():
        load(name, array)
    return arrays


@probe
def loaded_values_of_another_shape(mx, np):
    mx.init.Load({"a": mx.nd.ones(2)})("a", mx.nd.ones(3))


@probe
def values_that_are_not_among_the_loaded(mx, np):
    mx.init.Load({"a": mx.nd.ones(2)})("b", mx.nd.ones(2))


@probe
def a_variable_chooses_its_own(mx, np):
    array = mx.nd.zeros(2)
    mx.init.Uniform()(mx.init.InitDesc("a_bias", {"__init__": '["constant", {"value": 4}]'}), array)
    return array


@probe
def descriptions_are_names(mx, np):
    desc = mx.init.InitDesc("a_weight", {"lr_mult": "2"})
    return [str(desc), desc + "x", isinstance(desc, str), desc.attrs, desc.global_init is None]


@probe
def initializers_of_ones_own(mx, np):
    @mx.init.register
    @mx.init.alias("halves")
    class Half(mx.init.Initializer):
        def __init__(self, of=1):
            super().__init__(of=of)
            self.of = of

        def _init_weight(self, name, array):
            array[:] = self.of / 2.0

    arrays = [mx.nd.zeros(2) for _ in range(2)]
    mx.init.create("half", of=3)("a_weight", arrays[0])
    mx.init.create("halves")("a_weight", arrays[1])
    return [arrays, mx.init.create("half", of=3).dumps()]


def _packed(*arguments):
    """Parameters of a fused layer with 2 inputs; what is inside are ones, so that the layout is seen."""

    def run(mx, np):
        init = mx.init.FusedRNN(mx.init.One(), *arguments)
        hidden, layers, mode, directions = arguments[0], arguments[1], arguments[2], 1 + arguments[3]
        rows = {"lstm": 4, "gru": 3}.get(mode, 1) * hidden
        count = directions * rows * (2 + hidden + 2 + (layers - 1) * (directions * hidden + hidden + 2))
        array = mx.nd.zeros((count,))
        init._init_weight(mx.init.InitDesc("rnn_parameters"), array)
        return [init.dumps(), array]

    return run


PROBES["packed parameters of lstm"] = _packed(2, 2, "lstm", True, 0.5)
PROBES["packed parameters of gru"] = _packed(2, 1, "gru", False)
PROBES["packed parameters of tanh"] = _packed(2, 2, "rnn_tanh", False)
