"""Initializers against recorded texts and values of 1.9.1."""

from __future__ import annotations

import logging
import pathlib

import numpy as np
import pytest

import mxnet as mx
from tests.answers import check, recorded
from tests.training_kit.initializer_probes import PROBES

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "initializers.json", PROBES)


@pytest.mark.parametrize("name", PROBES)
def test_initializers_are_those_of_the_reference(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


# -- chance ----------------------------------------------------------------------------------------------------------


def filled(init: mx.init.Initializer, shape: tuple[int, ...], dtype: str = "float32") -> np.ndarray:
    array = mx.nd.zeros(shape, dtype=dtype)
    init(mx.init.InitDesc("a_weight"), array)
    return array.asnumpy()


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_uniform_fills_its_range(dtype: str) -> None:
    values = filled(mx.init.Uniform(0.5), (100, 50), dtype)
    assert values.dtype == dtype and -0.5 <= values.min() < -0.48 and 0.48 < values.max() <= 0.5
    assert abs(values.astype("float64").mean()) < 0.03 and abs(values.astype("float64").std() - 0.5 / 3**0.5) < 0.01


def test_normal_has_its_deviation() -> None:
    values = filled(mx.init.Normal(2), (100, 50))
    assert abs(values.mean()) < 0.15 and abs(values.std() - 2) < 0.1 and abs(values).max() > 5


@pytest.mark.parametrize(("factor", "count"), [("in", 40 * 6), ("out", 100 * 6), ("avg", 70 * 6)])
@pytest.mark.parametrize("magnitude", [3, 2.34])
def test_xavier_scales_by_inputs_and_outputs(factor: str, count: int, magnitude: float) -> None:
    scale = (magnitude / count) ** 0.5
    flat = filled(mx.init.Xavier("uniform", factor, magnitude), (100, 40, 2, 3))
    assert scale * 0.98 < abs(flat).max() <= scale and abs(flat.std() - scale / 3**0.5) < 0.05 * scale
    round_ = filled(mx.init.Xavier("gaussian", factor, magnitude), (100, 40, 2, 3))
    assert abs(round_.std() - scale) < 0.05 * scale and abs(round_).max() > 2.5 * scale


def test_msra_looks_at_the_slope() -> None:
    for slope in (0, 0.25, 1):
        values = filled(mx.init.MSRAPrelu("in", slope), (200, 50))
        assert values.std() == pytest.approx((2 / (1 + slope**2) / 50) ** 0.5, rel=0.05)


@pytest.mark.parametrize("kind", ["uniform", "normal"])
@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (2, 3, 2)])
def test_orthogonal_rows_or_columns_have_the_scale_as_length(shape: tuple[int, ...], kind: str) -> None:
    values = filled(mx.init.Orthogonal(2.0, kind), shape).reshape(shape[0], -1)
    small = values @ values.T if values.shape[0] <= values.shape[1] else values.T @ values
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-5)


def test_chance_is_seeded() -> None:
    def draw() -> list[np.ndarray]:
        mx.random.seed(7)
        return [filled(mx.init.create(n), (3, 4)) for n in ("uniform", "normal", "xavier", "orthogonal", "msraprelu")]

    for first, second in zip(draw(), draw(), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_quantised_weights_are_one_whole_number_and_biases_zero(dtype: str) -> None:
    numbers = set()
    for _ in range(50):
        weight, bias = mx.nd.ones((3, 4), dtype=dtype) / 2, mx.nd.ones((4,), dtype=dtype)
        mx.init.Uniform()(mx.init.InitDesc("fc_weight_quantize"), weight)
        mx.init.Uniform()(mx.init.InitDesc("fc_bias_quantize"), bias)
        values = weight.asnumpy()
        assert (values == values[0, 0].round()).all() and not bias.asnumpy().any()
        numbers.add(int(values[0, 0]))
    assert len(numbers) > 20 and -127 <= min(numbers) < -60 and 60 < max(numbers) < 127


# -- what 1.9.1 can not do, and errors -------------------------------------------------------------------------------


def test_a_fused_layer_is_made_again_from_its_text() -> None:
    text = mx.init.FusedRNN(mx.init.One(), 2, 1, "gru").dumps()
    again = mx.init.create(text)
    assert again.dumps() == text
    array = mx.nd.zeros((6 * (3 + 2 + 2),))
    mx.init.Zero()(mx.init.InitDesc("rnn_parameters", {"__init__": text}), array)
    assert array.asnumpy().tolist() == [1] * 30 + [0] * 12


def test_a_fused_layer_without_an_initializer_takes_the_global_one() -> None:
    fused, array = mx.init.FusedRNN(None, 2, 1, "rnn_relu"), mx.nd.zeros((2 * (3 + 2 + 2),))
    fused._init_weight(mx.init.InitDesc("rnn_parameters", global_init=mx.init.One()), array)
    assert array.asnumpy().tolist() == [1] * 10 + [0] * 4
    fused._init_weight(mx.init.InitDesc("rnn_parameters"), array)
    assert 0 < abs(array.asnumpy()[:10]).max() <= 0.07


def test_a_constant_may_be_a_list() -> None:
    constant = mx.init.Constant([[1, 2], [3, 4]])
    assert constant.dumps() == '["constant", {"value": [[1, 2], [3, 4]]}]'
    assert filled(mx.init.create(constant.dumps()), (2, 2)).tolist() == [[1, 2], [3, 4]]


def test_values_are_loaded_from_files(tmp_path: pathlib.Path) -> None:
    mx.nd.save(str(tmp_path / "a.params"), {"arg:a": mx.nd.ones((2,)) * 3})
    array = mx.nd.zeros((2,))
    mx.init.Load(str(tmp_path / "a.params"))("a", array)
    assert array.asnumpy().tolist() == [3, 3]


def test_what_is_filled_is_logged_if_wanted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    one = mx.init.One().set_verbosity(True, lambda array: f"{array.shape}")
    one(mx.init.InitDesc("a_weight"), mx.nd.zeros((2, 3)))
    mx.init.One().set_verbosity(True)(mx.init.InitDesc("b_weight"), mx.nd.zeros((4,)))
    mx.init.Load({"c": mx.nd.ones((1,))}, verbose=True)("c", mx.nd.zeros((1,)))
    assert "Initialized a_weight as weight: (2, 3)" in caplog.text and "b_weight as weight: 1.0" in caplog.text
    assert "Initialized c by loading" in caplog.text


@pytest.mark.parametrize(
    ("mode", "both_ways", "weights", "biases"),
    [
        ("rnn_tanh", True, ["l0_i2h", "l0_h2h", "r0_i2h", "r0_h2h"], ["l0_i2h", "l0_h2h", "r0_i2h", "r0_h2h"]),
        (
            "gru",
            False,
            ["l0_i2h_r", "l0_i2h_z", "l0_i2h_o", "l0_h2h_r", "l0_h2h_z", "l0_h2h_o"],
            ["l0_i2h_r", "l0_i2h_z", "l0_i2h_o", "l0_h2h_r", "l0_h2h_z", "l0_h2h_o"],
        ),
        (
            "lstm",
            False,
            ["l0_i2h_i", "l0_i2h_f", "l0_i2h_c", "l0_i2h_o", "l0_h2h_i", "l0_h2h_f", "l0_h2h_c", "l0_h2h_o"],
            ["l0_i2h_i", "l0_i2h_c", "l0_i2h_o", "l0_h2h_i", "l0_h2h_c", "l0_h2h_o"],  # the forget gates have their own
        ),
    ],
)
def test_each_gate_of_a_fused_layer_is_filled_by_itself(
    mode: str, both_ways: bool, weights: list[str], biases: list[str]
) -> None:
    asked: list[tuple[str, tuple[int, ...]]] = []

    class Mine(mx.init.Xavier):
        def _init_weight(self, name: str, array: mx.nd.NDArray) -> None:
            asked.append((str(name), array.shape))
            array[:] = len(asked)

        _init_bias = _init_weight

    cell = mx.rnn.FusedRNNCell(2, mode=mode, bidirectional=both_ways, prefix="r_")
    module = mx.mod.Module(cell.unroll(3, mx.sym.var("data"), layout="TNC")[0], label_names=None)
    module.bind([("data", (3, 2, 5))])
    module.init_params(Mine())
    assert asked == [
        *((f"{n}_weight", (2, 5 if "i2h" in n else 2)) for n in weights),
        *((f"{n}_bias", (2,)) for n in biases),
    ]
    packed = module.get_params()[0]["r_parameters"].asnumpy()
    assert packed[:10].tolist() == [1] * 10 and packed[-2:].tolist() == [len(asked)] * 2


OF_PLAIN_NAMES = [
    ("bn_moving_mean", (2,), [0, 0]),
    ("bn_moving_var", (2,), [1, 1]),
    ("bn_moving_inv_var", (2,), [0, 0]),
    ("bn_moving_avg", (2,), [0, 0]),
    ("bn_gamma", (2,), [1, 1]),
    ("fc_weight", (2,), [5, 5]),
    ("upsampling_weight", (1, 1, 2, 2), [1, 0, 0, 0]),
    ("stn_loc_weight", (2,), [0, 0]),
    ("stn_loc_bias", (6,), [1, 0, 0, 0, 1, 0]),
]


@pytest.mark.parametrize(("name", "shape", "values"), OF_PLAIN_NAMES)
def test_plain_names_are_read_as_before_there_were_descriptions(
    name: str, shape: tuple[int, ...], values: list[float]
) -> None:
    array = mx.nd.full(shape, 9)
    with pytest.warns(DeprecationWarning, match="InitDesc"):
        mx.init.Mixed([".*"], [mx.init.Constant(5)])(name, array)
    assert array.asnumpy().ravel().tolist() == pytest.approx(values)


def test_a_subclass_says_what_fills_each_kind_of_parameter() -> None:
    class Mine(mx.init.Xavier):
        def _init_gamma(self, name: str, array: mx.nd.NDArray) -> None:
            array[:] = 3

        def _init_beta(self, name: str, array: mx.nd.NDArray) -> None:
            array[:] = 4

    net = mx.sym.BatchNorm(mx.sym.var("data"), name="bn", fix_gamma=False)
    module = mx.mod.Module(net, label_names=None)
    module.bind([("data", (1, 2))])
    module.init_params(Mine())
    found = {n: a.asnumpy().tolist() for n, a in module.get_params()[0].items()}
    assert found == {"bn_gamma": [3, 3], "bn_beta": [4, 4]}


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (
            lambda: mx.init.Zero()("bn_running_mean", mx.nd.ones(2)),
            "Unknown initialization pattern for bn_running_mean",
        ),
        (lambda: mx.init.Mixed(["b"], [mx.init.Zero()])("a", mx.nd.ones(2)), 'name a did not match any pattern.*".*"'),
        (lambda: mx.init.Mixed(["b", "c"], [mx.init.Zero()]), "got 2 patterns and 1 initializers"),
        (lambda: mx.init.Load({"a": mx.nd.ones(2)})("a", mx.nd.ones(3)), r"target \(3,\) vs loaded \(2,\)"),
        (lambda: mx.init.Load({})("a", mx.nd.ones(3)), "Cannot Initialize a. Not found in loaded param"),
        (lambda: mx.init.Load([mx.nd.ones(2)]), "expected values by name, got .*list"),
        (lambda: filled(mx.init.Xavier(), (3,)), "cannot be applied to vector a_weight"),
        (lambda: filled(mx.init.Xavier("cauchy"), (3, 2)), "Unknown random type 'cauchy'; expected 'uniform' or"),
        (
            lambda: filled(mx.init.Xavier(factor_type="all"), (3, 2)),
            "Incorrect factor type 'all'; expected 'avg', 'in'",
        ),
        (lambda: mx.init.Xavier(magnitude=-1), "magnitude is -1, expected 0 or more"),
        (lambda: filled(mx.init.Normal(-1), (3, 2)), "scale is -1.0; the scale of a normal distribution has to be"),
        (lambda: filled(mx.init.Orthogonal(rand_type="x"), (3, 2)), "rand_type is 'x'; expected 'uniform' or 'normal'"),
        (lambda: filled(mx.init.Bilinear(), (3, 2)), r"a_weight has shape \(3, 2\), expected the 4 axes"),
        (lambda: mx.init.FusedRNN(None, 2, 1, "lstn"), "mode is 'lstn', expected one of rnn_relu, rnn_tanh, lstm, gru"),
        (lambda: mx.init.Initializer()("a_weight", mx.nd.ones(2)), "Initializer must define _init_weight"),
        (lambda: mx.init.create("xavierr"), "xavierr is not registered"),
        (lambda: mx.init.create("[1"), "initializer '.1': expected"),
        (lambda: mx.init.Zero()(3, mx.nd.ones(2)), "called with a name .* got 3"),
    ],
)
def test_errors_say_what_is_expected(do, words: str) -> None:
    with pytest.raises(mx.MXNetError, match=words):
        do()
