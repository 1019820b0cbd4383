"""The parameters of a block, by full name."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from mxnet import initializer, ndarray
from mxnet._base.errors import ArgumentError
from mxnet._ops.types import sizes_of
from mxnet._runtime.context import Context

from ._constant import Constant
from ._errors import RejectedError, UnknownNameError
from ._loading import check_fit
from ._parameter import Parameter
from .utils import _brief_print_list


class MissingConstantError(ArgumentError, KeyError):
    """A constant that has no value yet was asked for."""

    __str__ = Exception.__str__


class ParameterDict:
    """Parameters by full name, in order, sharing a prefix.

    Args:
        prefix: put before the names of parameters made by :meth:`get`.
        shared: parameters to look in before making new ones.

    >>> params = ParameterDict("net_")
    >>> params.get("w", shape=(2, 3))
    Parameter net_w (shape=(2, 3), dtype=<class 'numpy.float32'>)
    >>> list(params.keys())
    ['net_w']
    """

    def __init__(self, prefix: str = "", shared: ParameterDict | None = None) -> None:
        self._prefix = prefix
        self._params: dict[str, Parameter] = {}
        self._shared = shared
        self._adopted: dict[str, str] = {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the state of a pickle, 1.9.1's too."""
        vars(self).update({"_adopted": {}, **state})

    def __repr__(self) -> str:
        name = f"{self._prefix} " if self._prefix else ""
        lines = "\n".join(f"  {p}" for p in self.values())
        return f"{name}(\n{lines}\n)"

    def __getitem__(self, key: str) -> Parameter:
        try:
            return self._params[key]
        except KeyError:
            near = ", ".join(f"'{name}'" for name in difflib.get_close_matches(str(key), self._params, 3, 0.3))
            raise UnknownNameError(
                f"there is no Parameter {key!r} in ParameterDict '{self._prefix}'"
                + (f"; near to it are {near}" if near else f" of {len(self._params)} Parameters")
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._params)

    def __contains__(self, key: object) -> bool:
        return key in self._params

    def __len__(self) -> int:
        return len(self._params)

    def __bool__(self) -> bool:
        return True  # as an object without a length, which it is in 1.9.1

    def items(self) -> Any:
        """Names and parameters."""
        return self._params.items()

    def keys(self) -> Any:
        """Full names."""
        return self._params.keys()

    def values(self) -> Any:
        """Parameters."""
        return self._params.values()

    @property
    def prefix(self) -> str:
        """Put before the names of parameters made by :meth:`get`."""
        return self._prefix

    def _get_impl(self, name: str) -> Parameter | None:
        """The parameter of that full name, from here or from the dict this one shares with."""
        found = self._params.get(name)
        if found is None and self._shared is not None and name in self._shared._params:
            found = self._params[name] = self._shared._params[name]
        return found

    def get(self, name: str, **kwargs: Any) -> Parameter:
        """The parameter ``prefix + name``: one that is there, or a new one.

        Args:
            name: its name without the prefix.
            kwargs: arguments of :class:`Parameter`. A parameter that is there already must agree with each of them,
                except ``stype`` and ``differentiable``, which stay as they are; unknown sizes of its shape are filled
                in.

        Raises:
            RejectedError: the parameter is there and differs.
        """
        full = self._prefix + name
        param = self._get_impl(full)
        if param is None:
            param = self._params[full] = Parameter(full, **kwargs)
            param._alone = False
            return param
        for key, value in kwargs.items():
            if key in ("allow_deferred_init", "differentiable"):
                key = "_" + key
            existing = getattr(param, key, None)
            if existing is None:
                setattr(param, key, value)
            elif key == "shape" and value is not None:
                param._shape = self._merged(param, sizes_of(value))
            elif key == "_allow_deferred_init":
                param._allow_deferred_init = existing or value
            elif key not in ("_differentiable", "stype") and value is not None and not _agree(key, value, existing):
                raise self._mismatch(param, key, value, existing)
        return param

    def _merged(self, param: Parameter, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The sizes that either side knows."""
        own = param._shape or ()
        if len(own) != len(shape) or any(a != b and a > 0 and b > 0 for a, b in zip(own, shape, strict=True)):
            raise self._mismatch(param, "shape", shape, own)
        return tuple(a if a > 0 else b for a, b in zip(own, shape, strict=True))

    @staticmethod
    def _mismatch(param: Parameter, key: str, value: Any, existing: Any) -> RejectedError:
        return RejectedError(
            f"Cannot retrieve Parameter '{param.name}' because desired attribute does not match with stored for "
            f"attribute '{key.lstrip('_')}': desired '{value}' vs stored '{existing}'."
        )

    def _adopt(self, param: Parameter, attribute: str) -> None:
        """Take in a parameter that was made on its own, under this prefix and its name, or else ``attribute``."""
        param._alone = False
        if any(p is param for p in self._params.values()):
            return  # the program itself has put it here
        own, full = param.name, self._prefix + param.name
        param.name = self._prefix + attribute if full in self._params else full
        self._params[param.name] = param
        self._adopted[param.name] = own

    def _settle(self) -> None:
        """Drop adopted parameters that the program then put here itself, so that they are not here twice."""
        for name, own in list(self._adopted.items()):
            param = self._params.get(name)
            if any(p is param and key != name for key, p in self._params.items()):
                del self._params[name], self._adopted[name]
                param.name = own  # type: ignore[union-attr]

    def get_constant(self, name: str, value: Any = None) -> Constant:
        """The constant ``prefix + name``: one that is there, or a new one.

        Args:
            name: its name without the prefix.
            value: its value; a constant that is there already must have the same one.

        Raises:
            KeyError: there is none, and no value for a new one.
            RejectedError: a value is given, and what is there is no constant, or has another one.
        """
        full = self._prefix + name
        param = self._get_impl(full)
        if param is None:
            if value is None:
                raise MissingConstantError(
                    f"No constant named '{full}'. Please specify value if you want to create a new constant."
                )
            made = self._params[full] = Constant(full, value)
            made._alone = False
            return made
        if value is not None:
            if not isinstance(param, Constant):
                raise RejectedError(f"Parameter '{full}' already exists but it is not a constant.")
            given = value.asnumpy() if isinstance(value, ndarray.NDArray) else np.asarray(value)
            if given.shape != param.shape or (given != param.value.asnumpy()).any():
                raise RejectedError(f"Constant '{full}' already exists but it's value doesn't match new value")
        return param  # type: ignore[return-value]

    def update(self, other: Mapping[str, Parameter] | ParameterDict) -> None:
        """Add all of ``other``.

        Raises:
            RejectedError: there is another parameter under one of the names.
        """
        for name, param in other.items():
            if self._params.get(name, param) is not param:
                raise RejectedError(
                    f"Cannot update self with other because they have different Parameters with the same name '{name}'"
                    ". Two blocks have the same prefix: give each its own, or leave it out and make them within "
                    "name_scope() of their parent"
                )
        self._params.update(other.items())

    def initialize(
        self,
        init: Any = initializer.Uniform(),  # noqa: B008  never changed
        ctx: Any = None,
        verbose: bool = False,
        force_reinit: bool = False,
    ) -> None:
        """Initialise all parameters.

        Args:
            init: for those that have none of their own.
            ctx: a context or a list of them; the current one if None.
            verbose: log each.
            force_reinit: also those that have values.
        """
        if verbose:
            init.set_verbosity(verbose=verbose)
        for param in self.values():
            param.initialize(None, ctx, init, force_reinit=force_reinit)

    def zero_grad(self) -> None:
        """Set all gradients to zero."""
        for param in self.values():
            param.zero_grad()

    def reset_ctx(self, ctx: Any) -> None:
        """Move all parameters to other contexts: one, or a list of them."""
        for param in self.values():
            param.reset_ctx(ctx)

    def list_ctx(self) -> list[Context]:
        """All contexts that any of the parameters is on."""
        return list(dict.fromkeys(c for p in self.values() for c in p.list_ctx()))

    def setattr(self, name: str, value: Any) -> None:
        """Set an attribute of every parameter.

        >>> params = ParameterDict()
        >>> params.get("w", shape=(1,)).lr_mult
        1.0
        >>> params.setattr("lr_mult", 0.5)
        >>> params["w"].lr_mult
        0.5
        """
        for param in self.values():
            setattr(param, name, value)

    # -- files --------------------------------------------------------------------------------------------------

    def save(self, filename: str, strip_prefix: str = "") -> None:
        """Write all parameters to a file.

        Args:
            filename: the file.
            strip_prefix: taken off the names.

        Raises:
            ArgumentError: a name does not begin with ``strip_prefix``.
        """
        arrays = {}
        for param in self.values():
            if not param.name.startswith(strip_prefix):
                raise ArgumentError(
                    f"Prefix '{strip_prefix}' is to be striped before saving, but Parameter's name '{param.name}' does "
                    f"not start with '{strip_prefix}'. this may be due to your Block shares parameters from other "
                    "Blocks or you forgot to use 'with name_scope()' when creating child blocks."
                )
            arrays[param.name[len(strip_prefix) :]] = param._reduce()
        ndarray.save(filename, arrays)

    def load(
        self,
        filename: str,
        ctx: Any = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        restore_prefix: str = "",
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Read parameters from a file; see :meth:`load_dict`."""
        self.load_dict(
            load_arrays(filename), ctx, allow_missing, ignore_extra, restore_prefix, filename, cast_dtype, dtype_source
        )

    def load_dict(
        self,
        param_dict: Mapping[str, Any],
        ctx: Any = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        restore_prefix: str = "",
        filename: str | None = None,
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Take values from arrays by name; ``arg:`` and ``aux:`` before a name are dropped.

        Args:
            param_dict: the arrays.
            ctx: for parameters not yet initialised, the CPU if None; initialised ones must be on these contexts.
            allow_missing: leave parameters that are not there as they are.
            ignore_extra: ignore arrays that belong to no parameter here.
            restore_prefix: put before the names.
            filename: where the arrays come from, for messages.
            cast_dtype: allow another dtype, and cast.
            dtype_source: which dtype to use then, the parameter's (``current``) or the array's (``saved``).

        Raises:
            RejectedError: a parameter is missing, is superfluous, or does not fit.
        """
        source = f"file: {filename}" if filename else "param_dict"
        for name in self.keys():
            if not name.startswith(restore_prefix):
                raise RejectedError(
                    f"restore_prefix is '{restore_prefix}' but Parameters name '{name}' does not start with "
                    f"'{restore_prefix}'."
                )
        arrays = {restore_prefix + bare_name(k): v for k, v in param_dict.items()}
        if not allow_missing:
            for name in self.keys():
                if name not in arrays:
                    raise RejectedError(
                        f"Parameter '{name[len(restore_prefix) :]}' is missing in {source}, which contains parameters: "
                        f"{_brief_print_list(list(arrays))}. Please make sure source and target networks have the same "
                        "prefix."
                    )
        taken = [name for name in arrays if name in self._params]
        for name in arrays:
            if name in self._params:
                check_fit(self._params[name], arrays[name], ctx, cast_dtype, dtype_source)
            elif not ignore_extra:
                raise RejectedError(
                    f"Parameter '{name[len(restore_prefix) :]}' loaded from {source} is not present in ParameterDict, "
                    f"choices are: {_brief_print_list(list(self.keys()))}. Set ignore_extra to True to ignore. Please "
                    "make sure source and target networks have the same prefix."
                )
        for name in taken:
            self._params[name]._load_init(arrays[name], ctx, cast_dtype, dtype_source)


ParameterDict.__module__ = "mxnet.gluon.parameter"


def _agree(key: str, value: Any, existing: Any) -> bool:
    if key == "dtype":
        return np.dtype(value) == np.dtype(existing)
    return bool(value == existing)


def bare_name(name: str) -> str:
    """A name in a file without the ``arg:`` or ``aux:`` of exported models."""
    return name[4:] if name.startswith(("arg:", "aux:")) else name


def load_arrays(filename: str) -> dict[str, Any]:
    """The arrays of a file by name.

    Raises:
        RejectedError: they have no names.
    """
    arrays = ndarray.load(filename)
    if isinstance(arrays, dict):
        return arrays
    if not arrays:
        return {}
    raise RejectedError(
        f"{filename} holds {len(arrays)} arrays without names, expected parameters by name; write it with "
        "save_parameters() or nd.save() of a dict"
    )
