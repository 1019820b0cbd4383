"""Block: a layer or model, with parameters and child blocks."""

from __future__ import annotations

import re
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from mxnet import initializer, ndarray
from mxnet._base.errors import DTypeError, WrongKindError
from mxnet.util import is_np_array

from . import _files
from ._errors import PatternError, RejectedError
from ._scope import _BlockScope
from .parameter import Parameter, ParameterDict
from .utils import HookHandle


def _not_made(block: Block, name: str | None) -> WrongKindError:
    kind = type(block).__name__
    return WrongKindError(
        f"{kind}: a block or parameter{f' {name!r}' if name else ''} was set before Block.__init__ has run; call "
        f"super().__init__() first in {kind}.__init__"
    )


def _indent(text: str, spaces: int) -> str:
    """``text`` with all lines but the first moved to the right."""
    first, *rest = text.split("\n")
    return "\n".join([first, *(" " * spaces + line for line in rest)])


class Block:
    """Base of all layers and models.

    A subclass makes its children and parameters in ``__init__``, under ``with self.name_scope():``, and computes in
    ``forward``. Blocks and parameters that are set as attributes are registered.

    Args:
        prefix: put before the names of parameters and children; automatic if None.
        params: parameters of another block to share: its ``params`` or ``collect_params()``.

    >>> import mxnet as mx
    >>> from mxnet.gluon import nn
    >>> class Model(nn.Block):
    ...     def __init__(self, **kwargs):
    ...         super().__init__(**kwargs)
    ...         with self.name_scope():
    ...             self.dense = nn.Dense(2)
    ...     def forward(self, x):
    ...         return mx.nd.relu(self.dense(x))
    >>> model = Model(prefix="model_")
    >>> model.initialize()
    >>> model(mx.nd.ones((1, 3))).shape
    (1, 2)
    >>> list(model.collect_params().keys())
    ['model_dense0_weight', 'model_dense0_bias']
    """

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        if prefix is not None and not isinstance(prefix, str):
            raise WrongKindError(
                f"{type(self).__name__}: prefix must be a string like 'net_', got {prefix!r}"
                + "; a block is put into another as an attribute or, into a Sequential, with add()"
                * isinstance(prefix, Block)
            )
        self._empty_prefix = prefix == ""
        self._prefix, self._params = _BlockScope.create(prefix, params, self._alias())
        self._name = self._prefix.removesuffix("_")
        self._scope = _BlockScope(self)
        self._children: dict[str, Block] = {}
        self._reg_params: dict[str, Parameter] = {}
        self._forward_hooks: OrderedDict[int, Callable[..., Any]] = OrderedDict()  # can be referred to weakly
        self._forward_pre_hooks: OrderedDict[int, Callable[..., Any]] = OrderedDict()

    def _alias(self) -> str:
        """What automatic prefixes begin with."""
        return type(self).__name__.lower()

    def __repr__(self) -> str:
        lines = "\n".join(
            f"  ({key}): {_indent(repr(block), 2)}" for key, block in self.__dict__.items() if isinstance(block, Block)
        )
        return f"{type(self).__name__}(\n{lines}\n)"

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; parameters and blocks among them are registered, and keep their kind."""
        existing = getattr(self, name, None)
        if isinstance(existing, (Parameter, Block)) and not isinstance(value, type(existing)):
            raise DTypeError(
                f"Changing attribute type for {name} from {type(existing)} to {type(value)}is not allowed."
            )
        if isinstance(value, Block):
            self.register_child(value, name)
        elif isinstance(value, Parameter):
            if "_reg_params" not in self.__dict__:
                raise _not_made(self, name)
            if name in self._reg_params and self._reg_params[name] is not value:
                raise RejectedError(
                    f"{type(self).__name__}.{name}: Overriding Parameter attribute {name} is not allowed. If you want "
                    "to share parameters between blocks, please set 'params' at Block construction instead."
                )
            self._reg_params[name] = value
            # as 2.x makes them; 1.9.1 leaves it out of ``collect_params``, so that nothing initialises it
            if value._alone:
                self._params._adopt(value, name)
        super().__setattr__(name, value)

    # -- names and members --------------------------------------------------------------------------------------

    @property
    def prefix(self) -> str:
        """Put before the names of its parameters and children."""
        return self._prefix

    @property
    def name(self) -> str:
        """The prefix without the underscore at its end."""
        return self._name

    def name_scope(self) -> _BlockScope:
        """``with self.name_scope():`` gives children and parameters made within this block's prefix."""
        return self._scope

    @property
    def params(self) -> ParameterDict:
        """Its own parameters, without those of its children."""
        if self._params._adopted:
            self._params._settle()
        return self._params

    def _check_container_with_block(self) -> None:
        """Warn of blocks in lists and dicts, which are not registered."""
        children = set(self._children.values())
        for name, value in self.__dict__.items():
            if isinstance(value, (list, tuple, dict)) and not name.startswith("_") and _holds_block(value, children):
                warnings.warn(
                    f'"{type(self).__name__}.{name}" is an unregistered container with Blocks. Note that Blocks inside '
                    "the list, tuple or dict will not be registered automatically. Make sure to register them using "
                    "register_child() or switching to nn.Sequential/nn.HybridSequential instead. ",
                    stacklevel=3,
                )

    def collect_params(self, select: str | None = None) -> ParameterDict:
        """Its parameters and those of all its children.

        Args:
            select: a regular expression; only parameters whose names match it from the beginning are taken.

        >>> from mxnet.gluon import nn
        >>> net = nn.Dense(2, prefix="fc_")
        >>> list(net.collect_params(".*weight").keys())
        ['fc_weight']
        """
        self._check_container_with_block()
        found = ParameterDict(self._params.prefix)
        if select is None:
            found.update(self.params)
        else:
            try:
                pattern = re.compile(select)
            except re.error as error:
                raise PatternError(
                    f"collect_params: {select!r} is no regular expression ({error}); '.*weight' is one, and selects "
                    "what has weight in its name"
                ) from None
            found.update({name: p for name, p in self.params.items() if pattern.match(name)})
        for child in self._children.values():
            found.update(child.collect_params(select))
        return found

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Parameter]:
        """Parameters by where they are in the model, ``0.weight``, rather than by name."""
        if prefix:
            prefix += "."
        found = {prefix + name: param for name, param in self._reg_params.items()}
        for name, child in self._children.items():
            found.update(child._collect_params_with_prefix(prefix + name))
        return found

    def register_child(self, block: Block, name: str | None = None) -> None:
        """Make ``block`` a child. Setting a block as an attribute does this too.

        Raises:
            DTypeError: it is not a block.
        """
        if not isinstance(block, Block):
            raise DTypeError(f"{type(self).__name__}: a child must be a Block, got {block!r} of type {type(block)}")
        try:
            children = self._children
        except AttributeError:
            raise _not_made(self, name) from None
        children[str(len(children)) if name is None else name] = block

    # -- hooks --------------------------------------------------------------------------------------------------

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call ``hook(block, inputs)`` before each forward, ``inputs`` being the tuple of arguments."""
        handle = HookHandle()
        handle.attach(self._forward_pre_hooks, hook)
        return handle

    def register_forward_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call ``hook(block, inputs, output)`` after each forward."""
        handle = HookHandle()
        handle.attach(self._forward_hooks, hook)
        return handle

    def register_op_hook(self, callback: Callable[..., Any], monitor_all: bool = False) -> None:
        """Show intermediate values of hybridized children; see :meth:`HybridBlock.register_op_hook`."""
        for child in self._children.values():
            child.register_op_hook(callback, monitor_all)

    def apply(self, fn: Callable[[Block], Any]) -> Block:
        """Call ``fn`` with every block below this one, children first, and then with this block, which is returned."""
        for child in self._children.values():
            child.apply(fn)
        fn(self)
        return self

    # -- parameters ---------------------------------------------------------------------------------------------

    def initialize(
        self,
        init: Any = initializer.Uniform(),  # noqa: B008  never changed
        ctx: Any = None,
        verbose: bool = False,
        force_reinit: bool = False,
    ) -> None:
        """Initialise all parameters, those of children included.

        Args:
            init: for parameters without an initializer of their own.
            ctx: a context or a list of them; the current one if None.
            verbose: log each parameter.
            force_reinit: also parameters that have values.
        """
        self.collect_params().initialize(init, ctx, verbose, force_reinit)

    def hybridize(self, active: bool = True, **kwargs: Any) -> None:
        """Hybridize those children that can be; see :meth:`HybridBlock.hybridize`."""
        for child in self._children.values():
            child.hybridize(active, **kwargs)

    def cast(self, dtype: Any) -> None:
        """Change the dtype of all parameters."""
        for child in self._children.values():
            child.cast(dtype)
        for param in self.params.values():
            param.cast(dtype)

    # -- running ------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any) -> Any:
        """Run ``forward``, and the hooks before and after it."""
        if self._forward_pre_hooks:
            for hook in list(self._forward_pre_hooks.values()):
                hook(self, args)
        out = self.forward(*args)
        if self._forward_hooks:
            for hook in list(self._forward_hooks.values()):
                hook(self, args, out)
        if is_np_array():
            _require_np(out)
        return out

    def forward(self, *args: Any) -> Any:
        """Compute the output; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} must define forward(self, *args)")

    def summary(self, *inputs: Any) -> None:
        """Print a table of its layers, with output shapes and numbers of parameters, for these inputs.

        Raises:
            RejectedError: it or a child is hybridized.
        """
        from ._summary import summary

        summary(self, inputs)

    # -- files --------------------------------------------------------------------------------------------------

    def save_parameters(self, filename: str, deduplicate: bool = False) -> None:
        """Write all parameters to a file, named by their place in the model.

        Args:
            filename: the file; it is replaced whole.
            deduplicate: write a parameter that is shared only once.
        """
        _files.save_parameters(self, filename, deduplicate)

    def load_parameters(
        self,
        filename: str,
        ctx: Any = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Read parameters from a file that :meth:`save_parameters`, :meth:`save_params`, ``export`` or
        ``collect_params().save()`` wrote.

        Args:
            filename: the file.
            ctx: a context or a list of them for parameters not yet initialised, the CPU if None; initialised ones must
                be on these contexts.
            allow_missing: leave parameters that are not in the file as they are.
            ignore_extra: ignore arrays in the file that belong to no parameter of the model.
            cast_dtype: allow another dtype, and cast.
            dtype_source: which dtype to use then, the model's (``current``) or the file's (``saved``).

        Raises:
            RejectedError: a parameter is missing, is superfluous, or does not fit.
            FormatError: the file is truncated or corrupt.
        """
        _files.load_parameters(self, filename, ctx, allow_missing, ignore_extra, cast_dtype, dtype_source)

    def save_params(self, filename: str) -> None:
        """Deprecated: use :meth:`save_parameters`. Writes parameters by name, without the block's prefix."""
        warnings.warn(
            "save_params is deprecated. Please use save_parameters. Note that if you want load from SymbolBlock later, "
            "please use export instead.",
            stacklevel=2,
        )
        self.collect_params().save(filename, strip_prefix=self.prefix)

    def load_params(
        self, filename: str, ctx: Any = None, allow_missing: bool = False, ignore_extra: bool = False
    ) -> None:
        """Deprecated: use :meth:`load_parameters`."""
        warnings.warn("load_params is deprecated. Please use load_parameters.", stacklevel=2)
        self.load_parameters(filename, ctx, allow_missing, ignore_extra)

    def save(self, prefix: str) -> None:
        """Write the model's structure, traced graphs included, to ``prefix-model.json`` and its parameters to
        ``prefix-model.params``."""
        _files.save_model(self, prefix)

    def load(self, prefix: str) -> None:
        """Read what :meth:`save` wrote, into a model of the same structure; blocks that were traced need not be again.

        Raises:
            RejectedError: the structure or the parameters differ.
        """
        _files.load_model(self, prefix)


Block.__module__ = "mxnet.gluon.block"


def _holds_block(value: Any, registered: set[Block]) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_holds_block(v, registered) for v in value)
    if isinstance(value, dict):
        return any(_holds_block(v, registered) for v in value.values())
    return isinstance(value, Block) and value not in registered


def _require_np(out: Any) -> None:
    """With NumPy semantics on, a block gives ``mx.np.ndarray``."""
    if isinstance(out, (list, tuple)):
        for item in out:
            _require_np(item)
    elif isinstance(out, ndarray.NDArray) and out._face != "np":
        raise DTypeError(
            f"a block gave {type(out)} while NumPy semantics are on, expected mx.np.ndarray; use mx.np and mx.npx in "
            "forward, or as_np_ndarray()"
        )
