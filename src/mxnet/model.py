"""Checkpoints: a symbol and its parameters as two files."""

from __future__ import annotations

import logging
from collections import namedtuple
from collections.abc import Mapping
from typing import Any

from . import ndarray as nd
from . import symbol as sym
from ._base.errors import FormatError
from .ndarray import NDArray

__all__ = ["BatchEndParam", "load_checkpoint", "load_params", "save_checkpoint"]

BatchEndParam = namedtuple("BatchEndParams", ["epoch", "nbatch", "eval_metric", "locals"])
"""What callbacks at the end of a batch are given."""


def save_checkpoint(
    prefix: str,
    epoch: int,
    symbol: Any,
    arg_params: Mapping[str, NDArray],
    aux_params: Mapping[str, NDArray],
    remove_amp_cast: bool = True,
) -> None:
    """Write ``prefix-symbol.json`` (unless ``symbol`` is None) and ``prefix-<epoch in 4 digits>.params``."""
    if symbol is not None:
        symbol.save(f"{prefix}-symbol.json", remove_amp_cast=remove_amp_cast)
    named = {f"arg:{k}": v for k, v in arg_params.items()} | {f"aux:{k}": v for k, v in aux_params.items()}
    path = f"{prefix}-{epoch:04d}.params"
    nd.save(path, named)
    logging.info('Saved checkpoint to "%s"', path)


def load_params(prefix: str, epoch: int) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
    """Arguments and auxiliary states of a checkpoint, by name.

    Raises:
        FormatError: an array in the file has no name, or one that begins with neither ``arg:`` nor ``aux:``.
    """
    path = f"{prefix}-{epoch:04d}.params"
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
    """Symbol, arguments and auxiliary states of a checkpoint."""
    symbol = sym.load(f"{prefix}-symbol.json")
    return (symbol, *load_params(prefix, epoch))
