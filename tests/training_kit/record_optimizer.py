"""Record what the optimizers of 1.9.1 do. Run with the Python that holds it:

python tests/training_kit/record_optimizer.py
"""

from __future__ import annotations

import pathlib

import numpy as np


def main() -> None:
    import update_probes
    from optimizer_cases import play, runs

    import mxnet as mx

    answers = {}
    for name, (optimizer, arguments) in runs().items():
        try:
            answers[name] = play(mx, optimizer, arguments)
        except Exception as error:
            print(f"{name} {arguments} fails in 1.9.1: {type(error).__name__} {error}".splitlines()[0])
    folder = pathlib.Path(__file__).resolve().parent / "recorded"
    folder.mkdir(exist_ok=True)
    np.savez_compressed(folder / "optimizer.npz", **answers)
    updates = {name: update_probes.play(mx, *probe) for name, probe in update_probes.probes().items()}
    np.savez_compressed(folder / "updates.npz", **updates)
    for name, data in pickled(mx).items():
        (folder / f"{name}.states").write_bytes(data)


def pickled(mx) -> dict[str, bytes]:
    """States as 1.9.1 writes them, some with the optimizer."""
    found = {}
    for name, more, dump in (
        ("sgd", {"momentum": 0.9}, False),
        ("adam", {"lr_scheduler": mx.lr_scheduler.MultiFactorScheduler([2, 5], 0.5)}, True),
        ("dcasgd", {"multi_precision": True}, True),
    ):
        dtype = "float16" if "multi_precision" in more else "float32"
        optimizer = mx.optimizer.create(name, learning_rate=0.25, wd=0.01, param_idx2name={0: "a_weight"}, **more)
        updater = mx.optimizer.get_updater(optimizer)
        weight = mx.nd.array([[1, 2], [3, 4]], dtype=dtype)
        for _ in range(3):
            updater(0, mx.nd.ones((2, 2), dtype=dtype), weight)
        found[name] = updater.get_states(dump_optimizer=dump)
    return found


if __name__ == "__main__":
    main()
