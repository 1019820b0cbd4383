"""What 1.9.1 says of recurrent cells and layers: texts, names in graphs, values; see record.py."""

from __future__ import annotations

import json

CELLS = {
    "elman": lambda rnn, c: rnn.RNNCell(4),
    "relu": lambda rnn, c: rnn.RNNCell(4, activation="relu", input_size=3, prefix="net_"),
    "lstm": lambda rnn, c: rnn.LSTMCell(4),
    "gru": lambda rnn, c: rnn.GRUCell(4),
    "lstm with projection": lambda rnn, c: c.LSTMPCell(4, 2),
    "stack": lambda rnn, c: stack(rnn.SequentialRNNCell(), rnn.LSTMCell(4), rnn.DropoutCell(0.5), rnn.GRUCell(2)),
    "hybrid stack": lambda rnn, c: stack(rnn.HybridSequentialRNNCell(), rnn.RNNCell(4), rnn.GRUCell(2)),
    "residual": lambda rnn, c: rnn.ResidualCell(rnn.GRUCell(3)),
    "zoneout": lambda rnn, c: rnn.ZoneoutCell(rnn.LSTMCell(4), 0.3, 0.2),
    "dropout": lambda rnn, c: rnn.DropoutCell(0.3),
    "both directions": lambda rnn, c: rnn.BidirectionalCell(rnn.LSTMCell(4), rnn.GRUCell(4)),
    "variational": lambda rnn, c: c.VariationalDropoutCell(rnn.LSTMCell(4), 0.1, 0.0, 0.3),
    "variational states": lambda rnn, c: c.VariationalDropoutCell(rnn.RNNCell(4), 0.1, 0.2, 0.3),
}
CONVOLUTIONAL = {
    "Conv1DRNNCell": ((3, 7), {}),
    "Conv2DLSTMCell": ((3, 6, 7), {"i2h_pad": 1, "h2h_dilate": 2}),
    "Conv3DGRUCell": ((3, 4, 5, 6), {"activation": "relu"}),
    "Conv2DGRUCell": ((6, 7, 3), {"conv_layout": "NHWC", "i2h_dilate": (1, 2)}),
}
LAYERS = {
    "RNN": {"activation": "tanh"},
    "LSTM": {"num_layers": 2, "bidirectional": True},
    "GRU": {"layout": "NTC", "dropout": 0.3, "num_layers": 2},
    "LSTM with projection": {"projection_size": 2, "bidirectional": True},
}
PROBES = {}


def stack(whole, *cells):
    for cell in cells:
        whole.add(cell)
    return whole


def graph(symbols):
    nodes = json.loads(symbols.tojson())["nodes"]
    return [[n["op"], n["name"], n.get("attrs", {}), [i[:2] for i in n["inputs"]]] for n in nodes]


def filled(mx, np, params):
    """Give each parameter values that follow from its place and size."""
    for i, param in enumerate(params.values()):
        size = int(np.prod(param.shape))
        param.set_data(mx.nd.array(np.sin(np.arange(size) * 0.7 + i).reshape(param.shape) * 0.5))


def ramp(mx, np, *shape):
    return mx.nd.array(np.cos(np.arange(int(np.prod(shape))) * 0.3).reshape(shape))


def described(make, valid):
    def probe(mx, np):
        with mx.name.NameManager():
            cell = make(mx.gluon.rnn, mx.gluon.contrib.rnn)
            length = {"valid_length": mx.sym.var("valid")} if valid else {}
            outputs, states = cell.unroll(2, mx.sym.var("data"), **length)
            whole = mx.sym.Group([*([outputs] if isinstance(outputs, mx.sym.Symbol) else outputs), *states])
            return [repr(cell), cell.prefix, list(cell.collect_params()), cell.state_info(2), graph(whole)]

    return probe


def convolutional(kind):
    def probe(mx, np):
        shape, more = CONVOLUTIONAL[kind]
        with mx.name.NameManager():
            cell = getattr(mx.gluon.contrib.rnn, kind)(shape, 2, 3, 3, **more)
            states = [mx.sym.var(f"state{i}") for i in range(len(cell.state_info()))]
            output, after = cell(mx.sym.var("data"), states)
            told = [repr(cell), [[k, p.shape] for k, p in cell.collect_params().items()], cell.state_info(2)]
            told.append(graph(mx.sym.Group([output, *after])))
        if "conv_layout" in more:  # 1.9.1 computes no channels-last convolution on a CPU
            return told
        cell.reset()
        cell.initialize()
        filled(mx, np, cell.collect_params())
        return [*told, cell.unroll(2, ramp(mx, np, 2, 2, *shape), merge_outputs=True)]

    return probe


def layer(name):
    def probe(mx, np):
        with mx.name.NameManager():
            made = (
                getattr(mx.gluon.rnn, name.split()[0])(3, input_size=3, **LAYERS[name])
                if not name.startswith("GRU")
                else mx.gluon.rnn.GRU(3, **LAYERS[name])
            )
            x = ramp(mx, np, 4, 2, 3)
            batch = 4 if LAYERS[name].get("layout") == "NTC" else 2
            made.initialize()
            made(x)
            filled(mx, np, made.collect_params())
            states = [ramp(mx, np, *info["shape"]) for info in made.state_info(batch)]
            files = [*made._collect_params_with_prefix()]
            return [repr(made), [[k, p.shape] for k, p in made.collect_params().items()], files, made(x, states)]

    return probe


for _name, _make in CELLS.items():
    PROBES[f"{_name} unrolled"] = described(_make, False)
    if _name != "dropout":
        PROBES[f"{_name} unrolled over sequences of their own lengths"] = described(_make, True)
for _name in CONVOLUTIONAL:
    PROBES[_name] = convolutional(_name)
for _name in LAYERS:
    PROBES[f"layer {_name}"] = layer(_name)
