"""Reading checkpoints; :func:`mxnet.callback.save_checkpoint` writes them."""

from __future__ import annotations

import logging
from typing import Any

from mxnet import ndarray as nd
from mxnet import symbol as sym
from mxnet._base.errors import FormatError
from mxnet._base.files import checkpoint_path
from mxnet.ndarray import NDArray


def load_params(prefix: str, epoch: int) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
    """Arguments and auxiliary states of a checkpoint, by name.

    Args:
        prefix, epoch: those it was saved with.

    Raises:
        FormatError: an array in the file has no name, or one that begins with neither ``arg:`` nor ``aux:``.

    >>> import os, tempfile
    >>> import mxnet as mx
    >>> prefix = os.path.join(tempfile.mkdtemp(), "net")
    >>> mx.model.save_checkpoint(prefix, 1, None, {"w": mx.nd.ones(2)}, {"mean": mx.nd.zeros(1)})
    >>> args, aux = load_params(prefix, 1)
    >>> list(args), list(aux)
    (['w'], ['mean'])
    """
    path = checkpoint_path(prefix, epoch, "params")
    loaded = nd.load(path)
    args: dict[str, NDArray] = {}
    aux: dict[str, NDArray] = {}
    if not isinstance(loaded, dict):
        if loaded:
            raise FormatError(f"{path}: its arrays have no names, expected arg:<name> and aux:<name>")
        logging.warning("Params file '%s' is empty", path)
        return args, aux
    for key, value in loaded.items():
        kind, _, name = key.partition(":")
        if kind not in ("arg", "aux"):
            raise FormatError(f"{path}: array {key!r}, expected a name that begins with arg: or aux:")
        (args if kind == "arg" else aux)[name] = value
    return args, aux


def load_checkpoint(prefix: str, epoch: int) -> tuple[Any, dict[str, NDArray], dict[str, NDArray]]:
    """Symbol, arguments and auxiliary states of a checkpoint.

    Args:
        prefix, epoch: those it was saved with.

    Raises:
        MissingFileError: there is no such file.
        FormatError: a file is not one of a checkpoint.

    >>> import os, tempfile
    >>> import mxnet as mx
    >>> prefix = os.path.join(tempfile.mkdtemp(), "net")
    >>> mx.model.save_checkpoint(prefix, 1, mx.sym.var("data") * mx.sym.var("w"), {"w": mx.nd.ones(2)}, {})
    >>> symbol, args, aux = load_checkpoint(prefix, 1)
    >>> symbol.list_arguments(), list(args), aux
    (['data', 'w'], ['w'], {})
    """
    symbol = sym.load(f"{prefix}-symbol.json")
    return (symbol, *load_params(prefix, epoch))
