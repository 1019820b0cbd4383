"""Errors of vocabularies and word vectors, catchable as what 1.9.1 raised."""

from __future__ import annotations

from mxnet._base.errors import ArgumentError, FormatError


class RefusedError(ArgumentError, AssertionError):
    """An argument that is not allowed. 1.9.1 checks this with ``assert``."""


class EmbeddingFileError(FormatError, AssertionError):
    """A file of word vectors that is not one. 1.9.1 checks this with ``assert``."""


class UnknownEmbedding(ArgumentError, KeyError):
    """A kind of word vectors, or a file of them, that is not known."""

    __str__ = Exception.__str__  # KeyError shows its text in quotes
