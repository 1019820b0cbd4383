"""The operators that networks spend their time in, in torch: label of the call -> mode -> function of torch."""

from __future__ import annotations

import functools


def fully_connected(torch):
    return torch.nn.functional.linear, [(128, 1024), (1024, 1024), (1024,)]


def convolution(torch):
    return functools.partial(torch.nn.functional.conv2d, padding=1), [(16, 64, 56, 56), (64, 64, 3, 3), (64,)]


def pointwise(torch):
    return functools.partial(torch.nn.functional.conv2d, stride=2), [(16, 256, 14, 14), (512, 256, 1, 1)]


def depthwise(torch):
    return functools.partial(torch.nn.functional.conv2d, padding=1, groups=64), [(16, 64, 56, 56), (64, 1, 3, 3)]


def softmax(torch):
    return functools.partial(torch.softmax, dim=-1), [(1024, 1000)]


def log_softmax(torch):
    return functools.partial(torch.log_softmax, dim=-1), [(1024, 1000)]


def batch_norm(torch):
    mean, variance = torch.zeros(64), torch.ones(64)

    def run(data, gamma, beta):
        # Statistics of the batch in training, as 1.9.1 takes them while recording; those given outside of it.
        return torch.nn.functional.batch_norm(data, mean, variance, gamma, beta, data.requires_grad, 0.1, 1e-3)

    return run, [(16, 64, 56, 56), (64,), (64,)]


def embedding(torch):
    words = torch.randint(9999, (32, 128))
    return functools.partial(torch.nn.functional.embedding, words), [(10000, 256)]


def recurrent(mode, layers, torch):
    net = getattr(torch.nn, mode)(200, 200, layers)
    states = [torch.randn(layers, 32, 200) for _ in range(2 if mode == "LSTM" else 1)]
    parameters = list(net.parameters())

    def run(data):
        for p in parameters:
            p.requires_grad_(data.requires_grad)
            p.grad = None
        return net(data, tuple(states) if mode == "LSTM" else states[0])[0]

    return run, [(35, 32, 200)]


def forward(make, torch):
    run, shapes = make(torch)
    inputs = [torch.randn(shape) for shape in shapes]

    def block(iterations):
        with torch.no_grad():
            for _ in range(iterations):
                run(*inputs)

    return block


def forward_and_backward(make, torch):
    run, shapes = make(torch)
    inputs = [torch.randn(shape, requires_grad=True) for shape in shapes]
    ones_like = torch.ones_like  # anew each time, as backward() of MXNet makes them

    def block(iterations):
        for _ in range(iterations):
            for leaf in inputs:
                leaf.grad = None
            result = run(*inputs)
            result.backward(ones_like(result))

    return block


MAKERS = {
    "FullyConnected": fully_connected,
    "Convolution": convolution,
    "Convolution (1x1)": pointwise,
    "Convolution (depthwise)": depthwise,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "BatchNorm": batch_norm,
    "Embedding": embedding,
    "RNN (lstm, 2 layers)": functools.partial(recurrent, "LSTM", 2),
    "RNN (gru)": functools.partial(recurrent, "GRU", 1),
}

RIVALS = {
    label: {
        "forward": functools.partial(forward, make),
        "and backward": functools.partial(forward_and_backward, make),
    }
    for label, make in MAKERS.items()
}
