"""Handles that functions in the place of 1.9.1's C library write, and the arrays made of them."""

from __future__ import annotations

import copyreg
import ctypes
import multiprocessing
import multiprocessing.reduction
import os
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


@pytest.mark.parametrize("value", [[1, 2], "x", NDArrayHandle()])
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


def _send(array: mx.nd.NDArray) -> tuple[Any, ...]:
    pid, number, shape, dtype = array._to_shared_mem()
    return received, (pid, multiprocessing.reduction.DupFd(number), shape, dtype)


def received(pid: int, file: Any, shape: tuple[int, ...], dtype: Any) -> mx.nd.NDArray:
    return mx.nd.NDArray(mx.nd.ndarray._new_from_shared_mem(pid, file.detach(), shape, dtype))


class Pickler(multiprocessing.reduction.ForkingPickler):
    """Sends arrays as loaders do that programs bring with them."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.dispatch_table = {**copyreg.dispatch_table, mx.nd.NDArray: _send}


def _produce(to: Any, numbers: int) -> None:
    for number in range(numbers):
        to.send_bytes(Pickler.dumps(mx.nd.full((2, 3), number, dtype="int32")))
    to.recv()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs files that processes send each other")
def test_arrays_are_sent_between_processes_by_the_numbers_of_their_files() -> None:
    here, there = multiprocessing.get_context("fork").Pipe()
    worker = multiprocessing.get_context("fork").Process(target=_produce, args=(there, 30))
    worker.start()
    before = len(os.listdir("/dev/fd"))
    arrays = [multiprocessing.reduction.ForkingPickler.loads(here.recv_bytes()) for _ in range(30)]
    assert len(os.listdir("/dev/fd")) < before + 5
    here.send("received")
    worker.join(60)
    assert [int(array.sum().asscalar()) for array in arrays] == [6 * number for number in range(30)]
    assert (arrays[0].dtype, arrays[0].context) == (np.int32, mx.Context("cpu_shared", 0))


@pytest.mark.parametrize("shape", [(2, 3), (0, 3), ()])
def test_an_array_in_a_file_of_this_process_is_read_any_number_of_times(shape: tuple[int, ...]) -> None:
    with mx.util.np_shape():
        sent = mx.nd.ones(shape, dtype="float16")._to_shared_mem()
        first, second = (mx.nd.NDArray(mx.nd.ndarray._new_from_shared_mem(*sent)) for _ in range(2))
        first += 1
        assert second.shape == shape and (second.asnumpy() == 2).all()
