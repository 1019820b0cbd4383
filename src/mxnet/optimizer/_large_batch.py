"""Optimizers for large batches: the learning rate is scaled by layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mxnet._kernels import update_lists as lists
from mxnet._kernels import update_rules as rules
from mxnet._kernels.updates_lamb import multi_lamb_step
from mxnet._runtime.context import of_tensor
from mxnet.ndarray import NDArray

from ._adaptive import _TwoAverages
from ._arrays import is_list, tensor_of, zeros_stored_like
from ._base import Optimizer, aggregation
from ._numbers import number
from ._sgd import _WithMomentum


def norms(tensors: list[Tensor]) -> Tensor:
    """The L2 norms, (N,) float32 on their device: reading them would wait for it."""
    return torch.stack([n.float() for n in torch._foreach_norm(tensors)])


def each(values: list[float], like: Tensor) -> Tensor:
    """Numbers as a tensor like another one, without waiting for its device."""
    return torch.tensor(values, dtype=like.dtype).to(like.device, non_blocking=True)


class LARS(_WithMomentum):
    """SGD with a learning rate scaled by layer, except for parameters named ``...bias``, ``...beta`` or ``...gamma``.

    ``lr * eta * |w| / (|g| + wd * |w| + eps)`` where both norms are positive, else ``lr``. Names are those of
    ``param_idx2name``, which ``Module`` gives. A ``Trainer`` gives none: there all parameters are scaled, as in 1.9.1.

    Args:
        momentum: share of the last step that is added to the next.
        lazy_update: for row-sparse gradients, update only the rows they have; no effect with dense ones.
        eta: the coefficient of the scaling.
        eps: against division by zero.
        momentum_correction: scale the momentum when a scheduler changes the learning rate.
        kwargs: those of :class:`Optimizer`.

    Source: arXiv:1708.03888, arXiv:1706.02677

    >>> import mxnet as mx
    >>> lars = LARS(learning_rate=0.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> lars.update(0, w, g, lars.create_state(0, w))
    >>> w.asnumpy().round(4)
    array([0.9997, 1.0006], dtype=float32)
    """

    eta: float = number()
    eps: float = number()

    def __init__(
        self,
        momentum: float = 0.0,
        lazy_update: bool = True,
        eta: float = 0.001,
        eps: float = 0,
        momentum_correction: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.momentum_correction = momentum_correction
        self.lazy_update = lazy_update
        self.eta = eta
        self.eps = eps
        self.aggregate_num = aggregation(4)
        self.skip = 0
        self.last_lr: float | None = None
        self.cur_lr: float | None = None
        self._device = 0
        self._rates: dict[tuple[int, Any], float] = {}

    def set_wd_mult(self, args_wd_mult: Mapping[Any, float]) -> None:
        """As :meth:`Optimizer.set_wd_mult`, but only names that end in ``_weight`` have weight decay by default."""
        super().set_wd_mult(args_wd_mult)
        for name in self.idx2name.values():
            if not name.endswith("_weight") and name not in args_wd_mult:
                self.wd_mult[name] = 0.0

    def _set_current_context(self, device_id: int) -> None:
        super()._set_current_context(device_id)
        self._device = device_id

    def _is_scaled(self, index: Any) -> bool:
        return not self.idx2name.get(index, str(index)).endswith(("gamma", "beta", "bias"))

    def _factors(self, indices: Any, wds: list[float], weights: list[Tensor], grads: list[Tensor]) -> list[Tensor]:
        """What the rate of each parameter is multiplied by, on its device."""
        w, g = norms(weights), norms(grads) * abs(self.rescale_grad)
        chosen = each([float(self._is_scaled(index)) for index in indices], w)
        ratios = self.eta * w / (g + each(wds, w) * w + self.eps)
        found = torch.where((chosen > 0) & (w > 0) & (g > 0), ratios, 1.0)
        return list(found.to(weights[0].dtype).unbind())

    def _momenta(self, indices: Any) -> list[float]:
        """The momentum of each parameter: its state is in units of the learning rate of its own last step.

        1.9.1 remembers one rate for all parameters, and so corrects only the first one after a change.
        """
        now = self.learning_rate
        self.last_lr, self.cur_lr = now if self.cur_lr is None else self.cur_lr, now
        found = []
        for index in indices:
            key = self._device, index
            before = self._rates.get(key, now)
            self._rates[key] = now
            found.append(self.momentum * now / before if self.momentum_correction and before else self.momentum)
        return found

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        momenta = self._momenta(indices) if self.momentum else []
        for members, _ in lists.alike(weights):
            ws, gs = lists.take(members, weights), lists.take(members, grads)
            decays = [wds[i] for i in members]
            rules.momenta(
                ws,
                gs,
                [states[i][0] for i in members] if momenta else None,
                [lrs[i] for i in members],
                decays,
                [momenta[i] for i in members] if momenta else 0.0,
                self.rescale_grad,
                self._clip,
                self._factors([indices[i] for i in members], decays, ws, gs),
            )


class LBSGD(Optimizer):
    """SGD for batches made of ``batch_scale`` small ones, with a warm-up of the learning rate.

    Every ``batch_scale`` updates of a parameter make one step with the mean of their gradients; the others only add
    to it. The learning rate is multiplied by a factor that grows to ``batch_scale`` over the warm-up or, for the
    strategy ``lars``, by ``sqrt(|w|**2 / (|g|**2 + wd * |w|**2))``, between 0.01 and 100.

    Args:
        momentum: share of the last step that is added to the next.
        warmup_strategy: ``linear``, ``power2``, ``sqrt`` or ``lars``; with another name the factor stays at 1 until
            the warm-up is over.
        warmup_epochs, updates_per_epoch: their product is the length of the warm-up in updates.
        batch_scale: number of small batches in a large one.
        begin_epoch: number of epochs made before.
        num_epochs: has no effect, here as in 1.9.1.
        multi_precision: as for :class:`Optimizer`.
        kwargs: those of :class:`Optimizer`.

    Source: arXiv:1706.02677, arXiv:1708.03888

    >>> import mxnet as mx
    >>> lbsgd = LBSGD(learning_rate=0.5, batch_scale=2, warmup_epochs=0)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> state = lbsgd.create_state(0, w)
    >>> for _ in range(2):
    ...     lbsgd.update(0, w, g, state)
    >>> w.asnumpy()
    array([0., 3.], dtype=float32)
    """

    momentum: float = number()
    warmup_epochs: float = number()
    batch_scale: float = number()
    updates_per_epoch: float = number()

    _counts_first = False

    def __init__(
        self,
        momentum: float = 0.0,
        multi_precision: bool = False,
        warmup_strategy: str = "linear",
        warmup_epochs: int = 5,
        batch_scale: int = 1,
        updates_per_epoch: int = 32,
        begin_epoch: int = 0,
        num_epochs: int = 60,
        **kwargs: Any,
    ) -> None:
        super().__init__(multi_precision=multi_precision, **kwargs)
        self.momentum = momentum
        self.warmup_strategy = warmup_strategy
        self.warmup_epochs = warmup_epochs
        self.batch_scale = batch_scale
        self.updates_per_epoch = updates_per_epoch
        self.init_updates = begin_epoch * self.updates_per_epoch
        self.num_epochs = num_epochs
        self.lbmult = 1
        self.cumgrads: dict[Any, dict[str, Any]] = {}
        self.adaptive = False
        self.admult = 1

    def create_state(self, index: Any, weight: Any) -> Any:
        return None if self.momentum == 0 else zeros_stored_like(weight)

    def _warmed(self, updates: int) -> float:
        length = self.warmup_epochs * self.updates_per_epoch
        if updates >= length:
            return self.batch_scale
        part = updates / length
        shape = {"linear": part, "power2": part * part, "sqrt": math.sqrt(part)}.get(self.warmup_strategy, 0.0)
        return 1 + (self.batch_scale - 1) * shape

    @staticmethod
    def _adapted(weights: list[Tensor], grads: list[Tensor], wds: list[float]) -> list[Tensor]:
        w, g = norms(weights).square(), norms(grads).square()
        factors = (w / (g + each(wds, w) * w + 1e-18)).sqrt().clamp(0.01, 100.0)
        return list(factors.to(weights[0].dtype).unbind())

    def _gathered(self, index: Any, grad: Tensor) -> tuple[Tensor | None, int]:
        """The mean gradient if this update completes a large batch, and the number of updates so far."""
        kept = self.cumgrads.setdefault(index, {"cum_grad": 0, "num_cums": self.init_updates})
        kept["num_cums"] += 1
        if self.batch_scale == 1:
            return grad, kept["num_cums"]
        if isinstance(kept["cum_grad"], NDArray):
            tensor_of(kept["cum_grad"]).add_(grad)
        else:
            kept["cum_grad"] = NDArray(grad.clone(), of_tensor(grad))
        if kept["num_cums"] % self.batch_scale:
            return None, kept["num_cums"]
        total, kept["cum_grad"] = kept["cum_grad"], 0
        return tensor_of(total).div_(self.batch_scale), kept["num_cums"]

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        gathered = [self._gathered(index, grad) for index, grad in zip(indices, grads, strict=True)]
        chosen = [i for i, (g, _) in enumerate(gathered) if g is not None]
        ws, ds = [weights[i] for i in chosen], [wds[i] for i in chosen]
        gs = [g for g, _ in gathered if g is not None]
        moms = [states[i][0] for i in chosen] if self.momentum else None
        rates = [lrs[i] for i in chosen]
        if self.warmup_strategy == "lars":
            for members, _ in lists.alike(ws):
                own = [lists.take(members, tensors) for tensors in (ws, gs)]
                kept = lists.take(members, moms) if moms else None
                decays = [ds[i] for i in members]
                rules.momenta(
                    *own,
                    kept,
                    [rates[i] for i in members],
                    decays,
                    self.momentum,
                    self.rescale_grad,
                    self._clip,
                    self._adapted(*own, decays),
                )
            return
        rates = [rate * self._warmed(gathered[i][1]) for i, rate in zip(chosen, rates, strict=True)]
        if moms is None:
            lists.sgd(ws, gs, rates, ds, self.rescale_grad, self._clip)
        else:
            lists.momentum(ws, gs, moms, rates, ds, self.momentum, self.rescale_grad, self._clip)


class LAMB(_TwoAverages):
    """Adam whose steps have the length of the weight, times the learning rate.

    Args:
        lower_bound, upper_bound: limits of the weight's norm; None or 0 for none.
        bias_correction: correct the averages for having started at 0.
        beta1, beta2: decay rates of the averages of the gradient and of its square.
        epsilon: against division by zero.
        kwargs: those of :class:`Optimizer`.

    Source: arXiv:1904.00962

    >>> import mxnet as mx
    >>> lamb = LAMB(learning_rate=0.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> lamb.update(0, w, g, lamb.create_state(0, w))
    >>> w.asnumpy().round(4)
    array([0.5, 1.5], dtype=float32)
    """

    beta1: float = number()
    beta2: float = number()
    epsilon: float = number()
    lower_bound: float | None = number(optional=True)
    upper_bound: float | None = number(optional=True)

    _stored_like_weight = True

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-6,
        lower_bound: float | None = None,
        upper_bound: float | None = None,
        bias_correction: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.bias_correction = bias_correction
        self.aggregate_num = max(1, min(45, aggregation(45)))
        self._measured: dict[Any, Tensor] | None = None

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        attrs = {
            "beta1": self.beta1,
            "beta2": self.beta2,
            "epsilon": self.epsilon,
            "bias_correction": self.bias_correction,
            "rescale_grad": self.rescale_grad,
            "clip_gradient": self._clip,
            "lower_bound": self.lower_bound or -1.0,
            "upper_bound": self.upper_bound or -1.0,
            "learning_rates": lrs,
            "wds": wds,
            "step_count": self._counts(indices),
        }
        measured = weights if self._measured is None else [self._measured[i] for i in indices]
        multi_lamb_step(weights, grads, [s[0] for s in states], [s[1] for s in states], measured, attrs)

    def _update_mixed(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        # as in 1.9.1, a step has the length of the rounded weight, not of its float32 copy
        pairs = zip(index, weight, strict=True) if is_list(index) else [(index, weight)]
        self._measured = {i: tensor_of(w) for i, w in pairs}
        try:
            super()._update_mixed(index, weight, grad, state)
        finally:
            self._measured = None
