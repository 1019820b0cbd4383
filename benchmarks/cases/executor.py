"""Training steps of symbols in a ``Module``, on 32 images: forward, backward, SGD with momentum.

And what executors plan to hold in memory between arguments and gradients, for a step of ResNet-50 on 32 images of
224 x 224.
"""

from __future__ import annotations

import os
import re

BATCH = 32
LEARNING_RATE = 0.05
MOMENTUM = 0.9
BASIC = {18: (2, 2, 2, 2)}
BOTTLENECK = {50: (3, 4, 6, 3)}


# -- networks in symbols --------------------------------------------------------------------------------------------


def lenet(mx):
    net = mx.sym.var("data")
    for filters in (20, 50):
        net = mx.sym.Convolution(net, kernel=(5, 5), num_filter=filters)
        net = mx.sym.Activation(net, act_type="relu")
        net = mx.sym.Pooling(net, pool_type="max", kernel=(2, 2), stride=(2, 2))
    net = mx.sym.Activation(mx.sym.FullyConnected(mx.sym.Flatten(net), num_hidden=500), act_type="relu")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(net, num_hidden=10), name="softmax")


def convolution(mx, data, filters, kernel, stride=1):
    pad = kernel // 2
    net = mx.sym.Convolution(
        data, num_filter=filters, kernel=(kernel, kernel), stride=(stride, stride), pad=(pad, pad), no_bias=True
    )
    return mx.sym.BatchNorm(net, fix_gamma=False, eps=2e-5, momentum=0.9)


def relu(mx, data):
    return mx.sym.Activation(data, act_type="relu")


def resnet(mx, layers, classes=1000):
    """ResNet of K. He and others, 2015, with 18 or 50 layers."""
    bottleneck = layers in BOTTLENECK
    net = relu(mx, convolution(mx, mx.sym.var("data"), 64, 7, 2))
    net = mx.sym.Pooling(net, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="max")
    before = 64
    for stage, units in enumerate((BOTTLENECK if bottleneck else BASIC)[layers]):
        inner = 64 << stage
        after = inner * 4 if bottleneck else inner
        for unit in range(units):
            stride = 2 if stage and not unit else 1
            short = net if before == after and stride == 1 else convolution(mx, net, after, 1, stride)
            if bottleneck:
                net = relu(mx, convolution(mx, net, inner, 1, stride))
                net = relu(mx, convolution(mx, net, inner, 3))
                net = convolution(mx, net, after, 1)
            else:
                net = relu(mx, convolution(mx, net, inner, 3, stride))
                net = convolution(mx, net, after, 3)
            net = relu(mx, net + short)
            before = after
    net = mx.sym.Flatten(mx.sym.Pooling(net, kernel=(1, 1), global_pool=True, pool_type="avg"))
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(net, num_hidden=classes), name="softmax")


# -- steps ----------------------------------------------------------------------------------------------------------


def step_mxnet(mx, symbol, image, classes):
    data = mx.nd.random.uniform(shape=(BATCH, *image))
    label = mx.nd.arange(BATCH) % classes
    module = mx.mod.Module(symbol)
    module.bind([("data", data.shape)], [("softmax_label", label.shape)])
    module.init_params(mx.init.Xavier())
    module.init_optimizer(kvstore=None, optimizer_params={"learning_rate": LEARNING_RATE, "momentum": MOMENTUM})
    batch = mx.io.DataBatch([data], [label])

    def block(iterations):
        for _ in range(iterations):
            module.forward_backward(batch)
            module.update()
        mx.nd.waitall()

    return block


def lenet_mxnet(mx):
    return step_mxnet(mx, lenet(mx), (1, 28, 28), 10)


def resnet_mxnet(mx):
    return step_mxnet(mx, resnet(mx, 18), (3, 64, 64), 1000)


def step_torch(torch, net, image, classes):
    loss = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)
    data = torch.rand(BATCH, *image)
    label = torch.arange(BATCH) % classes

    def block(iterations):
        for _ in range(iterations):
            optimizer.zero_grad()
            loss(net(data), label).backward()
            optimizer.step()

    return block


def lenet_torch(torch):
    nn = torch.nn
    layers = [nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2, 2)]
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10))
    return step_torch(torch, net, (1, 28, 28), 10)


def resnet_torch(torch):
    nn = torch.nn

    def convolution(before, after, kernel, stride=1):
        return [nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(after)]

    class Unit(nn.Module):
        def __init__(self, before, after, stride):
            super().__init__()
            self.body = nn.Sequential(*convolution(before, after, 3, stride), nn.ReLU(), *convolution(after, after, 3))
            same = before == after and stride == 1
            self.short = nn.Identity() if same else nn.Sequential(*convolution(before, after, 1, stride))

        def forward(self, x):
            return torch.relu(self.body(x) + self.short(x))

    units, before = [], 64
    for stage, count in enumerate(BASIC[18]):
        for unit in range(count):
            units.append(Unit(before, 64 << stage, 2 if stage and not unit else 1))
            before = 64 << stage
    net = nn.Sequential(
        *convolution(3, 64, 7, 2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
        *units,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(512, 1000),
    )
    return step_torch(torch, net, (3, 64, 64), 1000)


# -- memory ---------------------------------------------------------------------------------------------------------


def planned_megabytes(mx, mirror=False):
    """What an executor of ResNet-50 says in ``debug_str``."""
    before = os.environ.get("MXNET_BACKWARD_DO_MIRROR")
    os.environ["MXNET_BACKWARD_DO_MIRROR"] = "1" if mirror else "0"
    try:
        run = resnet(mx, 50).simple_bind(mx.cpu(), data=(BATCH, 3, 224, 224), softmax_label=(BATCH,))
    finally:
        if before is None:
            del os.environ["MXNET_BACKWARD_DO_MIRROR"]
        else:
            os.environ["MXNET_BACKWARD_DO_MIRROR"] = before
    return int(re.search(r"Total (\d+) MB allocated", run.debug_str()).group(1))


def planned_mirrored(mx):
    return planned_megabytes(mx, mirror=True)


CASES = {
    "LeNet step": {"mxnet": lenet_mxnet, "torch": lenet_torch},
    "ResNet-18 step, 64 x 64": {"mxnet": resnet_mxnet, "torch": resnet_torch},
}
MEGABYTES = {
    "ResNet-50 planned": {"mxnet": planned_megabytes},
    "ResNet-50 planned, mirrored": {"mxnet": planned_mirrored},
}
