"""Whole models: the same results on all devices and dtypes, hybridized or not, with one optimizer or another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mxnet import autograd, initializer
from mxnet.context import cpu

from .arrays import rand_ndarray
from .compare import assert_almost_equal, compare_ndarray_tuple, host
from .machine import UsageError
from .tolerances import Tolerance, default_atols, default_rtols


def check_consistency(
    sym: Any,
    ctx_list: Sequence[Mapping[str, Any]],
    scale: float = 1.0,
    grad_req: Any = "write",
    arg_params: Mapping[str, Any] | None = None,
    aux_params: Mapping[str, Any] | None = None,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    raise_on_err: bool = True,
    ground_truth: Mapping[str, Any] | None = None,
    equal_nan: bool = False,
    use_uniform: bool = False,
    rand_type: Any = np.float64,
) -> dict[str, Any]:
    """Raise an AssertionError unless a symbol computes the same on several devices and in several dtypes.

    Args:
        sym: the symbol, or one for each entry of ``ctx_list``.
        ctx_list: dicts with ``ctx``, shapes of inputs by name, and ``type_dict``, dtypes of inputs by name. The one
            with the finest dtype is the truth for the others.
        scale: standard deviation of the random inputs.
        grad_req: as in ``simple_bind``; with ``null`` only outputs are compared.
        arg_params, aux_params: values to use in place of random ones, by name.
        rtol, atol: numbers, dicts by dtype, or None for the defaults.
        raise_on_err: whether a difference raises; otherwise it is logged.
        ground_truth: outputs and gradients by name to compare with.
        equal_nan: whether NaN equals NaN.
        use_uniform: uniform random inputs rather than normal ones.
        rand_type: dtype the random inputs are rounded to.

    Returns:
        The outputs and gradients that were the truth.
    """
    symbols = list(sym) if isinstance(sym, (list, tuple)) else [sym] * len(ctx_list)
    if len(ctx_list) < 2 or len(symbols) != len(ctx_list):
        raise UsageError(
            f"check_consistency: got {len(symbols)} symbols and {len(ctx_list)} contexts; expected two or more of each"
        )
    executors = [s.simple_bind(grad_req=grad_req, **c) for s, c in zip(symbols, ctx_list, strict=True)]
    values = _inputs(executors[0], arg_params, aux_params, scale, use_uniform, rand_type)
    names = symbols[0].list_outputs()
    found = [_results(executor, values, names, grad_req != "null") for executor in executors]
    dtypes = [np.dtype(executor.outputs[0].dtype) for executor in executors]
    finest = int(np.argmax([d.itemsize for d in dtypes]))
    truth = dict(ground_truth) if ground_truth is not None else found[finest]
    for i, results in enumerate(found):
        if i == finest and ground_truth is None:
            continue
        limits = {
            "rtol": _limit(rtol, default_rtols(), dtypes[i]),
            "atol": _limit(atol, default_atols(), dtypes[i]),
        }
        for name, value in results.items():
            try:
                labels = (f"ctx_list[{i}]:{name}", f"ctx_list[{finest}]:{name}")
                assert_almost_equal(host(value), host(truth[name]), names=labels, equal_nan=equal_nan, **limits)
            except AssertionError as error:
                if raise_on_err:
                    raise
                logging.getLogger(__name__).error("%s: %s", ctx_list[i], error)
    return truth


def _results(executor: Any, values: Mapping[str, Any], names: Sequence[str], differentiate: bool) -> dict[str, Any]:
    """Outputs, and gradients if asked, by name, on the CPU."""
    _fill(executor, values)
    executor.forward(is_train=differentiate)
    results = dict(zip(names, executor.outputs, strict=True))
    if differentiate:
        executor.backward(executor.outputs)
        results.update({k: v for k, v in executor.grad_dict.items() if v is not None})
    return {k: v.copyto(cpu()) for k, v in results.items()}


def _limit(given: Tolerance, default: Mapping[np.dtype, float], dtype: np.dtype) -> float:
    if isinstance(given, Mapping):
        return {np.dtype(k): v for k, v in given.items()}.get(dtype, default[dtype])
    return default[dtype] if given is None else given


def _inputs(
    executor: Any,
    arguments: Mapping[str, Any] | None,
    states: Mapping[str, Any] | None,
    scale: float,
    uniform: bool,
    dtype: Any,
) -> dict[str, Any]:
    """A value for every argument and auxiliary state: the one given, else random ones and zeros."""
    values = dict(arguments or {}) | dict(states or {})
    for name, array in executor.arg_dict.items():
        if name not in values:
            drawn = (
                np.random.uniform(-scale, scale, size=array.shape)
                if uniform
                else np.random.normal(size=array.shape, scale=scale)
            )
            values[name] = drawn.astype(dtype)
    for name in executor.aux_dict:
        values.setdefault(name, 0)
    return values


def _fill(executor: Any, values: Mapping[str, Any]) -> None:
    for name, array in [*executor.arg_dict.items(), *executor.aux_dict.items()]:
        value = host(values[name])
        array[:] = value.astype(array.dtype) if isinstance(value, np.ndarray) else value
    for array in executor.grad_dict.values():
        if array is not None:
            array[:] = 0


class _Given(initializer.Initializer):
    """Gives each parameter its value by name, whatever its own initializer is."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__()
        self._values = values

    def __call__(self, desc: Any, arr: Any) -> None:
        arr[()] = self._values[str(desc)].astype(arr.dtype)


def check_gluon_hybridize_consistency(
    net_builder: Callable[..., Any],
    data_l: Sequence[Any],
    numpy_func: Callable[..., Any] | None = None,
    test_grad: bool = True,
    rtol: float = 1e-4,
    atol: float = 1e-4,
) -> None:
    """Raise an AssertionError unless a block computes the same hybridized and not.

    Args:
        net_builder: makes the block; called as ``net_builder(prefix="net_")``, three times: the parameters of the first
            block are what those of the others begin with.
        data_l: inputs.
        numpy_func: computes the expected output from the inputs as NumPy arrays.
        test_grad: whether gradients of inputs and parameters are compared too.
        rtol, atol: tolerances.
    """
    saved: list[tuple[Any, list[Any], dict[str, Any]]] = []
    first = net_builder(prefix="net_")
    first.initialize()
    first(*data_l)
    begin = _Given({name: p.data().copy() for name, p in first.collect_params().items()})
    for hybridize in (False, True):
        net = net_builder(prefix="net_")
        net.initialize(begin)
        if hybridize:
            net.hybridize()
        inputs = [x.copy() for x in data_l]
        if not test_grad:
            saved.append((net(*inputs), [], {}))
            continue
        for x in inputs:
            x.attach_grad()
        with autograd.record():
            out = net(*inputs)
        out.backward(out)
        of_params = {
            name.removeprefix(net.prefix): p.grad().copy()
            for name, p in net.collect_params().items()
            if p.grad_req != "null"
        }
        saved.append((out, [x.grad.copy() for x in inputs], of_params))
    (out, of_inputs, of_params), (hybrid_out, hybrid_of_inputs, hybrid_of_params) = saved
    assert_almost_equal(out, hybrid_out, rtol=rtol, atol=atol, names=("imperative", "hybridized"))
    if numpy_func is not None:
        assert_almost_equal(out, numpy_func(*[x.asnumpy() for x in data_l]), rtol=rtol, atol=atol)
    for one, two in zip(of_inputs, hybrid_of_inputs, strict=True):
        assert_almost_equal(one, two, rtol=rtol, atol=atol, names=("imperative_grad", "hybridized_grad"))
    for name, one in of_params.items():
        assert_almost_equal(one, hybrid_of_params[name], rtol=rtol, atol=atol, names=(name, f"hybridized_{name}"))


def compare_optimizer(
    opt1: Any,
    opt2: Any,
    shape: Any,
    dtype: Any,
    w_stype: str = "default",
    g_stype: str = "default",
    rtol: float = 1e-4,
    atol: float = 1e-5,
    compare_states: bool = True,
    ntensors: int = 1,
) -> None:
    """Raise an AssertionError unless one step of two optimizers gives the same weights and states.

    The first optimizer, commonly a plain one to compare with, is given dense arrays whatever the storage types.

    Args:
        opt1, opt2: the optimizers.
        shape: shape of the weight; with ``ntensors`` above 1 a list of shapes, updated in one call.
        dtype: dtype of weights and gradients.
        w_stype, g_stype: storage types of weights, with the states that optimizers make for them, and of gradients.
        rtol, atol: tolerances.
        compare_states: whether states are compared too.
    """
    shapes = shape if isinstance(shape, list) else [shape] * ntensors
    if len(shapes) != ntensors:
        raise UsageError(f"compare_optimizer: got {len(shapes)} shapes for ntensors={ntensors}")
    second = [_random(s, w_stype, dtype) for s in shapes]
    first = [_full(w) for w in second]
    gradients = [_random(s, g_stype, dtype) for s in shapes]
    states = []
    for optimizer, weights, copied in ((opt1, first, _full), (opt2, second, lambda array: array.copy())):
        made = [optimizer.create_state_multi_precision(i, w) for i, w in enumerate(weights)]
        copies = [copied(g) for g in gradients]
        if ntensors == 1:
            optimizer.update_multi_precision(0, weights[0], copies[0], made[0])
        else:
            optimizer.update_multi_precision(list(range(ntensors)), weights, copies, made)
        states.append(made)
    if compare_states:
        for one, two in zip(*states, strict=True):
            compare_ndarray_tuple(_dense(one), _dense(two), rtol=rtol, atol=atol)
    for one, two in zip(first, second, strict=True):
        assert_almost_equal(one, two, rtol=rtol, atol=atol)


def _random(shape: Any, stype: str, dtype: Any) -> Any:
    return rand_ndarray(shape, stype, density=1 if stype == "default" else 0.5, dtype=dtype)


def _full(array: Any) -> Any:
    return array.copy() if array.stype == "default" else array.tostype("default")


def _dense(state: Any) -> Any:
    return tuple(map(_dense, state)) if isinstance(state, (list, tuple)) else state
