"""Symbol files as earlier versions wrote them, by version: JSON to be loaded by 1.9.1 and here."""

from __future__ import annotations

import json
import pathlib

VERSIONS = {"0.8": None, "0.9.3": 903, "0.9.5": 905, "0.12": 1200, "1.5": 10500}
FILES = {}


def variable(name, **more):
    return {"op": "null", "name": name, "inputs": [], **more}


def operator(op, name, inputs, **more):
    return {"op": op, "name": name, "inputs": inputs, **more}


def file(name, nodes, versions=VERSIONS):
    for version in versions:
        arguments = [i for i, n in enumerate(nodes) if n["op"] == "null"]
        data = {"nodes": nodes, "arg_nodes": arguments, "heads": [[len(nodes) - 1, 0]]}
        if version != "0.8":  # which did not say what it was
            data["heads"][0].append(0)
            data["attrs"] = {"mxnet_version": ["int", VERSIONS[version]]}
        FILES[f"{version}: {name}"] = json.dumps(data)


_INPUTS = [variable("data"), variable("w"), variable("b")]
_ALL = [[0, 0, 0], [1, 0, 0], [2, 0, 0]]
_FC = {"num_hidden": "2"}

file("attributes under all names", [*_INPUTS, operator("FullyConnected", "fc", _ALL, param=_FC, attr={"lr_mult": "3"})])
file(
    "the later attributes win",
    [*_INPUTS, operator("FullyConnected", "fc", _ALL, attrs=_FC, attr={"num_hidden": "7"}, param={"num_hidden": "9"})],
)
file("inputs of two numbers", [*_INPUTS, operator("FullyConnected", "fc", [[0, 0], [1, 0], [2, 0]], param=_FC)])
file("backward_source_id", [*_INPUTS, operator("FullyConnected", "fc", _ALL, attr=_FC, backward_source_id=-1)])
for _key in ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage", "__mood__"):
    file(f"{_key} of an operator", [*_INPUTS, operator("FullyConnected", "fc", _ALL, attrs={**_FC, _key: "2"})])
    file(f"{_key} of a variable", [variable("x", attr={_key: "2"}), operator("tanh", "t", [[0, 0, 0]])])
for _key in ("weight_lr_mult", "bias_wd_mult", "data_ctx_group"):
    file(f"{_key} of an operator", [*_INPUTS, operator("FullyConnected", "fc", _ALL, attrs={**_FC, _key: "2"})])
    file(f"{_key} of a variable", [variable("x", attr={_key: "2"}), operator("tanh", "t", [[0, 0, 0]])])
file("lr_mult for no input", [*_INPUTS, operator("FullyConnected", "fc", _ALL, attrs={**_FC, "mood_lr_mult": "2"})])
file("an attribute that there is not", [*_INPUTS, operator("FullyConnected", "fc", _ALL, attrs={**_FC, "mood": "2"})])
file("any attribute of a variable", [variable("x", attrs={"mood": "calm"}), operator("tanh", "t", [[0, 0, 0]])])
file("axis -1 of argmax", [variable("x"), operator("argmax", "m", [[0, 0, 0]], attrs={"axis": "-1", "keepdims": "1"})])
file("axis -1 of argmin", [variable("x"), operator("argmin", "m", [[0, 0, 0]], attrs={"axis": "-1"})])
file("axis -1 of max", [variable("x"), operator("max", "m", [[0, 0, 0]], attrs={"axis": "-1"})])
file("axis 1 of argmax", [variable("x"), operator("argmax", "m", [[0, 0, 0]], attrs={"axis": "1"})])
file("inputs made up", [variable("x"), operator("FullyConnected", "fc", [[0, 0]], param=_FC)], ["0.8"])
file("no bias", [variable("x"), variable("w"), operator("FullyConnected", "fc", [[0, 0], [1, 0]],
     param={**_FC, "no_bias": "True"})])  # fmt: skip
file("a slope made up", [variable("x"), operator("LeakyReLU", "l", [[0, 0]], param={"act_type": "prelu"})], ["0.8"])
file(
    "statistics made up",
    [*_INPUTS, operator("BatchNorm", "bn", [[0, 0], [1, 0], [2, 0]], param={"eps": "0.1", "__mood__": "calm"}),
     operator("Activation", "act", [[3, 0]], param={"act_type": "relu"})],
    ["0.8"],
)  # fmt: skip
_STATES = [*_INPUTS, variable("m"), variable("v", attrs={"__init__": '["zero", {}]'})]
file("states that are there", [*_STATES, operator("BatchNorm", "bn", [*_ALL, [3, 0, 1], [4, 0, 1]])])
file("a slope that is there", [variable("x"), variable("g"), operator("LeakyReLU", "l", [[0, 0, 0], [1, 0, 0]],
     attrs={"act_type": "prelu"})])  # fmt: skip
file("names of today's aliases", [variable("x"), variable("y"), operator("_Plus", "p", [[0, 0, 0], [1, 0, 0]]),
     operator("flatten", "f", [[2, 0, 0]])])  # fmt: skip
file("one name twice", [variable("x"), variable("x"), operator("_Plus", "x", [[0, 0, 0], [1, 0, 0]])])
file("nodes that nobody needs", [variable("x"), variable("y"), operator("tanh", "t", [[0, 0, 0]])])
FILES["0.8: the LeNet of 2015"] = (
    pathlib.Path(__file__).resolve().parents[1] / "data" / "lenet-2015" / "mnist-lenet-0-symbol.json"
).read_text()
