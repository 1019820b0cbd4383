"""Optimizer updates of several parameters at once, and what goes with them: sums, checks and resets of many arrays.

The arrays of each parameter follow one another: weight, gradient, states. The states are written in place; the new
weights are the results, for the caller to store with ``out``.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError
from mxnet._ops import Floats, Shape, numbered, op
from mxnet._runtime.state import state

from . import update_lists as lists
from .update_lists import interleaved, to_float32
from .updates import step_momentum, step_sgd
from .updates_lamb import adamw_step, multi_lamb_step


def _outputs(count: str) -> Any:
    return lambda a: numbered(getattr(a, count))


_BY_WEIGHTS = _outputs("num_weights")
_BY_TENSORS = _outputs("num_tensors")


def _states(arrays: int, count: str = "num_weights") -> Any:
    """Which of ``arrays`` for each parameter come after weight and gradient: auxiliary states in a graph."""
    return lambda a: [i for i in range(arrays * getattr(a, count)) if i % arrays > 1]


def _cloned(tensors: list[Tensor]) -> list[Tensor]:
    return [t.clone() for t in tensors]


def _rounded(weights: list[Tensor], masters: list[Tensor]) -> tuple[Tensor, ...]:
    return tuple(m.to(w.dtype) for w, m in zip(weights, masters, strict=True))


def _settings(name: str, count: int, **values: Floats) -> None:
    for key, given in values.items():
        if len(given) != count:
            raise ArgumentError(f"{name}: got {len(given)} {key}, expected one for each of {count} weights")


@op("multi_sgd_update", outputs=_BY_WEIGHTS, mutates=("data",))
def multi_sgd_update(
    *data: Tensor,
    lrs: Floats,
    wds: Floats,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> tuple[Tensor, ...]:
    """``sgd_update`` of ``num_weights`` parameters.

    Inputs:  weight0, grad0, weight1, grad1, ...
    Attrs:   lrs, wds, one for each weight
    """
    (ws, gs), _ = interleaved("multi_sgd_update", data, 2, num_weights)
    _settings("multi_sgd_update", num_weights, lrs=lrs, wds=wds)
    ws = _cloned(ws)
    lists.sgd(ws, gs, lrs, wds, rescale_grad, clip_gradient)
    return tuple(ws)


@op("multi_sgd_mom_update", outputs=_BY_WEIGHTS, mutates=("data",), aux_slots=_states(3))
def multi_sgd_mom_update(
    *data: Tensor,
    lrs: Floats,
    wds: Floats,
    momentum: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> tuple[Tensor, ...]:
    """``sgd_mom_update`` of ``num_weights`` parameters.

    Inputs:  weight0, grad0, mom0, weight1, grad1, mom1, ...
    """
    (ws, gs, ms), _ = interleaved("multi_sgd_mom_update", data, 3, num_weights)
    _settings("multi_sgd_mom_update", num_weights, lrs=lrs, wds=wds)
    ws = _cloned(ws)
    lists.momentum(ws, gs, ms, lrs, wds, momentum, rescale_grad, clip_gradient)
    return tuple(ws)


@op("multi_mp_sgd_update", outputs=_BY_WEIGHTS, mutates=("data",), aux_slots=_states(3))
def multi_mp_sgd_update(
    *data: Tensor,
    lrs: Floats,
    wds: Floats,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> tuple[Tensor, ...]:
    """``mp_sgd_update`` of ``num_weights`` parameters.

    Inputs:  weight0, grad0, weight32_0, weight1, grad1, weight32_1, ...
    """
    (ws, gs, masters), _ = interleaved("multi_mp_sgd_update", data, 3, num_weights)
    _settings("multi_mp_sgd_update", num_weights, lrs=lrs, wds=wds)
    lists.sgd(masters, to_float32(gs), lrs, wds, rescale_grad, clip_gradient)
    return _rounded(ws, masters)


@op("multi_mp_sgd_mom_update", outputs=_BY_WEIGHTS, mutates=("data",), aux_slots=_states(4))
def multi_mp_sgd_mom_update(
    *data: Tensor,
    lrs: Floats,
    wds: Floats,
    momentum: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> tuple[Tensor, ...]:
    """``mp_sgd_mom_update`` of ``num_weights`` parameters.

    Inputs:  weight0, grad0, mom0, weight32_0, weight1, ...
    """
    (ws, gs, ms, masters), _ = interleaved("multi_mp_sgd_mom_update", data, 4, num_weights)
    _settings("multi_mp_sgd_mom_update", num_weights, lrs=lrs, wds=wds)
    lists.momentum(masters, to_float32(gs), ms, lrs, wds, momentum, rescale_grad, clip_gradient)
    return _rounded(ws, masters)


def _preloaded(
    ws: list[Tensor],
    gs: list[Tensor],
    moms: list[Tensor] | None,
    settings: Any,
    momentum: float,
    rescale: float,
    clip: float,
) -> None:
    """SGD with learning rates and weight decays that are on the device and are not to be waited for."""
    if ws[0].is_meta:
        return
    rates, decays = (s.to(torch.float32) for s in settings)
    for i, (w, g) in enumerate(zip(ws, gs, strict=True)):
        lr, wd = rates[i].to(w.dtype), decays[i].to(w.dtype)
        # with the learning rate 1 the step's g takes the place of lr * (g + wd * weight)
        step = g * rescale if clip < 0 else (g * rescale).clamp_(-clip, clip)
        step = (step + w * wd) * lr
        if moms is None:
            step_sgd(w, step, 1.0, 0.0, 1.0, -1.0)
        else:
            step_momentum(w, step, moms[i], 1.0, momentum, 0.0, 1.0, -1.0)


@op("preloaded_multi_sgd_update", outputs=_BY_WEIGHTS, mutates=("data",))
def preloaded_multi_sgd_update(
    *data: Tensor, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1
) -> tuple[Tensor, ...]:
    """``multi_sgd_update`` with the learning rates and weight decays in arrays.

    Inputs:  weight0, grad0, weight1, grad1, ..., lrs (N,), wds (N,)
    """
    (ws, gs), settings = interleaved("preloaded_multi_sgd_update", data, 2, num_weights, 2)
    ws = _cloned(ws)
    _preloaded(ws, gs, None, settings, 0.0, rescale_grad, clip_gradient)
    return tuple(ws)


@op("preloaded_multi_sgd_mom_update", outputs=_BY_WEIGHTS, mutates=("data",), aux_slots=_states(3))
def preloaded_multi_sgd_mom_update(
    *data: Tensor, momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1
) -> tuple[Tensor, ...]:
    """``multi_sgd_mom_update`` with the learning rates and weight decays in arrays.

    Inputs:  weight0, grad0, mom0, weight1, grad1, mom1, ..., lrs (N,), wds (N,)
    """
    (ws, gs, ms), settings = interleaved("preloaded_multi_sgd_mom_update", data, 3, num_weights, 2)
    ws = _cloned(ws)
    _preloaded(ws, gs, ms, settings, momentum, rescale_grad, clip_gradient)
    return tuple(ws)


@op("preloaded_multi_mp_sgd_update", outputs=_BY_WEIGHTS, mutates=("data",), aux_slots=_states(3))
def preloaded_multi_mp_sgd_update(
    *data: Tensor, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1
) -> tuple[Tensor, ...]:
    """``multi_mp_sgd_update`` with the learning rates and weight decays in arrays.

    Inputs:  weight0, grad0, weight32_0, weight1, ..., lrs (N,), wds (N,)
    """
    (ws, gs, masters), settings = interleaved("preloaded_multi_mp_sgd_update", data, 3, num_weights, 2)
    _preloaded(masters, to_float32(gs), None, settings, 0.0, rescale_grad, clip_gradient)
    return _rounded(ws, masters)


@op("preloaded_multi_mp_sgd_mom_update", outputs=_BY_WEIGHTS, mutates=("data",), aux_slots=_states(4))
def preloaded_multi_mp_sgd_mom_update(
    *data: Tensor, momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1
) -> tuple[Tensor, ...]:
    """``multi_mp_sgd_mom_update`` with the learning rates and weight decays in arrays.

    Inputs:  weight0, grad0, mom0, weight32_0, weight1, ..., lrs (N,), wds (N,)
    """
    (ws, gs, ms, masters), settings = interleaved("preloaded_multi_mp_sgd_mom_update", data, 4, num_weights, 2)
    _preloaded(masters, to_float32(gs), ms, settings, momentum, rescale_grad, clip_gradient)
    return _rounded(ws, masters)


@op("_multi_adamw_update", outputs=_BY_WEIGHTS, mutates=("data",), aux_slots=_states(4))
def multi_adamw_update(
    *data: Tensor,
    lrs: Floats,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wds: Floats,
    etas: Floats,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> tuple[Tensor, ...]:
    """``_adamw_update`` of ``num_weights`` parameters.

    Inputs:  weight0, grad0, mean0, var0, weight1, ..., rescale_grad (1,)
    """
    (ws, gs, ms, vs), (rescale,) = interleaved("_multi_adamw_update", data, 4, num_weights, 1)
    _settings("_multi_adamw_update", num_weights, lrs=lrs, wds=wds, etas=etas)
    ws = _cloned(ws)
    for i, (w, g, m, v) in enumerate(zip(ws, gs, ms, vs, strict=True)):
        adamw_step(w, g, m, v, rescale, lrs[i], etas[i], beta1, beta2, epsilon, wds[i], clip_gradient)
    return tuple(ws)


@op("_multi_mp_adamw_update", outputs=_BY_WEIGHTS, mutates=("data",), aux_slots=_states(5))
def multi_mp_adamw_update(
    *data: Tensor,
    lrs: Floats,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wds: Floats,
    etas: Floats,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> tuple[Tensor, ...]:
    """``_mp_adamw_update`` of ``num_weights`` parameters.

    Inputs:  weight0, grad0, mean0, var0, weight32_0, weight1, ..., rescale_grad (1,)
    """
    (ws, gs, ms, vs, masters), (rescale,) = interleaved("_multi_mp_adamw_update", data, 5, num_weights, 1)
    _settings("_multi_mp_adamw_update", num_weights, lrs=lrs, wds=wds, etas=etas)
    for i, (w, g, m, v) in enumerate(zip(masters, gs, ms, vs, strict=True)):
        adamw_step(w, g, m, v, rescale, lrs[i], etas[i], beta1, beta2, epsilon, wds[i], clip_gradient)
    return _rounded(ws, masters)


@op("_multi_lamb_update", outputs=_BY_TENSORS, mutates=("data",), aux_slots=_states(4, "num_tensors"))
def multi_lamb_update(
    *data: Tensor,
    learning_rates: Floats,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-6,
    wds: Floats,
    rescale_grad: float = 1.0,
    lower_bound: float = -1.0,
    upper_bound: float = -1.0,
    clip_gradient: float = -1.0,
    bias_correction: bool = True,
    step_count: Shape,
    num_tensors: int = 1,
) -> tuple[Tensor, ...]:
    """Both phases of LAMB for ``num_tensors`` parameters.

    Inputs:  weight0, grad0, mean0, var0, weight1, ...
    Attrs:   learning_rates, wds, step_count (updates made, this one included), one for each weight
    """
    (ws, gs, ms, vs), _ = interleaved("_multi_lamb_update", data, 4, num_tensors)
    attrs = {k: v for k, v in locals().items() if k not in ("data", "ws", "gs", "ms", "vs", "_")}
    _settings("_multi_lamb_update", num_tensors, learning_rates=learning_rates, wds=wds, step_count=step_count)
    ws = _cloned(ws)
    multi_lamb_step(ws, gs, ms, vs, ws, attrs)
    return tuple(ws)


@op("_multi_mp_lamb_update", outputs=_BY_TENSORS, mutates=("data",), aux_slots=_states(5, "num_tensors"))
def multi_mp_lamb_update(
    *data: Tensor,
    learning_rates: Floats,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-6,
    wds: Floats,
    rescale_grad: float = 1.0,
    lower_bound: float = -1.0,
    upper_bound: float = -1.0,
    clip_gradient: float = -1.0,
    bias_correction: bool = True,
    step_count: Shape,
    num_tensors: int = 1,
) -> tuple[Tensor, ...]:
    """``_multi_lamb_update`` of the float32 copies; the weights become their rounded values.

    Inputs:  weight0, grad0, mean0, var0, weight32_0, weight1, ...
    """
    (ws, gs, ms, vs, masters), _ = interleaved("_multi_mp_lamb_update", data, 5, num_tensors)
    attrs = {k: v for k, v in locals().items() if k not in ("data", "ws", "gs", "ms", "vs", "masters", "_")}
    _settings("_multi_mp_lamb_update", num_tensors, learning_rates=learning_rates, wds=wds, step_count=step_count)
    multi_lamb_step(masters, to_float32(gs), ms, vs, ws, attrs)
    return _rounded(ws, masters)


def _counted(name: str, data: tuple[Tensor, ...], count: int) -> None:
    if len(data) != count:
        raise ArgumentError(f"{name}: got {len(data)} arrays and num_arrays={count}; expected them to agree")


def _in_float32(*known: torch.dtype | None) -> tuple[tuple[torch.dtype | None, ...], list[torch.dtype]]:
    return known, [torch.float32]


@op("multi_sum_sq", types=_in_float32)
def multi_sum_sq(*data: Tensor, num_arrays: int) -> Tensor:
    """The sum of squares of each array, in float32. 1.9.1 squares float16 in float16, where 256 is too large.

    Outputs: (num_arrays,) float32
    """
    _counted("multi_sum_sq", data, num_arrays)
    narrow = [d.to(torch.float32) if d.dtype is torch.float64 else d for d in data]  # torch refuses to narrow them
    return torch.stack(torch._foreach_norm(narrow, 2, dtype=torch.float32)).square_()


def _all_finite(name: str, data: tuple[Tensor, ...], init_output: bool) -> Tensor:
    if not init_output and not state.tracing:
        raise ArgumentError(
            f"{name}: with init_output=False the result would be joined to what out holds, which operators can not "
            "read here; multiply the results of several calls instead"
        )
    extremes = [extreme for d in data if d.numel() for extreme in torch.aminmax(d)]  # NaN wins both
    if not extremes:
        return torch.ones(1, device=data[0].device)
    return torch.stack(extremes).isfinite().all().to(torch.float32).reshape(1)


@op("all_finite", types=_in_float32)
def all_finite(data: Tensor, *, init_output: bool = True) -> Tensor:
    """1 if every number of ``data`` is finite, else 0.

    Outputs: (1,) float32
    Raises:  ArgumentError for init_output=False
    """
    return _all_finite("all_finite", (data,), init_output)


@op("multi_all_finite", types=_in_float32)
def multi_all_finite(*data: Tensor, num_arrays: int = 1, init_output: bool = True) -> Tensor:
    """1 if every number of all arrays is finite, else 0.

    Outputs: (1,) float32
    Raises:  ArgumentError for init_output=False
    """
    _counted("multi_all_finite", data, num_arrays)
    return _all_finite("multi_all_finite", data, init_output)


@op("reset_arrays", outputs=(), mutates=("data",))
def reset_arrays(*data: Tensor, num_arrays: int) -> tuple[Tensor, ...]:
    """Write zeros to all arrays."""
    _counted("reset_arrays", data, num_arrays)
    torch._foreach_zero_(list(data))
    return ()
