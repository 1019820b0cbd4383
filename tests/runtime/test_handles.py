"""Handles that functions in the place of 1.9.1's C library write, and the arrays made of them."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
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


def _floats_at(pointer: ctypes.c_void_p, count: int) -> np.ndarray:
    return np.ctypeslib.as_array(ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float)), (count,))


def _address(array: mx.nd.NDArray) -> ctypes.c_void_p:
    pointer = ctypes.c_void_p()
    check_call(_LIB.MXNDArrayWaitToWrite(array.handle))
    check_call(_LIB.MXNDArrayGetData(array.handle, ctypes.byref(pointer)))
    return pointer


def test_what_is_written_at_the_address_of_an_array_is_in_it() -> None:
    array = mx.nd.zeros((2, 3))
    _floats_at(_address(array), 6)[:] = [0, 1, 2, 3, 4, 5]
    assert array.asnumpy().tolist() == [[0, 1, 2], [3, 4, 5]]
    assert _floats_at(_address(array[1]), 3).tolist() == [3, 4, 5]


@pytest.mark.parametrize("way", [lambda x: x.T, lambda x: x[:, 1:], lambda x: mx.np.transpose(x.as_np_ndarray())])
def test_the_values_at_the_address_of_an_array_lie_in_the_order_of_its_axes(way: Any) -> None:
    array = way(mx.nd.arange(6).reshape((2, 3)))
    assert _floats_at(_address(array), array.size).tolist() == array.asnumpy().ravel().tolist()


def test_values_are_copied_to_an_address_and_back() -> None:
    array, host = mx.nd.arange(6).reshape((2, 3)), np.empty((3, 2), "float32")
    size = ctypes.c_size_t(6)
    check_call(_LIB.MXNDArraySyncCopyToCPU(array.T.handle, host.ctypes.data_as(ctypes.c_void_p), size))
    assert host.tolist() == [[0, 3], [1, 4], [2, 5]]
    check_call(_LIB.MXNDArraySyncCopyFromCPU(array.handle, host.ctypes.data_as(ctypes.c_void_p), size))
    assert array.asnumpy().tolist() == [[0, 3, 1], [4, 2, 5]]
    with pytest.raises(mx.MXNetError, match="Memory size do not match"):
        check_call(_LIB.MXNDArraySyncCopyToCPU(array.handle, host.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(5)))


def test_names_of_all_operators_are_had_by_their_address() -> None:
    size, names = ctypes.c_uint(), ctypes.POINTER(ctypes.c_char_p)()
    check_call(_LIB.MXListAllOpNames(ctypes.byref(size), ctypes.byref(names)))
    assert b"Convolution" in [names[i] for i in range(size.value)]


def test_an_array_has_one_handle_as_long_as_it_lives() -> None:
    array, other = mx.nd.ones((2,)), mx.nd.ones((2,))
    assert isinstance(array.handle, NDArrayHandle)
    assert array.handle == array.handle
    assert array.handle != other.handle
    assert len({array.handle, array.handle, other.handle}) == 2
    check_call(_LIB.MXNDArrayWaitToRead(array.handle))
    check_call(_LIB.MXNDArrayWaitAll())
    with pytest.raises(mx.MXNetError, match="not the handle of an array"):
        _LIB.MXNDArrayWaitToRead(NDArrayHandle(1))
