"""What all optimizers have in common: the registry, counts of updates, and how a step is taken."""

from __future__ import annotations

import difflib
import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from mxnet._base import settings
from mxnet._base.errors import ArgumentError, AutogradError, CallError, InputTypeError, WrongKindError
from mxnet._kernels import update_lists as lists
from mxnet._runtime.state import state as thread
from mxnet.ndarray import NDArray

from . import _sparse
from ._arrays import as_float32, is_list, is_low, tensor_of, tensor_unless_sparse, tensors_of, zeros_like
from ._fitting import check_lengths, check_states
from ._numbers import number
from ._rates import Rates

_AGGREGATION = "MXNET_OPTIMIZER_AGGREGATION_SIZE"


def aggregation(unless_set: int) -> int:
    """How many parameters are given at a time to an optimizer that takes several."""
    wanted = settings.get(_AGGREGATION)
    return unless_set if wanted is None else wanted


def _unknown_argument(klass: type, given: Mapping[str, Any]) -> CallError | None:
    """The error, if an argument belongs neither to ``klass`` nor to the classes it passes arguments on to."""
    taken: set[str] = set()
    for made in klass.__mro__:
        parameters = inspect.signature(made.__init__).parameters.values()  # type: ignore[misc]
        taken.update(p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY))
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    taken -= {"self", "param_dict"}
    unknown = next((name for name in given if name not in taken and name != "param_dict"), None)
    if unknown is None:
        return None
    return CallError(
        f"{klass.__name__} got an unexpected keyword argument {unknown!r}; it takes {', '.join(sorted(taken))}"
    )


class Optimizer(Rates):
    """Base of all optimizers.

    A subclass of your own defines ``update`` for one parameter and, if it has states, ``create_state``. Once registered
    with :meth:`register` it can be created by name.

    Args:
        rescale_grad: gradients are multiplied by it first; Trainer sets it to 1 / batch size.
        param_idx2name: dict of index to name. By default, parameters whose names do not end in ``_weight`` or
            ``_gamma`` then have no weight decay.
        wd: weight decay, the coefficient of the L2 penalty.
        clip_gradient: rescaled gradients are limited to [-clip_gradient, clip_gradient]; None or 0 for no limit.
        learning_rate: 0.01 if None.
        lr_scheduler: gives the learning rate for the number of updates; ``learning_rate`` is then its base, and a line
            on standard output says so if it had another one.
        sym: a symbol whose attributes ``__lr_mult__`` and ``__wd_mult__`` are used.
        begin_num_update: number of updates made before.
        multi_precision: take the steps of float16 and bfloat16 weights on float32 copies.
        param_dict: dict of index to Gluon parameter, whose ``lr_mult`` and ``wd_mult`` are then used.

    Numbers, here and in subclasses of this package, may be given as text. What is none is refused when it is set,
    unless a subclass has an ``update`` of its own.

    Raises:
        CallError: one is no number.

    >>> import mxnet as mx
    >>> optimizer = mx.optimizer.create("sgd", learning_rate=0.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.ones((2,))
    >>> optimizer.update(0, w, g, optimizer.create_state(0, w))
    >>> w.asnumpy()
    array([0.5, 0.5], dtype=float32)

    >>> @mx.optimizer.register
    ... class Halving(mx.optimizer.Optimizer):
    ...     def update(self, index, weight, grad, state):
    ...         weight[:] = weight / 2
    >>> mx.optimizer.create("halving").update(0, w, g, None)
    >>> w.asnumpy()
    array([0.25, 0.25], dtype=float32)
    """

    opt_registry: ClassVar[dict[str, type[Optimizer]]] = {}
    _counts_first: ClassVar[bool] = True
    """Whether a scheduler is asked for the rate of this update, or for that of the one before."""

    rescale_grad: float = number()
    lr: float = number("learning_rate")
    wd: float = number()
    clip_gradient: float | None = number(optional=True)

    def __init__(
        self,
        rescale_grad: float = 1.0,
        param_idx2name: Mapping[Any, str] | None = None,
        wd: float = 0.0,
        clip_gradient: float | None = None,
        learning_rate: float | None = None,
        lr_scheduler: Any = None,
        sym: Any = None,
        begin_num_update: int = 0,
        multi_precision: bool = False,
        param_dict: Mapping[Any, Any] | None = None,
    ) -> None:
        self.rescale_grad = rescale_grad
        if lr_scheduler is not None and (isinstance(lr_scheduler, type) or not callable(lr_scheduler)):
            raise CallError(
                f"{type(self).__name__}: lr_scheduler must be one like mx.lr_scheduler.FactorScheduler(100), got "
                f"{lr_scheduler!r}"
            )
        self.lr_scheduler = lr_scheduler
        self.lr = 0.01 if learning_rate is None else learning_rate
        if lr_scheduler is not None and learning_rate is not None:
            if lr_scheduler.base_lr != self.lr:  # 1.9.1 says so in the same words
                print("learning rate from ``lr_scheduler`` has been overwritten by ``learning_rate`` in optimizer.")
                lr_scheduler.base_lr = self.lr
        self.wd = wd
        self.lr_mult: dict[Any, float] = {}
        self.wd_mult: dict[Any, float] = {}
        self.begin_num_update = begin_num_update
        self.num_update = begin_num_update
        self._all_index_update_counts: dict[int, dict[Any, int]] = {0: {}}
        self._index_update_count = self._all_index_update_counts[0]
        self.clip_gradient = clip_gradient
        self.multi_precision = multi_precision
        self.aggregate_num = 0
        names = {} if param_idx2name is None else param_idx2name
        if not isinstance(names, Mapping):
            raise InputTypeError(f"param_idx2name should be a dict of param indexes to names, got {param_idx2name!r}")
        self.idx2name = dict(names)
        self.sym_info = () if sym is None else (sym.attr_dict(), sym.list_arguments())
        self.param_dict = param_dict if param_dict else {}
        self.allow_np_array = True
        self.set_lr_mult({})
        self.set_wd_mult({})

    def _steps_by_rule(self) -> bool:
        """Whether steps are those of this package: no subclass has an update of its own."""
        made = type(self)
        return (
            made._step is not Optimizer._step
            and made.update is Optimizer.update
            and made.update_multi_precision is Optimizer.update_multi_precision
        )

    def _steps_at_once(self) -> bool:
        """Whether any number of parameters may step together: no subclass looks at them one by one, or by the few."""
        return self._steps_by_rule() and settings.get(_AGGREGATION) != 0

    # -- by name ------------------------------------------------------------------------------------------------

    @staticmethod
    def register(klass: type[Optimizer]) -> type[Optimizer]:
        """Make the class known by its name in lower case; for use as a decorator.

        Raises:
            InputTypeError: it is not a class.
        """
        if not isinstance(klass, type):
            raise InputTypeError(f"Optimizer.register takes a class, got {klass!r}")
        name = klass.__name__.lower()
        other = Optimizer.opt_registry.get(name)
        if other is not None:
            warnings.warn(
                f"New optimizer {klass.__module__}.{klass.__name__} is overriding existing optimizer "
                f"{other.__module__}.{other.__name__}",
                stacklevel=2,
            )
        Optimizer.opt_registry[name] = klass
        return klass

    @staticmethod
    def create_optimizer(name: str, **kwargs: Any) -> Optimizer:
        """The optimizer of that name, in upper or lower case, made with ``kwargs``.

        Raises:
            ArgumentError: there is none.
        """
        if not isinstance(name, str):
            raise WrongKindError(
                f"optimizer must be a name like 'sgd', or where 1.9.1 takes one an instance like SGD(), got {name!r}"
            )
        klass = Optimizer.opt_registry.get(name.lower())
        if klass is None:
            close = difflib.get_close_matches(name.lower(), Optimizer.opt_registry, 3)
            hint = f"; the closest names are {', '.join(close)}" if close else ""
            raise ArgumentError(f"Cannot find optimizer {name}{hint}")
        try:
            return klass(**kwargs)
        except TypeError:
            told = _unknown_argument(klass, kwargs)
            if told is None:
                raise
            raise told from None

    @property
    def _clip(self) -> float:
        return self.clip_gradient or -1.0

    # -- counting -----------------------------------------------------------------------------------------------

    def _set_current_context(self, device_id: int) -> None:
        """Count updates of the parameters on this device; each device has its own count."""
        counts = self._all_index_update_counts
        if device_id not in counts:
            counts[device_id] = {}
        self._index_update_count = counts[device_id]

    def _update_count(self, index: Any) -> None:
        counts = self._index_update_count
        for i in index if is_list(index) else (index,):
            now = counts[i] = counts.get(i, self.begin_num_update) + 1
            if now > self.num_update:
                self.num_update = now

    def _counts(self, indices: Sequence[Any]) -> list[int]:
        """How many updates each parameter has had, this one included."""
        return [self._index_update_count[i] for i in indices]

    # -- states and steps ---------------------------------------------------------------------------------------

    def create_state(self, index: Any, weight: Any) -> Any:
        """What ``update`` keeps for a parameter from step to step: None, an array, or a tuple of arrays."""
        return None

    def create_state_multi_precision(self, index: Any, weight: Any) -> Any:
        """The same, preceded by a float32 copy of the weight if ``multi_precision`` requires one."""
        if is_low(weight):
            if self.multi_precision:
                master = NDArray(tensor_of(weight).to(torch.float32), weight._ctx)
                return self._joined(master, self.create_state(index, master))
            warnings.warn(
                f"the optimizer accumulates in {weight.dtype}, which can be inaccurate or slow to converge; "
                "multi_precision=True accumulates in float32",
                stacklevel=2,
            )
        return self.create_state(index, weight)

    def _joined(self, master: Any, state: Any) -> Any:
        """A state and the float32 copy of its weight, in this optimizer's order."""
        return master, state

    def _parted(self, state: Any) -> tuple[Any, Any]:
        """The float32 copy and the state that ``_joined`` put together."""
        return state[0], state[1]

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Take a step: ``weight`` and ``state`` are written.

        All optimizers here also take lists of equal length, of indices, weights, gradients and states.

        Raises:
            ArgumentError: lists have unequal lengths.
            InputTypeError: a weight or gradient is not an array.
            Unfit: a state lacks what the step needs.
            AutogradError: a weight belongs to the graph that is being recorded.
        """
        if not is_list(index):
            index, weight, grad, state = [index], [weight], [grad], [state]
        elif not len(index) == len(weight) == len(grad):
            check_lengths(self, index, weight, grad, state)
        weights = [tensor_unless_sparse(w) for w in weight]
        grads = [tensor_unless_sparse(g) for g in grad]
        if thread.recording and any(w._tracked() for w in weight):
            raise AutogradError(
                f"{type(self).__name__}: update() writes to weights being recorded; step outside record()"
            )
        if self._counts_first:
            self._update_count(index)
            lrs = self._lrs_of(index)
        else:
            lrs = []
            for one in index:  # the first parameter of each step gets the rate of the step before from a scheduler
                lrs += self._lrs_of([one])
                self._update_count(one)
        wds = self._wds_of(index)
        try:
            if any([t is None for ts in (weights, grads) for t in ts]):
                _sparse.step(self, index, lrs, wds, weight, grad, state)
            else:
                self._step(index, lrs, wds, weights, grads, [tensors_of(s) for s in state])  # type: ignore[arg-type]
        except (IndexError, TypeError, ValueError):
            check_states(self, index, weight, grad, state)
            raise

    def _step(
        self,
        indices: Sequence[Any],
        lrs: Sequence[float],
        wds: Sequence[float],
        weights: list[Tensor],
        grads: list[Tensor],
        states: list[tuple[Tensor, ...]],
    ) -> None:
        """The rule, for a list of parameters whose updates have been counted; states are flattened."""
        raise NotImplementedError(f"{type(self).__name__} has to define update()")

    def _apply(
        self, rule: Callable[..., None], weights: Any, grads: Any, states: Any, *numbers: Any, **settings: Any
    ) -> None:
        """``lists.apply`` with ``numbers`` by parameter, and with what all optimizers do to gradients first."""
        lists.apply(rule, weights, grads, states, numbers, rescale=self.rescale_grad, clip=self._clip, **settings)

    def update_multi_precision(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """``update`` on the float32 copies of the weights that have one; the weights become their rounded values."""
        made = type(self)
        if is_list(index) and made.update is not Optimizer.update and made._step is not Optimizer._step:
            # the update() of a subclass of one of this package's optimizers; one made from scratch takes what it is
            # given
            for one in zip(index, weight, grad, state, strict=True):
                self.update_multi_precision(*one)
        elif self.multi_precision and (is_list(index) or is_low(weight)):
            self._update_mixed(index, weight, grad, state)
        else:
            self.update(index, weight, grad, state)

    def _update_mixed(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        listed = is_list(index)
        if not listed:
            weight, grad, state = [weight], [grad], [state]
        weights, grads, states = list(weight), list(grad), list(state)
        low = [i for i, w in enumerate(weights) if is_low(w)]
        for i in low:
            weights[i], states[i] = self._parted(states[i])
            grads[i] = as_float32(grads[i])
        if listed:
            self.update(index, weights, grads, states)
        else:
            self.update(index, weights[0], grads[0], states[0])
        for i in [i for i in low if weight[i]._sparse]:
            _sparse.assign(weight[i], tensor_of(weights[i]).to(weight[i]._meta().dtype))
        dense = [i for i in low if not weight[i]._sparse]
        if dense:
            torch._foreach_copy_([tensor_of(weight[i]) for i in dense], [tensor_of(weights[i]) for i in dense])

    # -- keeping ------------------------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        """Everything but ``param_dict``, whose parameters are saved elsewhere."""
        kept = self.__dict__.copy()
        del kept["param_dict"]
        return kept

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        Optimizer.__init__(self)  # files of old versions lack what was added later
        self.__dict__.update(state)
        self.param_dict = {}
        if "_all_index_update_counts" not in state:
            self._all_index_update_counts = {0: self._index_update_count}
        # it is one of the counts by device, and a copy of it would count for nobody
        self._index_update_count = self._all_index_update_counts.setdefault(0, {})


class Test(Optimizer):
    """``weight += rescale_grad * grad``, and the state is the weight. It is for tests.

    >>> import mxnet as mx
    >>> test = Test()
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> test.update(0, w, g, test.create_state(0, w))
    >>> w.asnumpy()
    array([ 2., -1.], dtype=float32)
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def create_state(self, index: Any, weight: Any) -> NDArray:
        return zeros_like(weight)

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        torch._foreach_add_(weights, grads, alpha=self.rescale_grad)
        torch._foreach_copy_([s for (s,) in states], weights)
