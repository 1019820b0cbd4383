"""Passes leave graphs well formed, and gradients as they were."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import InternalError
from mxnet._graph.common import eliminate_common
from mxnet._graph.gradients import without_gradients
from mxnet._graph.node import topological
from mxnet._graph.verify import verify
from tests.graph import graphs

PASSES = {"eliminate_common": eliminate_common, "without_gradients": without_gradients}


@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("graph", graphs.GRAPHS)
def test_graphs_are_well_formed_after_each_pass(graph: str, name: str) -> None:
    outputs = graphs.build(mx, graph)._outputs
    verify(outputs)
    made = PASSES[name](list(outputs))
    verify(made)
    variables = {id(n) for n in topological(made) if n.op is None}
    assert variables == {id(n) for n in topological(outputs) if n.op is None} and len(made) == len(outputs)


def test_what_is_not_well_formed_is_named() -> None:
    tanh = mx.sym.tanh(mx.sym.tanh(mx.sym.var("x"), name="inner"), name="outer")._outputs[0][0]
    with pytest.raises(InternalError, match="the outputs takes output 1 of <node tanh 'outer'>, which has 1"):
        verify([(tanh, 1)])
    inner = tanh.inputs[0][0]
    inner.inputs = [(tanh, 0)]
    with pytest.raises(InternalError, match="is on a cycle"):
        verify([(tanh, 0)])
    inner.inputs = [(mx.sym.var("x")._outputs[0][0], 0)] * 2
    with pytest.raises(InternalError, match="'inner'> has 2 inputs, expected 1 at most"):
        verify([(tanh, 0)])


@pytest.mark.parametrize("loss", [mx.sym.MakeLoss, mx.sym.make_loss])
def test_a_loss_that_a_graph_has_twice_gives_its_gradient_twice(loss: type) -> None:
    x = mx.sym.var("x")
    with mx.name.NameManager():
        run = mx.sym.Group([loss(x * x), loss(x * x)]).simple_bind(mx.cpu(), x=(3,))
    run.arg_dict["x"][:] = mx.nd.array([1, 2, 3])
    run.forward(is_train=True)
    run.backward()
    assert np.array_equal(run.grad_dict["x"].asnumpy(), [4, 8, 12])
