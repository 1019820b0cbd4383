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


def hybrid(body):
    class Mine(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.scale = self.params.get("scale", shape=(3,))

        hybrid_forward = body

    return Mine()


def called_unfit(body, hybridized):
    block = hybrid(body)
    block.initialize()
    block.hybridize(hybridized)
    block(nd.array(X))


class Unmade(gluon.Block):
    def __init__(self):
        self.dense = nn.Dense(2)


class UnmadeWithParameter(gluon.HybridBlock):
    def __init__(self):
        self.scale = gluon.Parameter("scale", shape=(2,))


def exported(folder, epoch):
    net = network(True)
    net(nd.array(X))
    try:
        net.export(str(folder / "net"), epoch=epoch)
    finally:
        assert not list(folder.iterdir())


def sequences(*shapes):
    layer = gluon.rnn.LSTM(4)
    layer.initialize()
    for shape in shapes:
        layer(nd.ones(shape))


def images(hybridized, *shapes):
    layer = nn.Conv2D(2, 3)
    layer.initialize()
    layer.hybridize(hybridized)
    for shape in shapes:
        layer(nd.ones(shape))


def normalised(layer):
    layer.initialize()
    layer(nd.array(X))


def made_of_units(units):
    nn.Dense(units, prefix="fc_").initialize()


def not_a_file_of_arrays(folder, start):
    (folder / "x").write_bytes(start + bytes(60))
    nn.Dense(2).load_parameters(str(folder / "x"))


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
    "arrays of NumPy when hybridized": (lambda d: traced(lambda F, x: x + np.ones(3)), TypeError, TRACED),
    "arrays when hybridized": (lambda d: traced(lambda F, x: x * nd.ones((3,))), TypeError, TRACED),
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

WRONG_KIND = {
    "prefix: layers handed to a container": (
        lambda d: nn.Sequential(nn.Dense(2), nn.Dense(3)),
        AttributeError,
        ("Sequential: prefix must be a string", "Dense(None -> 2, linear)", "add()"),
    ),
    "prefix: a number": (
        lambda d: gluon.data.vision.transforms.RandomFlipLeftRight(0.5),
        TypeError,
        ("RandomFlipLeftRight: prefix must be a string like 'net_', got 0.5",),
    ),
    "params: a parameter": (
        lambda d: nn.Dense(2, params=nn.Dense(3).weight),
        AttributeError,
        ("params must be a ParameterDict", "collect_params()", "weight"),
    ),
    "super().__init__() forgotten": (lambda d: Unmade(), AttributeError, ("Unmade", "'dense'", "super().__init__()")),
    "super().__init__() forgotten, a parameter": (
        lambda d: UnmadeWithParameter(),
        AttributeError,
        ("'scale'", "super().__init__()"),
    ),
    "activation: a number": (lambda d: nn.Dense(3, 10), TypeError, ("activation must be a name", "'relu'", "got 10")),
    "units: a text": (lambda d: made_of_units("10"), TypeError, ("'fc_weight'", "whole numbers, got '10'")),
    "units: half a unit": (lambda d: made_of_units(2.5), mx.MXNetError, ("'fc_weight'", "whole numbers, got 2.5")),
    "units: below zero": (lambda d: made_of_units(-2), AssertionError, ("'fc_weight'", "received -2")),
    "a context by its name": (
        lambda d: nn.Dense(2, in_units=3).initialize(ctx="cpu"),
        AttributeError,
        ("ctx must be a Context", "mx.cpu()", "got 'cpu'"),
    ),
    "a kind of context that there is not": (lambda d: mx.Context("cuda"), KeyError, ("'cuda'", "gpu")),
    "a context in the place of the initializer": (
        lambda d: nn.Dense(2, in_units=3).initialize(mx.cpu()),
        AssertionError,
        ("got cpu(0)", "an instance of Initializer"),
    ),
    "a misspelt initializer": (
        lambda d: nn.Dense(2, in_units=3).initialize("xaver"),
        AssertionError,
        ("xaver is not registered", "closest names are xavier"),
    ),
    "a parameter that is not there": (
        lambda d: network().collect_params()["net_dense0_wight"],
        KeyError,
        ("no Parameter 'net_dense0_wight'", "'net_dense0_weight'"),
    ),
    "a glob in the place of a pattern": (
        lambda d: network().collect_params("*weight"),
        re.error,
        ("'*weight'", "'.*weight'"),
    ),
    "an array of NumPy": (
        lambda d: network()(X),
        ValueError,
        ("must be one NDArray or one Symbol", "got ndarray", "mx.nd.array(x)"),
    ),
    "an input too many": (
        lambda d: nn.LeakyReLU(0.1)(nd.array(X), nd.array(X)),
        TypeError,
        ("LeakyReLU 'leakyrelu", "hybrid_forward(F, x) can not take F, 2 inputs"),
    ),
    "an input too few": (
        lambda d: called_unfit(lambda self, F, x, y, scale: x, False),
        TypeError,
        ("hybrid_forward(F, x, y, scale)", "F, 1 inputs", "parameters scale", "'y'"),
    ),
    "F forgotten": (
        lambda d: called_unfit(lambda self, x: x, False),
        TypeError,
        ("(x) can not take F", "let hybrid_f"),
    ),
    "a parameter that hybrid_forward does not take": (
        lambda d: called_unfit(lambda self, F, x: x, False),
        TypeError,
        ("'scale'", "name of its attribute"),
    ),
    "a parameter that hybrid_forward does not take, hybridized": (
        lambda d: called_unfit(lambda self, F, x: x, True),
        TypeError,
        ("'scale'", "name of its attribute"),
    ),
    "nothing returned, hybridized": (
        lambda d: called_unfit(lambda self, F, x, scale: None, True),
        TypeError,
        ("gave NoneType", "expected symbols"),
    ),
    "an epoch as text": (lambda d: exported(d, "5"), TypeError, ("epoch must be a number, got '5'",)),
    "a misspelt setting of an optimizer": (
        lambda d: mx.optimizer.create("nag", lr=0.1),
        TypeError,
        ("NAG got an unexpected keyword argument 'lr'", "learning_rate", "momentum"),
    ),
    "a rate as text": (lambda d: mx.optimizer.SGD(learning_rate="a"), TypeError, ("learning_rate must be a number",)),
    "a decay as text": (lambda d: mx.optimizer.Adam(wd="a"), TypeError, ("Adam: wd must be a number, got 'a'",)),
    "a number for a scheduler": (
        lambda d: mx.optimizer.SGD(lr_scheduler=0.1),
        TypeError,
        ("SGD: lr_scheduler must be one like mx.lr_scheduler.FactorScheduler(100), got 0.1",),
    ),
    "the class of a scheduler": (
        lambda d: mx.optimizer.SGD(lr_scheduler=mx.lr_scheduler.PolyScheduler),
        TypeError,
        ("lr_scheduler must be one like",),
    ),
    "the class of an optimizer": (
        lambda d: mx.optimizer.create(mx.optimizer.SGD),
        AttributeError,
        ("a name like 'sgd'",),
    ),
    "a rate in the place of settings": (
        lambda d: gluon.Trainer(network(in_units=3).collect_params(".*0_"), "sgd", 0.1),
        TypeError,
        ("must be a dict like {'learning_rate': 0.1}, got 0.1",),
    ),
    "no parameters": (lambda d: gluon.Trainer({}, "sgd"), TypeError, ("got an empty one",)),
    "one context in the place of a list": (
        lambda d: gluon.utils.split_and_load(nd.array(X), mx.cpu()),
        TypeError,
        ("ctx_list must be a list", "got cpu(0)"),
    ),
    "an iterator in the place of a data set": (
        lambda d: gluon.data.DataLoader(iter([1, 2]), batch_size=2),
        TypeError,
        ("dataset must have a length", "list_iterator"),
    ),
    "labels of another shape": (
        lambda d: gluon.loss.L2Loss()(nd.ones((2, 3)), nd.ones((2, 4))),
        ValueError,
        ("(2, 4), 8 elements", "expected 6", "(2, 3)", "L2Loss"),
    ),
    "numbers saved": (lambda d: nd.save(str(d / "x"), 3), ValueError, ("list of NDarrays, got 3",)),
    "sequences of another width": (
        lambda d: sequences((5, 2, 3), (5, 2, 4)),
        mx.MXNetError,
        ("LSTM 'lstm", "inputs have shape (5, 2, 4), expected 3 as the last size"),
    ),
    "sequences without a batch": (lambda d: sequences((5, 3)), ValueError, ("shape (5, 3), expected rank 3",)),
    "an image without a batch, hybridized": (
        lambda d: images(True, (1, 3, 8, 8), (3, 8, 8)),
        mx.MXNetError,
        ("data has shape (3, 8, 8), expected 4 dimensions as NCHW", "in Conv2D"),
    ),
    "an image without a batch": (
        lambda d: images(False, (3, 8, 8)),
        ValueError,
        ("data has shape (3, 8, 8), expected 4 dimensions as NCHW",),
    ),
    "an axis that data has not": (
        lambda d: normalised(nn.BatchNorm(axis=5)),
        ValueError,
        ("BatchNorm: data has shape (2, 3), whose 2 axes do not go with axis=5",),
    ),
    "a symbol's file for parameters": (
        lambda d: not_a_file_of_arrays(d, b'{ "nodes": [] }'),
        mx.MXNetError,
        ("looks like the JSON of a symbol", "x: Invalid NDArray file format"),
    ),
    "an archive of NumPy for parameters": (
        lambda d: not_a_file_of_arrays(d, b"PK\3\4"),
        mx.MXNetError,
        ("looks like a zip archive",),
    ),
    "a pickle for parameters": (lambda d: not_a_file_of_arrays(d, b"\x80\4"), mx.MXNetError, ("looks like a pickle",)),
}


@pytest.mark.parametrize("what", WRONG_KIND)
def test_what_is_of_another_kind_than_is_needed_is_told_with_what_is(what, tmp_path):
    call, kind, parts = WRONG_KIND[what]
    with pytest.raises(kind) as caught:
        call(tmp_path)
    assert isinstance(caught.value, mx.MXNetError)
    for part in parts:
        assert part in str(caught.value)


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


def deep():
    net = nn.HybridSequential(prefix="deep_")
    with net.name_scope():
        for _ in range(60):
            net.add(nn.Dense(3, in_units=3))
    net.initialize()
    net.hybridize()
    net(nd.array(X))
    return net


def graph():
    return deep()(mx.sym.var("data"))


OF_MANY = {
    "a dtype": (lambda: deep()(nd.array(X, dtype="float64")), "data is float64, expected float32"),
    "a width": (lambda: gluon.SymbolBlock(graph(), mx.sym.var("data"), None)(nd.ones((2, 3))), "not been initialized"),
    "an output": (lambda: graph().get_internals()["deep_dense42_fwd"], "the outputs are deep_dense42_fwd_output"),
    "a shape": (lambda: graph().infer_shape(dat=(2, 3)), "name dat not found"),
    "shapes": (lambda: graph().simple_bind(mx.cpu()), "cannot decide shapes for the following arguments: data"),
    "arrays": (lambda: graph().bind(mx.cpu(), [nd.array(X)]), "got 1, expected 121 (data, deep_dense0_weight"),
    "a name to compose with": (lambda: graph()(deep_dense7_wight=mx.sym.var("w")), "deep_dense7_weight"),
    "a name to copy": (
        lambda: graph().simple_bind(mx.cpu(), data=(2, 3)).copy_params_from({"deep_dense9_wight": nd.array(X)}),
        "deep_dense9_weight",
    ),
}


@pytest.mark.parametrize("what", OF_MANY)
def test_of_a_hundred_parameters_messages_name_a_few(what):
    call, part = OF_MANY[what]
    with pytest.raises(mx.MXNetError) as caught:
        call()
    assert part in str(caught.value)
    assert len(str(caught.value)) < 700
