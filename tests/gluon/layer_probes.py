"""Layers whose texts, values and gradients are 1.9.1's: see record.py. The names are read as ``test_...[name]``."""

from __future__ import annotations

from tests.gluon.loss_probes import wave

PROBES = {}


def fill(net, np, mx):
    """The same parameters everywhere; variances are positive."""
    for i, (name, param) in enumerate(sorted(net.collect_params().items())):
        low = 0.5 if name.endswith("var") else -1
        param.set_data(mx.nd.array(wave(np, param.shape, 0.37 + i, low, 1), dtype=param.dtype))


def train(mx, net, x):
    """Outputs and gradients in training, parameters after it, and outputs in prediction."""
    x.attach_grad()
    with mx.autograd.record():
        y = net(x)
        loss = (y * y).sum()
    loss.backward()
    mx.nd.waitall()
    params = [(n, p.data(), None if p.grad_req == "null" else p.grad()) for n, p in net.collect_params().items()]
    return [y, x.grad, params, net(x)]


def of(make, shape, dtype="float32", low=-1.5):
    """A probe of the layer ``make(nn)`` for data of ``shape``; recorded array by array, tested as a graph too."""

    def probe(mx, np, hybrid=False):
        net = make(mx.gluon.nn)
        before = repr(net)
        net.initialize()
        if dtype != "float32":
            net.cast(dtype)
        data = mx.nd.array(wave(np, shape, low=low), dtype=dtype)
        net(data)
        fill(net, np, mx)
        if hybrid:
            net.hybridize()
        return [before, repr(net), train(mx, net, data)]

    return probe


P = {"prefix": "l_"}
LAYERS = {
    "dense": (lambda nn: nn.Dense(3, **P), (2, 4)),
    "dense of more axes": (lambda nn: nn.Dense(3, activation="tanh", **P), (2, 2, 3)),
    "dense along the last axis": (lambda nn: nn.Dense(3, flatten=False, use_bias=False, **P), (2, 2, 3)),
    "dense of known size": (lambda nn: nn.Dense(3, in_units=4, activation="sigmoid", **P), (2, 4)),
    "flatten": (lambda nn: nn.Flatten(**P), (2, 3, 2)),
    "dropout of nothing": (lambda nn: nn.Dropout(0, **P), (2, 3)),
    "function": (lambda nn: nn.HybridLambda("relu", **P), (2, 3)),
    "function of symbols too": (lambda nn: nn.HybridLambda(_twice, **P), (2, 3)),
    "batch norm": (lambda nn: nn.BatchNorm(**P), (4, 3)),
    "batch norm of images": (lambda nn: nn.BatchNorm(momentum=0.5, epsilon=1e-3, **P), (2, 3, 2, 2)),
    "batch norm along the last axis": (lambda nn: nn.BatchNorm(axis=-1, **P), (4, 2, 3)),
    "batch norm without scale": (lambda nn: nn.BatchNorm(scale=False, **P), (4, 3)),
    "batch norm without shift": (lambda nn: nn.BatchNorm(center=False, **P), (4, 3)),
    "batch norm of known size": (lambda nn: nn.BatchNorm(in_channels=3, **P), (4, 3)),
    "batch norm with statistics of before": (lambda nn: nn.BatchNorm(use_global_stats=True, **P), (4, 3)),
    "batch norm and relu": (lambda nn: nn.BatchNormReLU(**P), (4, 3, 2, 2)),
    "instance norm": (lambda nn: nn.InstanceNorm(**P), (2, 3, 4)),
    "instance norm along the last axis": (lambda nn: nn.InstanceNorm(axis=2, scale=True, **P), (2, 4, 3)),
    "layer norm": (lambda nn: nn.LayerNorm(**P), (2, 3, 4)),
    "layer norm along axis 1": (lambda nn: nn.LayerNorm(axis=1, center=False, epsilon=0.1, **P), (2, 3, 4)),
    "group norm": (lambda nn: nn.GroupNorm(**P), (2, 4, 3)),
    "group norm of two groups": (lambda nn: nn.GroupNorm(num_groups=2, scale=False, **P), (2, 4, 3)),
    "relu": (lambda nn: nn.Activation("relu", **P), (2, 3)),
    "softsign": (lambda nn: nn.Activation("softsign", **P), (2, 3)),
    "leaky": (lambda nn: nn.LeakyReLU(0.1, **P), (2, 3)),
    "prelu": (lambda nn: nn.PReLU(**P), (2, 3)),
    "prelu of channels": (lambda nn: nn.PReLU(in_channels=3, **P), (2, 3, 2)),
    "elu": (lambda nn: nn.ELU(0.5, **P), (2, 3)),
    "gelu": (lambda nn: nn.GELU(**P), (2, 3)),
    "swish": (lambda nn: nn.Swish(1.5, **P), (2, 3)),
    "mirror": (lambda nn: nn.ReflectionPad2D(2, **P), (1, 2, 3, 4)),
    "conv": (lambda nn: nn.Conv2D(4, 3, **P), (1, 2, 4, 4)),
    "conv with all options": (
        lambda nn: nn.Conv2D(4, (3, 2), (2, 1), (1, 2), (1, 2), 2, activation="tanh", use_bias=False, **P),
        (2, 2, 5, 4),
    ),
    "conv of known size": (lambda nn: nn.Conv2D(2, 2, in_channels=3, **P), (1, 3, 3, 3)),
    "conv over one axis": (lambda nn: nn.Conv1D(3, 2, strides=2, padding=1, dilation=2, **P), (2, 2, 7)),
    "conv over three axes": (lambda nn: nn.Conv3D(2, (1, 2, 2), activation="relu", **P), (1, 2, 2, 3, 3)),
    "transposed conv": (lambda nn: nn.Conv2DTranspose(2, 3, 2, 1, 1, **P), (1, 3, 3, 3)),
    "transposed conv in groups": (
        lambda nn: nn.Conv2DTranspose(4, 2, 2, groups=2, use_bias=False, in_channels=2, **P),
        (1, 2, 3, 2),
    ),
    "transposed conv over one axis": (lambda nn: nn.Conv1DTranspose(2, 3, 2, activation="relu", **P), (2, 3, 4)),
    "transposed conv over three axes": (lambda nn: nn.Conv3DTranspose(2, 2, **P), (1, 2, 2, 2, 2)),
    "pairs": (lambda nn: nn.MaxPool1D(**P), (1, 2, 5)),
    "max pool": (lambda nn: nn.MaxPool2D(**P), (1, 2, 4, 5)),
    "max pool with all options": (lambda nn: nn.MaxPool2D((3, 2), (2, 1), (1, 0), ceil_mode=True, **P), (1, 2, 4, 5)),
    "max pool over three axes": (lambda nn: nn.MaxPool3D(2, 1, 1, ceil_mode=True, **P), (1, 1, 3, 3, 3)),
    "means over one axis": (lambda nn: nn.AvgPool1D(3, 2, 1, ceil_mode=True, **P), (1, 2, 6)),
    "means": (lambda nn: nn.AvgPool2D(3, padding=1, **P), (1, 2, 5, 5)),
    "means without padding": (lambda nn: nn.AvgPool2D(3, padding=1, count_include_pad=False, **P), (1, 2, 5, 5)),
    "means over three axes": (lambda nn: nn.AvgPool3D(2, **P), (1, 1, 4, 4, 4)),
    "largest of one axis": (lambda nn: nn.GlobalMaxPool1D(**P), (2, 2, 3)),
    "largest": (lambda nn: nn.GlobalMaxPool2D(**P), (2, 2, 3, 3)),
    "largest of three axes": (lambda nn: nn.GlobalMaxPool3D(**P), (1, 2, 2, 2, 2)),
    "mean of one axis": (lambda nn: nn.GlobalAvgPool1D(**P), (2, 2, 3)),
    "mean": (lambda nn: nn.GlobalAvgPool2D(**P), (2, 2, 3, 3)),
    "mean of three axes": (lambda nn: nn.GlobalAvgPool3D(**P), (1, 2, 2, 2, 2)),
}
PROBES.update({name: of(*case) for name, case in LAYERS.items()})
PROBES["selu"] = of(lambda nn: nn.SELU(**P), (2, 3), low=0.1)  # below zero the gradient of 1.9.1 is wrong
PROBES["dense in double precision"] = of(lambda nn: nn.Dense(2, **P), (2, 3), dtype="float64")


def _twice(F, x):
    return F.concat(x, x * 2, dim=1)


def probe(function):
    PROBES[function.__name__.replace("_", " ")] = function
    return function


@probe
def embedding(mx, np, hybrid=False):
    net = mx.gluon.nn.Embedding(5, 3, **P)
    net.initialize()
    if hybrid:
        net.hybridize()
    fill(net, np, mx)
    x = mx.nd.array([[0, 4], [4, 2]])
    with mx.autograd.record():
        y = net(x)
        loss = (y * y).sum()
    loss.backward()
    return [repr(net), y, net.weight.grad()]


@probe
def batch_norm_in_half_precision(mx, np, hybrid=False):
    net = mx.gluon.nn.HybridSequential(prefix="net_")
    net.add(mx.gluon.nn.BatchNorm(in_channels=3, prefix="bn_"), mx.gluon.nn.Dense(2, in_units=3, prefix="fc_"))
    net.initialize()
    net.cast("float16")
    if hybrid:
        net.hybridize()
    x = mx.nd.array(wave(np, (4, 3)), dtype="float16")
    fill(net, np, mx)
    return [net[0](x), [(p.name, np.dtype(p.dtype), p.data().dtype, p.shape) for p in net.collect_params().values()]]


@probe
def containers(mx, np, hybrid=False):
    nn = mx.gluon.nn
    found = []
    for kind in (nn.Sequential, nn.HybridSequential):
        net = kind(prefix="net_")
        with net.name_scope():
            net.add(nn.Dense(4, activation="relu"), nn.Dropout(0.5), nn.Dense(3))
            net.add(nn.Lambda("tanh") if kind is nn.Sequential else nn.HybridLambda("tanh"))
        inner = kind(prefix="inner_")
        inner.add(nn.BatchNorm(prefix="bn_"))
        net.add(inner)
        net.initialize()
        net(mx.nd.ones((2, 5)))
        fill(net, np, mx)
        if hybrid:
            net.hybridize()
        part = net[1:3]
        found.append([repr(net), len(net), type(part).__name__, repr(part), part.prefix, [b.name for b in net]])
        found.append(
            [repr(net[0]), net[-1].name, list(net.collect_params().keys()), train(mx, net[:1], mx.nd.ones((2, 5)))]
        )
    return found


def _ones():
    import mxnet

    return mxnet.nd.ones((2, 2))


def _shown(make):
    return lambda mx, np, hybrid=False: repr(make(mx.gluon.nn))


BAD = {
    "a negative slope": lambda nn: nn.LeakyReLU(-1),
    "a layout for images of a layer for sequences": lambda nn: nn.Conv1D(2, 3, layout="NCHW"),
    "a pool of another layout": lambda nn: nn.MaxPool2D(layout="NCW"),
    "a kernel of three sizes for images": lambda nn: nn.Conv2D(2, (1, 2, 3)),
    "a pool of three sizes for images": lambda nn: nn.AvgPool2D((1, 2, 3)),
    "groups that do not divide": lambda nn: nn.Conv2D(3, 3, groups=2, in_channels=4),
    "a function that is not there": lambda nn: nn.Lambda("no_such_function"),
    "a function of symbols that is not there": lambda nn: nn.HybridLambda("no_such_function"),
    "a number as a function": lambda nn: nn.Lambda(3),
    "a block that is no graph in one that is": lambda nn: nn.HybridSequential().add(nn.Lambda("relu")),
    "an activation that is not there": lambda nn: nn.Activation("no_such")(_ones()),
}
PROBES.update({name: _shown(do) for name, do in BAD.items()})
