"""Dtypes through operators whose inputs and outputs do not all share one."""

from __future__ import annotations

from typing import Any

import torch

from mxnet._runtime.dtypes import FROM_FLAG, TORCH

Dtypes = list[torch.dtype | None]

_INDICES: dict[str, tuple[int, ...]] = {
    "Embedding": (0,),
    "_contrib_SparseEmbedding": (0,),
    "one_hot": (0,),
    "where": (0,),
    "take": (1,),
    "batch_take": (1,),
    "pick": (1,),
    "gather_nd": (1,),
    "scatter_nd": (1,),
    "_scatter_set_nd": (2,),
    "_contrib_index_copy": (1,),
    "_contrib_boolean_mask": (1,),
    "SequenceMask": (1,),
    "SequenceLast": (1,),
    "SequenceReverse": (1,),
    "CTCLoss": (1, 2, 3),
    "softmax": (1,),
}
"""Inputs that have a dtype of their own: numbers of places, lengths, conditions."""
_COUNTS = ("shape_array", "size_array")
_NORMS = ("BatchNorm", "BatchNorm_v1")


def share(name: str, attrs: dict[str, Any], inputs: Dtypes, outputs: Dtypes) -> tuple[Dtypes, Dtypes]:
    """Dtypes of the inputs and outputs of the operator ``name`` from those that are known.

    Inputs share one dtype, unless they are indices; outputs have the one that the attribute ``dtype`` says, else that
    of the inputs.
    """
    if name == "amp_multicast":
        return inputs, _multicast(attrs, inputs)
    apart = _INDICES.get(name, ())
    told = _told(name, attrs)
    if name in ("Embedding", "_contrib_SparseEmbedding"):
        common = told
    else:
        common = next((d for i, d in enumerate(inputs) if d is not None and i not in apart), None)
        if common is None and "dtype" not in attrs and name not in _COUNTS:
            common = outputs[0] if outputs else None
    wanted: Dtypes = [d if i in apart else d or common for i, d in enumerate(inputs)]
    if name in _NORMS and common is torch.float16:
        # parameters and statistics of half precision data are kept in single
        wanted = [common, *[d or torch.float32 for d in inputs[1:]]]
        return wanted, [common, *[torch.float32] * (len(outputs) - 1)]
    if name == "topk":
        return wanted, _topk(attrs, common, told, len(outputs))
    if name == "amp_cast" and common is not None and not common.is_floating_point:
        told = common
    result = torch.int64 if name in _COUNTS else told or common
    return wanted, [result] * len(outputs)


def _told(name: str, attrs: dict[str, Any]) -> torch.dtype | None:
    """What the attribute ``dtype`` says: a name, or a number where the operator takes one."""
    said = attrs.get("dtype")
    if name == "_zeros_without_dtype":
        return FROM_FLAG.get(said, torch.float32)  # type: ignore[arg-type]
    return TORCH.get(said) if isinstance(said, str) else None


def _multicast(attrs: dict[str, Any], inputs: Dtypes) -> Dtypes:
    """The widest, or narrowest, of the floating inputs; others stay."""
    floats = [d for d in inputs if d is not None and d.is_floating_point]
    if not floats:
        return inputs
    chosen = (min if attrs.get("cast_narrow") else max)(floats, key=lambda d: d.itemsize)
    return [chosen if d is None or d.is_floating_point else d for d in inputs]


def _topk(attrs: dict[str, Any], common: torch.dtype | None, told: torch.dtype | None, count: int) -> Dtypes:
    kind = attrs.get("ret_typ")
    if kind == "both":
        return [common, told]
    return [told if kind == "indices" else common] * count
