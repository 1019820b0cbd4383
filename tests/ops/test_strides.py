"""Between the operators of a compiled program values may lie in memory in any order of axes: the answer is the same."""

from __future__ import annotations

import pytest
import torch

import mxnet._kernels  # noqa: F401  registers the operators
from mxnet import _ops
from tests.ops import calls

_FAMILIES = {family: calls.load(family)[0] for family in calls.FAMILIES}


def _images(sample) -> bool:
    op = _ops.get(sample.op)
    first = sample.inputs[0] if sample.inputs else None
    return (
        first is not None
        and first.ndim in (3, 4, 5)
        and first.dtype.name in ("float32", "float64")
        and not (sample.here or sample.shape_only or op.random or op.mutates)
    )


def _scattered(x: torch.Tensor) -> torch.Tensor:
    """``x`` with its second axis last in memory."""
    return x.movedim(1, -1).contiguous().movedim(-1, 1)


def _outputs(sample, first: torch.Tensor) -> list[torch.Tensor]:
    rest = [torch.from_numpy(i.copy()) for i in sample.inputs[1:]]
    made = _ops.get(sample.op).bind((), sample.attrs).run(first, *rest)
    return list(made) if isinstance(made, tuple) else [made]


@pytest.mark.parametrize(
    ("family", "name"),
    [(family, name) for family, samples in _FAMILIES.items() for name, s in samples.items() if _images(s)],
)
def test_outputs_and_gradients_do_not_depend_on_the_order_of_axes_in_memory(family: str, name: str) -> None:
    sample = _FAMILIES[family][name]
    plain = torch.from_numpy(sample.inputs[0].copy())
    found = []
    for arrange in (torch.Tensor.contiguous, _scattered):
        leaf = plain.clone().requires_grad_(0 in calls.gradients_of(sample))
        outputs = _outputs(sample, arrange(leaf))
        heads = [o for o in outputs if o.requires_grad]
        grads = torch.autograd.grad([h.sum() for h in heads], [leaf], allow_unused=True) if heads else ()
        found.append([t for t in (*outputs, *grads) if t is not None])
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4, equal_nan=True)
