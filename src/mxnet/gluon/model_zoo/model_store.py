"""Trained parameters for the networks of the zoo: found in a folder, or downloaded into it."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from importlib import resources

from mxnet._base.errors import ArgumentError, FileError, FormatError, MissingFileError
from mxnet.base import data_dir
from mxnet.gluon import utils

__all__ = ["get_model_file", "purge"]

MODELS = "~/.mxnet/models"
"""Where the networks look if they are not told; that folder is another one where MXNET_HOME is set."""

# networks with trained parameters, and the SHA-1 of the file with them
_model_sha1: dict[str, str] = json.loads(resources.files(__package__).joinpath("sha1.json").read_text(encoding="ascii"))


def short_hash(name: str) -> str:
    """The first eight digits of the SHA-1 of a network's file; they are part of the file's name.

    Raises:
        ArgumentError: there is no such file.

    >>> short_hash("alexnet")
    '44335d1f'
    """
    if name not in _model_sha1:
        raise ArgumentError(
            f"Pretrained model for {name} is not available. It is for: {', '.join(sorted(_model_sha1))}"
        )
    return _model_sha1[name][:8]


def _folder(root: str | os.PathLike[str]) -> str:
    path = os.fspath(root)
    return os.path.join(data_dir(), "models") if path == MODELS else os.path.expanduser(path)


def get_model_file(name: str, root: str | os.PathLike[str] = MODELS) -> str:
    """The path of the trained parameters of a network, downloaded if they are not there.

    They come from the server that MXNET_GLUON_REPO names, packed with ZIP; their SHA-1 must be the known one.

    Args:
        name: a network, such as ``resnet18_v1``.
        root: the folder; it is made if it is not there.

    Raises:
        ArgumentError: there are no trained parameters of that network.
        FileError: they are not there and cannot be downloaded; the message says how to place them by hand.
        FormatError: the downloaded file does not contain them.
    """
    file_name = f"{name}-{short_hash(name)}"
    sha1, folder = _model_sha1[name], _folder(root)
    path = os.path.join(folder, f"{file_name}.params")
    if os.path.exists(path):
        if utils.check_sha1(path, sha1):
            return path
        print(f"{path} has another SHA-1 than {sha1}: it is downloaded again.")
    os.makedirs(folder, exist_ok=True)
    url = utils._get_repo_file_url("gluon/models", f"{file_name}.zip")
    # in a folder of its own, so that processes that do this at once do not collide
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        try:
            archive = utils.download(url, os.path.join(scratch, f"{file_name}.zip"))
        except (OSError, ImportError) as error:
            raise FileError(
                f"{url} can not be downloaded ({error}): fetch it where there is a network, take "
                f"{file_name}.params (SHA-1 {sha1}) out of it and place that at {path}"
            ) from error
        unpacked = _unpack(archive, f"{file_name}.params", scratch)
        if not utils.check_sha1(unpacked, sha1):
            raise FormatError(f"{url}: {file_name}.params in it has another SHA-1 than {sha1}; try again, or set root")
        utils.replace_file(unpacked, path)
    return path


def _unpack(archive: str, name: str, folder: str) -> str:
    """The path of member ``name`` of a ZIP archive, unpacked into ``folder``."""
    try:
        with zipfile.ZipFile(archive) as packed:
            return packed.extract(name, folder)
    except (zipfile.BadZipFile, KeyError) as error:
        raise FormatError(f"{archive}: expected a ZIP archive with {name} in it: {error}") from error


def purge(root: str | os.PathLike[str] = MODELS) -> None:
    """Remove all ``.params`` files from a folder.

    Raises:
        MissingFileError: the folder is not there.
    """
    folder = _folder(root)
    if not os.path.isdir(folder):
        raise MissingFileError(2, "No such folder, nothing to purge", folder)
    for name in os.listdir(folder):
        if name.endswith(".params"):
            os.remove(os.path.join(folder, name))
