"""Graphs made alike by 1.9.1 and here: functions of the package, run under a NameManager of their own."""

from __future__ import annotations

GRAPHS = {}


def graph(function):
    GRAPHS[function.__name__] = function
    return function


def build(mx, name):
    with mx.name.NameManager():
        return GRAPHS[name](mx)


@graph
def variable(mx):
    return mx.sym.var("x")


@graph
def variable_with_attributes(mx):
    return mx.sym.var(
        "x", attr={"mood": "calm"}, shape=(2, 0, 3), lr_mult=2.0, wd_mult=0.5, dtype="float16", init=mx.init.Xavier(),
        stype="default", __layout__="NTC",
    )  # fmt: skip


@graph
def perceptron(mx):
    x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=128, name="fc1")
    x = mx.sym.Activation(x, act_type="relu", name="relu1")
    x = mx.sym.FullyConnected(x, num_hidden=10, no_bias=True)
    return mx.sym.SoftmaxOutput(x, name="softmax")


@graph
def lenet(mx):
    x = mx.sym.var("data")
    for filters in (20, 50):
        x = mx.sym.Convolution(x, kernel=(5, 5), num_filter=filters)
        x = mx.sym.Activation(x, act_type="tanh")
        x = mx.sym.Pooling(x, pool_type="max", kernel=(2, 2), stride=(2, 2))
    x = mx.sym.FullyConnected(mx.sym.flatten(x), num_hidden=500)
    x = mx.sym.FullyConnected(mx.sym.tanh(x), num_hidden=10)
    return mx.sym.SoftmaxOutput(x, mx.sym.var("label"), normalization="batch", grad_scale=0.5, name="softmax")


@graph
def residual(mx):
    x = mx.sym.var("data")
    y = mx.sym.Convolution(x, kernel=(3, 3), pad=(1, 1), num_filter=8, no_bias=True)
    y = mx.sym.BatchNorm(y, fix_gamma=False, eps=2e-5, momentum=0.9, name="bn")
    y = mx.sym.LeakyReLU(y, act_type="prelu", name="prelu")
    y = x + mx.sym.Dropout(y, p=0.3)
    return mx.sym.Pooling(y, global_pool=True, kernel=(1, 1), pool_type="avg")


@graph
def shared_weight(mx):
    w = mx.sym.var("w", init="zeros")
    x = mx.sym.FullyConnected(mx.sym.var("data"), w, num_hidden=4, no_bias=True, flatten=False)
    return mx.sym.FullyConnected(x, w, num_hidden=4, no_bias=True)


@graph
def shared_statistics(mx):
    mean, var = mx.sym.var("mean"), mx.sym.var("var")
    x = mx.sym.BatchNorm(mx.sym.var("data"), moving_mean=mean, moving_var=var, name="a")
    return mx.sym.BatchNorm(x, moving_mean=mean, moving_var=var, name="b")


@graph
def statistics_seen_as_data(mx):
    x = mx.sym.BatchNorm(mx.sym.var("data"), name="bn")
    return mx.sym.Group([x, x.get_internals()["bn_moving_mean"] * 2])


@graph
def arithmetic(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    c = (a + b) * (a - b) / (a**b) % b
    c = 1 + c - 2 + (3 - c) * 4 / 5.5 + (7 / c) ** 2 + 2**c + c % 3 + 3 % c
    return -c + abs(a) + (a > b) + (a >= 1) + (a < b) + (a <= 2) + (a == b) + (a != 3)


@graph
def numbers_as_text(mx):
    x = mx.sym.var("x")
    for number in (1, 1.0, 0.1, 1e-5, 1e20, 123456789, 1 / 3, -0.0):
        x = x * number
    return mx.sym.clip(x, 1e-7, 1e7) + mx.sym.LayerNorm(x, eps=1e-12)


@graph
def group(mx):
    x = mx.sym.var("x")
    y = mx.sym.exp(x, name="y")
    return mx.sym.Group([y, mx.sym.BlockGrad(y, name="z"), x])


@graph
def several_outputs(mx):
    parts = mx.sym.SliceChannel(mx.sym.var("x"), num_outputs=3, axis=2, squeeze_axis=True, name="parts")
    return mx.sym.Group([parts[2], parts[0] + parts[1]])


@graph
def some_of_the_outputs(mx):
    return mx.sym.topk(mx.sym.var("x"), k=2, ret_typ="both", name="top")[1]


@graph
def any_number_of_inputs(mx):
    xs = [mx.sym.var(n) for n in "abc"]
    x = mx.sym.concat(*xs, dim=2) + mx.sym.Concat(*xs, num_args=3, name="cat")
    return mx.sym.stack(x, mx.sym.add_n(*xs), axis=-1)


@graph
def many_inputs_and_outputs(mx):
    joined = mx.sym.concat(*[mx.sym.var(f"x{i}") for i in range(11)], dim=0, name="joined")
    pieces = mx.sym.split_v2(joined, 2)[0], mx.sym.split_v2(joined, (3, 5))[1]
    return mx.sym.Group([joined, *pieces, *[mx.sym.var(f"more{i}") for i in range(8)]])


@graph
def shapes_as_text(mx):
    x = mx.sym.reshape(mx.sym.var("x"), shape=(0, -1, 4))
    x = mx.sym.transpose(x, axes=(2, 0, 1))
    x = mx.sym.slice(x, begin=(None, 0, 1), end=(2, None, 3))
    x = mx.sym.sum(x, axis=(0, -1), keepdims=True) + mx.sym.mean(x, axis=1) + mx.sym.max(x)
    x = mx.sym.expand_dims(x, axis=0).squeeze().tile((2, 3)).pad(mode="constant", pad_width=(0, 0, 1, 1))
    return mx.sym.broadcast_to(x, shape=(5,))


@graph
def creation(mx):
    x = mx.sym.zeros((2, 3)) + mx.sym.ones((3,), dtype="float64") + mx.sym.full((1,), 2.5)
    x = x + mx.sym.arange(0, 10, 2, dtype="int32", name="range") + mx.sym.eye(3, 4, k=-1)
    return x + mx.sym.random.uniform(-1, 1, shape=(2, 3)) + mx.sym.random.normal(mx.sym.var("mu"), mx.sym.var("s"))


@graph
def dtypes_as_text(mx):
    x = mx.sym.Cast(mx.sym.var("x"), dtype="float16").astype("int64")
    x = mx.sym.Embedding(x, input_dim=100, output_dim=7, dtype="float64", name="embed")
    return mx.sym.one_hot(mx.sym.argmax(x, axis=1), depth=4, on_value=2, dtype="uint8")


@graph
def attributes_of_a_scope(mx):
    with mx.AttrScope(ctx_group="stage1", __layer__="first"):
        x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="fc", attr={"__mood__": "wild"})
        with mx.AttrScope(ctx_group="stage2", lr_mult="0.1"):
            return mx.sym.Activation(x, act_type="sigmoid", name="act")


@graph
def attributes_for_variables_to_come(mx):
    attr = {"__lr_mult__": "2", "__weight_mood__": "calm", "force_mirroring": "True"}
    return mx.sym.Convolution(mx.sym.var("data"), kernel=(1, 1), num_filter=2, name="conv", attr=attr)


@graph
def names_to_escape(mx):
    return mx.sym.var('say "\u03bc"\\n', attr={"__note__": 'tab\t, line\n, quote " and \u4e2d'}) * 2


@graph
def recurrent(mx):
    return mx.sym.RNN(
        mx.sym.var("data"), mx.sym.var("p"), mx.sym.var("h"), mx.sym.var("c"), state_size=8, num_layers=2, mode="lstm",
        bidirectional=True, state_outputs=True, p=0.5, name="rnn",
    )  # fmt: skip


@graph
def losses(mx):
    x = mx.sym.var("x")
    first = mx.sym.MakeLoss(mx.sym.smooth_l1(x, scalar=3), grad_scale=2, name="loss")
    return mx.sym.Group([first, mx.sym.LinearRegressionOutput(x, name="lin"), mx.sym.SVMOutput(x, name="svm")])


@graph
def composed(mx):
    body = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="body")
    head = mx.sym.FullyConnected(mx.sym.var("input"), num_hidden=3, name="head")
    return head(input=body, name="both")


@graph
def prefixed(mx):
    with mx.name.Prefix("net_"):
        return mx.sym.Activation(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2), act_type="relu", name="act")


@graph
def casts_of_mixed_precision(mx):
    x = mx.sym.amp_cast(mx.sym.var("data"), dtype="float16")
    x = mx.sym.FullyConnected(x, num_hidden=2, name="fc")
    a, b = mx.sym.amp_multicast(x, mx.sym.var("y"), num_outputs=2)
    return mx.sym.amp_cast(a + b, dtype="float32")


@graph
def casts_of_mixed_precision_before_an_operator(mx):
    casts = mx.sym.amp_cast(mx.sym.amp_cast(mx.sym.var("x"), dtype="float16", name="in"), dtype="float32", name="out")
    return mx.sym.Group([casts, mx.sym.tanh(casts), *mx.sym.amp_multicast(casts, mx.sym.var("y"), num_outputs=2)])


@graph
def methods(mx):
    x = mx.sym.var("x").squeeze().diag().flatten().expand_dims(1).reshape((2, -1)).transpose().astype("int8")
    return x.sum(axis=1).clip(0, 1).slice_axis(axis=0, begin=0, end=None).split(num_outputs=2, axis=0)[0]


@graph
def attributes_set_later(mx):
    x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="fc")
    x._set_attr(lr_mult="2", __mood__="calm", num_hidden="4")
    return x


@graph
def long_chain(mx):
    x = mx.sym.var("x")
    for _ in range(30):
        x = mx.sym.relu(x)
    return x


@graph
def gluon_block(mx):
    net = mx.gluon.nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(mx.gluon.nn.Conv2D(4, 3, strides=2, padding=1, activation="relu"), mx.gluon.nn.BatchNorm())
        net.add(mx.gluon.nn.MaxPool2D(), mx.gluon.nn.Flatten(), mx.gluon.nn.Dense(5, activation="tanh"))
        net.add(mx.gluon.nn.Dropout(0.5), mx.gluon.nn.LayerNorm())
    return net(mx.sym.var("data"))
