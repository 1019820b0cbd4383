"""Schedules whose rates are 1.9.1's: see record_kit.py. The names are read as ``test_...[name]``."""

from __future__ import annotations

PROBES = {}
WARM = {"warmup_steps": 4, "warmup_begin_lr": 0.1}
STAY = {"warmup_steps": 4, "warmup_begin_lr": 0.1, "warmup_mode": "constant"}

MAKE = {
    "factor": lambda s, **more: s.FactorScheduler(3, 0.5, base_lr=1.0, **more),
    "factor down to a limit": lambda s, **more: s.FactorScheduler(2, 0.1, stop_factor_lr=1e-2, base_lr=0.5, **more),
    "factor 1": lambda s, **more: s.FactorScheduler(2, **more, **({} if more else {"base_lr": 0.3})),
    "factors": lambda s, **more: s.MultiFactorScheduler([2, 5, 11], 0.1, base_lr=2.0, **more),
    "polynomial": lambda s, **more: s.PolyScheduler(12, base_lr=1.0, **more),
    "cubic to a limit": lambda s, **more: s.PolyScheduler(12, 0.8, pwr=3, final_lr=0.2, **more),
    "cosine": lambda s, **more: s.CosineScheduler(12, base_lr=1.0, **more),
    "cosine to a limit": lambda s, **more: s.CosineScheduler(10, 0.8, final_lr=0.2, **more),
}


def _rates(make, **more):
    """The rates of updates in order, of some that skip, and what the schedule then says of itself."""

    def run(mx, np):
        schedule = make(mx.lr_scheduler, **more)
        found = [schedule(n) for n in range(16)]
        skipping = make(mx.lr_scheduler, **more)
        found += [skipping(n) for n in (1, 9, 9, 14, 3, 40)]
        told = {k: v for k, v in vars(schedule).items() if isinstance(v, (int, float, list, str))}
        return [found, sorted(told.items())]

    return run


for _name, _make in MAKE.items():
    PROBES[_name] = _rates(_make)
    if _name != "factor 1":
        PROBES[f"{_name} after a warm-up"] = _rates(_make, **WARM)
        PROBES[f"{_name} after waiting"] = _rates(_make, **STAY)


def _optimizer(mx, np):
    """Rates that an optimizer asks for; its own rate is where the schedule begins."""
    schedule = mx.lr_scheduler.FactorScheduler(2, 0.5)
    sgd = mx.optimizer.SGD(learning_rate=0.4, lr_scheduler=schedule)
    weight, grad = mx.nd.zeros((1,)), mx.nd.ones((1,))
    found = []
    for _ in range(6):
        sgd.update(0, weight, grad, None)
        found.append([sgd.learning_rate, float(weight.asnumpy()[0])])
    return found


def _texts(mx, np):
    return [mx.lr_scheduler.LRScheduler(0.5).base_lr, mx.lr_scheduler.LRScheduler(0.5, 4, 0.1).get_warmup_lr(2)]


PROBES["rates that an optimizer asks for"] = _optimizer
PROBES["the base"] = _texts

BAD = {
    "a step of nothing": lambda s: s.FactorScheduler(0),
    "a factor above 1": lambda s: s.FactorScheduler(1, 1.5),
    "factors above 1": lambda s: s.MultiFactorScheduler([1], 1.5),
    "steps that fall": lambda s: s.MultiFactorScheduler([3, 2]),
    "steps that begin with nothing": lambda s: s.MultiFactorScheduler([0, 2]),
    "steps that are no list": lambda s: s.MultiFactorScheduler((1, 2)),
    "no steps": lambda s: s.MultiFactorScheduler([]),
    "a fall that ends at once": lambda s: s.PolyScheduler(0),
    "an end that is no whole number": lambda s: s.PolyScheduler(3.5),
    "a cosine that ends at once": lambda s: s.CosineScheduler(0),
    "a warm-up that falls": lambda s: s.CosineScheduler(5, base_lr=0.1, warmup_steps=2, warmup_begin_lr=1),
    "a warm-up of less than nothing": lambda s: s.CosineScheduler(5, warmup_steps=-1),
    "a warm-up of a fraction": lambda s: s.CosineScheduler(5, warmup_steps=1.5),
    "a warm-up of another mode": lambda s: s.LRScheduler(warmup_mode="square"),
    "the base has no rates": lambda s: s.LRScheduler()(1),
}


def _bad(make):
    return lambda mx, np: repr(type(make(mx.lr_scheduler)))


PROBES.update({name: _bad(make) for name, make in BAD.items()})
