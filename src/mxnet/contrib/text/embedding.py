"""Word vectors, from files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mxnet import ndarray as nd
from mxnet import registry
from mxnet._base.lazy import attach

from . import vocab
from ._base import _TokenEmbedding
from ._errors import RefusedError, UnknownEmbedding
from ._pretrained import EMBEDDING_ROOT, FASTTEXT, GLOVE

__getattr__ = attach(  # names that programs reach through this module because 1.9.1 imports them in it
    __name__, {"C": "mxnet.contrib.text._constants", "base": "mxnet.base"}, {"is_np_array": "mxnet.util"}
)

__all__ = [
    "CompositeEmbedding",
    "CustomEmbedding",
    "FastText",
    "GloVe",
    "create",
    "get_pretrained_file_names",
    "register",
]

_register = registry.get_register_func(_TokenEmbedding, "token embedding")
_create = registry.get_create_func(_TokenEmbedding, "token embedding")


def register(embedding_cls: type) -> type:
    """Make a subclass of ``_TokenEmbedding`` known to :func:`create` by its name."""
    return _register(embedding_cls)


def create(embedding_name: str, **kwargs: Any) -> _TokenEmbedding:
    """Word vectors of a registered kind.

    Args:
        embedding_name: ``glove``, ``fasttext``, or a registered kind.
        kwargs: arguments of the class.

    Raises:
        ArgumentError: nothing is registered under that name.
        UnknownEmbedding: there is no such ``pretrained_file_name``.
    """
    return _create(embedding_name, **kwargs)


def get_pretrained_file_names(embedding_name: str | None = None) -> Any:
    """Names of files with word vectors that can be downloaded.

    Args:
        embedding_name: the kind; all kinds if None.

    Returns:
        A list of names, or of all kinds a dict of such lists.

    Raises:
        UnknownEmbedding: there is no such kind.

    >>> get_pretrained_file_names("glove")[:2]
    ['glove.42B.300d.txt', 'glove.6B.50d.txt']
    """
    known = registry.get_registry(_TokenEmbedding)
    if embedding_name is None:
        return {name: list(cls.pretrained_file_name_sha1) for name, cls in known.items()}
    if embedding_name not in known:
        raise UnknownEmbedding(
            f"Cannot find `embedding_name` {embedding_name}. Use "
            "`get_pretrained_file_names(embedding_name=None).keys()` to get all the valid embedding names."
        )
    return list(known[embedding_name].pretrained_file_name_sha1)


class _Pretrained(_TokenEmbedding):
    """Word vectors from a file that is downloaded when it is first needed."""

    def __init__(
        self,
        pretrained_file_name: str,
        embedding_root: str,
        init_unknown_vec: Callable[..., Any],
        vocabulary: vocab.Vocabulary | None,
        **kwargs: Any,
    ) -> None:
        self._check_pretrained_file_names(pretrained_file_name)
        super().__init__(**kwargs)
        path = self._get_pretrained_file(embedding_root, pretrained_file_name)
        self._load_embedding(path, " ", init_unknown_vec)
        if vocabulary is not None:
            self._build_embedding_for_vocabulary(vocabulary)


@register
class GloVe(_Pretrained):
    """GloVe, https://nlp.stanford.edu/projects/glove/, under the Public Domain Dedication and License.

    Args:
        pretrained_file_name: one of ``get_pretrained_file_names("glove")``.
        embedding_root: folder for downloads; ``embeddings`` in that of MXNET_HOME.
        init_unknown_vec: makes the vector of the unknown token from ``shape``, where the file has none.
        vocabulary: the tokens to load; all tokens of the file if None.
        kwargs: arguments of ``Vocabulary``: ``unknown_token``, ``reserved_tokens``.

    Raises:
        UnknownEmbedding: there is no such file.
        OSError: it cannot be downloaded.
    """

    pretrained_archive_name_sha1 = GLOVE["archives"]
    pretrained_file_name_sha1 = GLOVE["files"]

    def __init__(
        self,
        pretrained_file_name: str = "glove.840B.300d.txt",
        embedding_root: str = EMBEDDING_ROOT,
        init_unknown_vec: Callable[..., Any] = nd.zeros,
        vocabulary: vocab.Vocabulary | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pretrained_file_name, embedding_root, init_unknown_vec, vocabulary, **kwargs)

    @classmethod
    def _get_download_file_name(cls, pretrained_file_name: str) -> str:
        # an archive holds all sizes of vectors from one corpus: glove.6B.zip has glove.6B.50d.txt
        corpus = pretrained_file_name.split(".")[1]
        return next(name for name in cls.pretrained_archive_name_sha1 if name.split(".")[1] == corpus)


@register
class FastText(_Pretrained):
    """fastText, https://fasttext.cc/, under Creative Commons Attribution-ShareAlike 3.0.

    Args:
        pretrained_file_name: one of ``get_pretrained_file_names("fasttext")``.
        embedding_root: folder for downloads; ``embeddings`` in that of MXNET_HOME.
        init_unknown_vec: makes the vector of the unknown token from ``shape``, where the file has none.
        vocabulary: the tokens to load; all tokens of the file if None.
        kwargs: arguments of ``Vocabulary``: ``unknown_token``, ``reserved_tokens``.

    Raises:
        UnknownEmbedding: there is no such file.
        OSError: it cannot be downloaded.
    """

    pretrained_archive_name_sha1 = FASTTEXT["archives"]
    pretrained_file_name_sha1 = FASTTEXT["files"]

    def __init__(
        self,
        pretrained_file_name: str = "wiki.simple.vec",
        embedding_root: str = EMBEDDING_ROOT,
        init_unknown_vec: Callable[..., Any] = nd.zeros,
        vocabulary: vocab.Vocabulary | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pretrained_file_name, embedding_root, init_unknown_vec, vocabulary, **kwargs)

    @classmethod
    def _get_download_file_name(cls, pretrained_file_name: str) -> str:
        return pretrained_file_name.rpartition(".")[0] + ".zip"


class CustomEmbedding(_TokenEmbedding):
    """Word vectors from a file of your own, whose lines have a token and the numbers of its vector.

    Args:
        pretrained_file_path: the file.
        elem_delim: the delimiter of token and numbers.
        encoding: of the file.
        init_unknown_vec: makes the vector of the unknown token from ``shape``, where the file has none.
        vocabulary: the tokens to load; all tokens of the file if None.
        kwargs: arguments of ``Vocabulary``: ``unknown_token``, ``reserved_tokens``.

    Raises:
        ArgumentError: there is no such file.
        EmbeddingFileError: a line does not have that form, or its vector has another length; the message names file and
            line.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "vectors.txt")
    >>> with open(path, "w") as file:
    ...     _ = file.write("hello 1 2 3\\nworld 4 5 6\\n")
    >>> words = CustomEmbedding(path)
    >>> words.get_vecs_by_tokens("world").asnumpy().tolist()
    [4.0, 5.0, 6.0]
    """

    def __init__(
        self,
        pretrained_file_path: str,
        elem_delim: str = " ",
        encoding: str = "utf8",
        init_unknown_vec: Callable[..., Any] = nd.zeros,
        vocabulary: vocab.Vocabulary | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._load_embedding(pretrained_file_path, elem_delim, init_unknown_vec, encoding)
        if vocabulary is not None:
            self._build_embedding_for_vocabulary(vocabulary)


class CompositeEmbedding(_TokenEmbedding):
    """Word vectors of several kinds, one after the other, for the tokens of a vocabulary.

    Args:
        vocabulary: the tokens.
        token_embeddings: word vectors, one or a list.

    Raises:
        RefusedError: these are something else.
    """

    def __init__(
        self, vocabulary: vocab.Vocabulary, token_embeddings: _TokenEmbedding | Sequence[_TokenEmbedding]
    ) -> None:
        if not isinstance(vocabulary, vocab.Vocabulary):
            raise RefusedError(f"`vocabulary` must be a Vocabulary, got {type(vocabulary).__name__}")
        listed = list(token_embeddings) if isinstance(token_embeddings, (list, tuple)) else [token_embeddings]
        for one in listed:
            if not isinstance(one, _TokenEmbedding):
                raise RefusedError(f"`token_embeddings` must be a token embedding or a list of them, got {one!r}")
        self._index_tokens_from_vocabulary(vocabulary)
        self._set_idx_to_vec_by_embeddings(listed, len(self), self.idx_to_token)
