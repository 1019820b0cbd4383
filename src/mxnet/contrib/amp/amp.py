"""Mixed precision for running programs; for existing graphs see ``_graphs``."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mxnet import optimizer as opt
from mxnet._base.errors import ArgumentError, DTypeError
from mxnet._runtime.dtypes import bfloat16
from mxnet.gluon import trainer

from . import lists
from ._graphs import convert_bucketing_module, convert_hybrid_block, convert_model, convert_symbol
from ._policy import LISTS, Conditions, Lists, Policy, RefusedError, narrow_type
from .loss_scaler import LossScaler

__all__ = [
    "convert_bucketing_module",
    "convert_hybrid_block",
    "convert_model",
    "convert_symbol",
    "init",
    "init_trainer",
    "list_conditional_fp32_ops",
    "list_fp32_ops",
    "list_loss_output_functions",
    "list_lp16_fp32_ops",
    "list_lp16_ops",
    "list_lp16_use_fp32_params",
    "list_widest_type_cast",
    "scale_loss",
    "unscale",
]

_amp_initialized = False
_amp_loss_scale_initialized = False
_loss_scaler: LossScaler | None = None

_ = (bfloat16, lists)  # programs import these from here


class NotReadyError(ArgumentError, AttributeError):
    """The trainer was not prepared; an ``AttributeError``, as in 1.9.1."""


def init(
    target_dtype: Any = "float16",
    target_precision_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Conditions | None = None,
    fp32_ops: Sequence[str] | None = None,
) -> None:
    """Make operators cast their inputs from now on, in the whole process. Call it before networks are made.

    Functions of ``mx.nd`` cast arrays, those of ``mx.sym`` put casts into graphs. A second call does nothing. Narrow
    arrays are cast for an operator that is to run in float32; 1.9.1 does not, and the operator then fails or is
    imprecise.

    Args:
        target_dtype: ``float16`` or ``bfloat16``.
        target_precision_ops: operators to run in it, instead of :func:`list_lp16_ops`.
        conditional_fp32_ops: in the form of :func:`list_conditional_fp32_ops`, and instead of it.
        fp32_ops: operators to run in float32, instead of :func:`list_fp32_ops`.

    Raises:
        RefusedError: the type is another one; also an ``AssertionError``.
    """
    global _amp_initialized, _loss_scaler
    if _amp_initialized:
        return
    target = narrow_type(target_dtype)
    if target is None:
        raise RefusedError(
            f"AMP currently supports only float16 or bfloat16 as a target_dtype, got target_dtype={target_dtype!r}"
        )
    from ._wrap import install

    logging.info("Using AMP")
    install(Policy(target, target_precision_ops, fp32_ops, conditional_fp32_ops), _current_scale)
    _loss_scaler = LossScaler()
    _amp_initialized = True


def _current_scale() -> float:
    """The factor that gradients of loss operators carry."""
    return _loss_scaler.loss_scale if _amp_loss_scale_initialized and _loss_scaler is not None else 1.0


def init_trainer(optimizer_or_trainer: Any) -> None:
    """Make a Trainer follow the scale of the loss, and skip steps whose gradients overflow.

    Raises:
        RefusedError: :func:`init` was not called; also an ``AssertionError``.
        DTypeError: it is not a Gluon Trainer.
    """
    global _amp_loss_scale_initialized, _loss_scaler
    if not _amp_initialized:
        raise RefusedError("AMP not initialized, did you forget to call amp.init()?")
    owner = _trainer(optimizer_or_trainer)
    if _amp_loss_scale_initialized:
        scaler = LossScaler()
    else:
        _amp_loss_scale_initialized = True
        scaler = _loss_scaler or LossScaler()
    if not hasattr(owner, "_amp_loss_scaler"):
        owner._update = functools.partial(_update_unless_overflow, owner, owner._update)
    owner._amp_loss_scaler = scaler
    owner._amp_original_scale = owner._scale


def _trainer(given: Any) -> Any:
    if isinstance(given, trainer.Trainer):
        return given
    if isinstance(given, opt.Optimizer):
        raise DTypeError("AMP is currently only compatible with Gluon Trainer")
    raise DTypeError(f"optimizer_or_trainer should be a Gluon Trainer or an optimizer, instead is {type(given)}")


def _update_unless_overflow(owner: Any, update: Any, ignore_stale_grad: bool = False) -> None:
    if not owner._amp_loss_scaler.has_overflow(owner._params):
        update(ignore_stale_grad)


@contextlib.contextmanager
def scale_loss(loss: Any, optimizer_or_trainer: Any) -> Iterator[Any]:
    """Multiply ``loss``, an array or a list of them, by the factor; the Trainer's next step divides by it.

    To be used inside ``autograd.record()``, with ``backward`` in it or after it.

    Raises:
        NotReadyError: :func:`init_trainer` was not called with it; also an ``AttributeError``.
    """
    scaler = getattr(optimizer_or_trainer, "_amp_loss_scaler", None)
    if scaler is None:
        raise NotReadyError(
            f"{type(optimizer_or_trainer).__name__!r} object has no attribute '_amp_loss_scaler'; call "
            "amp.init_trainer with it first"
        )
    optimizer_or_trainer._scale = optimizer_or_trainer._amp_original_scale / scaler.loss_scale
    if isinstance(loss, (list, tuple)):
        yield [part * scaler.loss_scale for part in loss]
    else:
        yield loss * scaler.loss_scale


def unscale(optimizer_or_trainer: Any) -> None:
    """Divide the gradients by the factor now, to look at them or clip them before the step.

    Raises:
        DTypeError: it is not a Gluon Trainer.
    """
    owner = _trainer(optimizer_or_trainer)
    if not hasattr(owner, "_amp_loss_scaler"):
        return
    for param in owner._params:
        if param.grad_req != "null":
            for grad in param.list_grad():
                grad[:] *= owner._scale
    owner._scale = owner._amp_original_scale


# -- the lists ------------------------------------------------------------------------------------------------------


def _lists(target_dtype: Any) -> Lists:
    target = narrow_type(target_dtype)
    if target is None:
        raise RefusedError(f"not supported type {target_dtype!r}, expected float16 or bfloat16")
    return LISTS[target]


def list_lp16_ops(target_dtype: Any) -> list[str]:
    """Operators that run in ``target_dtype``.

    >>> list_lp16_ops("bfloat16")
    ['Convolution', 'FullyConnected']
    """
    return list(_lists(target_dtype).low)


def list_fp32_ops(target_dtype: Any) -> list[str]:
    """Operators that run in float32.

    >>> "softmax" in list_fp32_ops("float16")
    True
    """
    return list(_lists(target_dtype).float32)


def list_lp16_fp32_ops(target_dtype: Any) -> list[str]:
    """Operators that run in whichever type their inputs have.

    >>> "relu" in list_lp16_fp32_ops("float16")
    True
    """
    return list(_lists(target_dtype).both)


def list_conditional_fp32_ops(target_dtype: Any) -> list[tuple[str, str, Sequence[str]]]:
    """Operators that run in float32 for values of an attribute: (operator, attribute, values).

    >>> list_conditional_fp32_ops("float16")[0][0]
    'Activation'
    """
    return list(_lists(target_dtype).conditional)


def list_widest_type_cast(target_dtype: Any) -> list[str]:
    """Operators that run in the widest type among their inputs.

    >>> "Concat" in list_widest_type_cast("float16")
    True
    """
    return list(_lists(target_dtype).widest)


def list_loss_output_functions(target_dtype: Any) -> list[str]:
    """Losses whose gradient carries the scale.

    >>> "SoftmaxOutput" in list_loss_output_functions("float16")
    True
    """
    return list(_lists(target_dtype).losses)


def list_lp16_use_fp32_params(target_dtype: Any) -> Mapping[str, Sequence[str]] | None:
    """Inputs that stay float32 whatever their operator runs in; None for float16.

    >>> list_lp16_use_fp32_params("float16") is None
    True
    """
    return _lists(target_dtype).float32_params
