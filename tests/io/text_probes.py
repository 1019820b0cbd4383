"""Text files, and iterators over them: 1.9.1 is asked when answers are recorded, the project by the tests."""

from __future__ import annotations

import pathlib

FILES = {
    "a.csv": "".join(f"{i},{i + 1},{i + 2}\n" for i in range(1, 5)),
    "label.csv": "10\n20\n30\n40\n",
    "long.csv": "1\n2\n3\n4\n5\n6\n",
    "odd.csv": "1,2,3\r\n\r\n4,5,6\r\n\n 7 , 2.5e1,\t-3 \n+4,nan,inf",
    "halves.csv": "1.5,2,-3.7\n",
    "large.csv": "2147483648,200000001,-9007199254740993\n",
    "a.svm": "1.0 0:0.5 2:1.2\n-2.0\n-3.0 0:0.6 1:2.4 2:1.2\n4 2:-1.2\n",
    "label.svm": "1.0\n-2.0 0:0.125\n-3.0 2:1.2\n4 1:1.0 2:-1.2\n",
}
CSV = [
    {},
    {"round_batch": False},
    {"batch_size": 2},
    {"batch_size": 4},
    {"label_csv": "label.csv"},
    {"label_csv": "long.csv"},
    {"label_csv": "a.csv", "label_shape": (3,)},
    {"label_csv": "a.csv", "label_shape": (3, 1)},
    {"data_shape": (3, 1)},
    {"data_csv": "odd.csv"},
    {"data_csv": "halves.csv", "dtype": "int32", "batch_size": 1},
    {"data_csv": "large.csv", "dtype": "int64", "batch_size": 1},
    {"dtype": "int32"},
    {"data_name": "x", "label_name": "y"},
]
SVM = [{}, {"label_libsvm": "label.svm", "label_shape": (3,)}, {"batch_size": 1}, {"batch_size": 2}]


def write(folder) -> None:
    for name, text in FILES.items():
        pathlib.Path(folder, name).write_bytes(text.encode())


def options(folder, given: dict) -> dict:
    return {k: str(pathlib.Path(folder, v)) if v in FILES else v for k, v in given.items()}


def told(np, iterator) -> list:
    described = [
        [d.name, list(d.shape), np.dtype(d.dtype).name] for d in iterator.provide_data + iterator.provide_label
    ]
    epochs = []
    for _ in range(3):
        epochs.append(
            [[b.data[0].asnumpy().tolist(), b.label[0].asnumpy().tolist(), b.pad, b.index.tolist()] for b in iterator]
        )
        iterator.reset()
    return [described, epochs]


def csv(mx, np, folder, number) -> list:
    given = {"data_csv": "a.csv", "data_shape": (3,), "batch_size": 3, **CSV[number]}
    return told(np, mx.io.CSVIter(**options(folder, given)))


def svm(mx, np, folder, number) -> list:
    given = {"data_libsvm": "a.svm", "data_shape": (3,), "batch_size": 3, **SVM[number]}
    return told(np, mx.io.LibSVMIter(**options(folder, given)))
