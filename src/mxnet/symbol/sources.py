"""Where symbols come from, other than operators: names, other symbols, and files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mxnet._base.errors import ArgumentError, DTypeError, FormatError
from mxnet._base.files import read_bytes
from mxnet._graph import json_format
from mxnet._graph.node import Node
from mxnet._ops.types import sizes_of
from mxnet._runtime.dtypes import FLAG, torch_dtype
from mxnet.attribute import AttrScope

from ._compose import hide
from .symbol import Symbol


def var(
    name: str,
    attr: dict[str, str] | None = None,
    shape: Any = None,
    lr_mult: float | None = None,
    wd_mult: float | None = None,
    dtype: Any = None,
    init: Any = None,
    stype: str | None = None,
    **kwargs: str,
) -> Symbol:
    """A variable: an input that is given when the graph runs.

    Args:
        name: its name.
        attr: attributes, text by name.
        shape: its shape; 0 or -1 for a size that is not known.
        lr_mult, wd_mult: factors of learning rate and weight decay.
        dtype: its dtype.
        init: an initializer, or its ``dumps()``.
        stype: storage type.
        kwargs: more attributes; their names begin and end with two underscores.

    Raises:
        DTypeError: the name is not text.
        ArgumentError: an attribute's value is not text, or its name does not begin and end with two underscores.

    >>> var("x", shape=(2, 3)).attr("__shape__")
    '(2, 3)'
    """
    if not isinstance(name, str):
        raise DTypeError(f"Expect a string for variable `name`, got {name!r}")
    attrs = hide(AttrScope.current.get(attr))
    if shape is not None:
        attrs["__shape__"] = str(sizes_of(shape))
    if lr_mult is not None:
        attrs["__lr_mult__"] = str(lr_mult)
    if wd_mult is not None:
        attrs["__wd_mult__"] = str(wd_mult)
    if dtype is not None:
        attrs["__dtype__"] = str(FLAG[torch_dtype(dtype)])
    if init is not None:
        attrs["__init__"] = init if isinstance(init, str) else init.dumps()
    if stype is not None:
        attrs["__storage_type__"] = str({"default": 0, "row_sparse": 1, "csr": 2}[stype])
    for key, value in kwargs.items():
        if not (key.startswith("__") and key.endswith("__")):
            raise ArgumentError(
                f"Attribute name={key} is not supported. Additional attributes must start and end with double "
                "underscores, e.g, __yourattr__"
            )
        attrs[key] = str(value)
    return Symbol([(Node(None, name, attrs, []), 0)])


Variable = var


def Group(symbols: Sequence[Symbol], create_fn: Any = Symbol) -> Symbol:
    """The outputs of several symbols as one.

    Raises:
        DTypeError: not a list of at least one symbol.

    >>> a, b = var("a"), var("b")
    >>> Group([b, a]).list_outputs()
    ['b', 'a']
    """
    symbols = list(symbols)
    if not symbols or not all(isinstance(s, Symbol) for s in symbols):
        raise DTypeError("Expected a list of symbols as input")
    return create_fn([e for s in symbols for e in s._outputs])


def load(fname: str) -> Symbol:
    """The symbol in a file that any version since 0.8 wrote.

    Raises:
        MissingFileError: there is no such file.
        FormatError: it does not hold a symbol; names the file and the place.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "net-symbol.json")
    >>> (var("a") * 2).save(path)
    >>> load(path).list_arguments()
    ['a']
    """
    try:
        text = read_bytes(fname).decode()
    except UnicodeDecodeError as error:
        raise FormatError(f"{fname}: not a symbol file: byte {error.start} is not UTF-8") from None
    return Symbol(json_format.loads(text, str(fname)))


def load_json(json_str: str) -> Symbol:
    """The symbol in text that :meth:`Symbol.tojson` wrote.

    Raises:
        DTypeError: it is not text.
        FormatError: it is not a graph; names the place.

    >>> load_json((var("a") * 2).tojson()).list_arguments()
    ['a']
    """
    if not isinstance(json_str, str):
        raise DTypeError(f"file name need to be string, got {json_str!r}")
    return Symbol(json_format.loads(json_str))


fromjson = load_json
