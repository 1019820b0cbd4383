"""Word vectors: reading them, looking them up, changing them."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError
from mxnet._runtime.array import Array
from mxnet.util import is_np_array

from . import _pretrained, vocab
from ._errors import EmbeddingFileError, RefusedError, UnknownEmbedding


class _TokenEmbedding(vocab.Vocabulary):
    """Base of word vectors: a vocabulary with a vector for each token.

    Index 0, for all unknown tokens, has the vector that the file gives for the unknown token, or one made by
    ``init_unknown_vec``. Of a token that is in a file several times the first vector counts.

    Subclasses for downloads have ``pretrained_file_name_sha1``, and ``pretrained_archive_name_sha1`` where the files
    come in archives: SHA-1 by name.
    """

    pretrained_file_name_sha1: dict[str, str] = {}
    pretrained_archive_name_sha1: dict[str, str]
    _vec_len: int
    _idx_to_vec: Any

    # -- downloads ----------------------------------------------------------------------------------------------

    @classmethod
    def _get_download_file_name(cls, pretrained_file_name: str) -> str:
        """The file to download for ``pretrained_file_name``: itself, or its archive."""
        return pretrained_file_name

    @classmethod
    def _get_pretrained_file_url(cls, pretrained_file_name: str) -> str:
        return _pretrained.url(cls.__name__.lower(), cls._get_download_file_name(pretrained_file_name))

    @classmethod
    def _get_pretrained_file(cls, embedding_root: str, pretrained_file_name: str) -> str:
        """The path of the file, downloaded and unpacked if it is not there yet."""
        source = cls._get_pretrained_file_url(pretrained_file_name)
        folder = os.path.join(os.path.expanduser(embedding_root), cls.__name__.lower())
        sha1 = cls.pretrained_file_name_sha1[pretrained_file_name]
        archives = getattr(cls, "pretrained_archive_name_sha1", {})
        return _pretrained.fetch(source, folder, pretrained_file_name, sha1, archives.get(os.path.basename(source)))

    @classmethod
    def _check_pretrained_file_names(cls, pretrained_file_name: str) -> None:
        if pretrained_file_name not in cls.pretrained_file_name_sha1:
            kind = cls.__name__.lower()
            raise UnknownEmbedding(
                f"Cannot find pretrained file {pretrained_file_name} for token embedding {kind}. Valid pretrained "
                f"files for embedding {kind}: {', '.join(cls.pretrained_file_name_sha1)}"
            )

    # -- reading ------------------------------------------------------------------------------------------------

    def _load_embedding(
        self, pretrained_file_path: str, elem_delim: str, init_unknown_vec: Callable[..., Any], encoding: str = "utf8"
    ) -> None:
        path = os.path.expanduser(pretrained_file_path)
        if not os.path.isfile(path):
            raise ArgumentError(
                f"`pretrained_file_path` must be a valid path to the pre-trained token embedding file, got {path!r}"
            )
        logging.info("Loading pre-trained token embedding vectors from %s", path)
        vectors = self._read(path, elem_delim, encoding)
        unknown = vectors.pop(self.unknown_token, None)
        some = next(iter(vectors.values()), unknown)
        if some is None:
            raise EmbeddingFileError(f"{path}: there is no token with a vector in it")
        self._vec_len = len(some)
        first = init_unknown_vec(shape=self._vec_len).asnumpy() if unknown is None else unknown
        for token in vectors:
            if token not in self._token_to_idx:
                self._append(token)
        table = np.tile(np.asarray(first, np.float32), (len(self), 1))
        for token, vector in vectors.items():
            table[self._token_to_idx[token]] = vector
        self._idx_to_vec = _array(table)

    def _read(self, path: str, elem_delim: str, encoding: str) -> dict[str, np.ndarray]:
        """The vectors in a file by token."""
        found: dict[str, np.ndarray] = {}
        length = None
        with open(path, encoding=encoding) as file:
            for number, line in enumerate(file, 1):
                where = f"At line {number} of the pre-trained token embedding file {path}"
                token, vector = _parse(line, elem_delim, where)
                if token in found:
                    warnings.warn(
                        f"{where}: the embedding vector for token {token} has been loaded and a duplicate embedding "
                        "for the same token is seen and skipped.",
                        stacklevel=4,
                    )
                elif len(vector) == 1 and token != self.unknown_token:
                    warnings.warn(
                        f"{where}: token {token} with 1-dimensional vector {vector.tolist()} is likely a header and "
                        "is skipped.",
                        stacklevel=4,
                    )
                elif length not in (None, len(vector)):
                    raise EmbeddingFileError(
                        f"{where}: the dimension of token {token} is {len(vector)} but the dimension of previous "
                        f"tokens is {length}. Dimensions of all the tokens must be the same."
                    )
                else:
                    found[token] = vector
                    length = len(vector)
        return found

    # -- vectors for the tokens of vocabularies -----------------------------------------------------------------

    def _index_tokens_from_vocabulary(self, vocabulary: vocab.Vocabulary) -> None:
        self._token_to_idx = dict(vocabulary.token_to_idx)
        self._idx_to_token = list(vocabulary.idx_to_token)
        self._unknown_token = vocabulary.unknown_token
        self._reserved_tokens = None if vocabulary.reserved_tokens is None else list(vocabulary.reserved_tokens)

    def _set_idx_to_vec_by_embeddings(
        self, token_embeddings: Sequence[_TokenEmbedding], vocab_len: int, vocab_idx_to_token: Sequence[Any]
    ) -> None:
        """Vectors of all of ``token_embeddings`` one after the other; of index 0 their vectors for the unknown."""
        parts = []
        for embedding in token_embeddings:
            indices = [vocab.UNKNOWN_IDX, *embedding.to_indices(list(vocab_idx_to_token[1:vocab_len]))]
            parts.append(embedding.idx_to_vec.asnumpy()[indices])
        table = np.concatenate(parts, axis=1)
        self._vec_len = table.shape[1]
        self._idx_to_vec = _array(table)

    def _build_embedding_for_vocabulary(self, vocabulary: vocab.Vocabulary) -> None:
        if not isinstance(vocabulary, vocab.Vocabulary):
            raise RefusedError(f"`vocabulary` must be a Vocabulary, got {type(vocabulary).__name__}")
        self._set_idx_to_vec_by_embeddings([self], len(vocabulary), vocabulary.idx_to_token)
        self._index_tokens_from_vocabulary(vocabulary)

    # -- use ----------------------------------------------------------------------------------------------------

    @property
    def vec_len(self) -> int:
        """How long a vector is."""
        return self._vec_len

    @property
    def idx_to_vec(self) -> Any:
        """The vectors by number of the token, (tokens, ``vec_len``)."""
        return self._idx_to_vec

    def get_vecs_by_tokens(self, tokens: Any, lower_case_backup: bool = False) -> Any:
        """Vectors of tokens.

        Args:
            tokens: a token, or a list of them.
            lower_case_backup: look for a token that is not there in lower case too.

        Returns:
            (``vec_len``,), or of a list (tokens, ``vec_len``).

        Raises:
            ArgumentError: the list is empty.
        """
        listed = tokens if isinstance(tokens, list) else [tokens]
        if not listed:
            raise ArgumentError("get_vecs_by_tokens: got no tokens, expected one or a list of some")
        if lower_case_backup:
            listed = [t if t in self._token_to_idx else t.lower() for t in listed]
        found = _array(self._idx_to_vec.asnumpy()[self.to_indices(listed)])
        return found if isinstance(tokens, list) else found[0]

    def update_token_vectors(self, tokens: Any, new_vectors: Any) -> None:
        """Give tokens other vectors.

        Args:
            tokens: a token, or a list of them; the unknown one by its own name.
            new_vectors: an array, (tokens, ``vec_len``); of a single token (``vec_len``,) too.

        Raises:
            ArgumentError: a token is not there.
            RefusedError: ``new_vectors`` has another shape, or is no array.
        """
        listed = tokens if isinstance(tokens, list) else [tokens]
        shape = new_vectors.shape if isinstance(new_vectors, Array) else None
        allowed = [(len(listed), self._vec_len), *([(self._vec_len,)] if len(listed) == 1 else [])]
        if shape not in allowed:
            got = type(new_vectors).__name__ if shape is None else f"shape {shape}"
            raise RefusedError(
                f"`new_vectors` must be an NDArray of shape {' or '.join(map(str, allowed))}, a row for each of the "
                f"tokens, got {got}"
            )
        for token in listed:
            if token not in self._token_to_idx:
                raise ArgumentError(
                    f"Token {token} is unknown. To update the embedding vector for an unknown token, please specify "
                    f"it explicitly as the `unknown_token` {self.unknown_token} in `tokens`. This is to avoid "
                    "unintended updates."
                )
        table = self._idx_to_vec.asnumpy().copy()
        table[[self._token_to_idx[t] for t in listed]] = new_vectors.asnumpy()
        self._idx_to_vec[:] = _array(table)


def _array(values: np.ndarray) -> Any:
    """An array of the interface that is on: ``mx.nd`` or ``mx.np``."""
    made = nd.array(values, dtype=values.dtype)
    return made.as_np_ndarray() if is_np_array() else made


def _parse(line: str, elem_delim: str, where: str) -> tuple[str, np.ndarray]:
    token, *numbers = line.rstrip().split(elem_delim)
    if not numbers:
        raise EmbeddingFileError(
            f"{where}: got {line.rstrip()!r}, expected a token and numbers, {elem_delim!r} between"
        )
    try:
        return token, np.array([float(n) for n in numbers], dtype=np.float32)
    except ValueError as error:
        raise EmbeddingFileError(f"{where}: token {token}: {error}") from None
