"""Metrics whose results are 1.9.1's: see record_kit.py. The names are read as ``test_...[name]``."""

from __future__ import annotations

PROBES = {}


def probe(function):
    PROBES[function.__name__.replace("_", " ")] = function
    return function


def wave(np, shape, step=1.7):
    return np.sin(np.arange(int(np.prod(shape))) * step + step).astype("float32").reshape(shape)


def chances(np, shape, step=1.7):
    e = np.exp(wave(np, shape, step))
    return (e / e.sum(axis=-1, keepdims=True)).astype("float32")


def classes(np, shape, count):
    return (np.arange(int(np.prod(shape))) * 7 % count).astype("float32").reshape(shape)


def numbers(np, value):
    """Python's numbers for NumPy's: 1.9.1 gives now the ones, now the others."""
    if isinstance(value, (list, tuple)):
        return [numbers(np, v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


def results(np, metric):
    found = [metric.get(), metric.get_global(), metric.get_name_value(), metric.get_global_name_value()]
    return numbers(np, found)


def of(make, *batches):
    """A probe of ``make(mx.metric)``: before, after each batch, after both resets, and then one batch more."""

    def run(mx, np):
        metric = make(mx.metric)
        found = [results(np, metric)]
        arrays = [[[mx.nd.array(a) for a in side] for side in batch(np)] for batch in batches]
        for labels, preds in arrays:
            metric.update(labels, preds)
            found.append(results(np, metric))
        metric.reset_local()
        found.append(results(np, metric))
        metric.update(*arrays[0])
        found.append(results(np, metric))
        metric.reset()
        found.append(results(np, metric))
        metric.update(*arrays[-1])
        return [found, results(np, metric), metric.get_config()]

    return run


def scores(rows, count, step=1.7):
    """Labels and probabilities."""
    return lambda np: [[classes(np, (rows,), count)], [chances(np, (rows, count), step)]]


def values(shape, step=1.7, columns=False):
    """Labels and predictions of the same shape."""
    return lambda np: [[wave(np, shape)], [wave(np, (*shape, 1) if columns else shape, 0.3 + step)]]


def two(first, second):
    """Two outputs at once."""
    return lambda np: [a + b for a, b in zip(first(np), second(np))]  # noqa: B905  not before 3.10


def binary(rows, shift=0):
    return lambda np: [[((np.arange(rows) + shift) // 2 % 2).astype("float32")], [chances(np, (rows, 2), 0.9 + shift)]]


def one_class(np):
    return [[np.zeros(4, "float32")], [np.eye(2, dtype="float32")[[0, 0, 0, 0]]]]


def _near(label, pred):
    return abs(label - pred.argmax(axis=1)).mean()


def _sum_and_count(label, pred):
    return float(abs(label).sum()), label.size


PROBES.update(
    {
        "accuracy": of(lambda m: m.Accuracy(), scores(5, 3), scores(4, 3, 0.4)),
        "accuracy of two outputs": of(lambda m: m.Accuracy(), two(scores(5, 3), scores(4, 2, 0.4))),
        "accuracy of classes": of(
            lambda m: m.create("acc"), lambda np: [[classes(np, (6,), 3)], [classes(np, (6,), 2)]]
        ),
        "accuracy along axis 2": of(
            lambda m: m.Accuracy(axis=2, name="own"), lambda np: [[classes(np, (2, 3), 4)], [wave(np, (2, 3, 4))]]
        ),
        "accuracy of images": of(
            lambda m: m.Accuracy(), lambda np: [[classes(np, (2, 2, 2), 3)], [wave(np, (2, 3, 2, 2))]]
        ),
        "accuracy of columns": of(lambda m: m.Accuracy(), lambda np: [[classes(np, (4, 1), 2)], [wave(np, (4, 2))]]),
        "top k": of(lambda m: m.TopKAccuracy(top_k=2), scores(5, 4), scores(6, 4, 0.4)),
        "top k by name": of(lambda m: m.create("top_k_acc", top_k=3, name="best"), scores(5, 4)),
        "F1": of(lambda m: m.F1(), binary(8), binary(6, 1)),
        "F1 of all": of(lambda m: m.F1(average="micro"), binary(8), binary(6, 1)),
        "F1 of one class": of(lambda m: m.F1(), one_class),
        "F1 of two outputs": of(lambda m: m.F1(), two(binary(8), binary(4, 3))),
        "MCC": of(lambda m: m.MCC(), binary(8), binary(6, 1)),
        "MCC of all": of(lambda m: m.MCC(average="micro"), binary(8), binary(6, 1)),
        "MCC of one class": of(lambda m: m.MCC(), one_class),
        "PCC": of(lambda m: m.PCC(), scores(9, 3), scores(7, 3, 0.4)),
        "PCC of a class more": of(lambda m: m.PCC(), binary(8), scores(7, 4, 0.4)),
        "absolute error": of(lambda m: m.MAE(), values((4,)), values((3,), 0.2)),
        "absolute error of columns": of(lambda m: m.MAE(), values((4,), columns=True)),
        "absolute error of a table": of(lambda m: m.create("mae"), values((4, 2))),
        "squared error": of(lambda m: m.MSE(), values((4,)), two(values((3,), 0.2), values((2, 2)))),
        "root of the squared error": of(lambda m: m.RMSE(), values((4,)), values((3, 2), 0.2)),
        "cross entropy": of(lambda m: m.CrossEntropy(), scores(5, 3), scores(4, 3, 0.4)),
        "cross entropy with a large epsilon": of(lambda m: m.create("ce", eps=0.1), scores(5, 3)),
        "negative log likelihood": of(lambda m: m.create("nll_loss"), scores(5, 3), scores(4, 3, 0.4)),
        "perplexity": of(lambda m: m.Perplexity(ignore_label=None), scores(5, 3), scores(4, 3, 0.4)),
        "perplexity of what counts": of(lambda m: m.Perplexity(ignore_label=2), scores(5, 3)),
        "perplexity of nothing that counts": of(
            lambda m: m.Perplexity(0), lambda np: [[np.zeros(2)], [np.ones((2, 3))]]
        ),
        "correlation": of(lambda m: m.PearsonCorrelation(), values((6,)), values((5,), 0.2)),
        "correlation of all": of(lambda m: m.create("pearsonr", average="micro"), values((6,)), values((5,), 0.2)),
        "correlation of tables": of(lambda m: m.PearsonCorrelation(), values((3, 2))),
        "loss": of(lambda m: m.Loss(), values((4,)), two(values((3,), 0.2), values((2, 2)))),
        "loss of other frameworks": of(lambda m: m.create(["torch", "caffe"]), values((4,))),
        "composite": of(lambda m: m.create(["acc", m.TopKAccuracy(2), "ce"]), scores(5, 3), scores(4, 3, 0.4)),
    }
)


def _own(make, *batches):
    """Metrics of functions, which have no configuration."""

    def run(mx, np):
        metric = make(mx.metric)
        for batch in batches:
            metric.update(*[[mx.nd.array(a) for a in side] for side in batch(np)])
        found = results(np, metric)
        metric.reset_local()
        return [found, results(np, metric)]

    return run


PROBES.update(
    {
        "a function": _own(lambda m: m.CustomMetric(_near), scores(5, 3), scores(4, 3, 0.4)),
        "a function by another name": _own(lambda m: m.create(_near, name="near"), scores(5, 3)),
        "a function without a name": _own(lambda m: m.create(lambda label, pred: 2.0), scores(5, 3)),
        "a function that gives sum and count": _own(lambda m: m.np(_sum_and_count), scores(5, 3), scores(4, 3, 0.4)),
        "more predictions than labels": _own(
            lambda m: m.np(_near, allow_extra_outputs=True), lambda np: [scores(5, 3)(np)[0], scores(5, 3)(np)[1] * 2]
        ),
    }
)


@probe
def only_some_outputs_and_labels(mx, np):
    metric = mx.metric.Accuracy(output_names=["b"], label_names=["y"])
    label, pred = [mx.nd.array(a[0]) for a in scores(5, 3)(np)]
    metric.update_dict({"x": label * 0, "y": label}, {"a": pred * 0, "b": pred})
    every = mx.metric.CompositeEvalMetric(["acc", "ce"], output_names=["b"], label_names=["y"])
    every.update_dict({"x": label * 0, "y": label}, {"a": pred * 0, "b": pred})
    plain = mx.metric.CrossEntropy()
    plain.update_dict({"y": label}, {"b": pred})
    return [results(np, metric), results(np, every), results(np, plain), metric.get_config(), every.get_config()]


@probe
def a_composite_gets_and_loses_members(mx, np):
    every = mx.metric.CompositeEvalMetric(name="all")
    every.add("acc")
    every.add(mx.metric.MSE())
    return [every.get(), every.get_metric(1).name, type(every.get_metric(0)).__name__, every.name]


@probe
def single_arrays_instead_of_lists(mx, np):
    found = []
    for name in ("acc", "f1", "mcc", "pcc", "ce"):
        metric = mx.metric.create(name)
        label, pred = [mx.nd.array(a[0]) for a in binary(8)(np)]
        metric.update([label], [pred])
        single = mx.metric.create(name)
        single.update(label, pred)
        found.append(results(np, metric) + results(np, single))
    loss = mx.metric.Loss()
    loss.update(None, mx.nd.array([1, 2]))
    return [found, results(np, loss)]


def _update(make, labels, preds):
    def run(mx, np):
        metric = make(mx.metric)
        metric.update([mx.nd.ones(s) for s in labels], [mx.nd.ones(s) for s in preds])
        return metric.get()

    return run


BAD = {
    "more labels than predictions": _update(lambda m: m.Accuracy(), [(2,), (2,)], [(2, 2)]),
    "fewer labels than samples": _update(lambda m: m.Accuracy(), [(3,)], [(2, 2)]),
    "top k of fewer labels": _update(lambda m: m.TopKAccuracy(2), [(3,)], [(2, 2)]),
    "top k of images": _update(lambda m: m.TopKAccuracy(2), [(3,)], [(3, 2, 2)]),
    "F1 of fewer labels": _update(lambda m: m.F1(), [(3,)], [(2, 2)]),
    "cross entropy of fewer labels": _update(lambda m: m.CrossEntropy(), [(3,)], [(2, 2)]),
    "perplexity of fewer labels": _update(lambda m: m.Perplexity(None), [(3,)], [(2, 2)]),
    "correlation of fewer labels": _update(lambda m: m.PearsonCorrelation(), [(3,)], [(2,)]),
    "top 1": lambda mx, np: mx.metric.TopKAccuracy(1),
    "a name that is not there": lambda mx, np: mx.metric.create("no_such"),
    "a number as a metric": lambda mx, np: mx.metric.create(3),
    "F1 of three classes": lambda mx, np: of(lambda m: m.F1(), scores(5, 3))(mx, np),
    "the configuration of a function": lambda mx, np: mx.metric.np(_near).get_config(),
    "a base that does not update": lambda mx, np: mx.metric.EvalMetric("own").update([], []),
    "labels of different sizes": lambda mx, np: mx.metric.check_label_shapes([1, 2], [1]),
}
PROBES.update(BAD)


@probe
def shapes_that_are_compared(mx, np):
    a, b = mx.nd.ones((2, 3)), mx.nd.ones((2, 4))
    same = mx.metric.check_label_shapes(a, b)
    wrapped = mx.metric.check_label_shapes(a, b, wrap=True)
    return [[s.shape for s in same], [type(w).__name__ for w in wrapped], len(wrapped[0])]


@probe
def metrics_of_ones_own(mx, np):
    class Count(mx.metric.EvalMetric):
        def update(self, labels, preds):
            self.sum_metric += 3
            self.num_inst += 2

    metric = Count("count", unit="rows")
    metric.update([], [])
    found = [metric.get(), metric.get_global(), metric.get_config()]
    metric.reset_local()
    return [found, metric.get(), metric.sum_metric, metric.num_inst]


@probe
def sums_that_programs_read(mx, np):
    metric = mx.metric.Accuracy()
    metric.update(*[[mx.nd.array(a) for a in side] for side in scores(5, 3)(np)])
    return [float(metric.sum_metric), metric.num_inst, float(metric.global_sum_metric), metric.global_num_inst]
