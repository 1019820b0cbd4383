"""``mx.viz``: tables and pictures of networks."""

from __future__ import annotations

import pathlib
import re
import shutil

import pytest

import mxnet as mx


def network() -> mx.sym.Symbol:
    data = mx.sym.var("data")
    x = mx.sym.Convolution(data, name="conv", num_filter=8, kernel=(3, 3), stride=(2, 2))
    x = mx.sym.BatchNorm(x, name="bn")
    x = mx.sym.Activation(x, name="relu", act_type="relu")
    x = mx.sym.Pooling(x, name="pool", kernel=(2, 2), stride=(2, 2), pool_type="max")
    x = mx.sym.FullyConnected(mx.sym.Flatten(x, name="flat"), name="fc1", num_hidden=10)
    y = mx.sym.FullyConnected(x, name="fc2", num_hidden=10, no_bias=True)
    return mx.sym.SoftmaxOutput(mx.sym.elemwise_add(x, y, name="sum"), name="softmax")


SHAPE = {"data": (1, 3, 28, 28)}
# What 1.9.1 prints; rules between rows and blanks at ends left out.
SUMMARY = """\
Layer (type)              Output Shape      Param #  Previous Layer
data(null)                3x28x28           0
conv(Convolution)         8x13x13           224      data
bn(BatchNorm)             8x13x13           16       conv
relu(Activation)          8x13x13           0        bn
pool(Pooling)             8x6x6             0        relu
flat(Flatten)             288               0        pool
fc1(FullyConnected)       10                2890     flat
fc2(FullyConnected)       10                100      fc1
sum(elemwise_add)         10                0        fc1
                                                     fc2
softmax(SoftmaxOutput)    10                0        sum
Total params: 3230
"""


def printed(capsys: pytest.CaptureFixture[str], *args: object, **options: object) -> list[str]:
    mx.viz.print_summary(*args, **options)
    return capsys.readouterr().out.splitlines()


def test_a_summary_is_the_one_of_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, network(), SHAPE, line_length=80, positions=[0.33, 0.55, 0.67, 1.0])
    assert [x.rstrip() for x in lines if set(x) - set("_=")] == SUMMARY.splitlines()
    assert {len(x) for x in lines if not x.startswith("Total")} == {80}
    assert [i for i, x in enumerate(lines) if set(x) == {"="}] == [2, len(lines) - 3]


def test_columns_may_be_given_in_characters_and_cut_what_is_longer(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, network(), SHAPE, line_length=40, positions=[10, 20, 30, 40])
    assert "conv(Convo8x13x13   224       data      " in lines


def test_without_shapes_only_what_is_known_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, network())
    assert lines[-2] == "Total params: 18"  # the biases of the convolution and of fc1, as in 1.9.1


def test_every_parameter_is_counted_once_whatever_its_layer(capsys: pytest.CaptureFixture[str]) -> None:
    weight = mx.sym.var("w")
    x = mx.sym.FullyConnected(mx.sym.var("data"), weight=weight, no_bias=True, num_hidden=3, name="a")
    x = mx.sym.FullyConnected(x, weight=weight, no_bias=True, num_hidden=3, name="b")
    x = mx.sym.LeakyReLU(mx.sym.LayerNorm(x, name="ln"), act_type="prelu", name="prelu")
    lines = printed(capsys, x, {"data": (2, 3)})
    counts = {r[0]: r[2] for r in (re.split(r"\s{2,}", x) for x in lines) if len(r) > 3}
    assert counts["a(FullyConnected)"] == "9" and counts["b(FullyConnected)"] == "0"
    assert counts["ln(LayerNorm)"] == "6" and counts["prelu(LeakyReLU)"] == "3"
    assert lines[-2] == "Total params: 18"


@pytest.mark.filterwarnings("ignore:Cannot decide shape")
@pytest.mark.parametrize(
    ("call", "kind", "told"),
    [
        (lambda: mx.viz.print_summary(3), TypeError, "got int"),
        (lambda: mx.viz.print_summary(network(), {}), ValueError, "Input shape is incomplete"),
        (lambda: mx.viz.print_summary(network(), positions=[0.5, 1]), ValueError, "expected four"),
        (lambda: mx.viz.print_summary(network(), {"foo": (1,)}), mx.MXNetError, "foo"),
        (lambda: mx.viz.plot_network("net"), TypeError, "got str"),
        (lambda: mx.viz.plot_network(network(), node_attrs=3), TypeError, "node_attrs is 3"),
        (lambda: mx.viz.plot_network(network(), dtype="float32"), TypeError, "dtype is 'float32'"),
        (lambda: mx.viz.plot_network(network(), shape={}), ValueError, "Input shape is incomplete"),
    ],
)
def test_what_can_not_be_shown_is_refused(call: object, kind: type[Exception], told: str) -> None:
    with pytest.raises(kind, match=told):
        call()  # type: ignore[operator]


# -- pictures ---------------------------------------------------------------------------------------------------------


def drawn(*args: object, **options: object) -> tuple[dict[str, dict[str, str]], dict[tuple[str, str], str]]:
    """Nodes with their attributes, and arrows with their labels."""
    pytest.importorskip("graphviz")
    source = mx.viz.plot_network(*args, **options).source
    nodes, edges = {}, {}
    for name, head, inside in re.findall(r"^\s*(\S+)(?: -> (\S+))? \[([^\]]*)\]", source, flags=re.M):
        attrs = {k: v.strip('"') for k, v in re.findall(r'(\w+)=("[^"]*"|\S+)', inside)}
        if head:
            edges[name, head] = attrs["label"]
        else:
            nodes[name] = attrs
    return nodes, edges


def test_a_picture_has_the_labels_and_colours_of_the_reference() -> None:
    nodes, edges = drawn(network())
    assert {n: (a["label"].replace("\n", "\\n"), a["fillcolor"], a["shape"]) for n, a in nodes.items()} == {
        "data": ("data", "#8dd3c7", "oval"),
        "conv": (r"Convolution\n3x3/2x2, 8", "#fb8072", "box"),
        "bn": ("bn", "#bebada", "box"),
        "relu": (r"Activation\nrelu", "#ffffb3", "box"),
        "pool": (r"Pooling\nmax, 2x2/2x2", "#80b1d3", "box"),
        "flat": ("flat", "#fdb462", "box"),
        "fc1": (r"FullyConnected\n10", "#fb8072", "box"),
        "fc2": (r"FullyConnected\n10", "#fb8072", "box"),
        "sum": ("sum", "#fccde5", "box"),
        "softmax_label": ("softmax_label", "#8dd3c7", "oval"),
        "softmax": ("softmax", "#fccde5", "box"),
    }
    assert set(edges.values()) == {""} and ("sum", "fc2") in edges and ("conv", "conv_weight") not in edges


def test_statistics_of_layers_are_hidden_with_the_weights() -> None:
    layer = mx.gluon.nn.BatchNorm(prefix="bn_")
    assert set(drawn(layer(mx.sym.var("data")))[0]) == {"data", "bn_fwd"}


def test_arrows_tell_shapes_and_dtypes() -> None:
    _, edges = drawn(network(), shape=SHAPE, dtype={"data": "float64"})
    assert edges["conv", "data"] == "3x28x28(float64)" and edges["sum", "fc1"] == "10(float64)"
    _, edges = drawn(network(), dtype={"data": "float64"})
    assert edges["conv", "data"] == "(float64)"


def test_arrows_from_one_of_several_outputs_tell_its_own_shape() -> None:
    parts = mx.sym.split_v2(mx.sym.var("data"), (1,), axis=1)
    _, edges = drawn(mx.sym.sin(parts[1], name="s"), shape={"data": (2, 4)})
    assert list(edges.values()) == ["4", "3"]


def test_weights_are_drawn_if_wanted_and_attributes_of_nodes_replaced() -> None:
    nodes, edges = drawn(network(), hide_weights=False, node_attrs={"shape": "hexagon", "fixedsize": "false"})
    assert ("conv", "conv_weight") in edges and ("bn", "bn_moving_var") in edges
    assert nodes["fc1"]["shape"] == "hexagon" and nodes["fc1"]["fixedsize"] == "false"
    assert nodes["data"]["shape"] == "oval"


def test_defaults_of_operators_are_told_too() -> None:
    nodes, _ = drawn(mx.sym.Pooling(mx.sym.LeakyReLU(mx.sym.var("x"), name="l"), global_pool=True, name="p"))
    assert nodes["l"]["label"] == "LeakyReLU\nleaky" and nodes["p"]["label"] == "Pooling\nmax, global/1"


def test_repeated_names_are_warned_of() -> None:
    pytest.importorskip("graphviz")
    x = mx.sym.FullyConnected(mx.sym.var("data"), name="fc", num_hidden=3)
    with pytest.warns(RuntimeWarning, match="multiple variables with the same name.*fc"):
        mx.viz.plot_network(mx.sym.FullyConnected(mx.sym.sin(x), name="fc", num_hidden=3))


def test_title_and_format_are_those_of_the_file(tmp_path: pathlib.Path) -> None:
    graphviz = pytest.importorskip("graphviz")
    picture = mx.viz.plot_network(network(), title="net", save_format="svg", shape=SHAPE)
    assert (picture.name, picture.format) == ("net", "svg")
    if shutil.which("dot") is None:
        with pytest.raises(graphviz.ExecutableNotFound, match="make sure the Graphviz executables are on your systems"):
            picture.render(directory=tmp_path)
    else:
        assert "8x13x13" in pathlib.Path(picture.render(directory=tmp_path)).read_text()


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "graphviz", None)
    monkeypatch.setattr(mx.viz._graphviz, "_module", None)
    with pytest.raises(ImportError, match=r"mxnet-next\[viz\]"):
        mx.viz.plot_network(network())
