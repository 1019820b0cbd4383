"""Modules written in Python, for what symbols cannot express."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError, Unfit
from mxnet.ndarray import NDArray

from .base_module import UNIFORM, BaseModule, NotReady, undefined


class PythonModule(BaseModule):
    """Base of modules without parameters: subclasses define ``forward``, ``backward`` and the outputs.

    Args:
        data_names: names of the data.
        label_names: names of the labels; None for a module without.
        output_names: names of the outputs.
        logger: as for :class:`BaseModule`.

    Subclasses also define ``_compute_output_shapes``, which returns (name, shape) pairs once ``data_shapes`` is known.

    >>> import mxnet as mx
    >>> class Double(PythonModule):
    ...     def _compute_output_shapes(self):
    ...         return [("double", self.data_shapes[0][1])]
    ...
    ...     def forward(self, data_batch, is_train=None):
    ...         self.out = data_batch.data[0] * 2
    ...
    ...     def get_outputs(self, merge_multi_context=True):
    ...         return [self.out]
    >>> module = Double(["data"], None, ["double"])
    >>> module.bind([("data", (1,))])
    >>> module.forward(mx.io.DataBatch([mx.nd.ones((1,))]))
    >>> module.get_outputs()[0].asscalar()
    2.0
    """

    def __init__(
        self,
        data_names: Sequence[str],
        label_names: Sequence[str] | None,
        output_names: Sequence[str],
        logger: Any = logging,
    ) -> None:
        super().__init__(logger)
        self._data_names = list(data_names)
        self._label_names = None if label_names is None else list(label_names)
        self._output_names = list(output_names)
        self._data_shapes: Any = None
        self._label_shapes: Any = None
        self._output_shapes: Any = None

    @property
    def data_names(self) -> list[str]:
        return self._data_names

    @property
    def output_names(self) -> list[str]:
        return self._output_names

    @property
    def data_shapes(self) -> Any:
        return self._data_shapes

    @property
    def label_shapes(self) -> Any:
        return self._label_shapes

    @property
    def output_shapes(self) -> Any:
        return self._output_shapes

    def get_params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Two empty dicts, where a subclass has nothing to add."""
        return {}, {}

    def init_params(
        self,
        initializer: Any = UNIFORM,
        arg_params: Any = None,
        aux_params: Any = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """There are no parameters: arguments have no effect unless a subclass gives them one."""
        self.params_initialized = True

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """There are no parameters: arguments have no effect unless a subclass gives them one."""
        self.optimizer_initialized = True

    def update(self) -> None:
        """There is nothing to update."""

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Add the last outputs to a metric; nothing if the module was bound without labels.

        Raises:
            ArgumentError: labels for several contexts; there is only one here.
        """
        if self._label_shapes is None:
            return
        if pre_sliced:
            raise ArgumentError("PythonModule does not support presliced labels")
        eval_metric.update(labels, self.get_outputs())

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
        """Keep the shapes.

        Args:
            data_shapes, label_shapes: (name, shape) pairs, in order of the module's names.
            for_training, inputs_need_grad: for subclasses to look at.
            force_rebind: bind again if it is bound already; otherwise this only gives a warning.
            shared_module: has no effect: there is nothing to share.
            grad_req: has to be ``write``.

        Raises:
            ArgumentError: other names, or another ``grad_req``.
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        if grad_req != "write":
            raise Unfit(f"Python module only support write gradient, got {grad_req!r}")
        for kind, shapes, names in (
            ("data", data_shapes, self._data_names),
            ("label", label_shapes, self._label_names),
        ):
            given = [s[0] for s in shapes or []]
            if given != (names or []) and (kind == "data" or label_shapes):
                raise Unfit(f"bind: {kind}_shapes are of {given}, expected {names}")
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self._data_shapes = data_shapes
        self._label_shapes = label_shapes
        self._output_shapes = self._compute_output_shapes()
        self.binded = True

    def _compute_output_shapes(self) -> Any:
        raise undefined(self, "_compute_output_shapes")


class PythonLossModule(PythonModule):
    """A loss at the end of a :class:`SequentialModule`: scores pass through unchanged, and get a gradient.

    Args:
        name: its output is ``<name>_output``.
        data_names: the name of the scores; one.
        label_names: the name of the labels; one.
        grad_func: function of scores and labels that gives the gradient with respect to the scores, an array of
            MXNet or NumPy. Without it a subclass defines ``_backward_impl``, which sets ``self._scores_grad``.
        logger: as for :class:`BaseModule`.

    Raises:
        ArgumentError: there is not one name of each kind, or ``grad_func`` cannot be called.

    >>> import mxnet as mx
    >>> loss = PythonLossModule(grad_func=lambda scores, labels: scores - labels)
    >>> loss.bind([("data", (1,))], [("softmax_label", (1,))])
    >>> loss.forward(mx.io.DataBatch([mx.nd.array([3])], [mx.nd.array([1])]))
    >>> loss.backward()
    >>> loss.get_input_grads()[0].asscalar()
    2.0
    """

    def __init__(
        self,
        name: str = "pyloss",
        data_names: Sequence[str] = ("data",),
        label_names: Sequence[str] = ("softmax_label",),
        logger: Any = logging,
        grad_func: Callable[[NDArray, NDArray], Any] | None = None,
    ) -> None:
        super().__init__(data_names, label_names, [f"{name}_output"], logger)
        if len(data_names) != 1 or len(label_names) != 1:
            raise Unfit(f"PythonLossModule: expected one data and one label name, got {data_names} and {label_names}")
        if grad_func is not None and not callable(grad_func):
            raise Unfit(f"PythonLossModule: grad_func is {grad_func!r}, expected a function of scores and labels")
        self._name = name
        self._scores: Any = None
        self._labels: Any = None
        self._scores_grad: Any = None
        self._grad_func = grad_func

    def _compute_output_shapes(self) -> list[tuple[str, Any]]:
        return [(f"{self._name}_output", self._data_shapes[0][1])]

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Keep the scores, and in training the labels."""
        self._scores = data_batch.data[0]
        if self.for_training if is_train is None else is_train:
            self._labels = data_batch.label[0]

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The scores. There is one context: ``merge_multi_context`` has to be True."""
        self._one_context(merge_multi_context)
        return [self._scores]

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradient of the scores.

        Raises:
            ArgumentError: ``out_grads`` are given, which a loss does not take; or it is not bound for training.
            NotImplementedError: there is neither a ``grad_func`` nor a ``_backward_impl``.
        """
        if out_grads is not None:
            raise Unfit("For a loss module, out_grads should be None")
        if not self.for_training:
            raise NotReady("PythonLossModule.backward: bind with for_training=True")
        self._backward_impl()

    def _backward_impl(self) -> None:
        if self._grad_func is None:
            raise undefined(self, "_backward_impl")
        grad = self._grad_func(self._scores, self._labels)
        self._scores_grad = grad if isinstance(grad, NDArray) else nd.array(grad, ctx=self._scores.context)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradient of the scores. There is one context: ``merge_multi_context`` has to be True."""
        self._one_context(merge_multi_context)
        return [self._scores_grad]

    def _one_context(self, merge: bool) -> None:
        if not merge:
            raise Unfit(f"{type(self).__name__}: merge_multi_context is False, but there is one context only")
