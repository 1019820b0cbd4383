"""Registries of classes by name, for initializers, optimizers, metrics and users' own kinds."""

from __future__ import annotations

import difflib
import json
import warnings
from collections.abc import Callable
from typing import Any

from ._base.errors import ArgumentError

__all__ = ["get_alias_func", "get_create_func", "get_register_func", "get_registry"]

_REGISTRIES: dict[type, dict[str, type]] = {}


class NotRegistered(ArgumentError, AssertionError):
    """A name under which nothing is registered, or what is no name or class; 1.9.1 checks them with ``assert``."""


def get_registry(base_class: type) -> dict[str, type]:
    """A copy of what is registered under ``base_class``, by lower-case name."""
    return dict(_REGISTRIES.get(base_class, {}))


def get_register_func(base_class: type, nickname: str) -> Callable[..., type]:
    """A function that registers a subclass of ``base_class`` by its name in lower case, or another.

    Args:
        base_class: what every class of the kind derives from.
        nickname: what the kind is called in messages.
    """
    registry = _REGISTRIES.setdefault(base_class, {})

    def register(klass: type, name: str | None = None) -> type:
        if not (isinstance(klass, type) and issubclass(klass, base_class)):
            raise NotRegistered(f"Can only register subclass of {base_class.__name__}, got {klass!r}")
        key = (name or klass.__name__).lower()
        old = registry.get(key)
        if old is not None and old is not klass:
            warnings.warn(
                f"New {nickname} {klass.__module__}.{klass.__name__} registered with name {key} is overriding existing "
                f"{nickname} {old.__module__}.{old.__name__}",
                UserWarning,
                stacklevel=2,
            )
        registry[key] = klass
        return klass

    register.__doc__ = f"Register a class ({nickname}) by its name in lower case, or another."
    return register


def get_alias_func(base_class: type, nickname: str) -> Callable[..., Callable[[type], type]]:
    """A decorator that registers a subclass of ``base_class`` under further names."""
    register = get_register_func(base_class, nickname)

    def alias(*aliases: str) -> Callable[[type], type]:
        def decorate(klass: type) -> type:
            for name in aliases:
                register(klass, name)
            return klass

        return decorate

    alias.__doc__ = f"Register a class ({nickname}) under further names."
    return alias


def get_create_func(base_class: type, nickname: str) -> Callable[..., Any]:
    """A function that makes an instance from a name and arguments, from JSON ``["name", {arguments}]``, or returns one
    it is given.
    """
    registry = _REGISTRIES.setdefault(base_class, {})

    def create(*args: Any, **kwargs: Any) -> Any:
        if args:
            name, args = args[0], args[1:]
        else:
            name = kwargs.pop(nickname, None)
        if isinstance(name, base_class):
            if args or kwargs:
                raise NotRegistered(f"{nickname} is already an instance. Additional arguments are invalid")
            return name
        if isinstance(name, dict):
            return create(**name)
        if not isinstance(name, str):
            raise NotRegistered(
                f"{nickname} must be of string type, got {name!r}; expected a name, or an instance of "
                f"{base_class.__name__}"
            )
        if name.startswith(("[", "{")):
            if args or kwargs:
                raise NotRegistered(f"create {nickname} from JSON takes no further arguments")
            return _from_json(name)
        klass = registry.get(name.lower())
        if klass is None:
            near = ", ".join(difflib.get_close_matches(name.lower(), registry, 3, 0.5))
            raise NotRegistered(
                f"{name} is not registered. Please register with {nickname}.register first"
                + (f", or take one that is: the closest names are {near}" if near else "")
            )
        return klass(*args, **kwargs)

    def _from_json(text: str) -> Any:
        try:
            data = json.loads(text)
            if isinstance(data, dict):
                return create(**data)
            name, arguments = data
            return create(name, **arguments)
        except (ValueError, TypeError) as error:
            if isinstance(error, ArgumentError):
                raise
            raise ArgumentError(f'{nickname} {text!r}: expected ["name", {{arguments}}]: {error}') from None

    create.__doc__ = f"Make an instance ({nickname}) from a name and arguments, or from JSON; one is returned as it is."
    return create
