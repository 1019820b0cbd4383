"""Fetching files of the network."""

from __future__ import annotations

import hashlib
import os
import uuid
import warnings
from typing import Any

from tqdm import tqdm

from mxnet._base import settings
from mxnet._base.files import path_of

from ._errors import RejectedError


def check_sha1(filename: str, sha1_hash: str) -> bool:
    """Whether the SHA-1 of the file's content is ``sha1_hash``, or begins like it where that is a prefix.

    Args:
        filename: the file.
        sha1_hash: the sum in hexadecimal, or the beginning of it.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "empty")
    >>> open(path, "wb").close()
    >>> check_sha1(path, "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    True
    """
    digest = hashlib.sha1()
    with open(path_of(filename), "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    found = digest.hexdigest()
    length = min(len(found), len(sha1_hash))
    return found[:length] == sha1_hash[:length]


def replace_file(src: str, dst: str) -> None:
    """Rename ``src`` to ``dst``, replacing what is there in one step.

    Raises:
        OSError: it can not be done; ``src`` is removed.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "a").write_text("new"), (folder / "b").write_text("old")
    >>> replace_file(str(folder / "a"), str(folder / "b"))
    >>> (folder / "b").read_text()
    'new'
    """
    try:
        os.replace(src, dst)
    except OSError:
        if os.path.exists(src):
            os.remove(src)
        raise


def download(
    url: str,
    path: str | None = None,
    overwrite: bool = False,
    sha1_hash: str | None = None,
    retries: int = 5,
    verify_ssl: bool = True,
) -> str:
    """Fetch ``url`` into a file, unless it is there already; needs the package ``requests``.

    Args:
        url: what to fetch.
        path: a file, or a folder to put it in under its own name; the current folder if None.
        overwrite: fetch it even if the file is there.
        sha1_hash: SHA-1 that the content must have, in hexadecimal; a file that has another one is fetched again.
        retries: how often to try; once at least.
        verify_ssl: check the server's certificate. Without this, anyone between here and the server can change the
            data.

    Returns:
        The path of the file. It is written whole or not at all.

    Raises:
        RejectedError: ``retries`` is negative, or the URL gives no file name.
        OSError: it could not be fetched, or its SHA-1 is another; the last attempt's error.
        ImportError: ``requests`` is not installed.
    """
    if path is None:
        target = url.split("/")[-1]
        if not target:
            raise RejectedError("Can't construct file-name from this URL. Please set the `path` option manually.")
    else:
        path = os.path.expanduser(path)
        target = os.path.join(path, url.split("/")[-1]) if os.path.isdir(path) else path
    if retries < 0:
        raise RejectedError(f"Number of retries should be at least 0, currently it's {retries}")
    if not verify_ssl:
        warnings.warn(
            "Unverified HTTPS request is being made (verify_ssl=False). Adding certificate verification is strongly "
            "advised.",
            stacklevel=2,
        )
    if not overwrite and os.path.exists(target) and (not sha1_hash or check_sha1(target, sha1_hash)):
        return target
    os.makedirs(os.path.dirname(os.path.abspath(os.path.expanduser(target))), exist_ok=True)
    try:
        import requests
    except ImportError as error:
        raise ImportError(f"download of {url}: the package requests is needed: pip install requests") from error
    for left in range(max(retries, 1) - 1, -1, -1):
        try:
            _fetch(requests, url, target, overwrite, sha1_hash, verify_ssl)
            return target
        except Exception as error:
            if not left:
                raise
            print(f"download of {url} failed ({error}), retrying, {left} attempt{'s' if left > 1 else ''} left")
    return target


def _fetch(requests: Any, url: str, target: str, overwrite: bool, sha1_hash: str | None, verify_ssl: bool) -> None:
    """One attempt: into a temporary file beside ``target``, checked, then renamed."""
    print(f"Downloading {target} from {url}...")
    with requests.get(url, stream=True, verify=verify_ssl, timeout=60) as answer:
        if answer.status_code != 200:
            raise OSError(f"Failed downloading url {url}: the server answered {answer.status_code}, expected 200")
        temporary = f"{target}.{uuid.uuid4()}"
        try:
            size = int(answer.headers.get("content-length") or 0) or None
            bar = tqdm(total=size, unit="B", unit_scale=True, desc=os.path.basename(target))
            with open(temporary, "wb") as file, bar:
                for chunk in answer.iter_content(chunk_size=1 << 16):
                    if chunk:
                        file.write(chunk)
                        bar.update(len(chunk))
            if sha1_hash and not check_sha1(temporary, sha1_hash):
                raise OSError(
                    f"File {target} is downloaded but the content hash does not match sha1={sha1_hash}. The repo may "
                    "be outdated or download may be incomplete. If the repo_url is overridden, consider switching to "
                    "the default repo."
                )
            # another process was faster and has put the same content there
            if overwrite or not os.path.exists(target) or (sha1_hash and not check_sha1(target, sha1_hash)):
                replace_file(temporary, target)
        finally:
            if os.path.exists(temporary):
                os.remove(temporary)


def _get_repo_url() -> str:
    """Where data sets and models are downloaded from; ends with a slash."""
    url = settings.get("MXNET_GLUON_REPO")
    return url if url.endswith("/") else url + "/"


def _get_repo_file_url(namespace: str, filename: str) -> str:
    """The URL of a file in the repository for Gluon."""
    return f"{_get_repo_url()}{namespace}/{filename}"
