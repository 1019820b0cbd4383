"""Loggers with 1.9.1's line format."""

from __future__ import annotations

import logging
import sys
from logging import CRITICAL, DEBUG, ERROR, INFO, NOTSET, WARNING

__all__ = ["CRITICAL", "DEBUG", "ERROR", "INFO", "NOTSET", "WARNING", "getLogger", "get_logger"]

_COLOURS = {"W": "\x1b[33m", "E": "\x1b[31m", "C": "\x1b[31m"}


class _Formatter(logging.Formatter):
    """Level letter, time and place before the message; coloured on a terminal."""

    def __init__(self, colored: bool) -> None:
        super().__init__(datefmt="%m%d %H:%M:%S")
        self._colored = colored

    def format(self, record: logging.LogRecord) -> str:
        letter = record.levelname[0]
        head = f"{letter}{self.formatTime(record, self.datefmt)} {record.process} {record.pathname}:{record.lineno}"
        if self._colored:
            head = f"{_COLOURS.get(letter, chr(27) + '[32m')}{head}\x1b[0m"
        return f"{head}] {record.getMessage()}"


def get_logger(
    name: str | None = None, filename: str | None = None, filemode: str | None = None, level: int = WARNING
) -> logging.Logger:
    """A logger that writes to a file, or to standard error. A name gets its handler once.

    >>> get_logger("demo", level=INFO).level == INFO
    True
    """
    logger = logging.getLogger(name)
    if name is not None and not getattr(logger, "_init_done", None):
        logger._init_done = True  # type: ignore[attr-defined]
        handler: logging.Handler
        if filename:
            handler = logging.FileHandler(filename, filemode or "a")
            handler.setFormatter(_Formatter(colored=False))
        else:
            handler = logging.StreamHandler()
            handler.setFormatter(_Formatter(colored=sys.stderr.isatty()))
        logger.addHandler(handler)
        logger.setLevel(level)
    return logger


getLogger = get_logger
