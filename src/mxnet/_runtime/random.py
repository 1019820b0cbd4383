"""Random numbers: our own generator for each device. torch's and NumPy's are never touched."""

from __future__ import annotations

import threading

import torch

from .context import Context

_lock = threading.Lock()
_generators: dict[torch.device, torch.Generator] = {}
_seed = 0


def generator(device: torch.device) -> torch.Generator | None:
    """The generator of ``device``; None for tensors without storage.

    The seed is 0 until one is set, as in 1.9.1: a program that sets none draws the same numbers in every run.
    """
    found = _generators.get(device)
    if found is not None:
        return found
    if device.type == "meta":
        return None
    with _lock:
        if device not in _generators:
            fresh = torch.Generator(device)
            fresh.manual_seed(_seed)
            _generators[device] = fresh
        return _generators[device]


def seed(seed_state: int, ctx: Context | str = "all") -> None:
    """Seed the generator of one context, or of all, including those that are not in use yet."""
    global _seed
    if isinstance(ctx, Context):
        chosen = generator(ctx.device)
        if chosen is not None:
            chosen.manual_seed(seed_state)
        return
    with _lock:
        _seed = seed_state
        for each in _generators.values():
            each.manual_seed(seed_state)
