"""Saving: the old file is whole until the new one is."""

from __future__ import annotations

import ctypes
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import pytest

import mxnet as mx
from mxnet._base import files
from mxnet._base.errors import FileError, MissingFileError

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
MANY = 200


def arrays(value: float) -> dict[str, mx.nd.NDArray]:
    return {f"arg:w{i}": mx.nd.full((50, 10), value) for i in range(MANY)}


def value_of(path: pathlib.Path) -> float:
    """The one value in all arrays of a file that is whole."""
    found = mx.nd.load(str(path))
    values = {v for a in found.values() for v in (a.min().asscalar(), a.max().asscalar())}
    assert len(found) == MANY and len(values) == 1, values
    return values.pop()


def killed_at(stage: str, save: Callable[[], None]) -> None:
    """Run ``save`` in a process that is killed at a stage of it, without any chance to tidy up."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, status
        return

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if stage == "while writing":
        real = files._stream

        class Dies:
            def __init__(self, file) -> None:
                self.file, self.left = file, MANY

            def __enter__(self) -> Dies:
                return self

            def __exit__(self, *exc: object) -> None: ...

            def write(self, piece: bytes) -> None:
                self.file.write(piece)
                self.file.flush()
                self.left -= 1
                if not self.left:
                    die()

        files._stream = lambda *args: Dies(real(*args))
    else:
        setattr(os, stage, die)
    try:
        save()
    finally:
        os._exit(0)


@forks
@pytest.mark.parametrize("stage", ["while writing", "fsync", "chmod", "replace"])
def test_who_is_killed_while_saving_leaves_the_old_file(stage: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "net.params"
    mx.nd.save(str(path), arrays(1))
    new = arrays(2)
    mx.nd.waitall()
    killed_at(stage, lambda: mx.nd.save(str(path), new))
    assert value_of(path) == 1
    mx.nd.save(str(path), new)
    assert value_of(path) == 2


@forks
def test_whenever_a_saving_process_is_killed_the_file_is_the_old_or_a_new_one(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "net.params"
    versions = [arrays(v) for v in range(8)]
    mx.nd.waitall()
    mx.nd.save(str(path), versions[0])
    for i in range(8):
        child = os.fork()
        if not child:
            while True:
                for version in versions:
                    mx.nd.save(str(path), version)
        time.sleep(0.02 + 0.007 * i)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert 0 <= value_of(path) < 8


@pytest.mark.parametrize("what", ["params", "symbol", "states"])
def test_a_failure_leaves_the_old_file_and_no_other(
    what: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2)
    module = mx.mod.Module(net, label_names=None)
    module.bind([("data", (2, 3))])
    module.init_params()
    module.init_optimizer()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(FileError, match=f"No space left on device: '{path}'"):
        {
            "params": lambda: mx.nd.save(str(path), mx.nd.ones(3)),
            "symbol": lambda: net.save(str(path)),
            "states": lambda: module.save_optimizer_states(str(path)),
        }[what]()
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(os.name != "posix", reason="permissions are of POSIX")
def test_permissions_and_links_stay(tmp_path: pathlib.Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    mx.nd.save(str(tmp_path / "link"), mx.nd.ones(3))
    assert (tmp_path / "link").is_symlink()
    assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == 0o640
    assert mx.nd.load(str(tmp_path / "real"))[0].shape == (3,)
    (tmp_path / "plain").write_bytes(b"")
    mx.nd.save(str(tmp_path / "new"), mx.nd.ones(3))
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.skipif(os.name != "posix", reason="devices are of POSIX")
def test_a_device_is_written_to_and_not_replaced() -> None:
    mx.nd.save(os.devnull, mx.nd.ones(3))
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_names_may_be_as_long_as_the_system_allows(tmp_path: pathlib.Path) -> None:
    path = tmp_path / ("n" * 255)
    mx.nd.save(str(path), mx.nd.ones(3))
    assert mx.nd.load(str(path))[0].shape == (3,)


def _saved(path: str) -> None:
    mx.nd.save(path, {"w": mx.nd.ones((2, 3))})


def test_who_has_a_file_open_reads_there_what_is_saved_under_its_name_again_and_again() -> None:
    with tempfile.NamedTemporaryFile("w+b") as file:
        for value in (1, 2):
            mx.nd.save(file.name, {"w": mx.nd.full((2, 3), value)})
            file.seek(0)
            assert (mx.nd.load_frombuffer(file.read())["w"].asnumpy() == value).all()
        mx.sym.var("x").save(file.name)
        file.seek(0)
        assert mx.sym.load_json(file.read().decode()).name == "x"


def test_a_file_that_is_made_ahead_and_empty_stays_the_same_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "made ahead"
    path.touch(mode=0o600)
    before = path.stat()
    _saved(str(path))
    assert path.stat().st_ino == before.st_ino
    assert mx.nd.load(str(path))["w"].shape == (2, 3)
    assert os.listdir(tmp_path) == ["made ahead"]


def test_who_has_a_file_open_to_read_it_alone_keeps_what_was_there(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with open(path, "rb") as file:
        _saved(str(path))
        assert file.read() == b"old"
    assert mx.nd.load(str(path))["w"].shape == (2, 3)


def test_a_failure_leaves_a_file_that_is_open_alone(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with open(path, "r+b") as file:
        with pytest.raises(OSError, match="No space left"):
            _saved(str(path))
        assert file.read() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_in_a_folder_where_none_can_be_made_is_written_to(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old" * 1000)
    real = files.tempfile.mkstemp

    def refused(*args: object, dir: str | None = None, **kwargs: object) -> tuple[int, str]:
        if dir == str(tmp_path):
            raise PermissionError(13, "Permission denied", dir)
        return real(*args, dir=dir, **kwargs)

    monkeypatch.setattr(files.tempfile, "mkstemp", refused)
    _saved(str(path))
    assert mx.nd.load(str(path))["w"].shape == (2, 3)
    with pytest.raises(OSError, match="Permission denied"):
        _saved(str(tmp_path / "another"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
@pytest.mark.parametrize("size", [3, 100_000])
def test_a_full_device_is_an_error_of_the_framework_that_names_it(size: int) -> None:
    with pytest.raises(FileError, match="No space left on device: '/dev/full'"):
        mx.nd.save("/dev/full", mx.nd.ones(size))


@forks
@pytest.mark.parametrize("made_ahead", [False, True])
def test_a_file_that_grows_too_large_is_an_error_that_names_it(tmp_path: pathlib.Path, made_ahead: bool) -> None:
    path = tmp_path / "file"
    if made_ahead:
        path.touch()
    program = f"""
import resource, mxnet as mx
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
for size in (10, 100_000):
    try:
        mx.nd.save({str(path)!r}, mx.nd.ones(size))
    except mx.MXNetError as error:
        print(type(error).__name__, error.filename)
"""
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(mx.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=120)
    assert (done.stdout, done.stderr) == (f"FileError {path}\n", "")
    assert os.listdir(tmp_path) == ["file"]
    assert mx.nd.load(str(path))[0].shape == (10,)


def test_errors_of_the_program_that_writes_stay_its_own(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ConnectionResetError) as caught, files.atomic_write(tmp_path / "file") as file:
        file.write(b"half")
        raise ConnectionResetError(104, "Connection reset by peer")
    assert not isinstance(caught.value, mx.MXNetError) and not os.listdir(tmp_path)
    with pytest.raises(MissingFileError), files.atomic_write(tmp_path / "nowhere" / "file"):
        pass


TAKES_A_NAME: dict[str, Callable[[Any], Any]] = {
    "nd.load": mx.nd.load,
    "nd.save": lambda name: mx.nd.save(name, mx.nd.ones(3)),
    "sym.load": mx.sym.load,
    "Symbol.save": lambda name: mx.sym.var("a").save(name),
    "MXRecordIO, reading": lambda name: mx.recordio.MXRecordIO(name, "r"),
    "MXRecordIO, writing": lambda name: mx.recordio.MXRecordIO(name, "w"),
    "MXIndexedRecordIO": lambda name: mx.recordio.MXIndexedRecordIO(os.devnull, name, "r"),
    "MXRecordIOReaderCreate": lambda name: mx.base._LIB.MXRecordIOReaderCreate(name, ctypes.byref(ctypes.c_void_p())),
    "Block.load_parameters": lambda name: mx.gluon.nn.Dense(2).load_parameters(name),
    "Trainer.load_states": lambda name: mx.gluon.Trainer([], "sgd").load_states(name),
    "Trainer.save_states": lambda name: mx.gluon.Trainer([], "sgd").save_states(name),
    "check_sha1": lambda name: mx.gluon.utils.check_sha1(name, "0"),
}


@pytest.mark.parametrize("what", TAKES_A_NAME)
def test_a_number_is_no_name_and_the_open_file_of_that_number_stays_open(what: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    mx.nd.save(str(path), mx.nd.ones(3))
    before = path.read_bytes()
    with open(path, "r+b") as file:
        with pytest.raises(TypeError):
            TAKES_A_NAME[what](file.fileno())
        assert file.read() == before


def test_a_store_does_not_read_its_states_from_an_open_file(tmp_path: pathlib.Path) -> None:
    store = mx.kv.create("local")
    store.set_optimizer(mx.optimizer.SGD())
    with open(tmp_path / "file", "w+b") as file:
        for method in (store.load_optimizer_states, store.save_optimizer_states):
            with pytest.raises(TypeError, match=f"expected the name of a file.*got {file.fileno()} of type int"):
                method(file.fileno())
        file.write(b"open")
