"""Every environment variable the framework reads: one typed table, read at each use.

A variable set after import therefore takes effect, and text that can not be understood is an error naming the
variable, not a silent default.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import ArgumentError

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("one of 0, 1, true, false")


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("a whole number") from None


@dataclass(frozen=True)
class Setting:
    """One environment variable: how its text is read, its default, and what it does."""

    parse: Callable[[str], Any]
    default: Any
    help: str
    allowed: tuple[str, ...] = ()


SETTINGS: dict[str, Setting] = {
    "MXNET_HOME": Setting(str, None, "Folder for downloaded data and models; ~/.mxnet unless set."),
    "MXNET_ENGINE_TYPE": Setting(
        str,
        "ThreadedEnginePerDevice",
        "NaiveEngine raises every error at the call that caused it; the others raise value errors at the wait.",
        ("NaiveEngine", "ThreadedEngine", "ThreadedEnginePerDevice"),
    ),
    "MXNET_CPU_MEM_POOL_TYPE": Setting(
        str,
        "Naive",
        "Unpooled gives memory of arrays on the CPU back to the system at once; the others keep up to a gigabyte.",
        ("Naive", "Round", "Unpooled"),
    ),
    "MXNET_UPDATE_ON_KVSTORE": Setting(_boolean, True, "Whether Trainer and Module let the store run the optimizer."),
    "MXNET_GLUON_REPO": Setting(
        str,
        "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/",
        "Where gluon data sets and models are downloaded from.",
    ),
    "MXNET_OPTIMIZER_AGGREGATION_SIZE": Setting(
        _whole,
        None,
        "How many parameters a subclass of SGD, LARS (4 unless set) or LAMB (45) is given at a time, if it has an "
        "update_multi_precision of its own. The optimizers of this package take all at once, and with 0 one by one.",
    ),
    "MXNET_BACKWARD_DO_MIRROR": Setting(
        _boolean, False, "Whether executors compute values again in backward instead of keeping them: less memory."
    ),
    "MXNET_ELIMINATE_COMMON_EXPR": Setting(_boolean, True, "Whether executors compute common expressions once."),
    "MXNET_SUBGRAPH_BACKEND": Setting(
        str, "", "The backend that executors partition their graphs for; NONE and MKLDNN, which 1.9.1 knows, for none."
    ),
    "MXNET_STORAGE_FALLBACK_LOG_VERBOSE": Setting(
        _boolean, True, "Whether to log, once each, which operators make dense copies of sparse arrays."
    ),
    "MXNET_ENFORCE_DETERMINISM": Setting(_boolean, False, "Refuse kernels whose result depends on scheduling."),
}


def get(name: str) -> Any:
    """The value of the variable ``name`` in its type.

    Raises:
        ArgumentError: the text can not be read; names the variable, the text and what is allowed.

    >>> get("MXNET_UPDATE_ON_KVSTORE")
    True
    """
    setting = SETTINGS[name]
    text = os.environ.get(name)
    if text is None:
        return setting.default
    try:
        value = setting.parse(text)
    except ValueError as error:
        raise ArgumentError(f"{name} is {text!r}; expected {error}") from None
    if setting.allowed and value not in setting.allowed:
        raise ArgumentError(f"{name} is {text!r}; expected one of {', '.join(setting.allowed)}")
    return value


def describe() -> str:
    """The table as text, one variable a paragraph.

    >>> "MXNET_HOME" in describe()
    True
    """
    rows = []
    for name, s in SETTINGS.items():
        allowed = f" One of {', '.join(s.allowed)}." if s.allowed else ""
        rows.append(f"{name} (default {s.default!r})\n    {s.help}{allowed}")
    return "\n".join(rows)
