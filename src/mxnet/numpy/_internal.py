"""Operators of ``mx.np`` by the names of the registry, on np arrays."""

from __future__ import annotations

from ._operators import exposed as _exposed

__getattr__, __dir__ = _exposed(globals(), "_npi_")
