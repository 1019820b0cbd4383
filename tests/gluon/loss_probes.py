"""Losses with their gradients, whose values are 1.9.1's: see record.py. The names are read as ``test_...[name]``."""

from __future__ import annotations

PROBES = {}


def wave(np, shape, step=1.7, low=-1.5, high=1.5):
    """Numbers between ``low`` and ``high`` that are the same everywhere."""
    count = int(np.prod(shape))
    unit = (np.sin(np.arange(count) * step + step) + 1) / 2
    return (low + (high - low) * unit).astype("float32").reshape(shape)


def signs(np, shape):
    return np.sign(wave(np, shape, 2.3) + 0.01).astype("float32")


def classes(np, shape, count):
    return (np.arange(int(np.prod(shape))) * 7 % count).reshape(shape).astype("float32")


def probabilities(np, shape, axis=-1):
    e = np.exp(wave(np, shape, 0.9))
    return (e / e.sum(axis=axis, keepdims=True)).astype("float32")


def run(mx, loss, arrays, learned, hybrid):
    """Value, and gradients of the arrays that are learned."""
    net = loss()
    if hybrid:
        net.hybridize()
    made = [None if a is None else mx.nd.array(a) for a in arrays]
    for i in learned:
        made[i].attach_grad()
    with mx.autograd.record():
        value = net(*made)
    value.backward()
    return [value] + [made[i].grad for i in learned]


def of(loss, inputs, learned=(0,)):
    """A probe of ``loss(mx.gluon.loss)`` at ``inputs(np)``; recorded array by array, tested as a graph too."""

    def probe(mx, np, hybrid=False):
        return run(mx, lambda: loss(mx.gluon.loss), inputs(np), learned, hybrid)

    return probe


def pair(shape, high=1.5, low=-1.5, label=None):
    return lambda np: [wave(np, shape, 1.7, low, high), wave(np, shape, 0.6) if label is None else label(np, shape)]


def weighted(inputs, shape):
    """The inputs and a weight for each sample."""
    return lambda np: [*inputs(np), wave(np, shape, 3.1, 0.1, 2)]


def _fit(name, label, **more):
    """The ways that all losses of a prediction and a label of the same shape have in common."""

    def make(**options):
        return lambda loss: getattr(loss, name)(**dict(more, **options))

    values = pair((3, 4), label=label)
    deep = pair((2, 3, 4), label=label)
    PROBES[f"{name}"] = of(make(), values)
    PROBES[f"{name} of labels that are learned too"] = of(make(), values, (0, 1))
    PROBES[f"{name} with a weight"] = of(make(weight=0.25), values)
    if name != "L2Loss":  # for which 1.9.1 halves the weight whether there is one or not
        PROBES[f"{name} without a weight"] = of(make(weight=None), values)
    PROBES[f"{name} with weights of samples"] = of(make(weight=3), weighted(values, (3, 1)), (0, 2))
    PROBES[f"{name} with weights of elements"] = of(make(), weighted(values, (3, 4)))
    PROBES[f"{name} of samples along axis 1"] = of(make(batch_axis=1), deep)
    PROBES[f"{name} of labels of another shape"] = of(make(), lambda np: [values(np)[0], values(np)[1].reshape(12)])
    PROBES[f"{name} of one number a sample"] = of(make(), pair((5,), label=label))
    PROBES[f"{name} with too few labels"] = of(make(), lambda np: [values(np)[0], values(np)[1][:2]])


def _unit(np, shape):
    return wave(np, shape, 0.6, 0, 1)


for _name in ("L1Loss", "L2Loss", "HuberLoss"):
    _fit(_name, None)
for _name in ("HingeLoss", "SquaredHingeLoss", "LogisticLoss"):
    _fit(_name, signs)
_fit("SigmoidBinaryCrossEntropyLoss", _unit)
_fit("PoissonNLLLoss", lambda np, shape: classes(np, shape, 5))

POSITIVE = lambda np: [*pair((3, 4), label=_unit)(np), None, wave(np, (1, 4), 1.1, 0.5, 3)]  # noqa: E731
CHANCES = pair((3, 4), 0.95, 0.05, _unit)
COUNTS = pair((3, 4), 2, 0.1, lambda np, shape: classes(np, shape, 5))
LOGITS = lambda np: [wave(np, (3, 4)), classes(np, (3,), 4)]  # noqa: E731
DENSE = lambda np: [wave(np, (3, 4)), probabilities(np, (3, 4))]  # noqa: E731
STEPS = lambda np: [wave(np, (2, 5, 4)), np.array([[1, 0, -1], [2, 2, 1]], "float32")]  # noqa: E731
TRIPLE = lambda np: [wave(np, (3, 4), s) for s in (1.7, 0.6, 2.9)]  # noqa: E731
PAIRS = lambda np: [wave(np, (4, 5)), wave(np, (4, 5), 0.6), np.array([1, -1, 1, -1], "float32")]  # noqa: E731

PROBES.update(
    {
        "Huber with rho": of(lambda k: k.HuberLoss(rho=0.3), pair((3, 4))),
        "hinge with a margin": of(lambda k: k.HingeLoss(margin=0.2), pair((3, 4), label=signs)),
        "squared hinge with a margin": of(lambda k: k.SquaredHingeLoss(margin=2), pair((3, 4), label=signs)),
        "logistic of zeros and ones": of(
            lambda k: k.LogisticLoss(label_format="binary"), pair((3, 4), label=lambda np, s: (signs(np, s) + 1) / 2)
        ),
        "logistic of another format": of(lambda k: k.LogisticLoss(label_format="two"), pair((3, 4))),
        "sigmoid of large numbers": of(lambda k: k.SigmoidBCELoss(), pair((3, 4), 200, -200, _unit)),
        "sigmoid with a positive weight": of(lambda k: k.SigmoidBCELoss(), POSITIVE),
        "sigmoid of probabilities": of(lambda k: k.SigmoidBCELoss(from_sigmoid=True), CHANCES),
        "sigmoid of probabilities with a positive weight": of(
            lambda k: k.SigmoidBCELoss(from_sigmoid=True),
            lambda np: [*CHANCES(np), None, wave(np, (1, 4), 1.1, 0.5, 3)],
        ),
        "softmax": of(lambda k: k.SoftmaxCELoss(), LOGITS),
        "softmax with a weight": of(lambda k: k.SoftmaxCrossEntropyLoss(weight=2), LOGITS),
        "softmax with weights of samples": of(lambda k: k.SoftmaxCELoss(), weighted(LOGITS, (3, 1)), (0, 2)),
        "softmax of distributions": of(lambda k: k.SoftmaxCELoss(sparse_label=False), DENSE, (0, 1)),
        "softmax of log-probabilities": of(
            lambda k: k.SoftmaxCELoss(from_logits=True),
            lambda np: [np.log(probabilities(np, (3, 4))), classes(np, (3,), 4)],
        ),
        "softmax along axis 1": of(
            lambda k: k.SoftmaxCELoss(axis=1), lambda np: [wave(np, (2, 4, 3)), classes(np, (2, 3), 4)]
        ),
        "softmax of samples along axis 1": of(
            lambda k: k.SoftmaxCELoss(batch_axis=1), lambda np: [wave(np, (2, 3, 4)), classes(np, (2, 3), 4)]
        ),
        "softmax of labels out of range": of(
            lambda k: k.SoftmaxCELoss(), lambda np: [wave(np, (3, 4)), np.array([-1, 9, 2], "float32")]
        ),
        "divergence": of(lambda k: k.KLDivLoss(), lambda np: [np.log(probabilities(np, (3, 4))), _chances(np)]),
        "divergence of what goes into a softmax": of(lambda k: k.KLDivLoss(from_logits=False), DENSE),
        "divergence along axis 1": of(
            lambda k: k.KLDivLoss(from_logits=False, axis=1),
            lambda np: [wave(np, (2, 4, 3)), probabilities(np, (2, 4, 3), 1)],
        ),
        "divergence with weights": of(lambda k: k.KLDivLoss(weight=2), weighted(DENSE, (3, 1))),
        "divergence from nothing": of(
            lambda k: k.KLDivLoss(), lambda np: [wave(np, (2, 3)), np.eye(2, 3, dtype="float32")]
        ),
        "CTC": of(lambda k: k.CTCLoss(), STEPS),
        "CTC with a weight": of(lambda k: k.CTCLoss(weight=0.5), STEPS),
        "CTC with steps first": of(
            lambda k: k.CTCLoss(layout="TNC", label_layout="TN"), lambda np: [a.swapaxes(0, 1) for a in STEPS(np)]
        ),
        "CTC with lengths": of(
            lambda k: k.CTCLoss(),
            lambda np: [*STEPS(np), np.array([4, 5], "float32"), np.array([2, 1], "float32")],
        ),
        "CTC with lengths of labels": of(
            lambda k: k.CTCLoss(), lambda np: [*STEPS(np), None, np.array([2, 3], "float32")]
        ),
        "CTC of another layout": of(lambda k: k.CTCLoss(layout="CTN"), STEPS),
        "CTC of labels of another layout": of(lambda k: k.CTCLoss(label_layout="T"), STEPS),
        "triplets": of(lambda k: k.TripletLoss(), TRIPLE, (0, 1, 2)),
        "triplets with a margin and a weight": of(lambda k: k.TripletLoss(margin=5, weight=0.5), TRIPLE),
        "Poisson of means": of(lambda k: k.PoissonNLLLoss(from_logits=False), COUNTS),
        # its value: while recording 1.9.1 fails
        "Poisson in full": lambda mx, np, hybrid=False: mx.gluon.loss.PoissonNLLLoss(compute_full=True)(
            mx.nd.array(wave(np, (3, 4))), mx.nd.array(classes(np, (3, 4), 3) + 2)
        ),
        "cosine": of(lambda k: k.CosineEmbeddingLoss(), PAIRS, (0, 1)),
        "cosine with a margin and a weight": of(lambda k: k.CosineEmbeddingLoss(weight=2, margin=0.2), PAIRS),
        "cosine with weights of samples": of(lambda k: k.CosineEmbeddingLoss(), weighted(PAIRS, (4, 1))),
        "metric learning": of(lambda k: k.SDMLLoss(), lambda np: PAIRS(np)[:2], (0, 1)),
        "metric learning with little smoothing": of(
            lambda k: k.SDMLLoss(smoothing_parameter=0.05), lambda np: PAIRS(np)[:2]
        ),
        "a weight that is no number": of(lambda k: k.L2Loss(weight="2"), pair((3, 4))),
        "texts": lambda mx, np, hybrid=False: [
            repr(loss)
            for loss in (
                mx.gluon.loss.L2Loss(),
                mx.gluon.loss.L1Loss(batch_axis=1),
                mx.gluon.loss.SoftmaxCELoss(weight=0.5),
                mx.gluon.loss.CTCLoss(label_layout="TN"),
            )
        ],
    }
)


def _chances(np):
    return probabilities(np, (4, 3)).reshape(3, 4)
