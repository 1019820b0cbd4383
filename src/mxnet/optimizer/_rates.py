"""The learning rate and weight decay of each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Rates:
    """The part of an optimizer that says with which learning rate and weight decay parameters are updated."""

    # set by Optimizer
    lr: float
    lr_scheduler: Any
    wd: float
    num_update: int
    idx2name: dict[Any, str]
    param_dict: Mapping[Any, Any]
    sym_info: tuple[Any, ...]

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next update, without the multipliers of parameters."""
        return self.lr if self.lr_scheduler is None else self.lr_scheduler(self.num_update)

    def set_learning_rate(self, lr: float) -> None:
        """Change the learning rate.

        Raises:
            UserWarning: there is a scheduler, which decides it.
        """
        if self.lr_scheduler is not None:
            raise UserWarning("LRScheduler of the optimizer has already been defined: set its base_lr instead")
        self.lr = lr

    def set_lr_scale(self, args_lrscale: Any) -> None:
        """Gone since 1.0.

        Raises:
            DeprecationWarning: always; use ``set_lr_mult``.
        """
        raise DeprecationWarning("set_lr_scale is gone; use set_lr_mult")

    def _of_symbol(self, key: str) -> dict[Any, float]:
        if not self.sym_info:
            return {}
        attributes, names = self.sym_info
        return {n: float(attributes[n][key]) for n in names if n in attributes and key in attributes[n]}

    def set_lr_mult(self, args_lr_mult: Mapping[Any, float]) -> None:
        """Set multipliers of the learning rate, for parameters by name or index."""
        self.lr_mult = {**self._of_symbol("__lr_mult__"), **args_lr_mult}

    def set_wd_mult(self, args_wd_mult: Mapping[Any, float]) -> None:
        """Set multipliers of the weight decay, for parameters by name or index.

        The default is 0 for the parameters in ``param_idx2name`` whose names do not end in ``_weight`` or ``_gamma``.
        """
        bare = {n: 0.0 for n in self.idx2name.values() if not n.endswith(("_weight", "_gamma"))}
        self.wd_mult = {**bare, **self._of_symbol("__wd_mult__"), **args_wd_mult}

    def _multiplied(
        self, base: float, indices: Sequence[Any], by_name: dict[Any, float], attribute: str
    ) -> list[float]:
        if not (by_name or self.param_dict):
            return [base] * len(indices)
        found = []
        for index in indices:
            if index in self.param_dict:
                found.append(base * getattr(self.param_dict[index], attribute))
            elif index in by_name:
                found.append(base * by_name[index])
            elif index in self.idx2name:
                found.append(base * by_name.get(self.idx2name[index], 1.0))
            else:
                found.append(base)
        return found

    def _get_lrs(self, indices: Sequence[Any]) -> list[float]:
        return self._multiplied(self.learning_rate, indices, self.lr_mult, "lr_mult")

    def _get_lr(self, index: Any) -> float:
        return self._get_lrs([index])[0]

    def _get_wds(self, indices: Sequence[Any]) -> list[float]:
        return self._multiplied(self.wd, indices, self.wd_mult, "wd_mult")

    def _get_wd(self, index: Any) -> float:
        return self._get_wds([index])[0]

    def _lrs_of(self, indices: Sequence[Any]) -> list[float]:
        """Learning rates; a subclass may define that of one parameter, or those of several."""
        if type(self)._get_lr is not Rates._get_lr:
            return [self._get_lr(i) for i in indices]
        return self._get_lrs(indices)

    def _wds_of(self, indices: Sequence[Any]) -> list[float]:
        """Weight decays, as :meth:`_lrs_of`."""
        if type(self)._get_wd is not Rates._get_wd:
            return [self._get_wd(i) for i in indices]
        return self._get_wds(indices)
