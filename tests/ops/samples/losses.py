"""Calls of the losses."""

from __future__ import annotations

from collections.abc import Iterator

from sample import Bad, Sample, normal, numbers, ones


def losses() -> Iterator[Sample]:
    yield Sample("softmax_cross_entropy", [normal(4, 3), numbers([0, 2, 1, 1])], wrt=(0,))
    yield Sample("softmax_cross_entropy", [numbers([[0, 30], [1, 2]]), numbers([0, 1])], wrt=(0,))
    for scalar in (1.0, 3.0, 0.5):
        yield Sample("smooth_l1", [normal(4, 3)], dict(scalar=scalar))
    yield Sample("smooth_l1", [normal(4, 3)], {})
    yield Sample("smooth_l1", [numbers([3, 0, -2, 1], "int32")], dict(scalar=1.0), ())


def alignments() -> Iterator[Sample]:
    data = normal(6, 3, 5)
    first, last = numbers([[1, 2, 0], [3, 3, 4], [4, 0, 0]]), numbers([[1, 2, -1], [3, 3, 0], [0, -1, -1]])
    yield Sample("CTCLoss", [data, first], {})
    yield Sample("CTCLoss", [data, first.astype("int32")], {})
    yield Sample("CTCLoss", [data, last], dict(blank_label="last"))
    yield Sample("CTCLoss", [data, numbers([[1, 0, 2], [0, 0, 0], [0, 1, 2]])], {})
    # too few steps for the label; 1.9.1 leaves such gradients unwritten
    yield Sample("CTCLoss", [normal(4, 2, 3), numbers([[1, 1, 1], [1, 2, 1]])], {}, wrt=())
    steps, counts = numbers([6, 5, 3]), numbers([1, 2, 3])
    full = numbers([[1, 2, 3], [3, 3, 4], [4, 2, 1]])
    yield Sample("CTCLoss", [data, first, steps], dict(use_data_lengths=True))
    yield Sample("CTCLoss", [data, full, counts], dict(use_label_lengths=True), symbol=False)  # lengths by name only
    both = dict(use_data_lengths=True, use_label_lengths=True)
    yield Sample("CTCLoss", [data, full, steps, counts], both)
    yield Sample("CTCLoss", [data, full - 1, steps, counts], dict(both, blank_label="last"))


SAMPLES = [*losses(), *alignments()]
BAD = [
    Bad("softmax_cross_entropy", [ones(1, 2, 3), ones(1)], {}, "ShapeError", "expected"),
    Bad("CTCLoss", [ones(2, 2, 4), ones(2, 3)], {}, "ShapeError", "L not above T"),
    Bad("CTCLoss", [ones(5, 2, 4), ones(1, 3)], {}, "ShapeError", "expected"),
    Bad(
        "CTCLoss",
        [ones(5, 2, 4), ones(2, 3)],
        dict(use_label_lengths=True),
        "InputTypeError",
        "label_lengths is missing",
    ),
    Bad(
        "softmax_cross_entropy",
        [ones(2, 3), ones(2, dtype="int32")],
        {},
        "DTypeError",
        "label has dtype int32, expected float32",
    ),
]
