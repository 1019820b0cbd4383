"""What one call costs when there is next to nothing to compute: 2 x 2 arrays of float32."""

from __future__ import annotations


def small_add_mxnet(mx):
    a, b = mx.nd.ones((2, 2)), mx.nd.ones((2, 2))

    def block(iterations):
        for _ in range(iterations):
            _ = a + b
        mx.nd.waitall()

    return block


def small_add_torch(torch):
    a, b = torch.ones(2, 2), torch.ones(2, 2)

    def block(iterations):
        for _ in range(iterations):
            _ = a + b

    return block


def recorded_multiply_mxnet(mx):
    x, b = mx.nd.ones((2, 2)), mx.nd.ones((2, 2))
    x.attach_grad()
    record = mx.autograd.record

    def block(iterations):
        for _ in range(iterations):
            with record():
                y = x * b
            y.backward()
        mx.nd.waitall()

    return block


def recorded_multiply_torch(torch):
    x, b = torch.ones(2, 2, requires_grad=True), torch.ones(2, 2)
    backward, ones_like = torch.autograd.backward, torch.ones_like

    def block(iterations):
        for _ in range(iterations):
            x.grad = None
            y = x * b
            backward(y, ones_like(y))

    return block


def clip_mxnet(mx):
    x = mx.nd.ones((2, 2))
    clip = mx.nd.clip

    def block(iterations):
        for _ in range(iterations):
            clip(x, -1, 1)
        mx.nd.waitall()

    return block


def clip_torch(torch):
    x = torch.ones(2, 2)
    clamp = torch.clamp

    def block(iterations):
        for _ in range(iterations):
            clamp(x, -1, 1)

    return block


def dot_mxnet(mx):
    a, b = mx.nd.ones((2, 2)), mx.nd.ones((2, 2))
    dot = mx.nd.dot

    def block(iterations):
        for _ in range(iterations):
            dot(a, b)
        mx.nd.waitall()

    return block


def dot_torch(torch):
    a, b = torch.ones(2, 2), torch.ones(2, 2)
    matmul = torch.matmul

    def block(iterations):
        for _ in range(iterations):
            matmul(a, b)

    return block


def fully_connected_mxnet(mx):
    x, weight, bias = mx.nd.ones((2, 2)), mx.nd.ones((2, 2)), mx.nd.ones((2,))
    fully_connected = mx.nd.FullyConnected

    def block(iterations):
        for _ in range(iterations):
            fully_connected(x, weight, bias, num_hidden=2)
        mx.nd.waitall()

    return block


def fully_connected_torch(torch):
    x, weight, bias = torch.ones(2, 2), torch.ones(2, 2), torch.ones(2)
    linear = torch.nn.functional.linear

    def block(iterations):
        for _ in range(iterations):
            linear(x, weight, bias)

    return block


def reshape_mxnet(mx):
    x = mx.nd.ones((2, 2))

    def block(iterations):
        for _ in range(iterations):
            x.reshape((4,))
        mx.nd.waitall()

    return block


def reshape_torch(torch):
    x = torch.ones(2, 2)

    def block(iterations):
        for _ in range(iterations):
            x.reshape((4,))

    return block


def index_mxnet(mx):
    x = mx.nd.ones((2, 2))

    def block(iterations):
        for _ in range(iterations):
            _ = x[1]
        mx.nd.waitall()

    return block


def index_torch(torch):
    x = torch.ones(2, 2)

    def block(iterations):
        for _ in range(iterations):
            _ = x[1]

    return block


CASES = {
    "small add": {"mxnet": small_add_mxnet, "torch": small_add_torch},
    "recorded multiply and its backward": {"mxnet": recorded_multiply_mxnet, "torch": recorded_multiply_torch},
    "generic operator (clip)": {"mxnet": clip_mxnet, "torch": clip_torch},
    "small dot": {"mxnet": dot_mxnet, "torch": dot_torch},
    "small FullyConnected": {"mxnet": fully_connected_mxnet, "torch": fully_connected_torch},
    "reshape": {"mxnet": reshape_mxnet, "torch": reshape_torch},
    "read x[1]": {"mxnet": index_mxnet, "torch": index_torch},
}
