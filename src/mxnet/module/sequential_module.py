"""Modules in a row: the outputs of one are the data of the next."""

from __future__ import annotations

import copy
import logging
from typing import Any, ClassVar

from mxnet._base.errors import ArgumentError, Unfit
from mxnet.io import DataDesc

from .base_module import UNIFORM, BaseModule, NotReady


class SequentialModule(BaseModule):
    """Modules in a row, added by :meth:`add`; ``forward`` runs them in order, ``backward`` in reverse.

    Args:
        logger: as for :class:`BaseModule`.

    >>> import mxnet as mx
    >>> body = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=4, name="body")
    >>> head = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=2, name="head"), name="softmax")
    >>> module = SequentialModule()
    >>> module = module.add(mx.mod.Module(body, label_names=None))
    >>> module = module.add(mx.mod.Module(head, data_names=["x"]), take_labels=True, auto_wiring=True)
    >>> module.bind([("data", (5, 3))], [("softmax_label", (5,))])
    >>> module.output_shapes
    [('softmax_output', (5, 2))]
    """

    META_TAKE_LABELS = "take_labels"
    META_AUTO_WIRING = "auto_wiring"
    _META: ClassVar[tuple[str, ...]] = (META_TAKE_LABELS, META_AUTO_WIRING)

    def __init__(self, logger: Any = logging) -> None:
        super().__init__(logger)
        self._modules: list[BaseModule] = []
        self._metas: list[dict[str, Any]] = []
        self._label_shapes: Any = None

    def add(self, module: BaseModule, **kwargs: Any) -> SequentialModule:
        """Put ``module`` at the end.

        Args:
            module: the module.
            take_labels: whether it gets the batch's labels, and counts in metrics.
            auto_wiring: whether the outputs before become its data in order, whatever their names.

        Returns:
            This module, for the next ``add``.

        Raises:
            ArgumentError: another keyword.
        """
        unknown = [k for k in kwargs if k not in self._META]
        if unknown:
            raise Unfit(f'Unknown meta "{unknown[0]}", a typo? Expected one of {", ".join(self._META)}')
        self._modules.append(module)
        self._metas.append(kwargs)
        self.binded = self.params_initialized = self.optimizer_initialized = False
        return self

    def _takes_labels(self, i: int) -> bool:
        return bool(self._metas[i].get(self.META_TAKE_LABELS))

    # -- description --------------------------------------------------------------------------------------------

    @property
    def data_names(self) -> list[str]:
        return self._modules[0].data_names if self._modules else []

    @property
    def output_names(self) -> list[str]:
        return self._modules[-1].output_names if self._modules else []

    @property
    def data_shapes(self) -> Any:
        self._require()
        return self._modules[0].data_shapes

    @property
    def label_shapes(self) -> Any:
        """Descriptions of the labels as given; None if no module takes them."""
        self._require()
        return self._label_shapes

    @property
    def output_shapes(self) -> Any:
        self._require()
        return self._modules[-1].output_shapes

    # -- parameters ---------------------------------------------------------------------------------------------

    def get_params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        self._require(params=True)
        args: dict[str, Any] = {}
        aux: dict[str, Any] = {}
        for module in self._modules:
            more, more_aux = module.get_params()
            args.update(more)
            aux.update(more_aux)
        return args, aux

    def init_params(
        self,
        initializer: Any = UNIFORM,
        arg_params: Any = None,
        aux_params: Any = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters of all modules values; anything else in the dicts is ignored.

        Raises:
            ArgumentError: two modules have parameters of one name.
        """
        if self.params_initialized and not force_init:
            return
        self._require()
        for module in self._modules:
            module.init_params(initializer, arg_params, aux_params, allow_missing, force_init, allow_extra=True)
        self._check_names()
        self.params_initialized = True

    def _check_names(self) -> None:
        owner: dict[str, int] = {}
        for i, module in enumerate(self._modules):
            for name in (n for group in module.get_params() for n in group):
                if name in owner:
                    raise Unfit(
                        f'Duplicated parameter names: name "{name}" in layer {i} ({type(module)}) is already used in '
                        f"layer {owner[name]} ({type(self._modules[owner[name]])})."
                    )
                owner[name] = i

    # -- binding ------------------------------------------------------------------------------------------------

    def bind(
        self,
        data_shapes: Any,
        label_shapes: Any = None,
        for_training: bool = True,
        inputs_need_grad: bool = False,
        force_rebind: bool = False,
        shared_module: Any = None,
        grad_req: Any = "write",
    ) -> None:
        """Bind the modules one after the other, each to the shapes of the outputs before it.

        Args:
            data_shapes: for the first module.
            label_shapes: for those that take labels.
            for_training, inputs_need_grad, force_rebind, grad_req: as for :class:`mxnet.mod.Module`.
            shared_module: must be None.
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        if shared_module is not None:
            raise NotReady("SequentialModule.bind: Shared module is not supported")
        if not self._modules:
            raise NotReady("Attempting to bind an empty SequentialModule; add modules first")
        shapes = data_shapes
        for i, module in enumerate(self._modules):
            if self._metas[i].get(self.META_AUTO_WIRING):
                shapes = _renamed(shapes, module.data_names, i)
            module.bind(
                shapes,
                label_shapes if self._takes_labels(i) else None,
                for_training,
                inputs_need_grad=for_training and (inputs_need_grad or i > 0),
                force_rebind=force_rebind,
                grad_req=grad_req,
            )
            shapes = module.output_shapes
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self._label_shapes = label_shapes if any(map(self._takes_labels, range(len(self._modules)))) else None
        self.binded = True

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Install an optimizer in each module."""
        self._require(params=True)
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring.")
            return
        for module in self._modules:
            module.init_optimizer(kvstore, optimizer, optimizer_params, force_init)
        self.optimizer_initialized = True

    # -- computation --------------------------------------------------------------------------------------------

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Go through all modules; those that take labels get the batch's."""
        self._require(params=True)
        batch = copy.copy(data_batch)
        for i, module in enumerate(self._modules):
            if i:
                before = self._modules[i - 1]
                batch.data = before.get_outputs()
                names = [n for n, _ in before.output_shapes]
                batch.provide_data = [(n, o.shape) for n, o in zip(names, batch.data, strict=True)]
            module.forward(batch, is_train)

    def backward(self, out_grads: Any = None) -> None:
        self._require(params=True)
        for i, module in reversed(list(enumerate(self._modules))):
            module.backward(out_grads)
            if i:
                out_grads = module.get_input_grads()

    def update(self) -> None:
        self._require(params=True, optimizer=True)
        for module in self._modules:
            module.update()

    def get_outputs(self, merge_multi_context: bool = True) -> Any:
        """The outputs of the last module."""
        self._require(params=True)
        return self._modules[-1].get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context: bool = True) -> Any:
        """The gradients of the first module's data; 1.9.1 refuses them even where they were asked for.

        Raises:
            NotReady: bound without ``inputs_need_grad``.
        """
        self._require(params=True)
        if not self.inputs_need_grad:
            raise NotReady("SequentialModule.get_input_grads: bind with inputs_need_grad=True to have them")
        return self._modules[0].get_input_grads(merge_multi_context)

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Add the last outputs of the modules that take labels to a metric."""
        self._require(params=True)
        for i, module in enumerate(self._modules):
            if self._takes_labels(i):
                module.update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon: Any) -> None:
        self._require()
        for module in self._modules:
            module.install_monitor(mon)


def _renamed(shapes: Any, names: Any, i: int) -> list[Any]:
    if len(names) != len(shapes):
        raise ArgumentError(
            f"bind: module {i} takes {len(names)} inputs ({', '.join(names)}), but gets {len(shapes)} from the last"
        )
    return [
        DataDesc(n, s.shape, s.dtype, s.layout) if isinstance(s, DataDesc) else (n, s[1])
        for n, s in zip(names, shapes, strict=True)
    ]
