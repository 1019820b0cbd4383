"""Operator functions on symbols, by name: calling one makes a node."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import mxnet._kernels  # noqa: F401  registers the operators
from mxnet import _ops
from mxnet._base.errors import ArgumentError, CallError, InputTypeError
from mxnet._graph.node import HIDDEN, Entry, Node, default_variable, for_input, initialize
from mxnet._ops import Op
from mxnet._ops.types import NULL, write
from mxnet._runtime.front import dress, tail
from mxnet.attribute import AttrScope
from mxnet.name import NameManager

from .symbol import Symbol

after_create: list[Callable[[Node], None]] = []
"""Called with every node that is made; mixed precision puts casts in front of its inputs."""


def hide(attrs: dict[str, Any]) -> dict[str, str]:
    """User attributes as stored: those for the framework get their underscores.

    Raises:
        ArgumentError: a value is not text, or a name means an attribute of one input, which is to be set there.
    """
    stored = {}
    for key, value in attrs.items():
        if not isinstance(value, str):
            raise ArgumentError(f"Set Attr only accepts string values, got {key}={value!r}")
        argument, hidden = for_input(key)
        if argument:
            raise ArgumentError(
                f"setting variable attributes with {key} is deprecated. please instead use\n"
                f"w = Variable({hidden}={value})\nsym = YourSymbolName({argument}=w)"
            )
        stored[f"__{key}__" if key in HIDDEN else key] = value
    return stored


def create(
    op: Op,
    inputs: list[Any],
    attrs: dict[str, Any],
    name: str | None,
    attr: dict[str, Any] | None,
    hint: str,
    named: Mapping[str, Symbol] | None = None,
) -> Symbol:
    """A node of ``op`` as a symbol.

    Inputs that are not given become variables called ``<node>_<input>``, with the node's attributes. ``named`` are
    inputs of an operator that takes any number of them, by name.

    Raises:
        ArgumentError: an attribute is unknown or can not be read, or there are more inputs than the operator takes.
        InputTypeError: an input is not a symbol of one output.
    """
    if attrs.get("dtype", attrs) is None:
        attrs = op.with_dtype(attrs)
    texts = {k: write(v) for k, v in attrs.items() if v is not NULL}
    # what is not text is written as text here; only a variable refuses it
    extra = hide({k: str(v) for k, v in AttrScope.current.get(attr).items()})
    extra |= hide({k: texts.pop(k) for k in list(texts) if k not in op.attrs and (k in HIDDEN or for_input(k)[0])})
    for key in [k for k in texts if k.startswith("__") and k.endswith("__")]:
        extra[key] = texts.pop(key)
    foreign = [k for k in extra if not (k.startswith("__") and k.endswith("__"))]
    bound = op.bind((), {**texts, **{k: extra[k] for k in foreign}})
    name = NameManager.current.get(name, hint)
    stored = {**texts, **extra}
    node = Node(op, name, stored, [])
    if op.variadic is not None:
        node.inputs = _counted_inputs(node, bound, inputs, named or {})
    else:
        node.inputs = _named_inputs(node, bound, inputs)
    for change in after_create:
        change(node)
    kind = next((type(s) for s in inputs if isinstance(s, Symbol) and s._face == "np"), Symbol)
    return kind([(node, i) for i in range(node.bound.visible)])


def _counted_inputs(node: Node, bound: _ops.Bound, inputs: list[Any], named: Mapping[str, Symbol]) -> list[Entry]:
    """The inputs of an operator that takes as many as its attributes say, or as there are if they say nothing."""
    op: Op = node.op  # type: ignore[assignment]
    if not op.num_args:
        return [_entry(op, f"{op.variadic}{i}", s) for i, s in enumerate([*inputs, *named.values()])]
    count = node.attrs.setdefault(op.num_args, str(len(inputs) + len(named)))
    if not count.isdecimal() or int(count) < 1:
        raise ArgumentError(
            f"value {count} for Parameter {op.num_args} should be greater equal to 1, in operator {op.name}"
        )
    slots = bound.active_inputs() if op.active is not None else tuple(f"arg{i}" for i in range(int(count)))
    if len(inputs) > len(slots):
        raise ArgumentError(f"{op.name}: Incorrect number of arguments, requires {len(slots)}, provided {len(inputs)}")
    free = slots[len(inputs) :]
    for key in named:
        if key not in free:
            raise ArgumentError(f"{op.name}: Keyword argument name {key} not found, candidate arguments are {slots}")
    made: list[Entry] = []
    for slot, given in zip(slots, [*inputs, *[named.get(n) for n in free]], strict=True):
        entry = (default_variable(node, slot), 0) if given is None else _entry(op, slot, given)
        if entry[0].op is None:
            initialize(node, entry[0], slot)
        made.append(entry)
    return made


def _named_inputs(node: Node, bound: _ops.Bound, inputs: list[Any]) -> list[Entry]:
    op: Op = node.op  # type: ignore[assignment]
    active = bound.active_inputs()
    made: list[Entry] = []
    for slot, argument in enumerate(op.inputs):
        given = inputs[slot] if slot < len(inputs) else None
        if given is not None:
            entry = _entry(op, argument, given)
            if entry[0].op is None:
                initialize(node, entry[0], argument)
            elif argument in op.aux:
                raise ArgumentError(
                    f"{op.name}: {argument} is written in training: Mutation target can only be Variable, got {given!r}"
                )
            made.append(entry)
        elif argument in active and (op.active is not None or argument not in op.schema.optional):
            made.append((default_variable(node, argument), 0))
    return made


def _entry(op: Op, argument: str, given: Any) -> Entry:
    if not isinstance(given, Symbol):
        raise InputTypeError(f"{op.name}: Argument {argument} must be Symbol instances, but got {given!r}")
    if len(given._outputs) != 1:
        raise InputTypeError(
            f"{op.name}: argument {argument} is a symbol of {len(given._outputs)} outputs, expected 1; choose one by "
            "index"
        )
    return given._outputs[0]


_PREFIXES = ("_contrib_", "_linalg_", "_npx__image_", "_image_", "_npi_", "_npx_", "_np_")


def public_name(name: str) -> str:
    """The name of an operator without the prefix of its namespace; automatic names are made from it.

    >>> public_name("_npi_add"), public_name("_contrib_fft"), public_name("_plus")
    ('add', 'fft', '_plus')
    """
    return next((name[len(p) :] for p in _PREFIXES if name.startswith(p)), name)


@functools.cache
def function(name: str) -> Callable[..., Any]:
    """The operator ``name`` (canonical name or alias) as a function on symbols.

    >>> function("relu").__name__
    'relu'
    """
    op = _ops.get(name)
    public = public_name(name)
    hint = public.lower()
    count = len(op.inputs)

    def variadic(*args: Any, name: str | None = None, attr: Any = None, out: Any = None, **attrs: Any) -> Symbol:
        if len(args) == 1 and isinstance(args[0], (list, tuple)):
            args = tuple(args[0])
        named = {k: v for k, v in attrs.items() if isinstance(v, Symbol)}
        attrs = {k: v for k, v in attrs.items() if k not in named}
        counted = op.num_args or ("num_args" if "num_args" in op.attrs else None)
        if counted:
            attrs.setdefault(counted, len(args) + len(named))
        return create(op, list(args), attrs, name, attr, hint, named)

    def fixed(*args: Any, name: str | None = None, attr: Any = None, out: Any = None, **attrs: Any) -> Symbol:
        most = count + len(op.attrs)
        if len(args) > most:
            return fixed(*args[:most], **tail(op, "Symbol", args[most:], name=name, attr=attr, out=out), **attrs)
        inputs = [*args[:count], *[attrs.pop(n, None) for n in op.inputs[len(args) :]]]
        positional = dict(zip(op.attrs, args[count:], strict=False))
        for key in positional:
            if key in attrs:
                raise CallError(f"{op.name}: {key} is given twice, by position and by name")
        return create(op, inputs, {**positional, **attrs}, name, attr, hint)

    def of_family(*args: Any, name: str | None = None, attr: Any = None, out: Any = None, **attrs: Any) -> Symbol:
        given = {k: v for k, v in attrs.items() if isinstance(v, Symbol)}
        attrs = {k: v for k, v in attrs.items() if k not in given}
        member = op.family(attrs)  # type: ignore[misc]
        inputs = [*args, *[given.pop(n, None) for n in member.inputs[len(args) :]]]
        if given or len(args) > len(member.inputs):
            got = ", ".join(given) or str(len(args))
            raise ArgumentError(f"{op.name}: Incorrect number of arguments, requires {member.inputs}, provided {got}")
        return create(member, inputs, attrs, name, attr, hint)

    call = of_family if op.family is not None else fixed if op.variadic is None else variadic
    return dress(call, op, public, "mxnet.symbol", "Symbol")
