"""Helpers for training: splitting batches over devices, clipping gradients, downloads."""

from __future__ import annotations

import collections
import hashlib
import math
import os
import uuid
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from tqdm import tqdm

from mxnet import ndarray
from mxnet._base import settings
from mxnet._base.errors import ArgumentError
from mxnet._runtime.array import Array
from mxnet._runtime.context import Context
from mxnet._runtime.sparse import assign
from mxnet.ndarray import NDArray
from mxnet.util import is_np_array, is_np_shape

from ._errors import RejectedError

__all__ = [
    "HookHandle",
    "check_sha1",
    "clip_global_norm",
    "download",
    "replace_file",
    "shape_is_known",
    "split_and_load",
    "split_data",
]


def split_data(data: Any, num_slice: int, batch_axis: int = 0, even_split: bool = True) -> list[Any]:
    """Cut ``data`` into ``num_slice`` pieces along ``batch_axis``.

    Args:
        data: an array.
        num_slice: how many pieces.
        batch_axis: the axis of samples.
        even_split: insist on pieces of equal size; otherwise the first ones may hold one sample more.

    Raises:
        ArgumentError: the samples can not be divided evenly.

    >>> import mxnet as mx
    >>> [piece.shape for piece in split_data(mx.nd.zeros((4, 3)), 2)]
    [(2, 3), (2, 3)]
    """
    size = data.shape[batch_axis]
    if even_split and size % num_slice:
        raise ArgumentError(
            f"data with shape {data.shape} cannot be evenly split into {num_slice} slices along axis {batch_axis}. Use "
            f"a batch size that's multiple of {num_slice} or set even_split=False to allow uneven partitioning of data."
        )
    small, larger = divmod(size, num_slice)
    ends = [i * small + min(i, larger) for i in range(num_slice + 1)]
    if num_slice == 1:
        return [data]
    if batch_axis == 0:
        return [data[a:b] for a, b in zip(ends, ends[1:], strict=False)]
    before = (slice(None),) * batch_axis
    return [data[(*before, slice(a, b))] for a, b in zip(ends, ends[1:], strict=False)]


def split_and_load(data: Any, ctx_list: Sequence[Context], batch_axis: int = 0, even_split: bool = True) -> list[Any]:
    """Cut ``data`` into as many pieces as there are contexts and put each on its own.

    Args:
        data: an array, or anything an array can be made of.
        ctx_list: the contexts.
        batch_axis, even_split: as for :func:`split_data`.

    >>> import mxnet as mx
    >>> [x.context for x in split_and_load(mx.nd.zeros((4, 3)), [mx.cpu(0), mx.cpu(1)])]
    [cpu(0), cpu(1)]
    """
    if not isinstance(data, Array):
        if is_np_array():
            from mxnet import numpy

            data = numpy.array(data, ctx=ctx_list[0])
        else:
            data = ndarray.array(data, ctx=ctx_list[0])
    if len(ctx_list) == 1:
        return [data.as_in_context(ctx_list[0])]
    pieces = split_data(data, len(ctx_list), batch_axis, even_split)
    return [piece.as_in_context(ctx) for piece, ctx in zip(pieces, ctx_list, strict=True)]


def clip_global_norm(arrays: Sequence[Any], max_norm: float, check_isfinite: bool = True) -> Any:
    """Scale ``arrays`` in place so that the 2-norm of all their elements together is at most ``max_norm``.

    Args:
        arrays: arrays, gradients as a rule, dense or sparse; they may be on several contexts.
        max_norm: the largest norm allowed.
        check_isfinite: look whether the norm is a number, warn if it is not, and return it as a Python float. This
            waits for the gradients; without it the norm comes as an array of shape (1,).

    >>> import mxnet as mx
    >>> g = mx.nd.array([3, 4])
    >>> clip_global_norm([g], 1.0)
    5.0
    >>> g.asnumpy()
    array([0.6, 0.8], dtype=float32)
    """
    arrays = list(arrays)
    if not arrays:
        raise RejectedError("clip_global_norm: got no arrays, expected at least one")
    home = arrays[0].context
    by_ctx: dict[Context, list[Any]] = collections.defaultdict(list)
    for array in arrays:
        by_ctx[array.context].append(array)
    squares = []
    for group in by_ctx.values():
        for array in group:
            held = NDArray(array._storage.data, array.context) if array._sparse else array
            flat = held.reshape((-1,)).astype("float32", copy=False)
            squares.append(ndarray.dot(flat, flat).as_in_context(home).reshape((1,)))
    norm = ndarray.sqrt(ndarray.add_n(*squares))
    if check_isfinite:
        value = float(norm.asscalar())
        if not math.isfinite(value):
            warnings.warn("nan or inf is detected. Clipping results will be undefined.", UserWarning, stacklevel=2)
    scale = ndarray.minimum(max_norm / (norm + 1e-8), ndarray.ones((1,), ctx=home))
    for ctx, group in by_ctx.items():
        factor = scale.as_in_context(ctx)
        for array in group:
            if array._sparse:
                held = array._storage
                assign(array, held.with_data(held.data * factor._ready().to(held.data.dtype)))
            else:
                array *= factor.astype(array.dtype, copy=False)
    return value if check_isfinite else norm


def check_sha1(filename: str, sha1_hash: str) -> bool:
    """Whether the SHA-1 of the file's content is ``sha1_hash``, or begins like it where that is a prefix.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "empty")
    >>> open(path, "wb").close()
    >>> check_sha1(path, "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    True
    """
    digest = hashlib.sha1()
    with open(filename, "rb") as file:
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
        sha1_hash: SHA-1 that the content must have, in hexadecimal; a file without it is fetched again.
        retries: how often to try; once at least.
        verify_ssl: check the server's certificate. Turning it off lets whoever is in between change the data.

    Returns:
        The path of the file. It is written whole or not at all.

    Raises:
        RejectedError: ``retries`` is negative, or no file name can be had from the URL.
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
            # who was faster has put the same content there
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


def _brief_print_list(values: Sequence[Any], limit: int = 7) -> str:
    """The values in quotes; of many only the first and last few."""
    values = list(values)
    if len(values) > limit:
        half = limit // 2
        return _brief_print_list(values[:half], limit) + ", ..., " + _brief_print_list(values[-half:], limit)
    return ", ".join(f"'{v!s}'" for v in values)


class HookHandle:
    """What registering a hook returns: ``detach()`` takes the hook out again. Usable in a ``with``.

    >>> import mxnet as mx
    >>> layer = mx.gluon.nn.Flatten()
    >>> handle = layer.register_forward_hook(lambda block, inputs, output: print(output.shape))
    >>> _ = layer(mx.nd.ones((2, 3, 4)))
    (2, 12)
    >>> handle.detach()
    >>> _ = layer(mx.nd.ones((2, 3, 4)))
    """

    def __init__(self) -> None:
        self._hooks_dict_ref: Callable[[], dict[int, Any] | None] | None = None
        self._id: int | None = None

    def attach(self, hooks_dict: dict[int, Any], hook: Callable[..., Any]) -> None:
        """Put ``hook`` in ``hooks_dict``.

        Raises:
            RejectedError: this handle has a hook already.
        """
        if self._hooks_dict_ref is not None:
            raise RejectedError("The same handle cannot be attached twice.")
        self._id = id(hook)
        hooks_dict[self._id] = hook
        self._hooks_dict_ref = weakref.ref(hooks_dict)

    def detach(self) -> None:
        """Take the hook out; once is enough, more does no harm."""
        hooks = None if self._hooks_dict_ref is None else self._hooks_dict_ref()
        if hooks is not None and self._id in hooks:
            del hooks[self._id]

    def __getstate__(self) -> tuple[Any, ...]:
        return (None if self._hooks_dict_ref is None else self._hooks_dict_ref(), self._id)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        hooks, self._id = state
        self._hooks_dict_ref = None if hooks is None else weakref.ref(hooks)

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, ptype: Any, value: Any, trace: Any) -> None:
        self.detach()


class Hooks(dict[int, Any]):
    """Hooks by number, in order; unlike a plain dict it can be referred to weakly."""


def shape_is_known(shape: Any) -> bool:
    """Whether every size of ``shape`` is known: 0 stands for one that is not, or -1 with NumPy shapes.

    >>> shape_is_known((2, 3)), shape_is_known((2, 0)), shape_is_known(None)
    (True, False, False)
    """
    if shape is None:
        return False
    unknown = -1 if is_np_shape() else 0
    if not shape:
        return unknown == -1
    for size in shape:
        if size == unknown:
            return False
        if size < 0:
            raise RejectedError(f"shape dimension size cannot be less than {min(unknown, 0)}, while received {size}")
    return True
