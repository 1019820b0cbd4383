"""IDX files: what is read, and what is refused, with file and offset."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxnet import MXNetError
from mxnet._base.errors import FormatError
from mxnet.io._idx import read_idx

DIGITS = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def encode(values: np.ndarray, code: int) -> bytes:
    header = bytes([0, 0, code, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return header + values.astype(values.dtype.newbyteorder(">")).tobytes()


@pytest.mark.parametrize(
    ("dtype", "code"), [("u1", 0x08), ("i1", 0x09), ("i2", 0x0B), ("i4", 0x0C), ("f4", 0x0D), ("f8", 0x0E)]
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_every_dtype_is_read_plain_or_packed(tmp_path: Path, dtype: str, code: int, pack: object) -> None:
    values = np.arange(6).reshape(2, 3).astype(dtype)
    path = tmp_path / "values"
    path.write_bytes(pack(encode(values, code)))  # type: ignore[operator]
    found = read_idx(path)
    assert found.dtype == values.dtype and found.dtype.isnative
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
@pytest.mark.parametrize("length", [0, 3, 4, 9, 16, 39])
def test_a_truncated_file_is_an_error_that_names_file_and_offset(tmp_path: Path, length: int, pack: object) -> None:
    path = tmp_path / "cut-idx3-ubyte"
    path.write_bytes(pack(encode(DIGITS, 8)[:length]))  # type: ignore[operator]
    with pytest.raises(FormatError, match=r"cut-idx3-ubyte: offset \d+: "):
        read_idx(path)


def test_a_packed_file_cut_in_the_middle_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(encode(DIGITS, 8))[:-12])
    with pytest.raises(FormatError, match=r"cut.gz: offset \d+: "):
        read_idx(path)


def test_a_damaged_byte_in_a_packed_file_is_an_error(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(encode(DIGITS, 8)))
    packed[-6] ^= 0xFF  # within the checksum
    path = tmp_path / "bad.gz"
    path.write_bytes(packed)
    with pytest.raises(FormatError, match="bad.gz"):
        read_idx(path)


def test_a_size_the_file_can_not_hold_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\3" + struct.pack(">3I", 2**31, 2**15, 2**15)))
    with pytest.raises(FormatError, match="more than the file can hold"):
        read_idx(path)


def test_bytes_after_the_data_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(encode(DIGITS, 8) + b"\0")
    with pytest.raises(FormatError, match="long: offset 40: expected the end"):
        read_idx(path)


def test_another_number_of_axes_than_asked_for_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    path.write_bytes(encode(DIGITS, 8))
    with pytest.raises(FormatError, match="array of 3 axes, expected 1"):
        read_idx(path, ndim=1)


@given(st.binary(max_size=64))
def test_arbitrary_bytes_are_an_array_or_a_format_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("idx") / "any"
    path.write_bytes(content)
    try:
        assert read_idx(path).nbytes <= len(content)
    except MXNetError as error:
        assert str(path) in str(error)
