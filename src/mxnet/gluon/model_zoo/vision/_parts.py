"""What the networks are made of."""

from __future__ import annotations

import os
from typing import Any, TypeVar

from mxnet.gluon import nn
from mxnet.gluon.block import HybridBlock
from mxnet.gluon.model_zoo.model_store import get_model_file

Net = TypeVar("Net", bound=HybridBlock)


def trained(net: Net, name: str, pretrained: bool, ctx: Any, root: str | os.PathLike[str]) -> Net:
    """``net``, with the parameters that the model store has for ``name`` if ``pretrained``."""
    if pretrained:
        net.load_parameters(get_model_file(name, root=root), ctx=ctx)
    return net


def normalised(convolution: nn.Conv2D, activation: HybridBlock | None = None, epsilon: float = 1e-5) -> list[Any]:
    """A convolution, its batch normalisation, and an activation function if there is one."""
    return [convolution, nn.BatchNorm(epsilon=epsilon), *([] if activation is None else [activation])]


def sequence(*blocks: HybridBlock) -> nn.HybridSequential:
    """Blocks one after the other that are named as if they were not in a block of their own."""
    made = nn.HybridSequential(prefix="")
    made.add(*blocks)
    return made


class Classifier(HybridBlock):
    """A network whose ``features`` turn images into features and whose ``output`` turns these into scores."""

    features: nn.HybridSequential
    output: HybridBlock

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return self.output(self.features(x))
