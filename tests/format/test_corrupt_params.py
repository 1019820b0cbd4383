"""Broken and hostile ``.params`` files: an error that names file and offset, and nothing worse."""

from __future__ import annotations

import pathlib
import struct
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mxnet as mx
from tests.format import layouts
from tests.format.test_params import WRITTEN, WRITTEN_NP

WHOLE = [*layouts.files().values(), *map(bytes.fromhex, [*WRITTEN.values(), *WRITTEN_NP.values()])]
HUGE = [2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1]
QUICK = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def opens_or_says_why(raw: bytes) -> bool:
    """Whether it opens; if not, the error must be right."""
    opened = False
    for np_shape in (False, True):
        with mx.util.np_shape(np_shape):
            try:
                found = mx.nd.load_frombuffer(raw)
                opened = True
            except mx.MXNetError as error:
                text = str(error)
                assert text.startswith("<buffer>: ") and " at offset " in text, text
                continue
            arrays = found.values() if isinstance(found, dict) else found
            # of a sparse array what is stored: its shape may be huge
            dense = [a if a.stype == "default" else a.data for a in arrays]
            assert sum(a.asnumpy().nbytes for a in dense) <= len(raw)
    return opened


@QUICK
@given(st.sampled_from(WHOLE), st.data())
def test_changed_bytes_open_or_say_why(raw: bytes, data: st.DataObject) -> None:
    changed = bytearray(raw)
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=4)):
        changed[place] = data.draw(st.integers(0, 255))
    opens_or_says_why(bytes(changed))


@QUICK
@given(st.sampled_from(WHOLE), st.data())
def test_huge_and_negative_numbers_anywhere_open_or_say_why(raw: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(raw) - 4))
    size = data.draw(st.sampled_from([4, 8]))
    number = struct.pack("<Q", data.draw(st.sampled_from(HUGE)))[:size]
    opens_or_says_why(raw[:place] + number + raw[place + size :])


@QUICK
@given(st.binary(max_size=200))
def test_noise_opens_or_says_why(noise: bytes) -> None:
    opens_or_says_why(noise)
    opens_or_says_why(struct.pack("<QQQ", layouts.LIST, 0, 1) + noise)


@pytest.mark.parametrize("name", [n for n in layouts.files() if n.endswith(("dict", "int8", "list"))])
def test_truncation_anywhere_is_found(name: str) -> None:
    raw = layouts.files()[name]
    for end in range(len(raw)):
        assert not opens_or_says_why(raw[:end]), end


def array(*numbers: int, layout: str = "<Iii2q", rest: bytes = b"") -> bytes:
    return layouts.listed([struct.pack(layout, *numbers) + rest])


REST = struct.pack("<iii", 1, 0, 0)
HOSTILE = {
    "a list of 2**60 arrays": (struct.pack("<QQQ", layouts.LIST, 0, 2**60), "takes .* offset 24"),
    "2**33 arrays without dimensions": (struct.pack("<QQQ", layouts.LIST, 0, 2**33) + bytes(64), "offset 24"),
    "2**30 rows": (array(layouts.V2, 0, 2, 2**30, 1, rest=REST), "data of shape .1073741824, 1. takes 4294967296 b"),
    "sizes that overflow to 0": (array(layouts.V2, 0, 2, 2**62, 2**62, rest=REST), "the file has 8 left at offset 64"),
    "beyond 64 bits, but empty": (
        layouts.listed([struct.pack("<Iii3q", layouts.V3, 0, 3, 0, 2**62, 2**62) + REST]),
        "expected sizes that can be addressed at offset 72",
    ),
    "2**31 - 1 dimensions": (array(layouts.V2, 0, 2**31 - 1, 1, 1), "2147483647 dimensions, expected at most 32 at"),
    "a negative size": (array(layouts.V2, 0, 2, -1, 4, rest=REST), "expected no negative size"),
    "a dtype that there is not": (array(layouts.V2, 0, 2, 1, 1, rest=struct.pack("<iii", 1, 0, 99)), "dtype flag 99"),
    "a storage type that there is not": (array(layouts.V2, 7, 2, 1, 1, rest=REST), "storage type 7, expected 0, 1 or"),
    "a name of 2**50 bytes": (
        layouts.listed([layouts.v2(np.ones(1, "float32"))])[:-8] + struct.pack("<QQ", 1, 2**50),
        "a name takes 1125899906842624 bytes, the file has 0 left",
    ),
    "a name that is no text": (
        layouts.listed([layouts.v2(np.ones(1, "float32"))])[:-8] + struct.pack("<QQ", 1, 2) + b"\xff\xfe",
        "a name that is not UTF-8",
    ),
    "fewer names than arrays": (
        layouts.listed([layouts.v2(np.ones(1, "float32"))] * 2, ["a"]),
        "1 names for 2 arrays, expected as many or none",
    ),
    "another kind of file": (b"\x89PNG\r\n\x1a\n" + bytes(40), "header 0x.*, expected 0x112 at offset 0"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_told_apart(name: str, tmp_path: pathlib.Path) -> None:
    raw, message = HOSTILE[name]
    path = tmp_path / "hostile.params"
    path.write_bytes(raw)
    with mx.util.np_shape("empty" in name), pytest.raises(mx.MXNetError, match=message) as error:
        mx.nd.load(str(path))
    assert str(error.value).startswith(f"{path}: ") and " at offset " in str(error.value)


@pytest.mark.skipif(sys.platform != "linux", reason="limits on memory are Linux's")
def test_declared_sizes_take_no_memory(tmp_path: pathlib.Path) -> None:
    for i, (raw, _) in enumerate(HOSTILE.values()):
        (tmp_path / f"{i}.params").write_bytes(raw)
    program = """
        import pathlib, resource, sys
        import mxnet as mx

        mx.nd.load_frombuffer(mx.nd.save_tobuffer(mx.nd.ones(1)))
        used = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 2**26, used + 2**26))
        for path in sys.argv[1:]:
            try:
                mx.nd.load(path)
            except mx.MXNetError:
                print("refused")
    """
    files = [str(p) for p in sorted(tmp_path.iterdir())]
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *files], capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["refused"] * len(HOSTILE)
