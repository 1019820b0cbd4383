"""The networks of the model zoo, described and run the same way by 1.9.1 and here. Also for Python 3.8."""

from __future__ import annotations

import json
import lzma

import numpy as np

NAMES = [
    "alexnet", "densenet121", "densenet161", "densenet169", "densenet201", "inceptionv3", "mobilenet0.25",
    "mobilenet0.5", "mobilenet0.75", "mobilenet1.0", "mobilenetv2_0.25", "mobilenetv2_0.5", "mobilenetv2_0.75",
    "mobilenetv2_1.0", "resnet101_v1", "resnet101_v2", "resnet152_v1", "resnet152_v2", "resnet18_v1", "resnet18_v2",
    "resnet34_v1", "resnet34_v2", "resnet50_v1", "resnet50_v2", "squeezenet1.0", "squeezenet1.1", "vgg11", "vgg11_bn",
    "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn",
]  # fmt: skip
# whose gradients are compared too; they have no dropout
DIFFERENTIATED = ["densenet121", "mobilenet0.25", "mobilenetv2_0.25", "resnet18_v1", "resnet18_v2"]
PREFIX = "net_"
# what arguments of the classes change
VARIANTS = {
    "AlexNet": lambda v: v.AlexNet(classes=7, prefix=PREFIX),
    "DenseNet": lambda v: v.DenseNet(8, 4, [2, 3], bn_size=2, dropout=0.3, classes=7, prefix=PREFIX),
    "Inception3": lambda v: v.Inception3(classes=7, prefix=PREFIX),
    "MobileNet": lambda v: v.MobileNet(0.3, classes=7, prefix=PREFIX),
    "MobileNetV2": lambda v: v.MobileNetV2(0.3, classes=7, prefix=PREFIX),
    "MobileNetV2 wide": lambda v: v.MobileNetV2(1.4, classes=7, prefix=PREFIX),
    "ResNetV1 small": lambda v: v.ResNetV1(v.BasicBlockV1, [1, 2], [8, 8, 16], 7, True, prefix=PREFIX),
    "ResNetV1 deep": lambda v: v.ResNetV1(v.BottleneckV1, [1, 2], [8, 16, 32], 7, True, prefix=PREFIX),
    "ResNetV2 small": lambda v: v.ResNetV2(v.BasicBlockV2, [1, 2], [8, 8, 16], 7, True, prefix=PREFIX),
    "ResNetV2 deep": lambda v: v.ResNetV2(v.BottleneckV2, [1, 2], [8, 16, 32], 7, True, prefix=PREFIX),
    "VGG": lambda v: v.VGG([1, 2], [8, 16], 7, True, prefix=PREFIX),
    "SqueezeNet": lambda v: v.SqueezeNet("1.1", 7, prefix=PREFIX),
}


def build(mx, name, **kwargs):
    """The network; its parameters have names that do not depend on what was made before."""
    return mx.gluon.model_zoo.vision.get_model(name, prefix=PREFIX, **kwargs)


def size(name):
    """Width and height of the images that a network takes."""
    return 299 if "ception" in name else 224


def _prefixes(block):
    return [block.prefix, *(p for child in block._children.values() for p in _prefixes(child))]


def describe(mx, name):
    """What a network is: how it shows itself, the prefixes of its blocks, its graph and its parameters."""
    net = VARIANTS[name](mx.gluon.model_zoo.vision) if name in VARIANTS else build(mx, name)
    shown, prefixes = repr(net), _prefixes(net)
    graph = net(mx.sym.var("data"))
    # mx.nd.empty: nothing is computed
    net.infer_shape(mx.nd.empty((1, 3, size(name), size(name))))
    parameters = [[k, list(p.shape), np.dtype(p.dtype).name, p.grad_req] for k, p in net.collect_params().items()]
    return {
        "repr": shown,
        "prefixes": prefixes,
        "graph": json.loads(graph.tojson()),
        "parameters": parameters,
        "keys": list(net._collect_params_with_prefix()),
    }


def write_tables(mx, path):
    text = json.dumps({name: describe(mx, name) for name in [*NAMES, *VARIANTS]}, separators=(",", ":"))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def read_tables(path):
    return json.loads(lzma.decompress(path.read_bytes()))


def image(width, count=1):
    """Images of that width and height, always the same ones."""
    return np.random.RandomState(3).standard_normal((count, 3, width, width)).astype("float32")


def fill(mx, net, width):
    """Random parameters, always the same ones, that neither blow up nor put out what goes through a deep network."""
    net.infer_shape(mx.nd.empty((1, 3, width, width)))
    net.initialize()
    random = np.random.RandomState(5)
    for name, param in net.collect_params().items():
        kind = name.rsplit("_", 1)[-1]
        values = random.standard_normal(param.shape)
        if kind == "weight":
            values *= np.sqrt(2 / np.prod(param.shape[1:]))
        elif kind in ("gamma", "var"):
            values = 1 + 0.1 * np.tanh(values)
        else:
            values *= 0.1
        param.set_data(mx.nd.array(values.astype("float32")))


def export(mx, name, folder):
    """The network with random parameters, and its results, in files whose names begin with that of the network.

    ``.params`` has the parameters by place, ``-0000.params`` by name; ``-symbol.json`` is the graph, ``.npz`` has an
    input, the scores for it, the shapes of all arguments, outputs and states, and maybe gradients.
    """
    base = str(folder / name)
    net = build(mx, name)
    fill(mx, net, size(name))
    images = mx.nd.array(image(size(name), 4 if name in DIFFERENTIATED else 1))
    found = {"images": images.asnumpy(), "scores": net(images).asnumpy()}
    net.save_parameters(base + ".params")
    net.hybridize()
    net(images)
    net.export(base)
    if name in DIFFERENTIATED:
        # of float32, small changes near zero take another branch of a ReLU
        net.cast("float64")
        images = images.astype("float64")
        images.attach_grad()
        with mx.autograd.record():
            scores = net(images)
        scores.backward(mx.nd.array(weights_of(scores.shape), dtype="float64"))
        found["trained scores"] = scores.asnumpy()
        found["gradient of data"] = images.grad.asnumpy()
        grads = {k: p.grad().asnumpy() for k, p in net.collect_params().items() if p.grad_req != "null"}
        found.update({"gradient of " + key: grad for key, grad in grads.items()})
    graph = mx.sym.load(base + "-symbol.json")
    found["shapes"] = np.array(json.dumps(graph.infer_shape(data=images.shape)))
    np.savez(base + ".npz", **found)


def weights_of(shape):
    """What scores are multiplied with before they are summed up and differentiated."""
    return np.random.RandomState(11).standard_normal(shape).astype("float32")
