"""The optimizers of ``SVRGModule``: the requested one, and one that stores full gradients."""

from __future__ import annotations

from typing import Any

import mxnet as mx
from mxnet.optimizer import Optimizer

__all__: list[str] = []


@Optimizer.register
class _AssignmentOptimizer(Optimizer):
    """Copies gradients into weights: full gradients are joined in a store under keys of their own."""

    def create_state(self, index: int, weight: Any) -> None:
        """It keeps nothing."""

    def update(self, index: int, weight: Any, grad: Any, state: Any) -> None:
        """Make ``weight`` be ``grad``."""
        weight[:] = grad


@Optimizer.register
class _SVRGOptimizer(Optimizer):
    """An optimizer for parameters, and assignment for keys whose name has ``full`` in it.

    Args:
        default_optimizer: an optimizer or its name.
        kwargs: options of the optimizer, and those of every optimizer.
    """

    def __init__(self, default_optimizer: Any, **kwargs: Any) -> None:
        common = {k: v for k, v in kwargs.items() if k in _COMMON}
        super().__init__(**common)
        if isinstance(default_optimizer, Optimizer):
            self.default_opt = default_optimizer
        else:
            self.default_opt = mx.optimizer.create(default_optimizer, **kwargs)
        self.aux_opt = mx.optimizer.create(_AssignmentOptimizer.__name__)

    def _check_index(self, index: Any) -> str:
        """The name of the parameter that ``index``, a number or already a name, means."""
        return self.idx2name.get(index, str(index))

    def _of(self, index: Any) -> Any:
        return self.aux_opt if "full" in self._check_index(index) else self.default_opt

    def create_state(self, index: Any, weight: Any) -> Any:
        """What the optimizer that is responsible for ``index`` keeps for ``weight``."""
        return self._of(index).create_state(index, weight)

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Take a step with the optimizer that is responsible for ``index``."""
        self._of(index).update(index, weight, grad, state)


_COMMON = (
    "rescale_grad",
    "param_idx2name",
    "wd",
    "clip_gradient",
    "learning_rate",
    "lr_scheduler",
    "sym",
    "begin_num_update",
    "multi_precision",
    "param_dict",
)
