"""``gluon.utils``: cutting batches, clipping gradients, downloads."""

from __future__ import annotations

import gc
import hashlib
import http.server
import pathlib
import pickle
import sys
import threading
import weakref
from collections.abc import Iterator

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon import nn, utils

CONTENT = b"forty bytes that no compiler has to read" * 100
SHA1 = hashlib.sha1(CONTENT).hexdigest()

# -- batches ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "pieces", "sizes"),
    [(4, 2, [2, 2]), (5, 2, [3, 2]), (7, 3, [3, 2, 2]), (2, 3, [1, 1, 0]), (4, 1, [4]), (1, 3, [1, 0, 0])],
)
@pytest.mark.parametrize("axis", [0, 1])
def test_batches_are_cut_into_pieces_as_equal_as_can_be(rows: int, pieces: int, sizes: list[int], axis: int) -> None:
    values = np.arange(rows * 2).reshape(rows, 2)
    array = mx.nd.array(values if axis == 0 else values.T)
    found = utils.split_data(array, pieces, batch_axis=axis, even_split=False)
    assert [f.shape[axis] for f in found] == sizes
    joined = np.concatenate([f.asnumpy() for f in found], axis=axis)
    assert (joined == array.asnumpy()).all()


def test_batches_that_can_not_be_cut_evenly_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(5, 2\) cannot be evenly split into 2 slices along axis 0") as error:
        utils.split_data(mx.nd.ones((5, 2)), 2)
    assert isinstance(error.value, mx.MXNetError)


def test_pieces_go_to_their_contexts() -> None:
    contexts = [mx.cpu(0), mx.cpu(1)]
    for data in (mx.nd.ones((4, 2)), np.ones((4, 2)), [[1, 1]] * 4):
        pieces = utils.split_and_load(data, contexts)
        assert [p.context for p in pieces] == contexts and [p.shape for p in pieces] == [(2, 2)] * 2
        assert pieces[0].dtype == np.float32
    assert utils.split_and_load([1, 2], [mx.cpu(3)])[0].context == mx.cpu(3)


# -- gradients -------------------------------------------------------------------------------------------------------


def test_gradients_are_scaled_to_a_common_norm_over_contexts_and_dtypes() -> None:
    arrays = [mx.nd.ones((4,)), mx.nd.ones((5,), ctx=mx.cpu(1)) * 2, mx.nd.ones((3,), dtype="float64") * 4]
    norm = utils.clip_global_norm(arrays, 1.0)
    whole = (4 + 5 * 4 + 3 * 16) ** 0.5
    assert isinstance(norm, float) and norm == pytest.approx(whole, rel=1e-6)
    for array, value in zip(arrays, (1, 2, 4), strict=True):
        np.testing.assert_allclose(array.asnumpy(), value / whole, rtol=1e-5)
    assert arrays[1].context == mx.cpu(1) and arrays[2].dtype == np.float64


def test_small_gradients_are_left_alone() -> None:
    array = mx.nd.array([0.3, 0.4])
    norm = utils.clip_global_norm([array], 1.0, check_isfinite=False)
    assert norm.shape == (1,) and norm.asscalar() == pytest.approx(0.5)
    np.testing.assert_allclose(array.asnumpy(), [0.3, 0.4], rtol=1e-6)


@pytest.mark.parametrize("stype", ["row_sparse", "csr"])
def test_sparse_gradients_are_scaled_and_stay_sparse(stype: str) -> None:
    arrays = [mx.nd.array([[3, 0], [0, 0]]).tostype(stype), mx.nd.array([[0, 0], [0, 4]])]
    assert utils.clip_global_norm(arrays, 1.0) == 5
    assert arrays[0].stype == stype and arrays[0].data.size == (2 if stype == "row_sparse" else 1)
    np.testing.assert_allclose(arrays[0].asnumpy(), [[0.6, 0], [0, 0]], rtol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gradients_that_are_no_numbers_are_warned_of(bad: float) -> None:
    with pytest.warns(UserWarning, match="nan or inf is detected"):
        assert not np.isfinite(utils.clip_global_norm([mx.nd.array([1, bad])], 1.0))
    with pytest.raises(AssertionError, match="got no arrays"):
        utils.clip_global_norm([], 1.0)


# -- hooks -----------------------------------------------------------------------------------------------------------


def test_a_handle_does_not_keep_its_block() -> None:
    block = nn.Dense(2)
    handle = block.register_forward_hook(print)
    copy = pickle.loads(pickle.dumps(utils.HookHandle()))
    copy.detach()
    alive = weakref.ref(block)
    del block
    gc.collect()
    assert alive() is None
    handle.detach()


# -- downloads -------------------------------------------------------------------------------------------------------


class Server(http.server.BaseHTTPRequestHandler):
    """Answers ``/broken`` with an error twice, and then with what it always answers."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        broken = self.path == "/broken" and self.asked.count("/broken") < 3
        self.send_response(500 if broken or self.path == "/gone" else 200)
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    pytest.importorskip("requests")
    monkeypatch.setenv("NO_PROXY", "*")
    Server.asked.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_file_is_fetched_once(url: str, tmp_path: pathlib.Path) -> None:
    path = utils.download(f"{url}/data.bin", str(tmp_path), sha1_hash=SHA1)
    assert path == str(tmp_path / "data.bin") and pathlib.Path(path).read_bytes() == CONTENT
    utils.download(f"{url}/data.bin", str(tmp_path), sha1_hash=SHA1)
    assert len(Server.asked) == 1
    utils.download(f"{url}/data.bin", str(tmp_path), overwrite=True)
    assert len(Server.asked) == 2
    assert utils.download(f"{url}/data.bin", str(tmp_path / "new" / "other")) == str(tmp_path / "new" / "other")


def test_a_file_of_other_content_is_fetched_again(url: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"half of i")
    utils.download(f"{url}/data.bin", str(tmp_path), sha1_hash=SHA1[:10])
    assert utils.check_sha1(str(tmp_path / "data.bin"), SHA1)
    assert not utils.check_sha1(str(tmp_path / "data.bin"), "0" * 40)


def test_content_with_another_checksum_is_never_kept(url: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(OSError, match="content hash does not match sha1=00"):
        utils.download(f"{url}/data.bin", str(tmp_path), sha1_hash="0" * 40, retries=2)
    assert not list(tmp_path.iterdir()) and len(Server.asked) == 2


def test_failures_are_tried_again(url: str, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture) -> None:
    utils.download(f"{url}/broken", str(tmp_path), retries=3)
    assert len(Server.asked) == 3 and "retrying, 1 attempt left" in capsys.readouterr().out
    with pytest.raises(OSError, match="the server answered 500, expected 200"):
        utils.download(f"{url}/gone", str(tmp_path), retries=0)
    assert Server.asked.count("/gone") == 1 and not (tmp_path / "gone").exists()


def test_downloads_say_what_is_wrong(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="Can't construct file-name"):
        utils.download("http://127.0.0.1:9/")
    with pytest.raises(AssertionError, match="at least 0, currently it's -1"):
        utils.download("http://127.0.0.1:9/a", str(tmp_path), retries=-1)
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(ImportError, match="pip install requests"):
        utils.download("http://127.0.0.1:9/a", str(tmp_path))


def test_an_unchecked_certificate_is_warned_of(url: str, tmp_path: pathlib.Path) -> None:
    with pytest.warns(UserWarning, match="Unverified HTTPS request"):
        utils.download(f"{url}/a", str(tmp_path), verify_ssl=False)


def test_a_batch_axis_may_count_from_the_last() -> None:
    x = mx.nd.arange(24).reshape((4, 6))
    for data in (x, x.asnumpy()):
        pieces = utils.split_data(data, 4, -1, even_split=False)
        assert [p.shape for p in pieces] == [(4, 2), (4, 2), (4, 1), (4, 1)]
        assert np.concatenate([np.asarray(p) for p in pieces], 1).tolist() == x.asnumpy().tolist()
    assert [p.shape for p in utils.split_data(x, 2, -2)] == [(2, 6), (2, 6)]


@pytest.mark.parametrize(
    ("call", "caught", "words"),
    [
        (lambda x: utils.split_data(x, 2, 2), IndexError, r"batch_axis is 2, .* shape \(4, 6\)"),
        (lambda x: utils.split_data(x, 2, -3), IndexError, "batch_axis is -3"),
        (lambda x: utils.split_data(x, 0), ZeroDivisionError, "num_slice is 0"),
        (lambda x: utils.split_data([1, 2], 2), AttributeError, "data is list"),
        (lambda x: utils.split_and_load(x, []), ZeroDivisionError, r"ctx_list is \[\]"),
        (lambda x: utils.split_and_load([1], []), IndexError, r"ctx_list is \[\]"),
        (lambda x: utils.split_and_load(x, None), TypeError, "ctx_list is None"),
    ],
)
def test_what_can_not_be_cut_is_told_and_caught_as_in_1_9_1(call, caught: type, words: str) -> None:
    with pytest.raises(caught, match=words) as found:
        call(mx.nd.zeros((4, 6)))
    assert isinstance(found.value, mx.MXNetError)
