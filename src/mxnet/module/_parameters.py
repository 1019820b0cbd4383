"""The names of a module's variables, and the first values of its parameters."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError, CallError, WrongKindError
from mxnet._base.words import few
from mxnet._runtime.array import Array
from mxnet.initializer import InitDesc


class UnknownLabel(ArgumentError, KeyError):
    """A label that is no argument of the symbol."""

    __str__ = Exception.__str__  # KeyError shows its text in quotes


def check_labels(described: Sequence[Any], arguments: Collection[str], expected: Sequence[str]) -> None:
    """Raise ``UnknownLabel`` if a label is not among ``arguments``: it would be given to none, or to a wrong one."""
    names = [d.name for d in described]
    if all(n in arguments for n in names):
        return
    known = [n for n in expected if n in arguments]
    hint = (
        f"give them these names, as by mx.io.NDArrayIter(label_name={known[0]!r})"
        if known
        else "the symbol has none of the module's label_names, so bind it without label_shapes"
    )
    raise UnknownLabel(f"label_shapes name {names}, expected {known}; {hint}")


def check_names(names: Sequence[str], symbol: Any, kind: str, required: bool) -> None:
    """Refuse names that are no argument of ``symbol``; only warn of them unless ``required``."""
    arguments = symbol.list_arguments()
    likely = [n for n in arguments if not n.endswith(("_weight", "_bias", "_gamma", "_beta"))]
    for name in names:
        if name in arguments:
            continue
        message = (
            f"You created Module with Module(..., {kind}_names={list(names)}) but input with name '{name}' is not "
            f"found in symbol.list_arguments(). Did you mean one of: {few(likely, name)}"
        )
        if required:
            raise ArgumentError(message)
        warnings.warn(message, stacklevel=4)


def fill(
    kind: str,
    arrays: Mapping[str, Sequence[Any]],
    given: Mapping[str, Any] | None,
    initializer: Any,
    attrs: Mapping[str, Any],
    allow_missing: bool,
) -> None:
    """Give parameters the values in ``given``, and the others values by ``initializer``, if not None.

    Args:
        kind: what to call ``given`` in messages.
        arrays: the copies of each parameter, by name.
        attrs: attributes of their variables, by name.

    Raises:
        ArgumentError: a value has another shape; or one is missing and ``allow_missing`` is False.
        CallError: there is neither ``given`` nor an initializer.
    """
    if initializer is not None and not callable(initializer):
        raise CallError(f"init_params: initializer must be one like mx.init.Xavier(), got {initializer!r}")
    for name, copies in sorted(arrays.items()):  # in this order 1.9.1 draws what is random
        like = copies[0]
        if given is not None and name in given:
            source = given[name]
            if not isinstance(source, Array):
                raise WrongKindError(
                    f"init_params: {name} in {kind} must be an NDArray, got {type(source).__name__}; mx.nd.array() "
                    "makes one"
                )
            if source.shape != like.shape:
                raise ArgumentError(f"init_params: {name} in {kind} has shape {source.shape}, expected {like.shape}")
        elif given is not None and not allow_missing:
            raise ArgumentError(f"init_params: {name} is not presented in {kind}; allow_missing=True makes it up")
        elif initializer is None and given is None:
            raise CallError(f"init_params: there is neither an initializer nor {kind} for {name}; give one of them")
        elif initializer is None:
            continue
        else:
            source = nd.zeros(like.shape, ctx=like.context, dtype=like.dtype, stype=like.stype)
            initializer(InitDesc(name, attrs.get(name)), source)
        for copy in copies:
            copy[:] = source.as_in_context(copy.context).astype(copy.dtype, copy=False)


def refuse_extra(kind: str, names: Collection[str], given: Mapping[str, Any]) -> None:
    """Raise ``ArgumentError`` if ``given`` has a name that is not among ``names``."""
    extra = [k for k in given if k not in names]
    if extra:
        raise ArgumentError(f"set_params: {kind} has {extra[0]!r}, which is no parameter; allow_extra=True skips it")
