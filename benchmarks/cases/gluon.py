"""Networks of Gluon: a training step, and inference, each the size a laptop trains.

All but the Tree-LSTM, whose graph is another for every tree, are hybridized. The rivals in torch, which are eager, are
in ``gluon_torch``, layer for layer the same.
"""

from __future__ import annotations

import functools

from benchmarks.cases import gluon_torch
from benchmarks.cases.gluon_sizes import CODER, IMAGES, LANGUAGE, TREES, trees

ROUNDS, SECONDS = 9, 0.25


# -- networks -------------------------------------------------------------------------------------------------------


def mlp(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(nn.Dense(128, activation="relu"), nn.Dense(64, activation="relu"), nn.Dense(10))
    return net


def lenet(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(nn.Conv2D(20, 5, activation="relu"), nn.MaxPool2D(2, 2))
    net.add(nn.Conv2D(50, 5, activation="relu"), nn.MaxPool2D(2, 2))
    net.add(nn.Dense(500, activation="relu"), nn.Dense(10))
    return net


def resnet(mx):
    return mx.gluon.model_zoo.vision.resnet18_v1(classes=IMAGES["ResNet-18"].classes)


def mobilenet(mx):
    return mx.gluon.model_zoo.vision.mobilenet_v2_0_5(classes=IMAGES["MobileNet v2 0.5"].classes)


def language_model(mx):
    gluon, size = mx.gluon, LANGUAGE

    class LanguageModel(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            with self.name_scope():
                self.drop = gluon.nn.Dropout(size.dropout)
                self.embedding = gluon.nn.Embedding(size.words, size.units)
                self.lstm = gluon.rnn.LSTM(size.units, size.layers, dropout=size.dropout, input_size=size.units)
                self.decoder = gluon.nn.Dense(size.words, flatten=False, in_units=size.units)

        def hybrid_forward(self, F, words, hidden, cell):
            out, (hidden, cell) = self.lstm(self.drop(self.embedding(words)), [hidden, cell])
            return self.decoder(self.drop(out)), hidden, cell

    return LanguageModel()


def encoder(mx, cells):
    """A Transformer's encoder: written out, as it has to be in 1.9.1, or of the cells of contrib where they are."""
    gluon, size = mx.gluon, CODER
    nn = gluon.nn

    class Attention(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            with self.name_scope():
                self.query = nn.Dense(size.units, flatten=False, in_units=size.units)
                self.key = nn.Dense(size.units, flatten=False, in_units=size.units)
                self.value = nn.Dense(size.units, flatten=False, in_units=size.units)
                self.out = nn.Dense(size.units, flatten=False, in_units=size.units)

        def heads(self, x):
            x = x.reshape((0, 0, size.heads, -1)).transpose((0, 2, 1, 3))
            return x.reshape((-1, 0, 0), reverse=True)

        def hybrid_forward(self, F, x):
            query = self.heads(self.query(x)) * (size.units // size.heads) ** -0.5
            weights = F.softmax(F.batch_dot(query, self.heads(self.key(x)), transpose_b=True))
            mixed = F.batch_dot(weights, self.heads(self.value(x)))
            mixed = mixed.reshape((-1, size.heads, 0, 0), reverse=True).transpose((0, 2, 1, 3))
            return self.out(mixed.reshape((0, 0, -3)))

    class Cell(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            with self.name_scope():
                self.attention = Attention()
                self.norm = nn.LayerNorm(in_channels=size.units)
                self.first = nn.Dense(size.inner, activation="relu", flatten=False, in_units=size.units)
                self.second = nn.Dense(size.units, flatten=False, in_units=size.inner)
                self.last_norm = nn.LayerNorm(in_channels=size.units)
                self.drop = nn.Dropout(size.dropout)

        def hybrid_forward(self, F, x):
            x = self.norm(x + self.drop(self.attention(x)))
            return self.last_norm(x + self.drop(self.second(self.drop(self.first(x)))))

    made = getattr(gluon.contrib.nn, "TransformerEncoderCell", None) if cells else None
    net = nn.HybridSequential()
    net.add(nn.Embedding(size.words, size.units), nn.Dropout(size.dropout))
    for _ in range(size.layers):
        net.add(made(size.units, size.inner, size.heads, size.dropout) if made else Cell())
    net.add(nn.Dense(size.words, flatten=False, in_units=size.units))
    return net


def tree_lstm(mx):
    """Child-sum Tree-LSTM (arXiv:1503.00075), a node at a time, with a dense layer on the root."""
    gluon, size = mx.gluon, TREES
    nn = gluon.nn

    class TreeLSTM(gluon.Block):
        def __init__(self):
            super().__init__()
            units = size.units
            with self.name_scope():
                self.embedding = nn.Embedding(size.words, units)
                self.of_word = nn.Dense(4 * units, in_units=units)
                self.of_children = nn.Dense(3 * units, use_bias=False, in_units=units)
                self.of_child = nn.Dense(units, use_bias=False, in_units=units)
                self.out = nn.Dense(size.classes, in_units=units)

        def node(self, tree, words):
            word, children = tree
            given = self.of_word(words[word])
            states = [self.node(child, words) for child in children]
            if states:
                total = states[0][0]
                for hidden, _ in states[1:]:
                    total = total + hidden
                i, o, u, f = mx.nd.split(given, 4)
                i_, o_, u_ = mx.nd.split(self.of_children(total), 3)
                i, o, u = i + i_, o + o_, u + u_
            else:
                i, o, u, _ = mx.nd.split(given, 4)
            cell = mx.nd.sigmoid(i) * mx.nd.tanh(u)
            for hidden, before in states:
                cell = cell + mx.nd.sigmoid(f + self.of_child(hidden)) * before
            return mx.nd.sigmoid(o) * mx.nd.tanh(cell), cell

        def forward(self, tree, words):
            embedded = self.embedding(words)
            rows = mx.nd.split(embedded, len(words), axis=0, squeeze_axis=False)
            return self.out(self.node(tree, rows)[0])

    return TreeLSTM()


# -- work -----------------------------------------------------------------------------------------------------------


def ready(mx, net, hybridize=True):
    net.initialize(mx.init.Xavier())
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    if hybridize:
        net.hybridize(static_alloc=True, static_shape=True)
        loss.hybridize(static_alloc=True, static_shape=True)
    return net, loss


def trainer(mx, net, rule="sgd", **options):
    options = options or {"learning_rate": 0.01, "momentum": 0.9}
    return mx.gluon.Trainer(net.collect_params(), rule, options, kvstore=None)


def inference(mx, net, *inputs):
    net, _ = ready(mx, net)

    def block(iterations):
        for _ in range(iterations):
            net(*inputs)
        mx.nd.waitall()

    return block


def step(mx, net, data, label, **options):
    net, loss = ready(mx, net)
    learner = trainer(mx, net, **options)

    def block(iterations):
        for _ in range(iterations):
            with mx.autograd.record():
                error = loss(net(data), label)
            error.backward()
            learner.step(data.shape[0])
        mx.nd.waitall()

    return block


def image_data(mx, size):
    return mx.nd.random.uniform(shape=(size.batch, *size.image)), mx.nd.arange(size.batch) % size.classes


def image_step(make, size, mx):
    return step(mx, make(mx), *image_data(mx, size))


def image_inference(make, size, mx):
    return inference(mx, make(mx), image_data(mx, size)[0])


def sentences(mx, size, *shape):
    return mx.nd.floor(mx.nd.random.uniform(0, size.words, shape=shape))


def coder_step(cells, mx):
    words = sentences(mx, CODER, CODER.batch, CODER.steps)
    return step(mx, encoder(mx, cells), words, words, rule="adam", learning_rate=1e-3)


def coder_inference(cells, mx):
    return inference(mx, encoder(mx, cells), sentences(mx, CODER, CODER.batch, CODER.steps))


def language_data(mx):
    words = sentences(mx, LANGUAGE, LANGUAGE.steps, LANGUAGE.batch)
    states = [mx.nd.zeros((LANGUAGE.layers, LANGUAGE.batch, LANGUAGE.units)) for _ in range(2)]
    return words, states


def language_step(mx):
    """A step of truncated backpropagation: the states go on, their history does not."""
    net, loss = ready(mx, language_model(mx))
    learner = trainer(mx, net, learning_rate=0.1)
    words, states = language_data(mx)

    def block(iterations):
        hidden, cell = states
        for _ in range(iterations):
            hidden, cell = hidden.detach(), cell.detach()
            with mx.autograd.record():
                out, hidden, cell = net(words, hidden, cell)
                error = loss(out.reshape((-3, 0)), words.reshape((-1,)))
            error.backward()
            learner.step(words.size)
        mx.nd.waitall()

    return block


def language_inference(mx):
    words, states = language_data(mx)
    return inference(mx, language_model(mx), words, *states)


def tree_data(mx):
    return [(tree, mx.nd.array(words)) for tree, words in trees()]


def tree_step(mx):
    net, loss = ready(mx, tree_lstm(mx), hybridize=False)
    learner = trainer(mx, net, learning_rate=0.01)
    data, label = tree_data(mx), mx.nd.arange(TREES.batch) % TREES.classes

    def block(iterations):
        for _ in range(iterations):
            with mx.autograd.record():
                error = loss(mx.nd.concat(*[net(tree, words) for tree, words in data], dim=0), label)
            error.backward()
            learner.step(TREES.batch)
        mx.nd.waitall()

    return block


def tree_inference(mx):
    net, _ = ready(mx, tree_lstm(mx), hybridize=False)
    data = tree_data(mx)

    def block(iterations):
        for _ in range(iterations):
            for tree, words in data:
                net(tree, words)
        mx.nd.waitall()

    return block


# -- cases ----------------------------------------------------------------------------------------------------------

IMAGE_NETS = {"MLP": mlp, "LeNet": lenet, "ResNet-18": resnet, "MobileNet v2 0.5": mobilenet}
OURS = {
    name: tuple([functools.partial(kind, make, IMAGES[name]) for kind in (image_step, image_inference)])
    for name, make in IMAGE_NETS.items()
}
OURS["LSTM language model"] = language_step, language_inference
OURS["Tree-LSTM, imperative"] = tree_step, tree_inference
for name, cells in (("Transformer encoder", False), ("Transformer encoder of cells", True)):
    OURS[name] = functools.partial(coder_step, cells), functools.partial(coder_inference, cells)
CASES = {
    name + " " + kind: {"mxnet": mine, "torch": gluon_torch.RIVALS[name][kind]}
    for name, both in OURS.items()
    for kind, mine in zip(("step", "inference"), both)  # noqa: B905, for Python 3.8
}
