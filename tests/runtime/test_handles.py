"""Handles that functions in the place of 1.9.1's C library write, and the arrays made of them."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

import mxnet as mx
from mxnet.base import _LIB, DLPackHandle, NDArrayHandle, c_str, check_call


def array_of(capsule: Any) -> mx.nd.NDArray:
    """What a capsule holds, taken over as programs written for 1.9.1 do it."""
    boxed = ctypes.py_object(capsule)
    pointer = DLPackHandle(ctypes.pythonapi.PyCapsule_GetPointer(boxed, c_str("dltensor")))
    handle = NDArrayHandle()
    check_call(_LIB.MXNDArrayFromDLPack(pointer, ctypes.byref(handle)))
    used = c_str("used_dltensor")
    ctypes.pythonapi.PyCapsule_SetName(boxed, used)
    ctypes.pythonapi.PyCapsule_SetDestructor(boxed, None)
    array = mx.nd.NDArray(handle=handle)
    del capsule, boxed  # before the name that the capsule points to
    return array


@pytest.mark.parametrize("dtype", ["float32", "float16", "int64", "uint8"])
def test_a_tensor_taken_over_by_its_pointer_shares_memory(dtype: str) -> None:
    source = mx.nd.ones((2, 3), dtype=dtype)
    array = array_of(mx.nd.to_dlpack_for_write(source))
    array[1] = 5
    assert source.asnumpy().tolist() == [[1, 1, 1], [5, 5, 5]]
    assert (array.shape, array.dtype, array.context) == (source.shape, source.dtype, source.context)


def test_memory_taken_over_outlives_the_array_it_came_from() -> None:
    array = array_of(mx.nd.to_dlpack_for_read(mx.nd.arange(1000)))
    mx.nd.zeros((1000,)).wait_to_read()
    assert array.sum().asscalar() == 499500


def test_a_null_pointer_is_refused() -> None:
    with pytest.raises(mx.MXNetError, match="null"):
        _LIB.MXNDArrayFromDLPack(DLPackHandle(), ctypes.byref(NDArrayHandle()))


@pytest.mark.parametrize("value", [[1, 2], None, NDArrayHandle()])
def test_an_array_of_what_is_no_handle_says_how_to_make_one(value: Any) -> None:
    with pytest.raises(mx.MXNetError, match=r"mx\.nd\.array makes arrays"):
        mx.nd.NDArray(value)
