"""The operators by name. A kernel is a plain function; ``@op`` is all that makes an operator of it.

Positional parameters of the kernel are the operator's inputs (``*name`` takes any number of them, ``= None`` makes
one optional); keyword-only parameters are its attributes, read and checked by their type hints.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import inspect
import threading
import typing
from collections.abc import Callable, Collection, Mapping
from types import SimpleNamespace
from typing import Any

from mxnet._base.errors import ArgumentError, CallError, UnknownOperatorError

from .types import DTYPES, NULL, Graph, Invalid, NoDType, reader, write

_REGISTRY: dict[str, Op] = {}
_LATER: dict[str, Callable[[], object]] = {}
_loading = threading.RLock()
_BOUND_LIMIT = 512
_REQUIRED = inspect.Parameter.empty


class Attr:
    """One attribute: its name, how to read a value, and its default."""

    __slots__ = ("name", "label", "read", "default", "required")

    def __init__(self, name: str, hint: Any, default: Any) -> None:
        self.name = name
        self.label, read = reader(hint)
        self.required = default is _REQUIRED
        self.default = None if self.required else default

        def read_or_default(value: Any) -> Any:
            return default if value is None else read(value)

        # a dtype given as None is one that was not given
        self.read = read_or_default if default in DTYPES else read

    def describe(self) -> str:
        """The attribute's type as the spec of 1.9.1 words it."""
        return f"{self.label}, required" if self.required else f"{self.label}, optional, default={self.default!r}"


class Schema:
    """What a kernel's signature says."""

    __slots__ = ("inputs", "optional", "variadic", "attrs", "graphs")

    def __init__(self, fn: Callable[..., Any]) -> None:
        hints = typing.get_type_hints(fn, include_extras=True)
        inputs: list[str] = []
        optional: set[str] = set()
        attrs: dict[str, Attr] = {}
        graphs: list[str] = []
        self.variadic: str | None = None
        for p in inspect.signature(fn).parameters.values():
            if hints.get(p.name) == Graph:
                graphs.append(p.name)
            elif p.kind is p.KEYWORD_ONLY:
                attrs[p.name] = Attr(p.name, hints[p.name], p.default)
            elif p.kind is p.VAR_POSITIONAL:
                self.variadic = p.name
            else:
                inputs.append(p.name)
                if p.default is not _REQUIRED:
                    optional.add(p.name)
        self.inputs = tuple(inputs)
        self.optional = frozenset(optional)
        self.attrs = attrs
        self.graphs = tuple(graphs)


class Bound:
    """An operator with its attributes fixed: what a call, a graph node or a compiled program runs.

    ``run`` takes tensors and returns a tensor or a tuple of them. ``given`` are the attributes the caller named,
    as text; ``attrs`` are all of them, read.
    """

    __slots__ = ("op", "attrs", "given", "run", "visible", "total")

    results_are_new = False
    """Whether ``run`` promises that no result is an input or shares memory with one."""

    def __init__(self, op: Op, attrs: dict[str, Any], given: dict[str, str]) -> None:
        self.op = op
        self.attrs = attrs
        self.given = given
        self.run: Callable[..., Any] = functools.partial(op.fn, **attrs) if attrs else op.fn
        names = op.output_names(attrs)
        self.total = len(names)
        visible = op.visible
        self.visible = (
            self.total if visible is None else visible(SimpleNamespace(**attrs)) if callable(visible) else visible
        )

    def active_inputs(self) -> tuple[str, ...]:
        """Names of the inputs that these attributes call for (``no_bias`` takes one away)."""
        inputs = self.op.active
        return self.op.inputs if inputs is None else inputs(SimpleNamespace(**self.attrs))

    def keeping(self) -> Callable[..., Any]:
        """What a program that serves many calls runs: an operator with a state keeps it from call to call."""
        return self.run

    def __repr__(self) -> str:
        return f"{self.op.name}({', '.join(f'{k}={v}' for k, v in self.given.items())})"


class Op:
    """An operator. :func:`op` registers one and lists the fields; one made directly can not be asked for by name."""

    def __init__(self, fn: Callable[..., Any], name: str, **fields: Any) -> None:
        more = {**_defaults(), **fields}
        self.fn = fn
        self.name = name
        self.aliases: tuple[str, ...] = more["aliases"]
        self.outputs: tuple[str, ...] | Callable[..., tuple[str, ...]] = more["outputs"]
        self.visible: int | Callable[[Any], int] | None = more["visible"]
        self.active: Callable[[Any], tuple[str, ...]] | None = more["inputs"]
        self.fill: Callable[..., Any] | None = more["fill"]
        self.told: Callable[..., tuple[int, ...] | None] | None = more["told"]
        self.aux: tuple[str, ...] = more["aux"]
        self.aux_slots: Callable[[Any], Collection[int]] | None = more["aux_slots"]
        self.mutates: tuple[str, ...] = more["mutates"]
        self.random: bool = more["random"]
        self.by_mode: bool = more["by_mode"]
        self.view: bool = more["view"]
        self.loss: bool = more["loss"]
        self.unseen: int = more["unseen"]
        self.num_args: str | None = more["num_args"]
        self.initial: Mapping[str, str] = more["initial"] or {}
        self.family: Callable[[Mapping[str, Any]], Op] | None = more["family"]
        self.types: str | Callable[..., Any] | None = more["types"]
        self.cache: dict[Any, Bound] = {}

    @functools.cached_property
    def schema(self) -> Schema:
        return Schema(self.fn)

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.schema.inputs

    @property
    def attrs(self) -> dict[str, Attr]:
        return self.schema.attrs

    @property
    def variadic(self) -> str | None:
        return self.schema.variadic

    @property
    def of_numpy(self) -> bool:
        """Whether only ``mx.np`` and ``mx.npx`` have it."""
        return all([name.startswith("_np") for name in (self.name, *self.aliases)])

    def output_names(self, attrs: Mapping[str, Any]) -> tuple[str, ...]:
        names = self.outputs
        return names(SimpleNamespace(**attrs)) if callable(names) else names

    def bind(self, positional: tuple[Any, ...], named: Mapping[str, Any]) -> Bound:
        """Fix the attributes: ``positional`` in order of declaration, then ``named``.

        The same attributes give the same ``Bound`` again, as long as they are hashable and there have not been too many
        different ones (learning rates change every step).
        """
        key = (positional, *named.items()) if named else positional
        try:
            found = self.cache.get(key)
        except TypeError:  # a list among the values
            return self._bind(positional, named)
        if found is None:
            found = self._bind(positional, named)
            if any([hasattr(v, "asscalar") for v in (*positional, *named.values())]):
                return found  # an array is a key by its identity, not by its value, which may change
            if len(self.cache) >= _BOUND_LIMIT:
                self.cache.clear()
            self.cache[key] = found
        return found

    def _bind(self, positional: tuple[Any, ...], named: Mapping[str, Any]) -> Bound:
        schema = self.attrs
        if not schema and not positional:
            # 1.9.1 takes any keyword for an operator that has none, and programs pass some (axis= to broadcast_*)
            return Bound(self, {}, {})
        if len(positional) > len(schema):
            raise CallError(f"{self.name}: got {len(positional)} positional attributes, expected at most {len(schema)}")
        raw = dict(zip(schema, positional, strict=False))
        for key, value in named.items():
            if key not in schema:
                if key == self.num_args or (key.startswith("__") and key.endswith("__")):
                    continue
                raise ArgumentError(self._unknown(key, value))
            if key in raw:
                raise CallError(f"{self.name}: {key} is given twice, by position and by name")
            raw[key] = value
        raw = {k: v for k, v in raw.items() if v is not NULL}
        if raw.get("dtype", raw) is None:
            raw = self.with_dtype(raw)
        values: dict[str, Any] = {}
        for attr in schema.values():
            if attr.name in raw:
                values[attr.name] = self._read(attr, raw[attr.name])
            elif attr.required:
                raise ArgumentError(
                    f"Required parameter {attr.name} of {attr.label} is not presented, in operator {self.name}"
                )
            else:
                values[attr.name] = attr.default
        return Bound(self, values, {k: write(v) for k, v in raw.items()})

    def with_dtype(self, attrs: Mapping[str, Any]) -> dict[str, Any]:
        """``attrs`` with a dtype in place of the None that is there: float64, which None is for NumPy and in 1.9.1.

        Operators of ``mx.np`` alone, and those that do not have float64, are given none.
        """
        if "dtype" in self.attrs and not self.of_numpy:
            with contextlib.suppress(Invalid):
                return {**attrs, "dtype": self.attrs["dtype"].read("float64")}
        return {k: v for k, v in attrs.items() if k != "dtype"}

    def _read(self, attr: Attr, value: Any) -> Any:
        try:
            return attr.read(value)
        except Invalid as expected:
            raise (CallError if isinstance(expected, NoDType) else ArgumentError)(
                f"Invalid Parameter format for {attr.name} expect {expected} but value={value!r}, "
                f"in operator {self.name}"
            ) from None

    def _unknown(self, key: str, value: Any) -> str:
        possible = "\n".join(f"{a.name} : {a.describe()}" for a in self.attrs.values()) or "none"
        return (
            f"Cannot find argument '{key}', Possible Arguments:\n----------------\n{possible}\n"
            f', in operator {self.name}(name="", {key}="{value}")'
        )

    def __repr__(self) -> str:
        return f"<operator {self.name}>"


def numbered(count: int) -> tuple[str, ...]:
    """Names of ``count`` outputs: each of several has a number, a single one has none."""
    return ("output",) if count == 1 else tuple(f"output{i}" for i in range(count))


def op(
    name: str,
    *,
    aliases: tuple[str, ...] = (),
    outputs: tuple[str, ...] | Callable[[Any], tuple[str, ...]] = ("output",),
    visible: int | Callable[[Any], int] | None = None,
    inputs: Callable[[Any], tuple[str, ...]] | None = None,
    fill: Callable[..., Any] | None = None,
    told: Callable[..., tuple[int, ...] | None] | None = None,
    aux: tuple[str, ...] = (),
    aux_slots: Callable[[Any], Collection[int]] | None = None,
    mutates: tuple[str, ...] = (),
    random: bool = False,
    by_mode: bool = False,
    view: bool = False,
    loss: bool = False,
    unseen: int = 0,
    num_args: str | None = None,
    initial: Mapping[str, str] | None = None,
    family: Callable[[Mapping[str, Any]], Op] | None = None,
    types: str | Callable[..., Any] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the kernel below as the operator ``name``.

    Args:
        aliases: other names it is found by.
        outputs: names of its outputs, or a function of the attributes that gives them.
        visible: how many outputs a caller sees (all, unless said); a number or a function of the attributes.
        inputs: function of the attributes that names the inputs in use, where attributes can take some away.
        fill: ``fill(*shapes, **attrs) -> shapes`` derives unknown input shapes (None) from known ones.
        told: ``told(*shapes, **attrs) -> shape`` of the only visible output, where the kernel need not run to find it;
            asked where the dtypes of the inputs are sure to fit (``_graph.told``); None if the kernel must run, for
            what is wrong too.
        aux: inputs that are auxiliary states: kept, changed in training, never differentiated.
        aux_slots: which of variadic inputs are, by number; a function of the attributes.
        mutates: inputs that the kernel writes in place. If the first is among them it is also the first output,
            and a call without ``out`` works on a copy of it.
        random: draws random numbers.
        by_mode: behaves differently in training and in prediction.
        view: may return a view of an input, which front ends then copy: results never alias inputs.
        loss: needs no gradient from above, being where backward starts.
        unseen: how many more outputs symbol files count: those that 1.9.1 keeps for its gradient alone.
        num_args: name of the attribute that counts variadic inputs in symbol files.
        initial: initializer, as text in a symbol file, of inputs that become variables on their own.
        family: returns the operator that the attributes stand for, where these alone decide about inputs and outputs.
        types: a signature as of ``_graph.type_rules``, or ``types(*dtypes) -> (input dtypes, output dtypes)``, dtypes
            of torch or None, where the operator has a rule of its own.

    The same name twice is an error that names both places.
    """

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        entry = Op(
            fn,
            name,
            aliases=aliases,
            outputs=outputs,
            visible=visible,
            inputs=inputs,
            fill=fill,
            told=told,
            aux=aux,
            aux_slots=aux_slots,
            mutates=mutates,
            random=random,
            by_mode=by_mode,
            view=view,
            loss=loss,
            unseen=unseen,
            num_args=num_args,
            initial=initial,
            family=family,
            types=types,
        )
        for key in (name, *aliases):
            other = _REGISTRY.get(key)
            if other is not None:
                raise ArgumentError(f"operator {key!r} is declared twice: {_place(other.fn)} and {_place(fn)}")
            _REGISTRY[key] = entry
        return fn

    return register


@functools.cache
def _defaults() -> dict[str, Any]:
    return {p.name: p.default for p in inspect.signature(op).parameters.values() if p.kind is p.KEYWORD_ONLY}


def also(name: str, *aliases: str) -> None:
    """Let the operator ``name`` be found by ``aliases`` too."""
    entry = get(name)
    for alias in aliases:
        other = _REGISTRY.get(alias)
        if other is not None:
            raise ArgumentError(f"operator {alias!r} is declared twice: {_place(other.fn)} and as an alias of {name}")
        _REGISTRY[alias] = entry
    entry.aliases += aliases


def _place(fn: Callable[..., Any]) -> str:
    code = inspect.unwrap(fn).__code__
    return f"{code.co_filename}:{code.co_firstlineno}"


def later(prefix: str, load: Callable[[], object]) -> None:
    """Let ``load`` register the operators whose names begin with ``prefix`` when the first of them is asked for."""
    _LATER[prefix] = load


def _load(name: str = "") -> None:
    """Register the operators whose prefix ``name`` begins with, or all of them."""
    for prefix in [p for p in _LATER if not name or name.startswith(p)]:
        with _loading:
            if prefix in _LATER:
                _LATER[prefix]()
                _LATER.pop(prefix, None)


def find(name: str) -> Op | None:
    """The operator called ``name``, or None."""
    found = _REGISTRY.get(name)
    if found is None and _LATER:
        _load(name)
        found = _REGISTRY.get(name)
    return found


def get(name: str, where: str = "") -> Op:
    """The operator called ``name``.

    Raises:
        UnknownOperatorError: there is none; the message names the closest ones and ``where`` it was asked for.
    """
    entry = find(name)
    if entry is None:
        _load()
        close = difflib.get_close_matches(name, _REGISTRY, 3)
        hint = f"; the closest names are {', '.join(close)}" if close else ""
        raise UnknownOperatorError(f"no operator {name!r} is registered{where}{hint}")
    return entry


def all_names() -> list[str]:
    """Every name and alias, sorted."""
    _load()
    return sorted(_REGISTRY)
