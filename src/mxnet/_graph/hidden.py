"""Outputs that nobody sees but monitors: what 1.9.1 computes beside a result, for its gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from mxnet._runtime.state import state

from .node import Node

Values = Sequence[Tensor]


def hidden_outputs(node: Node, inputs: Values, result: Tensor) -> list[Tensor]:
    """What 1.9.1's monitors are told of after the result of ``node``, by the names of its further outputs.

    Memory that 1.9.1 leaves to chance, room to work in and masks that were not drawn, is told of as zeros. Not told of
    are the places that ROIPooling and box_nms chose, and the gradient that CTCLoss has ready.
    """
    rule = _RULES.get(node.bound.op.name)
    if rule is None or node.bound.total == 1:
        return []
    with torch.no_grad():
        return rule(SimpleNamespace(**node.bound.attrs), [v.detach() for v in inputs], result.detach())


def _moments(data: Tensor, dims: Sequence[int], keep: bool = False) -> tuple[Tensor, Tensor]:
    var, mean = torch.var_mean(data, tuple(dims), correction=0, keepdim=keep)
    return mean, var


def _batch_statistics(a: Any, inputs: Values, axis: int) -> tuple[Tensor, Tensor]:
    data, _, _, mean, var = inputs
    if state.training and not a.use_global_stats:
        return _moments(data, [i for i in range(data.ndim) if i != axis % data.ndim])
    return mean, var


def _batch_norm(a: Any, inputs: Values, _: Tensor) -> list[Tensor]:
    mean, var = _batch_statistics(a, inputs, a.axis)
    return [mean, (var + a.eps).rsqrt()]


def _batch_norm_relu(a: Any, inputs: Values, result: Tensor) -> list[Tensor]:
    return [*_batch_norm(a, inputs, result), torch.zeros_like(result)]


def _old_batch_norm(a: Any, inputs: Values, _: Tensor) -> list[Tensor]:
    return list(_batch_statistics(a, inputs, 1))


def _layer_norm(a: Any, inputs: Values, _: Tensor) -> list[Tensor]:
    mean, var = _moments(inputs[0], [a.axis], keep=True)
    return [mean, (var + a.eps).sqrt()]


def _group_norm(a: Any, inputs: Values, _: Tensor) -> list[Tensor]:
    mean, var = _moments(inputs[0].reshape(inputs[0].shape[0], a.num_groups, -1), [2])
    return [mean, (var + a.eps).sqrt()]


def _instance_norm(a: Any, inputs: Values, _: Tensor) -> list[Tensor]:
    return list(_moments(inputs[0].flatten(2), [2]))


def _l2_normalization(a: Any, inputs: Values, _: Tensor) -> list[Tensor]:
    squares = inputs[0].square()
    if a.mode == "channel":
        total = squares.sum(1, keepdim=True)
    else:
        total = squares.flatten(1 if a.mode == "instance" else 2).sum(-1)
    return [(total + a.eps).sqrt()]


def _zeros_like_result(a: Any, inputs: Values, result: Tensor) -> list[Tensor]:
    return [torch.zeros_like(result)]


def _grid(shape: Sequence[int], like: Tensor) -> Tensor:
    """The places of a picture of that shape, from -1 to 1: rows of x, y and ones, (3, H * W)."""
    ys, xs = (torch.linspace(-1, 1, n, dtype=like.dtype, device=like.device) for n in shape)
    y, x = torch.meshgrid(ys, xs, indexing="ij")
    return torch.stack([x.flatten(), y.flatten(), torch.ones_like(x).flatten()])


def _grid_generator(a: Any, inputs: Values, _: Tensor) -> list[Tensor]:
    data = inputs[0]
    if a.transform_type == "affine":
        return [_grid(a.target_shape, data)]
    y, x = torch.meshgrid(
        *(torch.arange(n, dtype=data.dtype, device=data.device) for n in data.shape[2:]), indexing="ij"
    )
    return [torch.stack([x, y])]


def _spatial_transformer(a: Any, inputs: Values, _: Tensor) -> list[Tensor]:
    grid = _grid(a.target_shape, inputs[0])
    return [grid, inputs[1].reshape(-1, 2, 3) @ grid]


def _bilinear_sampler(a: Any, inputs: Values, _: Tensor) -> list[Tensor]:
    n, h, w = inputs[1].shape[0], *inputs[1].shape[2:]
    return [inputs[0].new_zeros((n, h, w, 2))]


def _correlation(a: Any, inputs: Values, _: Tensor) -> list[Tensor]:
    return [torch.nn.functional.pad(v, [a.pad_size] * 4).permute(0, 2, 3, 1).contiguous() for v in inputs]


_RULES: dict[str, Callable[[Any, Values, Tensor], list[Tensor]]] = {
    "BatchNorm": _batch_norm,
    "BatchNorm_v1": _old_batch_norm,
    "_contrib_BatchNormWithReLU": _batch_norm_relu,
    "_contrib_SyncBatchNorm": _old_batch_norm,
    "LayerNorm": _layer_norm,
    "GroupNorm": _group_norm,
    "InstanceNorm": _instance_norm,
    "L2Normalization": _l2_normalization,
    "LRN": _zeros_like_result,
    "Dropout": _zeros_like_result,
    "Pooling": _zeros_like_result,
    "GridGenerator": _grid_generator,
    "SpatialTransformer": _spatial_transformer,
    "BilinearSampler": _bilinear_sampler,
    "Correlation": _correlation,
}
