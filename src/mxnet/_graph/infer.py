"""Shapes and dtypes of all entries of a graph, from those of some variables.

An operator whose inputs are all known is run on tensors without storage. Where some are not, its ``fill`` rule derives
what it can, and sizes are carried through it in both directions (infer_partial.py); what is learned in this way may be
what another operator needs, so nodes are visited until nothing changes.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar

import torch

from mxnet._base.errors import KERNEL_ERRORS, DTypeError, MXNetError, ShapeError, ValuesNeeded
from mxnet._ops import Bound, Shape
from mxnet._ops.types import Invalid, read_shape
from mxnet._runtime.array import Array
from mxnet._runtime.context import cpu
from mxnet._runtime.dtypes import FROM_FLAG, NAME
from mxnet._runtime.failures import explain
from mxnet._runtime.state import np_shape_active

from . import infer_partial, type_rules
from .control_flow import LoopNode
from .infer_loops import learn_shapes, learn_types
from .node import Entry, Node, output_names, topological
from .open_shapes import closed, is_known, is_open, open_shape
from .told import Results, results, told

_T = TypeVar("_T")
_MOST_BYTES = (1 << 63) - 1
_Asked: TypeAlias = tuple[Bound, tuple[Shape, ...], tuple[torch.dtype, ...]]
_FLAGS = {str(flag): dtype for flag, dtype in FROM_FLAG.items()}


class Inference:
    """Shapes and dtypes by entry, as far as they are known."""

    def __init__(self, outputs: Sequence[Entry]) -> None:
        self.order = topological(outputs)
        self.shapes: dict[tuple[int, int], Shape] = {}
        self.dtypes: dict[tuple[int, int], torch.dtype] = {}
        self.tried: dict[int, object] = {}
        """What was known about a node when it was last tried out."""
        self.made: set[tuple[int, int]] = set()
        """Shapes that came from running operators: none of their sizes is open, and a 0 really is a 0."""
        self.results: dict[_Asked, Results] = {}
        """The same by operator and inputs: the steps of an unrolled network ask for it hundreds of times."""

    def shape(self, entry: Entry) -> Shape | None:
        return self.shapes.get((id(entry[0]), entry[1]))

    def is_known(self, entry: Entry) -> bool:
        """Whether every size of the entry is known."""
        return (id(entry[0]), entry[1]) in self.made or is_known(self.shape(entry))

    def dtype(self, entry: Entry) -> torch.dtype | None:
        return self.dtypes.get((id(entry[0]), entry[1]))


class _Untyped(Inference):
    """Shapes alone: whatever operators make, all is taken to be float32."""

    def dtype(self, entry: Entry) -> torch.dtype | None:
        return torch.float32


def infer_types(outputs: Sequence[Entry], known: Mapping[str, torch.dtype]) -> Inference:
    """Dtypes: an operator's inputs share one unless its attributes say otherwise, and so does its output."""
    return _types(outputs, _by_node(outputs, known))


def _by_node(outputs: Sequence[Entry], known: Mapping[str, _T]) -> dict[Node, _T]:
    return {n: known[n.name] for n in topological(outputs) if n.op is None and n.name in known} if known else {}


def _types(outputs: Sequence[Entry], known: Mapping[Node, torch.dtype]) -> Inference:
    found = Inference(outputs)
    for node in found.order:
        if node.op is None:
            declared = node.attrs.get("__dtype__")
            if node in known:
                found.dtypes[id(node), 0] = known[node]
            elif declared in _FLAGS:
                found.dtypes[id(node), 0] = _FLAGS[declared]
    nodes = [n for n in found.order if n.op is not None]
    done: set[Node] = set()
    for last in (False, True):  # then also what an operator takes where nothing else tells
        before = -1
        for way in itertools.cycle((nodes, nodes[::-1])):  # from inputs to outputs and back
            if len(found.dtypes) == before:  # a pass that finds nothing leaves nothing to the next
                break
            before = len(found.dtypes)
            done.update([n for n in way if n not in done and _node_types(n, found, last)])
    return found


def _node_types(node: Node, found: Inference, last: bool) -> bool:
    """Derive dtypes of inputs and outputs of ``node`` from each other; whether nothing is left to find."""
    if isinstance(node, LoopNode):
        learn_types(node, found, _types)
        return False
    bound = node.bound
    dtypes, key = found.dtypes, id(node)
    inputs = [dtypes.get((id(child), i)) for child, i in node.inputs]
    outputs = [dtypes.get((key, i)) for i in range(bound.total)]
    try:
        wanted, made = _shared(bound, inputs, outputs, last)
    except type_rules.Conflict as error:
        names = [*[c.name for c, _ in node.inputs], *[output_names((node, i)) for i in range(bound.total)]]
        told = ", ".join(f"{n} is {NAME[d]}" for n, d in zip(names, [*inputs, *outputs], strict=True) if d is not None)
        raise DTypeError(f"Error in operator {node.name}: {bound.op.name}: {error}: {told}") from None
    done = True
    entries = [*[(id(child), i) for child, i in node.inputs], *[(key, i) for i in range(len(made))]]
    for entry, dtype in zip(entries, [*wanted, *made], strict=True):
        # of an input that comes twice with two dtypes, the next visit tells
        done &= dtype is not None and dtypes.setdefault(entry, dtype) is dtype
    return done


def _shared(
    bound: Bound, inputs: type_rules.Dtypes, outputs: type_rules.Dtypes, last: bool
) -> tuple[type_rules.Dtypes, type_rules.Dtypes]:
    if callable(bound.op.types):
        return bound.op.types(*inputs)  # type: ignore[no-any-return]
    return type_rules.share(bound, inputs, outputs, last)


_read_once = functools.lru_cache(maxsize=1024)(read_shape)


def declared_shape(node: Node) -> Shape | None:
    """The shape in a variable's own attributes, None if it says none."""
    text = node.attrs.get("__shape__")
    if text is None:
        return None
    try:
        if text.strip():
            return _read_once(text)  # Python 2 wrote (8L, 3L)
        raise Invalid
    except Invalid:
        raise ShapeError(f"variable {node.name!r}: __shape__ is {text[:80]!r}, expected a tuple of integers") from None


def infer_shapes(outputs: Sequence[Entry], known: Mapping[str, Shape], dtypes: Mapping[str, torch.dtype]) -> Inference:
    """Shapes and dtypes of every entry that can be derived.

    Args:
        outputs: the graph.
        known: shapes of variables by name; 0 for a size that is not known.
        dtypes: of variables by name; float32 where nothing says otherwise.

    Raises:
        ShapeError: shapes that contradict each other; names the node.
        DTypeError: so do dtypes.
    """
    return shapes_by_node(outputs, _by_node(outputs, known), _by_node(outputs, dtypes))


def shapes_alone(outputs: Sequence[Entry], known: Mapping[str, Shape]) -> Inference:
    """As :func:`infer_shapes` of dtypes that are not known: shapes are found for those that contradict each other too.

    All are then taken to be float32.
    """
    by_node = _by_node(outputs, known)
    try:
        return shapes_by_node(outputs, by_node, {})
    except DTypeError as error:
        try:
            return _shapes(_Untyped(outputs), by_node)
        except MXNetError:
            raise error from None


def shapes_by_node(
    outputs: Sequence[Entry], known: Mapping[Node, Shape], dtypes: Mapping[Node, torch.dtype]
) -> Inference:
    """As :func:`infer_shapes`, from shapes and dtypes by node; those of operators are of their first outputs."""
    return _shapes(_types(outputs, dtypes), known)


def _shapes(found: Inference, known: Mapping[Node, Shape]) -> Inference:
    for node in found.order:
        if node.op is None:
            shape = known.get(node)  # what is given counts more than what the variable says, if it says it all
            if not is_known(shape):
                declared = declared_shape(node)
                shape = declared if declared is not None else shape or None
            if shape is not None:
                found.shapes[id(node), 0] = shape
        elif shape := open_shape(node) or known.get(node):
            found.shapes[id(node), 0] = shape
    pending = [n for n in found.order if n.op is not None]
    while pending:
        left = [n for n in pending if not _node_shapes(n, found)]
        if len(left) == len(pending) and not _learn_all(left, found):
            break
        pending = left
    return found


def _merge(a: Shape | None, b: Shape | None, who: str) -> Shape | None:
    if a is None or b is None or a == b:
        return b if a is None else a
    if not np_shape_active() and (not a or not b):  # no axes stand for nothing known
        return a or b
    if len(a) != len(b) or any(not is_open(x) and not is_open(y) and x != y for x, y in zip(a, b, strict=True)):
        raise ShapeError(f"{who}: Shape inconsistent, Provided = {list(a)}, inferred shape={tuple(b)}")
    return tuple(y if is_open(x) else x for x, y in zip(a, b, strict=True))


def _learn_all(nodes: list[Node], found: Inference) -> bool:
    changed = False
    for node in reversed(nodes):  # from the outputs back; from the inputs on, shapes are found without this
        changed |= _fill(node, found)
        changed |= infer_partial.learn(node, found, _merge)
    return changed


def _fill(node: Node, found: Inference) -> bool:
    """Derive input shapes by the operator's own rule; whether anything new was learned."""
    if isinstance(node, LoopNode):
        return learn_shapes(node, found, shapes_by_node, _merge)
    bound = node.bound
    rule = bound.op.fill
    if rule is None:
        return False
    shapes = [found.shape(e) for e in node.inputs]
    padded = shapes + [None] * (len(bound.op.inputs) - len(shapes))
    usable = [s if s else None for s in padded]
    try:
        derived = rule(*usable, **bound.attrs)
    except MXNetError as error:
        raise type(error)(f"Error in operator {node.name}: {error}") from None
    except TypeError:  # what the rule needs is not known yet
        return False
    except (IndexError, ValueError):  # of another number of axes than the rule takes apart
        if not usable or usable[0] is None:
            return False
        given = ", ".join(f"{k}={v}" for k, v in bound.given.items())
        raise ShapeError(
            f"Error in operator {node.name}: {bound.op.name}: {bound.op.inputs[0]} has shape {usable[0]}, whose "
            f"{len(usable[0])} axes do not go with {given or 'what it computes'}"
        ) from None
    changed = False
    for slot, (entry, want) in enumerate(zip(node.inputs, derived, strict=False)):
        if want is None:
            continue
        have = shapes[slot]
        try:
            merged = _merge(have, tuple(want), f"Error in operator {node.name}")
        except ShapeError as error:
            name = bound.op.inputs[slot] if slot < len(bound.op.inputs) else f"input {slot}"
            raise ShapeError(f"{error} ({bound.op.name}, {name} is {entry[0].name!r})") from None
        if merged is not None and merged != have:
            found.shapes[id(entry[0]), entry[1]] = merged
            changed = True
    return changed


def _node_shapes(node: Node, found: Inference) -> bool:
    """Run ``node`` on tensors without storage if its inputs are known; whether it did."""
    if isinstance(node, LoopNode):
        _fill(node, found)
        return all(map(found.is_known, [*node.inputs, *[(node, i) for i in range(node.bound.total)]]))
    asked = _asked(node, found)
    if asked is None or asked not in found.results:
        _fill(node, found)  # else it has been asked about the same
        asked = _asked(node, found)
        if asked is None:
            return False
        if asked not in found.results:
            found.results[asked] = _run(node, asked)
    results = found.results[asked]
    if not results:
        return False
    for i, (shape, dtype) in enumerate(results):
        _merge(found.shapes.get((id(node), i)), shape, f"Error in operator {node.name}")  # what others have said of it
        found.made.add((id(node), i))
        found.shapes[id(node), i] = shape
        found.dtypes[id(node), i] = dtype
    return True


def _asked(node: Node, found: Inference) -> _Asked | None:
    """What runs, and the shapes and dtypes of its inputs; None while not all are known."""
    bound = node.bound
    if not node.inputs and open_shape(node) is not None:
        shape = found.shape((node, 0))
        if shape is None or not is_known(shape):
            return None
        bound = closed(node, shape)
    elif not all([found.is_known(entry) for entry in node.inputs]):
        return None
    return bound, tuple([found.shape(entry) for entry in node.inputs]), tuple(_input_types(node, found))  # type: ignore[misc]


def _run(node: Node, asked: _Asked) -> Results:
    """Shapes and dtypes of the outputs; none if they depend on values."""
    bound, shapes, dtypes = asked
    for entry, shape, dtype in zip(node.inputs, shapes, dtypes, strict=True):
        _check_size(node, entry, shape, dtype)
    said = told(bound, shapes, dtypes) if bound is node.bound else None  # else it may be cut to a size (open_shapes.py)
    if said is not None:
        return (said,)
    try:
        return results(bound, shapes, dtypes)
    except ValuesNeeded:
        return ()
    except KERNEL_ERRORS as error:
        raise _named(node, asked, error) from error


def _input_types(node: Node, found: Inference) -> list[torch.dtype]:
    """Dtypes of a node's inputs; any that nothing determines is as the others, for shapes do not depend on dtypes."""
    told: type_rules.Dtypes = [found.dtype(entry) for entry in node.inputs]
    if None in told and any(told):
        try:
            told = _shared(node.bound, told, [None] * node.bound.total, False)[0]
        except type_rules.Conflict:
            pass  # the operator says it better
    return [dtype or _assumed(entry, found) for dtype, entry in zip(told, node.inputs, strict=True)]


def _assumed(entry: Entry, found: Inference) -> torch.dtype:
    """The dtype of an entry; where nothing determines it, float32 or what automatic mixed precision casts that to.

    The shape of a weight may be derived from the operator that takes it before its cast has run.
    """
    dtype = found.dtype(entry)
    node, i = entry
    if dtype is None and node.op is not None and node.bound.op.name in ("amp_cast", "amp_multicast"):
        dtype = type_rules.share(
            node.bound, [_assumed(e, found) for e in node.inputs], [None] * node.bound.total, False
        )[1][i]
    return dtype or torch.float32


def _check_size(node: Node, entry: Entry, shape: Shape, dtype: torch.dtype) -> None:
    if math.prod(shape) * dtype.itemsize > _MOST_BYTES:
        raise ShapeError(
            f"Error in operator {node.name}: {node.bound.op.name}: {entry[0].name} has shape {shape}, which is more "
            f"than memory can have addresses; see the shapes and the attributes of {node.name}"
        )


def _named(node: Node, asked: _Asked, error: Exception) -> MXNetError:
    """The kernel's error with the node's name in front."""
    if isinstance(error, MXNetError):
        return type(error)(f"Error in operator {node.name}: {error}")
    bound, shapes, dtypes = asked
    metas = [torch.empty(s, dtype=d, device="meta") for s, d in zip(shapes, dtypes, strict=True)]
    better = explain(bound, [Array(m, cpu()) for m in metas], error)
    return type(better)(f"Error in operator {node.name}: {better}")
