"""Graphs, weights, values and batches of ``mx.rnn`` that are 1.9.1's: see record.py."""

from __future__ import annotations

import json
import random
import warnings

PROBES = {}
UNROLLED = {
    "rnn": (lambda R: R.RNNCell(3), {}),
    "rnn, a function for activation": (lambda R: R.RNNCell(3, activation=_sine, prefix="s_"), {"merge_outputs": True}),
    "lstm": (lambda R: R.LSTMCell(3, forget_bias=2.0), {}),
    "gru": (lambda R: R.GRUCell(3), {"layout": "TNC", "merge_outputs": True}),
    "stack": (lambda R: _stack(R, R.LSTMCell(3, prefix="a_"), R.DropoutCell(0.5), R.GRUCell(3, prefix="b_")), {}),
    "both directions": (lambda R: R.BidirectionalCell(R.GRUCell(2, prefix="l_"), R.GRUCell(2, prefix="r_")), {}),
    "both directions, merged": (
        lambda R: R.BidirectionalCell(R.RNNCell(2, prefix="l_"), R.RNNCell(2, prefix="r_")),
        {"merge_outputs": True},
    ),
    "both directions, fused": (
        lambda R: R.BidirectionalCell(R.FusedRNNCell(2, prefix="l_"), R.FusedRNNCell(2, prefix="r_")),
        {"layout": "TNC", "merge_outputs": False},
    ),
    "zoneout": (lambda R: R.ZoneoutCell(R.RNNCell(3), 0.2, 0.3), {}),
    "residual": (lambda R: R.ResidualCell(R.RNNCell(5)), {}),
    "residual, merged": (lambda R: R.ResidualCell(R.LSTMCell(5)), {"merge_outputs": True}),
    "dropout": (lambda R: R.DropoutCell(0.3), {}),
    "dropout, step by step": (lambda R: R.DropoutCell(0.3), {"merge_outputs": False}),
    "no dropout": (lambda R: R.DropoutCell(0.0), {}),
    "fused lstm": (lambda R: R.FusedRNNCell(3, num_layers=2, dropout=0.1), {}),
    "fused gru with states": (
        lambda R: R.FusedRNNCell(3, mode="gru", get_next_state=True, bidirectional=True),
        {"layout": "TNC"},
    ),
    "fused lstm with states": (lambda R: R.FusedRNNCell(3, get_next_state=True), {"merge_outputs": False}),
    "unfused": (lambda R: R.FusedRNNCell(3, 2, "rnn_relu", dropout=0.5, bidirectional=True, prefix="q_").unfuse(), {}),
    "convolutions": (lambda R: R.ConvRNNCell((1, 3, 8, 6), 4, i2h_stride=(2, 1)), {"layout": "NTCHW"}),
    "convolutional lstm": (lambda R: R.ConvLSTMCell((1, 3, 8, 6), 2), {"layout": "NTCHW", "merge_outputs": True}),
    "convolutional gru": (lambda R: R.ConvGRUCell((1, 3, 8, 6), 2), {"layout": "NTCHW"}),
}
"""A cell, and options of unroll."""


def _sine(data, **options):
    import mxnet as mx

    return mx.sym.sin(data, **options)


def _stack(R, *cells):
    made = R.SequentialRNNCell()
    for cell in cells:
        made.add(cell)
    return made


def _flat(parts):
    return [s for p in parts for s in _flat(p)] if isinstance(parts, (list, tuple)) else [parts]


def _nesting(parts):
    return [_nesting(p) for p in parts] if isinstance(parts, (list, tuple)) else "symbol"


def _graph(mx, parts):
    graph = json.loads(mx.sym.Group(_flat(parts)).tojson())
    nodes = [[n["op"], n["name"], n.get("attrs", {}), n["inputs"]] for n in graph["nodes"]]
    return {"nodes": nodes, "heads": graph["heads"], "nesting": _nesting(parts)}


def _unrolled(mx, name):
    make, options = UNROLLED[name]
    cell = make(mx.rnn)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outputs, states = cell.unroll(2, mx.sym.var("data"), **options)
    return cell, outputs, states


def probe(name):
    def keep(function):
        PROBES[name] = function
        return function

    return keep


def _unroll_probe(name):
    @probe("unrolled: " + name)
    def _(mx, np):
        with mx.name.NameManager():
            cell, outputs, states = _unrolled(mx, name)
            found = {"outputs": _graph(mx, outputs), "info": cell.state_info, "gates": list(cell._gate_names)}
            if _flat(states):
                found["states"] = mx.sym.Group(_flat(states)).list_outputs()
                found["nesting"] = _nesting(states)
            return found


def _values_probe(name):
    @probe("computed: " + name)
    def _(mx, np):
        with mx.name.NameManager():
            outputs = mx.sym.Group(_flat(_unrolled(mx, name)[1]))
            layout = UNROLLED[name][1].get("layout", "NTC")
            shape = {"NTC": (4, 2, 5), "TNC": (2, 4, 5), "NTCHW": (4, 2, 3, 8, 6)}[layout]
            shapes = dict(zip(outputs.list_arguments(), outputs.infer_shape(data=shape)[0]))  # noqa: B905
            args = {k: mx.nd.array(np.sin(np.arange(np.prod(s)) + len(k)).reshape(s)) for k, s in shapes.items()}
            grads = {k: mx.nd.zeros(s) for k, s in shapes.items()}
            run = outputs.bind(mx.cpu(), args, args_grad=grads)
            made = run.forward(is_train=False)
            run.forward(is_train=True)
            run.backward([mx.nd.ones(m.shape) for m in made])
            return {"outputs": made, "grad": run.grad_dict["data"], "sums": {k: grads[k].sum() for k in sorted(grads)}}


for _name in UNROLLED:
    _unroll_probe(_name)
    if (
        "out" not in _name.replace("outputs", "")
        and "stack" not in _name
        and _name != "unfused"
        and "fused lstm" != _name
    ):
        _values_probe(_name)


def _weights_probe(name, make, shapes):
    @probe("weights: " + name)
    def _(mx, np):
        cell = make(mx.rnn)
        args = {k: mx.nd.array(np.arange(np.prod(s)).reshape(s)) for k, s in shapes.items()}
        args["another"] = mx.nd.ones(1)
        unpacked = cell.unpack_weights(args)
        packed = cell.pack_weights(unpacked)
        same = all((packed[k].asnumpy() == args[k].asnumpy()).all() for k in args)
        return {"unpacked": unpacked, "order": list(unpacked), "same": bool(same), "packed": sorted(packed)}


def _dense(prefix, rows):
    return {
        prefix + "i2h_weight": (rows, 3),
        prefix + "h2h_weight": (rows, 2),
        prefix + "i2h_bias": (rows,),
        prefix + "h2h_bias": (rows,),
    }


_weights_probe("rnn", lambda R: R.RNNCell(2), _dense("rnn_", 2))
_weights_probe("lstm", lambda R: R.LSTMCell(2), _dense("lstm_", 8))
_weights_probe("gru", lambda R: R.ResidualCell(R.GRUCell(2)), _dense("gru_", 6))
_weights_probe(
    "stack",
    lambda R: _stack(R, R.LSTMCell(2, prefix="a_"), R.DropoutCell(0.5), R.GRUCell(2, prefix="b_")),
    {**_dense("a_", 8), **_dense("b_", 6)},
)
for _mode, _size in (("lstm", 240), ("gru", 180), ("rnn_tanh", 60)):
    _weights_probe(
        "fused " + _mode,
        lambda R, _mode=_mode: R.FusedRNNCell(2, 2, _mode, bidirectional=True, prefix="f_"),
        {"f_parameters": (_size,)},
    )


@probe("states to begin with, as variables")
def _(mx, np):
    made = mx.rnn.LSTMCell(3).begin_state(func=mx.sym.Variable)
    return [[s.name, s.attr("__shape__"), s.attr("__layout__")] for s in made]


def _refused(name, function):
    PROBES["refused: " + name] = lambda mx, np: function(mx, mx.rnn, mx.sym.var("x"))


def _modified(R):
    cell = R.RNNCell(3)
    R.ZoneoutCell(cell)
    return cell


_refused("zoneout of a fused cell", lambda mx, R, x: R.ZoneoutCell(R.FusedRNNCell(3)))
_refused("zoneout of both directions", lambda mx, R, x: R.ZoneoutCell(R.BidirectionalCell(R.RNNCell(3), R.RNNCell(3))))
_refused("a step of a fused cell", lambda mx, R, x: R.FusedRNNCell(3)(x, []))
_refused("a step in both directions", lambda mx, R, x: R.BidirectionalCell(R.RNNCell(3), R.RNNCell(3))(x, []))
_refused("a step of no cell in particular", lambda mx, R, x: R.BaseRNNCell()(x, []))
_refused("states of no cell in particular", lambda mx, R, x: R.BaseRNNCell().state_info)
_refused("a step of a mere modifier", lambda mx, R, x: R.ModifierCell(R.RNNCell(3))(x, [x]))
_refused("states of a modified cell", lambda mx, R, x: _modified(R).begin_state())
_refused("weights that are missing", lambda mx, R, x: R.LSTMCell(3).unpack_weights({}))
_refused("unpacked weights that are missing", lambda mx, R, x: R.FusedRNNCell(3).pack_weights({}))
_refused(
    "too many fused weights", lambda mx, R, x: R.FusedRNNCell(3).unpack_weights({"lstm_parameters": mx.nd.ones(97)})
)
_refused("several outputs to unroll", lambda mx, R, x: R.RNNCell(3).unroll(2, mx.sym.split(x, num_outputs=2)))
_refused("a list of another length", lambda mx, R, x: R.RNNCell(3).unroll(2, [x]))
_refused("nothing to unroll", lambda mx, R, x: R.RNNCell(3).unroll(2, None))
_refused("steps last in a fused cell", lambda mx, R, x: R.FusedRNNCell(3).unroll(2, x, layout="NCT"))
_refused("dropout that is no number", lambda mx, R, x: R.DropoutCell("half"))
_refused("a kernel of even size", lambda mx, R, x: R.ConvRNNCell((1, 3, 8, 6), 4, h2h_kernel=(2, 2)))
_refused(
    "variables for cells that have theirs",
    lambda mx, R, x: _stack(R, R.RNNCell(3)) and R.SequentialRNNCell(params=R.RNNParams()).add(R.RNNCell(3)),
)
_refused("a word that is not known", lambda mx, R, x: R.encode_sentences([["a"]], vocab={}))
_refused("sentences in no layout", lambda mx, R, x: R.BucketSentenceIter([[1], [2]], 2, layout="TC"))
_refused("no sentences", lambda mx, R, x: R.BucketSentenceIter([], 2))


@probe("sentences in numbers")
def _(mx, np):
    encode = mx.rnn.encode_sentences
    words = [["a", "b", "d"], ["b", "c"]]
    vocab = {"a": 1, "b": 2}
    found = [encode(words), encode(words, start_label=5), encode(words, invalid_label=1, invalid_key="X")]
    return [*found, encode([["a", "b", "z"]], vocab=vocab, unknown_token="?"), vocab]


def _batches(mx, np, **options):
    random.seed(3)
    np.random.seed(3)
    sentences = [[1, 2, 3], [4, 5], [6], [7, 8, 9, 10], [1, 2], [3, 4], [5, 6, 7, 8, 9, 10, 11], []]
    batches = mx.rnn.BucketSentenceIter(sentences, 2, **options)
    found = []
    for _ in range(2):
        found += [[b.bucket_key, b.pad, b.data[0], b.label[0], b.provide_data, b.provide_label] for b in batches]
        batches.reset()
    return {
        "batches": found,
        "buckets": batches.buckets,
        "largest": batches.default_bucket_key,
        "described": [str(d) for d in batches.provide_data + batches.provide_label],
    }


@probe("sentences in batches")
def _(mx, np):
    return [_batches(mx, np, buckets=[2, 4]), _batches(mx, np)]


@probe("sentences in batches, steps first")
def _(mx, np):
    return _batches(mx, np, buckets=[4, 2], layout="TN", invalid_label=0, dtype="int32", data_name="d", label_name="l")
