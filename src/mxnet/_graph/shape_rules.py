"""What the shapes of an operator's inputs and outputs say about each other, where axes have a meaning.

Most rules are patterns (shape_patterns.py), for some operators made from their attributes. What a pattern cannot say
(sums of sizes, broadcasting) is a function. All work in both directions, with sizes and ranks that are not known.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

from mxnet._ops import Bound, Op, Shape

from .open_shapes import is_known, is_open, open_mark
from .shape_patterns import Proposal, Shapes, solve

Attrs: TypeAlias = dict[str, Any]

ONE_SHAPE = "*s -> *s"
LIKE_FIRST = "*s, ... -> *s"
_ELEMENTWISE = ("mxnet._kernels.elemwise", "mxnet._kernels.broadcast")
"""In kernels of these modules inputs and outputs share one shape, unless the name says that they broadcast."""


def propose(bound: Bound, inputs: Shapes, outputs: Shapes) -> Proposal | None:
    """The shapes that follow from known ones, with open sizes and None for what does not follow; None without a rule.

    Raises:
        ShapeError: they contradict each other; says which input or output does.
    """
    rule = _rule(bound.op)
    if rule is None:
        return None
    if not isinstance(rule, str):
        found = rule(bound.attrs, inputs, outputs)
        if not isinstance(found, str):
            return found
        rule = found
    return solve(rule, inputs, outputs)


def _rule(op: Op) -> str | Callable[[Attrs, Shapes, Shapes], str | Proposal | None] | None:
    rule = _RULES.get(op.name)
    if rule is None and op.fn.__module__ in _ELEMENTWISE:
        return _broadcast if op.name.startswith("broadcast_") else ONE_SHAPE
    return rule


# -- patterns that attributes make ----------------------------------------------------------------------------------


def _axes(count: int, letter: str = "a") -> str:
    return " ".join(f"{letter}{i}" for i in range(count))


def _sizes(attrs: Attrs) -> str:
    return " ".join(map(str, attrs["shape"] or ()))


def _around(axis: int) -> tuple[str, str]:
    """Patterns for the axes before and after ``axis``."""
    return (_axes(axis), "*z") if axis >= 0 else ("*z", _axes(-axis - 1))


def _transpose(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str | None:
    rank = next((len(s) for s in (inputs[0], outputs[0]) if s), 0)
    order = attrs["axes"] or tuple(reversed(range(rank)))
    if not order:
        return None
    rank = len(order)
    return f"{_axes(rank)} -> {' '.join(f'a{i % rank}' for i in order)}"


def _swap(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str | None:
    rank = next((len(s) for s in (inputs[0], outputs[0]) if s), 0)
    order = [f"a{i}" for i in range(rank)]
    first, second = attrs["dim1"], attrs["dim2"]
    if not all(-rank <= d < rank for d in (first, second)):
        return None
    order[first], order[second] = order[second], order[first]
    return f"{_axes(rank)} -> {' '.join(order)}"


def _expand(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str:
    before, after = _around(attrs["axis"])
    return f"{before} {after} -> {before} 1 {after}"


def _stack(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str:
    before, after = _around(attrs["axis"])
    return f"{before} {after} -> {before} {len(inputs)} {after}"


def _pick(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str | None:
    if attrs["axis"] is None or (inputs[1] and not inputs[0]):  # an index may or may not have the axis
        return None
    before, after = _around(attrs["axis"])
    kept = f"{before} 1 {after}"
    index = kept if inputs[0] and inputs[1] and len(inputs[0]) == len(inputs[1]) else f"{before} {after}"
    return f"{before} n {after}, {index} -> {kept if attrs['keepdims'] else f'{before} {after}'}"


def _slice_axis(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str | None:
    """As in 1.9.1, nothing follows for the axis that is cut before its size is known."""
    data = inputs[0]
    if not data or not -len(data) <= attrs["axis"] < len(data):
        return None
    before, after = _around(attrs["axis"])
    size = data[attrs["axis"]]
    kept = "m" if is_open(size) else len(range(size)[attrs["begin"] : attrs["end"]])
    return f"{before} n {after} -> {before} {kept} {after}"


def _sequence(last: bool) -> Callable[[Attrs, Shapes, Shapes], str]:
    def rule(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str:
        data = "t n *r" if attrs["axis"] == 0 else "n t *r"
        return f"{data}, n -> {'n *r' if last else data}"

    return rule


def _sample(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str:
    return f"*s -> *s {_sizes(attrs)}"


def _fully_connected(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str | None:
    if not inputs[0]:
        return None
    h = attrs["num_hidden"]
    return f"n *r, {h} k, {h} -> n {h}" if attrs["flatten"] else f"*b k, {h} k, {h} -> *b {h}"


def _batch_dot(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str | None:
    """As in 1.9.1, nothing follows before the axis that is summed over is known on both sides."""
    if not inputs[0] or not inputs[1] or len(inputs[0]) < 2 or len(inputs[1]) < 2:
        return None
    first = ("k m", -2) if attrs["transpose_a"] else ("m k", -1)
    second = ("n k", -1) if attrs["transpose_b"] else ("k n", -2)
    if is_open(inputs[0][first[1]]) or is_open(inputs[1][second[1]]):
        return None
    return f"*b {first[0]}, *b {second[0]} -> *b m n"


def _triangular(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str:
    side = "n" if attrs["rightside"] else "m"
    return f"*b {side} {side}, *b m n -> *b m n"


def _where(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str | None:
    """As in 1.9.1, nothing follows before the condition, which may be a column, is known."""
    return "..., *s, *s -> *s" if is_known(inputs[0]) else None


def _histogram(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str | None:
    count = attrs["bin_cnt"]
    return None if count is None else f"... -> {count}, {count + 1}"


# -- functions ------------------------------------------------------------------------------------------------------


def _broadcast(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> Proposal | None:
    first, second = inputs
    if not first or not second:
        return None
    rank = max(len(first), len(second))
    a, b = ((1,) * (rank - len(s)) + tuple(s) for s in (first, second))
    out = tuple(x if y == 1 or not (is_open(x) or x == 1) else y for x, y in zip(a, b, strict=True))
    told = outputs[0]
    if told is None or len(told) != rank:
        return [None, None], [out]
    whole = tuple(x if is_open(y) else y for x, y in zip(told, out, strict=True))
    back_a, back_b = _broadcast_back(a, b, whole), _broadcast_back(b, a, whole)
    return [back_a[rank - len(first) :], back_b[rank - len(second) :]], [out]


def _broadcast_back(shape: Shape, other: Shape, out: Shape) -> Shape:
    """Open sizes of one side, taken from the result where the other side has size one or the result does."""
    return tuple(o if is_open(d) and (e == 1 or o == 1) else d for d, e, o in zip(shape, other, out, strict=True))


def _concat(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> Proposal | None:
    known = [s for s in (*inputs, *outputs) if s]
    if not known or not -len(known[0]) <= attrs["dim"] < len(known[0]):
        return None
    rank = len(known[0])
    axis = attrs["dim"] % rank
    sizes = [next((s[i] for s in known if len(s) == rank and not is_open(s[i])), open_mark()) for i in range(rank)]

    def joined(along: int) -> Shape:
        return (*sizes[:axis], along, *sizes[axis + 1 :])

    lengths = [s[axis] if s and len(s) == rank else open_mark() for s in inputs]
    total = outputs[0][axis] if outputs[0] and len(outputs[0]) == rank else open_mark()
    unknown = [i for i, n in enumerate(lengths) if is_open(n)]
    if not unknown:
        total = sum(lengths)
    elif len(unknown) == 1 and not is_open(total):
        lengths[unknown[0]] = total - sum(n for n in lengths if not is_open(n))
    return [joined(n) for n in lengths], [joined(total)]


def _quantized_concat(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> Proposal | None:
    """As :func:`_concat`, with two ends of a range for each input and for the output."""
    count = attrs["num_args"]
    made = _concat(attrs, inputs[:count], outputs[:1])
    arrays, joined = made if made is not None else ([None] * count, [None])
    return [*arrays, *[(1,)] * (len(inputs) - count)], [*joined, (1,), (1,)]


def _quantized_product(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> str:
    return "*s, *s, 1 -> *s" if attrs["enable_float_output"] else "*s, *s, 1 -> *s, 1, 1"


def _param_concat(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> Proposal | None:
    """As :func:`_concat`; if two pieces are open, the input weights of both directions, they are alike."""
    lengths = [s[0] if s else open_mark() for s in inputs]
    unknown = [i for i, n in enumerate(lengths) if is_open(n)]
    total = outputs[0][0] if outputs[0] else open_mark()
    if len(unknown) != 2 or is_open(total):
        return _concat(attrs, inputs, outputs)
    each = (total - sum(n for n in lengths if not is_open(n))) // 2
    return [(each if i in unknown else n,) for i, n in enumerate(lengths)], [(total,)]


def _same_number(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> Proposal:
    """Data and output have the same number of elements: a single open size on either side follows from all others."""
    data, out = inputs[0], outputs[0]
    target = attrs.get("shape") or ()
    if out is None and target and all(d > 0 for d in target):
        out = tuple(target)
    return [_filled(data, out), *[None] * (len(inputs) - 1)], [_filled(out, data)]


def _filled(shape: Shape | None, whole: Shape | None) -> Shape | None:
    if not shape or not is_known(whole):
        return shape
    places = [i for i, d in enumerate(shape) if is_open(d)]
    rest = math.prod(d for d in shape if not is_open(d))
    if len(places) != 1 or rest == 0 or math.prod(whole) % rest:  # type: ignore[arg-type]
        return shape
    return tuple(math.prod(whole) // rest if i == places[0] else d for i, d in enumerate(shape))  # type: ignore[arg-type]


def _by_weight(arrays: int) -> Callable[[Attrs, Shapes, Shapes], Proposal]:
    """So many ``arrays`` in a row, and an output, are of the shape of one weight; settings may follow them all."""

    def rule(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> Proposal:
        made = []
        for i, out in enumerate(outputs):
            own = [*inputs[i * arrays : (i + 1) * arrays], out]
            made.append(next((s for s in own if is_known(s)), next((s for s in own if s), None)))
        rest = len(inputs) - arrays * len(outputs)
        return [s for s in made for _ in range(arrays)] + [None] * rest, made

    return rule


def _pairs(attrs: Attrs, inputs: Shapes, outputs: Shapes) -> Proposal:
    return list(outputs), list(inputs)


_LIKE_FIRST = """Activation BatchNorm BatchNorm_v1 BlockGrad Dropout GroupNorm IdentityAttachKLSparseReg InstanceNorm
L2Normalization LRN LayerNorm LeakyReLU LinearRegressionOutput LogisticRegressionOutput MAERegressionOutput MakeLoss
SVMOutput SoftmaxActivation SoftmaxOutput _contrib_BatchNormWithReLU _contrib_SyncBatchNorm _contrib_gradientmultiplier
_contrib_quadratic _contrib_round_ste _contrib_sign_ste _np_cumsum _shuffle _slice_assign _slice_assign_scalar
_contrib_index_copy _linalg_potrf _linalg_potri _random_exponential_like _random_gamma_like
_random_generalized_negative_binomial_like _random_negative_binomial_like _random_normal_like _random_poisson_like
_random_uniform_like _sparse_retain cast_storage log_softmax make_loss reverse smooth_l1 softmax softmin"""
_ONE_SHAPE = "_identity_with_attr_like_rhs _scatter_elemwise_div _scatter_minus_scalar _scatter_plus_scalar multi_lars"
_SAMPLES = """_sample_exponential _sample_gamma _sample_generalized_negative_binomial _sample_negative_binomial
_sample_normal _sample_poisson _sample_uniform"""
_ONE_NUMBER = "all_finite multi_all_finite size_array"
_QUANTIZED = "_contrib_quantize _contrib_requantize _contrib_quantized_act"
_UPDATES = {
    2: "multi_sgd_update preloaded_multi_sgd_update",
    3: "multi_mp_sgd_update multi_sgd_mom_update preloaded_multi_mp_sgd_update preloaded_multi_sgd_mom_update",
    4: "_multi_adamw_update _multi_lamb_update multi_mp_sgd_mom_update preloaded_multi_mp_sgd_mom_update",
    5: "_multi_mp_adamw_update _multi_mp_lamb_update",
}
"""By how many arrays belong to each weight."""

_RULES: dict[str, str | Callable[[Attrs, Shapes, Shapes], str | Proposal | None]] = {
    **dict.fromkeys(_LIKE_FIRST.split(), LIKE_FIRST),
    **dict.fromkeys(_ONE_SHAPE.split(), ONE_SHAPE),
    **dict.fromkeys(_SAMPLES.split(), _sample),
    **dict.fromkeys(_ONE_NUMBER.split(), "... -> 1"),
    **dict.fromkeys(["_linalg_trmm", "_linalg_trsm"], _triangular),
    **dict.fromkeys(_QUANTIZED.split(), "*s, 1 -> *s, 1, 1"),
    **dict.fromkeys(["_contrib_quantize_v2", "_contrib_quantize_asym"], "*s -> *s, 1, 1"),
    "Concat": _concat,
    "_rnn_param_concat": _param_concat,
    **dict.fromkeys(["Reshape", "Flatten", "reshape_like"], _same_number),
    "Embedding": lambda a, i, o: f"*s, {a['input_dim']} {a['output_dim']} -> *s {a['output_dim']}",
    "FullyConnected": _fully_connected,
    "SequenceLast": _sequence(last=True),
    "SequenceMask": _sequence(last=False),
    "SequenceReverse": _sequence(last=False),
    "SwapAxis": _swap,
    "_contrib_box_encode": "b n, b n, b n 4, b m 4, 4 -> b n 4, b n 4",
    "_contrib_calibrate_entropy": "... -> 1, 1",
    "_contrib_dequantize": "*s, 1 -> *s",
    "_contrib_quantized_concat": _quantized_concat,
    "_contrib_quantized_elemwise_add": "*s, *s, 1 -> *s, 1, 1",
    "_contrib_quantized_elemwise_mul": _quantized_product,
    "_contrib_quantized_flatten": "n *s, 1 -> n m, 1, 1",
    "_contrib_quantized_pooling": "..., 1 -> ..., 1, 1",
    "_histogram": _histogram,
    "_linalg_gemm": "..., ..., *s -> *s",
    "_ravel_multi_index": lambda a, i, o: f"{len(a['shape'])} *s -> *s",
    "_scatter_set_nd": lambda a, i, o: f"{_sizes(a)}, ... -> {_sizes(a)}",
    "_unravel_index": lambda a, i, o: f"*s -> {len(a['shape'])} *s",
    **{name: _by_weight(arrays) for arrays, names in _UPDATES.items() for name in names.split()},
    "amp_multicast": _pairs,
    "batch_dot": _batch_dot,
    "expand_dims": _expand,
    "multi_sum_sq": lambda a, i, o: f"... -> {a['num_arrays']}",
    "one_hot": lambda a, i, o: f"*s -> *s {a['depth']}",
    "pick": _pick,
    "scatter_nd": lambda a, i, o: f"... -> {_sizes(a)}",
    "slice_axis": _slice_axis,
    "stack": _stack,
    "transpose": _transpose,
    "where": _where,
}
