"""The first interface of autograd."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet.contrib import autograd


def state() -> tuple[bool, bool]:
    return mx.autograd.is_recording(), mx.autograd.is_training()


def test_sections_nest_and_leave_what_was() -> None:
    with autograd.train_section():
        assert state() == (True, True)
        with autograd.test_section():
            assert state() == (False, False)
        assert state() == (True, True)
    assert state() == (False, False)
    with mx.autograd.record(train_mode=False):
        with autograd.train_section():
            pass
        assert state() == (True, False)  # 1.9.1 leaves training mode on


def test_sections_end_with_errors() -> None:
    with pytest.raises(ZeroDivisionError), autograd.TrainingStateScope(True):
        raise ZeroDivisionError
    assert state() == (False, False)


def test_training_is_turned_on_and_off_and_tells_what_was() -> None:
    assert autograd.set_is_training(True) is False and state() == (True, True)
    assert autograd.set_is_training(False) is True and state() == (False, False)


def test_gradients_come_with_the_loss_or_alone() -> None:
    x, y = mx.nd.array([1, 2]), mx.nd.array([3, 4])
    gradients, loss = autograd.grad_and_loss(lambda a, b: a * b)(x, y)
    assert [g.asnumpy().tolist() for g in gradients] == [[3, 4], [1, 2]] and loss.asnumpy().tolist() == [3, 8]
    (alone,) = autograd.grad(lambda a, b: a * b, argnum=1)(x, y)
    assert alone.asnumpy().tolist() == [1, 2]
    gradients, outputs = autograd.grad_and_loss(lambda a: [a * 2, a * 3])(x)
    assert gradients[0].asnumpy().tolist() == [5, 5] and len(outputs) == 2


def test_arguments_that_are_no_arrays_are_passed_on_by_number() -> None:
    def both(a: mx.nd.NDArray, factor: float) -> mx.nd.NDArray:
        """A function with a name."""
        return a * factor

    (gradient,) = autograd.grad(both, argnum=[0])(mx.nd.ones(2), 4.0)
    assert gradient.asnumpy().tolist() == [4, 4]
    assert autograd.grad(both).__name__ == "both"
    with pytest.raises(AssertionError, match="should be NDArray, got 4.0"):
        autograd.grad(both)(mx.nd.ones(2), 4.0)


def test_marked_variables_get_gradients_of_all_outputs() -> None:
    x, dx = mx.nd.ones((3, 2)), mx.nd.zeros((3, 2))
    autograd.mark_variables([x], [dx])
    with autograd.train_section():
        parts = mx.nd.split(x, axis=0, num_outputs=3, squeeze_axis=True)
        autograd.backward(parts, [None, mx.nd.array([1, 2]), mx.nd.array([5, 4])])
    np.testing.assert_array_equal(dx.asnumpy(), [[1, 1], [1, 2], [5, 4]])
    with autograd.train_section():
        y = x * 3
    autograd.compute_gradient([y])
    np.testing.assert_array_equal(dx.asnumpy(), np.full((3, 2), 3))


def test_outputs_are_a_list() -> None:
    with pytest.raises(AssertionError, match="must be a list or tuple of NDArrays, got NDArray"):
        autograd.backward(mx.nd.ones(2))
