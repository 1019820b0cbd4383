"""Vocabularies and word vectors."""

from __future__ import annotations

import pathlib
import warnings
import zipfile
from collections import Counter
from hashlib import sha1

import numpy as np
import pytest

import mxnet as mx
from mxnet.contrib import text
from mxnet.contrib.text import embedding
from mxnet.contrib.text.vocab import Vocabulary


def written(folder: pathlib.Path, content: str, encoding: str = "utf8") -> str:
    path = folder / "vectors.txt"
    path.write_text(content, encoding=encoding)
    return str(path)


def custom(folder: pathlib.Path, content: str = "a 1 2\nb 3 4\n", **options: object) -> embedding.CustomEmbedding:
    return embedding.CustomEmbedding(written(folder, content), **options)


# -- counting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "options", "found"),
    [
        ("a b  c\n a", {}, {"a": 2, "b": 1, "c": 1}),
        ("A b a", {"to_lower": True}, {"a": 2, "b": 1}),
        ("a.b|c", {"token_delim": r"\.", "seq_delim": r"\|"}, {"a": 1, "b": 1, "c": 1}),
        ("xISyLIFEx", {"token_delim": "IS", "seq_delim": "LIFE"}, {"x": 2, "y": 1}),
        ("", {}, {}),
    ],
)
def test_tokens_are_counted(source: str, options: dict[str, object], found: dict[str, int]) -> None:
    assert text.utils.count_tokens_from_str(source, **options) == Counter(found)


def test_counts_are_added_to_a_counter() -> None:
    counter = Counter("a")
    assert text.utils.count_tokens_from_str("a b", counter_to_update=counter) is counter == Counter("aab")


# -- vocabularies -----------------------------------------------------------------------------------------------------

COUNTER = Counter(["a", "b", "b", "c", "c", "c", "other"])


@pytest.mark.parametrize(
    ("options", "tokens"),
    [
        ({}, ["<unk>", "c", "b", "a", "other"]),
        ({"min_freq": 2}, ["<unk>", "c", "b"]),
        ({"most_freq_count": 3}, ["<unk>", "c", "b", "a"]),
        ({"most_freq_count": 0}, ["<unk>"]),
        ({"most_freq_count": -1, "min_freq": 3}, ["<unk>", "c"]),
        ({"reserved_tokens": ["b", "p"]}, ["<unk>", "b", "p", "c", "a", "other"]),
        ({"reserved_tokens": ["b"], "most_freq_count": 1}, ["<unk>", "b", "c"]),
        ({"unknown_token": "a"}, ["a", "c", "b", "other"]),
        ({"unknown_token": None}, [None, "c", "b", "a", "other"]),
    ],
)
def test_vocabularies_number_tokens_as_the_reference(options: dict[str, object], tokens: list[str]) -> None:
    words = Vocabulary(COUNTER, **options)
    assert words.idx_to_token == tokens and len(words) == len(tokens)
    assert words.token_to_idx == {t: i for i, t in enumerate(tokens)}
    assert words.reserved_tokens == options.get("reserved_tokens")
    assert words.to_tokens(words.to_indices(tokens)) == tokens


def test_numbers_and_tokens_go_alone_and_in_lists() -> None:
    words = Vocabulary(COUNTER)
    assert words.to_indices("c") == 1 and words.to_indices(["c", "none"]) == [1, 0]
    assert words.to_tokens(np.int64(1)) == "c" and words.to_tokens([0, 1]) == ["<unk>", "c"]
    for wrong in (100, 1.0, "a", [0, 9]):
        with pytest.raises(ValueError, match="is invalid"):
            words.to_tokens(wrong)


@pytest.mark.parametrize(
    ("args", "kind", "told"),
    [
        ({"min_freq": 0}, AssertionError, "positive value, got 0"),
        ({"reserved_tokens": ["x", "x"]}, AssertionError, "duplicates"),
        ({"reserved_tokens": ["<unk>"]}, AssertionError, "cannot contain `unknown_token`"),
        ({"counter": {"a": 2}}, AssertionError, "got dict"),
        ({"counter": Counter(["a", 1])}, TypeError, "one type that has an order"),
    ],
)
def test_what_makes_no_vocabulary_is_refused(args: dict[str, object], kind: type[Exception], told: str) -> None:
    with pytest.raises(kind, match=told):
        Vocabulary(**{"counter": COUNTER, **args})


# -- word vectors -----------------------------------------------------------------------------------------------------


def test_vectors_are_read_and_looked_up(tmp_path: pathlib.Path) -> None:
    words = custom(tmp_path)
    assert (len(words), words.vec_len, words.idx_to_token) == (3, 2, ["<unk>", "a", "b"])
    assert words.idx_to_vec.asnumpy().tolist() == [[0, 0], [1, 2], [3, 4]]
    assert words.get_vecs_by_tokens("b").asnumpy().tolist() == [3, 4]
    assert words.get_vecs_by_tokens(["A", "b"]).asnumpy().tolist() == [[0, 0], [3, 4]]
    assert words.get_vecs_by_tokens(["A", "b"], lower_case_backup=True).asnumpy().tolist() == [[1, 2], [3, 4]]
    with pytest.raises(ValueError, match="got no tokens"):
        words.get_vecs_by_tokens([])


def test_the_unknown_token_has_the_vector_of_the_file_or_one_that_is_made(tmp_path: pathlib.Path) -> None:
    assert custom(tmp_path, init_unknown_vec=mx.nd.ones).idx_to_vec[0].asnumpy().tolist() == [1, 1]
    words = custom(tmp_path, "a 1 2\n<who> 7 8\n", unknown_token="<who>", init_unknown_vec=mx.nd.ones)
    assert words.idx_to_token == ["<who>", "a"] and words.get_vecs_by_tokens("z").asnumpy().tolist() == [7, 8]


def test_reserved_tokens_keep_vectors_and_numbers_together(tmp_path: pathlib.Path) -> None:
    words = custom(tmp_path, reserved_tokens=["<pad>", "b"])  # 1.9.1 gives them the vectors of other tokens
    assert words.idx_to_token == ["<unk>", "<pad>", "b", "a"]
    assert words.idx_to_vec.asnumpy().tolist() == [[0, 0], [0, 0], [3, 4], [1, 2]]


def test_headers_and_repeated_tokens_are_passed_over_with_a_warning(tmp_path: pathlib.Path) -> None:
    with pytest.warns(UserWarning, match="At line 1 .* likely a header"):
        assert custom(tmp_path, "2 2\na 1 2\nb 3 4\n").idx_to_token == ["<unk>", "a", "b"]
    with pytest.warns(UserWarning, match="At line 2 .* token a has been loaded"):
        assert custom(tmp_path, "a 1 2\na 3 4\n").idx_to_vec[1].asnumpy().tolist() == [1, 2]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a 1 2\n\nb 3 4\n", "At line 2"),
        ("a\n", "At line 1"),
        ("a x y\n", "At line 1 .* could not convert"),
        ("a 1 2\nb 1 2 3\n", "At line 2 .* dimension of token b is 3"),
        ("", "no token with a vector"),
    ],
)
def test_files_that_hold_no_vectors_are_refused(tmp_path: pathlib.Path, content: str, told: str) -> None:
    for kind in (ValueError, AssertionError):
        with pytest.raises(kind, match=told):
            custom(tmp_path, content)


def test_other_delimiters_and_encodings_are_read(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, "é\t1\t2\n", "latin1")
    assert embedding.CustomEmbedding(path, "\t", encoding="latin1").idx_to_token == ["<unk>", "é"]
    with pytest.raises(ValueError, match="must be a valid path"):
        embedding.CustomEmbedding(str(tmp_path / "none"))


def test_a_vocabulary_chooses_the_tokens(tmp_path: pathlib.Path) -> None:
    words = custom(tmp_path, vocabulary=Vocabulary(Counter("bbz")))
    assert words.idx_to_token == ["<unk>", "b", "z"]
    assert words.idx_to_vec.asnumpy().tolist() == [[0, 0], [3, 4], [0, 0]]
    with pytest.raises(AssertionError, match="must be a Vocabulary"):
        custom(tmp_path, vocabulary=["b"])


def test_vectors_are_changed_by_token(tmp_path: pathlib.Path) -> None:
    words = custom(tmp_path)
    words.update_token_vectors("a", mx.nd.array([5, 6]))
    words.update_token_vectors(["b", "<unk>"], mx.nd.array([[7, 8], [9, 9]]))
    assert words.idx_to_vec.asnumpy().tolist() == [[9, 9], [5, 6], [7, 8]]
    with pytest.raises(ValueError, match="Token z is unknown"):
        words.update_token_vectors("z", mx.nd.ones(2))
    for tokens, vectors in (("a", mx.nd.ones(3)), (["a", "b"], mx.nd.ones((1, 2))), ("a", np.ones(2))):
        with pytest.raises(AssertionError, match="must be an NDArray of shape"):
            words.update_token_vectors(tokens, vectors)


def test_several_kinds_of_vectors_are_joined(tmp_path: pathlib.Path) -> None:
    one, two = custom(tmp_path), custom(tmp_path, "a 5 5\nc 6 6\n", init_unknown_vec=mx.nd.ones)
    both = embedding.CompositeEmbedding(Vocabulary(Counter("abbc")), [one, two])
    assert both.idx_to_token == ["<unk>", "b", "a", "c"] and both.vec_len == 4
    assert both.idx_to_vec.asnumpy().tolist() == [[0, 0, 1, 1], [3, 4, 1, 1], [1, 2, 5, 5], [0, 0, 6, 6]]
    with pytest.raises(AssertionError, match="token embedding or a list"):
        embedding.CompositeEmbedding(Vocabulary(), [3])
    with pytest.raises(AssertionError, match="must be a Vocabulary"):
        embedding.CompositeEmbedding(3, one)


def test_vectors_are_np_arrays_where_these_are_on(tmp_path: pathlib.Path) -> None:
    with mx.util.np_array(True):
        words = custom(tmp_path)
        assert isinstance(words.get_vecs_by_tokens("a"), mx.np.ndarray)
    assert type(words.idx_to_vec) is mx.np.ndarray


# -- downloads --------------------------------------------------------------------------------------------------------


def test_names_of_files_for_download_are_those_of_the_reference() -> None:
    names = embedding.get_pretrained_file_names()
    assert (len(names["glove"]), len(names["fasttext"])) == (10, 327)
    assert embedding.get_pretrained_file_names("fasttext")[0] == "crawl-300d-2M.vec"
    with pytest.raises(KeyError, match="Cannot find `embedding_name` none"):
        embedding.get_pretrained_file_names("none")
    with pytest.raises(KeyError, match="Cannot find pretrained file x for token embedding glove"):
        embedding.create("glove", pretrained_file_name="x")
    with pytest.raises(AssertionError, match="not registered"):
        embedding.create("none")


@pytest.mark.parametrize(
    ("kind", "name", "end"),
    [
        (embedding.GloVe, "glove.twitter.27B.25d.txt", "gluon/embeddings/glove/glove.twitter.27B.zip"),
        (embedding.GloVe, "glove.6B.50d.txt", "gluon/embeddings/glove/glove.6B.zip"),
        (embedding.FastText, "wiki.simple.vec", "gluon/embeddings/fasttext/wiki.simple.zip"),
    ],
)
def test_files_come_in_the_archives_of_the_reference(kind: type, name: str, end: str) -> None:
    assert kind._get_pretrained_file_url(name).endswith(end)
    assert kind._get_download_file_name(name) in kind.pretrained_archive_name_sha1


def test_archives_are_unpacked_and_checked(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"hello 1 2\nworld 3 4\n"
    folder = tmp_path / "fasttext"
    folder.mkdir()
    with zipfile.ZipFile(folder / "wiki.xx.zip", "w") as archive:
        archive.writestr("some/wiki.xx.vec", content)
    packed = sha1((folder / "wiki.xx.zip").read_bytes()).hexdigest()
    monkeypatch.setitem(embedding.FastText.pretrained_file_name_sha1, "wiki.xx.vec", sha1(content).hexdigest())
    monkeypatch.setitem(embedding.FastText.pretrained_archive_name_sha1, "wiki.xx.zip", packed)
    for _ in range(2):  # the second time the file is there
        words = embedding.create("fasttext", pretrained_file_name="wiki.xx.vec", embedding_root=str(tmp_path))
        assert words.get_vecs_by_tokens("world").asnumpy().tolist() == [3, 4]
    assert sorted(p.name for p in folder.iterdir()) == ["wiki.xx.vec", "wiki.xx.zip"]


def test_kinds_of_ones_own_are_registered(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, "a 1 2\n")

    @embedding.register
    class Mine(embedding._TokenEmbedding):
        def __init__(self, **kwargs: object) -> None:
            super().__init__(**kwargs)
            self._load_embedding(path, " ", mx.nd.zeros)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert embedding.create("mine", unknown_token="?").idx_to_token == ["?", "a"]
