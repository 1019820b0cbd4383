"""The networks of ``gluon`` in torch, eager: the same layers, sizes, losses and rules of learning."""

from __future__ import annotations

import functools

from benchmarks.cases.gluon_sizes import CODER, IMAGES, LANGUAGE, TREES, trees


def mlp(torch):
    nn = torch.nn
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))


def lenet(torch):
    nn = torch.nn
    layers = [nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2, 2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10))


def convolution(nn, before, after, kernel, stride=1, groups=1):
    pad = kernel // 2
    return [nn.Conv2d(before, after, kernel, stride, pad, groups=groups, bias=False), nn.BatchNorm2d(after)]


def resnet(torch):
    nn = torch.nn

    class Unit(nn.Module):
        def __init__(self, before, after, stride):
            super().__init__()
            first, second = convolution(nn, before, after, 3, stride), convolution(nn, after, after, 3)
            self.body = nn.Sequential(*first, nn.ReLU(inplace=True), *second)
            same = before == after and stride == 1
            self.short = nn.Identity() if same else nn.Sequential(*convolution(nn, before, after, 1, stride))

        def forward(self, x):
            return torch.relu(self.body(x) + self.short(x))

    units, before = [], 64
    for stage in range(4):
        for unit in range(2):
            units.append(Unit(before, 64 << stage, 2 if stage and not unit else 1))
            before = 64 << stage
    first = [*convolution(nn, 3, 64, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    last = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, IMAGES["ResNet-18"].classes)]
    return nn.Sequential(*first, *units, *last)


def mobilenet(torch, multiplier=0.5):
    nn = torch.nn

    def part(before, after, kernel, stride=1, groups=1, active=True):
        return convolution(nn, before, after, kernel, stride, groups) + [nn.ReLU6(inplace=True)] * active

    class Bottleneck(nn.Module):
        def __init__(self, before, after, factor, stride):
            super().__init__()
            inner = before * factor
            depthwise = part(inner, inner, 3, stride, inner)
            self.body = nn.Sequential(*part(before, inner, 1), *depthwise, *part(inner, after, 1, active=False))
            self.shortcut = stride == 1 and before == after

        def forward(self, x):
            return x + self.body(x) if self.shortcut else self.body(x)

    widths = [16] + [24] * 2 + [32] * 3 + [64] * 4 + [96] * 3 + [160] * 3 + [320]
    strides = [1, 2, 1, 2, 1, 1, 2] + [1] * 6 + [2] + [1] * 3
    before = int(32 * multiplier)
    layers = part(3, before, 3, 2)
    for at, (width, stride) in enumerate(zip(widths, strides)):  # noqa: B905, for Python 3.8
        layers.append(Bottleneck(before, int(width * multiplier), 6 if at else 1, stride))
        before = int(width * multiplier)
    layers += part(before, 1280, 1)
    classes = IMAGES["MobileNet v2 0.5"].classes
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Conv2d(1280, classes, 1, bias=False), nn.Flatten())


def language_model(torch):
    nn, size = torch.nn, LANGUAGE

    class LanguageModel(nn.Module):
        def __init__(self):
            super().__init__()
            self.drop = nn.Dropout(size.dropout)
            self.embedding = nn.Embedding(size.words, size.units)
            self.lstm = nn.LSTM(size.units, size.units, size.layers, dropout=size.dropout)
            self.decoder = nn.Linear(size.units, size.words)

        def forward(self, words, states):
            out, states = self.lstm(self.drop(self.embedding(words)), states)
            return self.decoder(self.drop(out)), states

    return LanguageModel()


def encoder(torch):
    nn, size = torch.nn, CODER
    cells = []
    for _ in range(size.layers):
        cell = nn.TransformerEncoderLayer(size.units, size.heads, size.inner, size.dropout, batch_first=True)
        cell.self_attn.dropout = 0.0
        cells.append(cell)
    first = [nn.Embedding(size.words, size.units), nn.Dropout(size.dropout)]
    return nn.Sequential(*first, *cells, nn.Linear(size.units, size.words))


def tree_lstm(torch):
    nn, size = torch.nn, TREES

    class TreeLSTM(nn.Module):
        def __init__(self):
            super().__init__()
            units = size.units
            self.embedding = nn.Embedding(size.words, units)
            self.of_word = nn.Linear(units, 4 * units)
            self.of_children = nn.Linear(units, 3 * units, bias=False)
            self.of_child = nn.Linear(units, units, bias=False)
            self.out = nn.Linear(units, size.classes)

        def node(self, tree, words):
            word, children = tree
            given = self.of_word(words[word])
            states = [self.node(child, words) for child in children]
            if states:
                total = states[0][0]
                for hidden, _ in states[1:]:
                    total = total + hidden
                i, o, u, f = given.chunk(4, 1)
                i_, o_, u_ = self.of_children(total).chunk(3, 1)
                i, o, u = i + i_, o + o_, u + u_
            else:
                i, o, u, _ = given.chunk(4, 1)
            cell = torch.sigmoid(i) * torch.tanh(u)
            for hidden, before in states:
                cell = cell + torch.sigmoid(f + self.of_child(hidden)) * before
            return torch.sigmoid(o) * torch.tanh(cell), cell

        def forward(self, tree, words):
            rows = self.embedding(words).split(1)
            return self.out(self.node(tree, rows)[0])

    return TreeLSTM()


# -- work -----------------------------------------------------------------------------------------------------------


def sgd(torch, net):
    return torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)


def inference(torch, net, *inputs):
    net.eval()

    def block(iterations):
        with torch.no_grad():
            for _ in range(iterations):
                net(*inputs)

    return block


def step(torch, net, data, label, optimizer):
    loss = torch.nn.CrossEntropyLoss()

    def block(iterations):
        for _ in range(iterations):
            optimizer.zero_grad()
            loss(net(data), label).backward()
            optimizer.step()

    return block


def image_data(torch, size):
    return torch.rand(size.batch, *size.image), torch.arange(size.batch) % size.classes


def image_step(make, size, torch):
    net = make(torch)
    return step(torch, net, *image_data(torch, size), sgd(torch, net))


def image_inference(make, size, torch):
    return inference(torch, make(torch), image_data(torch, size)[0])


def coder_step(torch):
    net, loss = encoder(torch), torch.nn.CrossEntropyLoss()
    words = torch.randint(CODER.words, (CODER.batch, CODER.steps))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def block(iterations):
        for _ in range(iterations):
            optimizer.zero_grad()
            loss(net(words).flatten(0, 1), words.flatten()).backward()
            optimizer.step()

    return block


def coder_inference(torch):
    return inference(torch, encoder(torch), torch.randint(CODER.words, (CODER.batch, CODER.steps)))


def language_data(torch):
    words = torch.randint(LANGUAGE.words, (LANGUAGE.steps, LANGUAGE.batch))
    states = [torch.zeros(LANGUAGE.layers, LANGUAGE.batch, LANGUAGE.units) for _ in range(2)]
    return words, tuple(states)


def language_step(torch):
    net, loss = language_model(torch), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    words, begin = language_data(torch)

    def block(iterations):
        states = begin
        for _ in range(iterations):
            states = tuple([s.detach() for s in states])
            optimizer.zero_grad()
            out, states = net(words, states)
            loss(out.flatten(0, 1), words.flatten()).backward()
            optimizer.step()

    return block


def language_inference(torch):
    return inference(torch, language_model(torch), *language_data(torch))


def tree_data(torch):
    return [(tree, torch.tensor(words)) for tree, words in trees()]


def tree_step(torch):
    net, loss = tree_lstm(torch), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    data, label = tree_data(torch), torch.arange(TREES.batch) % TREES.classes

    def block(iterations):
        for _ in range(iterations):
            optimizer.zero_grad()
            loss(torch.cat([net(tree, words) for tree, words in data]), label).backward()
            optimizer.step()

    return block


def tree_inference(torch):
    net, data = tree_lstm(torch), tree_data(torch)

    def block(iterations):
        with torch.no_grad():
            for _ in range(iterations):
                for tree, words in data:
                    net(tree, words)

    return block


RIVALS = {
    **{
        name: {
            "step": functools.partial(image_step, make, IMAGES[name]),
            "inference": functools.partial(image_inference, make, IMAGES[name]),
        }
        for name, make in (("MLP", mlp), ("LeNet", lenet), ("ResNet-18", resnet), ("MobileNet v2 0.5", mobilenet))
    },
    "LSTM language model": {"step": language_step, "inference": language_inference},
    "Tree-LSTM, imperative": {"step": tree_step, "inference": tree_inference},
    "Transformer encoder": {"step": coder_step, "inference": coder_inference},
    "Transformer encoder of cells": {"step": coder_step, "inference": coder_inference},
}
