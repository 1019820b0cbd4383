"""Small objects that programs pickle, and what one tells of itself. Written for Python 3.8."""

from __future__ import annotations


def initialized(block, shape):
    """``block`` with its parameters at one, after a call."""
    import mxnet as mx

    block.initialize(mx.init.One())
    block(mx.nd.ones(shape))
    return block


def used(mx, optimizer):
    """An updater after a step."""
    updater = mx.optimizer.get_updater(optimizer)
    updater(0, mx.nd.ones((2,)), mx.nd.ones((2,)))
    return updater


def updated(mx, metric):
    """A metric that has seen two batches, and one more after its local sums began again."""
    labels, scores = mx.nd.array([0, 1, 1]), mx.nd.array([[0.2, 0.8], [0.4, 0.6], [0.7, 0.3]])
    same = type(metric).__name__ in ("MAE", "MSE", "RMSE", "PearsonCorrelation", "Loss")
    for i in range(3):
        metric.update([labels + i] if same else [labels], [scores[:, 0]] if same else [scores])
        if i == 1 and metric._has_global_stats:
            metric.reset_local()
    return metric


def _metrics():
    for name in ("Accuracy", "F1", "MCC", "CrossEntropy", "NegativeLogLikelihood", "MAE", "MSE", "RMSE", "Loss"):
        yield name, {}
    for name in ("F1", "MCC", "PearsonCorrelation"):
        yield name, {"average": "micro"}
    yield "PearsonCorrelation", {}
    yield "TopKAccuracy", {"top_k": 2}
    yield "Perplexity", {"ignore_label": None}


OBJECTS = {
    "context cpu(0)": lambda mx, np: mx.cpu(0),
    "context gpu(1)": lambda mx, np: mx.gpu(1),
    "context cpu_pinned(0)": lambda mx, np: mx.cpu_pinned(0),
    "arrays": lambda mx, np: [mx.nd.array([[1, 2], [3, 4]]), mx.nd.array([5], dtype="int64")],
    "array of np": lambda mx, np: mx.np.array([1.0, 2.0]),
    "csr": lambda mx, np: mx.nd.sparse.csr_matrix(np.eye(3)),
    "row_sparse": lambda mx, np: mx.nd.sparse.row_sparse_array(np.eye(3)),
    "symbol": lambda mx, np: mx.sym.FullyConnected(mx.sym.Variable("x", shape=(2, 3)), num_hidden=3, name="fc"),
    "symbol of two outputs": lambda mx, np: mx.sym.Group([mx.sym.Variable("x"), mx.sym.Variable("y") * 2]),
    "parameter": lambda mx, np: mx.gluon.Parameter("w", shape=(2, 3), lr_mult=0.5),
    "constant": lambda mx, np: mx.gluon.Constant("c", mx.nd.ones((2,))),
    "layer": lambda mx, np: mx.gluon.nn.Dense(2, in_units=3, prefix="a_"),
    "layer with values": lambda mx, np: initialized(mx.gluon.nn.Dense(2, prefix="b_"), (1, 3)),
    "layer with states": lambda mx, np: initialized(mx.gluon.nn.BatchNorm(prefix="c_"), (1, 3)),
    "recurrent layer": lambda mx, np: initialized(mx.gluon.rnn.LSTM(2, prefix="d_"), (1, 1, 3)),
    "modified cell": lambda mx, np: mx.gluon.rnn.ZoneoutCell(mx.gluon.rnn.RNNCell(2, prefix="g_"), 0.1, 0.2),
    "loss": lambda mx, np: mx.gluon.loss.SoftmaxCrossEntropyLoss(prefix="e_"),
    "transform": lambda mx, np: mx.gluon.data.vision.transforms.Resize(4),
    "optimizer": lambda mx, np: mx.optimizer.SGD(learning_rate=0.1, momentum=0.9, wd=0.5),
    "optimizer with a schedule": lambda mx, np: mx.optimizer.Adam(lr_scheduler=mx.lr_scheduler.FactorScheduler(2, 0.5)),
    "updater": lambda mx, np: used(mx, mx.optimizer.Adam()),
    "FactorScheduler": lambda mx, np: mx.lr_scheduler.FactorScheduler(2, 0.5),
    "MultiFactorScheduler": lambda mx, np: mx.lr_scheduler.MultiFactorScheduler([1, 3]),
    "PolyScheduler": lambda mx, np: mx.lr_scheduler.PolyScheduler(10),
    "CosineScheduler": lambda mx, np: mx.lr_scheduler.CosineScheduler(10, warmup_steps=2),
    "Xavier": lambda mx, np: mx.init.Xavier(magnitude=2),
    "Constant": lambda mx, np: mx.init.Constant(3),
    "Mixed": lambda mx, np: mx.init.Mixed(["bias", ".*"], [mx.init.Zero(), mx.init.One()]),
    "InitDesc": lambda mx, np: mx.init.InitDesc("w", {"__init__": "zeros"}),
    "DataDesc": lambda mx, np: mx.io.DataDesc("data", (2, 3)),
    "DataBatch": lambda mx, np: mx.io.DataBatch([mx.nd.ones((2,))], [mx.nd.ones((1,))], pad=1),
    "augmenter": lambda mx, np: mx.image.HorizontalFlipAug(0.5),
    "symbolic cell": lambda mx, np: mx.rnn.LSTMCell(3, prefix="f_"),
    "error": lambda mx, np: mx.MXNetError("said"),
    "metrics together": lambda mx, np: mx.metric.CompositeEvalMetric([mx.metric.Accuracy(), mx.metric.MSE()]),
    **{
        f"metric {name}{given or ''}": lambda mx, np, name=name, given=given: updated(
            mx, getattr(mx.metric, name)(**given)
        )
        for name, given in _metrics()
    },
}


def told(mx, np, value):
    """What ``value`` is, as plain data."""
    if isinstance(value, list):
        return [told(mx, np, v) for v in value]
    found = {"is": f"{type(value).__module__}.{type(value).__name__}"}
    if isinstance(value, mx.context.Context):
        found["text"] = str(value)
    elif isinstance(value, mx.sym.Symbol):
        found["json"] = value.tojson()
    elif hasattr(value, "asnumpy"):
        found["values"] = [value.stype, str(np.dtype(value.dtype)), value.asnumpy().tolist()]
    elif isinstance(value, mx.gluon.Parameter):
        found["of"] = [value.name, list(value.shape), value.lr_mult, value.grad_req]
    elif isinstance(value, mx.gluon.loss.Loss):
        found["loss"] = value(mx.nd.array([[1, 2]]), mx.nd.array([1])).asnumpy().round(4).tolist()
    elif isinstance(value, mx.gluon.rnn.ZoneoutCell):
        found["of"] = [value.zoneout_outputs, value.zoneout_states]
    elif isinstance(value, mx.gluon.Block):
        found["parameters"] = [p.name for p in value.collect_params().values()]
        if all(p._data for p in value.collect_params().values()) and "rnn" in found["is"]:
            found["made"] = value(mx.nd.ones((2, 1, 3))).asnumpy().round(4).tolist()
        elif found["parameters"] and all(p._data for p in value.collect_params().values()):
            found["made"] = value(mx.nd.array([[1, 2, 3]])).asnumpy().round(4).tolist()
    elif isinstance(value, mx.optimizer.Updater):
        weight = mx.nd.ones((2,))
        value(0, mx.nd.ones((2,)), weight)
        found["step"] = [weight.asnumpy().round(5).tolist(), value.optimizer.num_update]
    elif isinstance(value, mx.optimizer.Optimizer):
        found["of"] = [round(value.learning_rate, 6), value.wd, value.num_update]
    elif isinstance(value, mx.lr_scheduler.LRScheduler):
        found["rates"] = [round(value(i), 6) for i in (1, 3, 7)]
    elif isinstance(value, mx.metric.EvalMetric):
        found["value"] = [told_number(np, value.get()), told_number(np, value.get_global())]
    elif isinstance(value, mx.init.Xavier):
        found["dumps"] = value.dumps()
    elif isinstance(value, (mx.init.Constant, mx.init.Mixed)):
        weight = mx.nd.zeros((2,))
        value(mx.init.InitDesc("weight"), weight)
        found["made"] = weight.asnumpy().tolist()
    elif isinstance(value, mx.io.DataBatch):
        found["of"] = [value.data[0].shape[0], value.label[0].shape[0], value.pad]
    else:
        found["text"] = str(value) if isinstance(value, (str, tuple, Exception)) else ""
    return found


def told_number(np, pair):
    """Name and value of a metric, or of several."""
    name, number = pair
    return [name, np.round(np.nan_to_num(np.array(number, dtype="float64"), nan=-9), 5).tolist()]
