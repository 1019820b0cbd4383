"""One training step of LeNet on a batch of 64 digits: forward, loss, backward, SGD with momentum."""

from __future__ import annotations

BATCH = 64
LEARNING_RATE = 0.05
MOMENTUM = 0.9


def step_mxnet(mx, hybridize):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(20, 5, activation="relu"),
        nn.MaxPool2D(2, 2),
        nn.Conv2D(50, 5, activation="relu"),
        nn.MaxPool2D(2, 2),
        nn.Flatten(),
        nn.Dense(500, activation="relu"),
        nn.Dense(10),
    )
    net.initialize(mx.init.Xavier())
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    if hybridize:
        net.hybridize()
        loss.hybridize()
    trainer = mx.gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": LEARNING_RATE, "momentum": MOMENTUM}, kvstore=None
    )
    data = mx.nd.random.uniform(shape=(BATCH, 1, 28, 28))
    label = mx.nd.arange(BATCH) % 10

    def block(iterations):
        for _ in range(iterations):
            with mx.autograd.record():
                error = loss(net(data), label)
            error.backward()
            trainer.step(BATCH)
        mx.nd.waitall()

    return block


def step_torch(torch):
    nn = torch.nn
    net = nn.Sequential(
        nn.Conv2d(1, 20, 5),
        nn.ReLU(),
        nn.MaxPool2d(2, 2),
        nn.Conv2d(20, 50, 5),
        nn.ReLU(),
        nn.MaxPool2d(2, 2),
        nn.Flatten(),
        nn.Linear(800, 500),
        nn.ReLU(),
        nn.Linear(500, 10),
    )
    loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)
    data = torch.rand(BATCH, 1, 28, 28)
    label = torch.arange(BATCH) % 10

    def block(iterations):
        for _ in range(iterations):
            optimizer.zero_grad()
            loss(net(data), label).backward()
            optimizer.step()

    return block


def hybridized_mxnet(mx):
    return step_mxnet(mx, hybridize=True)


def imperative_mxnet(mx):
    return step_mxnet(mx, hybridize=False)


CASES = {
    "LeNet step, hybridized": {"mxnet": hybridized_mxnet, "torch": step_torch},
    "LeNet step, imperative": {"mxnet": imperative_mxnet, "torch": step_torch},
}
