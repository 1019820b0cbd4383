"""Trained parameters: found, downloaded, checked, and what is said where there is no network."""

from __future__ import annotations

import hashlib
import http.server
import os
import threading
import zipfile

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon.model_zoo import model_store, vision
from tests.model_zoo import networks

NAME = "mobilenet0.25"


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A repository in a folder, by HTTP, with parameters of one network; and its URL."""
    served = tmp_path / "served" / "gluon" / "models"
    served.mkdir(parents=True)
    net = vision.get_model(NAME, classes=7)
    networks.fill(mx, net, 32)
    net.save_parameters(str(tmp_path / "trained"))
    content = (tmp_path / "trained").read_bytes()
    monkeypatch.setitem(model_store._model_sha1, NAME, hashlib.sha1(content).hexdigest())
    file_name = f"{NAME}-{model_store.short_hash(NAME)}"
    with zipfile.ZipFile(served / f"{file_name}.zip", "w") as packed:
        packed.writestr(f"{file_name}.params", content)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(tmp_path / "served"))

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("MXNET_GLUON_REPO", f"http://127.0.0.1:{server.server_port}")
    yield net, tmp_path, served / f"{file_name}.zip"
    server.shutdown()
    server.server_close()


def test_trained_parameters_are_downloaded_once_with_a_progress_bar(store, capsys):
    net, folder, archive = store
    got = vision.get_model(NAME, classes=7, pretrained=True, root=str(folder / "models"))
    images = mx.nd.array(networks.image(32))
    np.testing.assert_array_equal(got(images).asnumpy(), net(images).asnumpy())
    assert os.listdir(folder / "models") == [archive.name.replace(".zip", ".params")]
    assert "100%" in capsys.readouterr().err
    archive.unlink()
    vision.get_model(NAME, classes=7, pretrained=True, root=str(folder / "models"))
    assert "100%" not in capsys.readouterr().err


def test_a_file_with_another_sum_is_downloaded_again(store, capsys):
    _, folder, archive = store
    path = folder / archive.name.replace(".zip", ".params")
    path.write_bytes(b"damaged")
    assert model_store.get_model_file(NAME, root=folder) == str(path)
    assert path.stat().st_size > 1000 and "another SHA-1" in capsys.readouterr().out


def test_a_download_with_another_sum_is_refused(store, monkeypatch):
    _, folder, archive = store
    monkeypatch.setitem(model_store._model_sha1, NAME, model_store.short_hash(NAME) + "0" * 32)
    with pytest.raises(mx.base.MXNetError, match="has another SHA-1 than"):
        model_store.get_model_file(NAME, root=folder / "models")
    assert os.listdir(folder / "models") == []
    archive.write_bytes(b"not an archive")
    with pytest.raises(mx.base.MXNetError, match="expected a ZIP archive with mobilenet0.25-"):
        model_store.get_model_file(NAME, root=folder / "models")


def test_without_a_network_one_sentence_says_what_to_place_where(tmp_path, monkeypatch):
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://127.0.0.1:9/repo/")
    with pytest.raises(OSError, match="can not be downloaded") as info:
        vision.alexnet(pretrained=True, root=tmp_path)
    text = str(info.value)
    assert text.startswith("http://127.0.0.1:9/repo/gluon/models/alexnet-44335d1f.zip can not be downloaded")
    assert text.endswith(
        "fetch it where there is a network, take alexnet-44335d1f.params (SHA-1 "
        f"44335d1f0046b328243b32a26a4fbd62d9057b45) out of it and place that at {tmp_path}/alexnet-44335d1f.params"
    )
    assert isinstance(info.value, mx.base.MXNetError) and os.listdir(tmp_path) == []


def test_the_folder_is_that_of_MXNET_HOME(tmp_path, monkeypatch):
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://127.0.0.1:9/")
    with pytest.raises(OSError, match=f"place that at {tmp_path}/models/vgg11-dd221b16.params"):
        vision.vgg11(pretrained=True)


def test_what_there_are_no_parameters_of_is_refused(tmp_path):
    for make in (lambda: model_store.get_model_file("nosuch"), lambda: vision.get_mobilenet(0.3, pretrained=True)):
        with pytest.raises(ValueError, match="Pretrained model for (nosuch|mobilenet0.30) is not available"):
            make()
    assert sorted(model_store._model_sha1) == sorted(networks.NAMES)


def test_purge_removes_parameters_and_nothing_else(tmp_path):
    for name in ("alexnet-44335d1f.params", "other.params", "notes.txt"):
        (tmp_path / name).write_text("x")
    model_store.purge(tmp_path)
    assert os.listdir(tmp_path) == ["notes.txt"]
    with pytest.raises(FileNotFoundError, match="nothing to purge"):
        model_store.purge(tmp_path / "none")
