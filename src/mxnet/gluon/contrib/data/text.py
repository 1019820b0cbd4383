"""Texts to learn language models from."""

from __future__ import annotations

import os
import zipfile
from typing import Any

import numpy as np

from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError, FormatError, MXNetError
from mxnet._base.files import atomic_write, read_bytes
from mxnet.contrib import text
from mxnet.gluon.data import dataset
from mxnet.gluon.utils import _get_repo_file_url, check_sha1, download

__all__ = ["WikiText2", "WikiText103"]

C = text.vocab
"""Vocabularies, by the name that 1.9.1 has for them here."""

_EOS = "<eos>"


class SegmentError(ArgumentError, KeyError):
    """A part of a text that it does not have; 1.9.1 raises ``KeyError``."""

    __str__ = Exception.__str__  # KeyError shows its text in quotes


class _LanguageModelDataset(dataset._DownloadedDataset):
    """A text as numbers in rows of equal length, and the same one word later."""

    def __init__(self, root: str | os.PathLike[str], namespace: str, vocabulary: Any) -> None:
        self._vocab = vocabulary
        self._counter: Any = None
        self._namespace = namespace
        super().__init__(dataset._home(root), None)

    @property
    def vocabulary(self) -> Any:
        """The vocabulary by which the words are numbered."""
        return self._vocab

    @property
    def frequencies(self) -> Any:
        """How often each word is in this part of the text, a Counter."""
        return self._counter

    def _build_vocab(self, content: str) -> None:
        self._counter = text.utils.count_tokens_from_str(content)
        if self._vocab is None:
            self._vocab = text.vocab.Vocabulary(counter=self._counter, reserved_tokens=[_EOS])


class _WikiText(_LanguageModelDataset):
    """What both have in common: an archive with a file for each part."""

    _archive_file: tuple[str, str]
    _data_file: dict[str, tuple[str, str]]

    def __init__(
        self, root: str | os.PathLike[str], namespace: str, segment: str, vocabulary: Any, seq_len: int
    ) -> None:
        if segment not in self._data_file:
            known = ", ".join(map(repr, self._data_file))
            raise SegmentError(f"{type(self).__name__}: segment is {segment!r}, expected one of {known}")
        self._segment = segment
        self._seq_len = seq_len
        super().__init__(root, namespace, vocabulary)

    def _read_batch(self, filename: str) -> tuple[np.ndarray, np.ndarray]:
        """All words and the end of each line that has any, as numbers; and the same from the second on."""
        try:
            content = read_bytes(filename).decode("utf-8")
        except UnicodeDecodeError as error:
            raise FormatError(f"{filename}: offset {error.start}: not UTF-8; remove it to get it anew") from error
        self._build_vocab(content)
        numbers: list[int] = []
        for line in content.split("\n"):
            words = line.split()
            if words:
                numbers.extend(self._vocab.to_indices([*words, _EOS]))
        flat = np.array(numbers, dtype=np.int32)
        return flat[:-1], flat[1:]

    def _get_data(self) -> None:
        name, sha1 = self._data_file[self._segment]
        path = os.path.join(self._root, name)
        if not os.path.exists(path):
            self._fetch(name)
            if not check_sha1(path, sha1):
                os.remove(path)
                archive = os.path.join(self._root, self._archive_file[0])
                raise FormatError(f"{archive}: the SHA-1 of {name} in it is not {sha1}; remove it to get it anew")
        data, label = self._read_batch(path)
        rows = len(data) // self._seq_len
        self._data, self._label = (
            nd.array(x[: rows * self._seq_len].reshape(rows, self._seq_len), dtype=np.int32) for x in (data, label)
        )

    def _fetch(self, name: str) -> None:
        """Put the file ``name`` in the folder, from the archive, which is downloaded if it is not there."""
        archive, sha1 = self._archive_file
        path = os.path.join(self._root, archive)
        if not os.path.exists(path):
            os.makedirs(self._root, exist_ok=True)
            url = _get_repo_file_url(f"gluon/dataset/{self._namespace}", archive)
            try:
                download(url, path=path, sha1_hash=sha1)
            except (OSError, ImportError) as error:
                raise MXNetError(
                    f"{type(self).__name__}: {os.path.join(self._root, name)} is not there, and {url} can not be "
                    f"downloaded ({error}); put that file, or {archive}, in {self._root} by hand"
                ) from error
        try:
            with zipfile.ZipFile(path) as packed:
                for member in packed.namelist():
                    # whatever folders its path says: only the file itself, under its own name
                    if os.path.basename(member) == name:
                        with packed.open(member) as source, atomic_write(os.path.join(self._root, name)) as file:
                            for piece in iter(lambda: source.read(1 << 20), b""):
                                file.write(piece)
                        return
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise FormatError(f"{path}: can not be unpacked: {error}; remove it to download it anew") from error
        raise FormatError(f"{path}: there is no {name} in it; remove it to download it anew")


class WikiText2(_WikiText):
    """Articles of Wikipedia, two million words to train (arXiv:1609.07843).

    Args:
        root: a folder with ``wiki.train.tokens``, ``wiki.valid.tokens`` and ``wiki.test.tokens``, or with the archive
            ``wikitext-2-v1.zip``; what is missing is downloaded to it. Files that are there are used as they are.
        segment: ``train``, ``validation`` or ``test``.
        vocab: numbers of the words, a :class:`mxnet.contrib.text.vocab.Vocabulary`; made of this part if None.
        seq_len: words in a sample, wherever sentences end. What is left at the end is dropped.

    Raises:
        KeyError: there is no such segment.
        MXNetError: a file is missing and can not be downloaded; says where to put it by hand.
        FormatError: a file is broken.

    A sample is two NDArrays int32 (seq_len,): words, and the words that follow them. A line ends in ``<eos>``.
    """

    _archive_file = ("wikitext-2-v1.zip", "3c914d17d80b1459be871a5039ac23e752a53cbe")
    _data_file = {
        "train": ("wiki.train.tokens", "863f29c46ef9d167fff4940ec821195882fe29d1"),
        "validation": ("wiki.valid.tokens", "0418625c8b4da6e4b5c7a0b9e78d4ae8f7ee5422"),
        "test": ("wiki.test.tokens", "c7b8ce0aa086fb34dab808c5c49224211eb2b172"),
    }

    def __init__(
        self,
        root: str | os.PathLike[str] = "~/.mxnet/datasets/wikitext-2",
        segment: str = "train",
        vocab: Any = None,
        seq_len: int = 35,
    ) -> None:
        super().__init__(root, "wikitext-2", segment, vocab, seq_len)


class WikiText103(_WikiText):
    """Articles of Wikipedia, a hundred million words to train (arXiv:1609.07843).

    Arguments, samples and errors are those of :class:`WikiText2`; its archive is ``wikitext-103-v1.zip``, and its
    files have the same names, so its folder must be another one.
    """

    _archive_file = ("wikitext-103-v1.zip", "0aec09a7537b58d4bb65362fee27650eeaba625a")
    _data_file = {
        "train": ("wiki.train.tokens", "b7497e2dfe77e72cfef5e3dbc61b7b53712ac211"),
        "validation": ("wiki.valid.tokens", "c326ac59dc587676d58c422eb8a03e119582f92b"),
        "test": ("wiki.test.tokens", "8a5befc548865cec54ed4273cf87dbbad60d1e47"),
    }

    def __init__(
        self,
        root: str | os.PathLike[str] = "~/.mxnet/datasets/wikitext-103",
        segment: str = "train",
        vocab: Any = None,
        seq_len: int = 35,
    ) -> None:
        super().__init__(root, "wikitext-103", segment, vocab, seq_len)
