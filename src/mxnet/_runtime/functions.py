"""From a registered operator to a function on arrays: one closure for each operator and class of arrays.

The common case, one or a few arrays outside ``record()``, is kept short: look the attributes up, run the kernel, wrap
the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mxnet._base.errors import KERNEL_ERRORS, ArgumentError, InputTypeError
from mxnet._ops import Op

from . import sparse
from .array import Array
from .copies import copied
from .dispatch import invoke, of_any_stype
from .failures import failed
from .front import tail
from .state import state


def make_function(op: Op, cls: type[Array]) -> Callable[..., Any]:
    """The function ``op`` of the face whose arrays are ``cls``."""
    if op.name in sparse.ALWAYS:
        return _general(op, cls)
    if op.family is not None:
        return _of_family(op, op.family, cls)
    if op.variadic is not None:
        return _variadic(op, cls)
    if len(op.inputs) == 1 and not op.mutates and op.active is None and op.inputs[0] not in op.schema.optional:
        return _unary(op, cls)
    return _general(op, cls)


def _unary(op: Op, cls: type[Array]) -> Callable[..., Any]:
    cache, bind, view, first = op.cache, op.bind, op.view, op.inputs[0]

    def call(*args: Any, out: Any = None, name: str | None = None, **attrs: Any) -> Any:
        if args:
            data, *rest = args
            key = tuple(rest)
        else:
            data, key = attrs.pop(first, None), ()
        try:
            bound = cache[(key, *attrs.items()) if attrs else key]
        except (KeyError, TypeError):
            if key and len(key) > len(op.attrs):
                key, behind = key[: len(op.attrs)], key[len(op.attrs) :]
                return call(data, *key, **tail(op, cls.__name__, behind, out=out, name=name), **attrs)
            bound = bind(key, attrs)
        if out is None and bound.total == 1 and not state.recording and data.__class__ is cls:
            try:
                tensor = data._data
                result = bound.run(tensor)
            except KERNEL_ERRORS as error:
                return failed(cls, bound, (data,), error)
            if view or result is tensor:
                result = copied(result)
            return cls(result, data._ctx.results)
        return invoke(cls, bound, (data,), out)

    return call


def _general(op: Op, cls: type[Array]) -> Callable[..., Any]:
    asks = op.name in sparse.ALWAYS
    names = op.inputs
    count = len(names)
    bind = op.bind

    def call(*args: Any, out: Any = None, name: str | None = None, **attrs: Any) -> Any:
        given = len(args)
        if given < count:
            args += tuple([attrs.pop(n, None) for n in names[given:]])
        try:
            bound = bind(args[count:], attrs)
        except ArgumentError:
            return _with_tail(op, cls, call, args, out=out, name=name, **attrs)
        return (of_any_stype if asks and bound.given else invoke)(cls, bound, args[:count], out)

    return call


def _with_tail(
    op: Op, cls: type[Array], call: Callable[..., Any], args: tuple[Any, ...], out: Any, name: Any, **attrs: Any
) -> Any:
    """The call again, where ``out`` and ``name`` stand behind the attributes by position.

    Raises:
        ArgumentError: the one being handled, if none does.
    """
    most = len(op.inputs) + len(op.attrs)
    if len(args) <= most:
        raise
    return call(*args[:most], **tail(op, cls.__name__, args[most:], out=out, name=name), **attrs)


def _variadic(op: Op, cls: type[Array]) -> Callable[..., Any]:
    bind, leading, counted = op.bind, op.inputs, "num_args" in op.attrs

    def call(*args: Any, out: Any = None, name: str | None = None, **attrs: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], (list, tuple)):
            args = tuple(args[0])
        if len(args) < len(leading):
            args += tuple([attrs.pop(n, None) for n in leading[len(args) :]])
        if counted:
            attrs.setdefault("num_args", len(args))
        return invoke(cls, bind((), attrs), args, out)

    return call


def _of_family(op: Op, family: Callable[..., Op], cls: type[Array]) -> Callable[..., Any]:
    def call(*args: Any, out: Any = None, name: str | None = None, **attrs: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], (list, tuple)):
            args = tuple(args[0])
        named = {k: v for k, v in attrs.items() if isinstance(v, Array)}
        member = family({k: v for k, v in attrs.items() if k not in named})
        arrays = [*args, *[named.pop(n) for n in member.inputs[len(args) :] if n in named]]
        if named or len(arrays) != len(member.inputs):
            raise InputTypeError(
                f"Operator {op.name} expects {len(member.inputs)} inputs ({', '.join(member.inputs)}), but got "
                f"{len(arrays)} instead" + (f", and {', '.join(named)}" if named else "")
            )
        return invoke(cls, member.bind((), {}), arrays, out)

    return call
