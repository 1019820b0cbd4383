"""Files with word vectors that can be downloaded: their names, SHA-1 sums, and how they get here."""

from __future__ import annotations

import json
import os
import zipfile
from importlib import resources

from mxnet.base import data_dir
from mxnet.gluon import utils

from ._errors import EmbeddingFileError

# names and sums of the files that Apache MXNet offers for download
_TABLES: dict[str, dict[str, dict[str, str]]] = json.loads(
    resources.files(__package__).joinpath("pretrained.json").read_text(encoding="ascii")
)
GLOVE = _TABLES["glove"]
FASTTEXT = _TABLES["fasttext"]
EMBEDDING_ROOT = os.path.join(data_dir(), "embeddings")


def url(kind: str, file_name: str) -> str:
    """Where a file of that kind is downloaded from; the place can be changed by MXNET_GLUON_REPO."""
    return utils._get_repo_file_url(f"gluon/embeddings/{kind}", file_name)


def fetch(source: str, folder: str, name: str, sha1: str, archive_sha1: str | None) -> str:
    """The path of file ``name`` in ``folder``, fetched from ``source`` if it is missing or different.

    Args:
        source: its URL, or that of the ZIP archive it is in.
        folder: is made if it is not there.
        sha1: of the file.
        archive_sha1: of the archive; None if it comes without.

    Raises:
        OSError: it cannot be downloaded.
        EmbeddingFileError: the archive does not contain it.
    """
    path = os.path.join(folder, name)
    if os.path.exists(path) and utils.check_sha1(path, sha1):
        return path
    if archive_sha1 is None:
        return utils.download(source, path, sha1_hash=sha1)
    os.makedirs(folder, exist_ok=True)
    archive = utils.download(source, os.path.join(folder, os.path.basename(source)), sha1_hash=archive_sha1)
    with zipfile.ZipFile(archive) as packed:
        member = next((n for n in packed.namelist() if os.path.basename(n) == name), None)
        if member is None:
            raise EmbeddingFileError(f"{archive}: {name} is not in it; it holds {', '.join(packed.namelist())}")
        temporary = f"{path}.part"
        with packed.open(member) as content, open(temporary, "wb") as file:
            while block := content.read(1 << 20):
                file.write(block)
    utils.replace_file(temporary, path)
    return path
