"""What is dropped is freed at once. The garbage collector rarely runs, and sees nothing of the graphs of torch."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest

import mxnet as mx


@pytest.fixture(autouse=True)
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _fails(data: mx.nd.NDArray) -> None:
    with pytest.raises(mx.MXNetError):
        mx.nd.FullyConnected(data, mx.nd.ones((3, 7)), num_hidden=3, no_bias=True)


def _loops(data: mx.nd.NDArray) -> None:
    mx.nd.contrib.foreach(lambda x, states: (x, states), [data], [mx.nd.ones((1,))])


@pytest.mark.parametrize("use", [_fails, _loops], ids=["a failed call", "foreach"])
def test_arrays_that_were_used_are_freed(use: Callable[[mx.nd.NDArray], None]) -> None:
    data = mx.nd.ones((2, 5))
    gone = weakref.ref(data._data)
    use(data)
    del data
    assert gone() is None


def test_a_monitored_executor_that_never_goes_back_is_freed() -> None:
    run = mx.sym.square(mx.sym.var("x")).simple_bind(mx.cpu(), x=(2,))
    told = []
    run.set_monitor_callback(lambda name, handle: told.append(name), monitor_all=True)
    run.forward(is_train=True)
    gone = weakref.ref(run.arg_dict["x"]._data)
    del run
    gc.collect()  # the executor's own cycles are Python's
    assert told and gone() is None


def test_graphs_with_constants_and_open_shapes_are_freed() -> None:
    from mxnet._graph import told

    class Net(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.broadcast_add(x, F.ones((3, 4))) + F.ones((0, 4))

    def call() -> None:
        net = Net()
        net.hybridize()
        net(mx.nd.ones((3, 4))).wait_to_read()

    call()
    before = told._ran.cache_info().currsize
    for _ in range(3):
        call()
    assert told._ran.cache_info().currsize == before
