"""Parameters and structure of blocks in files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mxnet import ndarray, symbol
from mxnet._base.errors import FormatError
from mxnet._base.files import atomic_write, checkpoint_path

from ._errors import RejectedError
from ._loading import check_fit
from ._parameter_dict import bare_name, load_arrays
from .utils import _brief_print_list

if TYPE_CHECKING:
    from ._block import Block
    from ._hybrid import HybridBlock


def save_parameters(block: Block, filename: str, deduplicate: bool) -> None:
    """Write the parameters of ``block`` by their place in the model."""
    params = block._collect_params_with_prefix()
    if deduplicate:
        # of several places of a shared parameter the first one orders and the last one names it, as in 1.9.1
        params = {name: p for p, name in {p: name for name, p in params.items()}.items()}
    ndarray.save(filename, {name: p._reduce() for name, p in params.items()})


def load_parameters(
    block: Block,
    filename: str,
    ctx: Any,
    allow_missing: bool,
    ignore_extra: bool,
    cast_dtype: bool,
    dtype_source: str,
) -> None:
    """Read parameters into ``block``, by place or, from older files, by name."""
    arrays = load_arrays(filename)
    params = block._collect_params_with_prefix()
    if not arrays and not params:
        return
    # where the model is a single layer, names without a dot are places too
    if any("." in name or name in params for name in arrays):
        _load_by_place(block, arrays, filename, ctx, allow_missing, ignore_extra, cast_dtype, dtype_source)
        return
    named = block.collect_params()
    # names with the prefix, as collect_params().save() and export write them, or without it, as save_params does
    prefix = "" if any(bare_name(name) in named for name in arrays) else block.prefix
    named.load_dict(arrays, ctx, allow_missing, ignore_extra, prefix, filename, cast_dtype, dtype_source)


def _load_by_place(
    block: Block,
    arrays: dict[str, Any],
    filename: str,
    ctx: Any,
    allow_missing: bool,
    ignore_extra: bool,
    cast_dtype: bool,
    dtype_source: str,
) -> None:
    params = block._collect_params_with_prefix()
    if not allow_missing:
        shared: dict[int, list[str]] = {}
        for name, param in params.items():
            shared.setdefault(id(param), []).append(name)
        for name, param in params.items():
            if not any(n in arrays for n in shared[id(param)]):
                raise RejectedError(
                    f"Parameter '{name}' is missing in file '{filename}', which contains parameters: "
                    f"{_brief_print_list(list(arrays))}. Set allow_missing=True to ignore missing parameters."
                )
    extra = [name for name in arrays if name not in params]
    if extra and not ignore_extra:
        raise RejectedError(
            f"Parameter '{extra[0]}' loaded from file '{filename}' is not present in ParameterDict, which contains "
            f"parameters {_brief_print_list(list(params))}. Set ignore_extra=True to ignore. "
        )
    taken = [name for name in arrays if name in params]
    for name in taken:
        check_fit(params[name], arrays[name], ctx, cast_dtype, dtype_source)
    for name in taken:
        params[name]._load_init(arrays[name], ctx, cast_dtype, dtype_source)


def export_graph(block: HybridBlock, path: str, epoch: int, remove_amp_cast: bool) -> None:
    """Write the traced graph of ``block`` and the parameters in it, where other front ends look for them."""
    graph = block._cached_graph[1]
    params_file = checkpoint_path(path, epoch, "params")  # first, so that nothing is written if it fails
    graph.save(f"{path}-symbol.json", remove_amp_cast=remove_amp_cast)
    params, states = block.collect_params(), set(graph.list_auxiliary_states())
    arrays = {
        f"{'aux' if name in states else 'arg'}:{name}": params[name]._reduce()
        for name in graph.list_inputs()
        if name in params
    }
    ndarray.save(params_file, arrays)


# -- structure ------------------------------------------------------------------------------------------------------


def save_model(block: Block, prefix: str) -> None:
    """Write ``prefix-model.json`` and ``prefix-model.params``."""
    entry, _ = _describe(block, 0)
    text = json.dumps(entry)
    with atomic_write(f"{prefix}-model.json") as file:
        file.write(text.encode())
    save_parameters(block, f"{prefix}-model.params", False)


def _key(block: Block, number: int) -> str:
    """The name of a block in the file: that of its class and a number that counts all blocks."""
    return f"{type(block).__name__.lower()}{number}"


def _describe(block: Block, number: int) -> tuple[dict[str, Any], int]:
    """The entry of ``block`` and its children, and the next free number."""
    fields: dict[str, Any] = {"orig_name": block.name}
    if hasattr(block, "_active"):
        if block._cached_graph:
            inputs, outputs = block._cached_graph
            fields["in_format"] = block._in_format
            fields["out_format"] = block._out_format
            fields["inputs"] = [None if i is None else i.tojson() for i in inputs]
            fields["symbol"] = outputs.tojson(remove_amp_cast=False)
        fields["hybridized"] = block._active
    fields["children"] = {child.name: key for key, child in block._children.items()}
    here = _key(block, number)
    number += 1
    for child in block._children.values():
        entry, number = _describe(child, number)
        fields.update(entry)
    return {here: fields}, number


def load_model(block: Block, prefix: str) -> None:
    """Read ``prefix-model.json`` and ``prefix-model.params`` into ``block``."""
    filename = f"{prefix}-model.json"
    with open(filename, encoding="utf-8") as file:
        try:
            structure = json.load(file)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"{filename}: not the structure of a model: {error}") from None
    if not isinstance(structure, dict) or not structure:
        raise FormatError(f"{filename}: not the structure of a model: expected an object with one entry")
    found = _Matched(filename)
    found.match(block, next(iter(structure.values())), "", "")
    arrays = load_arrays(f"{prefix}-model.params")
    arrays = {found.places.get(place, place): array for place, array in arrays.items()}
    _load_by_place(block, arrays, f"{prefix}-model.params", None, False, False, False, "current")
    for hybrid, fields in found.graphs:
        inputs = [None if text is None else symbol.load_json(text) for text in fields["inputs"]]
        outputs = _renamed(symbol.load_json(fields["symbol"]), found.names)
        hybrid._adopt_graph(inputs, outputs, fields["in_format"], fields["out_format"], bool(fields["hybridized"]))


class _Matched:
    """Walks through a model and a structure file together, to find what parameters were called and where they were."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.names: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self.graphs: list[tuple[Any, dict[str, Any]]] = []

    def match(self, block: Block, fields: Any, old: str, new: str) -> None:
        """Match ``block``, whose place is ``new`` and in the file was ``old``, and its children."""
        if not isinstance(fields, dict) or not isinstance(fields.get("orig_name"), str):
            raise FormatError(f"{self.filename}: the entry for {block.name!r} has no orig_name, expected text")
        # the children's entries are those keys that end in a number; their order is that of the children
        entries = [v for k, v in fields.items() if isinstance(v, dict) and re.search(r"\d$", k)]
        if len(entries) != len(block._children):
            raise RejectedError(
                f"{self.filename}: {fields['orig_name']!r} has {len(entries)} children, {block.name!r} of the model "
                f"has {len(block._children)}; load() needs a model of the same structure"
            )
        before = fields["orig_name"] + "_" if fields["orig_name"] else ""
        for name in block.params.keys():
            self.names[before + name.removeprefix(block.params.prefix)] = name
        for name in block._reg_params:
            self.places[old + name] = new + name
        if "symbol" in fields and hasattr(block, "_adopt_graph"):
            self.graphs.append((block, fields))
        listed = fields.get("children")
        keys = list(listed.values()) if isinstance(listed, dict) else []
        if len(keys) != len(entries):  # children of one name hide each other there
            keys = list(block._children)
        for was, (key, child), entry in zip(keys, block._children.items(), entries, strict=True):
            self.match(child, entry, f"{old}{was}.", f"{new}{key}.")


def _renamed(graph: Any, names: dict[str, str]) -> Any:
    """``graph`` with the parameters called as in this model."""
    for node in graph._topological():
        if node.op is None:
            node.name = names.get(node.name, node.name)
    return graph
