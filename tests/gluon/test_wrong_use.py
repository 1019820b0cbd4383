"""What a newcomer does wrong, and the message that says what to do about it; the class of the error is 1.9.1's."""

from __future__ import annotations

import re

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

X = np.ones((2, 3), "float32")


def network(hybrid=False, start=True, **more):
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(4, **more), nn.Dense(2))
    if start:
        net.initialize()
    net.hybridize(hybrid)
    return net


def widths(hybrid):
    net = network(hybrid)
    net(nd.array(X))
    net(nd.ones((2, 5))).wait_to_read()


def loaded(folder, saved, layers):
    def made(units):
        net = nn.HybridSequential()
        net.add(*[nn.Dense(n, in_units=3) for n in units])
        return net

    path = str(folder / "net.params")
    net = made(saved)
    net.initialize()
    net.save_parameters(path)
    made(layers).load_parameters(path)


def twins():
    net = nn.HybridSequential()
    net.add(nn.Dense(2, prefix="fc_"), nn.Dense(2, prefix="fc_"))
    return net.collect_params()


def traced(body):
    class Mine(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return body(F, x)

    block = Mine()
    block.hybridize()
    block(nd.array(X))


def backward_outside():
    network()(nd.array(X)).backward()


def step_without_backward():
    net = network()
    net(nd.array(X))
    gluon.Trainer(net.collect_params(), "sgd").step(1)


def step_before_forward():
    gluon.Trainer(network().collect_params(), "sgd").step(1)


TRACED = ("While Mine 'mine", "test_wrong_use.py, line", "functions of F, or do not hybridize")
WRONG = {
    "forgotten initialize": (
        lambda d: network(start=False)(nd.array(X)),
        RuntimeError,
        ("net_dense0_weight", "has not been initialized", "Call initialize()"),
    ),
    "forgotten initialize, hybridized": (
        lambda d: network(True, start=False)(nd.array(X)),
        RuntimeError,
        ("net_dense0_weight", "has not been initialized", "Call initialize()"),
    ),
    "a trainer before initialize": (
        lambda d: gluon.Trainer(network(start=False).collect_params(), "sgd"),
        RuntimeError,
        ("net_dense0_bias", "has not been initialized", "Call initialize()"),
    ),
    "an input of another width": (lambda d: widths(False), mx.MXNetError, ("net_dense0", "(4, 3)", "(2, 5)")),
    "an input of another width, hybridized": (lambda d: widths(True), mx.MXNetError, ("net_dense0", "data (2, 5)")),
    "a parameter missing in a file": (
        lambda d: loaded(d, [3], [3, 2]),
        AssertionError,
        ("'1.weight' is missing in file", "net.params", "'0.weight'", "allow_missing=True"),
    ),
    "a parameter too many in a file": (
        lambda d: loaded(d, [3, 2], [3]),
        ValueError,
        ("'1.weight' loaded from file", "net.params", "'0.weight'", "ignore_extra=True"),
    ),
    "a parameter of another shape in a file": (
        lambda d: loaded(d, [3], [4]),
        AssertionError,
        ("_weight'", "expected (4, 3) vs saved (3, 3)"),
    ),
    "two blocks with the same prefix": (
        lambda d: twins(),
        AssertionError,
        ("fc_weight", "same prefix", "name_scope()"),
    ),
    "asnumpy when hybridized": (lambda d: traced(lambda F, x: F.relu(x.asnumpy())), RuntimeError, TRACED),
    "asscalar when hybridized": (lambda d: traced(lambda F, x: x * x.sum().asscalar()), RuntimeError, TRACED),
    "a condition when hybridized": (lambda d: traced(lambda F, x: x if x.sum() > 0 else -x), RuntimeError, TRACED),
    "a shape when hybridized": (lambda d: traced(lambda F, x: x.reshape((x.shape[0], -1))), AttributeError, TRACED),
    "a number when hybridized": (lambda d: traced(lambda F, x: x * float(x.sum())), TypeError, TRACED),
    "mx.nd when hybridized": (lambda d: traced(lambda F, x: nd.relu(x)), AssertionError, TRACED),
    "NumPy when hybridized": (lambda d: traced(lambda F, x: np.exp(x)), ValueError, TRACED),
    "backward outside record": (lambda d: backward_outside(), mx.MXNetError, ("autograd.record()", "backward")),
    "a step without backward": (
        lambda d: step_without_backward(),
        UserWarning,
        ("net_dense0_bias", "Call backward() on a loss", "ignore_stale_grad=True"),
    ),
    "a step before the first forward": (
        lambda d: step_before_forward(),
        RuntimeError,
        ("net_dense0_weight", "deferred", "pass one batch of data", "in_units"),
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_told_with_what_to_do(what, tmp_path):
    call, kind, parts = WRONG[what]
    with pytest.raises(kind) as caught:
        call(tmp_path)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("label", [[0, 3], [-1, 2]])
def test_a_label_that_is_no_class_is_told_and_taken_as_the_nearest_as_in_1_9_1(label, hybrid):
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    loss.hybridize(hybrid)
    pred = nd.array([[1, 2, 3], [4, 5, 7]])
    told = f"label has values from {min(label)} to {max(label)}, expected 0 to 2 as pred has 3 classes"
    with pytest.warns(UserWarning, match=re.escape(told)):
        got = loss(pred, nd.array(label))
    np.testing.assert_array_equal(got.asnumpy(), loss(pred, nd.array(np.clip(label, 0, 2))).asnumpy())


def test_labels_that_are_classes_or_weighted_are_not_complained_of(recwarn):
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    loss(nd.ones((2, 3)), nd.array([0, 2]))
    loss(nd.ones((2, 3)), nd.array([0, -1]), nd.array([[1], [0]]))
    assert not recwarn


@pytest.mark.parametrize("where", ["data", "loss"])
def test_a_loss_that_is_not_a_number_stops_training_and_says_where(where):
    values = np.ones((8, 3), "float32")
    if where == "data":
        values[5] = np.nan
    net = nn.Dense(1, in_units=3)
    net.initialize("ones")

    class Rooted(gluon.loss.Loss):
        def __init__(self):
            super().__init__(None, 0)

        def hybrid_forward(self, F, pred, label):
            return F.sqrt(label) * pred if where == "loss" else pred - label

    labels = np.array([1, 1, 1, 1, -1, 1, 1, 1], "float32").reshape(8, 1)
    data = gluon.data.DataLoader(gluon.data.ArrayDataset(nd.array(values), nd.array(labels)), batch_size=2)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.01})
    estimator = gluon.contrib.estimator.Estimator(net, Rooted(), trainer=trainer, context=mx.cpu())
    estimator.logger.setLevel("ERROR")
    with pytest.raises(
        mx.MXNetError, match=r"is NaN in epoch 0, batch 2 \(from 0\): parameters are as before"
    ) as caught:
        estimator.fit(data, epochs=2)
    assert (caught.value.epoch, caught.value.batch) == (0, 2)
    assert ("look for them in the data set" if where == "data" else "lower learning rate") in str(caught.value)
    assert np.isfinite(net.weight.data().asnumpy()).all()


def test_gradients_are_there_after_backward_under_record():
    net = network()
    with autograd.record():
        loss = net(nd.array(X)).sum()
    loss.backward()
    before = {name: p.data().asnumpy() for name, p in net.collect_params().items()}
    gluon.Trainer(net.collect_params(), "sgd").step(1)
    assert any((p.data().asnumpy() != before[name]).any() for name, p in net.collect_params().items())
