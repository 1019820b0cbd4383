"""Calls of attention, which 1.9.1 has not: its values and gradients are compared in test_attention.py."""

from __future__ import annotations

from sample import Bad, Sample, normal, numbers, whole

OP = "_contrib_scaled_dot_product_attention"
QUERY, KEY, VALUE = normal(2, 3, 4, 5), normal(2, 3, 6, 5), normal(2, 3, 6, 2)
SEEN = whole([[[1, 1, 0, 1, 0, 1]] * 4, [[0, 0, 0, 1, 1, 1]] * 4], "float32")

SAMPLES = [
    Sample(OP, [QUERY, KEY, VALUE], here=True),
    Sample(OP, [QUERY, KEY, VALUE], {"causal": True}, here=True),
    Sample(OP, [QUERY, QUERY, QUERY], {"causal": True, "scale": 0.5}, here=True),
    Sample(OP, [QUERY, KEY, VALUE, SEEN], {"use_mask": True}, wrt=(0, 1, 2), here=True),
    Sample(
        OP,
        [QUERY, KEY, VALUE, SEEN, numbers([6, 4])],
        {"use_mask": True, "use_length": True, "causal": True},
        wrt=(0, 1, 2),
        here=True,
    ),
    Sample(OP, [QUERY, KEY, VALUE], {"dropout": 0.5}, wrt=(), shape_only=True, here=True),
    Sample(OP, [QUERY, KEY, VALUE], {"dropout": 0.5}, train=False, here=True),
]

BAD = [
    Bad(OP, [normal(2, 4, 5), KEY, VALUE], {}, "ShapeError", "query has shape"),
    Bad(OP, [QUERY, normal(2, 3, 6, 4), VALUE], {}, "ShapeError", "key has shape"),
    Bad(OP, [QUERY, KEY, normal(2, 3, 5, 2)], {}, "ShapeError", "value has shape"),
    Bad(OP, [QUERY, KEY, VALUE, normal(2, 4, 5)], {"use_mask": True}, "ShapeError", "mask has shape"),
    Bad(OP, [QUERY, KEY, VALUE, normal(3)], {"use_length": True}, "ShapeError", "valid_length has shape"),
    Bad(OP, [QUERY, KEY, VALUE], {"use_mask": True}, "MXNetError", "mask"),
    Bad(OP, [QUERY, KEY, VALUE], {"dropout": 2}, "ArgumentError", "share of weights"),
]
