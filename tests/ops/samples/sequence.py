"""Calls of the operators on padded sequences."""

from __future__ import annotations

from sample import Bad, Sample, apart, numbers, ones

ENDS = "its gradient without lengths ends the process in 1.9.1"
SAMPLES = [
    Sample("SequenceMask", [apart(3, 2, 2), numbers([1, 2])], {"use_sequence_length": True, "value": -1}),
    Sample("SequenceMask", [apart(2, 3, 2), numbers([1, 2])], {"use_sequence_length": True, "value": -1, "axis": 1}),
    Sample("SequenceMask", [apart(3, 2), numbers([0, 9], "int32")], {"use_sequence_length": True}),
    Sample("SequenceMask", [apart(3, 2)], {"value": -1}),
    Sample("SequenceLast", [apart(3, 2)], wrt=(), numeric=(0,), why=ENDS),
    Sample("SequenceLast", [apart(3, 2, 2)], {"axis": 1}, wrt=(), numeric=(0,), why=ENDS),
    Sample("SequenceLast", [apart(3, 2, 2), numbers([1, 2])], {"use_sequence_length": True}),
    Sample("SequenceLast", [apart(3, 2, 2), numbers([1, 2, 2])], {"use_sequence_length": True, "axis": 1}),
    Sample("SequenceReverse", [apart(3, 2, 2)]),
    Sample("SequenceReverse", [apart(3, 2, 2), numbers([1, 2])], {"use_sequence_length": True}),
    Sample("SequenceReverse", [apart(3, 2), numbers([3, 0])], {"use_sequence_length": True}),
]

BAD = [
    Bad(op, list(inputs), attrs, error, f"(?i){op}")
    for op, inputs, attrs, error in (
        ("SequenceMask", (ones(3, 2), ones(3)), {"use_sequence_length": True}, "ShapeError"),
        ("SequenceMask", (ones(3, 2), ones(2)), {}, "ArgumentError"),
        ("SequenceMask", (ones(3, 2),), {"use_sequence_length": True}, "InputTypeError"),
        ("SequenceMask", (ones(3, 2, 2), ones(2)), {"use_sequence_length": True, "axis": 2}, "ShapeError"),
        ("SequenceMask", (ones(3),), {}, "ShapeError"),
        ("SequenceReverse", (ones(3, 2),), {"axis": 1}, "ShapeError"),
    )
]
