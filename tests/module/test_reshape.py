"""Batches of other shapes: the program that a module has runs them, but where it is of one shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mxnet as mx


def _net(values: Callable[[mx.sym.Symbol], mx.sym.Symbol] = lambda x: x) -> mx.sym.Symbol:
    x = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), num_filter=4, name="conv")
    x = mx.sym.Activation(mx.sym.BatchNorm(x, fix_gamma=False, name="bn"), act_type="relu")
    return mx.sym.MakeLoss(values(mx.sym.FullyConnected(mx.sym.Dropout(x, p=0.5), num_hidden=2, name="fc")))


def _begun(net: mx.sym.Symbol, rows: int) -> mx.mod.Module:
    made = mx.mod.Module(net, label_names=None)
    made.bind([("data", (rows, 2, 5, 5))])
    mx.random.seed(3)
    made.init_params(mx.init.Uniform(0.3))
    return made


def test_batches_of_other_sizes_run_the_program_that_there_is() -> None:
    batches = [np.random.default_rng(i).normal(size=(rows, 2, 5, 5)) for i, rows in enumerate((2, 3, 1, 3, 2))]
    module = _begun(_net(), 2)
    program = module._exec_group.execs[0]._program
    told: list[bytes] = []
    for i, data in enumerate(batches):
        alone = _begun(_net(), len(data))
        states = {k: v.copy() for k, v in module._exec_group.execs[0].aux_dict.items()}
        alone.set_params(module.get_params()[0], states)
        found = []
        for one in (module, alone):
            mx.random.seed(i)
            for training in (False, True):
                one.forward(mx.io.DataBatch([mx.nd.array(data)]), is_train=training)
                found.append(one.get_outputs()[0].asnumpy())
            one.backward()
            run = one._exec_group.execs[0]
            found += [run.grad_dict["conv_weight"].asnumpy(), run.grad_dict["fc_bias"].asnumpy()]
            found += [run.aux_dict["bn_moving_mean"].asnumpy(), run.aux_dict["bn_moving_var"].asnumpy()]
        for mine, other in zip(found[:6], found[6:], strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)
        if i == 2:
            module._exec_group.execs[0].set_monitor_callback(lambda name, _: told.append(name))
        assert module._exec_group.execs[0]._program is program
    assert told.count(b"fc_output") == 4  # of the two batches after


class _Counter(mx.operator.CustomOp):
    """Adds how often it has run."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = 0

    def forward(self, is_train: bool, req: Any, in_data: Any, out_data: Any, aux: Any) -> None:
        self.runs += 1
        self.assign(out_data[0], req[0], in_data[0] + self.runs)


@mx.operator.register("counts_runs_of_a_module")
class _CounterProp(mx.operator.CustomOpProp):
    def create_operator(self, ctx: Any, shapes: Any, dtypes: Any) -> _Counter:
        return _Counter()


@pytest.mark.parametrize(
    "change",
    [
        lambda net, patch: patch.setenv("MXNET_BACKWARD_DO_MIRROR", "1"),
        lambda net, patch: patch.setenv("MXNET_ELIMINATE_COMMON_EXPR", "0"),
        lambda net, patch: net.get_internals()["fc_output"]._set_attr(no_bias="0"),
    ],
    ids=["computed twice", "common expressions", "attributes"],
)
def test_a_program_is_made_anew_where_what_it_was_made_of_has_changed(
    change: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    net = _net()
    run = net.simple_bind(mx.cpu(), data=(2, 2, 5, 5))
    assert run.reshape(data=(1, 2, 5, 5))._program is run._program
    assert run.reshape(data=(1, 2, 7, 7), partial_shaping=True, allow_up_sizing=True)._program is run._program
    change(net, monkeypatch)
    assert run.reshape(data=(1, 2, 5, 5))._program is not run._program


@pytest.mark.parametrize(
    "values",
    [
        lambda x: mx.sym.Custom(x, op_type="counts_runs_of_a_module"),
        lambda x: x + mx.sym.zeros((0, 2)),
        lambda x: mx.sym.contrib.foreach(lambda row, s: (row + s[0], s), x, [mx.sym.zeros((2,))])[0],
    ],
    ids=["a state in Python", "an open shape", "a loop"],
)
def test_a_program_that_is_of_one_shape_or_has_a_state_is_not_shared(values: Callable[..., Any]) -> None:
    run = _net(values).simple_bind(mx.cpu(), data=(2, 2, 5, 5))
    other = run.reshape(data=(3, 2, 5, 5), allow_up_sizing=True)
    assert other._program is not run._program
    assert [r.forward()[0].shape for r in (run, other, run)] == [(2, 2), (3, 2), (2, 2)]
