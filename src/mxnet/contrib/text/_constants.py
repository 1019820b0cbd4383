"""The numbers and names that 1.9.1 keeps in one module, which programs reach as ``embedding.C`` and ``vocab.C``."""

from __future__ import annotations

from ._pretrained import FASTTEXT, GLOVE
from .vocab import UNKNOWN_IDX

__all__ = [
    "APACHE_REPO_URL",
    "FAST_TEXT_ARCHIVE_SHA1",
    "FAST_TEXT_FILE_SHA1",
    "GLOVE_PRETRAINED_ARCHIVE_SHA1",
    "GLOVE_PRETRAINED_FILE_SHA1",
    "UNKNOWN_IDX",
]

APACHE_REPO_URL = "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/"
# the two names of GloVe are exchanged in 1.9.1, and so they are here
GLOVE_PRETRAINED_FILE_SHA1 = GLOVE["archives"]
GLOVE_PRETRAINED_ARCHIVE_SHA1 = GLOVE["files"]
FAST_TEXT_FILE_SHA1 = FASTTEXT["files"]
FAST_TEXT_ARCHIVE_SHA1 = FASTTEXT["archives"]
