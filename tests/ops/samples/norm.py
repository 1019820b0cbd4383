"""Calls of the normalisations."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from sample import Bad, Sample, normal, ones


def norms() -> Iterator[Sample]:
    parameters = [normal(3) + 2, normal(3, seed=1), normal(3, seed=2), np.abs(normal(3, seed=3)) + 0.5]
    options: tuple[dict[str, Any], ...] = (
        {},
        dict(fix_gamma=False),
        dict(fix_gamma=False, use_global_stats=True),
        dict(use_global_stats=True, output_mean_var=True),
        dict(fix_gamma=False, output_mean_var=True),
        dict(fix_gamma=False, momentum=0.5, eps=0.1),
    )
    for train, more in itertools.product((True, False), options):
        # outside of training, but under record(), 1.9.1 gives the gradient of something else
        wrt, aux = ((0, 1, 2), (3, 4)) if train or more.get("use_global_stats") else ((), ())
        if more.get("fix_gamma", True) and train:  # 1.9.1 sets gamma in prediction too
            aux = (1, *aux)
        said: dict[str, Any] = dict(wrt=wrt, heads=(0,), changes=aux, train=train)
        for shape in ((6, 3), (4, 3, 5), (2, 3, 4, 2), (1, 3, 2, 2, 3)):
            yield Sample("BatchNorm", [normal(*shape) + 1, *parameters], more, **said)
        last = dict(more, axis=-1)
        yield Sample("BatchNorm", [normal(2, 4, 2, 3) + 1, *parameters], last, **said)
        yield Sample("BatchNorm", [normal(2, 4, 3, 2) + 1, *parameters], dict(more, axis=2), **said)
    for train, axis in itertools.product((True, False), (0, -1)):
        said = dict(wrt=(0, 1, 2) if train else (), changes=(3, 4) if train else (), train=train)
        yield Sample("BatchNorm", [normal(3), *parameters], dict(axis=axis, fix_gamma=False), **said)
    yield Sample("BatchNorm", [normal(1, 3), *parameters], dict(fix_gamma=False), wrt=(2,), changes=(3, 4))
    old = dict(fix_gamma=False, eps=0.01)
    own: dict[str, Any] = dict(here=True, why="1.9.1 makes its states itself")
    yield Sample("BatchNorm_v1", [normal(4, 3, 5), *parameters], old, (0, 1, 2), changes=(3, 4), **own)
    yield Sample("BatchNorm_v1", [normal(4, 3, 2, 2), *parameters], {}, (), train=False, **own)
    for axis, show in itertools.product((-1, 1, 0, 2, -2), (False, True)):
        shape = (3, 4, 5)
        scale = [normal(shape[axis]), normal(shape[axis], seed=1)]
        attrs = dict(axis=axis, output_mean_var=show)
        yield Sample("LayerNorm", [normal(*shape) + 1, *scale], attrs, heads=(0,))
    yield Sample("LayerNorm", [normal(3, 4), normal(4), normal(4)], dict(eps=0.5, output_mean_var=True), heads=(0,))
    for shape in ((2, 3, 4), (2, 3, 4, 2), (2, 3, 2, 3, 2)):
        yield Sample("InstanceNorm", [normal(*shape), normal(3), normal(3, seed=1)], {})
    yield Sample("InstanceNorm", [normal(2, 3, 4), normal(3), normal(3, seed=1)], dict(eps=0.3))
    for groups, show, shape in itertools.product((1, 2, 6), (False, True), ((2, 6, 3), (3, 6, 2, 2))):
        scale = [normal(groups), normal(groups, seed=1)]
        attrs = dict(num_groups=groups, output_mean_var=show)
        yield Sample("GroupNorm", [normal(*shape) + 1, *scale], attrs, heads=(0,))
    for mode, eps in itertools.product(("instance", "channel", "spatial"), (1e-10, 0.5)):
        for shape in ((2, 3, 4), (2, 3, 4, 2)):
            yield Sample("L2Normalization", [normal(*shape)], dict(mode=mode, eps=eps))
    yield Sample("L2Normalization", [normal(2, 3)], {})
    for nsize in (1, 2, 3, 4, 5):
        yield Sample("LRN", [normal(2, 4, 3, 2)], dict(nsize=nsize))
        yield Sample("LRN", [normal(2, 4, 3, 2)], dict(nsize=nsize, alpha=0.7, beta=0.5, knorm=1.5))


SAMPLES = [*norms()]
BAD = [
    Bad("BatchNorm", [ones(2, 3), ones(3), ones(3), ones(3), ones(4)], {}, "ShapeError", "BatchNorm"),
    Bad("LayerNorm", [ones(2, 3), ones(2), ones(3)], {}, "ShapeError", "LayerNorm"),
    Bad("LayerNorm", [ones(2, 3), ones(3), ones(3)], dict(axis=2), "ShapeError", "axis is 2"),
    Bad("InstanceNorm", [ones(2, 3), ones(3), ones(3)], {}, "ShapeError", "3 dimensions"),
    Bad("GroupNorm", [ones(2, 4, 3), ones(4), ones(4)], dict(num_groups=2), "ShapeError", "one number a group"),
    Bad(
        "GroupNorm", [ones(2, 5, 3), ones(2), ones(2)], dict(num_groups=2), "ArgumentError", "divisor of the 5 channels"
    ),
    Bad("L2Normalization", [ones(2, 3)], dict(mode="channel"), "ShapeError", "3 dimensions"),
]
