"""Log likelihood of Hawkes processes: events that make more of their kind likely for a while."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._kernels.nn import Sizes
from mxnet._ops import op


def _fill(
    lda: Sizes,
    alpha: Sizes = None,
    beta: Sizes = None,
    state: Sizes = None,
    lags: Sizes = None,
    marks: Sizes = None,
    valid_length: Sizes = None,
    max_time: Sizes = None,
    **_: Any,
) -> tuple[Sizes, ...]:
    if not lda or len(lda) != 2:
        return lda, alpha, beta, state, lags, marks, valid_length, max_time
    batch, kinds = lda
    return lda, (kinds,), (kinds,), (batch, kinds), lags, lags or marks, (batch,), (batch,)


def _check(lda: Tensor, lags: Tensor, rest: dict[str, Tensor]) -> None:
    if lda.dim() != 2 or lags.dim() != 2 or lags.shape[0] != lda.shape[0]:
        raise ShapeError(
            f"hawkesll: lda has shape {tuple(lda.shape)} and lags {tuple(lags.shape)}, expected (N, K) and (N, T)"
        )
    batch, kinds = lda.shape
    expected: dict[str, Any] = {
        "alpha": (kinds,),
        "beta": (kinds,),
        "state": (batch, kinds),
        "marks": lags.shape,
        "valid_length": (batch,),
        "max_time": (batch,),
    }
    for name, each in rest.items():
        if each.shape != expected[name]:
            raise ShapeError(
                f"hawkesll: {name} has shape {tuple(each.shape)}, expected {tuple(expected[name])} from lda "
                f"{tuple(lda.shape)} and lags {tuple(lags.shape)}"
            )


_Dtypes = list[torch.dtype | None]


def _types(*dtypes: torch.dtype | None) -> tuple[_Dtypes, _Dtypes]:
    """All inputs share one dtype but the marks, which are int32."""
    common = next((d for i, d in enumerate(dtypes) if d is not None and i != 5), None)
    return [torch.int32 if i == 5 else common for i in range(len(dtypes))], [common, common]


@op("_contrib_hawkesll", outputs=("output", "out_state"), fill=_fill, types=_types)
def hawkesll(
    lda: Tensor,
    alpha: Tensor,
    beta: Tensor,
    state: Tensor,
    lags: Tensor,
    marks: Tensor,
    valid_length: Tensor,
    max_time: Tensor,
) -> tuple[Tensor, Tensor]:
    """Log likelihood of event times under K independent Hawkes processes with exponential decay.

    Process k has the intensity ``lda_k + alpha_k beta_k s_k(t)`` where ``s_k(t)`` is the sum over its earlier events
    of ``exp(-beta_k (t - t_i))``.
    Inputs:  lda (N, K), intensities without events; alpha (K,), branching ratios; beta (K,), rates of decay;
             state (N, K), s at time 0; lags (N, T), times since the previous event; marks (N, T), to which process each
             event belongs (one that is none of [0, K) makes the likelihood zero); valid_length (N,), how many events
             count; max_time (N,), how long was watched
    Outputs: log likelihoods (N,); s at max_time (N, K)
    Raises:  ShapeError if an input does not fit lda and lags
    Source:  doi:10.1142/S2382626615500057; behaviour of MXNet 1.9.1, which has gradients to lda, alpha and beta only,
             and none from the second output: here all are
    """
    rest = {"alpha": alpha, "beta": beta, "state": state, "marks": marks}
    _check(lda, lags, {**rest, "valid_length": valid_length, "max_time": max_time})
    kinds, steps = lda.shape[1], lags.shape[1]
    valid = torch.arange(steps, device=lags.device) < valid_length.detach().unsqueeze(1)
    waits = torch.where(valid, lags, torch.zeros_like(lags))
    numbers = torch.arange(kinds, device=marks.device)
    events = ((marks.detach().unsqueeze(2) == numbers) & valid.unsqueeze(2)).to(lda.dtype)
    decays = torch.exp(-beta * waits.unsqueeze(2))
    memory, before = state, []
    for t in range(steps):
        memory = memory * decays[:, t]
        before.append(memory)
        memory = memory + events[:, t]
    last = memory * torch.exp(-beta * (max_time - waits.sum(1)).unsqueeze(1))
    # what the processes were expected to give: each event's share of its decay that was watched
    compensator = (lda * max_time.unsqueeze(1) + alpha * (state + events.sum(1) - last)).sum(1)
    if not steps:
        return -compensator, last
    intensity = (events * (lda.unsqueeze(1) + alpha * beta * torch.stack(before, 1))).sum(2)
    logs = torch.where(valid, torch.where(valid, intensity, torch.ones_like(intensity)).log(), 0.0)
    return logs.sum(1) - compensator, last
