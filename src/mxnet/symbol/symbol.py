"""Symbol: a handle on outputs of a graph."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mxnet._base import settings
from mxnet._base.errors import ArgumentError, CallError, DTypeError, InputTypeError, MXNetError, NotImplementedForSymbol
from mxnet._base.files import atomic_write
from mxnet._base.words import few
from mxnet._graph import json_format
from mxnet._graph.node import (
    HIDDEN,
    Entry,
    Node,
    check_attributes,
    output_names,
    topological,
    variables,
    visible_outputs,
)
from mxnet._runtime.front import expose

from . import _handles as handles
from . import _inference as inference
from ._arithmetic import install
from ._methods import install_methods
from ._parts import described, replaced, shown, without_casts


class BadOutput(ArgumentError, IndexError):
    """There is no such output of the symbol."""


class Symbol:
    """One or more outputs of a graph of operators. Made by :func:`var` and by calling operators of ``mx.sym``.

    >>> import mxnet as mx
    >>> c = mx.sym.var("a") * mx.sym.var("b") + 1
    >>> c.list_arguments()
    ['a', 'b']
    >>> c.eval(a=mx.nd.array([2]), b=mx.nd.array([3]))[0].asscalar()
    7.0
    """

    __slots__ = ("_outputs", "__weakref__")
    __array_priority__ = 1000.0
    _face = "nd"
    _results: type | None = None
    """The class of a compiled graph's results; None for that of its inputs."""
    __hash__ = object.__hash__

    def __init__(self, outputs: Sequence[Entry] | ctypes.c_void_p | None) -> None:
        if isinstance(outputs, ctypes.c_void_p):
            outputs = handles.taken(outputs)
        # a pickle makes the symbol of None first, and gives it its state then
        self._outputs: tuple[Entry, ...] = () if outputs is None else tuple(outputs)

    @property
    def handle(self) -> ctypes.c_void_p:
        """Stands for this symbol in calls of ``mxnet.base._LIB``, as long as the symbol lives."""
        return handles.of(self)

    def _topological(self) -> list[Node]:
        return topological(self._outputs)

    # -- outputs ------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str | None:
        """The name of its node; None for a group of several."""
        nodes = {id(n) for n, _ in self._outputs}
        return self._outputs[0][0].name if len(nodes) == 1 else None

    def __repr__(self) -> str:
        if self.name is None:
            return f"<{type(self).__name__} group [{', '.join(str(s.name) for s in self)}]>"
        return f"<{type(self).__name__} {self.name}>"

    def __len__(self) -> int:
        return len(self._outputs)

    def __iter__(self) -> Iterator[Symbol]:
        return (type(self)([e]) for e in self._outputs)

    def __getitem__(self, index: int | slice | str) -> Symbol:
        """One output by number or name, or several by a slice."""
        if isinstance(index, str):
            names = self.list_outputs()
            found = [i for i, n in enumerate(names) if n == index]
            if len(found) != 1:
                word = "Cannot find output that matches" if not found else "There are multiple outputs with"
                raise ArgumentError(f'{word} name "{index}"; the outputs are {few(names, index)}')
            index = found[0]
        if isinstance(index, slice):
            return type(self)(self._outputs[index])
        if not isinstance(index, int):
            raise DTypeError(f"Symbol only support integer index to fetch i-th output, got {index!r}")
        if not -len(self) <= index < len(self):
            raise BadOutput(f"output {index} of {self!r}, which has {len(self)}")
        return type(self)([self._outputs[index]])

    def list_outputs(self) -> list[str]:
        """Names of its outputs."""
        return [output_names(e) for e in self._outputs]

    @property
    def num_outputs(self) -> int:
        """How many outputs it has."""
        return len(self._outputs)

    def list_arguments(self) -> list[str]:
        """Names of the variables that are arguments, in order."""
        return [n.name for n in variables(self._topological())[0]]

    def list_auxiliary_states(self) -> list[str]:
        """Names of the variables that are auxiliary states, in order."""
        return [n.name for n in variables(self._topological())[1]]

    def list_inputs(self) -> list[str]:
        """Names of all variables, in order."""
        return [n.name for n in self._topological() if n.op is None]

    def get_internals(self) -> Symbol:
        """A group of every output of every node, inputs first."""
        return type(self)([(n, i) for n in self._topological() for i in range(visible_outputs(n))])

    def get_inputs(self) -> Symbol:
        """A group of all variables."""
        return type(self)([(n, 0) for n in self._topological() if n.op is None])

    def get_children(self) -> Symbol | None:
        """A group of the direct inputs of its nodes; None where there are none."""
        nodes = {id(n): n for n, _ in self._outputs}
        inputs = [e for n in nodes.values() for e in n.inputs]
        return type(self)(inputs) if inputs else None

    # -- attributes ---------------------------------------------------------------------------------------------

    def _node(self) -> Node:
        if self.name is None:
            raise ArgumentError(f"{self!r} is a group; choose one output for its attributes")
        return self._outputs[0][0]

    def attr(self, key: str) -> str | None:
        """The attribute ``key`` of its node as text, None where it has none, as groups have."""
        if self.name is None:
            return None
        attrs = self._node().attrs
        found = attrs.get(key)
        return attrs.get(f"__{key}__") if found is None and key in HIDDEN else found

    def list_attr(self, recursive: bool = False) -> dict[str, str]:
        """The attributes of its node; for a group, those of the first one.

        Raises:
            DeprecationWarning: ``recursive``, which went away in favour of :meth:`attr_dict`.
        """
        if recursive:
            raise DeprecationWarning("Symbol.list_attr with recursive=True has been deprecated; use attr_dict")
        return shown(self._outputs[0][0].attrs)

    def attr_dict(self) -> dict[str, dict[str, str]]:
        """The attributes of all nodes that have some, by node name; nodes of the same name share an entry."""
        found: dict[str, dict[str, str]] = {}
        for node in self._topological():
            if node.attrs:
                found.setdefault(node.name, {}).update(shown(node.attrs))
        return found

    def _set_attr(self, **kwargs: str) -> None:
        from ._compose import hide

        node = self._node()
        changed = Node(node.op, node.name, {**node.attrs, **hide(kwargs)}, [])
        check_attributes(changed)
        node.attrs = changed.attrs
        node._bound = None

    # -- composition --------------------------------------------------------------------------------------------

    def __call__(self, *args: Symbol, name: str | None = None, **kwargs: Symbol) -> Symbol:
        """A copy in which variables are replaced: by position in order of ``list_arguments``, or by name.

        Operators are copied. Variables that are not replaced are those of this symbol, their attributes too, so that
        copies of one network that are bound together have one set of parameters.

        Raises:
            ArgumentError: a name that is no argument, or both ways at once.
        """
        if args and kwargs:
            raise DTypeError("compose only accept input Symbols either as positional or keyword arguments, not both")
        for given in (*args, *kwargs.values()):
            if not isinstance(given, Symbol):
                raise InputTypeError(f"Compose expect Symbol as arguments, got {given!r}")
        names = self.list_arguments()
        if len(args) > len(names):
            raise ArgumentError(f"compose: got {len(args)} symbols, expected at most {len(names)} ({few(names)})")
        by_name = {**dict(zip(names, args, strict=False)), **kwargs}
        inputs = set(self.list_inputs())
        unknown = [k for k in by_name if k not in inputs]
        if unknown:
            raise ArgumentError(
                f"compose: {unknown[0]!r} is not an argument of {self!r}; they are {few(names, unknown[0])}"
            )
        made: dict[int, Node] = {}
        for node in self._topological():
            if node.op is None:
                continue
            made[id(node)] = node.copy([replaced(e, by_name, made) for e in node.inputs])
        outputs = [replaced(e, by_name, made) for e in self._outputs]
        if name and len(made):
            outputs[0][0].name = name
        return type(self)(outputs)

    def __copy__(self) -> Symbol:
        return self.__deepcopy__(None)

    def __deepcopy__(self, memo: Any) -> Symbol:
        made: dict[int, Node] = {}
        for node in self._topological():
            made[id(node)] = node.copy([(made[id(n)], i) for n, i in node.inputs])
        return type(self)([(made[id(n)], i) for n, i in self._outputs])

    # -- files --------------------------------------------------------------------------------------------------

    def tojson(self, remove_amp_cast: bool = True) -> str:
        """The graph as 1.9.1 writes it; casts put in by mixed precision are left out unless told otherwise."""
        return json_format.dumps(list(without_casts(self._outputs) if remove_amp_cast else self._outputs))

    def save(self, fname: str, remove_amp_cast: bool = True) -> None:
        """Write the graph to a file, which is replaced whole."""
        text = self.tojson(remove_amp_cast)
        with atomic_write(fname) as file:
            file.write(text.encode())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (None,), {"handle": self.tojson(remove_amp_cast=False)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the state of a pickle, its JSON, as in those of 1.9.1."""
        self._outputs = tuple(json_format.loads(state["handle"], "<pickle>"))

    def debug_str(self) -> str:
        """The nodes with their inputs and attributes, for reading."""
        return described(self._outputs, self._topological())

    # -- inference ----------------------------------------------------------------------------------------------

    def infer_shape(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """Shapes of arguments, outputs and auxiliary states, given those of some arguments.

        Three Nones where something stays unknown.

        Raises:
            ShapeError: shapes that contradict each other; names the node.
            ArgumentError: a name that is no argument.
        """
        return inference.shapes(self, args, kwargs, whole=True)

    def infer_shape_partial(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """As :meth:`infer_shape`; what stays unknown is (), or 0 for a single size; under NumPy shapes None and -1."""
        return inference.shapes(self, args, kwargs)

    def infer_type(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """Dtypes of arguments, outputs and auxiliary states, given those of some arguments.

        Three Nones where something stays unknown.
        """
        found = self.infer_type_partial(*args, **kwargs)
        return (None, None, None) if any(t is None for group in found for t in group) else found

    def infer_type_partial(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """As :meth:`infer_type`; what stays unknown is None."""
        return inference.types(self, args, kwargs)

    # -- running ------------------------------------------------------------------------------------------------

    def bind(
        self,
        ctx: Any,
        args: Any,
        args_grad: Any = None,
        grad_req: Any = "write",
        aux_states: Any = None,
        group2ctx: Any = None,
        shared_exec: Any = None,
    ) -> Any:
        """An executor over the given arrays: see :class:`mxnet.executor.Executor`."""
        from mxnet.executor import Executor

        return Executor(self._for_setting(), ctx, args, args_grad, grad_req, aux_states, group2ctx, shared_exec)

    def simple_bind(
        self,
        ctx: Any,
        grad_req: Any = "write",
        type_dict: Any = None,
        stype_dict: Any = None,
        group2ctx: Any = None,
        shared_arg_names: Any = None,
        shared_exec: Any = None,
        shared_buffer: Any = None,
        **kwargs: Any,
    ) -> Any:
        """An executor over arrays made for the shapes in ``kwargs``: see ``mxnet.executor._simple_bind``."""
        from mxnet.executor._simple_bind import simple_bind

        return simple_bind(
            self._for_setting(),
            ctx,
            grad_req,
            type_dict,
            stype_dict,
            group2ctx,
            shared_arg_names,
            shared_exec,
            shared_buffer,
            kwargs,
        )

    def eval(self, ctx: Any = None, **kwargs: Any) -> list[Any]:
        """The outputs for arrays given by argument name."""
        from mxnet._runtime.context import Context, current_context

        if ctx is not None and not isinstance(ctx, Context):
            raise CallError(
                f"eval: ctx must be a Context, got {type(ctx).__name__}; arguments are given by name: eval(data=x)"
            )
        return self.bind(ctx or current_context(), kwargs, grad_req="null").forward()

    def optimize_for(
        self,
        backend: str,
        args: Any = None,
        aux: Any = None,
        ctx: Any = None,
        shape_dict: Mapping[str, Any] | None = None,
        type_dict: Mapping[str, Any] | None = None,
        stype_dict: Mapping[str, str] | None = None,
        skip_infer: bool = False,
        **kwargs: Any,
    ) -> Symbol:
        """The graph with the parts that a backend takes replaced by nodes of its own: see :mod:`mxnet.subgraph`.

        Args:
            backend: its name.
            args, aux: arrays by name; their shapes and dtypes are passed on to the backend.
            ctx: where it is to run; shapes and dtypes do not depend on it, so it has no effect.
            shape_dict, type_dict: shapes and dtypes by name, of what is not in ``args`` or ``aux``.
            stype_dict: storage types by name; backends do not use them, so it has no effect.
            skip_infer: do not infer shapes and dtypes of the other values.
            kwargs: options of the backend.

        Raises:
            UnknownBackend: there is none of that name; an ``AssertionError`` too.
            DTypeError: ``args`` or ``aux`` is no dict, or the backend does not know an option.
        """
        from mxnet.subgraph import UnknownBackend, partition

        if not isinstance(backend, str):
            raise UnknownBackend(f"optimize_for: backend is {backend!r}, expected its name")
        for word, given in (("args", args), ("aux", aux)):
            if given is not None and not isinstance(given, Mapping):
                raise InputTypeError(f"optimize_for: {word} is {type(given).__name__}, expected a dict of NDArrays")
        if skip_infer:
            return partition(self, backend, options=kwargs)
        return partition(self, backend, args, aux, shape_dict, type_dict, kwargs)

    def get_backend_symbol(self, backend: str) -> Symbol:
        """The graph partitioned for a backend.

        Raises:
            UnknownBackend: there is none of that name.
        """
        from mxnet.subgraph import partition

        return partition(self, backend)

    def _for_setting(self) -> Symbol:
        """The graph, partitioned as ``MXNET_SUBGRAPH_BACKEND`` says."""
        backend = settings.get("MXNET_SUBGRAPH_BACKEND")
        # the two are settings for 1.9.1: its own library of kernels, and none
        return self if backend in ("", "NONE", "MKLDNN") else self.get_backend_symbol(backend)

    def _gen_atomic_symbol(self) -> Symbol:
        """Its operator alone, without its inputs."""
        node = self._node()
        return type(self)([(node.copy([]), i) for i in range(visible_outputs(node))])

    def gradient(self, wrt: Sequence[str]) -> Symbol:
        """The gradient as a symbol.

        Raises:
            MXNetError: always, as in 1.9.1; bind the symbol and call ``backward``.
        """
        raise MXNetError(f"gradient({list(wrt)}): not implemented as a symbol; bind it and call backward()")

    # -- shape --------------------------------------------------------------------------------------------------

    def reshape(self, *shape: Any, **kwargs: Any) -> Symbol:
        """The ``Reshape`` operator, with the shape as one tuple or as several numbers."""
        from ._compose import function

        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = tuple(shape[0])
        return function("reshape")(self, **({"shape": shape} if shape else {}), **kwargs)

    def astype(self, dtype: Any) -> Symbol:
        """The ``Cast`` operator."""
        from ._compose import function

        return function("cast")(self, dtype=dtype)

    def __neg__(self) -> Symbol:
        return self * -1.0  # type: ignore[operator]

    def __abs__(self) -> Symbol:
        return self.abs()  # type: ignore[attr-defined]

    def __bool__(self) -> bool:
        raise NotImplementedForSymbol(self.__bool__, "bool")

    def as_nd_ndarray(self) -> Symbol:
        """Itself: it is a symbol of ``mx.sym`` already."""
        return self

    def as_np_ndarray(self) -> Symbol:
        """The same outputs as a symbol with NumPy's rules, of ``mx.sym.np``."""
        from .numpy import _Symbol

        return _Symbol(self._outputs)


install(Symbol)
install_methods(Symbol)


# 1.9.1 defines these functions in this module, and programs take them from here
_FUNCTIONS = """Group Variable arange eye fromjson full histogram hypot linspace load load_json maximum minimum ones pow
power split_v2 var zeros""".split()
__all__ = ["Symbol"]
expose(__name__, (), str, {name: f"mxnet.symbol:{name}" for name in _FUNCTIONS}, starred=_FUNCTIONS)
