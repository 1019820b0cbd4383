"""Blocks and their names against what 1.9.1 says."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon import nn
from tests.answers import check, recorded
from tests.gluon.block_probes import PROBES, model

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "blocks.json", PROBES)


@pytest.mark.filterwarnings("ignore:Constant parameter")
@pytest.mark.parametrize("name", PROBES)
def test_blocks_are_those_of_the_reference(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


# -- names and members -----------------------------------------------------------------------------------------------


def test_children_and_parameters_may_be_set_again_to_their_like() -> None:
    block = nn.Block()
    block.child = nn.Dense(2)
    block.child = second = nn.Dense(3)
    assert list(block._children.values()) == [second] and len(block.collect_params().keys()) == 2
    net = nn.Dense(2)
    net.weight = net.weight
    with pytest.raises(TypeError, match="Changing attribute type for child from"):
        block.child = 3
    with pytest.raises(mx.MXNetError, match="Dense.weight: Overriding Parameter attribute weight is not allowed"):
        net.weight = mx.gluon.Parameter("w")


def test_an_error_inside_a_scope_leaves_it() -> None:
    block = nn.Block(prefix="outer_")
    with pytest.raises(ZeroDivisionError), block.name_scope():
        1 / 0  # noqa: B018
    assert not nn.Dense(2).name.startswith("outer_")


def test_scopes_are_of_their_thread() -> None:
    import threading

    names: list[str] = []
    block = nn.Block(prefix="outer_")
    with block.name_scope():
        thread = threading.Thread(target=lambda: names.append(nn.Dense(2).name))
        thread.start()
        thread.join()
        names.append(nn.Dense(2).name)
    assert names[1] == "outer_dense0" and not names[0].startswith("outer_")


def test_parameters_are_shared_with_a_block_or_with_all_of_its_children() -> None:
    def net(**more: object) -> nn.HybridSequential:
        made = nn.HybridSequential(prefix="net_", **more)
        with made.name_scope():
            made.add(nn.Dense(3, in_units=2), nn.Dense(2, in_units=3))
        return made

    first = net()
    second = net(params=first.collect_params())
    first.initialize()
    x = mx.nd.ones((1, 2))
    assert second[0].weight is first[0].weight and (first(x) == second(x)).min().asscalar() == 1
    one = nn.Dense(3, in_units=2, params=first[0].params)
    assert one.weight is first[0].weight


# -- hooks -----------------------------------------------------------------------------------------------------------


def test_a_hook_sees_inputs_and_output_and_can_be_used_in_a_with() -> None:
    net, seen = nn.Dense(2), []
    net.initialize()
    x = mx.nd.ones((1, 3))
    with net.register_forward_hook(lambda block, args, out: seen.append((block, args, out))):
        y = net(x)
    net(x)
    assert len(seen) == 1 and seen[0][0] is net and seen[0][1][0] is x and seen[0][2] is y
    handle = net.register_forward_pre_hook(lambda *args: None)
    handle.detach()
    handle.detach()


def test_a_hook_may_detach_itself() -> None:
    net, count = nn.Flatten(), []
    handles = [net.register_forward_hook(lambda *args: (count.append(1), handles[0].detach())) for _ in range(2)]
    net(mx.nd.ones((1, 2)))
    net(mx.nd.ones((1, 2)))
    assert len(count) == 3


@pytest.mark.parametrize("monitor_all", [False, True])
def test_values_inside_a_graph_are_shown(monitor_all: bool) -> None:
    net, seen = nn.HybridSequential(prefix="net_"), {}
    with net.name_scope():
        net.add(nn.Dense(2, activation="relu"), nn.Dense(1))
    net.initialize()
    net.hybridize()
    net.register_op_hook(
        lambda name, op, array: seen.setdefault(name.decode(), mx.nd.NDArray(array).shape), monitor_all
    )
    net(mx.nd.ones((3, 4)))
    outputs = {n: s for n, s in seen.items() if n.endswith("output")}
    assert outputs == {
        "net_dense0_fwd_output": (3, 2), "net_dense0_relu_fwd_output": (3, 2), "net_dense1_fwd_output": (3, 1),
    }  # fmt: skip
    assert (seen.get("net_dense0_fwd_weight") == (2, 4)) is monitor_all


# -- summaries -------------------------------------------------------------------------------------------------------


def test_a_summary_initialises_what_waits_and_leaves_no_hooks(capsys: pytest.CaptureFixture) -> None:
    # in 1.9.1 layers that are traced meanwhile stand in the table twice
    net = model(mx, prefix="net_")
    net.initialize()
    net.summary(mx.nd.ones((2, 5)))
    lines = capsys.readouterr().out.split("\n")
    assert sum("Activation" in line for line in lines) == 1 and "   Total params: 76" in lines
    assert not net._forward_hooks and not net.first._forward_hooks
    with pytest.raises(
        mx.MXNetError, match='"net_hybridsequential0_dense0_relu" must not be hybridized to print summary'
    ):
        net.body.hybridize()
        net.summary(mx.nd.ones((2, 5)))
    assert not net.first._forward_hooks


def test_a_model_that_is_no_graph_computes_the_same() -> None:
    x = mx.nd.array(np.arange(10).reshape(2, 5) / 10)
    found = []
    for hybrid in (False, True):
        mx.random.seed(3)
        net = model(mx, hybrid=hybrid, prefix="net_")
        net.initialize(mx.init.One())
        found.append(net(x).asnumpy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)
