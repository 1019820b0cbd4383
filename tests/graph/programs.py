"""What is run in a folder by 1.9.1 and here, in turn; see test_round_trip.py. Runs on Python 3.8 too."""

from __future__ import annotations

import sys

import numpy as np

import mxnet as mx


def lenet():
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="lenet_")
    with net.name_scope():
        net.add(nn.Conv2D(6, 5, activation="tanh"), nn.MaxPool2D(2, 2))
        net.add(nn.Conv2D(16, 5, activation="tanh"), nn.MaxPool2D(2, 2))
        net.add(nn.Flatten(), nn.Dense(120, activation="tanh"), nn.Dense(10))
    return net


def normalised():
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Conv2D(8, 3, strides=2, padding=1, use_bias=False), nn.BatchNorm(), nn.PReLU())
        net.add(nn.Conv2D(8, 3, groups=4), nn.InstanceNorm(), nn.LeakyReLU(0.1), nn.Dropout(0.5))
        net.add(nn.AvgPool2D(), nn.GlobalMaxPool2D(), nn.Dense(10, flatten=False), nn.LayerNorm(), nn.Swish())
    return net


NETS = {"lenet": lenet, "normalised": normalised}


def pictures():
    return mx.nd.array(np.load("x.npy"))


def export(name):
    net = NETS[name]()
    mx.random.seed(7)
    net.initialize(mx.init.Xavier())
    net.hybridize()
    with mx.autograd.record():  # so that running means are not those of the beginning
        net(pictures() + 0.5)
    np.save("out.npy", net(pictures()).asnumpy())
    net.export("net", epoch=3)


def load():
    """Run the exported net in the three ways that there are."""
    x = pictures()
    block = mx.gluon.SymbolBlock.imports("net-symbol.json", ["data"], "net-0003.params")
    module = mx.mod.Module.load("net", 3, label_names=None)
    module.bind([("data", x.shape)], for_training=False)
    symbol, args, aux = mx.model.load_checkpoint("net", 3)
    bound = symbol.bind(mx.cpu(), dict(args, data=x), grad_req="null", aux_states=aux)
    np.savez("in.npz", block(x).asnumpy(), module.predict(x).asnumpy(), bound.forward()[0].asnumpy())


_OPTIMIZER = {"learning_rate": 0.5, "momentum": 0.9}


def _data():
    return mx.io.NDArrayIter(np.linspace(-1, 1, 24, dtype="f").reshape(8, 3), np.arange(8, dtype="f") % 2, 4)


def train_in_two_parts():
    net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc"), name="softmax")
    module = mx.mod.Module(net)
    start = {"fc_weight": mx.nd.ones((2, 3)) * 0.1, "fc_bias": mx.nd.zeros((2,))}
    module.fit(_data(), num_epoch=2, arg_params=start, optimizer_params=_OPTIMIZER)
    module.save_checkpoint("net", 2, save_optimizer_states=True)
    module.fit(_data(), num_epoch=2)
    np.save("out.npy", module.get_params()[0]["fc_weight"].asnumpy())


def train_the_second_part():
    module = mx.mod.Module.load("net", 2, load_optimizer_states=True)
    module.fit(_data(), num_epoch=2, optimizer_params=_OPTIMIZER)
    np.save("in.npy", module.get_params()[0]["fc_weight"].asnumpy())


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
