"""Dtypes of an operator's inputs and outputs, by a signature of one line.

``"T _ -> T"`` of take: a word for each input and each output, the last of a side standing for all that follow. A
capital letter, a number behind it or not, is one dtype wherever it stands, ``_`` any dtype, the name of a dtype itself,
``dtype`` what the attribute says.

- ``dtype|T``: the first that there is.
- ``W=dtype``: W, and what the attribute says where nothing else tells.
- ``T+``: T, but float32 for halves, which keep parameters and statistics in it.
- ``T~``: T, but float64 for integers, which a number that is not whole makes so.
- ``T/``: T, but float32 for integers, of which quotients and means are.
- ``T#``: T, but int64 for bool, of which sums are.
- ``T:bool``: bool once T is known. Before that nothing follows, so that ``(x > 0) * x`` does not make x bool.

Most operators have ``"T -> T"``. All work in both directions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch

from mxnet._base.errors import DTypeError
from mxnet._ops import Bound
from mxnet._runtime.dtypes import FROM_FLAG, TORCH

Dtypes: TypeAlias = Sequence[torch.dtype | None]
Letters: TypeAlias = dict[str, torch.dtype]
Attrs: TypeAlias = dict[str, Any]

DEFAULT = "T -> T"
_HALF = (torch.float16, torch.bfloat16)
_CAST = (*_HALF, torch.float32)
"""What automatic mixed precision casts."""


class Conflict(DTypeError):
    """Dtypes that do not go together; the caller adds whose they are."""


def share(bound: Bound, inputs: Dtypes, outputs: Dtypes, last: bool) -> tuple[Dtypes, Dtypes]:
    """All dtypes that follow from known ones. ``last``: nothing else will determine them, so use what follows ``=``.

    Raises:
        Conflict: two places that share a dtype have different ones; tells the signature.
    """
    if bound.op.name == "amp_cast":
        return list(inputs), [_said(bound.attrs) if d in _CAST else d for d in inputs]
    if bound.op.name == "amp_multicast":
        return list(inputs), _multicast(bound.attrs, inputs)
    count = _joined(bound)
    if count:
        return _bytes_joined(inputs, count, last)
    return _solved(signature(bound), _said(bound.attrs), tuple(inputs), tuple(outputs), last)


@functools.lru_cache(maxsize=4096)
def _solved(
    text: str, said: torch.dtype | None, inputs: tuple[torch.dtype | None, ...], outputs: Dtypes, last: bool
) -> tuple[Dtypes, Dtypes]:
    """What :func:`share` answers, from the signature and what the attribute ``dtype`` says."""
    every = words(text, len(inputs)) + _spread(text.partition("->")[2].split(), len(outputs))
    places = [*zip(every, (*inputs, *outputs), strict=True)]
    letters: Letters = {}
    for word, dtype in places:
        letter = word.partition("=")[0]
        if dtype is not None and _is_letter(letter):
            if letters.setdefault(letter, dtype) is not dtype:
                raise Conflict(f"dtypes that are to be one in {text!r} differ")
    if last:
        _fill_in(places, letters, said)
    wanted = [_value(word.partition("=")[0], letters, said) for word in every]
    for (_, dtype), follows in zip(places, wanted, strict=True):
        if dtype is not None and follows is not None and dtype is not follows:
            raise Conflict(f"one is {dtype}, expected {follows} by {text!r}".replace("torch.", ""))
    made = tuple([dtype or follows for (_, dtype), follows in zip(places, wanted, strict=True)])
    return made[: len(inputs)], made[len(inputs) :]


def signature(bound: Bound) -> str:
    """The signature of an operator with its attributes."""
    rule = bound.op.types if isinstance(bound.op.types, str) else _SIGNATURES.get(bound.op.name)
    if rule is not None:
        return rule if isinstance(rule, str) else rule(bound.attrs)
    attrs = bound.op.attrs
    if "dtype" in attrs and not bound.op.inputs:
        return "-> dtype|float32"
    if "is_int" in attrs:
        return "T -> T#" if bound.attrs["is_int"] else "T -> T~"
    return DEFAULT


def words(text: str, count: int) -> list[str]:
    """What a signature says of each of so many inputs."""
    return _spread(text.partition("->")[0].split(), count)


def _spread(words: list[str], count: int) -> list[str]:
    return (words + words[-1:] * (count - len(words)))[:count]


def _is_letter(word: str) -> bool:
    return word[0].isupper() and word.isalnum()


def _value(word: str, letters: Letters, said: torch.dtype | None) -> torch.dtype | None:
    """The dtype that ``word`` stands for, as far as it is known."""
    for each in word.split("|"):
        if each == "dtype":
            found = said
        elif ":" in each:
            letter, _, name = each.partition(":")
            found = TORCH[name] if letter in letters else None
        elif each[0].isupper():
            found = letters.get(each.rstrip("+~/#"))
            if found in _HALF and each.endswith("+"):
                found = torch.float32
            elif found is not None and each.endswith("~") and not found.is_floating_point:
                found = torch.float64
            elif found is not None and each.endswith("/") and not found.is_floating_point:
                found = torch.float32
            elif found is torch.bool and each.endswith("#"):
                found = torch.int64
        else:
            found = TORCH.get(each)
        if found is not None:
            return found
    return None


def _fill_in(places: list[tuple[str, torch.dtype | None]], letters: Letters, said: torch.dtype | None) -> None:
    for word, dtype in places:
        letter, _, other = word.partition("=")
        if other and letter not in letters:
            chosen = _value(other, letters, said)
            if chosen is not None:
                letters[letter] = chosen
        if letter[-1] in "~/#" and dtype is not None:
            letters.setdefault(letter[:-1], dtype)


def _said(attrs: Attrs) -> torch.dtype | None:
    """What the attribute ``dtype`` says: a name, or a number where the operator takes one."""
    said = attrs.get("dtype")
    return TORCH.get(said) if isinstance(said, str) else FROM_FLAG.get(said)  # type: ignore[arg-type]


def _multicast(attrs: Attrs, inputs: Dtypes) -> list[torch.dtype | None]:
    """The widest, or narrowest, of the floating inputs; others stay."""
    floats = [d for d in inputs if d is not None and d.is_floating_point]
    if not floats or None in inputs:
        return [d if d is None or not d.is_floating_point else None for d in inputs]
    chosen = (min if attrs.get("cast_narrow") else max)(floats, key=lambda d: d.itemsize)
    return [chosen if d is None or d.is_floating_point else d for d in inputs]


def _topk(attrs: Attrs) -> str:
    return {"indices": "_ -> dtype", "both": "T -> T dtype"}.get(attrs["ret_typ"], DEFAULT)


def _each(inputs: str, *last: str) -> Callable[[Attrs], str]:
    """A rule for updates of many weights at once: ``inputs`` of each one share a dtype of their own."""

    def rule(attrs: Attrs) -> str:
        numbers = range(attrs["num_weights"] if "num_weights" in attrs else attrs["num_tensors"])
        each = [word + str(i) if word == "T" else word for i in numbers for word in inputs.split()]
        return f"{' '.join([*each, *last])} -> {' '.join(f'T{i}' for i in numbers)}"

    return rule


def _ranged(attrs: Attrs) -> bool:
    """Whether a quantized operator is told the range of its result."""
    return attrs["min_calib_range"] is not None and attrs["max_calib_range"] is not None


def _joined(bound: Bound) -> int:
    """How many arrays a quantized operator makes one array of 8 bits of; 0 of all others."""
    if bound.op.name == "_contrib_quantized_concat":
        return int(bound.attrs["num_args"])
    return 2 if bound.op.name == "_contrib_quantized_elemwise_add" and _ranged(bound.attrs) else 0


def _bytes_joined(inputs: Dtypes, count: int, last: bool) -> tuple[list[torch.dtype | None], list[torch.dtype | None]]:
    """uint8 of arrays that all are, else int8; ends of ranges follow the arrays."""
    arrays = [torch.int8 if d is None and last else d for d in inputs[:count]]
    made = torch.int8 if torch.int8 in arrays else None if None in arrays else torch.uint8
    return [*arrays, *[torch.float32] * (len(inputs) - count)], [made, torch.float32, torch.float32]


def _narrow(attrs: Attrs) -> str:
    """What ``out_type`` of a quantizing operator says."""
    if attrs["out_type"] != "auto":
        return str(attrs["out_type"])
    return "uint8" if _ranged(attrs) and attrs["min_calib_range"] >= 0 else "int8"


def _quantized_layer(attrs: Attrs) -> str:
    return f"D=int8 int8 {'' if attrs['no_bias'] else 'int8 '}float32 -> int32 float32"


def _quantized_product(attrs: Attrs) -> str:
    if attrs["enable_float_output"]:
        return "int8 int8 float32 -> float32"
    return f"int8 int8 float32 -> {'int8' if _ranged(attrs) else 'int32'} float32"


def _weighted_sample(attrs: Attrs) -> str:
    count = attrs["num_args"] - 2
    return f"int64 float32 int64 -> {'int64 ' * (2 * count)}{'float32 ' * count}int64"


_INDEXED = """CTCLoss _contrib_boolean_mask _sparse_retain _contrib_BilinearResize2D broadcast_like gather_nd pick
reshape_like scatter_nd slice_like take"""
_SINGLE = """Crop InstanceNorm _contrib_MultiBoxDetection _contrib_MultiBoxPrior _contrib_MultiBoxTarget
_contrib_MultiProposal _contrib_Proposal"""
_DRAWN = """_sample_exponential _sample_gamma _sample_generalized_negative_binomial _sample_negative_binomial
_sample_normal _sample_poisson _sample_uniform"""
_MIXED = "_mp_adamw_update mp_nag_mom_update mp_sgd_mom_update mp_sgd_update"

_GRAPHS = "_contrib_dgl_csr_neighbor_uniform_sample _contrib_dgl_graph_compact _contrib_dgl_subgraph"
_BYTES_KEPT = "_contrib_quantized_act _contrib_quantized_flatten _contrib_quantized_pooling"
_BYTES_MULTIPLIED = "_contrib_quantized_conv _contrib_quantized_fully_connected"

_SIGNATURES: dict[str, str | Callable[[Attrs], str]] = {
    **dict.fromkeys(_INDEXED.split(), "T _ -> T"),
    **dict.fromkeys(_SINGLE.split(), "T=float32 -> T"),
    **dict.fromkeys(_DRAWN.split(), "T -> dtype|float32"),
    **dict.fromkeys(_MIXED.split(), "T T float32 -> T"),
    **dict.fromkeys(["BatchNorm", "BatchNorm_v1"], "T T+ -> T T+"),
    **dict.fromkeys(["_contrib_BatchNormWithReLU", "_contrib_SyncBatchNorm"], "T T+ -> T T+"),
    **dict.fromkeys(["Cast", "argsort", "one_hot"], "_ -> dtype"),
    **dict.fromkeys(["Embedding", "_contrib_SparseEmbedding"], "_ W=dtype -> W"),
    **dict.fromkeys(["SequenceLast", "SequenceMask", "SequenceReverse"], "T I=T -> T"),
    **dict.fromkeys(
        ["log_softmax", "softmax", "softmin"], lambda a: "T=dtype _ -> dtype" if a["dtype"] else "T _ -> T"
    ),
    **dict.fromkeys(["shape_array", "size_array"], "_ -> int64"),
    **dict.fromkeys(_BYTES_KEPT.split(), "D=int8 float32 -> D float32"),
    **dict.fromkeys(_BYTES_MULTIPLIED.split(), _quantized_layer),
    "_contrib_dequantize": "D=int8 float32 -> float32",
    "_contrib_dgl_adjacency": "int64 -> float32",
    "_contrib_dgl_csr_neighbor_non_uniform_sample": _weighted_sample,
    **dict.fromkeys(_GRAPHS.split(), "int64 -> int64"),
    "_contrib_index_copy": "T _ T -> T",
    "_contrib_quantize": lambda a: f"float32 -> {a['out_type']} float32",
    "_contrib_quantize_asym": "float32 -> uint8 float32",
    "_contrib_quantize_v2": lambda a: f"D=float32 -> {_narrow(a)} float32",
    "_contrib_quantized_batch_norm": "D=int8 float32 -> int8 float32",
    "_contrib_quantized_elemwise_add": "L=int8 R=int8 float32 -> int32 float32",
    "_contrib_quantized_elemwise_mul": _quantized_product,
    "_contrib_quantized_embedding": "_ int8 float32 -> int8 float32",
    "_contrib_quantized_rnn": "uint8 float32 -> float32",
    "_contrib_requantize": lambda a: f"int32 float32 -> {_narrow(a)} float32",
    "_image_to_tensor": "_ -> float32",
    "_np_cumsum": lambda a: "T -> dtype" if a["dtype"] else DEFAULT,
    "_random_randint": "-> dtype|int32",
    "_sample_multinomial": "T -> dtype T",
    "_scatter_set_nd": "T T _ -> T",
    "_multi_mp_adamw_update": _each("T T float32 float32 float32", "float32"),
    "_multi_mp_lamb_update": _each("T T float32 float32 float32"),
    "batch_take": "T I=int32 -> T",
    "RNN": lambda a: f"T T T {'T ' * (a['mode'] == 'lstm')}I=T -> T" if a["use_sequence_length"] else DEFAULT,
    "norm": lambda a: f"T -> {a['out_dtype'] or 'T'}",
    "mp_lamb_update_phase2": "T float32 -> T",
    "multi_mp_sgd_mom_update": _each("T T float32 float32"),
    "multi_mp_sgd_update": _each("T T float32"),
    "preloaded_multi_mp_sgd_mom_update": _each("T T float32 float32", "float32"),
    "preloaded_multi_mp_sgd_update": _each("T T float32", "float32"),
    "preloaded_multi_sgd_mom_update": _each("T T T", "float32"),
    "preloaded_multi_sgd_update": _each("T T", "float32"),
    "topk": _topk,
    "where": "_ T -> T",
}
