"""A model that is written by 1.9.1 in all the ways it has: see record.py."""

from __future__ import annotations

import json
import warnings

from tests.gluon.layer_probes import fill
from tests.gluon.loss_probes import wave


def model(mx, prefix=None):
    """A model with states and a shared parameter."""
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix=prefix)
    with net.name_scope():
        net.add(nn.Dense(3, in_units=3), nn.BatchNorm(in_channels=3))
        net.add(nn.Dense(3, in_units=3, params=net[0].params), nn.Dense(1, in_units=3))
    return net


def data(mx, np):
    return mx.nd.array(wave(np, (2, 3)))


def save_all(mx, np, folder):
    net = model(mx, "net_")
    net.initialize()
    fill(net, np, mx)
    net.hybridize()
    want = net(data(mx, np))
    (folder / "net.json").write_text(json.dumps(want.asnumpy().tolist()))
    base = str(folder / "net")
    net.save_parameters(base + ".params")
    net.save_parameters(base + "-once.params", deduplicate=True)
    net.collect_params().save(base + "-names.params")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.save_params(base + "-old.params")
    net.export(base)
    net.save(base)
