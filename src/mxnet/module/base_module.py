"""What every module is: an interface to define, and the loops that follow from it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from typing import Any

from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError, FormatError, MXNetError, NotDefined
from mxnet.base import _as_list  # noqa: F401  as below
from mxnet.model import BatchEndParam  # noqa: F401  as below

from ._loops import UNIFORM, Loops
from ._names import (  # noqa: F401  modules written outside of this package import them here
    _check_input_names,
    _check_names_match,
    _parse_data_desc,
)


class NotReady(MXNetError, AssertionError):
    """A step that has to come first is missing: bind, init_params or init_optimizer."""


def undefined(module: Any, name: str) -> NotDefined:
    """The error for a method ``name`` that the class of ``module`` leaves open."""
    return NotDefined(f"{type(module).__name__}.{name} is not defined; a subclass of BaseModule has to define it")


class BaseModule(Loops):
    """A computation with parameters, bound to the shapes of its data.

    Subclasses say what it means to bind, go forward and backward, and update; ``fit``, ``score`` and ``predict``
    follow from these. What a subclass leaves open raises ``NotImplementedError``.

    Args:
        logger: told by ``fit`` of progress.

    >>> import mxnet as mx
    >>> net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2), name="softmax")
    >>> module = mx.mod.Module(net)
    >>> module.bind([("data", (4, 3))], [("softmax_label", (4,))])
    >>> module.init_params()
    >>> module.score(mx.io.NDArrayIter(mx.nd.ones((8, 3)), mx.nd.zeros(8), batch_size=4), "acc")[0][0]
    'accuracy'
    """

    def __init__(self, logger: Any = logging) -> None:
        self.logger = logger
        self.binded = False
        self.for_training = False
        self.inputs_need_grad = False
        self.params_initialized = False
        self.optimizer_initialized = False
        self._symbol: Any = None

    def _require(self, bound: bool = True, params: bool = False, optimizer: bool = False) -> None:
        for needed, have, call in (
            (bound, self.binded, "bind()"),
            (params, self.params_initialized, "init_params()"),
            (optimizer, self.optimizer_initialized, "init_optimizer()"),
        ):
            if needed and not have:
                raise NotReady(f"{type(self).__name__}: call {call} first")

    # -- what subclasses define ---------------------------------------------------------------------------------

    @property
    def data_names(self) -> list[str]:
        """Names of the data inputs."""
        raise undefined(self, "data_names")

    @property
    def output_names(self) -> list[str]:
        """Names of the outputs."""
        raise undefined(self, "output_names")

    @property
    def data_shapes(self) -> Any:
        """Descriptions of the data inputs."""
        raise undefined(self, "data_shapes")

    @property
    def label_shapes(self) -> Any:
        """Descriptions of the labels; empty where there are none."""
        raise undefined(self, "label_shapes")

    @property
    def output_shapes(self) -> Any:
        """Names and shapes of the outputs."""
        raise undefined(self, "output_shapes")

    @property
    def symbol(self) -> Any:
        """The symbol, if there is one."""
        return self._symbol

    def get_params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Arguments and auxiliary states by name."""
        raise undefined(self, "get_params")

    def init_params(
        self,
        initializer: Any = UNIFORM,
        arg_params: Any = None,
        aux_params: Any = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters values: those named in the dicts, the rest by ``initializer``."""
        raise undefined(self, "init_params")

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
        """Make room for the given shapes."""
        raise undefined(self, "bind")

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Install the optimizer."""
        raise undefined(self, "init_optimizer")

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs for a batch."""
        raise undefined(self, "forward")

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients."""
        raise undefined(self, "backward")

    def update(self) -> None:
        """Take a step of the optimizer."""
        raise undefined(self, "update")

    def get_outputs(self, merge_multi_context: bool = True) -> Any:
        """The outputs of the last forward."""
        raise undefined(self, "get_outputs")

    def get_input_grads(self, merge_multi_context: bool = True) -> Any:
        """The gradients of the data inputs."""
        raise undefined(self, "get_input_grads")

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Add the last outputs to a metric."""
        raise undefined(self, "update_metric")

    def install_monitor(self, mon: Any) -> None:
        """Let a monitor watch the executors."""
        raise undefined(self, "install_monitor")

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """Values of the states; a module without any has none."""
        self._require(params=True)
        return []

    def set_states(self, states: Any = None, value: Any = None) -> None:
        """Set the states, from a list or all to one value."""
        self._require(params=True)
        if states or value:
            raise ArgumentError(f"{type(self).__name__} has no states")

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Called before each batch: fetch what it needs of row-sparse parameters.

        Args:
            data_batch: the coming batch.
            sparse_row_id_fn: takes the batch and returns row numbers by parameter name. Where no store keeps such
                parameters it has no effect, and there is a warning.
        """
        if sparse_row_id_fn is not None:
            warnings.warn(UserWarning(f"sparse_row_id_fn is not invoked for {type(self).__name__}."), stacklevel=2)

    # -- parameters ---------------------------------------------------------------------------------------------

    def set_params(
        self,
        arg_params: Any,
        aux_params: Any,
        allow_missing: bool = False,
        force_init: bool = True,
        allow_extra: bool = False,
    ) -> None:
        """Set the parameters from dicts by name."""
        self.init_params(None, arg_params, aux_params, allow_missing, force_init, allow_extra)

    def save_params(self, fname: str) -> None:
        """Write the parameters to a file."""
        args, aux = self.get_params()
        nd.save(fname, {f"arg:{k}": v for k, v in args.items()} | {f"aux:{k}": v for k, v in aux.items()})

    def load_params(self, fname: str) -> None:
        """Read the parameters from a file.

        Raises:
            FormatError: a name in it begins with neither ``arg:`` nor ``aux:``.
        """
        groups: dict[str, dict[str, Any]] = {"arg": {}, "aux": {}}
        loaded = nd.load(fname)
        for key, value in loaded.items() if isinstance(loaded, Mapping) else [("", None)]:
            kind, _, name = key.partition(":")
            if kind not in groups:
                raise FormatError(f"Invalid param file {fname}: {key!r} begins with neither arg: nor aux:")
            groups[kind][name] = value
        self.set_params(groups["arg"], groups["aux"])
