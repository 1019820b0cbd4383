"""Between the operators of a compiled program values may lie in memory in any order of axes: the answer is the same."""

from __future__ import annotations

import pytest
import torch

import mxnet._kernels  # noqa: F401  registers the operators
from mxnet import _ops
from mxnet._runtime.state import state
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


def _part(x: torch.Tensor) -> torch.Tensor:
    """``x`` as a part of a larger tensor."""
    return torch.nn.functional.pad(x, (1, 2) * x.dim(), value=7.0)[(slice(1, -2),) * x.dim()]


def _scattered_part(x: torch.Tensor) -> torch.Tensor:
    return _part(x.movedim(1, -1)).movedim(-1, 1)


_ARRANGED = (torch.Tensor.contiguous, _scattered, _part, _scattered_part)


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
    for arrange in _ARRANGED:
        leaf = plain.clone().requires_grad_(0 in calls.gradients_of(sample))
        outputs = _outputs(sample, arrange(leaf))
        heads = [o for o in outputs if o.requires_grad]
        grads = torch.autograd.grad([h.sum() for h in heads], [leaf], allow_unused=True) if heads else ()
        found.append([t for t in (*outputs, *grads) if t is not None])
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4, equal_nan=True)


def test_normalising_a_part_of_a_batch_is_as_exact_as_normalising_a_copy() -> None:
    torch.manual_seed(0)
    plain = torch.rand(4, 16, 32, 32) / 100 + 0.5  # a small deviation magnifies what is added up badly
    run = _ops.get("BatchNorm").bind((), {"fix_gamma": False}).run
    found = []
    for image in (plain, _part(plain)):
        image.requires_grad_()
        before, state.training = state.training, True
        try:
            out = run(image, *[torch.full((16,), n) for n in (1.0, 0.0, 0.0, 1.0)])[0]
        finally:
            state.training = before
        found.append(torch.cat([out.flatten(), *torch.autograd.grad(out.sum(), [image])[0].reshape(1, -1)]))
    torch.testing.assert_close(*found, rtol=1e-5, atol=1e-6)
